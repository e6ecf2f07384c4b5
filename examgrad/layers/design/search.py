"""The choices that solve a design, smallest first, within bounded ranges and a bounded number of tries.

The layer table with the letters as symbols gives each figure as a formula in them; the formulas sieve the ranges,
filters and units are solved for (a count never falls when they grow), and every choice that is left is confirmed by a
table of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Final, NamedTuple

from examgrad.formula.tree import Node, Number
from examgrad.layers.calls import Text, Value
from examgrad.layers.design.network import NEEDED, Choice, Design, Letter, put_in
from examgrad.layers.design.ranges import (
    MANY,
    SMALL,
    SOLVED,
    Asked,
    asked_figures,
    form_of,
    is_word,
    ranges_of,
    rank,
    span,
)
from examgrad.layers.design.terms import Env, Evaluated, Exact, compiled
from examgrad.layers.signatures import bind
from examgrad.layers.sizes import as_node

MOST_TRIES: Final = 150_000
"""Values that are tried for letters, of one search."""
MOST_TABLES: Final = 2_000
"""Layers in the tables by which choices are confirmed."""
SHOWN: Final = 5
LARGEST: Final = 2**40


class Found(NamedTuple):
    """What a search came to: ``choices`` are the smallest, confirmed; ``number`` how many, at least where ``more``.

    ``ranges`` says in words where was searched; ``nearest`` is the choice that misses by least, if none is right.
    """

    choices: tuple[Choice, ...]
    number: int
    more: bool
    ranges: str
    nearest: Choice | None = None


class _Rule(NamedTuple):
    """Something that a choice must satisfy, once its letters have values; ``distance`` is how far it is off."""

    letters: frozenset[str]
    test: Callable[[Env], bool]
    distance: Callable[[Env], float] | None = None


def search(design: Design) -> Found:
    """The choices that solve a design. Raises :class:`LayerError` where the network cannot be read."""
    found = Found((), 0, False, "")
    for wide in (False, True):
        found = _within(design, wide)
        if found.choices:
            return found
    return found


def unasked(design: Design, solution: Choice) -> str | None:
    """A letter that may be anything: no figure asked for, no condition and no fit of the network depends on it."""
    for letter in design.letters:
        if letter.allowed is not None or any(letter.name in condition.letters for condition in design.conditions):
            continue
        table = design.template
        if not table.diagnostics and any(letter.name in figure.letters for figure in asked_figures(design, table)):
            continue
        tried: list[Value] = [Number(value) for value in (1, 2, 3, 4, 5, 7, 8, 16, 97)]
        if letter.role == "padding":
            tried.insert(0, Number(0))
        judged = [design.judge({**solution, letter.name: value}) for value in tried]
        if letter.role in (*NEEDED, "groups") and any(judgement.trouble for judgement in judged):
            continue
        if all(judgement.right or judgement.trouble for judgement in judged):
            return letter.name
    return None


def candidates(letter: Letter) -> list[int]:
    """What a letter is tried as where an answer leaves it free; the exam's own restriction is part of the judging."""
    return sorted({*span(letter, wide=False), *(letter.allowed or ())})


