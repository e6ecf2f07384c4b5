"""Backwards through convolution, pooling and what puts entries at other places; their sizes are numbers.

With stride 1 a convolution's gradients are convolutions again: by the kernel that of the image with the adjoint, by
the image that of the padded adjoint with the kernel turned by 180°. V. Dumoulin and F. Visin, *A guide to convolution
arithmetic for deep learning* (2016). Others are written out, each entry a sum of products.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from examgrad.calculus.matrix.factors import is_op, summands
from examgrad.errors import DerivationError
from examgrad.formula.array_values import Array, entry_name, positions
from examgrad.formula.array_windows import Pair, pair
from examgrad.formula.arrays import expand
from examgrad.formula.shapes import Shape
from examgrad.formula.tree import ONE, ZERO, Apply, Node, Number, Symbol, add, div, mul, substitute

if TYPE_CHECKING:
    from examgrad.calculus.matrix.reverse import Reverse

_MOST_PRODUCTS: Final = 1_000
"""How many products the entries of one gradient may have together."""


def _pair(node: Apply, place: int, absent: Pair, least: int = 1) -> Pair:
    """A stride, size or padding; what it is where it is left out."""
    if len(node.args) <= place:
        return absent
    found = expand(node.args[place], {})
    return pair(node, found, "number", least)


def _pair_node(values: Pair) -> Node:
    first, second = map(Number, values)
    return first if values[0] == values[1] else Apply("array", (first, second))


def convolution(reverse: Reverse, node: Apply, adjoint: Node) -> None:
    """``conv2d(X, K, stride, padding)``."""
    algebra = reverse.algebra
    image, kernel = node.args[:2]
    stride, padding = _pair(node, 2, (1, 1)), _pair(node, 3, (0, 0), least=0)
    flat = len(algebra.shape(image)) == len(algebra.shape(kernel)) == 2 and stride == (1, 1)
    window = [int(size) for size in algebra.shape(kernel)[-2:]]
    around = (window[0] - 1 - padding[0], window[1] - 1 - padding[1])
    front, inner = algebra.apart(adjoint)
    for place, arg in enumerate((image, kernel)):
        if reverse.wanted.isdisjoint(arg.symbols()):
            continue
        if flat and place == 1:
            reverse.pull(arg, algebra.product(front, _convolved(image, inner, padding)))
        elif flat and min(around) >= 0:
            reverse.pull(arg, algebra.product(front, _convolved(inner, Apply("flip", (kernel,)), around)))
        else:
            reverse.pull(arg, _spread(reverse, node, adjoint, place))


def _convolved(image: Node, kernel: Node, padding: Pair) -> Node:
    more = (ONE, _pair_node(padding)) if any(padding) else ()
    return Apply("conv2d", (image, kernel, *more))


def average_pooling(reverse: Reverse, node: Apply, adjoint: Node) -> None:
    """``avgpool(X, size, stride)``: what a window passes back is shared by its entries."""
    algebra = reverse.algebra
    shape = [int(size) for size in algebra.shape(node.args[0])[-2:]]
    size = _pair(node, 1, (1, 1))
    tiled = size[0] == size[1] and all(length % size[0] == 0 for length in shape)
    if tiled and _pair(node, 2, size) == size:
        front, inner = algebra.apart(adjoint)
        share = algebra.quotient(front, Number(size[0] * size[1]))
        reverse.pull(node.args[0], algebra.product(share, Apply("upsample", (inner, Number(size[0])))))
    else:
        reverse.pull(node.args[0], _spread(reverse, node, adjoint, 0))


def max_pooling(reverse: Reverse, node: Apply, adjoint: Node) -> None:
    """``maxpool(X, size, stride)``: a window passes back to its largest entry alone."""
    front, inner = reverse.algebra.apart(adjoint)
    reverse.pull(node.args[0], reverse.algebra.product(front, Apply("unpool", (inner, *node.args))))


def flattening(reverse: Reverse, node: Apply, adjoint: Node) -> None:
    """``flatten(X)`` and ``vec(X)``, of a matrix column by column."""
    algebra = reverse.algebra
    shape = algebra.shape(node.args[0])
    front, inner = algebra.apart(adjoint)
    if len(shape) < 2:
        reverse.pull(node.args[0], adjoint)
        return
    sizes = shape[::-1] if node.op == "vec" else shape
    matrix = Apply("reshape", (inner, *(Number(int(size)) for size in sizes)))
    whole = algebra.product(front, matrix)
    reverse.pull(node.args[0], algebra.transposed(whole) if node.op == "vec" else whole)


def reshaping(reverse: Reverse, node: Apply, adjoint: Node) -> None:
    """``reshape(x, m, n)``."""
    sizes = [Number(int(size)) for size in reverse.algebra.shape(node.args[0])]
    flat = Apply("flatten", (adjoint,))
    reverse.pull(node.args[0], flat if len(sizes) == 1 else Apply("reshape", (adjoint, *sizes)))


def turning(reverse: Reverse, node: Apply, adjoint: Node) -> None:
    """``flip(K)``."""
    reverse.pull(node.args[0], Apply("flip", (adjoint,)))


def entries(reverse: Reverse, node: Apply, adjoint: Node) -> None:
    """An array that is written out: each of its entries has one of the adjoint's."""
    for place, arg in enumerate(node.args, 1):
        if not reverse.wanted.isdisjoint(arg.symbols()):
            if len(reverse.algebra.shape(node)) == 1:
                reverse.pull(arg, reverse.algebra.entry(adjoint, Number(place)))
            else:
                reverse.pull(arg, Apply("row", (adjoint, Number(place))))


