"""Trees to LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from examgrad.formula.functions import FUNCTIONS
from examgrad.formula.names import GREEK
from examgrad.formula.printing.plain import (
    AND,
    ATOM,
    CONSTANTS,
    NAME,
    OR,
    POWER,
    PRODUCT,
    RELATION,
    RELATIONS,
    SUM,
    Plain,
    branches,
)
from examgrad.formula.tree import Apply, Node, Number


class Latex(Plain):
    """LaTeX; brackets grow with what they hold."""

    relations = RELATIONS | {"le": r"\le", "ge": r"\ge", "ne": r"\ne"}

    def bracket(self, text: str) -> str:
        """The text in round brackets."""
        return rf"\left({text}\right)"

    def name(self, name: str) -> str:
        """A name as this style spells it."""
        match = NAME.fullmatch(name)
        if not match:
            return name
        base, accent, digits, primes, subscript = match.groups()
        if len(base) > 1 and base not in GREEK:
            base, accent = base + (accent or ""), None
        text = f"\\{base}" if base in GREEK else base if len(base) == 1 else rf"\mathrm{{{base}}}"
        if accent:
            text = rf"\{accent}{{{text}}}"
        text += "'" * (len(primes) // 5)
        lower = (digits or "") + (subscript or "")
        if lower:
            text += f"_{{{lower}}}" if lower.isdigit() or len(lower) == 1 else rf"_{{\mathrm{{{lower}}}}}"
        return text

    def constant(self, name: str) -> str:
        """A named number."""
        return CONSTANTS[name][1]

    def number(self, node: Number) -> tuple[str, int]:
        """A number and how tightly its text binds."""
        text, level = super().number(node)
        if "/" in text:
            sign = "-" if text.startswith("-") else ""
            numerator, denominator = text.removeprefix("-").split("/")
            return rf"{sign}\frac{{{numerator}}}{{{denominator}}}", SUM if sign else PRODUCT
        return text, level

    def product(self, node: Apply, texts: list[str]) -> str:
        """The factors of a product, joined."""
        text = texts[0]
        for after in texts[1:]:
            apart = after[0].isdigit() or after.startswith(r"\frac") or (_ONES.search(text) and after[0] == "\\")
            text += (r" \cdot " if apart else " ") + after
        return text

    def _div(self, node: Apply) -> tuple[str, int]:
        return rf"\frac{{{self.show(node.args[0])}}}{{{self.show(node.args[1])}}}", PRODUCT

    def _pow(self, node: Apply) -> tuple[str, int]:
        return f"{self.show(node.args[0], ATOM)}^{{{self.show(node.args[1])}}}", POWER

    def _hadamard(self, node: Apply) -> tuple[str, int]:
        return rf"{self.show(node.args[0], PRODUCT)} \odot {self.show(node.args[1], POWER)}", PRODUCT

    def _eye(self, node: Apply) -> tuple[str, int]:
        return f"I_{{{self.show(node.args[0])}}}", ATOM

    def _transpose(self, node: Apply) -> tuple[str, int]:
        inner = node.args[0]
        if isinstance(inner, Apply) and inner.op == "inverse":
            return rf"{self.show(inner.args[0], ATOM)}^{{-\top}}", POWER
        return rf"{self.show(inner, ATOM)}^\top", POWER

    def _inverse(self, node: Apply) -> tuple[str, int]:
        return f"{self.show(node.args[0], ATOM)}^{{-1}}", POWER

    def _hadamard_power(self, node: Apply) -> tuple[str, int]:
        return rf"{self.show(node.args[0], ATOM)}^{{\circ {self.show(node.args[1], POWER)}}}", POWER

    def _ones(self, node: Apply) -> tuple[str, int]:
        if len(node.args) > 1:
            return self.call(node), ATOM
        return r"\mathbf{1}" + (f"_{{{self.show(node.args[0])}}}" if node.args else ""), ATOM

    def indexed(self, node: Apply, positions: list[str]) -> str:
        """What is numbered, with its index."""
        return f"{self.numbered(node.args[0])}_{{{', '.join(positions)}}}"

    def _array(self, node: Apply) -> tuple[str, int]:
        rows = [
            " & ".join(self.show(item) for item in arg.args)
            if isinstance(arg, Apply) and arg.op == "array"
            else self.show(arg)
            for arg in node.args
        ]
        return r"\begin{bmatrix} " + r" \\ ".join(rows) + r" \end{bmatrix}", ATOM

    def _set(self, node: Apply) -> tuple[str, int]:
        return r"\left\{" + ", ".join(self.show(arg) for arg in node.args) + r"\right\}", ATOM

    def _indicator(self, node: Apply) -> tuple[str, int]:
        return rf"\mathbb{{1}}\left[{self.show(node.args[0])}\right]", ATOM

    def _cases(self, node: Apply) -> tuple[str, int]:
        pairs, rest = branches(node)
        rows = [rf"{self.show(value)} & \text{{if }} {self.show(condition)}" for value, condition in pairs]
        if rest is not None:
            rows.append(rf"{self.show(rest)} & \text{{otherwise}}")
        return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}", ATOM

    def _and(self, node: Apply) -> tuple[str, int]:
        return r" \land ".join(self.show(arg, AND + (index > 0)) for index, arg in enumerate(node.args)), AND

    def _or(self, node: Apply) -> tuple[str, int]:
        return r" \lor ".join(self.show(arg, OR + (index > 0)) for index, arg in enumerate(node.args)), OR

    def _not(self, node: Apply) -> tuple[str, int]:
        return rf"\lnot {self.show(node.args[0], RELATION)}", AND

    def _abs(self, node: Apply) -> tuple[str, int]:
        return rf"\left|{self.show(node.args[0])}\right|", ATOM

    def _norm(self, node: Apply) -> tuple[str, int]:
        if len(node.args) > 2:
            return self.call(node), ATOM
        order = f"_{{{self.show(node.args[1])}}}" if len(node.args) > 1 else ""
        return rf"\left\lVert {self.show(node.args[0])} \right\rVert{order}", ATOM

    def _sqrt(self, node: Apply) -> tuple[str, int]:
        return rf"\sqrt{{{self.show(node.args[0])}}}", ATOM

    def _floor(self, node: Apply) -> tuple[str, int]:
        return rf"\left\lfloor {self.show(node.args[0])} \right\rfloor", ATOM

    def _ceil(self, node: Apply) -> tuple[str, int]:
        return rf"\left\lceil {self.show(node.args[0])} \right\rceil", ATOM

    def _exp(self, node: Apply) -> tuple[str, int]:
        return f"e^{{{self.show(node.args[0])}}}", POWER

    def _sum(self, node: Apply) -> tuple[str, int]:
        if len(node.args) != 4:
            return self.call(node), ATOM
        index, first, last = (self.show(arg) for arg in node.args[:3])
        return rf"\sum_{{{index}={first}}}^{{{last}}} {self.show(node.args[3], PRODUCT)}", SUM

    def _derivative(self, node: Apply) -> tuple[str, int]:
        what = self.differentiated(node.args[0])
        variables = r" ".join(rf"\partial {self.show(arg)}" for arg in node.args[1:])
        order = f"^{{{len(node.args) - 1}}}" if len(node.args) > 2 else ""
        return rf"\frac{{\partial{order} {what}}}{{{variables}}}", PRODUCT

    def span(self, last: Node) -> str:
        """The values of an index, up to its last one."""
        return rf"1, \dots, {self.show(last)}"

    def ranged(self, entry: str, parts: Sequence[str]) -> str:
        """A formula with the ranges of its indices."""
        return rf"{entry} \quad \text{{for }} " + r",\; ".join(parts)

    def call(self, node: Apply) -> str:
        """A function with its arguments."""
        row = FUNCTIONS.get(node.op)
        name = (
            row.latex
            if row and row.latex
            else rf"\{node.op}"
            if node.op in _LATEX_FUNCTIONS
            else rf"\operatorname{{{node.op}}}"
        )
        return f"{name}{self.bracket(', '.join(self.arguments(node)))}"

    def word(self, word: str) -> str:
        """What an argument is called."""
        return rf"\mathrm{{{word}}}"


_ONES = re.compile(r"\\mathbf\{1\}(?:_\{\w+\})?\Z")
_LATEX_FUNCTIONS: Final = frozenset("log sin cos tan cot sec csc sinh cosh tanh coth max min det".split())
