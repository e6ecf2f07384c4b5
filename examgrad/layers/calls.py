"""Reading a layer's text: ``Conv2d(3, 64, kernel_size=(7, 7), bias=False)``. Nothing is ever run.

Grammar::

    line      = [ "(" word ")" ":" | name "=" ] call [ "(" … ")" ] [ "," ]
    call      = name [ "(" [ argument { "," argument } [ "," ] ] ")" ]      name = word { "." word }
    argument  = [ word "=" | word ":" ] value
    value     = "(" value "," … ")" | "[" … "]" | string | call | sum | True | False | None
    sum       = product { ("+" | "-") product }
    product   = factor { ("*" | "/" | "//" | "x" between numbers) factor }
    factor    = ("-" | "+") factor | atom [ ("**" | "^") factor ]

``5x5`` is the pair (5, 5). A bare word is a symbol or a setting (``same``); who asks for it decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from examgrad.formula.names import plain_spelling
from examgrad.formula.tree import Apply, Node, Number, Symbol
from examgrad.layers.tokens import Token, tokens_of
from examgrad.layers.trouble import LayerError, Place

_CONSTANTS: Final[dict[str, bool | None]] = {
    "True": True, "true": True, "False": False, "false": False, "None": None, "null": None,
}  # fmt: skip
DEEPEST: Final = 20
"""Brackets within brackets."""
_CUT: Final = "in a YAML [list] quote each layer, or YAML cuts it at its commas"
FUNCTIONS: Final = frozenset({"floor", "ceil", "max", "min"})


@dataclass(frozen=True)
class Text:
    """A quoted word."""

    text: str


@dataclass(frozen=True)
class Call:
    """A layer's name and what was written in its brackets. ``place`` is where the name stands."""

    name: str
    arguments: tuple[Argument, ...]
    place: Place


Value = Node | Text | bool | None | tuple["Value", ...] | Call


@dataclass(frozen=True)
class Argument:
    """One argument, by position where ``name`` is empty."""

    name: str
    value: Value
    place: Place


def read_line(text: str) -> tuple[str, Call]:
    """The call that a layer's text is, and the name that its line gives it (or nothing).

    Lines may be copied: ``(conv1): Conv2d(3, 64, 3)``, ``self.conv1 = nn.Conv2d(3, 64, 3)``, ``x = Dense(10)(x),``,
    ``model.add(Dense(10))``. Raises :class:`LayerError` with the place of the trouble.
    """
    reader = _Reader(text)
    name = reader.label()
    if reader.next.kind != "word":
        what = "expected a layer's name" + reader.instead()
        raise reader.trouble(what, reader.next, help=_CUT if text.rstrip().endswith(")") else "")
    call = reader.call(reader.advance())
    if call.name.endswith(".add") and len(call.arguments) == 1 and isinstance(call.arguments[0].value, Call):
        call = call.arguments[0].value
    if reader.sees("("):
        reader.items()
    if reader.sees(","):
        reader.advance()
    reader.finish("the layer ends here: expected nothing more")
    return name, _without_tensors(call)


_FUNCTIONAL: Final = frozenset(
    {"F", "torch", "nn.functional", "torch.nn.functional", "tf", "tf.nn", "tf.math", "ops", "keras.ops", "np"}
)
"""Where functions live that take the tensors they work on as their first arguments."""


def _without_tensors(call: Call) -> Call:
    """``F.max_pool2d(x, 2)`` and ``torch.cat([a, b], dim=1)`` without the tensors, which ``from`` names."""
    if call.name.rpartition(".")[0] not in _FUNCTIONAL or not call.arguments:
        return call
    first = call.arguments[0]
    if isinstance(first.value, Call):
        message = f"{first.value.name} stands inside {call.name}"
        raise LayerError("nested", message, first.place, "give each layer a line of its own, in their order")
    rest = list(call.arguments)
    while rest and not rest[0].name and _is_tensor(rest[0].value):
        rest.pop(0)
    return Call(call.name, tuple(rest), call.place)


