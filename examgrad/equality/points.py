"""Points inside the domains, the same for the same seed, and a program's values there."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Final

from examgrad.equality.doubles import Column, evaluate_doubles, to_float
from examgrad.equality.program import Program
from examgrad.formula.names import REAL, Domain

BESIDE: Final = 2.0**-30
Point = dict[str, float]
"""Doubles that are meant exactly: ``Fraction(value)``."""


class Sample:
    """Points, and every slot's values there."""

    def __init__(self, program: Program, columns: Mapping[str, Sequence[float]] | None = None, count: int = 0) -> None:
        self.program = program
        self.count = count
        self._columns = {name: list((columns or {}).get(name, ())) for name in program.names}
        self._close: list[list[Column]] | None = None
        self.values: list[Column] = evaluate_doubles(program, self._columns, count) if count else []

    def extend(self, points: Sequence[Point]) -> None:
        """Evaluate at further points."""
        if not points:
            return
        columns = {name: [point[name] for point in points] for name in self.program.names}
        values = evaluate_doubles(self.program, columns, len(points))
        self.values = [a + b for a, b in zip(self.values, values, strict=True)] if self.values else values
        for name, column in columns.items():
            self._columns[name] += column
        self.count += len(points)

    def point(self, at: int) -> Point:
        """One of the points."""
        return {name: column[at] for name, column in self._columns.items()}

    def points(self) -> list[Point]:
        """All of them."""
        return [self.point(at) for at in range(self.count)]

    def finite(self) -> list[int]:
        """Where all formulas have finite values."""
        good = list(range(self.count))
        for root in self.program.roots:
            column = self.values[root]
            good = [at for at in good if math.isfinite(column[at])]
        return good

    def pattern(self, at: int) -> tuple[int, ...]:
        """The gates' signs at a point."""
        return tuple(sign_of(self.values[gate][at]) for gate in self.program.gates)

    def on_kink(self, at: int) -> bool:
        """Whether a gate is zero there but not all around, or a step is taken."""
        values = self.values
        slots = [gate for gate in self.program.kinks if not values[gate][at]]
        slots += [step for step in self.program.steps if values[step][at].is_integer()]
        return bool(slots) and any(around[slot][at] != values[slot][at] for around in self._around() for slot in slots)

    def _around(self) -> list[list[Column]]:
        """The values at points close to all the points, on two sides."""
        if self._close is None or len(self._close[0][0]) != self.count:
            self._close = []
            for side in (BESIDE, -BESIDE):
                columns = {
                    name: column
                    if name in self.program.whole
                    else [value + side * (2 * place + 1) * max(1.0, abs(value)) for value in column]
                    for place, (name, column) in enumerate(self._columns.items())
                }
                self._close.append(evaluate_doubles(self.program, columns, self.count))
        return self._close


def sign_of(value: float) -> int:
    """1, 0 or -1; 0 also for what is not a number."""
    return (value > 0) - (value < 0)


def exact(point: Mapping[str, float]) -> dict[str, Fraction]:
    """The point in fractions."""
    return {name: Fraction(value) for name, value in point.items()}


def place(domain: Domain, value: float) -> float:
    """A number of the domain near ``value`` or, where that lies outside, in its image in the domain."""
    if domain.integer:
        value = float(round(value))
    elif domain.low is None and domain.high is None:
        return value
    if domain.contains(Fraction(value)):
        return value
    low = None if domain.low is None else to_float(domain.low)
    high = None if domain.high is None else to_float(domain.high)
    if low is not None and high is not None:
        share = round((value / (1 + abs(value)) + 1) * 1024) / 2048
        value = low + (high - low) * min(max(share, 1 / 2048), 2047 / 2048)
    elif low is not None:
        value = low + (abs(value) or 1.0)
    elif high is not None:
        value = high - (abs(value) or 1.0)
    if domain.integer:
        value = float(math.floor(value))
    return value


MAX_WORK: Final = 600_000
"""So many instructions at points are computed to search for points: about 25 milliseconds."""


