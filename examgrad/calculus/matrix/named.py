"""Gradients that a formula names, ∂L/∂h, in place of their own formulas: how long ones stay readable.

A name stands for its formula in ``where`` (:class:`examgrad.calculus.derivation.Derived`); to be computed, it becomes
a definition like the problem's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from examgrad.calculus.derivation import Where
from examgrad.calculus.graph import measure
from examgrad.errors import DerivationError
from examgrad.formula import printer
from examgrad.formula.tree import Apply, Node, Symbol, transform

MAX_LENGTH: Final = 5_000
"""Nodes of a gradient as one formula: where a network's paths meet again and again, it doubles at each meeting."""


def in_names(node: Node, names: Mapping[Node, Node]) -> Node:
    """The formula with the problem's own names for what they are defined as."""
    return transform(node, lambda item: names.get(item, item))


def named_in(node: Node) -> frozenset[Node]:
    """The gradients that a formula names."""
    return frozenset(item for item in node.walk() if isinstance(item, Apply) and item.op == "derivative")


def needed(nodes: Iterable[Node], where: Where) -> Where:
    """The gradients that formulas name, and those that these name in turn."""
    used = frozenset[Node]().union(*map(named_in, nodes))
    found = []
    for name, node in reversed(where):
        if name in used:
            found.append((name, node))
            used |= named_in(node)
    return tuple(reversed(found))


def opened(node: Node, names: Mapping[Node, Node]) -> Node:
    """The formula with what stands for each gradient in ``names`` in its place."""
    return transform(node, lambda item: names.get(item, item)) if names else node


def symbols_for(names: Iterable[Node]) -> dict[Node, Symbol]:
    """A symbol for each gradient, spelled as no name of a problem can be: ``∂L/∂h``."""
    return {name: Symbol("/".join(f"∂{printer.plain(arg)}" for arg in name.args)) for name in names}


def definitions_of(where: Where) -> dict[str, Node]:
    """The gradients as definitions, each in the symbols of those before it."""
    symbols = symbols_for(name for name, _ in where)
    return {symbol.name: opened(node, symbols) for (_, node), symbol in zip(where, symbols.values(), strict=True)}


def written_out(node: Node, where: Where) -> Node:
    """The formula with the gradients that it names put in.

    Raises :class:`DerivationError` where it would have more nodes than :data:`MAX_LENGTH`.
    """
    symbols = symbols_for(name for name, _ in where)
    measures: dict[str, tuple[int, int]] = {}
    for name, definition in definitions_of(where).items():
        measures[name] = measure(definition, measures)
    if measure(opened(node, symbols), measures)[0] > MAX_LENGTH:
        raise DerivationError("the gradient is too long to be written out as one formula")
    formulas: dict[Node, Node] = {}
    for quotient, formula in where:
        formulas[quotient] = opened(formula, formulas)
    return opened(node, formulas)
