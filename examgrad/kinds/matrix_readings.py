"""What an answer may mean whose sizes do not fit as it stands, or that says less than the exam does.

``H^2`` of a matrix that is not square can only be meant entry by entry, ``X_i w`` is the product of a sample with the
weights. Others mean by ``a ∘ B`` that each row of B is scaled, as broadcasting does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from examgrad.formula.shapes import FITTING, Shape, joined_shape, product_shape, same_shape
from examgrad.formula.tree import ONE, Apply, Node, Number, Symbol, div, rebuild, transform
from examgrad.kinds.matrix import Arrays

_ALONG: Final = frozenset({"softmax", "logsoftmax", "logsumexp"})
_ONES_ROW: Final = Apply("transpose", (Apply("ones", ()),))
_ONES: Final = Apply("ones", ())
_ENTRYWISE: Final = frozenset({"add", "hadamard", "div"})
_MOST_AXES: Final = 2


class Reading(NamedTuple):
    """A formula in the other reading, that reading in words, and whether anyone would read it so."""

    tree: Node
    words: str
    clear: bool = False


def settled(arrays: Arrays, tree: Node) -> Node:
    """The formula with the powers of matrices that are not square entry by entry, and with the exam's axis for
    softmax where the answer gives none.
    """
    axes = _axes(arrays)
    axis = Number(axes.copy().pop()) if len(axes) == 1 else None

    def change(item: Node) -> Node:
        if not isinstance(item, Apply):
            return item
        base = _shape(arrays, item.args[0]) if item.args else ()
        if item.op == "pow" and len(base) == 2 and joined_shape(base[:1], base[1:]) is None:
            return Apply("hadamard_power", item.args, item.span)
        return _with_axis(arrays, item, axis) if axis is not None else item

    return transform(tree, change)


def notations(arrays: Arrays, tree: Node, *, code: bool, distinct: bool) -> Iterator[Reading]:
    """What a formula says in a notation of its own; clearly only where its sizes fit in no other way.

    In ``code`` as NumPy's an operator takes what stands next to it. ``distinct`` tells that there are signs for either
    product.
    """
    fits = arrays.shapes.seen(tree) is not None
    yield Reading(transform(tree, lambda item: _before_product(arrays, item)), "∘ comes after the product", not code)
    yield Reading(transform(tree, _all_ones), "1 1ᵀ is the matrix of ones", True)
    if not fits and not distinct:
        inside = transform(tree, lambda item: _inside_diagonal(arrays, item))
        yield Reading(inside, "the product inside diag( ) goes entry by entry", True)
    if not fits:
        samples = _products(arrays, tree, _sample)
        yield Reading(samples, "a row of the data before a column is their inner product", True)
        yield Reading(transform(tree, _as_row), "a row of the data is a row", samples != tree)
    lengths = transform(tree, lambda item: _length(arrays, item))
    yield Reading(lengths, "the bars around a vector are its norm", not fits)


def broadcasts(arrays: Arrays, tree: Node, wanted: Shape, *, starred: bool) -> Iterator[Reading]:
    """What a formula says by broadcasting that mathematics does not say; ``starred`` where a ``*`` in its text may be
    the product entry by entry."""
    if starred:
        yield Reading(_products(arrays, tree, _hadamard), "* between arrays of one shape goes entry by entry")
    yield Reading(
        _scaled_rows(arrays, tree),
        "a column times a matrix, entry by entry, scales the rows of the matrix: diag(a) B for a ∘ B",
    )
    yield Reading(_spread(arrays, tree), "a column is added to every column of a matrix")
    if wanted and _shape(arrays, tree) == ():
        yield Reading(filled(tree, wanted), "a single number stands for an array of it")
    axes = sorted(_axes(arrays)) or [1]
    for axis in axes[:_MOST_AXES]:
        number = Number(axis)
        other = transform(tree, lambda item: _with_axis(arrays, item, number))  # noqa: B023
        yield Reading(other, f"softmax of a matrix is meant with axis={axis}")


def spreads_both_ways(arrays: Arrays, tree: Node) -> bool:
    """Whether a column stands beside a square matrix as long as it, entry by entry: X + c."""
    for item in tree.walk():
        if not isinstance(item, Apply) or item.op not in _ENTRYWISE:
            continue
        squares = {shape[:1] for arg in item.args if len(shape := _shape(arrays, arg)) == 2 and shape[0] == shape[1]}
        if any(_shape(arrays, arg) in squares and arrays.shapes.along(arg) is None for arg in item.args):
            return True
    return False


def filled(tree: Node, shape: Shape) -> Node:
    """An array of a shape that is one number everywhere."""
    sizes = tuple(Number(size) if isinstance(size, int) else Symbol(size) for size in shape)
    return Apply("mul", (tree, Apply("ones", sizes)))


def _shape(arrays: Arrays, node: Node) -> Shape:
    return arrays.shapes.seen(node) or ()


def _axes(arrays: Arrays) -> set[int]:
    """The axes along which the exam's own softmaxes of matrices run; empty where one runs along none."""
    found: set[int] = set()
    for definition in arrays.given.definitions.values():
        for item in definition.walk():
            if isinstance(item, Apply) and item.op in _ALONG and len(_shape(arrays, item.args[0])) == 2:
                if len(item.args) < 2 or not isinstance(item.args[1], Number):
                    return set()
                found.add(int(item.args[1].value) % 2)
    return found


