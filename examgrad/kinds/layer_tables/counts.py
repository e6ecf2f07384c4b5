"""The counts in the cells of a layer table, in whatever notation they are written."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final, NamedTuple

from examgrad.exam.document import Text
from examgrad.formula.array_values import is_array
from examgrad.formula.tree import Node, Number
from examgrad.kinds.layer_tables.cell_text import plain
from examgrad.kinds.reading import read_formula, unreadable
from examgrad.kinds.scope import Scope, is_statement
from examgrad.kinds.stretches import moved, part_of, split, stripped, without_brackets

THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:(?:,\d{3})+|(?:'\d{3})+|(?:’\d{3})+|(?: \d{3})+|(?:_\d{3})+|(?:\{,\}\d{3})+)")
POINTS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")
_SHORT = re.compile(
    r"(\d+(?:[.,]\d+)?|\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?)\s*(k|K|M|G|B|T|thousand|mio|million|mill|mn|billion|bn)\b\.?",
    re.I,
)
_POWERS: Final = {
    "k": 3, "thousand": 3, "m": 6, "mio": 6, "million": 6, "mill": 6, "mn": 6, "g": 9, "b": 9, "bn": 9, "billion": 9,
    "t": 12,
}  # fmt: skip
_BYTES = re.compile(r"(.*[\d)])\s*([kKMGT]?)(i?)(?:B|[Bb]ytes?)\.?", re.S)
_ABOUT = re.compile(r"(?:≈|~|∼|ca\.?|circa|approx\.?|approximately|about|roughly)\s*", re.I)
_REMARKS = re.compile(
    r"\b(?:weights?|bias(?:es)?|param(?:eter)?s?|macs?|flops?|multiply-accumulates?|activations?|neurons?|units|"
    r"features?|trainable|learnable|in total|total|pixels?|px|numbers|each)\b",
    re.I,
)
HEAD = re.compile(r"\s*[A-Za-z][A-Za-z _]{2,30}:\s*")
_SAID = re.compile(r"\s*\((?=[^()]*[A-Za-z]{3})[A-Za-z ,-]+\)\s*$")
_REMARKED = re.compile(r"\s*(\d[\d,']*)\s+\((.+)\)\s*")
_WHOLE = re.compile(r"(\([^()]*\)|\w+)\s*//\s*(\w+)")
SIMPLE = re.compile(r"\d{1,18}")


class Count(NamedTuple):
    """A count as it was read: its value, what else its line says it is equal to, and how it was rounded.

    ``digits`` are the significant digits of a number written short (``1.2M``), 0 of any other.
    """

    value: Node
    claims: tuple[Node, ...] = ()
    digits: int = 0


def read_count(written: object, scope: Scope) -> Count:
    """A count: a number, ``1,216``, ``1.2M``, arithmetic, or a chain ``5*5*3*10 + 10 = 760``."""
    if not isinstance(written, str):
        raise unreadable(written, "a number was expected here")
    if SIMPLE.fullmatch(written):
        return Count(Number(int(written)))
    text = plain(written, scope)
    if head := HEAD.match(text):
        text = part_of(text, head.end(), len(text))
    text = without_remarks(without_words(text, scope), scope)
    if match := _REMARKED.fullmatch(text):  # ``760 (750 + 10)``
        number, remark = (read_side(stripped(part_of(text, *match.span(group))), scope)[0] for group in (1, 2))
        if scope.equal(number, remark):
            return Count(number)
    sides = split(text, "=≈")
    if not sides:
        raise unreadable(written, "a number was expected here", code="empty")
    if len(sides) > 1 and is_label(sides[0], scope):
        sides = sides[1:]
    found = [read_side(side, scope) for side in sides]
    value, digits = found[-1]
    exact = [node for node, short in found[:-1] if not short]
    if digits and exact:  # ``61706 ≈ 61.7k``: the exact number is the answer
        return Count(exact[-1], tuple(exact[:-1]))
    return Count(value, tuple(node for node, _ in found[:-1]), digits)


def read_bytes(written: object, scope: Scope) -> list[Count]:
    """What an amount of memory may mean: ``3.2 MB`` is a count of 10⁶ bytes to some, and of 2²⁰ to others."""
    match = _BYTES.fullmatch(written.strip()) if isinstance(written, str) else None
    if match is None:
        return [read_count(written, scope)]
    count = read_count(part_of(match[0], *match.span(1)), scope)
    if not match[2] or not isinstance(count.value, Number):
        return [count]
    power = "kmgt".index(match[2].lower()) + 1
    last = re.search(r"[\d.]+$", match[1])
    digits = len(last[0].replace(".", "").lstrip("0")) if last else 0
    units = [1024**power] if match[3] else [1000**power, 1024**power]
    return [Count(Number(count.value.value * unit), digits=digits) for unit in units]


def read_side(text: str, scope: Scope) -> tuple[Node, int]:
    """One side of a chain, and the digits of a short number."""
    if about := _ABOUT.match(text):
        text = stripped(part_of(text, about.end(), len(text)))
    text = text.rstrip(". ") if not isinstance(text, Text) else part_of(text, 0, len(text.rstrip(". ")))
    if THOUSANDS.fullmatch(text) or POINTS.fullmatch(text):
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


def without_remarks(text: str, scope: Scope) -> str:
    """The text with blanks for words such as ``weights`` in ``750 weights + 10 biases``."""

    def blank(match: re.Match[str]) -> str:
        return match[0] if scope.names.find(match[0]) is not None else " " * len(match[0])

    return moved(_REMARKS.sub(blank, text), text)


def without_words(text: str, scope: Scope) -> str:
    """The text without a remark in brackets at its end, such as ``(no padding)``."""
    said = _SAID.search(text)
    if said is None or any(scope.names.find(word) for word in re.findall(r"\w+", said[0])):
        return text
    return part_of(text, 0, said.start())


def is_label(text: str, scope: Scope) -> bool:
    """Whether a side only says what the others are: ``P = 760``, ``H x W x C = 28x28x10``."""
    words = re.findall(r"[^\W\d]\w*", text)
    return bool(words) and not re.search(r"\d", text) and not any(scope.names.find(word) for word in words)
