"""What answers call the entries that a part asks for: ``∂f/∂x``, ``f_xy``, ``dW``, ``∂y_1/∂x_2``, ``H_12``.

A name is looked up, never guessed: one that says another derivative than those asked for is none of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from examgrad.errors import MathSyntaxError
from examgrad.formula import printer
from examgrad.formula.definitions import spelled_name
from examgrad.formula.names import Names
from examgrad.formula.statements import Statement, read_statements
from examgrad.formula.tree import Apply, Node, Number, Symbol
from examgrad.formula.words import Piece
from examgrad.kinds.scope import Scope

_DIGITS = re.compile(r"_?(\d{1,2})")


class Entry(NamedTuple):
    """What one entry is the derivative of, and by what, in order; the quantity itself where there is nothing."""

    what: Node
    by: tuple[Node, ...] = ()


class EntryNames:
    """The entries of a part, row by row in rows of ``width``; ``whole`` is what all of them together are called.

    ``letters`` are names of an array whose entries go by places, ``H_12``; each may itself be one of ``arrays``.
    """

    def __init__(
        self, entries: Sequence[Entry] = (), width: int | None = None, *, whole: Entry | None = None,
        letters: Sequence[str] = (), arrays: bool = False,
    ) -> None:  # fmt: skip
        self.entries: Final = tuple(entries)
        self._width: Final = width
        self._whole: Final = whole
        self._letters: Final = tuple(letters)
        self._places: Final = {entry: place for place, entry in reversed([*enumerate(entries)])}
        self.arrays: Final = arrays
        self.quantities: Final = frozenset(_base(entry.what) for entry in entries)
        """The names of what is differentiated, or of what is asked for."""

    def __len__(self) -> int:
        return len(self.entries)

    def of_statement(self, statement: Statement, scope: Scope) -> tuple[int, ...]:
        """The entries that a statement gives: its label's, and those of the sides before its last."""
        found = [self.labelled(label, scope) for label in statement.labels]
        found += [self.named(Symbol(label)) for label in statement.labels if label in scope.names.variables]
        found += [self.named(side) for side in statement.sides[:-1]]
        return tuple(dict.fromkeys(place for place in found if place is not None))

    def calls(self, statement: Statement, scope: Scope) -> bool:
        """Whether a statement gives an entry, or all of them together."""
        return bool(self.of_statement(statement, scope)) or any(map(self.is_whole, statement.sides[:-1]))

    def of_text(self, text: str, scope: Scope) -> int | None:
        """The entry that a text names: ``x1`` where that is differentiated by, ``dJ/dx1``, ``f_xy``."""
        spelled = spelled_name(text)
        declared = scope.names.find(spelled) if spelled else None
        if declared is not None:
            places = [place for place, entry in enumerate(self.entries) if entry.by == (Symbol(declared),)]
            return places[0] if len(places) == 1 else self.named(Symbol(declared))
        if spelled and (place := self.labelled(spelled, scope)) is not None:
            return place
        try:
            statements, _ = read_statements(text, scope.names)
        except MathSyntaxError:
            return None
        if len(statements) != 1 or len(statements[0].sides) != 1:
            return None
        side = statements[0].sides[0]
        places = [place for place, entry in enumerate(self.entries) if entry.by == (side,)]
        return places[0] if len(places) == 1 else self.named(side)

    def named(self, side: Node) -> int | None:
        """The entry that a side of an equation is the name of: of mixed derivatives in either order."""
        entry = entry_named(side)
        if entry is None:
            return None
        for said in (entry, entry._replace(by=entry.by[::-1]), _of_arrays(entry)):
            if said in self._places:
                return self._places[said]
        return None

    def facing(self, statement: Statement) -> Statement:
        """The statement with what it gives behind what it is called: ``x y = ∂f/∂z`` the other way round."""
        first, last = statement.sides[0], statement.sides[-1]
        names = [side for side in (first, last) if self.named(side) is not None or self.is_whole(side)]
        return statement._replace(sides=statement.sides[::-1], other=None) if names == [last] != [first] else statement

    def is_whole(self, side: Node) -> bool:
        """Whether a side of an equation names all entries together: ``∇f``, ``∂L/∂x``."""
        if self._whole is None or (entry := entry_named(side)) is None:
            return False
        return entry == self._whole or (entry.what == self._whole.what and isinstance(side, Apply) and not entry.by)

    def labelled(self, label: str, scope: Scope) -> int | None:
        """The entry of a label that is no name of the problem: ``f_xy``, ``dx``, ``x_grad``, ``H_12``."""
        if scope.names.find(label) is not None:
            return None
        said = derivative_said(label, scope, self.quantities)
        if said is not None:
            return self.named(said)
        for letter in self._letters:
            if label.startswith(letter) and (match := _DIGITS.fullmatch(label, len(letter))):
                return self._at([int(digit) for digit in match[1]])
        return None

    def _at(self, places: Sequence[int]) -> int | None:
        width = self._width
        if len(places) == 1 and width is None and 1 <= places[0] <= len(self):
            return places[0] - 1
        if len(places) == 2 and width is not None and 1 <= places[1] <= width and places[0] >= 1:
            place = (places[0] - 1) * width + places[1] - 1
            return place if place < len(self) else None
        return None

    def mirrored(self, place: int) -> int | None:
        """The entry that is equal to one because a second derivative does not depend on the order."""
        entry = self.entries[place]
        other = self._places.get(entry._replace(by=entry.by[::-1])) if len(entry.by) == 2 else None
        return None if other == place else other

    @property
    def labels(self) -> tuple[str, ...]:
        """What the entries are called for people."""
        wrt = [", ".join(map(printer.plain, entry.by)) or printer.plain(entry.what) for entry in self.entries]
        if len({*wrt}) == len(wrt) and all(len(entry.by) < 2 for entry in self.entries):
            return tuple(wrt)
        return tuple(printer.plain(Apply("derivative", (entry.what, *entry.by))) for entry in self.entries)

    @property
    def shape(self) -> tuple[int, int | None]:
        """How many rows the entries stand in, and how long these are; ``None`` for a plain list."""
        return (len(self) // self._width if self._width else len(self)), self._width


def entry_named(side: Node) -> Entry | None:
    """What a side of an equation names: the derivative of something by names, or a name or entry."""
    if isinstance(side, Symbol) or (isinstance(side, Apply) and side.op == "entry"):
        return Entry(side)
    if not isinstance(side, Apply) or side.op not in ("derivative", "gradient"):
        return None
    what, by = side.args[0], list(side.args[1:])
    while isinstance(what, Apply) and what.op == "derivative":
        by += what.args[1:]
        what = what.args[0]
    return Entry(what, tuple(by))


def _of_arrays(entry: Entry) -> Entry:
    """The derivative of arrays whose entries at letters are named: ``∂L/∂W`` of ``∂L/∂W_{ij}``."""
    return Entry(_without_letters(entry.what), tuple(map(_without_letters, entry.by)))


def _without_letters(node: Node) -> Node:
    is_entry = isinstance(node, Apply) and node.op == "entry"
    return node.args[0] if is_entry and all(isinstance(place, Symbol) for place in node.args[1:]) else node


def _base(node: Node) -> str:
    base = node.args[0] if isinstance(node, Apply) and node.op == "entry" else node
    return base.name if isinstance(base, Symbol) else ""


def derivative_said(label: str, scope: Scope, ofs: frozenset[str] = frozenset()) -> Node | None:
    """The derivative that a label says: ``f_x``, ``f_{xy}``, ``dLdx``; of one of ``ofs`` also ``fx``, ``dx``.

    ``None`` where it says none, or is a name of the problem.
    """
    if scope.names.find(label) is not None:
        return None
    for of in sorted(scope.graph.definitions, key=len, reverse=True):
        below = label.removeprefix(of)
        if below != label and (below[:1] == "_" or of in ofs) and (by := _split(below, scope.names)):
            return Apply("derivative", (Symbol(of), *by))
        if label.startswith(start := f"d{of}d") and (by := _split(label[len(start) :], scope.names)) and len(by) == 1:
            return Apply("derivative", (Symbol(of), *by))
    if len(ofs) == 1 and (of := next(iter(ofs))):
        for name in (label.removesuffix("_grad"), label.removeprefix("grad_"), label.removeprefix("d")):
            if name != label and (by := _split(name, scope.names)) and len(by) == 1:
                return Apply("derivative", (Symbol(of), *by))
    return None


def _split(text: str, names: Names) -> tuple[Node, ...]:
    """The names that stand behind each other in a text, entries of arrays by their places; empty where others do."""
    text = text.strip("_{}")
    for spelled in (text, text.replace("_", "")):
        pieces = names.words.split(spelled) if spelled else ()
        if pieces and all(piece.kind in ("name", "entry") for piece in pieces):
            return tuple(_node(piece) for piece in pieces)
    return ()


def _node(piece: Piece) -> Node:
    if piece.kind == "name":
        return Symbol(piece.value)
    places = [Number(int(index)) if index.isdecimal() else Symbol(index) for index in piece.indices]
    return Apply("entry", (Symbol(piece.value), *places))


NO_NAMES: Final = EntryNames()
