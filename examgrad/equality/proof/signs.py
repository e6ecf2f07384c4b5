"""What is known of signs in one sign pattern: told by intervals, taken for granted, derived, or asked for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any, Final

from examgrad.equality.proof.atoms import Atom, Factor, Factors
from examgrad.equality.proof.functions import Functions
from examgrad.equality.proof.roots import prime_factors
from examgrad.equality.proof.state import UNTOLD, NeedSign, NotProvable

MAX_LOGARITHMS: Final = 4
MAX_POWER: Final = 6


class Signs(Functions):
    """The signs of slots and of factors."""

    def sign(self, slot: int) -> int:
        """The sign of a slot in this branch. Raises :class:`NeedSign` where the branch must be split for it."""
        if not any(self.values[slot] or self.value(slot)):
            return 0
        if (known := self._plan.constant_signs.get(slot)) is not None:
            if not known:
                raise NotProvable("a constant that may be zero")
            return known
        return self._sign_of(self._factors.get(slot) or self._factored(slot))

    def may_hide_zeros(self) -> bool:
        """Whether relations between the generators are not known here, such as ``atan(x) + atan(1/x) = π/2``: a gate
        may then be zero everywhere, and no sign told so."""
        arcs = angles = logarithms = rooted = 0
        for atom in self.ring.atoms:
            arcs += atom.kind == "function" and atom.name != "erf"
            angles += atom.kind == "tan"
            if atom.kind == "log" and atom.base:
                logarithms += 1
                rooted += any(member.kind == "root" for member in self.ring.members(atom.base.polynomial))
        return arcs > 1 or (arcs > 0 and angles > 0) or (rooted > 0 and logarithms > 1)

    def are_independent(self) -> bool:
        """Whether no relation is known between generators such as the formulas are made of here.

        None is between error functions of different arguments, nor between one inverse function and exponentials
        (Liouville's theory of elementary integrals), nor between roots of different irreducible polynomials.
        """
        atoms = self._differing_atoms()
        kinds = {atom.kind for atom in atoms}
        functions = {atom.name for atom in atoms if atom.kind == "function"}
        if self.may_hide_zeros() or not functions <= {"erf", "atan", "asin"}:
            return False
        if functions - {"erf"} and not kinds.isdisjoint(("log", "root")):
            return False
        roots = [atom.base for atom in atoms if atom.kind == "root" and atom.base]
        plain = all(member.kind == "symbol" for base in roots for member in self.ring.members(base.polynomial))
        return plain and ("log" not in kinds or not roots)

    def _differing_atoms(self) -> list[Atom]:
        """The generators of the difference of both formulas: all of them, where that holds any functions."""
        try:
            (a, b), (c, d) = (self._quotient(root) for root in self._plan.program.roots)
            found = list(self.ring.members(self.ring.checked(a * d - c * b)))
        except UNTOLD:
            return self.ring.atoms
        return found if all(atom.kind in ("symbol", "pi") for atom in found) else self.ring.atoms

    def gate_signs(self) -> dict[int, int]:
        """The signs of the gates, of those whose sign is known in this branch and not zero everywhere."""
        found: dict[int, int] = {}
        for slot in self._plan.program.gates:
            if self.values[slot] is not None:
                with suppress(*UNTOLD):
                    if sign := self.sign(slot):
                        found[slot] = sign
        return found

    def _sign_of(self, factors: Factors) -> int:
        sign, signs = (1 if factors.constant > 0 else -1), self._signs
        for factor, exponent in factors.powers:
            if exponent % 2:
                sign *= signs.get(factor.key) or self._sign(factor)
        return sign

    def _sign(self, factor: Factor) -> int:
        sign = self._known_sign(factor)
        if not sign:
            raise NeedSign(factor, self._symbol(factor))
        return sign

    def _known_sign(self, factor: Factor) -> int:
        """The sign of a factor as far as it is known; 0 where it is not."""
        key = factor.key
        if sign := self._signs.get(key, 0):
            return sign
        if key in self.answers:
            sign = self.answers[key][0]
            self.constraints.append((factor, sign))
        else:
            atom = self.ring.single(factor)
            known = atom.sign if atom else self.ring.sign(factor)
            sign = known or self._derived_sign(factor)
        if sign:
            self._signs[key] = sign
        return sign

    def _symbol(self, factor: Factor) -> str | None:
        atom = self.ring.single(factor)
        return atom.name if atom and atom.kind == "symbol" else None

    def _needed_sign(self, slot: int, factors: Factors) -> int:
        """The sign of what must not be negative. Where both formulas need it, it may be taken to be so: nothing is
        compared elsewhere."""
        if not self._plan.unconditional(slot):
            return self._sign_of(factors)
        sign, unknown = (1 if factors.constant > 0 else -1), None
        odd = [factor for factor, exponent in factors.powers if exponent % 2]
        for factor in odd:
            known = self._known_sign(factor)
            if known:
                sign *= known
            elif unknown is None:
                unknown = factor
            else:
                return self._sign_of(factors)
        if unknown is not None:
            self._take(unknown, sign)
            sign = 1
        if self._taken:
            self.required[slot] = {(key, self._signs[key]) for _, key in odd if key in self._taken}
        return sign

    def _take(self, factor: Factor, sign: int) -> None:
        """Take a factor to have a sign."""
        name = self._symbol(factor)
        if name and sign > 0 and self._plan.degrees.get("symbol " + name, 1) > 1:
            raise NeedSign(factor, name, (sign,))  # its root is to be the generator
        self.constraints.append((factor, sign))
        self._signs[factor.key] = sign
        self._taken[factor.key] = sign
        if name:
            self.bound(name, sign)

    def _derived_sign(self, factor: Factor) -> int:
        """Of an odd increasing function the sign of its argument; of ``exp(u) - exp(v)`` that of ``u - v``, and the
        other way round for logarithms."""
        if self.ring.plain:
            return 0
        atom, polynomial = self.ring.single(factor), factor.polynomial
        if atom and atom.kind == "function" and atom.name in ("erf", "atan", "asin") and atom.slot >= 0:
            return self.sign(atom.slot)
        if atom and atom.kind == "log":
            assert atom.base is not None
            argument = atom.base.polynomial
            if not argument.is_constant():
                argument = argument * self._sign(atom.base)
            return self._difference_sign(argument - self.ring.one, self.ring.one)
        if atom or len(polynomial) > MAX_LOGARITHMS:
            return 0
        members = list(self.ring.members(polynomial))
        kinds = {member.kind for member in members}
        if kinds == {"symbol"}:
            return 0
        if "root" in kinds and kinds <= {"symbol", "root"}:
            return self._sign_with_root(polynomial, [member for member in members if member.kind == "root"])
        terms = list(polynomial.terms())
        if kinds == {"log"} and polynomial.total_degree() == 1:
            return self._sign_of_logarithms(terms)
        if kinds == {"exp"} and len(terms) == 2 and terms[0][1] * terms[1][1] < 0:
            return self._sign_of_exponentials(polynomial, terms)
        if kinds == {"log", "symbol"}:
            return self._sign_above_logarithm(polynomial)
        return 0

    def _sign_with_root(self, polynomial: Any, roots: Sequence[Atom]) -> int:
        """Of ``a + b sqrt(c)`` the sign of both terms or, where theirs differ, that of the larger: of ``a`` if
        ``a^2 - b^2 c`` is above zero."""
        base = roots[0].base
        if len(roots) != 1 or roots[0].degree != 2 or base is None or len(base.polynomial) > MAX_LOGARITHMS:
            return 0
        if any(member.kind != "symbol" for member in self.ring.members(base.polynomial)):
            return 0
        root = self.ring.generator(roots[0])
        first, second = 0 * self.ring.one, 0 * self.ring.one
        for exponents, coefficient in polynomial.terms():
            if (power := int(exponents[roots[0].index])) > 1:
                return 0
            term = self.ring.context.from_dict({exponents: coefficient})
            if power:
                second = second + term // root
            else:
                first = first + term
        signs = [self._difference_sign(part, self.ring.one) for part in (first, second)]
        if signs[0] in (0, signs[1]):
            return signs[1]
        square = base.polynomial * (1 if base.polynomial.is_constant() else self._sign(base))
        return signs[0] * self._difference_sign(first * first - second * second * square, self.ring.one)

    def _sign_of_exponentials(self, polynomial: Any, terms: Sequence[tuple[Any, Any]]) -> int:
        """Of ``a exp(u) - b exp(v)`` the sign of ``log a + u - log b - v``."""
        members = list(self.ring.members(polynomial))
        if any(member.slot < 0 for member in members):
            return 0
        numerator, denominator = 0 * self.ring.one, self.ring.one
        for prime, power in prime_factors(Fraction(abs(int(terms[0][1])), abs(int(terms[1][1])))):
            numerator = numerator + self.ring.generator(self._log_atom(self.ring.prime(prime))) * power
        for member in members:
            power = int(terms[0][0][member.index]) - int(terms[1][0][member.index])
            top, bottom = self._quotient(member.slot)
            # over the degree: exp(u/degree)
            top, bottom = top * power, bottom * member.degree
            numerator, denominator = numerator * bottom + top * denominator, denominator * bottom
        return self._difference_sign(numerator, denominator) * (1 if terms[0][1] > 0 else -1)

    def _sign_above_logarithm(self, polynomial: Any) -> int:
        """Of ``log f - u`` the sign of ``f - exp(u)``, where that is known from the exponentials met so far."""
        logarithms = [member for member in self.ring.members(polynomial) if member.kind == "log"]
        if len(logarithms) != 1 or (base := logarithms[0].base) is None or base.polynomial.is_constant():
            return 0
        generator = self.ring.generator(logarithms[0])
        for side in (1, -1):
            rest = generator - polynomial * side
            if logarithms[0] not in list(self.ring.members(rest)):
                break
        else:
            return 0
        combination = self._combined(self._lattice, self.ring.vector(rest, self._f.zero, self._points))
        if combination is None or any(
            self.elements[number].kind != "exp" or (value * self.elements[number].degree).denominator > 1
            for number, value in combination.items()
        ):
            return 0
        top, bottom = self._exponential_quotient(combination)
        return side * self._difference_sign(base.polynomial * self._sign(base) * bottom - top, bottom)

    def _sign_of_logarithms(self, terms: Sequence[tuple[Any, Any]]) -> int:
        """Of ``a log f - b log g`` and its like, the sign of ``f^a - g^b``."""
        above, below = self.ring.one, self.ring.one
        for exponents, coefficient in terms:
            atom = next((self.ring.atoms[index] for index, exponent in enumerate(exponents) if exponent), None)
            if atom is None or atom.base is None or abs(int(coefficient)) > MAX_POWER:
                return 0
            argument = atom.base.polynomial
            if not argument.is_constant():
                argument = argument * self._sign(atom.base)
            raised = self.ring.power(argument, abs(int(coefficient)))
            if coefficient > 0:
                above = self.ring.checked(above * raised)
            else:
                below = self.ring.checked(below * raised)
        return self._difference_sign(above - below, self.ring.one)

    def _difference_sign(self, numerator: Any, denominator: Any) -> int:
        if not numerator:
            return 0
        return self._sign_of(self.ring.factors(self.ring.checked(numerator), self.ring.checked(denominator)))
