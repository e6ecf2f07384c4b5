"""What examgrad has to say to people, and the exceptions it raises.

A stage returns what it could make and a list of :class:`Diagnostic`; an exception is for a caller of the
Python API, and for bugs::

    Exception
    └── ExamgradError
        ├── MathSyntaxError     a formula cannot be read            .line .column .expected
        ├── SpecError           an exam or answer file cannot be used  .path .line .column .diagnostics
        └── DerivationError     a key cannot be derived or verified
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple
from unicodedata import combining, east_asian_width

Audience = Literal["author", "student", "operator"]


class Location(NamedTuple):
    """A place in a file: ``line`` and ``column`` count from 1; ``text`` is that whole line of the file.

    ``width`` is how many characters the caret underlines, 1 at least.
    """

    path: str
    line: int
    column: int
    text: str = ""
    width: int = 1

    def caret(self, columns: int = 100) -> str:
        """The line with carets under the place, two lines of text; empty where the line is not known.

        Of a line longer than ``columns`` the neighbourhood of the place is shown.
        """
        if not self.text:
            return ""
        text, column = self.text.replace("\t", " "), self.column
        if len(text) > columns and column > 3 * columns // 5:
            cut = column - 2 * columns // 5
            text, column = "…" + text[cut:], column - cut + 1
        if len(text) > columns:
            text = text[: columns - 1] + "…"
        width = max(1, min(self.width, len(text) - column + 1))
        before, at = _cells(text[: column - 1]), _cells(text[column - 1 : column - 1 + width])
        return f"{text}\n{' ' * before}{'^' * max(1, at)}"


def _cells(text: str) -> int:
    """How many columns of a terminal a text takes: none for an accent on its letter, two for a wide letter."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text)


@dataclass(frozen=True)
class Diagnostic:
    """One thing to tell one kind of reader.

    ``code`` is stable and made for scripts (``unknown-name``); ``message`` says what is wrong and what was
    expected, ``help`` what to do about it, ``location`` where it stands.
    """

    code: str
    message: str
    audience: Audience = "student"
    location: Location | None = None
    help: str = ""

    def __str__(self) -> str:
        return self.told()

    def told(self, columns: int = 100) -> str:
        """The place, the message, the line with its caret (``columns`` wide at most) and the help."""
        where = f"{self.location.path}:{self.location.line}:{self.location.column}: " if self.location else ""
        lines = [f"{where}{self.message}"]
        if self.location and (caret := self.location.caret(columns)):
            lines += ["    " + line for line in caret.splitlines()]
        if self.help:
            lines.append(f"  help: {self.help}")
        return "\n".join(lines)


class ExamgradError(Exception):
    """Any error that examgrad raises on purpose."""


class MathSyntaxError(ExamgradError):
    """A formula cannot be read.

    ``offset`` and ``width`` place it in ``text``; ``line`` and ``column`` are the same place counted from 1.
    ``expected`` says what would have been read there, ``code`` names the trouble for scripts.
    """

    def __init__(
        self,
        message: str,
        *,
        text: str = "",
        offset: int = 0,
        width: int = 1,
        expected: str = "",
        help: str = "",
        code: str = "syntax",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.text = text
        self.offset = min(offset, len(text)) if text else offset
        self.width = width
        self.expected = expected
        self.help = help
        self.code = code
        before = text[: self.offset]
        self.line = before.count("\n") + 1
        self.column = self.offset - (before.rfind("\n") + 1) + 1

    def within(self, text: str, shift: int = 0) -> MathSyntaxError:
        """The same error told of a longer text, in which its own text begins at ``shift``."""
        return MathSyntaxError(
            self.message, text=text, offset=self.offset + shift, width=self.width, expected=self.expected,
            help=self.help, code=self.code,
        )  # fmt: skip

    def location(self, path: str = "formula") -> Location:
        """The place of the error within its own text."""
        lines = self.text.splitlines() or [""]
        text = lines[self.line - 1] if self.line <= len(lines) else ""
        return Location(path, self.line, self.column, text, self.width)

    def __str__(self) -> str:
        caret = self.location().caret()
        parts = [self.message]
        if caret:
            parts += ["    " + line for line in caret.splitlines()]
        if self.expected:
            parts.append(f"  expected: {self.expected}")
        if self.help:
            parts.append(f"  help: {self.help}")
        return "\n".join(parts)


class SpecError(ExamgradError):
    """An exam file or an answer file cannot be used; ``diagnostics`` holds everything found wrong with it.

    ``path``, ``line`` and ``column`` are those of the first diagnostic.
    """

    def __init__(self, diagnostics: list[Diagnostic], path: str = "") -> None:
        self.diagnostics = diagnostics
        place = next((item.location for item in diagnostics if item.location), None)
        self.path = place.path if place else path
        self.line = place.line if place else 1
        self.column = place.column if place else 1
        super().__init__("\n".join(str(item) for item in diagnostics))


class DerivationError(ExamgradError):
    """A key could not be derived, or its independent verification did not confirm it."""
