"""Slips that people make, each tried on a wrong formula until one turns it into the right one."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import Final

from examgrad.equality import UnsupportedFormula, decide, evaluate_double, place
from examgrad.errors import ExamgradError
from examgrad.formula import printer
from examgrad.formula.names import REAL
from examgrad.formula.tree import ONE, Apply, Node, Number, Symbol, mul, neg, replaced, transform
from examgrad.kinds.base import Diagnosis
from examgrad.kinds.reading import Formula
from examgrad.kinds.scope import Scope

MAX_TRIALS: Final = 200
_POINTS: Final = 4
_LARGEST_FACTOR: Final = 12
"""Numerator and denominator of a factor that is told are at most this."""


def find_slip(formula: Formula, key: Node) -> Diagnosis | None:
    """The one slip that makes the wrong formula out of the key; ``None`` where no single slip does."""
    scope = formula.scope
    try:
        answer, key = scope.plain(formula.tree), scope.plain(key)
        trial = _Trial(scope, key)
        for slip in (_sign, _gate, _factor, _wrong_name):
            if (found := slip(answer, key, trial)) is not None:
                return found
    except (ExamgradError, UnsupportedFormula):
        return None
    return None


class _Trial:
    """Holds formulas against one: a look in doubles at a few points first, a decision only where they agree."""

    def __init__(self, scope: Scope, key: Node) -> None:
        self.graph: Final = scope.graph
        self._domains: Final = scope.domains
        self._key: Final = scope.graph.expand(key)
        names = sorted({*scope.names.variables, *self._key.symbols()} - scope.graph.definitions.keys())
        draw = random.Random(0)  # the same points for every answer
        self._points: Final = [
            {name: place(self._domains.get(name, REAL), draw.uniform(-3, 3)) for name in names} for _ in range(_POINTS)
        ]
        self._values: Final = [evaluate_double(self._key, point) for point in self._points]

    def ratio(self, answer: Node) -> Fraction | None:
        """The small constant by which the answer seems to be too large; ``None`` if there seems to be none."""
        expanded = self.graph.expand(answer)
        for point, value in zip(self._points, self._values, strict=True):
            found = evaluate_double(expanded, point)
            if value and math.isfinite(value) and math.isfinite(found) and abs(found) < 1e6 * abs(value):
                return Fraction(found / value).limit_denominator(_LARGEST_FACTOR)
        return None

    def fits(self, left: Node, right: Node | None = None) -> bool:
        """Whether a formula is equal to the key (or to ``right``)."""
        left = self.graph.expand(left)
        right = self._key if right is None else self.graph.expand(right)
        for point in self._points:
            pair = evaluate_double(left, point), evaluate_double(right, point)
            if all(map(math.isfinite, pair)) and abs(pair[0] - pair[1]) > 1e-6 * max(map(abs, pair)):
                return False
        return decide(left, right, self._domains, witness=False).verdict == "equal"


def _sign(answer: Node, key: Node, trial: _Trial) -> Diagnosis | None:
    if trial.fits(neg(answer)):
        return Diagnosis("sign", "The sign is wrong: this is −1 times the right formula.")
    return None


def _factor(answer: Node, key: Node, trial: _Trial) -> Diagnosis | None:
    factor = trial.ratio(answer)
    if factor and factor != 1 and abs(factor) <= _LARGEST_FACTOR and trial.fits(answer, mul(Number(factor), key)):
        shown = printer.unicode(Number(factor))
        return Diagnosis("factor", f"This is {shown} times the right formula: a constant factor went wrong.")
    return None


def _gate(answer: Node, key: Node, trial: _Trial) -> Diagnosis | None:
    """The indicator or the case that switches the derivative off was forgotten."""
    gates = [node for node in key.walk() if isinstance(node, Apply) and node.op == "indicator"]
    opened = transform(key, lambda node: ONE if isinstance(node, Apply) and node.op == "indicator" else node)
    if not gates or not trial.fits(answer, opened):
        return None
    shown = printer.unicode(gates[0])
    return Diagnosis("gate-missing", f"The condition {shown} is missing: where it does not hold, the derivative is 0.")


def _wrong_name(answer: Node, key: Node, trial: _Trial) -> Diagnosis | None:
    """One name stands where another belongs."""
    wanted = sorted(key.symbols() | trial.graph.expand(key).symbols())
    trials = ((node, name) for node in _occurrences(answer) for name in wanted if name != node.name)
    for node, name in islice(trials, MAX_TRIALS):
        if trial.fits(replaced(answer, node, Symbol(name))):
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
