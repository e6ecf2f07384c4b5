"""Simplified: nothing is left to be carried out, collected or cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import gcd
from typing import Final

from examgrad.equality.decide import decide
from examgrad.equality.evaluate import evaluate
from examgrad.equality.forms.parts import (
    operation,
    shorter,
    shown,
    terms_of,
    uncollected,
    unsigned,
    whole_number,
    written_factors,
)
from examgrad.equality.polynomials import Ring, content_of
from examgrad.formula.functions import FUNCTIONS
from examgrad.formula.tree import ONE, Apply, Constant, Node, Number, div, neg

MAX_FOLDED: Final = 10**9
"""Powers of numbers up to this size are to be worked out."""


def why_not_simplified(node: Node) -> str | None:
    """Why something in a formula is not simplified."""
    checks = (_trivial, _nested, _number_arithmetic, _sum_shortens, _equal_factors, _lowest_terms, _carried_out)
    return next((reason for part in _parts(node) for check in checks if (reason := check(part))), None)


def _parts(node: Node) -> Iterator[Node]:
    """All parts of a formula, the inner ones first."""
    for arg in node.args:
        yield from _parts(arg)
    yield node


def _rational(node: Node) -> Fraction | None:
    """The value of a number or a fraction of numbers, with a sign."""
    if isinstance(node, Number):
        return node.value
    if operation(node) == "neg" and (value := _rational(node.args[0])) is not None:
        return -value
    if operation(node) == "div" and all(isinstance(arg, Number) for arg in node.args) and node.args[1] != Number(0):
        above, below = node.args
        return above.value / below.value if isinstance(above, Number) and isinstance(below, Number) else None
    return None


def _number_arithmetic(node: Node) -> str | None:
    """2·3, 1/2 + 1/3, 2^3, 4/6."""
    op = operation(node)
    if op == "add":
        numbers = [term for term in terms_of(node) if _rational(term) is not None]
        if len(numbers) > 1:
            total = sum((_rational(term) or Fraction(0) for term in numbers), Fraction(0))
            return shorter(Apply("add", tuple(numbers)), Number(total))
    if op in ("mul", "div", "neg"):
        whole = [base for base, exponent in written_factors(node) if isinstance(base, Number) and exponent > 0]
        under = [base for base, exponent in written_factors(node) if isinstance(base, Number) and exponent < 0]
        above, below = ([base for base in side if base != Number(-1)] for side in (whole, under))
        if len(above) > 1 or len(below) > 1:
            return f"the numbers in {shown(node)} can be multiplied"
        if below and below[0].value == 1:
            return f"{shown(node)} divides by 1"
        if above and below and gcd(_integer(above[0]), _integer(below[0])) != 1:
            return f"{shown(node)} is not in lowest terms"
        if len(whole) - len(above) + len(under) - len(below) > 1:
            return f"the signs in {shown(node)} cancel"
    if op == "pow" and isinstance(node.args[0], Number) and (exponent := whole_number(node.args[1])) is not None:
        base = node.args[0].value
        if abs(exponent) <= 64 and max(abs(base.numerator), base.denominator) ** abs(exponent) <= MAX_FOLDED and base:
            return shorter(node, Number(base**exponent))
    return None


def _integer(node: Number) -> int:
    """A number as an integer for lowest terms; decimals are divided out as soon as they stand in a fraction."""
    return int(node.value) if node.value.denominator == 1 else 0


def _trivial(node: Node) -> str | None:
    """Parts that say nothing: x + 0, 1·x, 0·x, x/1, x^1, x^0, −(−x)."""
    op, args = operation(node), node.args
    if op == "add" and Number(0) in args:
        return f"{shown(node)} adds 0"
    if op == "mul" and (Number(1) in args or Number(0) in args):
        return f"{shown(node)} multiplies by {1 if Number(1) in args else 0}"
    if op == "div" and args[0] == Number(0):
        return f"{shown(node)} is 0"
    if op == "pow" and (args[1] in (Number(0), Number(1)) or args[0] == ONE):
        return f"{shown(node)} is {shown(args[0] if args[1] == Number(1) else ONE)}"
    if op == "neg" and (operation(args[0]) == "neg" or args[0] == Number(0)):
        return f"{shown(node)} has a minus too many"
    return None


def _sum_shortens(node: Node) -> str | None:
    """Like terms, and products that cancel when they are multiplied out."""
    if operation(node) != "add":
        return None
    terms = list(terms_of(node))
    if any(operation(term) == "neg" and operation(term.args[0]) == "neg" for term in terms):
        return f"{shown(node)} has two signs in a row"
    if reason := uncollected(node, terms):
        return reason
    ring = Ring([node])
    found = ring.quotient(node)
    if found.below.is_constant() and len(found.above) < len(terms):
        return shorter(node, ring.node(found.above / found.below))
    return None


def _equal_factors(node: Node) -> str | None:
    """x·x, x^2/x: one factor twice."""
    if operation(node) not in ("mul", "div"):
        return None
    seen: set[Node] = set()
    for base, _ in written_factors(node):
        if isinstance(base, Number):
            continue
        exponential = operation(base) == "exp" or (operation(base) == "pow" and base.args[0] == Constant("e"))
        key = Constant("e") if exponential else base
        if key in seen:
            return f"{shown(base)} stands in {shown(node)} more than once"
        seen.add(key)
    return None


def _lowest_terms(node: Node) -> str | None:
    """Common factors of numerator and denominator."""
    if operation(node) not in ("mul", "div"):
        return None
    above, below = (
        [Apply("pow", (base, Number(abs(times)))) for base, times in written_factors(node) if times * side > 0]
        for side in (1, -1)
    )
    if not below and not any(isinstance(item.args[0], Number) for item in above):
        return None
    ring = Ring([*above, *below])
    tops, bottoms = ([ring.quotient(item) for item in side] for side in (above, below))
    for top in tops:
        for bottom in bottoms:
            common = top.above.gcd(bottom.above)
            if not common.is_constant():
                return f"{shown(ring.node(common))} cancels in {shown(node)}"
    size = Fraction(1)
    for item in tops:
        size *= content_of(item.above)
    for item in bottoms:
        size /= content_of(item.above)
    under = _number_of([item for item in below if isinstance(item.args[0], Number)])
    if under > 1 and size.denominator % under:
        return f"{shown(node)} is not in lowest terms"
    return None


def _number_of(powers: list[Apply]) -> int:
    found = 1
    for item in powers:
        base, exponent = item.args
        if isinstance(base, Number) and isinstance(exponent, Number) and base.value.denominator == 1:
            found *= abs(int(base.value)) ** int(exponent.value)
    return found


def _nested(node: Node) -> str | None:
    """A fraction in a numerator or denominator; a number in front, as in ``1/2 x/y``, is none."""
    if operation(node) != "div":
        return None
    above, below = node.args
    if operation(unsigned(above)) == "div" and _rational(above) is None:
        return f"{shown(node)} is a fraction of fractions"
    inner = [*(terms_of(above) if operation(above) == "add" else ()), *terms_of(below)]
    for term in inner:
        if any(
            operation(factor) == "div" for factor in (unsigned(term), *(term.args if operation(term) == "mul" else ()))
        ):
            return f"{shown(node)} has a fraction inside a fraction"
    return None


def _carried_out(node: Node) -> str | None:
    """log(e), exp(0), sqrt(4), log(exp(x)): values that are known."""
    if not isinstance(node, Apply):
        return None
    inner = node.args[0] if node.args else node
    if node.op == "log" and (inner == Constant("e") or operation(inner) == "exp"):
        return shorter(node, ONE if inner == Constant("e") else inner.args[0])
    if node.op == "exp" and operation(inner) == "log":
        return shorter(node, inner.args[0])
    if node.op in ("add", "mul", "neg", "div", "indicator", "cases") or node.symbols() or node.op not in {
        *FUNCTIONS, "pow",
    }:  # fmt: skip
        return None
    value = evaluate(node, {}, 20)
    if value is None:
        return None
    if not isinstance(value, Fraction):
        if abs(value) > MAX_FOLDED:
            return None
        near = Fraction(float(value)).limit_denominator(12)
        if abs(float(value) - float(near)) > 1e-12 or decide(node, Number(near), witness=False).verdict != "equal":
            return None
        value = near
    if node.op == "pow" and isinstance(node.args[0], Number) and whole_number(node.args[1]) is not None:
        return None  # told, or too large, as arithmetic
    return shorter(node, _fraction_node(value))


def _fraction_node(value: Fraction) -> Node:
    whole = div(Number(abs(value.numerator)), Number(value.denominator))
    return neg(whole) if value < 0 else whole
