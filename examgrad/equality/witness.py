"""A point with small numbers where anyone can see that two formulas differ."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from examgrad.equality.doubles import to_float
from examgrad.equality.evidence import values_at
from examgrad.equality.points import Sample
from examgrad.equality.program import Program
from examgrad.formula.names import REAL, Domain

_SIMPLE: Final = tuple(map(Fraction, ("1", "2", "3", "-1", "0", "1/2", "-2", "4", "5", "-3", "1/3", "10", "-1/2")))
"""What a witness is made of, simplest first."""
BATCHES: Final = (12, 36, 112)
"""How many small points are looked at together."""
MAX_CHOICES: Final = 24
MAX_RATIONAL_TRIES: Final = 10
CLOSE_TRIES: Final = 16
"""How many small points are tried where doubles cannot tell the formulas apart."""

DEEP_LENGTH: Final = 60
DEEP_PRECISION: Final = 1 << 14


class Witness(NamedTuple):
    """Where two formulas differ, and both values there, in short texts."""

    at: dict[str, Fraction]
    left: str
    right: str


def witness_at(program: Program, at: Mapping[str, Fraction]) -> Witness | None:
    """The point as a witness, if the formulas are proved to differ there."""
    shown = values_at(program, at)
    return Witness(dict(at), shown.left, shown.right) if shown else None


def find_witness(
    program: Program, domains: Mapping[str, Domain], known: Sequence[Mapping[str, Fraction]]
) -> Witness | None:
    """A witness with numbers as small as can be found, the ``known`` points and their like the last resort."""
    points = _small(program, domains)
    seen: list[dict[str, Fraction]] = []
    for size in BATCHES:
        seen += (batch := list(islice(points, size)))
        if found := _best(program, _differing(program, batch)):
            return found
    # doubles as a hint only: what they show is recomputed
    if found := _best(program, _differing(program, seen, 1e-13)):
        return found
    for point in known:
        simpler = _simplified(program, domains, dict(point))
        close = [] if _differing(program, [simpler]) else seen[:CLOSE_TRIES]
        if found := _best(program, close) or _best(program, [simpler, dict(point)]):
            return found
    return None


def deep_witness(program: Program, known: Sequence[Mapping[str, Fraction]]) -> Witness | None:
    """A witness at the first of these points, where a great many digits may tell the formulas apart."""
    if not known or len(program.code) > DEEP_LENGTH:
        return None
    shown = values_at(program, known[0], DEEP_PRECISION)
    return Witness(dict(known[0]), shown.left, shown.right) if shown else None


def _best(program: Program, points: Sequence[dict[str, Fraction]]) -> Witness | None:
    """The first of the points where both values are fractions, else the first that is a witness at all."""
    found: Witness | None = None
    for at in points[:MAX_RATIONAL_TRIES]:
        shown = values_at(program, at)
        if shown is not None:
            found = found or Witness(at, shown.left, shown.right)
            if shown.rational:
                return Witness(at, shown.left, shown.right)
    return found


@lru_cache(maxsize=256)
def _choices(domain: Domain, numbers: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """The simple numbers of a domain, or some near its end, and what the formulas' own numbers suggest."""
    inside = [value for value in _SIMPLE if domain.contains(value)]
    if len(inside) < 4:
        inside += [value for value in _near_ends(domain) if domain.contains(value)]
    for number in numbers:
        inside += [value for value in (number, number + 1, -number, -number - 1) if domain.contains(value)]
    return tuple(dict.fromkeys(inside))[:MAX_CHOICES]


def _near_ends(domain: Domain) -> list[Fraction]:
    if domain.low is not None and domain.high is not None:
        width = domain.high - domain.low
        shares = (Fraction(1, 2), Fraction(1, 3), Fraction(1, 4), Fraction(3, 4), Fraction(2, 3))
        near = [domain.low + width * share for share in shares]
        return near + [Fraction(value.__floor__()) for value in near]
    edge = domain.low if domain.low is not None else domain.high or Fraction(0)
    step = 1 if domain.low is not None else -1
    return [Fraction(edge.__floor__()) + step * count for count in range(6)]


def _small(program: Program, domains: Mapping[str, Domain]) -> Iterator[dict[str, Fraction]]:
    """Points of small numbers, the simplest first: the sum of how far down its list each number stands."""
    names = program.names
    numbers = tuple(value for value in program.numbers if value.denominator == 1 and 2 < abs(value) < 10**6)
    choices = [_choices(domains.get(name, REAL), numbers) for name in names]
    if not all(choices):
        return
    heap: list[tuple[int, int, tuple[int, ...]]] = [(0, 0, (0,) * len(names))]
    seen = {heap[0][2]}
    while heap:
        cost, _, picks = heapq.heappop(heap)
        yield {name: options[pick] for name, options, pick in zip(names, choices, picks, strict=True)}
        for at, pick in enumerate(picks):
            if pick + 1 < len(choices[at]):
                further = (*picks[:at], pick + 1, *picks[at + 1 :])
                if further not in seen:
                    seen.add(further)
                    heapq.heappush(heap, (cost + 1, len(seen), further))


def _differing(
    program: Program, points: Sequence[dict[str, Fraction]], tolerance: float = 1e-9
) -> list[dict[str, Fraction]]:
    """Those points where doubles tell the roots apart, such as may be kinks last."""
    if not points:
        return []
    sample = Sample(program)
    sample.extend([{name: to_float(value) for name, value in point.items()} for point in points])
    left, right = (sample.values[root] for root in program.roots)
    differing = [at for at in range(len(points)) if differ(left[at], right[at], tolerance)]
    return [points[at] for at in sorted(differing, key=sample.on_kink)]


def differ(left: float, right: float, tolerance: float = 1e-9) -> bool:
    """Whether two doubles are finite and clearly different."""
    gap = abs(left - right)
    if not gap:
        return False
    size = max(abs(left), abs(right))
    return gap > tolerance * size and 1e-290 < size < math.inf


def simple(value: float) -> bool:
    """Whether a double looks like a fraction with a small denominator."""
    return (value * 24).is_integer()


def _simplified(program: Program, domains: Mapping[str, Domain], point: dict[str, Fraction]) -> dict[str, Fraction]:
    """The point with each number rounded as far as the roots still differ there."""
    for name in program.names:
        value = point[name]
        rounded = [Fraction(0), Fraction(1), Fraction(2), Fraction(value.__floor__()), Fraction(value.__ceil__())]
        rounded += [Fraction(value.__floor__() - 1), Fraction(value.__ceil__() + 1)]
        rounded += [Fraction(round(value * parts), parts) for parts in (1, 2, 4, 10)]
        rounded += [value.limit_denominator(10**digits) for digits in range(2, 8)]
        whole = value.__round__()
        if value != whole:  # how far from a whole number it is, to one digit
            rounded.append(whole + Fraction(f"{float(value - whole):.0e}"))
        domain = domains.get(name, REAL)
        trials = [point | {name: simple} for simple in dict.fromkeys(rounded) if domain.contains(simple)]
        point = next(iter(_differing(program, trials)), point)
    return point
