"""The stream of tokens that the grammar reads, and the errors it raises there."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from functools import cached_property
from typing import Final

from examgrad.errors import MathSyntaxError
from examgrad.formula.lexemes import Token, Tokens
from examgrad.formula.names import Names
from examgrad.formula.shapes import Shape, Shapes
from examgrad.formula.tree import CONDITIONS, Apply, Node, Number, Span, Symbol

IF, OR, AND, RELATION, SUM, SIGN, PRODUCT, POWER, POSTFIX = 2, 4, 6, 8, 10, 19, 20, 30, 40
"""Binding powers, loosest first."""

CLOSING: Final = {"(": ")", "[": "]", "{": "}", "⌊": "⌋", "⌈": "⌉", "⟨": "⟩"}
_PAIRS: Final = CLOSING | {f"begin {kind}": f"end {kind}" for kind in ("matrix", "cases", "det")}
_SHOWN: Final = {
    "end": "the end", "name": "a name", "number": "a number", "frac": "a fraction", "hadamard": "∘",
    "end matrix": "\\end of the matrix", "end cases": "\\end{cases}", "\\\\": "a line break", "⊤": "a transpose",
    "outer": "⊗", "index": "an index",
    "raised index": "an index", "keyword": "a name",
}  # fmt: skip


class Stream:
    """The tokens of one text and a place in them. ``bars`` are the ``|`` and ``||`` that are open there.

    ``unchecked`` tells that something was read whose size or place the grammar does not see: a sum, an equation in
    braces, a derivative written out.
    """

    text: str
    names: Names
    tokens: Tokens
    kinds: list[str]
    spans: list[Span]
    """The kinds and places of all tokens, as ``tokens`` has them."""
    at: int
    nesting: int
    bars: tuple[str, ...]
    unchecked: bool
    indices: frozenset[str] = frozenset()
    """The letters that sums bind."""
    along: Node | None = None
    """The axis that was given to the maximum or minimum which is being read."""
    _partners: dict[int, int] | None = None
    """Where each bracket that opens is closed, as the tokens stood when this was found out …"""
    _split: int = 0
    """… and how many tokens were split in two since then. All of them have been read."""

    @cached_property
    def shapes(self) -> Shapes:
        """The shapes of formulas in the problem's names."""
        return Shapes(self.names.shapes, loose=True)

    def shape(self, node: Node) -> Shape | None:
        """The shape of an operand as far as it is seen; nothing but a number's where the problem has no arrays."""
        if not self.names.arrays and not (isinstance(node, Apply) and node.op != "pow"):
            return ()
        return self.shapes.seen(node)

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.at]

    def kind(self, ahead: int = 0) -> str:
        """The kind of the next token, or of one further ahead."""
        at = self.at + ahead
        return self.kinds[at] if at < len(self.kinds) else "end"

    def take(self, *kinds: str) -> Token | None:
        """The next token, consumed, if it is of one of these kinds."""
        at = self.at
        if self.kinds[at] in kinds:
            self.at = at + 1
            return self.tokens[at]
        return None

    def expect(self, kind: str, opened: Token | None = None) -> Token:
        """The next token, consumed; an error if it is of another kind. ``opened`` is the bracket it should close."""
        token = self.take(kind)
        if token is None:
            help = ""
            if opened is not None:
                help = f"the {shown(opened)} at column {self.column(opened.start)} is still open"
            raise self.unexpected(_SHOWN.get(kind, f"'{kind}'"), help)
        return token

    def column(self, offset: int) -> int:
        """The column of an offset, counted from 1."""
        return offset - (self.text.rfind("\n", 0, offset) + 1) + 1

    def error(
        self, message: str, token: Token | None = None, *, expected: str = "", help: str = "", code: str = "syntax"
    ) -> MathSyntaxError:
        """The error to raise at a token, the next one if none is given."""
        token = token or self.token
        return MathSyntaxError(
            message, text=self.text, offset=token.start, width=max(1, token.end - token.start), expected=expected,
            help=help, code=code,
        )  # fmt: skip

    def unexpected(self, expected: str, help: str = "") -> MathSyntaxError:
        """The error of finding the next token where something else was expected."""
        if self.kinds[self.at] == "end":
            before = "the formula ends too early" if self.at else "there is no formula here"
            return self.error(before, expected=expected, help=help, code="incomplete")
        return self.error(f"{shown(self.token)} does not fit here", expected=expected, help=help)

    def _find_partners(self) -> dict[int, int]:
        partners: dict[int, int] = {}
        stack: list[tuple[int, str]] = []
        for at, kind in enumerate(self.kinds):
            if kind in _PAIRS:
                stack.append((at, _PAIRS[kind]))
            elif stack and kind == stack[-1][1]:
                partners[stack.pop()[0]] = at
        return partners

    def partner(self, at: int) -> int | None:
        """Where the bracket at a place is closed, if it is. Nothing behind that place may have been read yet."""
        if self._partners is None:
            self._partners, self._split = self._find_partners(), 0
        end = self._partners.get(at - self._split)
        return None if end is None else end + self._split

    def split(self, first: Token, second: Token) -> None:
        """Put two tokens in place of the next one; what follows moves on."""
        self.tokens[self.at] = second
        self.tokens.insert(self.at, first)
        self._split += 1

    def holds(self, at: int, kinds: Collection[str]) -> bool:
        """Whether the bracket at a place holds a token of these kinds, not counting what its inner brackets hold."""
        closing, found = [_PAIRS[self.kinds[at]]], False
        for inside in range(at + 1, len(self.kinds)):
            kind = self.kinds[inside]
            if kind == closing[-1]:
                closing.pop()
                if not closing:
                    return found
            elif kind in _PAIRS:
                closing.append(_PAIRS[kind])
            elif len(closing) == 1 and kind in kinds:
                found = True
        return False

    def expression(self, binding: int = 0) -> Node:
        """An expression whose operators bind tighter than ``binding``."""
        raise NotImplementedError

    def operand(self, binding: int) -> Node:
        """An expression that is computed with, and whose operators bind tighter than ``binding``."""
        raise NotImplementedError

    def equation(self, side: Node, start: int) -> Node:
        """An expression that has just been read, or the equation of which it is the first side."""
        raise NotImplementedError

    def prefix(self, binding: int) -> Node:
        """One operand, with the sign before it."""
        raise NotImplementedError

    def end(self) -> int:
        """Where the token that was read last ends."""
        return self.spans[self.at - 1][1]

    def script(self) -> Node:
        """A group in braces, or the one number or name that stands next (``\\frac12``, ``_2``)."""
        if opened := self.take("{"):
            node = as_value(self.expression())
            self.expect("}", opened)
            return spanned(node, (opened.start, self.end()))
        token = self.token
        if self.is_split(token):
            digit = Token("number", (Fraction(int(self.text[token.start])), None), token.start, token.start + 1)
            rest = self.text[token.start + 1 : token.end]
            self.tokens[self.at] = Token("number", (Fraction(int(rest)), None), token.start + 1, token.end)
            return Number(digit.value[0], (digit.start, digit.end))
        return as_value(self.prefix(POSTFIX))

    def is_split(self, token: Token) -> bool:
        """Whether only the first digit of a number stands in a place for one sign: ``\\frac12``."""
        return token.kind == "number" and token.end - token.start > 1 and self.text[token.start : token.end].isdigit()

    def read_name(self, token: Token, binding: int) -> Node:
        """A declared name."""
        return Symbol(token.value, (token.start, token.end))

    def read_entry(self, token: Token, binding: int) -> Node:
        """An entry of a declared array."""
        name, indices = token.value
        span = (token.start, token.end)
        base = Symbol(name, span)
        if ":" in indices:
            at = indices.index(":")
            return Apply("row" if at else "column", (base, _position(indices[1 - at])), span)
        if len(indices) == 1 and len(self.names.variables[name].shape) == 2:
            return Apply("row", (base, _position(indices[0])), span)
        return Apply("entry", (base, *map(_position, indices)), span)


