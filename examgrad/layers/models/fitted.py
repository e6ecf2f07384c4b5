"""A model's entries on an input: the table as far as what was read tells it, and the parameters of the rest."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from examgrad.layers.formulas import Working
from examgrad.layers.models.alone import effect_alone
from examgrad.layers.models.model import Entry, Model
from examgrad.layers.rows import LayerRow, LayerTable
from examgrad.layers.site import Conventions, Effect
from examgrad.layers.sizes import Size, plus, show_shape
from examgrad.layers.table import table
from examgrad.layers.trouble import LayerDiagnostic

_FEATURES: Final = re.compile(r"in_features=(\d{1,12})\b")
MOST_FLATTENS: Final = 20
"""How many times a missing Flatten is put in."""


@dataclass(frozen=True)
class LooseRow:
    """A layer whose input is not known: only its parameters are. ``effect`` is ``None`` where not even these are."""

    layer: str
    op: str
    effect: Effect | None
    shape: None = None
    macs: None = None
    receptive_field: None = None
    activations: None = None
    memory: None = None
    steps: tuple[Working, ...] = ()

    @property
    def parameters(self) -> Size | None:
        """How many parameters the layer has."""
        return self.effect.parameters.value if self.effect else None

    @property
    def trainable(self) -> Size | None:
        """How many of them are trained."""
        return self.parameters

    @property
    def formulas(self) -> dict[str, str]:
        """The formula behind the parameters."""
        return {"parameters": self.effect.parameters.plain} if self.effect else {}


@dataclass(frozen=True)
class Fitted:
    """A model's layers in the order of their calls; those without a shape are at the end.

    ``table`` is the part with shapes, whose ``diagnostics`` say why it stops; ``layers`` are the entries, with each
    Flatten that was put in.
    """

    table: LayerTable
    layers: Sequence[Entry]
    rows: tuple[LayerRow | LooseRow, ...]
    diagnostics: tuple[LayerDiagnostic, ...] = ()
    warnings: tuple[LayerDiagnostic, ...] = ()

    def of_parameters(self) -> Fitted:
        """The same where only parameters are asked for: layers without a shape are no trouble, if they are known."""
        return self if any(row.parameters is None for row in self.rows) else replace(self, diagnostics=())

    def total(self, column: Literal["parameters", "trainable", "macs", "activations"]) -> Size | None:
        """The sum of a column; ``None`` where it is not known for every row."""
        result: Size = 0
        for row in self.rows:
            value = getattr(row, column)
            if value is None:
                return None
            result = plus(result, value)
        return result


def fit(model: Model, input: object, conventions: Conventions) -> Fitted:
    """The model's table on an input (``None`` where it is not known: then only parameters are told)."""
    layers, warnings = list(model.layers), list(model.warnings)
    if input is None:
        empty = LayerTable({}, ())
        return Fitted(empty, layers, _loose(layers), (), tuple(warnings))
    made = table(input, layers, conventions)
    for _ in range(MOST_FLATTENS):
        first = made.diagnostics[0] if made.diagnostics else None
        if first is None or first.code != "flatten-missing" or not model.printed:
            break
        layers, warning = _flattened(layers, first, model)
        warnings.append(warning)
        made = table(input, layers, conventions)
    if made.diagnostics and model.printed:
        made = replace(made, diagnostics=(_explained(made, layers, model), *made.diagnostics[1:]))
    rows: tuple[LayerRow | LooseRow, ...] = (*made.rows, *_loose(layers[len(made.rows) :]))
    return Fitted(made, layers, rows, made.diagnostics, (*warnings, *made.warnings))


def _flattened(layers: list[Entry], problem: LayerDiagnostic, model: Model) -> tuple[list[Entry], LayerDiagnostic]:
    """The entries with a Flatten in front of the layer that needs one, and of the dropout in the same Sequential."""
    needing, at = _name(layers[problem.index]), problem.index
    while at and "from" not in layers[at] and needing not in model.owners:
        before_it = _name(layers[at - 1])
        if not str(layers[at - 1][before_it]).startswith("Dropout") or _path(before_it) != _path(needing):
            break
        at -= 1
    entry = dict(layers[at])
    before: Entry = {_unused(layers, _name(entry)): "Flatten()"}
    if "from" in entry:
        before["from"] = entry.pop("from")
    message = f"{needing} takes what comes before it only flattened: a Flatten, which is not printed, was put there"
    warning = LayerDiagnostic("printed", message, "author", problem.location, "", needing, at)
    return [*layers[:at], before, entry, *layers[at + 1 :]], warning


def _name(entry: Mapping[str, object]) -> str:
    return next(key for key in entry if key not in ("from", "share"))


def _path(name: str) -> str:
    """The dotted name of what holds a module."""
    return name.rpartition(".")[0]


def _unused(layers: Sequence[Entry], name: str) -> str:
    """A name for a Flatten that stands before a layer."""
    taken = {_name(entry) for entry in layers}
    path = _path(name)
    base = found = f"{path}.flatten" if path else "flatten"
    count = 1
    while found in taken:
        count += 1
        found = f"{base}_{count}"
    return found


def _explained(made: LayerTable, layers: Sequence[Entry], model: Model) -> LayerDiagnostic:
    """The first problem, with what the text could not tell of it."""
    problem = made.diagnostics[0]
    if problem.code == "unknown-layer" and 0 <= problem.index < len(layers):
        name = _name(layers[problem.index])
        kind = str(layers[problem.index][name]).partition("(")[0]
        message = f"{name}: print(model) shows neither what a {kind} does nor its parameters"
        return replace(problem, message=message, help=problem.help or "it is no layer of PyTorch")
    owner = model.owners.get(problem.layer)
    if owner is None:
        return problem
    hidden = (
        f"print(model) shows the modules of {owner}, not their calls: a module called twice, a functional pooling or a "
        "sum is not seen; write the layers out with from:, or export the model to ONNX"
    )
    return replace(problem, help="; ".join(filter(None, (_image_before(made, layers[problem.index]), hidden))))


def _image_before(made: LayerTable, entry: Entry) -> str:
    """The size of image that a Linear expects, where the image that comes has another."""
    needed = _FEATURES.search(str(entry[_name(entry)]))
    shape = made.rows[-1].shape if made.rows else ()
    if needed is None or len(shape) != 3 or not isinstance(channels := shape[0], int) or int(needed[1]) % channels:
        return ""
    side = math.isqrt(int(needed[1]) // channels)
    if side * side * channels != int(needed[1]):
        return ""
    return f"{needed[1]} = {channels}·{side}·{side}, and {made.rows[-1].layer} gives {show_shape(shape)}"


def _loose(layers: Sequence[Entry]) -> tuple[LooseRow, ...]:
    """Rows for layers whose input is not known; one whose module was called before adds nothing."""
    rows = []
    for entry in layers:
        name = _name(entry)
        text = str(entry[name])
        rows.append(LooseRow(name, text, effect_alone("Identity()" if "share" in entry else text)))
    return tuple(rows)
