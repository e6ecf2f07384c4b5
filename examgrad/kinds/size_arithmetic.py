"""Answers that compute with sizes, ``1/n`` or ``(d - 2)(d - 3) w``: at how many sizes they must be tried.

A polynomial of degree k in a size has at most k roots, so that it is tried at more sizes than that. What makes cases
of sizes is tried where one size is above another and below it; :mod:`examgrad.kinds.named_sizes` has further sizes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

from examgrad.formula.tree import CONDITIONS, Apply, Node, Number, Symbol

FURTHER_SIZES: Final = ((5, 2, 6, 3, 4), (3, 6, 2, 5, 7), (6, 5, 3, 2, 7), (2, 7, 5, 6, 3), (7, 3, 4, 5, 2))
"""Sizes for different names, of which each is above another one and below it."""
_ENOUGH: Final = 1
"""The degree up to which the sizes do that are tried for any answer."""
_LARGEST: Final = 7
"""The degree up to which the further sizes do."""
_SIZED: Final = frozenset({"eye", "ones", "zeros"})
"""Operations whose sizes only say how large an array is."""
_CASES: Final = CONDITIONS | {"max", "min", "abs", "sign", "floor", "ceil", "relu", "mod", "factorial", "binomial"}


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
    if degree > _LARGEST:
        return Computed(len(FURTHER_SIZES), "the answer computes with a size too often for the sizes tried")
    return Computed(min(degree, len(FURTHER_SIZES)) if degree > _ENOUGH else 0)


def _sizes_in(node: Node, names: frozenset[str]) -> Iterator[str]:
    """The sizes that a formula computes with, each as often as it is multiplied by itself."""
    if isinstance(node, Symbol) and node.name in names:
        yield node.name
    if not isinstance(node, Apply) or node.op in _SIZED:
        return
    if node.op == "pow" and isinstance(node.args[1], Number):
        times = min(abs(int(node.args[1].value)) + 1, _LARGEST + 1)
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
