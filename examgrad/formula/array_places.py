"""Arrays whose entries are put at other places: turned, flattened, cut into rows again, repeated."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import Final

from examgrad.formula.array_values import Array, Value, checked, size_error
from examgrad.formula.misfits import shown_shape
from examgrad.formula.tree import Apply, Number


def _array(node: Apply, value: Value) -> Array:
    if not isinstance(value, Array):
        raise size_error(node, f"{node.op} needs an array")
    return value


def _turned(node: Apply, args: Sequence[Value]) -> Value:
    """``flip(K)``: each matrix turned by 180°, ``K_{11}`` at the end of the last row; a vector from its end."""
    array = _array(node, args[0])
    size = math.prod(array.shape[-2:])
    planes = [array.entries[at : at + size] for at in range(0, len(array.entries), size)]
    return Array(array.shape, tuple(entry for plane in planes for entry in reversed(plane)))


def _flattened(node: Apply, args: Sequence[Value]) -> Value:
    """``flatten(X)``: the rows after each other, as frameworks do it; ``vec`` has the columns."""
    array = _array(node, args[0])
    return Array((len(array.entries),), array.entries)


def _reshaped(node: Apply, args: Sequence[Value]) -> Value:
    """``reshape(x, m, n)``: row after row."""
    array = _array(node, args[0])
    sizes = [int(size.value) for size in args[1:] if isinstance(size, Number) and size.value.denominator == 1]
    if len(sizes) < len(args) - 1 or math.prod(sizes) != len(array.entries) or min(sizes) < 1:
        raise size_error(node, f"{shown_shape(array.shape)} is {len(array.entries)} entries, and so must the sizes be")
    return Array(tuple(sizes), array.entries)


def _upsampled(node: Apply, args: Sequence[Value]) -> Value:
    """``upsample(A, k)``: each entry as a block of k×k, ``A ⊗ 1 1ᵀ`` of a matrix."""
    array, size = _array(node, args[0]), args[1]
    if len(array.shape) not in (2, 3):
        raise size_error(node, "upsample needs an image, [H, W] or [C, H, W]")
    if not isinstance(size, Number) or size.value.denominator != 1 or size.value < 1:
        raise size_error(node, "the size of a block is a whole number from 1")
    block = int(size.value)
    height, width = array.shape[-2:]
    shape = checked(node, (*array.shape[:-2], height * block, width * block))
    entries = tuple(
        array.entries[plane + row // block * width + column // block]
        for plane in range(0, len(array.entries), height * width)
        for row, column in product(range(height * block), range(width * block))
    )
    return Array(shape, entries)


PLACES: Final[dict[str, Callable[[Apply, Sequence[Value]], Value]]] = {
    "flip": _turned, "flatten": _flattened, "reshape": _reshaped, "upsample": _upsampled,
}  # fmt: skip
