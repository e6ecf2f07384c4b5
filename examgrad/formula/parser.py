"""Tokens to trees: a Pratt parser over the problem's own names.

Precedence, loosest first: ``=``; ``if … else``; ``or``, ``and``, ``not``; comparisons; ``+ -``; products,
quotients and juxtaposition, from left to right; the sign; powers; transposes. Juxtaposition is a product, as
tight as ``/``: ``1/2 (a + b)`` is half of it. What is not consumed, or has two readings, is an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from examgrad.formula.grammar.brackets import Brackets
from examgrad.formula.grammar.calls import Calls
from examgrad.formula.grammar.conditions import RELATIONS
from examgrad.formula.grammar.numbers import Numbers
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
    as_operand,
    is_condition,
    spanned,
    start_of,
    times,
)  # fmt: skip
from examgrad.formula.grammar.sums import bound_indices
from examgrad.formula.lexemes import Token
from examgrad.formula.names import Names
from examgrad.formula.outline import outline
from examgrad.formula.plain import Scanner, is_latex
from examgrad.formula.tree import Apply, Constant, Node, Number, Symbol

Notation = Literal["auto", "plain", "latex"]

MAX_NESTING: Final = 120
MAX_TERMS: Final = 5000
MAX_DEPTH: Final = 140

_BAR: Final = POSTFIX + 1
_FACTORS: Final = frozenset(
    "name entry function constant diff number ( [ { frac sqrt sum nabla indicator letter ⌊ ⌈ ⟨".split()
) | {"begin matrix", "begin cases", "begin det"}
"""What begins an operand, and so a factor where no sign stands before it; a bar may as well end one."""
_BINDING: Final = {
    "if": IF, "or": OR, "and": AND, "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "hadamard": PRODUCT,
    "outer": PRODUCT, "index": POSTFIX, "^": POWER, ".^": POWER,
    "superscript": POWER, "⊤": POSTFIX, "'": POSTFIX, **dict.fromkeys(RELATIONS, RELATION),
    **dict.fromkeys(_FACTORS, PRODUCT), "|": _BAR, "||": _BAR,
}  # fmt: skip


def read(text: str, names: Names, *, notation: Notation = "auto") -> Node:
    """The tree of a formula, an equation, a condition or an array, in plain text, Unicode or LaTeX.

    Raises :class:`MathSyntaxError` with the place of the trouble: nothing is guessed, and nothing that was
    written is left out.
    """
    return Parser(text, names, notation).read()


class Parser(Calls, Brackets, Numbers):
    """Reads one text; used once. ``ambiguous`` tells whether a quotient had a product without a sign after it,
    which some people mean to stand below the line; with ``tight`` it is read that way."""

    def __init__(self, text: str, names: Names, notation: Notation = "auto", *, tight: bool = False) -> None:
        self.text = text
        indices = bound_indices(text) if "sum" in text or "∑" in text else []
        self.indices = frozenset(indices)
        self.names = names.extended(indices) if indices else names
        commands = notation == "latex" or (notation == "auto" and is_latex(text))
        self.tokens = Scanner(text, self.names, commands=commands).scan()
        if "d" in text and (names.open_ended or names.is_size("d")):
            self._find_derivatives()
        self.at = 0
        self.ambiguous = False
        self._tight: Final = tight
        self.nesting = 0
        self.bars: list[str] = []
        self.unchecked = False

    def _find_derivatives(self) -> None:
        """Where every letter is a name, or d is a size, ``dy/dx`` is a derivative all the same."""
        tokens = self.tokens
        for at in range(len(tokens) - 4):
            above, what, line, below, by = tokens[at : at + 5]
            if (
                line.kind == "/" and above[:2] == below[:2] == ("name", "d") and what.kind == "name"
                and by.kind in ("name", "entry") and above.end == what.start and below.end == by.start
            ):  # fmt: skip
                tokens[at], tokens[at + 3] = above._replace(kind="diff"), below._replace(kind="diff")

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
        if not self.unchecked and 3 * len(self.tokens) <= MAX_DEPTH:
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

    def equation(self) -> Node:
        """An expression, or the sides of an equation."""
        start = self.token.start
        side = self.expression()
        if self.token.kind != "=":
            return side
        sides = [side]
        while self.take("="):
            sides.append(self.expression())
        return Apply("equation", tuple(sides), (start, self.end()))

    def expression(self, binding: int = 0) -> Node:
        """An expression whose operators bind tighter than ``binding``."""
        self.nesting += 1
        tokens = self.tokens
        token = tokens[self.at]
        if token.kind == "name" and self.nesting < MAX_NESTING:  # by far the most frequent operand
            self.at += 1
            left: Node = Symbol(token.value, (token.start, token.end))
        else:
            self._check_nesting()
            left = self.prefix(binding)
        while True:
            kind = tokens[self.at].kind
            power = _BINDING.get(kind, 0)
            if power <= binding:
                break
            if power == PRODUCT:
                left = self._product(left)
            elif power == SUM:
                left = self._sum(left)
            elif power != _BAR:
                left = self._infix(left, kind)
            elif self._names_values():
                left = self._evaluated_at(left)
            elif binding < PRODUCT and self._opens_bar(kind):
                left = self._product(left)
            else:
                break
        self.nesting -= 1
        return left

    def _starts_factor(self, kind: str) -> bool:
        return kind in _FACTORS or (_BINDING.get(kind) == _BAR and self._opens_bar(kind))

    def _opens_bar(self, kind: str) -> bool:
        """Whether a bar would open an absolute value or a norm rather than close one."""
        side = self.token.value
        return side == "left" or (side != "right" and (not self.bars or (kind == "|" and self.bars[-1] == "||")))

    def _names_values(self) -> bool:
        """Whether the bar that stands next says where a formula is evaluated: ``|_{x = 1}``."""
        return self.kind() == "|" and self.kind(1) == "_"

    def _sum(self, left: Node) -> Node:
        tokens = self.tokens
        terms = [as_operand(left)]
        while (token := tokens[self.at]).kind in ("+", "-"):
            self.at += 1
            term = as_operand(self.expression(SUM))
            terms.append(Apply("neg", (term,), (token.start, self.end())) if token.kind == "-" else term)
        return Apply("add", tuple(terms), (start_of(left), self.end()))

    def _product(self, left: Node) -> Node:
        """Factors and divisors from left to right; neighbours without a sign are factors."""
        tokens = self.tokens
        factors = [as_operand(left)]
        start = start_of(left)
        divided = False
        dots: list[int] = []
        while True:
            kind = tokens[self.at].kind
            if kind in _FACTORS or (kind in ("|", "||") and self._opens_bar(kind) and not self._names_values()):
                if kind in ("number", "frac"):
                    self._refuse_two_readings(kind, factors[-1])
                self.ambiguous = self.ambiguous or divided
                factors.append(as_operand(self.expression(PRODUCT)))
            elif kind == "*":
                if self._is_dot(tokens[self.at]):
                    dots.append(len(factors))
                self.at += 1
                factors.append(as_operand(self.expression(PRODUCT)))
                divided = False
            elif kind == "/":
                self.at += 1
                factors, dots = [self._dotted(factors, dots)] if dots else factors, []
                below = as_operand(self._below() if self._tight else self.expression(PRODUCT))
                factors = [Apply("div", (times(factors), below), (start, self.end()))]
                divided = True
            elif kind in ("hadamard", "outer"):
                operator = tokens[self.at]
                self.at += 1
                before = self._dotted(factors, dots) if dots else times(factors)
                right = as_operand(self.expression(PRODUCT))
                span = (start, self.end())
                outer = kind == "outer"
                factors = [self._outer(before, right, operator) if outer else Apply("hadamard", (before, right), span)]
                dots = []
            else:
                break
        if dots:
            return spanned(self._dotted(factors, dots), (start, self.end()))
        return factors[0] if len(factors) == 1 else Apply("mul", tuple(factors), (start, self.end()))

    def _below(self) -> Node:
        """What stands below the line where juxtaposition binds tighter than the slash."""
        factors = [as_operand(self.expression(PRODUCT))]
        while self._starts_factor(self.token.kind):
            factors.append(as_operand(self.expression(PRODUCT)))
        return times(factors)

    def _infix(self, left: Node, kind: str) -> Node:
        token = self.token
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
        if kind == "index":
            self.at -= 1
            return self._indexed(left)
        if kind == "^":
            return self._power(left)
        if kind == ".^":
            return self._elementwise_power(as_operand(left), as_operand(self.expression(POWER - 1)))
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
        token = self.token
        # the T of an array is no name, even where every letter (or a size) is one
        literal = (isinstance(base, Apply) and base.op == "array") or bool(outline(base, self.names.variables))
        if token.kind not in ("number", "name") or (literal and token.value == "T"):
            if sign := self._take_transpose(literal):
                return self._lifted(self._transpose_of(base, self.end(), sign))
            if token.kind == "'" or (token.kind == "{" and self.kind(1) == "'"):
                raise self.unexpected("an exponent")
            if token.kind == "{" and self.kind(1) == "hadamard":
                self.at += 2
                exponent = as_operand(self.expression())
                self.expect("}", token)
                return self._elementwise_power(as_operand(base), exponent)
            if self.indices and (sample := self._sample(base)) is not None:
                return self._lifted(sample)
        exponent = as_operand(self.expression(POWER - 1))
        power = self._raised(as_operand(base), exponent)
        if self.tokens[self.at].kind not in ("_", "raised index"):
            return power
        if isinstance(base, Symbol) and not self._is_matrix(base):
            raise self.error("the index stands behind the power", help="write the index first: x_1^2")
        return self._lifted(power)

    def _lifted(self, node: Node) -> Node:
        """A power with the index behind its exponent: ``A^{-1}_{ij}``."""
        return self._indexed(node) if self.token.kind == "raised index" else node

    def prefix(self, binding: int) -> Node:
        """One operand, with the sign before it."""
        token = self.tokens[self.at]
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

    def _read_constant(self, token: Token, binding: int) -> Node:
        return Constant(token.value, (token.start, token.end))

    def _read_letter(self, token: Token, binding: int) -> Node:
        """A capital that is no name of the problem: I(g > 0) is an indicator, I the identity."""
        if (
            token.value == "I"
            and self.token.kind in ("(", "[", "{")
            and (node := self._indicator_body(token)) is not None
        ):
            return node
        if token.value == "I" and self.take("_"):
            return Apply("eye", (self.script(),), (token.start, self.end()))
        if token.value in ("I", "Id"):
            return Apply("identity", (), (token.start, token.end))
        near = self.names.nearest(token.value)
        hint = f"; did you mean {near}?" if near else ""
        raise self.error(f"'{token.value}' is no name of this problem{hint}", token, code="unknown-name")

    def _read_sign(self, token: Token, binding: int) -> Node:
        operand = as_operand(self.expression(max(binding, SIGN)))
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
    "nabla": Parser._read_nabla, "⟨": Parser._read_angle, "keyword": Parser._read_letter,
}  # fmt: skip


def _terms(node: Node) -> int:
    """How many terms the sums in a formula have, written out."""
    below = sum(map(_terms, node.args))
    if isinstance(node, Apply) and node.op == "sum" and len(node.args) == 4:
        first, last = node.args[1], node.args[2]
        if isinstance(first, Number) and isinstance(last, Number):
            return max(1, int(last.value - first.value) + 1) * max(1, below)
    return below
