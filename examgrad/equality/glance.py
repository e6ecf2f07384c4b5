"""A first look at two formulas, straight on their trees: most that differ are told apart at the first small point.

One walk serves doubles, fractions and balls alike: an :class:`_Arithmetic` says what a number is and how functions
and comparisons are computed. Whatever is not plain (no value, a kink, a sum over an index) ends the look, and
nothing is said.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, NamedTuple

from flint import arb, ctx, fmpq, fmpz

from examgrad.equality.evidence import MAX_TEXT, SHOWN_BITS, decimal, fraction_text
from examgrad.equality.points import named_number
from examgrad.equality.rationals import as_fraction, exact_value, rational_power
from examgrad.equality.witness import Witness, differ
from examgrad.formula.functions import FUNCTIONS, rewritten
from examgrad.formula.names import REAL, Domain
from examgrad.formula.tree import RELATIONS, Apply, Constant, Node, Number, Symbol

MAX_EXPONENT: Final = 1_000
PRECISION: Final = 96


class _NotPlain(Exception):
    """Nothing is said here."""


Function = Callable[[Any], Any]


class _Arithmetic(NamedTuple):
    """How numbers are made, computed with and compared.

    ``function`` gives what computes a function of one argument, ``None`` where its simpler form is to be walked.
    """

    number: Callable[[Fraction], Any]
    constant: Callable[[str], Any]
    power: Callable[[Any, Any], Any]
    divide: Callable[[Any, Any], Any]
    sign: Callable[[Any], int]
    function: Callable[[str], Function | None]


class _Point(dict[str, Any]):
    """A small number for every name that is asked for, as the arithmetic has its numbers."""

    def __init__(self, number: Callable[[Fraction], Any], domains: Mapping[str, Domain], mirrored: bool) -> None:
        super().__init__()
        self._number = number
        self._domains = domains
        self._mirrored = mirrored

    def __missing__(self, name: str) -> Any:
        value = self[name] = self._number(named_number(name, self._domains.get(name, REAL), self._mirrored))
        return value


def glance(left: Node, right: Node, domains: Mapping[str, Domain], mirrored: bool) -> tuple[Witness | None, bool]:
    """A witness, if the formulas are proved to differ, and whether they agree as far as doubles tell: at one small
    point, or at its mirror image, where what is above zero is below it."""
    values = _both(left, right, _Point(_DOUBLES.number, domains, mirrored), _DOUBLES)
    if values is None or not (math.isfinite(values[0]) and math.isfinite(values[1])):
        return None, False
    if not differ(*values):
        return None, True
    return _witness(left, right, domains, mirrored), False


def _both(left: Node, right: Node, at: Mapping[str, Any], arithmetic: _Arithmetic) -> tuple[Any, Any] | None:
    try:
        return _walk(left, at, arithmetic), _walk(right, at, arithmetic)
    except (_NotPlain, ArithmeticError, ValueError, RecursionError):
        return None


def _witness(left: Node, right: Node, domains: Mapping[str, Domain], mirrored: bool) -> Witness | None:
    """The point with both values there, if it is proved that they differ."""
    values = _both(left, right, _Point(_FRACTIONS.number, domains, mirrored), _FRACTIONS)
    if values is not None:
        texts = [fraction_text(as_fraction(value)) for value in values]
        if values[0] == values[1] or max(map(len, texts)) > MAX_TEXT:
            return None
    else:
        before = ctx.prec
        ctx.prec = PRECISION
        try:
            values = _both(left, right, _Point(_BALLS.number, domains, mirrored), _BALLS)
        finally:
            ctx.prec = before
        if values is None or values[0].overlaps(values[1]) or not all(value.is_finite() for value in values):
            return None
        if min(value.rel_accuracy_bits() for value in values) < SHOWN_BITS:
            return None
        if values[0].str(12, radius=False) == values[1].str(12, radius=False):
            return None  # more digits are needed to see it
        texts = [decimal(value) for value in values]
    names = sorted(left.symbols() | right.symbols())  # some stand in cases that do not apply
    return Witness({name: named_number(name, domains.get(name, REAL), mirrored) for name in names}, *texts)


def _walk(node: Node, at: Mapping[str, Any], arithmetic: _Arithmetic) -> Any:
    kind = type(node)
    if kind is Symbol:
        return at[node.name]  # type: ignore[attr-defined]
    if kind is Number:
        return arithmetic.number(node.value)  # type: ignore[attr-defined]
    if kind is Constant:
        return arithmetic.constant(node.name)  # type: ignore[attr-defined]
    op: str = node.op  # type: ignore[attr-defined]
    args = node.args
    if op in _CHAINS:
        chain = _CHAINS[op]
        total = _walk(args[0], at, arithmetic)
        for arg in args[1:]:
            total = chain(total, _walk(arg, at, arithmetic))
        return total
    if op == "neg":
        return -_walk(args[0], at, arithmetic)
    if op == "div":
        return arithmetic.divide(_walk(args[0], at, arithmetic), _walk(args[1], at, arithmetic))
    if op == "pow":
        if type(args[0]) is Constant and args[0].name == "e":
            return _function("exp", args[1:], at, arithmetic)
        base = _walk(args[0], at, arithmetic)
        if not _is_numeral(args[1]) and arithmetic.sign(base) < 0:
            raise _NotPlain  # defined at single exponents only
        return arithmetic.power(base, _walk(args[1], at, arithmetic))
    if op == "cases":
        return _cases(args, at, arithmetic)
    if op == "indicator":
        return arithmetic.number(_ONE if _holds(args[0], at, arithmetic) else _ZERO)
    if op == "abs":
        value = _walk(args[0], at, arithmetic)
        return value if arithmetic.sign(value) > 0 else -value
    if op == "max" or op == "min":
        return _extremum(op, args, at, arithmetic)
    return _function(op, args, at, arithmetic)


def _is_numeral(node: Node) -> bool:
    return type(node) is Number or (type(node) is Apply and node.op == "neg" and type(node.args[0]) is Number)


def _function(op: str, args: Sequence[Node], at: Mapping[str, Any], arithmetic: _Arithmetic) -> Any:
    if len(args) != 1:
        raise _NotPlain
    value = _walk(args[0], at, arithmetic)
    if (function := arithmetic.function(op)) is not None:
        return function(value)
    if (simpler := _written_out(op)) is None:
        raise _NotPlain
    return _walk(simpler, {"x": value}, arithmetic)


@lru_cache(maxsize=128)
def _written_out(op: str) -> Node | None:
    """The simpler form of a function of ``x``; ``None`` for one that has none, or is of arrays."""
    pattern = Apply(op, (Symbol("x"),))
    if op not in FUNCTIONS or FUNCTIONS[op].of_arrays:
        return None
    simpler = rewritten(pattern)
    return None if simpler is pattern else simpler


def _cases(args: Sequence[Node], at: Mapping[str, Any], arithmetic: _Arithmetic) -> Any:
    for place in range(0, len(args) - 1, 2):
        if _holds(args[place + 1], at, arithmetic):
            return _walk(args[place], at, arithmetic)
    if len(args) % 2:
        return _walk(args[-1], at, arithmetic)
    raise _NotPlain


def _extremum(op: str, args: Sequence[Node], at: Mapping[str, Any], arithmetic: _Arithmetic) -> Any:
    best = _walk(args[0], at, arithmetic)
    for arg in args[1:]:
        value = _walk(arg, at, arithmetic)
        if (arithmetic.sign(value - best) > 0) is (op == "max"):
            best = value
    return best


def _holds(node: Node, at: Mapping[str, Any], arithmetic: _Arithmetic) -> bool:
    if type(node) is not Apply:
        raise _NotPlain
    op, args = node.op, node.args
    if op in RELATIONS:
        sign = arithmetic.sign(_walk(args[0], at, arithmetic) - _walk(args[1], at, arithmetic))
        return op == "ne" or (op != "eq" and (sign > 0) is (op in ("gt", "ge")))
    if op == "not":
        return not _holds(args[0], at, arithmetic)
    if op not in ("and", "or"):
        raise _NotPlain
    truths = [_holds(arg, at, arithmetic) for arg in args]
    return all(truths) if op == "and" else any(truths)


_CHAINS: Final[dict[str, Callable[[Any, Any], Any]]] = {"add": operator.add, "mul": operator.mul}
_ZERO, _ONE = Fraction(0), Fraction(1)


def _sign(value: Any) -> int:
    """1 or -1; what may be zero is a kink."""
    if value > 0:
        return 1
    if value < 0:
        return -1
    raise _NotPlain


def _constant(known: Mapping[str, Callable[[], Any]]) -> Callable[[str], Any]:
    def constant(name: str) -> Any:
        if name not in known:
            raise _NotPlain
        return known[name]()

    return constant


_DOUBLES: Final = _Arithmetic(
    number=lambda value: value.numerator / value.denominator,
    constant=_constant({"pi": lambda: math.pi, "e": lambda: math.e}),
    power=math.pow,
    divide=operator.truediv,
    sign=_sign,
    function=lambda op: row.real if (row := FUNCTIONS.get(op)) is not None and op not in ("floor", "ceil") else None,
)


def _known(value: Any) -> Any:
    if value is None:
        raise _NotPlain
    return value


_HALF: Final = fmpq(1, 2)


def _fraction_function(op: str) -> Function | None:
    if op == "sqrt":
        return lambda value: _fraction_power(value, _HALF)
    if op in FUNCTIONS and FUNCTIONS[op].rewrite:
        return None
    return _no_function if op in ("floor", "ceil") else lambda value: _known(exact_value(op, value))


def _fraction_power(base: Any, exponent: Any) -> Any:
    if not base and exponent.q != 1:
        raise _NotPlain  # a root ends there, perhaps from both sides
    return _known(rational_power(base, int(exponent.p), int(exponent.q)))


def _no_function(value: Any) -> Any:
    raise _NotPlain


_FRACTIONS: Final = _Arithmetic(
    number=lambda value: fmpq(value.numerator, value.denominator),
    constant=_constant({}),
    power=_fraction_power,
    divide=operator.truediv,
    sign=_sign,
    function=_fraction_function,
)


def _ball_power(base: Any, exponent: Any) -> Any:
    if exponent.is_exact() and exponent.is_integer():
        power = int(float(exponent))
        if abs(power) > MAX_EXPONENT or (power <= 0 and base.contains(0)):
            raise _NotPlain
        return base ** fmpz(power)
    if not base > 0:
        raise _NotPlain
    return base**exponent


def _ball_quotient(top: Any, bottom: Any) -> Any:
    if bottom.contains(0):
        raise _NotPlain
    return top / bottom


def _ball_log(value: Any) -> Any:
    if not value > 0:
        raise _NotPlain
    return value.log()


def _inside_one(op: str, value: Any) -> Any:
    if not abs(value) < 1:
        raise _NotPlain
    return value.asin() if op == "asin" else value.acos()


def _ball_function(op: str) -> Function | None:
    if op == "log":
        return _ball_log
    if op in ("floor", "ceil"):
        return _no_function
    if op in ("asin", "acos"):
        return lambda value: _inside_one(op, value)
    row = FUNCTIONS.get(op)
    return None if row is None or row.rewrite else row.ball


_BALLS: Final = _Arithmetic(
    number=lambda value: arb(fmpq(value.numerator, value.denominator)),
    constant=_constant({"pi": arb.pi, "e": lambda: arb(1).exp()}),
    power=_ball_power,
    divide=_ball_quotient,
    sign=_sign,
    function=_ball_function,
)
