"""Exponentials and logarithms.

Exponents are put on a basis over the rational numbers, each element's exponential an atom; an exponent that
is a combination of logarithms gives powers again. Logarithms of products are sums, that of each irreducible
factor an atom.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from examgrad.equality.program import Number, magnitude
from examgrad.equality.proof.atoms import Atom, Factor, Factors
from examgrad.equality.proof.roots import Roots, prime_factors
from examgrad.equality.proof.state import NotProvable, Quotient, Rescale, Undefined, Vector
from examgrad.formula.names import REAL


class Exponentials(Roots):
    """Exponentials, logarithms, and powers with exponents of any kind."""

    def _power(self, slot: int, base: int, exponent: int) -> Vector:
        """``u^v`` as ``exp(v log u)``."""
        if not any(self.values[base]):
            raise NotProvable("zero to a power")
        if any(self._plan.domains.get(atom.name, REAL).integer for atom in self.ring.atoms):
            if self._sign_of(self._factored(base)) < 0:
                raise NotProvable("a negative number to a power that may be a whole number")
        elif self._needed_sign(base, self._factored(base)) < 0:
            raise Undefined
        logarithm = self._logarithm(base)
        return self._exponential(slot, [a * b for a, b in zip(self.values[exponent], logarithm, strict=True)])

    def _exponential(self, slot: int, exponent: Vector, argument: int = -1) -> Vector:
        combination = self._combined(self._lattice, exponent)
        if combination is None:
            label = f"exp {len(self.elements)}"
            degree = self._plan.degrees.get(label, self._plan.exponential_degree)
            values = self._random(label, 1)
            atom = Atom("exp", label, values, 0, degree=degree, slot=argument, source=slot, exponent=exponent)
            self._new(label, atom)
            number = self._append(self._lattice, exponent)
            self.elements.append(atom)
            combination = {number: 1}
        self.exponents[slot] = combination
        result: Vector | None = None
        for number, coefficient in combination.items():
            part = self._element_power(self.elements[number], coefficient)
            result = part if result is None else [a * b for a, b in zip(result, part, strict=True)]
        return result or [self._f.one] * self._points

    def _element_power(self, atom: Atom, coefficient: Number) -> Vector:
        """The exponential of a multiple of one element of the basis."""
        if atom.kind == "exp":
            power = coefficient * atom.degree
            if power.denominator > 1:
                raise Rescale(atom.name, math.lcm(atom.degree, coefficient.denominator))
            return self._atom_power(atom, int(power))
        assert atom.base is not None
        if atom.base.polynomial.is_constant():
            return [self._constant_root(int(atom.base.key), coefficient)] * self._points
        return self._factor_power(atom.base, coefficient)

    def _atom_power(self, atom: Atom, power: int) -> Vector:
        vector = atom.vector
        if power < 0:
            if atom.inverse is None:
                atom.inverse = self._f.inverses(vector)
            vector, power = atom.inverse, -power
        return vector if power == 1 else [value**power for value in vector]

    def _exponential_quotient(self, combination: Mapping[int, Number]) -> Quotient:
        parts = []
        for number, coefficient in combination.items():
            atom = self.elements[number]
            if atom.kind == "exp":
                power = int(coefficient * atom.degree)
                raised = self.ring.power(self.ring.generator(atom), abs(power))
                parts.append((raised, self.ring.one) if power >= 0 else (self.ring.one, raised))
            else:
                assert atom.base is not None
                parts.append(self._power_quotient(atom.base, coefficient))
        return self._multiplied(parts)

    def _logarithm(self, slot: int) -> Vector:
        factors = self._factored(slot)
        if self._needed_sign(slot, factors) < 0:
            raise Undefined
        total = [self._f.zero] * self._points
        parts = self.logarithms[slot] = self._log_parts(factors)
        for weight, atom in parts:
            vector = self._value_of_log(atom)
            if weight != 1:
                scale = self._f.fraction(weight)
                vector = [scale * value for value in vector]
            total = [a + b for a, b in zip(total, vector, strict=True)]
        return total

    def _value_of_log(self, atom: Atom) -> Vector:
        if atom.exponent is None:
            return atom.vector
        if atom.degree == 1:
            return atom.exponent
        scale = self._f.fraction(Fraction(1, atom.degree))  # the logarithm of exp(u/degree)
        return [value * scale for value in atom.exponent]

    def _log_parts(self, factors: Factors) -> list[tuple[Number, Atom]]:
        """The logarithm of a positive product as a combination: of atoms of logarithms, and of exponents."""
        parts: list[tuple[Number, Atom]] = []
        for factor, power in factors.powers:
            self._sign(factor)  # the logarithm of the factor made positive
            atom = self.ring.single(factor)
            if atom and atom.kind == "root" and atom.base:
                parts.append((Fraction(power, atom.degree), self._log_atom(atom.base)))
            elif atom and atom.kind == "exp":
                parts.append((power, atom))
            else:
                parts.append((power, self._log_atom(factor)))
        if magnitude(factors.constant) != 1:
            for prime, power in prime_factors(magnitude(factors.constant)):
                parts.append((power, self._log_atom(self.ring.prime(prime))))
        return parts

    def _log_atom(self, factor: Factor) -> Atom:
        label = "log " + factor.key
        found = self._atom(label)
        if found is None:
            low = 0.5 if factor.polynomial.is_constant() else -math.inf
            found = self._new(label, Atom("log", label, self._random(label), low, base=factor))
            self._append(self._lattice, found.vector)
            self.elements.append(found)
        return found

    def _log_quotient(self, slot: int) -> Quotient:
        top, bottom = 0 * self.ring.one, self.ring.one
        for weight, atom in self._log_parts(self._factored(slot)):
            if atom.kind == "exp":
                if atom.slot < 0:
                    raise NotProvable("a logarithm of a power within another function")
                a, b = self._quotient(atom.slot)
                b = b * atom.degree
            else:
                a, b = self.ring.generator(atom), self.ring.one
            a, b = a * weight.numerator, b * weight.denominator
            top, bottom = self.ring.checked(top * b + a * bottom), self.ring.checked(bottom * b)
        return top, bottom
