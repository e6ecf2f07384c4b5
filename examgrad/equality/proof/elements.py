"""The field of the quick proof, its random elements, and how large what was computed in it can have been.

Prime and elements are drawn anew by every process, so that nobody can write a formula that aims at them.
"""

from __future__ import annotations

import os
from typing import Any, Final

from examgrad.equality.program import Number
from examgrad.equality.proof.modular import ANY_PRIME, BITS, RANDOM_BITS, Field

FIELD: Final = Field(os.urandom(16), attempt=1)
MAX_ELEMENTS: Final = 200
ELEMENTS: Final[list[Any]] = FIELD.randoms("elements", range(MAX_ELEMENTS))
CERTAINTY: Final = 1e-21


class NotQuick(Exception):
    """Something else is needed here."""


class Size:
    """Bounds of all that was computed so far, as one product of quotients.

    ``weight`` is the binary logarithm of the norm of a numerator or denominator, and ``degree`` the degree of either:
    both add up wherever two values meet, and a sum of two has one bit more. ``tried`` is how many relations between
    values were looked for.
    """

    __slots__ = ("degree", "tried", "weight")

    def __init__(self) -> None:
        self.weight = 0
        self.degree = 2  # the two formulas themselves
        self.tried = 1

    def repeat(self, weight: int, degree: int, times: int) -> None:
        """Count what was computed since the size was that as often again."""
        self.weight += times * (self.weight - weight)
        self.degree += times * (self.degree - degree)

    @property
    def certain(self) -> bool:
        """Whether no relation that does not hold can have been taken for one that does, but for a small chance.

        A relation is between three values at most, with factors up to 2, or powers up to 2 of products. That it holds
        by chance is as likely as in :func:`examgrad.equality.proof.bounds.chance_of_error`, of a prime taken at random.
        """
        points = 4.0 * self.degree * 2.0**-RANDOM_BITS
        prime = (2.0 * self.weight + 4) / (BITS - 1) * ANY_PRIME
        return self.tried * (points + prime) <= CERTAINTY


def constant(value: Number) -> tuple[Any, int]:
    """A number, and the bits of its numerator or denominator."""
    top, bottom = value.as_integer_ratio()
    if bottom == 1:
        return _WHOLE.get(top) or (FIELD.context(top), top.bit_length())
    if abs(top) <= 9 and bottom <= 9:
        return _FRACTIONS[top, bottom]
    return FIELD.context(top) / FIELD.context(bottom), max(top.bit_length(), bottom.bit_length())


_WHOLE: Final = {value: (FIELD.context(value), max(abs(value) - 1, 0).bit_length()) for value in range(-10, 101)}
_FRACTIONS: Final = {
    (top, bottom): (FIELD.context(top) / FIELD.context(bottom), 4) for top in range(-9, 10) for bottom in range(2, 10)
}
ZERO: Final = FIELD.zero
ONE: Final = FIELD.one
