"""Arithmetic modulo a large prime, in which the laws of the positive real numbers hold.

The primes are ``p = 120120 k - 1``. Then -1 is no square, so that the Legendre symbol behaves as the sign does:
``sign(x y) = sign(x) sign(y)`` and ``sign(-1) = -1``; 2, 3, 5, 7, 11 and 13 are squares; and the squares are a
group whose order has no small divisor, so that each has exactly one ``n``-th root among the squares, as each
positive number has exactly one positive root. ``k`` comes from a hash of the formulas: no one can write a
formula that aims at a prime.
"""

from __future__ import annotations

import hashlib
from fractions import Fraction
from math import gcd
from typing import Any, Final

from flint import fmpz, fmpz_mod_ctx

BITS: Final = 128
STEP: Final = 120_120  # 8 * 3 * 5 * 7 * 11 * 13


class Field:
    """The integers modulo the prime number ``attempt`` of a seed."""

    def __init__(self, seed: bytes, attempt: int = 0) -> None:
        self.seed: Final = seed + attempt.to_bytes(2, "big")
        start = int.from_bytes(self.bytes("prime", 0), "big") | 1 << (BITS - 1)
        prime = start - start % STEP + STEP - 1
        while not fmpz(prime).is_probable_prime():
            prime += STEP
        self.prime: Final = prime
        self.half: Final = (prime - 1) // 2
        self.context: Final = fmpz_mod_ctx(prime)
        self.zero: Final = self.context(0)
        self.one: Final = self.context(1)

    def bytes(self, purpose: str, index: int) -> bytes:
        """Sixteen bytes that depend on nothing but the seed, the purpose and the index."""
        return hashlib.blake2b(f"{purpose}:{index}".encode(), digest_size=BITS // 8, key=self.seed).digest()

    def random(self, purpose: str, index: int) -> Any:
        """A pseudo-random element, never 0 or 1 or -1."""
        return self.context(int.from_bytes(self.bytes(purpose, index), "big") % (self.prime - 3) + 2)

    def fraction(self, value: Fraction) -> Any:
        """The fraction in the field; ``ZeroDivisionError`` where the prime divides its denominator."""
        top = self.context(value.numerator)
        return top if value.denominator == 1 else top / self.context(value.denominator)

    def is_square(self, value: Any) -> bool:
        """Whether the element stands for a positive number."""
        return bool(fmpz(int(value)).jacobi(self.prime) == 1)

    def has_root(self, degree: int) -> bool:
        """Whether squares have exactly one root of this degree among the squares."""
        return gcd(degree, self.half) == 1

    def power(self, square: Any, exponent: Fraction) -> Any:
        """A square to a fraction, as the positive root."""
        n = exponent.numerator * pow(exponent.denominator, -1, self.half) % self.half
        return square**n

    def small_fraction(self, value: Any) -> Fraction | None:
        """The fraction of small numerator and denominator that the element stands for, if there is one."""
        bound = 1 << 30
        before, after = (self.prime, 0), (int(value), 1)
        while abs(after[0]) > bound:
            quotient = before[0] // after[0]
            before, after = after, (before[0] - quotient * after[0], before[1] - quotient * after[1])
        return Fraction(after[0], after[1]) if after[1] and abs(after[1]) <= bound else None


class Lattice:
    """Vectors over a field, and how further ones are combined from them with rational coefficients.

    A vector holds one function's values at several points; if a combination gives all its values, it gives the
    function, but for a chance below 1 in the prime for every point more than there are vectors.
    """

    def __init__(self, field: Field) -> None:
        self._field = field
        self._rows: tuple[tuple[int, list[Any], dict[int, Any]], ...] = ()

    @property
    def size(self) -> int:
        """How many vectors there are."""
        return len(self._rows)

    def combination(self, vector: list[Any]) -> dict[int, Fraction] | None:
        """The coefficients of the vectors added so far (by number, zeros left out) that give ``vector``.

        ``None`` if it is independent of them, ``ValueError`` if only irrational coefficients give it.
        """
        rest, found = self._reduced(vector)
        if any(rest):
            return None
        fractions: dict[int, Fraction] = {}
        for index, value in found.items():
            if value:
                fraction = self._field.small_fraction(value)
                if fraction is None:
                    raise ValueError("a combination with irrational coefficients")
                fractions[index] = fraction
        return fractions

    def append(self, vector: list[Any]) -> int:
        """Add a vector independent of the others; its number. There must be at least two points more than vectors."""
        rest, found = self._reduced(vector)
        pivot = next(at for at, value in enumerate(rest) if value)
        scale = 1 / rest[pivot]
        row = [value * scale for value in rest]
        combination = {index: -value * scale for index, value in found.items()}
        combination[self.size] = scale
        self._rows = (*self._rows, (pivot, row, combination))
        return self.size - 1

    def _reduced(self, vector: list[Any]) -> tuple[list[Any], dict[int, Any]]:
        rest = vector
        found: dict[int, Any] = {}
        for pivot, row, combination in self._rows:
            factor = rest[pivot]
            if factor:
                rest = [a - factor * b for a, b in zip(rest, row, strict=True)]
                for index, value in combination.items():
                    found[index] = found.get(index, self._field.zero) + factor * value
        return rest, found
