"""What one sign pattern's evaluation knows, and the trouble that may stop it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Self

from examgrad.equality.program import Number, Program, lowest
from examgrad.equality.proof.atoms import Atom, Factor, Factors, Ring, TooLarge
from examgrad.equality.proof.intervals import Bound
from examgrad.equality.proof.modular import Lattice
from examgrad.equality.proof.plan import Plan

Vector = list[Any]
"""A function's values at the points, modulo the prime."""
Quotient = tuple[Any, Any]
"""A function as numerator and denominator, polynomials in the atoms."""


MAX_ARGUMENT: Final = 6


class Undefined(Exception):
    """The formula has no value anywhere in this branch."""


class NotProvable(Exception):
    """Beyond what is proved here; the text says why."""


class TooFewPoints(Exception):
    """More independent exponents turned up than the points can tell apart."""


class NeedSign(Exception):
    """The branch depends on the sign of a factor: ``name`` is the symbol that it is, if it is one, and
    ``signs`` those that count."""

    def __init__(self, factor: Factor, name: str | None, signs: tuple[int, ...] = (-1, 1)) -> None:
        super().__init__()
        self.factor = factor
        self.name = name
        self.signs = signs


class Rescale(Exception):
    """The generator ``label`` must stand for a smaller part: its ``degree`` is to be a multiple of this."""

    def __init__(self, label: str, degree: int) -> None:
        super().__init__()
        self.label = label
        self.degree = degree


class BadPoints(Exception):
    """At these points something positive is not a square: one of the atoms in it needs other values there."""

    def __init__(self, points: list[int], labels: list[str]) -> None:
        super().__init__()
        self.points = points
        self.labels = labels


class BadPrime(Exception):
    """A positive constant is not a square modulo this prime."""


UNTOLD: Final = (BadPoints, BadPrime, NeedSign, NotProvable, Rescale, TooFewPoints, TooLarge, Undefined)
"""Why something may not be known in a branch as it stands."""

Bounds = tuple[float, float, float]
"""Binary logarithms of the norms of numerator and denominator, and the degree of either."""


@dataclass
class Tested:
    """Bounds of what was tested so far: of the first ``count`` slots that were evaluated, of the arguments of
    exponentials and angles by their slots, the product of the roots' degrees, and of the arguments all degrees, the
    highest norm of a numerator, and the norms of all denominators.
    """

    bounds: list[Bounds]
    arguments: dict[int, Bounds] = field(default_factory=dict)
    count: int = 0
    roots: float = 1.0
    total: float = 0.0
    highest: float = 0.0
    below: float = 0.0

    def copy(self) -> Tested:
        """The same, to which more is added."""
        other: Tested = object.__new__(Tested)
        other.__dict__.update(self.__dict__)
        other.bounds, other.arguments = self.bounds.copy(), self.arguments.copy()
        return other


Answers = Mapping[str, tuple[int, str | None]]
"""The signs of polynomials that were asked for, by their text, each with the symbol that it is, if it is one."""


