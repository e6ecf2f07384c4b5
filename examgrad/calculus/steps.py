"""A derivation told as a worked solution: the chain rule, each edge, the product, the simplified result."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from examgrad.calculus.derivation import Derivation, Derived, Edge, Stage, Step
from examgrad.calculus.differentiate import derivative
from examgrad.calculus.graph import free_names
from examgrad.calculus.matrix.steps import backward_steps
from examgrad.formula import printer
from examgrad.formula.functions import partial_derivatives
from examgrad.formula.shapes import Shape
from examgrad.formula.tree import (
    ONE,
    Apply,
    Node,
    Number,
    Symbol,
    add,
    div,
    is_number,
    mul,
    power,
    transform,
)

MAX_PATHS: Final = 8
"""The most ways through the graph that are written in one sum."""


def solution(
    derived: Derived, definitions: Mapping[str, Node], shapes: Mapping[str, Shape] = MappingProxyType({})
) -> tuple[Step, ...]:
    """The worked solution of a key, entry by entry; a line that was told before is not told again."""
    if derived.adjoints:
        return backward_steps(derived, definitions, shapes)
    steps: list[Step] = []
    for derivation in derived.derivations:
        steps += derivation_steps(derivation, definitions)
    return tuple(dict.fromkeys(steps))


def derivation_steps(derivation: Derivation, definitions: Mapping[str, Node]) -> list[Step]:
    """The steps of one derivative, of every order from the first on."""
    steps: list[Step] = []
    for order, stage in enumerate(derivation.stages, 1):
        whole = Apply("derivative", (derivation.of, *map(Symbol, derivation.wrt[:order])))
        steps += _stage_steps(stage, whole, definitions)
    return steps


def _stage_steps(stage: Stage, whole: Node, definitions: Mapping[str, Node]) -> list[Step]:
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
) -> list[Step]:
    """The derivative by each name from those by the names above it: for graphs with ways beside an edge.

    There ∂h2/∂w may mean two things, so a local derivative beside which a way runs is written as its formula.
    """
    steps: list[Step] = []
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
        if not steps or steps[-1].text != simplified.text:
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


def _local(whole: Node, formula: Node, wrt: str, result: Node) -> list[Step]:
    """One local derivative: in two lines where a function of something inside is differentiated."""
    formula = transform(formula, _carried_out)
    coefficient, core = _factored(formula, wrt)
    rule, outer, inner = _outside(core, wrt)
    if outer is None or inner is None or inner == Symbol(wrt):
        return [_step(rule, whole, result)]
    within = Apply("derivative", (inner, Symbol(wrt)))
    slope = derivative(inner, (Symbol(wrt),))
    steps = [_step(rule, whole, mul(coefficient, outer, within))]
    if not isinstance(slope, Number):
        steps.append(_step(_outside(_factored(inner, wrt)[1], wrt)[0], within, transform(slope, _carried_out)))
    return [*steps, _step("simplified", whole, result)]


def _carried_out(node: Node) -> Node:
    """Quotients and products of numbers as the numbers they are."""
    if isinstance(node, Apply) and node.op == "div" and all(isinstance(arg, Number) for arg in node.args):
        return div(*node.args)
    if isinstance(node, Apply) and node.op == "mul":
        return mul(*node.args)
    return node


def _factored(formula: Node, wrt: str) -> tuple[Node, Node]:
    """A formula as a factor that does not change with ``wrt`` and the rest."""
    if isinstance(formula, Apply) and formula.op == "neg":
        coefficient, core = _factored(formula.args[0], wrt)
        return mul(Number(-1), coefficient), core
    if isinstance(formula, Apply) and formula.op == "mul":
        changing = [factor for factor in formula.args if wrt in free_names(factor)]
        if len(changing) == 1:
            constant = [factor for factor in formula.args if factor is not changing[0]]
            coefficient, core = _factored(changing[0], wrt)
            return mul(*constant, coefficient), core
    if isinstance(formula, Apply) and formula.op == "div" and wrt not in free_names(formula.args[1]):
        coefficient, core = _factored(formula.args[0], wrt)
        return div(coefficient, formula.args[1]), core
    return ONE, formula


def _outside(core: Node, wrt: str) -> tuple[str, Node | None, Node | None]:
    """The rule for the outermost operation, the derivative of that operation, and what it is applied to."""
    if core == Symbol(wrt):
        return "constant factor", None, None
    if not isinstance(core, Apply):
        return "constant", None, None
    if core.op == "pow" and wrt not in free_names(core.args[1]):
        base, exponent = core.args
        less = Number(exponent.value - 1) if isinstance(exponent, Number) else add(exponent, Number(-1))
        return _chained("power rule", base, wrt), mul(exponent, power(base, less)), base
    if core.op in _RULES:
        return _RULES[core.op], None, None
    if len(core.args) == 1 and (partials := partial_derivatives(core)) is not None and not is_number(partials[0], 0):
        return _chained(f"derivative of {core.op}", core.args[0], wrt), partials[0], core.args[0]
    return f"derivative of {core.op}", None, None


def _chained(rule: str, inner: Node, wrt: str) -> str:
    return rule if inner == Symbol(wrt) else f"{rule} and chain rule"


_RULES: Final = {
    "add": "sum rule",
    "mul": "product rule",
    "div": "quotient rule",
    "pow": "power rule",
    "cases": "case by case",
    "sum": "sum rule",
}


def _step(rule: str, *sides: Node) -> Step:
    equation = Apply("equation", sides)
    return Step(rule, printer.plain(equation), printer.latex(equation), printer.unicode(equation))
