"""The edges of a backward walk: what each equation gives to the gradients by the names in it, confirmed by itself.

An edge knows one equation and the gradient by what it defines, whatever that is. So the whole walk is confirmed in
time that grows with its length: each edge against central differences of its own equation, and the sums over all
edges in one pass through the network.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from examgrad.calculus.derivation import Adjoint, Pull, Request
from examgrad.calculus.graph import Graph, free_names
from examgrad.calculus.matrix.algebra import Algebra
from examgrad.calculus.matrix.confirm import confirm_by_sizes, size_choices
from examgrad.calculus.matrix.forward import Forward
from examgrad.calculus.matrix.named import definitions_of, in_names, opened, symbols_for
from examgrad.calculus.matrix.ranges import with_ranges
from examgrad.calculus.matrix.reverse import Reverse
from examgrad.calculus.sized import Sized, Stepwise, chosen_places, place_names, size_names
from examgrad.calculus.verify import TooFewPoints, compare_values
from examgrad.errors import DerivationError
from examgrad.formula.names import REAL, Domain
from examgrad.formula.shapes import Shape, Shapes
from examgrad.formula.tree import ONE, Apply, Node, Number, Symbol, add, mul, substitute

_Pair = tuple[Node, Node]


class Edges:
    """The edges of one problem's walks; each is confirmed once, and so is one that differs in names only."""

    def __init__(self, algebra: Algebra, prepared: Mapping[str, Node], request: Request) -> None:
        self.algebra: Final = algebra
        self.prepared: Final = prepared
        """The definitions in the forms that the rules know; edges are confirmed against those that were written."""
        self.definitions: Final = request.definitions
        self.graph: Final = Graph(prepared)
        self.shapes: Final = request.shapes
        self.domains: Final = request.domains
        self.ranges: Final = with_ranges(request.domains, prepared)
        self._slopes: Final[dict[Node, Node]] = {}
        self._confirmed: Final[set[object]] = set()

    def slope(self, item: Adjoint) -> Symbol:
        """A symbol for a gradient on the way, in the gradient's shape; :meth:`by_names` puts its name back."""
        symbol = symbols_for([item.quotient])[item.quotient]
        self.algebra.shapes.declared[symbol.name] = self.algebra.shape(Symbol(item.name))
        self._slopes[symbol] = item.quotient
        return symbol

    def by_names(self, node: Node) -> Node:
        """A formula in the problem's own names, and with those of the gradients in it."""
        return opened(in_names(node, self.algebra.names), self._slopes)

    # -- what goes over them

    def told(self, walk: Sequence[Adjoint], passed: Mapping[str, Node]) -> tuple[Adjoint, ...]:
        """The walk back from a name, with its edges; ``passed`` are the gradients as they went on, by name."""
        if not walk or not isinstance(walk[0].of, Symbol):
            return tuple(walk)
        self.algebra.facts.independent = frozenset(self.prepared)
        users: dict[str, list[Adjoint]] = {}
        for item in walk:
            for name in free_names(self.prepared.get(item.name, ONE)):
                users.setdefault(name, []).append(item)
        return tuple(
            item._replace(pulls=tuple(self._pulls(item.name, users.get(item.name, []), passed))) for item in walk
        )

    def _pulls(self, name: str, users: Sequence[Adjoint], passed: Mapping[str, Node]) -> Iterable[Pull]:
        for user in users:
            start = user.of == Symbol(user.name)
            given = self._pulled(user.name, name, ONE if start else self.slope(user))
            if given is not None:
                so_far = given if start else self._pulled(user.name, name, passed[user.name])
                alone = not any(other is not user and self.graph.depends(user.name, other.name) for other in users)
                local = self._local(user.name, name) if alone and not start else None
                yield Pull(user.name, given, so_far or given, local)

    def _pulled(self, user: str, name: str, adjoint: Node) -> Node | None:
        reverse = Reverse(self.algebra, frozenset((name,)))
        reverse.pull(self.prepared[user], adjoint)
        found = reverse.adjoint(name)
        return None if found is None else self.by_names(found)

    def _local(self, user: str, name: str) -> Node | None:
        """The Jacobian ∂user/∂name, if it has a matrix form that says anything."""
        if len(self.algebra.shape(Symbol(user))) != 1 or len(self.algebra.shape(Symbol(name))) != 1:
            return None
        try:
            found = self.by_names(Forward(self.algebra, name).jacobian(self.prepared[user]))
        except DerivationError:
            return None
        return None if isinstance(found, Apply) and found.op in ("eye", "identity") else found

    # -- confirmed

    def confirm(self, walk: Sequence[Adjoint]) -> None:
        """Confirm every edge by itself, and all sums. Raises :class:`DerivationError`."""
        for item in walk:
            for pull in item.pulls:
                user = item._replace(name=pull.user)
                weight = symbols_for([user.quotient])
                above = ONE if item.of == Symbol(pull.user) else weight[user.quotient]
                whole: Node = Apply("sum", (Apply("hadamard", (above, Symbol(pull.user))),))
                if self.algebra.shape(Symbol(pull.user)) == ():
                    whole = mul(above, Symbol(pull.user))
                self._confirm(opened(pull.given, weight), whole, pull.user, item.name, above)
                if pull.local is not None:
                    self._confirm(pull.local, Symbol(pull.user), pull.user, item.name)
        pairs: list[_Pair] = [(item.quotient, add(*(pull.given for pull in item.pulls))) for item in walk if item.pulls]
        pairs += [(pull.given, pull.so_far) for item in walk for pull in item.pulls if pull.given != pull.so_far]
        if pairs:
            self._confirm_together(pairs, walk)

    def _confirm(self, key: Node, whole: Node, user: str, name: str, above: Node = ONE) -> None:
        """Confirm what goes over one edge, everything beside it taken as independent."""
        beside = free_names(self.definitions[user]) | {name}
        written = {user}  # and the names that are written for a part of the equation
        waiting = [key]
        while waiting:
            more = free_names(waiting.pop()) & self.definitions.keys() - beside - written
            written |= more
            waiting += map(self.definitions.__getitem__, more)
        definitions = {other: node for other, node in self.definitions.items() if other in written}
        shapes = dict(self.shapes)
        if isinstance(above, Symbol) and (shape := self.algebra.shape(Symbol(user))):
            shapes[above.name] = shape
        used = {name}.union(*map(free_names, (key, whole, *definitions.values())))
        for size in {*used}.union(*(shapes.get(other, ()) for other in used)):
            used |= set(next(([other] for other in shapes if size in shapes[other]), ()))
        domains = {other: self.ranges.get(other, REAL) for other in used}
        shapes = {other: shape for other, shape in shapes.items() if other in used}
        same = _renamed(key, whole, definitions, shapes, domains, name)
        if same not in self._confirmed:
            confirm_by_sizes(key, whole, name, definitions, shapes, domains, rounds=1)
            self._confirmed.add(same)

    def _confirm_together(self, pairs: Sequence[_Pair], walk: Sequence[Adjoint]) -> None:
        """Confirm that the sides of all pairs are equal in the whole network, at one choice of sizes."""
        where = tuple((item.quotient, item.node) for item in walk)
        symbols = symbols_for(name for name, _ in where)
        shapes = dict(self.shapes)
        for item in walk:
            if shape := self.algebra.shape(Symbol(item.name)):
                shapes[symbols[item.quotient].name] = shape
        definitions = {**self.definitions, **definitions_of(where)}
        sides = [tuple(opened(side, symbols) for side in pair) for pair in pairs]
        places = place_names(definitions.values(), self.domains.keys() - self.shapes.keys())
        trouble: DerivationError | None = None
        for sizes in size_choices(size_names(shapes.values())):
            try:
                left, right, sized = _written_out(sides, definitions, shapes, self.domains, sizes, places)
                comparison = compare_values(left, right, sized.graph, sized.domains, gates=False)
            except TooFewPoints as error:
                trouble = trouble or error
                continue
            if comparison.verdict != "equal":
                raise DerivationError("a step on the way back is not confirmed: it is not the sum of its edges")
            return
        if trouble is not None:
            raise trouble


