"""The sums at the foot of a layer table, worked out; and how other tools come to other ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from examgrad.calculus.derivation import Step

if TYPE_CHECKING:
    from examgrad.layers.models.fitted import LooseRow
    from examgrad.layers.rows import LayerRow
    from examgrad.layers.sizes import Size

MOST_SUMMANDS: Final = 8
"""Sums of more numbers are told by their number."""


def totals(rows: Sequence[LayerRow | LooseRow], ask: Sequence[str]) -> tuple[Step, ...]:
    """A step for each column asked for that can be added up: every layer must have it."""
    return tuple(
        Step(f"total {column}", line)
        for column in ("parameters", "macs", "activations", "memory")
        if column in ask and all(getattr(row, column) is not None for row in rows)
        for line in _lines(rows, column)
    )


def _lines(rows: Sequence[LayerRow | LooseRow], column: str) -> Iterator[str]:
    sizes = [getattr(row, column) for row in rows]
    total, shown = _sum(sizes), _shown([size for size in sizes if size != 0])
    yield shown
    if column == "parameters":
        trained = _sum([row.trainable or 0 for row in rows])
        if trained != total:
            yield f"{_text(trained)} of them trained"
    if column == "macs" and total != 0:
        yield f"2·MACs = {_text(_doubled(total))} FLOPs"
        others = [row.effect.others[0][1].value if row.effect and row.effect.others else row.macs or 0 for row in rows]
        if (other := _sum(others)) != total:
            yield f"{_text(other)} where convolutions and linear maps are counted as torchinfo does"
    if column == "memory" and isinstance(total, int) and total >= 1024:
        yield f"{total / 2**20:.3g} MiB for one sample in float32" if total >= 2**20 else f"{total / 1024:.3g} KiB"


def _sum(sizes: Sequence[Size]) -> Size:
    from examgrad.layers.sizes import plus

    result: Size = 0
    for size in sizes:
        result = plus(result, size)
    return result


def _doubled(size: Size) -> Size:
    from examgrad.layers.sizes import times

    return times(2, size)


def _text(size: Size) -> str:
    from examgrad.layers.formulas import pretty
    from examgrad.layers.sizes import show

    return pretty(show(size))


def _shown(sizes: Sequence[Size]) -> str:
    """``750 + 10 = 760``; of many numbers only how many they are."""
    total = _text(_sum(sizes))
    if len(sizes) < 2:
        return total
    if len(sizes) > MOST_SUMMANDS:
        return f"the sum of {len(sizes)} layers = {total}"
    summands = " + ".join(map(_text, sizes))
    return f"{summands} = {total}" if all(isinstance(size, int) for size in sizes) else summands
