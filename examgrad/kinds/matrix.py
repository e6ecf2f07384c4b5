"""Answers that are matrix expressions, with sizes as symbols: decided at several sizes, entry by entry.

At each choice of sizes every array is written out in its entries, and the entries are decided as any formula is.
The smallest sizes come first, so that a difference is shown where it is easiest to see.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from examgrad.calculus.derivation import Where
from examgrad.calculus.graph import free_names
from examgrad.calculus.matrix.named import definitions_of, opened, symbols_for
from examgrad.calculus.sized import Sized, Stepwise, chosen_places, place_names, size_names
from examgrad.calculus.verify import compare_values
from examgrad.equality import Comparison, decide, evaluate
from examgrad.errors import DerivationError, ExamgradError
from examgrad.exam.model import Given
from examgrad.formula.array_values import Array, positions
from examgrad.formula.shapes import Shape, Shapes
from examgrad.formula.tree import Node, Number, Symbol, add, mul, settled, substitute
from examgrad.kinds.base import ORDER, Evidence
from examgrad.kinds.scope import short_value
from examgrad.kinds.size_arithmetic import FURTHER_SIZES, asks_beyond, computed_with, named_sizes

_NOTHING: Final = 1e-50
"""What is smaller in a witness is 0, worked out to many digits."""
_ROUNDS: Final = 3
"""At how many choices of sizes two answers are compared."""
_MOST_PLACES: Final = 16
"""In how many ways the places of every 1 in one-hot arrays are chosen."""
_LARGEST: Final = 3_000
"""Nodes of an entry with its definitions put in, up to which it is decided as one formula."""


class Decision(NamedTuple):
    """Whether two expressions are equal. Where they differ, ``entry`` is the place and ``at`` the point, by entries."""

    verdict: Literal["equal", "unequal", "unknown"]
    evidence: Evidence
    entry: tuple[int, ...] = ()
    at: Mapping[str, Fraction] = MappingProxyType({})


class ByIndex(NamedTuple):
    """An array given by a formula for its entry at the ``indices``, the row's first."""

    entry: Node
    indices: tuple[str, ...]


class _Place(NamedTuple):
    """A problem at sizes that are numbers."""

    sized: Sized

    def decide(self, sized: Sized, left: Node, right: Node, *, witness: bool) -> Comparison:
        """Two entries in the names of the problem and of the steps in ``sized``.

        In the problem's names if that proves it; else with all definitions put in, where that is short enough;
        else by their numbers.
        """
        own = self.sized.graph.definitions.keys() - self.sized.chosen.keys()
        try:
            mine, other = (sized.graph.expand(node, own, _LARGEST) for node in (left, right))
            if mine.symbols() & own == other.symbols() & own:
                comparison = decide(mine, other, sized.domains, witness=False)
                if comparison.verdict == "equal":
                    return comparison
            mine, other = (sized.graph.expand(node, (), _LARGEST) for node in (left, right))
            return decide(mine, other, sized.domains, witness=witness)
        except DerivationError:
            return compare_values(left, right, sized.graph, sized.domains)

    def together(self, sized: Sized, left: Sequence[Node], right: Sequence[Node]) -> Comparison | None:
        """All entries at once, by their numbers, where they are too long for more; ``None`` unless they are equal.

        Each entry counts with a weight of its own.
        """
        try:
            for node in (*left, *right):
                sized.graph.expand(node, (), _LARGEST)
        except DerivationError:
            pass
        else:
            return None
        mine, other = (
            add(*(mul(Number(weight), node) for weight, node in enumerate(side, 1))) for side in (left, right)
        )
        comparison = compare_values(mine, other, sized.graph, sized.domains)
        return comparison if comparison.verdict == "equal" else None


