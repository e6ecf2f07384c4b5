"""Formulas at a point, straight on their trees: one walk for numbers of any kind.

:mod:`examgrad.equality.arithmetics` has the kinds. Whatever is not plain (no value, a kink, a sum over an index) ends
a walk with :class:`NotPlain`, or with the error that arithmetic raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from examgrad.formula.functions import FUNCTIONS, rewritten
from examgrad.formula.tree import RELATIONS, Apply, Constant, Node, Number, Symbol


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
    """What computes a formula at a point.

    One function with a case for each operation: calls are what it costs.
    """
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


def _sign(value: Any) -> int:
    """1 or -1; what may be zero is a kink."""
    if value > 0:
        return 1
    if value < 0:
        return -1
    raise NotPlain


_ZERO, _ONE = Fraction(0), Fraction(1)
