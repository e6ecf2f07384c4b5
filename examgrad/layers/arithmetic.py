"""Sizes written as sums, products and roundings of numbers and symbols: the arithmetic of a layer's text.

Grammar::

    sum       = product { ("+" | "-") product }
    product   = factor { ("*" | "/" | "//" | "x" between numbers) factor }
    factor    = ("-" | "+") factor | atom [ ("**" | "^") atom ]
    atom      = number | word | function "(" sum { "," sum } ")" | "(" sum ")" | "⌊" sum "⌋" | "⌈" sum "⌉"
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from examgrad.formula.names import plain_spelling
from examgrad.formula.tree import Apply, Node, Number, Symbol
from examgrad.layers.tokens import Token, tokens_of
from examgrad.layers.trouble import LayerError, Place

DEEPEST: Final = 20
"""Brackets within brackets."""
FUNCTIONS: Final = frozenset({"floor", "ceil", "max", "min"})
CUT: Final = "in a YAML [list] quote each layer, or YAML cuts it at its commas"


class SumReader:
    """Reads the tokens of a layer's text from the first to the last; raises :class:`LayerError` at their place."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens_of(text)
        self.at = 0
        self.depth = 0

    # -- tokens

    @property
    def next(self) -> Token:
        """The token that is read next."""
        return self.tokens[self.at]

    def trouble(self, message: str, token: Token, code: str = "syntax", help: str = "") -> LayerError:
        """What is wrong at a token."""
        return LayerError(code, message, Place(self.text, token.start, token.end), help)

    def advance(self) -> Token:
        """The next token, which is read with this."""
        token = self.tokens[self.at]
        self.at += token.kind != "end"
        return token

    def sees(self, *signs: str) -> bool:
        """Whether one of these signs comes next."""
        return self.tokens[self.at].sign in signs

    def instead(self) -> str:
        """What was found in place of what was expected."""
        return f", found {self.next.text}" if self.next.text else ""

    def finish(self, message: str) -> None:
        """Refuse what stands behind the end."""
        if self.next.kind != "end":
            raise self.trouble(message + self.instead(), self.next, help=CUT if self.sees(")", "]") else "")

    def enter(self) -> Token:
        """The bracket that opens here."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.trouble(f"brackets stand at most {DEEPEST} deep", self.next, "too-deep")
        return self.advance()

    def close(self, opening: Token, sign: str) -> None:
        """The bracket that closes an opening one."""
        if self.next.kind == "end":
            raise self.trouble(f"the {opening.text} is never closed", opening, "cut", CUT)
        if not self.sees(sign):
            raise self.trouble(f"expected a comma or {sign}{self.instead()}", self.next)
        self.advance()
        self.depth -= 1

    # -- sums

    def sum(self) -> Node:
        """A size, as a formula."""
        terms = [self._product()]
        while self.sees("+", "-"):
            minus = self.advance().text in "-−"
            term = self._product()
            terms.append(Apply("neg", (term,)) if minus else term)
        return terms[0] if len(terms) == 1 else Apply("add", tuple(terms))

    def _product(self) -> Node:
        left = self._factor()
        divisions = 0
        while self.sees("*", "/", "//"):
            sign = self.advance().text
            divisions += sign != "*"
            if divisions > DEEPEST:
                raise self.trouble("too many divisions in a row", self.next, "too-deep")
            right = self._factor()
            if sign in ("/", "//"):
                left = Apply("div", (left, right))
                left = Apply("floor", (left,)) if sign == "//" else left
            elif isinstance(left, Apply) and left.op == "mul":
                left = Apply("mul", (*left.args, right))
            else:
                left = Apply("mul", (left, right))
        return left

    def _factor(self) -> Node:
        if self.sees("-", "+"):
            self.depth += 1
            if self.depth > DEEPEST:
                raise self.trouble("too many signs", self.next, "too-deep")
            minus = self.advance().text in "-−"
            inner = self._factor()
            self.depth -= 1
            if not minus:
                return inner
            return Number(-inner.value) if isinstance(inner, Number) else Apply("neg", (inner,))
        base = self._atom()
        if not self.sees("^"):
            return base
        self.advance()
        return Apply("pow", (base, self._atom()))

    def _atom(self) -> Node:
        token = self.next
        if token.kind == "number":
            self.advance()
            return number_of(token.text)
        if token.kind == "word" and token.text in FUNCTIONS and self.tokens[self.at + 1].text == "(":
            self.advance()
            opening = self.enter()
            args = [self.sum()]
            while self.sees(","):
                self.advance()
                args.append(self.sum())
            self.close(opening, ")")
            return Apply(token.text, tuple(args))
        if token.kind == "word":
            self.advance()
            return Symbol(plain_spelling(token.text))
        for sign, closing, wrap in _BRACKETS:
            if self.sees(sign):
                opening = self.enter()
                inner = wrap(self.sum())
                self.close(opening, closing)
                return inner
        if token.kind == "end":
            help = CUT if "(" in self.text else ""
            raise self.trouble("the text stops where a value was expected", token, help=help)
        raise self.trouble(f"expected a number, a symbol or a word{self.instead()}", token)


_BRACKETS: Final[tuple[tuple[str, str, Callable[[Node], Node]], ...]] = (
    ("(", ")", lambda inner: inner),
    ("⌊", "⌋", lambda inner: Apply("floor", (inner,))),
    ("⌈", "⌉", lambda inner: Apply("ceil", (inner,))),
)


def number_of(text: str) -> Number:
    """The number that a token is; its exponent is cut where it is beyond all sizes."""
    if text.strip(".").isdigit():
        return Number(int(text.strip(".")))
    mantissa, _, exponent = text.lower().partition("e")
    return Number(Fraction(mantissa) * Fraction(10) ** max(-30, min(30, int(exponent or 0))))
