"""Tokens to trees: a Pratt parser over the problem's own names.

Precedence, loosest first: ``=``; ``if … else``; ``or``, ``and``, ``not``; comparisons; ``+ -``; products,
quotients and juxtaposition, from left to right; the sign; powers; transposes. Juxtaposition is a product, as
tight as ``/``: ``1/2 (a + b)`` is half of it. What is not consumed, or has two readings, is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Final, Literal, cast

from examgrad.formula.grammar.brackets import Brackets
from examgrad.formula.grammar.calls import Calls
from examgrad.formula.grammar.conditions import RELATIONS
from examgrad.formula.grammar.stream import (
    AND,
    IF,
    OR,
    POSTFIX,
    POWER,
    PRODUCT,
    RELATION,
    SIGN,
    SUM,
    as_value,
    is_condition,
    shown,
    start_of,
    times,
)  # fmt: skip
from examgrad.formula.names import Names
from examgrad.formula.plain import Scanner, Token, is_latex
from examgrad.formula.tree import Apply, Constant, Node, Number, Symbol

Notation = Literal["auto", "plain", "latex"]

_BOUND_INDEX = re.compile(r"(?:∑|sum)\s*(?:_\s*\{?|\()\s*([A-Za-z])\s*[=,]")

MAX_NESTING: Final = 120
MAX_TERMS: Final = 5000
MAX_DEPTH: Final = 140

_BINDING: Final = {
    "if": IF, "or": OR, "and": AND, "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "hadamard": PRODUCT,
    "^": POWER, "superscript": POWER, "⊤": POSTFIX, "'": POSTFIX, **dict.fromkeys(RELATIONS, RELATION),
}  # fmt: skip
_OPERANDS: Final = frozenset(
    "name entry function constant diff number ( [ { frac sqrt sum nabla indicator letter ⌊ ⌈".split()
) | {"begin matrix", "begin cases", "begin det"}


def read(text: str, names: Names, *, notation: Notation = "auto") -> Node:
    """The tree of a formula, an equation, a condition or an array, in plain text, Unicode or LaTeX.

    Raises :class:`MathSyntaxError` with the place of the trouble: nothing is guessed, and nothing that was
    written is left out.
    """
    return Parser(text, names, notation).read()


class Parser(Calls, Brackets):
    """Reads one text; used once. ``ambiguous`` tells whether a quotient had a product without a sign after it,
    which some people mean to stand below the line; with ``tight`` it is read that way."""

    def __init__(self, text: str, names: Names, notation: Notation = "auto", *, tight: bool = False) -> None:
        self.text = text
        indices = _BOUND_INDEX.findall(text) if "sum" in text or "∑" in text else []
        self.names = names.extended(indices) if indices else names
        commands = notation == "latex" or (notation == "auto" and is_latex(text))
        self.tokens = Scanner(text, self.names, commands=commands).scan()
        self.at = 0
        self.ambiguous = False
        self._tight: Final = tight
        self.nesting = 0
        self.bars: list[str] = []

    def read(self) -> Node:
        """The whole text as one tree."""
        node = self.equation()
        while self.take(",", ";", "\\\\"):
            if self.token.kind != "end":
                self.at -= 1
                break
        if self.token.kind != "end":
            raise self.unexpected("an operator or the end")
        self._check(node)
        return node

    def _check(self, root: Node) -> None:
        """Refuse a tree that is too deep to be walked, equations inside formulas, and sums of too many terms."""
        level, depth = [root], 0
        while level:
            depth += 1
            if depth > MAX_DEPTH:
                raise self.error("this formula is nested too deeply", self.tokens[0], code="too-long")
            level = [arg for item in level for arg in item.args]
            if any(isinstance(item, Apply) and item.op == "equation" for item in level):
                raise self.error("an equation cannot stand inside a formula", self.tokens[0])
        if _terms(root) > MAX_TERMS:  # only now: a tree that is too deep cannot be walked
            raise self.error(f"sums of more than {MAX_TERMS} terms are not worked out", self.tokens[0], code="too-long")

    def equation(self) -> Node:
        """An expression, or the sides of an equation."""
        start = self.token.start
        sides = [self.expression()]
        while self.take("="):
            sides.append(self.expression())
        return sides[0] if len(sides) == 1 else Apply("equation", tuple(sides), (start, self.end()))

    def expression(self, binding: int = 0) -> Node:
        """An expression whose operators bind tighter than ``binding``."""
        self.nesting += 1
        self._check_nesting()
        left = self.prefix(binding)
        while True:
            kind = self.token.kind
            power = _BINDING.get(kind)
            if power is None:
                if kind == "|" and self.kind(1) == "_":
                    left = self._evaluated_at(left)
                    continue
                if binding >= PRODUCT or not self._starts_factor(kind):
                    break
                left = self._product(left)
            elif power <= binding:
                break
            elif power == PRODUCT:
                left = self._product(left)
            elif power == SUM:
                left = self._sum(left)
            else:
                left = self._infix(left, kind)
        self.nesting -= 1
        return left

    def _starts_factor(self, kind: str) -> bool:
        if kind in ("|", "||"):
            return not self.bars or (kind == "|" and self.bars[-1] == "||")
        return kind in _OPERANDS

    def _sum(self, left: Node) -> Node:
        terms = [as_value(left)]
        while token := self.take("+", "-"):
            term = as_value(self.expression(SUM))
            terms.append(Apply("neg", (term,), (token.start, self.end())) if token.kind == "-" else term)
        return Apply("add", tuple(terms), (start_of(terms[0]), self.end()))

    def _product(self, left: Node) -> Node:
        """Factors and divisors from left to right; neighbours without a sign are factors."""
        factors = [as_value(left)]
        start = start_of(factors[0])
        divided = False
        while True:
            kind = self.token.kind
            if kind == "*":
                self.at += 1
                factors.append(as_value(self.expression(PRODUCT)))
                divided = False
            elif kind == "/":
                self.at += 1
                below = as_value(self._below() if self._tight else self.expression(PRODUCT))
                factors = [Apply("div", (times(factors), below), (start, self.end()))]
                divided = True
            elif kind == "hadamard":
                self.at += 1
                factors = [Apply("hadamard", (times(factors), as_value(self.expression(PRODUCT))), (start, self.end()))]
            elif self._starts_factor(kind) and not (kind == "|" and self.kind(1) == "_"):
                self._refuse_two_readings(factors[-1])
                self.ambiguous = self.ambiguous or divided
                factors.append(as_value(self.expression(PRODUCT)))
            else:
                break
        node = times(factors)
        return node if node.span else Apply(cast(Apply, node).op, node.args, (start, self.end()))

    def _below(self) -> Node:
        """What stands below the line where juxtaposition binds tighter than the slash."""
        factors = [as_value(self.expression(PRODUCT))]
        while self._starts_factor(self.token.kind):
            factors.append(as_value(self.expression(PRODUCT)))
        return times(factors)

    def _refuse_two_readings(self, left: Node) -> None:
        """A number after a factor may be a product, a lost power or an index: it needs a sign."""
        if self.token.kind == "number" and not self._is_indicator() and not self._is_coefficient():
            raise self.error(
                f"{shown(self.token)} stands behind a factor without a sign between them", expected="an operator",
                help="write the product with * or ·, a power with ^", code="missing-operator",
            )  # fmt: skip
        previous = self.tokens[self.at - 1]
        if self.token.kind == "frac" and isinstance(left, Number) and previous.kind == "number":
            save = self.at
            fraction = self.prefix(PRODUCT)
            self.at = save
            if isinstance(fraction, Apply) and all(isinstance(arg, Number) for arg in fraction.args):
                raise self.error(
                    "a number before a fraction of numbers is a sum to some and a product to others",
                    help="write + or \\cdot between them", code="ambiguous",
                )  # fmt: skip

    def _is_coefficient(self) -> bool:
        """Whether the number that stands next, behind a bracket, belongs to a term: ``(x + 1) 2y``."""
        return self.tokens[self.at - 1].kind in (")", "}") and self.kind(1) in ("name", "entry", "(", "function")

    def _is_indicator(self) -> bool:
        """Whether a number stands next that is the 1 of an indicator."""
        save = self.at
        self.at += 1
        node = self.read_number(self.tokens[save], PRODUCT)
        self.at = save
        return isinstance(node, Apply)

    def _infix(self, left: Node, kind: str) -> Node:
        token = self.token
        self.at += 1
        start = start_of(left)
        if kind == "superscript":
            return Apply(
                "pow", (as_value(left), Number(cast(int, token.value), (token.start, token.end))), (start, token.end)
            )
        if kind in ("⊤", "'"):
            if kind == "'" and isinstance(left, Symbol) and not self._may_be_array(left.name):
                raise self.error(f"{left.name}' is no name of this problem", token, code="unknown-name")
            return Apply("transpose", (left,), (start, token.end))
        if kind == "^":
            return self._power(left)
        if kind in RELATIONS:
            return self._relation(left, kind)
        if kind == "if":
            return self._ternary(left)
        right = self.expression(_BINDING[kind])
        if not (is_condition(left) and is_condition(right)):
            raise self.error(f"'{kind}' joins conditions, not formulas", token, help="write one formula a line")
        return Apply(kind, (left, right), (start, self.end()))

    def _may_be_array(self, name: str) -> bool:
        variable = self.names.variables.get(name)
        return variable is None or variable.shape != ()

    def _power(self, base: Node) -> Node:
        start = start_of(base)
        if self.take("⊤"):
            return Apply("transpose", (base,), (start, self.end()))
        letter = self.token
        if letter.kind == "letter" and letter.value == "T":
            self.at += 1
            return Apply("transpose", (base,), (start, self.end()))
        if (
            self.token.kind in ("{", "(")
            and self.kind(2) in ("}", ")")
            and self.tokens[self.at + 1].kind in ("⊤", "letter")
        ):
            inner = self.tokens[self.at + 1]
            if inner.kind == "⊤" or inner.value == "T":
                self.at += 3
                return Apply("transpose", (base,), (start, self.end()))
        if self.token.kind == "'" or (self.token.kind == "{" and self.kind(1) == "'"):
            raise self.unexpected("an exponent")
        exponent = as_value(self.expression(POWER - 1))
        if self.token.kind == "_" and isinstance(base, Symbol):
            raise self.error("the index stands behind the power", help="write the index first: x_1^2")
        return Apply("pow", (as_value(base), exponent), (start, self.end()))

    def prefix(self, binding: int) -> Node:
        """One operand, with the sign before it."""
        token = self.token
        reader = _PREFIX.get(token.kind)
        if reader is None:
            raise self.unexpected("a number, a name, a function or a bracket")
        self.at += 1
        self.nesting += 1
        self._check_nesting()
        node = reader(self, token, binding)
        self.nesting -= 1
        return node

    def _check_nesting(self) -> None:
        if self.nesting > MAX_NESTING:
            raise self.error("this formula is nested too deeply", code="too-long")

    def read_number(self, token: Token, binding: int) -> Node:
        """A number, or the indicator that begins with a 1."""
        value, places = cast("tuple[Fraction, int | None]", token.value)
        if value == 1 and places is None and self.token.kind in ("[", "{", "_") and self.token.start == token.end:
            save = self.at
            if (node := self._indicator_body(token)) is not None:
                return node
            self.at = save
        return Number(value, (token.start, token.end), places)

    def _read_constant(self, token: Token, binding: int) -> Node:
        return Constant(cast(str, token.value), (token.start, token.end))

    def _read_letter(self, token: Token, binding: int) -> Node:
        """A capital that is no name of the problem: I(g > 0) is an indicator, I the identity."""
        if token.value == "I" and self.token.kind in ("(", "[", "{"):
            save = self.at
            if (node := self._indicator_body(token)) is not None:
                return node
            self.at = save
        if token.value in ("I", "Id"):
            return Apply("identity", (), (token.start, token.end))
        raise self.error(f"'{token.value}' is no name of this problem", token, code="unknown-name")

    def _read_sign(self, token: Token, binding: int) -> Node:
        operand = as_value(self.expression(max(binding, SIGN)))
        if token.kind == "+":
            return operand
        return Apply("neg", (operand,), (token.start, self.end()))

    def _read_not(self, token: Token, binding: int) -> Node:
        return Apply("not", (self.expression(AND),), (token.start, self.end()))


_PREFIX: Final[dict[str, Callable[[Parser, Token, int], Node]]] = {
    "number": Parser.read_number, "name": Parser.read_name, "entry": Parser.read_entry,
    "constant": Parser._read_constant, "letter": Parser._read_letter, "-": Parser._read_sign, "+": Parser._read_sign,
    "not": Parser._read_not, "(": Parser._read_group, "[": Parser._read_bracket, "{": Parser._read_brace,
    "|": Parser._read_bar, "||": Parser._read_bar, "⌊": Parser._read_rounding, "⌈": Parser._read_rounding,
    "frac": Parser._read_fraction, "sqrt": Parser._read_root, "function": Parser._read_function,
    "sum": Parser._read_sum, "indicator": Parser._read_indicator, "begin cases": Parser._read_cases,
    "begin matrix": Parser._read_matrix, "begin det": Parser._read_matrix, "diff": Parser._read_diff,
    "nabla": Parser._read_nabla,
}  # fmt: skip


def _terms(node: Node) -> int:
    """How many terms the sums in a formula have, written out."""
    below = sum(map(_terms, node.args))
    if isinstance(node, Apply) and node.op == "sum" and len(node.args) == 4:
        first, last = node.args[1], node.args[2]
        if isinstance(first, Number) and isinstance(last, Number):
            return max(1, int(last.value - first.value) + 1) * max(1, below)
    return below
