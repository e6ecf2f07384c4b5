"""A page of text for a terminal: lines and rows of cells, the last of them wrapped to the width.

Ours, since importing a library for it would cost more time than all the checking of a script.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from examgrad.report.safe import log, terminal

_STYLES: Final = {
    "bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "magenta": "35", "cyan": "36",
}  # fmt: skip
_NARROWEST: Final = 20


class Page:
    """Lines that are written one after the other; ``width`` in columns."""

    def __init__(self, width: int, colour: bool) -> None:
        self._width: Final = width
        self._colour: Final = colour
        self._lines: Final[list[str]] = []

    def text(self) -> str:
        """Everything written, each line ended."""
        return log("".join(line.rstrip() + "\n" for line in self._lines))

    def line(self, text: str, style: str = "") -> None:
        """A text of its own, wrapped to the width."""
        self._lines.extend(self._styled(line, style) for line in wrapped(text, self._width))

    def row(self, cells: Sequence[tuple[str, str, int]], notes: Iterable[tuple[str, str]]) -> None:
        """Cells (text, style, columns) side by side, and behind them notes (text, style), wrapped below each other."""
        margin = sum(columns for _, _, columns in cells)
        head = "".join(self._styled(_padded(terminal(text), columns), style) for text, style, columns in cells)
        lines = [
            self._styled(line, style)
            for text, style in notes
            for line in wrapped(text, max(_NARROWEST, self._width - margin))
        ]
        self._lines.append(head + (lines[0] if lines else ""))
        self._lines.extend(" " * margin + line for line in lines[1:])

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self._colour and style and text else text


def wrapped(text: str, columns: int) -> list[str]:
    """The lines of a text, none wider than ``columns``; its own line breaks and the blanks before its lines stay."""
    lines: list[str] = []
    for line in terminal(text).split("\n"):
        lead = line[: len(line) - len(line.lstrip(" "))][: columns // 2]
        lines += textwrap.wrap(
            line.strip(" "), columns, initial_indent=lead, subsequent_indent=lead, break_on_hyphens=False
        ) or [""]
    return lines


def _padded(text: str, columns: int) -> str:
    marks = sum(unicodedata.combining(letter) != 0 for letter in text)
    return text.ljust(columns + marks)
