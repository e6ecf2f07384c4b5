"""What stands in the cells of a layer table, for people: in a terminal, in Markdown, in LaTeX."""

from __future__ import annotations

from typing import Final

from examgrad.formula import printer
from examgrad.formula.tree import Node

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


def formula(value: object) -> str:
    """A size: a number, or a formula with its floors and products as they are set."""
    if isinstance(value, int):
        return str(value)
    from examgrad.layers.formulas import pretty  # only tables with symbols need the rules of the layers

    return pretty(printer.plain(value) if isinstance(value, Node) else str(value))
