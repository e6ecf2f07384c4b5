"""The statements that an answer to a design question is made of: ``K = 4``, ``stride 2``, ``K odd``, ``K*S = 8``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from examgrad.formula.tree import Node, Symbol
from examgrad.kinds.design.values import Values
from examgrad.kinds.design.words import (
    ASIDE,
    EDGES,
    EQUALS,
    FREE,
    LATER,
    LAYER,
    LEAD,
    RELATION,
    ROLE,
    SUM,
    TAIL,
    VALUE_FIRST,
    WORD_FIRST,
)
from examgrad.kinds.reading import unreadable
from examgrad.layers.calls import Value, read_value
from examgrad.layers.design import Design, symbols_in
from examgrad.layers.design.calls import CallReader
from examgrad.layers.design.terms import Condition, read_condition
from examgrad.layers.trouble import LayerError


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


class Pieces(Values):
    """Reads statements; ``reading`` is what was found so far.

    ``listed`` are values that say of no letter that they are its; ``other`` is what was not understood.
    """

    def __init__(self, design: Design) -> None:
        super().__init__(design)
        self.reading = Reading()
        self.calls = CallReader(design)
        self.listed: list[Value] = []
        self.other: list[str] = []

    def help(self) -> str:
        """How an answer may be written."""
        names = self.design.names
        return f"write {', '.join(f'{name} = …' for name in names)}, or the layer as a call"

    def piece(self, piece: str, whole: object) -> None:
        """What one statement says; ``whole`` is what it stands in."""
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
                self.give(name, value, whole)
            self.reading.conditions += claims
        elif len(sides) > 1 and (index := self.calls.layer(sides[0])) is not None:
            self.near = self.calls.letters_of(index)
            self.piece(piece[piece.index(sides[0]) + len(sides[0]) :].lstrip(" :="), whole)
        elif self.by_words(piece) or self._free(piece) or self._relation(piece) or self._equation(sides):
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

    def by_words(self, piece: str) -> bool:
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
                self.give(name, self.value(value, name), piece)
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
            return self._restrict(self._condition(piece))
        except LayerError:
            return False

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
        return self._restrict(found)

    def _restrict(self, found: Condition) -> bool:
        """A condition kept, where it names letters at all."""
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

    def give(self, name: str, value: Value, place: object) -> None:
        """A letter's value. Raises ``Unreadable`` where it has another already."""
        if name in self.reading.choice and self.reading.choice[name] != value:
            raise unreadable(place, f"{name} is given two values")
        if isinstance(value, Symbol) and value.name == name:
            self.reading.free.add(name)
            return
        self.reading.choice[name] = value
