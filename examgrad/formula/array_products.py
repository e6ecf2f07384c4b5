"""Products, transposes and powers of arrays of scalar formulas; a column is ``(n,)``."""

from __future__ import annotations

from examgrad.formula.array_functions import inverse
from examgrad.formula.array_values import Array, Value, checked, elementwise, eye, size_error
from examgrad.formula.misfits import product_misfit
from examgrad.formula.tree import Apply, Node, Number, add, mul


def product(node: Node, left: Value, right: Value, names: tuple[Node, Node]) -> Value:
    """The matrix product, or a multiple of an array; ``names`` are the factors as they were written."""
    if not isinstance(left, Array) or not isinstance(right, Array):
        return elementwise(node, mul, [left, right])
    if not fits(left, right):
        message, help = product_misfit(*names, left.shape, right.shape)
        raise size_error(node, message, help=help)
    width = right.shape[1] if len(right.shape) == 2 else 1
    rows = checked(node, (left.shape[0], width))[0]
    columns = [right.entries[at::width] for at in range(width)]
    entries = tuple(
        add(*(mul(a, b) for a, b in zip(row, column, strict=True))) for row in left.rows() for column in columns
    )
    if rows == width == 1:
        return entries[0]
    return Array((rows,) if len(right.shape) == 1 else (rows, width), entries)


def fits(left: Array, right: Array) -> bool:
    """Whether two arrays have a matrix product: two columns have none."""
    inner = left.shape[1] if len(left.shape) == 2 else 1
    columns = len(left.shape) == len(right.shape) == 1
    return inner == right.shape[0] and not columns and len(left.shape) <= 2 and len(right.shape) <= 2


def as_row(column: Array) -> Array:
    """A column as a row."""
    return Array((1, *column.shape), column.entries) if len(column.shape) == 1 else column


def cost(left: Value, right: Value) -> int:
    """How many products of numbers a matrix product takes."""
    if not isinstance(left, Array) or not isinstance(right, Array):
        return sum(len(side.entries) for side in (left, right) if isinstance(side, Array))
    return len(left.entries) * (right.shape[1] if len(right.shape) == 2 else 1)


def transposed(node: Node, value: Value) -> Value:
    """The transpose; that of a row is a column."""
    if not isinstance(value, Array):
        return value
    if len(value.shape) == 1:
        return as_row(value)
    if len(value.shape) > 2:
        raise size_error(node, f"an array of {len(value.shape)} axes has no transpose")
    rows, columns = value.shape
    if rows == 1:
        return Array((columns,), value.entries)
    return Array(
        (columns, rows),
        tuple(value.entries[row * columns + column] for column in range(columns) for row in range(rows)),
    )


def matrix_power(node: Apply, array: Array, exponent: Value) -> Value:
    """``A^-1`` and ``A^n`` for small n."""
    power = _whole(exponent)
    if power is None or not -4 <= power <= 8:
        raise size_error(node, "this power of a matrix is not worked out", help="write A.^2 for powers of the entries")
    if array.shape[0] != array.shape[1]:
        raise size_error(node, "only a square matrix has powers", help="write A.^2 for powers of the entries")
    base = array if power >= 0 else inverse(node, array)
    result: Value = base if power else eye(array.shape[0])
    for _ in range(abs(power) - 1):
        result = product(node, result, base, (node.args[0], node.args[0]))
    return result


def _whole(exponent: Value) -> int | None:
    if isinstance(exponent, Apply) and exponent.op == "neg":
        inner = _whole(exponent.args[0])
        return None if inner is None else -inner
    if isinstance(exponent, Number) and exponent.value.denominator == 1:
        return int(exponent.value)
    return None
