"""Which signs the slots of a program may have, whatever its variables are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from examgrad.equality.program import Program
from examgrad.formula.names import REAL, Domain

POSITIVE: Final = 1
NEGATIVE: Final = 2
BIT: Final = {1: POSITIVE, -1: NEGATIVE}
"""The bit of a sign."""
_FLIPPED: Final = (0, NEGATIVE, POSITIVE, POSITIVE | NEGATIVE)
_EITHER: Final = POSITIVE | NEGATIVE
_ODD: Final = frozenset({"erf", "atan", "asin"})


def possible_signs(program: Program, domains: Mapping[str, Domain]) -> list[int]:
    """Which signs every slot may have whatever the variables are: ``POSITIVE``, ``NEGATIVE``, both, or 0 for zero."""
    signs: list[int] = []
    for op, args, datum in program.code:
        x, y = ([signs[arg] for arg in args] + [0, 0])[:2]
        if op == "num":
            sign = 0 if not datum else POSITIVE if datum > 0 else NEGATIVE
        elif op == "var":
            domain = domains.get(datum, REAL)
            sign = POSITIVE if domain.low is not None and domain.low >= 0 else _EITHER
            sign = NEGATIVE if domain.high is not None and domain.high <= 0 else sign
        elif op == "add":
            sign = x | y
        elif op == "sub":
            sign = _of_difference(program, signs, args)
        elif op in ("mul", "div"):
            sign = _of_product(x, y) if args[0] != args[1] else POSITIVE if x else 0
        elif op == "ipow":
            sign = x if datum % 2 else POSITIVE if x else 0
        elif op == "select":
            sign = _of_choice(program, signs, args)
        elif op == "neg":
            sign = _FLIPPED[x]
        elif op == "fn":
            sign = POSITIVE if datum == "exp" else x if datum in _ODD else _EITHER
        else:
            sign = POSITIVE if op in ("rpow", "pow", "pi") or (op == "abs" and x) else 0 if op == "abs" else _EITHER
        signs.append(sign)
    return signs


def _of_product(x: int, y: int) -> int:
    sign = 0
    if (x & POSITIVE and y & POSITIVE) or (x & NEGATIVE and y & NEGATIVE):
        sign |= POSITIVE
    if (x & POSITIVE and y & NEGATIVE) or (x & NEGATIVE and y & POSITIVE):
        sign |= NEGATIVE
    return sign


def _of_difference(program: Program, signs: Sequence[int], args: Sequence[int]) -> int:
    """``exp(u) - 1`` has the sign of ``u``."""
    one, other = (program.code[arg] for arg in args)
    if one[::2] == ("fn", "exp") and other[::2] == ("num", 1):
        return signs[one[1][0]]
    if other[::2] == ("fn", "exp") and one[::2] == ("num", 1):
        return _FLIPPED[signs[other[1][0]]]
    return signs[args[0]] | _FLIPPED[signs[args[1]]]


def _of_choice(program: Program, signs: Sequence[int], args: Sequence[int]) -> int:
    """What is chosen where it is positive is never negative."""
    condition, value, otherwise = args
    op, gate, _ = program.code[condition]
    here, there = signs[value], signs[otherwise]
    if op in ("gt", "ge"):
        here &= POSITIVE if gate == (value,) else _EITHER
        there &= NEGATIVE if gate == (otherwise,) else _EITHER
    return here | there