def _within(design: Design, wide: bool) -> Found:
    """The search within one set of ranges."""
    words = [letter for letter in design.letters if is_word(design, letter)]
    choices: list[tuple[tuple[object, ...], Choice]] = []
    nearest: tuple[float, Choice | None] = (math.inf, None)
    tries, cut = MOST_TRIES, False
    for values in product([Text("valid"), Text("same")], repeat=len(words)):
        fixed: dict[str, Value] = {letter.name: value for letter, value in zip(words, values, strict=True)}
        free = [letter for letter in design.letters if letter.name not in fixed]
        sieve = _Sieve(design, fixed, free, wide, tries)
        for env in sieve.run():
            numbers: dict[str, Value] = {letter.name: Number(env[letter.name]) for letter in free}
            choices.append(((sieve.size(env), *(word == Text("same") for word in values)), fixed | numbers))
        tries -= sieve.tries
        cut = cut or sieve.cut
        if not choices:
            missed, env = sieve.misses()
            if missed < nearest[0]:
                nearest = missed, {**fixed, **{name: Number(value) for name, value in env.items()}}
    choices.sort(key=lambda pair: pair[0])
    right: list[Choice] = []
    count, confirmed = 0, 0
    budget = max(SHOWN, MOST_TABLES // max(1, len(design.entries)))
    for _, choice in islice(choices, budget):
        confirmed += 1
        if design.judge(choice).right:
            count += 1
            right += [choice][: SHOWN - len(right)]
    ordered = tuple({name: choice[name] for name in design.names} for choice in right)
    last = None if nearest[1] is None else {name: nearest[1][name] for name in design.names}
    return Found(ordered, count, cut or len(choices) > confirmed, ranges_of(design, wide), last)


@dataclass
class _Sieve:
    """One pass through the ranges of the free letters, in an order in which each rule is met as early as can be."""

    design: Design
    fixed: Mapping[str, Value]
    free: Sequence[Letter]
    wide: bool
    budget: int
    tries: int = 0
    cut: bool = False
    near: bool = False
    nearest: tuple[float, dict[str, int]] = (math.inf, {})
    samples: list[dict[str, int]] = field(default_factory=list)

    def run(self) -> Iterator[dict[str, int]]:
        """Every choice that the formulas let through."""
        self.table = self.design.table(self.fixed)
        names = {letter.name for letter in self.free}
        self.letters = sorted(self.free, key=rank)
        self.symbolic = not self.table.diagnostics
        self.figures = list(asked_figures(self.design, self.table)) if self.symbolic else []
        others = {name for figure in self.figures for name in figure.letters}
        others |= {
            name for row in self.table.rows for size in row.shape for name in as_node(size).symbols()
        }  # fmt: skip
        for size in [size for shape in self.design.inputs.values() for size in shape]:
            others |= as_node(size).symbols()
        sizes = sorted(others - names)
        steps = ((64, 32), (96, 64), (37, 10)) if sizes else ((0, 0),)
        self.samples = [{name: first + step * at for at, name in enumerate(sizes)} for first, step in steps]
        rules = list(self._rules(names))
        at = {letter.name: depth for depth, letter in enumerate(self.letters)}
        self.stages: list[list[_Rule]] = [[] for _ in range(len(self.letters) + 1)]
        for rule in rules:
            depth = max((at[name] + 1 for name in rule.letters if name in at), default=0)
            self.stages[depth].append(rule)
        self.total = self._total()
        yield from self._descend(0, {}, 0.0)

    def misses(self) -> tuple[float, dict[str, int]]:
        """The choice that misses by least, after a :meth:`run` that found none, and by how much."""
        self.near, self.budget = True, self.tries + MOST_TRIES // 3
        for env in self._descend(0, {}, 0.0):
            return 0.0, env
        return self.nearest

    def size(self, env: Env) -> tuple[float, ...]:
        """What makes a choice small: parameters, then window, stride, dilation, padding, and the rest."""
        try:
            total = float(self.total({**self.samples[0], **env})) if self.total and self.samples else 0.0
        except (ValueError, ZeroDivisionError, KeyError):
            total = 0.0
        return (total, *(float(env[letter.name]) for letter in self.letters))

    def _total(self) -> Evaluated | None:
        if not self.symbolic:
            return None
        counts = [compiled(as_node(row.parameters)) for row in self.table.rows if row.parameters != 0]
        return lambda env: sum(count(env) for count in counts)

    # -- rules

    def _rules(self, names: set[str]) -> Iterator[_Rule]:
        for condition in self.design.conditions:
            yield _Rule(condition.letters, condition.holds)
        for letter in self.free:
            yield from self._padding_rules(letter)
        for row in self.table.rows if self.symbolic else ():
            for size in row.shape:
                if isinstance(size, Node) and size.symbols() & names:
                    yield self._positive(size)
        for figure in self.figures:
            yield self._rule(figure)

    def _padding_rules(self, letter: Letter) -> Iterator[_Rule]:
        """Padding stays within the window: more of it would see nothing but zeros."""
        if letter.allowed is not None:
            return
        for index, role in letter.places:
            if role != "padding" or index < 0:
                continue
            form, call = form_of(self.design, index), self.design.entries[index].call
            bound = bind(form, call)
            if "size" not in bound:
                continue
            window = _first(put_in(bound["size"].value, self.fixed))
            spread = _first(put_in(bound["dilation"].value, self.fixed)) if "dilation" in bound else Number(1)
            if window is None or spread is None:
                continue
            taps, dilation, half = compiled(window), compiled(spread), form.stem == "pool"
            name = letter.name

            def test(
                env: Env, taps: Evaluated = taps, dilation: Evaluated = dilation, name: str = name, half: bool = half
            ) -> bool:
                return env[name] <= (taps(env) // 2 if half else dilation(env) * (taps(env) - 1))

            yield _Rule(frozenset({name, *window.symbols(), *spread.symbols()}), test)

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
                low = float(compiled(bound.low)(both)) if bound.low is not None else found
                high = float(compiled(bound.high)(both)) if bound.high is not None else found
                total += max(0.0, low - found, found - high) / max(1.0, abs(low if found < low else high))
            return total

        return _Rule(figure.letters, test, distance)

    def _samples(self, env: Env) -> Iterator[dict[str, Exact]]:
        for sample in self.samples:
            yield {**sample, **env}

    # -- the descent

    def _descend(self, depth: int, env: dict[str, int], missed: float) -> Iterator[dict[str, int]]:
        """Values for the letters from ``depth`` on; what misses a target is followed only for the nearest miss."""
        for rule in self.stages[depth]:
            if _passes(rule, env):
                continue
            if rule.distance is None or not self.near:
                return
            try:
                missed += rule.distance(env)
            except (ValueError, ZeroDivisionError, KeyError):
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
            self.tries += 1
            if self.tries > self.budget:
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
        known = {**self.samples[0], **env}
        for figure in self.figures:
            low, high = figure.bound.low, figure.bound.high
            if letter.name not in figure.letters or not figure.letters <= known.keys() | {letter.name}:
                continue
            try:
                first = 1 if low is None else _reaching(figure.value, known, letter.name, compiled(low)(known))
                last = first
                if high is not None and not figure.bound.exact:
                    last = _reaching(figure.value, known, letter.name, compiled(high)(known) + 1) - 1
            except (ValueError, ZeroDivisionError, KeyError):
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
        known = {**(self.samples[0] if self.samples else {}), **env}
        for index, _ in letter.places:
            shapes = [row.shape for row in self.table.rows[:index]][-1:] or list(self.design.inputs.values())
            if index < len(self.table.rows):
                row = self.table.rows[index]
                by_name = {item.layer: item.shape for item in self.table.rows}
                shapes = [by_name.get(name) or self.table.inputs.get(name, ()) for name in row.sources]
            for shape in shapes:
                try:
                    numbers = [int(compiled(as_node(size))(known)) for size in shape]
                except (ValueError, ZeroDivisionError, KeyError):
                    continue
                found |= {*numbers, math.prod(numbers)}
        return sorted(found)


def _passes(rule: _Rule, env: Env) -> bool:
    try:
        return rule.test(env)
    except (ValueError, ZeroDivisionError, KeyError):
        return False


def _first(value: Value) -> Node | None:
    item = value[0] if isinstance(value, tuple) and value else value
    return item if isinstance(item, Node) else None


def _reaching(value: Evaluated, env: Env, name: str, wanted: object) -> int:
    """The smallest number from 1 on at which a figure that does not fall is at least ``wanted``."""
    low, high = 1, 2

    def reaches(number: int) -> bool:
        return value({**env, name: number}) >= wanted  # type: ignore[operator]

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
