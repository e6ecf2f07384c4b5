"""Reading a layer's text: ``Conv2d(3, 64, kernel_size=(7, 7), bias=False)``. Nothing is ever run.

Grammar::

    line      = [ "(" word ")" ":" | name "=" ] call [ "(" … ")" ] [ "," ]
    call      = name [ "(" [ argument { "," argument } [ "," ] ] ")" ]      name = word { "." word }
    argument  = [ word "=" | word ":" ] value
    value     = "(" value "," … ")" | "[" … "]" | string | call | sum | True | False | None

A ``sum`` is arithmetic: see :mod:`examgrad.layers.arithmetic`. ``5x5`` is the pair (5, 5). A bare word is a symbol
or a setting (``same``); who asks for it decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from examgrad.formula.tree import Node, Symbol
from examgrad.layers.arithmetic import CUT, FUNCTIONS, SumReader, number_of
from examgrad.layers.tokens import Token
from examgrad.layers.trouble import LayerError, Place

_CONSTANTS: Final[dict[str, bool | None]] = {
    "True": True, "true": True, "False": False, "false": False, "None": None, "null": None,
}  # fmt: skip


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
        raise reader.trouble(what, reader.next, help=CUT if text.rstrip().endswith(")") else "")
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


_Item = TypeVar("_Item")


class _Reader(SumReader):
    """Reads calls, and the values in their brackets."""

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
        arguments = self._listed(self.argument) if self.sees("(") else []
        return Call(name, tuple(arguments), Place(self.text, first.start, end))

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
            return tuple(number_of(part) for part in re.split(r"\s*[x×]\s*", token.text))
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
        return tuple(self._listed(self.value))

    def _listed(self, read: Callable[[], _Item]) -> list[_Item]:
        """What stands between two brackets, with commas between, perhaps with one behind the last."""
        opening = self.enter()
        closing = ")" if opening.text == "(" else "]"
        found: list[_Item] = []
        while not self.sees(closing):
            found.append(read())
            if not self.sees(","):
                break
            self.advance()
        self.close(opening, closing)
        return found