def _is_tensor(value: Value) -> bool:
    """Whether a value is a bare name, or a list of them."""
    items = value if isinstance(value, tuple) else (value,)
    return bool(items) and all(isinstance(item, Symbol) for item in items)


def read_value(text: str) -> Value:
    """The value of one argument, written by itself."""
    reader = _Reader(text)
    value = reader.value()
    reader.finish("the value ends here: expected nothing more")
    return value


def read_formula(text: str) -> Node:
    """A formula in numbers, symbols and roundings."""
    value = read_value(text)
    if not isinstance(value, Node):
        raise LayerError("size", "this is no size: expected a number, a symbol or a formula of them", Place(text))
    return value


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens_of(text)
        self.at = 0
        self.depth = 0

    # -- tokens

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def trouble(self, message: str, token: Token, code: str = "syntax", help: str = "") -> LayerError:
        return LayerError(code, message, Place(self.text, token.start, token.end), help)

    def advance(self) -> Token:
        token = self.tokens[self.at]
        self.at += token.kind != "end"
        return token

    def sees(self, *signs: str) -> bool:
        return self.tokens[self.at].sign in signs

    def instead(self) -> str:
        return f", found {self.next.text}" if self.next.text else ""

    def finish(self, message: str) -> None:
        if self.next.kind != "end":
            raise self.trouble(message + self.instead(), self.next, help=_CUT if self.sees(")", "]") else "")

    def close(self, opening: Token, sign: str) -> Token:
        if self.next.kind == "end":
            raise self.trouble(f"the {opening.text} is never closed", opening, "cut", _CUT)
        if not self.sees(sign):
            raise self.trouble(f"expected a comma or {sign}{self.instead()}", self.next)
        return self.advance()

    # -- calls

    def label(self) -> str:
        """The name in front of the call: ``(conv1):`` or ``self.conv1 =``; a number or a variable is none."""
        if self.sees("(") and [token.text for token in self.tokens[self.at + 2 : self.at + 4]] == [")", ":"]:
            token = self.tokens[self.at + 1]
            self.at += 4
            return token.text if token.kind == "word" else ""
        signs = [token.sign for token in self.tokens[self.at : self.at + 4]]
        if signs[1:2] == ["="]:
            self.at += 2
        elif signs[1::2] == [".", "="]:
            name = self.tokens[self.at + 2].text
            self.at += 4
            return name
        return ""

    def call(self, first: Token) -> Call:
        name = first.text
        end = first.end
        while self.sees(".") and self.tokens[self.at + 1].kind == "word":
            self.advance()
            token = self.advance()
            name, end = f"{name}.{token.text}", token.end
        arguments: list[Argument] = []
        if self.sees("("):
            opening = self.enter()
            while not self.sees(")"):
                arguments.append(self.argument())
                if not self.sees(","):
                    break
                self.advance()
            self.close(opening, ")")
            self.depth -= 1
        return Call(name, tuple(arguments), Place(self.text, first.start, end))

    def enter(self) -> Token:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.trouble(f"brackets stand at most {DEEPEST} deep", self.next, "too-deep")
        return self.advance()

    def argument(self) -> Argument:
        start, name = self.next.start, ""
        after = self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        if self.next.kind == "word" and after.kind == "sign" and after.text in ("=", ":"):
            name = self.advance().text
            self.advance()
        value = self.value()
        return Argument(name, value, Place(self.text, start, self.tokens[self.at - 1].end))

    # -- values

    def value(self) -> Value:
        token = self.next
        if token.kind == "string":
            self.advance()
            return Text(token.text[1:-1].strip())
        if token.kind == "pair":
            self.advance()
            return tuple(_number(part) for part in re.split(r"\s*[x×]\s*", token.text))
        if token.kind == "word" and token.text in _CONSTANTS:
            self.advance()
            return _CONSTANTS[token.text]
        if token.kind == "word" and self._is_call():
            call = self.call(self.advance())
            if call.name.endswith(".shape") and self.sees("["):  # x.shape[0] is x.size(0)
                index = tuple(Argument("", item, call.place) for item in self.items())
                return Call(call.name.removesuffix("shape") + "size", index, call.place)
            return call
        if self.sees("[") or (self.sees("(") and self._is_tuple()):
            return self.items()
        return self.sum()

    def _is_call(self) -> bool:
        after = self.tokens[self.at + 1]
        return after.text == "." or (after.text == "(" and self.next.text not in FUNCTIONS)

    def _is_tuple(self) -> bool:
        """Whether the bracket that opens here holds a comma of its own, or nothing."""
        depth = 0
        for token in self.tokens[self.at :]:
            if token.text in ("(", "["):
                depth += 1
            elif token.text in (")", "]"):
                depth -= 1
                if depth == 0:
                    return token is self.tokens[self.at + 1]
            elif token.text == "," and depth == 1:
                return True
        return False

    def items(self) -> tuple[Value, ...]:
        opening = self.enter()
        closing = ")" if opening.text == "(" else "]"
        values: list[Value] = []
        while not self.sees(closing):
            values.append(self.value())
            if not self.sees(","):
                break
            self.advance()
        self.close(opening, closing)
        self.depth -= 1
        return tuple(values)

    def sum(self) -> Node:
        terms = [self.product()]
        while self.sees("+", "-"):
            minus = self.advance().text in "-−"
            term = self.product()
            terms.append(Apply("neg", (term,)) if minus else term)
        return terms[0] if len(terms) == 1 else Apply("add", tuple(terms))

    def product(self) -> Node:
        left = self.factor()
        divisions = 0
        while self.sees("*", "/", "//"):
            sign = self.advance().text
            divisions += sign != "*"
            if divisions > DEEPEST:
                raise self.trouble("too many divisions in a row", self.next, "too-deep")
            right = self.factor()
            if sign in ("/", "//"):
                left = Apply("div", (left, right))
                left = Apply("floor", (left,)) if sign == "//" else left
            elif isinstance(left, Apply) and left.op == "mul":
                left = Apply("mul", (*left.args, right))
            else:
                left = Apply("mul", (left, right))
        return left

    def factor(self) -> Node:
        if self.sees("-", "+"):
            self.depth += 1
            if self.depth > DEEPEST:
                raise self.trouble("too many signs", self.next, "too-deep")
            minus = self.advance().text in "-−"
            inner = self.factor()
            self.depth -= 1
            if not minus:
                return inner
            return Number(-inner.value) if isinstance(inner, Number) else Apply("neg", (inner,))
        base = self.atom()
        if not self.sees("^"):
            return base
        self.advance()
        exponent = self.atom()
        return Apply("pow", (base, exponent))

    def atom(self) -> Node:
        token = self.next
        if token.kind == "number":
            self.advance()
            return _number(token.text)
        if token.kind == "word" and token.text in FUNCTIONS and self.tokens[self.at + 1].text == "(":
            self.advance()
            opening = self.enter()
            args = [self.sum()]
            while self.sees(","):
                self.advance()
                args.append(self.sum())
            self.close(opening, ")")
            self.depth -= 1
            return Apply(token.text, tuple(args))
        if token.kind == "word":
            self.advance()
            return Symbol(plain_spelling(token.text))
        for sign, closing, wrap in _BRACKETS:
            if self.sees(sign):
                opening = self.enter()
                inner = wrap(self.sum())
                self.close(opening, closing)
                self.depth -= 1
                return inner
        if token.kind == "end":
            help = _CUT if "(" in self.text else ""
            raise self.trouble("the text stops where a value was expected", token, help=help)
        raise self.trouble(f"expected a number, a symbol or a word{self.instead()}", token)


_BRACKETS: Final[tuple[tuple[str, str, Callable[[Node], Node]], ...]] = (
    ("(", ")", lambda inner: inner),
    ("⌊", "⌋", lambda inner: Apply("floor", (inner,))),
    ("⌈", "⌉", lambda inner: Apply("ceil", (inner,))),
)


def _number(text: str) -> Number:
    if text.strip(".").isdigit():
        return Number(int(text.strip(".")))
    mantissa, _, exponent = text.lower().partition("e")
    return Number(Fraction(mantissa) * Fraction(10) ** max(-30, min(30, int(exponent or 0))))
