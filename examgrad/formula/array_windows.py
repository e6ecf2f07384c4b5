"""Convolution and pooling of arrays of scalar formulas: every output is a sum, or a maximum, over a window.

``unpool`` is what a maximum passes back: each entry at the place of the largest of its window (of several, the first).

Sizes are PyTorch's: ``X`` is ``[H, W]`` or ``[C, H, W]``, a kernel ``[kh, kw]``, ``[C, kh, kw]`` or ``[F, C, kh, kw]``,
and an output axis has ``floor((size + 2 padding − window)/stride) + 1`` entries. A convolution is a cross-correlation:
the kernel is not turned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Final

from examgrad.formula.array_functions import total
from examgrad.formula.array_values import MAX_ENTRIES, Array, Value, size_error
from examgrad.formula.misfits import shown_shape
from examgrad.formula.tree import Apply, Node, Number, div, mul

MAX_PRODUCTS: Final = 200_000
Pair = tuple[int, int]


def pair(node: Apply, value: Value, what: str, least: int) -> Pair:
    """A size, stride or padding: one number for both axes, or two."""
    items = value.entries if isinstance(value, Array) and value.shape == (2,) else (value, value)
    found = [int(item.value) for item in items if isinstance(item, Number) and item.value.denominator == 1]
    if len(found) < 2 or min(found) < least:
        raise size_error(node, f"the {what} is a whole number from {least}, or two of them")
    return found[0], found[1]


def _outputs(node: Apply, sizes: Sequence[int], window: Pair, stride: Pair, padding: Pair) -> Pair:
    """How many windows fit below each other and beside each other."""
    fitting = [
        (size + 2 * pad - width) // step + 1
        for size, width, step, pad in zip(sizes, window, stride, padding, strict=True)
    ]
    if min(fitting) < 1:
        inside = f"{shown_shape(sizes)} with padding {padding[0]}" if any(padding) else shown_shape(sizes)
        raise size_error(node, f"a window of {shown_shape(window)} does not fit into {inside}")
    return fitting[0], fitting[1]


def _channels(array: Array) -> list[Array]:
    """The matrices of an array of two or three axes."""
    shape, size = array.shape[-2:], array.shape[-1] * array.shape[-2]
    return [Array(shape, array.entries[at : at + size]) for at in range(0, len(array.entries), size)]


def _window(array: Array, top: int, left: int, window: Pair) -> list[tuple[int, Node]]:
    """The entries under a window with their places in it; what lies in the padding is left out."""
    rows, columns = array.shape
    return [
        (row * window[1] + column, array.entries[(top + row) * columns + left + column])
        for row in range(max(0, -top), min(window[0], rows - top))
        for column in range(max(0, -left), min(window[1], columns - left))
    ]


def convolution(node: Apply, args: Sequence[Value]) -> Value:
    """``conv2d(X, K, stride, padding)``."""
    image, kernel = args[0], args[1]
    if not (isinstance(image, Array) and isinstance(kernel, Array)):
        raise size_error(node, "conv2d needs an image and a kernel")
    stride = pair(node, args[2], "stride", 1) if len(args) > 2 else (1, 1)
    padding = pair(node, args[3], "padding", 0) if len(args) > 3 else (0, 0)
    shapes = shown_shape(image.shape), shown_shape(kernel.shape)
    depth = image.shape[:-2]
    axes = len(kernel.shape) - len(image.shape)
    if len(image.shape) not in (2, 3) or axes not in (0, 1) or kernel.shape[axes:-2] != depth:
        help = "an image is [H, W] or [C, H, W], its kernel [kh, kw] or [F, C, kh, kw] with the same C"
        raise size_error(node, f"an image of {shapes[0]} has no convolution with a kernel of {shapes[1]}", help=help)
    window = kernel.shape[-2], kernel.shape[-1]
    height, width = _outputs(node, image.shape[-2:], window, stride, padding)
    planes, weights = _channels(image), _channels(kernel)
    filters = [weights[at : at + len(planes)] for at in range(0, len(weights), len(planes))]
    count = len(filters) * height * width
    if count > MAX_ENTRIES or count * len(planes) * min(window[0] * window[1], len(planes[0].entries)) > MAX_PRODUCTS:
        raise size_error(node, "this convolution is too large to be worked out")
    corners = [(row * stride[0] - padding[0], column * stride[1] - padding[1]) for row, column in
               product(range(height), range(width))]  # fmt: skip
    entries = tuple(
        total([mul(item, weight.entries[at]) for plane, weight in zip(planes, chosen, strict=True)
               for at, item in _window(plane, top, left, window)] or [Number(0)])
        for chosen in filters for top, left in corners
    )  # fmt: skip
    return Array((*kernel.shape[:axes], height, width), entries)


def pooling(node: Apply, args: Sequence[Value]) -> Value:
    """``maxpool(X, size, stride)`` and ``avgpool``; without a stride the windows lie side by side."""
    image = args[0]
    if not isinstance(image, Array) or len(image.shape) not in (2, 3) or len(args) < 2:
        raise size_error(node, f"{node.op} needs an image, [H, W] or [C, H, W], and the size of its window")
    window = pair(node, args[1], "size", 1)
    stride = pair(node, args[2], "stride", 1) if len(args) > 2 else window
    height, width = _outputs(node, image.shape[-2:], window, stride, (0, 0))
    planes = _channels(image)
    if len(planes) * height * width * window[0] * window[1] > MAX_PRODUCTS:
        raise size_error(node, "this pooling is too large to be worked out")
    pool = _largest if node.op == "maxpool" else _average
    entries = tuple(
        pool([item for _, item in _window(plane, row * stride[0], column * stride[1], window)])
        for plane in planes for row in range(height) for column in range(width)
    )  # fmt: skip
    return Array((*image.shape[:-2], height, width), entries)


def unpooling(node: Apply, args: Sequence[Value]) -> Value:
    """``unpool(A, X, size, stride)``: an entry of ``A`` for each window of ``X``, and what ``X`` has the shape of."""
    chosen, image = args[0], args[1]
    pooled = pooling(Apply("maxpool", node.args[1:], node.span), args[1:])
    if not isinstance(chosen, Array) or not isinstance(image, Array) or not isinstance(pooled, Array):
        raise size_error(node, "unpool needs what each window passes on, and the image")
    if chosen.shape != pooled.shape:
        shapes = shown_shape(chosen.shape), shown_shape(pooled.shape)
        raise size_error(node, f"unpool gets {shapes[0]} for the windows, of which there are {shapes[1]}")
    window = pair(node, args[2], "size", 1)
    stride = pair(node, args[3], "stride", 1) if len(args) > 3 else window
    height, width = image.shape[-2:]
    terms: list[list[Node]] = [[] for _ in image.entries]
    corners = product(range(len(_channels(image))), range(pooled.shape[-2]), range(pooled.shape[-1]))
    for passed, (plane, row, column) in zip(chosen.entries, corners, strict=True):
        places = [
            (plane * height + row * stride[0] + down) * width + column * stride[1] + right
            for down in range(window[0]) for right in range(window[1])
        ]  # fmt: skip
        items = [image.entries[place] for place in places]
        for at, place in enumerate(places):
            terms[place].append(mul(passed, *_where_largest(items, at)))
    return Array(image.shape, tuple(total(found) if found else Number(0) for found in terms))


def _where_largest(items: list[Node], at: int) -> list[Node]:
    """The conditions that an item is larger than all before it, and no smaller than those behind it."""
    sides = ("gt", items[:at]), ("ge", items[at + 1 :])
    conditions = [Apply(relation, (items[at], _largest(others))) for relation, others in sides if others]
    return [Apply("indicator", (condition,)) for condition in conditions]


def _largest(items: list[Node]) -> Node:
    return Apply("max", tuple(items)) if len(items) > 1 else items[0]


def _average(items: list[Node]) -> Node:
    return div(total(items), Number(len(items)))


WINDOWS: Final[dict[str, Callable[[Apply, Sequence[Value]], Value]]] = {
    "conv2d": convolution, "maxpool": pooling, "avgpool": pooling, "unpool": unpooling,
}  # fmt: skip