def _written_out(
    pairs: Sequence[Sequence[Node]], definitions: Mapping[str, Node], shapes: Mapping[str, Shape],
    domains: Mapping[str, Domain], sizes: dict[str, int], places: list[str],
) -> tuple[Node, Node, Sized]:  # fmt: skip
    """All entries of all left sides as one number, and of all right sides, each with a weight of its own."""
    sizes = sizes | chosen_places(places, sizes)
    sized = Sized(definitions, shapes, domains, sizes)
    stepwise = Stepwise(Shapes(shapes))
    apart = [[stepwise.taken_apart(side) for side in pair] for pair in pairs]
    sized = sized.adding(stepwise.steps)
    source = random.Random(str(sorted(sizes.items())))
    totals: list[list[Node]] = [[], []]
    for left, right in apart:
        entries = sized.scalars(left)
        weights = [Number(source.randrange(1, 100)) for _ in entries]
        for side, node in zip(totals, (left, right), strict=True):
            side += [mul(weight, entry) for weight, entry in zip(weights, sized.scalars(node), strict=True)]
    return add(*totals[0]), add(*totals[1]), sized


def _renamed(
    key: Node, whole: Node, definitions: Mapping[str, Node], shapes: Mapping[str, Shape],
    domains: Mapping[str, Domain], wrt: str,
) -> object:  # fmt: skip
    """What an edge says, whatever its names are: numbered in the order in which they are met."""
    nodes = [Symbol(wrt), *definitions.values(), whole, key]
    order = dict.fromkeys(
        item.name for node in (*nodes, *map(Symbol, definitions)) for item in node.walk() if isinstance(item, Symbol)
    )
    numbers: dict[str, Node] = {name: Symbol(f"#{at}") for at, name in enumerate(order)}
    return (
        tuple(substitute(node, numbers) for node in nodes),
        tuple(numbers[name] for name in definitions),
        tuple((shapes.get(name), domains.get(name)) for name in order),
    )
