"""Points in given cells: sign patterns of the gates that may be met at a few points only.

A cell is sought from where it is least violated, along one variable after another: the zeros of its gates, and of what
must be positive, cut each line into pieces, and a point of every piece is tried.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise, product
from typing import Final

from examgrad.equality.evidence import Reading
from examgrad.equality.gates import root_along, variables_of
from examgrad.equality.points import Places, Point, Sample
from examgrad.equality.program import Program

MAX_CELLS: Final = 40
MAX_PAIRED: Final = 5
ROUNDS: Final = 3
BEAM: Final = 6
MAX_ALONG: Final = 5
POINTS: Final = 3
"""In every cell so many points are looked at."""
MAX_SATURATED: Final = 4
SATURATED: Final = 8.0
SHARE: Final = 0.381966
"""Where a piece of a line is cut: a point in it that is no simple fraction of it."""
_MARGINS: Final = (2.0**-20, 1 / 61, 0.37)
_MAGNITUDES: Final = (0.37, 2.71, 31.3, 1003.7)
_SHIFTS: Final = (1, 2, 3)

Signs = Mapping[int, int]
"""Signs of gates by their slots."""


def shows(program: Program, reading: Reading, signs: Signs) -> bool:
    """Whether a reading was taken in a cell."""
    return all(sign == signs.get(slot, sign) for slot, sign in zip(program.gates, reading.signs, strict=True))


def members(sample: Sample, signs: Signs) -> list[int]:
    """The good points of a sample that lie in a cell, where no root ends."""
    columns = [(sample.values[slot], sign) for slot, sign in signs.items()]
    ends = [sample.values[slot] for slot in sample.program.positive]
    return [
        at
        for at in sample.finite()
        if all(column[at] * sign > 0 for column, sign in columns) and all(column[at] for column in ends)
    ]


def paired(program: Program) -> Sequence[Signs]:
    """Both signs of every gate, and of every two together, where no more is known of the cells."""
    slots = program.gates[:MAX_PAIRED]
    return [{slot: sign} for slot in slots for sign in (1, -1)] + [
        dict(zip(pair, signs, strict=True)) for pair in combinations(slots, 2) for signs in product((1, -1), repeat=2)
    ]


def meet(program: Program, places: Places, sample: Sample, cells: Sequence[Signs]) -> None:
    """Add points in every cell, as far as they are found; among whole numbers also the next ones."""
    for signs in cells[:MAX_CELLS]:
        if len(members(sample, signs)) < POINTS:
            sample.extend(_searched(program, places, sample, signs))
        sample.extend(_unsaturated(program, places, sample, members(sample, signs)[:POINTS]))
    if program.whole:
        found = [at for signs in cells[:MAX_CELLS] for at in members(sample, signs)[:POINTS]] or sample.finite()[:BEAM]
        points = [sample.point(at) for at in found]
        sample.extend(
            [places.moved(point, name, point[name] + step)
             for point in points for name in sorted(program.whole) for step in _SHIFTS]
        )  # fmt: skip


def _unsaturated(program: Program, places: Places, sample: Sample, found: Sequence[int]) -> list[Point]:
    """Points where what is saturated at these, as a sigmoid of a hundred, is not so, one function at a time."""
    points: list[Point] = []
    slots = dict.fromkeys(args[0] for op, args, datum in program.code if op == "fn" and datum in ("exp", "erf"))
    for slot in list(slots)[:MAX_SATURATED]:
        for at in found:
            value = sample.values[slot][at]
            if abs(value) > SATURATED:
                start, target = sample.point(at), math.copysign(0.5, value)
                roots = [(name, root_along(program, places, start, name, slot, target))
                         for name in variables_of(program, slot)[:MAX_ALONG]]  # fmt: skip
                points += [places.moved(start, name, root) for name, root in roots if root is not None]
    return points


def _searched(program: Program, places: Places, sample: Sample, signs: Signs) -> list[Point]:
    """Points in a cell, or none."""
    slots = [*signs, *(slot for slot in program.positive if slot not in signs)]
    along = {name: [slot for slot in slots if name in variables_of(program, slot)] for name in program.names}
    names = [name for name in program.names if along[name]][:MAX_ALONG]
    beam = [sample.point(at) for at in _best(sample, signs)]
    for _ in range(ROUNDS):
        tried = [
            places.moved(point, name, value)
            for point in beam
            for name in names
            for value in _along(program, places, point, name, along[name])
        ]
        if not tried or not places.afford(program, len(tried)):
            return []
        trial = Sample(program)
        trial.extend(tried)
        if found := members(trial, signs):
            return [trial.point(found[at]) for at in sorted({0, len(found) // 2, len(found) - 1})]
        beam = [trial.point(at) for at in _best(trial, signs)]
    return []


def _best(sample: Sample, signs: Signs) -> list[int]:
    """The points that violate least of what a cell asks, from different parts of the sample."""
    finite = set(sample.finite())
    columns = [(sample.values[slot], sign) for slot, sign in signs.items()]
    violated = [
        sum(not column[at] * sign > 0 for column, sign in columns) + (at not in finite) for at in range(sample.count)
    ]
    ranked = sorted(range(sample.count), key=violated.__getitem__)
    least = [at for at in ranked if violated[at] == violated[ranked[0]]]
    spread = least[:: max(1, len(least) // (BEAM - 2))][: BEAM - 2]
    return spread + ranked[len(least) : len(least) + BEAM - len(spread)]


def _along(program: Program, places: Places, point: Point, name: str, slots: Sequence[int]) -> Iterator[float]:
    """Values of one variable between and beside the zeros of slots, and at several magnitudes."""
    found = [root_along(program, places, point, name, slot) for slot in slots]
    roots = sorted({root for root in found if root is not None})
    for low, high in pairwise(roots):
        yield low + (high - low) * SHARE
    for root in roots:
        size = max(1.0, abs(root))
        for margin in _MARGINS:
            yield root + size * margin
            yield root - size * margin
    for magnitude in _MAGNITUDES:
        yield math.copysign(magnitude, point[name] or 1.0)
        yield -math.copysign(magnitude, point[name] or 1.0)
