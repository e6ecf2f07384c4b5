"""Where formulas are compared thoroughly: inside their domains, on both sides of every gate.

No range is given by anyone. The points start near zero at several magnitudes, go to the constants that the
formulas themselves are written with, and are then moved along one variable until each gate has been seen
from both sides and everything that must be positive is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final

from examgrad.equality.doubles import to_float
from examgrad.equality.points import MAX_WORK, Places, Point, Sample
from examgrad.equality.program import Program
from examgrad.equality.signs import BIT, possible_signs

MAX_HINTS: Final = 12
MAX_HINT_POINTS: Final = 60
CLIP: Final = Fraction(1, 10**6)
MAX_CLIPS: Final = 4
WITHIN: Final = 0.381966
MAX_SEARCHES: Final = 12
MAX_PEAKS: Final = 4
VANISHED: Final = -40.0
MAX_GATED_POINTS: Final = 160
MIXED: Final = (1, 3)
MAX_GATES: Final = 12
STARTS: Final = 4
MIN_POINTS: Final = 24
MAX_LINES: Final = 8
MAX_NEAR: Final = 4
MAX_STEPS: Final = 4
MAX_SECANTS: Final = 8
STEP_MARGINS: Final = (2.0**-8, 2.0**-14, 2.0**-20, 2.0**-30)
_MAGNITUDES: Final = tuple(
    sign * (math.ldexp(1.0, power) + (3 / 512 if power >= 0 else 0.0))  # whole numbers are steps
    for power in (*range(-8, 24, 2), 30, 40)
    for sign in (1.0, -1.0)
)
_THOROUGH: Final = (
    *(1.0,) * 6, *(-1.0,) * 4, 2.0**-4, -(2.0**-4), 2.0**-10, 2.0**-24, 16.0, -16.0, 256.0, -256.0, 2.0**13, 2.0**20,
)  # fmt: skip


LARGE: Final = 6
"""How many of the scales are so large."""


def thorough(program: Program, places: Places, sample: Sample, further: Iterable[Mapping[str, Fraction]] = ()) -> None:
    """Add points at all magnitudes, at the formulas' own constants and on both sides of every gate."""
    if not program.names:
        return
    points = places.random("thorough", _THOROUGH)
    if program.steps:  # of the larger scales all points are whole numbers, where steps are taken
        large = [list(point.values()) for point in points[-LARGE:]]
        points += [places.point(sign * (value + 3 / 512) for value in values) for values in large for sign in (1, -1)]
    points += _hinted(program, places) + _clipped(program, places)
    base = places.random("further", (1.0, -1.0, 0.25))
    for start in further:
        points += [places.point(to_float(start[n]) if n in start else v for n, v in point.items()) for point in base]
    if program.gates:
        scales = (1.0, 1.0, -1.0, 0.25, -0.25, 4.0, -4.0, 16.0)
        gated = places.random("gated", scales * (MAX_GATED_POINTS // len(scales)))
        points += gated
        for shift in MIXED if len(program.names) > 1 else ():  # and each name on a scale of its own
            points += [
                {name: gated[(at + shift * place) % len(gated)][name] for place, name in enumerate(program.names)}
                for at in range(len(gated))
            ]
    sample.extend(points[: max(MIN_POINTS, MAX_WORK // 4 // len(program.code))])
    _see_both_sides(program, places, sample)
    _see_neighbours(program, places, sample)
    sample.extend(_near_steps(program, places, sample))


def _hinted(program: Program, places: Places) -> list[Point]:
    """Points where one variable, or all of them, are at or near a constant of the formulas."""
    hints = [to_float(abs(number)) for number in program.numbers if abs(number) > Fraction(1, 10**6)]
    hints = sorted({hint for hint in hints if hint < 1e12}, reverse=True)[:MAX_HINTS]
    points: list[Point] = []
    for hint in hints:
        for sign in (1.0, -1.0):
            base = places.random(f"hint {hint}", (1.0,))[0]
            points.append(places.point(sign * hint + 1 / 64 for _ in program.names))
            for name in program.names:
                points.append(places.moved(base, name, sign * hint + 1 / 64))
                points.append(places.moved(base, name, sign * hint - 1 / 64))
    return points[:: max(1, len(points) // MAX_HINT_POINTS)]


def _clipped(program: Program, places: Places) -> list[Point]:
    """Points closer to a whole number than the formulas' own constants are, as to 0 where a clip is at 1e-12."""
    points: list[Point] = []
    gaps = [(number.__round__(), abs(number - number.__round__())) for number in program.numbers]
    for whole, gap in [(whole, to_float(gap)) for whole, gap in gaps if 0 < gap < CLIP][:MAX_CLIPS]:
        (base,) = places.random(f"clip {gap}", (1.0,))
        for size in (gap * WITHIN, math.sqrt(gap) * WITHIN):
            for value in (whole + size, whole - size):
                points.append(places.point(value for _ in program.names))
                points += [places.moved(base, name, value) for name in program.names]
    return points


def _see_both_sides(program: Program, places: Places, sample: Sample) -> None:
    """Move points along one variable until every gate has been positive and negative, at points of the domain."""
    signs = possible_signs(program, places.domains)
    wanted = [(slot, 1) for slot in program.positive]
    wanted += [(slot, side) for slot in program.gates for side in (1, -1) if signs[slot] & BIT[side]]
    searches = 0
    for slot, side in wanted:
        finite = sample.finite()
        if searches < MAX_SEARCHES and not _seen(sample, slot, side, finite):
            searches += 1
            starts = finite[:1] or list(range(min(2, sample.count)))
            sample.extend(_crossing(program, places, sample, slot, starts))
            if not _seen(sample, slot, side, sample.finite()):
                sample.extend(_extremes(program, places, sample, slot, side))
    for slot in _vanishing(program, sample)[:MAX_PEAKS]:
        sample.extend(_extremes(program, places, sample, slot, 1))
    for slot in _peaks(program):
        sample.extend(_roots(program, places, sample, slot))


def _see_neighbours(program: Program, places: Places, sample: Sample) -> None:
    """Add points on both sides of every gate along lines, close to it, and between one gate and the next."""
    points: list[Point] = []
    finite = sample.finite()
    gates = [(slot, names) for slot in program.gates[:MAX_GATES] if (names := variables_of(program, slot))]
    if not gates or not finite:
        return
    count = max(STARTS, min(len(program.names), MAX_LINES))
    lines = [
        (finite[turn * max(1, len(finite) // count) % len(finite)], program.names[turn % len(program.names)])
        for turn in range(count)
    ]
    for slot, names in gates[:MAX_NEAR]:  # from where the gate is nearest, so that its root lies in the domain
        nearest = min(finite, key=lambda at: abs(sample.values[slot][at]) or math.inf)
        lines += [(nearest, name) for name in names[:2]]
    for at, name in lines:
        start = sample.point(at)
        found = [root_along(program, places, start, name, slot) for slot, names in gates if name in names]
        roots = sorted({root for root in found if root is not None})
        for root in roots:
            points += _both_sides(places, start, name, root, (1 / 64, 1 / 4))
        points += [places.moved(start, name, (low + high) / 2) for low, high in pairwise(roots)]
    sample.extend(points)


def _seen(sample: Sample, slot: int, side: int, finite: Iterable[int]) -> bool:
    column = sample.values[slot]
    return any(column[at] * side > 0 for at in finite)


def _extremes(program: Program, places: Places, sample: Sample, slot: int, side: int) -> list[Point]:
    """Points where a slot is as far to one side as parabolas along each variable lead, one after the other."""
    points: list[Point] = []
    for start in [sample.point(at) for at in range(min(2, sample.count))]:
        point = start
        for name in variables_of(program, slot)[:6] * 3:
            if not places.afford(program, 3):
                return points
            trial = Sample(program)
            trial.extend([places.moved(point, name, point[name] + step) for step in (-0.5, 0.0, 0.5)])
            low, middle, high = trial.values[slot]
            bend = low - 2 * middle + high
            if bend * side < 0 and math.isfinite(bend):
                point = places.moved(point, name, point[name] + (low - high) / (4 * bend))
                points.append(point)
    return points


def _crossing(program: Program, places: Places, sample: Sample, slot: int, starts: Sequence[int]) -> list[Point]:
    """Points where a slot has the sign it lacks: at magnitudes along each variable, and beyond its linear root."""
    points: list[Point] = []
    for at in starts:
        start = sample.point(at)
        for name in variables_of(program, slot)[:4]:
            if not places.afford(program, len(_MAGNITUDES)):
                return points
            points += [places.moved(start, name, magnitude) for magnitude in _MAGNITUDES]
            points += _beyond_root(program, places, start, name, slot, (1 / 64, 1.0, 2**-20))
    return points


def _beyond_root(
    program: Program, places: Places, start: Point, name: str, slot: int, margins: Sequence[float], target: float = 0.0
) -> list[Point]:
    """Points on both sides of where a slot has the ``target`` value along one variable."""
    root = root_along(program, places, start, name, slot, target)
    return [] if root is None else _both_sides(places, start, name, root, margins)


def root_along(
    program: Program, places: Places, start: Point, name: str, slot: int, target: float = 0.0
) -> float | None:
    """Where a slot has the ``target`` value along one variable, by the secant method."""
    point, step = start, max(1.0, abs(start[name])) / 64
    root = point[name]
    program, slot = places.part(program, slot)
    for _ in range(MAX_SECANTS):
        if not places.afford(program, 2):
            return None
        trial = Sample(program)
        trial.extend([point, places.moved(point, name, point[name] + step)])
        value, further = trial.values[slot]
        step = trial.point(1)[name] - point[name]  # a domain may have changed it
        slope = (further - value) / step if step else 0.0
        if not slope or not math.isfinite(slope):
            return None
        root = point[name] - (value - target) / slope
        if not math.isfinite(root):
            return None
        close = abs(root - point[name]) <= 1e-12 * max(1.0, abs(root))
        point, step = places.moved(point, name, root), (root - point[name]) / 64
        if close or not step:
            break
    return root


def _both_sides(places: Places, start: Point, name: str, root: float, margins: Sequence[float]) -> list[Point]:
    # the last margin is no multiple of 1/16: whole numbers are steps
    margins = (*margins, max(1.0, abs(root)) / 16 + 3 / 512)
    return [places.moved(start, name, root + side * margin) for margin in margins for side in (1, -1)]


def _near_steps(program: Program, places: Places, sample: Sample) -> list[Point]:
    """Points close to steps: two step functions may differ in where they step by very little."""
    points: list[Point] = []
    for slot in program.steps[:MAX_STEPS]:
        for at in sample.finite()[:STARTS]:
            value = sample.values[slot][at]
            if abs(value) < 2.0**40:
                for name in variables_of(program, slot)[:2]:
                    target = math.floor(value) + 1.0
                    points += _beyond_root(program, places, sample.point(at), name, slot, STEP_MARGINS, target)
    return points


def variables_of(program: Program, slot: int) -> list[str]:
    """The names that a slot depends on."""
    names: dict[str, None] = {}
    pending, seen = [slot], {slot}
    while pending:
        op, args, datum = program.code[pending.pop()]
        if op == "var":
            names[datum] = None
        pending += [arg for arg in args if arg not in seen]
        seen.update(args)
    return sorted(names)


def _vanishing(program: Program, sample: Sample) -> list[int]:
    """The exponents of exponentials that are next to nothing at all points so far."""
    slots = [args[0] for op, args, datum in program.code if op == "fn" and datum == "exp"]
    finite = sample.finite()
    return [slot for slot in slots if finite and all(sample.values[slot][at] < VANISHED for at in finite)]


def _peaks(program: Program) -> list[int]:
    """What is squared within an exponent: where it is zero there may be a bump too narrow to be met by chance."""
    inside: set[int] = set()
    squared: list[int] = []
    for slot in range(len(program.code) - 1, -1, -1):
        op, args, datum = program.code[slot]
        if slot in inside or (op == "fn" and datum == "exp"):
            inside.update(args)
            if (op == "ipow" and datum % 2 == 0) or op == "abs" or (op == "mul" and args[0] == args[1]):
                squared.append(args[0])
    return squared[:MAX_PEAKS]


def _roots(program: Program, places: Places, sample: Sample, slot: int) -> list[Point]:
    """Points next to zeros of a slot, found between two of opposite signs on a line along one variable."""
    points: list[Point] = []
    grid = sorted(_MAGNITUDES)
    for name in variables_of(program, slot)[:4]:
        for start in [sample.point(at) for at in range(min(2, sample.count))]:
            line, found = grid, False
            for _ in range(12):
                if not places.afford(program, len(line)):
                    return points
                trial = Sample(program)
                trial.extend([places.moved(start, name, value) for value in line])
                column = trial.values[slot]
                change = next((i for i in range(1, len(line)) if column[i - 1] * column[i] < 0), None)
                if change is None:
                    break
                found = True
                low, high = trial.point(change - 1)[name], trial.point(change)[name]
                line = [low + (high - low) * part / 16 for part in range(17)]
            if found:
                points += [places.moved(start, name, line[0]), places.moved(start, name, line[-1])]
    return points
