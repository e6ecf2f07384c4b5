"""The shapes in the cells of a layer table, in whatever notation they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from examgrad.formula.tree import Node, Number
from examgrad.kinds.layer_tables.cell_text import plain
from examgrad.kinds.layer_tables.counts import (
    HEAD,
    POINTS,
    SIMPLE,
    THOUSANDS,
    is_label,
    read_side,
    without_remarks,
    without_words,
)
from examgrad.kinds.reading import Unreadable, unreadable
from examgrad.kinds.scope import Scope
from examgrad.kinds.stretches import part_of, split, stripped, without_brackets

_ARROW = re.compile(r"→|⇒|⟶|=>|->")
_CALL = re.compile(r"(?:[A-Za-z_]\w*\.)*(?:Size|TensorShape|tuple|list|array|tensor|shape)\s*(?=\()")
_LAYOUT = re.compile(
    r"\(\s*(?:N\s*[×xX,]?\s*)?(?:H\s*[×xX,]?\s*W\s*[×xX,]?\s*[CD]|[CD]\s*[×xX,]?\s*H\s*[×xX,]?\s*W)\s*\)\s*$"
)
_SQUARE = re.compile(r"(\w+|\(.*\))\s*(?:²|\^\s*\{?2\}?)")
_PLANES = r"(?:feature\s*maps?|activation\s*maps?|maps?|channels?|filters?|planes?|kernels?)"
_MAPS_OF = re.compile(
    rf"([^@]+?)\s*{_PLANES}\b\s*(?:each)?\s*(?:of|with|,|:|@|×)?\s*(?:size|shape)?\s*(?=[\d\[(⌊A-Z])", re.I
)
_OF_MAPS = re.compile(rf"(.+)\s*(?:,|×|@|with|and|\(|\[)\s*([^@×,()]+?)\s*{_PLANES}\s*[)\]]?", re.I)
_AXES = re.compile(r"([HWCDhwcd])\w*\s*[=:]\s*([^=:]+?)\s*(?:[,;×]\s*(?=[A-Za-z])|$)")
_BATCH: Final = frozenset(
    {"none", "n", "b", "batch", "-1", "−1", "?", "bs", "batch_size", "batchsize", "batch size", "null", "m"}
)


class Shape(NamedTuple):
    """A shape as it was read, without the batch.

    ``channels`` tells that the first size is the channels', whatever the layout (``10@28x28``); ``product`` is what
    the line says the shape multiplies out to.
    """

    sizes: tuple[Node, ...]
    channels: bool = False
    product: Node | None = None


def read_shape(written: object, scope: Scope, rank: int = 0) -> Shape:
    """A shape in any usual notation; a batch axis in front is left out. ``rank`` is how many sizes are expected."""
    if isinstance(written, str):
        return _of_text(written, scope, rank)
    if isinstance(written, Mapping) or not isinstance(written, Sequence):
        raise unreadable(written, "a shape was expected here: a list of sizes, or 28x28x10")
    items: list[object] = list(written)
    if len(items) == 1 and (not isinstance(items[0], str) or rank > 1):
        return read_shape(items[0], scope, rank)
    parts: list[str] = []
    for item in items:
        if not isinstance(item, str):
            raise unreadable(item if item else written, "a size was expected here, not a list")
        parts.append(plain(item, scope))
    return Shape(_sizes(_without_batch(parts, scope, rank), scope))


def _of_text(written: str, scope: Scope, rank: int) -> Shape:
    text = stripped(plain(written, scope))
    for arrow in list(_ARROW.finditer(text))[-1:]:
        text = stripped(part_of(text, arrow.end(), len(text))) or text
    if head := HEAD.match(text):
        text = stripped(part_of(text, head.end(), len(text)))
    sides = split(text, "=")
    if not sides:
        raise unreadable(written, "a shape was expected here", code="empty")
    if not re.match(r"[HWCDhwcd]\w*\s*=", text):
        while len(sides) > 1 and is_label(sides[0], scope):
            sides = sides[1:]
        text = sides[0]
        if len(sides) > 1:
            whole = _shape(text, scope, rank)
            if len(whole.sizes) > 1 and rank > 1:
                products = [without_remarks(side, scope) for side in sides[1:] if len(split(side, "×,")) < 2]
                last = _sizes(products, scope)
                return whole._replace(product=last[-1] if last else None)
            text = sides[-1]
    return _shape(text, scope, rank)


def _shape(text: str, scope: Scope, rank: int) -> Shape:
    text = part_of(text, 0, match.start()) if (match := _LAYOUT.search(text)) else without_words(text, scope)
    text = stripped(part_of(text, 0, len(text.rstrip(" .,;"))))
    if call := _CALL.match(text):
        text = part_of(text, call.end(), len(text))
    text = without_brackets(text)
    if (found := _of_maps(text, scope, rank)) is not None:
        return found
    text = without_brackets(stripped(without_remarks(text, scope)))
    if text[:1] in "×*·" or text[-1:] in ("×", "*", "·") or re.search(r"×\s*×", text):
        raise unreadable(text, "a size is missing beside the sign of multiplication", code="incomplete")
    if rank == 1 and (THOUSANDS.fullmatch(text) or POINTS.fullmatch(text)):
        return Shape((Number(int(re.sub(r"\D", "", text))),))
    best: list[str] | None = None
    for parts in _candidates(text, rank):
        kept = _without_batch(parts, scope, rank)
        if len(kept) == rank - 1 > 1 or (rank == 2 and len(kept) == 1):
            kept = [piece for part in kept for piece in _squared(part)]
        if len(kept) == rank and len(kept) > 1:
            return Shape(_sizes(kept, scope))
        if best is None or (len(best) == 1 and len(kept) > 1):
            best = kept
    return Shape(_sizes(best or [text], scope))


def _squared(part: str) -> list[str]:
    """``28²`` as the two sides that it stands for in a shape."""
    match = _SQUARE.fullmatch(part)
    return [part] if match is None else [part_of(part, *match.span(1))] * 2


def _candidates(text: str, rank: int) -> list[list[str]]:
    """Where the text may be cut into sizes, the likeliest first."""
    crosses, commas, stars = split(text, "×"), split(text, ",;"), split(text, "*·")
    inner = [split(without_brackets(piece), "×") for piece in commas]
    found = [commas] if len(commas) > 1 and len(crosses) < 2 else []
    if len(crosses) > 1:
        found.append([piece for cross in crosses for piece in split(without_brackets(cross), "×")])
    if len(commas) > 1:
        found += [commas, [piece for pieces in inner for piece in pieces]]
    if len(stars) > 1 and rank > 1:
        found += [stars, split(text, "×*·")]
    if re.fullmatch(r"\d+(?:\s+\d+)+", text):
        found.append([stripped(part_of(text, *match.span())) for match in re.finditer(r"\d+", text)])
    return [*found, [text]]


def _of_maps(text: str, scope: Scope, rank: int) -> Shape | None:
    """``10@28x28``, ``10 feature maps of 28x28``, ``28x28 with 10 channels``, ``H=28, W=28, C=10``."""
    if len(text) > 200:
        return None
    if text.count("@") == 1:
        first, second = split(text, "@") if len(split(text, "@")) == 2 else (text, "")
    elif match := _MAPS_OF.match(text):
        first, second = part_of(text, *match.span(1)), part_of(text, match.end(), len(text))
    elif match := _OF_MAPS.fullmatch(text):
        first, second = part_of(text, *match.span(2)), part_of(text, *match.span(1))
    elif len(axes := list(_AXES.finditer(text))) == rank and {item[1].upper().replace("D", "C") for item in axes} == {
        *"HWC"
    }:
        sizes = {item[1].upper().replace("D", "C"): part_of(text, *item.span(2)) for item in axes}
        return Shape(_sizes([sizes[axis] for axis in "CHW"], scope), channels=True)
    else:
        return None
    if not first or not second:
        return None
    parts = [_shape(piece, scope, rank - 1).sizes for piece in (first, second)]
    channels, spatial = sorted(parts, key=len) if len(parts[0]) != len(parts[1]) else parts
    return Shape((*channels, *spatial), channels=len(channels) == 1)


def _without_batch(parts: list[str], scope: Scope, rank: int) -> list[str]:
    if len(parts) < 2:
        return parts
    first = parts[0].strip()
    if first.lower() in _BATCH and scope.names.find(first) is None:
        return parts[1:]
    return parts[1:] if len(parts) == rank + 1 and first == "1" else parts


def _sizes(parts: Sequence[str], scope: Scope) -> tuple[Node, ...]:
    return tuple(_size(part, scope) for part in parts)


def _size(part: str, scope: Scope) -> Node:
    if SIMPLE.fullmatch(part):
        return Number(int(part))
    try:
        return read_side(stripped(part), scope)[0]
    except Unreadable as error:
        if not part.strip():
            raise unreadable(part, "a size was expected here", code="empty") from error
        raise
