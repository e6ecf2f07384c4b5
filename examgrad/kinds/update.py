"""``update``: one step of an optimiser."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from examgrad.errors import Diagnostic, MathSyntaxError
from examgrad.exam.fields import Fields, Formula, NameList, Raw
from examgrad.exam.model import Answer, Exam, Given, Part
from examgrad.formula import printer
from examgrad.formula.definitions import find_equals, spelled_name
from examgrad.formula.names import Names, name_key
from examgrad.formula.statements import Statement, read_statement, split_statements
from examgrad.formula.tree import Node, transform
from examgrad.kinds.base import Derive, Key, Kind, Outcome
from examgrad.kinds.derived import canonical, canonicals, derivative_problems, key_syntax_problem, updates_key
from examgrad.kinds.judging import Place, judge_all
from examgrad.kinds.reading import Formula as Reading
from examgrad.kinds.reading import Unreadable, from_syntax, unreadable
from examgrad.kinds.scope import Scope

_STEP = r"\^\s*\{?\s*(?:\(\s*[a-z]\s*%s\)|(?:\\(?:text|mathrm)\s*\{\s*)?%s\}?)\s*\}?"
_OLD_STEP = _STEP % ("", "old")
_NEW_STEP = _STEP % (r"\+\s*1\s*", "new")
_DECREMENT = re.compile(r"^(\s*[^\s=+-]+)\s*([+-])=(.*)$", re.S)
"""``w -= eta g``"""
_OLD_SUFFIXES = ("old", "t", "k", "n", "i", "j")
_NEW_SUFFIXES = ("new", "next", "t+1", "k+1", "n+1", "prime")


class UpdateFields(Fields):
    """The fields of an optimiser's step."""

    needs = ("equations",)
    rule: Literal["sgd"]
    of: NameList
    wrt: NameList
    rate: Formula
    key: Raw = None


