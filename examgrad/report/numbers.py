"""Numbers in the cells of tables."""

from __future__ import annotations


def number_cell(value: object) -> str:
    """A number to ten digits, or an array of them in brackets."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(number_cell, value)) + "]"
    return (f"{value:.10g}" if isinstance(value, float) else str(value)).replace("-", "−")
