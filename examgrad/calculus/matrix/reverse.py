"""Reverse mode on a formula's tree: from the adjoint of a formula to the adjoints of the names in it.

The adjoint of a name v is the gradient of the loss by v, with v's shape. Rules: M. B. Giles, *Collected matrix
derivative results for forward and reverse mode algorithmic differentiation* (2008).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from examgrad.calculus.matrix.algebra import Algebra
from examgrad.calculus.matrix.factors import is_op, joined
from examgrad.calculus.matrix.rebuilding import rebuilt
from examgrad.calculus.matrix.reductions import REDUCTIONS
from examgrad.calculus.matrix.sums import vectorised
from examgrad.calculus.matrix.windows import WINDOWS
from examgrad.errors import DerivationError
from examgrad.formula import printer
from examgrad.formula.functions import derivative_templates, rewrite_template
from examgrad.formula.shapes import Shapes
from examgrad.formula.tree import MINUS_ONE, ONE, TWO, ZERO, Apply, Node, Number, Symbol, is_number, rebuild

CONSTANT: Final = frozenset({"indicator", "floor", "ceil", "sign", "ones", "zeros", "eye", "identity", "onehot"})
"""Operations whose derivative is zero wherever there is one."""


class Reverse:
    """Pulls adjoints back through formulas, to the names in ``wanted``."""

    def __init__(self, algebra: Algebra, wanted: frozenset[str]) -> None:
        self.algebra: Final = algebra
        self.wanted: Final = wanted
        self.found: dict[str, list[Node]] = {}

    def pull(self, node: Node, adjoint: Node) -> None:
        """Add what a formula with this adjoint gives to the adjoints of its names. Raises :class:`DerivationError`."""
        if isinstance(node, Symbol):
            if node.name in self.wanted:
                self.found.setdefault(node.name, []).append(self._fitted(adjoint, node))
            return
        if not isinstance(node, Apply) or node.op in CONSTANT or self.wanted.isdisjoint(node.symbols()):
            return
        adjoint = self._fitted(adjoint, node)
        rule = _RULES.get(node.op)
        if rule is not None and not (node.op in ("max", "min") and len(node.args) > 1):
            rule(self, node, adjoint)
        else:
            self._entrywise(node, adjoint)

    def adjoint(self, name: str) -> Node | None:
        """The sum of all that was found for a name; ``None`` where nothing was."""
        found = self.found.get(name)
        return self.algebra.shortest(self.algebra.plus(*found)) if found else None

    def _fitted(self, adjoint: Node, node: Node) -> Node:
        """The adjoint in the shape of the node: what went to every entry of an array comes back summed."""
        shape = self.algebra.shape(node)
        if shape == () and self.algebra.shape(adjoint) != ():
            return self.algebra.total(self.algebra.shortest(adjoint))
        if shape != () and self.algebra.shape(adjoint) == ():
            return self.algebra.product(adjoint, self.algebra.filled("ones", shape))
        return adjoint

    def refuse(self, node: Node) -> DerivationError:
        """The error of a formula that has no rule."""
        return DerivationError(f"no rule in matrix notation is known for {printer.plain(node)}")

    # -- sums and products

    def _add(self, node: Apply, adjoint: Node) -> None:
        for arg in node.args:
            self.pull(arg, adjoint)

    def _neg(self, node: Apply, adjoint: Node) -> None:
        self.pull(node.args[0], self.algebra.product(MINUS_ONE, adjoint))

    def _mul(self, node: Apply, adjoint: Node) -> None:
        algebra = self.algebra
        for place, arg in enumerate(node.args):
            if self.wanted.isdisjoint(arg.symbols()):
                continue
            before, after = node.args[:place], node.args[place + 1 :]
            if algebra.shape(arg) == ():
                rest = algebra.product(*before, *after)
                self.pull(arg, algebra.inner(adjoint, rest))
                continue
            left = algebra.transposed(algebra.product(*before)) if before else ONE
            right = algebra.transposed(algebra.product(*after)) if after else ONE
            self.pull(arg, algebra.product(left, adjoint, right))

    def _hadamard(self, node: Apply, adjoint: Node) -> None:
        for place, arg in enumerate(node.args):
            self.pull(arg, self.algebra.hadamard(adjoint, *node.args[:place], *node.args[place + 1 :]))

    def _div(self, node: Apply, adjoint: Node) -> None:
        above, below = node.args
        self.pull(above, self.algebra.quotient(adjoint, below))
        if not self.wanted.isdisjoint(below.symbols()):
            square = self.algebra.hadamard(below, below)
            self.pull(
                below,
                self.algebra.product(MINUS_ONE, self.algebra.quotient(self.algebra.hadamard(adjoint, above), square)),
            )

    def _pow(self, node: Apply, adjoint: Node) -> None:
        base, exponent = node.args
        if len(self.algebra.shape(base)) == 2:
            self._matrix_power(node, base, exponent, adjoint)
        elif isinstance(exponent, Number):
            local = self.algebra.product(exponent, self.algebra.raised(base, exponent.value - 1))
            self.pull(base, self.algebra.hadamard(adjoint, local))
        else:
            less = self.algebra.minus(exponent, ONE)
            self.pull(base, self.algebra.hadamard(adjoint, exponent, Apply("pow", (base, less))))
            self.pull(exponent, self.algebra.hadamard(adjoint, node, Apply("log", (base,))))

    def _sqrt(self, node: Apply, adjoint: Node) -> None:
        self.pull(node.args[0], self.algebra.quotient(adjoint, self.algebra.product(TWO, node)))

    def _matrix_power(self, node: Apply, base: Node, exponent: Node, adjoint: Node) -> None:
        if isinstance(exponent, Number) and exponent.value.denominator == 1 and 1 <= exponent.value <= 8:
            self._mul(Apply("mul", (base,) * int(exponent.value)), adjoint)
        else:
            raise self.refuse(node)

    # -- of matrices

    def _transpose(self, node: Apply, adjoint: Node) -> None:
        self.pull(node.args[0], self.algebra.transposed(adjoint))

    def _inverse(self, node: Apply, adjoint: Node) -> None:
        turned = self.algebra.transposed(Apply("inverse", node.args))
        self.pull(node.args[0], self.algebra.product(MINUS_ONE, turned, adjoint, turned))

    def _tr(self, node: Apply, adjoint: Node) -> None:
        self.pull(node.args[0], self.algebra.product(adjoint, self.algebra.identity(self.algebra.shape(node.args[0]))))

    def _det(self, node: Apply, adjoint: Node) -> None:
        self._logdet(node, self.algebra.product(adjoint, node))

    def _logdet(self, node: Apply, adjoint: Node) -> None:
        turned = self.algebra.transposed(Apply("inverse", node.args))
        self.pull(node.args[0], self.algebra.product(adjoint, turned))

    def _diag(self, node: Apply, adjoint: Node) -> None:
        vector = len(self.algebra.shape(node.args[0])) == 1
        self.pull(node.args[0], self.algebra.diagonal(adjoint) if vector else Apply("diag", (adjoint,)))

    # -- that reduce an array

    def _sum(self, node: Apply, adjoint: Node) -> None:
        if len(node.args) == 4:
            self._finite_sum(node, adjoint)
        else:
            self._spread(node, adjoint, lambda: ONE)

    def _mean(self, node: Apply, adjoint: Node) -> None:
        self._spread(node, adjoint, lambda: self.algebra.quotient(ONE, self.count(node)))

    def _spread(self, node: Apply, adjoint: Node, share: Callable[[], Node]) -> None:
        """The adjoint of a sum goes to each of its terms."""
        self.pull(node.args[0], self.algebra.product(share(), self.copied(adjoint, node)))

    def copied(self, reduced: Node, node: Apply) -> Node:
        """What stands once for each line of an array, in every entry of that line."""
        shape = self.algebra.shape(node.args[0])
        if len(node.args) == 1 or len(shape) < 2:
            return self.algebra.product(reduced, self.algebra.filled("ones", shape))
        if is_number(node.args[1], 1):
            return self.algebra.product(reduced, self.algebra.transposed(self.algebra.filled("ones", shape[1:])))
        return self.algebra.product(self.algebra.filled("ones", shape[:1]), self.algebra.transposed(reduced))

    def count(self, node: Apply) -> Node:
        """How many entries are reduced to one."""
        shape = self.algebra.shape(node.args[0])
        axis = node.args[1] if len(node.args) > 1 and len(shape) > 1 else None
        sizes = shape if axis is None else (shape[int(axis.value)],)  # type: ignore[attr-defined]
        return self.algebra.product(*(Number(size) if isinstance(size, int) else Symbol(size) for size in sizes))

    def _finite_sum(self, node: Apply, adjoint: Node) -> None:
        """What a sum's terms give to a name is summed over the same index."""
        index, first, last, body = node.args
        inner = Reverse(self.algebra, self.wanted)
        inner.pull(body, adjoint)
        for name in inner.found:
            total = inner.adjoint(name)
            if total is not None:
                whole = Apply("sum", (index, first, last, total))
                formula = vectorised(whole, self.algebra.shapes)
                self.found.setdefault(name, []).append(whole if formula is None else rebuilt(self.algebra, formula))

    def _logsumexp(self, node: Apply, adjoint: Node) -> None:
        weights = Apply("softmax", node.args)
        self.pull(node.args[0], self.algebra.hadamard(self.copied(adjoint, node), weights))

    def _softmax(self, node: Apply, adjoint: Node) -> None:
        adjoint = self._varying(adjoint, node)
        weighted = self.algebra.hadamard(adjoint, node)
        self.pull(node.args[0], self.algebra.minus(weighted, self._along(node, weighted)))

    def _logsoftmax(self, node: Apply, adjoint: Node) -> None:
        self.pull(node.args[0], self.algebra.minus(adjoint, self._along(Apply("softmax", node.args), adjoint)))

    def _varying(self, adjoint: Node, softmax: Apply) -> Node:
        """An adjoint without what is the same for all entries of a line: their sum stays one."""
        columns = len(self.algebra.shape(softmax)) == 1
        if not columns or not is_op(adjoint, "add"):
            return adjoint
        terms = [term for term in adjoint.args if self.algebra.shape(term) != ()]
        return self.algebra.plus(*(term for term in terms if not is_op(self.algebra.apart(term)[1], "ones")))

    def _along(self, softmax: Apply, adjoint: Node) -> Node:
        """The softmax, each of its lines times the sum of that line of the adjoint."""
        if len(softmax.args) == 1 or len(self.algebra.shape(softmax)) < 2:
            return self.algebra.product(self.algebra.total(adjoint), softmax)
        front, inner = self.algebra.apart(adjoint)
        if self.algebra.facts.sums_to_one(inner) and is_number(softmax.args[1], 1):
            return self.algebra.product(front, softmax)
        sums = Apply("diag", (Apply("sum", (inner, softmax.args[1])),))
        order = (sums, softmax) if is_number(softmax.args[1], 1) else (softmax, sums)
        return self.algebra.product(front, *order)

    # -- entry by entry

    def _entrywise(self, node: Apply, adjoint: Node) -> None:
        """A function of numbers, applied to each entry: its derivative multiplies, entry by entry."""
        for arg, local in zip(node.args, self.local(node), strict=True):
            if not self.algebra.is_zero(local) and not self.wanted.isdisjoint(arg.symbols()):
                self.pull(arg, self.algebra.shortest(self.algebra.hadamard(adjoint, local)))

    def local(self, node: Apply) -> tuple[Node, ...]:
        """The derivative of a function of numbers by each of its arguments, at each entry."""
        if node.op in CONSTANT:
            return tuple(self.algebra.filled("zeros", self.algebra.shape(arg)) for arg in node.args)
        if node.op in ("max", "min") and len(node.args) > 1:
            return self._largest(node)
        if node.op == "cases":
            return tuple(
                self.algebra.hadamard(*_gate(place // 2, node.args[1::2])) if place % 2 == 0 else ZERO
                for place in range(len(node.args))
            )
        templates = derivative_templates(node.op, len(node.args))
        if templates is not None:
            return tuple(self._lifted(template, node.args) for template in templates)
        simpler = rewrite_template(node.op)
        if simpler is None or len(node.args) > 1:
            raise self.refuse(node)
        inner = Reverse(Algebra(Shapes({})), frozenset(("x",)))
        inner.pull(simpler, ONE)
        return (self._lifted(inner.adjoint("x") or ZERO, node.args),)

    def _largest(self, node: Apply) -> tuple[Node, ...]:
        """Where each of several is the largest (or smallest)."""
        strict = "gt" if node.op == "max" else "lt"
        return tuple(
            self.algebra.hadamard(
                *(Apply("indicator", (self._compared(strict, arg, other),)) for other in node.args if other is not arg)
            )
            for arg in node.args
        )

    def _compared(self, strict: str, left: Node, right: Node) -> Node:
        """A condition, by the sign of the difference where it is short: ``τ r > (τ − 1) r`` is ``r > 0``."""
        condition = Apply(strict, (left, right))
        if ZERO in (left, right) or self.algebra.shape(left) != self.algebra.shape(right):
            return condition
        factors = self.algebra.factors(self.algebra.minus(left, right))
        side = joined(factors._replace(coefficient=ONE.value))
        if side.size() > min(left.size(), right.size()) or self.algebra.is_zero(side):
            return condition
        return Apply(strict if factors.coefficient > 0 else _OTHER_WAY[strict], (side, ZERO))

    def _lifted(self, template: Node, args: tuple[Node, ...]) -> Node:
        """A formula in x (and y) about numbers, with arrays in their place: entry by entry."""
        if isinstance(template, Symbol):
            return args["xy".index(template.name)]
        if not isinstance(template, Apply):
            return template
        inner = [self._lifted(arg, args) for arg in template.args]
        if template.op == "add":
            return self.algebra.plus(*inner)
        if template.op == "mul":
            return self.algebra.hadamard(*inner)
        if template.op == "neg":
            return self.algebra.product(MINUS_ONE, *inner)
        if template.op == "div":
            return self.algebra.quotient(*inner)
        if template.op == "pow" and isinstance(inner[1], Number):
            return self.algebra.raised(inner[0], inner[1].value)
        return rebuild(template, tuple(inner))

    def _entry(self, node: Apply, adjoint: Node) -> None:
        array, *places = node.args
        shape = self.algebra.shape(array)
        if len(places) != len(shape) or len(shape) > 2:
            raise self.refuse(node)
        chosen = [self.algebra.one_hot(place, size) for place, size in zip(places, shape, strict=True)]
        turned = [self.algebra.transposed(item) for item in chosen[1:]]
        self.pull(array, self.algebra.product(adjoint, chosen[0], *turned))

    def _row(self, node: Apply, adjoint: Node) -> None:
        chosen = self.algebra.one_hot(node.args[1], self.algebra.shape(node.args[0])[0])
        self.pull(node.args[0], self.algebra.product(chosen, self.algebra.transposed(adjoint)))

    def _column(self, node: Apply, adjoint: Node) -> None:
        chosen = self.algebra.one_hot(node.args[1], self.algebra.shape(node.args[0])[1])
        self.pull(node.args[0], self.algebra.product(adjoint, self.algebra.transposed(chosen)))


_OTHER_WAY: Final = {"gt": "lt", "lt": "gt"}


def _gate(place: int, conditions: tuple[Node, ...]) -> list[Node]:
    """Where a case holds, as a product of indicators."""
    before: list[Node] = [Apply("indicator", (_opposite(condition),)) for condition in conditions[:place]]
    return before + ([Apply("indicator", (conditions[place],))] if place < len(conditions) else [])


def _opposite(condition: Node) -> Node:
    opposites = {"gt": "le", "ge": "lt", "lt": "ge", "le": "gt", "eq": "ne", "ne": "eq"}
    if isinstance(condition, Apply) and condition.op in opposites and len(condition.args) == 2:
        return Apply(opposites[condition.op], condition.args)
    return Apply("not", (condition,))


_RULES: Final[Mapping[str, Callable[[Reverse, Apply, Node], None]]] = {
    "add": Reverse._add, "neg": Reverse._neg, "mul": Reverse._mul, "hadamard": Reverse._hadamard, "div": Reverse._div,
    "pow": Reverse._pow, "sqrt": Reverse._sqrt, "transpose": Reverse._transpose, "inverse": Reverse._inverse,
    "tr": Reverse._tr, "det": Reverse._det, "logdet": Reverse._logdet, "diag": Reverse._diag, "sum": Reverse._sum,
    "mean": Reverse._mean, "logsumexp": Reverse._logsumexp,
    "softmax": Reverse._softmax, "logsoftmax": Reverse._logsoftmax,
    "entry": Reverse._entry, "row": Reverse._row, "column": Reverse._column,
    **REDUCTIONS, **WINDOWS,
}  # fmt: skip
