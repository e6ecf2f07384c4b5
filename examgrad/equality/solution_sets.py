"""Do two equations hold at the same points of the domains?

Both are brought to residues, left side minus right side, and these to polynomials. What can be told is told by the
first of: statements that always hold, definitions of one name, irreducible factors, values that can be written
down, a constant multiple, a definition put into the other equation, small points.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

from flint import arb, fmpq_mpoly

from examgrad.equality.decide import Comparison, decide
from examgrad.equality.evaluate import evaluate, evaluate_double, evaluate_exactly, sample_points
from examgrad.equality.factors import Essential, essential_factors, surely_in
from examgrad.equality.polynomials import Ring, TooLarge
from examgrad.equality.solutions import Solved, small_points, solved, solving_points
from examgrad.equality.witness import Witness
from examgrad.formula.names import REAL, Domain
from examgrad.formula.tree import ZERO, Apply, Node, Number, Symbol, mul, sub, substitute

MAX_NAMES: Final = 4
MAX_RATIO: Final = 1000
POINTS_TRIED: Final = 80
RATIO_POINTS: Final = 4
VALUES_TRIED: Final = 6
SIDES: Final = ("left", "right")
SAME: Final = "the same solutions"
UNKNOWN: Final = Comparison("unknown", "undecided", note="whether these equations have the same solutions")
Domains = Mapping[str, Domain]


class Sides(NamedTuple):
    """An equation ``left = right``."""

    left: Node
    right: Node

    @property
    def residue(self) -> Node:
        """Left side minus right side."""
        return self.left if self.right == ZERO else sub(self.left, self.right)

    def definitions(self) -> Iterator[tuple[str, Node]]:
        """Each name that stands alone on one side and is not in the other, with that other side."""
        for name, value in ((self.left, self.right), (self.right, self.left)):
            if isinstance(name, Symbol) and name.name not in value.symbols():
                yield name.name, value

    def put(self, values: Mapping[str, Node]) -> Sides:
        """The equation with names replaced."""
        return Sides(substitute(self.left, values), substitute(self.right, values))


@dataclass(frozen=True)
class Pair:
    """Two equations of two sides each."""

    left: Sides
    right: Sides
    domains: Domains
    shown: bool

    def result(self) -> Comparison:
        """The verdict; ``w = w - g`` and ``w = w + g`` are the same equation, but not the same step."""
        if {*self.left} == {*self.right}:
            return Comparison("equal", "exact", note="the sides are swapped")
        found = self._as_equations()
        if found.verdict == "equal" and self._assigns_otherwise():
            return Comparison("unknown", "undecided", note="equal as equations, and yet different as assignments")
        return found

    def _assigns_otherwise(self) -> bool:
        """Whether both are steps such as ``w = w - g``, to different values."""
        name = self.left.left
        if not isinstance(name, Symbol) or name != self.right.left:
            return False
        if not all(name.name in side.symbols() for side in (self.left.right, self.right.right)):
            return False
        return self._decide(self.left.right, self.right.right).verdict != "equal"

    def _as_equations(self) -> Comparison:
        steps: tuple[Callable[[], Comparison | None], ...] = (
            self._identities, self._definitions, self._factors, self._proportional, self._put_in, self._at_points,
        )  # fmt: skip
        for step in steps:
            if found := step():
                return found
        return UNKNOWN

    def _decide(self, left: Node, right: Node, *, witness: bool = False) -> Comparison:
        return decide(left, right, self.domains, witness=witness)

    # statements that always hold

    def _identities(self) -> Comparison | None:
        found = [self._decide(*sides) for sides in (self.left, self.right)]
        always = [item.verdict == "equal" for item in found]
        if all(always):
            least = max(found, key=lambda item: ("identical", "exact", "numeric").index(item.method))
            method = "exact" if least.method == "identical" else least.method
            return least._replace(method=method, note="both hold whatever the variables are")
        if any(always) and all(item.verdict != "unknown" for item in found):
            other = self._decide(*(self.right if always[0] else self.left), witness=self.shown).witness
            note = f"the {'left' if always[0] else 'right'} equation always holds, the other does not"
            if other is None:
                return Comparison("unequal", "exact", note=note)
            return self._shown(other.at, note) or Comparison("unequal", "exact", note=note)
        return None

    # J = f against J = g

    def _definitions(self) -> Comparison | None:
        values = dict(self.right.definitions())
        for name, value in self.left.definitions():
            if name not in values:
                continue
            found = self._decide(value, values[name], witness=self.shown)
            if found.verdict == "equal":
                return found._replace(method="exact" if found.method == "identical" else found.method)
            if found.verdict == "unequal":
                return self._told(name, value, values[name], found)
        return None

    def _told(self, name: str, value: Node, other: Node, found: Comparison) -> Comparison:
        """Two different values of one name, at a point that has the name's value as well."""
        if found.witness is None:
            return found
        for node in (value, other):
            number = evaluate_exactly(node, found.witness.at)
            if number is None or not self.domains.get(name, REAL).contains(number):
                continue
            if shown := self._shown({**found.witness.at, name: number}):
                return shown
        return found

    # the factors that make them zero

    def _factors(self) -> Comparison | None:
        left, right = self.left.residue, self.right.residue
        try:
            ring = Ring([left, right], meaning=True)
            quotients = ring.quotient(left), ring.quotient(right)
        except (TooLarge, ZeroDivisionError):
            return None
        if any(item.above.is_zero() for item in quotients):
            return None
        try:
            first, second = (essential_factors(ring, item, self.domains) for item in quotients)
        except TooLarge:
            if quotients[0].below == quotients[1].below and _multiples(quotients[0].above, quotients[1].above):
                return Comparison("equal", "exact", note="one is a multiple of the other")
            return None
        if first.same(second):
            return Comparison("equal", "exact", note=SAME if first.factors else "neither has a solution")
        for mine, theirs, flip in ((first, second, False), (second, first, True)):
            if found := self._only(ring, mine, theirs, flip):
                return found
        if found := self._by_values(ring, first, second):
            return found
        for mine, theirs, flip in ((first, second, False), (second, first, True)):
            if found := self._only_at_value(ring, mine, theirs, flip):
                return found
        return None

    def _only(self, ring: Ring, mine: Essential, theirs: Essential, flip: bool) -> Comparison | None:
        """A point that solves the first equation of two only, from a factor that only the first one has."""
        own, other = (self.right, self.left) if flip else (self.left, self.right)
        names = sorted(own.residue.symbols() | other.residue.symbols())
        for factor in mine.factors:
            if factor in theirs.factors:
                continue
            for at in solving_points(ring, factor, names, self.domains):
                if found := self._shown(at, wanted=1 if flip else 0):
                    return found
        return None

    def _only_at_value(self, ring: Ring, mine: Essential, theirs: Essential, flip: bool) -> Comparison | None:
        """The same with values that are no fractions: ``x = sqrt(2)`` put into the other equation."""
        own, other = (self.right, self.left) if flip else (self.left, self.right)
        names = own.residue.symbols() | other.residue.symbols()
        for factor in mine.factors:
            if any(str(factor) == str(base) for base in theirs.factors):
                continue
            for name in sorted(ring.symbols(factor))[:MAX_NAMES]:
                for item in solved(ring, factor, self.domains, name) or ():
                    for at in small_points(sorted(names - {name}), self.domains, VALUES_TRIED):
                        if told := self._apart_at(item, own, other, at):
                            return Comparison("unequal", "exact", note=f"{told} solves the {SIDES[flip]} equation only")
        return None

    def _apart_at(self, item: Solved, own: Sides, other: Sides, at: Mapping[str, Fraction]) -> str:
        """The point in words, where one equation surely holds there and the other surely does not; else empty."""
        value = evaluate(item.value, at, 20)
        if value is None or not surely_in(value, self.domains.get(item.name, REAL)):
            return ""
        here, there = (evaluate(sides.put({item.name: item.value}).residue, at, 20) for sides in (own, other))
        if here is None or there is None or not _may_be_zero(here) or _may_be_zero(there):
            return ""
        places = "".join(f"{name} = {number}, " for name, number in at.items())
        return f"{places}{item.name} ≈ {float(value):.10g}"

    def _by_values(self, ring: Ring, first: Essential, second: Essential) -> Comparison | None:
        """Compare the values that each equation gives one name, where all of them can be written down."""
        for name in sorted(self.left.residue.symbols() & self.right.residue.symbols())[:MAX_NAMES]:
            lists = [self._values(ring, mine, name) for mine in (first, second)]
            if lists[0] is not None and lists[1] is not None and (found := self._matched(lists[0], lists[1])):
                return found
        return None

    def _values(self, ring: Ring, mine: Essential, name: str) -> list[Solved] | None:
        values: list[Solved] = []
        for factor in mine.factors:
            found = solved(ring, factor, self.domains, name)
            if found is None:
                return None
            values += found
        return values

    def _matched(self, left: list[Solved], right: list[Solved]) -> Comparison | None:
        sure, method = True, "exact"
        for mine, theirs, side in ((left, right, "left"), (right, left, "right")):
            for item in mine:
                found = [self._decide(item.value, other.value) for other in theirs]
                if same := next((one for one in found if one.verdict == "equal"), None):
                    method = "numeric" if same.method == "numeric" else method
                elif item.value.symbols() or any(one.verdict == "unknown" for one in found):
                    sure = False
                else:
                    return self._only_solution(item, side)
        if not sure:
            return None
        if method == "numeric":
            return Comparison("equal", "numeric", points=1, digits=30, note=SAME)
        return Comparison("equal", "exact", note=SAME)

    def _only_solution(self, item: Solved, side: str) -> Comparison:
        """Unequal by a value that solves one equation only."""
        value = evaluate(item.value, {}, 20)
        if isinstance(value, Fraction) and (shown := self._shown({item.name: value})):
            return shown
        about = f"{item.name} ≈ {float(value):.10g}" if value is not None else "a value"
        return Comparison("unequal", "exact", note=f"{about} solves the {side} equation only")

    # one the multiple of the other

    def _proportional(self) -> Comparison | None:
        left, right = self.left.residue, self.right.residue
        ratios: set[Fraction] = set()
        for at in sample_points([left, right], self.domains, count=RATIO_POINTS):
            point = {name: float(value) for name, value in at.items()}
            above, below = evaluate_double(left, point), evaluate_double(right, point)
            if not below or not above or not abs(above) <= 1e12 * abs(below) < math.inf:
                return None
            ratios.add(Fraction(above / below).limit_denominator(MAX_RATIO))
        if len(ratios) != 1 or not (ratio := ratios.pop()):
            return None
        found = self._decide(left, mul(Number(ratio), right))
        if found.verdict != "equal":
            return None
        method = "exact" if found.method == "identical" else found.method
        return found._replace(method=method, note=f"the left equation is {ratio} times the right one")

    # points

    def _put_in(self) -> Comparison | None:
        """``y = f`` put into the other equation: where that does not hold then, only the first one does."""
        for own, other in ((self.left, self.right), (self.right, self.left)):
            for name, value in own.definitions():
                found = self._decide(*other.put({name: value}), witness=True)
                if found.verdict != "unequal" or found.witness is None:
                    continue
                number = evaluate(value, found.witness.at, 20)
                domain = self.domains.get(name, REAL)
                if isinstance(number, Fraction) and domain.contains(number):
                    return self._shown({**found.witness.at, name: number}) or Comparison("unequal", "exact")
                if number is not None and domain == REAL:
                    at = ", ".join(f"{key} = {item}" for key, item in found.witness.at.items())
                    note = f"at {at + ', ' if at else ''}{name} ≈ {float(number):.10g} only one of them holds"
                    return Comparison("unequal", "exact", note=note)
        return None

    def _at_points(self) -> Comparison | None:
        for at in points_for([self.left.residue, self.right.residue], self.domains):
            if found := self._shown(at):
                return found
        return None

    def _shown(self, at: Mapping[str, Fraction], note: str = "", wanted: int | None = None) -> Comparison | None:
        """Unequal, where exactly one of the equations (the ``wanted`` one) holds at a point; else ``None``.

        The witness's values are the residues; an equation with a side that is undefined there does not hold.
        """
        names = self.left.residue.symbols() | self.right.residue.symbols()
        at = {name: value for name, value in at.items() if name in names}
        if names - at.keys():
            return None
        residues = [_residue(sides, at) for sides in (self.left, self.right)]
        if None in residues:
            return None
        zero = [item == "0" for item in residues]
        if zero[0] == zero[1] or (wanted is not None and not zero[wanted]):
            return None
        found = Witness(dict(at), str(residues[0]), str(residues[1]))
        told = f"this solves the {'left' if zero[0] else 'right'} equation only; shown is left side minus right side"
        return Comparison("unequal", "witness", found if self.shown else None, note=note or told)


