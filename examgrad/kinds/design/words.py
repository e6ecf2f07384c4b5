"""The words and signs that an answer to a design question is written in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

WORDS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (r"output[ _-]?padding", ("output_padding",)),
    (r"(?:kernel|filter|window|pool(?:ing)?)[ _-]?(?:size|width)|kernel|window|size", ("size",)),
    (r"kernels", ("filters", "size")),
    (r"filter", ("size", "filters")),
    (r"(?:number of |no\. of |num[ _])?(?:out(?:put)?[ _])?(?:filters|channels)", ("filters", "units")),
    (r"(?:number of )?(?:feature[ _])?maps", ("filters",)),
    (r"(?:output[ _])?depth", ("filters", "units")),
    (r"strides?|step(?:[ _]size)?", ("stride",)),
    (r"(?:zero[ -]?)?pad(?:ding|s)?", ("padding",)),
    (r"dilation(?:[ _](?:rate|factor))?", ("dilation",)),
    (r"(?:number of |no\. of )?(?:hidden[ _])?(?:units|neurons|nodes)|out[ _]features|width", ("units",)),
    (r"(?:in|input)[ _]features|features", ("features", "units")),
    (r"in[ _]channels|input[ _]channels", ("channels",)),
    (r"groups", ("groups",)),
    (r"input(?:[ _](?:size|width|height))?|image size", ("input",)),
)

LAYER: Final = re.compile(r"(?i)conv(?:olution(?:al)?|s)?(?: layer)?|(?:max|average|avg)?[ -]?pool(?:ing)?(?: layer)?")
"""``3x3 conv``"""

ROLES: Final = tuple((re.compile(pattern, re.I), roles) for pattern, roles in WORDS)

ANY_WORD: Final = "|".join(f"(?:{pattern})" for pattern, _ in WORDS)

ROLE: Final = re.compile(rf"(?i)(?:{ANY_WORD})")

LEAD: Final = re.compile(
    r"(?i)\A(?:(?:so|then|hence|thus|therefore|and|with|use|using|take|choose|let|set|pick|we|i|get|have|an?|the|both|of|"
    r"my|our|"
    r"(?:ans(?:wer)?|choice|solution)(?:\s+is|(?=\s*[:.])|(?=\s+[^\W\d]\w*\s*=))|for example|e\.g\.|"
    r"which|since|need|want|solve|from|example|output(?=\s+\d)|"
    r"because|as|where|would|could|can)\b[\s,:.]*|[∴⇒→•*-]\s+)+"
)

TAIL: Final = re.compile(rf"(?i)\s+(?:{ANY_WORD}|pixels?|px|each|everywhere|\(square\))$")

SPLIT: Final = re.compile(
    r"[;\n&]|\.(?=\s+[^\W\d])|\\\\|(?i:\b(?:and|with|where|of(?=\s+size)|while|so|then|thus|hence|therefore|gives|giving|yields|implies|for|"
    r"we (?:get|have|find|obtain))\b)|,"
)
OR: Final = re.compile(r"(?i)\s+or(?:\s+else)?\s+|\s*;\s*or\s+")

VALUE: Final = r"(?:\d+(?:\s*[x×]\s*\d+)*|[\[(]\s*\d+(?:\s*,\s*\d+)*\s*[\])]|no|zero|same|valid)"

WORD_FIRST: Final = re.compile(
    rf"(?i)(?<!\w)({ANY_WORD})\s*(?:[=:]|\bof\b|\bis\b|\bare\b|\bequals\b|\bto\b)?\s*({VALUE})(?!\w)"
)

VALUE_FIRST: Final = re.compile(rf"(?i)(?<!\w)({VALUE})[\s-]+({ANY_WORD}|{LAYER.pattern.removeprefix('(?i)')})(?!\w)")

EDGES: Final = " .,\t!✓✔"
"""What may stand around a piece and says nothing."""
EQUALS: Final = re.compile(r":=|(?<![<>!=])=(?!=)|←|≔|→|->|(?i:\s(?:is|are|equals)\s)|:")

RELATION: Final = re.compile(r"[<>≤≥≠]|(?i:\b(?:odd|even|multiple of|divisible by)\b|\bin\b|∈)")

FREE: Final = re.compile(
    r"(?i)(?:(?:for\s+)?(?:any|every|all|arbitrary)\s+(\w+)|(\w+)\s+(?:is\s+)?(?:any|arbitrary|free)(?:\s+\w+)?)"
)

SUM: Final = re.compile(
    r"[\s\d+*/().,=⌊⌋⌈⌉·×^{}\[\]−x-]*=[\s\d+*/().,=⌊⌋⌈⌉·×^{}\[\]−x-]*|(?i:floor|ceil)\([\s\d+*/().−-]*\).*"
)

AGAINST: Final = re.compile(r"(?i)\b(?:not?|never|wrong|instead|but|except|unless|if|maybe|perhaps)\b|n't\b|\?")

COUNTED: Final = re.compile(r"(?i)\b(\d+)\s+(\d+\s*[x×]\s*\d+)\s+(?:filters|kernels|conv(?:olution)?s)\b")
"""``16 3x3 filters``"""
BY: Final = re.compile(r"(?i)(\d)\s+by\s+(\d)")

ASIDE: Final = re.compile(rf"(?i)\s*\((?:the |our )?(?:{ANY_WORD})\)\s*$")

LATER: Final = re.compile(r"(?s)([^=(]+=\s*[\d.x×]+)\s*(\(.*\))\s*")
"""A remark behind a value."""
GLUED: Final = re.compile(r"(?<=[\d)\]])[ \t]+(?=[^\W\d]\w*[ \t]*:?=)")

TUPLE: Final = re.compile(
    r"\s*[(\[]?\s*([^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)+)\s*[)\]]?\s*:?=\s*([(\[]?[^=]*[)\]]?)\s*\.?\s*"
)


def short(text: str) -> str:
    """A text cut to what fits into a message."""
    return text if len(text) <= 40 else text[:39] + "…"


LATEX: Final = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"\\\(|\\\)|\\\[|\\\]|\$", " "),
        (r"\\(?:text|mathrm|mathit|textbf|boxed)\s*\{([^{}]*)\}", r" \1 "),
        (r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"((\1)/(\2))"),
        (r"\\ ", " "), (r"\\(?:left|right|displaystyle)\b", ""),
        (r"\\(?:quad|qquad)\b|\\[,;!]", " , "), (r"\\times\b", "x"),
        (r"\\cdot\b", "*"), (r"\\leq?\b", "<="), (r"\\geq?\b", ">="), (r"\\neq?\b", "!="), (r"\\lfloor", "⌊"),
        (r"\\rfloor", "⌋"), (r"\\lceil", "⌈"), (r"\\rceil", "⌉"), (r"_\{(\w+)\}", r"\1"), (r"\\\\", "\n"),
    )
)  # fmt: skip


_BOLD: Final = re.compile(r"`|(?<![\w)\s])\*\*|\*\*(?![\w(\s])|(?<!\S)\*\*(?=\w)")
_ARROW: Final = re.compile(r"(\d|\))\s*(?:→|->|⇒|=>)\s*")


def typeset(text: str) -> str:
    """LaTeX's and Markdown's marks as plain signs."""
    text = _ARROW.sub(r"\1; ", _BOLD.sub("", text))
    if "\\" not in text and "$" not in text:
        return text
    for pattern, plain in LATEX:
        text = pattern.sub(plain, text)
    return text


def pieces_of(text: str) -> Iterator[str]:
    """The pieces of a text between commas, semicolons, line breaks, *and*, *with*, outside brackets."""
    depth, start, at = 0, 0, 0
    while at < len(text):
        letter = text[at]
        depth = max(0, depth + (letter in "([{") - (letter in ")]}"))
        match = SPLIT.match(text, at) if depth == 0 or letter == "\n" else None
        if match is not None and match.end() > at:
            yield text[start:at]
            start = at = match.end()
            depth = 0
        else:
            at += 1
    yield text[start:]
