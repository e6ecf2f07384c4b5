"""Forward mode: the Jacobian of a column (or scalar) by a column, as a matrix expression.

``J(v)`` has a row for each entry of v and a column for each entry of the variable; a scalar has one row. The
differential of a column is ``dv = J dx``: J. R. Magnus and H. Neudecker, *Matrix Differential Calculus* (1988).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from examgrad.calculus.matrix.algebra import Algebra
from examgrad.calculus.matrix.factors import flat_factors, is_op
from examgrad.calculus.matrix.reverse import CONSTANT, Reverse
from examgrad.errors import DerivationError
from examgrad.formula import printer
from examgrad.formula.tree import MINUS_ONE, ONE, Apply, Node, Number, Symbol


class Forward:
    """Jacobians by one column (or scalar) variable; ``known`` holds those of the defined names on the way."""

    def __init__(self, algebra: Algebra, wrt: str) -> None:
        self.algebra: Final = algebra
        size = algebra.shape(Symbol(wrt))
        if len(size) > 1:
            raise DerivationError(f"a derivative of a column by the matrix {wrt} has no matrix form")
        self.columns: Final = size or (1,)
        self.known: Final[dict[str, Node]] = {wrt: algebra.identity(size * 2) if size else ONE}

    def define(self, name: str, node: Node) -> None:
        """Let a defined name be known by the Jacobian of what it is."""
        if not self._is_constant(node):
            self.known[name] = self.jacobian(node)

    def jacobian(self, node: Node) -> Node:
        """The Jacobian of a column or scalar. Raises :class:`DerivationError` where it has no matrix form."""
        algebra = self.algebra
        shape = algebra.shape(node)
        if self._is_constant(node) or (isinstance(node, Apply) and node.op in CONSTANT):
            return self._zero(shape)
        if isinstance(node, Symbol):
            return self.known[node.name]
        assert isinstance(node, Apply)
        if len(shape) == 2:
            raise self._refuse(node)
        if shape == ():
            return self._of_scalar(node)
        rule = _RULES.get(node.op)
        return rule(self, node) if rule is not None else self._entrywise(node)

    def _is_constant(self, node: Node) -> bool:
        return self.known.keys().isdisjoint(node.symbols())

    def _zero(self, shape: tuple[int | str, ...]) -> Node:
        if self.columns == (1,):
            return self.algebra.filled("zeros", shape)
        return self.algebra.filled("zeros", ((*shape, *self.columns) if shape else (1, *self.columns)))

    def _refuse(self, node: Node) -> DerivationError:
        return DerivationError(f"the derivative of {printer.plain(node)} has no matrix form")

    def _of_scalar(self, node: Node) -> Node:
        """One row: the gradients by the names in it, each turned, times their Jacobians."""
        reverse = Reverse(self.algebra, frozenset(self.known))
        reverse.pull(node, ONE)
        terms = []
        for name in reverse.found:
            adjoint = reverse.adjoint(name)
            if adjoint is None:
                continue
            if len(self.algebra.shape(adjoint)) == 2:
                raise self._refuse(node)
            terms.append(self.algebra.product(self.algebra.transposed(adjoint), self.known[name]))
        return self.algebra.plus(*terms) if terms else self._zero(())

    def _scaled(self, weights: Node, jacobian: Node) -> Node:
        """Each row of a Jacobian times a weight (or all of them times one)."""
        if self.algebra.shape(weights) == ():
            return self.algebra.product(weights, jacobian)
        front, inner = self.algebra.apart(weights)
        if is_op(inner, "ones"):
            return self.algebra.product(front, jacobian)
        if self.columns == (1,):
            return self.algebra.hadamard(weights, jacobian)
        return self.algebra.product(front, Apply("diag", (inner,)), jacobian)

    def _repeated(self, arg: Node, shape: tuple[int | str, ...]) -> Node:
        """The Jacobian of an operand; that of a scalar beside a column stands once for every entry."""
        jacobian = self.jacobian(arg)
        if self.algebra.shape(arg) == () and shape != () and not self._is_constant(arg):
            return self.algebra.product(self.algebra.filled("ones", shape), jacobian)
        return jacobian

    # -- one rule an operation, of columns

    def _add(self, node: Apply) -> Node:
        shape = self.algebra.shape(node)
        return self.algebra.plus(*(self._repeated(arg, shape) for arg in node.args if not self._is_constant(arg)))

    def _neg(self, node: Apply) -> Node:
        return self.algebra.product(MINUS_ONE, self.jacobian(node.args[0]))

    def _mul(self, node: Apply) -> Node:
        algebra = self.algebra
        terms = []
        for place, arg in enumerate(node.args):
            if self._is_constant(arg):
                continue
            before, after = node.args[:place], node.args[place + 1 :]
            if algebra.shape(arg) == ():
                terms.append(algebra.product(algebra.product(*before, *after), self.jacobian(arg)))
            elif len(algebra.shape(arg)) == 1:  # what stands behind a column, a row and a column, is a number
                terms.append(algebra.product(*before, algebra.product(*after), self.jacobian(arg)))
            elif is_op(arg, "transpose") and len(algebra.shape(arg.args[0])) == 1:
                turned = algebra.transposed(algebra.product(*after))
                terms.append(algebra.product(*before, turned, self.jacobian(arg.args[0])))
            elif is_op(arg, "diag") and len(algebra.shape(arg.args[0])) == 1:
                weights = algebra.product(*after)
                terms.append(algebra.product(*before, self._scaled(weights, self.jacobian(arg.args[0]))))
            else:
                raise self._refuse(node)
        return algebra.plus(*terms)

    def _hadamard(self, node: Apply) -> Node:
        shape, factors = self.algebra.shape(node), flat_factors(node)
        terms = [
            self._scaled(self.algebra.hadamard(*factors[:place], *factors[place + 1 :]), self._repeated(arg, shape))
            for place, arg in enumerate(factors) if not self._is_constant(arg)
        ]  # fmt: skip
        return self.algebra.plus(*terms)

    def _div(self, node: Apply) -> Node:
        above, below = node.args
        shape, algebra, terms = self.algebra.shape(node), self.algebra, []
        if not self._is_constant(above):
            terms.append(self._scaled(algebra.quotient(ONE, below), self._repeated(above, shape)))
        if not self._is_constant(below):
            weights = algebra.product(MINUS_ONE, algebra.quotient(above, algebra.hadamard(below, below)))
            if algebra.shape(below) == ():
                terms.append(algebra.product(weights, self.jacobian(below)))
            else:
                terms.append(self._scaled(weights, self.jacobian(below)))
        return algebra.plus(*terms)

    def _softmax(self, node: Apply) -> Node:
        local = self.algebra.minus(Apply("diag", (node,)), self.algebra.product(node, self.algebra.transposed(node)))
        return self.algebra.product(local, self.jacobian(node.args[0]))

    def _logsoftmax(self, node: Apply) -> Node:
        shape = self.algebra.shape(node)
        weights = self.algebra.transposed(Apply("softmax", node.args))
        local = self.algebra.minus(
            self.algebra.identity(shape * 2), self.algebra.product(self.algebra.filled("ones", shape), weights)
        )
        return self.algebra.product(local, self.jacobian(node.args[0]))

    def _pow(self, node: Apply) -> Node:
        base, exponent = node.args
        if not isinstance(exponent, Number):
            raise self._refuse(node)
        local = self.algebra.product(exponent, self.algebra.raised(base, exponent.value - 1))
        return self._scaled(local, self.jacobian(base))

    def _reduced(self, node: Apply) -> Node:
        raise self._refuse(node)

    def _entrywise(self, node: Apply) -> Node:
        """A function of each entry: its derivative scales the rows."""
        reverse = Reverse(self.algebra, frozenset(self.known))
        locals = reverse.local(node)
        shape = self.algebra.shape(node)
        terms = [
            self._scaled(local, self._repeated(arg, shape))
            for arg, local in zip(node.args, locals, strict=True) if not self._is_constant(arg)
        ]  # fmt: skip
        return self.algebra.plus(*terms) if terms else self._zero(shape)


_RULES: Final[Mapping[str, Callable[[Forward, Apply], Node]]] = {
    "add": Forward._add, "neg": Forward._neg, "mul": Forward._mul, "hadamard": Forward._hadamard,
    "div": Forward._div, "softmax": Forward._softmax, "logsoftmax": Forward._logsoftmax, "pow": Forward._pow,
    "sum": Forward._reduced, "mean": Forward._reduced, "diag": Forward._reduced, "transpose": Forward._reduced,
    "entry": Forward._reduced, "array": Forward._reduced,
}  # fmt: skip
