"""Derivatives that an answer defines in the notation of calculus: ``h' = h ∘ (1 - h)``, ``da/dz = 1 - a^2``.

What a prime or a quotient means in an answer is what the answer says it means, where that is true.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from examgrad.equality import decide
from examgrad.errors import ExamgradError
from examgrad.formula.names import Names, Variable
from examgrad.formula.parser import read
from examgrad.formula.tree import Apply, Node, transform
from examgrad.kinds.named_derivatives import NamedDerivatives
from examgrad.kinds.reading import Formula
from examgrad.kinds.stretches import moved

_PRIME: Final = "ʹ"
"""A prime that is a letter: what stands before it and it are one name."""
_DEFINED = re.compile(r"(?:^|\n|,|;|(?<!\w)(?:where|with)\b)\s*(?P<name>\w+)(?P<prime>['′])\s*:?=(?!=)")
_RULE = re.compile(
    r"(?:(?:^|\n|,|;)\s*|(?<!\w)(?:where|with)\s+)(?P<left>\\?\w+['′]\s*\(\s*(?P<argument>\w+)\s*\))\s*=\s*"
    r"(?P<right>[^\n;=]+)"
)
_NAMED: Final = ("derivative", "gradient")
_LONGEST: Final = 5_000
"""Letters of an answer in which such definitions are looked for."""


def with_own_primes(text: str, names: Names) -> str:
    """The text with primes as an answer defines them: ``h'`` is a name, and a true rule for ``σ'(z)`` is left out."""
    if len(text) > _LONGEST or not ("'" in text or "′" in text):
        return text
    changed = text
    for match in _DEFINED.finditer(text):
        if names.find(match["name"]) in names.shapes:
            changed = re.sub(rf"(?<!\w){re.escape(match['name'])}{match['prime']}", f"{match['name']}{_PRIME}", changed)
    for match in reversed([*_RULE.finditer(changed)]):
        if _is_true(match["left"], match["right"], match["argument"]):
            rest = changed[: match.start()] + " " * len(match[0]) + changed[match.end() :]
            changed = rest if rest.strip() else changed
    return moved(changed, text) if changed != text else text


def _is_true(left: str, right: str, argument: str) -> bool:
    """Whether a rule for the derivative of a function of one number holds."""
    names = Names([Variable(argument)])
    with suppress(ExamgradError):
        rule, truth = (transform(read(side, names), _of_numbers) for side in (right.rstrip(" .,"), left))
        return decide(rule, truth, names.domains, witness=False).verdict == "equal"
    return False


def _of_numbers(item: Node) -> Node:
    return Apply("mul", item.args) if isinstance(item, Apply) and item.op == "hadamard" else item


def entry_by_entry(derivatives: NamedDerivatives, formula: Formula) -> Formula:
    """The answer with the quotients that it defines as columns, ``da/dz = 1 - a^2``, as those columns.

    Only where the Jacobian has these numbers on its diagonal and zeros beside it.
    """
    columns: dict[Node, Node] = {}
    kept: list[Node] = []
    for item in formula.stated:
        first = item.args[0] if isinstance(item, Apply) and item.op == "equation" else item
        column = formula.scope.without_own(item.args[-1]) if first is not item else item
        if first is not item and _is_diagonal(derivatives, first, column):
            columns[first] = column
        else:
            kept.append(item)
    if not columns:
        return formula
    own = {name: _put_in(node, columns) for name, node in formula.scope.own.items()}
    claims, stated = (tuple(_put_in(item, columns) for item in items) for items in (formula.claims, kept))
    scope = formula.scope.with_own(own)
    return formula._replace(tree=_put_in(formula.tree, columns), scope=scope, claims=claims, stated=stated)


def with_diagonals(derivatives: NamedDerivatives, tree: Node) -> Node:
    """The formula with the Jacobians in its products entry by entry as the columns on their diagonals.

    Only those that have nothing beside it: ``∂L/∂a ∘ ∂a/∂z``.
    """

    def column(item: Node) -> Node:
        if not isinstance(item, Apply) or item.op not in _NAMED:
            return item
        with suppress(ExamgradError):
            diagonal = Apply("diag", (derivatives.worked_out(item),))
            if _is_diagonal(derivatives, item, diagonal):
                return diagonal
        return item

    def change(item: Node) -> Node:
        if not isinstance(item, Apply) or item.op != "hadamard":
            return item
        return Apply("hadamard", tuple(map(column, item.args)), item.span)

    return transform(tree, change)


def as_stated(formula: Formula) -> Node:
    """The formula with the derivatives that other lines of the answer work out, as they do."""
    said = {item.args[0]: item.args[-1] for item in formula.stated if isinstance(item, Apply) and item.op == "equation"}
    quotients: dict[Node, Node] = {
        left: right for left, right in said.items() if isinstance(left, Apply) and left.op in _NAMED
    }
    return _put_in(formula.tree, quotients) if quotients else formula.tree


def _put_in(node: Node, columns: Mapping[Node, Node]) -> Node:
    return transform(node, lambda item: columns.get(item, item))


def _is_diagonal(derivatives: NamedDerivatives, quotient: Node, column: Node) -> bool:
    """Whether a quotient of two columns is the diagonal matrix of a column."""
    if not isinstance(quotient, Apply) or quotient.op != "derivative":
        return False
    arrays = derivatives.arrays
    with suppress(ExamgradError):
        if len(arrays.shapes.of(column)) != 1:
            return False
        jacobian = derivatives.worked_out(quotient)
        if len(arrays.shapes.of(jacobian)) != 2:
            return False
        return arrays.decide(Apply("diag", (column,)), jacobian, witness=False).verdict == "equal"
    return False
