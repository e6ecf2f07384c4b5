"""Sizes that formulas name themselves: ``[n > 5]`` is met from n = 6 on, ``(n-1)(n-2)(n-3)`` is 0 up to n = 3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from examgrad.equality.emitter import UnsupportedFormula
from examgrad.equality.evaluate import evaluate_exactly
from examgrad.formula.tree import RELATIONS, Apply, Node, Number

LARGEST: Final = 40
MAX_PLANS: Final = 4
"""At how many more sizes, up to how large, formulas are compared that hold numbers beside sizes."""
SMALLEST: Final = 2
_COMPARING: Final = RELATIONS | {"max", "min", "abs", "relu", "sign"}


def named_sizes(formulas: Sequence[Node], sizes: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """Choices of sizes at and just beyond the numbers of formulas that compute with sizes; others are small."""
    used = frozenset[str]().union(*(node.symbols() for node in formulas)) & set(sizes)
    if not used:
        return
    named = {abs(value).__floor__() for node in formulas for value in _numbers(node)}
    near = {size for number in named if SMALLEST < number < LARGEST for size in (number, number + 1)}
    for size in sorted(near)[-MAX_PLANS:]:
        yield tuple(size if name in used else SMALLEST for name in sizes)


def asks_beyond(formulas: Sequence[Node], sizes: Sequence[str]) -> bool:
    """Whether a condition, maximum or minimum compares a size with a number beyond all sizes that are tried."""
    return any(
        isinstance(item, Apply)
        and item.op in _COMPARING
        and not item.symbols().isdisjoint(sizes)
        and any(abs(value) >= LARGEST for value in _numbers(item))
        for node in formulas
        for item in node.walk()
    )


def _numbers(node: Node) -> Iterator[Fraction]:
    """The numbers in a formula, those that are written as powers or quotients too."""
    for item in node.walk():
        if isinstance(item, Number):
            yield item.value
        elif isinstance(item, Apply) and item.op in ("pow", "mul", "div", "add") and not item.symbols():
            try:
                value = evaluate_exactly(item, {})
            except UnsupportedFormula:
                continue
            if value is not None:
                yield value
