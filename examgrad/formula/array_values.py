"""What an array of scalar formulas is, and the arrays that are written out in a tree."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from examgrad.errors import MathSyntaxError
from examgrad.formula.misfits import misfit
from examgrad.formula.tree import ONE, ZERO, Apply, Node

MAX_ENTRIES: Final = 4096


class Array(NamedTuple):
    """An array of scalar formulas, row by row: a vector ``(n,)``, a matrix ``(m, n)``, or one of up to four axes.

    ``along`` is the axis of a matrix that was summed away to make this vector: the means of columns (0) are meant
    for every row, those of rows (1) for every column.
    """

    shape: tuple[int, ...]
    entries: tuple[Node, ...]
    along: int | None = None

    def tree(self) -> Apply:
        """The array as an ``array`` node."""
        items: list[Node] = list(self.entries)
        for size in reversed(self.shape):
            items = [Apply("array", tuple(items[at : at + size])) for at in range(0, len(items), size)]
        root = items[0]
        assert isinstance(root, Apply)
        return root

    def rows(self) -> list[tuple[Node, ...]]:
        """The rows of a matrix; a column has rows of one entry."""
        width = self.shape[1] if len(self.shape) == 2 else 1
        return [self.entries[at : at + width] for at in range(0, len(self.entries), width)]

    def map(self, change: Callable[[Node], Node]) -> Array:
        """The array with every entry changed."""
        return Array(self.shape, tuple(map(change, self.entries)), self.along)

    def lines(self, axis: int) -> list[Array]:
        """The vectors along one axis, in the order of the other axes."""
        step, size = math.prod(self.shape[axis + 1 :]), self.shape[axis]
        blocks = range(0, len(self.entries), step * size)
        starts = [block + at for block in blocks for at in range(step)]
        return [Array((size,), self.entries[start : start + step * size : step]) for start in starts]


Value = Node | Array


def is_array(node: Node) -> bool:
    """Whether a node is an array written out."""
    return isinstance(node, Apply) and node.op == "array"


def entries_of(node: Node) -> tuple[Node, ...]:
    """The scalar entries of an array, row by row; the formula itself if it is none."""
    return tuple(entry for arg in node.args for entry in entries_of(arg)) if is_array(node) else (node,)


def entry_name(name: str, position: Sequence[int]) -> str:
    """The symbol that stands for one entry of a declared array."""
    return f"{name}_{','.join(map(str, position))}" if len(position) > 1 else f"{name}_{position[0]}"


def positions(shape: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All places in an array, counted from 1, row by row."""
    return itertools.product(*(range(1, size + 1) for size in shape))


def size_error(node: Node, message: str, *, help: str = "") -> MathSyntaxError:
    """The error to raise at a node whose sizes do not fit."""
    start, end = node.span or (0, 1)
    return MathSyntaxError(message, offset=start, width=end - start, help=help, code="shape")


def checked(node: Node, shape: Sequence[int]) -> tuple[int, ...]:
    """A shape that is not too large to be written out."""
    if math.prod(shape) > MAX_ENTRIES:
        raise size_error(node, f"more than {MAX_ENTRIES} entries are not worked out")
    return tuple(shape)


def filled(shape: tuple[int, ...], value: Node) -> Array:
    """An array with the same entry everywhere."""
    return Array(shape, (value,) * math.prod(shape))


def eye(size: int) -> Array:
    """The identity matrix."""
    return Array((size, size), tuple(ZERO if at % (size + 1) else ONE for at in range(size * size)))


def elementwise(node: Node, operation: Callable[..., Node], args: Sequence[Value]) -> Value:
    """Entry by entry; a scalar stands for an array of its copies, and a vector for every row of a matrix.

    That vector is a row, a column as long as the rows are (NumPy's rule), or what a function along axis 0 made; what
    a function along axis 1 made stands for every column.
    """
    arrays = [arg for arg in args if isinstance(arg, Array)]
    if not arrays:
        return operation(*args)
    shape = max((array.shape for array in arrays), key=lambda shape: (len(shape), math.prod(shape)))
    if len(shape) == 2 and shape[1] == 1 and any(array.shape == shape[:1] for array in arrays):
        shape = shape[:1]  # a matrix of one column beside a column
    columns: list[tuple[Node, ...]] = []
    count = math.prod(shape)
    for arg in args:
        entries = _spread(arg, shape) if isinstance(arg, Array) else (arg,) * count
        if entries is None:
            other = next(array.shape for array in arrays if array.shape != shape)
            message, help = misfit(node, shape, other)
            raise size_error(node, message, help=help)
        columns.append(entries)
    along = {array.along for array in arrays if array.along is not None} if len(shape) == 1 else set()
    results = tuple(itertools.starmap(operation, zip(*columns, strict=True)))
    return Array(shape, results, along.pop() if len(along) == 1 else None)


def _spread(array: Array, shape: tuple[int, ...]) -> tuple[Node, ...] | None:
    """The entries of an array repeated to fill a shape; ``None`` where it does not fit."""
    if array.shape in (shape, (*shape, 1)):
        return array.entries
    if len(shape) != 2 or len(array.shape) > 2:
        return None
    rows, columns = shape
    by_column = array.along == 1 if len(array.shape) == 1 else array.shape[1] == 1
    if by_column:
        fits = array.shape[0] == rows
        return tuple(entry for entry in array.entries for _ in range(columns)) if fits else None
    if len(array.shape) == 2 and array.shape[0] != 1:
        return None
    if array.shape[-1] != columns or (rows == 1 and array.along is None):
        return None
    return array.entries * rows
