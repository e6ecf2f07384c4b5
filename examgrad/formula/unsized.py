"""``I`` and ``𝟏`` without a size: they take the size that fits beside their neighbours in a product or a sum.

Until then a formula made of them is a :class:`Pending` array, which knows how to be built once its sizes are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from examgrad.errors import MathSyntaxError
from examgrad.formula.array_products import product, transposed
from examgrad.formula.array_values import Array, Value, checked, elementwise, eye, filled, size_error
from examgrad.formula.tree import ONE, Apply, Node, mul

T = TypeVar("T")
Size = int | None
Build = Callable[[int, int], Value]


class Pending(NamedTuple):
    """An array of which not all sizes are known. ``column`` is one of one axis, ``square`` a square matrix."""

    rows: Size
    columns: Size
    build: Build
    column: bool = False
    square: bool = False

    def sized(self, rows: Size, columns: Size) -> Value | Pending:
        """The array, if these sizes complete it."""
        rows, columns = self.rows or rows, self.columns or columns
        if self.square:
            rows, columns = rows or columns, columns or rows
        if rows is None or columns is None:
            return self._replace(rows=rows, columns=columns)
        return self.build(rows, columns)


Loose = Value | Pending


def identity(node: Node) -> Pending:
    """``I``."""
    return Pending(None, None, lambda rows, columns: eye(checked(node, (rows, rows))[0]), square=True)


def ones(node: Node) -> Pending:
    """``𝟏``."""
    return Pending(None, 1, lambda rows, columns: filled(checked(node, (rows,)), ONE), column=True)


def unknown(node: Node) -> MathSyntaxError:
    """The error where nothing tells a size."""
    return size_error(node, "nothing tells the size of this I or 1", help="write eye(n), ones(n)")


def loose_elementwise(node: Node, operation: Callable[..., Node], args: Sequence[Loose]) -> Loose:
    """Entry by entry, with arrays whose sizes are still open."""
    pending = [arg for arg in args if isinstance(arg, Pending)]
    if not pending:
        return elementwise(node, operation, [arg for arg in args if not isinstance(arg, Pending)])
    if len({arg.column for arg in pending}) > 1:
        raise size_error(node, "a column and a matrix do not fit together")
    shapes = [arg.shape for arg in args if isinstance(arg, Array)]
    rows: Size
    columns: Size
    if shapes:
        shape = max(shapes, key=len)
        rows, columns = (shape[0], shape[1]) if len(shape) == 2 else (shape[0], 1)
    else:
        rows = next((arg.rows for arg in pending if arg.rows), None)
        columns = next((arg.columns for arg in pending if arg.columns), None)
        if any(arg.square for arg in pending):
            rows, columns = rows or columns, columns or rows
    ready = [arg.sized(rows, columns) if isinstance(arg, Pending) else arg for arg in args]
    known = [arg for arg in ready if not isinstance(arg, Pending)]
    if len(known) == len(ready):
        return elementwise(node, operation, known)

    def build(rows: int, columns: int) -> Value:
        return elementwise(node, operation, [_built(arg, rows, columns) for arg in ready])

    first = next(arg for arg in ready if isinstance(arg, Pending))
    return Pending(first.rows, first.columns, build, first.column, any(arg.square for arg in pending))


def _built(arg: Loose, rows: int, columns: int) -> Value:
    return arg.build(rows, columns) if isinstance(arg, Pending) else arg


def loose_product(node: Node, left: Loose, right: Loose, names: tuple[Node, Node]) -> Loose:
    """The matrix product, with arrays whose sizes are still open."""
    if isinstance(left, Node) or isinstance(right, Node):
        return loose_elementwise(node, mul, [left, right])
    rows, before = _sides(left)
    after, columns = _sides(right)
    if isinstance(left, Pending):
        left = left.sized(None, after)
    if isinstance(right, Pending):
        right = right.sized(before, None)
    if not isinstance(left, Pending) and not isinstance(right, Pending):
        return product(node, left, right, names)
    linked = [side for side in (left, right) if isinstance(side, Pending) and side.square and side.rows is None]
    inner = before or after
    if inner is None and not linked:
        raise unknown(node)

    def build(rows: int, columns: int) -> Value:
        middle = inner or (rows if left in linked else columns)
        return product(node, _built(left, rows, middle), _built(right, middle, columns), names)

    column = right.column if isinstance(right, Pending) else isinstance(right, Array) and len(right.shape) == 1
    whole = Pending(rows, columns, build, column, len(linked) == 2)
    return whole.sized(None, None)


def _sides(value: Array | Pending) -> tuple[Size, Size]:
    if isinstance(value, Pending):
        return value.rows, value.columns
    return value.shape[0], value.shape[1] if len(value.shape) == 2 else 1


def loose_transpose(node: Apply, value: Loose) -> Loose:
    """The transpose of what may still be open."""
    if not isinstance(value, Pending):
        return transposed(node, value)
    build = value.build
    column = value.rows == 1 and not value.column
    return Pending(
        value.columns, value.rows, lambda rows, columns: transposed(node, build(columns, rows)), column, value.square
    )
