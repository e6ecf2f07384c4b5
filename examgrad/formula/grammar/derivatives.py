"""Derivatives by name: ``∂J/∂x``, ``d^2J/dx1dx2``, ``∂/∂x (…)``, ``∇_x J``, and ``… |_{v = a}``."""

from __future__ import annotations

from typing import Final

from examgrad.formula.grammar.stream import CLOSING, POSTFIX, POWER, PRODUCT, RELATION, SUM, Stream, as_value, start_of
from examgrad.formula.lexemes import Token
from examgrad.formula.tree import Apply, Node, Number, Symbol

_TURNS: Final = frozenset({"⊤", "letter", "name"})
"""What a transpose may be in an exponent."""


class Derivatives(Stream):
    """Reads what begins with ∂, d or ∇."""

    def _indexed(self, left: Node) -> Node:
        raise NotImplementedError

    def _read_diff(self, token: Token, binding: int) -> Node:
        if self._starts_derivative(self.at - 1):
            self.at -= 1
            return self._derivative(token, fraction=False)
        if token.value == "∂" and self.take("_"):  # ∂_x f
            opened = self.take("{")
            variables = [self._variable()]
            while opened and self.kind() in ("name", "entry"):
                variables.append(self._variable())
            if opened:
                self.expect("}", opened)
            what = as_value(self.expression(PRODUCT))
            return Apply("derivative", (what, *variables), (token.start, self.end()))
        if token.value == "d" and (name := self.names.find("d")) is not None:
            return Symbol(name, (token.start, token.end))
        if token.value == "d" and self.names.open_ended:
            return Symbol("d", (token.start, token.end))
        raise self.error(
            f"this {token.value} belongs to no derivative",
            token,
            expected="a derivative such as ∂J/∂x",
            code="unknown-name" if token.value == "d" else "syntax",
        )

    def _starts_derivative(self, at: int) -> bool:
        """Whether the d or ∂ at a place is followed, after what it differentiates, by a slash and another one."""
        at += 1
        if self.kinds[at] == "superscript":
            at += 1
        elif self.kinds[at] == "^":
            at = (self.partner(at + 1) or at + 1) + 1
        while at < len(self.kinds) and self.kinds[at] not in ("/", "end", "+", "-", "=", "diff"):
            at = (self.partner(at) or at) + 1
        kinds = self.kinds[at : at + 3]
        return kinds[:2] == ["/", "diff"] or kinds == ["/", "(", "diff"]

    def _starts_fraction(self, at: int) -> bool:
        """Whether the fraction whose braces begin at a place is a derivative."""
        if not self._starts_upper_or_lower_part(at):
            return False
        end = self.partner(at)
        return end is not None and self._starts_upper_or_lower_part(end + 1)

    def _starts_upper_or_lower_part(self, at: int) -> bool:
        return self.kinds[at : at + 2] == ["{", "diff"]

    def _derivative(self, token: Token, *, fraction: bool) -> Node:
        """``∂²J/∂x1∂x2`` in a row or as a fraction, ``∂/∂x1 (…)``."""
        if fraction:
            self.expect("{")
        self.expect("diff")
        order = self._order()
        what = None if self.kind() in ("/", "}") else self._what()
        if fraction:
            self.expect("}")
        opened = self.expect("{") if fraction else self.expect("/") and self.take("(")
        variables: list[Node] = []
        turned = False
        while (len(variables) < order or opened) and self.take("diff"):
            variable = self._variable()
            turned = fraction and self._take_transpose_of_variable()
            variables += [variable] * self._order()
        if opened:
            self.expect(CLOSING[opened.kind], opened)
        if len(variables) != order:
            raise self.error(
                f"this derivative is of order {order} above and {len(variables)} below the line", token,
                expected="the same order above and below",
            )  # fmt: skip
        if what is None:
            what = self.expression(POWER if self.kind() in ("(", "{") else SUM)
        node = Apply("derivative", (as_value(what), *variables), (token.start, self.end()))
        if turned and self.shape(what) == ():
            return Apply("transpose", (node,), node.span)
        return node

    def _take_transpose_of_variable(self) -> bool:
        """Whether what is differentiated by is a row, ``∂xᵀ``; the sign is consumed. A column by a row is its
        Jacobian as it is."""
        if self.kind() == "^" and self._turns():
            self.at += 1
            opened = self.take("{")
            self.at += 1
            if opened:
                self.expect("}", opened)
            return True
        return self.take("⊤") is not None

    def _variable(self) -> Node:
        if opened := self.take("("):  # ∂(W₂)_{ij}
            variable = self._variable()
            self.expect(")", opened)
            return self._indexed(variable) if self.kind() == "index" else variable
        token = self.token
        if token.kind not in ("name", "entry"):
            raise self.unexpected("the name to differentiate by")
        self.at += 1
        return self.read_name(token, 0) if token.kind == "name" else self.read_entry(token, 0)

    def _order(self) -> int:
        if token := self.take("superscript"):
            order = int(token.value)
        elif self.kind() == "^" and not self._turns():
            self.at += 1
            script = self.script()
            if not isinstance(script, Number) or script.value.denominator != 1:
                raise self.error("the order of a derivative is a whole number", self.tokens[self.at - 1])
            order = int(script.value)
        else:
            return 1
        if not 1 <= order <= 8:
            raise self.error("the order of a derivative is from 1 to 8", self.tokens[self.at - 1])
        return order

    def _turns(self) -> bool:
        """Whether the exponent that stands next is a transpose: of the derivative, ``∂L/∂xᵀ``."""
        at = self.at + 1
        at += self.kinds[at] == "{"
        return self.kinds[at] in _TURNS and (self.kinds[at] == "⊤" or self.tokens.values[at] == "T")

    def _what(self) -> Node:
        """What is differentiated: one name, or one factor."""
        return self._variable() if self.kind() in ("name", "entry") else self.expression(POWER - 1)

    def _read_nabla(self, token: Token, binding: int) -> Node:
        variables: list[Node] = []
        twice = self._order() == 2
        if self.take("_"):
            opened = self.take("{", "(")
            variables.append(self.prefix(POSTFIX))
            while opened and self.take(","):
                variables.append(self.prefix(POSTFIX))
            if opened:
                self.expect(CLOSING[opened.kind], opened)
        what = as_value(self.expression(PRODUCT))
        self._take_arguments()
        if twice:
            what = Apply("gradient", (what, *variables[:1]))
        return Apply("gradient", (what, *variables), (token.start, self.end()))

    def _take_arguments(self) -> None:
        """Consume the names behind ``∇f(x, y)``, which only say what f is a function of."""
        kinds, at = self.kinds, self.at
        if kinds[at] != "(":
            return
        end = at + 1
        while kinds[end] == "name" and kinds[end + 1] == ",":
            end += 2
        if end > at + 1 and kinds[end] == "name" and kinds[end + 1] == ")":
            self.at = end + 2

    def _evaluated_at(self, left: Node) -> Node:
        """``expression |_{v = v_old}``."""
        bar = self.expect("|")
        self.expect("_")
        opened = self.take("{", "(")
        args: list[Node] = [as_value(left)]
        while True:
            side = self.expression(RELATION)
            if not isinstance(side, Symbol):
                raise self.error("a bar names variables and their values", bar, expected="|_{v = …}")
            self.expect("=")
            args += [side, as_value(self.expression(RELATION))]
            if not self.take(","):
                break
        if opened:
            self.expect(CLOSING[opened.kind], opened)
        return Apply("at", tuple(args), (start_of(left), self.end()))
