"""What formulas are computed with at a point: fractions or balls."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from flint import arb, fmpq, fmpz

from examgrad.equality.rationals import MAX_BITS, exact_value, rational_power
from examgrad.equality.walks import Arithmetic, Function, NotPlain
from examgrad.formula.functions import FUNCTIONS

MAX_EXPONENT: Final = 1_000
PRECISION: Final = 96

_KINKS: Final = frozenset({"abs", "max", "min"})
_STEPS: Final = frozenset({"floor", "ceil"})
_SCALAR: Final = {name: row for name, row in FUNCTIONS.items() if not row.of_arrays and name not in _KINKS}


def _no_function(value: Any) -> Any:
    raise NotPlain


# fractions


def _fraction(value: Fraction) -> Any:
    top, bottom = value.as_integer_ratio()
    if bottom == 1:
        known = _WHOLE.get(top)
        return fmpq(top) if known is None else known
    return fmpq(top, bottom)


_WHOLE: Final = {value: fmpq(value) for value in range(-10, 101)}


def _known(value: Any) -> Any:
    if value is None:
        raise NotPlain
    return value


def _fraction_raised(base: Any, exponent: Fraction) -> Any:
    top, bottom = exponent.as_integer_ratio()
    if bottom == 1 and top > 0 and top * base.height_bits() <= MAX_BITS:
        return base**top
    if bottom != 1 and not base:
        raise NotPlain  # a root ends there, perhaps from both sides
    return _known(rational_power(base, top, bottom))


def _fraction_power(base: Any, exponent: Any) -> Any:
    if not base and exponent.q != 1:
        raise NotPlain
    return _known(rational_power(base, int(exponent.p), int(exponent.q)))


def _exactly(op: str) -> Function:
    return lambda value: _known(exact_value(op, value))


def _at_zero(known: Any) -> Function:
    """A function that is a fraction at zero only."""

    def function(value: Any) -> Any:
        if value:
            raise NotPlain
        return known

    return function


_HALF: Final = Fraction(1, 2)
FRACTIONS: Final = Arithmetic(
    number=_fraction,
    constants={},
    numeral=_fraction_raised,
    power=_fraction_power,
    functions={name: _exactly(name) for name, row in _SCALAR.items() if not row.rewrite}
    | dict.fromkeys(_STEPS, _no_function)
    | {
        "sqrt": lambda value: _fraction_raised(value, _HALF), "exp": _at_zero(fmpq(1)),
        "sigmoid": _at_zero(fmpq(1, 2)), "tanh": _at_zero(fmpq(0)),
    },
)  # fmt: skip


# balls


def ball(value: Fraction) -> Any:
    """The number as a ball, as precise as is set."""
    top, bottom = value.as_integer_ratio()
    if bottom == 1 and top.bit_length() <= PRECISION:
        known = _WHOLE_BALLS.get(top)
        return arb(top) if known is None else known
    return arb(fmpq(top, bottom))


_WHOLE_BALLS: Final = {value: arb(value) for value in range(-10, 101)}


def _ball_raised(base: Any, exponent: Fraction) -> Any:
    top, bottom = exponent.as_integer_ratio()
    if bottom == 1 and 0 < top <= MAX_EXPONENT:
        return base**top
    if bottom != 1 or top.bit_length() > PRECISION:
        return _ball_power(base, ball(exponent))
    if abs(top) > MAX_EXPONENT or (top <= 0 and base.contains(0)):
        raise NotPlain
    return base ** fmpz(top)


def _ball_power(base: Any, exponent: Any) -> Any:
    if exponent.is_exact() and exponent.is_integer():
        return _ball_raised(base, Fraction(int(float(exponent))))
    if not base > 0:
        raise NotPlain
    return base**exponent


def _ball_log(value: Any) -> Any:
    if not value > 0:
        raise NotPlain
    return value.log()


def _inside_one(function: Function) -> Function:
    def inside(value: Any) -> Any:
        if not abs(value) < 1:
            raise NotPlain
        return function(value)

    return inside


def _ball_tanh(value: Any) -> Any:
    power = (2 * value).exp()
    return (power - 1) / (power + 1)


BALLS: Final = Arithmetic(
    number=ball,
    constants={"pi": arb.pi, "e": lambda: arb(1).exp()},
    numeral=_ball_raised,
    power=_ball_power,
    functions={name: row.ball for name, row in _SCALAR.items() if row.ball and not row.rewrite}
    | dict.fromkeys(_STEPS, _no_function)
    | {name: _inside_one(row.ball) for name in ("asin", "acos") if (row := FUNCTIONS[name]).ball}
    | {"log": _ball_log, "tanh": _ball_tanh, "sigmoid": lambda value: 1 / (1 + (-value).exp())},
)
