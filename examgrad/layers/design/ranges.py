"""Where a search looks: a letter's values by the argument that it stands in, and the figures that are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from examgrad.formula.tree import Apply, Node, Number
from examgrad.layers.design.network import NEEDED, Design, Letter, Target
from examgrad.layers.design.terms import Bound, Evaluated, compiled
from examgrad.layers.registry import find as find_form
from examgrad.layers.rows import LayerTable
from examgrad.layers.signatures import Form
from examgrad.layers.sizes import as_node

WINDOWS: Final = ("size", "kernel", "pool_size")
_ORDER: Final = (*WINDOWS, "stride", "dilation", "padding", "output_padding")
SOLVED: Final = ("input", "filters", "units", "width", "rows", "multiplier", "output_size", "hidden", "heads")
_RANGES: Final = (
    {"size": (1, 11), "stride": (1, 4), "dilation": (1, 4), "padding": (0, 10), "output_padding": (0, 3)},
    {"size": (1, 64), "stride": (1, 16), "dilation": (1, 16), "padding": (0, 63), "output_padding": (0, 7)},
)
_OTHERS: Final = ((1, 8), (1, 64))
SMALL: Final = tuple(sorted({*range(1, 17), *(2**power for power in range(5, 11))}))
"""What is tried for filters where no figure fixes them."""
MANY: Final = 64
"""How many numbers of filters within two bounds are tried."""


def span(letter: Letter, *, wide: bool) -> range:
    """The numbers that a letter is tried as."""
    role = "size" if letter.role in WINDOWS else letter.role
    low, high = _RANGES[wide].get(role, _OTHERS[wide])
    return range(low, high + 1)


def ranges_of(design: Design, wide: bool) -> str:
    """In words, where was searched."""
    parts = []
    for letter in design.letters:
        if letter.allowed is not None:
            parts.append(f"{letter.name} of {letter.range}")
        elif letter.role == "padding" and not is_word(design, letter):
            parts.append(f"{letter.name} within the window")
        elif letter.role not in (*SOLVED, *NEEDED, "padding"):
            numbers = span(letter, wide=wide)
            parts.append(f"{letter.name} from {numbers[0]} to {numbers[-1]}")
    return ", ".join(parts)


def form_of(design: Design, index: int) -> Form:
    """The form of a layer."""
    return find_form(design.entries[index].call, design.conventions.framework)


def is_word(design: Design, letter: Letter) -> bool:
    """Whether a letter is Keras's padding, a word."""
    return (
        letter.role == "padding"
        and letter.allowed is None
        and form_of(design, letter.places[0].layer).framework == "keras"
    )


class Asked(NamedTuple):
    """A figure that a target bounds, as a function of the letters."""

    letters: frozenset[str]
    value: Evaluated
    bound: Bound


def asked_figures(design: Design, table: LayerTable) -> Iterator[Asked]:
    """The figures that the targets bound, by the table with letters."""
    for target in design.targets:
        for value, bound in bounded(target, table):
            yield Asked(value.symbols(), compiled(value), bound)


def bounded(target: Target, table: LayerTable) -> Iterator[tuple[Node, Bound]]:
    """A target's figures as formulas in the letters, each with its bound."""
    if target.index is None:
        (bound,) = target.bounds
        assert bound is not None
        counts = [as_node(getattr(row, target.column)) for row in table.rows]
        yield Apply("add", (Number(0), *counts)), bound
        return
    value = getattr(table.rows[target.index], target.column)
    values = value if isinstance(value, tuple) else () if value is None else (value,)
    bounds = (
        target.bounds * len(values) if len(target.bounds) == 1 and target.column == "receptive_field" else target.bounds
    )
    for size, bound in zip(values, bounds, strict=False):
        if bound is not None:
            yield as_node(size), bound


def rank(letter: Letter) -> tuple[int, int]:
    """Windows first, then what is solved for, then what must only fit."""
    role = letter.role
    if role in _ORDER:
        return 0, _ORDER.index(role)
    return (3 if role in NEEDED else 2 if role in SOLVED else 1), 0
