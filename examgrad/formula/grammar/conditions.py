"""Conditions, indicators and cases."""

from __future__ import annotations

from typing import Final

from examgrad.formula.grammar.stream import CLOSING, IF, RELATION, Stream, as_value, is_condition, start_of
from examgrad.formula.lexemes import Token
from examgrad.formula.tree import Apply, Node

RELATIONS: Final = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "!=": "ne"}
_PARTS_CASES: Final = frozenset({"if", "else", ";", "&", "\\\\"})
_COMPARISONS: Final = frozenset(RELATIONS) | {"="}


class Conditions(Stream):
    """Reads comparisons and what depends on them."""

    _has_cases: bool | None = None
    """Whether anything in the text parts cases; not asked for yet."""

    def _condition(self) -> Node:
        """A condition; ``=`` compares here."""
        node = self.expression(IF)
        if self.take("="):
            right = self.expression(RELATION)
            node = Apply("eq", (node, right), (start_of(node), self.end()))
            while token := self.take("and", "or"):
                node = Apply(token.kind, (node, self._condition()), (start_of(node), self.end()))
        if not is_condition(node):
            raise self.error("this is no condition", self.tokens[self.at - 1], expected="a comparison such as g > 0")
        return node

    def _read_indicator(self, token: Token, binding: int) -> Node:
        node = self._indicator_body(token)
        if node is None and (self.kind() not in CLOSING or self.names.arrays):
            size = (self.script(),) if self.take("_") else ()
            return Apply("ones", size, (token.start, self.end()))
        if node is None:
            raise self.unexpected("the condition of the indicator, as in 1[g > 0]")
        return node

    def _indicator_body(self, token: Token) -> Node | None:
        """The condition after ``1``, ``\\mathbb{1}``; ``None``, and nothing consumed, if none follows."""
        if not self._indicator_follows(self.at):
            return None
        lowered = self.take("_")
        opened = self.tokens[self.at]
        self.at += 1
        inner = self.take("(", "[", "{") if lowered else None
        condition = self._condition()
        if inner:
            self.expect(CLOSING[inner.kind], inner)
        self.expect(CLOSING[opened.kind], opened)
        return Apply("indicator", (condition,), (token.start, self.end()))

    def _indicator_follows(self, at: int) -> bool:
        """Whether a bracket with a condition in it, perhaps lowered, stands at a place."""
        at += self.kinds[at] == "_"
        return self.kinds[at] in CLOSING and self._holds_condition(at)

    def _holds_condition(self, at: int) -> bool:
        """Whether the bracket at a place holds a comparison, perhaps in brackets of its own."""
        while not self.holds(at, _COMPARISONS):
            end = self.partner(at)
            if end is None or self.partner(at + 1) != end - 1:
                return False
            at += 1
        return True

    def _ternary(self, value: Node) -> Node:
        """``v if c else w``; also ``v if c, w otherwise`` and ``v if c; w if d; …`` outside brackets."""
        args = [as_value(value), self._condition()]
        while True:
            comma = self.take(",", ";")
            if self.take("else"):
                args.append(as_value(self.expression(IF - 1)))
                break
            if not comma:
                break
            args.append(as_value(self.expression(IF)))
            if self.take("else"):
                break
            if not self.take("if"):
                raise self.unexpected("'otherwise' or 'if' and a condition")
            args.append(self._condition())
        return Apply("cases", tuple(args), (start_of(value), self.end()))

    def _holds_cases(self, at: int) -> bool:
        """Whether the brace at a place holds cases rather than one formula."""
        if self._has_cases is None:
            self._has_cases = not _PARTS_CASES.isdisjoint(self.kinds)
        return self._has_cases and self.holds(at, _PARTS_CASES)

    def _read_cases(self, token: Token, binding: int) -> Node:
        """The lines of a brace or of ``\\begin{cases}``: a value and its condition, the last perhaps without."""
        closing = CLOSING.get(token.kind, "end cases")
        bars, self.bars = self.bars, ()
        args: list[Node] = []
        while True:
            args.append(as_value(self.expression(IF)))
            while self.take("&", ","):
                pass
            if self.take("else"):
                break
            self.take("if")
            if self.take("else"):
                break
            if self.kind() in (closing, ";", "\\\\"):
                raise self.unexpected("a condition, or 'otherwise'")
            args.append(self._condition())
            while self.take(",", ";", "\\\\", "."):
                pass
            if self.kind() in (closing, "end"):
                break
            if self.take("else"):
                args.append(as_value(self.expression(IF)))
                break
        while self.take(",", ";", "\\\\"):
            pass
        self.expect(closing, token)
        self.bars = bars
        return Apply("cases", tuple(args), (token.start, self.end()))

    def _relation(self, left: Node, kind: str) -> Node:
        """``a > b``, and chains ``0 < x < 1``."""
        start = start_of(left)
        parts: list[Node] = []
        while True:
            right = self.expression(RELATION)
            parts.append(Apply(RELATIONS[kind], (as_value(left), as_value(right)), (start_of(left), self.end())))
            token = self.take(*RELATIONS)
            if token is None:
                break
            left, kind = right, token.kind
        node = parts[0]
        for part in parts[1:]:
            node = Apply("and", (node, part), (start, self.end()))
        return node
