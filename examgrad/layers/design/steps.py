"""A design's formulas solved backwards: ``(32 − K + 2·P)/S + 1 ∈ [16, 17)``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from examgrad.formula import printer
from examgrad.formula.tree import Apply, Node, Number
from examgrad.layers.calls import read_formula
from examgrad.layers.design.network import Design, Target
from examgrad.layers.design.terms import Bound
from examgrad.layers.formulas import Figure, pretty
from examgrad.layers.sizes import as_node, show
from examgrad.layers.trouble import LayerError

_LATEX: Final = {
    "∈": r"\in ", "·": r" \cdot ", "−": "-", "≤": r"\le ", "≥": r"\ge ", "<=": r"\le ", ">=": r"\ge ", "!=": r"\ne ",
    "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ", "%": r"\%",
}  # fmt: skip


def conditions(design: Design) -> Iterator[tuple[str, str]]:
    """What the letters must satisfy, target by target: its name, and the condition; each once."""
    seen: set[str] = set()
    table = design.template
    for target in design.targets if not table.diagnostics else ():
        row = None if target.index is None else table.rows[target.index]
        name = f"{row.layer if row else 'network'} {target.column.replace('_', ' ')}"
        for node, bound in _figures(design, target):
            text = backwards(node, bound)
            if text not in seen and node.symbols():
                seen.add(text)
                yield name, text
    for condition in design.conditions:
        yield "condition", pretty(condition.text)


def latex(text: str) -> str:
    """A condition in LaTeX."""
    text = re.sub(r"\s*\b(odd|even|multiple of|divisible by|in|is)\b\s*", r"\\text{ \1 }", text)
    for sign, command in _LATEX.items():
        text = text.replace(sign, command)
    return text


def _figures(design: Design, target: Target) -> Iterator[tuple[Node, Bound]]:
    """A target's figures as formulas in the letters, unsimplified, each with its bound."""
    table = design.template
    if target.index is None:
        bound = target.bounds[0]
        assert bound is not None
        counts = [as_node(getattr(row, target.column)) for row in table.rows]
        counts = [count for count in counts if count != Number(0)]
        yield (Apply("add", tuple(counts)) if len(counts) > 1 else counts[0] if counts else Number(0)), bound
        return
    row = table.rows[target.index]
    figures = row.figures[target.column] or ()
    bounds = target.bounds * len(figures) if len(target.bounds) == 1 and len(figures) > 1 else target.bounds
    for figure, bound in zip(figures, bounds, strict=False):
        if bound is not None:
            yield _node(figure, short=target.column in ("parameters", "macs")), bound


def _node(figure: Figure, *, short: bool) -> Node:
    if short:
        return as_node(figure.value)
    try:
        return read_formula(figure.plain)
    except LayerError:
        return as_node(figure.value)


def backwards(node: Node, bound: Bound) -> str:
    """One condition; of a rounded size what stands within the rounding, and the interval it must lie in."""
    inner, rounding = _unrounded(node)
    if not bound.exact or bound.low is None:
        return _bounded(pretty(printer.plain(node)), bound)
    asked = bound.low
    if not rounding:
        return f"{pretty(printer.plain(node))} = {pretty(show(asked))}"
    shown, low = pretty(printer.plain(inner)), pretty(printer.plain(asked))
    if isinstance(asked, Number):
        above, below = f"{asked.value + 1}", f"{asked.value - 1}"
    else:
        above, below = f"{low} + 1", f"{low} − 1"
    return f"{shown} ∈ [{low}, {above})" if rounding == "floor" else f"{shown} ∈ ({below}, {low}]"


def _bounded(shown: str, bound: Bound) -> str:
    low = pretty(show(bound.low)) if bound.low is not None else ""
    high = pretty(show(bound.high)) if bound.high is not None else ""
    return f"{low} ≤ {shown} ≤ {high}" if low and high else f"{shown} ≤ {high}" if high else f"{shown} ≥ {low}"


def _unrounded(node: Node) -> tuple[Node, str]:
    """A formula without its outer floor or ceil: ``⌊x⌋ + 1`` is ``x + 1``, rounded down."""
    if isinstance(node, Apply) and node.op in ("floor", "ceil"):
        return node.args[0], node.op
    if isinstance(node, Apply) and node.op == "add":
        rounded = [arg for arg in node.args if isinstance(arg, Apply) and arg.op in ("floor", "ceil")]
        if len(rounded) == 1 and all(isinstance(arg, Number) for arg in node.args if arg is not rounded[0]):
            args = tuple(arg.args[0] if arg is rounded[0] else arg for arg in node.args)
            return Apply("add", args), rounded[0].op
    return node, ""
