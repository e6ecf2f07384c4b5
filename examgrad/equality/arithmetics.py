"""What a tree is computed with at a point: doubles, fractions or balls, and one walk that serves them all.

Whatever is not plain (no value, a kink, a sum over an index) ends a walk with :class:`NotPlain`, or with the error
that arithmetic raises.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, NamedTuple

from flint import arb, fmpq, fmpz

from examgrad.equality.rationals import exact_value, rational_power
from examgrad.formula.functions import FUNCTIONS, rewritten
from examgrad.formula.tree import RELATIONS, Apply, Constant, Node, Number, Symbol

MAX_EXPONENT: Final = 1_000
PRECISION: Final = 96


class NotPlain(Exception):
    """Nothing is said here."""


Function = Callable[[Any], Any]
Walk = Callable[[Node, Mapping[str, Any]], Any]


class Arithmetic(NamedTuple):
    """How numbers are made, raised to a power and compared; ``+ - * /`` are their own.

    ``numeral`` raises to a fraction, ``functions`` are those of one argument that need not be written out.
    """

    number: Callable[[Fraction], Any]
    constants: Mapping[str, Callable[[], Any]]
    numeral: Callable[[Any, Fraction], Any]
    power: Callable[[Any, Any], Any]
    functions: Mapping[str, Function]


def walker(arithmetic: Arithmetic) -> Walk:
    """What computes a formula at a point. One function with a case for each operation, since calls are what it costs."""
    number, constants, numeral, power, functions = arithmetic
    exponential = functions["exp"]

    def walk(node: Node, at: Mapping[str, Any]) -> Any:
        kind = type(node)
        if kind is Symbol:
            return at[node.name]  # type: ignore[attr-defined]
        if kind is Number:
            return number(node.value)  # type: ignore[attr-defined]
        if kind is Constant:
            if (known := constants.get(node.name)) is None:  # type: ignore[attr-defined]
                raise NotPlain
            return known()
        op: str = node.op  # type: ignore[attr-defined]
        args = node.args
        if op == "mul":
            total = walk(args[0], at)
            for arg in args[1:]:
                total = total * walk(arg, at)
            return total
        if op == "add":
            total = walk(args[0], at)
            for arg in args[1:]:
                total = total + walk(arg, at)
            return total
        if op == "neg":
            return -walk(args[0], at)
        if op == "div":
            return walk(args[0], at) / walk(args[1], at)
        if op == "pow":
            return raised(args[0], args[1], at)
        if (function := functions.get(op)) is not None:
            (arg,) = args
            return function(walk(arg, at))
        if op == "cases":
            return chosen(args, at)
        if op == "indicator":
            return number(_ONE if holds(args[0], at) else _ZERO)
        if op == "abs":
            value = walk(args[0], at)
            return value if _sign(value) > 0 else -value
        if op == "max" or op == "min":
            return extremum(op, args, at)
        (arg,) = args
        if (simpler := _written_out(op)) is None:
            raise NotPlain
        return walk(simpler, {"x": walk(arg, at)})

    def raised(base: Node, exponent: Node, at: Mapping[str, Any]) -> Any:
        if type(base) is Constant and base.name == "e":
            return exponential(walk(exponent, at))
        value = walk(base, at)
        if type(exponent) is Number:
            return numeral(value, exponent.value)
        if type(exponent) is Apply and exponent.op == "neg" and type(exponent.args[0]) is Number:
            return numeral(value, -exponent.args[0].value)
        if _sign(value) < 0:
            raise NotPlain  # defined at single exponents only
        return power(value, walk(exponent, at))

    def chosen(args: Sequence[Node], at: Mapping[str, Any]) -> Any:
        for place in range(0, len(args) - 1, 2):
            if holds(args[place + 1], at):
                return walk(_seen(args, place, at), at)
        if len(args) % 2:
            return walk(_seen(args, len(args) - 1, at), at)
        raise NotPlain

    def extremum(op: str, args: Sequence[Node], at: Mapping[str, Any]) -> Any:
        best = walk(args[0], at)
        for arg in args[1:]:
            value = walk(arg, at)
            if (_sign(value - best) > 0) is (op == "max"):
                best = value
        return best

    def holds(node: Node, at: Mapping[str, Any]) -> bool:
        if type(node) is not Apply:
            raise NotPlain
        op, args = node.op, node.args
        if op in RELATIONS:
            sign = _sign(walk(args[0], at) - walk(args[1], at))
            return op == "ne" or (op != "eq" and (sign > 0) is (op in ("gt", "ge")))
        if op == "not":
            return not holds(args[0], at)
        if op not in ("and", "or"):
            raise NotPlain
        truths = [holds(arg, at) for arg in args]
        return all(truths) if op == "and" else any(truths)

    return walk


def _seen(args: Sequence[Node], place: int, at: Mapping[str, Any]) -> Node:
    """The case that applies; the names in the others are asked for as well, so that a point has them all."""
    for other, arg in enumerate(args):
        if other != place:
            for name in arg.symbols():
                at[name]
    return args[place]


@lru_cache(maxsize=128)
def _written_out(op: str) -> Node | None:
    """The simpler form of a function of ``x``; ``None`` for one that has none, or is of arrays."""
    pattern = Apply(op, (Symbol("x"),))
    if op not in FUNCTIONS or FUNCTIONS[op].of_arrays:
        return None
    simpler = rewritten(pattern)
    return None if simpler is pattern else simpler


_ZERO, _ONE = Fraction(0), Fraction(1)
_KINKS: Final = frozenset({"abs", "max", "min"})
_STEPS: Final = frozenset({"floor", "ceil"})
_SCALAR: Final = {name: row for name, row in FUNCTIONS.items() if not row.of_arrays and name not in _KINKS}


def _sign(value: Any) -> int:
    """1 or -1; what may be zero is a kink."""
    if value > 0:
        return 1
    if value < 0:
        return -1
    raise NotPlain


def _no_function(value: Any) -> Any:
    raise NotPlain


# doubles


def _double(value: Fraction) -> float:
    top, bottom = value.as_integer_ratio()
    return top / bottom


DOUBLES: Final = Arithmetic(
    number=_double,
    constants={"pi": lambda: math.pi, "e": lambda: math.e},
    numeral=lambda base, exponent: math.pow(base, _double(exponent)),
    power=math.pow,
    functions={name: row.real for name, row in _SCALAR.items() if row.real and name not in _STEPS},
)


# fractions


def _fraction(value: Fraction) -> Any:
    top, bottom = value.as_integer_ratio()
    return fmpq(top) if bottom == 1 else fmpq(top, bottom)


def _known(value: Any) -> Any:
    if value is None:
        raise NotPlain
    return value


def _fraction_raised(base: Any, exponent: Fraction) -> Any:
    top, bottom = exponent.as_integer_ratio()
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
    return arb(_fraction(value))


def _ball_raised(base: Any, exponent: Fraction) -> Any:
    top, bottom = exponent.as_integer_ratio()
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
