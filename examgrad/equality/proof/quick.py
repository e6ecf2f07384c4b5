"""The next commonest proof: programs of rational operations and exponentials, without cases.

Each instruction is worked out once at a random point modulo the prime, with the bounds of its norm and degree. Only
what stands in exponents is worked out at several points: there they are put on a basis over the rational numbers, and
each element's exponential is one more random number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from examgrad.equality.program import Number, Program
from examgrad.equality.proof.bounded import (
    Bounded,
    divided,
    number,
    opposite,
    product,
    raised,
    random,
    same,
    total,
    value,
)
from examgrad.equality.proof.modular import SMALL, Field, Lattice
from examgrad.equality.proof.rational import is_certain
from examgrad.equality.proof.state import reached

MAX_INSTRUCTIONS: Final = 2_000
MAX_BASIS: Final = 3
HALVES: Final = 2
"""An element of the basis stands for half an exponent: tanh and cosh of one argument are made of it."""

_RATIONAL: Final = frozenset({"num", "var", "pi", "add", "sub", "mul", "div", "neg", "ipow"})


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
        self._elements = field.elements()
        self._within = sorted(reached(program, exponents)) if exponents else []
        self._points = min(len(exponents), MAX_BASIS) + 1 if exponents else 1
        self._lattice = Lattice(field)
        self._basis: list[Bounded] = []
        """The exponential of half of each exponent in the basis."""
        self._exponents: list[Bounded] = []

    def agree(self) -> bool:
        others = [self._worked_out(self._within, [], {}) for _ in range(1, self._points)]
        found = self._worked_out(range(len(self._program.code)), others, {})
        left, right = (found[root] for root in self._program.roots)
        if not same(left, right):
            return False
        norm, exponents = 0.0, self._exponents
        if len(exponents) > 1:  # one less a combination of the others, with coefficients that are small fractions
            norm = max(exponent[2] for exponent in exponents) + sum(exponent[3] for exponent in exponents)
            norm += math.log2(SMALL) + math.log2(len(exponents))
        return is_certain(left, right, sum(exponent[4] for exponent in exponents), norm)

    def _worked_out(
        self, slots: Sequence[int], others: Sequence[dict[int, Bounded]], found: dict[int, Bounded]
    ) -> dict[int, Bounded]:
        """Some slots at one point; ``others`` are those in exponents at the others."""
        code, field = self._program.code, self._field
        for slot in slots:
            op, args, datum = code[slot]
            if (plain := _PLAIN.get(op)) is not None:
                found[slot] = plain(found[args[0]], found[args[1]])
            elif op == "sub":
                found[slot] = total(found[args[0]], opposite(found[args[1]]))
            elif op == "num":
                found[slot] = number(field, datum)
            elif op == "neg":
                found[slot] = opposite(found[args[0]])
            elif op == "var" or op == "pi":
                found[slot] = random(next(self._elements))
            elif op == "ipow":
                found[slot] = raised(field, found[args[0]], datum)
            else:
                if not others:
                    raise _NotQuick  # an exponential within another
                self._exponents.append(found[args[0]])
                found[slot] = self._exponential([value(point[args[0]]) for point in (found, *others)])
        return found

    def _exponential(self, exponent: list[Any]) -> Bounded:
        combination = self._lattice.combination(exponent)
        if combination is None:
            if self._lattice.size + 2 > self._points:
                raise _NotQuick
            combination = {self._lattice.append(exponent): 1}
            self._basis.append(random(next(self._elements)))
        result: Bounded | None = None
        for at, coefficient in combination.items():
            power: Number = coefficient * HALVES
            if power.denominator != 1:
                raise _NotQuick
            part = raised(self._field, self._basis[at], power.numerator)
            result = part if result is None else product(result, part)
        return result or number(self._field, 1)


_PLAIN: Final[dict[str, Callable[[Bounded, Bounded], Bounded]]] = {"add": total, "mul": product, "div": divided}
