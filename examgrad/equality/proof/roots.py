"""Powers with exponents that are fractions: the positive roots of positive functions."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Final

from flint import fmpz

from examgrad.equality.program import Number, magnitude
from examgrad.equality.proof.atoms import Atom, Factor
from examgrad.equality.proof.state import BadPoints, BadPrime, NotProvable, Quotient, Rescale, State, Undefined, Vector

MAX_BITS: Final = 160
SMOOTH_BITS: Final = 15
"""Primes up to so many bits are sought; what is left is prime or given up."""


class Roots(State):
    """Roots, factor by factor."""

    def _constant_root(self, value: Number, exponent: Number) -> Any:
        """A positive fraction to a fraction: a product of roots of primes, each of them a square here."""
        result = self._f.one
        for prime, power in prime_factors(value):
            element = self._f.context(prime)
            total = exponent * power
            if total.denominator == 1:
                result *= element ** int(total)
                continue
            if not self._f.is_square(element):
                raise BadPrime
            result *= self._positive_power(element, total)
        return result

    def _positive_power(self, element: Any, exponent: Number) -> Any:
        if not self._f.has_root(exponent.denominator):
            raise NotProvable("a root of an unusual degree")
        return self._f.power(element, exponent)

    def _root(self, slot: int, exponent: Number) -> Vector:
        """A function to a fraction: the positive root, factor by factor."""
        if not any(self.values[slot]):
            if exponent < 0:
                raise Undefined
            return [self._f.zero] * self._points
        factors = self._factored(slot)
        if self._needed_sign(slot, factors) < 0:
            raise Undefined
        result = [self._constant_root(magnitude(factors.constant), exponent)] * self._points
        for factor, power in factors.powers:
            part = self._factor_power(factor, exponent * power)
            result = [a * b for a, b in zip(result, part, strict=True)]
        return result

    def _factor_power(self, factor: Factor, exponent: Number) -> Vector:
        atom = self.ring.single(factor)
        values = atom.vector if atom else self.ring.vector(factor.polynomial, self._f.zero, self._points)
        if exponent.denominator == 1 and exponent % 2 == 0:
            return [a ** int(exponent) for a in values]
        if self._sign(factor) < 0:
            values = [-a for a in values]
        if exponent.denominator == 1:
            return [a ** int(exponent) for a in values]
        if atom and atom.kind == "exp":
            raise Rescale(atom.name, exponent.denominator)
        if any(member.kind == "root" for member in self.ring.members(factor.polynomial)):
            raise NotProvable("a root within a root")
        bad = [at for at, value in enumerate(values) if not self._f.is_square(value)]
        if bad:
            raise BadPoints(bad, [self._label(member) for member in self.ring.members(factor.polynomial)])
        return [self._positive_power(value, exponent) for value in values]

    def _root_quotient(self, slot: int, exponent: Number) -> Quotient:
        ring = self.ring
        if not any(self.values[slot]):
            return 0 * ring.one, ring.one
        factors = self._factored(slot)
        parts = [self._power_quotient(factor, exponent * power) for factor, power in factors.powers]
        for prime, power in prime_factors(magnitude(factors.constant)):
            parts.append(self._power_quotient(ring.prime(prime), exponent * power))
        return self._multiplied(parts)

    def _power_quotient(self, factor: Factor, exponent: Number) -> Quotient:
        """An irreducible polynomial (or a prime), made positive, to a fraction."""
        ring, polynomial = self.ring, factor.polynomial
        if exponent.denominator > 1:
            atom = ring.single(factor)
            if atom and atom.kind == "symbol" and atom.low >= 0:
                raise Rescale("symbol " + atom.name, exponent.denominator * atom.degree)
            root = self._root_atom(factor, exponent.denominator)
            base, power = ring.generator(root), int(exponent * root.degree)
        else:
            odd = int(exponent) % 2 and not polynomial.is_constant() and self._sign(factor) < 0
            base, power = (-polynomial if odd else polynomial), int(exponent)
        raised = ring.power(base, abs(power))
        return (raised, ring.one) if power >= 0 else (ring.one, raised)

    def _root_atom(self, factor: Factor, degree: int) -> Atom:
        label = "root " + factor.key
        found = self._atom(label)
        if found is None:
            degree = math.lcm(degree, self._plan.degrees.get(label, 1))
            if factor.polynomial.is_constant():
                values = [self._constant_root(int(factor.key), Fraction(1, degree))] * self._points
            else:
                values = self._factor_power(factor, Fraction(1, degree))
            found = self._new(label, Atom("root", label, values, 0, degree=degree, base=factor))
        elif found.degree % degree:
            raise Rescale(label, math.lcm(degree, found.degree))
        return found


def prime_factors(value: Number) -> list[tuple[int, int]]:
    """The primes of a positive fraction and their exponents.

    Raises :class:`NotProvable` for a number that takes long to factor.
    """
    found: list[tuple[int, int]] = []
    for number, side in ((value.numerator, 1), (value.denominator, -1)):
        if number.bit_length() > MAX_BITS:
            raise NotProvable("a number too long to be factored")
        if number > 1:
            for prime, power in fmpz(number).factor_smooth(SMOOTH_BITS):
                if prime.bit_length() > 2 * SMOOTH_BITS and not prime.is_prime():
                    raise NotProvable("a number too long to be factored")
                found.append((int(prime), side * int(power)))
    return found
