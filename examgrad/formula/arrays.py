"""Arrays of known sizes as scalars: every vector and matrix expression becomes an array of scalar formulas.

Shapes are NumPy's, with one addition: ``(n,)`` is a column, so ``W x``, ``xᵀ x`` and ``x yᵀ`` mean what they mean
on paper. A product whose sizes do not fit is a :class:`MathSyntaxError` at the product. A row taken out of a matrix,
``X_i``, is a column, as the samples on paper are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from examgrad.formula.array_functions import ARRAY_FUNCTIONS, along_axis, norm, of_number, square_of_norm, total
from examgrad.formula.array_making import constant, is_flat, is_turned_list, literal, one_hot
from examgrad.formula.array_places import PLACES
from examgrad.formula.array_products import as_row, cost, fits, matrix_power
from examgrad.formula.array_values import (
    MAX_ENTRIES,
    Array,
    Value,
    checked,
    entry_name,
    positions,
    size_error,
)
from examgrad.formula.array_windows import WINDOWS
from examgrad.formula.functions import FUNCTIONS
from examgrad.formula.misfits import shown_shape
from examgrad.formula.tree import (
    TWO,
    ZERO,
    Apply,
    Node,
    Number,
    Symbol,
    at_index,
    mul,
    power,
    rebuild,
    settled,
    substitute,
)
from examgrad.formula.unsized import (
    Loose,
    Pending,
    identity,
    loose_elementwise,
    loose_product,
    loose_transpose,
    ones,
    unknown,
)

MAX_WORK: Final = 400_000
"""How many scalar operations one formula may cost."""
MAX_NODES: Final = 1_000_000
"""How many signs the entries may have together, written out."""
OF_ARRAYS: Final = frozenset(name for name, row in FUNCTIONS.items() if row.of_arrays) | {
    "array", "components", "entry", "row", "column", "transpose", "hadamard", "hadamard_power", "sum",
}  # fmt: skip
"""Operations that a scalar formula may hold only about arrays; :func:`expand` carries them out."""
ON_ARRAYS: Final = OF_ARRAYS | {"identity"}
"""What has arrays in it, or is one."""
_SIZED: Final = frozenset({"eye", "ones", "zeros"})
Shapes = Mapping[str, tuple[int | str, ...]]


def expand(node: Node, shapes: Shapes, like: tuple[int, ...] = ()) -> Value:
    """A formula as one scalar formula or an array of them; ``shapes`` gives the declared sizes.

    The entries of a declared array x are the symbols ``x_1``, ``x_2`` …. ``I`` and ``𝟏`` without a size take that of
    what stands beside them, at last that of ``like``; a formula in which nothing tells their size is returned as it
    is. Raises :class:`MathSyntaxError` where sizes do not fit or are not known numbers.
    """
    if _is_scalar(node, shapes):
        return node
    expander = Expander(shapes)
    value = expander.value(node)
    if isinstance(value, Pending):
        found = value.sized(like[0], like[1] if len(like) == 2 else 1) if 0 < len(like) <= 2 else value
        return node if isinstance(found, Pending) else found
    expander.check_size(node, value)
    return value


def _is_scalar(node: Node, shapes: Shapes) -> bool:
    """Whether nothing in a formula is an array or is done to one."""
    return node.operations().isdisjoint(ON_ARRAYS) and (not shapes or node.symbols().isdisjoint(shapes))


class Expander:
    """Expands one formula; ``left`` is what it may still cost."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes: Final = shapes
        self.left = MAX_WORK
        self._known: Final[dict[Node, Loose]] = {}

    def spend(self, node: Node, count: int) -> None:
        """Account for some scalar operations."""
        self.left -= count
        if self.left < 0:
            raise size_error(node, "this formula has too many entries to be worked out")

    def check_size(self, node: Node, value: Value) -> None:
        """Refuse entries that are too long, written out."""
        sizes: dict[int, int] = {}
        roots = value.entries if isinstance(value, Array) else (value,)
        stack = list(roots)
        while stack:
            top = stack[-1]
            waiting = [arg for arg in top.args if id(arg) not in sizes]
            stack.extend(waiting)
            if not waiting:
                sizes[id(stack.pop())] = 1 + sum(sizes[id(arg)] for arg in top.args)
        if sum(sizes[id(root)] for root in roots) > MAX_NODES:
            raise size_error(node, "this formula is too long to be worked out entry by entry")

    def value(self, node: Node) -> Loose:
        """A part of the formula; the same part is worked out once."""
        if isinstance(node, Symbol):
            return self._declared(node)
        if not isinstance(node, Apply) or node.op in ("derivative", "gradient"):
            return node
        known = self._known.get(node)
        if known is None:
            known = self._expanded(node)
            self.spend(node, len(known.entries) if isinstance(known, Array) else 1)
            if not isinstance(known, Node):
                self._known[node] = known
        return known

    def sized(self, node: Node) -> Value:
        """A part of the formula whose sizes must be known."""
        value = self.value(node)
        if isinstance(value, Pending):
            raise unknown(node)
        return value

    def _expanded(self, node: Apply) -> Loose:
        if node.op == "identity":
            return identity(node)
        if node.op == "ones" and not node.args:
            return ones(node)
        if node.op == "onehot" and len(node.args) == 1:
            place = self.sized(node.args[0])
            return Pending(None, 1, lambda rows, _: one_hot(node, [place, Number(rows)]), column=True)
        if node.op in ("entry", "row", "column"):
            return self._taken(node)
        if node.op == "sum" and len(node.args) == 4:
            return self._finite_sum(node)
        if node.op == "components":
            return self._components(node)
        if node.op == "array":
            return literal(node, [self.sized(arg) for arg in node.args])
        if node.op == "mul":
            return self._product(node)
        if node.op in _SIZED:
            return constant(node, [self.sized(arg) for arg in node.args])
        if node.op == "transpose":
            value = self.value(node.args[0])
            return value if is_flat(node.args[0]) else loose_transpose(node, value)  # (a, b)ᵀ is a column
        row = FUNCTIONS.get(node.op)
        if (row is not None and row.of_arrays) or (node.op == "sum" and len(node.args) < 4):
            return self._of_array(node, [self.sized(arg) for arg in node.args])
        return self._entry_by_entry(node, [self.value(arg) for arg in node.args])

    def _entry_by_entry(self, node: Apply, args: Sequence[Loose]) -> Loose:
        if node.op == "hadamard":
            return loose_elementwise(node, mul, args)
        if node.op == "hadamard_power":
            return loose_elementwise(node, power, args)
        plain = tuple(arg for arg in args if isinstance(arg, Node))
        if len(plain) == len(args):
            return square_of_norm(node, plain[0]) or rebuild(node, plain)
        first = args[0]
        if node.op == "pow" and isinstance(first, Array) and len(first.shape) == 2:
            self.spend(node, 8 * len(first.entries) * first.shape[0])
            return matrix_power(node, first, self.sized(node.args[1]))
        if node.op == "pow" and isinstance(first, Pending) and first.square:
            return _open_power(node, first, self.sized(node.args[1]))
        if node.op in ("max", "min") and len(args) == 1 and isinstance(first, Array):
            return ARRAY_FUNCTIONS[node.op](node, first)
        if node.op == "add":
            return loose_elementwise(node, lambda *terms: total(terms), args)
        if node.op == "eq":
            return loose_elementwise(node, _is_extreme, args)
        return loose_elementwise(node, lambda *items: rebuild(node, items), args)

    def _product(self, node: Apply) -> Loose:
        result = self.value(node.args[0])
        for at, factor in enumerate(node.args[1:], 1):
            right = self.value(factor)
            if not isinstance(result, Pending) and not isinstance(right, Pending):
                self.spend(node, cost(result, right))
            before = node.args[0] if at == 1 else Apply("mul", node.args[:at])
            if isinstance(result, Array) and isinstance(right, Array) and not fits(result, right):
                scalars = [isinstance(self.value(arg), Node) for arg in node.args[: at - 1]]
                turned = is_turned_list(node.args[at - 1]) and all(scalars)
                listed = is_turned_list(factor) or is_flat(factor)
                if turned and not listed:
                    result = as_row(result)
                elif listed and not turned:  # [a, b]ᵀ [c, d] may be the inner and the outer product
                    right = as_row(right)
            result = loose_product(node, result, right, (before, factor))
        return result

    def _declared(self, node: Symbol) -> Value:
        shape = self.shapes.get(node.name, ())
        if not shape:
            return node
        sizes = tuple(size for size in shape if isinstance(size, int))
        if len(sizes) < len(shape):
            raise size_error(node, f"the size of {node.name} is not a number")
        self.spend(node, math.prod(checked(node, sizes)))
        return Array(sizes, tuple([Symbol(entry_name(node.name, place)) for place in positions(sizes)]))

    def _taken(self, node: Apply) -> Value:
        """An entry, a row or a column. A letter as its position stays as it stands."""
        base = node.args[0]
        places = [int(arg.value) for arg in node.args[1:] if isinstance(arg, Number) and arg.value.denominator == 1]
        declared = self.shapes.get(base.name) if isinstance(base, Symbol) else None
        if (
            node.op == "entry" and isinstance(base, Symbol) and declared and len(places) == len(declared)
            and all(isinstance(size, int) and 0 < at <= size for at, size in zip(places, declared, strict=True))
        ):  # fmt: skip
            return Symbol(entry_name(base.name, places))
        array = self.sized(base)
        if not isinstance(array, Array) or len(places) < len(node.args) - 1:
            if node.op != "entry":
                raise size_error(node, f"the {node.op} of what is no matrix, or at a place that is no number")
            return node
        wanted = 2 if node.op != "entry" else len(array.shape)
        axes = array.shape if node.op == "entry" else array.shape[:1] if node.op == "row" else array.shape[1:]
        if wanted != len(array.shape) or len(axes) != len(places) or any(
            not 1 <= at <= size for at, size in zip(places, axes, strict=True)
        ):  # fmt: skip
            raise size_error(node, f"there is no such {node.op} in an array of shape {shown_shape(array.shape)}")
        if node.op != "entry":
            return array.lines(1 if node.op == "row" else 0)[places[0] - 1]
        flat = 0
        for at, size in zip(places, array.shape, strict=True):
            flat = flat * size + at - 1
        return array.entries[flat]

    def _finite_sum(self, node: Apply) -> Loose:
        index, first, last, body = node.args
        if not (isinstance(index, Symbol) and isinstance(first, Number) and isinstance(last, Number)):
            return node
        low, high = int(first.value), int(last.value)
        if high - low >= MAX_ENTRIES:
            raise size_error(node, f"a sum of more than {MAX_ENTRIES} terms is not worked out")
        size, terms = body.size(), []
        for value in range(low, high + 1):
            self.spend(node, size)
            terms.append(self.value(at_index(body, index.name, value)))
        if not terms:
            return ZERO
        return terms[0] if len(terms) == 1 else loose_elementwise(node, lambda *items: total(items), terms)

    def _components(self, node: Apply) -> Array:
        """An array from the formula for its entry at the indices, row by row."""
        entry, *ranges = node.args
        names = [index.name for index in ranges[::2] if isinstance(index, Symbol)]
        sizes = [int(last.value) for last in ranges[1::2] if isinstance(last, Number)]
        if len(sizes) < len(names):
            raise size_error(node, "the ranges of the indices are not known numbers")
        cost = entry.size()
        entries = []
        for place in positions(checked(node, sizes)):
            self.spend(node, cost)
            value = self.sized(settled(substitute(entry, dict(zip(names, map(Number, place), strict=True)))))
            if isinstance(value, Array):
                raise size_error(node, "what stands for one entry is an array")
            entries.append(value)
        return Array(tuple(sizes), tuple(entries))

    def _of_array(self, node: Apply, args: list[Value]) -> Value:
        whole = WINDOWS.get(node.op) or PLACES.get(node.op)
        if whole is not None:
            self.spend(node, sum(len(arg.entries) for arg in args if isinstance(arg, Array)))
            return whole(node, args)
        array = args[0]
        if node.op == "onehot":
            return one_hot(node, args)
        writer = ARRAY_FUNCTIONS.get(node.op)
        if writer is None:
            raise size_error(node, f"{node.op} is not worked out here")
        if not isinstance(array, Array):
            return of_number(node, array)
        if node.op == "norm":
            order = args[1] if len(args) > 1 else TWO
            if len(args) == 3:
                return along_axis(node, array, args[2], lambda node, line: norm(node, line, order))
            return norm(node, array, order)
        return writer(node, array) if len(args) == 1 else along_axis(node, array, args[1], writer)


def _is_extreme(left: Node, right: Node) -> Node:
    """Whether two entries are equal: an entry is the largest where it is at least as large as the others."""
    for entry, other in ((left, right), (right, left)):
        if isinstance(other, Apply) and other.op in ("max", "min") and entry in other.args:
            others = tuple(arg for arg in other.args if arg != entry)
            best = others[0] if len(others) == 1 else Apply(other.op, others)
            return Apply("ge" if other.op == "max" else "le", (entry, best))
    return Apply("eq", (left, right))


def _open_power(node: Apply, base: Pending, exponent: Value) -> Pending:
    """A power of a matrix whose size is still open."""
    build = base.build

    def built(rows: int, columns: int) -> Value:
        array = build(rows, columns)
        return matrix_power(node, array, exponent) if isinstance(array, Array) else array

    return base._replace(build=built)
