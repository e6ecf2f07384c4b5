"""What the quick proof takes for one more random number: names, exponentials and other functions of a value.

:mod:`examgrad.equality.proof.pairs` has exponentials and logarithms. Sines and cosines are rational in the tangent of
half an angle. Any other function of the same value is the same element.
"""

from __future__ import annotations

from collections.abc import Set
from fractions import Fraction
from typing import Any, Final

from examgrad.equality.proof.elements import ELEMENTS, FIELD, ONE, ZERO, NotQuick, Size, constant
from examgrad.equality.proof.pairs import RELATIONS, Pairs
from examgrad.equality.proof.roots import prime_factors
from examgrad.formula.functions import FUNCTIONS

MAX_FACTORED: Final = 40
"""Bits of a number whose logarithm is taken apart."""

Asked = set[tuple[str, int]]
"""Functions that are not defined everywhere, and the values they are taken of."""


class Generators(dict[str, Any]):
    """Random elements for names (of those that are ``positive`` the square of one), and what others stand for.

    ``asked`` are the values that must be positive, or be in some other range, for a function to be defined.
    """

    def __init__(self, positive: Set[str]) -> None:
        self.size: Final = Size()
        self.asked: Asked = set()
        self._positive = positive
        self._elements = iter(ELEMENTS)
        self._pairs = Pairs(self._fresh, self.size)
        self._functions: dict[tuple[str, int], Any] = {}
        self._roots: list[tuple[Any, Any]] = []

    @property
    def has_pairs(self) -> bool:
        """Whether there are exponentials or logarithms."""
        return bool(self._pairs)

    @property
    def has_functions(self) -> bool:
        """Whether there are other elements than names, of which there may be relations that are not seen."""
        return bool(self._pairs or self._functions)

    def __missing__(self, name: str) -> Any:
        found = root = self._fresh()
        if name in self._positive:
            found = root * root
            self._roots.append((found, root))
        self[name] = found
        return found

    def _fresh(self) -> Any:
        """A random element."""
        element = next(self._elements, None)
        if element is None:
            raise NotQuick
        return element

    def held_against_others(self) -> None:
        """Count that a value is held against others of its kind, and sums and multiples of them."""
        self.size.tried += RELATIONS * (2 + len(self._pairs)) ** 2

    def exponential(self, exponent: Any) -> Any:
        """The exponential of a value."""
        self.held_against_others()
        return self._pairs.exponential(exponent)

    def ask_positive(self, found: Any) -> None:
        """Let a value be positive wherever the formula is defined."""
        self.asked.add(("log", min(int(found), int(ONE / found))))  # the inverse is positive with it

    def log(self, found: Any, *, positive: bool) -> Any:
        """The logarithm of a value's size; ``positive`` tells that the value itself is positive."""
        self.held_against_others()
        return self._pairs.log(found, positive=positive)

    def log_of_number(self, value: Fraction) -> Any:
        """The logarithm of a number's size, by those of primes."""
        if not value or max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_FACTORED:
            raise NotQuick
        found = ZERO
        for prime, power in prime_factors(abs(value)):
            found += constant(power)[0] * self.log(constant(prime)[0], positive=True)
            self.size.weight += 8
            self.size.degree += 2
        return found

    def root(self, base: Any, degree: int) -> Any:
        """The root of a value, of which only its powers are known."""
        self.held_against_others()
        self.asked.add(("root", int(base)))
        if degree == 2:
            for square, root in self._roots:
                if base == square:
                    return root
        return self._element(f"root {degree}", base)

    def function(self, op: str, argument: Any) -> Any:
        """Another function of a value."""
        self.held_against_others()
        if op == "sin" or op == "cos":
            return self._circular(op, argument)
        if FUNCTIONS[op].requires:
            self.asked.add((op, int(argument)))
        return self._element(op, argument)

    def _element(self, op: str, at: Any) -> Any:
        """The random element for a function of a value."""
        key = op, int(at)
        found = self._functions.get(key)
        if found is None:
            found = self._functions[key] = self._fresh()
        return found

    def _circular(self, op: str, at: Any) -> Any:
        """A sine or cosine, by the tangent of half the angle: minus that of the opposite."""
        tangent = self._element("tan", at)
        self._functions.setdefault(("tan", int(-at)), -tangent)
        self.size.weight += 4
        self.size.degree += 4
        square = tangent * tangent
        return (tangent + tangent if op == "sin" else ONE - square) / (ONE + square)


def signed(at: Any) -> int:
    """The integer of least size that an element is."""
    number = int(at)
    return number if number <= FIELD.half else number - FIELD.prime
