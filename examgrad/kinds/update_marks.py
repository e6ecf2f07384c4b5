"""Names before a step and after it, told apart by the marks of time that an answer uses: ``v_t``, ``w^{new}``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from examgrad.formula.definitions import find_equals, spelled_name
from examgrad.formula.names import GREEK, Names, Variable, name_key
from examgrad.formula.tree import Node
from examgrad.kinds.updating import Target

_ABOVE: Final = (
    r"\^\s*(?:(?:\{\s*\(?|\()\s*(?:\\(?:text|mathrm)\s*\{\s*)?"
    r"(?P<step>[a-z]\s*[+−-]\s*1|[a-z](?=\s*\))|old|new|next|prev|\d+(?=\s*\)))\s*\}?\s*(?:\)?\s*\}|\))"
    r"|(?P<word>old|new)\b)"
)
"""``^{(t+1)}``, ``^(t)``, ``^{new}``: a mark of time above the line."""
_COUNTED: Final = r"(?:\^\s*\{?|[(\[])\s*([a-z])\s*\+\s*1\s*[)\]}]?\s*"
"""``^{t+1}``, ``(t+1)``, ``[t+1]`` at the name of a new value: its letter counts the steps."""
_PLUS: Final = r"(?P<plus>\^\s*(?:\+|\{\s*\+\s*\}))(?=\s*(?::?=|←))"
_LETTERS: Final = ("t", "k", "n", "i", "j")
_OLD: Final = ("old", "prev", "before")
_MOST_DIGITS: Final = 4
_NEW: Final = ("new", "next", "after", "prime", "+", "⁺")


def lowered(pieces: Sequence[str], names: Iterable[str]) -> list[str]:
    """Marks of time above or behind the line, at these names, as marks below it; each text keeps its length.

    ``w^t`` and ``w(t)`` are marked where the new value is named ``w^{t+1}`` or ``w(t+1)``.
    """
    spelled = "|".join(sorted((text for name in names for text in _spellings(name)), key=len, reverse=True))
    named = re.compile(rf"[\s&$]*(?:{spelled})\s*{_COUNTED}(?::?=|←)")
    letters = {match[1] for piece in pieces if (match := named.match(piece))}
    marks = f"{_ABOVE}|{_PLUS}"
    if letters:
        step = rf"[{''.join(sorted(letters))}](?:\s*\+\s*1)?"
        marks += rf"|\^\s*(?P<bare>{step}(?<!1))(?!\w)|\^\s*\{{\s*(?P<braced>{step})\s*\}}"
        marks += rf"|\(\s*(?P<round>{step})\s*\)|\[\s*(?P<square>{step})\s*\]"

    def below(match: re.Match[str]) -> str:
        step = next(text for name, text in match.groupdict().items() if name != "above" and text is not None)
        step = "+" if match["plus"] else step.replace("−", "-")
        start = match.start("above") - match.start()
        room = len(match["above"])
        mark = "_{" + step.ljust(room - 3) + "}" if room >= len(step) + 3 else "_" + step.ljust(room - 1)
        return match[0][:start] + mark

    return [re.sub(rf"(?<![^\W_])(?:{spelled})\s*(?P<above>{marks})", below, piece) for piece in pieces]


def _spellings(name: str) -> Iterator[str]:
    yield re.escape(name)
    if numbered := re.fullmatch(r"(.*[^\W\d_])_?(\d+)", name):
        for base in _spellings(numbered[1]):
            low = "".join(chr(0x2080 + int(digit)) for digit in numbered[2])
            yield rf"{base}(?:_?{numbered[2]}|_\{{{numbered[2]}\}}|{low})"
    if name in GREEK:
        yield rf"\\{name}"
        yield GREEK[name]


def by_key(targets: Sequence[Target]) -> dict[str, str]:
    """The targets' names by the keys of all spellings that each goes by."""
    return {name_key(name): target.name for target in targets for name in (target.name, *target.names)}


