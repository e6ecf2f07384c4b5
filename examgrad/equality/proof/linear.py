"""Whether linear inequalities can hold together, and where: Fourier-Motzkin elimination, exactly."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from math import gcd
from typing import Final, Literal, NamedTuple

from examgrad.equality.program import Number

MAX_ROWS: Final = 240


class Row(NamedTuple):
    """A linear form that is above zero: whole coefficients by variable (none of them 0), and a constant."""

    coefficients: dict[Hashable, int]
    constant: Number = 0


Stages = list[tuple[Hashable, list[Row]]]
"""Variable by variable, the rows that bound it."""


def solve(rows: Sequence[Row]) -> dict[Hashable, Fraction] | Literal[False] | None:
    """A point where every row is above zero; ``False`` if there is none, ``None`` if it took too long."""
    stages = eliminated(rows)
    return _point(stages) if isinstance(stages, list) else stages


def eliminated(rows: Sequence[Row]) -> Stages | Literal[False] | None:
    """What bounds each variable, given those after it; ``False`` and ``None`` as for :func:`solve`."""
    stages: Stages = []
    current = _strongest(rows)
    while costs := _costs(current):
        name = min(costs, key=costs.__getitem__)
        above = [row for row in current if row.coefficients.get(name, 0) > 0]
        below = [row for row in current if row.coefficients.get(name, 0) < 0]
        if len(above) * len(below) + len(current) > MAX_ROWS:
            return None
        stages.append((name, above + below))
        rest = [row for row in current if name not in row.coefficients]
        current = _strongest(rest + [_combined(up, down, name) for up in above for down in below])
    return False if any(row.constant <= 0 for row in current) else stages


def _costs(rows: Sequence[Row]) -> dict[Hashable, int]:
    """How many rows more there are when a variable is eliminated."""
    above: dict[Hashable, int] = {}
    below: dict[Hashable, int] = {}
    for row in rows:
        for name, coefficient in row.coefficients.items():
            above[name] = above.get(name, 0) + (coefficient > 0)
            below[name] = below.get(name, 0) + (coefficient < 0)
    return {name: above[name] * below[name] - above[name] - below[name] for name in above}


def _combined(up: Row, down: Row, name: Hashable) -> Row:
    scale_up, scale_down = -down.coefficients[name], up.coefficients[name]
    total = {key: value * scale_up for key, value in up.coefficients.items()}
    for key, value in down.coefficients.items():
        total[key] = total.get(key, 0) + value * scale_down
    constant = up.constant * scale_up + down.constant * scale_down
    return Row({key: value for key, value in total.items() if value}, constant)


def _strongest(rows: Sequence[Row]) -> list[Row]:
    """The rows in lowest terms, the weaker of two parallel ones left out."""
    found: dict[frozenset[tuple[Hashable, int]], Row] = {}
    for row in rows:
        common = gcd(*row.coefficients.values()) or 1
        lowest = row
        if common > 1:
            coefficients = {key: value // common for key, value in row.coefficients.items()}
            lowest = Row(coefficients, Fraction(row.constant, common) if row.constant else 0)
        key = frozenset(lowest.coefficients.items())
        if key not in found or lowest.constant < found[key].constant:
            found[key] = lowest
    return list(found.values())


def _point(stages: Stages) -> dict[Hashable, Fraction]:
    point: dict[Hashable, Fraction] = {}
    for name, rows in reversed(stages):
        low: Fraction | None = None
        high: Fraction | None = None
        for row in rows:
            rest = Fraction(row.constant)
            for key, value in row.coefficients.items():
                if key != name:
                    rest += value * point.setdefault(key, Fraction(1))
            bound = -rest / row.coefficients[name]
            if row.coefficients[name] > 0:
                low = bound if low is None else max(low, bound)
            else:
                high = bound if high is None else min(high, bound)
        point[name] = _between(low, high)
    return point


def _between(low: Fraction | None, high: Fraction | None) -> Fraction:
    """A simple number strictly between two bounds."""
    if high is None:
        return Fraction(1) if low is None else Fraction(max(1, low.__floor__() + 1))
    if low is None:
        return Fraction(min(1, high.__ceil__() - 1))
    step = Fraction(1)
    while True:
        candidate = (low / step).__floor__() * step + step
        if candidate < high:
            return candidate
        step /= 2
