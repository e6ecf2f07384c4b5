"""Gradients, Jacobians and Hessians in matrix notation, through a problem's definitions, confirmed at several sizes.

Backpropagation by hand: from the loss backwards, the adjoint of each name on the way is a matrix expression in the
problem's own names. What has no matrix form is worked out entry by entry, where the sizes are numbers.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from examgrad.calculus.derivation import Adjoint, Derived, Request, Verified
from examgrad.calculus.differentiate import derivative
from examgrad.calculus.graph import Graph, measure
from examgrad.calculus.matrix.algebra import Algebra
from examgrad.calculus.matrix.confirm import ROUNDS, confirm_by_sizes
from examgrad.calculus.matrix.factors import is_op
from examgrad.calculus.matrix.forward import Forward
from examgrad.calculus.matrix.ranges import values_of
from examgrad.calculus.matrix.reading import prepared
from examgrad.calculus.matrix.rebuilding import rebuilt
from examgrad.calculus.matrix.reductions import is_largest
from examgrad.calculus.matrix.reverse import Reverse
from examgrad.calculus.matrix.tensors import Tensors
from examgrad.calculus.sized import Sized, size_names
from examgrad.errors import DerivationError
from examgrad.formula.array_values import MAX_ENTRIES, Array
from examgrad.formula.shapes import Shapes
from examgrad.formula.tree import ONE, Apply, Node, Symbol, transform

MAX_LENGTH: Final = 5_000
"""Nodes of a gradient as one formula: where a network's paths meet again and again, it doubles at each meeting."""

MOST_STATIONS: Final = 24
"""On a longer way backwards only the last gradient is confirmed, which the others are parts of."""


def derive(request: Request) -> Derived:
    """The key of a request with arrays; a list of gradients where it is asked by several names.

    Raises :class:`DerivationError`.
    """
    deriver = _Deriver(request)
    if request.asked == "gradient":
        return _listed([deriver.gradient(request.of[0], name) for name in request.wrt])
    if len(request.wrt) > 1 or len(request.of) > 1:
        raise DerivationError(f"a {request.asked} of arrays is of one quantity, by one name")
    return deriver.second(request.of[0], request.wrt[0])


def gradient_of(request: Request) -> Node:
    """The one gradient that a request asks for, not confirmed: for what an answer names without working it out."""
    return _Deriver(request).gradient_by(request.of[0], request.wrt[0])


