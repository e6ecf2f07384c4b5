"""The commonest proof on the trees themselves: two formulas of sums, products, quotients and whole powers.

One walk gives a formula's value at a random point modulo the prime and the bounds of its norm and degree, as
:mod:`examgrad.equality.proof.bounds` has them for programs.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from examgrad.equality.proof.modular import BITS, RANDOM_BITS, Field
from examgrad.formula.tree import Apply, Node, Number, Symbol

CERTAINTY: Final = 1e-20
MAX_POWER: Final = 1 << 20

_OTHER = re.compile(r"\b(?!(?:add|mul|neg|div|pow)\()[a-z]\w*\(|Constant\(")


class _NotRational(Exception):
    """The formula is not one of these."""


class _Value(NamedTuple):
    """The value, binary logarithms of the norms of numerator and denominator, and the degree of either."""

    value: Any
    top: float
    bottom: float
    degree: float


class _Point(dict[str, _Value]):
    """A random element for every name that is asked for."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field

    def __missing__(self, name: str) -> _Value:
        found = self[name] = _Value(self.field.randoms("symbol " + name, (0,))[0], 0.0, 0.0, 1.0)
        return found


def may_be_rational(texts: tuple[str, ...]) -> bool:
    """Whether two trees, by their texts, hold nothing but what is proved here."""
    return not any(map(_OTHER.search, texts))


def same_rational(left: Node, right: Node, seed: bytes) -> bool:
    """Whether the formulas are proved to be the same rational function; ``False`` where that is not known."""
    at = _Point(Field(seed))
    try:
        one, other = _walk(left, at), _walk(right, at)
    except (_NotRational, ZeroDivisionError, RecursionError):
        return False
    if one.value != other.value:
        return False
    norm = one.top + one.bottom + other.top + other.bottom + 1.0
    return norm < BITS - 1 and (one.degree + other.degree) * 2.0**-RANDOM_BITS <= CERTAINTY


def _walk(node: Node, at: _Point) -> _Value:
    kind = type(node)
    if kind is Symbol:
        return at[node.name]  # type: ignore[attr-defined]
    if kind is Number:
        number = node.value  # type: ignore[attr-defined]
        bits = float(number.numerator.bit_length()), number.denominator.bit_length() - 1.0
        return _Value(at.field.fraction(number), *bits, 0.0)
    if kind is not Apply:
        raise _NotRational
    op, args = node.op, node.args  # type: ignore[attr-defined]
    value, top, bottom, degree = _walk(args[0], at)
    if op == "add" or op == "mul":
        for arg in args[1:]:
            other, above, below, further = _walk(arg, at)
            if op == "add":
                value, top = value + other, max(top + below, above + bottom) + 1.0
            else:
                value, top = value * other, top + above
            bottom, degree = bottom + below, degree + further
        return _Value(value, top, bottom, degree)
    if op == "neg":
        return _Value(-value, top, bottom, degree)
    if op == "div":
        other, above, below, further = _walk(args[1], at)
        return _Value(value / other, top + below, bottom + above, degree + further)
    exponent = args[1] if op == "pow" else None
    if type(exponent) is not Number or exponent.value.denominator != 1 or not 0 < exponent.value <= MAX_POWER:
        raise _NotRational
    power = exponent.value.numerator
    return _Value(value**power, top * power, bottom * power, degree * power)
