"""A program at many points at once, in doubles. Fast, and no proof: what it refutes is confirmed with balls.

Where a value does not exist, overflows or is not finite it is ``nan`` or infinite; nothing is raised.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from examgrad.equality.program import Number, Program
from examgrad.formula.functions import FUNCTIONS

Column = list[Any]
"""One slot's values, a point each: floats, or ``True``, ``False`` and ``None`` (not known) for a condition."""

NAN: Final = math.nan


def evaluate_doubles(program: Program, points: Mapping[str, Sequence[float]], count: int) -> list[Column]:
    """Every slot's values at ``count`` points; ``points`` has a column for each of the program's names."""
    values: list[Column] = []
    for op, args, datum in program.code:
        if (plain := _PLAIN.get(op)) is not None:
            values.append(list(map(plain, values[args[0]], values[args[1]])))
        elif op == "var":
            values.append(list(points[datum]))
        elif op == "num":
            values.append([to_float(datum)] * count)
        elif op == "fn":
            values.append(_function(datum, values[args[0]]))
        elif op in _WITH_DATUM:
            values.append(_WITH_DATUM[op](values[args[0]], datum))
        elif op == "pi" or op == "nan":
            values.append([math.pi if op == "pi" else NAN] * count)
        else:
            operation = _whole_pow if datum == "whole" else _OPERATIONS[op]
            values.append(operation(*[values[arg] for arg in args]))
    return values


def to_float(value: Number) -> float:
    """The nearest double, infinite where there is none."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _function(name: str, x: Column) -> Column:
    real = FUNCTIONS[name].real
    assert real is not None
    try:
        return list(map(real, x))
    except (ValueError, OverflowError):
        return [_guarded(real, value) for value in x]


def _guarded(real: Callable[..., float], *args: float) -> float:
    try:
        return real(*args)
    except (ValueError, ZeroDivisionError):
        return NAN
    except OverflowError:
        return math.inf


def _div(x: Column, y: Column) -> Column:
    try:
        return list(map(operator.truediv, x, y))
    except ZeroDivisionError:
        return [a / b if b else NAN for a, b in zip(x, y, strict=True)]


def _ipow(x: Column, n: int) -> Column:
    if n == 2:
        return list(map(operator.mul, x, x))
    if n == -1:
        return _div([1.0] * len(x), x)
    exponent = float(n) if abs(n) < 1 << 1000 else math.inf
    try:
        return [math.pow(a, exponent) for a in x]
    except (ValueError, OverflowError):
        return [_guarded(math.pow, a, exponent) for a in x]


def _rpow(x: Column, q: Fraction) -> Column:
    if q.numerator == 1 and q.denominator == 2:
        return [math.sqrt(a) if a >= 0 else NAN for a in x]
    exponent = to_float(q)
    return [_guarded(math.pow, a, exponent) if a >= 0 else NAN for a in x]


def _pow(x: Column, y: Column) -> Column:
    return [_guarded(math.pow, a, b) if a >= 0 else NAN for a, b in zip(x, y, strict=True)]


def _whole_pow(x: Column, y: Column) -> Column:
    return [_guarded(math.pow, a, b) for a, b in zip(x, y, strict=True)]


def _compare(relation: Callable[[float], bool]) -> Callable[[Column], Column]:
    return lambda x: [relation(a) if a == a else None for a in x]


def _and(x: Column, y: Column) -> Column:
    return [False if a is False or b is False else None if a is None or b is None else True
            for a, b in zip(x, y, strict=True)]  # fmt: skip


def _or(x: Column, y: Column) -> Column:
    return [True if a or b else None if a is None or b is None else False for a, b in zip(x, y, strict=True)]


def _not(x: Column) -> Column:
    return [None if a is None else not a for a in x]


def _select(condition: Column, x: Column, y: Column) -> Column:
    return [a if c else NAN if c is None else b for c, a, b in zip(condition, x, y, strict=True)]


_PLAIN: Final[dict[str, Callable[[float, float], float]]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul,
}  # fmt: skip
_WITH_DATUM: Final[dict[str, Callable[[Column, Any], Column]]] = {"ipow": _ipow, "rpow": _rpow}
_OPERATIONS: Final[dict[str, Callable[..., Column]]] = {
    "neg": lambda x: list(map(operator.neg, x)),
    "abs": lambda x: list(map(abs, x)),
    "div": _div,
    "pow": _pow,
    "gt": _compare(lambda a: a > 0),
    "ge": _compare(lambda a: a >= 0),
    "eq": _compare(lambda a: a == 0),
    "ne": _compare(lambda a: a != 0),
    "and": _and,
    "or": _or,
    "not": _not,
    "select": _select,
}  # fmt: skip
