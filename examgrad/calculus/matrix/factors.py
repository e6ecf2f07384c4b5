"""A product in its parts, and single terms: their signs, their order, what two of them share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from examgrad.formula.tree import ONE, Apply, Node, Number, Symbol, power

Exponents = dict[Node, Fraction]


class Factors(NamedTuple):
    """A product: a number, powers of scalars, and arrays: a chain of matrix factors, or powers entry by entry."""

    coefficient: Fraction
    scalars: Exponents
    chain: tuple[Node, ...]


def is_op(node: Node, *ops: str) -> bool:
    """Whether a node is one of these operations."""
    return isinstance(node, Apply) and node.op in ops


def unordered(node: Node) -> object:
    """The same for products entry by entry whose factors stand in another order."""
    return frozenset(Counter(flat_factors(node)).items()) if is_op(node, "hadamard") else node


def summands(node: Node) -> tuple[Node, ...]:
    """The terms of a sum; anything else is one term."""
    return node.args if is_op(node, "add") else (node,)


def flat_factors(node: Node) -> list[Node]:
    """The factors of a product entry by entry; anything else is one factor."""
    return [leaf for arg in node.args for leaf in flat_factors(arg)] if is_op(node, "hadamard") else [node]


def entrywise(nodes: Sequence[Node]) -> Node:
    """The product of nodes entry by entry."""
    node = nodes[0]
    for other in nodes[1:]:
        node = Apply("hadamard", (node, other))
    return node


def negated(node: Node) -> Node:
    """Minus a node; the terms of a sum change their signs."""
    if is_op(node, "add"):
        terms = [arg.args[0] if is_op(arg, "neg") else negated(arg) for arg in node.args]
        return Apply("add", tuple(sorted(terms, key=comes_late)))
    return Number(-node.value) if isinstance(node, Number) else Apply("neg", (node,))


def times(factors: Sequence[Node]) -> Node:
    """A product as it is written; an inner product stays a factor of its own."""
    return ONE if not factors else factors[0] if len(factors) == 1 else Apply("mul", tuple(factors))


def raised(base: Node, exponent: Fraction) -> Node:
    """A power of a scalar."""
    if exponent == Fraction(1, 2):
        return Apply("sqrt", (base,))
    return power(base, Number(exponent))


def alike(one: Factors, other: Factors, *, place: int = -1) -> bool:
    """Whether two terms are worth one bracket: the same scalars, and the same matrix behind it (or before: 0)."""
    if one.scalars != other.scalars or abs(one.coefficient) != abs(other.coefficient):
        return False
    if is_shared(one):
        return bool(one.chain) == bool(other.chain)
    return len(one.chain) > 1 and len(other.chain) > 1 and one.chain[place] == other.chain[place]


def is_shared(factors: Factors) -> bool:
    """Whether the scalars of a term are more than letters in front of it."""
    return any(exponent < 0 or not isinstance(base, Symbol) for base, exponent in factors.scalars.items())


def comes_late(node: Node) -> bool:
    """Whether a term starts with a minus: such terms come last."""
    return is_op(node, "neg") or (isinstance(node, Number) and node.value < 0)


def joined(factors: Factors) -> Node:
    """The product as a tree: number and scalars in front, a fraction where something is divided by."""
    coefficient, scalars, chain = factors
    if coefficient < 0:
        for base in [base for base, exponent in scalars.items() if exponent == 1 and _is_mostly_minus(base)]:
            other = Apply("sum", (negated(base.args[0]),))
            scalars = {other if item == base else item: exponent for item, exponent in scalars.items()}
            coefficient = -coefficient
            break
    above = [raised(base, exponent) for base, exponent in scalars.items() if exponent > 0]
    below = [raised(base, -exponent) for base, exponent in scalars.items() if exponent < 0]
    sign = -1 if coefficient < 0 else 1
    if sign < 0 and len(chain) == 1 and (turned := _opposite(chain[0])) is not None:
        sign, chain = 1, (turned,)
    top, bottom = abs(coefficient.numerator), coefficient.denominator
    if len(chain) == 1 and is_op(chain[0], "div") and (below or bottom > 1 or top > 1):
        upper, lower = chain[0].args
        front = [Number(top)] * (top != 1) + above + [upper] * (upper != ONE)
        under = [Number(bottom)] * (bottom != 1) + below + [lower]
        node: Node = Apply("div", (times(front), times(under)))
        return negated(node) if sign < 0 else node
    if below or (bottom > 1 and above):
        front = [Number(top)] * (top != 1) + above
        under = [Number(bottom)] * (bottom != 1) + below
        if not chain or (len(chain) == 1 and not (is_op(chain[0], "add", "div") and isinstance(times(below), Symbol))):
            node = Apply("div", (times([*front, *chain]), times(under)))
        else:
            node = times([Apply("div", (times(front), times(under))), *chain])
    else:
        number = Fraction(top, bottom)
        node = times([Number(number)] * (number != 1) + [*above, *chain])
    return negated(node) if sign < 0 else node


def _is_mostly_minus(node: Node) -> bool:
    """Whether a formula is the sum of an array that has more minus signs than others: ``sum(y - X w - b)``."""
    terms = summands(node.args[0]) if is_op(node, "sum") and len(node.args) == 1 else ()
    return 2 * sum(map(comes_late, terms)) > len(terms)


def _opposite(node: Node) -> Node | None:
    """Minus a difference, or a quotient of one, as the difference the other way round."""
    if is_op(node, "add") and any(map(comes_late, node.args)):
        return negated(node)
    if is_op(node, "div") and (above := _opposite(node.args[0])) is not None:
        return Apply("div", (above, node.args[1]))
    return None
