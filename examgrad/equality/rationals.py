"""A program at one exact point, in fractions, as far as its values are fractions."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import isqrt
from typing import Any, Final

from examgrad.equality.program import Program

MAX_BITS: Final = 2_048
"""Fractions longer than this are given up."""


def evaluate_fractions(program: Program, at: Mapping[str, Fraction]) -> list[Any]:
    """Every slot's fraction (a condition's truth value), ``None`` where it has none or none is known."""
    values: list[Any] = []
    for op, args, datum in program.code:
        values.append(_step(op, [values[arg] for arg in args], datum, at))
    return values


def _step(op: str, args: list[Any], datum: Any, at: Mapping[str, Fraction]) -> Any:
    if op == "num":
        return datum
    if op == "var":
        return at[datum]
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
    if op in ("gt", "ge", "eq", "ne"):
        x = args[0]
        return x > 0 if op == "gt" else x >= 0 if op == "ge" else x == 0 if op == "eq" else x != 0
    value = _arithmetic(op, args, datum)
    if value is None or value.numerator.bit_length() > MAX_BITS or value.denominator.bit_length() > MAX_BITS:
        return None
    return value


def _arithmetic(op: str, args: list[Fraction], datum: Any) -> Fraction | None:
    x = args[0]
    if op == "add":
        return x + args[1]
    if op == "sub":
        return x - args[1]
    if op == "mul":
        return x * args[1]
    if op == "div":
        return x / args[1] if args[1] else None
    if op == "neg":
        return -x
    if op == "abs":
        return abs(x)
    if op == "ipow":
        return _integer_power(x, datum)
    if op == "rpow":
        return _rational_power(x, datum)
    if op == "pow":
        exponent = args[1]
        return _integer_power(x, int(exponent)) if exponent.denominator == 1 else _rational_power(x, exponent)
    if datum in ("floor", "ceil"):
        return Fraction(x.__floor__() if datum == "floor" else x.__ceil__())
    if datum in ("exp", "cos"):
        return Fraction(1) if x == 0 else None
    if datum == "log":
        return Fraction(0) if x == 1 else None
    return Fraction(0) if x == 0 and datum in ("sin", "asin", "atan", "erf") else None


def _integer_power(x: Fraction, n: int) -> Fraction | None:
    if not x:
        return x if n > 0 else None
    if abs(x) == 1:
        return x if n % 2 else Fraction(1)
    bits = max(x.numerator.bit_length(), x.denominator.bit_length())
    return x**n if (bits - 1) * abs(n) <= MAX_BITS else None


def _rational_power(x: Fraction, q: Fraction) -> Fraction | None:
    """``x`` to a fraction where that is a fraction again; square roots and their square roots only."""
    if x <= 0 or q.denominator > 8:
        return Fraction(0) if x == 0 and q > 0 else None
    degree = q.denominator
    if degree & (degree - 1):
        return Fraction(1) if x == 1 else None
    while degree > 1:
        roots = isqrt(x.numerator), isqrt(x.denominator)
        if roots[0] ** 2 != x.numerator or roots[1] ** 2 != x.denominator:
            return None
        x, degree = Fraction(*roots), degree // 2
    return _integer_power(x, q.numerator)
