"""Numbers, and what may be meant by one that stands behind a factor."""

from __future__ import annotations

from typing import Final

from examgrad.formula.grammar.conditions import Conditions
from examgrad.formula.grammar.stream import PRODUCT, shown
from examgrad.formula.lexemes import Token
from examgrad.formula.tree import Apply, Node, Number

INDICATES: Final = frozenset({"[", "{", "(", "_"})
"""What behind a 1 may hold a condition."""
_NUMBERS_ONLY: Final = frozenset({"number", "+", "(", ")", "{", "}"})
"""The tokens of a fraction whose parts are read as numbers."""


class Numbers(Conditions):
    """Reads numbers, and refuses those that have two readings."""

    def read_number(self, token: Token, binding: int) -> Node:
        """A number, or the indicator that begins with a 1."""
        if self._is_one(token, self.at) and (node := self._indicator_body(token)) is not None:
            return node
        if self._is_one(token, self.at) and self.kind(1) in ("name", "{") and self.take("_"):
            return Apply("ones", self._sizes(), (token.start, self.end()))
        if token.value == (0, None) and self.names.arrays and self.kinds[self.at] == "_":
            return self._zeros(token)
        value, places = token.value
        return Number(value, (token.start, token.end), places)

    def _zeros(self, token: Token) -> Node:
        """``0_{m×n}``, ``0_{m, n}``: an array of zeros; ``0_n`` may be a column or a matrix, and is 0 of any size."""
        self.at += 1
        sizes, span = self._sizes(), (token.start, self.end())
        return Apply("zeros", sizes, span) if len(sizes) > 1 else Number(0, span)

    def _sizes(self) -> tuple[Node, ...]:
        """The sizes in an index: ``_n``, ``_{n}``, ``_{m×n}``, ``_{m, n}``."""
        opened = self.take("{")
        if opened is None:
            return (self.script(),)
        sizes = [self.operand(PRODUCT)]
        while self.take("*", ","):
            sizes.append(self.operand(PRODUCT))
        self.expect("}", opened)
        return tuple(sizes)

    def _is_one(self, token: Token, after: int) -> bool:
        """Whether a number is a 1 with a bracket or an index right behind it."""
        if self.kinds[after] not in INDICATES:
            return False
        return self.spans[after][0] == token.end and token.value == (1, None)

    def _is_power(self) -> bool:
        """Whether the number that stands next, apart from what is before it, is the base of a power: ``r 2^(-t)``."""
        return self.kind(1) == "^" and self.spans[self.at][0] > self.spans[self.at - 1][1]

    def _is_ones_of_size(self) -> bool:
        """Whether a number stands next that is the 1 of ``1_n``."""
        return self.kind(1) == "_" and self.names.arrays and self._is_one(self.token, self.at + 1)

    def _refuse_two_readings(self, kind: str, left: Node) -> None:
        """A number after a factor may be a product, a lost power or an index: it needs a sign."""
        if kind == "number" and not (
            self._is_indicator() or self._is_coefficient() or self._is_power() or self._is_ones_of_size()
        ):
            raise self.error(
                f"{shown(self.token)} stands behind a factor without a sign between them", expected="an operator",
                help="write the product with * or ·, a power with ^", code="missing-operator",
            )  # fmt: skip
        if kind == "frac" and isinstance(left, Number) and self.kinds[self.at - 1] == "number":
            self._refuse_mixed_number()

    def _refuse_mixed_number(self) -> None:
        """``2\\frac{1}{2}``. Only a fraction of numbers is read ahead: any other may hold fractions of its own."""
        above = at = self.at + 1
        while self.kinds[at] in _NUMBERS_ONLY:
            at += 1
        below = above if self.is_split(self.tokens[above]) else self._behind_part(above)
        if below >= at or self._behind_part(below) > at:
            return
        save, number = self.at, self.tokens[below]  # of which the first digit may be split off
        fraction = self.prefix(PRODUCT)
        self.at, self.tokens[below] = save, number
        if isinstance(fraction, Apply) and all(isinstance(arg, Number) for arg in fraction.args):
            raise self.error(
                "a number before a fraction of numbers is a sum to some and a product to others",
                help="write + or \\cdot between them", code="ambiguous",
            )  # fmt: skip

    def _behind_part(self, at: int) -> int:
        """Where the part of a fraction ends that begins at a place, if it is a number."""
        while self.kinds[at] == "+":
            at += 1
        return (self.partner(at) or at) + 1

    def _is_coefficient(self) -> bool:
        """Whether the number that stands next, behind a bracket, belongs to a term: ``(x + 1) 2y``."""
        return self.kinds[self.at - 1] in (")", "}") and self.kind(1) in ("name", "entry", "(", "function")

    def _is_indicator(self) -> bool:
        """Whether a number stands next that is the 1 of an indicator."""
        return self._is_one(self.tokens[self.at], self.at + 1) and self._indicator_follows(self.at + 1)
