"""Rigorous comparison at one exact point: balls at growing precision, and the small numbers of a witness."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final, Literal, NamedTuple

from flint import arb, ctx

from examgrad.equality.balls import evaluate_balls
from examgrad.equality.program import Number, Program
from examgrad.equality.rationals import as_fraction, evaluate_fractions

MAX_TEXT: Final = 30
EXACT_PRECISION: Final = 512
SHOWN_PRECISION: Final = 4_224
"""As precise as the longest fractions are."""
LONGEST_EXPONENT: Final = 20
SHOWN_BITS: Final = 48
"""As precise as twelve digits are."""


class Reading(NamedTuple):
    """Both formulas at a point: ``apart`` is proved there, ``together`` agreement to ``digits`` digits,
    ``unknown`` no evidence (undefined, on a kink, or beyond the precision). ``signs`` are those of the program's gates
    there, 0 where balls do not tell one."""

    outcome: Literal["apart", "together", "unknown"]
    left: Any = None
    right: Any = None
    precision: int = 0
    digits: int = 0
    signs: tuple[int, ...] = ()


def compare_at(
    program: Program, at: Mapping[str, Number], first: int = 64, last: int = 2048, enough: int = 10**6
) -> Reading:
    """Compare the two roots at a point; the precision starts at ``first`` bits and is doubled up to ``last``,
    or until the roots are known to agree to ``enough`` digits of their own size."""
    precision, reading = first, Reading("unknown")
    undefined = 0
    while precision <= last:
        values = evaluate_balls(program, at, precision)
        left, right = (values[root] for root in program.roots)
        if left is None or right is None or _may_be_kink(program, at, values):
            if not undefined and (exactly := _compared_exactly(program, at)):
                return exactly
            undefined += 1
            if undefined > 3:
                break
        else:
            if not left.overlaps(right):
                return Reading("apart", left, right, precision)
            signs = tuple([_sign(values[gate]) for gate in program.gates])
            reading = Reading("together", left, right, precision, _digits(left, right, precision), signs)
            if min(left.rel_accuracy_bits(), right.rel_accuracy_bits()) > 3.33 * enough:
                break
        precision *= 2
    return reading


def _sign(value: Any) -> int:
    return 0 if value is None else int(value > 0) - int(value < 0)


def _may_be_kink(program: Program, at: Mapping[str, Number], balls: list[Any]) -> bool:
    """Whether a gate is zero there, a step may be taken, or a root ends; not where it is so all around.

    Where a gate may or may not be zero, the balls hold the values on both its sides.
    """
    slots = [gate for gate in program.kinks if balls[gate] is not None and balls[gate].is_zero()]
    steps = [step for step in program.steps if balls[step] is not None and balls[step].contains_integer()]
    if not all(balls[step].is_exact() for step in steps):
        return True
    slots += steps
    slots += [slot for slot in program.positive if balls[slot] is not None and balls[slot].is_zero()]
    if not slots:
        return False
    around = [evaluate_balls(program, _beside(program, at, side), ctx.prec) for side in (1, -1)]
    return any(near[slot] is None or not bool(near[slot] == balls[slot]) for near in around for slot in slots)


def _beside(program: Program, at: Mapping[str, Number], side: int) -> dict[str, Number]:
    """A point close by, in a direction that is nothing special."""
    return {
        name: value if name in program.whole else value + Fraction(side * (2 * place + 1), 1 << 40)
        for place, (name, value) in enumerate(sorted(at.items()))
    }


def _compared_exactly(program: Program, at: Mapping[str, Number]) -> Reading | None:
    """The comparison in fractions, where that is possible and the point is no kink."""
    values = evaluate_fractions(program, at)
    left, right = (values[root] for root in program.roots)
    if left is None or right is None or on_kink(program, at, values):
        return None
    if left == right:
        signs = tuple([_sign(values[gate]) for gate in program.gates])
        return Reading("together", _ball_of(left), _ball_of(right), EXACT_PRECISION, EXACT_PRECISION // 4, signs)
    return Reading("apart", _ball_of(left), _ball_of(right), EXACT_PRECISION)


def on_kink(program: Program, at: Mapping[str, Number], values: list[Any]) -> bool:
    """Whether, by the fractions at a point, a gate is zero there but not all around, a step is taken, or a root ends:
    ``sqrt(-x^2)`` has a value at a single point."""
    slots = [slot for slot in (*program.kinks, *program.positive) if values[slot] == 0]
    slots += [step for step in program.steps if values[step] is not None and values[step].q == 1]
    if not slots:
        return False
    return any(
        around[slot] is None or around[slot] != values[slot]
        for around in (evaluate_fractions(program, _beside(program, at, side)) for side in (1, -1))
        for slot in slots
    )


def _digits(left: Any, right: Any, precision: int) -> int:
    """To how many decimal digits two overlapping balls are known to agree, relative to their size or to 1e-30."""
    before = ctx.prec
    ctx.prec = precision
    try:
        gap = abs(left - right).abs_upper()
        size = max(left.abs_upper(), right.abs_upper(), arb("1e-30"))
        if gap == 0:
            return int(precision * 0.30103)
        ratio = (size / gap).lower()
        return int(min(max(float(ratio.log().lower()) * 0.4342944, 0), precision)) if ratio > 1 else 0
    finally:
        ctx.prec = before


class Shown(NamedTuple):
    """Both values in short texts that show how they differ, and whether both are fractions."""

    left: str
    right: str
    rational: bool


def values_at(program: Program, at: Mapping[str, Number], last: int = 4096) -> Shown | None:
    """Both values at a point away from kinks; ``None`` where they are not proved to differ in ``last`` bits."""
    fractions = evaluate_fractions(program, at)
    left, right = (fractions[root] for root in program.roots)
    if left is not None and right is not None:
        if left == right or on_kink(program, at, fractions):
            return None
        texts = fraction_text(as_fraction(left)), fraction_text(as_fraction(right))
        if max(map(len, texts)) <= MAX_TEXT:
            return Shown(*texts, rational=True)
        balls = _ball_of(left, SHOWN_PRECISION), _ball_of(right, SHOWN_PRECISION)
        return Shown(*_decimals(*balls, _short(left), _short(right)), rational=False)
    reading = compare_at(program, at, 64, last)
    if reading.outcome == "unknown":  # as far as it was followed: an exponential of an exponential needs many bits
        reading = compare_at(program, at, last // 2, last)
    if reading.outcome != "apart":
        return None
    one, other = reading.left, reading.right
    if min(one.rel_accuracy_bits(), other.rel_accuracy_bits()) < SHOWN_BITS or one.str(12) == other.str(12):
        finer = evaluate_balls(program, at, max(2 * reading.precision, 256))
        one, other = (finer[root] or value for root, value in zip(program.roots, (one, other), strict=True))
    return Shown(*_decimals(one, other, _short(left), _short(right)), rational=False)


def _short(value: Any) -> str | None:
    return text if value is not None and len(text := fraction_text(as_fraction(value))) <= 12 else None


def fraction_text(value: Fraction) -> str:
    """``28``, ``-1/3``, and as a decimal where that is exact and shorter: ``1.0000000001``."""
    text = str(value)
    if value.denominator < 100 or len(text) > 4 * MAX_TEXT:
        return text
    for places in range(2, MAX_TEXT):
        scaled = value * 10**places
        if scaled.denominator == 1:
            digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
            decimal = ("-" if value < 0 else "") + digits[:-places] + "." + digits[-places:]
            return min(text, decimal, key=len)
    return text


def exact_text(value: Any) -> str:
    """The same text of a ``flint.fmpq``."""
    top, bottom = int(value.p), int(value.q)
    if bottom < 100:
        return str(top) if bottom == 1 else f"{top}/{bottom}"
    return fraction_text(Fraction(top, bottom))


def _ball_of(value: Any, precision: int = EXACT_PRECISION) -> Any:
    """A fraction as a narrow ball."""
    before = ctx.prec
    ctx.prec = precision
    try:
        return arb(value)
    finally:
        ctx.prec = before


def decimal(value: Any, digits: int = 12, text: str | None = None) -> str:
    """The middle of a ball as a decimal (``text``, where that is known); a whole number that it is exactly, as such."""
    if value.is_integer() and abs(value) < 1e9:
        return str(int(float(value)))
    text = value.str(digits, radius=False) if text is None else text
    if len(text) > digits + LONGEST_EXPONENT:
        minus, small = ("-" if text[0] == "-" else ""), "e-" in text
        return f"{'less' if small is not bool(minus) else 'more'} than {minus}1e{'-' if small else ''}{'9' * 9}"
    return "0" if text.startswith("0e") else text


def _decimals(left: Any, right: Any, known: str | None = None, other: str | None = None) -> tuple[str, str]:
    """Both values with as many digits as tell them apart; where those are too many, one as the other and more.

    ``known`` and ``other`` are the values in full, where they are short fractions.
    """
    for digits in (12, 16, 24, 40):
        if left.str(digits, radius=False) != right.str(digits, radius=False):
            return known or decimal(left, digits), other or decimal(right, digits)
    difference = abs(left - right).str(6, radius=False)
    above = bool(left > right)
    if known and not other:
        return known, f"{known} {'-' if above else '+'} {difference}"
    base = other or decimal(right)
    return f"{base} {'+' if above else '-'} {difference}", base
