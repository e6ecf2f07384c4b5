"""Arithmetic modulo a large prime, in which the laws of the positive real numbers hold.

The primes are ``p = 120120 k - 1``. Then -1 is no square, so that the Legendre symbol behaves as the sign does:
``sign(x y) = sign(x) sign(y)`` and ``sign(-1) = -1``; 2, 3, 5, 7, 11 and 13 are squares; and the squares are a
group whose order has no small divisor, so that each has exactly one ``n``-th root among the squares, as each
positive number has exactly one positive root. ``k`` comes from a hash of the formulas: no one can write a
formula that aims at a prime.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import gcd
from struct import unpack
from typing import Any, Final

from flint import fmpz, fmpz_mod_ctx

from examgrad.equality.program import Number

BITS: Final = 128
RANDOM_BITS: Final = 124
ANY_PRIME: Final = 2.0**-100
"""More than the chance with which any one of the primes below ``2**BITS`` is drawn."""
STEP: Final = 120_120  # 8 * 3 * 5 * 7 * 11 * 13
SMALL: Final = 1 << 30
"""Up to this numerators and denominators of coefficients are looked for."""
PRIME: Final = 340_282_366_920_938_463_463_374_607_431_765_808_799
"""The largest such prime below 2**128."""


@lru_cache(maxsize=4)
def _context(prime: int) -> Any:
    return fmpz_mod_ctx(prime)


@lru_cache(maxsize=4)
def _constants(prime: int) -> tuple[Any, Any, Any, Any]:
    context = _context(prime)
    return context(0), context(1), 1 / context(2), context(1 << 62)


class Field:
    """The integers modulo a prime, and random ones among them that depend on the seed.

    The prime is :data:`PRIME`, or for ``attempt`` 1, 2, … one that depends on the seed as well.
    """

    def __init__(self, seed: bytes, attempt: int = 0) -> None:
        self.seed: Final = seed + attempt.to_bytes(2, "big")
        self.prime: Final = self._found() if attempt else PRIME
        self.half: Final = (self.prime - 1) // 2
        self.context: Final = _context(self.prime)
        self.zero, self.one, self.half_of_one, self._shift = _constants(self.prime)

    def _found(self) -> int:
        start = int.from_bytes(hashlib.blake2b(b"prime", digest_size=BITS // 8, key=self.seed).digest(), "big")
        start |= 1 << (BITS - 1)
        prime = start - start % STEP + STEP - 1
        while not fmpz(prime).is_probable_prime():
            prime += STEP
        return prime

    def randoms(self, label: str, indices: Sequence[int]) -> list[Any]:
        """Pseudo-random elements of 124 bits, one for each index; they depend on nothing else but seed and label."""
        size = 1 + max(indices)
        if size <= 4:  # which takes half the time
            digest = hashlib.blake2b(label.encode(), digest_size=16 * size, key=self.seed).digest()
        else:
            digest = hashlib.shake_128(self.seed + label.encode()).digest(16 * size)
        words = unpack(f"<{2 * size}Q", digest)
        # two words of 62 bits, since longer integers take much longer to convert
        return [self._shift * (words[2 * at] >> 2) + (words[2 * at + 1] >> 2) for at in indices]

    def fraction(self, value: Number) -> Any:
        """The number in the field; ``ZeroDivisionError`` where the prime divides its denominator."""
        if type(value) is int:
            return self.context(value)
        return self.context(value.numerator) / self.context(value.denominator)

    def inverses(self, vector: Sequence[Any]) -> list[Any]:
        """One over each element, by a single division; ``ZeroDivisionError`` where one is zero."""
        product = self.one
        before = []
        for value in vector:
            before.append(product)
            product = product * value
        rest = self.one / product
        found = []
        for value, others in zip(reversed(vector), reversed(before), strict=True):
            found.append(rest * others)
            rest = rest * value
        return found[::-1]

    def is_square(self, value: Any) -> bool:
        """Whether the element stands for a positive number."""
        return bool(fmpz(int(value)).jacobi(self.prime) == 1)

    def has_root(self, degree: int) -> bool:
        """Whether squares have exactly one root of this degree among the squares."""
        return gcd(degree, self.half) == 1

    def power(self, square: Any, exponent: Number) -> Any:
        """A square to a fraction, as the positive root."""
        n = exponent.numerator * pow(exponent.denominator, -1, self.half) % self.half
        return square**n

    def small_fraction(self, value: Any) -> Number | None:
        """The fraction of small numerator and denominator that the element stands for, if there is one."""
        number = int(value)
        if number <= SMALL or self.prime - number <= SMALL:
            return number if number <= SMALL else number - self.prime
        before, after = (self.prime, 0), (number, 1)
        while abs(after[0]) > SMALL:
            quotient = before[0] // after[0]
            before, after = after, (before[0] - quotient * after[0], before[1] - quotient * after[1])
        return Fraction(after[0], after[1]) if after[1] and abs(after[1]) <= SMALL else None


class Lattice:
    """Vectors over a field, and how further ones are combined from them with rational coefficients.

    A vector holds one function's values at several points; if a combination gives all its values, it gives the
    function, but for a chance below 1 in the prime for every point more than there are vectors.
    """

    def __init__(self, field: Field) -> None:
        self._field = field
        self._vectors: tuple[list[Any], ...] = ()
        self._rows: tuple[tuple[int, list[Any], dict[int, Any]], ...] = ()
        self._last: tuple[list[Any], list[Any], dict[int, Any]] | None = None
        """The vector that was reduced last, and what became of it: it may be added next."""

    def copy(self) -> Lattice:
        """The same vectors, to which others are added."""
        other: Lattice = object.__new__(Lattice)
        other.__dict__.update(self.__dict__)
        return other

    @property
    def size(self) -> int:
        """How many vectors there are."""
        return len(self._rows)

    def combination(self, vector: list[Any]) -> dict[int, Number] | None:
        """The coefficients of the vectors added so far (by number, zeros left out) that give ``vector``.

        ``None`` if it is independent of them, ``ValueError`` if only irrational coefficients give it.
        """
        if vector in self._vectors:  # as most are, or their opposites
            return {self._vectors.index(vector): 1}
        if (opposite := [-value for value in vector]) in self._vectors:
            return {self._vectors.index(opposite): -1}
        rest, found = self._reduced(vector)
        zero = self._field.zero
        if any(value != zero for value in rest):  # which is quicker to ask than whether any is true
            self._last = vector, rest, found
            return None
        fractions: dict[int, Number] = {}
        for index, value in found.items():
            if value:
                fraction = self._field.small_fraction(value)
                if fraction is None:
                    raise ValueError("a combination with irrational coefficients")
                fractions[index] = fraction
        return fractions

    def append(self, vector: list[Any]) -> int:
        """Add a vector independent of the others; its number. There must be at least two points more than vectors."""
        known, rest, found = self._last or (None, [], {})
        if known is not vector:
            rest, found = self._reduced(vector)
        pivot = next(at for at, value in enumerate(rest) if value)
        scale = self._field.one / rest[pivot]
        row = [value * scale for value in rest]
        combination = {index: -value * scale for index, value in found.items()}
        combination[self.size] = scale
        self._rows, self._last = (*self._rows, (pivot, row, combination)), None
        self._vectors = (*self._vectors, vector)
        return self.size - 1

    def _reduced(self, vector: list[Any]) -> tuple[list[Any], dict[int, Any]]:
        rest = vector
        found: dict[int, Any] = {}
        for pivot, row, combination in self._rows:
            factor = rest[pivot]
            if factor:
                rest = [a - factor * b for a, b in zip(rest, row, strict=True)]
                for index, value in combination.items():
                    term = factor * value
                    found[index] = found[index] + term if index in found else term
        return rest, found
