"""Are two conditions true at the same points? ``x > 0`` and ``0 < x`` are; ``x > 0`` and ``x >= 0`` are not, at 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import islice
from typing import Final

from examgrad.equality.decide import Comparison, decide
from examgrad.equality.emitter import UnsupportedFormula
from examgrad.equality.evaluate import evaluate_exactly
from examgrad.equality.polynomials import Ring, TooLarge, factors_of
from examgrad.equality.solutions import small_points, solving_points
from examgrad.equality.witness import Witness
from examgrad.formula.names import Domain
from examgrad.formula.tree import CONDITIONS, RELATIONS, Apply, Node, sub

BOUNDARY_POINTS: Final = 12
"""How many points are looked at on each boundary."""
_TRUTH: Final = {"1": "true", "0": "false"}


def is_condition(node: Node) -> bool:
    """Whether a node is true or false rather than a number."""
    return isinstance(node, Apply) and node.op in CONDITIONS


def compare_conditions(
    left: Node, right: Node, domains: Mapping[str, Domain] | None = None, *, witness: bool = True
) -> Comparison:  # fmt: skip
    """Compare two conditions; they are equal when they hold at the same points of the domains, boundaries included."""
    if left == right:
        return Comparison("equal", "identical")
    domains = domains or {}
    first, second = (Apply("indicator", (node,)) for node in (left, right))
    found = decide(first, second, domains, witness=witness)
    if found.verdict == "unequal" and found.witness is not None:
        at, *texts = found.witness
        return found._replace(witness=Witness(at, *(_TRUTH.get(text, text) for text in texts)))
    if found.verdict != "equal":
        return found
    try:
        for at in _on_boundaries((left, right), domains):
            values = [evaluate_exactly(item, at) for item in (first, second)]
            if None not in values and values[0] != values[1]:
                shown = Witness(at, *("true" if value else "false" for value in values))
                note = "they differ on the boundary only"
                return Comparison("unequal", "witness", shown if witness else None, note=note)
    except UnsupportedFormula as error:
        return Comparison("unknown", "undecided", note=str(error))
    return found._replace(method="exact" if found.method == "identical" else found.method)


def _on_boundaries(nodes: tuple[Node, ...], domains: Mapping[str, Domain]) -> Iterator[dict[str, Fraction]]:
    """Points where the two sides of a comparison are equal."""
    names = sorted(frozenset[str]().union(*(node.symbols() for node in nodes)))
    residues = dict.fromkeys(
        sub(*item.args) for node in nodes for item in node.walk() if isinstance(item, Apply) and item.op in RELATIONS
    )
    for residue in residues:
        try:
            ring = Ring([residue], meaning=True)
            factors = factors_of(ring.quotient(residue).above)[1]
        except (TooLarge, ZeroDivisionError):
            yield from small_points(names, domains, BOUNDARY_POINTS)
            continue
        for factor in factors:
            yield from islice(solving_points(ring, factor.base, names, domains), BOUNDARY_POINTS)
