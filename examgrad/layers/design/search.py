"""The choices that solve a design, smallest first, within bounded ranges and a bounded number of tries.

The layer table with the letters as symbols gives each figure as a formula in them; the formulas sieve the ranges,
filters and units are solved for (a count never falls when they grow), and every choice that is left is confirmed by a
table of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import islice, product
from typing import Final, NamedTuple

from examgrad.formula.tree import Number
from examgrad.layers.calls import Text, Value
from examgrad.layers.design.network import NEEDED, Choice, Design, Letter
from examgrad.layers.design.ranges import SOLVED, asked_figures, is_word, ranges_of, span
from examgrad.layers.design.sieve import MOST_TESTS, Sieve

MOST_OUTER: Final = 400
"""Values of letters for which the rules are asked anew."""
MOST_TABLES: Final = 2_000
"""Layers in the tables by which choices are confirmed."""
SHOWN: Final = 5


class Found(NamedTuple):
    """What a search came to: ``choices`` are the smallest, confirmed; ``number`` how many, at least where ``more``.

    ``ranges`` says in words where was searched; ``nearest`` is the choice that misses by least, if none is right.
    """

    choices: tuple[Choice, ...]
    number: int
    more: bool
    ranges: str
    nearest: Choice | None = None


def search(design: Design) -> Found:
    """The choices that solve a design. Raises :class:`LayerError` where the network cannot be read."""
    found = Found((), 0, False, "")
    for wide in (False, True):
        found = _within(design, wide)
        if found.choices or found.more:
            return found
    return found


def unasked(design: Design, solution: Choice) -> str | None:
    """A letter that may be anything: no figure asked for, no condition and no fit of the network depends on it."""
    figures = [] if design.template.diagnostics else list(asked_figures(design, design.template))
    for letter in design.letters:
        if letter.allowed is not None or any(letter.name in condition.letters for condition in design.conditions):
            continue
        if any(letter.name in figure.letters for figure in figures):
            continue
        tried: list[Value] = [Number(value) for value in (1, 2, 3, 4, 5, 7, 8, 16, 97)]
        if letter.role == "padding":
            tried.insert(0, Number(0))
        judged = [design.judge({**solution, letter.name: value}) for value in tried]
        if letter.role in (*NEEDED, "groups") and any(judgement.trouble for judgement in judged):
            continue
        given = {tuple(item.found for item in judgement.findings) for judgement in judged if not judgement.trouble}
        if len(given) < 2 and all(judgement.right or judgement.trouble for judgement in judged):
            return letter.name
    return None


def candidates(letter: Letter) -> list[int]:
    """What a letter is tried as where an answer leaves it free; the exam's own restriction is part of the judging."""
    return sorted({*span(letter, wide=False), *(letter.allowed or ())})


def _within(design: Design, wide: bool) -> Found:
    """The search within one set of ranges."""
    outer = _outer(design, wide)
    choices: list[tuple[tuple[float, ...], Choice]] = []
    nearest: tuple[float, Choice | None] = (math.inf, None)
    tests, cut = MOST_TESTS, math.prod(len(values) for _, values in outer) > MOST_OUTER
    for values in islice(product(*(values for _, values in outer)), MOST_OUTER):
        fixed: dict[str, Value] = {letter.name: value for (letter, _), value in zip(outer, values, strict=True)}
        sieve = Sieve(design, fixed, wide=wide, budget=tests)
        choices += ((sieve.size(env), sieve.choice(env)) for env in sieve.run())
        tests -= sieve.tests
        cut = cut or sieve.cut
        if not choices:
            missed, env = sieve.misses()
            if missed < nearest[0]:
                nearest = missed, sieve.choice(env)
    choices.sort(key=lambda pair: pair[0])
    right: list[Choice] = []
    number, confirmed = 0, 0
    for _, choice in islice(choices, max(SHOWN, MOST_TABLES // max(1, len(design.entries)))):
        confirmed += 1
        if design.judge(choice).right:
            number += 1
            right += [choice][: SHOWN - len(right)]
    return Found(tuple(right), number, cut or len(choices) > confirmed, ranges_of(design, wide), nearest[1])


def _outer(design: Design, wide: bool) -> list[tuple[Letter, Sequence[Value]]]:
    """The letters whose values are put in before the rules are asked: words, and numbers that rules need."""
    words = [letter for letter in design.letters if is_word(design, letter)]
    found: list[tuple[Letter, Sequence[Value]]] = [(letter, (Text("valid"), Text("same"))) for letter in words]
    if design.table({letter.name: Text("valid") for letter in words}).diagnostics:
        found += [
            (letter, [Number(value) for value in letter.allowed or span(letter, wide=wide)])
            for letter in design.letters
            if letter not in words and letter.role not in (*SOLVED, *NEEDED)
        ]
    return found
