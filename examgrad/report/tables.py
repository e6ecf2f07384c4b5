"""A layer table for a terminal: aligned columns and their totals, or a list where formulas are too wide for columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from examgrad.calculus.derivation import Step
from examgrad.kinds.base import Row
from examgrad.report.cells import cell, head

_LABELS: Final = {"macs": "MACs", "receptive_field": "receptive field", "memory": "bytes"}
_ADDED: Final = ("parameters", "macs", "activations", "memory")
_NARROWEST_CALL: Final = 12
_NARROW: Final = 20
"""Columns below which of a call only its name is shown."""
_LABEL: Final = 17
"""Columns of a label."""

Line = tuple[str, str]
"""A line and its style."""


def table_lines(rows: Sequence[Row], steps: Sequence[Step], width: int) -> Iterator[Line]:
    """The table in ``width`` columns, and below it the worked solutions, as far as there are ``steps``."""
    columns = list(dict.fromkeys(column for row in rows for column in row.values))
    cells = [[cell(row.values.get(column)) for column in columns] for row in rows]
    aligned = _aligned(rows, columns, cells, width)
    if aligned:
        yield from aligned
    worked: dict[str, list[tuple[str, str]]] = {}
    for step in steps:
        layer, _, column = step.rule.rpartition(" ")
        worked.setdefault(layer, []).append((column, step.text))
    for row, texts in zip(rows, cells, strict=True):
        own = worked.get(row.layer, [])
        if not aligned or own:
            named = row.layer and row.layer != row.op
            yield f"{row.layer}: {row.op}" if named else row.op, "bold"
        if not aligned:
            yield from _labelled([(name, text) for name, text in zip(columns, texts, strict=True)], "", width)
        yield from _labelled(own, "dim", width)
    if sums := worked.get("total", []):
        yield "total", "bold"
        yield from _labelled(sums, "dim", width)


def _aligned(rows: Sequence[Row], columns: list[str], cells: list[list[str]], width: int) -> list[Line]:
    """The lines of the table; none where it does not fit."""
    heads = ["layer", "call", *map(head, columns)]
    table = [[row.layer, row.op, *texts] for row, texts in zip(rows, cells, strict=True)]
    totals = ["total", "", *(_total([row.values.get(column) for row in rows], column) for column in columns)]
    shown = [heads, *table, totals] if len(rows) > 1 and any(totals[2:]) else [heads, *table]
    wide = [max(len(line[at]) for line in shown) for at in range(len(heads))]
    while len(wide) > min(4, len(heads)) and sum(wide) - wide[1] + _NARROWEST_CALL + 2 * len(wide) - 2 > width:
        wide.pop()
    room = width - (sum(wide) - wide[1] + 2 * len(wide) - 2)
    if room < _NARROWEST_CALL:
        return []
    if wide[1] > room < _NARROW:
        for texts in shown:
            texts[1] = texts[1].partition("(")[0]
    wide[1] = min(max(len(texts[1]) for texts in shown), room)
    return [
        (line, "bold" if at == 0 or texts is totals else "")
        for at, texts in enumerate(shown)
        for line in _wrapped(texts, wide)
    ]


def _wrapped(texts: Sequence[str], wide: Sequence[int]) -> Iterator[str]:
    """A row of the table; a call that is too long goes on below."""
    calls = textwrap.wrap(texts[1], wide[1], subsequent_indent="  ", break_on_hyphens=False) or [""]
    numbers = [text.rjust(size) for text, size in zip(texts[2:], wide[2:], strict=False)]
    yield "  ".join([texts[0].ljust(wide[0]), calls[0].ljust(wide[1]), *numbers]).rstrip()
    for call in calls[1:]:
        yield f"{'':{wide[0]}}  {call}"


def _total(values: Sequence[object], column: str) -> str:
    numbers = [value for value in values if isinstance(value, int)]
    return f"{sum(numbers):,}" if column in _ADDED and len(numbers) == len(values) else ""


def _labelled(lines: Sequence[tuple[str, str]], style: str, width: int) -> Iterator[Line]:
    """``  shape       ⌊(32 − 5 + 2·0)/1⌋ + 1 = 28``, a column's lines together, its label once."""
    grouped: dict[str, list[str]] = {}
    for label, text in lines:
        grouped.setdefault(_LABELS.get(label, label), []).append(text)
    for label, texts in grouped.items():
        for text in texts:
            for line in textwrap.wrap(text, max(20, width - _LABEL - 2), break_on_hyphens=False) or [""]:
                yield f"  {label:{_LABEL}}{line}", style
                label = ""
