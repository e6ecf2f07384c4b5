"""Gradients, Jacobians and Hessians in matrix notation, through a problem's definitions, confirmed at several sizes.

Backpropagation by hand: from the loss backwards, the adjoint of each name on the way is a matrix expression in the
problem's own names. What has no matrix form is worked out entry by entry, where the sizes are numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from examgrad.calculus.derivation import Adjoint, Derived, Request, Verified, Where
from examgrad.calculus.differentiate import derivative
from examgrad.calculus.graph import Graph, measure
from examgrad.calculus.matrix.algebra import Algebra
from examgrad.calculus.matrix.confirm import confirm_by_sizes
from examgrad.calculus.matrix.edges import Edges
from examgrad.calculus.matrix.forward import Forward
from examgrad.calculus.matrix.named import MAX_LENGTH, definitions_of, in_names, needed, opened, symbols_for
from examgrad.calculus.matrix.reading import prepared
from examgrad.calculus.matrix.rebuilding import rebuilt
from examgrad.calculus.matrix.reductions import is_largest
from examgrad.calculus.matrix.reverse import Reverse
from examgrad.calculus.matrix.tensors import Tensors
from examgrad.calculus.sized import Sized, size_names
from examgrad.errors import DerivationError
from examgrad.formula.array_values import MAX_ENTRIES, Array
from examgrad.formula.shapes import Shapes
from examgrad.formula.tree import ONE, Apply, Node, Symbol

READABLE: Final = 100
"""Nodes of a gradient, up to which it is shown as one formula; a longer one names gradients on the way."""
_LONGEST_ON_THE_WAY: Final = 4 * READABLE
_SHORT: Final = 6
"""Nodes of a gradient, up to which it has no name of its own even where it is used more than once."""
_LONG: Final = 40
"""Nodes of a gradient, from which on it has a name even where it is used once."""


class _TooLong(DerivationError):
    """A gradient that has to be written in gradients on the way."""


def derive(request: Request) -> Derived:
    """The key of a request with arrays; a list of gradients where it is asked by several names.

    Raises :class:`DerivationError`.
    """
    deriver = _Deriver(request)
    if request.asked == "gradient":
        return deriver.gradients(request.of[0], request.wrt)
    if request.asked == "derivative" and len(request.wrt) > 1 and not request.shapes.keys() & request.wrt:
        return deriver.repeated(request.of[0], request.wrt)
    if len(request.wrt) > 1 or len(request.of) > 1:
        raise DerivationError(f"a {request.asked} of arrays is of one quantity, by one name")
    return deriver.second(request.of[0], request.wrt[0])


def gradient_of(request: Request) -> tuple[Node, Where]:
    """The one gradient that a request asks for, not confirmed, with the gradients that it names.

    It is for what an answer names without working it out. Raises :class:`DerivationError`.
    """
    return _Deriver(request).unconfirmed(request.of[0], request.wrt[0])


def _listed(found: list[Derived]) -> Derived:
    """Several keys as one, which lists them."""
    adjoints = tuple(dict.fromkeys(item for derived in found for item in derived.adjoints))
    confirmed = min((derived.verified for derived in found), key=lambda verified: verified.points)
    where = tuple({name: node for derived in found for name, node in derived.where}.items())
    return Derived(Apply("array", tuple(derived.tree for derived in found)), (), adjoints, confirmed, where)


class _Deriver:
    """One problem: its definitions in the forms that the rules know, and the shape of every name."""

    def __init__(self, request: Request) -> None:
        self.request: Final = request
        shapes = Shapes(request.shapes)
        self.definitions: Final = {name: prepared(node, shapes) for name, node in request.definitions.items()}
        self.graph: Final = Graph(self.definitions)
        self.names: Final[dict[Node, Node]] = {
            node: Symbol(name)
            for name, node in self.definitions.items()
            if isinstance(node, Apply) and not is_largest(node)  # that an entry is equal to is seen where it is written
        }
        structures = {
            name: domain.structure for name, domain in request.domains.items()
            if domain.structure and name not in request.wrt
        }  # fmt: skip
        self.algebra: Final = Algebra(shapes, self.names, structures)
        self.edges: Final = Edges(self.algebra, self.definitions, request)

    def gradients(self, of: Node, wrt: tuple[str, ...]) -> Derived:
        """The gradients of a scalar by names of any shapes, from one walk backwards."""
        try:
            walk, passed = self._walk(of, wrt)
        except DerivationError as trouble:
            if len(wrt) > 1:
                return _listed([self.gradients(of, (name,)) for name in wrt])
            return self._by_entries(of, wrt[0], trouble)
        walk = self.edges.told(walk, passed)
        self.edges.confirm(walk)
        found = {item.name: item.node for item in walk}
        trees = [found[name] for name in wrt]
        where = needed(trees, _where(walk))
        confirmed = [self._confirmed(tree, of, name, where=where) for tree, name in zip(trees, wrt, strict=True)]
        least = min(confirmed, key=lambda verified: verified.points)
        trees = [self._as_declared(tree, of, name, where) for tree, name in zip(trees, wrt, strict=True)]
        shown = dict(zip(wrt, trees, strict=True))
        walk = tuple(item._replace(node=shown.get(item.name, item.node)) for item in walk)
        return Derived(trees[0] if len(trees) == 1 else Apply("array", tuple(trees)), (), walk, least, where)

    def _as_declared(self, key: Node, of: Node, wrt: str, where: Where) -> Node:
        """A gradient by all entries of a matrix, with what its symmetry makes shorter: Σ⁻ᵀ is Σ⁻¹."""
        domain = self.request.domains.get(wrt)
        if domain is None or domain.structure != "symmetric":
            return key
        structures = {**self.algebra.facts.structures, wrt: domain.structure}
        shorter = self._named(rebuilt(Algebra(self.algebra.shapes, self.names, structures), key))
        if shorter.size() >= key.size():
            return key
        self._confirmed(shorter, of, wrt, where, symmetric=True)
        return shorter

    def unconfirmed(self, of: Node, wrt: str) -> tuple[Node, Where]:
        """A gradient in matrix notation. Raises :class:`DerivationError` where it has none."""
        walk, _ = self._walk(of, (wrt,))
        tree = walk[-1].node
        return tree, needed([tree], _where(walk))

    def repeated(self, of: Node, wrt: Sequence[str]) -> Derived:
        """The derivative of a scalar by one scalar after the other."""
        found: list[Derived] = []
        for name in wrt:
            found.append(self.gradients(found[-1].tree if found else of, (name,)))
            if found[-1].where:
                raise DerivationError("the derivative is too long to be written out")
        adjoints = tuple(item for derived in found for item in derived.adjoints)
        confirmed = min((derived.verified for derived in found), key=lambda verified: verified.points)
        return Derived(found[-1].tree, (), adjoints, confirmed)

    def _walk(self, of: Node, wrt: tuple[str, ...]) -> tuple[tuple[Adjoint, ...], dict[str, Node]]:
        """The way back to all of ``wrt``, written out where that is readable; and the gradients as they went on."""
        if not isinstance(of, Symbol):
            return self._backwards(of, wrt, MAX_LENGTH)
        try:
            walk, passed = self._backwards(of, wrt, _LONGEST_ON_THE_WAY)
        except _TooLong:
            return self._backwards(of, wrt, None)
        asked = [item.node for item in walk if item.name in wrt]
        readable = all(measure(node)[0] <= READABLE for node in asked)
        return (walk, passed) if readable else self._backwards(of, wrt, None)

    def second(self, of: Node, wrt: str) -> Derived:
        """The Jacobian of an array, or the Hessian of a scalar."""
        try:
            walk: tuple[Adjoint, ...] = ()
            what = of
            if self.request.asked == "hessian":
                found = self._told_walk(of, wrt)
                what = found[-1].node
                self._confirmed(what, of, wrt)
                walk = found
            elif self.algebra.shape(of) == ():
                found = self._told_walk(of, wrt)
                key = self.algebra.transposed(found[-1].node)
                confirmed = self._confirmed(found[-1].node, of, wrt)
                return Derived(key, (), (*found, Adjoint("jacobian", of, wrt, key)), confirmed)
            key = self._forwards(what, wrt)
        except DerivationError as trouble:
            return self._in_components(of, what, wrt, walk, trouble)
        return Derived(key, (), (*walk, Adjoint(self.request.asked, of, wrt, key)), self._confirmed(key, what, wrt))

    def _in_components(
        self, of: Node, what: Node, wrt: str, walk: tuple[Adjoint, ...], trouble: DerivationError
    ) -> Derived:
        """A key that has no matrix form, by its entry at i, j, …; a Hessian from the gradient ``what``."""
        sizes = (*self.algebra.shape(what), *self.algebra.shape(Symbol(wrt)))
        if (count := math.prod(size for size in sizes if isinstance(size, int))) > MAX_ENTRIES:
            raise DerivationError(f"a key of {count} entries is not worked out; with letters for the sizes it is")
        try:
            tensors = Tensors(self.algebra, self.definitions, wrt)
            if not walk and self.algebra.shape(of) == ():
                raise trouble
            stations = tensors.hessian(of, what) if walk else tensors.jacobian(of)
            confirmed = self._confirmed(stations[-1].node, what, wrt)
        except DerivationError as further:
            return self._by_entries(of, wrt, further)
        return Derived(stations[-1].node, (), (*walk, *stations), confirmed)

    def _told_walk(self, of: Node, wrt: str) -> tuple[Adjoint, ...]:
        """The way back to a name, written out, its edges confirmed."""
        walk = self.edges.told(*self._backwards(of, (wrt,), MAX_LENGTH))
        self.edges.confirm(walk)
        return walk

    def _backwards(
        self, of: Node, wrt: tuple[str, ...], longest: int | None
    ) -> tuple[tuple[Adjoint, ...], dict[str, Node]]:
        """The adjoints from ``of`` back to each of ``wrt``, in the order in which they are found, and as they went on.

        All are written out, in at most ``longest`` nodes; with ``None``, long ones go on by their names.
        """
        if self.algebra.shape(of) != ():
            raise DerivationError("a gradient is of a scalar; the Jacobian is what arrays have")
        between = frozenset(wrt).union(
            name for name in self.definitions if any(self.graph.depends(name, other) for other in wrt)
        )
        self.algebra.facts.independent = frozenset(wrt)
        reverse = Reverse(self.algebra, between)
        if isinstance(of, Symbol):
            reverse.found[of.name] = [ONE]
        else:
            reverse.pull(of, ONE)
        walk: list[Adjoint] = []
        passed: dict[str, Node] = {}
        for name in [*reversed(list(self.definitions)), *(name for name in wrt if name not in self.definitions)]:
            if name not in reverse.found:
                continue
            found = self._named(reverse.adjoint(name) or ONE)
            item = Adjoint(_rule(self.definitions.get(name)), of, name, self.edges.by_names(found))
            if longest is not None and measure(item.node)[0] > longest:
                raise _TooLong(f"the gradient by {name} is too long to be written out as one formula")
            walk.append(item)
            if name in self.definitions:
                passed[name] = self.edges.slope(item) if longest is None and self._has_name(item, between) else found
                reverse.pull(self.definitions[name], passed[name])
        for name in wrt:
            if not any(item.name == name for item in walk):
                zeros = self.algebra.filled("zeros", self.algebra.shape(Symbol(name)))
                walk.append(Adjoint("constant", of, name, zeros))
        return tuple(walk), passed

    def _has_name(self, item: Adjoint, wanted: frozenset[str]) -> bool:
        """Whether a gradient goes on by its name: it is long, or it is used more than once and not quite short."""
        size = measure(item.node)[0]
        nodes = self.definitions[item.name].walk()
        uses = sum(isinstance(node, Symbol) and node.name in wanted for node in nodes)
        return size > _LONG or (uses > 1 and size > _SHORT)

    def _forwards(self, what: Node, wrt: str) -> Node:
        """The Jacobian of a column, through every definition it depends on."""
        self.algebra.facts.independent = frozenset((wrt,))
        forward = Forward(self.algebra, wrt)
        needed = self.graph.ancestors(what)
        for name, node in self.definitions.items():
            if name in needed and self.graph.depends(name, wrt) and name != wrt:
                forward.define(name, node)
        return self._named(forward.jacobian(what))

    def _named(self, node: Node) -> Node:
        """The formula with the problem's own names for what they are defined as."""
        return in_names(node, self.names)

    def _confirmed(self, key: Node, of: Node, wrt: str, where: Where = (), *, symmetric: bool = False) -> Verified:
        """Confirm a key; the gradients that it names are computed once, as further definitions."""
        symbols = symbols_for(name for name, _ in where)
        definitions = {**self.request.definitions, **definitions_of(where)}
        shapes = dict(self.request.shapes)
        for name, symbol in symbols.items():
            if shape := self.algebra.shape(name):
                shapes[symbol.name] = shape
        definitions = {name: node for name, node in definitions.items() if name != wrt}
        domains = dict(self.request.domains)
        if wrt in self.request.definitions:
            domains[wrt] = self.edges.ranges[wrt]
        return confirm_by_sizes(opened(key, symbols), of, wrt, definitions, shapes, domains, symmetric=symmetric)

    def _by_entries(self, of: Node, wrt: str, trouble: DerivationError) -> Derived:
        """Every entry by itself, where all sizes are numbers."""
        if size_names(self.request.shapes.values()):
            raise DerivationError(f"{trouble}; with numbers for the sizes it can be worked out entry by entry")
        definitions = {name: node for name, node in self.request.definitions.items() if name != wrt}
        sized = Sized(definitions, self.request.shapes, self.request.domains, {})
        variables = [Symbol(name) for name in sized.entries(wrt)]
        rows = [[derivative(part, (by,), sized.graph) for by in variables] for part in sized.scalars(of)]
        if self.request.asked == "hessian":
            rows = [[derivative(entry, (by,), sized.graph) for by in variables] for entry in rows[0]]
        shape: tuple[int, ...] = (len(rows), len(variables))
        if self.request.asked == "gradient":
            shape = tuple(int(size) for size in sized.shapes.get(wrt, ()))
        entries = tuple(entry for row in rows for entry in row)
        if len(entries) > MAX_ENTRIES:
            raise DerivationError(f"a key of {len(entries)} entries is not worked out")
        key = Array(shape, entries).tree() if shape else entries[0]
        walk = (Adjoint(self.request.asked, of, wrt, key),)
        return Derived(key, (), walk, self._confirmed_entries(key, of, wrt))

    def _confirmed_entries(self, key: Node, of: Node, wrt: str) -> Verified:
        """A key of entries against central differences; a Hessian's against those of the gradient before it."""
        if self.request.asked != "hessian":
            return self._confirmed(key, of, wrt)
        gradient = replace(self.request, asked="gradient")
        return self._confirmed(key, _Deriver(gradient).gradients(of, (wrt,)).tree, wrt)


def _where(walk: tuple[Adjoint, ...]) -> Where:
    return tuple((item.quotient, item.node) for item in walk)


def _rule(node: Node | None) -> str:
    return node.op if isinstance(node, Apply) else "given"
