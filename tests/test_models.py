"""Models as they are: the text of ``print(model)``, against PyTorch's own numbers and as a person may paste it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from examgrad.exam.layers_from import load_model
from examgrad.layers.models.fitted import Fitted, fit
from examgrad.layers.models.model import model_of_text
from examgrad.layers.site import Conventions

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


# -- ONNX --------------------------------------------------------------------------------------------------------------


def read(name: str, given: object = None) -> Fitted:
    pytest.importorskip("onnx")
    found = load_model(CASES / "onnx" / name, given).model
    return fit(found, given if given is not None else found.inputs, TORCH)


@pytest.mark.parametrize("case", cases("onnx"))
def test_an_onnx_graph_has_its_maker_s_numbers(case: dict[str, Any]) -> None:
    made = read(case["file"], case["input"] if case.get("open") else None)
    assert [str(item) for item in made.diagnostics] == []
    assert made.total("parameters") == case["total"]
    assert list(made.rows[-1].shape or ()) == case["output"]
    own: dict[str, int] = {}
    for row in made.rows:  # a module of several nodes is numbered: lstm, lstm_2
        path = re.sub(r"_\d+$", "", row.layer)
        own[path] = own.get(path, 0) + cast(int, row.parameters)
    parameters = case.get("parameters", {})
    assert {path: own[path] for path in parameters if path in own} == {p: n for p, n in parameters.items() if p in own}
    shapes = {row.layer: list(row.shape or ()) for row in made.rows if row.layer in case.get("shapes", {})}
    assert shapes.items() <= case.get("shapes", {}).items()
