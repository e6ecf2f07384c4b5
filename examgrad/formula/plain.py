"""Text to tokens. Plain text, Unicode and LaTeX make one stream; :mod:`examgrad.formula.latex` reads commands.

A token's ``kind`` is ``name``, ``entry``, ``number``, ``function``, ``constant``, ``diff`` (the d or ∂ of a
derivative) or the very sign or keyword it stands for: ``+``, ``(``, ``<=``, ``if``, ``frac`` …
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final, NamedTuple

from examgrad.errors import MathSyntaxError
from examgrad.formula import latex
from examgrad.formula.names import Names, Piece

MAX_CHARACTERS: Final = 20_000
MAX_TOKENS: Final = 6_000
MAX_DIGITS: Final = 300


class Token(NamedTuple):
    """One word or sign, with its place in the text."""

    kind: str
    value: object
    start: int
    end: int


LETTER: Final = r"[^\W\d_⁰¹²³⁴-⁹⁻ᵀ₀-₉ₐ-ₜᵢ-ᵥⱼ¼½¾⅓⅔𝟙ℝ]"
MARKS: Final = r"[\u0300-\u036f\u20d7]*"
_SUBSCRIPT = r"(?:_\{(?:[^{}]|\{[^{}]*\})*\}|_\d+|_" + LETTER + MARKS + r"|[₀-₉ₐ-ₜᵢ-ᵥⱼ]+)"
WORD: Final = rf"{LETTER}{MARKS}(?:{LETTER}{MARKS}|\d+|{_SUBSCRIPT})*"
_TOKEN = re.compile(
    r"(?P<space>[\s\u00a0\u2009\u200a\u200b\u2060]+)"
    r"|(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+(?![\d._]|" + LETTER + r"))?)"
    rf"|(?P<word>{WORD})"
    r"|(?P<sign>\*\*|\.\*|<=|>=|==|!=|:=|\|\||[-+*/^()\[\]{},;|=<>@'&_])"
    r"|(?P<power>[⁰¹²³⁴-⁹⁻⁺ᵀ]+)"
    r"|(?P<command>\\(?:[A-Za-z]+\*?|.))"
    r"|(?P<other>.)",
    re.S,
)
_SUBSCRIPT_AFTER = re.compile(rf"\s*{_SUBSCRIPT}")

SIGNS: Final = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "·": "*", "⋅": "*", "∙": "*", "•": "*", "×": "*", "✕": "*", "÷": "/",
    "∕": "/", "⁄": "/", "≤": "<=", "⩽": "<=", "≥": ">=", "⩾": ">=", "≠": "!=", "∘": "hadamard", "⊙": "hadamard",
    "∂": "diff", "𝜕": "diff", "∇": "nabla", "∑": "sum", "√": "sqrt", "‖": "||", "∥": "||", "⌊": "⌊", "⌋": "⌋",
    "⌈": "⌈", "⌉": "⌉", "𝟙": "indicator", "≈": "=", "≔": "=", "′": "'", "’": "'", "⊤": "⊤", "∣": "|", "∞": "inf",
    "≡": "=",
}  # fmt: skip
_PLAIN_SIGNS: Final = {"**": "^", ".*": "hadamard", "==": "=", ":=": "=", "@": "*"}
_POWERS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
KEYWORDS: Final = {
    "if": "if", "for": "if", "when": "if", "where": "if", "else": "else", "otherwise": "else", "and": "and",
    "or": "or", "not": "not",
}  # fmt: skip
_VULGAR: Final = {"½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3"}
_ANSWER_MARK = re.compile(r"\s*[=:]")


def is_latex(text: str) -> bool:
    """Whether a text is written in LaTeX: it has a command in it."""
    return "\\" in text


class Scanner:
    """Reads one text into tokens; used once."""

    def __init__(self, text: str, names: Names, *, commands: bool) -> None:
        self.text: Final = text
        self.names: Final = names
        self.commands: Final = commands
        self.tokens: Final[list[Token]] = []
        self.at = 0
        self._brackets: list[str] = []

    def error(
        self, message: str, start: int, end: int, *, expected: str = "", help: str = "", code: str = "syntax"
    ) -> MathSyntaxError:
        """The error to raise for the text from ``start`` to ``end``."""
        return MathSyntaxError(
            message, text=self.text, offset=start, width=max(1, end - start), expected=expected, help=help, code=code
        )

    def scan(self) -> list[Token]:
        """All tokens of the text; raises :class:`MathSyntaxError`."""
        text = self.text
        if len(text) > MAX_CHARACTERS:
            raise self.error(
                f"this formula has {len(text)} characters; at most {MAX_CHARACTERS} are read", 0, 1, code="too-long"
            )
        while self.at < len(text):
            match = _TOKEN.match(text, self.at)
            assert match is not None, "the last alternative of the pattern takes any character"
            start, self.at = match.span()
            kind = match.lastgroup
            if kind == "space":
                continue
            if kind == "word":
                self.word(match[0], start, self.at)
            elif kind == "number":
                self._number(match[0], start)
            elif kind == "sign":
                self.sign(_PLAIN_SIGNS.get(match[0], match[0]), start)
            elif kind == "power":
                self._power(match[0], start)
            elif kind == "command":
                if not self.commands:
                    raise self.error("a backslash has no meaning in plain text", start, self.at)
                latex.command(self, match[0], start)
            else:
                self._other(match[0], start)
            if len(self.tokens) > MAX_TOKENS:
                raise self.error(
                    f"this formula is too long: at most {MAX_TOKENS} words and signs are read",
                    start,
                    self.at,
                    code="too-long",
                )
        self.tokens.append(Token("end", "", len(text), len(text)))
        return self.tokens

    def add(self, kind: str, value: object, start: int, end: int | None = None) -> None:
        """Append a token that ends at ``end``, or where the scanner stands."""
        self.tokens.append(Token(kind, value, start, self.at if end is None else end))

    def sign(self, sign: str, start: int) -> None:
        """A sign, by its plain spelling; brackets are kept count of, since spacing counts inside ``[ ]``."""
        if sign in "([{":
            self._brackets.append(sign)
        elif sign in ")]}" and self._brackets:
            self._brackets.pop()
        elif sign in ("&", "\\\\") and "begin" not in self._brackets:
            return  # alignment marks of several lines
        self.add(sign, sign, start)

    def environment(self, edge: str, kind: str, name: str, start: int) -> None:
        """The ``begin`` or ``end`` of a matrix or of cases; ``&`` and ``\\\\`` count inside it."""
        if edge == "begin":
            self._brackets.append(edge)
        elif "begin" in self._brackets:
            self._brackets.remove("begin")
        self.add(f"{edge} {kind}", name, start)

    def wide_space(self, start: int) -> None:
        """``\\quad``: it parts the entries of a bracketed row, and means nothing elsewhere."""
        if self._brackets and self._brackets[-1] == "[" and self.tokens[-1].kind not in (",", "[", ";"):
            rest = self.text[self.at :].lstrip()
            if rest and rest[0] not in ",;]" and not rest.startswith(("\\right", "\\quad", "\\qquad", "\\\\")):
                self.add(",", ",", start)

    def set_aside(self, word: str) -> bool:
        """Whether the word only says that an answer follows (``Ans =``); consumes the sign after it."""
        if word.strip(" .").lower() not in ("ans", "answer") or self.names.find(word) is not None:
            return False
        match = _ANSWER_MARK.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match is not None

    def word(self, word: str, start: int, end: int) -> None:
        """A run of letters: keywords, or the problem's names, functions and constants one after the other."""
        if self.set_aside(word):
            return
        if word in KEYWORDS and self.names.find(word) is None:
            self.add(KEYWORDS[word], word, start, end)
            return
        if self.text.startswith("'", end) and self._primed(word, start, end):
            return
        raw = end - start == len(word) and "\\" not in word
        word = latex.clean_subscript(word)
        for piece in self.names.split(word):
            left, right = (start + piece.start, start + piece.end) if raw else (start, end)
            self.tokens.append(self._token(piece, word, left, right))

    def _primed(self, word: str, start: int, end: int) -> bool:
        """Whether ``word`` goes on with primes to a declared name (``z'_1``); adds it."""
        match = re.compile(rf"'+(?:{_SUBSCRIPT})?").match(self.text, end)
        name = self.names.find(word + match[0]) if match else None
        if match is None or name is None:
            return False
        self.at = match.end()
        self.add("name", name, start)
        return True

    def _token(self, piece: Piece, word: str, start: int, end: int) -> Token:
        if piece.kind == "entry":
            return Token("entry", (piece.value, piece.indices), start, end)
        if piece.kind == "number":
            return Token("number", (Fraction(int(piece.value)), None), start, end)
        if piece.kind == "function" and piece.value == "sum":
            return Token("sum", "sum", start, end)
        if piece.kind == "unknown":
            return self._unknown(word, start, end)
        return Token(piece.kind, piece.value, start, end)

    def _unknown(self, word: str, start: int, end: int) -> Token:
        if word == "sum" or word == "Sum":
            return Token("sum", "sum", start, end)
        if word in ("I", "T", "Id"):  # the identity, a transpose, an indicator: the parser sees which
            return Token("letter", word, start, end)
        near = self.names.nearest(word)
        known = ", ".join(list(self.names.variables)[:12])
        raise self.error(
            f"'{word}' is no name of this problem" + (f"; did you mean {near}?" if near else ""),
            start, end, expected=f"one of the problem's names ({known})" if known else "", code="unknown-name",
        )  # fmt: skip

    def _number(self, digits: str, start: int) -> None:
        mantissa, _, exponent = digits.lower().partition("e")
        if len(mantissa) > MAX_DIGITS or len(exponent) > 4 or abs(int(exponent or 0)) > MAX_DIGITS:
            raise self.error(
                f"this number is too long: at most {MAX_DIGITS} digits are read", start, self.at, code="too-long"
            )
        whole, point, places = mantissa.partition(".")
        value = Fraction(int((whole + places) or "0"), 10 ** len(places)) * Fraction(10) ** int(exponent or 0)
        self.add("number", (value, max(0, len(places) - int(exponent or 0)) if point or exponent else None), start)

    def _power(self, signs: str, start: int) -> None:
        if signs == "ᵀ":
            self.add("⊤", "⊤", start)
            return
        text = signs.translate(_POWERS)
        if not re.fullmatch(r"[-+]?\d{1,9}", text):
            raise self.error(
                f"'{signs}' is no exponent", start, self.at, expected="a whole number in small digits, as in x²"
            )
        self.add("superscript", int(text), start)

    def _other(self, letter: str, start: int) -> None:
        sign = SIGNS.get(letter)
        if sign == "diff":
            self.add("diff", "∂", start)
        elif sign == "inf":
            self.add("constant", "inf", start)
        elif sign is not None:
            self.sign(sign, start)
        elif letter in _VULGAR:
            for sign in f"({_VULGAR[letter]})":
                if sign.isdigit():
                    self.add("number", (Fraction(int(sign)), None), start)
                else:
                    self.add(sign, sign, start)
        elif (
            letter in "∴⇒→…"
            or (letter in ".。$" and not self.text[self.at :].strip(" .,;\t\n$"))
            or (letter == "$" and not self.tokens)
        ):
            return
        else:
            shown = letter if letter.isprintable() else f"U+{ord(letter):04X}"
            raise self.error(f"the character '{shown}' has no meaning here", start, self.at)

    def subscript(self) -> str:
        """The subscript that stands next, consumed; empty where there is none."""
        match = _SUBSCRIPT_AFTER.match(self.text, self.at)
        if not match:
            return ""
        self.at = match.end()
        return match[0].strip()
