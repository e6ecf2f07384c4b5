"""Trees to text: ``plain`` (read back to the same tree), ``latex``, and ``unicode`` for the terminal."""

from __future__ import annotations

from examgrad.formula.printing.latex import Latex
from examgrad.formula.printing.plain import Plain
from examgrad.formula.printing.plain import decimal_text as decimal_text
from examgrad.formula.printing.unicode import Unicode
from examgrad.formula.tree import Node


def plain(node: Node) -> str:
    """Plain ASCII text that :func:`examgrad.formula.parser.read` reads back to the same tree."""
    return Plain().show(node)


def latex(node: Node) -> str:
    """LaTeX for a formula, without dollar signs."""
    return Latex().show(node)


def unicode(node: Node) -> str:
    """A formula for the eye on a terminal: ``4x₁³x₂ − 2x₁y``."""
    return Unicode().show(node)


def unicode_name(name: str) -> str:
    """One name for the eye: ``yhat`` → ŷ."""
    return Unicode().name(name)
