"""Functions of whole arrays, written out in the arrays' entries: one row each in :data:`ARRAY_FUNCTIONS`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

from examgrad.formula.array_values import Array, Value, size_error
from examgrad.formula.misfits import shown_shape
from examgrad.formula.tree import ONE, TWO, ZERO, Apply, Constant, Node, Number, add, div, mul, power

MAX_ROWS: Final = 5


def total(terms: Sequence[Node]) -> Node:
    """Their sum; sums among them stay as they are where they are long, or the sum of sums would grow and grow."""
    if any(isinstance(term, Apply) and term.op == "add" and len(term.args) > 16 for term in terms):
        return Apply("add", tuple(terms)) if len(terms) > 1 else terms[0]
    return add(*terms)


def _total(node: Apply, array: Array) -> Node:
    return total(array.entries)


def _mean(node: Apply, array: Array) -> Node:
    return div(_total(node, array), Number(len(array.entries)))


def _variance(node: Apply, array: Array) -> Node:
    mean = _mean(node, array)
    return _mean(node, array.map(lambda entry: power(add(entry, mul(Number(-1), mean)), 2)))


def norm(node: Node, array: Array, order: Value = TWO) -> Node:
    """The norm of all entries: of order 2 (of a matrix that of Frobenius), 1, infinity, or any from 1 on."""
    sizes = tuple(Apply("abs", (entry,)) for entry in array.entries)
    if isinstance(order, Constant) and order.name == "inf":
        return Apply("max", sizes)
    if not isinstance(order, Number) or order.value < 1:
        raise size_error(node, "the order of a norm is a number from 1, or infinity")
    if order.value == 1:
        return total(sizes)
    if order.value == 2:
        return Apply("sqrt", (total([power(entry, 2) for entry in array.entries]),))
    return power(total([power(entry, order) for entry in sizes]), Number(1 / order.value))


def square_of_norm(node: Apply, root: Node) -> Node | None:
    """The sum of squares that a ``‖x‖²`` is, which has derivatives at 0, too; ``root`` is the norm in its entries."""
    length, *exponent = node.args
    if node.op == "pow" and exponent == [TWO] and isinstance(length, Apply) and length.op == "norm":
        return root.args[0] if isinstance(root, Apply) and root.op == "sqrt" else None
    return None


def _exponentials(array: Array) -> Array:
    return array.map(lambda entry: Apply("exp", (entry,)))


def _softmax(node: Apply, array: Array) -> Array:
    exponentials = _exponentials(array)
    whole = total(exponentials.entries)
    return exponentials.map(lambda entry: div(entry, whole))


def _logsumexp(node: Apply, array: Array) -> Node:
    return Apply("log", (total(_exponentials(array).entries),))


def _trace(node: Apply, array: Array) -> Node:
    return add(*_diagonal(node, array).entries)


def _diagonal(node: Apply, array: Array) -> Array:
    if node.op == "diag" and array.shape[1:] in ((), (1,)):
        size = array.shape[0]
        return Array(
            (size, size),
            tuple(array.entries[row] if row == column else ZERO for row in range(size) for column in range(size)),
        )
    if len(array.shape) != 2 or array.shape[0] != array.shape[1]:
        raise size_error(node, f"{node.op} needs a square matrix, not {shown_shape(array.shape)}")
    return Array((array.shape[0],), array.entries[:: array.shape[1] + 1])


def _determinant(node: Apply, array: Array) -> Node:
    if len(array.shape) != 2 or array.shape[0] != array.shape[1] or array.shape[0] > MAX_ROWS:
        what = "the inverse" if node.op in ("inverse", "pow") else "the determinant"
        raise size_error(node, f"{what} needs a square matrix of at most {MAX_ROWS} rows")
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


def _stacked(node: Apply, array: Array) -> Array:
    """The columns of a matrix below each other."""
    width = array.shape[1] if len(array.shape) == 2 else 1
    entries = tuple(entry for at in range(width) for entry in array.entries[at::width])
    return Array((len(entries),), entries)


def _greatest(node: Apply, array: Array) -> Node:
    return Apply(node.op.removeprefix("a"), array.entries) if len(array.entries) > 1 else array.entries[0]


def _log_softmax(node: Apply, array: Array) -> Array:
    sum_of_logs = _logsumexp(node, array)
    return array.map(lambda entry: add(entry, mul(Number(-1), sum_of_logs)))


ARRAY_FUNCTIONS: Final[dict[str, Callable[[Apply, Array], Value]]] = {
    "sum": _total, "mean": _mean, "var": _variance, "norm": norm, "softmax": _softmax, "logsumexp": _logsumexp,
    "logsoftmax": _log_softmax,
    "tr": _trace, "diag": _diagonal, "det": _determinant, "inverse": inverse, "vec": _stacked,
    "max": _greatest, "min": _greatest, "amax": _greatest, "amin": _greatest,
    "logdet": lambda node, array: Apply("log", (_determinant(node, array),)),
}  # fmt: skip


def of_number(node: Apply, value: Node) -> Node:
    """A function of arrays of what turned out to be a number."""
    if node.op in ("sum", "mean", "tr", "det", "diag"):
        return value
    if node.op == "norm":
        return Apply("abs", (value,))
    if node.op == "inverse":
        return Apply("div", (ONE, value))
    raise size_error(node, f"{node.op} needs an array")


def along_axis(node: Apply, array: Array, axis: Value, writer: Callable[[Apply, Array], Value]) -> Value:
    """A function along one axis: 0 runs down the columns, -1 is the last."""
    axes = len(array.shape)
    if not isinstance(axis, Number) or axis.value.denominator != 1 or not -axes <= axis.value < axes:
        raise size_error(node, f"an array of shape {shown_shape(array.shape)} has no such axis")
    if axes == 1:
        return writer(node, array)
    place = int(axis.value) % axes
    results = [writer(node, line) for line in array.lines(place)]
    kept = [result for result in results if isinstance(result, Node)]
    if len(kept) == len(results):
        shape = array.shape[:place] + array.shape[place + 1 :]
        return Array(shape, tuple(kept), place if axes == 2 else None)
    step, size = math.prod(array.shape[place + 1 :]), array.shape[place]
    entries: list[Node] = list(array.entries)
    for at, result in enumerate(results):
        start = at // step * step * size + at % step
        assert isinstance(result, Array)
        entries[start : start + step * size : step] = result.entries
    return Array(array.shape, tuple(entries))
