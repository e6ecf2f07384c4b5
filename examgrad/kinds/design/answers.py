"""How an answer to a design question is read: letters with their values, words for them, layers as calls, relations.

``{K: 4, S: 2}``, ``K = 4, S = 2``, ``kernel 4x4, stride 2, no padding``, ``[8, 4, 2, 1]`` in the order asked for,
``Conv2d(3, 8, 4, stride=2)``, ``P = (K - 1)/2 with K odd``. What cannot be read raises ``Unreadable``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from examgrad.exam.document import Text as Written
from examgrad.exam.fields import nearest
from examgrad.exam.model import Answer
from examgrad.formula.tree import Node, Symbol
from examgrad.kinds.design.values import Values
from examgrad.kinds.design.words import (
    AGAINST,
    ASIDE,
    BY,
    COUNTED,
    EDGES,
    EQUALS,
    FREE,
    GLUED,
    LATER,
    LAYER,
    LEAD,
    OR,
    RELATION,
    ROLE,
    SUM,
    TAIL,
    TUPLE,
    VALUE_FIRST,
    WORD_FIRST,
    pieces_of,
    short,
    typeset,
)
from examgrad.kinds.reading import unreadable
from examgrad.layers.calls import Value, read_value
from examgrad.layers.design import Design, show_value, symbols_in
from examgrad.layers.design.calls import CallReader, is_call
from examgrad.layers.design.terms import Condition, read_condition
from examgrad.layers.trouble import LayerError

LONGEST: Final = 4_000
MOST_PIECES: Final = 200


@dataclass
class Reading:
    """One answer: a value for each letter that it names, which may be a formula in other letters.

    ``conditions`` restrict the letters it leaves free, which are ``free`` where it says so; ``conflicts`` tell where
    a layer was changed that is not to be chosen, ``doubts`` what else was written that may change the meaning.
    """

    choice: dict[str, Value] = field(default_factory=dict)
    conditions: list[Condition] = field(default_factory=list)
    free: set[str] = field(default_factory=set)
    conflicts: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def read_answers(answer: Answer, design: Design) -> list[Reading]:
    """The answer, or its alternatives where it gives several (``… or …``)."""
    value = answer.value if answer.value is not None else answer.work
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


class _Reader(Values):
    """Reads one answer; ``reading`` is what was found so far."""

    def __init__(self, design: Design) -> None:
        super().__init__(design)
        self.reading = Reading()
        self.calls = CallReader(design)
        self.listed: list[Value] = []
        self.other: list[str] = []

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
                self._give(name, item, value)
            self.reading.conflicts += self.calls.conflicts
        if self.listed and not set(self.design.names) <= self.reading.choice.keys():
            self._by_order(value)
        elif self.listed:
            self.other += map(show_value, self.listed)
        if not (self.reading.choice or self.reading.conditions or self.reading.conflicts):
            raise self._nothing(value)
        known = {
            *self.reading.choice,
            *self.reading.free,
            *(name for item in self.reading.conditions for name in item.letters),
        }
        if self.other and set(self.design.names) - known:
            raise unreadable(value, f"'{short(self.other[0])}' was not understood", help=self._help())
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

    def _help(self) -> str:
        names = self.design.names
        return f"write {', '.join(f'{name} = …' for name in names)}, or the layer as a call"

    def _nothing(self, value: object) -> Exception:
        return unreadable(value, f"no value of {', '.join(self.design.names)} was found", help=self._help())

    # -- mappings and lists

    def _mapping(self, value: Mapping[str, object]) -> None:
        for key, item in value.items():
            name = self.letter(str(key))
            if name is not None:
                self._give(name, self.value(item, name), item)
                continue
            index = self.calls.layer(str(key))
            if index is None:
                known = [*self.design.names, *self.calls.names()]
                message = f"'{short(str(key))}' is none of the letters asked for{nearest(str(key), known)}"
                raise unreadable(key, message, help=self._help())
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
                    self._give(letter, self.value(part, letter), part)
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
            elif isinstance(item, str) and self._by_words(item):
                continue
            else:
                self.listed.append(self.value(item, ""))

    def _by_order(self, value: object) -> None:
        names = [name for name in self.design.names if name not in self.reading.choice]
        if self.reading.choice or len(self.listed) != len(names):
            given = f"{len(self.listed)} value{'s' if len(self.listed) != 1 else ''}"
            message = f"{given} without a letter cannot be told apart: {', '.join(self.design.names)} are asked for"
            raise unreadable(value, message, help=self._help())
        for name, item in zip(names, self.listed, strict=True):
            self._give(name, item, value)

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
            raise unreadable(whole, error.message, help=self._help()) from None
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
            self._piece(piece, whole)

    def _piece(self, piece: str, whole: object) -> None:
        piece = LEAD.sub("", piece.strip(EDGES), count=1).strip(EDGES)
        if not piece:
            return
        if match := LATER.fullmatch(piece):
            self.other.append(match[2])
            piece = match[1]
        sides = [self._letter_alone(ASIDE.sub("", side).strip()) for side in EQUALS.split(piece)]
        first = self.letter(sides[0])
        if len(sides) > 1 and first is not None and not RELATION.search(piece):
            last = self._untailed(sides[-1], first)
            named = [self.letter(side) for side in sides[:-1]]
            middle = [side for side, name in zip(sides, named, strict=False) if name is None]
            try:
                claims = [self._condition(f"{side} = {last}") for side in middle]
            except LayerError:
                self.other.append(piece)
                return
            value = self.value(last, first, whole)
            for name in filter(None, named):
                self._give(name, value, whole)
            self.reading.conditions += claims
        elif len(sides) > 1 and (index := self.calls.layer(sides[0])) is not None:
            self.near = self.calls.letters_of(index)
            self._piece(piece[piece.index(sides[0]) + len(sides[0]) :].lstrip(" :="), whole)
        elif self._by_words(piece) or self._free(piece) or self._relation(piece) or self._equation(sides):
            return
        elif not SUM.fullmatch(piece):
            value_only = self._bare_value(piece)
            if value_only is None:
                self.other.append(piece)
            else:
                self.listed.append(value_only)

    def _letter_alone(self, side: str) -> str:
        """A letter without the word in front of it, where that is the letter's own: ``stride S``."""
        word, _, letter = side.rpartition(" ")
        name = self.letter(letter, words=False)
        return letter if name is not None and self.letter(word) in (None, name) and ROLE.fullmatch(word) else side

    def _untailed(self, side: str, name: str) -> str:
        """A value without the word behind it, where that is the letter's own: ``8 filters``."""
        match = TAIL.search(side)
        other = self.letter(match[0].strip()) if match else None
        return TAIL.sub("", side) if other in (None, name) else side

    def _bare_value(self, piece: str) -> Value | None:
        try:
            value = read_value(piece)
        except LayerError:
            return None
        if not isinstance(value, Node | tuple) or symbols_in(value):
            return None
        try:
            return self.worked(value)
        except (LayerError, ValueError, ZeroDivisionError):
            return None

    def _by_words(self, piece: str) -> bool:
        """``stride 2``, ``4x4 kernel``, ``no padding``, or several of one order: ``kernel 4 stride 2 padding 1``."""
        for pattern, word, number in ((WORD_FIRST, 1, 2), (VALUE_FIRST, 2, 1)):
            matches = list(pattern.finditer(piece))
            if not matches or pattern.sub("", piece).strip():
                continue
            found: dict[str, str] = {}
            for match in matches:
                kernel = "kernel" if LAYER.fullmatch(match[word]) else match[word]
                name = self.letter(kernel, pair=bool(re.search(r"[x×,]", match[number])))
                if name is None or name in found:
                    return False
                found[name] = match[number]
            for name, value in found.items():
                self._give(name, self.value(value, name), piece)
            return True
        return False

    def _free(self, piece: str) -> bool:
        match = FREE.fullmatch(piece.strip())
        name = self.letter(match[1] or match[2]) if match else None
        if name is None:
            return False
        self.reading.free.add(name)
        return True

    def _relation(self, piece: str) -> bool:
        if not RELATION.search(piece):
            return False
        try:
            found = self._condition(piece)
        except LayerError:
            return False
        self.reading.conditions += [found] if found.letters else []
        return bool(found.letters)

    def _equation(self, sides: Sequence[str]) -> bool:
        """``(32 - K + 2P)/S + 1 = 16``: what must come out, with or without its floor."""
        if len(sides) != 2 or SUM.fullmatch(" = ".join(sides)):
            return False
        try:
            found = self._condition(f"{sides[0]} = {sides[1]}")
            if len(found.letters) > 1:
                found = replace(self._condition(f"0 <= {sides[0]} - ({sides[1]}) < 1"), text=found.text)
        except LayerError:
            return False
        self.reading.conditions += [found] if found.letters else []
        return bool(found.letters)

    def _condition(self, text: str) -> Condition:
        """A condition in the letters as the exam writes them."""
        for word in sorted(set(re.findall(r"[^\W\d]\w*", text)), key=len, reverse=True):
            name = self.letter(word)
            if name is not None and name != word:
                text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", name, text)
        condition = read_condition(text)
        if condition.letters - set(self.design.names):
            raise LayerError("condition", "this names no letter")
        return condition

    def _give(self, name: str, value: Value, place: object) -> None:
        if name in self.reading.choice and self.reading.choice[name] != value:
            raise unreadable(place, f"{name} is given two values")
        if isinstance(value, Symbol) and value.name == name:
            self.reading.free.add(name)
            return
        self.reading.choice[name] = value
