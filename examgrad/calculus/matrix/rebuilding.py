"""A formula built anew by the rules of an algebra: what came from elsewhere, or what more is known of by now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from examgrad.calculus.matrix.algebra import Algebra
from examgrad.formula.tree import MINUS_ONE, Apply, Node, Number, is_number


def rebuilt(algebra: Algebra, node: Node) -> Node:
    """The formula with every product, sum and transpose in it as the algebra writes it."""
    if not isinstance(node, Apply):
        return node
    parts = Apply(node.op, tuple(rebuilt(algebra, arg) for arg in node.args))
    rule = _RULES.get(node.op)
    return rule(algebra, parts) if rule is not None else parts


def _power(algebra: Algebra, node: Apply) -> Node:
    base, exponent = node.args
    if isinstance(exponent, Number) and len(algebra.shape(base)) < 2:
        return algebra.raised(base, exponent.value)
    return node


def _sum(algebra: Algebra, node: Apply) -> Node:
    if len(node.args) == 1:
        return algebra.total(node.args[0])
    if len(node.args) == 2 and len(algebra.shape(node.args[0])) == 2:
        return algebra.sums(node.args[0], 1 if is_number(node.args[1], 1) else 0)
    return node


_RULES: Final[Mapping[str, Callable[[Algebra, Apply], Node]]] = {
    "add": lambda algebra, node: algebra.shortest(algebra.plus(*node.args)),
    "neg": lambda algebra, node: algebra.product(MINUS_ONE, node.args[0]),
    "mul": lambda algebra, node: algebra.product(*node.args),
    "hadamard": lambda algebra, node: algebra.hadamard(*node.args),
    "div": lambda algebra, node: algebra.quotient(*node.args),
    "transpose": lambda algebra, node: algebra.transposed(node.args[0]),
    "pow": _power,
    "sum": _sum,
}
