"""A program at one exact point, in fractions, as far as its values are fractions."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from math import isqrt
from typing import Any, Final

from flint import fmpq

from examgrad.equality.program import Number, Program

MAX_BITS: Final = 2_048
"""Fractions longer than this are given up."""

_ZERO: Final = fmpq(0)
_ONE: Final = fmpq(1)


def evaluate_fractions(program: Program, at: Mapping[str, Number]) -> list[Any]:
    """Every slot's fraction (``flint.fmpq``) or truth value, ``None`` where it has none or none is known."""
    values: list[Any] = []
    for op, args, datum in program.code:
        if (plain := _PLAIN.get(op)) is not None:
            x, y = values[args[0]], values[args[1]]
            value = None if x is None or y is None else plain(x, y)
        elif op == "num":
            value = fmpq(datum.numerator, datum.denominator)
        elif op == "var":
            number = at[datum]
            values.append(fmpq(number.numerator, number.denominator))
            continue
        else:
            value = _step(op, [values[arg] for arg in args], datum)
            if value is None or value is True or value is False:
                values.append(value)
                continue
        values.append(None if value is None or value.height_bits() > MAX_BITS else value)
    return values


def as_fraction(value: Any) -> Fraction:
    """A value as Python's own fraction."""
    return Fraction(int(value.p), int(value.q))


def _step(op: str, args: list[Any], datum: Any) -> Any:
    if op == "select":
        return None if args[0] is None else args[1] if args[0] else args[2]
    if op == "and":
        return False if False in args else None if None in args else True
    if op == "or":
        return True if True in args else None if None in args else False
    if op in ("pi", "nan") or None in args:
        return None
    if op == "not":
        return not args[0]
    x = args[0]
    if op in ("gt", "ge", "eq", "ne"):
        return x > 0 if op == "gt" else x >= 0 if op == "ge" else x == 0 if op == "eq" else x != 0
    if op == "div":
        return x / args[1] if args[1] else None
    if op == "neg":
        return -x
    if op == "abs":
        return abs(x)
    if op == "ipow":
        return _integer_power(x, datum)
    if op == "rpow":
        return rational_power(x, datum.numerator, datum.denominator)
    if op == "pow":
        exponent = args[1]
        if x < 0 and datum != "whole":
            return None
        return rational_power(x, int(exponent.p), int(exponent.q))
    return exact_value(datum, x)


def exact_value(function: str, x: Any) -> Any:
    """A function's value where that is known to be a fraction, else ``None``."""
    if function in ("floor", "ceil"):
        return fmpq(x.floor() if function == "floor" else x.ceil())
    if function in ("exp", "cos"):
        return _ONE if x == 0 else None
    if function == "log":
        return _ZERO if x == 1 else None
    return _ZERO if x == 0 and function in ("sin", "asin", "atan", "erf") else None


def _integer_power(x: Any, n: int) -> Any:
    if not x:
        return x if n > 0 else None
    if abs(x) == 1:
        return x if n % 2 else _ONE
    return x**n if (x.height_bits() - 1) * abs(n) <= MAX_BITS else None


def rational_power(x: Any, top: int, degree: int) -> Any:
    """``x`` to a fraction where that is a fraction again; square roots and their square roots only."""
    if degree == 1:
        return _integer_power(x, top)
    if x <= 0 or degree > 8:
        return _ZERO if x == 0 and top > 0 else None
    if degree & (degree - 1):
        return _ONE if x == 1 else None
    p, q = int(x.p), int(x.q)
    while degree > 1:
        roots = isqrt(p), isqrt(q)
        if roots[0] ** 2 != p or roots[1] ** 2 != q:
            return None
        p, q, degree = *roots, degree // 2
    return _integer_power(fmpq(p, q), top)


_PLAIN: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul,
}  # fmt: skip
