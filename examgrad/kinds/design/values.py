"""The letters of a design question and their values as an answer writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from examgrad.formula.names import plain_spelling
from examgrad.formula.tree import Node, Number, Symbol, substitute
from examgrad.kinds.design.words import ROLES, short, typeset
from examgrad.kinds.reading import unreadable
from examgrad.layers.calls import Text, Value, read_value
from examgrad.layers.design import Design, symbols_in
from examgrad.layers.design.terms import FACTOR, compiled
from examgrad.layers.trouble import LayerError

_AXES: Final = ("size", "stride", "padding", "dilation", "output_padding", "output_size", "amounts")
"""Arguments that may have a value for each axis."""


class Values:
    """Reads names and values for one design; ``near`` restricts them to a layer's own letters."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.near: set[str] | None = None

    def letter(self, written: str, *, pair: bool = False, words: bool = True) -> str | None:
        """The letter that a name (or, where ``words``, a word for its argument) stands for, if it is one."""
        word = " ".join(written.split()).strip("$ ")
        names = [name for name in self.design.names if self.near is None or name in self.near]
        plain = plain_spelling(re.sub(r"\s", "", word))
        if plain in names:
            return plain
        folded = [name for name in names if name.lower() == plain.lower()]
        if len(folded) == 1:
            return folded[0]
        for pattern, roles in ROLES if words else ():
            if pattern.fullmatch(word):
                for role in ("size",) if pair and "size" in roles else roles:
                    found = [item.name for item in self.design.letters if item.name in names and item.role == role]
                    if found:
                        return found[0] if len(found) == 1 else None
        return None

    def value(self, item: object, name: str, whole: object = None) -> Value:
        """A value as it was written: a number, a pair, a word, or a formula in letters."""
        if isinstance(item, Sequence) and not isinstance(item, str) and 0 < len(item) <= 3:
            return self._square(tuple(self.value(part, name) for part in item))
        if not isinstance(item, str):
            raise unreadable(item, "one value was expected here")
        text = typeset(item).strip(" .")
        word = text.strip("'\"").lower()
        if word in ("same", "valid"):
            return Text(word)
        if word in ("no", "none", "zero"):
            return Number(0)
        if re.fullmatch(r"\d{40,}", text):
            raise unreadable(whole or item, "this number is too large")
        if re.fullmatch(r"\d+(?:\s*[x×]\s*\d+)+", text) and not self._has_axes(name):
            text = re.sub(r"[x×]", "*", text)  # 16x5x5 features are a product
        try:
            value = read_value(FACTOR.sub(r"\1*", text))
            return self.worked(value)
        except (LayerError, ValueError, ZeroDivisionError) as error:
            what = error.message if isinstance(error, LayerError) else str(error) or "this is no number"
            raise unreadable(whole or item, f"'{short(text)}' is no value of {name or 'a letter'}: {what}") from None

    def _has_axes(self, name: str) -> bool:
        """Whether a letter may have a value for each axis."""
        roles = {letter.name: letter.role for letter in self.design.letters}
        return roles.get(name, "size") in _AXES

    def worked(self, value: Value) -> Value:
        """Numbers worked out, letters as the exam writes them."""
        if isinstance(value, tuple) and value:
            return self._square(tuple(self.worked(item) for item in value))
        if not isinstance(value, Node):
            raise LayerError("value", "a number was expected")
        renamed: dict[str, Node] = {}
        for symbol in sorted(symbols_in(value)):
            name = self.letter(symbol, words=False)
            if name is None:
                raise LayerError("value", f"{symbol} is none of the letters {', '.join(self.design.names)}")
            renamed[symbol] = Symbol(name)
        node = substitute(value, renamed) if renamed else value
        return node if renamed else Number(compiled(node)({}))

    def _square(self, values: tuple[Value, ...]) -> Value:
        """``4x4`` is 4 on every axis of an image."""
        axes = len(next(iter(self.design.inputs.values()))) - 1
        return values[0] if len(set(values)) == 1 and len(values) == axes else values
