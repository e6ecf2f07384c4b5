"""Where formulas that are equal are defined: one may have values where the other has none, as log|x| and log x."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from examgrad.equality.arithmetics import BALLS, ball
from examgrad.equality.compiler import compile_formulas
from examgrad.equality.evidence import compare_at
from examgrad.equality.points import named_number
from examgrad.equality.walks import NotPlain, walker
from examgrad.formula.functions import FUNCTIONS
from examgrad.formula.names import REAL, Domain
from examgrad.formula.tree import Node

WHERE_DEFINED: Final = "equal where both are defined"
_POINTS: Final = (1, 2)
"""Small numbers below zero, and on either side of it."""
_PARTIAL: Final = frozenset(name for name, row in FUNCTIONS.items() if row.requires)
"""Functions that have no value for some numbers."""
_WALK: Final = walker(BALLS)


def reserved(left: Node, right: Node, domains: Mapping[str, Domain], note: str) -> str:
    """The note, with the reservation before it if one of the formulas has a value at a small point where the other
    has none."""
    if _PARTIAL.isdisjoint(left.operations() | right.operations()) or WHERE_DEFINED in note:
        return note
    names = left.symbols() | right.symbols()
    if all(name in domains and domains[name].low is not None for name in names):
        return note
    for place in _POINTS:
        at = {name: _number(name, domains.get(name, REAL), place) for name in names}
        if _may_have_none(left, at) is not _may_have_none(right, at):
            exactly = {name: named_number(name, domains.get(name, REAL), place) for name in names}
            if _is_defined(left, exactly) is not _is_defined(right, exactly):
                return f"{WHERE_DEFINED}; {note}" if note else WHERE_DEFINED
    return note


@lru_cache(maxsize=4096)
def _number(name: str, domain: Domain, place: int) -> Any:
    return ball(named_number(name, domain, place))


def _may_have_none(node: Node, at: Mapping[str, Any]) -> bool:
    try:
        return not _WALK(node, at).is_finite()
    except (NotPlain, ArithmeticError, ValueError, RecursionError):
        return True


def _is_defined(node: Node, at: Mapping[str, Fraction]) -> bool:
    return compare_at(compile_formulas(node, node), at, 64, 64).outcome != "unknown"