def _position(index: str) -> Node:
    return Number(int(index)) if index.isdigit() else Symbol(index)


def shown(token: Token) -> str:
    """A token as messages name it."""
    if token.kind in ("name", "number", "function", "constant", "entry"):
        value = token.value[0] if isinstance(token.value, tuple) else token.value
        return f"'{value}'"
    return _SHOWN.get(token.kind, f"'{token.kind}'")


def start_of(node: Node) -> int:
    """Where a node begins in its text."""
    return node.span[0] if node.span else 0


def is_condition(node: Node) -> bool:
    """Whether a node is true or false rather than a number."""
    return isinstance(node, Apply) and node.op in CONDITIONS


NO_OPERANDS: Final = CONDITIONS | {"array"}
"""What is perhaps no operand as it stands."""


def as_operand(node: Node) -> Node:
    """What is computed with: a condition is its indicator, square brackets around one formula only group it."""
    if type(node) is not Apply or node.op not in NO_OPERANDS:
        return node
    if node.op == "array" and len(node.args) == 1:
        inner = node.args[0]
        if type(inner) is not Apply or inner.op not in ("array", "set"):
            return spanned(inner, node.span) if node.span else inner
    return as_value(node)


def as_value(node: Node) -> Node:
    """A condition used as a number is its indicator."""
    if isinstance(node, Apply) and node.op in CONDITIONS:
        return Apply("indicator", (node,), node.span)
    return node


def times(factors: list[Node]) -> Node:
    """One factor, or their product."""
    return factors[0] if len(factors) == 1 else Apply("mul", tuple(factors))


def spanned(node: Node, span: tuple[int, int]) -> Node:
    """The node with its brackets counted as its own."""
    return Apply(node.op, node.args, span) if isinstance(node, Apply) else node
