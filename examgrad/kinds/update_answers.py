"""The new values that an answer states: ``v_new = …``, ``v ← …``, ``v_{t+1} = …``, ``w_1 = …``, in any order.

A parameter that is given its new value in place keeps its old one for the lines below (all move at once); what a
rule keeps (its velocity) has its new value from its line on, as in a program.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from examgrad.errors import MathSyntaxError
from examgrad.exam.model import Answer, Given
from examgrad.formula.definitions import find_equals
from examgrad.formula.names import Names
from examgrad.formula.statements import Statement, read_statement, split_statements
from examgrad.formula.tree import Apply, Node, Symbol, rebuild, transform
from examgrad.kinds.reading import Formula, Unreadable, from_syntax, unreadable
from examgrad.kinds.scope import Scope
from examgrad.kinds.update_entries import EntryUpdates
from examgrad.kinds.update_marks import Marks, lowered
from examgrad.kinds.updating import Target

_DECREMENT = re.compile(r"^(\s*[^\s=+-]+)\s*([+-])=(.*)$", re.S)
"""``w -= eta g``"""
_SLOPES: Final = ("derivative", "gradient")


def read_updates(answer: Answer, given: Given, targets: Sequence[Target], of: str) -> dict[str, Formula | Unreadable]:
    """The new values an answer states, by the targets' names.

    What the answer defines itself is put in where it is used. Raises :class:`Unreadable` where no new value is found.
    """
    value = answer.written
    if isinstance(value, Mapping):
        lines: Sequence[object] = [_line(name, item) for name, item in value.items()]
    else:
        lines = [value] if isinstance(value, str) else value if isinstance(value, Sequence) else []
    pieces: list[tuple[str, str, int]] = []
    tracked = [name for target in targets for name in (target.name, *target.names)]
    for line in lines:
        if not isinstance(line, str):
            raise unreadable(line, "one update was expected here")
        pieces += [(line, piece, offset) for piece, offset in split_statements(line, given.names)]
    marked = lowered([piece for _, piece, _ in pieces], tracked)
    pieces = [(line, piece, offset) for piece, (line, _, offset) in zip(marked, pieces, strict=True)]
    marks = Marks(given.names, targets, [piece for _, piece, _ in pieces])
    entries = EntryUpdates(given.names, targets, marked)
    reader = _Reader(given, targets, of, marks, entries)
    for target in targets:
        if given.names.find(target.name) is None:
            reader.own[target.name] = target.old
    for line, piece, offset in pieces:
        reader.read(line, piece, offset)
    parameters = reader.parameters
    if not reader.found.keys() & set(parameters) and len(reader.bare) == len(parameters):
        reader.found |= dict(zip(parameters, reader.bare, strict=True))
    if reader.trouble and reader.found:  # the line that could not be read may be the one that is missing
        for name in parameters:
            reader.found.setdefault(name, reader.trouble)
    if not reader.found:
        raise reader.trouble or unreadable(
            value,
            f"no new value of {' or '.join(parameters)} was found",
            help=f"write {targets[0].name}_new = {targets[0].name} - …",
        )
    return reader.found


def _line(name: str, item: object) -> str:
    if not isinstance(item, str):
        raise unreadable(item, "one formula was expected here")
    return item if find_equals(item) else f"{name} = {item}"


@dataclass
class _Reader:
    """Reads one answer's statements from the first to the last."""

    given: Given
    targets: Sequence[Target]
    of: str
    marks: Marks
    entries: EntryUpdates
    found: dict[str, Formula | Unreadable] = field(default_factory=dict)
    own: dict[str, Node] = field(default_factory=dict)
    stated: dict[Node, Node] = field(default_factory=dict)
    in_place: set[str] = field(default_factory=set)
    broken: dict[str, Unreadable] = field(default_factory=dict)
    """What the rule keeps that was given a new value which cannot be read."""
    trouble: Unreadable | None = None
    bare: list[Formula] = field(default_factory=list)
    """Formulas without a name: the new values, where there are as many as parameters."""

    @property
    def parameters(self) -> list[str]:
        """The names of the parameters."""
        return [target.name for target in self.targets if not target.state]

    def read(self, line: str, piece: str, offset: int) -> None:
        """One statement: ``piece`` of a ``line``, from ``offset`` on."""
        piece = _DECREMENT.sub(r"\1 = \1 \2 (\3)", piece)
        if (entry := self.entries.read(piece, offset, self.own)) is not None:
            target, whole = entry
            if whole is not None:
                scope = Scope(self.marks.names(self.own), Scope.of(self.given).graph)
                self.found[target] = Formula(whole.text, whole.result, scope.with_own(self.own))
                self.own[f"{target}_new"] = whole.result
            return
        found = self.marks.target_of(piece)
        names = self.marks.names(self.own)
        try:
            statement = _statement(piece, offset, names, found[0] if found else None)
        except MathSyntaxError as error:
            self.trouble = self.trouble or from_syntax(line, error.within(line, offset))
            if found is not None:
                self.found[found[0]] = self.trouble
                if found[1] and found[0] not in self.parameters:
                    self.broken[found[0]] = self.trouble
            return
        if broken := sorted(statement.result.symbols() & self.broken.keys()):
            if found is not None:
                self.found[found[0]] = self.broken[broken[0]]
            return
        result = self._meant(statement.result, piece)
        scope = Scope(names, Scope.of(self.given).graph)
        if found is not None:
            name, in_place = found
            unknown = {f"{item.name}_new" for item in self.targets} & result.symbols() - self.own.keys()
            if unknown:
                message = f"{min(unknown)} is used, and nothing above says what it is"
                self.found[name] = unreadable(line, message, code="unknown-name")
                return
            claims = tuple(self._meant(side, piece) for side in statement.sides[:-1])
            other = None if statement.other is None else self._meant(statement.other, piece)
            self.found[name] = Formula(statement.text, result, scope.with_own(self.own), claims, other)
            self.own[f"{name}_new"] = result
            if in_place and name not in self.parameters:
                self.in_place.add(name)
        elif statement.label is None and len(statement.sides) == 1:
            self.bare.append(Formula(statement.text, result, scope.with_own(self.own)))
        elif statement.label is not None and self.given.names.find(statement.label) is None:
            self.own[statement.label] = result
        elif len(statement.sides) > 1:
            self.stated[self._meant(statement.sides[0], piece)] = result

    def _meant(self, node: Node, text: str) -> Node:
        """A formula with each name as what it means in its line, and the gradients that the answer worked out."""
        values: dict[str, Node] = {}
        for target in self.targets:
            values[f"{target.name}_old"] = target.old
            after = f"{target.name}_new"
            values[target.name] = Symbol(after) if target.name in self.in_place else target.old
            if after not in self.own:
                values[after] = Symbol(after)
        node = _put_in(self._gradients(node, text), values)
        return transform(node, lambda item: self.stated.get(item, item)) if self.stated else node

    def _gradients(self, node: Node, text: str) -> Node:
        """``∇L`` where there is one parameter as the gradient by it, ``∇L(w)`` as ∇L, ``∇L(w + βv)`` as ∇L there."""
        if not isinstance(node, Apply):
            return node
        args = list(node.args)
        if node.op == "mul":
            for at in range(len(args) - 1):
                if self._is_applied(args[at], args[at + 1], text):
                    args[at : at + 2] = [self._at(args[at], args[at + 1])]
                    break
        if len(args) == 1 and node.op == "mul":
            return self._gradients(args[0], text)
        if node.op in _SLOPES:
            return self._by_the_one(node)
        return Apply(node.op, tuple(self._gradients(arg, text) for arg in args), node.span)

    def _is_applied(self, slope: Node, place: Node, text: str) -> bool:
        """Whether a gradient is written as a function of the parameters: ``∇L(w + βv)``."""
        if not (isinstance(slope, Apply) and slope.op in _SLOPES and slope.args[0] == Symbol(self.of)):
            return False
        if slope.span is None or re.match(r"(?:\\left)?\(", text[slope.span[1] :]) is None:
            return False
        spelled = {name + mark for name in self.parameters for mark in ("", "_old", "_new")}
        return bool(spelled & place.symbols())

    def _by_the_one(self, slope: Apply) -> Node:
        if slope.op == "gradient" and len(slope.args) == 1 and len(self.parameters) == 1:
            return Apply("derivative", (slope.args[0], Symbol(self.parameters[0])), slope.span)
        return slope

    def _at(self, slope: Node, place: Node) -> Node:
        """A gradient at a place: one formula, or as many as there are parameters."""
        assert isinstance(slope, Apply)
        slope = self._by_the_one(slope)
        wrt = self.parameters
        values = list(place.args) if isinstance(place, Apply) and place.op == "array" and len(wrt) > 1 else [place]
        if len(values) != len(wrt):
            values = [place] * len(wrt) if isinstance(place, Symbol) else []
        pairs = [
            item
            for name, value in zip(wrt, values, strict=False)
            if not (isinstance(value, Symbol) and value.name.removesuffix("_old") in wrt)
            for item in (Symbol(name), value)
        ]
        return Apply("at", (slope, *pairs)) if pairs else slope


def _statement(piece: str, offset: int, names: Names, target: str | None) -> Statement:
    """One statement; a target's spelling on its left side is a name whatever it is on the right."""
    equals = find_equals(piece)
    if target is not None and equals is not None:
        label = "q" if names.find("q") is None else target
        piece = label.ljust(equals.start())[: equals.start()] + piece[equals.start() :]
        statement = read_statement(piece, offset, names)
        return statement._replace(label=target)
    return read_statement(piece, offset, names)


def _put_in(node: Node, values: Mapping[str, Node]) -> Node:
    """The formula with names replaced, but those that a gradient is taken by or at."""
    if isinstance(node, Apply) and node.op in _SLOPES:
        return node
    if isinstance(node, Apply) and node.op == "at":
        names = node.args[1::2]
        places = [_put_in(value, values) for value in node.args[2::2]]
        pairs = (item for pair in zip(names, places, strict=True) for item in pair)
        return Apply("at", (_put_in(node.args[0], values), *pairs))
    if isinstance(node, Symbol):
        return values.get(node.name, node)
    return rebuild(node, tuple(_put_in(arg, values) for arg in node.args))
