"""Differentiation of a tree by rules, and derivatives inside a formula replaced by what they are.

This is the checking path's own differentiation: small, without sympy, and lightly tidied only (zeros and ones
vanish, numbers are collected). A symbol that the graph defines is differentiated through its definition, unless
it is the variable itself: ∂L/∂ŷ takes ŷ as independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from examgrad.calculus.graph import MAX_NODES, Graph, free_names, measure
from examgrad.errors import DerivationError
from examgrad.formula import printer
from examgrad.formula.functions import FUNCTIONS, partial_derivatives, rewritten
from examgrad.formula.tree import (
    ONE,
    ZERO,
    Apply,
    Constant,
    Node,
    Number,
    Symbol,
    add,
    div,
    is_number,
    mul,
    neg,
    power,
    rebuild,
    sub,
    transform,
)

_NO_DEFINITIONS: Final = Graph({})
_LINEAR: Final = frozenset({"neg", "transpose", "array"})
_CONSTANT: Final = frozenset({"indicator", "floor", "ceil", "sign"})
"""Constant wherever they have a derivative at all."""


def resolve(node: Node, graph: Graph = _NO_DEFINITIONS) -> Node:
    """The formula with every derivative and gradient in it, nested ones too, replaced by what it is.

    The result may use the graph's names. Raises :class:`DerivationError`.
    """

    def change(item: Node) -> Node:
        if not isinstance(item, Apply) or item.op not in ("derivative", "gradient"):
            return item
        what, *variables = item.args
        if not variables:
            raise DerivationError("∇ needs to be told its variable here, as in ∇_w L")
        if item.op == "derivative":
            return derivative(what, variables, graph)
        entries = tuple(derivative(what, (variable,), graph) for variable in variables)
        return entries[0] if len(entries) == 1 else Apply("array", entries)

    return transform(node, change)


def derivative(node: Node, variables: Sequence[Node], graph: Graph = _NO_DEFINITIONS) -> Node:
    """The partial derivative of a formula in one variable after the other, through the graph's definitions.

    Zero where it does not depend on a variable. Raises :class:`DerivationError` where no rule is known or the
    result would be too large.
    """
    for variable in variables:
        if not isinstance(variable, Symbol) and not (isinstance(variable, Apply) and variable.op == "entry"):
            raise DerivationError(f"{printer.plain(variable)} is no variable to differentiate by")
        node = _Rules(variable, graph).total(node)
    return node


class _Rules:
    """Differentiation by one variable. Derivatives of subformulas are kept, so each is worked out once."""

    def __init__(self, variable: Node, graph: Graph) -> None:
        self.variable: Final = variable
        self.graph: Final = graph
        self._known: Final[dict[Node, Node]] = {variable: ONE}
        self._built = 0

    def total(self, node: Node) -> Node:
        """The derivative of ``node``: definitions first, from the variable upwards, then the formula itself."""
        if isinstance(self.variable, Symbol):
            needed = self.graph.ancestors(node)
            for name, definition in self.graph.definitions.items():
                if name in needed and name != self.variable.name and self.graph.depends(name, self.variable.name):
                    self._known[Symbol(name)] = self._measured(definition)
        return self._measured(node)

    def _measured(self, node: Node) -> Node:
        result = self._of(node)
        if measure(result)[0] > MAX_NODES:
            raise self._too_large()
        return result

    def _too_large(self) -> DerivationError:
        return DerivationError(f"the derivative by {printer.plain(self.variable)} becomes too large to be written out")

    def _of(self, node: Node) -> Node:
        stack = [node]
        while stack:
            top = stack[-1]
            waiting = [item for item in self._needs(top) if item not in self._known] if top not in self._known else []
            if waiting:
                stack.extend(waiting)
                continue
            stack.pop()
            if top not in self._known:
                self._known[top] = self._rule(top)
        return self._known[node]

    def _needs(self, node: Node) -> Sequence[Node]:
        """What must be differentiated before ``node`` is."""
        if not isinstance(node, Apply) or node.op in _CONSTANT:
            return ()
        if node.op == "cases":
            return (*node.args[:-1:2], node.args[-1]) if len(node.args) % 2 else node.args[::2]
        if node.op == "sum":
            return node.args[3:]
        if node.op == "entry":
            return node.args[:1]
        simpler = _simpler(node)
        return node.args if simpler is None else (simpler,)

    def _rule(self, node: Node) -> Node:
        if isinstance(node, Number | Constant | Symbol):
            return ZERO
        assert isinstance(node, Apply)
        if node.op in _CONSTANT:
            return ZERO
        inner = [self._known[item] for item in self._needs(node)]
        self._built += 1 + len(node.args) ** 2
        if self._built > MAX_NODES:
            raise self._too_large()
        if all(is_number(item, 0) for item in inner):
            return ZERO
        writer = getattr(self, f"_{node.op}", None)
        if writer is not None:
            result: Node = writer(node, inner)
            return result
        if node.op in _LINEAR:
            return neg(inner[0]) if node.op == "neg" else rebuild(node, tuple(inner))
        if _simpler(node) is not None:
            return inner[0]
        partials = partial_derivatives(node)
        if partials is None:
            raise DerivationError(f"no rule is known for the derivative of {printer.plain(node)}")
        return add(*(mul(outer, item) for outer, item in zip(partials, inner, strict=True)))

    # one method for each operation: its arguments' derivatives are ``inner``

    def _add(self, node: Apply, inner: list[Node]) -> Node:
        return add(*inner)

    def _mul(self, node: Apply, inner: list[Node]) -> Node:
        return add(*(
            mul(*node.args[:place], item, *node.args[place + 1 :])
            for place, item in enumerate(inner) if not is_number(item, 0)
        ))  # fmt: skip

    def _hadamard(self, node: Apply, inner: list[Node]) -> Node:
        terms = [
            Apply("hadamard", (*node.args[:place], item, *node.args[place + 1 :]))
            for place, item in enumerate(inner)
            if not is_number(item, 0)
        ]
        return add(*terms)

    def _div(self, node: Apply, inner: list[Node]) -> Node:
        top, bottom = node.args
        if is_number(inner[1], 0):
            return div(inner[0], bottom)
        return div(sub(mul(inner[0], bottom), mul(top, inner[1])), power(bottom, 2))

    def _pow(self, node: Apply, inner: list[Node]) -> Node:
        base, exponent = node.args
        if is_number(inner[1], 0):
            less = Number(exponent.value - 1) if isinstance(exponent, Number) else sub(exponent, ONE)
            return mul(exponent, power(base, less), inner[0])
        logarithm = ONE if base == Constant("e") else Apply("log", (base,))
        growth = mul(node, logarithm, inner[1])
        if is_number(inner[0], 0):
            return growth
        return add(growth, mul(exponent, power(base, sub(exponent, ONE)), inner[0]))

    def _cases(self, node: Apply, inner: list[Node]) -> Node:
        args = list(node.args)
        args[::2] = inner
        return Apply("cases", tuple(args))

    def _sum(self, node: Apply, inner: list[Node]) -> Node:
        index, first, last, _ = node.args
        if any(self._changes(bound) for bound in (first, last)):
            raise DerivationError("a sum cannot be differentiated by what its bounds depend on")
        return ZERO if index == self.variable else Apply("sum", (index, first, last, inner[0]))

    def _entry(self, node: Apply, inner: list[Node]) -> Node:
        return Apply("entry", (inner[0], *node.args[1:]))

    def _max(self, node: Apply, inner: list[Node]) -> Node:
        """Each argument's derivative where it is beyond all others.

        Where arguments tie, however long, one of them counts: the last, and a constant before all that change.
        """
        ranked = sorted(zip(node.args, inner, strict=True), key=lambda pair: is_number(pair[1], 0))
        above, at_least = ("gt", "ge") if node.op == "max" else ("lt", "le")
        terms = []
        for place, (own, item) in enumerate(ranked):
            gates = [
                Apply("indicator", (Apply(at_least if rank < place else above, (own, other)),))
                for rank, (other, _) in enumerate(ranked) if rank != place
            ]  # fmt: skip
            terms.append(mul(item, *gates))
        return add(*terms)

    _min = _max

    def _changes(self, node: Node) -> bool:
        name = self.variable.name if isinstance(self.variable, Symbol) else ""
        return name in free_names(node) or self.graph.depends(node, name)


def _simpler(node: Apply) -> Node | None:
    """A function's meaning in simpler functions, where that is what the table has instead of a derivative."""
    row = FUNCTIONS.get(node.op)
    if row is None or not row.rewrite or row.derivatives:
        return None
    return rewritten(node)
