"""What is said of sizes that do not fit, in words: "Wx needs the columns of W (m×d) to match x (k); did you mean Wᵀx?"

Sizes are numbers or names; nothing here knows which arrays there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from examgrad.formula import printer
from examgrad.formula.tree import Apply, Node, Symbol

_LONGEST: Final = 40
Shape = Sequence[int | str | None]


def shown_shape(shape: Shape) -> str:
    """A shape as messages name it: ``2×3``."""
    return "×".join("?" if size is None else str(size) for size in shape)


def product_misfit(left: Node, right: Node, left_shape: Shape, right_shape: Shape) -> tuple[str, str]:
    """What is said of a product whose sizes do not fit, and the help."""
    if len(left_shape) == len(right_shape) == 1:
        message = "the product of two columns is neither their inner nor their outer product"
        if left.size() + right.size() > _LONGEST:
            left, right = Symbol("x"), Symbol("y")
        products = _times(_turned(left), right), _times(left, _turned(right)), Apply("hadamard", (left, right))
        inner, outer, single = map(printer.unicode, products)
        return message, f"write {inner}, {outer}, or {single} for the element-wise product"
    whole = _short(_times(left, right), "this product")
    x, y = _short(left, "the left factor"), _short(right, "the right factor")
    if len(left_shape) == 1:
        column = f"{x} ({shown_shape(left_shape)}) is a column"
        needs = f"{whole} needs {y} ({shown_shape(right_shape)}) to be a row, since {column}"
    else:
        what = y if len(right_shape) == 1 else f"the rows of {y}"
        needs = (
            f"{whole} needs the columns of {x} ({shown_shape(left_shape)}) to match {what} ({shown_shape(right_shape)})"
        )
    meant = _meant(left, right, left_shape, right_shape)
    return needs + (f"; did you mean {meant}?" if meant else ""), ""


def _meant(left: Node, right: Node, left_shape: Shape, right_shape: Shape) -> str:
    """The product with one factor transposed that would fit."""
    if len(left_shape) > 2 or len(right_shape) > 2:
        return ""
    if left_shape[0] == right_shape[0]:
        return _short(_times(_turned(left), right), "")
    columns = left_shape[1] if len(left_shape) == 2 else 1
    if len(right_shape) == 2 and columns == right_shape[1]:
        return _short(_times(left, _turned(right)), "")
    if len(right_shape) == 1 and len(left_shape) == 2 and columns == 1:
        return _short(_times(left, _turned(right)), "")
    if len(right_shape) == 2 and right_shape[1] == left_shape[0]:
        return _short(_times(right, left), "")
    return ""


def misfit(node: Node, shape: Shape, other: Shape) -> tuple[str, str]:
    """What is said of arrays that are added, compared or multiplied entry by entry, and the help."""
    message = f"sizes {shown_shape(shape)} and {shown_shape(other)} do not fit together"
    turned = tuple(reversed(shape)) if len(shape) == 2 else (1, *shape)
    if len(node.args) == 2 and turned in (tuple(other), (*other, 1)):
        return message, "one of the two is transposed"
    return message, ""


def _turned(node: Node) -> Node:
    if isinstance(node, Apply) and node.op == "transpose":
        return node.args[0]
    return Apply("transpose", (node,))


def _times(left: Node, right: Node) -> Node:
    factors = left.args if isinstance(left, Apply) and left.op == "mul" else (left,)
    return Apply("mul", (*factors, right))


def _short(node: Node, otherwise: str) -> str:
    """A formula as it is printed, or another word where that is long."""
    if node.size() > _LONGEST:
        return otherwise
    text = printer.unicode(node)
    return text if len(text) <= _LONGEST else otherwise
