"""Arrays entry by entry, with a map of what is right; a row for a column, or a transposed matrix, is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from examgrad.equality.decide import Comparison
from examgrad.formula.array_values import Array
from examgrad.formula.tree import Node

MAX_WITNESSES: Final = 4
"""For how many entries that differ small numbers are sought."""
_SUREST: Final = ("identical", "exact", "numeric", "undecided", "witness")
DecideWith = Callable[..., Comparison]


def compare_arrays(
    left: Array, right: Array, decide: DecideWith, *, lists: tuple[bool, bool] = (False, False), witness: bool = True
) -> Comparison:  # fmt: skip
    """Compare two arrays. ``lists`` says which of them was written as a plain list: it is a column or a row."""
    first, second = _column(left), _column(right)
    note = ""
    if first.shape != second.shape:
        if len(first.entries) == len(second.entries) and 1 in (len(first.shape), len(second.shape)):
            if lists[0] if len(first.shape) == 1 else lists[1]:
                note = "the plain list is read as a row"
            else:
                return _turned(left, right, decide, witness) or _sizes(first, second)
        else:
            return _turned(left, right, decide, witness) or _sizes(first, second)
    found = _each(first.entries, second.entries, decide, witness)
    whole = _overall(found, _rows(first, found))
    if whole.verdict == "unequal" and len(first.shape) == 2 and first.shape[0] == first.shape[1]:
        return _turned(first, second, decide, witness) or whole
    return whole._replace(note="; ".join(filter(None, (whole.note, note))))


def _column(array: Array) -> Array:
    """A matrix of one column as the vector that it is."""
    return Array(array.shape[:1], array.entries) if array.shape[1:] == (1,) else array


def _sizes(first: Array, second: Array) -> Comparison:
    sizes = " and ".join("×".join(map(str, item.shape)) for item in (first, second))
    return Comparison("unequal", "witness", note=f"the sizes {sizes} differ")


def _matrix(array: Array) -> Array:
    return Array((*array.shape, 1), array.entries) if len(array.shape) == 1 else array


def _turned(left: Array, right: Array, decide: DecideWith, witness: bool) -> Comparison | None:
    """Unequal with a note, where one array is the other with rows and columns swapped."""
    first, second = _matrix(left), _matrix(right)
    if first.shape != second.shape[::-1]:
        return None
    rows, columns = second.shape
    turned = [second.entries[row * columns + column] for column in range(columns) for row in range(rows)]
    found = _each(first.entries, turned, decide, False)
    if any(item.verdict != "equal" for item in found):
        return None
    if 1 in first.shape:
        names = ("row", "column") if first.shape[0] == 1 else ("column", "row")
        note = f"transposed: the left side is a {names[0]}, the right side the same as a {names[1]}"
    else:
        note = "transposed: every entry is equal once rows and columns are swapped"
    if first.shape != second.shape:
        return Comparison("unequal", "witness", note=note)
    here = _each(first.entries, second.entries, decide, witness)
    return _overall(here, _rows(first, here))._replace(note=note)


def _each(left: tuple[Node, ...], right: object, decide: DecideWith, witness: bool) -> list[Comparison]:
    shown, found = MAX_WITNESSES if witness else 0, []
    for mine, theirs in zip(left, right, strict=True):  # type: ignore[call-overload]
        found.append(decide(mine, theirs, witness=shown > 0))
        shown -= found[-1].verdict == "unequal"
    return found


def _rows(array: Array, found: list[Comparison]) -> tuple[tuple[Comparison, ...], ...]:
    width = array.shape[1] if len(array.shape) == 2 else 1
    return tuple(tuple(found[at : at + width]) for at in range(0, len(found), width))


def _overall(found: list[Comparison], rows: tuple[tuple[Comparison, ...], ...]) -> Comparison:
    """The first difference, else the first doubt, else the least sure of the equalities."""
    for verdict in ("unequal", "unknown"):
        wrong = [at for at, item in enumerate(found) if item.verdict == verdict]
        if wrong:
            first = found[wrong[0]]
            where = [_place(at, rows) for at in wrong]
            what = "differs" if verdict == "unequal" else "could not be decided"
            more = f" (and {len(wrong) - 1} more of {len(found)})" if len(wrong) > 1 else f" (of {len(found)})"
            note = "; ".join(filter(None, (f"entry {where[0]} {what}{more}", first.note)))
            return first._replace(note=note, entries=rows)
    if not found:
        return Comparison("equal", "identical")
    return max(found, key=lambda item: _SUREST.index(item.method))._replace(entries=rows)


def _place(at: int, rows: tuple[tuple[Comparison, ...], ...]) -> str:
    width = len(rows[0])
    return f"({at // width + 1}, {at % width + 1})" if width > 1 else str(at + 1)
