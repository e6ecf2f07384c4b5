"""Sizes: integers, or formulas in symbols that stand for positive integers.

A dimension is kept in the normal form of :mod:`examgrad.layers.polynomials`, so that two sizes that say the same are
equal, and ``floor((H - 5)/1) + 1`` is ``H - 4``; a count (of parameters) keeps its brackets.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from examgrad.formula import printer
from examgrad.formula.tree import Apply, Node, Number, Symbol, add, div, mul, substitute
from examgrad.layers import polynomials
from examgrad.layers.polynomials import Polynomial, TooLarge, polynomial

Size = int | Node
"""A whole number, or a formula in normal form."""

LARGEST: Final = 10**15
"""No dimension may be larger."""


class NotWhole(ValueError):
    """A quotient that should be a size is no integer."""


def evaluate(formula: Node, values: Mapping[str, Size]) -> Size:
    """The formula's value in normal form. Raises :class:`NotWhole`, :class:`TooLarge`, ``ZeroDivisionError``."""
    if (number := _number(formula, values)) is not None:
        return number
    terms = polynomial(substitute(formula, {name: as_node(value) for name, value in values.items()}))
    if terms and all(not atom.symbols() for atoms in terms for atom in atoms) and set(terms) != {()}:
        raise TooLarge("the number is too large")
    return _size(terms)


def _number(formula: Node, values: Mapping[str, Size]) -> int | None:
    """The formula's value where its names are numbers."""
    if not all(isinstance(value, int) for value in values.values()) or (exact := _exact(formula, values)) is None:
        return None
    if exact.denominator != 1:
        raise NotWhole(f"{exact} is no integer")
    return int(exact)


def folded(formula: Node, values: Mapping[str, Size]) -> Size:
    """The formula's value, its numbers worked out but its brackets kept: ``(25*C + 1)*F``."""
    if (number := _number(formula, values)) is not None:
        return number
    node = _fold(substitute(formula, {name: as_node(value) for name, value in values.items()}))
    return int(node.value) if isinstance(node, Number) and node.value.denominator == 1 else node


def as_node(size: Size) -> Node:
    """The size as a formula."""
    return Number(size) if isinstance(size, int) else size


def show(size: Size) -> str:
    """The size in plain text."""
    return str(size) if isinstance(size, int) else printer.plain(size)


def show_shape(shape: Iterable[Size]) -> str:
    """``[28, 28, 10]``."""
    return "[" + ", ".join(map(show, shape)) + "]"


def same(left: Size, right: Size) -> bool | None:
    """Whether two sizes are equal; ``None`` where that depends on the symbols."""
    if isinstance(left, int) and isinstance(right, int):
        return left == right
    if left == right:
        return True
    difference = minus(left, right)
    return difference == 0 if isinstance(difference, int) else None


def plus(left: Size, right: Size) -> Size:
    """``left + right``."""
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    return _size(polynomials.plus(polynomial(as_node(left)), polynomial(as_node(right))))


def minus(left: Size, right: Size) -> Size:
    """``left - right``."""
    if isinstance(left, int) and isinstance(right, int):
        return left - right
    return _size(polynomials.plus(polynomial(as_node(left)), polynomial(as_node(right)), Fraction(-1)))


def times(left: Size, right: Size) -> Size:
    """``left * right``, multiplied out."""
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    return _size(polynomials.times(polynomial(as_node(left)), polynomial(as_node(right))))


def extreme(op: str, left: Size, right: Size) -> Size:
    """The ``max`` or the ``min`` of two sizes."""
    if isinstance(left, int) and isinstance(right, int):
        return max(left, right) if op == "max" else min(left, right)
    return _size(polynomials.extremum(op, [polynomial(as_node(left)), polynomial(as_node(right))]))


def product(sizes: Iterable[Size]) -> Size:
    """The product of sizes, 1 of none; brackets are kept (``H*(W - 4)``)."""
    numbers, nodes = 1, []
    for size in sizes:
        if isinstance(size, int):
            numbers *= size
        else:
            nodes.append(size)
    return mul(*nodes, Number(numbers)) if nodes and numbers else numbers


def never_positive(size: Size) -> bool:
    """Whether the size is below 1 whatever positive integers its symbols are."""
    if isinstance(size, int):
        return size < 1
    terms = polynomial(size)
    return all(value <= 0 and all(isinstance(atom, Symbol) for atom in atoms) for atoms, value in terms.items())


# -- exact numbers -----------------------------------------------------------------------------------------------------


def _exact(node: Node, values: Mapping[str, Size]) -> Fraction | int | None:
    """The value of a formula without free symbols; ``None`` where there are some."""
    if isinstance(node, Number):
        return node.value.numerator if node.value.denominator == 1 else node.value
    if isinstance(node, Symbol):
        value = values.get(node.name)
        return value if isinstance(value, int) else None
    args = [_exact(arg, values) for arg in node.args]
    known = [arg for arg in args if arg is not None]
    if len(known) < len(args) or not isinstance(node, Apply):
        return None
    return _compute(node.op, known)


def _compute(op: str, args: list[Fraction | int]) -> Fraction | int | None:
    match op:
        case "add":
            return sum(args)
        case "mul":
            return math.prod(args)
        case "neg":
            return -args[0]
        case "div":
            quotient, rest = divmod(args[0], args[1])
            return quotient if not rest else Fraction(args[0]) / args[1]
        case "floor":
            return math.floor(args[0])
        case "ceil":
            return math.ceil(args[0])
        case "max":
            return max(args)
        case "min":
            return min(args)
        case "pow" if args[1].denominator == 1 and 0 <= args[1] <= 16:
            return args[0] ** int(args[1])
    return None


def _size(terms: Polynomial) -> Size:
    if set(terms) <= {()}:
        value = terms.get((), Fraction(0))
        if value.denominator != 1:
            raise NotWhole(f"{value} is no integer")
        return int(value)
    return polynomials.node_of(terms)


def _fold(node: Node) -> Node:
    if not isinstance(node, Apply):
        return node
    args = tuple(_fold(arg) for arg in node.args)
    numbers = [arg.value for arg in args if isinstance(arg, Number)]
    if len(numbers) == len(args) and (value := _compute(node.op, list(numbers))) is not None:
        return Number(value)
    match node.op:
        case "add":
            return add(*args)
        case "mul" | "neg":
            return mul(*args, *((Number(-1),) if node.op == "neg" else ()))
        case "div":
            return div(*args)
    return Apply(node.op, args)
