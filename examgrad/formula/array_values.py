"""What an array of scalar formulas is, and the arrays that are written out in a tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from examgrad.errors import MathSyntaxError
from examgrad.formula.tree import Apply, Node


class Array(NamedTuple):
    """A vector ``(n,)`` or matrix ``(m, n)`` of scalar formulas, row by row."""

    shape: tuple[int, ...]
    entries: tuple[Node, ...]

    def tree(self) -> Apply:
        """The array as an ``array`` node."""
        if len(self.shape) == 1:
            return Apply("array", self.entries)
        return Apply("array", tuple(Apply("array", row) for row in self.rows()))

    def rows(self) -> list[tuple[Node, ...]]:
        """The rows of a matrix; a column has rows of one entry."""
        width = self.shape[1] if len(self.shape) == 2 else 1
        return [self.entries[at : at + width] for at in range(0, len(self.entries), width)]

    def map(self, change: Callable[[Node], Node]) -> Array:
        """The array with every entry changed."""
        return Array(self.shape, tuple(change(entry) for entry in self.entries))


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


def shown_shape(shape: tuple[int, ...]) -> str:
    """A shape as messages name it: ``2×3``."""
    return "×".join(map(str, shape)) if len(shape) > 1 else f"{shape[0]}"


def size_error(node: Node, message: str, *, help: str = "") -> MathSyntaxError:
    """The error to raise at a node whose sizes do not fit."""
    start, end = node.span or (0, 1)
    return MathSyntaxError(message, offset=start, width=end - start, help=help, code="shape")
