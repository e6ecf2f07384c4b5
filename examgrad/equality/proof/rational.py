"""The commonest proof on the trees themselves: two formulas of sums, products, quotients and whole powers.

One walk gives a formula's value at a random point modulo the prime and the bounds of its norm and degree.
"""

from __future__ import annotations

from typing import Any, Final

from examgrad.equality.proof.bounded import (
    Bounded,
    divided,
    number,
    opposite,
    product,
    raised,
    same,
    total,
)
from examgrad.equality.proof.modular import BITS, RANDOM_BITS, Field
from examgrad.formula.tree import Apply, Node, Number, Symbol

CERTAINTY: Final = 1e-20
MAX_POWER: Final = 1 << 20

OPERATIONS: Final = frozenset({"add", "mul", "neg", "div", "pow"})
"""What may be proved here holds nothing but these."""


class _NotRational(Exception):
    """The formula is not one of these."""


class _Point(dict[str, Bounded]):
    """A random element for every name that is asked for."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field
        self._elements = field.elements()

    def __missing__(self, name: str) -> Bounded:
        found = self[name] = (next(self._elements), None, 0.0, 0.0, 1.0)
        return found


def same_rational(left: Node, right: Node, seed: bytes) -> bool:
    """Whether the formulas are proved to be the same rational function; ``False`` where that is not known."""
    at = _Point(Field(seed))
    try:
        one, other = _walk(left, at), _walk(right, at)
    except (_NotRational, RecursionError):
        return False
    return same(one, other) and is_certain(one, other)


def is_certain(one: Bounded, other: Bounded, norm: float = 0.0, degree: float = 0.0) -> bool:
    """Whether two quotients of the same value are the same function, but for a chance that is small enough; ``norm``
    and ``degree`` are of what else was tested before."""
    norm = max(norm, one[2] + one[3] + other[2] + other[3] + 1.0)
    return norm < BITS - 1 and (one[4] + other[4] + degree) * 2.0**-RANDOM_BITS <= CERTAINTY


def _walk(node: Node, at: _Point) -> Bounded:
    kind = type(node)
    if kind is Symbol:
        return at[node.name]  # type: ignore[attr-defined]
    if kind is Number:
        return number(at.field, node.value)  # type: ignore[attr-defined]
    if kind is not Apply:
        raise _NotRational
    op, args = node.op, node.args  # type: ignore[attr-defined]
    found = _walk(args[0], at)
    if op == "mul":
        for arg in args[1:]:
            found = product(found, _walk(arg, at))
        return found
    if op == "add":
        for arg in args[1:]:
            found = total(found, _walk(arg, at))
        return found
    if op == "neg":
        return opposite(found)
    if op == "div":
        return divided(found, _walk(args[1], at))
    exponent: Any = args[1] if op == "pow" else None
    if type(exponent) is not Number or exponent.value.denominator != 1 or not 0 < exponent.value <= MAX_POWER:
        raise _NotRational
    return raised(at.field, found, exponent.value.numerator)
