"""One cell of a layer table against its key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from examgrad.formula.parser import read
from examgrad.formula.tree import Node, Number
from examgrad.kinds.base import Cell, Diagnosis, Evidence, Row, Verdict
from examgrad.kinds.judging import diagnosis_of
from examgrad.kinds.reading import Unreadable
from examgrad.kinds.scope import Scope
from examgrad.kinds.tables import read_count, read_shape

_PROVED: Final = Evidence("exact")
_ARRAYS: Final = ("shape", "receptive_field")
_VERDICTS: Final[Mapping[str, Verdict]] = {"equal": "correct", "unequal": "incorrect", "unknown": "review"}


def shown(value: object) -> str:
    """A value of a table in a cell: ``28×28×10``."""
    return "×".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


class Judged(NamedTuple):
    """One cell, with what is to be said of it."""

    cell: Cell
    reason: str = ""
    evidence: Evidence = _PROVED
    diagnosis: Diagnosis | None = None


def judge_cell(scope: Scope, row: Row, column: str, written: object, number: int, image: str = "HWC") -> Judged:
    """One cell of an answer, as it was written, against the row's own value."""
    wanted = row.values.get(column)
    key = shown(wanted)
    text = _written(written)
    if not text:
        cell = Cell(number, column, "unanswered", "", key, row.op)
        return Judged(cell, "this cell is empty", Evidence("undecided"))
    try:
        if column in _ARRAYS:
            sizes = wanted if isinstance(wanted, list) else []
            verdict, evidence, note = _judge_shape(scope, read_shape(written, scope), sizes, column, image)
        else:
            verdict, evidence = _judge_size(scope, read_count(written, scope), wanted)
            note = ""
    except Unreadable as error:
        cell = Cell(number, column, "unreadable", text, key, row.op)
        return Judged(cell, error.diagnostic.message, Evidence("undecided"), diagnosis_of(error.diagnostic))
    reason = note or ("right" if verdict == "correct" else f"your answer is {text}, the right one {key}")
    diagnosis = Diagnosis("layout", f"{row.op}: {note}") if note and verdict == "correct" else None
    return Judged(Cell(number, column, verdict, text, key, row.op), reason, evidence, diagnosis)


def _written(written: object) -> str:
    if isinstance(written, Sequence) and not isinstance(written, str):
        return "[" + ", ".join(map(str, written)) + "]"
    return "" if written is None else " ".join(str(written).split())


def _judge_size(scope: Scope, found: Node, wanted: object) -> tuple[Verdict, Evidence]:
    key = Number(wanted) if isinstance(wanted, int) else read(str(wanted), scope.names)
    comparison = scope.decide(found, key)
    return _VERDICTS[comparison.verdict], scope.evidence(comparison, found, key)


def _judge_shape(
    scope: Scope, found: Sequence[Node], wanted: Sequence[object], column: str, image: str
) -> tuple[Verdict, Evidence, str]:
    """A shape, whatever ones stand beside a single axis; the other image layout is read as well, and named."""
    if column == "receptive_field" and len(found) == 1 and len(wanted) > 1:
        found = [found[0]] * len(wanted)
    if len(wanted) == 1 and len(found) > 1:
        rest = [size for size in found if not (isinstance(size, Number) and size.value == 1)]
        found = rest or [Number(1)]
    if len(found) != len(wanted):
        reason = f"a shape of {len(wanted)} axes was expected here, not of {len(found)}"
        return "incorrect", _PROVED, reason
    verdict, evidence = _judge_sizes(scope, found, wanted)
    if verdict == "incorrect" and column == "shape" and len(wanted) == 3:
        first, second, third = wanted
        turned, name = ((third, first, second), "CHW") if image == "HWC" else ((second, third, first), "HWC")
        if _judge_sizes(scope, found, turned)[0] == "correct":
            return "correct", _PROVED, f"read with the axes in the other order, {name}"
    return verdict, evidence, ""


def _judge_sizes(scope: Scope, found: Sequence[Node], wanted: Sequence[object]) -> tuple[Verdict, Evidence]:
    judged = [_judge_size(scope, size, key) for size, key in zip(found, wanted, strict=True)]
    return next(((verdict, evidence) for verdict, evidence in judged if verdict != "correct"), ("correct", _PROVED))
