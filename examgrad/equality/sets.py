"""Sets and lists: which element of one is which element of the other."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple

from flint import arb, fmpq

from examgrad.equality.decide import Comparison
from examgrad.equality.emitter import UnsupportedFormula
from examgrad.equality.evaluate import evaluate
from examgrad.equality.points import place
from examgrad.formula.array_values import is_array
from examgrad.formula.names import REAL, Domain
from examgrad.formula.tree import Apply, Node, add, mul

MAX_DECISIONS: Final = 400
"""How many pairs are decided that no point tells apart; those beyond are doubtful."""
LOOKS: Final = 8
"""At how many points two sets are looked at as a whole."""
MANY: Final = 40
CLOSE: Final = 1e-9
PAIR: Final = 2
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
    result: dict[int, None] = {}
    for at in range(len(kept)):
        for other in looks.close(at, result):
            verdict = looks.decide(decide, kept[at], kept[other]).verdict
            if verdict == "unknown":
                return None
            if verdict == "equal":
                break
        else:
            result[at] = None
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
        for other in [] if places[at] is not None else looks.close(at, free):
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
    more = found.spare and (not doubtful_spare or len(found.spare) > len(found.doubtful))
    if not missing and not more:
        return Comparison("unknown", "undecided", note="whether two elements of the sets are the same")
    if not any(map(is_array, (*first, *second))) and not _differ_somewhere(first, second, domains):
        return _same_symmetric(first, second, decide) or Comparison(
            "unknown", "undecided", note="whether the sets have the same elements at every point"
        )
    if missing:
        return _only(first[missing[0]], "left")
    return _only(second[found.spare[0]], "right") if not doubtful_spare else _sizes(first, second)


def _differ_somewhere(left: Sequence[Node], right: Sequence[Node], domains: Mapping[str, Domain]) -> bool:
    """Whether there is a point where one set has a number that the other has not: {x, -x} is {|x|, -|x|} at each."""
    nodes = [*left, *right]
    for seed in range(LOOKS if len(nodes) <= MANY else 1):
        values = _values_at(nodes, domains, seed)
        if None in values:
            continue
        mine, theirs = values[: len(left)], values[len(left) :]
        for ones, others in ((mine, theirs), (theirs, mine)):
            if not all(any(one.overlaps(other) for other in others) for one in ones):
                return True
    return False


def _same_symmetric(left: Sequence[Node], right: Sequence[Node], decide: Decide) -> Comparison | None:
    """Equal, if sum and product of two numbers each are: the numbers then are the roots of one polynomial."""
    if len(left) != PAIR or len(right) != PAIR:
        return None
    found = [decide(make(*left), make(*right)) for make in (add, mul)]
    if any(item.verdict != "equal" for item in found):
        return None
    least = max(found, key=lambda item: _METHODS.index(item.method))
    return Comparison("equal", least.method if least.method == "numeric" else "exact", note=least.note)


def _only(node: Node, side: str) -> Comparison:
    from examgrad.formula import printer

    return Comparison("unequal", "witness", note=f"{printer.plain(node)} is in the {side} set only")


def _sizes(first: Sequence[Node], second: Sequence[Node]) -> Comparison:
    return Comparison("unequal", "witness", note=f"the sets have {len(first)} and {len(second)} elements")


class _Looks:
    """Formulas at one point, in balls: what is apart there is not equal, and need not be decided."""

    def __init__(self, nodes: Sequence[Node], domains: Mapping[str, Domain]) -> None:
        self._values: Final = _values_at(nodes, domains, 0)
        found = [(float(value), at) for at, value in enumerate(self._values) if value is not None]
        self._sorted: Final = sorted(found)
        self._unknown: Final = [at for at, value in enumerate(self._values) if value is None]
        self._left = MAX_DECISIONS

    def close(self, at: int, among: Collection[int]) -> list[int]:
        """Those of the others, in order, that are not known to differ from one of the formulas at the point."""
        value = self._values[at]
        if value is None:
            return list(among)
        middle = float(value)
        width = CLOSE * max(1.0, abs(middle))
        first = bisect_left(self._sorted, (middle - width, 0))
        last = bisect_left(self._sorted, (middle + width, len(self._values)))
        near = [other for _, other in self._sorted[first:last] if self._values[other].overlaps(value)]
        return sorted(other for other in (*near, *self._unknown) if other in among)

    def decide(self, decide: Decide, left: Node, right: Node) -> Comparison:
        """Decide a pair, as long as not too many were decided."""
        self._left -= 1
        return decide(left, right) if self._left >= 0 else Comparison("unknown", "undecided")


def _values_at(nodes: Sequence[Node], domains: Mapping[str, Domain], seed: int) -> list[Any]:
    """The formulas' balls at one point, the same every time for a seed; ``None`` for one that has no value there."""
    draw = random.Random(seed)
    names = sorted(frozenset[str]().union(*(node.symbols() for node in nodes)))
    at = {name: Fraction(place(domains.get(name, REAL), draw.uniform(-3, 3))) for name in names}
    return [_value(node, at) for node in nodes]


def _value(node: Node, at: Mapping[str, Fraction]) -> arb | None:
    try:
        value = evaluate(node, at, 20)
    except UnsupportedFormula:
        return None
    return arb(fmpq(value.numerator, value.denominator)) if isinstance(value, Fraction) else value
