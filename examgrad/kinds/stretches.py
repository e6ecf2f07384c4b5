"""Stretches of a text that keep their place in the answer: parts between signs, without blanks or brackets around."""

from __future__ import annotations

from collections.abc import Iterator

from examgrad.exam.document import VERBATIM, Text

_OPEN, _CLOSE = "([{⌊⌈", ")]}⌋⌉"


def moved(text: str, original: str) -> str:
    """A text of the same length as the original, standing where that stands."""
    if not isinstance(original, Text):
        return text
    return Text(text, original.source, original.start, original.end, original.style)


def part_of(text: str, start: int, end: int) -> str:
    """A stretch of a text, with its place where that can be told."""
    if isinstance(text, Text) and text.style == VERBATIM:
        return Text(text[start:end], text.source, text.start + start)
    return text[start:end]


def stripped(text: str) -> str:
    """A text without the blanks around it, with its place."""
    start = len(text) - len(text.lstrip())
    return part_of(text, start, max(start, len(text.rstrip())))


def split(text: str, signs: str) -> list[str]:
    """The pieces of a text between signs outside brackets, each with its place; blank ones are left out."""
    pieces = (stripped(part_of(text, start, end)) for start, end in outside_brackets(text, signs))
    return [piece for piece in pieces if piece]


def outside_brackets(text: str, signs: str) -> Iterator[tuple[int, int]]:
    """Start and end of what the signs outside brackets part."""
    depth, start = 0, 0
    for at, letter in enumerate(text):
        if letter in _OPEN:
            depth += 1
        elif letter in _CLOSE:
            depth = max(0, depth - 1)
        elif depth == 0 and letter in signs:
            yield start, at
            start = at + 1
    yield start, len(text)


def without_brackets(text: str) -> str:
    """What stands in the brackets, where they are around the whole text."""
    while text[:1] and text[0] in "([{" and text[-1] in ")]}" and _closes(text):
        inner = stripped(part_of(text, 1, len(text) - 1))
        if not inner:
            break
        text = inner
    return text


def closing(text: str, opened: int) -> int:
    """Where the bracket at a place is closed; the end of the text if it is not."""
    depth = 0
    for at in range(opened, len(text)):
        depth += (text[at] in _OPEN) - (text[at] in _CLOSE)
        if depth == 0:
            return at
    return len(text)


def _closes(text: str) -> bool:
    """Whether the first bracket closes at the end of the text only."""
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0:
            return at == len(text) - 1
    return False