def _listed(found: list[Derived]) -> Derived:
    """Several keys as one, which lists them."""
    if len(found) == 1:
        return found[0]
    adjoints = tuple(dict.fromkeys(item for derived in found for item in derived.adjoints))
    confirmed = min((derived.verified for derived in found), key=lambda verified: verified.points)
    return Derived(Apply("array", tuple(derived.tree for derived in found)), (), adjoints, confirmed)


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
        self._stations: Final[set[Adjoint]] = set()

    def gradient(self, of: Node, wrt: str) -> Derived:
        """The gradient of a scalar by a name of any shape."""
        try:
            walk = self._backwards(of, wrt)
        except DerivationError as trouble:
            return self._by_entries(of, wrt, trouble)
        confirmed = self._confirmed_walk(walk, of)
        walk = self._as_declared(walk, of, wrt)
        return Derived(walk[-1].node, (), walk, confirmed)

    def gradient_by(self, of: Node, wrt: str) -> Node:
        """The gradient of a scalar in matrix notation. Raises :class:`DerivationError` where it has none."""
        return self._backwards(of, wrt)[-1].node

    def _as_declared(self, walk: tuple[Adjoint, ...], of: Node, wrt: str) -> tuple[Adjoint, ...]:
        """The last gradient of a walk, by all entries of a matrix, with what its symmetry makes shorter: Σ⁻ᵀ is Σ⁻¹."""
        domain, last = self.request.domains.get(wrt), walk[-1]
        if domain is None or domain.structure != "symmetric":
            return walk
        algebra = Algebra(self.algebra.shapes, self.names, {**self.algebra.facts.structures, wrt: domain.structure})
        key = self._named(rebuilt(algebra, last.node))
        if key.size() >= last.node.size():
            return walk
        definitions = {name: node for name, node in self.request.definitions.items() if name != wrt}
        shapes, domains = self.request.shapes, self.request.domains
        confirm_by_sizes(key, of, wrt, definitions, shapes, domains, symmetric=True)
        return (*walk[:-1], last._replace(node=key))

    def _confirmed_walk(self, walk: tuple[Adjoint, ...], of: Node) -> Verified:
        """The last gradient of a walk confirmed, and those on the way at one choice of sizes."""
        *way, last = walk
        for item in way if len(way) <= MOST_STATIONS else ():
            if item.of != Symbol(item.name) and item not in self._stations:
                self._confirmed(item.node, of, item.name, rounds=1)
                self._stations.add(item)
        return self._confirmed(last.node, of, last.name)

    def second(self, of: Node, wrt: str) -> Derived:
        """The Jacobian of an array, or the Hessian of a scalar."""
        try:
            walk: tuple[Adjoint, ...] = ()
            what = of
            if self.request.asked == "hessian":
                found = self._backwards(of, wrt)
                what = found[-1].node
                self._confirmed(what, of, wrt)
                walk = found
            elif self.algebra.shape(of) == ():
                found = self._backwards(of, wrt)
                key = self.algebra.transposed(found[-1].node)
                confirmed = self._confirmed(found[-1].node, of, wrt)
                return Derived(key, (), (*found, Adjoint("jacobian", of, wrt, key)), confirmed)
            key = self._forwards(what, wrt)
        except DerivationError as trouble:
            return self._in_components(of, what, wrt, walk, trouble)
        return Derived(key, (), (*walk, Adjoint(self.request.asked, of, wrt, key)), self._confirmed(key, what, wrt))

    def _in_components(
        self, of: Node, what: Node, wrt: str, walk: tuple[Adjoint, ...], trouble: DerivationError
    ) -> Derived:  # fmt: skip
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

    def _backwards(self, of: Node, wrt: str) -> tuple[Adjoint, ...]:
        """The adjoints from ``of`` back to ``wrt``, in the order in which they are found."""
        if self.algebra.shape(of) != ():
            raise DerivationError("a gradient is of a scalar; the Jacobian is what arrays have")
        between = frozenset(name for name in self.definitions if self.graph.depends(name, wrt)) | {wrt}
        walk = self._walk(of, wrt, between, independent=between)
        if len(walk) > 1 and any(map(self._tells, between)):  # only the last may use what the names on the way are
            walk[-1] = self._walk(of, wrt, between, independent=frozenset((wrt,)))[-1]
        return tuple(walk)

    def _tells(self, name: str) -> bool:
        """Whether a definition says more of a name than its value: that it sums to one, is a mean, is symmetric."""
        node = self.definitions.get(name)
        if not isinstance(node, Apply):
            return False
        is_mean = node.op == "mean" or (node.op in ("mul", "div") and any(is_op(arg, "sum") for arg in node.args))
        return is_mean or node.op == "softmax" or len(self.algebra.shape(node)) == 2

    def _walk(self, of: Node, wrt: str, between: frozenset[str], *, independent: frozenset[str]) -> list[Adjoint]:
        """The adjoints of the names ``between``, each of which is right where the ``independent`` names are so."""
        self.algebra.facts.independent = independent
        reverse = Reverse(self.algebra, between)
        if isinstance(of, Symbol):
            reverse.found[of.name] = [ONE]
        else:
            reverse.pull(of, ONE)
        walk = []
        for name in [*reversed(list(self.definitions)), wrt]:
            if name not in reverse.found:
                continue
            adjoint = self._named(reverse.adjoint(name) or ONE)
            if measure(adjoint)[0] > MAX_LENGTH:
                raise DerivationError(f"the gradient by {name} is too long to be written out as one formula")
            walk.append(Adjoint(_rule(self.definitions.get(name)), of, name, adjoint))
            if name == wrt:
                break
            reverse.pull(self.definitions[name], adjoint)
        if not walk or walk[-1].name != wrt:
            walk.append(Adjoint("constant", of, wrt, self.algebra.filled("zeros", self.algebra.shape(Symbol(wrt)))))
        return walk

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
        return transform(node, lambda item: self.names.get(item, item))

    def _confirmed(self, key: Node, of: Node, wrt: str, rounds: int = ROUNDS) -> Verified:
        definitions = {name: node for name, node in self.request.definitions.items() if name != wrt}
        domains = dict(self.request.domains)
        if wrt in self.request.definitions:
            domains[wrt] = values_of(Symbol(wrt), domains, self.definitions)
        return confirm_by_sizes(key, of, wrt, definitions, self.request.shapes, domains, rounds)

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
        return self._confirmed(key, _Deriver(gradient).gradient(of, wrt).tree, wrt)


def _rule(node: Node | None) -> str:
    return node.op if isinstance(node, Apply) else "given"
