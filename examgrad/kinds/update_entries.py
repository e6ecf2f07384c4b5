"""New values of one array that an answer gives entry by entry: ``b_1 ← …, b_2 ← …``, or ``W_{ij} ← …`` for all."""

from __future__ import annotations

import math
from typing import Final

from examgrad.exam.model import Answer, Given
from examgrad.formula.array_values import Array, positions
from examgrad.formula.statements import Statement
from examgrad.formula.tree import Apply, Node, Number, Symbol
from examgrad.kinds.reading import Formula, Unreadable, statements_of
from examgrad.kinds.scope import Scope

_MOST: Final = 400
"""Entries of an array, up to which they are looked for one by one."""


def read_entries(answer: Answer, given: Given, name: str) -> Formula | None:
    """The new array as one formula, or as one for its entry at letters; ``None`` for an answer of another kind."""
    text, shape = answer.written, given.names.shapes.get(name, ())
    if not isinstance(text, str) or not shape:
        return None
    try:
        statements, own = statements_of(text, Scope.of(given))
    except Unreadable:
        return None
    scope = Scope.of(given).with_own(own)
    found = {places: item for item in statements if (places := _places(item, name)) is not None}
    if not found or statements[-1] not in found.values():
        return None
    if len(found) == 1 and all(isinstance(place, Symbol) for place in next(iter(found))):
        ((letters, item),) = found.items()
        label = f"{name}_{''.join(place.name for place in letters if isinstance(place, Symbol))}"
        return Formula(text, item.result, scope, label=label)
    sizes = [size for size in shape if isinstance(size, int)]
    if len(sizes) < len(shape) or math.prod(sizes) > _MOST:
        return None
    entries = [found.get(tuple(map(Number, place))) for place in positions(sizes)]
    results = tuple(entry.result for entry in entries if entry is not None)
    return Formula(text, Array(tuple(sizes), results).tree(), scope) if len(results) == len(entries) else None


def _places(statement: Statement, name: str) -> tuple[Node, ...] | None:
    """The places of the entry that a statement gives a new value; ``None`` where it gives none."""
    side = statement.sides[0]
    if len(statement.sides) < 2 or not isinstance(side, Apply) or side.op != "entry" or side.args[0] != Symbol(name):
        return None
    return side.args[1:]
