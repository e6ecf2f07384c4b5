"""Functions of whole arrays, written out in the arrays' entries: one row each in :data:`ARRAY_FUNCTIONS`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from examgrad.formula.array_values import Array, Value, shown_shape, size_error
from examgrad.formula.tree import ONE, TWO, ZERO, Apply, Node, Number, add, div, mul, power


def _total(node: Apply, array: Array) -> Node:
    return add(*array.entries)


def _mean(node: Apply, array: Array) -> Node:
    return div(_total(node, array), Number(len(array.entries)))


def _variance(node: Apply, array: Array) -> Node:
    mean = _mean(node, array)
    return _mean(node, array.map(lambda entry: power(add(entry, mul(Number(-1), mean)), 2)))


def norm(node: Apply, array: Array, order: Value = TWO) -> Node:
    """The norm of order 2 or 1."""
    if not isinstance(order, Number) or order.value not in (1, 2):
        raise size_error(node, "only the norms of order 1 and 2 are worked out")
    if order.value == 1:
        return add(*(Apply("abs", (entry,)) for entry in array.entries))
    return Apply("sqrt", (add(*(power(entry, 2) for entry in array.entries)),))


def _exponentials(array: Array) -> Array:
    return array.map(lambda entry: Apply("exp", (entry,)))


def _softmax(node: Apply, array: Array) -> Array:
    exponentials = _exponentials(array)
    total = add(*exponentials.entries)
    return exponentials.map(lambda entry: div(entry, total))


def _logsumexp(node: Apply, array: Array) -> Node:
    return Apply("log", (add(*_exponentials(array).entries),))


def _trace(node: Apply, array: Array) -> Node:
    return add(*_diagonal(node, array).entries)


def _diagonal(node: Apply, array: Array) -> Array:
    if len(array.shape) == 1:
        size = array.shape[0]
        return Array(
            (size, size),
            tuple(array.entries[row] if row == column else ZERO for row in range(size) for column in range(size)),
        )
    if array.shape[0] != array.shape[1]:
        raise size_error(node, f"{node.op} needs a square matrix, not {shown_shape(array.shape)}")
    return Array((array.shape[0],), array.entries[:: array.shape[1] + 1])


def _determinant(node: Apply, array: Array) -> Node:
    if len(array.shape) != 2 or array.shape[0] != array.shape[1] or array.shape[0] > 5:
        raise size_error(node, "the determinant needs a square matrix of at most 5 rows")
    return _cofactors(array.rows())


def _cofactors(rows: list[tuple[Node, ...]]) -> Node:
    if len(rows) == 1:
        return rows[0][0]
    terms = []
    for column, entry in enumerate(rows[0]):
        minor = [row[:column] + row[column + 1 :] for row in rows[1:]]
        terms.append(mul(Number((-1) ** column), entry, _cofactors(minor)))
    return add(*terms)


def inverse(node: Apply, array: Array) -> Array:
    """The inverse matrix by its cofactors."""
    determinant = _determinant(node, array)
    rows, size = array.rows(), array.shape[0]
    if size == 1:
        return array.map(lambda entry: div(ONE, entry))
    entries = []
    for row in range(size):
        for column in range(size):
            minor = [line[:row] + line[row + 1 :] for at, line in enumerate(rows) if at != column]
            entries.append(div(mul(Number((-1) ** (row + column)), _cofactors(minor)), determinant))
    return Array(array.shape, tuple(entries))


ARRAY_FUNCTIONS: Final[dict[str, Callable[[Apply, Array], Value]]] = {
    "sum": _total, "mean": _mean, "var": _variance, "norm": norm, "softmax": _softmax, "logsumexp": _logsumexp,
    "tr": _trace, "diag": _diagonal, "det": _determinant, "inv": inverse,
    "logdet": lambda node, array: Apply("log", (_determinant(node, array),)),
}  # fmt: skip
