"""What stands in the cells of a table of layers or of a graph, for people: in a terminal, in Markdown, in LaTeX."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from examgrad.formula import printer
from examgrad.formula.tree import Node
from examgrad.kinds.base import Key

HEADS: Final = {"macs": "MACs", "receptive_field": "field", "memory": "bytes"}
"""The columns that are headed by another word than their own."""
NOTHING: Final = "–"


def head(column: str) -> str:
    """The heading of a column."""
    return HEADS.get(column, column)


def cell(value: object) -> str:
    """A number with its thousands, ``28×28×10``, or a shape of formulas in brackets."""
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        sizes = [formula(item) for item in value]
        plain = all(size.isalnum() for size in sizes)
        return ("×".join(sizes) or "1") if plain else f"[{', '.join(sizes)}]"
    return NOTHING if value is None else formula(value)


def headings(key: Key) -> tuple[list[str], list[str]]:
    """The headings of a key's table: those of its labels, and those of its columns."""
    return ["node"] if key.kind == "graph" else ["layer", "call"], list(map(head, key.rows[0].values))


def lines(key: Key) -> Iterator[list[str]]:
    """A key's table without its headings, the labels of each row first."""
    columns = key.rows[0].values
    for row in key.rows:
        if key.kind == "graph":
            yield [row.op, *(number_cell(row.values[column]) for column in columns)]
        else:
            yield [row.layer, row.op, *(cell(row.values.get(column)) for column in columns)]


def number_cell(value: object) -> str:
    """A number to ten digits, or an array of them in brackets."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(number_cell, value)) + "]"
    return (f"{value:.10g}" if isinstance(value, float) else str(value)).replace("-", "−")


def formula(value: object) -> str:
    """A size: a number, or a formula with its floors and products as they are set."""
    if isinstance(value, int):
        return str(value)
    from examgrad.layers.formulas import pretty  # only tables with symbols need the rules of the layers

    return pretty(printer.plain(value) if isinstance(value, Node) else str(value))
