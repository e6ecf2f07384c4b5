"""Finite sums over whole axes as array formulas: ``sum_{i=1}^N (wᵀ X_i - y_i)^2`` is ``‖X w − y‖²`` at heart.

What stands behind the sum is worked out for all values of the index at once: a number for each becomes a column, a
column for each a matrix that has them as its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from examgrad.formula.shapes import Shape, Shapes
from examgrad.formula.tree import ONE, TWO, Apply, Node, Number, Symbol, is_number, rebuild


class _NoForm(Exception):
    """Raised where a sum stays a sum."""


class _All(NamedTuple):
    """What a formula is for all values of the index.

    ``kind`` is ``same`` (it does not depend on the index), ``number`` (a column of them), ``column`` and ``row`` (the
    rows of a matrix), ``outer`` (of the rows of ``node`` and those of ``other``).
    """

    kind: str
    node: Node
    other: Node = ONE


def vectorised(node: Apply, shapes: Shapes) -> Node | None:
    """A finite sum without its index; ``None`` where it has no such form."""
    index, first, last, body = node.args
    if not isinstance(index, Symbol) or not is_number(first, 1):
        return None
    size = last.name if isinstance(last, Symbol) else int(last.value) if isinstance(last, Number) else None
    if size is None:
        return None
    try:
        return _Lifter(index.name, size, last, shapes).total(body)
    except _NoForm:
        return None


class _Lifter:
    def __init__(self, index: str, size: int | str, count: Node, shapes: Shapes) -> None:
        self.index: Final = index
        self.size: Final = size
        self.count: Final = count
        self.shapes: Final = shapes

    def total(self, body: Node) -> Node:
        """The sum over all values, term by term."""
        if isinstance(body, Apply) and body.op in ("add", "neg") and self.shapes.of(body) != ():
            return rebuild(body, tuple(map(self.total, body.args)))
        kind, node, other = self.lift(body)
        if kind == "same":
            return Apply("mul", (self.count, node))
        if kind == "outer":
            return Apply("mul", (Apply("transpose", (node,)), other))
        if kind == "number":
            return _inner(node)
        sums = Apply("sum", (node, Number(0)))
        return Apply("transpose", (sums,)) if kind == "row" else sums

    def lift(self, node: Node) -> _All:
        """A formula for all values of the index. Raises :class:`_NoForm`."""
        if self.index not in node.symbols():
            return _All("same", node)
        if not isinstance(node, Apply):
            raise _NoForm
        rule = _RULES.get(node.op)
        return rule(self, node) if rule is not None else self._entrywise(node)

    def _shape(self, item: _All) -> Shape:
        return self.shapes.of(item.node) if item.kind == "same" else ()

    def _ones(self) -> Node:
        return Apply("ones", (self.count,))

    def _spread(self, item: _All, width: int | str) -> Node:
        """The rows of a column; one that is the same for all values is repeated, and so is each of some numbers."""
        if item.kind == "number":
            ones = Apply("ones", (Number(width) if isinstance(width, int) else Symbol(width),))
            return Apply("mul", (item.node, Apply("transpose", (ones,))))
        if item.kind == "column" or self._shape(item) == ():
            return item.node
        if item.kind == "same" and isinstance(item.node, Apply) and item.node.op == "neg":
            return Apply("neg", (self._spread(item._replace(node=item.node.args[0]), width),))
        if item.kind == "same" and len(self._shape(item)) == 1:
            return Apply("mul", (self._ones(), Apply("transpose", (item.node,))))
        raise _NoForm

    # -- what takes something out of an array

    def _entry(self, node: Apply) -> _All:
        base, *places = node.args
        if self.index in base.symbols():
            kind, rows, _ = self.lift(base)
            if kind != "column" or len(places) != 1 or self.index in places[0].symbols():
                raise _NoForm
            return _All("number", Apply("column", (rows, places[0])))
        shape = self.shapes.of(base)
        at = [place for place, where in enumerate(places) if where == Symbol(self.index)]
        if len(at) == len(places) == 2 and shape == (self.size, self.size):
            return _All("number", Apply("diag", (base,)))
        if len(at) != 1 or len(places) != len(shape) or shape[at[0]] != self.size:
            raise _NoForm
        if len(shape) == 1:
            return _All("number", base)
        other = places[1 - at[0]]
        if self.index in other.symbols():
            raise _NoForm
        return _All("number", Apply("column" if at[0] == 0 else "row", (base, other)))

    def _line(self, node: Apply) -> _All:
        base, place = node.args
        axis = 0 if node.op == "row" else 1
        if place != Symbol(self.index) or self.index in base.symbols() or self.shapes.of(base)[axis] != self.size:
            raise _NoForm
        return _All("column", base if node.op == "row" else Apply("transpose", (base,)))

    def _one_hot(self, node: Apply) -> _All:
        place, size = node.args
        if place != Symbol(self.index) or size != self.count:
            raise _NoForm
        return _All("column", Apply("eye", (size,)))

    def _transpose(self, node: Apply) -> _All:
        kind, inner, other = self.lift(node.args[0])
        if kind == "outer":
            return _All(kind, other, inner)
        return _All({"column": "row", "row": "column"}.get(kind, kind), inner)

    # -- products

    def _mul(self, node: Apply) -> _All:
        """Numbers, which may stand anywhere in a product, last."""
        factors = sorted(map(self.lift, node.args), key=lambda item: item.kind == "number")
        result = factors[0]
        for factor in factors[1:]:
            result = self._times(result, factor)
        return result

    def _times(self, left: _All, right: _All) -> _All:
        kinds, a, b = (left.kind, right.kind), left.node, right.node
        if kinds == ("same", "same"):
            return _All("same", Apply("mul", (a, b)))
        if left.kind == "same" and self._shape(left) == ():
            return right._replace(node=Apply("mul", (a, b)))
        if right.kind == "same" and self._shape(right) == ():
            return left._replace(node=Apply("mul", (b, a)))
        if left.kind == "number":
            return self._scaled(a, right)
        if right.kind == "number":
            return self._scaled(b, left)
        if left.kind == "same":
            return self._before(a, right)
        if right.kind == "same":
            return self._behind(left, b)
        if kinds == ("row", "column"):
            return _All("number", _sums(a, b))
        if kinds == ("column", "row"):
            return _All("outer", a, b)
        if kinds == ("outer", "column"):
            return self._scaled(_sums(left.other, b), _All("column", a))
        raise _NoForm

    def _scaled(self, numbers: Node, item: _All) -> _All:
        """Each of them times a number of its own."""
        if item.kind == "number":
            return _All("number", Apply("hadamard", (item.node, numbers)))
        if item.kind == "same":
            shape = self._shape(item)
            if len(shape) == 1:
                return _All("column", Apply("mul", (numbers, Apply("transpose", (item.node,)))))
            if shape[0] == 1:
                return _All("row", Apply("mul", (numbers, item.node)))
            raise _NoForm
        return item._replace(node=Apply("mul", (Apply("diag", (numbers,)), item.node)))

    def _before(self, matrix: Node, item: _All) -> _All:
        """Something that does not depend on the index, times each of them."""
        shape = self.shapes.of(matrix)
        if item.kind == "row" and len(shape) == 1:
            return _All("outer", Apply("mul", (self._ones(), Apply("transpose", (matrix,)))), item.node)
        if item.kind not in ("column", "outer") or len(shape) != 2:
            raise _NoForm
        kind = "number" if item.kind == "column" and shape[0] == 1 else item.kind
        turned = matrix.args[0] if isinstance(matrix, Apply) and matrix.op == "transpose" else None
        return item._replace(kind=kind, node=Apply("mul", (item.node, turned or Apply("transpose", (matrix,)))))

    def _behind(self, item: _All, matrix: Node) -> _All:
        """Each of them times something that does not depend on the index."""
        shape = self.shapes.of(matrix)
        if item.kind == "column" and len(shape) == 2 and shape[0] == 1:
            return _All("outer", item.node, Apply("mul", (self._ones(), matrix)))
        if item.kind == "row":
            return _All("number" if len(shape) == 1 else "row", Apply("mul", (item.node, matrix)))
        if item.kind == "outer" and len(shape) == 1:
            return self._scaled(Apply("mul", (item.other, matrix)), _All("column", item.node))
        if item.kind == "outer":
            return item._replace(other=Apply("mul", (item.other, matrix)))
        raise _NoForm

    def _div(self, node: Apply) -> _All:
        above, below = map(self.lift, node.args)
        if below.kind == "number" and above.kind in ("column", "row", "outer"):
            return self._scaled(Apply("div", (ONE, below.node)), above)
        if below.kind == "same" and self._shape(below) == ():
            return above._replace(node=Apply("div", (above.node, below.node)))
        return self._entrywise(node)

    def _pow(self, node: Apply) -> _All:
        base, exponent = node.args
        square = is_number(exponent, 2)
        if square and isinstance(base, Apply) and base.op == "norm" and _is_euclidean(base):
            kind, rows, _ = self.lift(base.args[0])
            if kind in ("column", "row"):
                return _All("number", _sums(rows, rows))
        found = self.lift(base)
        if found.kind == "column" and square:
            return _All("column", Apply("hadamard", (found.node, found.node)))
        if found.kind == "number" and self.index not in exponent.symbols():
            return _All("number", Apply("pow", (found.node, exponent)))
        raise _NoForm

    # -- what works on each column, or on each entry

    def _reduced(self, node: Apply) -> _All:
        kind, rows, _ = self.lift(node.args[0])
        if kind not in ("column", "row") or len(node.args) > 1:
            raise _NoForm
        return _All("number" if node.op not in ("softmax", "logsoftmax") else kind, Apply(node.op, (rows, ONE)))

    def _norm(self, node: Apply) -> _All:
        kind, rows, _ = self.lift(node.args[0])
        if kind not in ("column", "row"):
            raise _NoForm
        if _is_euclidean(node):
            return _All("number", Apply("norm", (rows, TWO, ONE)))
        if is_number(node.args[1], 1):
            return _All("number", Apply("sum", (Apply("abs", (rows,)), ONE)))
        raise _NoForm

    def _entrywise(self, node: Apply) -> _All:
        if node.op in _OF_WHOLES:
            raise _NoForm
        items = [self.lift(arg) for arg in node.args]
        kinds = {item.kind for item in items if self._shape(item) != () or item.kind != "same"}
        if kinds == {"number"}:
            return _All("number", rebuild(node, tuple(item.node for item in items)))
        if "column" in kinds and kinds <= {"column", "same", "number"}:
            width = next(self.shapes.of(item.node)[1] for item in items if item.kind == "column")
            return _All("column", rebuild(node, tuple(self._spread(item, width) for item in items)))
        if kinds == {"row"}:
            return _All("row", rebuild(node, tuple(item.node for item in items)))
        raise _NoForm


def _is_euclidean(node: Apply) -> bool:
    return len(node.args) == 1 or is_number(node.args[1], 2)


def _sums(left: Node, right: Node) -> Node:
    """The inner products of the rows of two matrices."""
    return Apply("sum", (Apply("hadamard", (left, right)), ONE))


def _inner(node: Node) -> Node:
    """The sum of a column; of a product of two columns, their inner product."""
    if isinstance(node, Apply) and node.op == "neg":
        return Apply("neg", (_inner(node.args[0]),))
    if isinstance(node, Apply) and node.op == "hadamard" and len(node.args) == 2:
        return Apply("mul", (Apply("transpose", (node.args[0],)), node.args[1]))
    if isinstance(node, Apply) and node.op == "sum" and len(node.args) == 2:  # of all rows
        return Apply("sum", node.args[:1])
    return Apply("sum", (node,))


_OF_WHOLES: Final = frozenset(
    "inverse det logdet tr diag var array eye ones zeros vec conv2d maxpool avgpool amax amin "
    "flatten reshape flip upsample unpool".split()
)
_RULES: Final[Mapping[str, Callable[[_Lifter, Apply], _All]]] = {
    "entry": _Lifter._entry, "row": _Lifter._line, "column": _Lifter._line, "transpose": _Lifter._transpose,
    "mul": _Lifter._mul, "div": _Lifter._div, "pow": _Lifter._pow, "norm": _Lifter._norm, "sum": _Lifter._reduced,
    "mean": _Lifter._reduced, "softmax": _Lifter._reduced, "logsoftmax": _Lifter._reduced,
    "logsumexp": _Lifter._reduced, "onehot": _Lifter._one_hot,
}  # fmt: skip
