"""New values of arrays that an answer states entry by entry: ``w_i ← w_i - η g_i``, ``b_1 ← …`` and ``b_2 ← …``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from examgrad.errors import MathSyntaxError
from examgrad.formula.array_values import Array, positions
from examgrad.formula.definitions import find_equals
from examgrad.formula.lexemes import LOWERED
from examgrad.formula.names import Names
from examgrad.formula.shapes import Shape, Shapes
from examgrad.formula.statements import Statement, read_statement
from examgrad.formula.tree import Apply, Node, Number, Symbol
from examgrad.kinds.updating import Target

_ENTRY: Final = re.compile(
    r"(?P<name>.+?)\s*(?:_\s*\{(?P<group>[^{}]*)\}|_\s*(?P<one>[A-Za-z0-9]{1,3})|(?P<small>[₀-ₜ]{1,4}))"
)
_MOST: Final = 64
"""Entries that an answer states one by one."""


class Entries(NamedTuple):
    """The entry that a statement gives: of which target, and its letters or numbers."""

    target: str
    places: tuple[str, ...]


class EntryUpdates:
    """The statements of an answer that give new values of an array's entries."""

    def __init__(self, names: Names, targets: Sequence[Target], pieces: Sequence[str]) -> None:
        self.names: Final = names
        self.targets: Final = [item for item in targets if names.shapes.get(item.name)]
        self._numbered: Final = dict(self._all_numbered(pieces)) if self.targets else {}
        self._found: Final[dict[str, dict[tuple[int, ...], Node]]] = {}

    def _stated(self, piece: str) -> Entries | None:
        """The entry on the left of a statement, as it is written."""
        equals = find_equals(piece)
        match = _ENTRY.fullmatch(piece[: equals.start()].strip(" \t&$")) if equals else None
        if match is None:
            return None
        name = self.names.find(match["name"].strip())
        target = next((item.name for item in self.targets if item.name == name), None)
        inner = match["group"] or match["one"] or "".join(LOWERED[small] for small in match["small"] or "")
        places = tuple(re.findall(r"\d+|[A-Za-z]", inner)) if "," in inner else tuple(inner.replace(" ", ""))
        if target is None or len(places) != len(self._shape(target)):
            return None
        return Entries(target, places)

    def _shape(self, target: str) -> Shape:
        return self.names.shapes[target]

    def _all_numbered(self, pieces: Sequence[str]) -> Iterator[tuple[str, int]]:
        """The targets of which every entry is given by its numbers, with how many there are.

        Of fewer, ``w_1 = …`` may be the first step.
        """
        stated = [entry for piece in pieces if (entry := self._stated(piece))]
        for target in {entry.target for entry in stated}:
            sizes = [size for size in self._shape(target) if isinstance(size, int)]
            count = math.prod(sizes)
            if len(sizes) == len(self._shape(target)) and 1 < count <= _MOST:
                wanted = {tuple(map(str, place)) for place in positions(sizes)}
                if wanted <= {entry.places for entry in stated if entry.target == target}:
                    yield target, count

    def read(self, piece: str, offset: int, own: Mapping[str, Node]) -> tuple[str, Statement | None] | None:
        """The target whose entry a statement gives, and the whole array once that is known; ``None`` if it gives none.

        The statement's formula is an array, then.
        """
        entry = self._stated(piece) if self.targets else None
        if entry is None:
            return None
        numbered = all(place.isdecimal() for place in entry.places)
        if numbered != (entry.target in self._numbered) or not (
            numbered or all(place.isalpha() and self.names.find(place) is None for place in entry.places)
        ):
            return None
        equals = find_equals(piece)
        assert equals is not None
        letters = [] if numbered else entry.places
        names = self.names.extended([*own, *letters])
        try:
            right = " " * equals.end() + piece[equals.end() :]
            statement = read_statement(right, offset, names)
        except MathSyntaxError:
            return None
        result, shapes = statement.result, Shapes(names.shapes, loose=True)
        if shapes.seen(result) != () or (letters and not set(letters) <= _places(result)):
            return None
        if letters:
            sizes = [Number(size) if isinstance(size, int) else Symbol(size) for size in self._shape(entry.target)]
            ranges = [item for pair in zip(map(Symbol, letters), sizes, strict=True) for item in pair]
            return entry.target, statement._replace(sides=(Apply("components", (result, *ranges)),), other=None)
        found = self._found.setdefault(entry.target, {})
        found[tuple(map(int, entry.places))] = result
        if len(found) < self._numbered[entry.target]:
            return entry.target, None
        shape = tuple(int(size) for size in self._shape(entry.target))
        whole = Array(shape, tuple(found[place] for place in positions(shape))).tree()
        return entry.target, statement._replace(sides=(whole,), other=None)


def _places(tree: Node) -> set[str]:
    """The letters at which a formula takes entries."""
    taken = (item for item in tree.walk() if isinstance(item, Apply) and item.op in ("entry", "row", "column"))
    return {place.name for item in taken for place in item.args[1:] if isinstance(place, Symbol)}
