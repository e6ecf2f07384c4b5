"""Whether a formula is defined wherever its names may be: by the intervals that its parts lie in.

Single points do not count: where a root or logarithm is taken, zero at such a point is as good as above it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from examgrad.equality.proof.intervals import Bound, power, product
from examgrad.formula.functions import FUNCTIONS, rewritten
from examgrad.formula.names import REAL, Domain
from examgrad.formula.tree import Apply, Constant, Node, Number, Symbol

MAX_POWER: Final = 16
"""Up to this exponent the ends of an interval are raised to it."""
Interval = tuple[Bound, Bound]

_ALL: Final[Interval] = (-math.inf, math.inf)
_POSITIVE: Final[Interval] = (0, math.inf)
_RANGES: Final[Mapping[str, Interval]] = {
    "exp": _POSITIVE, "sigmoid": (0, 1), "tanh": (-1, 1), "softplus": _POSITIVE, "cosh": (1, math.inf),
    "sin": (-1, 1), "cos": (-1, 1), "erf": (-1, 1), "atan": (-2, 2), "sinh": _ALL,
}  # fmt: skip
"""What functions that are defined everywhere are between."""
_CONSTANTS: Final[Mapping[str, Interval]] = {"pi": (3, 4), "e": (2, 3)}


class _Unsure(Exception):
    """Nothing is said here."""


def defined_everywhere(node: Node, domains: Mapping[str, Domain]) -> bool:
    """Whether a formula without cases is known to have a value for all numbers of its names' domains."""
    try:
        _interval(node, domains)
    except (_Unsure, ArithmeticError, RecursionError):
        return False
    return True


def _interval(node: Node, domains: Mapping[str, Domain]) -> Interval:
    """What the formula's value is between, or at an end of; raises :class:`_Unsure` where it may have none."""
    if type(node) is Number:
        value = _plain(node.value)
        return value, value
    if type(node) is Symbol:
        domain = domains.get(node.name, REAL)
        return (
            -math.inf if domain.low is None else _plain(domain.low),
            math.inf if domain.high is None else _plain(domain.high),
        )
    if type(node) is Constant:
        if node.name not in _CONSTANTS:
            raise _Unsure
        return _CONSTANTS[node.name]
    assert isinstance(node, Apply)
    parts = [_interval(arg, domains) for arg in node.args]
    if node.op == "add":
        return sum(low for low, _ in parts), sum(high for _, high in parts)
    if node.op == "neg":
        return -parts[0][1], -parts[0][0]
    if node.op == "mul":
        found = parts[0]
        for part in parts[1:]:
            found = product(found, part)
        return found
    if node.op == "div":
        return product(parts[0], _inverse(*parts[1]))
    if node.op == "pow":
        return _power(node.args[1], parts[0])
    if node.op == "log" or node.op == "sqrt":
        return _logarithm(*parts[0]) if node.op == "log" else _root(*parts[0])
    if node.op in _RANGES:
        return _RANGES[node.op]
    simpler = rewritten(node) if node.op in FUNCTIONS and not FUNCTIONS[node.op].of_arrays else node
    if simpler is node:
        raise _Unsure
    return _interval(simpler, domains)


def _plain(value: Fraction) -> Bound:
    """The fraction, or the integer that it is: these are quicker."""
    return value.numerator if value.denominator == 1 else value


def _inverse(low: Bound, high: Bound) -> Interval:
    if low < 0 < high:
        return _ALL
    if high <= 0:
        below, above = _inverse(-high, -low)
        return -above, -below
    return 0 if high == math.inf else 1 / Fraction(high), 1 / Fraction(low) if low else math.inf


def _power(exponent: Node, base: Interval) -> Interval:
    if not isinstance(exponent, Number) or exponent.value.denominator > 1:
        return _root(*base)
    count = abs(exponent.value.numerator)
    if not count:
        return 1, 1
    if count > MAX_POWER:
        low, high = base
        found = _POSITIVE if low >= 0 or count % 2 == 0 else (-math.inf, 0) if high <= 0 else _ALL
    else:
        found = power(*base, count)
    return found if exponent.value > 0 else _inverse(*found)


def _root(low: Bound, high: Bound) -> Interval:
    if not low >= 0:
        raise _Unsure
    return _POSITIVE


def _logarithm(low: Bound, high: Bound) -> Interval:
    if not low >= 0:
        raise _Unsure
    return 0 if low >= 1 else -math.inf, 0 if high <= 1 else math.inf
