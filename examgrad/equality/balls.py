"""A program at one exact point, in balls: every value comes with a rigorous bound of its error (``flint.arb``).

A slot is ``None`` where it has no value or none that this precision can tell: a logarithm of something that
may be negative, a quotient by something that may be zero. Where a condition may be either, a case is the ball that
holds both its values: so ``max(u, v)`` is known where ``u`` and ``v`` cannot be told apart.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final

from flint import arb, ctx, fmpq, fmpz

from examgrad.equality.program import Number, Program
from examgrad.formula.functions import FUNCTIONS

MAX_EXPONENT_BITS: Final = 256
"""Integer exponents longer than this are no evidence."""


def evaluate_balls(program: Program, at: Mapping[str, Number], precision: int) -> list[Any]:
    """Every slot's ball (a condition's is a truth value) at ``precision`` bits."""
    before = ctx.prec
    ctx.prec = precision
    try:
        values: list[Any] = []
        for op, args, datum in program.code:
            if (plain := _PLAIN.get(op)) is not None:
                x, y = values[args[0]], values[args[1]]
                value = None if x is None or y is None else plain(x, y)
                values.append(value if value is not None and value.is_finite() else None)
            else:
                values.append(_step(op, [values[arg] for arg in args], datum, at))
        return values
    finally:
        ctx.prec = before


def ball(value: Number) -> arb:
    """The number as a ball, at the working precision."""
    if type(value) is int:
        return arb(value)
    return arb(fmpq(value.numerator, value.denominator))


def _step(op: str, args: list[Any], datum: Any, at: Mapping[str, Number]) -> Any:
    if op == "num":
        return ball(datum)
    if op == "var":
        return ball(at[datum])
    if op == "pi":
        return arb.pi()
    if op == "select":
        return _either(args[1], args[2]) if args[0] is None else args[1] if args[0] else args[2]
    if op == "and":
        return False if False in args else None if None in args else True
    if op == "or":
        return True if True in args else None if None in args else False
    if op == "nan" or None in args:
        return None
    x = args[0]
    if op in _CONDITIONS:
        return _condition(op, x)
    value = _arithmetic(op, args, datum)
    return value if value is not None and value.is_finite() else None


def _either(x: Any, y: Any) -> Any:
    return None if x is None or y is None else x.union(y)


_CONDITIONS: Final = frozenset({"gt", "ge", "eq", "ne", "not"})


def _condition(op: str, x: Any) -> bool | None:
    """A condition's truth; nothing is said where the sign is not known at this precision."""
    if op == "not":
        return not x
    if x > 0:
        return op != "eq"
    if x < 0:
        return op == "ne"
    return op in ("ge", "eq") if x.is_zero() else None


def _arithmetic(op: str, args: list[Any], datum: Any) -> Any:
    x = args[0]
    if op == "div":
        return None if args[1].contains(0) else x / args[1]
    if op == "neg":
        return -x
    if op == "abs":
        return abs(x)
    if op == "ipow":
        if datum.bit_length() > MAX_EXPONENT_BITS or (datum < 0 and x.contains(0)):
            return None
        return x ** fmpz(datum)
    if op == "rpow":
        if not x >= 0 or (datum < 0 and not x > 0):
            return None
        return x.sqrt() if datum == Fraction(1, 2) else x ** fmpq(datum.numerator, datum.denominator)
    if op == "pow":
        exponent = args[1]
        if datum == "whole" and exponent.is_integer() and exponent.is_exact():
            return x**exponent if not x.contains(0) or exponent > 0 else None
        return x**exponent if x > 0 else None
    if datum == "log" and not x > 0:
        return None
    function = FUNCTIONS[datum].ball
    assert function is not None
    return function(x)


_PLAIN: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul,
}  # fmt: skip
