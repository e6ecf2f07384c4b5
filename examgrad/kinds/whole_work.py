"""An answer with its work above it, as if all of it had been handed in as one text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from examgrad.exam.document import Items, Text, Value
from examgrad.exam.model import Answer, Part
from examgrad.formula.definitions import find_equals
from examgrad.formula.statements import continues
from examgrad.kinds.reading import Unreadable, statements_of
from examgrad.kinds.scope import Scope

_WORKED: Final = frozenset({"derivative", "gradient", "jacobian", "hessian", "value", "expression"})
"""Kinds whose work is lines of mathematics above one formula or array."""
_MOST_LINES: Final = 60


def with_work(part: Part, answer: Answer) -> Answer | None:
    """The answer whose final formula stands below those lines of its work that state something and can be read.

    ``None`` where there is no such work, or nothing that can stand below it.
    """
    value, work = answer.value, answer.work
    if part.kind not in _WORKED or work is None or value is None:
        return None
    final = _in_brackets(value)
    lines = list(_readable(work, Scope.of(part.given)))
    return Answer(Text("\n".join((*lines, final)))) if final.strip() and lines else None


def _in_brackets(value: Value) -> str:
    """A formula, or a list of them as an array; empty where it is neither."""
    if isinstance(value, str):
        return value
    items = [_in_brackets(item) for item in value] if isinstance(value, Items) else []
    return f"[{', '.join(items)}]" if items and all(items) else ""


def _readable(work: str, scope: Scope) -> Iterator[str]:
    """The statements of a work, a line or a chain of lines each, without what says nothing by itself."""
    kept: list[str] = []
    for chain in _chains(work.splitlines()[:_MOST_LINES]):
        if find_equals(chain) is None:
            continue
        try:
            statements_of("\n".join((*kept, chain)), scope)
        except Unreadable:
            continue
        kept.append(chain)
        yield chain


def _chains(lines: list[str]) -> Iterator[str]:
    """The lines, each with those that go on with it."""
    chain = ""
    for line in lines:
        if continues(line) and chain:
            chain += f"\n{line}"
            continue
        if chain.strip():
            yield chain
        chain = line
    if chain.strip():
        yield chain
