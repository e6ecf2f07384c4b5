"""Text to tokens. Plain text, Unicode and LaTeX make one stream; :mod:`examgrad.formula.latex` reads commands.

:mod:`examgrad.formula.lexemes` says how a text is cut and what a token is.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cached_property
from typing import Final

from examgrad.errors import MathSyntaxError
from examgrad.formula import code, indices, latex, lexemes, numerals
from examgrad.formula.functions import ARGUMENTS
from examgrad.formula.lexemes import LEXEME, Token, Tokens, take_known
from examgrad.formula.names import Names
from examgrad.formula.words import SEVERAL, Piece, keep

MAX_CHARACTERS: Final = 20_000
MAX_TOKENS: Final = 6_000
_KEYWORDS: Final = {
    "if": "if", "for": "if", "when": "if", "where": "if", "else": "else", "otherwise": "else", "and": "and",
    "or": "or", "not": "not",
}  # fmt: skip
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_ANSWER_MARK = re.compile(r"\s*[=:]")
_ROW_ENDS = re.compile(r"\s*(?:[,;\]]|\\right|\\quad|\\qquad|\\\\|\Z)")
"""What a wide space in a row stands before without parting two entries."""
_TRAILING: Final = " .,;\t\n$"
_ALIGNED = re.compile(
    r"\s*(?:=|[<>≈≤≥&]|\\\\|\\(?:approx|equiv|leq?|geq?|quad|qquad|implies|Rightarrow|therefore)\b|$)"
)
_ANSWERS: Final = ("ans", "answer")


def is_latex(text: str) -> bool:
    """Whether a text is written in LaTeX: it has a command in it."""
    return "\\" in text


def tokens_of(text: str, names: Names, *, commands: bool) -> Tokens:
    """All tokens of a text, with ``commands`` of LaTeX or without. Raises :class:`MathSyntaxError`."""
    if len(text) > MAX_CHARACTERS or "'" in text:
        return Scanner(text, names, commands=commands).scan()
    known = names.words.latex_lexemes if commands else names.words.lexemes
    tokens = Tokens()
    at, unknown = take_known(LEXEME.findall(text), known, tokens, 0)
    if unknown is not None:
        return Scanner(text, names, tokens, at, commands=commands).scan()
    if len(tokens.kinds) > MAX_TOKENS:
        return Scanner(text, names, commands=commands).scan()  # which says where they become too many
    tokens.add("end", "", at, at)
    return tokens


class Scanner:
    """Reads one text into tokens from where the first of them end; used once."""

    def __init__(self, text: str, names: Names, tokens: Tokens | None = None, at: int = 0, *, commands: bool) -> None:
        self.text: Final = text
        self.names: Final = names
        self.commands: Final = commands
        self.tokens: Final = Tokens() if tokens is None else tokens
        self.at = at
        self._known: Final = names.words.latex_lexemes if commands else names.words.lexemes
        if not self._known:
            self._known.update(lexemes.KNOWN)
        self._open: Final[list[str]] = []
        self._environments = 0
        self._counted = 0

    def error(
        self, message: str, start: int, end: int, *, expected: str = "", help: str = "", code: str = "syntax"
    ) -> MathSyntaxError:
        """The error to raise for the text from ``start`` to ``end``."""
        return MathSyntaxError(
            message, text=self.text, offset=start, width=max(1, end - start), expected=expected, help=help, code=code
        )

    def scan(self) -> Tokens:
        """All tokens of the text; raises :class:`MathSyntaxError`."""
        text = self.text
        if len(text) > MAX_CHARACTERS:
            raise self.error(
                f"this formula has {len(text)} characters; at most {MAX_CHARACTERS} are read", 0, 1, code="too-long"
            )
        if len(text) <= MAX_TOKENS and "'" not in text:
            self._scan_known()
        while self.at < len(text):
            match = LEXEME.match(text, self.at)
            assert match is not None, "the last alternative of the pattern takes any character"
            self._lexeme(match[0])
        self.tokens.add("end", "", len(text), len(text))
        return self.tokens

    def _scan_known(self) -> None:
        """The text up to the first word that reads on behind its end, most of it looked up as it stands.

        All words are cut at once, which is why primes, which may belong to the name before them, are not for here.
        """
        cut = iter(LEXEME.findall(self.text, self.at))
        while True:
            self.at, unknown = take_known(cut, self._known, self.tokens, self.at)
            if unknown is None:
                return
            behind = self.at + len(unknown)
            self._lexeme(unknown)
            if self.at != behind:
                return

    def _lexeme(self, lexeme: str) -> None:
        """Add the tokens of what stands at ``at``, spaces and a word or sign; what it reads as anywhere is kept."""
        before, count = self.at, len(self.tokens)
        self.at = end = before + len(lexeme)
        found = self._known.get(lexeme)
        if found is not None and not self.text.startswith("'", end):
            for kind, value, left, right in found[1] if found[0] == SEVERAL else (found,):
                self.tokens.add(kind, value, before + left, before + right)
        elif (start := before + lexemes.spaces_before(lexeme)) < end:
            fixed = self._read(self.text[start:end], start)
            if fixed and self.at == end:
                tokens = [self.tokens[place] for place in range(count, len(self.tokens))]
                added = tuple([(kind, value, i - before, j - before) for kind, value, i, j in tokens])
                one = len(added) == 1 and added[0][3] == len(lexeme)
                keep(self._known, lexeme, added[0] if one else (SEVERAL, added, 0, len(lexeme)))
        if len(self.tokens) > MAX_TOKENS:
            raise self.error(
                f"this formula is too long: at most {MAX_TOKENS} words and signs are read",
                before + lexemes.spaces_before(lexeme),
                self.at,
                code="too-long",
            )

    def _read(self, lexeme: str, start: int) -> bool:
        """Add the tokens of a word, number, sign or command; whether it reads so wherever it stands.

        Where it then goes on behind its own end it does not, whatever is said here.
        """
        first = lexeme[0]
        if lexeme in lexemes.SIGNS:
            if lexeme != "_" or not indices.index(self, start):
                self.sign(lexemes.SPELLED[lexeme], start)
            return lexeme not in "&_"
        if first.isdecimal() or (first == "." and len(lexeme) > 1):
            numerals.number(self, lexeme, start)
            return True
        if first in lexemes.SMALL:
            numerals.power(self, lexeme, start)
            return True
        if first == "\\" and len(lexeme) > 1:
            match = lexemes.COMMAND.match(lexeme)
            command = match[0] if match else lexeme
            self.at = start + len(command)
            if not self.commands:
                raise self.error("a backslash has no meaning in plain text", start, self.at)
            latex.command(self, command, start)
            return latex.is_fixed(command[1:], lexeme)
        if lexemes.FIRST_LETTER.match(lexeme):
            self.word(lexeme, start, self.at)
            is_argument = lexeme in ARGUMENTS and indices.may_name_argument(self, lexeme)
            return lexeme.lower() not in _ANSWERS and not is_argument and lexeme not in code.MODULES
        count = len(self.tokens)
        self._other(lexeme, start)
        return len(self.tokens) > count and lexeme not in lexemes.VULGAR and lexeme not in lexemes.LOWERED

    def add(self, kind: str, value: object, start: int, end: int | None = None) -> None:
        """Append a token that ends at ``end``, or where the scanner stands."""
        self.tokens.add(kind, value, start, self.at if end is None else end)

    def sign(self, sign: str, start: int) -> None:
        """A sign, by its plain spelling."""
        if sign in ("&", "\\\\"):
            self._brackets()
            if not self._environments:
                self._outside(sign, start)
                return
        self.add(sign, sign, start)

    def _outside(self, sign: str, start: int) -> None:
        """A mark of columns or rows that stands in no environment: it aligns several lines, or is the word "and"."""
        last = self.tokens[-1] if self.tokens else None
        if sign == "&" and not self.commands:
            if last is None or last.kind != "and" or last.end != start:  # && is one
                self.add("and", "and", start)
            elif last is not None:
                self.tokens[-1] = last._replace(end=self.at)
        elif sign == "&" and last is not None and last.kind != "=" and not _ALIGNED.match(self.text, self.at):
            raise self.error("'&' stands in no matrix and aligns nothing", start, self.at, help="write and, or a sign")

    def _brackets(self) -> list[str]:
        """The brackets that are open here, counted only where they matter: spacing means something inside ``[ ]``."""
        opened = self._open
        for kind in self.tokens.kinds[self._counted :]:
            if kind in _OPENING:
                opened.append(kind)
            elif kind in _CLOSING:
                if opened and opened.pop() == "begin":
                    self._environments -= 1
            elif kind.startswith("begin "):
                opened.append("begin")
                self._environments += 1
            elif kind.startswith("end ") and self._environments:
                del opened[len(opened) - 1 - opened[::-1].index("begin")]  # the innermost
                self._environments -= 1
        self._counted = len(self.tokens)
        return opened

    def insert(self, tokens: Tokens) -> None:
        """Add tokens of a part that was read as if it stood alone: its brackets are its own."""
        self._brackets()
        self.tokens.extend(tokens)
        self._counted = len(self.tokens)

    def wide_space(self, start: int) -> None:
        """``\\quad``: it parts the entries of a bracketed row, and means nothing elsewhere."""
        brackets = self._brackets()
        if (
            brackets
            and brackets[-1] == "["
            and self.tokens.kinds[-1] not in (",", "[", ";")
            and not _ROW_ENDS.match(self.text, self.at)
        ):
            self.add(",", ",", start)

    def set_aside(self, word: str) -> bool:
        """Whether the word only says that an answer follows (``Ans =``); consumes the sign after it."""
        if word.strip(" .").lower() not in _ANSWERS or self.names.find(word) is not None:
            return False
        match = _ANSWER_MARK.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match is not None

    def word(self, word: str, start: int, end: int) -> None:
        """A run of letters: keywords, or the problem's names, functions and constants one after the other."""
        if self.set_aside(word):
            return
        if word in _KEYWORDS and self.names.find(word) is None:
            self.add(_KEYWORDS[word], word, start, end)
            return
        if self.text.startswith("'", end) and self._primed(word, start, end):
            return
        if code.called(self, word, start):
            return
        if word in ARGUMENTS and indices.names_argument(self, word, end):
            self.add("keyword", word, start, end)
            return
        word = latex.clean_subscript(word)
        if indices.conventional(self, word, start):
            return
        raw = end - start == len(word) and "\\" not in word
        if raw and len(word) > 1 and indices.apart(self, word, start):
            return
        for piece in self.names.words.split(word):
            left, right = (start + piece.start, start + piece.end) if raw else (start, end)
            self.tokens.add(*self._token(piece, word, left, right))

    def _primed(self, word: str, start: int, end: int) -> bool:
        """Whether ``word`` goes on with primes to a declared name (``z'_1``); adds it."""
        match = re.compile(rf"'+(?:{lexemes.SUBSCRIPT})?").match(self.text, end)
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
        if word in ("I", "T", "Id", "F") or (
            word == "t" and self.names.arrays
        ):  # the identity, a transpose, an indicator, a norm: the parser sees which
            return Token("letter", word, start, end)
        if word in ("H", "Θ", "θ", "u") and self.text.startswith("(", end):
            help = "the unit step of x is [x > 0] or step(x)"
            raise self.error(f"'{word}' is no name of this problem", start, end, help=help, code="unknown-name")
        near = self.names.nearest(word)
        known = ", ".join(list(self.names.variables)[:12])
        raise self.error(
            f"'{word}' is no name of this problem" + (f"; did you mean {near}?" if near else ""),
            start, end, expected=f"one of the problem's names ({known})" if known else "", code="unknown-name",
        )  # fmt: skip

    def leaves_out(self) -> bool:
        """Whether what stands next is one of several entries."""
        return self.tokens.kinds[-1:] in ([","], [";"], ["&"], ["\\\\"])

    def dots(self, start: int) -> MathSyntaxError:
        """The error for dots that leave out entries of a vector or a matrix."""
        help = "write the array by its name, or the formula of its entry, such as a_i or W_{ij}"
        return self.error("dots leave entries out", start, self.at, help=help)

    def _other(self, letter: str, start: int) -> None:
        sign = lexemes.OTHER_SIGNS.get(letter)
        if (letter == "…" or self.text.startswith("...", start)) and self.leaves_out():
            raise self.dots(start)
        if letter in lexemes.LOWERED and indices.lowered_sign(self, letter, start):
            return
        if (letter == "." and code.member(self, start)) or (letter == ":" and code.axes(self, start)):
            return
        if sign == "diff":
            self.add("diff", "∂", start)
        elif sign == "inf":
            self.add("constant", "inf", start)
        elif sign is not None:
            self.sign(sign, start)
        elif letter in lexemes.VULGAR:
            numerals.fraction(self, letter, start)
        elif (
            letter in "∴⇒→…"
            or (
                letter in ".。$" and (self.at >= self._text_end or self.text.startswith("\\end", self._behind_spaces()))
            )
            or (letter == "$" and not self.tokens)
        ):
            return
        else:
            shown = letter if letter.isprintable() else f"U+{ord(letter):04X}"
            help = "entries are X_{ij}, a row is X_i" if letter == ":" else ""
            if self.tokens.kinds[-4:-1] == ["sum", "_", "{"]:
                help = "write the condition as a factor behind the sum: ∑_i [x_i > 0] …"
            raise self.error(f"the character '{shown}' has no meaning here", start, self.at, help=help)

    def _behind_spaces(self) -> int:
        """Where the next sign stands that is no space."""
        return len(self.text) - len(self.text[self.at :].lstrip())

    @cached_property
    def _text_end(self) -> int:
        """Where the dots, commas and dollar signs begin that close the text."""
        return len(self.text.rstrip(_TRAILING))

    def subscript(self) -> str:
        """The subscript that stands next, consumed; empty where there is none."""
        match = lexemes.SUBSCRIPT_AFTER.match(self.text, self.at)
        if not match:
            return ""
        self.at = match.end()
        return match[0].strip()
