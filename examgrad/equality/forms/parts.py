"""A formula's factors and terms as they were written, and how they are told of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from examgrad.equality.polynomials import Ring, content_of
from examgrad.formula import printer
from examgrad.formula.tree import Apply, Node, Number

MAX_SHOWN: Final = 60
"""Longer formulas are not shown in a reason."""


class Power(NamedTuple):
    """A factor of a product and its whole exponent."""

    base: Node
    exponent: int


def operation(node: Node) -> str:
    """The node's operation; empty for a leaf."""
    return node.op if isinstance(node, Apply) else ""


def whole_number(node: Node) -> int | None:
    """The integer that a node is, with a sign before it; ``None`` if it is none."""
    if operation(node) == "neg" and isinstance(node.args[0], Number):
        node = Number(-node.args[0].value)
    return int(node.value) if isinstance(node, Number) and node.value.denominator == 1 else None


def written_factors(node: Node, sign: int = 1) -> Iterator[Power]:
    """The factors of products, quotients and whole powers, as written."""
    op = operation(node)
    if op == "mul":
        for arg in node.args:
            yield from written_factors(arg, sign)
    elif op == "div":
        yield from written_factors(node.args[0], sign)
        yield from written_factors(node.args[1], -sign)
    elif op == "neg":
        yield Power(Number(-1), sign)
        yield from written_factors(node.args[0], sign)
    elif op == "pow" and (exponent := whole_number(node.args[1])) is not None:
        for base, inner in written_factors(node.args[0], 1):
            yield Power(base, inner * exponent * sign)
    else:
        yield Power(node, sign)


def terms_of(node: Node) -> Iterator[Node]:
    """The terms of a sum, inner sums opened; a minus before a bracket stays with it."""
    if operation(node) == "add":
        for arg in node.args:
            yield from terms_of(arg)
    else:
        yield node


def shown(node: Node) -> str:
    """A formula in a reason, where it is short."""
    text = printer.unicode(node)
    return text if len(text) <= MAX_SHOWN else "this part"


def shorter(node: Node, better: Node) -> str:
    """``2x + 3x is 5x``, as far as that is short."""
    texts = printer.unicode(node), printer.unicode(better)
    return f"{texts[0]} is {texts[1]}" if max(map(len, texts)) <= MAX_SHOWN else f"{shown(node)} can be written shorter"


def unsigned(node: Node) -> Node:
    """The node without minus signs before it."""
    return unsigned(node.args[0]) if operation(node) == "neg" else node


def uncollected(node: Node, terms: list[Node]) -> str | None:
    """Why a sum has like terms, or terms that cancel."""
    if len(terms) < 2:
        return None
    ring = Ring([node])
    seen: dict[str, Node] = {}
    for term in terms:
        found = ring.quotient(term)
        if found.above.is_zero():
            return f"{shown(term)} is 0"
        key = f"{found.above / ring.quotient(Number(content_of(found.above))).above} {found.below.factor()[1]}"
        if key in seen:
            return f"{shown(seen[key])} and {shown(term)} are like terms"
        seen[key] = term
    return None
