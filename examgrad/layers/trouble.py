"""What is wrong with a layer, and where it is written."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from examgrad.errors import Diagnostic, ExamgradError, Location


@dataclass(frozen=True)
class Place:
    """A stretch of the text that a layer was written in; a text from a file knows its place there."""

    text: str
    start: int = 0
    end: int | None = None

    def location(self) -> Location:
        """File, line and column; where the text is from no file, those within the text."""
        end = len(self.text) if self.end is None else self.end
        width = max(1, end - self.start)
        locate = getattr(self.text, "locate", None)
        if locate is not None:
            found: Location = locate(self.start, width)
            return found
        before = self.text[: self.start]
        line = before.count("\n")
        lines = self.text.split("\n")
        return Location("layer", line + 1, self.start - before.rfind("\n"), lines[line], width)


class Slice(str):
    """A line of a longer text, which knows its place as far as that text does."""

    whole: str
    start: int

    @classmethod
    def of(cls, text: str, place: Slice) -> Slice:
        """A text that stands where another stretch does."""
        item = cls(text)
        item.whole, item.start = place.whole, place.start
        return item

    def cut(self, start: int) -> Slice:
        """What follows from ``start`` on."""
        item = Slice(self[start:])
        item.whole, item.start = self.whole, self.start + start
        return item

    def locate(self, offset: int, width: int = 1) -> Location:
        """Where an offset into the line stands."""
        at = self.start + offset
        return Place(self.whole, at, at + width).location()


def lines_of(text: str) -> list[Slice]:
    """The lines of a text."""
    found, start = [], 0
    for line in text.splitlines(keepends=True):
        item = Slice(line.rstrip("\n"))
        item.whole, item.start = text, start
        found.append(item)
        start += len(line)
    return found


class LayerError(ExamgradError):
    """A layer cannot be read, or does not fit its input."""

    def __init__(self, code: str, message: str, place: Place | None = None, help: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.place = place
        self.help = help


@dataclass(frozen=True)
class LayerDiagnostic(Diagnostic):
    """A diagnostic of one layer: ``layer`` is its name in the table, ``index`` its position from 0.

    ``above`` is the table up to there: names and shapes.
    """

    layer: str = ""
    index: int = -1
    above: tuple[tuple[str, str], ...] = ()

    def told(self, columns: int = 100) -> str:
        """As any diagnostic, and the layers that fit."""
        text = super().told(columns)
        if not self.above:
            return text
        left = len(self.above) - MOST_ABOVE
        before = [f"… ({left} more)"] if left > 0 else []
        chain = " → ".join([*before, *(f"{name} {shape}" for name, shape in self.above[-MOST_ABOVE:])])
        lines = textwrap.wrap(f"so far: {chain}", max(40, columns - 2), break_on_hyphens=False)
        return "\n".join([text, *(f"  {line}" for line in lines)])


MOST_ABOVE: Final = 12
"""Layers that a diagnostic tells of."""


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean Conv2d?`` for the known word that looks most like ``word``, else nothing."""
    by_key: dict[str, str] = {}
    for name in known:
        by_key.setdefault(name.lower(), name)
    found = get_close_matches(word.lower(), by_key, 1, 0.7)
    return f"; did you mean {by_key[found[0]]}?" if found else ""
