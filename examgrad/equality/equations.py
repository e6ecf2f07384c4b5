"""Are two equations the same statement: do they hold at the same points?

``2 x = 4`` and ``x = 2`` do. Both are brought to residues, left side minus right side, and these to polynomials:
two equations agree if the same irreducible factors make them zero, not counting factors that are zero nowhere in
the domains or only where a denominator is. Two definitions ``J = f`` and ``J = g`` agree if f and g are equal.
What differs is shown at a point that solves one of them and not the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from examgrad.equality.decide import Comparison, decide
from examgrad.equality.emitter import UnsupportedFormula
from examgrad.equality.evaluate import evaluate_exactly
from examgrad.equality.factors import essential_factors
from examgrad.equality.polynomials import Ring, TooLarge
from examgrad.equality.solution_sets import UNKNOWN, Domains, Pair, Sides, points_for
from examgrad.equality.solutions import solved
from examgrad.equality.witness import Witness
from examgrad.formula.tree import ZERO, Apply, Node, Number, Symbol

MAX_SIDES: Final = 12


def is_equation(node: Node) -> bool:
    """Whether a node is an equation."""
    return isinstance(node, Apply) and node.op == "equation"


def compare_equations(
    left: Node, right: Node, domains: Domains | None = None, *, witness: bool = True
) -> Comparison:  # fmt: skip
    """Compare two equations, of which one may be a bare formula: then ``J = f`` stands for f.

    They are equal when the same points of the domains solve both. Never raises for an equation.
    """
    domains = domains or {}
    if left == right:
        return Comparison("equal", "identical")
    try:
        if not (is_equation(left) and is_equation(right)):
            return _with_formula(left, right, domains, witness)
        first, second = (_distinct(node, domains) for node in (left, right))
        if len(first) > MAX_SIDES or len(second) > MAX_SIDES:
            return UNKNOWN
        if len(first) == len(second) == 2:
            return Pair(_rooted(Sides(*first)), _rooted(Sides(*second)), domains, witness).result()
        return _chains(first, second, domains)
    except (UnsupportedFormula, RecursionError) as error:
        return Comparison("unknown", "undecided", note=f"cannot be compared: {error}")


def defined_value(node: Node, domains: Domains | None = None) -> Node | None:
    """What an equation says its one name is worth: f of ``J = f``, 2 of ``2 x = 4``; ``None`` where it does not."""
    if not isinstance(node, Apply) or len(node.args) != 2:
        return None
    sides = Sides(*node.args)
    if isinstance(sides.left, Apply) and sides.left.op in ("derivative", "gradient"):
        return sides.right
    if isinstance(sides.left, Symbol) and sides.left.name not in sides.right.symbols():
        return sides.right
    if len(node.symbols()) != 1:
        return None
    try:
        ring = Ring([sides.residue], meaning=True)
        found = essential_factors(ring, ring.quotient(sides.residue), domains or {})
        values = [item for factor in found.factors for item in solved(ring, factor, domains or {}) or (None,)]
    except (TooLarge, ZeroDivisionError):
        return None
    return values[0].value if len(values) == 1 and values[0] is not None else None


def _with_formula(left: Node, right: Node, domains: Domains, witness: bool) -> Comparison:
    """An equation against a formula."""
    equation, formula = (left, right) if is_equation(left) else (right, left)
    value = defined_value(equation, domains)
    if value is None:
        return Comparison("unknown", "undecided", note="one is an equation, the other a formula")
    result = decide(*((value, formula) if equation is left else (formula, value)), domains, witness=witness)
    note = "the equation is read as the formula that it sets its name to"
    return result._replace(note="; ".join(filter(None, (result.note, note))))


def _distinct(node: Node, domains: Domains) -> tuple[Node, ...]:
    """The sides of a chain without those that are equal to one before them; at least two."""
    if len(node.args) == 2:
        return node.args
    kept: list[Node] = []
    for side in node.args[: MAX_SIDES + 1]:
        if not any(decide(side, other, domains, witness=False).verdict == "equal" for other in kept):
            kept.append(side)
    return tuple(kept) if len(kept) > 1 else (kept[0], kept[0])


def _rooted(sides: Sides) -> Sides:
    """``u^n = 0`` as ``u = 0``."""
    base = sides.left
    if sides.right != ZERO or not isinstance(base, Apply) or base.op != "pow":
        return sides
    exponent = base.args[1]
    whole = isinstance(exponent, Number) and exponent.value.denominator == 1 and exponent.value > 0
    return Sides(base.args[0], ZERO) if whole else sides


def _chains(first: tuple[Node, ...], second: tuple[Node, ...], domains: Domains) -> Comparison:
    """Chains ``a = b = c``: the same sides in any order, or a point that tells them apart."""
    if len(first) == len(second):
        waiting, methods = list(second), []
        for side in first:
            for other in waiting:
                found = decide(side, other, domains, witness=False)
                if found.verdict == "equal":
                    waiting.remove(other)
                    methods.append(found)
                    break
        if not waiting:
            return max(methods, key=lambda item: ("identical", "exact", "numeric").index(item.method))
    for at in points_for([*first, *second], domains):
        holds = [_holds(sides, at) for sides in (first, second)]
        if None not in holds and holds[0] != holds[1]:
            texts = ("true", "false") if holds[0] else ("false", "true")
            return Comparison("unequal", "witness", Witness(at, *texts), note="only one of the equations holds there")
    return UNKNOWN


def _holds(sides: tuple[Node, ...], at: Mapping[str, Fraction]) -> bool | None:
    values = [evaluate_exactly(side, at) for side in sides]
    return None if None in values else len(set(values)) == 1
