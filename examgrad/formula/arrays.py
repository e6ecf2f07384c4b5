"""Arrays of known sizes as scalars: every vector and matrix expression becomes an array of scalar formulas.

Shapes are NumPy's, with one addition: ``(n,)`` is a column, so ``W x``, ``xᵀ x`` and ``x yᵀ`` mean what they mean
on paper. A product whose sizes do not fit is a :class:`MathSyntaxError` at the product.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from examgrad.formula.array_functions import ARRAY_FUNCTIONS, inverse, norm
from examgrad.formula.array_values import Array, Value, entry_name, is_array, shown_shape, size_error
from examgrad.formula.functions import FUNCTIONS
from examgrad.formula.tree import ONE, ZERO, Apply, Node, Number, Symbol, add, at_index, mul, rebuild

MAX_ENTRIES: Final = 4096
OF_ARRAYS: Final = frozenset(name for name, row in FUNCTIONS.items() if row.of_arrays) | {
    "array", "entry", "transpose", "hadamard", "sum",
}  # fmt: skip
"""Operations that a scalar formula may hold only about arrays; :func:`expand` carries them out."""


def expand(node: Node, shapes: Mapping[str, tuple[int | str, ...]]) -> Value:
    """A formula as one scalar formula or an array of them; ``shapes`` gives the declared sizes.

    The entries of a declared array x are the symbols ``x_1``, ``x_2`` …. Raises :class:`MathSyntaxError` where
    sizes do not fit or are not known numbers.
    """
    return node if _is_scalar(node, shapes) else _expanded(node, shapes)


def _is_scalar(node: Node, shapes: Mapping[str, tuple[int | str, ...]]) -> bool:
    """Whether nothing in a formula is an array or is done to one."""
    return node.operations().isdisjoint(ON_ARRAYS) and (not shapes or node.symbols().isdisjoint(shapes))


ON_ARRAYS: Final = OF_ARRAYS | {"inverse", "identity"}
"""What has arrays in it, or is one."""


def _expanded(node: Node, shapes: Mapping[str, tuple[int | str, ...]]) -> Value:
    if isinstance(node, Symbol):
        return _declared(node, shapes)
    if not isinstance(node, Apply) or not node.args:
        return node
    if node.op == "entry":
        return _entry(node, shapes)
    if node.op == "sum" and len(node.args) == 4:
        return _finite_sum(node, shapes)
    if node.op == "array":
        return _literal(node, [_expanded(arg, shapes) for arg in node.args])
    if node.op in ("derivative", "gradient"):
        return node
    args = [_expanded(arg, shapes) for arg in node.args]
    if node.op == "transpose" and _is_flat(node.args[0]):
        return args[0]  # (a, b)ᵀ is how people write a column
    return _apply(node, args)


def _is_flat(node: Node) -> bool:
    """Whether a node is a vector written out: [a, b]."""
    return is_array(node) and not any(map(is_array, node.args))


def _declared(node: Symbol, shapes: Mapping[str, tuple[int | str, ...]]) -> Value:
    shape = shapes.get(node.name, ())
    if not shape:
        return node
    sizes = tuple(size for size in shape if isinstance(size, int))
    if len(sizes) < len(shape):
        raise size_error(node, f"the size of {node.name} is not a number")
    if len(sizes) == 1:
        return Array(sizes, tuple(Symbol(entry_name(node.name, (row + 1,))) for row in range(sizes[0])))
    rows, columns = sizes
    return Array(
        sizes,
        tuple(Symbol(entry_name(node.name, (row + 1, column + 1))) for row in range(rows) for column in range(columns)),
    )


def _entry(node: Apply, shapes: Mapping[str, tuple[int | str, ...]]) -> Value:
    base = expand(node.args[0], shapes)
    positions = [arg.value for arg in node.args[1:] if isinstance(arg, Number)]
    if not isinstance(base, Array) or len(positions) < len(node.args) - 1:
        return node
    if len(positions) != len(base.shape) or any(
        not 1 <= at <= size for at, size in zip(positions, base.shape, strict=False)
    ):
        raise size_error(node, f"there is no such entry in an array of shape {shown_shape(base.shape)}")
    flat = 0
    for at, size in zip(positions, base.shape, strict=True):
        flat = flat * size + int(at) - 1
    return base.entries[flat]


def _finite_sum(node: Apply, shapes: Mapping[str, tuple[int | str, ...]]) -> Value:
    index, first, last, body = node.args
    if not (isinstance(index, Symbol) and isinstance(first, Number) and isinstance(last, Number)):
        return node
    low, high = int(first.value), int(last.value)
    if high - low >= MAX_ENTRIES:
        raise size_error(node, f"a sum of more than {MAX_ENTRIES} terms is not worked out")
    total: Value = ZERO
    for value in range(low, high + 1):
        total = _elementwise(node, add, [total, expand(at_index(body, index.name, value), shapes)])
    return total


def _literal(node: Apply, items: list[Value]) -> Value:
    if not any(isinstance(item, Array) for item in items):
        return Array((len(items),), tuple(item for item in items if isinstance(item, Node)))
    rows = [item for item in items if isinstance(item, Array) and len(item.shape) == 1]
    if len(rows) < len(items) or len({row.shape for row in rows}) > 1:
        raise size_error(node, "the rows of this matrix have different lengths")
    return Array((len(rows), rows[0].shape[0]), tuple(entry for row in rows for entry in row.entries))


def _apply(node: Apply, args: list[Value]) -> Value:
    if node.op not in ("hadamard", "transpose", "norm") and not any(isinstance(arg, Array) for arg in args):
        row = FUNCTIONS.get(node.op)
        if row is None or not row.of_arrays:
            return rebuild(node, tuple(arg for arg in args if isinstance(arg, Node)))
    if node.op == "mul":
        product = args[0]
        for factor in args[1:]:
            product = _product(node, product, factor)
        return product
    if node.op == "transpose":
        return _transposed(args[0])
    if node.op == "hadamard":
        return _elementwise(node, mul, args)
    row = FUNCTIONS.get(node.op)
    if (row is not None and row.of_arrays) or (node.op == "sum" and len(args) < 4):
        return _of_array(node, args)
    if node.op == "pow" and isinstance(args[0], Array) and len(args[0].shape) == 2:
        return _matrix_power(node, args[0], args[1])
    if node.op in ("max", "min") and len(args) == 1 and isinstance(args[0], Array):
        return Apply(node.op, args[0].entries)
    if node.op == "add":
        return _elementwise(node, add, args)
    return _elementwise(node, lambda *items: rebuild(node, items), args)


def _elementwise(node: Node, operation: Callable[..., Node], args: Sequence[Value]) -> Value:
    """Entry by entry; a scalar stands for an array of its copies."""
    arrays = [arg for arg in args if isinstance(arg, Array)]
    if not arrays:
        return operation(*args)
    shape = arrays[0].shape
    for array in arrays[1:]:
        if array.shape != shape:
            raise size_error(node, f"sizes {shown_shape(shape)} and {shown_shape(array.shape)} do not fit together")
    columns = [arg.entries if isinstance(arg, Array) else (arg,) * len(arrays[0].entries) for arg in args]
    return Array(shape, tuple(operation(*items) for items in zip(*columns, strict=True)))


def _product(node: Node, left: Value, right: Value) -> Value:
    if not isinstance(left, Array) or not isinstance(right, Array):
        return _elementwise(node, mul, [left, right])
    if len(left.shape) == 1 and len(right.shape) == 1:
        raise size_error(
            node, "the product of two columns is neither their inner nor their outer product",
            help="write xᵀ y, x yᵀ, or x ∘ y for the element-wise product",
        )  # fmt: skip
    inner = left.shape[1] if len(left.shape) == 2 else 1
    if inner != right.shape[0]:
        raise size_error(
            node,
            f"{shown_shape(left.shape)} times {shown_shape(right.shape)} does not fit: "
            f"{inner} columns meet {right.shape[0]} rows",
        )
    width = right.shape[1] if len(right.shape) == 2 else 1
    columns = [right.entries[at::width] for at in range(width)]
    entries = tuple(
        add(*(mul(a, b) for a, b in zip(row, column, strict=True))) for row in left.rows() for column in columns
    )
    rows = left.shape[0]
    if len(entries) > MAX_ENTRIES:
        raise size_error(node, f"more than {MAX_ENTRIES} entries are not worked out")
    if rows == width == 1:
        return entries[0]
    return Array((rows,) if len(right.shape) == 1 else (rows, width), entries)


def _transposed(value: Value) -> Value:
    if not isinstance(value, Array):
        return value
    if len(value.shape) == 1:
        return Array((1, value.shape[0]), value.entries)
    rows, columns = value.shape
    if rows == 1:
        return Array((columns,), value.entries)
    return Array(
        (columns, rows),
        tuple(value.entries[row * columns + column] for column in range(columns) for row in range(rows)),
    )


def _of_array(node: Apply, args: list[Value]) -> Value:
    array = args[0]
    writer = ARRAY_FUNCTIONS.get(node.op)
    if node.op in ("eye", "ones", "zeros"):
        return _constant(node, args)
    if writer is None:
        raise size_error(node, f"{node.op} is not worked out here")
    if not isinstance(array, Array):
        if node.op in ("sum", "mean", "tr", "det"):
            return array
        if node.op == "norm":
            return Apply("abs", (array,))
        raise size_error(node, f"{node.op} needs an array")
    if len(args) == 1:
        return writer(node, array)
    if node.op == "norm":
        return norm(node, array, args[1])
    return _along(node, array, args[1], writer)


def _constant(node: Apply, args: list[Value]) -> Array:
    """``eye(n)``, ``ones(n)``, ``zeros(m, n)``."""
    sizes = tuple(int(arg.value) for arg in args if isinstance(arg, Number) and arg.value.denominator == 1)
    if len(sizes) < len(args) or not all(1 <= size <= MAX_ENTRIES for size in sizes):
        raise size_error(node, f"{node.op} needs its sizes as numbers")
    shape = sizes * 2 if node.op == "eye" else sizes
    count = math.prod(shape)
    if count > MAX_ENTRIES:
        raise size_error(node, f"more than {MAX_ENTRIES} entries are not worked out")
    if node.op == "eye":
        return Array(shape, tuple(ONE if at % (sizes[0] + 1) == 0 else ZERO for at in range(count)))
    return Array(shape, (ONE if node.op == "ones" else ZERO,) * count)


def _along(node: Apply, array: Array, axis: Value, writer: Callable[[Apply, Array], Value]) -> Value:
    """A function along one axis: 0 runs down the columns."""
    if not isinstance(axis, Number) or axis.value not in (0, 1) or len(array.shape) <= axis.value:
        raise size_error(node, f"an array of shape {shown_shape(array.shape)} has no such axis")
    if len(array.shape) == 1:
        return writer(node, array)
    rows = array.rows()
    lines = list(zip(*rows, strict=True)) if axis.value == 0 else rows
    results = [writer(node, Array((len(line),), tuple(line))) for line in lines]
    if all(isinstance(result, Node) for result in results):
        return Array((len(results),), tuple(result for result in results if isinstance(result, Node)))
    stacked = [result.entries for result in results if isinstance(result, Array)]
    if axis.value == 0:
        stacked = list(zip(*stacked, strict=True))
    return Array(array.shape, tuple(entry for line in stacked for entry in line))


def _matrix_power(node: Apply, array: Array, exponent: Value) -> Value:
    """``A^-1`` and ``A^n`` for small n."""
    if exponent in (Number(-1), Apply("neg", (ONE,))):
        return inverse(node, array)
    if not isinstance(exponent, Number) or exponent.value.denominator != 1 or not 1 <= exponent.value <= 8:
        raise size_error(node, "this power of a matrix is not worked out")
    product: Value = array
    for _ in range(int(exponent.value) - 1):
        product = _product(node, product, array)
    return product
