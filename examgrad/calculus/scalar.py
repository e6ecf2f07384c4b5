"""Derivatives of scalars, by sympy on the graph of definitions: one local derivative an edge, then the chain rule.

Results are in the problem's own names, in the shortest form (:mod:`examgrad.calculus.forms`), and every one is
confirmed numerically before it is handed out. This module imports sympy; :mod:`examgrad.calculus.bounded` runs it
in a process of its own.
"""

from __future__ import annotations

from typing import Final

from sympy import Expr, Integer

from examgrad.calculus.derivation import Derivation, Derived, Edge, Request, Stage
from examgrad.calculus.forms import MAX_OPERATIONS, Writer
from examgrad.calculus.graph import Graph, free_names, measure
from examgrad.calculus.names_for import by_itself, shows_itself
from examgrad.calculus.symbolic import Translator, differentiated
from examgrad.calculus.verify import confirm
from examgrad.errors import DerivationError
from examgrad.formula.tree import ZERO, Node, Symbol

MAX_EXPANDED: Final = 400
"""The most nodes at which a formula is also differentiated with all definitions put in, for a shorter form."""
MAX_EXPANDED_DEPTH: Final = 40


def derive(request: Request) -> Derived:
    """The key with the derivation of each entry, verified. Raises :class:`DerivationError`."""
    deriver = _Deriver(request)
    derivations = [deriver.derivation(of, wrt) for of, wrt in request.entries()]
    return Derived(request.assembled([item.result for item in derivations]), tuple(derivations))


class _Deriver:
    """One problem's derivatives; local ones are worked out once."""

    def __init__(self, request: Request) -> None:
        self.domains: Final = request.domains
        self.graph: Final = Graph(request.definitions)
        self.translator: Final = Translator(request.domains)
        self.meanings: Final = {
            self.translator.symbol(name): self.translator.read(node) for name, node in self.graph.definitions.items()
        }
        self.writer: Final = Writer(self.translator, self.meanings)
        self._local: Final[dict[tuple[str, str], tuple[Expr, Node]]] = {}

    def derivation(self, of: Node, wrt: tuple[str, ...]) -> Derivation:
        """One derivative of any order, confirmed."""
        stages: list[Stage] = []
        what = of
        for name in wrt:
            stages.append(self._stage(what, name, wrt))
            what = stages[-1].result
        return Derivation(of, wrt, tuple(stages), confirm(what, of, wrt, self.graph, self.domains))

    def _stage(self, of: Node, wrt: str, kept: tuple[str, ...]) -> Stage:
        apart = self._not_itself(of)
        if isinstance(of, Symbol) and of.name in self.graph and of.name != wrt:
            start, edges = {of.name: Integer(1)}, []
        else:
            partials = self._partials(of, wrt)
            start = {name: expr for name, (expr, _) in partials.items()}
            edges = [Edge("", name, node) for name, (_, node) in partials.items()]
        raw, adjoints = self._backwards(start, wrt, edges, apart)
        found = adjoints.pop(wrt, (Integer(0), ZERO))[0]
        _, result = self.writer.best([found, *self._directly(of, wrt)], (*kept, *apart))
        shares = tuple((name, node) for name, (_, node) in adjoints.items())
        return Stage(of, wrt, tuple(edges), shares, self.translator.write(raw), result)

    def _partials(self, of: Node, wrt: str) -> dict[str, tuple[Expr, Node]]:
        """A formula's own derivatives by each name it uses that depends on ``wrt``."""
        expr = self.translator.read(of)
        names = [name for name in reversed(self.graph.names_in(of)) if name != wrt and self.graph.depends(name, wrt)]
        found = {name: differentiated(expr, self.translator.symbol(name)) for name in (*names, wrt)}
        return {name: self.writer.best([partial], (wrt,)) for name, partial in found.items() if partial != 0}

    def _directly(self, of: Node, wrt: str) -> list[Expr]:
        """The derivative with every definition put in, where that is small."""
        try:
            expanded = self.graph.expand(of, {wrt})
        except DerivationError:  # too large with the names put in: it stays in names
            return []
        size, depth = measure(expanded)
        if expanded == of or size > MAX_EXPANDED or depth > MAX_EXPANDED_DEPTH:
            return []
        found = differentiated(self.translator.read(expanded), self.translator.symbol(wrt))
        return [found] if found.count_ops() <= MAX_OPERATIONS else []

    def _backwards(
        self, start: dict[str, Expr], wrt: str, edges: list[Edge], apart: tuple[str, ...]
    ) -> tuple[Expr, dict[str, tuple[Expr, Node]]]:
        """The chain rule from the names in ``start`` (with the derivatives by them) back to ``wrt``.

        Adds the edges it takes to ``edges``. Returns the products summed as they come, and the derivative by each
        name on the way and by ``wrt`` in its shortest form.
        """
        raw, waiting = dict(start), dict(start)
        adjoints: dict[str, tuple[Expr, Node]] = {}
        for name in [*reversed(list(self.graph.definitions)), wrt]:
            if name not in waiting or name in adjoints:
                continue
            adjoints[name] = self.writer.best([waiting[name]], (wrt, *apart))
            if name == wrt or not self.graph.depends(name, wrt):
                continue
            for lower in self._below(name, wrt):
                local, node = self.local(name, lower)
                edges.append(Edge(name, lower, node))
                raw[lower] = raw.get(lower, Integer(0)) + raw[name] * local
                waiting[lower] = waiting.get(lower, Integer(0)) + adjoints[name][0] * local
        return raw.get(wrt, Integer(0)), adjoints

    def _not_itself(self, of: Node) -> tuple[str, ...]:
        """``of``'s own name, unless its derivative is written with it."""
        if not isinstance(of, Symbol) or of.name not in self.graph:
            return ()
        return () if shows_itself(self.meanings[self.translator.symbol(of.name)]) else (of.name,)

    def _below(self, name: str, wrt: str) -> list[str]:
        used = free_names(self.graph.definitions[name])
        between = [other for other in reversed(list(self.graph.definitions)) if other in used and other != wrt]
        return [*(other for other in between if self.graph.depends(other, wrt)), *([wrt] if wrt in used else [])]

    def local(self, name: str, wrt: str) -> tuple[Expr, Node]:
        """∂name/∂wrt along one edge, as an expression and as a tree."""
        if (name, wrt) not in self._local:
            symbol = self.translator.symbol(name)
            meaning = self.meanings[symbol]
            derived = differentiated(meaning, self.translator.symbol(wrt))
            forms = [derived]
            if (own := by_itself(derived, symbol, meaning)) is not None:
                forms.append(own)
            self._local[name, wrt] = self.writer.best(forms, (wrt, *self._not_itself(Symbol(name))))
        return self._local[name, wrt]