class Places:
    """Makes points for a program's names, the same ones for the same seed."""

    def __init__(self, names: Sequence[str], domains: Mapping[str, Domain], seed: bytes) -> None:
        self._names = names
        self.domains = domains
        self._domains = [domains.get(name, REAL) for name in names]
        self._seed = seed
        self._work = MAX_WORK
        self._parts: dict[int, tuple[Program, int]] = {}

    def afford(self, program: Program, count: int) -> bool:
        """Whether as many points may still be computed; every call is charged for."""
        self._work -= len(program.code) * (count + 10)
        return self._work >= 0

    def part(self, program: Program, slot: int) -> tuple[Program, int]:
        """What a slot is computed from, as a program of its own, and the slot there; always of the same program."""
        found = self._parts.get(slot)
        if found is None:
            found = self._parts[slot] = program.part(slot)
        return found

    def point(self, values: Iterable[float]) -> Point:
        """The values, a name each, moved into their domains."""
        return {
            name: place(domain, value) for name, domain, value in zip(self._names, self._domains, values, strict=True)
        }

    def moved(self, point: Point, name: str, value: float) -> Point:
        """The point with another value of one name."""
        return point | {name: place(self._domains[self._names.index(name)], value)}

    def random(self, purpose: str, scales: Sequence[float]) -> list[Point]:
        """A point for each scale: odd multiples of 1/64 below 4, scaled; a negative scale takes absolute values."""
        count = len(self._names)
        stream = hashlib.shake_128(self._seed + purpose.encode()).digest(2 * count * len(scales))
        points = []
        for at, scale in enumerate(scales):
            part = stream[2 * count * at : 2 * count * (at + 1)]
            values = [(2 * part[i] - 255) / 64 * scale for i in range(0, 2 * count, 2)]
            points.append(self.point(map(abs, values) if scale < 0 else values))
        return points


SMALL: Final = tuple(map(Fraction, ("2", "1", "-1", "3", "0", "-2", "1/2", "-3")))
"""The numbers that formulas are looked at first, and that a difference is best shown with."""
_SHARES: Final = tuple(map(Fraction, ("1/2", "1/4", "3/4", "1/8", "5/8", "3/8", "7/8", "1/16")))
_STRIDES: Final = (1, 3, 5, 7)


def first(program: Program, domains: Mapping[str, Domain]) -> Sample:
    """A few points of small numbers: what differs, differs nearly everywhere.

    Every name takes each of its numbers once, in an order of its own.
    """
    columns = {name: _small_numbers(domains.get(name, REAL), place % 32)[1] for place, name in enumerate(program.names)}
    return Sample(program, columns, len(SMALL) if columns else 1)


def small_numbers_at(names: Sequence[str], domains: Mapping[str, Domain], at: int) -> list[Fraction]:
    """One of the points of :func:`first` in fractions; the names are in order."""
    return [_small_numbers(domains.get(name, REAL), place % 32)[0][at] for place, name in enumerate(names)]


_NAMED: Final = tuple(map(Fraction, "3 2 1/2 2 3 1/2 3 2 1/3 3 4 2 1/2 3 5 4".split()))
"""What a name stands for at first, by its letters: small, above zero, others for ``x``, ``y``, ``w`` and ``v``, and
not so large that a sigmoid or tanh of it is one."""


@lru_cache(maxsize=4096)
def named_number(name: str, domain: Domain, at: int) -> Fraction:
    """A small number that depends on nothing but a name and its domain; two names seldom have the same.

    At the point 0 it is above zero and at 1 the opposite of that; at others some names are above zero and some below.
    """
    place = sum(map(ord, name)) + 5 * len(name)
    number = _NAMED[place % 16] if at < 2 else _NAMED[(5 * place + at + 3) % 16]
    if at == 1 or (at > 1 and place >> (at - 2) & 1 == 0):
        number = -number
    if domain.contains(number):
        return number
    numbers = small_numbers(domain)
    return numbers[(place + at) % len(numbers)]


@lru_cache(maxsize=1024)
def _small_numbers(domain: Domain, place: int) -> tuple[tuple[Fraction, ...], tuple[float, ...]]:
    """The small numbers of a domain in the order of a name's place; doubles as well."""
    numbers = small_numbers(domain)
    stride = _STRIDES[place % 4]
    chosen = tuple(numbers[(at * stride + place) % 8 % len(numbers)] for at in range(8))
    return chosen, tuple(map(to_float, chosen))


def small_numbers(domain: Domain) -> tuple[Fraction, ...]:
    """Up to eight simple numbers of a domain, the simplest first."""
    found = [value for value in SMALL if domain.contains(value)]
    if len(found) < 4:
        found += [value for value in _inside(domain) if domain.contains(value) and value not in found]
    return tuple(found[: len(SMALL)] or [Fraction(0)])


def _inside(domain: Domain) -> list[Fraction]:
    if domain.low is not None and domain.high is not None:
        if domain.integer:
            return [Fraction(number) for number in range(math.ceil(domain.low), math.floor(domain.high) + 1)[:8]]
        return [domain.low + (domain.high - domain.low) * share for share in _SHARES]
    edge = domain.low if domain.low is not None else domain.high or Fraction(0)
    step = 1 if domain.low is not None else -1
    return [Fraction(edge.__floor__()) + step * count for count in range(9)]
