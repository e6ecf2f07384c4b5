"""Choices of a design sieved by its formulas: each rule is met as soon as the letters in it have values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from examgrad.formula.tree import Node, Number
from examgrad.layers.calls import Text, Value
from examgrad.layers.design.network import NEEDED, Choice, Design, Letter, as_env, put_in, symbols_in
from examgrad.layers.design.ranges import MANY, SMALL, SOLVED, Asked, asked_figures, form_of, rank, span
from examgrad.layers.design.terms import Env, Evaluated, Exact, compiled
from examgrad.layers.signatures import bind
from examgrad.layers.sizes import as_node

MOST_TESTS: Final = 150_000
"""Values and rules that are tried, of one search."""
LARGEST: Final = 10**15
_NO_VALUE: Final = (ValueError, ZeroDivisionError, KeyError)
"""Raised by a formula that has no value at the letters' values."""


class _Rule(NamedTuple):
    """Something that a choice must satisfy, once its letters have values; ``distance`` is how far it is off."""

    letters: frozenset[str]
    test: Callable[[Env], bool]
    distance: Callable[[Env], float] | None = None


class Sieve:
    """One pass through the ranges of the letters that are not ``fixed``, in an order in which each rule is met early.

    ``tests`` are the values and rules that were tried, at most ``budget``; ``cut`` says whether some were not.
    """

    def __init__(self, design: Design, fixed: Mapping[str, Value], *, wide: bool, budget: int) -> None:
        self.design: Final = design
        self.fixed: Final = fixed
        self.wide: Final = wide
        self.budget = budget
        self.tests = 0
        self.cut = False
        self.near = False
        self.nearest: tuple[float, dict[str, int]] = (math.inf, {})
        self.letters: Final = sorted((letter for letter in design.letters if letter.name not in fixed), key=rank)
        self.table: Final = design.table(fixed)
        self.symbolic: Final = not self.table.diagnostics
        self.figures: Final = list(asked_figures(design, self.table)) if self.symbolic else []
        names = {letter.name for letter in self.letters}
        self.samples: Final = self._known_before(names)
        at = {letter.name: depth for depth, letter in enumerate(self.letters)}
        self.stages: Final[list[list[_Rule]]] = [[] for _ in range(len(self.letters) + 1)]
        for rule in self._rules(names):
            self.stages[max((at[name] + 1 for name in rule.letters if name in at), default=0)].append(rule)
        counts = [row.parameters for row in self.table.rows if row.parameters != 0] if self.symbolic else []
        self.counts: Final = [compiled(as_node(count)) for count in counts]

    def _known_before(self, names: set[str]) -> list[dict[str, Exact]]:
        """What is known before the letters have values; sizes that the exam leaves open have some of their own."""
        shapes = [*(row.shape for row in self.table.rows), *self.design.inputs.values()]
        used = {name for shape in shapes for size in shape for name in as_node(size).symbols()}
        sizes = sorted(used.union(*(figure.letters for figure in self.figures)) - names - self.fixed.keys())
        steps = ((64, 32), (96, 64), (37, 10)) if sizes else ((0, 0),)
        return [
            {**as_env(self.fixed), **{name: first + step * at for at, name in enumerate(sizes)}}
            for first, step in steps
        ]

    def run(self) -> Iterator[dict[str, int]]:
        """Every choice that the formulas let through."""
        return self._descend(0, {}, 0.0)

    def misses(self) -> tuple[float, dict[str, int]]:
        """The choice that misses by least, after a :meth:`run` that found none, and by how much."""
        self.near, self.budget = True, self.tests + MOST_TESTS // 4
        for env in self._descend(0, {}, 0.0):
            return 0.0, env
        return self.nearest

    def choice(self, env: Mapping[str, int]) -> Choice:
        """The choice in the order in which the letters are asked for."""
        found = {**self.fixed, **{name: Number(value) for name, value in env.items()}}
        return {name: found[name] for name in self.design.names}

    def size(self, env: Mapping[str, int]) -> tuple[float, ...]:
        """What makes a choice small: parameters, then window, stride, dilation, padding, and the rest."""
        known = self._known(env)
        try:
            total = float(sum(count(known) for count in self.counts))
        except _NO_VALUE:
            total = math.inf
        letters = sorted(self.design.letters, key=rank)
        return (
            total,
            *(float(known.get(letter.name, self.fixed.get(letter.name) == Text("same"))) for letter in letters),
        )

    def _known(self, env: Env) -> dict[str, Exact]:
        return {**self.samples[0], **env}

    # -- rules

    def _rules(self, names: set[str]) -> Iterator[_Rule]:
        for condition in self.design.conditions:
            yield _Rule(condition.letters, lambda env, condition=condition: condition.holds(self._known(env)))  # type: ignore[misc]
        yield from self._padding_rules()
        for row in self.table.rows if self.symbolic else ():
            for size in row.shape:
                if isinstance(size, Node) and size.symbols() & names:
                    yield self._positive(size)
        for figure in self.figures:
            yield self._rule(figure)

    def _padding_rules(self) -> Iterator[_Rule]:
        """Padding stays within the window: more of it would see nothing but zeros."""
        places = {place.layer for letter in self.design.letters if letter.allowed is None for place in letter.places}
        for index in sorted(places - {-1}):
            form = form_of(self.design, index)
            bound = bind(form, self.design.entries[index].call)
            if "padding" not in bound or "size" not in bound or not symbols_in(bound["padding"].value):
                continue
            roles = ("padding", "size", "dilation") if "dilation" in bound else ("padding", "size")
            nodes = [_first(put_in(bound[role].value, self.fixed)) for role in roles]
            values = [compiled(node) for node in nodes if node is not None]
            if len(values) == len(roles):
                letters = frozenset().union(*(node.symbols() for node in nodes if node is not None))
                yield _Rule(letters, self._within_window(values, half=form.stem == "pool"))

    def _within_window(self, values: Sequence[Evaluated], *, half: bool) -> Callable[[Env], bool]:
        def test(env: Env) -> bool:
            padding, taps, *dilations = (value(self._known(env)) for value in values)
            return padding <= (taps // 2 if half else math.prod(dilations) * (taps - 1))

        return test

    def _positive(self, size: Node) -> _Rule:
        value = compiled(size)
        return _Rule(size.symbols(), lambda env: all(value({**sample, **env}) >= 1 for sample in self.samples))

    def _rule(self, figure: Asked) -> _Rule:
        value, bound = figure.value, figure.bound

        def test(env: Env) -> bool:
            return all(bound.holds(value(both), both) is not False for both in self._samples(env))

        def distance(env: Env) -> float:
            total = 0.0
            for both in self._samples(env):
                found = float(value(both))
                low, high = (found if end is None else float(end) for end in bound.ends(both))
                total += max(0.0, low - found, found - high) / max(1.0, abs(low if found < low else high))
            return total

        return _Rule(figure.letters, test, distance)

    def _samples(self, env: Env) -> Iterator[dict[str, Exact]]:
        return ({**sample, **env} for sample in self.samples) if self.samples != [{}] else iter((dict(env),))

    # -- the descent

    def _descend(self, depth: int, env: dict[str, int], missed: float) -> Iterator[dict[str, int]]:
        """Values for the letters from ``depth`` on; what misses a target is followed only for the nearest miss."""
        for rule in self.stages[depth]:
            self.tests += 1
            if _passes(rule, env):
                continue
            if rule.distance is None or not self.near:
                return
            try:
                missed += rule.distance(env)
            except _NO_VALUE:
                return
            if missed >= self.nearest[0]:
                return
        if depth == len(self.letters):
            if missed > 0.0:
                self.nearest = min(self.nearest, (missed, dict(env)), key=lambda pair: pair[0])
            else:
                yield dict(env)
            return
        letter = self.letters[depth]
        for value in self._values(letter, env):
            self.tests += 1
            if self.tests > self.budget:
                self.cut = True
                return
            yield from self._descend(depth + 1, {**env, letter.name: value}, missed)

    def _values(self, letter: Letter, env: Mapping[str, int]) -> Iterable[int]:
        if letter.allowed is not None:
            return letter.allowed
        if letter.role in NEEDED:
            return self._needed(letter, env)
        if letter.role in SOLVED:
            return self._solved(letter, env)
        return span(letter, wide=self.wide)

    def _solved(self, letter: Letter, env: Mapping[str, int]) -> list[int]:
        """The values at which a figure reaches what is asked, and the ones just below."""
        found: set[int] = set()
        capped = False
        known = self._known(env)
        for figure in self.figures:
            if letter.name not in figure.letters or not figure.letters <= known.keys() | {letter.name}:
                continue
            try:
                low, high = figure.bound.ends(known)
                first = 1 if low is None else _reaching(figure.value, known, letter.name, low)
                last = first
                if high is not None and not figure.bound.exact:
                    last = _reaching(figure.value, known, letter.name, high + 1) - 1
            except _NO_VALUE:
                continue
            span = range(max(1, first - 1), max(first, last) + 1)
            found |= {*span[:MANY], *span[-1:]}
            capped = capped or len(span) > MANY + 1
        if found:
            self.cut = self.cut or capped
            return sorted(found)
        if not self.symbolic:
            bounds = [bound for target in self.design.targets for bound in target.bounds if bound is not None]
            asked = {
                int(bound.low.value) for bound in bounds if isinstance(bound.low, Number) and bound.low.value < 10**6
            }
            return sorted({*SMALL, *asked} - {0})
        return list(SMALL)

    def _needed(self, letter: Letter, env: Mapping[str, int]) -> list[int]:
        """The sizes that arrive at a layer which must be told them."""
        found: set[int] = set()
        known = self._known(env)
        for index, _ in letter.places:
            shapes = [row.shape for row in self.table.rows[:index]][-1:] or list(self.design.inputs.values())
            if index < len(self.table.rows):
                row = self.table.rows[index]
                by_name = {item.layer: item.shape for item in self.table.rows}
                shapes = [by_name.get(name) or self.table.inputs.get(name, ()) for name in row.sources]
            for shape in shapes:
                try:
                    numbers = [int(compiled(as_node(size))(known)) for size in shape]
                except _NO_VALUE:
                    continue
                found |= {*numbers, math.prod(numbers)}
        return sorted(found)


def _passes(rule: _Rule, env: Env) -> bool:
    try:
        return rule.test(env)
    except _NO_VALUE:
        return False


def _first(value: Value) -> Node | None:
    item = value[0] if isinstance(value, tuple) and value else value
    return item if isinstance(item, Node) else None


def _reaching(value: Evaluated, env: Env, name: str, wanted: Exact) -> int:
    """The smallest number from 1 on at which a figure that does not fall is at least ``wanted``."""
    low, high = 1, 2

    def reaches(number: int) -> bool:
        return value({**env, name: number}) >= wanted

    if reaches(1):
        return 1
    while not reaches(high):
        low, high = high, high * 2
        if high > LARGEST:
            raise ValueError("no number is large enough")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high