def _residue(sides: Sides, at: Mapping[str, Fraction]) -> str | None:
    """Left side minus right side as text; ``undefined`` where a quotient is by zero, ``None`` where it is not known."""
    values = [evaluate_exactly(side, at) for side in sides]
    if values[0] is not None and values[1] is not None:
        return str(values[0] - values[1])
    if any(_divides_by_zero(side, at) for side in sides):
        return "undefined"
    value = evaluate(sides.residue, at, 20)
    if value is None:
        return None
    if isinstance(value, Fraction):
        return str(value)
    return None if value.contains(0) else str(value.str(10, radius=False))


def _divides_by_zero(node: Node, at: Mapping[str, Fraction]) -> bool:
    return any(
        isinstance(item, Apply) and item.op == "div" and evaluate_exactly(item.args[1], at) == 0 for item in node.walk()
    )


def _may_be_zero(value: Fraction | arb) -> bool:
    return value == 0 if isinstance(value, Fraction) else bool(value.contains(0))


def _multiples(left: fmpq_mpoly, right: fmpq_mpoly) -> bool:
    """Whether one polynomial is a constant times the other."""
    return bool(left * right.leading_coefficient() == right * left.leading_coefficient())


def points_for(nodes: list[Node], domains: Domains) -> Iterator[dict[str, Fraction]]:
    """Small points for the names of some formulas."""
    names = sorted(frozenset[str]().union(*(node.symbols() for node in nodes)))
    yield from small_points(names, domains, POINTS_TRIED)
