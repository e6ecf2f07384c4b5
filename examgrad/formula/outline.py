"""The sizes of a formula as far as they are seen at a glance, while it is read.

The reader asks whether something is a matrix, a column or a number, where that decides what a sign means: ``A⁻¹``,
``|A|``, ``a·b``. Nothing is checked here, and what is not seen is ``None``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from examgrad.formula.names import Variable
from examgrad.formula.tree import Apply, Node, Number, Symbol

Size = int | str | None
"""A number, the name of a size, or unknown."""
Outline = tuple[Size, ...]
"""The size of each axis: none of a number, one of a column; a row has two, of which the first is 1."""

_NUMBERS: Final = frozenset({"tr", "det", "logdet", "norm", "sum", "mean", "var", "logsumexp", "entry", "max", "min"})
"""What makes a number of one array."""
_SAME: Final = frozenset({"inverse", "softmax", "flip"})
"""What has the sizes of its first argument."""


def outline(node: Node, variables: Mapping[str, Variable]) -> Outline | None:
    """The sizes of a formula, ``None`` where they are not seen."""
    if isinstance(node, Symbol):
        variable = variables.get(node.name)
        return variable.shape if variable else ()
    if not isinstance(node, Apply):
        return ()
    special = _SPECIAL.get(node.op)
    if special is not None:
        return special(node, variables)
    first = outline(node.args[0], variables) if node.args else None
    if node.op in _SAME:
        return first
    if node.op in _NUMBERS and len(node.args) == 1:
        return () if node.op not in ("max", "min") or first else first
    if node.op in _NUMBERS or node.op in ("amax", "amin"):
        return _reduced(node, variables, first)
    return _widest(node, variables)


def _reduced(node: Apply, variables: Mapping[str, Variable], first: Outline | None) -> Outline | None:
    """A function along an axis, the entry of an array, a finite sum, the greatest of several numbers."""
    if node.op == "entry" or (node.op == "norm" and len(node.args) == 2):
        return ()
    if node.op == "sum" and len(node.args) == 4:
        return outline(node.args[3], variables)
    if node.op in ("max", "min"):
        return _widest(node, variables)
    axis = node.args[-1]
    if first is None or len(first) != 2 or not isinstance(axis, Number) or axis.value not in (0, 1, -1):
        return None
    return (first[1],) if axis.value == 0 else (first[0],)


def _widest(node: Apply, variables: Mapping[str, Variable]) -> Outline | None:
    """Entry by entry: the sizes of the argument that has the most axes."""
    outlines = [outline(arg, variables) for arg in node.args]
    known = [found for found in outlines if found is not None]
    best = max(known, key=len, default=None)
    if best or len(known) == len(outlines):
        return best
    return None


def _product(node: Apply, variables: Mapping[str, Variable]) -> Outline | None:
    left = outline(node.args[0], variables)
    for arg in node.args[1:]:
        right = outline(arg, variables)
        if left is None or right is None:
            return None
        left = product(left, right)
    return left


def product(left: Outline, right: Outline) -> Outline:
    """The sizes of a product whose factors are taken to fit."""
    if not left or not right:
        return left or right
    rows = left[0]
    if len(right) == 1:
        return () if len(left) == 2 and rows == 1 else (rows,)
    return (rows, right[1])


def _transpose(node: Apply, variables: Mapping[str, Variable]) -> Outline | None:
    sizes = outline(node.args[0], variables)
    if sizes is None or len(sizes) > 2 or not sizes:
        return sizes
    if len(sizes) == 1:
        return (1, sizes[0])
    return (sizes[1],) if sizes[0] == 1 else (sizes[1], sizes[0])


def _literal(node: Apply, variables: Mapping[str, Variable]) -> Outline | None:
    inner = outline(node.args[0], variables) if node.args else ()
    return None if inner is None else (len(node.args), *inner)


def _diagonal(node: Apply, variables: Mapping[str, Variable]) -> Outline | None:
    sizes = outline(node.args[0], variables)
    return None if not sizes else (sizes[0], sizes[0]) if len(sizes) == 1 else (sizes[0],)


def _size(node: Node) -> Size:
    if isinstance(node, Number) and node.value.denominator == 1:
        return int(node.value)
    return node.name if isinstance(node, Symbol) else None


def _taken(axis: int) -> Callable[[Apply, Mapping[str, Variable]], Outline | None]:
    """The sizes of a row (0) or column (1) taken out of a matrix."""

    def taken(node: Apply, variables: Mapping[str, Variable]) -> Outline | None:
        sizes = outline(node.args[0], variables)
        return (sizes[1 - axis],) if sizes is not None and len(sizes) == 2 else None

    return taken


def _convolved(node: Apply, variables: Mapping[str, Variable]) -> Outline | None:
    image, kernel = (outline(arg, variables) for arg in node.args[:2])
    if not image or not kernel or not 0 <= len(kernel) - len(image) <= 1:
        return None
    return (*kernel[: len(kernel) - len(image)], None, None)


def _pooled(node: Apply, variables: Mapping[str, Variable]) -> Outline | None:
    image = outline(node.args[0], variables)
    return None if image is None or len(image) < 2 else (*image[:-2], None, None)


_SPECIAL: Final[dict[str, Callable[[Apply, Mapping[str, Variable]], Outline | None]]] = {
    "mul": _product,
    "transpose": _transpose,
    "array": _literal,
    "diag": _diagonal,
    "identity": lambda node, variables: (None, None),
    "eye": lambda node, variables: (_size(node.args[0]), _size(node.args[0])),
    "ones": lambda node, variables: tuple(map(_size, node.args)) or (None,),
    "zeros": lambda node, variables: tuple(map(_size, node.args)),
    "onehot": lambda node, variables: (_size(node.args[1]),),
    **dict.fromkeys(("vec", "flatten"), lambda node, variables: (None,)),
    "reshape": lambda node, variables: tuple(map(_size, node.args[1:])),
    "row": _taken(0),
    "column": _taken(1),
    "conv2d": _convolved,
    **dict.fromkeys(("maxpool", "avgpool", "upsample"), _pooled),
    "unpool": lambda node, variables: outline(node.args[1], variables),
    **dict.fromkeys(("derivative", "gradient", "at"), lambda node, variables: None),
}
