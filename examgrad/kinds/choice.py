"""``choice``: one or several options by their letters."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal

from examgrad.errors import Diagnostic
from examgrad.exam.fields import Fields, OneOrMany, Reason
from examgrad.exam.model import Answer, Exam, Part
from examgrad.formula.latex import clean
from examgrad.kinds.base import Cell, Derive, Evidence, Key, Kind, Outcome
from examgrad.kinds.reading import location_of, unreadable
from examgrad.kinds.rubric import with_reason

_SEPARATORS = re.compile(r"[\s,;&+/]+|\band\b", re.I)


class ChoiceFields(Fields):
    """The fields of a choice."""

    options: dict[str, str]
    key: OneOrMany
    scoring: Literal["exact", "per_option"] = "exact"
    reason: Reason | None = None


class Choice(Kind):
    """The key is stated: one letter or all of the right ones. ``per_option`` counts every option by itself."""

    name = "choice"
    fields = ChoiceFields

    def problems(self, part: Part, exam: Exam) -> list[Diagnostic]:
        """Letters of the key that are no option, or there twice."""
        found = []
        for letter in part.fields.key:
            if letter not in part.fields.options:
                near = difflib.get_close_matches(letter, part.fields.options, 1, 0.1)
                hint = f"; did you mean {near[0]}?" if near else ""
                message = f"the key of part {part.name} names {letter}, which is no option{hint}"
                found.append(Diagnostic("key-no-option", message, "author", location_of(letter)))
        if len(set(part.fields.key)) < len(part.fields.key):
            message = f"the key of part {part.name} names an option twice"
            found.append(Diagnostic("key-twice", message, "author", part.location))
        return found

    def key(self, part: Part, exam: Exam, derive: Derive) -> Key:
        """The right letters, in the order of the options."""
        return Key(part.name, self.name, _shown(part.fields.options, set(part.fields.key)))

    def check(self, part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
        """Compare the letters with the key's, all together or option by option."""
        options = part.fields.options
        chosen, right = read_letters(answer, options), set(part.fields.key)
        cells = tuple(
            Cell(
                row, letter, "correct" if (letter in chosen) == (letter in right) else "incorrect",
                "chosen" if letter in chosen else "", "chosen" if letter in right else "",
            )
            for row, letter in enumerate(options, 1)
        )  # fmt: skip
        good = sum(cell.verdict == "correct" for cell in cells)
        if chosen == right:
            outcome = Outcome(
                "correct", Fraction(1), "Right.", Evidence("stated"), _shown(options, chosen), cells=cells
            )
        elif part.fields.scoring == "per_option":
            reason = f"{good} of {len(options)} options right. {_difference(options, chosen, right)}"
            verdict: Literal["partial", "incorrect"] = "partial" if good else "incorrect"
            share = Fraction(good, len(options))
            outcome = Outcome(verdict, share, reason, Evidence("stated"), _shown(options, chosen), cells=cells)
        else:
            reason = _difference(options, chosen, right)
            outcome = Outcome("incorrect", Fraction(0), reason, Evidence("stated"), _shown(options, chosen))
        return with_reason(outcome, part.fields.reason, part, answer)


def _shown(options: Mapping[str, str], letters: set[str]) -> str:
    return ", ".join(letter for letter in options if letter in letters)


def _difference(options: Mapping[str, str], chosen: set[str], right: set[str]) -> str:
    extra, missing = _shown(options, chosen - right), _shown(options, right - chosen)
    parts = []
    if extra:
        parts.append(f"{extra} {'is' if len(chosen - right) == 1 else 'are'} wrong")
    if missing:
        parts.append(f"{missing} {'is' if len(right - chosen) == 1 else 'are'} missing")
    return ", and ".join(parts) + "."


def read_letters(answer: Answer, options: Mapping[str, str]) -> set[str]:
    """The options an answer chooses: ``B, C``, ``[B, C]``, ``BC``, ``b) dropout``; raises ``Unreadable``."""
    value = answer.value
    if isinstance(value, str):
        words: Sequence[object] = _words(value, options)
    elif isinstance(value, Sequence):
        words = value
    else:
        raise unreadable(value, "the letters of options were expected here")
    chosen: set[str] = set()
    for word in words:
        if not isinstance(word, str):
            raise unreadable(word, "the letter of an option was expected here")
        letter = _letter(word, options)
        if letter is None:
            raise unreadable(
                value if isinstance(value, str) else word, f"'{word.strip()}' is no option of this question",
                help=f"the options are {', '.join(options)}", code="no-option",
            )  # fmt: skip
        chosen.add(letter)
    return chosen


def _words(text: str, options: Mapping[str, str]) -> list[str]:
    text = clean(text.strip().strip("$")).strip("[]{} ")
    if _letter(text, options) is not None:
        return [text]
    words = [word for word in _SEPARATORS.split(text) if word.strip("().")]
    if len(words) == 1 and all(_letter(letter, options) for letter in words[0]):
        return list(words[0])
    return words


def _letter(word: str, options: Mapping[str, str]) -> str | None:
    """The option that a word names by its letter, its letter and text, or its text."""
    bare = clean(word.strip()).strip(" ().:[]'\"")
    for form in (bare, bare.upper(), bare.lower()):
        if form in options:
            return form
    match = re.match(r"\(?(\w+)[).:]\s+(.*)", word.strip(), re.S)
    if match and match[1] in options and match[2].strip(" .").lower() == options[match[1]].strip(" .").lower():
        return match[1]
    named = [letter for letter, text in options.items() if text.strip(" .").lower() == bare.lower() != ""]
    return named[0] if len(named) == 1 else None
