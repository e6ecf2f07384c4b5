"""Equations that name something: ``J = 1/2 (x1^2 x2 - y)^2``, ``\\hat{y} = wh``, ``s = ŷ - y``."""

from __future__ import annotations

import re
from typing import Final

from examgrad.errors import MathSyntaxError
from examgrad.formula.names import Names
from examgrad.formula.parser import Notation, read
from examgrad.formula.plain import is_latex, tokens_of
from examgrad.formula.tree import Apply, Node

_ANY_WORD: Final = Names(whole_words=True)
_EQUALS = re.compile(r":?==?|≔|\\coloneqq")
_LAYER = re.compile(r"(?<=[\w}])\^\s*(?:\{\s*[(\[](\d{1,2})[)\]]\s*\}|[(\[](\d{1,2})[)\]])\s*\Z")
_OPENING, _CLOSING = "([{", ")]}"
_COMPARISON = re.compile(r"[<>!]=|=[<>]")
_ARGUMENTS = re.compile(r"\s*\([^()=]*\)\s*\Z")


def spelled_name(text: str) -> str | None:
    """The plain spelling of a text that is one name (``\\hat{y}`` → ``yhat``); ``None`` if it is not.

    A layer above it, ``δ^{(1)}``, counts as an index below it.
    """
    if len(text) > 80:
        return None
    text = text.replace(".grad", "_grad")  # as PyTorch calls it
    text = _LAYER.sub(lambda match: f"_{{{match[1] or match[2]}}}", text)
    try:
        tokens = tokens_of(text, _ANY_WORD, commands=is_latex(text))
    except MathSyntaxError:
        return None
    return str(tokens.values[0]) if tokens.kinds == ["name", "end"] else None


def find_equals(text: str, start: int = 0) -> re.Match[str] | None:
    """The first ``=`` outside brackets, from ``start`` on."""
    depth = 0
    at = start
    while at < len(text):
        if text[at] in _OPENING:
            depth += 1
        elif text[at] in _CLOSING:
            depth -= 1
        elif comparison := _COMPARISON.match(text, at):
            at = comparison.end()
            continue
        elif depth <= 0 and (match := _EQUALS.match(text, at)):
            return match
        at += 1
    return None


def defined_name(text: str) -> tuple[str, int] | None:
    """The name on the left of an equation, and where its right-hand side begins; ``None`` if there is none."""
    match = find_equals(text)
    if match is None:
        return None
    name = spelled_name(_ARGUMENTS.sub("", text[: match.start()]))
    return (name, match.end()) if name else None


def read_definition(text: str, names: Names, *, notation: Notation = "auto") -> tuple[str, Node]:
    """``J = …`` as the name J, in plain spelling, and the tree of the right-hand side.

    A declared name keeps its declared spelling. Raises :class:`MathSyntaxError`.
    """
    found = defined_name(text)
    if found is None:
        raise MathSyntaxError(
            "this is no definition", text=text, expected="a name, = and a formula, as in g = v x", code="no-definition"
        )
    name, start = found
    try:  # blanks keep every offset true
        node = read(" " * start + text[start:], names, notation=notation)
    except MathSyntaxError as error:
        raise error.within(text) from None
    if isinstance(node, Apply) and node.op == "equation":
        raise MathSyntaxError(
            "a definition has one = only", text=text, offset=node.args[0].span[1] if node.args[0].span else start,
            expected="one name and one formula", code="no-definition",
        )  # fmt: skip
    return names.find(name) or name, node
