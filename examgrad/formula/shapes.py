"""The shape of a formula whose arrays have sizes that may be symbols: ``W x`` is (m,) where W is (m, d) and x (d,).

A shape is a tuple of sizes: ``()`` a scalar, ``(n,)`` a column, ``(m, n)`` a matrix; a row is ``(1, n)``. A size
is a number, the name of one, or :data:`FITTING`, which takes the size of its neighbours (of ``I`` and of the vector
of ones). A formula whose sizes do not fit is a :class:`MathSyntaxError` at the very operation, in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from examgrad.errors import MathSyntaxError
from examgrad.formula import printer
from examgrad.formula.array_making import is_flat, is_turned_list
from examgrad.formula.array_values import Array, size_error
from examgrad.formula.arrays import expand
from examgrad.formula.misfits import product_misfit
from examgrad.formula.tree import ONE, Apply, Node, Number, Symbol, rebuild, transform

Size = int | str
Shape = tuple[Size, ...]

FITTING: Final = "?"
"""The size of something that takes the size its neighbours need."""
_LONGEST: Final = 40
_REDUCING: Final = frozenset({"sum", "mean", "var", "norm", "logsumexp", "max", "min", "amax", "amin"})
_SQUARE: Final = frozenset({"tr", "det", "logdet", "inverse"})


class Shapes:
    """The shapes of formulas in names of declared shapes; names that are not declared are scalars.

    With ``loose`` the power of a matrix that is not square goes entry by entry, as it can only be meant.
    """

    def __init__(self, declared: Mapping[str, Shape], *, loose: bool = False) -> None:
        self.declared: Final = dict(declared)
        self._loose: Final = loose
        self._known: Final[dict[Node, Shape]] = {}

    def of(self, node: Node) -> Shape:
        """The shape of a formula. Raises :class:`MathSyntaxError` where its sizes do not fit."""
        if isinstance(node, Symbol):
            return self.declared.get(node.name, ())
        if not isinstance(node, Apply):
            return ()
        known = self._known.get(node)
        if known is None:
            known = self._known[node] = self._shape(node)
        return known

    def seen(self, node: Node) -> Shape | None:
        """The shape of a formula while it is read; ``None`` where its sizes do not fit or are not seen yet."""
        try:
            return self.of(node)
        except MathSyntaxError:
            return None

    def range_of(self, body: Node, index: str) -> Node | None:
        """The last value of an index: the size of the axis of an array that it runs along; ``None`` if none is seen."""
        for item in body.walk():
            if not isinstance(item, Apply) or item.op not in ("entry", "row", "column"):
                continue
            sizes = self.seen(item.args[0]) or ()
            for place, position in enumerate(item.args[1:], int(item.op == "column")):
                if not isinstance(position, Symbol) or position.name != index or place >= len(sizes):
                    continue
                if (size := sizes[place]) != FITTING:
                    return Number(size) if isinstance(size, int) else Symbol(size)
        return None

    def with_rows(self, tree: Node) -> Node:
        """The formula with a row taken out of a matrix as one, ``X_{i,:} w``, where a column as long as it follows."""

        def change(item: Node) -> Node:
            if not isinstance(item, Apply) or item.op != "mul":
                return item
            pairs = zip(item.args, (*item.args[1:], ONE), strict=True)
            return rebuild(item, tuple(
                Apply("transpose", (arg,), arg.span)
                if isinstance(arg, Apply) and arg.op == "row" and self.seen(arg) == self.seen(behind) else arg
                for arg, behind in pairs
            ))  # fmt: skip

        return transform(tree, change) if "row" in tree.operations() else tree

    def _shape(self, node: Apply) -> Shape:
        rule = _RULES.get(node.op)
        if rule is not None:
            return rule(self, node)
        if node.op in _SQUARE:
            return self._square(node)
        if node.op in _REDUCING and (node.op not in ("max", "min") or len(node.args) == 1):
            return self._reduced(node)
        return self.together(node, [self.of(arg) for arg in node.args])

    def together(self, node: Node, shapes: Sequence[Shape]) -> Shape:
        """The shape of an operation entry by entry: a scalar goes with everything, a row with every row of a matrix."""
        found: Shape = max(shapes, key=lambda shape: (len(shape), sum(size != 1 for size in shape)), default=())
        if len(found) == 2 and found[1] == 1 and found[:1] in shapes:
            shapes, found = list(map(column_shape, shapes)), found[:1]  # a matrix of one column beside a column
        for shape, arg in zip(shapes, node.args, strict=True):
            joined = joined_shape(found, shape)
            if joined is None and spread_axis(shape, found, self.along(arg)) is not None:
                continue
            if joined is None:
                args = " and ".join(f"{_short(arg)} ({shown(self.of(arg))})" for arg in node.args if self.of(arg) != ())
                raise size_error(node, f"{_short(node)} needs operands of one size and gets {args}")
            found = joined
        return found

    def along(self, node: Node) -> int | None:
        """The axis of a matrix that was summed away to make this column, where that is seen."""
        if not isinstance(node, Apply) or len(self.of(node)) != 1 or node.op in ("mul", *_RULES.keys() - {"pow"}):
            return None
        if node.op in _REDUCING and len(self.of(node.args[0])) == 2:
            last = node.args[-1]
            return int(last.value) % 2 if isinstance(last, Number) else None
        return next((axis for arg in node.args if (axis := self.along(arg)) is not None), None)

    # -- one rule an operation

    def _product(self, node: Apply) -> Shape:
        shape = self.of(node.args[0])
        for place, factor in enumerate(node.args[1:], 1):
            right = self.of(factor)
            found = product_shape(shape, right)
            if found is None and is_turned_list(factor):
                found = product_shape(shape, (1, *right))
            if found is None and all(self.of(arg) == () for arg in node.args[: place - 1]):
                found = product_shape((1, *shape), right) if is_turned_list(node.args[place - 1]) else None
            if found is None and is_flat(factor):
                found = product_shape(shape, (1, *right))
            if found is None:
                left = node.args[0] if place == 1 else Apply("mul", node.args[:place])
                raise self._misfit(node, left, shape, factor, right)
            shape = found
        return shape

    def _misfit(self, node: Apply, left: Node, shape: Shape, right: Node, other: Shape) -> Exception:
        """What a product of two arrays needs, what it gets, and the product that would fit."""
        message, help = product_misfit(left, right, shape, other)
        return size_error(node, message, help=help)

    def _transpose(self, node: Apply) -> Shape:
        shape = self.of(node.args[0])
        return shape if is_flat(node.args[0]) else transposed_shape(shape)  # [a, b]ᵀ is a column

    def _square(self, node: Apply) -> Shape:
        shape = self.of(node.args[0])
        if shape != () and (len(shape) != 2 or joined_shape(shape[:1], shape[1:]) is None):
            raise size_error(
                node, f"{_short(node)} needs a square matrix, and {_short(node.args[0])} is {shown(shape)}"
            )
        return shape if node.op == "inverse" else ()

    def _power(self, node: Apply) -> Shape:
        base, exponent = map(self.of, node.args)
        if len(base) == 2 and exponent == ():
            if joined_shape(base[:1], base[1:]) is None and not self._loose:
                what = f"{_short(node)} needs a square matrix, and {_short(node.args[0])} is {shown(base)}"
                raise size_error(
                    node, what, help=f"the element-wise square is {_short(node.args[0])} ∘ {_short(node.args[0])}"
                )
            return base
        return self.together(node, [base, exponent])

    def _reduced(self, node: Apply) -> Shape:
        if len(node.args) == 4:
            return self.of(node.args[3])
        shape = self.of(node.args[0])
        if len(node.args) == 1 or (node.op == "norm" and len(node.args) == 2) or shape == ():
            return ()
        axis = node.args[-1]
        if not (isinstance(axis, Number) and axis.value in range(-len(shape), len(shape))):
            raise size_error(node, f"{_short(node.args[0])} ({shown(shape)}) has no axis {printer.unicode(axis)}")
        return tuple(size for place, size in enumerate(shape) if place != axis.value % len(shape))

    def _kept(self, node: Apply) -> Shape:
        return self.of(node.args[0])

    def _diagonal(self, node: Apply) -> Shape:
        shape = column_shape(self.of(node.args[0]))
        return shape * 2 if len(shape) == 1 else shape[:1]

    def _constant(self, node: Apply) -> Shape:
        sizes = tuple(_size(arg) for arg in node.args) or (FITTING,)
        return sizes * 2 if node.op in ("eye", "identity") else sizes

    def _array(self, node: Apply) -> Shape:
        inner = {self.of(arg) for arg in node.args}
        if len(inner) > 1:
            raise size_error(node, "the rows of this matrix have different lengths")
        return (len(node.args), *inner.pop())

    def _entry(self, node: Apply) -> Shape:
        shape = self.of(node.args[0])
        if len(node.args) - 1 > len(shape):
            raise size_error(
                node, f"{_short(node.args[0])} ({shown(shape)}) has no entries with {len(node.args) - 1} positions"
            )
        return shape[len(node.args) - 1 :]

    def _line(self, node: Apply) -> Shape:
        """A row or a column of a matrix: both are columns."""
        shape = self.of(node.args[0])
        if len(shape) != 2:
            raise size_error(node, f"{_short(node.args[0])} ({shown(shape)}) has no {node.op}s")
        return shape[1:] if node.op == "row" else shape[:1]

    def _one_hot(self, node: Apply) -> Shape:
        return (_size(node.args[1]) if len(node.args) > 1 else FITTING,)

    def _components(self, node: Apply) -> Shape:
        return tuple(map(_size, node.args[2::2]))

    def _window(self, node: Apply) -> Shape:
        """Of convolution, pooling and what puts entries at other places: their sizes are numbers."""
        shapes = [self.of(arg) for arg in node.args]
        if any(isinstance(size, str) for shape in shapes for size in shape):
            raise size_error(node, f"{node.op} needs its sizes as numbers")
        names = {f"array{place}": shape for place, shape in enumerate(shapes) if shape}
        # a padding of two numbers is no array
        args = [Symbol(f"array{place}") if shape and not is_flat(arg) else arg for place, (arg, shape) in enumerate(
            zip(node.args, shapes, strict=True))]  # fmt: skip
        value = expand(Apply(node.op, tuple(args), node.span), names)
        return value.shape if isinstance(value, Array) else ()

    def _derivative(self, node: Apply) -> Shape:
        """Of a scalar by a name: the shape of the name; of a column by a column: its Jacobian."""
        what, *variables = map(self.of, node.args)
        if len(variables) == 1 and () in (what, variables[0]):
            return what or variables[0]
        if variables and all(len(shape) == 1 for shape in variables) and len(what) + len(variables) == 2:
            return tuple(size for shape in (what, *variables) for size in shape)
        raise size_error(node, f"{_short(node)} is no column or matrix")


_RULES: Final[Mapping[str, Callable[[Shapes, Apply], Shape]]] = {
    "mul": Shapes._product, "transpose": Shapes._transpose, "pow": Shapes._power, "softmax": Shapes._kept,
    "logsoftmax": Shapes._kept, "diag": Shapes._diagonal, "eye": Shapes._constant, "identity": Shapes._constant,
    "ones": Shapes._constant, "zeros": Shapes._constant, "array": Shapes._array, "entry": Shapes._entry,
    "derivative": Shapes._derivative, "gradient": Shapes._derivative, "at": Shapes._kept,
    "row": Shapes._line, "column": Shapes._line,
    "components": Shapes._components, "onehot": Shapes._one_hot, "conv2d": Shapes._window,
    "maxpool": Shapes._window, "avgpool": Shapes._window,
    "unpool": Shapes._window, "upsample": Shapes._window, "vec": Shapes._window, "flatten": Shapes._window,
    "reshape": Shapes._window, "flip": Shapes._kept,
}  # fmt: skip


def joined_size(one: Size, other: Size) -> Size | None:
    """The size of two things that must be of one size; ``None`` where they are not."""
    if one == other or other == FITTING:
        return one
    return other if one == FITTING else None


def joined_shape(one: Shape, other: Shape) -> Shape | None:
    """The shape of an operation entry by entry; ``None`` where the sizes do not fit."""
    if one == () or other == ():
        return one or other
    if len(one) != len(other):
        return None
    sizes = [joined_size(a, b) for a, b in zip(one, other, strict=True)]
    return None if None in sizes else tuple(size for size in sizes if size is not None)


def column_shape(shape: Shape) -> Shape:
    """A shape with that of a column for a matrix of one column, as ``[[a], [b]]`` is one."""
    return shape[:1] if len(shape) == 2 and shape[1] == 1 else shape


def same_shape(one: Shape, other: Shape) -> bool:
    """Whether two arrays have one shape; a matrix of one column is a column."""
    one, other = column_shape(one), column_shape(other)
    return len(one) == len(other) and joined_shape(one, other) is not None


def spread_axis(small: Shape, large: Shape, along: int | None = None) -> int | None:
    """The axis of a matrix along which something smaller is repeated to fill it; ``None`` where it does not fit.

    By NumPy's rule a column that is as long as the rows are goes with every row, as a row does; what a function
    along axis 1 made (``along``) goes with every column.
    """
    if len(large) != 2 or large[0] == 1:
        return None
    if len(small) == 2:
        by_row = small[0] == 1
        if not by_row and (small[1] != 1 or large[1] == 1):
            return None
    else:
        by_row = along != 1
    if len(small) not in (1, 2) or joined_size(small[-1] if by_row else small[0], large[by_row]) is None:
        return None
    return 0 if by_row else 1


def product_shape(left: Shape, right: Shape) -> Shape | None:
    """The shape of a matrix product (or of a multiple by a scalar); ``None`` where the sizes do not fit."""
    if left == () or right == ():
        return left or right
    inner = left[1] if len(left) == 2 else 1
    if (len(left) == len(right) == 1 and right[0] != 1) or joined_size(inner, right[0]) is None:
        return None
    shape = (left[0], *right[1:])
    return () if all(size == 1 for size in shape) else shape


def transposed_shape(shape: Shape) -> Shape:
    """The shape of a transpose: a column becomes a row, and a row a column."""
    if len(shape) == 1:
        return (1, *shape)
    return shape[1:] if len(shape) == 2 and shape[0] == 1 else shape[::-1]


def shown(shape: Sequence[Size]) -> str:
    """A shape in a message: ``m×d``; where a size is still open, in words."""
    if FITTING in shape:
        return "a column" if len(shape) == 1 else "a row" if shape[0] == 1 else "a matrix"
    return "×".join(map(str, shape)) or "a single number"


def _short(node: Node) -> str:
    text = printer.unicode(node)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _size(node: Node) -> Size:
    if isinstance(node, Number) and node.value.denominator == 1:
        return int(node.value)
    return node.name if isinstance(node, Symbol) else FITTING
