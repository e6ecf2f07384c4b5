"""Formulas at a point: exactly, in balls, in doubles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Final

from flint import arb

from examgrad.equality.balls import evaluate_balls
from examgrad.equality.compiler import compile_formulas
from examgrad.equality.doubles import evaluate_doubles
from examgrad.equality.gates import thorough
from examgrad.equality.points import Places, Sample, exact
from examgrad.equality.program import Program
from examgrad.equality.rationals import as_fraction, evaluate_fractions
from examgrad.formula.names import Domain
from examgrad.formula.tree import Node

_MAX_PRECISION: Final = 8192


@lru_cache(maxsize=512)
def _compiled(node: Node) -> Program:
    return compile_formulas(node)


def evaluate_exactly(node: Node, at: Mapping[str, Fraction]) -> Fraction | None:
    """The formula's value where it is a fraction and is known to be; ``None`` elsewhere.

    Raises :class:`UnsupportedFormula`, as all functions here do, for what is no real scalar operation.
    """
    program = _compiled(node)
    value = evaluate_fractions(program, at)[program.roots[0]]
    return None if value is None else as_fraction(value)


def evaluate_double(node: Node, at: Mapping[str, float]) -> float:
    """The formula's value in doubles; ``nan`` where it has none."""
    program = _compiled(node)
    value = evaluate_doubles(program, {name: [float(at[name])] for name in program.names}, 1)[program.roots[0]][0]
    return float(value)


def value_at(node: Node, at: Mapping[str, Fraction], digits: int = 50) -> arb | None:
    """The formula's value to ``digits`` significant digits (or decimals, near zero), as a ball.

    ``None`` where it is undefined, not finite, or cannot be told so precisely.
    """
    return value_of(_compiled(node), at, digits)


def value_of(program: Program, at: Mapping[str, Fraction], digits: int = 50, *, guard: int = 24) -> arb | None:
    """The value of a program's (first) formula, as :func:`value_at` gives it; ``guard`` bits may be lost at once."""
    needed = int(digits * 3.3219281) + 8
    precision = needed + guard
    while precision <= max(_MAX_PRECISION, 2 * needed):
        value: arb | None = evaluate_balls(program, at, precision)[program.roots[0]]
        if value is not None and (value.rel_accuracy_bits() >= needed or value.rel_one_accuracy_bits() >= needed):
            return value
        precision *= 2
    return None


def evaluate(node: Node, at: Mapping[str, Fraction], digits: int = 50) -> Fraction | arb | None:
    """The formula's value: a fraction where it is one, else a ball of ``digits`` digits, ``None`` where undefined."""
    exactly = evaluate_exactly(node, at)
    return exactly if exactly is not None else value_at(node, at, digits)


def sample_points(
    of: Sequence[Node] | Program, domains: Mapping[str, Domain] | None = None, *, count: int = 12, seed: bytes = b""
) -> list[dict[str, Fraction]]:
    """Points of the domains where all the formulas are finite, away from kinks, on both sides of every gate.

    ``count`` points, or more where the gates have more sign patterns; fewer where fewer are found.
    """
    program = of if isinstance(of, Program) else compile_formulas(*of)
    sample = Sample(program)
    thorough(program, Places(program.names, domains or {}, seed), sample)
    if not program.names:
        return [{}]
    return [exact(sample.point(at)) for at in spread(sample, count)]


def spread(sample: Sample, count: int) -> list[int]:
    """Good points of a sample: one of every sign pattern first, then others, up to ``count``."""
    good = [at for at in sample.finite() if not sample.on_kink(at)]
    first: dict[tuple[int, ...], int] = {}
    for at in good:
        first.setdefault(sample.pattern(at), at)
    chosen = list(first.values())[: 2 * count]
    taken = set(chosen)
    return chosen + [at for at in good if at not in taken][: max(0, count - len(chosen))]
