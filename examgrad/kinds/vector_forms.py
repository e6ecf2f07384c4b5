"""Vectors as calculus writes them: ``⟨2xy, x²⟩``, ``2xy, x²``, ``(2xy; x²)``, ``2xy i + x² j``.

These are tried only where a text is no vector as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from examgrad.equality import decide
from examgrad.errors import MathSyntaxError
from examgrad.formula.definitions import spelled_name
from examgrad.formula.names import Variable
from examgrad.formula.statements import read_statements
from examgrad.formula.tree import ONE, ZERO, Apply, Node, Symbol, add, mul, substitute, transform
from examgrad.kinds.entry_names import derivative_said
from examgrad.kinds.scope import Scope, is_statement

_UNITS: Final = "ijk"
_NAMED: Final = re.compile(r"[^=]*[^=<>!]=(?!=)", re.DOTALL)
_BRACKETS: Final = re.compile(
    r"(?:⟨|〈|<|\\left\s*\\langle|\\langle|\\left\s*\(|\()(?P<inside>.*)"
    r"(?:⟩|〉|>|\\right\s*\\rangle|\\rangle|\\right\s*\)|\))(?:\^\{?(?:T|\\top)\}?|ᵀ)?",
    re.DOTALL,
)
_EDGES: Final = " \t\n$.,;"


class Vector(NamedTuple):
    """An array of formulas, and what stands left of its equals sign."""

    tree: Apply
    claims: tuple[Node, ...] = ()


def as_vector(text: str, scope: Scope, count: int) -> Vector | None:
    """The array of formulas that a text is in another notation, of ``count`` where units tell it; else ``None``."""
    stated = _NAMED.match(text)
    left = text[: stated.end() - 1] if stated and "=" not in text[stated.end() :] else ""
    body = text[len(left) + bool(left) :].strip(_EDGES)
    claims = _claims(left.strip(" :&"), scope)
    if claims is None or "=" in body or "\n" in body:
        return None
    for listed in _listed(body):
        found = _read(f"[{listed}]", scope)
        if isinstance(found, Apply) and found.op == "array" and len(found.args) > 1:
            return Vector(found, claims)
    units = _in_units(body, scope, count)
    return None if units is None else Vector(units, claims)


def _claims(left: str, scope: Scope) -> tuple[Node, ...] | None:
    """What the left side of an equation says the vector is; ``None`` where that cannot be read."""
    if not left:
        return ()
    if (label := spelled_name(left)) is not None and scope.names.find(label) is None:
        said = derivative_said(label, scope)
        return () if said is None else (said,)
    side = _read(left, scope)
    return None if side is None else (side,)


def _listed(body: str) -> Iterator[str]:
    """The entries of a vector, with commas between them."""
    match = _BRACKETS.fullmatch(body)
    for inside in (match["inside"], body) if match else (body,):
        if "," in inside or ";" in inside:
            yield inside.replace(";", ",")


def _read(body: str, scope: Scope) -> Node | None:
    try:
        statements, own = read_statements(body, scope.names)
    except MathSyntaxError:
        return None
    return statements[0].result if len(statements) == 1 and len(statements[0].sides) == 1 and not own else None


def _in_units(body: str, scope: Scope, count: int) -> Apply | None:
    """``a i + b j``, where i and j are no names of the problem: also as ``î``, ``\\mathbf{i}``, ``e_1``."""
    names = scope.names
    if count not in (2, 3) or names.open_ended or any(names.find(unit) for unit in _UNITS[:count]):
        return None
    units = [f"{unit}hat" for unit in _UNITS[:count]]
    aliases = {
        spelling: unit
        for place, (letter, unit) in enumerate(zip(_UNITS, units, strict=False), 1)
        for spelling in (letter, f"{letter}vec", f"e{place}")
        if names.find(spelling) is None
    }
    extended = names.extended([Variable(unit) for unit in units], aliases=aliases)
    found = _read(body, Scope(extended, scope.graph))
    if found is None or is_statement(found) or found.symbols().isdisjoint(units):
        return None
    parts = []
    for unit in units:
        others: dict[str, Node] = {other: ONE if other == unit else ZERO for other in units}
        parts.append(transform(substitute(found, others), _tidied))
    whole = add(*(mul(part, Symbol(unit)) for part, unit in zip(parts, units, strict=True)))
    same = decide(scope.graph.expand(found), scope.graph.expand(whole), extended.domains, witness=False)
    return Apply("array", tuple(parts)) if same.verdict == "equal" else None


def _tidied(item: Node) -> Node:
    """A formula in which ones and zeros were put, without them."""
    if not isinstance(item, Apply) or not {ONE, ZERO} & {*item.args}:
        return item
    if item.op in ("mul", "add"):
        return (mul if item.op == "mul" else add)(*item.args)
    return ZERO if item.op in ("neg", "div") and item.args[0] == ZERO else item
