"""The shapes and counts in the cells of a layer table, in whatever notation they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from examgrad.exam.document import Text
from examgrad.formula.array_values import is_array
from examgrad.formula.tree import Node, Number
from examgrad.kinds.layer_tables.cell_text import moved, part_of, plain, split, stripped, without_brackets
from examgrad.kinds.reading import Unreadable, read_formula, unreadable
from examgrad.kinds.scope import Scope, is_statement

_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:(?:,\d{3})+|(?:'\d{3})+|(?:’\d{3})+|(?: \d{3})+|(?:_\d{3})+|(?:\{,\}\d{3})+)")
_POINTS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")
_SHORT = re.compile(
    r"(\d+(?:[.,]\d+)?|\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?)\s*(k|K|M|G|B|T|thousand|mio|million|mill|mn|billion|bn)\b\.?",
    re.I,
)
_POWERS: Final = {
    "k": 3, "thousand": 3, "m": 6, "mio": 6, "million": 6, "mill": 6, "mn": 6, "g": 9, "b": 9, "bn": 9, "billion": 9,
    "t": 12,
}  # fmt: skip
_ABOUT = re.compile(r"(?:≈|~|∼|ca\.?|circa|approx\.?|approximately|about|roughly)\s*", re.I)
_REMARKS = re.compile(
    r"\b(?:weights?|bias(?:es)?|param(?:eter)?s?|macs?|flops?|multiply-accumulates?|activations?|neurons?|units|"
    r"features?|trainable|learnable|in total|total|pixels?|px|numbers|each)\b",
    re.I,
)
_ARROW = re.compile(r"→|⇒|⟶|=>|->")
_HEAD = re.compile(r"\s*[A-Za-z][A-Za-z _]{2,30}:\s*")
_CALL = re.compile(r"(?:[A-Za-z_]\w*\.)*(?:Size|TensorShape|tuple|list|array|tensor|shape)\s*(?=\()")
_LAYOUT = re.compile(
    r"\(\s*(?:N\s*[×xX,]?\s*)?(?:H\s*[×xX,]?\s*W\s*[×xX,]?\s*[CD]|[CD]\s*[×xX,]?\s*H\s*[×xX,]?\s*W)\s*\)\s*$"
)
_SAID = re.compile(r"\s*\((?=[^()]*[A-Za-z]{3})[A-Za-z ,-]+\)\s*$")
_REMARKED = re.compile(r"\s*(\d[\d,']*)\s+\((.+)\)\s*")
_WHOLE = re.compile(r"(\([^()]*\)|\w+)\s*//\s*(\w+)")
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
_SIMPLE = re.compile(r"\d{1,18}")


class Count(NamedTuple):
    """A count as it was read: its value, what else its line says it is equal to, and how it was rounded.

    ``digits`` are the significant digits of a number written short (``1.2M``), 0 of any other.
    """

    value: Node
    claims: tuple[Node, ...] = ()
    digits: int = 0


class Shape(NamedTuple):
    """A shape as it was read, without the batch.

    ``channels`` tells that the first size is the channels', whatever the layout (``10@28x28``); ``product`` is what
    the line says the shape multiplies out to.
    """

    sizes: tuple[Node, ...]
    channels: bool = False
    product: Node | None = None


# -- counts ------------------------------------------------------------------------------------------------------------


def read_count(written: object, scope: Scope) -> Count:
    """A count: a number, ``1,216``, ``1.2M``, arithmetic, or a chain ``5*5*3*10 + 10 = 760``."""
    if not isinstance(written, str):
        raise unreadable(written, "a number was expected here")
    if _SIMPLE.fullmatch(written):
        return Count(Number(int(written)))
    text = plain(written, scope)
    if head := _HEAD.match(text):
        text = part_of(text, head.end(), len(text))
    text = _without_remarks(_without_words(text, scope), scope)
    if match := _REMARKED.fullmatch(text):  # ``760 (750 + 10)``
        number, remark = (_side(stripped(part_of(text, *match.span(group))), scope)[0] for group in (1, 2))
        if scope.equal(number, remark):
            return Count(number)
    sides = split(text, "=≈")
    if not sides:
        raise unreadable(written, "a number was expected here", code="empty")
    if len(sides) > 1 and _is_label(sides[0], scope):
        sides = sides[1:]
    found = [_side(side, scope) for side in sides]
    value, digits = found[-1]
    exact = [node for node, short in found[:-1] if not short]
    if digits and exact:  # ``61706 ≈ 61.7k``: the exact number is the answer
        return Count(exact[-1], tuple(exact[:-1]))
    return Count(value, tuple(node for node, _ in found[:-1]), digits)


def _side(text: str, scope: Scope) -> tuple[Node, int]:
    """One side of a chain, and the digits of a short number."""
    if about := _ABOUT.match(text):
        text = stripped(part_of(text, about.end(), len(text)))
    text = text.rstrip(". ") if not isinstance(text, Text) else part_of(text, 0, len(text.rstrip(". ")))
    if _THOUSANDS.fullmatch(text) or _POINTS.fullmatch(text):
        return Number(int(re.sub(r"\D", "", text))), 0
    if (short := _SHORT.fullmatch(text)) and scope.names.find(short[2]) is None:
        digits = short[1].replace(" ", "")
        grouped = re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits)
        digits = digits.replace(",", "" if grouped else ".")
        value = Fraction(digits) * 10 ** _POWERS[short[2].lower()]
        return Number(value), len(digits.replace(".", "").lstrip("0"))
    if about and (match := re.fullmatch(r"\d+", text)):
        return Number(int(text)), max(1, len(match[0].rstrip("0")))
    if text.startswith("[") and "," not in text:
        text = without_brackets(text)
    tree = read_formula(_ungrouped(_WHOLE.sub(r"floor(\1/\2)", text) if "//" in text else text), scope).tree
    if is_statement(tree) or is_array(tree):
        raise unreadable(text, "a number was expected here")
    return tree, 0


def _ungrouped(text: str) -> str:
    """The text with ``1,216`` as one number, where no function takes several arguments."""
    if "," not in text or re.search(r"[A-Za-z\]]\s*[({]", text):
        return text
    grouped = re.sub(
        r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])",
        lambda match: match[0].replace(",", "").rjust(len(match[0])),
        text,
    )
    return moved(grouped, text)


def _without_remarks(text: str, scope: Scope) -> str:
    """The text with blanks for words such as ``weights`` in ``750 weights + 10 biases``."""

    def blank(match: re.Match[str]) -> str:
        return match[0] if scope.names.find(match[0]) is not None else " " * len(match[0])

    return moved(_REMARKS.sub(blank, text), text)


def _without_words(text: str, scope: Scope) -> str:
    """The text without a remark in brackets at its end, such as ``(no padding)``."""
    said = _SAID.search(text)
    if said is None or any(scope.names.find(word) for word in re.findall(r"\w+", said[0])):
        return text
    return part_of(text, 0, said.start())


def _is_label(text: str, scope: Scope) -> bool:
    """Whether a side only says what the others are: ``P = 760``, ``H x W x C = 28x28x10``."""
    words = re.findall(r"[^\W\d]\w*", text)
    return bool(words) and not re.search(r"\d", text) and not any(scope.names.find(word) for word in words)


# -- shapes ------------------------------------------------------------------------------------------------------------


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
    if head := _HEAD.match(text):
        text = stripped(part_of(text, head.end(), len(text)))
    sides = split(text, "=")
    if not sides:
        raise unreadable(written, "a shape was expected here", code="empty")
    if not re.match(r"[HWCDhwcd]\w*\s*=", text):
        while len(sides) > 1 and _is_label(sides[0], scope):
            sides = sides[1:]
        text = sides[0]
        if len(sides) > 1:
            whole = _shape(text, scope, rank)
            if len(whole.sizes) > 1 and rank > 1:
                products = [_without_remarks(side, scope) for side in sides[1:] if len(split(side, "×,")) < 2]
                last = _sizes(products, scope)
                return whole._replace(product=last[-1] if last else None)
            text = sides[-1]
    return _shape(text, scope, rank)


def _shape(text: str, scope: Scope, rank: int) -> Shape:
    text = part_of(text, 0, match.start()) if (match := _LAYOUT.search(text)) else _without_words(text, scope)
    text = stripped(part_of(text, 0, len(text.rstrip(" .,;"))))
    if call := _CALL.match(text):
        text = part_of(text, call.end(), len(text))
    text = without_brackets(text)
    if (found := _of_maps(text, scope, rank)) is not None:
        return found
    text = without_brackets(stripped(_without_remarks(text, scope)))
    if text[:1] in "×*·" or text[-1:] in ("×", "*", "·") or re.search(r"×\s*×", text):
        raise unreadable(text, "a size is missing beside the sign of multiplication", code="incomplete")
    if rank == 1 and (_THOUSANDS.fullmatch(text) or _POINTS.fullmatch(text)):
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
    if _SIMPLE.fullmatch(part):
        return Number(int(part))
    try:
        return _side(stripped(part), scope)[0]
    except Unreadable as error:
        if not part.strip():
            raise unreadable(part, "a size was expected here", code="empty") from error
        raise
