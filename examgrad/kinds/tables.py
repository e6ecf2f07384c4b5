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
    "activations": "activations", "memory": "memory", "bytes": "memory",
}  # fmt: skip
_TIMES = re.compile(r"(?<=[\w)\]}])\s*(?:x|X|×|✕|\\times|\*|·|\\cdot)\s*(?=[\w(\[{\\])")
_BETWEEN_NUMBERS = re.compile(r"(?<=[\d)\]])\s*[xX]\s*(?=[\d(])|(?<=\w)\s+[xX]\s+(?=[\w(])|(?<=\))\s*[xX]\s+(?=\w)")
_THOUSANDS = re.compile(r"\d{1,3}(?:[,' \u00a0\u2009]\d{3})+")
_BATCH: Final = frozenset({"none", "n", "b", "batch", "-1", "?", "bs"})

Cells = Mapping[str, object]


def read_rows(answer: Answer, ask: Sequence[str], layers: Sequence[tuple[str, str]], input: str = "") -> list[Cells]:
    """The cells of each layer by column, in the order of ``layers`` (name and call of each).

    Rows are mappings or positional lists. Rows that name their layers are found by name, wherever they stand; rows
    without names are one a layer in order, perhaps with one for the ``input`` in front. Raises ``Unreadable`` where
    the rows cannot be told apart.
    """
    value: object = answer.value if answer.value is not None else answer.work
    if isinstance(value, str):
        value = _markdown(value)
    if isinstance(value, Mapping):
        value = [{"layer": name, **_cells(row, ask)} for name, row in value.items()]
    if not isinstance(value, Sequence) or not value:
        raise unreadable(value, "a table was expected here, one row a layer")
    rows = [_row(row, ask) for row in value]
    if len(rows) > 1 and _is_input(rows[0], input):
        rows = rows[1:]
    by_name = _by_name(rows, layers)
    if by_name is not None:
        return by_name
    if len(rows) == len(layers):
        return [cells for _, cells in rows]
    raise unreadable(
        value, f"the table has {len(rows)} rows and the network {len(layers)} layers",
        help="give one row a layer, or write in each row which layer it is",
    )  # fmt: skip


def _by_name(rows: Sequence[tuple[str, Cells]], layers: Sequence[tuple[str, str]]) -> list[Cells] | None:
    """The cells of each layer by the rows' names; ``None`` where they do not name the layers.

    Equal layers are taken in order. A row for something that has no row in the key (a flatten, an activation) is
    left out.
    """
    if not any(_names(row, layer) for row in rows for layer in layers):
        return None
    left = list(rows)
    found: list[Cells] = []
    for layer in layers:
        place = next((at for at, row in enumerate(left) if _names(row, layer)), None)
        found.append(left.pop(place)[1] if place is not None else {})
    if any(not _is_passive(label) for label, _ in left) and len(rows) == len(layers):
        return None  # a name is misspelt: the order tells
    return found


def _is_passive(label: str) -> bool:
    return re.match(r"(?i)flatten|relu|dropout|softmax|activation|sigmoid|tanh|input|output|total", label) is not None


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


def _is_input(row: tuple[str, Cells], input: str) -> bool:
    """Whether a row is the input's: it says so, or has no name and the input's shape."""
    label, cells = row
    if label:
        return label.strip().lower().startswith("input")
    sizes = re.findall(r"\w+", input)
    return bool(sizes) and re.findall(r"\w+", _TIMES.sub(" ", str(cells.get("shape")))) == sizes


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
