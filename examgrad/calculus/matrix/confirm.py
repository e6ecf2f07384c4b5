"""The independent route for keys in matrix notation: central differences at several sizes, along a line.

Every array is written out in its entries at sizes that are numbers. The variable is moved along a line,
``W = W₀ + t D`` with D of small numbers, and the derivative by t must be what the key says it is; all entries of
the key have a part in that number, each with a weight of its own.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from math import isqrt
from typing import Final

from examgrad.calculus.derivation import Verified
from examgrad.calculus.graph import Graph
from examgrad.calculus.sized import Sized, Stepwise, chosen_places, place_names, size_names
from examgrad.calculus.verify import TooFewPoints, confirm
from examgrad.errors import DerivationError
from examgrad.formula.names import Domain
from examgrad.formula.shapes import Shape, Shapes
from examgrad.formula.tree import Node, Number, Symbol, add, mul

ROUNDS: Final = 3
"""At how many choices of sizes a key is confirmed."""
_STEP: Final = Domain(low=Fraction(0), high=Fraction(1, 100))
_ALONG: Final = "/t"
"""Names that are made here are spelled as no name of a problem can be."""


def size_choices(names: list[str]) -> list[dict[str, int]]:
    """Small sizes, different for different names and from one choice to the next: growing, and then falling."""
    orders = [(way, shift) for way in (1, -1) for shift in range(ROUNDS)] if names else [(1, 0)]
    return [{name: 2 + (way * place + shift) % 3 for place, name in enumerate(names)} for way, shift in orders]


def confirm_by_sizes(
    key: Node, of: Node, wrt: str, definitions: Mapping[str, Node], shapes: Mapping[str, Shape],
    domains: Mapping[str, Domain], rounds: int = ROUNDS, *, symmetric: bool = False,
) -> Verified:  # fmt: skip
    """Confirm a gradient (``of`` a scalar) or Jacobian (``of`` a column, with a row for each of its entries).

    Sizes at which something has no value anywhere, as ``(XᵀX)⁻¹`` where X has more columns than rows, are passed
    over. Where the variable is to stay ``symmetric``, the lines keep it so. Raises :class:`DerivationError` where
    central differences give another number.
    """
    total = done = 0
    trouble: DerivationError | None = None
    places = place_names((key, of, *definitions.values()), domains.keys() - shapes.keys())
    for sizes in size_choices(size_names(shapes.values())):
        sizes |= chosen_places(places, sizes)
        try:
            total += _confirmed_at(
                sizes, key, of, wrt, definitions, shapes, domains, gates=not done, symmetric=symmetric
            )
            done += 1
        except TooFewPoints as error:
            trouble = trouble or error
        if done == rounds:
            break
    if trouble is not None and not done:
        raise trouble
    return Verified("central differences", total)


def _confirmed_at(
    sizes: Mapping[str, int], key: Node, of: Node, wrt: str, definitions: Mapping[str, Node],
    shapes: Mapping[str, Shape], domains: Mapping[str, Domain], *, gates: bool, symmetric: bool,
) -> int:  # fmt: skip
    """At how many points a key is confirmed at sizes that are numbers; on both sides of all ``gates``, or anywhere."""
    stepwise = Stepwise(Shapes(shapes))
    key, of = stepwise.taken_apart(key), stepwise.taken_apart(of)
    sized = Sized(definitions, shapes, domains, sizes, (wrt,)).adding(stepwise.steps)
    source = random.Random(str(sorted(sizes.items())))
    along = [Number(Fraction(source.randrange(1, 10), 10)) for _ in sized.entries(wrt)]
    starts = [f"/{name}_start" for name in sized.entries(wrt)]
    if symmetric:
        places = _mirrored(len(along))
        along, starts = [along[place] for place in places], [starts[place] for place in places]
    parts = sized.scalars(of)
    weights = [Number(source.randrange(1, 10)) for _ in parts] if len(parts) > 1 else [Number(1)]
    entries = sized.scalars(key)
    if len(entries) != len(parts) * len(along):
        raise DerivationError(f"the key has {len(entries)} entries, and {len(parts) * len(along)} were expected")
    stated = add(*(
        mul(weights[place // len(along)], along[place % len(along)], entry) for place, entry in enumerate(entries)
    ))  # fmt: skip
    moved = {
        name: add(Symbol(start), mul(step, Symbol(_ALONG)))
        for name, start, step in zip(sized.entries(wrt), starts, along, strict=True)
    }
    begins = {start: sized.domains[name] for name, start in zip(moved, starts, strict=True) if name in sized.domains}
    line = Graph({**moved, **sized.graph.definitions})
    whole = add(*(mul(weight, part) for weight, part in zip(weights, parts, strict=True)))
    return confirm(stated, whole, (_ALONG,), line, {**sized.domains, **begins, _ALONG: _STEP}, gates=gates).points


def _mirrored(count: int) -> list[int]:
    """For each entry of a square matrix its place, for one below the diagonal that of the one above."""
    width = isqrt(count)
    return [min(at % width, at // width) * width + max(at % width, at // width) for at in range(count)]