class Arrays:
    """One problem's arrays: their shapes, and the problem at sizes that are numbers."""

    def __init__(self, given: Given) -> None:
        self.given: Final = given
        self.shapes: Final = Shapes(given.names.shapes)
        self.size_names: Final = size_names(self.shapes.declared.values())
        self.places: Final = place_names(
            given.definitions.values(), given.variables.keys() - self.shapes.declared.keys()
        )
        self._places: Final[dict[tuple[int, ...], list[_Place]]] = {}
        self._further: Final[dict[str, Node]] = {}

    def define(self, name: str, node: Node) -> None:
        """Let a name that is none of the problem's be known. Raises :class:`ExamgradError` where it has no meaning."""
        unknown = free_names(node) - self.given.names.variables.keys() - self._further.keys()
        if unknown or not {"derivative", "gradient"}.isdisjoint(node.operations()):
            raise DerivationError(f"{name} is not worked out")
        self.shapes.declared[name] = self.shapes.of(node)
        self._further[name] = node
        self._places.clear()

    def knows(self, name: str) -> bool:
        """Whether a name was defined further to those of the problem."""
        return name in self._further

    def opened(self, node: Node, where: Where) -> Node:
        """A formula with the gradients that it names known by symbols. Raises :class:`ExamgradError`."""
        for name, definition in definitions_of(where).items():
            if not self.knows(name):
                self.define(name, definition)
        return opened(node, symbols_for(name for name, _ in where))

    def decide(self, answer: Node | ByIndex, key: Node, *, witness: bool = True) -> Decision:
        """Whether two expressions of one shape are equal at every choice of sizes; no ``witness`` need be told."""
        if answer == key:
            return Decision("equal", Evidence("identical"))
        found: list[Comparison] = []
        agreed, undecided = 0, None
        computed = computed_with(_formula_of(answer), key, self.size_names)
        for plan in self._plans(computed.plans):
            decision = self._decide_at(plan, answer, key, found, witness=witness)
            if decision is None:
                agreed += 1
            elif decision.verdict == "unknown":  # XᵀX has an inverse only where X is long enough
                undecided = decision
                continue
            if agreed == _ROUNDS + computed.plans:
                break
            if witness and decision is not None and decision.verdict == "unequal" and max(plan, default=1) > 1:
                smaller = self._decide_at((1,) * len(plan), answer, key, [], witness=True)
                return smaller if smaller is not None and smaller.verdict == "unequal" else decision
            if decision is not None:
                return decision
        if undecided is not None and agreed < 2:
            return undecided
        formulas = [_formula_of(answer), key]
        for plan in named_sizes(formulas, self.size_names):
            decision = self._decide_at(plan, answer, key, found, witness=witness)
            if decision is not None and decision.verdict == "unequal":
                return decision
        if computed.trouble:
            return Decision("unknown", Evidence("undecided", note=computed.trouble))
        if asks_beyond(formulas, self.size_names):
            return Decision("unknown", Evidence("undecided", note="a condition asks for sizes larger than are tried"))
        return Decision("equal", self._agreement(found))

    def _decide_at(
        self, plan: tuple[int, ...], answer: Node | ByIndex, key: Node, found: list[Comparison], *, witness: bool
    ) -> Decision | None:
        """What is decided at one choice of sizes; ``None``, and more in ``found``, where both are equal there."""
        undecided = None
        try:
            steps = Stepwise(self.shapes)
            apart = steps.taken_apart(key)
            mine = answer if isinstance(answer, ByIndex) else steps.taken_apart(answer)
            for place in self._at_sizes(plan):
                decision = self._decide_in(place, place.sized.adding(steps.steps), mine, apart, found, witness=witness)
                if decision is not None and decision.verdict == "unequal":
                    return decision
                undecided = undecided or decision
        except (ExamgradError, ValueError) as error:
            return Decision("unknown", Evidence("undecided", note=str(error)))
        return undecided

    def _decide_in(
        self, place: _Place, sized: Sized, mine: Node | ByIndex, apart: Node, found: list[Comparison], *, witness: bool
    ) -> Decision | None:
        """What is decided at one choice of sizes, and of the places of every 1 in one-hot arrays."""
        wanted = _entries(sized, apart)
        answered = _answered(sized, mine, wanted)
        if (together := place.together(sized, answered, [right for _, right in wanted])) is not None:
            found.append(together)
            return None
        for (position, right), left in zip(wanted, answered, strict=True):
            comparison = place.decide(sized, left, right, witness=witness)
            if comparison.verdict == "unequal":
                at = {name: Fraction(size) for name, size in sized.sizes.items()}
                at |= sized.chosen
                at |= comparison.witness.at if comparison.witness else {}
                return Decision("unequal", self._witness(place, sized, comparison, left, right), position, at)
            if comparison.verdict == "unknown":
                return Decision("unknown", Evidence("undecided", note=comparison.note))
            found.append(comparison)
        return None

    def _plans(self, further: int = 0) -> Iterator[tuple[int, ...]]:
        """Sizes of 2 throughout, then different sizes for different names. (At 1, arrays are scalars.)

        Those that are ``further`` ones stand after the first two.
        """
        names = range(len(self.size_names))
        orders = [(way, shift) for way in (1, -1) for shift in range(2)]
        plans = [(2,) * len(names), *(tuple(2 + (way * place + shift) % 3 for place in names) for way, shift in orders)]
        more = [tuple(row[place % len(row)] for place in names) for row in FURTHER_SIZES[:further]]
        yield from dict.fromkeys([*plans[:2], *more, *plans[2:]])

    def _at_sizes(self, plan: tuple[int, ...]) -> list[_Place]:
        """The problem at some sizes: once for each choice of the places of every 1 in its one-hot arrays."""
        if plan not in self._places:
            sizes = dict(zip(self.size_names, plan, strict=True))
            self._places[plan] = [self._written_out(sizes, hot) for hot in self._hot_places(sizes)]
        return self._places[plan]

    def _written_out(self, sizes: Mapping[str, int], hot: Mapping[str, tuple[int, ...]]) -> _Place:
        numbers = {**sizes, **chosen_places(self.places, sizes)}
        declared, domains = self.shapes.declared, self.given.names.domains
        definitions = {**self.given.definitions, **self._further}
        return _Place(Sized(definitions, declared, domains, numbers, hot=hot))

    def _hot_places(self, sizes: Mapping[str, int]) -> list[dict[str, tuple[int, ...]]]:
        """For every one-hot array the column of the 1 in each row: all there are, or, of many, some of each column."""
        choices = []
        for name in self.given.variables:
            if self.given.names.domains[name].structure == "one-hot":
                *rows, width = (sizes[size] if isinstance(size, str) else size for size in self.shapes.declared[name])
                choices.append([(name, columns) for columns in _columns(rows[0] if rows else 1, width)])
        if math.prod(map(len, choices)) <= _MOST_PLACES:
            return [dict(choice) for choice in product(*choices)]
        rounds = range(max(map(len, choices)))
        return [dict(ways[(at + place * (at + 1)) % len(ways)] for place, ways in enumerate(choices)) for at in rounds]

    def _agreement(self, found: list[Comparison]) -> Evidence:
        """How surely two expressions are equal: with sizes as symbols, as far as they were tried."""
        least = max(found, key=lambda comparison: ORDER.index(comparison.method))
        if not self.size_names:
            return Evidence(least.method, points=least.points, digits=least.digits, note=least.note)
        *others, last = [places[0].sized.sizes for places in self._places.values()]
        tried = ", ".join(f"{name} = {size}" for name, size in last.items())
        tried += (
            f" and {len(others)} other choices of sizes" if len(others) > 1 else " and other sizes" if others else ""
        )
        proved = "proved" if least.method in ("identical", "exact") else "equal"
        return Evidence(
            "numeric", points=least.points or len(self._places), digits=least.digits or 30, note=f"{proved} at {tried}"
        )

    def _witness(self, place: _Place, sized: Sized, comparison: Comparison, mine: Node, right: Node) -> Evidence:
        """The point with whole arrays; entries that neither value depends on are 1."""
        witness = comparison.witness
        if witness is None:
            return Evidence("undecided", note=comparison.note)
        at = {name: str(size) for name, size in place.sized.sizes.items()}
        used = sized.graph.ancestors(mine) | sized.graph.ancestors(right)
        for name in self.given.variables:
            entries = place.sized.entries(name)
            if name not in at and not used.isdisjoint(entries):
                at[name] = _shown(place.sized.shapes.get(name, ()), _values(place.sized, entries, witness.at))
        values = _tidied(witness.left), _tidied(witness.right)
        if values[0] == values[1]:
            values = witness.left, witness.right
        return Evidence("witness", at, *values, note=comparison.note)


