"""Numbers in a list or in rows as people write them: ``[8 4]``, ``[0 0; 4 8]``, ``⟨8, 4⟩``, ``8, 4``, a row a line."""

from __future__ import annotations

import re
from typing import Any, Final

from examgrad.exam.model import Answer
from examgrad.kinds.stretches import split

MIN_LISTED: Final = 2

_NUMBER: Final = re.compile(r"[-+−]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?(?:/\d+)?")
_BETWEEN: Final = re.compile(r"\s*,\s*|\s+")
_ROW: Final = re.compile(r"\[([^\[\]]*)\]")
_ANGLES: Final = re.compile(
    r"(?:<|⟨|〈|\\langle\b|\\left\s*\\langle\b)(.*)(?:>|⟩|〉|\\right\s*\\rangle|\\rangle)", re.DOTALL
)
_EDGES: Final = " \t\n$.,;"
_LONGEST: Final = 5_000


def listed(answer: Answer, count: int) -> Answer:
    """The answer with the list that its text stands for, where ``count`` numbers are asked for."""
    if count < MIN_LISTED:
        return answer
    if isinstance(answer.written, str) and (numbers := _listed_numbers(answer.written)) is not None:
        return Answer(numbers)  # type: ignore[arg-type]
    if not isinstance(value := answer.value, str) or "=" in value or "\n" in value.strip():
        return answer
    pieces: Any = split(value, ",")  # of formulas: 1/2, sqrt(2)
    return answer._replace(value=pieces) if len(pieces) == count else answer


def _listed_numbers(text: str) -> list[str] | list[list[str]] | None:
    """The numbers of a text that holds nothing else, as a list or as rows; ``None`` where it is anything else."""
    body = text.strip(_EDGES)
    if len(body) > _LONGEST or not re.search(r"\d", body):
        return None
    rows = _rows(body)
    if rows is not None:
        found = [items for row in rows if (items := _items(row)) is not None]
        return found if len(found) == len(rows) and len({len(row) for row in found}) == 1 else None
    angles = _ANGLES.fullmatch(body)
    inner = angles[1] if angles else body[1:-1] if body[0] + body[-1] == "[]" else body
    bare = inner is body
    items = _items(inner) if "," in inner or not bare else None
    return items if items is not None and len(items) > 1 else None


def _rows(body: str) -> list[str] | None:
    """What stands in the brackets of each row; ``None`` where there is one list only."""
    inner = body[1:-1] if body.startswith("[") and body.endswith("]") else ""
    if ";" in inner and "[" not in inner:
        return inner.split(";")
    for whole in (inner, body):
        rows = _ROW.findall(whole)
        if len(rows) > 1 and not _ROW.sub("", whole).strip(" \t\n,;"):
            return rows
    return None


def _items(row: str) -> list[str] | None:
    items = _BETWEEN.split(row.strip(" \t\n,"))
    return items if all(map(_NUMBER.fullmatch, items)) else None
