"""Functions that nothing is used of but that equal arguments give equal values, and which of them are odd."""

from __future__ import annotations

import math
from contextlib import suppress
from fractions import Fraction

from examgrad.equality.proof.angles import Angles
from examgrad.equality.proof.atoms import Atom
from examgrad.equality.proof.exponentials import Exponentials
from examgrad.equality.proof.state import UNTOLD, Quotient, Undefined, Vector


class Functions(Exponentials, Angles):
    """The functions of one variable: exponentials, logarithms and angles by what is known of them, and the rest."""

    def _function(self, slot: int, name: str, argument: int) -> Vector:
        if name == "exp":
            return self._exponential(slot, self.values[argument], argument)
        if name == "log":
            if not any(self.values[argument]):
                raise Undefined
            return self._logarithm(argument)
        if name in ("sin", "cos"):
            return self._angle(slot, name, argument)
        atom, sign = self._function_atom(name, argument)
        if name in ("asin", "acos") and self._plan.program.gates:
            self._keep_inside_one(argument)
        if name == "acos":  # acos(u) = π/2 - asin(u)
            half = self._f.fraction(Fraction(1, 2))
            return [p * half - sign * v for p, v in zip(self._pi().vector, atom.vector, strict=True)]
        return [sign * value for value in atom.vector]

    def _keep_inside_one(self, argument: int) -> None:
        """Let it be known that there is nothing to compare where the argument of an inverse sine is beyond ±1."""
        with suppress(*UNTOLD):
            top, bottom = self._quotient(argument)
            for side in (bottom - top, bottom + top):
                factors = self.ring.factors(self.ring.checked(side), bottom)
                if len(factors.powers) == 1 and factors.powers[0][1] % 2:
                    self.constraints.append((factors.powers[0][0], 1 if factors.constant > 0 else -1))

    def _function_atom(self, name: str, argument: int) -> tuple[Atom, int]:
        """The atom of a function of this very argument; for an odd function also of its opposite."""
        base = {"acos": "asin", "ceil": "floor"}.get(name, name)
        odd = base in ("erf", "atan", "asin")
        vector = self.values[argument]
        if name == "ceil":  # ceil(u) = -floor(-u)
            vector = [-value for value in vector]
        key = tuple(int(value) for value in vector)
        opposite = tuple(int(-value) for value in vector)
        sign = -1 if name == "ceil" else 1
        if (base, key) in self._functions:
            return self._functions[base, key], sign
        if odd and (base, opposite) in self._functions:
            return self._functions[base, opposite], -sign
        label = f"{base} {len(self._functions)}"
        bound: Fraction | float = {"erf": Fraction(1), "atan": Fraction(2), "asin": Fraction(2)}.get(base, math.inf)
        slot = argument if name != "ceil" else -1
        atom = self._new(label, Atom("function", base, self._random(label), -bound, bound, slot=slot))
        self._functions[base, key] = atom
        return atom, sign

    def degree_of(self, name: str) -> int:
        """Which power of its generator a variable is."""
        atom = self._atom("symbol " + name)
        return atom.degree if atom else 1

    def _function_quotient(self, slot: int, name: str, argument: int) -> Quotient:
        atom, sign = self._function_atom(name, argument)
        generator, one = self.ring.generator(atom), self.ring.one
        if name == "acos":
            return self.ring.generator(self._pi()) - 2 * sign * generator, one * 2
        return generator * sign, one
