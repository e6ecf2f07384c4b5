"""Tokens to trees: a Pratt parser over the problem's own names.

Precedence, loosest first: ``=``; ``if … else``; ``or``, ``and``, ``not``; comparisons; ``+ -``; products,
quotients and juxtaposition, from left to right; the sign; powers; transposes. Juxtaposition is a product, as
tight as ``/``: ``1/2 (a + b)`` is half of it. What is not consumed, or has two readings, is an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from examgrad.errors import MathSyntaxError
from examgrad.formula.grammar.brackets import Brackets
from examgrad.formula.grammar.calls import Calls
from examgrad.formula.grammar.conditions import RELATIONS
from examgrad.formula.grammar.library import Library
from examgrad.formula.grammar.numbers import INDICATES, Numbers
from examgrad.formula.grammar.powers import Powers
from examgrad.formula.grammar.stream import (
    AND,
    IF,
    NO_OPERANDS,
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
from examgrad.formula.grammar.sums import bound_indices, compared_indices
from examgrad.formula.lexemes import Token
from examgrad.formula.names import Names
from examgrad.formula.plain import Scanner, is_latex
from examgrad.formula.shapes import product_shape
from examgrad.formula.tree import Apply, Constant, Node, Number, Symbol

Notation = Literal["auto", "plain", "latex"]

MAX_NESTING: Final = 120
MAX_TERMS: Final = 5000
MAX_DEPTH: Final = 140

_BAR: Final = POSTFIX + 1
_FACTORS: Final = frozenset(
    "name entry function constant diff number ( [ { frac sqrt sum nabla indicator letter library ⌊ ⌈ ⟨".split()
) | {"begin matrix", "begin cases", "begin det"}
"""What begins an operand, and so a factor where no sign stands before it; a bar may as well end one."""
_SIGNS: Final = frozenset({"+", "-"})
_BINDING: Final = {
    "if": IF, "or": OR, "and": AND, "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "hadamard": PRODUCT,
    "outer": PRODUCT, "index": POSTFIX, "method": POSTFIX, "^": POWER, ".^": POWER,
    "superscript": POWER, "⊤": POSTFIX, "'": POSTFIX, **dict.fromkeys(RELATIONS, RELATION),
    **dict.fromkeys(_FACTORS, PRODUCT), "|": _BAR, "||": _BAR,
}  # fmt: skip


def read(text: str, names: Names, *, notation: Notation = "auto") -> Node:
    """The tree of a formula, an equation, a condition or an array, in plain text, Unicode or LaTeX.

    Raises :class:`MathSyntaxError` with the place of the trouble: nothing is guessed, and nothing that was
    written is left out.
    """
    return Parser(text, names, notation).read()


class Parser(Calls, Brackets, Numbers, Powers, Library):
    """Reads one text; used once. ``ambiguous`` tells whether a quotient had a product without a sign after it,
    which some people mean to stand below the line; with ``tight`` it is read that way."""

    def __init__(self, text: str, names: Names, notation: Notation = "auto", *, tight: bool = False) -> None:
        self.text = text
        indices = bound_indices(text) if "sum" in text or "∑" in text else []
        if names.arrays and "=" in text:
            indices += [letter for letter in compared_indices(text) if names.find(letter) is None]
        self.indices = frozenset(indices)
        self.names = names.extended(indices) if indices else names
        commands = notation == "latex" or (notation == "auto" and is_latex(text))
        self.tokens = Scanner(text, self.names, commands=commands).scan()
        self.kinds, self.spans = self.tokens.kinds, self.tokens.spans
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
        tokens, values = self.tokens, self.tokens.values
        for line in range(2, len(tokens) - 2):
            if tokens.kinds[line] != "/" or values[line - 2] != "d" or values[line + 1] != "d":
                continue
            above, what, _, below, by = (tokens[at] for at in range(line - 2, line + 3))
            if (
                above.kind == below.kind == what.kind == "name" and by.kind in ("name", "entry")
                and above.end == what.start and below.end == by.start
            ):  # fmt: skip
                tokens[line - 2], tokens[line + 1] = above._replace(kind="diff"), below._replace(kind="diff")

    def read(self) -> Node:
        """The whole text as one tree."""
        node = self.equation()
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

    def equation(self) -> Node:
        """An expression, or the sides of an equation."""
        start = self.spans[self.at][0]
        side = self.expression()
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
        else:
            if nesting > MAX_NESTING:
                raise self._too_deep()
            left = self.prefix(binding)
        while True:
            kind = kinds[self.at]
            power = _BINDING.get(kind, 0)
            if power <= binding:
                break
            if power == PRODUCT:
                left = self._product(left)
            elif power == SUM:
                left = self._sum(left)
            elif kind == "^":
                left = self._power(left)
            elif power != _BAR:
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
            if _BINDING.get(behind, 0) <= binding and (kind == "name" or behind not in INDICATES):
                self.at = at + 1
                value = self.tokens.values[at]
                return Symbol(value, self.spans[at]) if kind == "name" else Number(value[0], self.spans[at], value[1])
        node = self.expression(binding)
        return as_operand(node) if type(node) is Apply and node.op in NO_OPERANDS else node

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
        kinds, spans = self.kinds, self.spans
        terms = [as_operand(left)]
        while (kind := kinds[at := self.at]) in _SIGNS:
            self.at = at + 1
            term = self.operand(SUM)
            terms.append(term if kind == "+" else Apply("neg", (term,), (spans[at][0], spans[self.at - 1][1])))
        return Apply("add", tuple(terms), (start_of(left), spans[self.at - 1][1]))

    def _product(self, left: Node) -> Node:
        """Factors and divisors from left to right; neighbours without a sign are factors."""
        kinds, spans = self.kinds, self.spans
        factors = [as_operand(left)]
        start = start_of(left)
        divided = False
        dots: list[int] = []
        while True:
            kind = kinds[self.at]
            power = _BINDING.get(kind, 0)
            if power != PRODUCT and (power != _BAR or not self._opens_bar(kind) or self._names_values()):
                break
            if kind == "*":
                sign = self._sign() if self.names.arrays else ""
                if sign and self._is_dot(spans[self.at][0]):
                    dots.append(len(factors))
                self.at += 1
                factor = self.operand(PRODUCT)
                found = self._starred(sign, factors, dots, factor) if sign in ("@", "*") else None
                if found is None:
                    factors.append(factor)
                else:
                    factors, dots = [found], []
                divided = False
            elif kind == "/":
                self.at += 1
                if dots:
                    factors, dots = [self._dotted(factors, dots)], []
                below = as_operand(self._below()) if self._tight else self.operand(PRODUCT)
                factors = [Apply("div", (times(factors), below), (start, spans[self.at - 1][1]))]
                divided = True
            elif kind in ("hadamard", "outer"):
                operator = self.tokens[self.at]
                self.at += 1
                before = self._dotted(factors, dots) if dots else times(factors)
                right = self.operand(PRODUCT)
                span = (start, self.end())
                outer = kind == "outer"
                factors = [self._outer(before, right, operator) if outer else Apply("hadamard", (before, right), span)]
                dots = []
            elif kind == "number" and self._is_ones(factors):
                token = self.tokens[self.at]
                self.at += 1
                factors.append(Apply("ones", (), (token.start, token.end)))
            else:
                if kind == "number" or kind == "frac":
                    self._refuse_two_readings(kind, factors[-1])
                elif kind == "[":
                    self._refuse_indexing()
                if divided:
                    self.ambiguous = True
                factors.append(self._behind_ones(factors, self.operand(PRODUCT)))
        if dots:
            return spanned(self._dotted(factors, dots), (start, self.end()))
        return factors[0] if len(factors) == 1 else Apply("mul", tuple(factors), (start, spans[self.at - 1][1]))

    def _starred(self, sign: str, factors: list[Node], dots: list[int], right: Node) -> Node | None:
        """What ``@`` and ``*`` make of two arrays; ``*`` in code may be meant as a matrix product."""
        left = self._dotted(factors, dots)
        found = self._between_arrays(sign, left, right, matrix=self._tight)
        if sign == "*" and found is not None and product_shape(self.shape(left) or (), self.shape(right) or ()):
            self.ambiguous = True
        return found

    def _below(self) -> Node:
        """What stands below the line where juxtaposition binds tighter than the slash."""
        factors = [self.operand(PRODUCT)]
        while self._starts_factor(self.kinds[self.at]):
            factors.append(self.operand(PRODUCT))
        return times(factors)

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
        right = self.expression(_BINDING[kind])
        if not (is_condition(left) and is_condition(right)):
            raise self.error(f"'{kind}' joins conditions, not formulas", token, help="write one formula a line")
        return Apply(kind, (left, right), (start, self.end()))

    def prefix(self, binding: int) -> Node:
        """One operand, with the sign before it."""
        reader = _PREFIX.get(self.kinds[self.at])
        if reader is None:
            raise self.unexpected("a number, a name, a function or a bracket")
        token = self.tokens[self.at]
        self.at += 1
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise self._too_deep()
        node = reader(self, token, binding)
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
            return Apply("eye", (self.script(),), (token.start, self.end()))
        if token.value in ("I", "Id"):
            return Apply("identity", (), (token.start, token.end))
        near = self.names.nearest(token.value)
        hint = f"; did you mean {near}?" if near else ""
        raise self.error(f"'{token.value}' is no name of this problem{hint}", token, code="unknown-name")

    def _read_sign(self, token: Token, binding: int) -> Node:
        operand = self.operand(max(binding, SIGN))
        if token.kind == "+":
            return operand
        return Apply("neg", (operand,), (token.start, self.spans[self.at - 1][1]))

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
    "nabla": Parser._read_nabla, "library": Parser._read_library, "⟨": Parser._read_angle,
    "keyword": Parser._read_letter,
}  # fmt: skip


def _terms(node: Node) -> int:
    """How many terms the sums in a formula have, written out."""
    below = sum(map(_terms, node.args))
    if isinstance(node, Apply) and node.op == "sum" and len(node.args) == 4:
        first, last = node.args[1], node.args[2]
        if isinstance(first, Number) and isinstance(last, Number):
            return max(1, int(last.value - first.value) + 1) * max(1, below)
    return below
