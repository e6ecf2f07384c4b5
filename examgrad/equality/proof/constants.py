"""Whether two constants with roots are equal: a number of this kind that is small enough is zero.

The bound is that of Burnikel, Funke, Mehlhorn, Schirra and Schmitt ("A separation bound for real algebraic
expressions", 2001): an expression of integers, ``+ - * /`` and roots that is not zero is at least
``1 / (u^(D-1) l)`` in size, where ``D`` is the product of the roots' degrees and ``u``, ``l`` follow from the
expression. So the difference of two constants is zero if a ball around it, narrower than that, holds zero.
"""

from __future__ import annotations

from typing import Final

from examgrad.equality.evidence import compare_at
from examgrad.equality.program import Program

MAX_PRECISION: Final = 1 << 15

Bound = tuple[float, float]
"""Binary logarithms of ``u`` and ``l``."""


def same_constant(program: Program) -> bool:
    """Whether the roots are proved to be the same constant; ``False`` where that is not known."""
    bits = _separation(program)
    if bits is None or bits > MAX_PRECISION:
        return False
    precision = bits + 64
    reading = compare_at(program, {}, precision, precision)
    if reading.outcome != "together":
        return False
    gap = abs(reading.left - reading.right)
    return bool(gap.abs_upper() == 0 or gap.abs_upper().log() < -bits * 0.6932)


def _separation(program: Program) -> int | None:
    """Two constants that differ do so by more than two to minus this."""
    bounds: list[Bound] = []
    degree = 1
    for op, args, datum in program.code:
        parts = [bounds[arg] for arg in args]
        if op == "num":
            top = max(abs(datum.numerator), 1).bit_length()
            bounds.append((float(top), float(datum.denominator.bit_length())))
        elif op in ("add", "sub"):
            bounds.append(_sum(*parts))
        elif op in ("mul", "div"):
            (u, low), (v, other) = parts[0], parts[1] if op == "mul" else parts[1][::-1]
            bounds.append((u + v, low + other))
        elif op in ("neg", "abs"):
            bounds.append(parts[0])
        elif op == "ipow":
            bounds.append(_power(parts[0], datum))
        elif op == "rpow":
            bounds.append(_root(_power(parts[0], datum.numerator), datum.denominator))
            degree *= datum.denominator
        else:
            return None
    u, low = _sum(bounds[program.roots[0]], bounds[program.roots[1]])
    bits = (degree - 1) * u + low + 2
    return int(bits) if bits < 1e9 else None


def _sum(one: Bound, other: Bound) -> Bound:
    return max(one[0] + other[1], one[1] + other[0]) + 1, one[1] + other[1]


def _power(bound: Bound, exponent: int) -> Bound:
    size = float(min(abs(exponent), 1 << 60))
    u, low = bound if exponent > 0 else bound[::-1]
    return size * u, size * low


def _root(bound: Bound, degree: int) -> Bound:
    u, low = bound
    if u >= low:
        return (u + (degree - 1) * low) / degree, low
    return u, ((degree - 1) * u + low) / degree
