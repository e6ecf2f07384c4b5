"""The next commonest proof: programs of rational operations and exponentials, without cases.

Each instruction is worked out once, at a random point modulo the prime, with the bounds of its norm and degree. The
exponential of an exponent is one more random number, unless the exponent is seen to be a simple multiple, a sum or a
difference of such as were met before: then it is a product of theirs. Relations that are not seen here do no harm: what
is equal without them is equal, and what is not is left to :mod:`examgrad.equality.proof.prover`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from examgrad.equality.program import Program
from examgrad.equality.proof.bounded import (
    Bounded,
    difference,
    divided,
    number,
    opposite,
    product,
    raised,
    same,
    total,
    value,
)
from examgrad.equality.proof.modular import Field
from examgrad.equality.proof.rational import is_certain

MAX_INSTRUCTIONS: Final = 2_000
MAX_BASIS: Final = 12

_RATIONAL: Final = frozenset({"num", "var", "pi", "add", "sub", "mul", "div", "neg", "ipow"})
_PLAIN: Final[dict[str, Callable[[Bounded, Bounded], Bounded]]] = {
    "add": total, "sub": difference, "mul": product, "div": divided,
}  # fmt: skip


class _NotQuick(Exception):
    """Something else is needed here."""


def same_exponentials(program: Program, seed: bytes) -> bool:
    """Whether the roots are proved to be the same rational function of names and exponentials; ``False`` where that
    is not known."""
    if program.gates or len(program.code) > MAX_INSTRUCTIONS:
        return False
    for op, _, datum in program.code:
        if op not in _RATIONAL and (op != "fn" or datum != "exp"):
            return False
    field = Field(seed)
    exponentials = _Exponentials(field)
    elements, fresh = exponentials.elements, (None, 0.0, 0.0, 1.0)
    found: list[Bounded] = []
    try:
        for op, args, datum in program.code:
            if (plain := _PLAIN.get(op)) is not None:
                found.append(plain(found[args[0]], found[args[1]]))
            elif op == "num":
                found.append(number(field, datum))
            elif op == "neg":
                found.append(opposite(found[args[0]]))
            elif op == "var" or op == "pi":
                found.append((next(elements), *fresh))
            elif op == "ipow":
                found.append(raised(field, found[args[0]], datum))
            else:
                found.append(exponentials.of(found[args[0]]))
    except (_NotQuick, ZeroDivisionError):
        return False
    left, right = (found[root] for root in program.roots)
    return same(left, right) and is_certain(left, right, exponentials.norm, exponentials.degree)


class _Exponentials:
    """Exponentials as products of powers of random elements, one for half of each exponent in the basis: tanh and
    cosh of one argument are made of that.

    ``norm`` and ``degree`` bound all that was compared to find such products.
    """

    def __init__(self, field: Field) -> None:
        self.elements = field.elements()
        self._field = field
        self._basis: list[Any] = []
        self._halves: list[Bounded] = []
        self._multiples: list[Any] = []
        """Of each exponent in the basis, as often as in ``_FACTORS``."""
        self._top = self._bottom = self._highest = self.norm = self.degree = 0.0

    def of(self, exponent: Bounded) -> Bounded:
        """The exponential of a value."""
        self._top, self._bottom = max(self._top, exponent[2]), self._bottom + exponent[3]
        self._highest += exponent[4]
        # what is tried are relations of at most three exponents with factors up to 2, and less often than this
        self.norm = self._top + self._bottom + 4.0
        self.degree += self._highest * len(_FACTORS) * (2 + len(self._basis)) ** 2
        at = value(exponent)
        if at in self._multiples:
            place, factor = divmod(self._multiples.index(at), len(_FACTORS))
            return raised(self._field, self._halves[place], _FACTORS[factor])
        return self._combined(at) or self._new(at)

    def _combined(self, at: Any) -> Bounded | None:
        """The exponential of a sum or difference of two exponents in the basis."""
        for place, one in enumerate(self._basis):
            for more, other in enumerate(self._basis[:place]):
                for sign, rest in ((2, at - one), (-2, at + one)):
                    if rest == other or rest == -other:
                        return product(
                            raised(self._field, self._halves[place], sign),
                            raised(self._field, self._halves[more], 2 if rest == other else -2),
                        )
        return None

    def _new(self, at: Any) -> Bounded:
        if len(self._basis) == MAX_BASIS:
            raise _NotQuick
        half, twice = at * self._field.half_of_one, at + at
        self._multiples += [at, -at, twice, -twice, half, -half]
        self._basis.append(at)
        self._halves.append((next(self.elements), None, 0.0, 0.0, 1.0))
        return raised(self._field, self._halves[-1], 2)


_FACTORS: Final = (2, -2, 4, -4, 1, -1)
