"""Tokens to trees: a Pratt parser over the problem's own names.

Precedence, loosest first: ``=``; ``if … else``; ``or``, ``and``, ``not``; comparisons; ``+ -``; products,
quotients and juxtaposition, from left to right; the sign; powers; transposes. Juxtaposition is a product, as
tight as ``/``: ``1/2 (a + b)`` is half of it. What is not consumed, or has two readings, is an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from examgrad.errors import MathSyntaxError
from examgrad.formula.grammar.binding import BAR, BINDING
from examgrad.formula.grammar.brackets import Brackets
from examgrad.formula.grammar.calls import Calls
from examgrad.formula.grammar.conditions import RELATIONS
from examgrad.formula.grammar.leibniz import mark_derivatives
from examgrad.formula.grammar.numbers import INDICATES
from examgrad.formula.grammar.powers import Powers
from examgrad.formula.grammar.products import Products
from examgrad.formula.grammar.stream import (
    AND,
    NO_OPERANDS,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    as_operand,
    is_condition,
    start_of,
)  # fmt: skip
from examgrad.formula.grammar.sums import bound_indices, compared_indices, with_sum_signs
from examgrad.formula.lexemes import Token
from examgrad.formula.names import Names
from examgrad.formula.plain import is_latex, tokens_of
from examgrad.formula.styled import unstyled
from examgrad.formula.tree import Apply, Constant, Node, Number, Symbol

Notation = Literal["auto", "plain", "latex"]

MAX_NESTING: Final = 120
MAX_TERMS: Final = 5000
MAX_DEPTH: Final = 140


def read(text: str, names: Names, *, notation: Notation = "auto") -> Node:
    """The tree of a formula, an equation, a condition or an array, in plain text, Unicode or LaTeX.

    Raises :class:`MathSyntaxError` with the place of the trouble: nothing is guessed, and nothing that was
    written is left out.
    """
    return Parser(text, names, notation).read()


class Parser(Calls, Brackets, Powers, Products):
    """Reads one text; used once. ``ambiguous`` tells whether a quotient had a product without a sign after it,
    which some people mean to stand below the line; with ``tight`` it is read that way."""

    def __init__(self, text: str, names: Names, notation: Notation = "auto", *, tight: bool = False) -> None:
        self.text = text
        text = unstyled(text)
        self.names = names
        if "sum" in text or "∑" in text or "Σ" in text or "Sigma" in text or names.arrays:
            self._bind_indices()
        commands = notation == "latex" or (notation == "auto" and is_latex(text))
        self.tokens = tokens_of(text, self.names, commands=commands)
        self.kinds, self.spans = self.tokens.kinds, self.tokens.spans
        if "d" in text and (names.open_ended or names.is_size("d")):
            mark_derivatives(self.tokens)
        self.at = 0
        self.ambiguous = False
        self._tight = tight
        self.nesting = 0
        self.bars = ()
        self.unchecked = False

    def _bind_indices(self) -> None:
        """Know the letters that sums and indicators in the text bind."""
        text, names = self.text, self.names
        sums = text if names.open_ended or names.find("Sigma") is not None else with_sum_signs(text)
        indices = bound_indices(sums)
        if names.arrays and any(sign in text for sign in ("=", "≠", "\\ne")):
            indices += [letter for letter in compared_indices(text) if names.find(letter) is None]
        if indices:
            self.indices = frozenset(indices)
            self.names = names.extended(indices)

    def read(self) -> Node:
        """The whole text as one tree."""
        node = self.equation(self.expression(), self.spans[0][0])
        if self.kinds[self.at] != "end":
            while self.take(",", ";", "\\\\"):
                if self.kinds[self.at] != "end":
                    self.at -= 1
                    break
            if self.kinds[self.at] != "end":
                raise self.unexpected("an operator or the end")
        self._check(node)
        return node

    def _check(self, root: Node) -> None:
        """Refuse a tree that is too deep to be walked, equations inside formulas, and sums of too many terms."""
        if not self.unchecked and 3 * len(self.kinds) <= MAX_DEPTH:
            return  # a token adds three levels to the tree at most (an entry below an indicator)
        level, depth = [root], 0
        while level:
            depth += 1
            if depth > MAX_DEPTH:
                raise self.error("this formula is nested too deeply", self.tokens[0], code="too-long")
            level = [arg for item in level if item.args for arg in item.args]
            if self.unchecked and any(isinstance(item, Apply) and item.op == "equation" for item in level):
                raise self.error("an equation cannot stand inside a formula", self.tokens[0])
        if self.unchecked and _terms(root) > MAX_TERMS:  # only now: a tree that is too deep cannot be walked
            raise self.error(f"sums of more than {MAX_TERMS} terms are not worked out", self.tokens[0], code="too-long")

    def equation(self, side: Node, start: int) -> Node:
        """An expression that has just been read, or the equation of which it is the first side."""
        if self.kinds[self.at] != "=":
            return side
        sides = [side]
        while self.take("="):
            sides.append(self.expression())
        return Apply("equation", tuple(sides), (start, self.end()))

    def expression(self, binding: int = 0) -> Node:
        """An expression whose operators bind tighter than ``binding``."""
        nesting = self.nesting = self.nesting + 1
        kinds, at = self.kinds, self.at
        kind = kinds[at]
        if kind == "name" and nesting < MAX_NESTING:  # the most frequent operands by far are read here
            self.at = at + 1
            left: Node = Symbol(self.tokens.values[at], self.spans[at])
        elif kind == "number" and nesting < MAX_NESTING and kinds[at + 1] not in INDICATES:
            self.at = at + 1
            value, places = self.tokens.values[at]
            left = Number(value, self.spans[at], places)
        elif kind == "constant" and nesting < MAX_NESTING:
            self.at = at + 1
            left = Constant(self.tokens.values[at], self.spans[at])
        else:
            left = self.prefix(binding)
        while True:
            kind = kinds[self.at]
            power = BINDING.get(kind, 0)
            if power <= binding:
                break
            if power == PRODUCT:
                left = self._product(left)
            elif power == SUM:
                left = self._sum(left)
            elif kind == "^":
                left = self._power(left)
            elif power != BAR:
                left = self._infix(left, kind)
            elif self._names_values():
                left = self._evaluated_at(left)
            elif binding < PRODUCT and self._opens_bar(kind):
                left = self._product(left)
            else:
                break
        self.nesting = nesting - 1
        return left

    def operand(self, binding: int) -> Node:
        """An expression that is computed with, and whose operators bind tighter than ``binding``."""
        kinds, at = self.kinds, self.at
        kind = kinds[at]
        # a name or number alone, as :meth:`expression` would read it
        if (kind == "name" or kind == "number") and self.nesting < MAX_NESTING - 1:
            behind = kinds[at + 1]
            if BINDING.get(behind, 0) <= binding and (kind == "name" or behind not in INDICATES):
                self.at = at + 1
                value = self.tokens.values[at]
                return Symbol(value, self.spans[at]) if kind == "name" else Number(value[0], self.spans[at], value[1])
        node = self.expression(binding)
        return as_operand(node) if type(node) is Apply and node.op in NO_OPERANDS else node

    def _infix(self, left: Node, kind: str) -> Node:
        token = self.tokens[self.at]
        self.at += 1
        start = start_of(left)
        if kind == "superscript":
            exponent = Number(token.value, (token.start, token.end))
            if token.value > 0:
                return Apply("pow", (as_operand(left), exponent), (start, token.end))
            return self._raised(as_operand(left), exponent)
        if kind in ("⊤", "'"):
            if kind == "'" and isinstance(left, Symbol):
                if not self._may_be_array(left.name):
                    raise self.error(f"{left.name}' is no name of this problem", token, code="unknown-name")
                if self.names.open_ended and left.name not in self.names.variables:
                    message = f"{left.name}' may be a derivative or a transpose"
                    raise self.error(message, token, help="write the derivative out, or a transpose as ^T")
            return self._transpose_of(left, token.end, token.value)
        if kind in ("index", "method"):
            self.at -= 1
            return self._indexed(left) if kind == "index" else self._method(left)
        if kind == ".^":
            return self._elementwise_power(as_operand(left), self.operand(POWER - 1))
        if kind in RELATIONS:
            return self._relation(left, kind)
        if kind == "if":
            return self._ternary(left)
        right = self.expression(BINDING[kind])
        if not (is_condition(left) and is_condition(right)):
            raise self.error(f"'{kind}' joins conditions, not formulas", token, help="write one formula a line")
        return Apply(kind, (left, right), (start, self.end()))

    def prefix(self, binding: int) -> Node:
        """One operand, with the sign before it."""
        at = self.at
        reader = _PREFIX.get(self.kinds[at])
        if reader is None:
            raise self.unexpected("a number, a name, a function or a bracket")
        if self.nesting >= MAX_NESTING:
            raise self._too_deep()
        self.at = at + 1
        self.nesting += 1
        node = reader(self, at, binding)
        self.nesting -= 1
        return node

    def _too_deep(self) -> MathSyntaxError:
        return self.error("this formula is nested too deeply", code="too-long")

    def _read_constant(self, token: Token, binding: int) -> Node:
        return Constant(token.value, (token.start, token.end))

    def _read_letter(self, token: Token, binding: int) -> Node:
        """A capital that is no name of the problem: I(g > 0) is an indicator, I the identity."""
        if (
            token.value == "I"
            and self.kinds[self.at] in ("(", "[", "{")
            and (node := self._indicator_body(token)) is not None
        ):
            return node
        if token.value == "I" and self.take("_"):
            size = self.script()
            if isinstance(size, Apply) and size.op == "mul" and len(set(size.args)) == 1:
                size = size.args[0]  # I_{n×n}
            return Apply("eye", (size,), (token.start, self.end()))
        if token.value in ("I", "Id"):
            return Apply("identity", (), (token.start, token.end))
        near = self.names.nearest(token.value)
        hint = f"; did you mean {near}?" if near else ""
        raise self.error(f"'{token.value}' is no name of this problem{hint}", token, code="unknown-name")

    def _read_sign(self, sign: int, binding: int) -> Node:
        operand = self.operand(binding if binding > SIGN else SIGN)
        if self.kinds[sign] == "+":
            return operand
        return Apply("neg", (operand,), (self.spans[sign][0], self.spans[self.at - 1][1]))

    def _read_not(self, token: Token, binding: int) -> Node:
        return Apply("not", (self.expression(AND),), (token.start, self.end()))


Reader = Callable[[Parser, int, int], Node]
"""Reads the operand whose first token stands at a place, and has been consumed."""


def _of_token(reader: Callable[[Parser, Token, int], Node]) -> Reader:
    return lambda parser, at, binding: reader(parser, parser.tokens[at], binding)


_PREFIX: Final[dict[str, Reader]] = {
    "(": Parser._read_group, "-": Parser._read_sign, "+": Parser._read_sign, "function": Parser._read_function,
} | {
    kind: _of_token(reader) for kind, reader in {
        "number": Parser.read_number, "name": Parser.read_name, "entry": Parser.read_entry,
        "constant": Parser._read_constant, "letter": Parser._read_letter, "not": Parser._read_not,
        "[": Parser._read_bracket, "{": Parser._read_brace, "|": Parser._read_bar, "||": Parser._read_bar,
        "⌊": Parser._read_rounding, "⌈": Parser._read_rounding, "frac": Parser._read_fraction,
        "sqrt": Parser._read_root, "sum": Parser._read_sum, "indicator": Parser._read_indicator,
        "begin cases": Parser._read_cases, "begin matrix": Parser._read_matrix, "begin det": Parser._read_matrix,
        "diff": Parser._read_diff, "nabla": Parser._read_nabla, "library": Parser._read_library,
        "⟨": Parser._read_angle, "keyword": Parser._read_letter,
    }.items()
}  # fmt: skip


def _terms(node: Node) -> int:
    """How many terms the sums in a formula have, written out; a range of unknown length counts as 2."""
    below = sum(map(_terms, node.args))
    if isinstance(node, Apply) and node.op == "sum" and len(node.args) == 4:
        first, last = node.args[1], node.args[2]
        if isinstance(first, Number) and isinstance(last, Number):
            return max(1, int(last.value - first.value) + 1) * max(1, below)
        return 2 * max(1, below)  # at the smallest sizes that are tried
    return below
