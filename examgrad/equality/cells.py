"""Points in given cells: sign patterns of the gates that may be met at a few points only.

A cell is sought from where it is least violated, along one variable after another: the zeros of its gates, and of what
must be positive, cut each line into pieces, and a point of every piece is tried.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise, product
from typing import Final, NamedTuple

from examgrad.equality.evidence import Reading
from examgrad.equality.gates import root_along, variables_of
from examgrad.equality.points import Places, Point, Sample
from examgrad.equality.program import Program

MAX_CELLS: Final = 40
MAX_PAIRED: Final = 5
MAX_GUESSED: Final = 6
POINTS: Final = 3
"""In every cell so many points are looked at."""
MAX_SATURATED: Final = 4
SATURATED: Final = 8.0
WIDE: Final = 10
SHARE: Final = 0.381966
"""Where a piece of a line is cut: a point in it that is no simple fraction of it."""
_MARGINS: Final = (2.0**-20, 0.37)
_MAGNITUDES: Final = (0.37, 31.3, 1003.7)
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


def meet(program: Program, places: Places, sample: Sample, cells: Sequence[Signs], *, known: bool) -> None:
    """Add points in every cell, as far as they are found; among whole numbers also the next ones.

    Where the cells are not ``known`` to be what counts, less is done for each.
    """
    cells = cells[:MAX_CELLS]
    search = _Search(program, places, sample, Effort(3, 6, 3) if known else Effort(1, 2, 2))
    for signs in cells if known else _unmet(program, sample, cells)[:MAX_GUESSED]:
        if not known or len(members(sample, signs)) < POINTS:
            search.look_for(signs)
        if known:
            search.unsaturate(members(sample, signs)[:POINTS])
    if program.whole:
        found = [at for signs in cells for at in members(sample, signs)[:POINTS]] or sample.finite()[:POINTS]
        points = [sample.point(at) for at in dict.fromkeys(found)]
        sample.extend(
            [places.moved(point, name, point[name] + step)
             for point in points for name in sorted(program.whole) for step in _SHIFTS]
        )  # fmt: skip


def _unmet(program: Program, sample: Sample, cells: Sequence[Signs]) -> list[Signs]:
    """The cells in which there is no good point."""
    patterns = [dict(zip(program.gates, found, strict=True)) for found in {*map(sample.pattern, sample.finite())}]
    return [signs for signs in cells if not any(signs.items() <= pattern.items() for pattern in patterns)]


class Effort(NamedTuple):
    """How many rounds a cell is sought in, from how many points at once, along how many variables."""

    rounds: int
    beam: int
    names: int


class _Search:
    """Looks for points in cells; what was found out along a line is kept."""

    def __init__(self, program: Program, places: Places, sample: Sample, effort: Effort) -> None:
        self._program: Final = program
        self._places: Final = places
        self._sample: Final = sample
        self._effort: Final = effort
        self._roots: Final[dict[tuple[int, str, tuple[float, ...]], float | None]] = {}
        self._names: Final = {slot: variables_of(program, slot) for slot in (*program.gates, *program.positive)}

    def look_for(self, signs: Signs) -> None:
        """Add points in a cell, if any are found."""
        slots = [*signs, *(slot for slot in self._program.positive if slot not in signs)]
        along = {name: [slot for slot in slots if name in self._names[slot]] for name in self._program.names}
        names = [name for name in along if along[name]][: self._effort.names]
        beam = [self._sample.point(at) for at in self._best(self._sample, signs)]
        for turn in range(self._effort.rounds):
            if turn == 2 and len(names) * len(beam) > WIDE:
                return  # two rounds move two variables
            tried = [
                self._places.moved(point, name, value)
                for point in beam
                for name in names
                for value in self._values_along(point, name, along[name])
            ]
            if not tried or not self._places.afford(self._program, len(tried)):
                return
            trial = Sample(self._program)
            trial.extend(tried)
            if found := members(trial, signs):
                self._sample.extend([trial.point(found[at]) for at in sorted({0, len(found) // 2, len(found) - 1})])
                return
            beam = [trial.point(at) for at in self._best(trial, signs)]

    def unsaturate(self, found: Sequence[int]) -> None:
        """Add points where what is saturated at these, as a sigmoid of a hundred, is not so, one function at a time."""
        code, points = self._program.code, list[Point]()
        slots = dict.fromkeys(args[0] for op, args, datum in code if op == "fn" and datum in ("exp", "erf"))
        for slot in list(slots)[:MAX_SATURATED]:
            for at in found:
                value = self._sample.values[slot][at]
                if abs(value) > SATURATED:
                    start, target = self._sample.point(at), math.copysign(0.5, value)
                    for name in variables_of(self._program, slot)[: self._effort.names]:
                        root = root_along(self._program, self._places, start, name, slot, target)
                        points += [] if root is None else [self._places.moved(start, name, root)]
        self._sample.extend(points)

    def _best(self, sample: Sample, signs: Signs) -> list[int]:
        """The points that violate least of what a cell asks, from different parts of the sample."""
        finite = set(sample.finite())
        columns = [(sample.values[slot], sign) for slot, sign in signs.items()]
        violated = [
            sum(not column[at] * sign > 0 for column, sign in columns) + (at not in finite)
            for at in range(sample.count)
        ]
        ranked = sorted(range(sample.count), key=violated.__getitem__)
        least = [at for at in ranked if violated[at] == violated[ranked[0]]]
        most = max(1, self._effort.beam * 2 // 3)
        spread = least[:: max(1, len(least) // most)][:most]
        return spread + ranked[len(least) : len(least) + self._effort.beam - len(spread)]

    def _values_along(self, point: Point, name: str, slots: Sequence[int]) -> Iterator[float]:
        """Values of one variable between and beside the zeros of slots, and at several magnitudes."""
        found = [self._root(point, name, slot) for slot in slots]
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

    def _root(self, point: Point, name: str, slot: int) -> float | None:
        key = slot, name, tuple(point.values())
        if key not in self._roots:
            self._roots[key] = root_along(self._program, self._places, point, name, slot)
        return self._roots[key]