def _spread(reverse: Reverse, node: Apply, adjoint: Node, wanted: int) -> Node:
    """The adjoint of the image (0) or kernel (1), entry by entry: each output is a sum of products of their entries."""
    arrays = [arg for arg in node.args[:2] if reverse.algebra.shape(arg) != ()]
    names = [f"input{place}" for place in range(len(arrays))]
    shapes = {name: _numbers(reverse.algebra.shape(arg)) for name, arg in zip(names, arrays, strict=True)}
    outputs = expand(Apply(node.op, (*map(Symbol, names), *node.args[len(arrays) :])), shapes)
    passed = _entries(reverse, adjoint)
    assert isinstance(outputs, Array)
    meanings: dict[str, Node] = {}
    for name, arg in zip(names, arrays, strict=True):
        places = (entry_name(name, at) for at in positions(shapes[name]))
        meanings |= zip(places, _entries(reverse, arg), strict=True)
    terms: dict[str, list[Node]] = {entry_name(names[wanted], at): [] for at in positions(shapes[names[wanted]])}
    for output, share in zip(outputs.entries, passed, strict=True):
        total, count = (output.args[0], output.args[1]) if is_op(output, "div") else (output, ONE)
        for term in summands(total):
            chosen = next((name for name in term.symbols() if name in terms), None)
            if chosen is not None:
                rest = substitute(term, {**meanings, chosen: ONE})
                terms[chosen].append(mul(div(ONE, count), *(() if rest == ONE else (rest,)), share))
    if sum(map(len, terms.values())) > _MOST_PRODUCTS:
        raise DerivationError("the entries of this gradient are too many products to be written out")
    return Array(shapes[names[wanted]], tuple(add(*found) if found else ZERO for found in terms.values())).tree()


def _numbers(shape: Shape) -> tuple[int, ...]:
    return tuple(int(size) for size in shape)


def _entries(reverse: Reverse, node: Node) -> tuple[Node, ...]:
    """The entries of an array, in those of the arrays that its formula names."""
    declared = {
        name: _numbers(shape)
        for name, shape in reverse.algebra.shapes.declared.items() if shape and name in node.symbols()
    }  # fmt: skip
    value = expand(node, declared)
    assert isinstance(value, Array)
    named = {
        entry_name(name, at): Apply("entry", (Symbol(name), *map(Number, at)))
        for name, shape in declared.items() for at in positions(shape)
    }  # fmt: skip
    return tuple(substitute(entry, named) for entry in value.entries)


WINDOWS: Final[Mapping[str, Callable[[Reverse, Apply, Node], None]]] = {
    "conv2d": convolution, "avgpool": average_pooling, "maxpool": max_pooling, "flatten": flattening,
    "vec": flattening, "reshape": reshaping, "flip": turning, "array": entries,
}  # fmt: skip
