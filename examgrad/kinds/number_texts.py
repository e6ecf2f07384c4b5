"""Formulas and arrays whose numbers may have many digits, as people read them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from examgrad.equality.rounding import as_ball
from examgrad.formula import printer
from examgrad.formula.printing.plain import decimal_text
from examgrad.formula.tree import Apply, Node, Number
from examgrad.kinds.scope import short_value

_LONGEST_DECIMAL: Final = 12
_LARGEST_DENOMINATOR: Final = 100


def plain(node: Node) -> str:
    """A formula in plain text, numbers of many digits short."""
    return _shown(node, printer.plain)


def latex(node: Node) -> str:
    """The same in LaTeX."""
    return _shown(node, printer.latex)


def unicode(node: Node) -> str:
    """The same for the terminal."""
    return _shown(node, printer.unicode, "−")


def number_text(value: Fraction) -> str:
    """A number for the eye: a short decimal or fraction as it is, else to ten digits."""
    decimal = decimal_text(value)
    if decimal is not None and len(decimal) <= _LONGEST_DECIMAL:
        return decimal
    return str(value) if value.denominator < _LARGEST_DENOMINATOR else short_value(as_ball(value))


def in_json(node: Node) -> Any:
    """A number, or arrays of them, as JSON has them: integers where they are, else doubles."""
    if isinstance(node, Number):
        return node.value.numerator if node.value.denominator == 1 else float(node.value)
    return [in_json(arg) for arg in node.args]


def _shown(node: Node, show: Callable[[Node], str], minus: str = "-") -> str:
    if isinstance(node, Number) and node.value.denominator != 1:
        return number_text(node.value).replace("-", minus)
    if isinstance(node, Apply) and node.op == "array":
        return "[" + ", ".join(_shown(arg, show, minus) for arg in node.args) + "]"
    return show(node)
