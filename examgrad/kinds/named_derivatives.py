"""Derivatives that an answer names and does not work out: ``∂L/∂ŷ``, ``(∂ŷ/∂x)ᵀ``, ``∂L/∂W_{ij}``.

What each of them is, is derived from the problem's definitions, so that a formula that uses one can be decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from examgrad.calculus.derivation import Asked, Request
from examgrad.calculus.graph import Graph
from examgrad.calculus.matrix.named import symbols_for
from examgrad.errors import DerivationError
from examgrad.formula.tree import Apply, Node, Symbol, substitute, transform
from examgrad.kinds.matrix import Arrays

_SEED: Final = "seed'"
"""A name that no problem has: the apostrophe is never part of one."""


class NamedDerivatives:
    """The derivatives of one problem, as its class writes them: a gradient is a column, or a row where ``row``.

    The Jacobian of a column has a row an entry; ``denominator`` asks for its transpose. ``turned`` tells that what
    is asked for is the transpose of the array whose entries are ``∂L/∂W_{ij}``.
    """

    def __init__(self, arrays: Arrays, *, row: bool = False, denominator: bool = False, turned: bool = False) -> None:
        self.arrays: Final = arrays
        self.turned: Final = turned
        self._row: Final = row
        self._denominator: Final = denominator
        self._known: Final[dict[tuple[Node, tuple[str, ...]], Node]] = {}

    def transposed_jacobians(self) -> NamedDerivatives:
        """The same in the other layout of Jacobians."""
        return NamedDerivatives(self.arrays, row=self._row, denominator=not self._denominator, turned=self.turned)

    def transposed_gradients(self) -> NamedDerivatives:
        """The same in the other layout of gradients."""
        return NamedDerivatives(self.arrays, row=not self._row, denominator=self._denominator, turned=self.turned)

    def worked_out(self, tree: Node, but: tuple[str, ...] = ()) -> Node:
        """The formula with each derivative in it put in, except that of the names in ``but``.

        Raises :class:`ExamgradError` where one cannot be derived.
        """

        def change(item: Node) -> Node:
            if not isinstance(item, Apply) or item.op not in ("derivative", "gradient") or len(item.args) < 2:
                return item
            what, variables, places = item.args[0], *_named(item.args[1:])
            if isinstance(what, Apply) and what.op == "entry":
                what, places = what.args[0], (*what.args[1:], *places)
            if not variables or (isinstance(what, Symbol) and (what.name, *variables) == but):
                return item
            if places:  # of the name itself, however the class writes the whole
                return Apply("entry", (NamedDerivatives(self.arrays).of(what, variables), *places))
            return self.of(what, variables)

        return transform(tree, change)

    def of(self, what: Node, variables: tuple[str, ...]) -> Node:
        """The derivative of a formula or name by a name (twice: the Hessian). Raises :class:`ExamgradError`."""
        known = self._known.get((what, variables))
        if known is None:
            known = self._known[what, variables] = self._derived(what, variables)
        return known

    def _derived(self, what: Node, variables: tuple[str, ...]) -> Node:
        from examgrad.calculus.matrix.derive import derive  # few answers name a derivative

        shapes = self.arrays.shapes
        if len(set(variables)) > 1 or len(variables) > 2:
            raise DerivationError("derivatives by several names are not worked out here")
        scalar = shapes.of(what) == ()
        if scalar and len(variables) == 1:
            found = self._gradient(what, variables[0])
            return self._turned(found) if self._row and shapes.of(Symbol(variables[0])) else found
        found = derive(self._request("hessian" if scalar else "jacobian", what, variables[0])).tree
        return self._turned(found) if self._denominator and not scalar else found

    def _gradient(self, what: Node, variable: str) -> Node:
        """The gradient of a scalar as a column, or the symbol by which the arrays know it."""
        from examgrad.calculus.matrix.derive import gradient_of

        symbol = symbols_for([quotient := Apply("derivative", (what, Symbol(variable)))])[quotient]
        if self.arrays.knows(symbol.name):
            return symbol
        return self.arrays.opened(*gradient_of(self._request("gradient", what, variable)))

    def _request(self, asked: Asked, what: Node, variable: str) -> Request:
        given = self.arrays.given
        domains = given.names.domains
        return Request(asked, (what,), (variable,), given.definitions, domains, self.arrays.shapes.declared)

    def _turned(self, node: Node) -> Node:
        return Apply("transpose", (node,))

    def through(self, of: str, name: str, value: Node, variable: str) -> Node | None:
        """What the derivative by ``variable`` would be if ``value`` were that by ``name``.

        ``None`` where the variable changes ``of`` on another way too. Raises :class:`ExamgradError`.
        """
        from examgrad.calculus.matrix.derive import gradient_of

        given, shapes = self.arrays.given, self.arrays.shapes
        others = {key: node for key, node in given.definitions.items() if key != name}
        if name == variable or self._row or Graph(others).depends(of, variable):
            return None
        shape = shapes.of(Symbol(name))
        product = Apply("hadamard" if shape else "mul", (Symbol(_SEED), Symbol(name)))
        seeded = Apply("sum", (product,)) if shape else product
        request = Request(
            "gradient", (seeded,), (variable,), given.definitions, given.names.domains,
            {**shapes.declared, _SEED: shape},
        )  # fmt: skip
        return substitute(gradient_of(request)[0], {_SEED: value})


def _named(variables: tuple[Node, ...]) -> tuple[tuple[str, ...], tuple[Node, ...]]:
    """The names that are differentiated by, and the places of the entries among them; no names where one has none."""
    names: list[str] = []
    places: list[Node] = []
    for variable in variables:
        base = variable.args[0] if isinstance(variable, Apply) and variable.op == "entry" else variable
        if not isinstance(base, Symbol):
            return (), ()
        names.append(base.name)
        places += variable.args[1:] if isinstance(variable, Apply) else ()
    return tuple(names), tuple(places)


def free_indices(arrays: Arrays, tree: Node, own: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The letters for a place that nothing in a formula binds, in their order: i and j of ``δ_i x_j``."""
    bound = {index for node in _binders(tree) for index in (node.args[:1] if node.op == "sum" else node.args[1::2])}
    free = tree.symbols() - arrays.given.names.variables.keys() - own
    return tuple(sorted(name for name in free if Symbol(name) not in bound and not arrays.knows(name)))


def _binders(tree: Node) -> Iterator[Apply]:
    """The sums and the arrays given by an entry in a formula: both bind indices."""
    for node in tree.walk():
        if isinstance(node, Apply) and (node.op == "components" or (node.op == "sum" and len(node.args) == 4)):
            yield node
