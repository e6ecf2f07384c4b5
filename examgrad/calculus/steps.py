"""A derivation told as a worked solution: the chain rule, each edge, the product, the simplified result."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Final, NamedTuple

from examgrad.calculus.derivation import Derivation, Derived, Edge, Stage, Step
from examgrad.calculus.differentiate import resolve
from examgrad.calculus.graph import Graph
from examgrad.calculus.matrix.steps import backward_steps
from examgrad.calculus.rules import worked_out
from examgrad.calculus.verify import same_value
from examgrad.errors import DerivationError
from examgrad.formula import printer
from examgrad.formula.names import Domain
from examgrad.formula.shapes import Shape
from examgrad.formula.tree import ONE, Apply, Node, Symbol, add, mul

MAX_PATHS: Final = 8
"""The most ways through the graph that are written in one sum."""


class _Said(NamedTuple):
    """A line before it is written: the rule, and sides that are equal."""

    rule: str
    sides: tuple[Node, ...]


def solution(
    derived: Derived,
    definitions: Mapping[str, Node],
    domains: Mapping[str, Domain],
    shapes: Mapping[str, Shape] = MappingProxyType({}),
) -> tuple[Step, ...]:
    """The worked solution of a key, entry by entry; a line that was told before is not told again.

    What is told of arrays was confirmed where it was found, every other line is here: its sides have one value, or it
    is left out.
    """
    if derived.adjoints:
        return backward_steps(derived, definitions, shapes)
    said = [line for derivation in derived.derivations for line in _derivation_steps(derivation, definitions)]
    graph = Graph(definitions)
    return tuple(_written(line) for line in dict.fromkeys(said) if _holds(line, graph, domains))


def _holds(line: _Said, graph: Graph, domains: Mapping[str, Domain]) -> bool:
    """Whether all sides of a line have the same values, derivatives worked out by rules of their own."""
    try:
        first, *others = (resolve(side, graph) for side in line.sides)
        return all(same_value(first, other, graph, domains) for other in others)
    except DerivationError:
        return False


def _written(line: _Said) -> Step:
    equation = Apply("equation", line.sides)
    return Step(line.rule, printer.plain(equation), printer.latex(equation), printer.unicode(equation))


def _derivation_steps(derivation: Derivation, definitions: Mapping[str, Node]) -> list[_Said]:
    """The steps of one derivative, of every order from the first on."""
    steps: list[_Said] = []
    for order, stage in enumerate(derivation.stages, 1):
        whole = Apply("derivative", (derivation.of, *map(Symbol, derivation.wrt[:order])))
        steps += _stage_steps(stage, whole, definitions)
    return steps


def _stage_steps(stage: Stage, whole: Node, definitions: Mapping[str, Node]) -> list[_Said]:
    start = stage.of.name if isinstance(stage.of, Symbol) and stage.of.name in definitions else ""
    formulas = {**definitions, "": stage.of}
    if not stage.edges:
        return [_step("constant", whole, stage.result)]
    again = Apply("derivative", (stage.of, Symbol(stage.wrt)))
    steps = [_step("differentiated again", whole, again)] if again != whole else []
    if [(edge.of, edge.wrt) for edge in stage.edges] == [(start, stage.wrt)]:
        return [*steps, *_local(whole, formulas[start], stage.wrt, stage.result)]
    side_paths = {(edge.of, edge.wrt) for edge in stage.edges if len(_paths(stage.edges, edge.of, edge.wrt)) > 1}
    paths = _paths(stage.edges, start, stage.wrt)
    if side_paths or len(paths) > MAX_PATHS:
        return [*steps, *_backpropagation(stage, whole, formulas, side_paths)]
    quotients = {(edge.of, edge.wrt): _quotient(stage.of, edge.of, edge.wrt) for edge in stage.edges}
    steps.append(_step("chain rule", whole, _along(paths, quotients)))
    for edge in stage.edges:
        steps += _local(quotients[edge.of, edge.wrt], formulas[edge.of], edge.wrt, edge.local)
    product = _along(paths, {(edge.of, edge.wrt): edge.local for edge in stage.edges})
    if product != stage.result:
        steps.append(_step("product" if len(paths) == 1 else "sum over all paths", whole, product))
    return [*steps, _step("simplified", whole, stage.result)]


def _backpropagation(
    stage: Stage, whole: Node, formulas: Mapping[str, Node], side_paths: Collection[tuple[str, str]]
) -> list[_Said]:
    """The derivative by each name from those by the names above it: for graphs with ways beside an edge.

    There ∂h2/∂w may mean two things, so a local derivative beside which a way runs is written as its formula.
    """
    steps: list[_Said] = []
    adjoints = dict(stage.adjoints)
    for lower in [*(name for name, _ in stage.adjoints if Symbol(name) != stage.of), stage.wrt]:
        terms = []
        for edge in (edge for edge in stage.edges if edge.wrt == lower):
            local = edge.local
            if (edge.of, lower) not in side_paths:
                local = _quotient(stage.of, edge.of, lower)
                steps += _local(local, formulas[edge.of], lower, edge.local)
            above = ONE if not edge.of or Symbol(edge.of) == stage.of else _quotient(stage.of, "", edge.of)
            terms.append(mul(above, local))
        side = whole if lower == stage.wrt else _quotient(stage.of, "", lower)
        if side != add(*terms):
            steps.append(_step("chain rule" if len(terms) == 1 else "sum over all uses", side, add(*terms)))
        simplified = _step("simplified", side, stage.result if lower == stage.wrt else adjoints[lower])
        if not steps or steps[-1].sides != simplified.sides:
            steps.append(simplified)
    return steps


def _paths(edges: Sequence[Edge], start: str, wrt: str) -> list[tuple[str, ...]]:
    """The ways from ``start`` to ``wrt`` along the edges, up to one more than can be told."""
    paths: list[tuple[str, ...]] = []
    stack: list[tuple[str, ...]] = [(start,)]
    while stack and len(paths) <= MAX_PATHS:
        path = stack.pop()
        if path[-1] == wrt:
            paths.append(path)
        else:
            stack.extend((*path, edge.wrt) for edge in reversed(edges) if edge.of == path[-1])
    return paths


def _along(paths: Sequence[Sequence[str]], factors: Mapping[tuple[str, str], Node]) -> Node:
    """The sum over the paths of the product of their edges' factors."""
    return add(*(mul(*(factors[edge] for edge in pairwise(path))) for path in paths))


def _quotient(what: Node, of: str, wrt: str) -> Node:
    """∂of/∂wrt as it is written; an empty ``of`` is the formula ``what``."""
    return Apply("derivative", (Symbol(of) if of else what, Symbol(wrt)))


def _local(whole: Node, formula: Node, wrt: str, result: Node) -> list[_Said]:
    """One local derivative, by the rules that are applied to its formula."""
    return [_step(line.rule, line.side, line.value) for line in worked_out(whole, formula, wrt, result)]


def _step(rule: str, *sides: Node) -> _Said:
    return _Said(rule, sides)
