"""Models as they are: the text of ``print(model)``, against PyTorch's own numbers and as a person may paste it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from examgrad.layers.models.fitted import Fitted, fit
from examgrad.layers.models.model import model_of_text
from examgrad.layers.models.printed import leaves, read_printed
from examgrad.layers.site import Conventions
from examgrad.layers.trouble import LayerError

CASES = Path(__file__).parent / "cases" / "models"
TORCH = Conventions("torch")


def cases(name: str) -> list[Any]:
    found = yaml.load((CASES / f"{name}.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return [pytest.param(case, id=case["case"]) for case in found]


def placed(case: dict[str, Any]) -> Fitted:
    shapes = case["inputs"]
    names = ["input"] if len(shapes) == 1 else [f"x{number}" for number in range(len(shapes))]
    given = dict(zip(names, shapes, strict=True))
    return fit(model_of_text(case["text"], names), given, TORCH)


@pytest.mark.parametrize("case", cases("printed_torch"))
def test_every_printed_module_has_pytorch_s_numbers(case: dict[str, Any]) -> None:
    made = placed(case)
    assert made.total("parameters") == case["total"]
    own = {row.layer: row.parameters for row in made.rows if row.parameters}
    assert own == case["parameters"]
    shapes = {row.layer: list(row.shape) for row in made.rows if row.shape is not None}
    if case["case"].startswith("functional"):  # what is not printed cannot be known: see below
        return
    assert made.diagnostics == ()
    assert {path: shape for path, shape in shapes.items() if path in case["shapes"]} == case["shapes"]


@pytest.mark.parametrize("case", cases("printed_torch"))
def test_parameters_need_no_input(case: dict[str, Any]) -> None:
    made = fit(model_of_text(case["text"]), None, TORCH)
    assert made.total("parameters") == case["total"]
    assert made.total("macs") is None
