"""Values modulo the prime as quotients, with what is known of the functions that they are values of.

A quotient is ``(top, bottom, norm of the numerator, norm of the denominator, degree)``: two elements of the field, of
which the lower is ``None`` where it is one, and bounds as :mod:`examgrad.equality.proof.bounds` has them: binary
logarithms of norms, and the degree of either. Nothing is divided before the end, since an inverse costs more than ten
products.
"""

from __future__ import annotations

from typing import Any

from examgrad.equality.program import Number
from examgrad.equality.proof.modular import Field

Bounded = tuple[Any, Any, float, float, float]


def number(field: Field, value: Number) -> Bounded:
    """A number."""
    top, bottom = value.as_integer_ratio()
    if bottom == 1:
        return field.context(top), None, float(top.bit_length()), 0.0, 0.0
    return field.context(top), field.context(bottom), float(top.bit_length()), bottom.bit_length() - 1.0, 0.0


def total(one: Bounded, other: Bounded) -> Bounded:
    """A sum."""
    p, q, a, b, c = one
    r, s, d, e, f = other
    if q is None:
        if s is None:
            return p + r, None, (a if a > d else d) + 1.0, 0.0, c + f
        return p * s + r, s, max(a + e, b + d) + 1.0, b + e, c + f
    if s is None:
        return p + r * q, q, max(a + e, b + d) + 1.0, b + e, c + f
    return p * s + r * q, q * s, max(a + e, b + d) + 1.0, b + e, c + f


def difference(one: Bounded, other: Bounded) -> Bounded:
    """A difference."""
    r, s, d, e, f = other
    return total(one, (-r, s, d, e, f))


def opposite(one: Bounded) -> Bounded:
    """Minus a quotient."""
    p, q, a, b, c = one
    return -p, q, a, b, c


def product(one: Bounded, other: Bounded) -> Bounded:
    """A product."""
    p, q, a, b, c = one
    r, s, d, e, f = other
    return p * r, s if q is None else q if s is None else q * s, a + d, b + e, c + f


def divided(one: Bounded, other: Bounded) -> Bounded:
    """A quotient of two."""
    p, q, a, b, c = one
    r, s, d, e, f = other
    return p if s is None else p * s, r if q is None else q * r, a + e, b + d, c + f


def raised(field: Field, one: Bounded, exponent: int) -> Bounded:
    """A power; the exponent is not zero."""
    p, q, a, b, c = one
    if exponent < 0:
        exponent, p, q, a, b = -exponent, field.one if q is None else q, p, b, a
    return p**exponent, None if q is None else q**exponent, a * exponent, b * exponent, c * exponent


def value(one: Bounded) -> Any:
    """The value; ``ZeroDivisionError`` where it has none."""
    return one[0] if one[1] is None else one[0] / one[1]


def same(one: Bounded, other: Bounded) -> bool:
    """Whether two quotients have the same value; one that has none is like no other."""
    p, q = one[:2]
    r, s = other[:2]
    if q == 0 or s == 0:
        return False
    return bool((p if s is None else p * s) == (r if q is None else r * q))
