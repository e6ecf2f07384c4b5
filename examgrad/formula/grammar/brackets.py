"""Brackets of all kinds: groups, vectors and matrices, sets, absolute values, rounding."""

from __future__ import annotations

from typing import Final

from examgrad.formula.grammar.conditions import Conditions
from examgrad.formula.grammar.matrices import Matrices
from examgrad.formula.grammar.stream import CLOSING, RELATION, as_value, is_condition, spanned, start_of
from examgrad.formula.lexemes import Token
from examgrad.formula.tree import Apply, Node, Number

_AFTER_SETS: Final = frozenset({"end", ",", ";", "\\\\", "=", "}", "]", ")"})


class Brackets(Matrices, Conditions):
    """Reads what begins with a bracket, a bar or an environment."""

    def _read_group(self, opened: int, binding: int) -> Node:
        """``( … )``: a formula, a condition (then its indicator) or, with commas, a vector."""
        bars, self.bars = self.bars, ()
        nesting, first = self.nesting, self.expression()
        start, at = self.spans[opened][0], self.at
        if self.kinds[at] == ")":
            self.bars = bars
            self.at = at + 1
            return Apply(first.op, first.args, (start, self.spans[at][1])) if type(first) is Apply else first
        if self.kinds[self.at] == "=" and not is_condition(first):
            raise self.error("an equation cannot stand inside a formula", help="use == nowhere; compare with < or >")
        items = [first]
        while self.take(","):
            items.append(self.expression())
        self.expect(")", self.tokens[opened])
        self.bars, self.nesting = bars, nesting
        return Apply("array", tuple(as_value(item) for item in items), (start, self.end()))

    def _read_brace(self, token: Token, binding: int) -> Node:
        """``{ … }``: a group, cases where there is a condition in it, or, with commas, a set."""
        if self._holds_cases(self.at - 1):
            return self._read_cases(token, binding)
        if self.take("}"):
            return self._set([], token, binding)
        bars, self.bars = self.bars, ()
        start, first = self.spans[self.at][0], self.expression()
        if self.kinds[self.at] == "}":
            self.bars = bars
            self.at += 1
            return spanned(first, (token.start, self.end()))
        items = [self.equation(first, start)]
        if isinstance(items[0], Apply) and items[0].op == "equation":
            self.unchecked = True
        while self.take(","):
            items.append(self.expression())
        self.expect("}", token)
        self.bars = bars
        return self._set(items, token, binding) if len(items) > 1 else spanned(items[0], (token.start, self.end()))

    def _set(self, items: list[Node], token: Token, binding: int) -> Node:
        """A set, which has just been read; it is no number that could be added or multiplied."""
        if binding or self.kind() not in _AFTER_SETS:
            raise self.error("a set cannot stand inside a formula", token, help="brackets around a product are round")
        return Apply("set", tuple(as_value(item) for item in items), (token.start, self.end()))

    def _read_bracket(self, token: Token, binding: int) -> Node:
        """``[ … ]``: an indicator where it holds a condition, else a vector or a matrix."""
        bars, self.bars = self.bars, ()
        rows: list[list[Node]] = [[]]
        while True:
            item = self.expression()
            if self.kinds[self.at] == "=" and len(rows) == 1 and not rows[0]:
                self.at += 1
                item = Apply("eq", (item, self.expression(RELATION)), (start_of(item), self.end()))
            rows[-1].append(item)
            if self.take(";", "\\\\"):
                rows.append([])
            elif not self.take(","):
                break
        self.expect("]", token)
        self.bars = bars
        span = (token.start, self.end())
        if len(rows) == 1 and len(rows[0]) == 1 and is_condition(rows[0][0]):
            return Apply("indicator", (rows[0][0],), span)
        if len(rows) == len(rows[0]) == 1 and self.kinds[self.at - 2] == "end matrix":
            return spanned(rows[0][0], span)  # brackets around \begin{array}
        if self.names.arrays and len(rows) == len(rows[0]) == 1 and self._is_grouped(rows[0][0]):
            return spanned(rows[0][0], span)
        if len(rows) == 1:
            return Apply("array", tuple(as_value(item) for item in rows[0]), span)
        return _matrix(rows, span)

    def _is_grouped(self, item: Node) -> bool:
        """Whether what stands alone in brackets is an array, which they only group, and is not written out itself."""
        return not (isinstance(item, Apply) and item.op == "array") and bool(self.shape(item))

    def _read_bar(self, token: Token, binding: int) -> Node:
        """``|x|`` and ``||x||``."""
        self.bars += (token.kind,)
        inner = as_value(self.expression())
        if self.kinds[self.at] == "||" and token.kind == "|":  # |x||y|: two bars in a row close one and open one
            both = self.token
            self.split(Token("|", "|", both.start, both.start + 1), Token("|", "|", both.start + 1, both.end))
        self.expect(token.kind, token)
        self.bars = self.bars[:-1]
        if (
            isinstance(inner, Number)
            and self.kinds[self.at] in ("name", "(", "function")
            and "|" in self.kinds[self.at :]
        ):
            raise self.error("these bars can be read in two ways", token, expected="abs(…) within bars")
        if token.kind == "|":
            return self._between_bars(inner, token)
        return self._norm(inner, token)

    def _read_rounding(self, token: Token, binding: int) -> Node:
        inner = as_value(self.expression())
        self.expect(CLOSING[token.kind], token)
        return Apply("floor" if token.kind == "⌊" else "ceil", (inner,), (token.start, self.end()))

    def _read_matrix(self, token: Token, binding: int) -> Node:
        bars, self.bars = self.bars, ()
        rows: list[list[Node]] = [[]]
        while True:
            rows[-1].append(as_value(self.expression()))
            if self.take("\\\\", ";"):
                if self.kinds[self.at].startswith("end "):
                    break
                rows.append([])
            elif not self.take("&", ","):
                break
        closing = self.expect(token.kind.replace("begin", "end"), token)
        self.bars = bars
        node = _matrix(rows, (token.start, closing.end))
        widths = {len(row) for row in rows}
        if len(widths) > 1:
            raise self.error(f"the rows of this matrix have {' and '.join(map(str, sorted(widths)))} entries", token)
        return node if token.kind == "begin matrix" else Apply("det", (node,), (token.start, closing.end))


def _matrix(rows: list[list[Node]], span: tuple[int, int]) -> Node:
    return Apply("array", tuple(Apply("array", tuple(as_value(item) for item in row)) for row in rows), span)
