"""A problem at sizes that are numbers: every entry of every array as a scalar of its own."""

from __future__ import annotations

import copy
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from examgrad.calculus.graph import Graph
from examgrad.formula.array_values import Array, Value
from examgrad.formula.arrays import expand
from examgrad.formula.names import REAL, Domain, Structure
from examgrad.formula.shapes import FITTING, Shape, Shapes
from examgrad.formula.tree import ONE, Apply, Node, Number, Symbol, add, neg, rebuild, substitute


class Sized:
    """Definitions whose arrays have been written out in their entries.

    ``sizes`` gives a number for every name of a size; ``graph`` defines the entries (``h_1``, ``h_2``, …) of what
    the definitions define, and ``domains`` has a domain for each entry. An array with a structure (a symmetric one)
    has only as many entries of its own as it needs, unless it is in ``free``; the others are defined by them. Raises
    :class:`MathSyntaxError` where sizes do not fit or are too large.
    """

    def __init__(
        self, definitions: Mapping[str, Node], shapes: Mapping[str, Shape], domains: Mapping[str, Domain],
        sizes: Mapping[str, int], free: Container[str] = (),
    ) -> None:  # fmt: skip
        self.sizes: Final = dict(sizes)
        self._numbers: Final[dict[str, Node]] = {name: Number(size) for name, size in sizes.items()}
        self.shapes = {
            name: tuple(self.sizes.get(size, size) if isinstance(size, str) else size for size in shape)
            for name, shape in shapes.items()
            if shape and name not in definitions
        }
        self.domains: Final = {name: domain for name, domain in domains.items() if name not in sizes}
        bound: dict[str, Node] = {}
        for name in list(self.shapes):
            structure = self.domains[name].structure if name in self.domains and name not in free else ""
            self._spread(name)
            bound |= dict(_dependent(structure, self.shapes[name], self.entries(name)))
        self.graph = Graph(bound)
        self._define(definitions)

    def _define(self, definitions: Mapping[str, Node]) -> None:
        entries: dict[str, Node] = dict(self.graph.definitions)
        for name, node in definitions.items():
            value = self.grown(node)
            if isinstance(value, Array):
                self.shapes[name] = value.shape
                entries.update(zip(self.entries(name), value.entries, strict=True))
            else:
                entries[name] = value
        self.graph = Graph(entries)

    def adding(self, definitions: Mapping[str, Node]) -> Sized:
        """The problem with further definitions below its own."""
        more = copy.copy(self)
        more.shapes = dict(self.shapes)
        more._define(definitions)
        return more

    def _spread(self, name: str) -> None:
        domain = replace(self.domains.pop(name, REAL), structure="")
        for entry in self.entries(name):
            self.domains[entry] = domain

    def entries(self, name: str) -> list[str]:
        """The names of an array's entries, row by row; the name itself for a scalar."""
        value = expand(Symbol(name), self.shapes)
        items = value.entries if isinstance(value, Array) else (value,)
        return [item.name for item in items if isinstance(item, Symbol)]

    def grown(self, node: Node, like: tuple[int, ...] = ()) -> Value:
        """A formula as a scalar formula or an array of them, in the entries' names; ``I`` may be ``like`` a shape."""
        return expand(substitute(node, self._numbers), self.shapes, like)

    def scalars(self, node: Node, like: tuple[int, ...] = ()) -> tuple[Node, ...]:
        """The entries of a formula, row by row."""
        value = self.grown(node, like)
        return value.entries if isinstance(value, Array) else (value,)


_STEPS: Final = frozenset(
    {"mul", "hadamard", "inverse", "softmax", "logsoftmax", "tr", "det", "logdet", "norm", "logsumexp"}
)
"""Operations whose entries are written out in more than one entry of what they are done to."""
_WHOLE: Final = frozenset({"sum", "derivative", "gradient"})
"""Operations that are not looked into: a sum over an index binds a name."""


def _dependent(structure: Structure, shape: Shape, entries: Sequence[str]) -> Iterator[tuple[str, Node]]:
    """The entries that a structure leaves no choice, with what they are made of."""
    if structure == "symmetric":
        width = int(shape[-1])
        for at, entry in enumerate(entries):
            row, column = divmod(at, width)
            if row > column:
                yield entry, Symbol(entries[column * width + row])
    elif structure == "sums to one":
        width = int(shape[-1])
        for at in range(0, len(entries), width):
            *others, last = entries[at : at + width]
            yield last, add(ONE, *(neg(Symbol(other)) for other in others))


def size_names(shapes: Iterable[Shape]) -> list[str]:
    """The names of sizes in shapes, sorted."""
    return sorted({size for shape in shapes for size in shape if isinstance(size, str)})


class Stepwise:
    """Formulas taken apart into steps, each product with a name of its own: written out, they stay small.

    ``steps`` are the definitions that were needed so far; equal parts of formulas share one.
    """

    def __init__(self, shapes: Shapes) -> None:
        self.shapes: Final = Shapes(shapes.declared)
        self.steps: Final[dict[str, Node]] = {}
        self._names: Final[dict[Node, Node]] = {}

    def taken_apart(self, node: Node) -> Node:
        """The formula, with the names of its steps in it."""
        if not isinstance(node, Apply) or not node.args or node.op in _WHOLE:
            return node
        if node.op == "components":
            return self._of_components(node)
        known = self._names.get(node)
        if known is None:
            if node.op == "mul" and len(node.args) > 2:  # two by two: a product of many matrices stays small
                node = Apply("mul", (Apply("mul", node.args[:-1]), node.args[-1]))
            known = rebuild(node, tuple(map(self.taken_apart, node.args)))
            if node.op in _STEPS and FITTING not in self.shapes.of(node):
                name = f"/step_{len(self.steps) + 1}"  # which no name of a problem can be
                self.steps[name] = known
                self.shapes.declared[name] = self.shapes.of(node)
                known = Symbol(name)
            self._names[node] = known
        return known

    def _of_components(self, node: Apply) -> Node:
        """A formula with indices, of which the arrays that do not depend on them are steps."""
        bound = {index.name for index in node.args[1::2] if isinstance(index, Symbol)}

        def apart(item: Node, bound: frozenset[str]) -> Node:
            if not isinstance(item, Apply):
                return item
            if item.op == "sum" and len(item.args) == 4 and isinstance(item.args[0], Symbol):
                bound |= {item.args[0].name}
            elif item.op in _STEPS and bound.isdisjoint(item.symbols()):
                return self.taken_apart(item)
            return rebuild(item, tuple(apart(arg, bound) for arg in item.args))

        return apart(node, frozenset(bound))


def place_names(nodes: Iterable[Node], declared: Container[str]) -> list[str]:
    """The declared names that stand for a place in an array, as c in ``z_c``, sorted."""
    found = set()
    for node in nodes:
        for item in node.walk():
            if isinstance(item, Apply) and item.op in ("entry", "row", "column", "onehot"):
                places = item.args[:1] if item.op == "onehot" else item.args[1:]
                found |= {place.name for place in places if isinstance(place, Symbol) and place.name in declared}
    return sorted(found)


def chosen_places(names: Sequence[str], sizes: Mapping[str, int]) -> dict[str, int]:
    """A place for each name: the first or the second, which every array has that is not of one entry."""
    if min(sizes.values(), default=2) < 2:
        return dict.fromkeys(names, 1)
    return {name: 1 + (at + sum(sizes.values())) % 2 for at, name in enumerate(names)}