def left_side(text: str) -> str:
    """What stands before an equals sign, as a key of names."""
    left = text.replace("&", " ").strip().strip("$ ")
    return name_key(spelled_name(left) or left).replace("−", "-")


def mark_of(key: str, spelled: Mapping[str, str]) -> tuple[str, str] | None:
    """The target that a key names, and its mark of time: ``v``, ``t+1``; ``spelled`` has the targets by their keys."""
    if key in spelled:
        return spelled[key], ""
    for start, name in spelled.items():
        rest = key.removeprefix(start)
        if rest != key and _is_mark(rest):
            return name, rest
    return None


def _is_mark(rest: str) -> bool:
    if rest in (*_NEW, *_OLD, *_LETTERS) or (rest.isdecimal() and len(rest) < _MOST_DIGITS):
        return True
    return rest[:1] in _LETTERS and rest[1:] in ("+1", "-1")


def is_old(mark: str) -> bool:
    """Whether a mark says that a value is from before the step."""
    return mark in _OLD or mark[1:] == "-1"


class Marks:
    """Which spellings mean a name before the step and which mean it after, by the marks that an answer uses."""

    def __init__(self, names: Names, targets: Sequence[Target], pieces: Sequence[str]) -> None:
        self.targets: Final = targets
        self._names: Final = names
        self._spelled: Final = by_key(targets)
        seen = [mark for piece in pieces if (mark := self._mark(piece)) is not None]
        self.stepped: Final = {mark for _, mark in seen if mark in _LETTERS}
        """Letters that stand for the time after the step: ``v_t = β v_{t-1} + g``."""
        self._counted: Final = {
            name: [int(mark) for other, mark in seen if other == name and mark.isdecimal()] for name, _ in seen
        }
        self.aliases: Final = dict(self._aliases())

    def _mark(self, piece: str) -> tuple[str, str] | None:
        """The target on a statement's left side, and its mark of time."""
        equals = find_equals(piece)
        if equals is None:
            return None
        left = left_side(piece[: equals.start()])
        found = mark_of(left, self._spelled)
        if found is not None and found[1] and self._names.find(left) is not None:
            return None  # w_1 is a name of the problem
        return found

    def target_of(self, piece: str) -> tuple[str, bool] | None:
        """The target whose new value a statement gives, and whether in place."""
        mark = self._mark(piece)
        if mark is None:
            return None
        name, rest = mark
        if is_old(rest):
            return None
        if rest.isdecimal() and int(rest) < max(self._counted.get(name, [0])):
            return None  # a step on the way
        return name, rest == ""

    def _aliases(self) -> Iterator[tuple[str, str]]:
        for spelled, name in self._spelled.items():
            marks = [(mark, True) for mark in _NEW] + [(mark, False) for mark in _OLD]
            for letter in _LETTERS:
                after = letter in self.stepped
                marks += [(letter, after), (f"{letter}-1", False), (f"{letter}+1", True)]
            counted = self._counted.get(name, [])
            if counted:
                marks += [(str(max(counted)), True), *((str(step), False) for step in range(min(counted)))]
            for mark, after in marks:
                if mark == "prime" and name in self._names.variables and self._names.variables[name].shape:
                    continue  # a transpose
                if self._names.find(spelled + mark) is None:
                    yield name_key(spelled + mark), f"{name}_new" if after else f"{name}_old"
            if self._names.find(spelled) is None:
                yield spelled, name

    def names(self, own: Mapping[str, Node]) -> Names:
        """The problem's names with those of the answer and the spellings before and after the step."""
        variables = dict(self._names.variables)
        for target in self.targets:
            like = variables.get(target.name, Variable(target.name))
            for name in (target.name, f"{target.name}_new", f"{target.name}_old"):
                variables.setdefault(name, like._replace(name=name))
        for name in own:
            variables.setdefault(name, Variable(name))
        return Names(variables.values(), aliases=self.aliases, sample_index=True)
