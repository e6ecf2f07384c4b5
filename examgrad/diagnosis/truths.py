"""What lines of work are held against: one problem, with what the work itself has defined so far.

A problem of scalars, where formulas are decided as they are, and a problem of arrays, whose derivatives are worked
out in matrix notation and decided at several sizes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from examgrad.calculus.graph import Graph, written_with
from examgrad.equality import Comparison
from examgrad.errors import ExamgradError, MathSyntaxError
from examgrad.exam.model import Given
from examgrad.formula.array_values import entries_of, is_array
from examgrad.formula.names import Names, Variable
from examgrad.formula.shapes import Shape
from examgrad.formula.statements import MAX_PUT_IN, TOO_LONG, size_put_in
from examgrad.formula.tree import Apply, Node, Symbol, mul
from examgrad.kinds.array_sides import UNEQUAL, Held, compare_sides
from examgrad.kinds.base import told_point
from examgrad.kinds.matrix import Arrays
from examgrad.kinds.named_derivatives import NamedDerivatives
from examgrad.kinds.scope import Scope


@dataclass(frozen=True)
class Truth(ABC):
    """A problem. ``names`` has the work's own names too, ``own`` what they mean.

    ``believed`` are the derivatives that the work got wrong, each with what it says instead.
    """

    names: Names
    own: Mapping[str, Node] = field(default_factory=dict)
    believed: Mapping[Node, Node] = field(default_factory=dict)

    sizes: Mapping[str, int] = field(default_factory=dict)
    """How long the formulas of the work's own names are, put into each other."""

    def defining(self, name: str, node: Node) -> Self:
        """The problem with a name of the work's own. Raises :class:`MathSyntaxError` where that becomes too long."""
        size = size_put_in(node, self.sizes)
        if size > MAX_PUT_IN:
            raise MathSyntaxError(TOO_LONG, code="too-long")
        names = self.names.extended([self._variable(name, node)])
        return replace(self, names=names, own={**self.own, name: node}, sizes={**self.sizes, name: size})

    def believing(self, claim: Node, value: Node) -> Self:
        """The problem with a derivative that the work got wrong."""
        return replace(self, believed={**self.believed, claim: value})

    def follows(self, claim: Node, side: Node) -> bool:
        """Whether a wrong derivative is right, given one that the work got wrong before it."""
        pair = _derivative_of(claim)
        if pair is None:
            return False
        for earlier, value in self.believed.items():
            before = _derivative_of(earlier)
            try:
                if before is None or before[0] != pair[0] or self.graph.depends(before[1], pair[1]) is False:
                    continue
                expected = self._through(pair[0], before[1], value, pair[1])
            except ExamgradError:
                continue
            if expected is not None and self.compare(expected, side, witness=False).verdict == "equal":
                return True
        return False

    @property
    @abstractmethod
    def graph(self) -> Graph:
        """The problem's definitions."""

    @abstractmethod
    def compare(self, left: Node, right: Node, *, witness: bool = True) -> Held:
        """Two sides; ``witness`` asks for the point at which they differ."""

    @abstractmethod
    def _variable(self, name: str, node: Node) -> Variable:
        """How the work's own name is declared."""

    @abstractmethod
    def _through(self, of: str, name: str, value: Node, variable: str) -> Node | None:
        """The derivative by ``variable`` if ``value`` were that by ``name``; ``None`` where there are other ways."""


def _derivative_of(claim: Node) -> tuple[str, str] | None:
    """The two names of a first derivative."""
    if isinstance(claim, Apply) and claim.op in ("derivative", "gradient") and len(claim.args) == 2:
        of, variable = claim.args
        if isinstance(of, Symbol) and isinstance(variable, Symbol):
            return of.name, variable.name
    return None


@dataclass(frozen=True)
class ScalarTruth(Truth):
    """A problem whose names are numbers, or arrays of known sizes."""

    scope: Scope = field(kw_only=True)

    @classmethod
    def of(cls, given: Given) -> ScalarTruth:
        """The problem of a part."""
        scope = Scope.of(given)
        return cls(scope.names, scope=scope)

    def defining(self, name: str, node: Node) -> ScalarTruth:
        """The problem with a name of the work's own."""
        more = super().defining(name, node)
        return replace(more, scope=Scope(more.names, self.scope.graph, more.own))

    @property
    def graph(self) -> Graph:
        """The problem's definitions."""
        return self.scope.graph

    def compare(self, left: Node, right: Node, *, witness: bool = True) -> Held:
        """Two sides, entry by entry where they are arrays."""
        first, second = self.scope.plain(left), self.scope.plain(right)
        pairs = entries_of(first), entries_of(second)
        if is_array(first) != is_array(second) or len(pairs[0]) != len(pairs[1]):
            return Held("unknown", "the two sides have different sizes")
        found = [self.scope.decide(a, b, witness=witness) for a, b in zip(*pairs, strict=True)]
        worst = max(found, key=lambda item: ("equal", "unknown", "unequal").index(item.verdict))
        return Held(worst.verdict, _told(worst))

    def _variable(self, name: str, node: Node) -> Variable:
        return Variable(name)

    def _through(self, of: str, name: str, value: Node, variable: str) -> Node | None:
        others = {key: node for key, node in self.graph.definitions.items() if key != name}
        if name == variable or Graph(others).depends(of, variable):
            return None
        return mul(value, Apply("derivative", (Symbol(name), Symbol(variable))))


def _told(comparison: Comparison) -> str:
    witness = comparison.witness
    if witness is None:
        return comparison.note if comparison.verdict == "unknown" else ""
    return f"{UNEQUAL}: at {told_point(witness.at)} it is {witness.right} instead of {witness.left}"


@dataclass(frozen=True)
class ArrayTruth(Truth):
    """A problem with arrays whose sizes may be letters."""

    derivatives: NamedDerivatives = field(kw_only=True)

    @classmethod
    def of(cls, derivatives: NamedDerivatives, names: Names) -> ArrayTruth:
        """The problem of a part, and the names that its answers are read with."""
        return cls(names, derivatives=derivatives)

    @property
    def arrays(self) -> Arrays:
        """The problem's arrays."""
        return self.derivatives.arrays

    @property
    def graph(self) -> Graph:
        """The problem's definitions."""
        return Graph(self.arrays.given.definitions)

    def compare(self, left: Node, right: Node, *, witness: bool = True) -> Held:
        """Two sides, at several sizes. A column may be written as the row of the same numbers."""
        return compare_sides(self.derivatives, self._without_own(left), self._without_own(right))

    def _without_own(self, node: Node) -> Node:
        """The formula with what the work's own names stand for."""
        return written_with(node, self.own)

    def _plain(self, node: Node) -> Node:
        """The formula without the work's own names and without derivatives that are only named."""
        return self.derivatives.worked_out(self._without_own(node))

    def _variable(self, name: str, node: Node) -> Variable:
        shape: Shape
        try:
            shape = self.arrays.shapes.of(self._plain(node))
        except ExamgradError:
            shape = ()
        return Variable(name, shape=shape)

    def _through(self, of: str, name: str, value: Node, variable: str) -> Node | None:
        return self.derivatives.through(of, name, self._plain(value), variable)
