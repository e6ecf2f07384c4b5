"""How a text is cut into lexemes, and the tokens that they become.

A lexeme is a word, a number, a sign or a command of LaTeX, with the spaces before it. It is cut so that what it
reads as depends on nothing but the problem's names, as far as that can be: a command is taken with its argument
where that is a word, and with its index.

A token's ``kind`` is ``name``, ``entry``, ``number``, ``function``, ``constant``, ``diff`` (the d or ∂ of a
derivative) or the very sign or keyword it stands for: ``+``, ``(``, ``<=``, ``if``, ``frac`` …
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Final, NamedTuple

from examgrad.formula.latex import ENCLOSING, LETTERS
from examgrad.formula.tree import Span
from examgrad.formula.words import SEVERAL, SUBSCRIPTS, Lexed


class Token(NamedTuple):
    """One word or sign, with its place in the text."""

    kind: str
    value: Any
    start: int
    end: int


_make = tuple.__new__  # which takes half the time of ``Token(…)``


class Tokens:
    """The tokens of a text in lists side by side: most are looked at for their kinds only, and none is made an
    object of before it is asked for."""

    __slots__ = ("kinds", "spans", "values")

    def __init__(self) -> None:
        self.kinds: Final[list[str]] = []
        self.values: Final[list[Any]] = []
        self.spans: Final[list[Span]] = []

    def __len__(self) -> int:
        return len(self.kinds)

    def __getitem__(self, at: int) -> Token:
        start, end = self.spans[at]
        return _make(Token, (self.kinds[at], self.values[at], start, end))

    def __setitem__(self, at: int, token: Token) -> None:
        self.kinds[at], self.values[at], self.spans[at] = token.kind, token.value, token[2:]

    def add(self, kind: str, value: Any, start: int, end: int) -> None:
        """Append a token."""
        self.kinds.append(kind)
        self.values.append(value)
        self.spans.append((start, end))

    def insert(self, at: int, token: Token) -> None:
        """Put a token before the one at a place."""
        self.kinds.insert(at, token.kind)
        self.values.insert(at, token.value)
        self.spans.insert(at, token[2:])

    def extend(self, others: Tokens) -> None:
        """Append all tokens of another text."""
        self.kinds.extend(others.kinds)
        self.values.extend(others.values)
        self.spans.extend(others.spans)

    def pop(self) -> Token:
        """The last token, taken away."""
        return Token(self.kinds.pop(), self.values.pop(), *self.spans.pop())


LETTER: Final = r"[^\W\d_⁰¹²³⁴-⁹⁻ᵀ₀-₉ₐ-ₜᵢ-ᵥⱼ¼½¾⅓⅔𝟙ℝ]"
MARKS: Final = r"[\u0300-\u036f\u20d7]*"
SUBSCRIPT: Final = r"(?:_\{(?:[^{}]|\{[^{}]*\})*\}|_\d+|_" + LETTER + MARKS + r"|[₀-₉ₐ-ₜᵢ-ᵥⱼ]+)"
WORD: Final = rf"{LETTER}{MARKS}(?:{LETTER}{MARKS}|\d+|{SUBSCRIPT})*"
_SPACE = r"[\s\u00a0\u2009\u200a\u200b\u2060]*"
_PLAIN = (
    r"[-+/^()\[\]{},;@'&_]",  # the most frequent first: signs, short words and digits as such
    r"[A-Za-z]+\d*(?![\w\u0300-\u036f\u20d7])",
    r"\d(?![\w.])",
    WORD,
    rf"(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+(?![\d._]|{LETTER}))?",
    r"\*\*|\.[*/^]|<=|>=|==|!=|:=|\|\||[*|=<>]",
    r"[⁰¹²³⁴-⁹⁻⁺ᵀ]+",
)
_COMMANDS = (
    rf"\\(?:(?:{'|'.join(LETTERS)})(?![A-Za-z*])"
    rf"|(?:{'|'.join(ENCLOSING)})\s*\{{[A-Za-z ]*\}}(?!\s*\{{))(?:\s*{SUBSCRIPT})?",
    r"\\(?:left|right)(?![A-Za-z*])\.?",
    r"\\(?:[A-Za-z]+\*?|.)",
)
LEXEME: Final = re.compile(_SPACE + "(?:" + "|".join((*_PLAIN, *_COMMANDS, ".")) + ")", re.S)
COMMAND: Final = re.compile(_COMMANDS[-1], re.S)
INDEX: Final = re.compile(SUBSCRIPT)
LOWERED: Final = SUBSCRIPTS
FIRST_LETTER: Final = re.compile(LETTER)
SUBSCRIPT_AFTER: Final = re.compile(rf"\s*{SUBSCRIPT}")
_SPACES = re.compile(_SPACE)

SIGNS: Final = frozenset("** .* ./ .^ <= >= == != := || - + * / ^ ( ) [ ] { } , ; | = < > @ ' & _".split())
SPELLED: Final = {sign: sign for sign in SIGNS} | {
    "**": "^", ".*": "hadamard", "./": "/", "==": "=", ":=": "=", "@": "*",
}  # fmt: skip
"""Each sign to the kind of its token."""
OTHER_SIGNS: Final = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "·": "*", "⋅": "*", "∙": "*", "•": "*", "×": "*", "✕": "*", "÷": "/",
    "∕": "/", "⁄": "/", "≤": "<=", "⩽": "<=", "≥": ">=", "⩾": ">=", "≠": "!=", "∘": "hadamard", "⊙": "hadamard",
    "∂": "diff", "𝜕": "diff", "∇": "nabla", "∑": "sum", "√": "sqrt", "‖": "||", "∥": "||", "⌊": "⌊", "⌋": "⌋",
    "⌈": "⌈", "⌉": "⌉", "𝟙": "indicator", "≈": "=", "≔": "=", "′": "'", "’": "'", "⊤": "⊤", "∣": "|", "∞": "inf",
    "≡": "=", "∗": "*", "⊗": "outer", "⊘": "/", "⟨": "⟨", "⟩": "⟩", "〈": "⟨", "〉": "⟩",
}  # fmt: skip
SMALL: Final = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀ")
POWERS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
VULGAR: Final = {"½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3"}


def take_known(lexemes: Iterable[str], known: Mapping[str, Lexed], tokens: Tokens, at: int) -> tuple[int, str | None]:
    """Add the tokens of lexemes that stand from a place on, as far as each is known as one; where they end, and the
    first that is not."""
    kinds, values, spans = tokens.kinds, tokens.values, tokens.spans
    for lexeme in lexemes:
        found = known.get(lexeme)
        if found is None or found[0] == SEVERAL:
            return at, lexeme
        kind, value, start, end = found
        kinds.append(kind)
        values.append(value)
        spans.append((at + start, at + end))
        at += end
    return at, None


def spaces_before(lexeme: str) -> int:
    """How many spaces a lexeme begins with."""
    match = _SPACES.match(lexeme)
    return match.end() if match else 0


def _known() -> dict[str, Lexed]:
    kinds: dict[str, tuple[str, Any]] = {sign: (kind, kind) for sign, kind in SPELLED.items() if sign not in "&_"}
    kinds |= {str(digit): ("number", (Fraction(digit), None)) for digit in range(10)}
    return {
        space + lexeme: (*token, len(space), len(space) + len(lexeme))
        for lexeme, token in kinds.items()
        for space in ("", " ")
    }


KNOWN: Final = _known()
"""What signs and digits read as, whatever a problem's names are, with no space before them and with one."""
