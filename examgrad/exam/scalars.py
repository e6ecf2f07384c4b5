"""Where each character of a YAML scalar's value stands in the file, whatever the style.

YAML folds lines, drops indentation and resolves escapes; the functions here repeat what libyaml's scanner did
with the text of one scalar and keep, for every character of the value, the stretch that it was written as.
They run only when a message has to point into a scalar.
"""

from __future__ import annotations

import re

Span = tuple[int, int]
"""Start and end offset of one character of a value in the text of its scalar."""

_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_BREAKS = "\r\n\x85\u2028\u2029"
_SPACE = re.compile("[ \t\r\n\x85\u2028\u2029]+")
_HEADER = re.compile(rf"[|>]([+\-\d]*)[^{_BREAKS}]*")
_ESCAPE_WIDTHS = {"x": 4, "u": 6, "U": 10}


def spans(written: str, style: str, value: str) -> list[Span]:
    """One span of ``written``, the scalar as it stands in the file, for each character of its ``value``.

    ``style`` is YAML's mark of it: ``'``, ``"``, ``|``, ``>``, or empty for a plain scalar.
    """
    if style in ("|", ">"):
        return _block(written, value, folded=style == ">")
    if style:
        return _flow(written, 1, len(written) - 1, style)
    return _flow(written, 0, len(written), style)


def _breaks(text: str, start: int, end: int) -> list[Span]:
    return [match.span() for match in _BREAK.finditer(text, start, end)]


def _flow(text: str, at: int, end: int, quote: str) -> list[Span]:
    """Plain and quoted scalars: lines are folded, and two quotes or an escape are one character."""
    found: list[Span] = []
    while at < end:
        letter = text[at]
        if space := _SPACE.match(text, at, end):
            breaks = _breaks(text, *space.span())
            if len(breaks) > 1 and text[breaks[0][0]] not in "\u2028\u2029":
                del breaks[0]  # the first of several line breaks is dropped, a single one becomes a blank
            found += breaks or [(blank, blank + 1) for blank in range(*space.span())]
            at = space.end()
        elif quote == '"' and letter == "\\" and text[at + 1] in _BREAKS:
            joint = _BREAK.match(text, at + 1)
            assert joint
            space = _SPACE.match(text, joint.end(), end)
            found += _breaks(text, *space.span()) if space else []
            at = space.end() if space else joint.end()
        else:
            width = 1
            if quote == '"' and letter == "\\":
                width = _ESCAPE_WIDTHS.get(text[at + 1], 2)
            elif quote == "'" and letter == "'":
                width = 2
            found.append((at, at + width))
            at += width
    return found


def _block(text: str, value: str, *, folded: bool) -> list[Span]:
    """Literal and folded block scalars."""
    header = _HEADER.match(text)
    assert header
    first = _BREAK.match(text, header.end())
    if first is None:
        return []
    start = first.end()
    indent = _indent(text, start, value)
    if indent is None:  # nothing but blanks and line breaks: there is nothing to point at
        return [(0, 1)] * len(value)
    found: list[Span] = []
    ending: list[Span] = []
    inside, at, empty = _next_line(text, start, indent)
    led_by_blank = False
    while inside:
        blank = text[at] in " \t"
        if folded and ending and not led_by_blank and not blank and text[ending[0][0]] not in "\u2028\u2029":
            found += empty or ending
        else:
            found += ending + empty
        led_by_blank = blank
        match = _BREAK.search(text, at)
        stop = match.start() if match else len(text)
        found += [(letter, letter + 1) for letter in range(at, stop)]
        ending = [match.span()] if match else []
        inside, at, empty = _next_line(text, match.end() if match else stop, indent)
    if "-" not in header[1]:
        found += ending
    if "+" in header[1]:
        found += empty
    return found


def _line_start(text: str, at: int) -> int:
    return max(text.rfind(letter, 0, at) for letter in _BREAKS) + 1


def _indent(text: str, start: int, value: str) -> int | None:
    """How many blanks YAML dropped from each line: those in the file but not in the value, before the first letter."""
    body = text[start:]
    written = len(body) - len(body.lstrip(" " + _BREAKS))
    kept = len(value) - len(value.lstrip(" " + _BREAKS))
    if written == len(body) or kept == len(value):
        return None
    return (written - _line_start(body, written)) - (kept - _line_start(value, kept))


def _next_line(text: str, at: int, indent: int) -> tuple[bool, int, list[Span]]:
    """Whether the next line that is not empty belongs to the block, the offset behind its indentation, and the
    breaks of the empty ones."""
    empty: list[Span] = []
    while True:
        stop = at
        while stop < len(text) and stop - at < indent and text[stop] == " ":
            stop += 1
        match = _BREAK.match(text, stop)
        if match is None:
            return stop < len(text) and stop - at == indent, stop, empty
        empty.append(match.span())
        at = match.end()
