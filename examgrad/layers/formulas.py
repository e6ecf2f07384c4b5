"""A layer's formulas: one text each, worth a number or a formula in symbols, and shown at work.

``Figure("(k_h*k_w*C_in + 1)*C_out", k_h=5, k_w=5, C_in=3, C_out=10)`` has the ``value`` 760, the plain
substitution ``(5*5*3 + 1)*10``, and the line ``(5·5·3 + 1)·10 = 760`` for people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from examgrad.formula import printer
from examgrad.formula.tree import Node, Number, substitute
from examgrad.layers.calls import read_formula
from examgrad.layers.sizes import Size, as_node, evaluate, folded, show


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Node:
    return read_formula(text)


class Figure:
    """One quantity of a layer: a formula and what stands in it.

    ``text`` uses ``+ - * / ^ floor ceil max min`` and the names of ``values``.
    """

    def __init__(self, text: str, /, **values: Size) -> None:
        self.text = text
        self.values = values

    @cached_property
    def value(self) -> Size:
        """The quantity. Raises :class:`~examgrad.layers.sizes.NotWhole` where it is no integer."""
        return self.worked()

    def worked(self) -> Size:
        """The formula brought to its shortest form."""
        return evaluate(_parsed(self.text), self.values)

    @cached_property
    def plain(self) -> str:
        """The substitution in plain text: ``floor((32 - 5 + 2*0)/1) + 1``."""
        values = {name: as_node(size) for name, size in self.values.items()}
        return printer.plain(substitute(_parsed(self.text), values))

    def line(self) -> str:
        """Substitution and result for people: ``⌊(32 − 5 + 2·0)/1⌋ + 1 = 28``."""
        worked, value = pretty(self.plain), pretty(show(self.value))
        reordered = not isinstance(self.value, int) and sorted(worked) == sorted(value)
        return worked if worked == value or reordered else f"{worked} = {value}"

    @property
    def general(self) -> str:
        """The formula for people: ``⌊(n − k + 2·p)/s⌋ + 1``."""
        return pretty(self.text)

    def __repr__(self) -> str:
        return f"Figure({self.line()})"


class Count(Figure):
    """A number of things (parameters, multiplications): in symbols it keeps its brackets."""

    def worked(self) -> Size:
        """The formula with its numbers worked out."""
        return folded(_parsed(self.text), self.values)


def given(size: Size) -> Figure:
    """A size that needs no formula."""
    return Figure("n", n=size)


NOTHING = Count("0")


_SIGNS: Final = re.compile(r"\b(floor|ceil)\(|[()*-]")
_SHOWN: Final = {"*": "·", "-": "−"}


@lru_cache(maxsize=4096)
def pretty(plain: str) -> str:
    """Plain text with the signs people write: ``⌊``, ``·``, ``−``."""
    closing: list[str] = []

    def sign(match: re.Match[str]) -> str:
        if match[1]:
            closing.append("⌋" if match[1] == "floor" else "⌉")
            return "⌊" if match[1] == "floor" else "⌈"
        if match[0] == "(":
            closing.append(")")
            return "("
        if match[0] == ")":
            return closing.pop() if closing else ")"
        return _SHOWN[match[0]]

    return _SIGNS.sub(sign, plain)


@dataclass(frozen=True)
class Working:
    """How one number of a table comes about: its column, the formula, and the formula at work."""

    column: str
    general: str
    line: str


def is_zero(figure: Figure) -> bool:
    """Whether the figure is 0, whatever its symbols."""
    return figure.value == 0 or figure.value == Number(0)