class Update(Kind):
    """The key is derived: the new value of each name. Named gradients need not be worked out."""

    name = "update"
    fields = UpdateFields

    def problems(self, part: Part, exam: Exam) -> list[Diagnostic]:
        """Unknown names, names that the loss does not depend on, and a rate that cannot be read."""
        found = derivative_problems(part, part.given)
        rate = key_syntax_problem(part.fields.rate, part.given)
        return [*found, rate] if rate else found

    def key(self, part: Part, exam: Exam, derive: Derive) -> Key:
        """``name_new = …`` for each name."""
        of, wrt = canonical(part.fields.of[0], part.given), canonicals(part.fields.wrt, part.given)
        return updates_key(self.name, part, derive("gradient", part.given, (of,), wrt), wrt)

    def check(self, part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
        """Judge the new value of each name by itself."""
        wrt = canonicals(part.fields.wrt, part.given)
        assert key.tree is not None
        found = read_updates(answer, part.given, wrt)
        places = [Place(row, 1, f"new {printer.unicode_name(name)}") for row, name in enumerate(wrt, 1)]
        entries = [found.get(name) for name in wrt]
        keys = list(key.tree.args) if len(wrt) > 1 else [key.tree]
        return judge_all(entries, keys, places, [None] * len(wrt), by_entry=part.credit.entries)


def old_names(names: Names, wrt: Sequence[str]) -> Names:
    """The names with ``v_old``, ``v_t`` as further spellings of v, and samples' indices allowed."""
    aliases = {
        name_key(name + suffix): name
        for name in wrt
        for suffix in _OLD_SUFFIXES
        if names.find(name + suffix) is None
    }  # fmt: skip
    return names.extended(aliases=aliases, sample_index=True)


def read_updates(answer: Answer, given: Given, wrt: Sequence[str]) -> dict[str, Reading | Unreadable]:
    """The new values an answer states: ``v_new = …``, ``v ← …``, ``v_{t+1} = …``, a mapping by name, in any order.

    What the answer defines itself is put in where it is used. Raises :class:`Unreadable` where no new value is found.
    """
    scope = Scope.of(given)
    scope = Scope(old_names(scope.names, wrt), scope.graph)
    value = answer.value if answer.value is not None else answer.work
    if isinstance(value, Mapping):
        lines: Sequence[object] = [_line(name, item) for name, item in value.items()]
    else:
        lines = [value] if isinstance(value, str) else value if isinstance(value, Sequence) else []
    found: dict[str, Reading | Unreadable] = {}
    own: dict[str, Node] = {}
    stated: dict[Node, Node] = {}
    trouble: Unreadable | None = None
    for line in lines:
        if not isinstance(line, str):
            raise unreadable(line, "one update was expected here")
        for piece, offset in split_statements(line):
            try:
                target, statement = _statement(piece, offset, scope.names.extended(own), wrt)
            except MathSyntaxError as error:
                target = _target_of(piece, wrt)
                trouble = trouble or from_syntax(line, error.within(line, offset))
                if target is not None:
                    found[target] = from_syntax(line, error.within(line, offset))
                continue
            if target is not None:
                result = _with_stated(statement.result, stated)
                claims = statement.sides[:-1]
                found[target] = Reading(statement.text, result, scope.with_own(own), claims, statement.other)
            elif statement.label is not None and scope.names.find(statement.label) is None:
                own[statement.label] = _with_stated(statement.result, stated)
            elif len(statement.sides) > 1:
                stated[statement.sides[0]] = statement.result
    if trouble and found:  # the line that could not be read may be the one that is missing
        for name in wrt:
            found.setdefault(name, trouble)
    if not found:
        raise trouble or unreadable(value, f"no new value of {' or '.join(wrt)} was found", help="write v_new = v - …")
    return found


def _with_stated(node: Node, stated: Mapping[Node, Node]) -> Node:
    """A formula with the gradients that the answer worked out itself (``dL/dv = …``) put in."""
    return transform(node, lambda item: stated.get(item, item)) if stated else node


def _line(name: str, item: object) -> str:
    if not isinstance(item, str):
        raise unreadable(item, "one formula was expected here")
    return item if find_equals(item) else f"{name} = {item}"


def _statement(piece: str, offset: int, names: Names, wrt: Sequence[str]) -> tuple[str | None, Statement]:
    """One statement, and the name whose new value it gives."""
    piece = _DECREMENT.sub(r"\1 = \1 \2 (\3)", _without_steps(piece, wrt))
    target = _target_of(piece, wrt)
    equals = find_equals(piece)
    if target is not None and equals is not None:  # v' and the like are names here only
        piece = target.ljust(equals.start())[: equals.start()] + piece[equals.start() :]
    return target, read_statement(piece, offset, names)


def _without_steps(piece: str, wrt: Sequence[str]) -> str:
    """``v^{(t+1)} = v^{(t)} - …`` as ``v = v - …``; the text keeps its length, and new values on the right stay."""
    equals = find_equals(piece)
    cut = equals.start() if equals else 0
    left, right = piece[:cut], piece[cut:]
    for name in wrt:
        spelled = rf"(?<![A-Za-z\\]){re.escape(name)}"
        left = _blanked(left, rf"{spelled}(?P<step>{_OLD_STEP}|{_NEW_STEP})")
        right = _blanked(right, rf"{spelled}(?P<step>{_OLD_STEP})")
    return left + right


def _blanked(text: str, pattern: str) -> str:
    return re.sub(pattern, lambda match: match[0].replace(match["step"], " " * len(match["step"])), text)


def _target_of(piece: str, wrt: Sequence[str]) -> str | None:
    """Which new value a statement gives by its left side: ``v_new``, ``v'``, ``v_{t+1}``, ``v``."""
    equals = find_equals(piece)
    if equals is None:
        return None
    left = piece[: equals.start()].replace("&", " ").strip().strip("$ ")
    key = name_key(spelled_name(left) or left)
    targets = (name for name in wrt if key in {name_key(name + suffix) for suffix in ("", *_NEW_SUFFIXES)})
    return next(targets, None)
