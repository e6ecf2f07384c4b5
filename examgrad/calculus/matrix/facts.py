"""What is known of arrays beside their shapes: that they are symmetric, sum to one, or are less their own mean."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from examgrad.calculus.matrix.factors import Factors, is_op, negated, times
from examgrad.calculus.matrix.products import Chained
from examgrad.formula.names import SUMMING
from examgrad.formula.tree import Apply, Node, Number, Symbol, is_number

if TYPE_CHECKING:
    from examgrad.calculus.matrix.algebra import Algebra


def _is_ones(node: Node) -> bool:
    """Whether a factor is a column or row of ones."""
    return is_op(node.args[0] if is_op(node, "transpose") else node, "ones")


class Facts:
    """What the declared ``structures`` say (symmetric, sums to one), and what the names' definitions do."""

    def __init__(self, algebra: Algebra, structures: Mapping[str, str]) -> None:
        self.algebra: Final = algebra
        self.structures: Final = structures
        self.independent: frozenset[str] = frozenset()
        """Names that are differentiated by: what they are defined as tells nothing about them."""

    def _meaning(self, node: Node) -> Node:
        """What a name is defined as, unless it is independent; anything else as it is."""
        if isinstance(node, Symbol) and node.name not in self.independent:
            return self.algebra.meanings.get(node, node)
        return node

    def is_symmetric(self, node: Node) -> bool:
        """Whether a matrix is seen to be its own transpose."""
        if is_op(node, "diag"):
            return len(self.algebra.shape(node.args[0])) == 1
        if is_op(node, "inverse", "neg"):
            return self.is_symmetric(node.args[0])
        if is_op(node, "add", "hadamard"):
            return all(map(self.is_symmetric, node.args))
        if is_op(node, "mul"):
            arrays = [arg for arg in node.args if self.algebra.shape(arg) != ()]
            return len(arrays) > 1 and arrays == [self.algebra.transposed(factor) for factor in reversed(arrays)]
        if (meaning := self._meaning(node)) != node:
            return len(self.algebra.shape(node)) == 2 and self.is_symmetric(meaning)
        return is_op(node, "eye", "identity") or (
            isinstance(node, Symbol) and self.structures.get(node.name) == "symmetric"
        )

    def sums_to_one(self, node: Node) -> bool:
        """Whether a column is known to sum to one, or each row of a matrix."""
        if isinstance(node, Symbol) and self.structures.get(node.name) in SUMMING:
            return True
        node = self._meaning(node)
        if is_op(node, "softmax"):
            return len(self.algebra.shape(node)) == 1 or is_number(node.args[-1], 1)
        return is_op(node, "add") and len(self.algebra.shape(node)) == 1 and self._mixes_to_one(node)

    def _mixes_to_one(self, node: Node) -> bool:
        """Whether a column is a mixture, as ``(1 − ε) y + ε/k`` of labels: its terms' sums are numbers that make 1."""
        sums = []
        for term in node.args:
            front, inner = self.algebra.apart(term)
            if self.algebra.shape(term) == () or is_op(inner, "ones"):
                sums.append(self.algebra.product(front, *self.algebra.filled("ones", self.algebra.shape(node)).args))
            elif inner != node and self.sums_to_one(inner):
                sums.append(front)
            else:
                return False
        return is_number(self.algebra.shortest(self.algebra.plus(*sums)), 1)

    def is_centred(self, node: Node, axis: int | None = None) -> bool:
        """Whether an array is seen to be one less its own mean (along an axis), or a multiple of such a one."""
        for scaled in self.algebra.quotients.scaled:
            if scaled.name == node and scaled.axis == axis and self._meaning(node) != node:
                return self.is_centred(scaled.array, axis)
        if axis is None:
            name, node = node, self._meaning(node)
            chain = self._parts(node).chain
            if len(chain) == 1 and chain[0] not in (name, node):
                return self.is_centred(chain[0])
        if not (is_op(node, "add") and len(node.args) == 2):
            return False
        for one, other in (pair for form in (node, negated(node)) for pair in (form.args, form.args[::-1])):
            if is_op(other, "neg"):
                chain = self.algebra.factors(other).chain or other.args
                means = [factor for factor in chain if not _is_ones(factor)]
                if len(means) != 1:
                    continue
                turned = is_op(means[0], "transpose")
                mean = means[0].args[0] if turned else means[0]
                if turned == (axis == 0) and self._is_mean(mean, one, axis):
                    return True
        return False

    def _is_mean(self, mean: Node, of: Node, axis: int | None) -> bool:
        mean = self._meaning(mean)
        if is_op(mean, "mul", "div"):
            sizes = self.algebra.filled("ones", self.algebra.shape(of)).args
            along = () if axis is None else (Number(axis),)
            count = times(sizes if axis is None else sizes[axis : axis + 1])
            return self._parts(mean) == self._parts(Apply("div", (Apply("sum", (of, *along)), count)))
        if not is_op(mean, "mean") or mean.args[0] != of:
            return False
        return len(mean.args) == 1 if axis is None else len(mean.args) == 2 and is_number(mean.args[1], axis)

    def _parts(self, node: Node) -> Factors:
        """The factors of a product or quotient, though it may have a name as a whole."""
        found = Chained(self.algebra)
        for arg in node.args if is_op(node, "mul") else node.args[:1] if is_op(node, "div") else (node,):
            found.take(arg)
        if is_op(node, "div") and self.algebra.shape(node.args[1]) == ():
            found.scalar(node.args[1], Fraction(-1))
        return Factors(found.coefficient, found.powers(), tuple(found.chain))
