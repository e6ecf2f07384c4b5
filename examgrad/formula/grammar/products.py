"""Sums of terms, and products: with signs, without, and of arrays."""

from __future__ import annotations

from typing import Final

from examgrad.formula.grammar.binding import BAR, BINDING, FACTORS
from examgrad.formula.grammar.library import Library
from examgrad.formula.grammar.numbers import Numbers
from examgrad.formula.grammar.stream import PRODUCT, SUM, as_operand, spanned, start_of, times
from examgrad.formula.shapes import product_shape
from examgrad.formula.tree import Apply, Node, Symbol

_SIGNS: Final = frozenset({"+", "-"})


class Products(Library, Numbers):
    """Reads what goes on behind an operand with a further term or factor.

    ``ambiguous`` and ``_tight`` as in :class:`examgrad.formula.parser.Parser`.
    """

    ambiguous: bool
    _tight: bool

    def _starts_factor(self, kind: str) -> bool:
        return kind in FACTORS or (BINDING.get(kind) == BAR and self._opens_bar(kind))

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
        kinds, spans, arrays = self.kinds, self.spans, self.names.arrays
        factors = [as_operand(left)]
        start = start_of(left)
        divided = False
        dots: list[int] = []
        while True:
            kind = kinds[at := self.at]
            if kind == "name" and not arrays and BINDING.get(kinds[at + 1], 0) <= PRODUCT:  # the most frequent
                self.at = at + 1
                self.ambiguous = self.ambiguous or divided
                factors.append(Symbol(self.tokens.values[at], spans[at]))
                continue
            power = BINDING.get(kind, 0)
            if power != PRODUCT and (power != BAR or not self._opens_bar(kind) or self._names_values()):
                break
            if kind == "*":
                divided = False
                if not arrays:
                    self.at += 1
                    factors.append(self.operand(PRODUCT))
                    continue
                sign = self._sign()
                if self._is_dot(spans[self.at][0]):
                    dots.append(len(factors))
                self.at += 1
                factor = self.operand(PRODUCT)
                found = self._starred(sign, factors, dots, factor) if sign in ("@", "*") else None
                if found is None:
                    factors.append(factor)
                else:
                    factors, dots = [found], []
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
                factor = self.operand(PRODUCT)
                factors.append(self._behind_ones(factors, factor) if arrays else factor)
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
