"""The next commonest proof: programs of rational operations and exponentials, without cases.

Each instruction is worked out once at a random point modulo the prime, with the bounds of its norm and degree as
:mod:`examgrad.equality.proof.bounds` has them. Only what stands in exponents is worked out at several points: there
they are put on a basis over the rational numbers, and each element's exponential is one more random number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from examgrad.equality.program import Number, Program
from examgrad.equality.proof.modular import BITS, RANDOM_BITS, SMALL, Field, Lattice
from examgrad.equality.proof.rational import CERTAINTY
from examgrad.equality.proof.state import reached

MAX_INSTRUCTIONS: Final = 2_000
MAX_BASIS: Final = 3
HALVES: Final = 2
"""An element of the basis stands for half an exponent: tanh and cosh of one argument are made of it."""

_RATIONAL: Final = frozenset({"num", "var", "pi", "add", "sub", "mul", "div", "neg", "ipow"})
_Bounded = tuple[Any, float, float, float]
"""A value, binary logarithms of the norms of numerator and denominator, and the degree of either."""


class _NotQuick(Exception):
    """Something else is needed here."""


def same_exponentials(program: Program, seed: bytes) -> bool:
    """Whether the roots are proved to be the same rational function of names and exponentials; ``False`` where that
    is not known."""
    if program.gates or len(program.code) > MAX_INSTRUCTIONS:
        return False
    exponents: dict[int, None] = {}
    for op, args, datum in program.code:
        if datum == "exp" and op == "fn":
            exponents[args[0]] = None
        elif op not in _RATIONAL:
            return False
    try:
        return _Quick(program, Field(seed), tuple(exponents)).agree()
    except (_NotQuick, ZeroDivisionError, ValueError):
        return False


class _Quick:
    def __init__(self, program: Program, field: Field, exponents: Sequence[int]) -> None:
        self._program = program
        self._field = field
        self._points = range(min(len(exponents), MAX_BASIS) + 1 if exponents else 1)
        self._names: dict[str, list[Any]] = {}
        self._within = sorted(reached(program, exponents)) if exponents else []
        self._lattice = Lattice(field)
        self._basis: list[tuple[Any, Any]] = []
        """A random element for the exponential of half of each exponent in the basis, and one over it."""
        self._bounds: list[tuple[float, float, float]] = []
        """Of each exponent: of its numerator's and denominator's norm, and its degree."""

    def agree(self) -> bool:
        found = self._found([self._elsewhere(at) for at in self._points[1:]])
        left, right = (found[root] for root in self._program.roots)
        if left[0] != right[0]:
            return False
        norm = left[1] + left[2] + right[1] + right[2] + 1.0
        degree = left[3] + right[3] + sum(bound[2] for bound in self._bounds)
        if len(self._bounds) > 1:  # one less a combination of the others, with coefficients that are small fractions
            common = max(bound[0] for bound in self._bounds) + sum(bound[1] for bound in self._bounds)
            norm = max(norm, common + math.log2(SMALL) + math.log2(len(self._bounds)))
        return norm < BITS - 1 and degree * 2.0**-RANDOM_BITS <= CERTAINTY

    def _random(self, label: str, at: int) -> Any:
        values = self._names.get(label)
        if values is None:
            values = self._names[label] = self._field.randoms(label, self._points)
        return values[at]

    def _elsewhere(self, at: int) -> Mapping[int, Any]:
        """What stands in exponents, at one of the other points."""
        values: dict[int, Any] = {}
        code, field = self._program.code, self._field
        for slot in self._within:
            op, args, datum = code[slot]
            if op == "mul":
                values[slot] = values[args[0]] * values[args[1]]
            elif op == "add":
                values[slot] = values[args[0]] + values[args[1]]
            elif op == "sub":
                values[slot] = values[args[0]] - values[args[1]]
            elif op == "neg":
                values[slot] = -values[args[0]]
            elif op == "div":
                values[slot] = values[args[0]] / values[args[1]]
            elif op == "num":
                values[slot] = field.fraction(datum)
            elif op == "ipow":
                values[slot] = values[args[0]] ** datum
            elif op == "var":
                values[slot] = self._random("symbol " + datum, at)
            elif op == "pi":
                values[slot] = self._random("pi", at)
            else:
                raise _NotQuick
        return values

    def _found(self, elsewhere: Sequence[Mapping[int, Any]]) -> list[_Bounded]:
        found: list[_Bounded] = []
        field = self._field
        for op, args, datum in self._program.code:
            if op == "mul":
                (x, a, b, c), (y, d, e, f) = found[args[0]], found[args[1]]
                found.append((x * y, a + d, b + e, c + f))
            elif op == "add":
                (x, a, b, c), (y, d, e, f) = found[args[0]], found[args[1]]
                found.append((x + y, max(a + e, b + d) + 1.0, b + e, c + f))
            elif op == "sub":
                (x, a, b, c), (y, d, e, f) = found[args[0]], found[args[1]]
                found.append((x - y, max(a + e, b + d) + 1.0, b + e, c + f))
            elif op == "div":
                (x, a, b, c), (y, d, e, f) = found[args[0]], found[args[1]]
                found.append((x / y, a + e, b + d, c + f))
            elif op == "neg":
                x, a, b, c = found[args[0]]
                found.append((-x, a, b, c))
            elif op == "num":
                bits = float(datum.numerator.bit_length()), datum.denominator.bit_length() - 1.0
                found.append((field.fraction(datum), *bits, 0.0))
            elif op == "var":
                found.append((self._random("symbol " + datum, 0), 0.0, 0.0, 1.0))
            elif op == "ipow":
                x, a, b, c = found[args[0]]
                a, b = (a, b) if datum > 0 else (b, a)
                found.append((x**datum, a * abs(datum), b * abs(datum), c * abs(datum)))
            elif datum == "exp":
                value, *bound = found[args[0]]
                self._bounds.append((bound[0], bound[1], bound[2]))
                found.append(self._exponential([value, *[values[args[0]] for values in elsewhere]]))
            elif op == "pi":
                found.append((self._random("pi", 0), 0.0, 0.0, 1.0))
            else:
                raise _NotQuick
        return found

    def _exponential(self, exponent: list[Any]) -> _Bounded:
        combination = self._lattice.combination(exponent)
        if combination is None:
            if self._lattice.size + 2 > len(self._points):
                raise _NotQuick
            combination = {self._lattice.append(exponent): 1}
            element = self._field.randoms(f"exp {len(self._basis)}", (0,))[0]
            self._basis.append((element, 1 / element))
        result, degree = self._field.one, 0
        for number, coefficient in combination.items():
            power: Number = coefficient * HALVES
            if power.denominator != 1:
                raise _NotQuick
            result = result * self._basis[number][power < 0] ** abs(power.numerator)
            degree += abs(power.numerator)
        return result, 0.0, 0.0, float(degree)
