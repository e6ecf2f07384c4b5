"""``examgrad solve model.txt`` and ``model.onnx``: the layer table of a model as it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from examgrad.cli.common import fail, warn, write
from examgrad.errors import SpecError

if TYPE_CHECKING:
    from examgrad.layers.models.fitted import Fitted

EXAMS: Final = frozenset({".yaml", ".yml"})


def is_model(path: Path) -> bool:
    """Whether a file is a model rather than an exam: by its name, else by what it holds."""
    suffix = path.suffix.lower()
    if suffix in EXAMS or not path.is_file():
        return False
    if suffix == ".onnx":
        return True
    from examgrad.layers.models.model import is_onnx, looks_printed

    with path.open("rb") as file:
        head = file.read(4_096)
    if suffix == ".txt":
        return b"examgrad:" not in head
    return is_onnx(path.name, head) or looks_printed(head.decode(errors="replace"))


def read_input(texts: tuple[str, ...]) -> object:
    """The shape that ``--input 3x224x224`` gives, or several by name: ``--input x=3x8x8 --input y=10``."""
    if not texts:
        return None
    named = [text.partition("=") for text in texts]
    if len(texts) == 1 and not named[0][1]:
        return _shape(texts[0])
    if any(not equals for _, equals, _ in named):
        fail("error: several inputs need names: --input source=10x512 --input target=20x512")
    return {name.strip(): _shape(shape) for name, _, shape in named}


def _shape(text: str) -> list[str]:
    """A shape as the room of the layers reads it: a list of texts."""
    return [size for size in re.split(r"\s*[,x×]\s*", text.strip().strip("[]()")) if size]


def solve_model(path: Path, inputs: tuple[str, ...], steps: bool, style: str, output: Path | None) -> None:
    """Print the layer table of a model with its totals; what could not be told goes to standard error."""
    from examgrad.exam.layers_from import load_model
    from examgrad.layers.models.fitted import fit
    from examgrad.layers.site import Conventions
    from examgrad.report.models import Shown, model_json, model_latex, model_markdown, model_text

    given = read_input(inputs)
    model = load_model(path, given).model
    if given is None and model.inputs is not None:
        given = dict(model.inputs)
    made = fit(model, given, Conventions("torch"))
    if given is not None and not made.table.inputs:
        raise SpecError(list(made.diagnostics), str(path))
    shown = Shown(path.name, made, given is not None)
    if style == "text":
        from examgrad.report.text import terminal_width, wants_colour

        colour = wants_colour() and output is None
        text = model_text(shown, steps=steps, colour=colour, width=terminal_width())
    elif style == "json":
        text = model_json(shown)
    else:
        text = (model_markdown if style == "markdown" else model_latex)(shown, steps=steps)
    write(text, output)
    _tell(made, given is not None)


def _tell(made: Fitted, has_input: bool) -> None:
    """What is not known, and why."""
    for item in (*made.warnings, *made.diagnostics):
        warn(str(item))
    if not has_input:
        click.echo("The text does not say what the model's input is: --input 3x224x224 adds the shapes.", err=True)
    elif made.diagnostics:
        click.echo("The layers from there on have no shape here; their parameters do not depend on it.", err=True)
