"""How an answer to a design question is read: letters with their values, words for them, layers as calls, relations.

``{K: 4, S: 2}``, ``K = 4, S = 2``, ``kernel 4x4, stride 2, no padding``, ``[8, 4, 2, 1]`` in the order asked for,
``Conv2d(3, 8, 4, stride=2)``, ``P = (K - 1)/2 with K odd``. What cannot be read raises ``Unreadable``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from examgrad.exam.document import Text as Written
from examgrad.exam.fields import nearest
from examgrad.exam.model import Answer
from examgrad.kinds.design.pieces import Pieces, Reading
from examgrad.kinds.design.words import AGAINST, BY, COUNTED, EQUALS, GLUED, OR, TUPLE, pieces_of, short, typeset
from examgrad.kinds.reading import unreadable
from examgrad.layers.design import Design, show_value
from examgrad.layers.design.calls import is_call
from examgrad.layers.trouble import LayerError

LONGEST: Final = 4_000
MOST_PIECES: Final = 200


def read_answers(answer: Answer, design: Design) -> list[Reading]:
    """The answer, or its alternatives where it gives several (``… or …``)."""
    value = answer.written
    several = isinstance(value, Sequence) and not isinstance(value, str) and len(value) > 1
    if several and all(isinstance(item, Mapping) for item in value or ()) and not all(map(_is_layer, value or ())):
        return [_Reader(design).read(item) for item in value or ()]
    if isinstance(value, str):
        if len(value) > LONGEST:
            raise unreadable(value, f"an answer here has at most {LONGEST} characters, this has {len(value)}")
        pieces = OR.split(value)
        if len(pieces) > 1:
            return [_Reader(design).read(_kept(piece, value)) for piece in pieces if piece.strip()]
    return [_Reader(design).read(value)]


def _is_layer(item: object) -> bool:
    """Whether an item of a list is a layer as a mapping, ``CONV: {filters: 8}``."""
    return isinstance(item, Mapping) and len(item) == 1 and isinstance(next(iter(item.values())), Mapping)


def _kept(piece: str, whole: object) -> str:
    return Written(piece, whole.source, whole.start) if isinstance(whole, Written) else piece


class _Reader(Pieces):
    """Reads one answer, whatever it is made of."""

    def read(self, value: object) -> Reading:
        """The reading of a whole answer. Raises ``Unreadable``."""
        if isinstance(value, Mapping):
            self._mapping(value)
        elif isinstance(value, str):
            self._text(value, value)
        elif isinstance(value, Sequence):
            self._list(value)
        else:
            raise unreadable(value, "this answer is empty")
        if self.calls.found:
            for name, item in self.calls.choice.items():
                self.give(name, item, value)
            self.reading.conflicts += self.calls.conflicts
        if self.listed and not set(self.design.names) <= self.reading.choice.keys():
            self._by_order(value)
        elif self.listed:
            self.other += map(show_value, self.listed)
        if not (self.reading.choice or self.reading.conditions or self.reading.conflicts):
            raise unreadable(value, f"no value of {', '.join(self.design.names)} was found", help=self.help())
        known = {
            *self.reading.choice,
            *self.reading.free,
            *(name for item in self.reading.conditions for name in item.letters),
        }
        if self.other and set(self.design.names) - known:
            raise unreadable(value, f"'{short(self.other[0])}' was not understood", help=self.help())
        self.reading.doubts += [piece for piece in self.other if self._may_matter(piece)]
        return self.reading

    def _may_matter(self, piece: str) -> bool:
        """Whether what was not understood may change the choice: it has a number, a letter or a "not" in it."""
        numbers = re.findall(r"\d+", piece)
        if numbers and any(numbers == re.findall(r"\d+", target.text) for target in self.design.targets):
            return False  # it says again what was asked for
        words = {word.lower() for word in re.findall(r"[^\W\d]\w*", piece)} - {"a", "i"}
        named = words & {name.lower() for name in self.design.names}
        return bool(numbers or AGAINST.search(piece) or named)

    # -- mappings and lists

    def _mapping(self, value: Mapping[str, object]) -> None:
        for key, item in value.items():
            name = self.letter(str(key))
            if name is not None:
                self.give(name, self.value(item, name), item)
                continue
            index = self.calls.layer(str(key))
            if index is None:
                known = [*self.design.names, *self.calls.names()]
                message = f"'{short(str(key))}' is none of the letters asked for{nearest(str(key), known)}"
                raise unreadable(key, message, help=self.help())
            try:
                self._layer(index, str(key), item)
            except LayerError as error:
                raise unreadable(item, error.message) from None

    def _layer(self, index: int, key: str, item: object) -> None:
        """What stands behind a layer's name: its call, its arguments, or its letters."""
        self.near = self.calls.letters_of(index)
        if isinstance(item, Mapping):
            inner = {str(name): self.letter(str(name)) for name in item}
            if all(inner.values()):
                for name, part in item.items():
                    letter = inner[str(name)]
                    assert letter is not None
                    self.give(letter, self.value(part, letter), part)
            else:
                self.calls.mapping(index, key, item)
        elif isinstance(item, str) and not is_call(item, self.design):
            self._text(item, item)
        elif isinstance(item, str):
            self.calls.text(item, index)
        else:
            self.calls.mapping(index, key, item)
        self.near = None

    def _list(self, value: Sequence[object]) -> None:
        texts = [item for item in value if isinstance(item, str)]
        if len(texts) == len(value) and any(EQUALS.search(item) or is_call(item, self.design) for item in texts):
            if all(is_call(item, self.design) for item in texts):
                texts = ["\n".join(texts)]
            for text in texts:
                self._text(text, value)
            return
        for item in value:
            if isinstance(item, Mapping):
                self._mapping(item)
            elif isinstance(item, str) and self.by_words(item):
                continue
            else:
                self.listed.append(self.value(item, ""))

    def _by_order(self, value: object) -> None:
        names = [name for name in self.design.names if name not in self.reading.choice]
        if self.reading.choice or len(self.listed) != len(names):
            given = f"{len(self.listed)} value{'s' if len(self.listed) != 1 else ''}"
            message = f"{given} without a letter cannot be told apart: {', '.join(self.design.names)} are asked for"
            raise unreadable(value, message, help=self.help())
        for name, item in zip(names, self.listed, strict=True):
            self.give(name, item, value)

    # -- texts

    def _text(self, text: str, whole: object) -> None:
        if len(text) > LONGEST:
            raise unreadable(whole, f"an answer here has at most {LONGEST} characters, this has {len(text)}")
        plain = typeset(text)
        bare = plain.strip()
        if bare[:1] in "([" and bare[-1:] in ")]" and len(self.design.names) > 1 and "=" not in bare:
            inner = list(pieces_of(bare[1:-1]))
            if len(inner) == len(self.design.names):
                plain = bare[1:-1]
        try:
            if is_call(plain, self.design):
                self.calls.text(plain)
                return
        except LayerError as error:
            raise unreadable(whole, error.message, help=self.help()) from None
        if re.fullmatch(r"\s*\d+(?:[ \t]+\d+)+\s*", plain):
            plain = ", ".join(plain.split())
        if match := TUPLE.fullmatch(plain):
            names, values = match[1].split(","), list(pieces_of(match[2].strip().strip("()[]")))
            if len(names) == len(values) and all(map(self.letter, names)):
                plain = ", ".join(f"{name} = {value}" for name, value in zip(names, values, strict=True))
        pieces = list(pieces_of(COUNTED.sub(r"\1 filters, \2 kernel", BY.sub(r"\1x\2", GLUED.sub(", ", plain)))))
        if len(pieces) > MOST_PIECES:
            raise unreadable(whole, "this is too much to be one choice")
        for piece in pieces:
            self.piece(piece, whole)
