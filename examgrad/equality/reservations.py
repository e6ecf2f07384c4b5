"""Where formulas that are equal are defined: one may have values where the other has none, as log|x| and log x."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from examgrad.equality.arithmetics import BALLS, ball
from examgrad.equality.compiler import compile_formulas
from examgrad.equality.evidence import compare_at
from examgrad.equality.points import named_number
from examgrad.equality.walks import NotPlain, walker
from examgrad.formula.functions import FUNCTIONS
from examgrad.formula.names import REAL, Domain
from examgrad.formula.tree import Apply, Node

WHERE_DEFINED: Final = "equal where both are defined"
_POINTS: Final = (0, 1, 2)
_PARTIAL: Final = frozenset(name for name, row in FUNCTIONS.items() if row.requires)
"""Functions that have no value for some numbers."""
_WALK: Final = walker(BALLS)


def reserved(left: Node, right: Node, domains: Mapping[str, Domain], note: str) -> str:
    """The note, with the reservation before it if one of the formulas has a value at a small point where the other
    has none."""
    if _PARTIAL.isdisjoint(left.operations() | right.operations()) or WHERE_DEFINED in note:
        return note
    if _asked(left) == _asked(right):
        return note
    names = sorted(left.symbols() | right.symbols())
    for place in _POINTS:
        at = {name: named_number(name, domains.get(name, REAL), place) for name in names}
        balls = {name: ball(value) for name, value in at.items()}
        if _may_be_undefined(left, balls) is not _may_be_undefined(right, balls) and (
            _is_defined(left, at) is not _is_defined(right, at)
        ):
            return f"{WHERE_DEFINED}; {note}" if note else WHERE_DEFINED
    return note


def _asked(node: Node) -> set[Node]:
    """Which values a formula asks to be in some range."""
    return {arg for item in node.walk() if isinstance(item, Apply) and item.op in _PARTIAL for arg in item.args}


def _may_be_undefined(node: Node, balls: Mapping[str, object]) -> bool:
    try:
        return not _WALK(node, balls).is_finite()
    except (NotPlain, ArithmeticError, ValueError, RecursionError):
        return True


def _is_defined(node: Node, at: Mapping[str, Fraction]) -> bool:
    return compare_at(compile_formulas(node, node), at, 64, 64).outcome != "unknown"