class State:
    """What has been found out in one sign pattern, given the signs asked for so far."""

    def __init__(self, program: Program, plan: Plan, answers: Answers) -> None:
        self._code: Final = program.code
        self._plan: Final = plan
        self._f: Final = plan.arithmetic
        self._points: Final = plan.points
        self.answers = answers
        self._symbol_signs: Final = {name: sign for sign, name in answers.values() if name}
        self.ring = Ring(plan.atoms, plan.factored)
        self.constraints: list[tuple[Factor, int]] = []
        self.values: list[Any] = [None] * len(program.code)
        self._quotients: dict[int, Quotient] = {}
        self._factors: dict[int, Factors] = {}
        self._signs: dict[str, int] = {}
        self._atoms: dict[str, Atom] = {}
        self.exponents: dict[int, dict[int, Number]] = {}
        self.angles: dict[int, dict[int, Number]] = {}
        self.logarithms: dict[int, list[tuple[Number, Atom]]] = {}
        self._lattice = Lattice(self._f)
        self.elements: list[Atom] = []
        self._circle = Lattice(self._f)
        self.circle_atoms: list[Atom] = []
        self._functions: dict[tuple[str, tuple[int, ...]], Atom] = {}
        self.order: list[int] = []
        self.required: dict[int, set[tuple[str, int]]] = {}
        self._taken: dict[str, int] = {}
        self.tested = Tested([(0.0, 0.0, 0.0)] * len(program.code))

    def copy(self) -> Self:
        """Another branch in which the same is known."""
        other: Self = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.ring = self.ring.copy()
        known = other.__dict__
        for name in _STATE:
            known[name] = known[name].copy()
        return other

    def answer(self, need: NeedSign, sign: int) -> None:
        """Let one more sign be known; what was computed before is kept."""
        self.answers = {**self.answers, need.factor.key: (sign, need.name)}
        self.constraints = [*self.constraints, (need.factor, sign)]
        self._signs[need.factor.key] = sign
        if need.name:
            self.bound(need.name, sign)

    def bound(self, name: str, sign: int) -> None:
        """Let a symbol's atom know its sign; the atom itself may be another branch's as well."""
        label = "symbol " + name
        atom = self._atoms[label].copy()
        if sign > 0:
            atom.low = max(atom.low, 0)
        else:
            atom.high = min(atom.high, 0)
        self._atoms[label] = self.ring.atoms[atom.index] = atom

    def value(self, root: int) -> Any:
        """A slot's values at the points; of a condition, its truth in this branch."""
        raise NotImplementedError

    def sign(self, slot: int) -> int:
        """The sign of a slot in this branch. Raises :class:`NeedSign` where the branch must be split for it."""
        raise NotImplementedError

    def _sign(self, factor: Factor) -> int:
        raise NotImplementedError

    def _sign_of(self, factors: Factors) -> int:
        raise NotImplementedError

    def _needed_sign(self, slot: int, factors: Factors) -> int:
        raise NotImplementedError

    def _factored(self, slot: int) -> Factors:
        raise NotImplementedError

    def _quotient(self, root: int) -> Quotient:
        raise NotImplementedError

    def argument(self, atom: Atom) -> tuple[dict[tuple[int, ...], int], int] | None:
        """What an exponential is taken of: whole coefficients by monomials and a constant; else ``None``."""
        found = self._quotients.get(atom.slot)
        if found is None or found[1] is not self.ring.one or len(found[0]) > MAX_ARGUMENT:
            return None
        coefficients = {tuple(map(int, key)): int(value) for key, value in found[0].to_dict().items()}
        return coefficients, coefficients.pop((0,) * len(next(iter(coefficients), ())), 0)

    # atoms

    def _atom(self, label: str) -> Atom | None:
        return self._atoms.get(label)

    def _label(self, atom: Atom) -> str:
        """What an atom's values are drawn for."""
        return "symbol " + atom.name if atom.kind == "symbol" else atom.name

    def _new(self, label: str, atom: Atom) -> Atom:
        self._atoms[label] = self.ring.append(atom)
        return atom

    def _random(self, label: str, sign: int = 0) -> Vector:
        """Random values; where a sign is given, such as stand for numbers of that sign."""
        values = self._f.randoms(label, self._plan.seeds(label))
        if not sign:
            return values
        return [value * value for value in values] if sign > 0 else [-value * value for value in values]

    def _variable(self, name: str) -> Vector:
        label = "symbol " + name
        low: Bound = -math.inf
        high: Bound = math.inf
        if (domain := self._plan.domains.get(name)) is not None:
            low = low if domain.low is None else lowest(domain.low)
            high = high if domain.high is None else lowest(domain.high)
        sign = 1 if low >= 0 else -1 if high <= 0 else self._symbol_signs.get(name, 0)
        degree = self._plan.degrees.get(label, 1) if sign > 0 else 1
        if sign > 0:
            low = max(low, 0)
        elif sign < 0:
            high = min(high, 0)
        if degree > 1:
            # bounds of a root are not needed: only that it is positive
            low, high = 0, 1 if high <= 1 else math.inf
        atom = self._new(label, Atom("symbol", name, self._random(label, sign), low, high, degree=degree))
        return [value**degree for value in atom.vector] if degree > 1 else atom.vector

    def _pi(self) -> Atom:
        found = self._atom("pi")
        if found is None:
            bounds = Fraction(314159, 100000), Fraction(314160, 100000)
            found = self._new("pi", Atom("pi", "pi", self._random("pi", 1), *bounds))
        return found

    def _combined(self, lattice: Lattice, vector: Vector) -> dict[int, Number] | None:
        try:
            return lattice.combination(vector)
        except ValueError as error:
            raise NotProvable(str(error)) from None

    def _append(self, lattice: Lattice, vector: Vector) -> int:
        if lattice.size + 2 > self._points:
            raise TooFewPoints
        return lattice.append(vector)

    def _multiplied(self, parts: Sequence[Quotient]) -> Quotient:
        top, bottom = self.ring.one, self.ring.one
        for a, b in parts:
            top, bottom = self.ring.checked(top * a), self.ring.checked(bottom * b)
        return top, bottom


_STATE: Final = (
    "values", "_quotients", "_factors", "_signs", "_atoms", "exponents", "angles", "logarithms", "_lattice", "elements",
    "_circle", "circle_atoms", "_functions", "order", "required", "_taken", "tested",
)  # fmt: skip
