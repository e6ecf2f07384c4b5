"""What the quick proof takes for one more random number: names, exponentials, and functions of a value.

The exponential of an exponent is a random element of its own, unless the exponent is seen to be a simple multiple, a
sum or a difference of such as were met before: then it is a product of theirs. Sines and cosines are rational in the
tangent of half an angle. Any other function of the same value is the same element.
"""

from __future__ import annotations

import os
from typing import Any, Final

from examgrad.equality.program import Number
from examgrad.equality.proof.bounded import (
    Bounded,
    difference,
    divided,
    number,
    opposite,
    product,
    raised,
    total,
    value,
)
from examgrad.equality.proof.modular import Field
from examgrad.formula.functions import FUNCTIONS

MAX_BASIS: Final = 12
MAX_ELEMENTS: Final = 200
FACTORS: Final = (2, -2, 4, -4, 1, -1)
"""As powers of the exponential of half an exponent: the exponent, twice and half of it, and their opposites."""


FIELD: Final = Field(os.urandom(16))
_ELEMENTS: Final[list[Bounded]] = [
    (element, None, 0.0, 0.0, 1.0) for element in FIELD.randoms("elements", range(MAX_ELEMENTS))
]
"""Drawn anew by every process, so that nobody can write a formula that aims at them."""
_WHOLE: Final = {value: number(FIELD, value) for value in range(-10, 101)}
ZERO: Final = _WHOLE[0]
ONE: Final = _WHOLE[1]


def constant(value: Number) -> Bounded:
    """A number."""
    top, bottom = value.as_integer_ratio()
    return (_WHOLE.get(top) if bottom == 1 else None) or number(FIELD, value)


class NotQuick(Exception):
    """Something else is needed here."""


def multiples(at: Any) -> list[Any]:
    """A value as often as in :data:`FACTORS`."""
    half, twice = at * FIELD.half_of_one, at + at
    return [at, -at, twice, -twice, half, -half]


class Generators:
    """Random elements, and what they stand for.

    Exponentials are powers of elements for half of each exponent in the basis: tanh and cosh of one argument are made
    of that. ``norm`` and ``degree`` bound all that was compared. ``asked`` are the numbers of those functions
    that are not defined everywhere.
    """

    def __init__(self) -> None:
        self.asked: set[int] = set()
        self._elements = iter(_ELEMENTS)
        self._basis: list[Any] = []
        self._halves: list[Bounded] = []
        self._multiples: list[Any] = []
        self._functions: dict[tuple[str, int], tuple[int, Bounded]] = {}
        """Each by its name and its argument's value: a number of its own, and its element."""
        self._top = self._bottom = self._highest = self.norm = self.degree = 0.0

    @property
    def has_functions(self) -> bool:
        """Whether there are other elements than names, of which there may be relations that are not seen."""
        return bool(self._basis or self._functions)

    def fresh(self) -> Bounded:
        """A random element."""
        element = next(self._elements, None)
        if element is None:
            raise NotQuick
        return element

    def seen(self, found: Bounded) -> Any:
        """A value that is held against others of its kind."""
        self._top, self._bottom = max(self._top, found[2]), self._bottom + found[3]
        self._highest += found[4]
        # what is tried are relations of at most three values with factors up to 2, and less often than this
        self.norm = self._top + self._bottom + 4.0
        self.degree += self._highest * len(FACTORS) * (2 + len(self._basis)) ** 2
        return value(found)

    def function(self, op: str, argument: Bounded) -> Bounded:
        """A function of a value."""
        at = self.seen(argument)
        if op == "log":
            return self._log(at)
        if op == "sin" or op == "cos":
            return self._circular(op, at)
        return self._element(op, at, asks=bool(FUNCTIONS[op].requires))

    def root(self, base: Bounded, degree: int) -> Bounded:
        """The root of a value, of which only its powers are known."""
        return self._element(f"root {degree}", self.seen(base), asks=True)

    def power(self, base: Bounded, exponent: Bounded) -> Bounded:
        """A power whose exponent is no number."""
        return self.exponential(product(exponent, self._log(self.seen(base))))

    def _element(self, op: str, at: Any, *, asks: bool) -> Bounded:
        """The random element for a function of a value; ``asks`` tells that it is not defined everywhere."""
        key = op, int(at)
        found = self._functions.get(key)
        if found is None:
            found = self._functions[key] = len(self._functions), self.fresh()
        if asks:
            self.asked.add(found[0])
        return found[1]

    def _log(self, at: Any) -> Bounded:
        """A logarithm: minus that of the inverse."""
        found = self._element("log", at, asks=True)
        self._also("log", at, 1 / at)
        return found

    def _circular(self, op: str, at: Any) -> Bounded:
        """A sine or cosine, by the tangent of half the angle: minus that of the opposite."""
        tangent = self._element("tan", at, asks=False)
        self._also("tan", at, -at)
        square = product(tangent, tangent)
        above = total(tangent, tangent) if op == "sin" else difference(ONE, square)
        return divided(above, total(ONE, square))

    def _also(self, op: str, at: Any, other: Any) -> None:
        """Let a function of another value be minus that of the first."""
        place, found = self._functions[op, int(at)]
        self._functions.setdefault((op, int(other)), (place, opposite(found)))

    def exponential(self, exponent: Bounded) -> Bounded:
        """The exponential of a value."""
        at = self.seen(exponent)
        if at in self._multiples:
            place, factor = divmod(self._multiples.index(at), len(FACTORS))
            return raised(FIELD, self._halves[place], FACTORS[factor])
        return self._combined(at) or self._new(at)

    def _combined(self, at: Any) -> Bounded | None:
        """The exponential of a sum or difference of two exponents in the basis."""
        for place, one in enumerate(self._basis):
            for more, other in enumerate(self._basis[:place]):
                for sign, rest in ((2, at - one), (-2, at + one)):
                    if rest == other or rest == -other:
                        return product(
                            raised(FIELD, self._halves[place], sign),
                            raised(FIELD, self._halves[more], 2 if rest == other else -2),
                        )
        return None

    def _new(self, at: Any) -> Bounded:
        if len(self._basis) == MAX_BASIS:
            raise NotQuick
        self._multiples += multiples(at)
        self._basis.append(at)
        self._halves.append(self.fresh())
        return raised(FIELD, self._halves[-1], 2)
