"""Agreement at points, in high precision: at all magnitudes, and in every case that may occur."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from examgrad.equality.cells import POINTS, Signs, members
from examgrad.equality.evaluate import spread
from examgrad.equality.evidence import Reading, compare_at
from examgrad.equality.points import Sample, exact
from examgrad.equality.program import Program
from examgrad.equality.signs import BIT, possible_signs
from examgrad.formula.names import Domain

MIN_POINTS: Final = 3
MIN_DIGITS: Final = 30
NUMERIC_POINTS: Final = 16
MAX_CELLS: Final = 24
DEEP_POINTS: Final = 3
DEEP_PRECISION: Final = 2048
LONG: Final = 100
VERY_LONG: Final = 1_000
CLEARLY: Final = 1e-9
"""What a gate is clearly not zero above, in doubles."""


def chosen_points(sample: Sample, cells: Sequence[Signs]) -> list[int]:
    """Points to be compared at: of every sign pattern, on both sides of every gate, some in every cell."""
    count = NUMERIC_POINTS if len(sample.program.code) <= VERY_LONG else MIN_POINTS + 1
    chosen = spread(sample, count)
    if not chosen:
        return list(range(min(count, sample.count)))
    for signs in cells[:MAX_CELLS]:
        inside = members(sample, signs)
        chosen += [inside[at] for at in sorted({0, len(inside) // 2, len(inside) - 1})][:POINTS] if inside else []
    for slot in sample.program.gates:
        for side in (1, -1):
            if not any(sample.values[slot][at] * side > 0 for at in chosen):
                chosen += members(sample, {slot: side})[:1]
    return list(dict.fromkeys(chosen))


def readings_at(sample: Sample, chosen: Sequence[int]) -> Iterator[tuple[dict[str, Fraction], Reading]]:
    """The formulas compared at points in high precision, at the first few in a higher one."""
    program = sample.program
    deep = DEEP_PRECISION if len(program.code) <= LONG else DEEP_PRECISION // 4
    for number, at in enumerate(chosen):
        point = exact(sample.point(at))
        if number < DEEP_POINTS:
            yield point, compare_at(program, point, deep, deep)
        else:
            yield point, compare_at(program, point, 128, 512 if number < NUMERIC_POINTS else deep)


def unseen_sides(
    program: Program, domains: Mapping[str, Domain], sample: Sample, readings: Sequence[Reading]
) -> bool:  # fmt: skip
    """Whether a gate that does vary may have a side on which the formulas were not compared."""
    sides = possible_signs(program, domains)
    seen = [{reading.signs[place] for reading in readings} for place in range(len(program.gates))]
    for slot, signs in zip(program.gates, seen, strict=True):
        column = sample.values[slot]
        if signs <= {0} and not any(abs(column[at]) > CLEARLY for at in sample.finite()):
            continue  # zero wherever it was looked at, as in max(u, v) with another v for the same u
        if any(sides[slot] & BIT[side] and side not in signs for side in (1, -1)):
            return True
    return False
