"""One derivative by the sum, product, quotient, power and chain rules as they are applied, line by line.

``∂f/∂x = (∂u/∂x v − u ∂v/∂x)/v²`` is a line, then follow those for what stands in it still to be differentiated, and
what they come to. What the table of derivatives gives at once needs no line of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from examgrad.calculus.differentiate import derivative
from examgrad.calculus.graph import free_names, measure
from examgrad.formula.functions import partial_derivatives
from examgrad.formula.tree import (
    ONE,
    TWO,
    Apply,
    Node,
    Number,
    Symbol,
    add,
    div,
    is_number,
    mul,
    power,
    sub,
    transform,
)

MAX_LINES: Final = 16
"""A formula that takes more is differentiated in one line by its outermost rule."""
MAX_SIZE: Final = 150
"""Nodes of a line."""


class Line(NamedTuple):
    """A derivative as it is written, what it is worth, and the rule that says so."""

    rule: str
    side: Node
    value: Node


def worked_out(whole: Node, formula: Node, wrt: str, result: Node) -> list[Line]:
    """The lines from the derivative ``whole`` of a formula to its ``result``."""
    formula = transform(formula, _carried_out)
    lines = [
        line._replace(value=transform(line.value, _carried_out))
        for line in _lines(whole, formula, wrt, result) if line.value != line.side
    ]  # fmt: skip
    if len(lines) <= MAX_LINES and all(measure(line.value)[0] <= MAX_SIZE for line in lines):
        return lines
    return [Line(_outside(_factored(formula, wrt)[1], wrt).rule, whole, result)]


def _lines(whole: Node, formula: Node, wrt: str, result: Node) -> list[Line]:
    coefficient, core = _factored(formula, wrt)
    if (parts := _parts(core, wrt)) is not None:
        return _by_parts(whole, coefficient, parts, wrt, result)
    rule, outer, inner = _outside(core, wrt)
    if outer is None or inner is None or inner == Symbol(wrt):
        return [Line(rule, whole, result)]
    within = _derivative(inner, wrt)
    lines = [Line(rule, whole, mul(coefficient, outer, within)), *_within(within, inner, wrt)]
    return [*lines, Line("simplified", whole, result)]


def _within(side: Node, inner: Node, wrt: str) -> list[Line]:
    """The lines for a derivative that stands in a line above; a number needs none."""
    slope = _slope(inner, wrt)
    return [] if isinstance(slope, Number) else _lines(side, inner, wrt, slope)


class _Parts(NamedTuple):
    """A sum, product or quotient: its operation, its arguments, and which of them change."""

    op: str
    args: Sequence[Node]
    changing: Sequence[int]

    def derivative(self, slopes: Sequence[Node]) -> Node:
        """The rule, with these derivatives of what changes."""
        if self.op == "add":
            return add(*slopes)
        if self.op == "mul":
            return add(*(
                mul(*self.args[:place], slope, *self.args[place + 1 :])
                for place, slope in zip(self.changing, slopes, strict=True)
            ))  # fmt: skip
        above, below = self.args
        found = dict(zip(self.changing, slopes, strict=True))
        rising = mul(found[0], below) if 0 in found else Number(0)
        return div(sub(rising, mul(above, found[1])), power(below, 2))


def _parts(core: Node, wrt: str) -> _Parts | None:
    """What the sum, product or quotient rule is worth a line for: a product, a quotient, a sum with such in it."""
    if not isinstance(core, Apply) or core.op not in ("add", "mul", "div"):
        return None
    changing = [place for place, arg in enumerate(core.args) if wrt in free_names(arg)]
    if core.op == "add" and all(_is_in_table(core.args[place], wrt) for place in changing):
        return None
    if core.op == "div" and changing == [0]:
        return None
    return _Parts(core.op, core.args, changing)


def _by_parts(whole: Node, coefficient: Node, parts: _Parts, wrt: str, result: Node) -> list[Line]:
    """The rule as applied, the derivatives that stand in it, and both put together."""
    args = [parts.args[place] for place in parts.changing]
    shown = [_slope(arg, wrt) if _is_in_table(arg, wrt) else _derivative(arg, wrt) for arg in args]
    lines = [Line(_RULES[parts.op], whole, mul(coefficient, parts.derivative(shown)))]
    for side, arg in zip(shown, args, strict=True):
        if side == _derivative(arg, wrt):
            lines += _within(side, arg, wrt)
    together = mul(coefficient, parts.derivative([_slope(arg, wrt) for arg in args]))
    if len(lines) > 1 and together != result:
        lines.append(Line("put together", whole, together))
    return lines if lines[-1] == Line(lines[-1].rule, whole, result) else [*lines, Line("simplified", whole, result)]


def _derivative(inner: Node, wrt: str) -> Node:
    return Apply("derivative", (inner, Symbol(wrt)))


def _slope(inner: Node, wrt: str) -> Node:
    return transform(derivative(inner, (Symbol(wrt),)), _carried_out)


def _is_in_table(part: Node, wrt: str) -> bool:
    """Whether the derivative can be read off: of a multiple of the variable, of a power or a function of it."""
    if wrt not in free_names(part):
        return True
    _, core = _factored(part, wrt)
    if core == Symbol(wrt):
        return True
    if isinstance(core, Apply) and core.op == "add":
        return all(_is_in_table(arg, wrt) for arg in core.args)
    _, outer, inner = _outside(core, wrt)
    return outer is not None and inner == Symbol(wrt)


def _carried_out(node: Node) -> Node:
    """Quotients and products of numbers as the numbers they are, ``x x`` as a power."""
    if isinstance(node, Apply) and node.op == "div" and all(isinstance(arg, Number) for arg in node.args):
        return div(*node.args)
    if not isinstance(node, Apply) or node.op != "mul":
        return node
    product = mul(*node.args)
    factors = product.args if isinstance(product, Apply) and product.op == "mul" else (product,)
    counts = Counter(factors)
    first = factors[0]
    if isinstance(first, Number) and first.value < 0:
        return Apply("neg", (mul(Number(-first.value), *_powers(counts - Counter([first]))),))
    return mul(*_powers(counts))


def _powers(counts: Counter[Node]) -> list[Node]:
    return [factor if isinstance(factor, Number) else power(factor, times) for factor, times in counts.items()]


def _factored(formula: Node, wrt: str) -> tuple[Node, Node]:
    """A formula as a factor that does not change with ``wrt`` and the rest."""
    if isinstance(formula, Apply) and formula.op == "neg":
        coefficient, core = _factored(formula.args[0], wrt)
        return mul(Number(-1), coefficient), core
    if isinstance(formula, Apply) and formula.op == "mul":
        changing = [factor for factor in formula.args if wrt in free_names(factor)]
        if len(changing) == 1:
            constant = [factor for factor in formula.args if factor is not changing[0]]
            coefficient, core = _factored(changing[0], wrt)
            return mul(*constant, coefficient), core
    if isinstance(formula, Apply) and formula.op == "div" and wrt not in free_names(formula.args[1]):
        coefficient, core = _factored(formula.args[0], wrt)
        return div(coefficient, formula.args[1]), core
    return ONE, formula


class _Outside(NamedTuple):
    """The rule for the outermost operation, the derivative of that operation, and what it is applied to."""

    rule: str
    derivative: Node | None = None
    inner: Node | None = None


def _outside(core: Node, wrt: str) -> _Outside:
    if core == Symbol(wrt):
        return _Outside("constant factor")
    if not isinstance(core, Apply):
        return _Outside("constant")
    if core.op == "pow" and wrt not in free_names(core.args[1]):
        base, exponent = core.args
        less = Number(exponent.value - 1) if isinstance(exponent, Number) else add(exponent, Number(-1))
        return _Outside(_chained("power rule", base, wrt), mul(exponent, power(base, less)), base)
    if core.op in _RULES:
        return _Outside(_RULES[core.op])
    if core.op == "sqrt":
        return _Outside(_chained("derivative of sqrt", core.args[0], wrt), div(ONE, mul(TWO, core)), core.args[0])
    if len(core.args) == 1 and (partials := partial_derivatives(core)) is not None and not is_number(partials[0], 0):
        return _Outside(_chained(f"derivative of {core.op}", core.args[0], wrt), partials[0], core.args[0])
    return _Outside(f"derivative of {core.op}")


def _chained(rule: str, inner: Node, wrt: str) -> str:
    return rule if inner == Symbol(wrt) else f"{rule} and chain rule"


_RULES: Final = {
    "add": "sum rule",
    "mul": "product rule",
    "div": "quotient rule",
    "pow": "power rule",
    "cases": "case by case",
    "sum": "sum rule",
}
