"""Jacobians and Hessians of order 3 and 4: by their entry at i, j, … with the ranges of the indices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from examgrad.calculus.derivation import Adjoint
from examgrad.calculus.graph import Graph, free_names, measure
from examgrad.calculus.matrix.algebra import Algebra
from examgrad.calculus.matrix.components import Components
from examgrad.calculus.matrix.entries import Entries, Indices, as_node
from examgrad.calculus.matrix.terms import Terms, collected, ordered, written
from examgrad.errors import DerivationError
from examgrad.formula.shapes import Shape
from examgrad.formula.tree import ONE, Apply, Node, Symbol

COMPONENT: Final = "component"
"""The rule of a station that says what the entry of a name is."""
_LETTERS: Final = "ijklpqrstuvabcfghmnowxyz"
_LONGEST: Final = 600
"""Nodes of a derivative in components, beyond which nobody would read it."""


class Tensors:
    """Derivatives in components by the array ``wrt``, through a problem's definitions."""

    def __init__(self, algebra: Algebra, definitions: Mapping[str, Node], wrt: str) -> None:
        self.algebra: Final = algebra
        self.definitions: Final = definitions
        self.graph: Final = Graph(definitions)
        self.wrt: Final = wrt
        taken = {*algebra.shapes.declared, *definitions}.union(
            *(free_names(node) for node in definitions.values()),
            *({str(size) for size in shape} for shape in algebra.shapes.declared.values()),
        )
        letters = [letter for letter in _LETTERS if letter not in taken]
        self.letters: Final = letters + [name for at in range(1, 20) if (name := f"i{at}") not in taken]

    def jacobian(self, of: Node) -> tuple[Adjoint, ...]:
        """The stations of ``∂y_i/∂W_{jk}``, of which the last is the key. Raises :class:`DerivationError`."""
        shape = self.algebra.shape(of)
        return self._derived(of, of, self._axes(shape, self.algebra.shape(Symbol(self.wrt))), len(shape))

    def hessian(self, of: Node, gradient: Node) -> tuple[Adjoint, ...]:
        """The stations of ``∂²L/∂W_{ij}∂W_{kl}``, of which the last is the key."""
        shape = self.algebra.shape(Symbol(self.wrt))
        return self._derived(of, gradient, self._axes(shape, shape), len(shape))

    def _axes(self, *shapes: Shape) -> list[tuple[Symbol, Node]]:
        """A letter and its last value for each axis."""
        sizes = [as_node(size) for shape in shapes for size in shape]
        return [(Symbol(letter), size) for letter, size in zip(self.letters, sizes, strict=False)]

    def _derived(self, of: Node, what: Node, axes: list[tuple[Symbol, Node]], rank: int) -> tuple[Adjoint, ...]:
        at, by = (self._places(part) for part in (axes[:rank], axes[rank:]))
        components = Components(self.algebra, self.wrt, by)
        walk: list[Adjoint] = []
        needed = self.graph.ancestors(what)
        for name, node in self.definitions.items():
            if name in needed and self.graph.depends(name, self.wrt) and name != self.wrt:
                components.define(name, node)
                walk += self._told(name, node, components, axes[rank:])
        if what != of:
            walk.append(Adjoint(COMPONENT, of, self.wrt, self._said(of, what, axes[:rank])))
            walk.append(self._station("hessian", of, components.derivative(what, at), axes))
        elif not walk or walk[-1].of != of:
            walk.append(self._station("constant", of, components.derivative(what, at), axes))
        return tuple(walk)

    def _places(self, axes: list[tuple[Symbol, Node]]) -> Indices:
        """The indices of axes; 1 along an axis of one entry."""
        return tuple(ONE if last == ONE else letter for letter, last in axes)

    def _told(self, name: str, node: Node, components: Components, by: list[tuple[Symbol, Node]]) -> Iterator[Adjoint]:
        """What the entry of a name is, and its derivative."""
        of = Symbol(name)
        shape = self.algebra.shape(of)
        letters = [letter for letter in self.letters if Symbol(letter) not in dict(by)]
        own = [(Symbol(letter), as_node(size)) for letter, size in zip(letters, shape, strict=False)]
        axes = own + by
        if shape:
            entry = written(self.algebra, Entries(self.algebra).expanded(node, self._places(own)), self._unused(axes))
            side = Apply("equation", (Apply("entry", (of, *(letter for letter, _ in own))), entry))
            yield Adjoint(COMPONENT, of, self.wrt, with_ranges(side, own))
        yield self._station(_rule(node), of, components.derivative(of, self._places(own)), axes)

    def _station(self, rule: str, of: Node, terms: Terms, axes: list[tuple[Symbol, Node]]) -> Adjoint:
        order = [letter.name for letter, _ in axes]
        terms = collected(ordered(term, order) for term in terms)
        node = written(self.algebra, terms, self._unused(axes))
        if measure(node)[0] > _LONGEST:
            raise DerivationError("the derivative is too long to be written in components")
        return Adjoint(rule, of, self.wrt, with_ranges(node, axes))

    def _unused(self, axes: list[tuple[Symbol, Node]]) -> list[str]:
        """The letters that are left for indices of sums."""
        return [letter for letter in self.letters if Symbol(letter) not in dict(axes)]

    def _said(self, of: Node, gradient: Node, axes: list[tuple[Symbol, Node]]) -> Node:
        """``∂L/∂W_{ij} = …``, from which a second derivative goes on."""
        entries = Entries(self.algebra)
        entry = written(self.algebra, entries.read(gradient, self._places(axes)), self._unused(axes))
        variable = Apply("entry", (Symbol(self.wrt), *(letter for letter, _ in axes)))
        return with_ranges(Apply("equation", (Apply("derivative", (of, variable)), entry)), axes)


def with_ranges(node: Node, axes: list[tuple[Symbol, Node]]) -> Node:
    """A formula with the ranges of its free indices."""
    return Apply("components", (node, *(item for axis in axes for item in axis))) if axes else node


def statement(key: Node, of: Node, wrt: str, rank: int, *, second: bool = False) -> Node:
    """``∂y_i/∂W_{jk} = … for i, j = 1..m, k = 1..d``, from a key in components by a name with ``rank`` axes."""
    entry, *ranges = key.args
    indices = tuple(ranges[::2])
    own = len(indices) - rank * (1 + second)
    groups = [indices[own + rank * at : own + rank * (at + 1)] for at in range(1 + second)]
    what = Apply("entry", (of, *indices[:own])) if own else of
    variables = (Apply("entry", (Symbol(wrt), *group)) if group else Symbol(wrt) for group in groups)
    return Apply("components", (Apply("equation", (Apply("derivative", (what, *variables)), entry)), *ranges))


def _rule(node: Node) -> str:
    return node.op if isinstance(node, Apply) else "given"
