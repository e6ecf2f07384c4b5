"""How an answer with indices is read: ``∂y_i/∂W_{jk} = δ_{ij} x_k for i, j = 1..m``, or an array of arrays.

The letters that stand at arrays are names in it; ``δ_{ij}`` and ``I_{ij}`` are ``[i = j]``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from examgrad.exam.document import Text
from examgrad.exam.model import Answer, Given
from examgrad.formula.lexemes import LOWERED
from examgrad.formula.names import Names, Variable
from examgrad.formula.shapes import FITTING
from examgrad.formula.tree import Apply, Node, Symbol, transform
from examgrad.kinds.reading import Formula, read_formula, unreadable
from examgrad.kinds.scope import Scope

_SQUARE: Final = (FITTING, FITTING)
_SMALL: Final = "".join(small for small, letter in LOWERED.items() if letter.isalpha())
_SUBSCRIPT = re.compile(
    rf"((?:(?![{_SMALL}])[^\W_])*)(?:_\s*\{{([A-Za-z,\s]{{1,20}})\}}|_([A-Za-z]{{1,4}})|([{_SMALL}]{{1,4}}))"
)
_EQUAL = re.compile(r"(?<![^\W_])([A-Za-z])\s*==?\s*([A-Za-z])(?![^\W_])")
_DELTA = re.compile(rf"(?:δ|\\?delta)\s*(?:_\s*\{{|_\w\w(?!\w)|[{_SMALL}])")
_TAIL = re.compile(
    r"(?:\b(?:for|with|where)\b(?:\s+all\b)?|\\text\s*\{\s*(?:for|with|where)(?:\s+all)?\s*\}|∀|\\forall)([^\n]*)\Z"
)
_JOINTS: Final = ("\\qquad", "\\quad", "\\,", "\\;", ",", ";")
_LONGEST: Final = 5_000
"""Letters of an answer in which ranges are looked for; a longer one is left to the reader as it is."""
_INDICES = r"(?:[A-Za-z]\s*,\s*){0,7}[A-Za-z]"
_DOTS = r"(?:\.\.+|…|\\[lc]?dots(?:\s*\{\})?)"
_BARE_TAIL = re.compile(
    rf"(?:\\q?quad|[,;(])\s*(?={_INDICES}\s*(?:=|∈|\\in)\s*(?:\\?\{{\s*)?1\s*(?:,\s*{_DOTS}|{_DOTS}|to\b))([^\n]*)\Z"
)
_RANGE = re.compile(
    rf"\s*({_INDICES})\s*(?:(?:=|∈|\\in)\s*(?:\\?\{{)?\s*1\s*(?:,\s*{_DOTS}\s*,|{_DOTS}|to|[-–:])\s*(\w+)\s*(?:\\?\}})?)?"
    r"\s*(?:,|;|and|\\[,;]|\\q?quad|[.\s$)])*"
)


class Indexed(NamedTuple):
    """An answer as it was read, and the last values of its indices where it states them."""

    formula: Formula
    ranges: Mapping[str, str]


def read_indexed(answer: Answer, given: Given) -> Indexed:
    """The one formula, or the array, of an answer. Raises :class:`~examgrad.kinds.reading.Unreadable`."""
    value = answer.written
    if isinstance(value, str):
        return _of_text(value, given)
    if isinstance(value, Mapping) or not isinstance(value, Sequence):
        raise unreadable(value, "one formula, or an array, was expected here, not a mapping")
    scope = Scope.of(given)
    return Indexed(Formula("", _of_list(value, scope), scope), {})


def _of_text(text: str, given: Given) -> Indexed:
    tail = _TAIL.search(text) or _BARE_TAIL.search(text) if len(text) <= _LONGEST else None
    ranges = _ranges(tail[1]) if tail else None
    body = text
    if tail and ranges is not None:
        body = _without_joints(text[: tail.start()])
        if isinstance(text, Text):
            body = Text(body, text.source, text.start, text.end, text.style)
    names = given.names.extended([*_letters(text, given.names), *(ranges or ()), *_squares(text)])
    formula = read_formula(body, replace(Scope.of(given), names=names))
    tree = formula.scope.without_own(formula.tree)
    marks = {variable.name for variable in _squares(text)} - given.names.variables.keys()
    return Indexed(formula._replace(tree=transform(tree, lambda node: _unmarked(node, marks))), ranges or {})


def _without_joints(text: str) -> str:
    """A formula without the signs between it and its ranges."""
    while (text := text.rstrip()).endswith(_JOINTS):
        text = text.removesuffix(next(joint for joint in _JOINTS if text.endswith(joint)))
    return text


def _squares(text: str) -> list[Variable]:
    """``δ`` and ``I`` where they have two indices: matrices, while they are read."""
    found = [Variable("delta", shape=_SQUARE)] if _DELTA.search(text) else []
    return found + ([Variable("I", shape=_SQUARE)] if re.search(rf"\bI\s*(?:_|[{_SMALL}])", text) else [])


def _unmarked(node: Node, marks: set[str]) -> Node:
    """``δ_{ij}`` and an entry of the identity as the indicator that they are."""
    if not isinstance(node, Apply) or node.op != "entry" or len(node.args) != 3:
        return Apply("identity", ()) if isinstance(node, Symbol) and node.name == "I" and "I" in marks else node
    array = node.args[0]
    if (isinstance(array, Symbol) and array.name in marks) or (isinstance(array, Apply) and array.op == "identity"):
        return Apply("indicator", (Apply("eq", node.args[1:]),), node.span)
    return node


def _letters(text: str, names: Names) -> list[str]:
    """The letters that stand as indices in a text and are no names."""
    found: list[str] = []
    for match in _SUBSCRIPT.finditer(text):
        inner = match[2] or match[3] or "".join(LOWERED[small] for small in match[4])
        if names.find(f"{match[1]}_{inner}") is None:
            found += re.findall(r"[A-Za-z]", inner)
    for pair in _EQUAL.finditer(text):  # [i = j]
        found += pair.groups()
    return [letter for letter in dict.fromkeys(found) if names.find(letter) is None]


def _ranges(text: str) -> dict[str, str] | None:
    """``i, j = 1..m, k = 1..d`` as the last value of each index, empty where none is said; ``None`` if it says more."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text.rstrip()):
        match = _RANGE.match(text, at)
        if match is None or match.end() == at:
            return None
        found |= dict.fromkeys(re.findall(r"[A-Za-z]", match[1]), match[2] or "")
        at = match.end()
    return found or None


def _of_list(value: object, scope: Scope) -> Node:
    """Lists of lists as one array; each item is a formula."""
    if isinstance(value, str):
        return read_formula(value, scope).tree
    if not isinstance(value, Sequence) or not value:
        raise unreadable(value, "a formula was expected here")
    items = [_of_list(item, scope) for item in value]
    if len(items) > 1 and len({isinstance(item, str) for item in value}) > 1:
        raise unreadable(value, "the rows of this array have different lengths")
    return Apply("array", tuple(items))
