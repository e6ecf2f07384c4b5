"""What an answer is read and decided in: one problem's names, definitions and domains.

An answer may use the problem's intermediate names; they are replaced by their definitions where that decides.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Final

from flint import arb

from examgrad.calculus.differentiate import resolve
from examgrad.calculus.graph import Graph, written_with
from examgrad.equality import Comparison, compare_trees, decide, value_at
from examgrad.errors import ExamgradError
from examgrad.exam.model import Given
from examgrad.formula.arrays import OF_ARRAYS, expand
from examgrad.formula.names import Domain, Names
from examgrad.formula.tree import CONDITIONS, Apply, Node, Symbol, rebuild, substitute
from examgrad.kinds.base import Evidence

_STATEMENTS: Final = CONDITIONS | {"equation", "set"}
NAMED: Final = frozenset({"derivative", "gradient", "at"})
LONGEST_FRACTION: Final = 40
"""A fraction of more characters is shown as a decimal."""


@dataclass(frozen=True)
class Scope:
    """One problem as its answers see it. ``own`` holds what the answer defined itself."""

    names: Names
    graph: Graph
    own: Mapping[str, Node] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Given) -> Scope:
        """The scope of a problem's ``given``."""
        return cls(given.names, Graph(given.definitions))

    @cached_property
    def domains(self) -> dict[str, Domain]:
        """The domain of every declared name."""
        return self.names.domains

    @cached_property
    def _shapes(self) -> dict[str, tuple[int | str, ...]]:
        """The declared arrays."""
        return self.names.shapes

    @cached_property
    def _plain(self) -> dict[Node, Node]:
        """Formulas that were made plain before: a line of work is compared more than once."""
        return {}

    def with_own(self, own: Mapping[str, Node]) -> Scope:
        """The scope with an answer's own definitions, each of which may use those before it."""
        return replace(self, own={**self.own, **own})

    def without_own(self, node: Node) -> Node:
        """The formula with what the answer's own names stand for.

        Raises :class:`DerivationError` where that is too long.
        """
        return written_with(node, self.own)

    def plain(self, node: Node) -> Node:
        """The formula without the answer's own names, bars and derivatives, in the problem's names."""
        known = self._plain.get(node)
        if known is None:
            known = self.without_own(node)
            if names_derivatives(known):
                known = resolve(self._without_bars(known), self.graph)
            if any(isinstance(item, Apply) and item.op in OF_ARRAYS for item in known.walk()) or (
                self._shapes and not self._shapes.keys().isdisjoint(known.symbols())
            ):
                grown = expand(known, self._shapes)
                known = grown if isinstance(grown, Node) else grown.tree()
            self._plain[node] = known
        return known

    def _without_bars(self, node: Node) -> Node:
        """The formula with every ``… |_{v = a}`` carried out; ``|_{v = v_old}`` says nothing new."""
        if not isinstance(node, Apply):
            return node
        args = tuple(self._without_bars(arg) for arg in node.args)
        if node.op != "at":
            return rebuild(node, args)
        pairs = zip(args[1::2], args[2::2], strict=True)
        values = {name.name: value for name, value in pairs if isinstance(name, Symbol) and name != value}
        return substitute(self.graph.expand(resolve(args[0], self.graph)), values) if values else args[0]

    def decide(self, answer: Node, key: Node, *, witness: bool = True) -> Comparison:
        """Whether two formulas of the problem are equal.

        In the problem's names as they stand, if that proves it; else with every definition put in. Formulas that
        cannot be worked out are undecided, never unequal. ``witness`` as in :func:`examgrad.equality.decide`.
        """
        try:
            answer, key = self.plain(answer), self.plain(key)
            used = self._defined(answer)
            if used and used == self._defined(key) and not (is_statement(answer) or is_statement(key)):
                comparison = decide(answer, key, self.domains, witness=False)
                if comparison.verdict == "equal":
                    return comparison
            below, above = self.graph.expand(answer), self.graph.expand(key)
            if is_statement(below) or is_statement(above):
                return compare_trees(below, above, self.domains, witness=witness)
            return decide(below, above, self.domains, witness=witness)
        except ExamgradError as error:
            return Comparison("unknown", "undecided", note=str(error))

    def _defined(self, node: Node) -> frozenset[str]:
        """The defined names that a formula uses."""
        return node.symbols() & self.graph.definitions.keys()

    def equal(self, left: Node, right: Node) -> bool:
        """Whether two formulas are equal; no witness is sought where they are not."""
        return self.decide(left, right, witness=False).verdict == "equal"

    def evidence(self, comparison: Comparison, answer: Node, key: Node) -> Evidence:
        """A comparison as evidence; a witness's point also gives the intermediate names that were used."""
        witness = comparison.witness
        if witness is None:
            return Evidence(comparison.method, points=comparison.points, digits=comparison.digits, note=comparison.note)
        at = {name: short_value(value) for name, value in sorted(witness.at.items())}
        used = (answer.symbols() | key.symbols()) & set(self.graph.definitions)
        for name in self.graph.definitions:
            if name in used and name not in at:
                value = value_at(self.graph.expand(Symbol(name)), witness.at)
                if value is not None:
                    at[name] = short_value(value)
        return Evidence("witness", at, witness.left, witness.right, note=comparison.note)


def names_derivatives(node: Node) -> bool:
    """Whether a formula has a derivative in it that is only named."""
    return any(isinstance(item, Apply) and item.op in NAMED for item in node.walk())


def is_statement(node: Node) -> bool:
    """Whether a node is no formula but an equation, a condition or a set."""
    return isinstance(node, Apply) and node.op in _STATEMENTS


def short_value(value: object) -> str:
    """A ball or fraction as a short number."""
    if isinstance(value, Fraction) and len(text := str(value)) <= LONGEST_FRACTION:
        return text
    middle = float(value)  # type: ignore[arg-type]
    if not math.isfinite(middle):  # too large for a double
        return str(value.str(10, radius=False)) if isinstance(value, arb) else str(middle)
    return str(int(middle)) if middle == int(middle) and abs(middle) < 1e15 else f"{middle:.10g}"
