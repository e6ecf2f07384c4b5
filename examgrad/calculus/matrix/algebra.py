"""Matrix expressions brought to the form that people write: products, entry-wise products, sums and transposes.

An :class:`Algebra` builds trees of :mod:`examgrad.formula.tree` whose names have shapes with sizes that may be
symbols. What it builds has the value of what was asked for, wherever both are defined: numbers stand in front,
equal factors cancel, transposes stand at single factors, identities and ones vanish.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Final

from examgrad.calculus.matrix.expanding import other_forms, shortest
from examgrad.calculus.matrix.factors import Factors, comes_late, is_op, joined, summands, unordered
from examgrad.calculus.matrix.facts import Facts
from examgrad.calculus.matrix.gathering import gathered
from examgrad.calculus.matrix.products import Chained, Entrywise
from examgrad.calculus.matrix.quotients import Quotients
from examgrad.formula.shapes import Shape, Shapes, Size, transposed_shape
from examgrad.formula.tree import ONE, ZERO, Apply, Node, Number, Symbol, is_number


class Algebra:
    """Builds expressions over names of known shapes."""

    def __init__(
        self, shapes: Shapes, names: Mapping[Node, Node] | None = None, structures: Mapping[str, str] | None = None
    ) -> None:
        self.shapes: Final = shapes
        self.names: Final = dict(names or {})
        """Formulas that have a name of their own, which is written instead."""
        self.meanings: Final = {name: node for node, name in self.names.items()}
        self.facts: Final = Facts(self, structures or {})
        self.quotients: Final = Quotients(self)
        self.quotients.learn()
        for node, name in list(self.names.items()):
            self.names.update(other_forms(self, node, name))

    def shape(self, node: Node) -> Shape:
        """The shape of an expression."""
        return self.shapes.of(node)

    def filled(self, op: str, shape: Shape) -> Node:
        """``zeros`` or ``ones`` of a shape; the numbers 0 and 1 for a scalar."""
        if shape == ():
            return ZERO if op == "zeros" else ONE
        return Apply(op, tuple(Number(size) if isinstance(size, int) else Symbol(size) for size in shape))

    def is_zero(self, node: Node) -> bool:
        """Whether an expression is written as zero."""
        return is_number(node, 0) or is_op(node, "zeros")

    # -- sums

    def plus(self, *terms: Node) -> Node:
        """The sum: equal terms are collected, a shared last factor is taken out, what is positive comes first."""
        parts: dict[object, Factors] = {}
        shape: Shape = ()
        for term in terms:
            shape = shape or self.shape(term)
            for factors in self._terms(term):
                key = (frozenset(factors.scalars.items()), tuple(map(unordered, factors.chain)))
                known = parts.get(key)
                coefficient = factors.coefficient + (known.coefficient if known else 0)
                parts[key] = (known or factors)._replace(coefficient=coefficient)
        kept = [factors for factors in parts.values() if factors.coefficient]
        arrays = [factors for factors in kept if factors.chain]
        if len(arrays) > 1 and any(not is_op(factors.chain[0], "ones") for factors in arrays):
            kept = [f._replace(chain=()) if len(f.chain) == 1 and is_op(f.chain[0], "ones") else f for f in kept]
        nodes = [joined(factors) for factors in gathered(self, kept)]
        nodes.sort(key=comes_late)
        if not nodes:
            return self.filled("zeros", shape)
        return Apply("add", tuple(nodes)) if len(nodes) > 1 else nodes[0]

    def minus(self, left: Node, right: Node) -> Node:
        """The difference."""
        return self.plus(left, self.product(Number(-1), right))

    def _terms(self, node: Node) -> Iterable[Factors]:
        """The terms of a sum, signs carried inside; a single term for anything else."""
        factors = self.factors(node)
        inner = factors.chain[0] if len(factors.chain) == 1 and not factors.scalars else node
        sign = factors.coefficient if inner is not node else Fraction(1)
        if is_op(inner, "add") and abs(sign) == 1:
            for arg in inner.args:
                for term in self._terms(arg):
                    yield term._replace(coefficient=term.coefficient * sign)
        elif not self.is_zero(node):
            yield factors

    def diagonal(self, node: Node) -> Node:
        """The diagonal of a square matrix; of a product it is a sum of products of rows and columns."""
        front, inner = self.apart(node)
        chain = self.factors(inner).chain
        if len(chain) < 2:
            return self.product(front, Apply("diag", (inner,)))
        for factor, rest in ((chain[-1], chain[:-1]), (chain[0], chain[1:])):
            if is_op(factor, "diag"):
                return self.product(front, self.hadamard(factor.args[0], self.diagonal(self.product(*rest))))
        left, right = self.product(*chain[:-1]), chain[-1]
        if len(self.shape(left)) == 1:
            return self.product(front, self.hadamard(left, self.transposed(right)))
        if is_op(left, "transpose"):
            return self.product(front, self.sums(self.hadamard(left.args[0], right), 0))
        return self.product(front, self.sums(self.hadamard(left, self.transposed(right)), 1))

    def shortest(self, node: Node) -> Node:
        """The expression as it is, or multiplied out or over one denominator where that is shorter."""
        return shortest(self, node)

    # -- products

    def factors(self, node: Node) -> Factors:
        """A product's number, scalar factors and matrix factors."""
        found = Chained(self)
        found.take(node)
        return Factors(found.coefficient, found.powers(), tuple(found.chain))

    def product(self, *factors: Node) -> Node:
        """The matrix product, or the multiple by a scalar."""
        found = Chained(self)
        for factor in factors:
            found.take(factor)
        chain: list[Node] = []
        for factor in self._chain(found.chain):  # an inner product in it has become a number
            if self.shape(factor) == ():
                found.scalar(factor, Fraction(1))
            else:
                chain.append(factor)
        if chain and self._chain_shape(chain) == ():
            found.scalar(chain[0] if len(chain) == 1 else Apply("mul", tuple(chain)), Fraction(1))
            chain = []
        if not found.coefficient or any(map(self.is_zero, chain)):
            return self.filled("zeros", self._chain_shape(chain))
        if len(chain) > 1 and is_op(chain[0], "diag") and len(self._chain_shape(chain)) == 1:  # diag(v) A x = v ∘ A x
            front = joined(Factors(found.coefficient, found.powers(), ()))
            return self.product(front, self.hadamard(*chain[0].args, self.product(*chain[1:])))
        if len(chain) + len(found.powers()) > 1:
            for place, factor in enumerate(chain):
                shared, chain[place] = found.content(factor)
                found.coefficient *= shared
        return joined(self.quotients.named(Factors(found.coefficient, found.powers(), tuple(chain))))

    def _chain_shape(self, chain: Sequence[Node]) -> Shape:
        if not chain:
            return ()
        return self.shape(chain[0] if len(chain) == 1 else Apply("mul", tuple(chain)))

    def _chain(self, chain: Sequence[Node]) -> list[Node]:
        """The factors of a matrix product without identities, inverses beside what they invert, and ones."""
        done: list[Node] = []
        for factor in chain:
            done.append(factor)
            while len(done) > 1 and (shorter := self._pair(done[-2], done[-1])) is not None:
                done[-2:] = shorter
        return done

    def _pair(self, left: Node, right: Node) -> list[Node] | None:
        """Two neighbours in a product as fewer factors, where there is a simpler form."""
        if is_op(left, "eye", "identity"):
            return [right]
        if is_op(right, "eye", "identity"):
            return [left]
        if (is_op(left, "inverse") and left.args[0] == right) or (is_op(right, "inverse") and right.args[0] == left):
            return [self.identity(self.shape(left))]
        if is_op(left, "diag") and is_op(left.args[0], "ones"):
            return [right]
        if is_op(left, "diag") and len(self.shape(left.args[0])) == len(self.shape(right)) == 1:
            return [self.hadamard(left.args[0], right)]
        if is_op(left, "diag") and is_op(right, "diag") and len(self.shape(right.args[0])) == 1:
            return [Apply("diag", (self.hadamard(left.args[0], right.args[0]),))]
        if is_op(right, "ones") and len(right.args) == 1:
            if len(self.shape(left)) == 2 and self.shape(left)[0] != 1:
                return [self.sums(left, 1)]
            return [self.total(left)] if self.shape(left)[:1] == (1,) else None
        if is_op(right, "onehot") and len(self.shape(left)) == 2 and self.shape(left)[0] != 1:
            return [Apply("column", (left, right.args[0]))]
        if is_op(left, "transpose") and is_op(left.args[0], "ones") and len(self.shape(right)) == 1:
            return [self.total(right)]
        if is_op(left, "transpose") and is_op(left.args[0], "ones") and len(left.args[0].args) == 1:
            return [self.transposed(self.sums(right, 0))] if self.shape(right)[0] != 1 else None
        if is_op(left, "transpose") and is_op(left.args[0], "onehot") and len(self.shape(right)) == 1:
            return [self.entry(right, left.args[0].args[0])]
        if is_op(left, "transpose") and is_op(right, "onehot") and len(self.shape(left.args[0])) == 1:
            return [self.entry(left.args[0], right.args[0])]
        return None

    def sums(self, matrix: Node, axis: int) -> Node:
        """The sums of the columns (0) or rows (1) of a matrix."""
        if is_op(matrix, "transpose"):
            matrix, axis = matrix.args[0], 1 - axis
        front, inner = self.apart(matrix)
        chain = self.factors(inner).chain
        if is_op(inner, "diag") and len(self.shape(inner)) == 2:
            return self.product(front, *inner.args)
        for scales, rest, own in ((chain[-1], chain[:-1], axis == 0), (chain[0], chain[1:], axis == 1)):
            if rest and is_op(scales, "diag") and len(self.shape(scales)) == 2:
                column, others = scales.args[0], self.product(*rest)
                if own:
                    return self.product(front, self.hadamard(column, self.sums(others, axis)))
                return self.product(front, others if axis else self.transposed(others), column)
        size = self.shape(matrix)[1 - axis]
        if axis == 1 and self.facts.sums_to_one(matrix):
            return self.filled("ones", self.shape(matrix)[:1])
        if self.facts.is_centred(matrix, axis):
            return self.filled("zeros", (size,))
        if is_op(matrix, "add") and any(map(self._is_repeated, matrix.args)):  # 1ᵀ(X - 1 vᵀ) = 1ᵀX - N vᵀ
            ones = self.filled("ones", (self.shape(matrix)[axis],))
            if axis == 0:
                return self.plus(*(self.product(self.transposed(term), ones) for term in matrix.args))
            return self.plus(*(self.product(term, ones) for term in matrix.args))
        return Apply("sum", (matrix, Number(axis)))

    def _is_repeated(self, term: Node) -> bool:
        """Whether a matrix is a column and a row of which one has ones only."""
        chain = self.factors(term).chain
        turned = [factor.args[0] if is_op(factor, "transpose") else factor for factor in chain]
        return len(chain) == 2 and any(is_op(factor, "ones") for factor in turned)

    def one_hot(self, place: Node, size: Size) -> Node:
        """The column of a size that is 1 at a place and 0 elsewhere."""
        return Apply("onehot", (place, Number(size) if isinstance(size, int) else Symbol(size)))

    def entry(self, column: Node, place: Node) -> Node:
        """An entry of a column; that of an operation entry by entry is the operation on entries."""
        column = self.names.get(column, column)
        if self.shape(column) == ():
            return column
        if is_op(column, "onehot") and column.args[0] == place:
            return ONE
        if is_op(column, "ones"):
            return ONE
        if is_op(column, "add"):
            return self.plus(*(self.entry(arg, place) for arg in column.args))
        if is_op(column, "hadamard", "div", "neg", "pow"):
            args = tuple(self.entry(arg, place) for arg in column.args)
            return self.product(*args) if is_op(column, "hadamard") else Apply(column.op, args)  # type: ignore[attr-defined]
        if is_op(column, "column"):
            return Apply("entry", (column.args[0], place, column.args[1]))
        if is_op(column, "row"):
            return Apply("entry", (*column.args, place))
        return Apply("entry", (column, place))

    def identity(self, shape: Shape) -> Node:
        """The identity matrix of a square shape."""
        return Apply("eye", self.filled("ones", shape[:1]).args)

    # -- transposes

    def transposed(self, node: Node) -> Node:
        """The transpose, carried to the single factors."""
        if self.shape(node) == () or is_op(node, "eye", "identity"):
            return node
        if is_op(node, "transpose"):
            return node.args[0]
        if self.facts.is_symmetric(node):
            return node
        if isinstance(node, Apply) and node.op in ("ones", "zeros") and len(node.args) == 2:
            return self.filled(node.op, transposed_shape(self.shape(node)))
        factors = self.factors(node)
        if is_op(node, "add"):
            whole = self.plus(*map(self.transposed, node.args))
            if set(summands(whole)) == set(node.args):
                return node
            return whole if any(map(self.facts.is_symmetric, node.args)) else Apply("transpose", (node,))
        if factors.chain != (node,):
            turned = [self.transposed(factor) for factor in reversed(factors.chain)]
            return self.product(joined(Factors(factors.coefficient, factors.scalars, ())), *turned)
        return Apply("transpose", (node,))

    # -- entry by entry

    def hadamard(self, *nodes: Node) -> Node:
        """The product entry by entry; a scalar multiplies every entry."""
        found = Entrywise(self)
        for node in nodes:
            found.entry(node, Fraction(1))
        return found.node()

    def quotient(self, above: Node, below: Node) -> Node:
        """The quotient entry by entry, or by a scalar."""
        found = Entrywise(self)
        found.entry(above, Fraction(1))
        found.entry(below, Fraction(-1))
        return found.node()

    def raised(self, base: Node, exponent: Fraction) -> Node:
        """A power entry by entry."""
        found = Entrywise(self)
        found.entry(base, exponent)
        return found.node()

    def apart(self, node: Node) -> tuple[Node, Node]:
        """The numbers and scalars in front of an array, and the array."""
        factors = self.factors(node)
        return joined(factors._replace(chain=())), joined(Factors(Fraction(1), {}, factors.chain))

    def total(self, node: Node) -> Node:
        """The sum of all entries."""
        if self.shape(node) == ():
            return node
        front, inner = self.apart(node)
        if is_op(inner, "transpose"):
            inner = inner.args[0]
        if is_op(inner, "ones"):
            return self.product(front, *inner.args)
        if is_op(inner, "onehot") or (self.facts.sums_to_one(inner) and len(self.shape(inner)) == 1):
            return front
        if self.facts.is_centred(inner):
            return ZERO
        kept = [term for term in summands(inner) if not self.facts.is_centred(term)]
        if len(kept) < len(summands(inner)):
            return self.product(front, self.total(self.plus(*kept)))
        if is_op(inner, "hadamard") and len(self.shape(inner)) == 1:
            first, *rest = inner.args
            return self.product(front, self.transposed(first), self.hadamard(*rest))
        return self.product(front, Apply("sum", (inner,)))

    def inner(self, left: Node, right: Node) -> Node:
        """The sum of the products of the entries: ``xᵀ y`` of columns, the trace of ``Aᵀ B`` of matrices."""
        if self.shape(left) == () or self.shape(right) == ():
            return self.product(self.total(left), self.total(right))
        if is_op(left, "ones"):
            return self.total(right)
        if len(self.shape(left)) == 1:
            return self.product(self.transposed(left), right)
        if self.shape(left)[0] == 1:
            return self.product(left, self.transposed(right))
        return self.trace(self.product(self.transposed(left), right))

    def trace(self, node: Node) -> Node:
        """The trace of a square matrix."""
        front, inner = self.apart(node)
        chain = self.factors(inner).chain
        for at, factor in enumerate(chain[:-1], 1):
            if len(self.shape(factor)) == 1:  # tr(A x aᵀ B) = aᵀ B A x
                return self.product(front, *chain[at:], *chain[:at])
        return self.product(front, Apply("tr", (inner,)))
