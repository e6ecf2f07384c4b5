"""A first look at two formulas, straight on their trees: most that differ are told apart at one of a few small points.

Whatever is not plain (no value, a kink, a sum over an index) ends the look at a point, and nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, NamedTuple

from flint import ctx, fmpq

from examgrad.equality.arithmetics import BALLS, FRACTIONS, PRECISION, ball
from examgrad.equality.evidence import MAX_TEXT, SHOWN_BITS, decimal, exact_text
from examgrad.equality.points import named_number
from examgrad.equality.walks import NotPlain, Walk, walker
from examgrad.equality.witness import Witness
from examgrad.formula.names import REAL, Domain
from examgrad.formula.tree import Node

_IN_FRACTIONS: Final = walker(FRACTIONS)
_IN_BALLS: Final = walker(BALLS)


class _Number(NamedTuple):
    """The small number that a name stands for, as every arithmetic has it."""

    value: Fraction
    exact: Any
    ball: Any


@lru_cache(maxsize=4096)
def _number(name: str, domain: Domain, at: int) -> _Number:
    value = named_number(name, domain, at)
    return _Number(value, fmpq(value.numerator, value.denominator), ball(value))


class _Point(dict[str, Any]):
    """A ball for every name that is asked for; ``numbers`` has what it stands for in full."""

    def __init__(self, domains: Mapping[str, Domain], at: int) -> None:
        super().__init__()
        self.numbers: dict[str, _Number] = {}
        self._domains = domains
        self._at = at

    def __missing__(self, name: str) -> Any:
        number = self.numbers[name] = _number(name, self._domains.get(name, REAL), self._at)
        value = self[name] = number.ball
        return value


def glance(
    left: Node, right: Node, domains: Mapping[str, Domain], places: Iterable[int]
) -> tuple[Witness | None, bool]:
    """A witness, if the formulas are proved to differ at one of these points (:func:`named_number` has them); if not,
    whether both have values at one."""
    before = ctx.prec
    ctx.prec = PRECISION
    try:
        defined = False
        for place in places:
            point = _Point(domains, place)
            values = _both(left, right, point, _IN_BALLS)
            if values is not None and values[0].is_finite() and values[1].is_finite():
                defined = True
                if not values[0].overlaps(values[1]) and (shown := _shown(left, right, point.numbers, values)):
                    return shown, True
        return None, defined
    finally:
        ctx.prec = before


def _both(left: Node, right: Node, at: Mapping[str, Any], walk: Walk) -> tuple[Any, Any] | None:
    try:
        return walk(left, at), walk(right, at)
    except (NotPlain, ArithmeticError, ValueError, RecursionError):
        return None


def _shown(left: Node, right: Node, numbers: Mapping[str, _Number], balls: tuple[Any, Any]) -> Witness | None:
    """The point with both values there, if short texts tell them apart."""
    values = _both(left, right, {name: number.exact for name, number in numbers.items()}, _IN_FRACTIONS)
    texts = _decimals(*balls) if values is None else (exact_text(values[0]), exact_text(values[1]))
    if texts is None or (values is not None and max(map(len, texts)) > MAX_TEXT):
        return None
    return Witness({name: numbers[name].value for name in sorted(numbers)}, *texts)


def _decimals(left: Any, right: Any) -> tuple[str, str] | None:
    """Both values as decimals, if twelve digits tell them apart."""
    if min(left.rel_accuracy_bits(), right.rel_accuracy_bits()) < SHOWN_BITS:
        return None
    texts = left.str(12, radius=False), right.str(12, radius=False)
    if texts[0] == texts[1]:
        return None  # more digits are needed to see it
    return decimal(left, text=texts[0]), decimal(right, text=texts[1])