def _columns(rows: int, width: int) -> Iterator[tuple[int, ...]]:
    """Where each of some rows has its 1: in every way where these are few, else each row in each column once."""
    if width**rows <= _MOST_PLACES:
        return product(range(width), repeat=rows)
    return iter([tuple((first + row * row) % width for row in range(rows)) for first in range(width)])


def _tidied(number: str) -> str:
    """A witness's value without the zeros that only tell how exactly it is known: -1.00000000000 is -1."""
    if "." not in number and "e" not in number:
        return number
    try:
        value = float(number)
    except ValueError:  # +/- or nan
        return number
    return "0" if abs(value) < _NOTHING else short_value(value)


def _formula_of(answer: Node | ByIndex) -> Node:
    return answer.entry if isinstance(answer, ByIndex) else answer


def _entries(sized: Sized, node: Node) -> list[tuple[tuple[int, ...], Node]]:
    """The entries of an expression with their positions, counted from 1."""
    value = sized.grown(node)
    if not isinstance(value, Array):
        return [((), value)]
    return list(zip(positions(value.shape), value.entries, strict=True))


def _answered(sized: Sized, answer: Node | ByIndex, wanted: Sequence[tuple[tuple[int, ...], Node]]) -> list[Node]:
    """The entries of an answer, in the order of the key's."""
    if not isinstance(answer, ByIndex):
        return list(sized.scalars(answer, wanted[-1][0]))
    found: list[Node] = []
    for position, _ in wanted:
        at = {index: Number(place) for index, place in zip(answer.indices, position, strict=True)}
        found += sized.scalars(settled(substitute(answer.entry, at)))
    return found


def _values(sized: Sized, entries: Sequence[str], at: Mapping[str, Fraction]) -> list[Fraction]:
    """The numbers of an array at a point; entries that nothing depends on are 1, or 0 where all sum to one."""
    bound = [entry for entry in entries if entry in sized.graph]
    own = {entry: at.get(entry, Fraction(not bound)) for entry in entries if entry not in sized.graph}
    for entry in bound:
        value = evaluate(sized.graph.expand(Symbol(entry)), own)
        own[entry] = value if isinstance(value, Fraction) else Fraction(1)
    return [own[entry] for entry in entries]


def _shown(shape: Shape, values: list[Fraction]) -> str:
    """An array of numbers: ``[[1, 2], [3, 4]]``."""
    texts = [short_value(value) for value in values]
    if not shape:
        return texts[0]
    width = len(texts) if len(shape) == 1 else int(shape[1])
    rows = ["[" + ", ".join(texts[at : at + width]) + "]" for at in range(0, len(texts), width)]
    return rows[0] if len(shape) == 1 else "[" + ", ".join(rows) + "]"
