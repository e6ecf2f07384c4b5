"""The entry of a matrix expression at given indices: ``(u vᵀ)_{ij}`` is ``u_i v_j``, ``I_{ij}`` is ``[i = j]``.

Products of matrices stay whole, ``(A B)_{ij}``, and so do sums with products in them, ``(W x + b)_i``; a sum over
an index of two entries becomes such a product again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Final

from examgrad.calculus.matrix.algebra import Algebra
from examgrad.calculus.matrix.factors import is_op
from examgrad.calculus.matrix.merging import merged
from examgrad.calculus.matrix.terms import (
    Term,
    Terms,
    contracted,
    fresh_index,
    multiplied,
    summed,
    written,
)
from examgrad.formula.functions import FUNCTIONS
from examgrad.formula.shapes import Size
from examgrad.formula.tree import CONDITIONS, ONE, Apply, Node, Number, Symbol, rebuild

Indices = tuple[Node, ...]
_SPARSE: Final = frozenset({"diag", "eye", "identity", "ones", "zeros", "onehot"})
"""What has entries that are known without its name."""
_BY_ENTRY: Final = CONDITIONS | {"indicator", "cases", "max", "min", "hadamard_power"}


def as_node(size: Size) -> Node:
    """A size as a formula."""
    return Number(size) if isinstance(size, int) else Symbol(size)


class Entries:
    """Reads entries of expressions whose names have known shapes."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra: Final = algebra

    def scalar(self, node: Node) -> Terms:
        """A formula that is a number, as one term."""
        factors = self.algebra.factors(node)
        return (Term(factors.coefficient, factors.scalars),) if factors.coefficient else ()

    def node(self, node: Node, at: Indices) -> Node:
        """The entry as a formula; what is a sum over an index stays whole."""
        terms = self.read(node, at)
        if any(term.bound for term in terms):
            return Apply("entry", (node, *at))
        return written(self.algebra, terms, ())

    def index(self, size: Size) -> Node:
        """A new index for an axis; that of an axis of one entry is 1."""
        return ONE if size == 1 else fresh_index()

    def total(self, terms: Terms, index: Node, size: Size) -> Terms:
        """The sum over an index that :meth:`index` gave."""
        return summed(terms, index, as_node(size)) if isinstance(index, Symbol) else terms

    def read(self, node: Node, at: Indices) -> Terms:
        """The entry as a sum of terms: several only where they have deltas in them."""
        return self._read(self.algebra.names.get(node, node), at)

    def _read(self, node: Node, at: Indices) -> Terms:
        if self.algebra.shape(node) == ():
            return self.scalar(node)
        if not isinstance(node, Apply):
            return _one(Apply("entry", (node, *at)))
        rule = _RULES.get(node.op)
        if rule is not None:
            return rule(self, node, at)
        function = FUNCTIONS.get(node.op)
        if node.op in _BY_ENTRY or (function is not None and not function.of_arrays and node.op not in ("max", "min")):
            return self.scalar(self._pushed(node, at))
        return _one(Apply("entry", (node, *at)))

    def _pushed(self, node: Node, at: Indices) -> Node:
        """An operation entry by entry on the entries; conditions are looked into."""
        if isinstance(node, Apply) and (node.op in CONDITIONS or node.op in _BY_ENTRY or node.op in FUNCTIONS):
            return rebuild(
                node,
                tuple(
                    self._pushed(arg, at) if is_op(arg, *CONDITIONS) else self._operand(arg, at) for arg in node.args
                ),
            )
        return self._operand(node, at)

    def _operand(self, node: Node, at: Indices) -> Node:
        return node if self.algebra.shape(node) == () else self.node(node, at)

    # -- one rule an operation

    def _add(self, node: Apply, at: Indices) -> Terms:
        parts = [self.read(arg, at) for arg in node.args]
        if any(term.deltas for terms in parts for term in terms):
            return tuple(term for terms in parts for term in terms)
        if any(self._is_product(arg) for arg in node.args):
            return _one(Apply("entry", (node, *at)))
        return self.scalar(self.algebra.plus(*(self._operand(arg, at) for arg in node.args)))

    def _is_product(self, node: Node) -> bool:
        """Whether a term of a sum is a product of matrices, whose entry stays whole."""
        node = self.algebra.names.get(node, node)
        chain = self.algebra.factors(node).chain
        return len(chain) > 1 and not self._is_outer(chain)

    def _neg(self, node: Apply, at: Indices) -> Terms:
        return multiplied((Term(Fraction(-1)),), self.read(node.args[0], at))

    def _hadamard(self, node: Apply, at: Indices) -> Terms:
        return multiplied(*(self.read(arg, at) for arg in node.args))

    def _div(self, node: Apply, at: Indices) -> Terms:
        above, below = node.args
        return multiplied(self.read(above, at), self.scalar(self.algebra.quotient(ONE, self._operand(below, at))))

    def _pow(self, node: Apply, at: Indices) -> Terms:
        base, exponent = node.args
        if len(self.algebra.shape(base)) == 2:
            return _one(Apply("entry", (node, *at)))
        entry, power = self._operand(base, at), self._operand(exponent, at)
        return self.scalar(
            self.algebra.raised(entry, power.value) if isinstance(power, Number) else Apply("pow", (entry, power))
        )

    def _transpose(self, node: Apply, at: Indices) -> Terms:
        inner = node.args[0]
        shape = self.algebra.shape(inner)
        if len(shape) == 1:
            return self.read(inner, at[1:])
        return self.read(inner, (ONE, at[0]) if len(at) == 1 else at[::-1])

    def _mul(self, node: Apply, at: Indices) -> Terms:
        if len(at) == 2 and self.algebra.shape(node)[0] == 1:  # of a row, as of a column
            return self.read(self.algebra.transposed(node), at[1:])
        found = self.algebra.factors(node)
        front: Terms = (Term(found.coefficient, found.scalars),)
        chain = found.chain
        if len(chain) == 1 and chain[0] != node:
            return multiplied(front, self.read(chain[0], at))
        for place in range(1, len(chain)):
            if self._is_outer(chain[place - 1 : place + 1]):
                left, right = self.algebra.product(*chain[:place]), self.algebra.product(*chain[place:])
                row, column = at if len(at) == 2 else (at[0], ONE)
                return multiplied(
                    front, self.read(left, self.at(left, row, ONE)), self.read(right, self.at(right, ONE, column))
                )
        if not any(is_op(factor, *_SPARSE - {"diag"}) for factor in chain) and not is_op(chain[0], "diag"):
            if is_op(chain[-1], "diag"):
                return multiplied(
                    front, self.read(self.algebra.product(*chain[:-1]), at), self.read(chain[-1].args[0], at[1:])
                )
            return multiplied(front, _one(Apply("entry", (Apply("mul", chain), *at))))
        return multiplied(front, merged(self, self._contracted(chain, at)))

    def expanded(self, node: Node, at: Indices) -> Terms:
        """The entry of what a name is defined by, with products of matrices written out as sums over an index."""
        if is_op(node, "add"):
            parts = ((arg, () if self.algebra.shape(arg) == () else at) for arg in node.args)
            return tuple(term for arg, place in parts for term in self.expanded(arg, place))
        if is_op(node, "neg"):
            return multiplied((Term(Fraction(-1)),), self.expanded(node.args[0], at))
        chain = [arg for arg in node.args if self.algebra.shape(arg) != ()]
        if not is_op(node, "mul") or len(chain) < 2:
            return self._read(node, at)
        scalars = (self.scalar(arg) for arg in node.args if arg not in chain)
        return multiplied(*scalars, self._contracted(chain, at))

    def _is_outer(self, chain: Sequence[Node]) -> bool:
        """Whether the first two factors are a column and a row."""
        left, right = (self.algebra.shape(factor) for factor in chain[:2])
        return bool(left) and bool(right) and right[0] == 1 and (len(left) == 1 or left[1] == 1)

    def _contracted(self, chain: Sequence[Node], at: Indices) -> Terms:
        """A product of matrices as a sum over the indices between them, in which there are deltas."""
        terms: Terms = (Term(),)
        row, last = at[0], at[1] if len(at) == 2 else ONE
        for place, factor in enumerate(chain):
            shape = self.algebra.shape(factor)
            size = shape[1] if len(shape) == 2 else 1
            column = last if place == len(chain) - 1 else self.index(size)
            found = multiplied(terms, self.read(factor, self.at(factor, row, column)))
            terms = found if place == 0 else self.total(found, row, shape[0])
            row = column
        return terms

    def at(self, node: Node, row: Node, column: Node) -> Indices:
        """The indices of an expression by the row and the column that it has as a matrix; those of a row are 1, j."""
        shape = self.algebra.shape(node)
        if len(shape) < 2:
            return (row,) * len(shape)
        return (ONE if shape[0] == 1 else row, ONE if shape[1] == 1 else column)

    def _ones(self, node: Apply, at: Indices) -> Terms:
        return (Term(),)

    def _zeros(self, node: Apply, at: Indices) -> Terms:
        return ()

    def _eye(self, node: Apply, at: Indices) -> Terms:
        return delta(at[0], at[1])

    def _onehot(self, node: Apply, at: Indices) -> Terms:
        return delta(node.args[0], at[0])

    def _diag(self, node: Apply, at: Indices) -> Terms:
        inner = node.args[0]
        if len(self.algebra.shape(inner)) == 1:
            return multiplied(delta(at[0], at[1]), self.read(inner, at[:1]))
        return self.read(inner, at * 2)

    def _row(self, node: Apply, at: Indices) -> Terms:
        return self.read(node.args[0], (node.args[1], *at))

    def _column(self, node: Apply, at: Indices) -> Terms:
        return self.read(node.args[0], (*at, node.args[1]))

    def _sum(self, node: Apply, at: Indices) -> Terms:
        if len(node.args) == 4:
            return _one(Apply("entry", (node, *at)))
        return self._along(node, at, lambda arg, place: self.read(arg, place))

    def _mean(self, node: Apply, at: Indices) -> Terms:
        size = self._axis(node)[1]
        return multiplied(self._sum(node, at), self.scalar(self.algebra.quotient(ONE, as_node(size))))

    def _axis(self, node: Apply) -> tuple[int, Size]:
        """The axis that is summed away, and its size."""
        axis = int(node.args[1].value) % 2  # type: ignore[attr-defined]
        return axis, self.algebra.shape(node.args[0])[axis]

    def _along(self, node: Apply, at: Indices, read: Callable[[Node, Indices], Terms]) -> Terms:
        """The sum along an axis of a matrix."""
        axis, size = self._axis(node)
        index = self.index(size)
        return self.total(read(node.args[0], (index, *at) if axis == 0 else (*at, index)), index, size)


def _one(node: Node) -> Terms:
    return (Term(scalars={node: Fraction(1)}),)


def delta(one: Node, other: Node) -> Terms:
    """``[i = j]``."""
    found = contracted(Term(deltas=((one, other),)))
    return () if found is None else (found,)


_RULES: Final[Mapping[str, Callable[[Entries, Apply, Indices], Terms]]] = {
    "add": Entries._add, "neg": Entries._neg, "hadamard": Entries._hadamard, "div": Entries._div,
    "pow": Entries._pow, "transpose": Entries._transpose, "mul": Entries._mul, "ones": Entries._ones,
    "zeros": Entries._zeros, "eye": Entries._eye, "identity": Entries._eye, "onehot": Entries._onehot,
    "diag": Entries._diag, "row": Entries._row, "column": Entries._column, "sum": Entries._sum, "mean": Entries._mean,
}  # fmt: skip
