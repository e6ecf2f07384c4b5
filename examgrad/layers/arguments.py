"""A call's arguments as sizes, lists of sizes, flags and words, each checked where it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NoReturn

from examgrad.formula.tree import Node, Number, Symbol
from examgrad.layers.calls import Argument, Call, Text, Value
from examgrad.layers.polynomials import TooLarge
from examgrad.layers.signatures import Form
from examgrad.layers.sizes import LARGEST, NotWhole, Size, evaluate, show
from examgrad.layers.trouble import LayerError, nearest

_SETTINGS: Final = frozenset({"same", "valid", "full", "causal", "zeros", "reflect", "replicate", "circular", "relu"})
"""Words that are never a size's symbol."""


@dataclass(frozen=True)
class Arguments:
    """One layer's call under its form; ``arguments`` go by the rule's names for them, with the defaults filled in."""

    form: Form
    call: Call
    arguments: Mapping[str, Argument]

    @property
    def name(self) -> str:
        """The layer's name as it was written."""
        return self.call.name

    def fail(self, code: str, message: str, argument: str = "", help: str = "") -> NoReturn:
        """Refuse the layer; ``argument`` is the one to underline."""
        place = self.arguments[argument].place if argument in self.arguments else self.call.place
        raise LayerError(code, message, place, help)

    def value(self, role: str) -> Value:
        """An argument as it was written."""
        return self.arguments[role].value

    def has(self, role: str) -> bool:
        """Whether an argument has a value other than ``None``."""
        return role in self.arguments and self.arguments[role].value is not None

    def size(self, role: str, least: int = 1) -> Size:
        """An argument that is a size."""
        return self.as_size(self.value(role), role, least)

    def whole(self, role: str) -> int:
        """An argument that must be a number (an axis, a count of layers)."""
        size = self.as_size(self.value(role), role, -LARGEST)
        if not isinstance(size, int):
            self.fail("number", f"{self.spelling(role)} of {self.name} must be a number, not {show(size)}", role)
        return size

    def sizes(self, role: str, dims: int, least: int = 1) -> tuple[Size, ...]:
        """An argument with one size an axis, or one for all."""
        value = self.value(role)
        if not isinstance(value, tuple):
            return (self.as_size(value, role, least),) * dims
        if len(value) == 1 and dims > 1:
            value = value * dims
        if len(value) != dims:
            number = f"one number or {dims}" if dims > 1 else "one number"
            message = f"{self.spelling(role)} of {self.name} is {number}, and {len(value)} are given"
            self.fail("argument-length", message, role)
        return tuple(self.as_size(item, role, least) for item in value)

    def ratios(self, role: str, dims: int) -> tuple[Fraction, ...]:
        """An argument with one positive number an axis, or one for all; it need not be whole."""
        value = self.value(role)
        items = value if isinstance(value, tuple) else (value,) * dims
        found = [item.value for item in items if isinstance(item, Number) and item.value > 0]
        if len(found) != dims or len(items) != dims:
            self.fail("argument", f"{self.spelling(role)} of {self.name} is one positive number, or {dims}", role)
        return tuple(found)

    def has_symbols(self, role: str) -> bool:
        """Whether an argument is no plain number, or holds one that is none."""
        value = self.value(role)
        items = value if isinstance(value, tuple) else (value,)
        return any(isinstance(item, Node) and not isinstance(item, Number) for item in items)

    def listing(self, role: str, least: int = 1) -> tuple[Size, ...]:
        """An argument that is a list of sizes, or one alone."""
        value = self.value(role)
        items = value if isinstance(value, tuple) else (value,)
        return tuple(self.as_size(item, role, least) for item in items)

    def flag(self, role: str) -> bool:
        """An argument that is true or false."""
        value = self.value(role)
        if isinstance(value, bool):
            return value
        if isinstance(value, Number) and value.value in (0, 1):
            return value.value == 1
        return self.fail("argument", f"{self.spelling(role)} of {self.name} is True or False", role)

    def word(self, role: str, allowed: Sequence[str] | None = None) -> str:
        """An argument that is one of some words, in lower case; empty where it is no word at all."""
        value = self.value(role)
        word = value.text if isinstance(value, Text) else value.name if isinstance(value, Symbol) else ""
        word = word.lower()
        if allowed is not None and word not in allowed:
            offered = f"{self.spelling(role)} of {self.name} is one of {', '.join(allowed)}"
            self.fail("argument", offered + (nearest(word, allowed) if word else ""), role)
        return word

    def as_size(self, value: Value, role: str, least: int = 1) -> Size:
        """A value within the argument ``role`` as a size; integers are at least ``least``."""
        word = self.spelling(role)
        if isinstance(value, Symbol) and value.name.lower() in _SETTINGS:
            self.fail("argument", f"{word} of {self.name} is a size, not the word {value.name}", role)
        if not isinstance(value, Node):
            message = f"{word} of {self.name} is a size (a number or a symbol), not {_kind(value)}"
            self.fail("argument", message, role)
        try:
            size = evaluate(value, {})
        except NotWhole as error:
            self.fail("argument", f"{word} of {self.name} must be an integer: {error}", role)
        except ZeroDivisionError:
            self.fail("argument", f"{word} of {self.name} divides by zero", role)
        except TooLarge as error:
            self.fail("too-large", f"{word} of {self.name} is too large: {error}", role)
        if isinstance(size, int) and size < least:
            self.fail("argument", f"{word} of {self.name} must be at least {least}, not {size}", role)
        if isinstance(size, int) and size > LARGEST:
            self.fail("too-large", f"{word} of {self.name} is more than {LARGEST:.0e}", role)
        return size

    def spelling(self, role: str) -> str:
        """The framework's word for an argument."""
        return self.arguments[role].name or role

    def inner(self, role: str) -> Call:
        """An argument that is a layer itself."""
        return self.as_call(self.value(role), role)

    def as_call(self, value: Value, role: str) -> Call:
        """A value within the argument ``role`` as a layer."""
        if isinstance(value, Symbol):
            return Call(value.name, (), self.arguments[role].place)
        if not isinstance(value, Call):
            self.fail("argument", f"{self.spelling(role)} of {self.name} is a layer, such as Dense(10)", role)
        return value


def _kind(value: Value) -> str:
    if isinstance(value, Text):
        return f"the word {value.text}"
    if isinstance(value, tuple):
        return "a list"
    return f"the layer {value.name}" if isinstance(value, Call) else str(value)
