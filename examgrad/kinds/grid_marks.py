"""How an answer that is a vector or a matrix is judged: entry by entry, its size, and whether it is transposed."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from examgrad.exam.model import Answer, Part
from examgrad.formula.array_values import entries_of
from examgrad.formula.tree import ZERO, Apply, Node
from examgrad.kinds.asked_entries import names_of
from examgrad.kinds.base import Diagnosis, Key, Outcome, incorrect
from examgrad.kinds.claims import stating
from examgrad.kinds.criteria import Criteria
from examgrad.kinds.derived import canonicals
from examgrad.kinds.entry_names import NO_NAMES
from examgrad.kinds.grids import Grid, filled, read_grid, set_entries, whole_of
from examgrad.kinds.judging import Asked, Place, judge_all
from examgrad.kinds.numbers import check_numbers
from examgrad.kinds.reading import Formula, Unreadable
from examgrad.kinds.scope import Scope


def check_grid(
    part: Part, answer: Answer, key: Key, shape: tuple[int, int | None], labels: Sequence[str],
    asked: Sequence[Asked | None], criteria: Criteria | None = None,
) -> Outcome:  # fmt: skip
    """Judge an answer that is a vector (``shape`` (n, None)) or matrix (rows, columns), entry by entry.

    ``labels`` names a vector's entries. A row where a column is asked for (or the transposed matrix) is named as
    such; so is a wrong number of entries.
    """
    assert key.tree is not None
    if part.given.names and getattr(part.fields, "at", None) is not None:
        return check_numbers(part, answer, key)
    scope = Scope.of(part.given)
    keys = entries_of(key.tree)
    rows, columns = shape
    names = names_of(part) if any(asked) else NO_NAMES
    grid = stating(read_grid(answer, scope, names), canonicals(getattr(part.fields, "wrt", ()), part.given))
    if part.kind == "hessian":
        grid = grid._replace(entries=tuple(map(_without_its_name, grid.entries)))
    if all(item == ZERO for item in keys):
        grid = filled(grid, rows, columns)
    if not _fits(grid, shape):
        if columns is None and len(listed := set_entries(grid)) == rows:
            ordered = judge_all(listed, keys, _places(rows, None, labels), asked, by_entry=part.credit.entries)
            if ordered.verdict == "correct":
                message = "Right if the entries are meant in this order: braces make a set, which has none."
                return Outcome("review", Fraction(0), message, diagnoses=(Diagnosis("ambiguous", message),))
        if (grid.rows, grid.columns or 1) == (columns or 1, rows):
            return _transposed(part, grid, keys, shape)
        wanted = f"{rows}×{columns} entries" if columns else f"{rows} entries" if rows > 1 else "one formula"
        flat = f"{len(grid.entries)} entries{' in one list' if columns else ''}"
        have = f"{grid.rows}×{grid.columns} entries" if grid.columns else flat
        message = f"Your answer has {'one entry' if len(grid.entries) == 1 else have}; the right one has {wanted}."
        return Outcome("incorrect", Fraction(0), message, diagnoses=(Diagnosis("wrong-size", message),))
    outcome = judge_all(
        grid.entries, keys, _places(rows, columns, labels), asked, by_entry=part.credit.entries,
        criteria=criteria or Criteria.of(part),
    )  # fmt: skip
    if outcome.verdict in ("incorrect", "partial") and rows == columns and rows > 1:
        turned = _transposed(part, grid, keys, shape)
        if turned.diagnoses[0].code == "transposed":
            return turned
    whole = whole_of(grid)
    if whole is None:
        return outcome
    return outcome.read_as(whole)


def _without_its_name(entry: Formula | Unreadable) -> Formula | Unreadable:
    """An entry of a Hessian without ``∇²f`` before it, which is what was asked for."""
    if isinstance(entry, Unreadable):
        return entry
    return entry._replace(claims=tuple(claim for claim in entry.claims if not _is_hessian(claim)))


def _is_hessian(node: Node) -> bool:
    inner = node.args[0] if isinstance(node, Apply) and node.op == "gradient" else None
    return isinstance(inner, Apply) and inner.op == "gradient"


def _places(rows: int, columns: int | None, labels: Sequence[str]) -> list[Place]:
    if columns is None:
        names = labels or [f"entry {row + 1}" for row in range(rows)]
        return [Place(row + 1, 1, names[row] if rows > 1 else "") for row in range(rows)]
    return [
        Place(row + 1, column + 1, f"entry ({row + 1}, {column + 1})")
        for row in range(rows)
        for column in range(columns)
    ]


def _fits(grid: Grid, shape: tuple[int, int | None]) -> bool:
    rows, columns = shape
    if columns is None:
        return grid.rows == rows and grid.columns in (None, 1)
    if grid.columns is None:  # a list may stand for a matrix of one row or one column
        return grid.rows == rows * columns and 1 in (rows, columns)
    return (grid.rows, grid.columns) == (rows, columns)


def _transposed(part: Part, grid: Grid, keys: Sequence[Node], shape: tuple[int, int | None]) -> Outcome:
    rows, columns = shape[0], shape[1] or 1
    turned = [keys[row * columns + column] for column in range(columns) for row in range(rows)]
    places = _places(grid.rows, grid.columns or 1, ())
    outcome = judge_all(grid.entries, turned, places, [None] * len(keys), by_entry=part.credit.entries)
    have, wanted = f"{grid.rows}×{grid.columns or 1}", f"{rows}×{columns}"
    if outcome.verdict == "correct":
        sizes = f"{wanted} was asked for, your answer is {have}" if rows != columns else "rows and columns are swapped"
        message = f"Every entry is right, but the answer is transposed: {sizes}."
        return incorrect(message, "transposed")
    return incorrect(f"Your answer is {have}, the right one {wanted}.", "wrong-size")
