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
