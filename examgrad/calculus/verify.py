"""The independent route: a derived key against central differences of what it is the derivative of.

Definitions are computed one after the other in balls of high precision, at seeded points inside the domains and
away from kinks, on both sides of the formulas' gates. Nothing here knows a rule of differentiation.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from itertools import product
from math import comb
from typing import Any, Final

from examgrad.calculus.derivation import Verified
from examgrad.calculus.graph import Graph, free_names
from examgrad.equality import (
    Comparison,
    Program,
    UnsupportedFormula,
    Witness,
    compile_formulas,
    sample_points,
    value_of,
)
from examgrad.errors import DerivationError
from examgrad.formula import printer
from examgrad.formula.names import REAL, Domain
from examgrad.formula.tree import Node

POINTS: Final = 8
_TRIES: Final = 400
_HOPELESS: Final = 80
"""Points without a value, after which no more are tried."""
_LARGEST_WHOLE: Final = 5_000
"""Operations of a formula with its definitions, up to which its gates are looked for."""
_MOST_NAMES: Final = 60
"""Variables of a formula, up to which its gates are looked for."""
_STEP: Final = Fraction(1, 2**60)
_STEP_DIGITS: Final = 19
"""The decimals that a difference over one step loses."""
_SAME_DIGITS: Final = 40
_SAME: Final = Fraction(1, 10**_SAME_DIGITS)
_TOLERANCE: Final = Fraction(1, 10**12)

Point = Mapping[str, Fraction]


class TooFewPoints(DerivationError):
    """Too few points were found where both formulas have values."""


def confirm(
    key: Node, of: Node, wrt: Sequence[str], graph: Graph, domains: Mapping[str, Domain], *, gates: bool = True
) -> Verified:
    """Confirm that ``key`` is the derivative of ``of`` by each of ``wrt`` in turn, names in ``wrt`` independent.

    Points are looked for on both sides of every case, unless ``gates`` is false. Raises :class:`DerivationError`
    where the key is not confirmed, or where too few points can be found to tell.
    """
    route = _Route((of, key), wrt, graph, domains, gates=gates)
    difference = partial(_central_difference, partial(route.value, of), wrt)
    count = 0
    for point, (found, stated) in route.pairs(difference, partial(route.value, key)):
        count += 1
        if abs(found - stated) > _TOLERANCE * (1 + abs(stated)):
            raise DerivationError(
                f"the key {printer.plain(key)} is not confirmed: at {_shown(point)} it gives {float(stated):.10g}, "
                f"central differences give {float(found):.10g}"
            )
    return Verified("central differences", count)


def same_value(left: Node, right: Node, graph: Graph, domains: Mapping[str, Domain]) -> bool:
    """Whether two formulas in the graph's names agree at eight points or more, to twelve digits.

    Raises :class:`DerivationError` where too few points can be found to tell.
    """
    route = _Route((left, right), (), graph, domains)
    pairs = route.pairs(partial(route.value, left), partial(route.value, right))
    return all(abs(one - other) <= _TOLERANCE * (1 + abs(other)) for _, (one, other) in pairs)


def compare_values(
    left: Node, right: Node, graph: Graph, domains: Mapping[str, Domain], *, gates: bool = True
) -> Comparison:
    """Two formulas that are too long to be compared as such, by their values, definition after definition.

    ``gates`` as in :func:`confirm`. Raises :class:`DerivationError` where too few points can be found to tell.
    """
    route = _Route((left, right), (), graph, domains, gates=gates)
    pairs = route.pairs(partial(route.value, left), partial(route.value, right))
    for point, (one, other) in pairs:
        if abs(one - other) > _SAME * (1 + abs(other)):
            return Comparison("unequal", "witness", Witness(dict(point), f"{float(one):.10g}", f"{float(other):.10g}"))
    return Comparison("equal", "numeric", points=len(pairs), digits=_SAME_DIGITS)


class _Route:
    """Formulas and the definitions they need, computed in one pass; names in ``wrt`` are taken as independent."""

    def __init__(
        self, formulas: Sequence[Node], wrt: Sequence[str], graph: Graph, domains: Mapping[str, Domain], *,
        gates: bool = True,
    ) -> None:  # fmt: skip
        self.gates: Final = gates
        self.graph: Final = graph
        self.wrt: Final = frozenset(wrt)
        self.formulas: Final = formulas
        self.domains: Final = domains
        self.digits: Final = 140 + (_STEP_DIGITS + 5) * len(wrt)
        needed = self.wrt.union(*map(graph.ancestors, formulas))
        self.steps: Final = {
            name: node for name, node in graph.definitions.items() if name in needed and name not in self.wrt
        }
        used = self.wrt.union(*map(free_names, (*self.steps.values(), *formulas)))
        self.variables: Final = tuple(sorted(used - self.steps.keys()))
        self._programs: Final[dict[Node, Program]] = {}

    def value(self, formula: Node, point: Point) -> Fraction | None:
        """The formula's value; ``None`` where it has none."""
        program = self._programs.get(formula)
        if program is None:
            uses = self.graph.ancestors(formula)
            steps = {name: node for name, node in self.steps.items() if name in uses}
            program = self._programs[formula] = compile_formulas(formula, definitions=steps)
        result = value_of(program, point, self.digits, guard=64 + len(program.code) // 16)
        return None if result is None else _fraction(result)

    def pairs(
        self, left: Callable[[Point], Fraction | None], right: Callable[[Point], Fraction | None]
    ) -> list[tuple[Point, tuple[Fraction, Fraction]]]:
        """Both values at points where both have one; :class:`DerivationError` where there are too few."""
        found: list[tuple[Point, tuple[Fraction, Fraction]]] = []
        try:
            for tried, (point, telling) in enumerate(self._points()):
                if (len(found) >= POINTS and not telling) or (tried >= _HOPELESS and not found):
                    break
                one, other = left(point), right(point)
                if one is not None and other is not None:
                    found.append((point, (one, other)))
        except UnsupportedFormula as error:
            raise DerivationError(f"{printer.plain(self.formulas[-1])} cannot be verified: {error}") from None
        if len(found) < min(POINTS, 1 + POINTS * len(self.variables)):
            raise TooFewPoints(
                f"only {len(found)} of {POINTS} points could be found where {printer.plain(self.formulas[0])} and "
                f"{printer.plain(self.formulas[-1])} have values: check the domains of the variables"
            )
        return found

    def _points(self) -> Iterator[tuple[Point, bool]]:
        """Points on all sides of the formulas' gates, marked as telling, and then any others."""
        seed = " ".join(map(printer.plain, self.formulas))
        with contextlib.suppress(UnsupportedFormula):
            for point in self._gated_points(seed) if self.gates else ():
                missing = {name: Fraction(1, 3) for name in self.variables if name not in point}
                yield {**missing, **point}, True
        source = random.Random(seed)
        for _ in range(_TRIES if self.variables else 1):
            yield {name: _draw(source, self.domains.get(name, REAL)) for name in self.variables}, False

    def _gated_points(self, seed: str) -> list[dict[str, Fraction]]:
        """Points on all sides of the formulas' gates; none where there are no gates, or more than can be looked at."""
        program = compile_formulas(*self.formulas, definitions=self.steps)
        gated = program.gates or program.steps or program.positive
        if not gated or len(program.names) > _MOST_NAMES or len(program.code) > _LARGEST_WHOLE:
            return []
        return sample_points(program, self.domains, count=POINTS, seed=seed.encode())


def _fraction(ball: Any) -> Fraction:
    """The middle of a ball, exactly."""
    mantissa, exponent = (int(part) for part in ball.mid().man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent


def _central_difference(value: Callable[[Point], Fraction | None], wrt: Sequence[str], point: Point) -> Fraction | None:
    """The mixed derivative at a point: Σ (−1)^Σk Π C(m, k) f(x + (m/2 − k) h) / h^n, m the order in each variable."""
    orders = {name: list(wrt).count(name) for name in dict.fromkeys(wrt)}
    total = Fraction(0)
    for places in product(*(range(order + 1) for order in orders.values())):
        moved, weight = dict(point), 1
        for (name, order), place in zip(orders.items(), places, strict=True):
            moved[name] = point[name] + (Fraction(order, 2) - place) * _STEP
            weight *= (-1) ** place * comb(order, place)
        result = value(moved)
        if result is None:
            return None
        total += weight * result
    return total / _STEP ** len(wrt)


def _draw(source: random.Random, domain: Domain) -> Fraction:
    """A number inside the domain, mostly of the size of 1, now and then small or large."""
    size = source.choice((Fraction(1, 4), Fraction(2), Fraction(2), Fraction(8))) * Fraction(
        source.randrange(1, 2**20), 2**20
    )
    if domain.low is not None and domain.high is not None:
        value = domain.low + (domain.high - domain.low) * size / 8
    elif domain.low is not None:
        value = domain.low + size
    elif domain.high is not None:
        value = domain.high - size
    else:
        value = size * source.choice((-1, 1))
    return Fraction(round(value)) if domain.integer else value


def _shown(point: Point) -> str:
    return ", ".join(f"{name} = {float(value):.6g}" for name, value in sorted(point.items()))
