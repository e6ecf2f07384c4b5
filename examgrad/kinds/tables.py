"""How the rows and cells of a layer table are read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from examgrad.exam.model import Answer
from examgrad.formula.tree import Node
from examgrad.kinds.reading import read_formula, unreadable
from examgrad.kinds.scope import Scope

_LABELS: Final = ("layer", "name", "op", "type")
_COLUMNS: Final = {
    "shape": "shape", "output": "shape", "outputshape": "shape", "output_shape": "shape", "size": "shape",
    "parameters": "parameters", "params": "parameters", "param": "parameters", "weights": "parameters",
    "numberofparameters": "parameters", "noofparameters": "parameters", "macs": "macs", "mac": "macs",
    "receptive_field": "receptive_field", "receptivefield": "receptive_field", "rf": "receptive_field",
    "activations": "activations",
}  # fmt: skip
_TIMES = re.compile(r"(?<=[\w)\]}])\s*(?:x|X|×|✕|\\times|\*|·|\\cdot)\s*(?=[\w(\[{\\])")
_BETWEEN_NUMBERS = re.compile(r"(?<=[\d)\]])\s*[xX]\s*(?=[\d(])")
_THOUSANDS = re.compile(r"\d{1,3}(?:[,' \u00a0\u2009]\d{3})+")
_BATCH: Final = frozenset({"none", "n", "b", "batch", "-1", "?", "bs"})

Cells = Mapping[str, object]


def read_rows(answer: Answer, ask: Sequence[str], layers: Sequence[tuple[str, str]]) -> list[Cells]:
    """The cells of each layer by column, in the order of ``layers`` (name and call of each).

    Rows are mappings or positional lists, one a layer in order, with or without a row for the input; where there
    are fewer, they are found by their layer. Raises ``Unreadable`` where the rows cannot be told apart.
    """
    value: object = answer.value if answer.value is not None else answer.work
    if isinstance(value, str):
        value = _markdown(value)
    if isinstance(value, Mapping):
        value = [{"layer": name, **_cells(row, ask)} for name, row in value.items()]
    if not isinstance(value, Sequence) or not value:
        raise unreadable(value, "a table was expected here, one row a layer")
    rows = [_row(row, ask) for row in value]
    if (rows and _is_input(rows[0]) and len(rows) > 1) or (
        len(rows) == len(layers) + 1 and not _names(rows[0], layers[0])
    ):
        rows = rows[1:]
    if len(rows) == len(layers):
        return [cells for _, cells in rows]
    return _by_name(value, rows, layers)


def _by_name(value: object, rows: Sequence[tuple[str, Cells]], layers: Sequence[tuple[str, str]]) -> list[Cells]:
    found: list[Cells] = []
    at = 0
    for layer in layers:
        if at < len(rows) and _names(rows[at], layer):
            found.append(rows[at][1])
            at += 1
        else:
            found.append({})
    if at < len(rows):
        label = rows[at][0]
        counts = f"the network has {len(layers)} layers, the table {len(rows)} rows"
        message = f"the row {label or at + 1} belongs to no layer: {counts}"
        raise unreadable(value, message, help="give one row a layer, in order")
    return found


def _row(row: object, ask: Sequence[str]) -> tuple[str, Cells]:
    if isinstance(row, Mapping):
        label = next((str(row[name]) for name in row if _key(name) in _LABELS), "")
        return label, _cells(row, ask)
    if isinstance(row, Sequence) and not isinstance(row, str):
        items = list(row)
        label = str(items.pop(0)) if len(items) == len(ask) + 1 else ""
        if len(items) != len(ask):
            raise unreadable(row, f"a row has {len(ask)} cells ({', '.join(ask)}), this one {len(items)}")
        return label, dict(zip(ask, items, strict=True))
    raise unreadable(row, f"a row is a mapping or a list of cells ({', '.join(ask)})")


def _cells(row: object, ask: Sequence[str]) -> dict[str, object]:
    if not isinstance(row, Mapping):
        return dict(_row(row, ask)[1])
    cells: dict[str, object] = {}
    for name, item in row.items():
        column = _COLUMNS.get(_key(name))
        if column is None and _key(name) not in _LABELS:
            raise unreadable(name, f"'{name}' is no column of this table", help=f"its columns are {', '.join(ask)}")
        if column is not None:
            cells[column] = item
    return cells


def _key(name: object) -> str:
    return re.sub(r"[\s#.\-]", "", str(name)).lower()


def _is_input(row: tuple[str, Cells]) -> bool:
    return row[0].strip().lower().startswith("input")


def _names(row: tuple[str, Cells], layer: tuple[str, str]) -> bool:
    """Whether a row's label names a layer by its name or its call."""
    label = _key(row[0])
    return label in (_key(layer[0]), _key(layer[1])) if label else False


def _markdown(text: str) -> object:
    """A table with bars, or one row a line, as lists of cells."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not re.fullmatch(r"[\s|:+-]+", line)]
    if not all("|" in line for line in lines):
        raise unreadable(text, "a table was expected here, one row a layer")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    heads = [_key(cell) for cell in rows[0]]
    if any(head in _COLUMNS for head in heads):
        return [dict(zip(rows[0], row, strict=False)) for row in rows[1:]]
    return rows


def read_shape(written: object, scope: Scope) -> list[Node]:
    """A shape: ``[28, 28, 10]``, ``28x28x10``, ``28 × 28 × 10``, a list; a batch axis in front is left out."""
    if isinstance(written, Sequence) and not isinstance(written, str):
        parts: list[object] = list(written)
    else:
        text = re.sub(r"\\(?:left|right|,|;|!|quad)", " ", str(written)).strip().strip("$").strip()
        inner = text[1:-1] if text[:1] in "([{" and text[-1:] in ")]}" and _closes(text) else text
        parts = list(_split(inner, ",")) if "," in inner else list(_TIMES.split(inner))
    if len(parts) > 1 and str(parts[0]).strip().lower() in _BATCH and scope.names.find(str(parts[0]).strip()) is None:
        parts = parts[1:]
    return [read_count(part if isinstance(part, str) else str(part), scope, origin=written) for part in parts]


def _closes(text: str) -> bool:
    """Whether the first bracket closes at the end of the text only."""
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0:
            return at == len(text) - 1
    return False


def _split(text: str, sign: str) -> list[str]:
    """The pieces of a text between commas outside brackets."""
    pieces, depth = [""], 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == sign and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += letter
    return [piece for piece in pieces if piece.strip()]


def read_count(written: object, scope: Scope, *, origin: object = None) -> Node:
    """A count: a number, ``1,216``, arithmetic such as ``(5x5x3 + 1) x 10``, or a formula in the sizes."""
    if not isinstance(written, str):
        raise unreadable(written if origin is None else origin, "a number was expected here")
    if _THOUSANDS.fullmatch(written.strip()):
        return read_formula(re.sub(r"\D", "", written), scope).tree
    if scope.names.find("x") is None and _BETWEEN_NUMBERS.search(written):
        written = _BETWEEN_NUMBERS.sub(lambda match: "*".center(len(match[0])), written)
    return read_formula(written, scope).tree
