"""Whether a network's figures are what a design asks for, with the working where they are not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from examgrad.formula.tree import Node
from examgrad.layers.design.network import Finding, Target
from examgrad.layers.design.terms import Bound, compiled
from examgrad.layers.formulas import pretty
from examgrad.layers.polynomials import TooLarge
from examgrad.layers.rows import LayerRow, LayerTable
from examgrad.layers.sizes import NotWhole, Size, as_node, evaluate, same, show, show_shape

SAMPLES: Final = 48
"""How many sizes stand in for each symbol of the input."""


def finding_of(target: Target, table: LayerTable) -> Finding:
    """How a network does on one target."""
    if target.index is None:
        row, layer, op = None, "network", "network"
        try:
            values: tuple[Size, ...] | None = (table.total(target.column),)
        except TooLarge:
            return Finding(target, layer, op, None, "a formula too long to be shown", "")
    else:
        row = table.rows[target.index]
        layer, op = row.layer, row.op
        figure = getattr(row, target.column)
        values = figure if isinstance(figure, tuple) or figure is None else (figure,)
    bounds = target.bounds
    if values is None:
        line = f"{layer} has no {target.column.replace('_', ' ')}"
        return Finding(target, layer, op, False, "none", line)
    found = show(values[0]) if target.column in ("parameters", "macs") else show_shape(values)
    if target.column == "receptive_field" and len(set(values)) == 1 and len(bounds) == 1:
        found = show(values[0])
        bounds = bounds * len(values)
    if len(bounds) != len(values):
        line = f"{layer} gives {found}, of {len(values)} axes, and {target.text} was asked"
        return Finding(target, layer, op, False, pretty(found), line)
    points, undecided = 0, False
    for axis, (value, bound) in enumerate(zip(values, bounds, strict=True)):
        if bound is None:
            continue
        holds, at, seen = _compared(value, bound, table)
        if holds is False:
            line = f"{_line(target, row, table, axis)}, and {bound.asked()}"
            return Finding(target, layer, op, False, pretty(found), line, at)
        points, undecided = max(points, seen), undecided or holds is None
    return Finding(target, layer, op, None if undecided else True, pretty(found), "", {}, points)


def _line(target: Target, row: LayerRow | None, table: LayerTable, axis: int) -> str:
    """The working of a figure."""
    what = "MACs" if target.column == "macs" else target.column.replace("_", " ")
    if row is None:
        counts = [getattr(item, target.column) for item in table.rows]
        summed = pretty(" + ".join(show(count) for count in counts if count != 0))
        total = pretty(show(table.total(target.column)))
        return f"the network has {summed} = {total} {what}" if summed != total else f"it has {total} {what}"
    figures = row.figures[target.column]
    line = figures[min(axis, len(figures) - 1)].line()
    if "=" in line:
        return line
    return f"{row.layer} gives {line}" if target.column == "shape" else f"{row.layer} has {line} {what}"


def _compared(value: Size, bound: Bound, table: LayerTable) -> tuple[bool | None, dict[str, int], int]:
    """Whether a figure is as asked: by arithmetic, as formulas, or at many sizes; the sizes it fails at."""
    asked = [node for node in (bound.low, bound.high) if node is not None]
    if isinstance(value, int) and not any(node.symbols() for node in asked):
        return bool(bound.holds(value, {})), {}, 0
    if bound.exact and bound.low is not None:
        try:
            if same(value, evaluate(bound.low, {})):
                return True, {}, 0
        except (NotWhole, ValueError, ZeroDivisionError):
            pass
    names = sorted(as_node(value).symbols().union(*(node.symbols() for node in asked)))
    known = sorted({name for row in table.rows for size in row.shape for name in as_node(size).symbols()} | {*names})
    number = compiled(as_node(value))
    sizes = [compiled(size) for row in table.rows for size in row.shape if isinstance(size, Node)]
    points = 0
    for env in sample_sizes(known):
        try:
            if any(size(env) < 1 for size in sizes) or (holds := bound.holds(number(env), env)) is None:
                continue
        except (ValueError, ZeroDivisionError):
            continue
        if not holds:
            return False, {name: env[name] for name in known}, 0
        points += 1
    return (True if points >= SAMPLES // 2 else None), {}, points


def sample_sizes(names: Sequence[str]) -> Iterator[dict[str, int]]:
    """Whole numbers for the symbols of the sizes, small ones first."""
    if not names:
        yield {}
        return
    for number in range(1, 2 * SAMPLES + 1):
        yield {name: number + at for at, name in enumerate(names)}
        if len(names) > 1:
            yield {name: number * (at + 1) + 3 * at for at, name in enumerate(names)}
    for number in range(1, SAMPLES + 1):
        yield {name: 1000 + number + at for at, name in enumerate(names)}
        yield {name: 32 * (number + at) for at, name in enumerate(names)}
