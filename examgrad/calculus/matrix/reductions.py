"""Backwards through norms, variances and the largest of an array's entries, over the whole of it or along an axis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from examgrad.formula.tree import TWO, Apply, Constant, Node, is_number

if TYPE_CHECKING:
    from examgrad.calculus.matrix.reverse import Reverse


def variance(reverse: Reverse, node: Apply, adjoint: Node) -> None:
    """``var(X, axis)``, of which the mean is a part, too: the deviations from it sum to zero."""
    algebra = reverse.algebra
    array = node.args[0]
    mean = Apply("mean", node.args)
    centred = algebra.minus(array, mean if len(node.args) == 1 else reverse.copied(mean, node))
    share = algebra.quotient(TWO, reverse.count(node))
    reverse.pull(array, algebra.product(share, algebra.hadamard(reverse.copied(adjoint, node), centred)))


def norm(reverse: Reverse, node: Apply, adjoint: Node) -> None:
    """``norm(X, order, axis)`` of order 1, 2 or infinity; that of a matrix is Frobenius's."""
    algebra = reverse.algebra
    array, *more = node.args
    order = more[0] if more else TWO
    lines = Apply("sum", (array, more[1])) if len(more) > 1 else Apply("sum", (array,))
    if is_number(order, 1):
        reverse.pull(array, algebra.hadamard(reverse.copied(adjoint, lines), Apply("sign", (array,))))
    elif is_number(order, 2):
        reverse.pull(array, algebra.hadamard(reverse.copied(algebra.quotient(adjoint, node), lines), array))
    elif isinstance(order, Constant) and order.name == "inf":
        sizes = Apply("abs", (array,))
        largest = _chosen(sizes, Apply("amax", (sizes, more[1])) if len(more) > 1 else Apply("max", (sizes,)))
        reverse.pull(array, algebra.hadamard(reverse.copied(adjoint, lines), largest, Apply("sign", (array,))))
    else:
        raise reverse.refuse(node)


def largest(reverse: Reverse, node: Apply, adjoint: Node) -> None:
    """``max(X)``, ``max(X, axis)`` and the same with min: the entry that it is has the whole adjoint."""
    array = node.args[0]
    reverse.pull(array, reverse.algebra.hadamard(reverse.copied(adjoint, node), _chosen(array, node)))


def is_largest(node: Apply) -> bool:
    """Whether a formula is the largest or smallest entry of an array."""
    return node.op in ("amax", "amin") or (node.op in ("max", "min") and len(node.args) == 1)


def _chosen(array: Node, value: Node) -> Node:
    """1 where an array has this value."""
    return Apply("indicator", (Apply("eq", (array, value)),))


REDUCTIONS: Final[Mapping[str, Callable[[Reverse, Apply, Node], None]]] = {
    "var": variance, "norm": norm, "max": largest, "min": largest, "amax": largest, "amin": largest,
}  # fmt: skip