def _with_axis(arrays: Arrays, item: Node, axis: Number) -> Node:
    """A softmax of a matrix along an axis where it has none."""
    if not isinstance(item, Apply) or item.op not in _ALONG or len(item.args) != 1:
        return item
    shape = _shape(arrays, item.args[0])
    return Apply(item.op, (item.args[0], axis), item.span) if len(shape) == 2 and shape[0] != 1 else item


Meaning = Callable[[Arrays, Node, Node], Node | None]
"""What is meant by a product of two things that do not fit; ``None`` where nothing else is."""


def _products(arrays: Arrays, tree: Node, meaning: Meaning) -> Node:
    """The formula with the products that do not fit as they are meant."""

    def change(item: Node) -> Node:
        if not isinstance(item, Apply) or item.op != "mul" or arrays.shapes.seen(item) is not None:
            return item
        found, plain = item.args[0], False
        for factor in item.args[1:]:
            meant = None
            if product_shape(_shape(arrays, found), _shape(arrays, factor)) is None:
                meant = meaning(arrays, found, factor)
            before = found.args if plain else (found,)  # many factors are one product, not one in the other
            found, plain = meant or Apply("mul", (*before, factor)), meant is None
        return found

    return transform(tree, change)


def entry_by_entry(arrays: Arrays, tree: Node) -> Node:
    """The formula with ∘ between columns that are multiplied without a sign, as scalars are in ``σ' = σ (1 - σ)``."""
    return _products(arrays, tree, _hadamard)


def _hadamard(arrays: Arrays, left: Node, right: Node) -> Node | None:
    one, other = _shape(arrays, left), _shape(arrays, right)
    return Apply("hadamard", (left, right)) if one != () and one == other and FITTING not in one else None


def _inside_diagonal(arrays: Arrays, item: Node) -> Node:
    """``diag(p ∘ (1 - p))`` for ``diag(p (1 - p))``: columns have no other product that a diagonal is made of."""
    if not isinstance(item, Apply) or item.op != "diag":
        return item
    return rebuild(item, tuple(_products(arrays, arg, _hadamard) for arg in item.args))


def _sample(arrays: Arrays, left: Node, right: Node) -> Node | None:
    """The inner product of a row that was taken out of a matrix with a column as long as it."""
    is_row = isinstance(left, Apply) and left.op == "row" and _shape(arrays, left) == _shape(arrays, right)
    return Apply("mul", (Apply("transpose", (left,)), right)) if is_row else None


def _before_product(arrays: Arrays, item: Node) -> Node:
    """``a ∘ (B c)`` for ``a ∘ B c``, where a and B are of different shapes and a and B c of one."""
    if not isinstance(item, Apply) or item.op != "mul":
        return item
    first, *rest = item.args
    if not (isinstance(first, Apply) and first.op == "hadamard") or len(first.args) != 2:
        return item
    left, right = first.args
    shape = _shape(arrays, left)
    if shape == () or _shape(arrays, right) == () or same_shape(shape, _shape(arrays, right)):
        return item
    for count in range(1, len(rest) + 1):
        product = Apply("mul", (right, *rest[:count]))
        if same_shape(shape, _shape(arrays, product)):
            whole = Apply("hadamard", (left, product))
            return Apply("mul", (whole, *rest[count:])) if rest[count:] else whole
    return item


def _all_ones(item: Node) -> Node:
    """``2 · 𝟏 · 𝟏ᵀ`` for ``2 · 1 · 𝟏ᵀ``: a factor of 1 there would say nothing."""
    if not isinstance(item, Apply) or item.op != "mul":
        return item
    args = [
        _ONES if arg == ONE and behind == _ONES_ROW else arg
        for arg, behind in zip(item.args, (*item.args[1:], ONE), strict=True)
    ]
    return rebuild(item, tuple(args))


def _as_row(item: Node) -> Node:
    return Apply("transpose", (item,)) if isinstance(item, Apply) and item.op == "row" else item


def _length(arrays: Arrays, item: Node) -> Node:
    """The norm for the bars around a column."""
    if isinstance(item, Apply) and item.op == "abs" and len(_shape(arrays, item.args[0])) == 1:
        return Apply("norm", item.args)
    return item


def _scaled_rows(arrays: Arrays, tree: Node) -> Node:
    """The formula with ``diag(a) B`` for every ``a ∘ B`` of a column and a matrix."""

    def change(item: Node) -> Node:
        if not isinstance(item, Apply) or item.op not in ("hadamard", "div") or len(item.args) != 2:
            return item
        large, small = item.args
        if item.op == "hadamard" and len(_shape(arrays, large)) == 1:
            large, small = small, large
        one, other = _shape(arrays, small), _shape(arrays, large)
        if len(one) != 1 or len(other) != 2 or not joined_shape(one, other[:1]):
            return item
        return Apply("mul", (Apply("diag", (small if item.op == "hadamard" else div(ONE, small),)), large))

    return transform(tree, change)


def _spread(arrays: Arrays, tree: Node) -> Node:
    """The formula with ``B + a 𝟏ᵀ`` for every ``B + a`` of a matrix and a column as long as its columns."""

    def change(item: Node) -> Node:
        if not isinstance(item, Apply) or item.op != "add":
            return item
        whole = next((shape for arg in item.args if len(shape := _shape(arrays, arg)) == 2), ())
        return rebuild(item, tuple(
            Apply("mul", (arg, _ONES_ROW)) if len(shape := _shape(arrays, arg)) == 1 and shape == whole[:1] else arg
            for arg in item.args
        ))  # fmt: skip

    return transform(tree, change)
