"""A first look at two formulas, straight on their trees: most that differ are told apart at the first small point.

Whatever is not plain (no value, a kink, a sum over an index) ends the look, and nothing is said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, NamedTuple

from flint import ctx, fmpq

from examgrad.equality.arithmetics import BALLS, DOUBLES, FRACTIONS, PRECISION, ball
from examgrad.equality.evidence import MAX_TEXT, SHOWN_BITS, decimal, exact_text
from examgrad.equality.points import named_number
from examgrad.equality.walks import NotPlain, Walk, walker
from examgrad.equality.witness import Witness, differ
from examgrad.formula.names import REAL, Domain
from examgrad.formula.tree import Node

_IN_DOUBLES: Final = walker(DOUBLES)
_IN_FRACTIONS: Final = walker(FRACTIONS)
_IN_BALLS: Final = walker(BALLS)


class _Named(NamedTuple):
    """The small number that a name stands for, as every arithmetic has it."""

    value: Fraction
    double: float
    exact: Any
    ball: Any


@lru_cache(maxsize=4096)
def _named(name: str, domain: Domain, mirrored: bool) -> _Named:
    value = named_number(name, domain, mirrored)
    with ctx.workprec(PRECISION):
        return _Named(value, value.numerator / value.denominator, fmpq(value.numerator, value.denominator), ball(value))


class _Point(dict[str, float]):
    """A small number for every name that is asked for; ``named`` has it in full."""

    def __init__(self, domains: Mapping[str, Domain], mirrored: bool) -> None:
        super().__init__()
        self.named: dict[str, _Named] = {}
        self._domains = domains
        self._mirrored = mirrored

    def __missing__(self, name: str) -> float:
        number = self.named[name] = _named(name, self._domains.get(name, REAL), self._mirrored)
        value = self[name] = number.double
        return value


def glance(left: Node, right: Node, domains: Mapping[str, Domain], mirrored: bool) -> tuple[Witness | None, bool]:
    """A witness, if the formulas are proved to differ, and whether they agree as far as doubles tell: at one small
    point, or at its mirror image, where what is above zero is below it."""
    point = _Point(domains, mirrored)
    values = _both(left, right, point, _IN_DOUBLES)
    if values is None or not (math.isfinite(values[0]) and math.isfinite(values[1])):
        return None, False
    if not differ(*values):
        return None, True
    return _witness(left, right, point.named), False


def _both(left: Node, right: Node, at: Mapping[str, Any], walk: Walk) -> tuple[Any, Any] | None:
    try:
        return walk(left, at), walk(right, at)
    except (NotPlain, ArithmeticError, ValueError, RecursionError):
        return None


def _witness(left: Node, right: Node, named: Mapping[str, _Named]) -> Witness | None:
    """The point with both values there, if it is proved that they differ."""
    texts = _fractions(left, right, named) or _decimals(left, right, named)
    if texts is None or not texts[0]:
        return None
    return Witness({name: named[name].value for name in sorted(named)}, *texts)


def _fractions(left: Node, right: Node, named: Mapping[str, _Named]) -> tuple[str, str] | None:
    """Both values as fractions, if they are; two empty texts where that shows no difference."""
    values = _both(left, right, {name: number.exact for name, number in named.items()}, _IN_FRACTIONS)
    if values is None:
        return None
    texts = exact_text(values[0]), exact_text(values[1])
    if values[0] == values[1] or max(map(len, texts)) > MAX_TEXT:
        return "", ""
    return texts


def _decimals(left: Node, right: Node, named: Mapping[str, _Named]) -> tuple[str, str] | None:
    """Both values as decimals, if twelve digits tell them apart."""
    before = ctx.prec
    ctx.prec = PRECISION
    try:
        values = _both(left, right, {name: number.ball for name, number in named.items()}, _IN_BALLS)
    finally:
        ctx.prec = before
    if values is None or values[0].overlaps(values[1]) or not (values[0].is_finite() and values[1].is_finite()):
        return None
    if min(values[0].rel_accuracy_bits(), values[1].rel_accuracy_bits()) < SHOWN_BITS:
        return None
    texts = values[0].str(12, radius=False), values[1].str(12, radius=False)
    if texts[0] == texts[1]:
        return None  # more digits are needed to see it
    return decimal(values[0], text=texts[0]), decimal(values[1], text=texts[1])
