"""Points inside the domains, the same for the same seed, and a program's values there."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from examgrad.equality.doubles import Column, evaluate_doubles, to_float
from examgrad.equality.program import Program
from examgrad.formula.names import REAL, Domain

Point = dict[str, float]
"""Doubles that are meant exactly: ``Fraction(value)``."""


@dataclass
class Sample:
    """Points, and every slot's values there."""

    program: Program
    points: list[Point] = field(default_factory=list)
    values: list[Column] = field(default_factory=list)

    def extend(self, points: Sequence[Point]) -> None:
        """Evaluate at further points."""
        if not points:
            return
        columns = {name: [point[name] for point in points] for name in self.program.names}
        values = evaluate_doubles(self.program, columns, len(points))
        self.points += points
        self.values = [a + b for a, b in zip(self.values, values, strict=True)] if self.values else values

    def finite(self) -> list[int]:
        """Where all formulas have finite values."""
        roots = [self.values[root] for root in self.program.roots]
        return [at for at in range(len(self.points)) if all(math.isfinite(column[at]) for column in roots)]

    def pattern(self, at: int) -> tuple[int, ...]:
        """The gates' signs at a point."""
        return tuple(sign_of(self.values[gate][at]) for gate in self.program.gates)

    def on_kink(self, at: int) -> bool:
        """Whether a gate is zero there, or a step is about to be taken."""
        return any(not self.values[gate][at] for gate in self.program.kinks) or any(
            self.values[step][at].is_integer() for step in self.program.steps
        )


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


class Places:
    """Makes points for a program's names, the same ones for the same seed."""

    def __init__(self, names: Sequence[str], domains: Mapping[str, Domain], seed: bytes) -> None:
        self._names = names
        self.domains = domains
        self._domains = [domains.get(name, REAL) for name in names]
        self._seed = seed

    def point(self, values: Iterable[float]) -> Point:
        """The values, a name each, moved into their domains."""
        return {
            name: value if domain is REAL else place(domain, value)
            for name, domain, value in zip(self._names, self._domains, values, strict=True)
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


QUICK: Final = (1.0, 1.0, 1.0, -1.0, -0.25, 0.25, -2.0, 4.0)


def quick(program: Program, places: Places) -> Sample:
    """A few points, for what differs nearly everywhere."""
    sample = Sample(program)
    sample.extend(places.random("quick", QUICK) if program.names else [{}])
    return sample
