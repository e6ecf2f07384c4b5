"""A file's text, and where a stretch of it stands: line, column and the line itself."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import Final

from examgrad.errors import Location

MAX_SHOWN: Final = 20_000
"""A longer line than this many characters is not shown in a message."""
_LINE_END = re.compile(r"\r\n|\n|\r")


class Source:
    """One file (or one text from a program) by the name that messages call it, without its byte order mark."""

    def __init__(self, text: str, path: str) -> None:
        self.text: Final = text.removeprefix("\ufeff")
        self.path: Final = path

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def line_start(self, at: int) -> int:
        """The offset at which the line of a character begins."""
        return self._starts[bisect_right(self._starts, at) - 1]

    def location(self, start: int, end: int | None = None) -> Location:
        """The place of ``text[start:end]``, as far as it stands on its first line."""
        at = max(0, min(start, len(self.text)))
        number = bisect_right(self._starts, at)
        begin = self._starts[number - 1]
        stop = self._starts[number] if number < len(self._starts) else len(self.text)
        line = self.text[begin:stop].rstrip("\r\n")
        width = len(line[at - begin : end - begin].rstrip()) if end is not None else 1
        return Location(self.path, number, at - begin + 1, line if len(line) <= MAX_SHOWN else "", max(1, width))
