"""YAML files as plain values that never lose their place: :class:`Text`, :class:`Items`, :class:`Mapping`.

Every scalar stays the text that was written: ``no``, ``1e3`` and ``08`` are three texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Final, TypeAlias

from examgrad.errors import Location
from examgrad.exam.scalars import Span, spans
from examgrad.exam.source import Source

VERBATIM: Final = "verbatim"
"""The style of a text that stands in its source letter by letter."""

Value: TypeAlias = "Text | Items | Mapping"


class Text(str):
    """A scalar's value, which knows where it was written.

    It is an ordinary ``str``; ``style`` is YAML's mark (``'``, ``"``, ``|``, ``>``, empty for plain).
    """

    __slots__ = ("end", "source", "start", "style")

    source: Source
    start: int
    end: int
    style: str

    def __new__(  # noqa: D102
        cls,
        value: str = "",
        source: Source | None = None,
        start: int = 0,
        end: int | None = None,
        style: str = VERBATIM,
    ) -> Text:
        text = super().__new__(cls, value)
        text.source = source or Source(value, "text")
        text.start = start
        text.end = start + len(value) if end is None else end
        text.style = style
        return text

    @property
    def location(self) -> Location:
        """Where it stands, as far as it stands on one line."""
        return self.locate(0, max(1, len(self)))

    def locate(self, offset: int, width: int = 1) -> Location:
        """The place in the file of ``self[offset:offset + width]``, as far as that stands on one line.

        An ``offset`` at or behind the end is the place just behind the last letter.
        """
        letters = self._spans()
        last = len(self.rstrip())
        if offset >= last:
            behind = letters[last - 1][1] if last else letters[0][0] if letters else 0
            return self.source.location(self.start + behind)
        stop = min(max(offset + 1, offset + width), last)
        begin = letters[offset][0]
        return self.source.location(self.start + begin, self.start + letters[stop - 1][1])

    def lines(self) -> list[Text]:
        """The lines of a block that are not blank, each with its place; any other text is one line."""
        if self.style not in ("|", VERBATIM):
            return [self]
        letters = self._spans()
        return [
            Text(match[0], self.source, self.start + letters[match.start()][0])
            for match in re.finditer(r"[^\s].*", self)
        ]

    def _spans(self) -> list[Span]:
        if self.style == VERBATIM:
            return [(at, at + 1) for at in range(len(self))]
        return spans(self.source.text[self.start : self.end], self.style, self)


class _Collection:
    """What lists and mappings have in common: the stretch of the file they were written as."""

    __slots__ = ()

    source: Source
    start: int
    end: int
    flow: bool

    @property
    def location(self) -> Location:
        """Where it begins, as far as its first line goes."""
        return self.source.location(self.start, self.end)

    def written(self) -> Text:
        """The very text of it in the file, brackets included: a formula such as ``[x, y]`` was meant as one."""
        return Text(self.source.text[self.start : self.end], self.source, self.start)


class Items(_Collection, list["Value"]):
    """A list; ``flow`` says that it was written in [brackets]."""

    __slots__ = ("end", "flow", "source", "start")

    def __init__(self, values: list[Value], source: Source, start: int, end: int, *, flow: bool = False) -> None:
        super().__init__(values)
        self.source, self.start, self.end, self.flow = source, start, end, flow


class Mapping(_Collection, dict[str, "Value"]):
    """A mapping, whose keys are each a :class:`Text`; ``flow`` says that it was written in {braces}."""

    __slots__ = ("end", "flow", "source", "start")

    def __init__(self, values: dict[str, Value], source: Source, start: int, end: int, *, flow: bool = False) -> None:
        super().__init__(values)
        self.source, self.start, self.end, self.flow = source, start, end, flow

    def key(self, name: str) -> Text:
        """A key as it was written, with its place; ``KeyError`` if there is none."""
        for key, _ in self.pairs():
            if key == name:
                return key
        raise KeyError(name)

    def pairs(self) -> Iterator[tuple[Text, Value]]:
        """The keys with their places, and their values."""
        for key, value in self.items():
            assert isinstance(key, Text)
            yield key, value


def from_python(value: object, path: str) -> Value:
    """A value of a Python program (text, numbers, lists, mappings) as if it had been read from a file.

    Raises :class:`TypeError` for anything else.
    """
    if isinstance(value, Text | Items | Mapping):
        return value
    if isinstance(value, dict):
        pairs: dict[str, Value] = {
            Text(str(key), Source(str(key), path)): from_python(item, path) for key, item in value.items()
        }
        return Mapping(pairs, Source("", path), 0, 0)
    if isinstance(value, list | tuple):
        return Items([from_python(item, path) for item in value], Source("", path), 0, 0)
    if isinstance(value, str | int | float | Fraction) or value is None:
        text = "" if value is None else str(value)
        return Text(text, Source(text, path))
    raise TypeError(f"an answer is text, a number, a list or a mapping, not {type(value).__name__}")
