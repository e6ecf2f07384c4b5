"""Sets and lists: which element of one is which element of the other."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple

from flint import arb, fmpq

from examgrad.equality.decide import Comparison
from examgrad.equality.emitter import UnsupportedFormula
from examgrad.equality.evaluate import evaluate
from examgrad.equality.points import place
from examgrad.formula.names import REAL, Domain
from examgrad.formula.tree import Apply, Node

MAX_DECISIONS: Final = 400
"""How many pairs are decided that no point tells apart; those beyond are doubtful."""
_METHODS: Final = ("identical", "exact", "numeric")
Decide = Callable[[Node, Node], Comparison]


class Matching(NamedTuple):
    """For each wanted element the place of the element that is equal to it, or ``None``.

    ``spare`` are the places of elements that equal no wanted one; ``doubtful`` the wanted ones that may be equal
    to a spare element; ``found`` are the comparisons that matched.
    """

    places: tuple[int | None, ...]
    spare: tuple[int, ...]
    doubtful: frozenset[int]
    found: tuple[Comparison, ...]


def is_set(node: Node) -> bool:
    """Whether a node is a set written out."""
    return isinstance(node, Apply) and node.op == "set"


def distinct(items: Sequence[Node], decide: Decide, domains: Mapping[str, Domain]) -> list[Node] | None:
    """The elements of a set, each once; ``None`` where it is not known whether two are the same."""
    kept = list(dict.fromkeys(items))
    looks = _Looks(kept, domains)
    result: list[int] = []
    for at in range(len(kept)):
        for other in result:
            if looks.apart(at, other):
                continue
            verdict = looks.decide(decide, kept[at], kept[other]).verdict
            if verdict == "unknown":
                return None
            if verdict == "equal":
                break
        else:
            result.append(at)
    return [kept[at] for at in result]


def match(wanted: Sequence[Node], given: Sequence[Node], decide: Decide, domains: Mapping[str, Domain]) -> Matching:
    """Match elements in any order, each with one at most; equality is transitive, so the first match will do."""
    nodes = [*wanted, *given]
    looks = _Looks(nodes, domains)
    free = dict.fromkeys(range(len(wanted), len(nodes)))
    same: dict[Node, list[int]] = {}
    for at in reversed(free):
        same.setdefault(nodes[at], []).append(at)
    places: list[int | None] = [None] * len(wanted)
    doubtful: dict[int, set[int]] = {}
    found = []
    for at, node in enumerate(wanted):
        if twins := same.get(node):
            places[at] = twins.pop()
            del free[places[at] or 0]
            found.append(Comparison("equal", "identical"))
    for at in range(len(wanted)):
        for other in [] if places[at] is not None else list(free):
            if looks.apart(at, other):
                continue
            result = looks.decide(decide, nodes[at], nodes[other])
            if result.verdict == "equal":
                places[at] = other
                del free[other]
                found.append(result)
                break
            if result.verdict == "unknown":
                doubtful.setdefault(at, set()).add(other)
    doubts = frozenset(at for at, others in doubtful.items() if places[at] is None and others & free.keys())
    shifted = tuple(None if place is None else place - len(wanted) for place in places)
    return Matching(shifted, tuple(at - len(wanted) for at in free), doubts, tuple(found))


def compare_sets(
    left: Sequence[Node], right: Sequence[Node], decide: Decide, domains: Mapping[str, Domain]
) -> Comparison:  # fmt: skip
    """Compare two sets by their elements: neither order nor repetition counts."""
    first, second = (distinct(items, decide, domains) for items in (left, right))
    if first is None or second is None:
        return Comparison("unknown", "undecided", note="whether two elements of a set are the same")
    found = match(first, second, decide, domains)
    if all(place is not None for place in found.places) and not found.spare:
        least = max(found.found, key=lambda item: _METHODS.index(item.method), default=Comparison("equal", "identical"))
        return least if least.method != "identical" or left == right else least._replace(method="exact")
    doubtful_spare = bool(found.doubtful)
    missing = [at for at, place in enumerate(found.places) if place is None and at not in found.doubtful]
    if missing:
        return _only(first[missing[0]], "left")
    if found.spare and (not doubtful_spare or len(found.spare) > len(found.doubtful)):
        return _only(second[found.spare[0]], "right") if not doubtful_spare else _sizes(first, second)
    return Comparison("unknown", "undecided", note="whether two elements of the sets are the same")


def _only(node: Node, side: str) -> Comparison:
    from examgrad.formula import printer

    return Comparison("unequal", "witness", note=f"{printer.plain(node)} is in the {side} set only")


def _sizes(first: Sequence[Node], second: Sequence[Node]) -> Comparison:
    return Comparison("unequal", "witness", note=f"the sets have {len(first)} and {len(second)} elements")


class _Looks:
    """Formulas at one point, in balls: what is apart there is not equal, and need not be decided."""

    def __init__(self, nodes: Sequence[Node], domains: Mapping[str, Domain]) -> None:
        draw = random.Random(0)  # the same point every time
        names = sorted(frozenset[str]().union(*(node.symbols() for node in nodes)))
        at = {name: Fraction(place(domains.get(name, REAL), draw.uniform(-3, 3))) for name in names}
        self._values: Final[list[Any]] = [_value(node, at) for node in nodes]
        self._left = MAX_DECISIONS

    def apart(self, first: int, second: int) -> bool:
        """Whether two of the formulas are known to differ at the point."""
        left, right = self._values[first], self._values[second]
        if left is None or right is None:
            return False
        return not left.overlaps(right)

    def decide(self, decide: Decide, left: Node, right: Node) -> Comparison:
        """Decide a pair, as long as not too many were decided."""
        self._left -= 1
        return decide(left, right) if self._left >= 0 else Comparison("unknown", "undecided")


def _value(node: Node, at: Mapping[str, Fraction]) -> arb | None:
    try:
        value = evaluate(node, at, 20)
    except UnsupportedFormula:
        return None
    return arb(fmpq(value.numerator, value.denominator)) if isinstance(value, Fraction) else value
