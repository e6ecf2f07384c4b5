"""YAML files to the values of :mod:`examgrad.exam.document`, from PyYAML's C events.

Nothing is constructed: ``load`` and ``compose`` are never called. Depth, number of values and size are capped;
anchors, aliases, tags and keys given twice are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from examgrad.errors import Audience, Diagnostic, Location, SpecError
from examgrad.exam import yaml_errors
from examgrad.exam.document import Items, Mapping, Text, Value
from examgrad.exam.source import Source

MAX_BYTES: Final = 5_000_000
MAX_DEPTH: Final = 50
MAX_VALUES: Final = 500_000
MAX_REPORTS: Final = 50
"""How much is told of one file before reading it ends."""
_PROPERTY = re.compile(r"(\S*)\s*")
_SURROGATES = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][\da-fA-F]{2})\\u([dD][c-fC-F][\da-fA-F]{2})")
"""A character beyond U+FFFF as JSON escapes it."""


def read_documents(content: bytes | str, path: str, audience: Audience = "author") -> list[Mapping]:
    """The documents of a YAML file, one at least, each a mapping.

    Raises :class:`SpecError` with everything found wrong, in words for ``audience``.
    """
    source = Source(_SURROGATES.sub(_joined, _decoded(content, path, audience)), path)
    if control := re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", source.text):
        raise SpecError([yaml_errors.control_character(source.location(control.start()), control[0], audience)])
    builder = _Builder(source, audience)
    documents = builder.read()
    if builder.diagnostics:
        raise SpecError(builder.diagnostics, path)
    mappings = [document for document in documents if isinstance(document, Mapping)]
    for document in documents:
        if isinstance(document, Items) or (isinstance(document, Text) and document):
            builder.report("not-a-mapping", *yaml_errors.not_a_mapping(document), document.location)
    if not mappings and not builder.diagnostics:
        builder.report("empty-file", "this file is empty", "it begins with a line 'examgrad: 1'", source.location(0))
    if builder.diagnostics:
        raise SpecError(builder.diagnostics, path)
    return mappings


def _decoded(content: bytes | str, path: str, audience: Audience) -> str:
    size = len(content)
    if size > MAX_BYTES:
        message = f"this file has {size:,} bytes; {MAX_BYTES:,} are the most that are read"
        raise SpecError([Diagnostic("too-large", message, audience, Location(path, 1, 1))], path)
    if isinstance(content, str):
        return content
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise SpecError([yaml_errors.not_utf8(content, error.start, path, audience)], path) from None


def _joined(pair: re.Match[str]) -> str:
    """A pair of surrogates as the one escape that YAML has for their character."""
    high, low = (int(half, 16) for half in pair.group(2, 3))
    return f"{pair[1]}\\U{0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00:08x}"


class _Builder:
    """Events to values; ``diagnostics`` is what was found wrong on the way."""

    def __init__(self, source: Source, audience: Audience) -> None:
        self.source: Final = source
        self.audience: Final = audience
        self.diagnostics: list[Diagnostic] = []
        self._open: list[_Frame] = []
        self._values = 0

    def report(self, code: str, message: str, help: str, location: Location) -> None:
        """Keep a diagnostic for the reader of this file."""
        self.diagnostics.append(Diagnostic(code, message, self.audience, location, help))

    def read(self) -> list[Value]:
        """The root values of all documents, as far as the file can be read."""
        roots: list[Value] = []
        try:
            for event in self._events():
                value = self._value(event)
                if value is None:
                    continue
                if self._open:
                    self._put(self._open[-1], value)
                else:
                    roots.append(value)
        except yaml.YAMLError as error:
            self.diagnostics.append(yaml_errors.explained(error, self.source, self.audience))
        return roots

    def _events(self) -> Iterator[Any]:
        """The events of the file; they end early where a cap is passed."""
        events: Iterator[Any] = yaml.parse(self.source.text, Loader=yaml.CLoader)
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                self._values += 1
                if trouble := self._over_a_cap():
                    place: Any = event.start_mark
                    self.report(*trouble, "split the file, or put less into it", self.source.location(place.index))
                    return
            if len(self.diagnostics) >= MAX_REPORTS:
                return
            yield event

    def _over_a_cap(self) -> tuple[str, str] | None:
        """The code and the message for the cap that is passed, if one is."""
        if len(self._open) > MAX_DEPTH:
            return "too-deep", f"more than {MAX_DEPTH} lists and mappings stand inside one another here"
        if self._values > MAX_VALUES:
            return "too-large", f"this file holds more than {MAX_VALUES:,} values"
        return None

    def _value(self, event: Any) -> Value | None:
        """The value that an event completes."""
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.ScalarEvent):
            start = self._after_properties(event, start)
            text = Text(event.value, self.source, start, end, event.style or "")
            if event.style == '"' and (found := yaml_errors.damaged_latex(text)):
                self.report("latex-in-double-quotes", *found)
            return text
        if isinstance(event, yaml.AliasEvent):
            self.report("yaml-anchor", *yaml_errors.ALIAS, self.source.location(start, end))
            return Text("", self.source, start, start)
        if isinstance(event, yaml.CollectionStartEvent):
            start = self._after_properties(event, start)
            flow = bool(event.flow_style)
            values = Mapping({}, self.source, start, end, flow=flow) if isinstance(event, yaml.MappingStartEvent) else (
                Items([], self.source, start, end, flow=flow)
            )  # fmt: skip
            self._open.append(_Frame(values))
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = self._open.pop().values
            closed.end = end
            return closed
        return None

    def _after_properties(self, event: Any, start: int) -> int:
        """Refuse an anchor or a tag; where the value itself begins behind them."""
        text = self.source.text
        for _ in range((event.anchor is not None) + (event.tag is not None)):
            match = _PROPERTY.match(text, start)
            assert match
            code, words = ("yaml-anchor", yaml_errors.ANCHOR) if text[start] == "&" else ("yaml-tag", yaml_errors.TAG)
            self.report(code, *words, self.source.location(start, match.end(1)))
            start = match.end()
        return start

    def _put(self, frame: _Frame, value: Value) -> None:
        """Add a value to the list or mapping that is open."""
        values = frame.values
        if isinstance(values, Items):
            values.append(value)
        elif frame.key is not None:
            values[frame.key] = value
            frame.key = None
        else:
            frame.key = self._key(values, value)

    def _key(self, values: Mapping, key: Value) -> Text:
        if not isinstance(key, Text):
            self.report("not-yaml", *yaml_errors.KEY_IS_NO_TEXT, key.location)
            return Text("", self.source, key.start, key.start)
        if key in values:
            first = values.key(key).location
            self.report(
                "duplicate-key", f"'{key}' is given twice; the first stands on line {first.line}",
                "keep one of them", key.location,
            )  # fmt: skip
        return key


class _Frame:
    """A list or mapping that is still open, and the key that waits for its value."""

    __slots__ = ("key", "values")

    def __init__(self, values: Items | Mapping) -> None:
        self.values: Final = values
        self.key: Text | None = None
