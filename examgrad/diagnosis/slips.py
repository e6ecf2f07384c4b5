"""Slips that people make, each tried on a wrong formula until one turns it into the right one."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from examgrad.errors import ExamgradError
from examgrad.formula import printer
from examgrad.formula.tree import ONE, Apply, Node, Number, Symbol, mul, neg, rebuild, transform
from examgrad.kinds.base import Diagnosis
from examgrad.kinds.reading import Formula
from examgrad.kinds.scope import Scope

MAX_TRIALS: Final = 200
_FACTORS: Final = tuple(Fraction(n, d) for n, d in ((2, 1), (1, 2), (-2, 1), (-1, 2), (4, 1), (1, 4), (3, 1), (1, 3)))


def find_slip(formula: Formula, key: Node) -> Diagnosis | None:
    """The one slip that makes the wrong formula out of the key; ``None`` where no single slip does."""
    scope = formula.scope
    try:
        answer, key = scope.plain(formula.tree), scope.plain(key)
    except ExamgradError:
        return None
    for slip in (_sign, _gate, _factor, _wrong_name):
        if (found := slip(answer, key, scope)) is not None:
            return found
    return None


def _equal(scope: Scope, left: Node, right: Node) -> bool:
    return scope.decide(left, right).verdict == "equal"


def _sign(answer: Node, key: Node, scope: Scope) -> Diagnosis | None:
    if _equal(scope, neg(answer), key):
        return Diagnosis("sign", "The sign is wrong: your answer is right up to a factor −1.")
    return None


def _factor(answer: Node, key: Node, scope: Scope) -> Diagnosis | None:
    for factor in _FACTORS:
        if _equal(scope, answer, mul(Number(factor), key)):
            shown = printer.unicode(Number(factor))
            return Diagnosis("factor", f"Your answer is {shown} times the right one: a constant factor went wrong.")
    return None


def _gate(answer: Node, key: Node, scope: Scope) -> Diagnosis | None:
    """The indicator or the case that switches the derivative off was forgotten."""
    opened = transform(key, lambda node: ONE if isinstance(node, Apply) and node.op == "indicator" else node)
    if opened != key and _equal(scope, answer, opened):
        gates = [printer.unicode(node) for node in key.walk() if isinstance(node, Apply) and node.op == "indicator"]
        return Diagnosis(
            "gate-missing", f"The condition {gates[0]} is missing: without it the derivative never vanishes."
        )
    return None


def _wrong_name(answer: Node, key: Node, scope: Scope) -> Diagnosis | None:
    """One name stands where another belongs."""
    wanted = sorted(key.symbols() | scope.graph.expand(key).symbols())
    trials = 0
    for node in _occurrences(answer):
        for name in wanted:
            if name == node.name:
                continue
            trials += 1
            if trials > MAX_TRIALS:
                return None
            if _equal(scope, _replaced(answer, node, Symbol(name)), key):
                shown = printer.unicode_name(node.name), printer.unicode_name(name)
                return Diagnosis("wrong-name", f"{shown[0]} stands where {shown[1]} belongs.")
    return None


def _occurrences(node: Node) -> Iterator[Symbol]:
    """Every place of a name, once each: places are told apart by identity."""
    seen: set[int] = set()
    for item in node.walk():
        if isinstance(item, Symbol) and id(item) not in seen:
            seen.add(id(item))
            yield item


def _replaced(node: Node, old: Node, new: Node) -> Node:
    """The tree with one node, by identity, replaced."""
    if node is old:
        return new
    return rebuild(node, tuple(_replaced(arg, old, new) for arg in node.args)) if node.args else node
