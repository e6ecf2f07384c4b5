"""Diagonals whose entries are left out by dots: ``diag(p_1, …, p_k)``."""

from __future__ import annotations

import re
from typing import Final

from examgrad.formula.names import Names
from examgrad.kinds.stretches import closing, moved, split

_DIAGONAL: Final = re.compile(r"(?:[Dd]iag\s*\}?)\s*(?:\\left\s*)?(?=\()")
_DOTS: Final = re.compile(r"\.\.\.+|…|\\[lc]?dots[cb]?")
_FIRST: Final = re.compile(r"_(?:\{1\}|1(?!\d))|₁")
_LAST: Final = re.compile(r"_(?:\{([A-Za-z])\}|([A-Za-z])(?![A-Za-z]))")
_INDICES: Final = "ijlq"


def without_dots(text: str, names: Names) -> str:
    """``diag(p_i)`` for ``diag(p_1, …, p_k)``: the entry at a place, where the first and the last differ in that alone.

    The text keeps its length.
    """
    start = _DIAGONAL.search(text)
    if start is None or not _DOTS.search(text):
        return text
    opened = start.end()
    body = text[opened + 1 : closing(text, opened)].removesuffix("\\right")
    items = split(body, ",")
    if len(items) not in (3, 4) or not _DOTS.fullmatch(items[-2]):
        return text
    first, last = items[0], items[-1]
    letters = {match[1] or match[2] for match in _LAST.finditer(last)}
    if len(letters) != 1 or not names.is_size(letter := letters.pop()):
        return text
    if len(items) == 4 and _FIRST.sub("_2", first) != items[1].replace("_{2}", "_2"):
        return text
    index = next((sign for sign in _INDICES if names.find(sign) is None), "")
    entry = _FIRST.sub(f"_{index}", first)
    same = _LAST.sub(lambda match: f"_{index}" if letter in match.groups() else match[0], last)
    if not index or entry == first or entry.replace(" ", "") != same.replace(" ", ""):
        return text
    rest = text[opened + 1 + len(body) :]
    return moved(text[: opened + 1] + entry.ljust(len(body)) + rest, text)
