"""Answers that compute with sizes, ``1/n`` or ``(d - 2)(d - 3) w``: at how many sizes they must be tried, and at which.

A polynomial of degree k in a size has at most k roots, so that it is tried at more sizes than that. What makes cases
of sizes is tried where one size is above another and below it, and at the sizes that formulas name themselves:
``[n > 5]`` is met from n = 6 on, ``(n-1)(n-2)(n-3)`` is 0 up to n = 3.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from examgrad.equality.emitter import UnsupportedFormula
from examgrad.equality.evaluate import evaluate_exactly
from examgrad.formula.tree import CONDITIONS, RELATIONS, Apply, Node, Number, Symbol

FURTHER_SIZES: Final = ((5, 2, 6, 3, 4), (3, 6, 2, 5, 7), (6, 5, 3, 2, 7), (2, 7, 5, 6, 3), (7, 3, 4, 5, 2))
"""Sizes for different names, of which each is above another one and below it."""
_ENOUGH: Final = 1
"""The degree up to which the sizes do that are tried for any answer."""
_LARGEST_DEGREE: Final = 7
"""The degree up to which the further sizes do."""
LARGEST_SIZE: Final = 40
MAX_PLANS: Final = 4
"""At how many more sizes, up to how large, formulas are compared that hold numbers beside sizes."""
SMALLEST_SIZE: Final = 2
_SIZED: Final = frozenset({"eye", "ones", "zeros"})
"""Operations whose sizes only say how large an array is."""
_CASES: Final = CONDITIONS | {"max", "min", "abs", "sign", "floor", "ceil", "relu", "mod", "factorial", "binomial"}
_COMPARING: Final = RELATIONS | {"max", "min", "abs", "relu", "sign"}
"""Where a number beside a size may say from which size on something else holds."""


class Computed(NamedTuple):
    """How many further ``plans`` of sizes an answer needs, and the ``trouble`` that no number of them mends."""

    plans: int = 0
    trouble: str = ""


def computed_with(answer: Node, key: Node, sizes: Collection[str]) -> Computed:
    """What an answer computes with sizes: only as often as it does so can it be right by chance."""
    names = frozenset(sizes)
    used = list(_sizes_in(answer, names))
    if not used:
        return Computed()
    if _makes_cases(answer, names) or _makes_cases(key, names):
        return Computed(len(FURTHER_SIZES))
    degree = max(map(used.count, names))
    if degree > _LARGEST_DEGREE:
        return Computed(len(FURTHER_SIZES), "the answer computes with a size too often for the sizes tried")
    return Computed(min(degree, len(FURTHER_SIZES)) if degree > _ENOUGH else 0)


def named_sizes(formulas: Sequence[Node], sizes: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """Choices of sizes at and just beyond the numbers of formulas that compute with sizes; others are small."""
    used = frozenset[str]().union(*(node.symbols() for node in formulas)) & set(sizes)
    if not used:
        return
    named = {abs(value).__floor__() for node in formulas for value in _numbers(node)}
    near = {size for number in named if SMALLEST_SIZE < number < LARGEST_SIZE for size in (number, number + 1)}
    for size in sorted(near)[-MAX_PLANS:]:
        yield tuple(size if name in used else SMALLEST_SIZE for name in sizes)


def asks_beyond(formulas: Sequence[Node], sizes: Sequence[str]) -> bool:
    """Whether a condition, maximum or minimum compares a size with a number beyond all sizes that are tried."""
    return any(
        isinstance(item, Apply)
        and item.op in _COMPARING
        and not item.symbols().isdisjoint(sizes)
        and any(abs(value) >= LARGEST_SIZE for value in _numbers(item))
        for node in formulas
        for item in node.walk()
    )


def _sizes_in(node: Node, names: frozenset[str]) -> Iterator[str]:
    """The sizes that a formula computes with, each as often as it is multiplied by itself."""
    if isinstance(node, Symbol) and node.name in names:
        yield node.name
    if not isinstance(node, Apply) or node.op in _SIZED:
        return
    if node.op == "pow" and isinstance(node.args[1], Number):
        times = min(abs(int(node.args[1].value)) + 1, _LARGEST_DEGREE + 1)
        yield from [*_sizes_in(node.args[0], names)] * times
        return
    for arg in _computed(node):
        yield from _sizes_in(arg, names)


def _computed(node: Apply) -> Sequence[Node]:
    """What a node is made of, without the ranges of indices."""
    if node.op == "components":
        return node.args[:1]
    return node.args[3:] if node.op == "sum" and len(node.args) == 4 else node.args


def _makes_cases(node: Node, names: frozenset[str]) -> bool:
    """Whether a condition, or an operation that makes cases, has a size in it."""
    return any(
        isinstance(item, Apply) and item.op in _CASES and any(True for _ in _sizes_in(item, names))
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
