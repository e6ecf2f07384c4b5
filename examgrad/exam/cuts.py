"""Texts that YAML cut at their commas: in brackets and braces, ``CONV(10, 5)`` is ``CONV(10`` and ``5)``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from examgrad.errors import Diagnostic
from examgrad.exam.document import Items, Mapping, Text, Value

MAX_PIECES: Final = 64


def cut_texts(value: Value) -> Iterator[Text]:
    """Every text below ``value`` that was cut, as it stands in the file."""
    if isinstance(value, Text):
        return
    if value.flow:
        entries = _entries(value)
        at = 0
        while at < len(entries):
            end = _group(entries, at)
            if end - at > 1:
                yield _joined(entries[at], entries[end - 1])
            at = end
    for item in value.values() if isinstance(value, Mapping) else value:
        yield from cut_texts(item)


def cut_diagnostics(value: Value) -> list[Diagnostic]:
    """What to tell the author of an exam about each of them."""
    return [
        Diagnostic(
            "cut-at-comma", f"in brackets and braces YAML cuts {' '.join(text.split())} at its comma", "author",
            text.location, "put it into 'single quotes', or write the list one entry a line, each behind '- '",
        )
        for text in cut_texts(value)
    ]  # fmt: skip


def mended(value: Value) -> Value:
    """The value with its cut texts put together again, as they were written."""
    if isinstance(value, Items):
        items: list[Value] = []
        at = 0
        while at < len(value):
            end = _group(value, at) if value.flow else at + 1
            items.append(mended(value[at]) if end - at == 1 else _joined(value[at], value[end - 1]))
            at = end
        return Items(items, value.source, value.start, value.end, flow=value.flow)
    if isinstance(value, Mapping):
        return Mapping(_mended_pairs(value), value.source, value.start, value.end, flow=value.flow)
    return value


def _mended_pairs(mapping: Mapping) -> dict[str, Value]:
    """A cut value's further pieces are names without a value to YAML."""
    entries = _entries(mapping) if mapping.flow else []
    starts = {id(entry): at for at, entry in enumerate(entries)}
    pieces: set[int] = set()
    pairs: dict[str, Value] = {}
    for key, item in mapping.pairs():
        if id(key) in pieces:
            continue
        at = starts.get(id(item))
        end = 0 if at is None else _group(entries, at)
        if at is not None and end - at > 1:
            pieces |= {id(entry) for entry in entries[at + 1 : end]}
            pairs[key] = _joined(item, entries[end - 1])
        else:
            pairs[key] = mended(item)
    return pairs


def _entries(value: Items | Mapping) -> list[Value]:
    """What stands between the commas and colons, in order; a name without a value stands for itself."""
    if isinstance(value, Items):
        return list(value)
    return [entry for key, item in value.pairs() for entry in ((key,) if _absent(key, item) else (key, item))]


def _absent(key: Text, item: Value) -> bool:
    return isinstance(item, Text) and not item and item.start == key.end


def _group(entries: Sequence[Value], at: int) -> int:
    """The end of the entries from ``at`` on that are pieces of one text; ``at + 1`` if it was not cut."""
    open_ = 0
    for end in range(at, min(len(entries), at + MAX_PIECES)):
        entry = entries[end]
        if not isinstance(entry, Text) or entry.style:
            break
        for letter in entry:
            open_ += (letter == "(") - (letter == ")")
            if open_ < 0:
                return at + 1
        if open_ == 0:
            return end + 1
    return at + 1


def _joined(first: Value, last: Value) -> Text:
    assert isinstance(first, Text)
    assert isinstance(last, Text)
    return Text(first.source.text[first.start : last.end], first.source, first.start)
