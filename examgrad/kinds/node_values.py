"""A computational graph in numbers: every node's value, and the derivative of one node by each, entry by entry.

Forward the definitions are evaluated in their order, backward every node's derivative is the sum over the nodes that
use it of their derivatives times the local ones. The numbers are fractions, or have fifty digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Final

from examgrad.calculus.differentiate import derivative
from examgrad.calculus.graph import Graph
from examgrad.calculus.sized import Sized
from examgrad.equality import evaluate
from examgrad.errors import DerivationError
from examgrad.exam.model import Given
from examgrad.formula.tree import ZERO, Node, Symbol
from examgrad.kinds.array_numbers import rational, shortened

_FREE: Final = Graph({})
_NEAR: Final = Fraction(1, 10**20)
_AGREE: Final = Fraction(1, 10**9)


class NodeValues:
    """The values of all nodes at a point, and the derivatives of ``of`` by them.

    Raises :class:`DerivationError` where a node has no value.
    """

    def __init__(self, given: Given, sized: Sized, point: Mapping[str, Fraction], of: str) -> None:
        self.given: Final = given
        self.sized: Final = sized
        self.of: Final = of
        self.definitions: Final = dict(sized.graph.definitions)
        self._locals: Final[dict[tuple[str, str], Node]] = {}
        self.values: Final = self.forward(point)
        self.gradients: Final = self.backward(self.values)

    def entries(self, name: str) -> list[str]:
        """The entries of a node, row by row; itself where it is a scalar."""
        return self.sized.entries(name)

    def shape(self, name: str) -> tuple[int, ...]:
        """The node's sizes."""
        return tuple(int(size) for size in self.sized.shapes.get(name, ()))

    def forward(self, point: Mapping[str, Fraction]) -> dict[str, Fraction]:
        """Every entry's value."""
        values = dict(point)
        needed = self.sized.graph.ancestors(self.of)
        for name, definition in self.definitions.items():
            if name not in values and (name in needed or definition.symbols() <= values.keys()):
                values[name] = self.number(definition, values)
        return values

    def moved(self, entry: str, step: Fraction) -> Fraction:
        """The value of ``of`` where one entry is larger by ``step``, whatever it is made of."""
        graph = self.sized.graph
        needed = graph.ancestors(self.of)
        values = {**self.values, entry: self.values[entry] + step}
        for name, definition in self.definitions.items():
            if name != entry and name in needed and graph.depends(name, entry):
                values[name] = self.number(definition, values)
        return values[self.of]

    def number(self, node: Node, values: Mapping[str, Fraction]) -> Fraction:
        """The value of a formula in the entries."""
        if missing := sorted(node.symbols() - values.keys()):
            raise DerivationError(f"at gives no number for {', '.join(missing)}")
        value = evaluate(node, values)
        if value is None:
            raise DerivationError("a node of the graph has no value at these numbers")
        return shortened(rational(value))

    def local(self, upper: str, lower: str) -> Node:
        """∂upper/∂lower of two entries, one of which is used by the other directly."""
        pair = upper, lower
        if pair not in self._locals:
            self._locals[pair] = derivative(self.definitions[upper], (Symbol(lower),), _FREE)
        return self._locals[pair]

    @cached_property
    def users(self) -> dict[str, list[str]]:
        """For each entry the entries that use it directly and lead to ``of``, the last defined first."""
        needed = self.sized.graph.ancestors(self.of)
        found: dict[str, list[str]] = {}
        for upper in reversed(list(self.definitions)):
            if upper in needed:
                for lower in sorted(self.definitions[upper].symbols()):
                    found.setdefault(lower, []).append(upper)
        return found

    def backward(self, values: Mapping[str, Fraction]) -> dict[str, Fraction]:
        """The derivative of ``of`` by every entry."""
        found: dict[str, Fraction] = {self.of: Fraction(1)}
        for name in (*reversed(list(self.definitions)), *(name for name in values if name not in self.definitions)):
            if name != self.of:
                found[name] = self.through(name, values, found)
        return found

    def through(self, name: str, values: Mapping[str, Fraction], gradients: Mapping[str, Fraction]) -> Fraction:
        """The derivative by an entry, from those by the entries that use it."""
        total = sum(
            (gradients[upper] * self.slope(upper, name, values) for upper in self.users.get(name, ())), Fraction(0)
        )
        return shortened(total)

    def slope(self, upper: str, lower: str, values: Mapping[str, Fraction]) -> Fraction:
        """The number that ∂upper/∂lower is."""
        node = self.local(upper, lower)
        return Fraction(0) if node == ZERO else self.number(node, values)

    def confirm(self, names: Iterable[str]) -> int:
        """Hold the derivatives by all entries of nodes against differences on both sides; how many there were.

        Raises :class:`DerivationError` where they do not agree: at a kink, above all.
        """
        count = 0
        top = self.values[self.of]
        for name in names:
            for entry in self.entries(name):
                if entry == self.of:
                    continue
                count += 1
                sides = [(self.moved(entry, step) - top) / step for step in (_NEAR, -_NEAR)]
                right = self.gradients[entry]
                limit = _AGREE * (1 + abs(right))
                if abs(sides[0] - sides[1]) > limit:
                    raise DerivationError(
                        f"{self.of} has a kink at these numbers, and no derivative by {name}: choose others in at"
                    )
                if abs(sides[0] - right) > limit:
                    raise DerivationError(f"the derivative by {name} was not confirmed by differences")
        return count
