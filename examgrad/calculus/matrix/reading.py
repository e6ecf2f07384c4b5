"""Formulas as an author or student wrote them, brought to the forms the rules of matrix calculus work on."""

from __future__ import annotations

from typing import Final

from examgrad.calculus.matrix.sums import vectorised
from examgrad.formula.shapes import FITTING, Shape, Shapes, Size, joined_shape, spread_axis
from examgrad.formula.tree import Apply, Constant, Node, Number, Symbol, div, is_number, neg, transform

_E: Final = Constant("e")
_ONES: Final = Apply("ones", ())
_ENTRYWISE: Final = frozenset("add hadamard div max min cases lt le gt ge eq ne leaky_relu elu hadamard_power".split())


def prepared(node: Node, shapes: Shapes) -> Node:
    """The formula with numbers worked out, ``e^x`` and ``log det A`` as functions, ``A^-1`` as an inverse."""

    def change(item: Node) -> Node:
        if not isinstance(item, Apply):
            return item
        if item.op == "neg" and isinstance(item.args[0], Number):
            return neg(item.args[0])
        if item.op == "div" and all(isinstance(arg, Number) for arg in item.args):
            return div(*item.args)
        if item.op == "pow" and item.args[0] == _E:
            return Apply("exp", item.args[1:], item.span)
        if item.op == "pow" and is_number(item.args[1], -1) and len(shapes.of(item.args[0])) == 2:
            return Apply("inverse", item.args[:1], item.span)
        if (
            item.op == "div"
            and isinstance(item.args[1], Apply)
            and (whole := _known_quotient(item, shapes)) is not None
        ):
            return whole
        if item.op == "log" and isinstance(item.args[0], Apply):
            inner = item.args[0]
            if inner.op == "exp":
                return inner.args[0]
            if inner.op == "div" and isinstance(inner.args[0], Apply) and inner.args[0].op == "exp":
                below = change(Apply("log", inner.args[1:], item.span))
                return Apply("add", (inner.args[0].args[0], Apply("neg", (below,))), item.span)
            if inner.op == "det":
                return Apply("logdet", inner.args, item.span)
            if inner.op == "softmax":
                return Apply("logsoftmax", inner.args, item.span)
            if (powers := _sum_of_exponentials(inner, shapes)) is not None:
                return Apply("logsumexp", powers, item.span)
            if inner.op == "add" and len(inner.args) == 2 and (power := _beside_one(inner)) is not None:
                return Apply("softplus", (power,), item.span)
        if item.op == "mul":
            return _grouped(item, shapes)
        if item.op == "sum" and len(item.args) == 4:
            whole = vectorised(item, shapes)
            return item if whole is None else transform(whole, change)
        return _filled(item, shapes)

    return transform(node, change)


def _known_quotient(node: Apply, shapes: Shapes) -> Node | None:
    """``exp(z)/sum(exp(z))`` as a softmax, ``1/(1 + exp(-z))`` as a sigmoid."""
    above, below = node.args
    if below == Apply("sum", (above,)) and isinstance(above, Apply) and above.op == "exp":
        return Apply("softmax", above.args, node.span) if len(shapes.of(above)) == 1 else None
    power = _beside_one(below) if isinstance(below, Apply) and below.op == "add" and len(below.args) == 2 else None
    if is_number(above, 1) and isinstance(power, Apply) and power.op == "neg":
        return Apply("sigmoid", power.args, node.span)
    return None


def _sum_of_exponentials(node: Apply, shapes: Shapes) -> tuple[Node, ...] | None:
    """The exponents (and the axis) in ``sum(exp(z))``."""
    if node.op != "sum" or not isinstance(node.args[0], Apply) or node.args[0].op != "exp":
        return None
    powers = node.args[0].args[0]
    return (powers, *node.args[1:]) if len(shapes.of(powers)) == len(node.args) else None


def _filled(node: Apply, shapes: Shapes) -> Apply:
    """An operation entry by entry in which what goes with every row (or column) of a matrix is written out as one."""
    if node.op not in _ENTRYWISE or len(shape := shapes.of(node)) != 2 or shape[0] == 1:
        return node
    args = []
    for arg in node.args:
        own = shapes.of(arg)
        if len(own) == 2 and FITTING in own:
            args.append(_with_sizes(arg, shape))
            continue
        axis = spread_axis(own, shape, shapes.along(arg)) if own not in ((), shape) else None
        if axis is None or joined_shape(own, shape) is not None:
            args.append(arg)
            continue
        args.append(_repeated(arg, Apply("ones", (_count(shape[axis]),)), axis, flat=len(own) == 1))
    return Apply(node.op, tuple(args), node.span)


def _with_sizes(node: Node, shape: Shape) -> Node:
    """``v 1ᵀ`` and ``1 vᵀ`` with the size that the 1 takes from what stands beside them."""
    if not isinstance(node, Apply) or node.op not in ("mul", "neg"):
        return node
    if node.op == "neg":
        return Apply("neg", (_with_sizes(node.args[0], shape),), node.span)
    first, *rest = node.args
    if first == _ONES and shape[0] != FITTING:
        first = Apply("ones", (_count(shape[0]),))
    if rest[-1] == Apply("transpose", (_ONES,)) and shape[1] != FITTING:
        rest[-1] = Apply("transpose", (Apply("ones", (_count(shape[1]),)),))
    return Apply("mul", (first, *rest), node.span)


def _count(size: Size) -> Node:
    return Number(size) if isinstance(size, int) else Symbol(size)


def _repeated(line: Node, ones: Node, axis: int, *, flat: bool) -> Node:
    """The matrix whose rows (axis 0) or columns are all the same: ``1 vᵀ``, ``v 1ᵀ``."""
    if isinstance(line, Apply) and line.op == "neg":
        return Apply("neg", (_repeated(line.args[0], ones, axis, flat=flat),))
    if isinstance(line, Apply) and line.op == "mul" and is_number(line.args[0], 1):  # 1 vᵀ, of which the 1 is a number
        line = Apply("mul", line.args[1:]) if len(line.args) > 2 else line.args[1]
    if axis == 0:
        return Apply("mul", (ones, Apply("transpose", (line,)) if flat else line))
    return Apply("mul", (line, Apply("transpose", (ones,))))


def _beside_one(node: Apply) -> Node | None:
    """The exponent in ``1 + exp(u)``."""
    for one, other in (node.args, node.args[::-1]):
        if is_number(one, 1) and isinstance(other, Apply) and other.op == "exp":
            return other.args[0]
    return None


def _grouped(node: Apply, shapes: Shapes) -> Node:
    """A product with each inner product in it as a factor of its own: ``xᵀ w x`` is ``(xᵀ w) x``."""
    groups: list[list[Node]] = [[]]
    for factor in node.args:
        if groups[-1] and _is_number(groups[-1], shapes) and shapes.of(factor) != ():
            groups.append([])
        groups[-1].append(factor)
    if len(groups) == 1:
        return node
    return Apply(
        "mul", tuple(Apply("mul", tuple(group)) if len(group) > 1 else group[0] for group in groups), node.span
    )


def _is_number(factors: list[Node], shapes: Shapes) -> bool:
    """Whether arrays were multiplied to a single number."""
    arrays = any(shapes.of(factor) != () for factor in factors)
    return arrays and shapes.of(Apply("mul", tuple(factors)) if len(factors) > 1 else factors[0]) == ()
