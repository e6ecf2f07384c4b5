"""Powers, and transposes written as such."""

from __future__ import annotations

from examgrad.formula.grammar.stream import POWER, Stream, as_operand, start_of
from examgrad.formula.tree import Apply, Node, Symbol


class Powers(Stream):
    """Reads exponents."""

    def _may_be_array(self, name: str) -> bool:
        variable = self.names.variables.get(name)
        return variable is None or variable.shape != ()

    def _power(self, base: Node) -> Node:
        self.at += 1
        kind = self.kinds[self.at]
        literal = type(base) is Apply and base.op == "array"  # its T is no name, even where every letter is one
        if (kind != "number" and kind != "name") or (literal and self.token.value == "T"):
            if self._take_transpose(literal):
                return Apply("transpose", (base,), (start_of(base), self.end()))
            if kind == "'" or (kind == "{" and self.kind(1) == "'"):
                raise self.unexpected("an exponent")
        exponent = self.operand(POWER - 1)
        if self.kinds[self.at] == "_" and isinstance(base, Symbol):
            raise self.error("the index stands behind the power", help="write the index first: x_1^2")
        return Apply("pow", (as_operand(base), exponent), (start_of(base), self.spans[self.at - 1][1]))

    def _take_transpose(self, literal: bool) -> bool:
        """Whether the exponent that stands next is a transpose, with or without brackets; then it is consumed.

        A T that is a name is one only above an array that is written out (``literal``)."""
        opened = self.kinds[self.at] in ("{", "(") and self.kind(2) in ("}", ")")
        token = self.tokens[self.at + 1] if opened else self.token
        letters = ("letter", "name") if literal else ("letter",)
        if token.kind != "⊤" and not (token.kind in letters and token.value == "T"):
            return False
        self.at += 3 if opened else 1
        return True
