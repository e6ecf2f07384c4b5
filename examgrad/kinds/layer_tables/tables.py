"""A student's layer table: which of its rows is which layer's, and what is to be said of the others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from examgrad.exam.model import Answer
from examgrad.kinds.base import Diagnosis
from examgrad.kinds.layer_tables.row_names import is_called, match_rows
from examgrad.kinds.layer_tables.rows import Cells, Written, written_rows
from examgrad.kinds.reading import unreadable

MOST_NAMED: Final = 5
"""How many rows that belong to no layer are named."""


class Table(NamedTuple):
    """A student's table: the cells of each layer, in the network's order; what is to be said of its rows.

    ``total`` is the row that adds the others up, where there is one.
    """

    rows: tuple[Cells, ...]
    remarks: tuple[Diagnosis, ...] = ()
    total: Cells | None = None


def read_table(answer: Answer, ask: Sequence[str], layers: Sequence[tuple[str, str]], input: str = "") -> Table:
    """The table of an answer; ``layers`` are the name and the call of each.

    Rows that name their layers are found by name, wherever they stand; rows without names are one a layer in order,
    perhaps with one for the ``input`` in front. A layer without a row has no cells. Raises :class:`Unreadable` where
    the rows cannot be told apart.
    """
    value: object = answer.written
    if len(layers) == 1 and isinstance(value, Sequence) and not isinstance(value, str) and _is_row(value, len(ask)):
        value = [value]
    rows = written_rows(value, tuple(ask))
    total = next((row.cells for row in rows if is_called("total", row.naming, layers)), None)
    rows = [row for row in rows if not is_called("total", row.naming, layers)]
    spare = len(rows) > len(layers)
    rows = [
        row
        for at, row in enumerate(rows)
        if not is_called("input", row.naming, layers) and not _is_input(row, input, first=at == 0 and spare)
    ]
    if not rows:
        raise unreadable(value, "a table was expected here, one row a layer")
    matched = match_rows([row.naming for row in rows], layers)
    if matched.rows is None:
        raise unreadable(
            value, f"the table has {len(rows)} rows and the network {len(layers)} layers",
            help="give one row a layer, or write in each row which layer it is",
        )  # fmt: skip
    remarks = [
        Diagnosis("extra-row", f"The row '{_called(rows[row])}' belongs to no layer of this network: it is not marked.")
        for row in matched.extra[:MOST_NAMED]
    ]
    if len(matched.extra) > MOST_NAMED:
        more = len(matched.extra) - MOST_NAMED
        remarks.append(Diagnosis("extra-row", f"{more} more rows belong to no layer of this network."))
    for row, at in matched.contradicting[:MOST_NAMED]:
        message = f"The row of {layers[at][1]} is called '{_called(rows[row])}': it is marked as {layers[at][1]}."
        remarks.append(Diagnosis("row-name", message))
    return Table(tuple({} if row is None else rows[row].cells for row in matched.rows), tuple(remarks), total)


def _is_row(value: Sequence[object], width: int) -> bool:
    """Whether a list is the one row of a network of a single layer."""
    return width > 1 and len(value) in (width, width + 1) and all(isinstance(item, str) for item in value)


def _called(row: Written) -> str:
    return next((" ".join(label.split())[:60] for label in row.naming.labels), f"row {row.naming.number}")


def _is_input(row: Written, input: str, *, first: bool) -> bool:
    """Whether a row is the input's: it leads and has the input's shape and no name or number."""
    if not first or row.naming.labels or row.naming.number is not None:
        return False
    sizes = re.findall(r"\w+", input)
    shape = row.cells.get("shape")
    text = " ".join(map(str, shape)) if isinstance(shape, Sequence) and not isinstance(shape, str) else str(shape)
    return bool(sizes) and re.findall(r"[^\W_]+", re.sub(r"(?<=\d)x(?=\d)|\\times|\bx\b", " ", text)) == sizes
