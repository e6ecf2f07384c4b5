"""The new values that an answer states: ``v_new = …``, ``v ← …``, ``v_{t+1} = …``, ``w_1 = …``, in any order.

A name before the step, after it, and where the answer does not say, are told apart by the marks of time that the answer
uses. A parameter that is given its new value in place keeps its old one for the lines below (all move at once); what a
rule keeps (its velocity) has its new value from its line on, as in a program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from examgrad.errors import MathSyntaxError
from examgrad.exam.model import Answer, Given
from examgrad.formula.definitions import find_equals, spelled_name
from examgrad.formula.names import GREEK, Names, Variable, name_key
from examgrad.formula.statements import Statement, read_statement, split_statements
from examgrad.formula.tree import Apply, Node, Symbol, rebuild, transform
from examgrad.kinds.reading import Formula, Unreadable, from_syntax, unreadable
from examgrad.kinds.scope import Scope
from examgrad.kinds.updating import Target

_ABOVE: Final = (
    r"\^\s*(?:(?:\{\s*\(?|\()\s*(?:\\(?:text|mathrm)\s*\{\s*)?"
    r"(?P<step>[a-z]\s*[+−-]\s*1|[a-z](?=\s*\))|old|new|next|prev|\d+(?=\s*\)))\s*\}?\s*(?:\)?\s*\}|\))"
    r"|(?P<word>old|new)\b)"
)
"""``^{(t+1)}``, ``^(t)``, ``^{new}``: a mark of time above the line."""
_DECREMENT = re.compile(r"^(\s*[^\s=+-]+)\s*([+-])=(.*)$", re.S)
"""``w -= eta g``"""
_LETTERS: Final = ("t", "k", "n", "i", "j")
_OLD: Final = ("old", "prev", "before")
_MOST_DIGITS: Final = 4
_NEW: Final = ("new", "next", "after", "prime")


@dataclass
class _Reader:
    """Reads one answer's statements from the first to the last."""

    given: Given
    targets: Sequence[Target]
    of: str
    found: dict[str, Formula | Unreadable] = field(default_factory=dict)
    own: dict[str, Node] = field(default_factory=dict)
    stated: dict[Node, Node] = field(default_factory=dict)
    in_place: set[str] = field(default_factory=set)
    broken: dict[str, Unreadable] = field(default_factory=dict)
    """What the rule keeps that was given a new value which cannot be read."""
    trouble: Unreadable | None = None
    bare: list[Formula] = field(default_factory=list)
    """Formulas without a name: the new values, where there are as many as parameters."""


def read_updates(answer: Answer, given: Given, targets: Sequence[Target], of: str) -> dict[str, Formula | Unreadable]:
    """The new values an answer states, by the targets' names.

    What the answer defines itself is put in where it is used. Raises :class:`Unreadable` where no new value is found.
    """
    value = answer.value if answer.value is not None else answer.work
    if isinstance(value, Mapping):
        lines: Sequence[object] = [_line(name, item) for name, item in value.items()]
    else:
        lines = [value] if isinstance(value, str) else value if isinstance(value, Sequence) else []
    pieces: list[tuple[str, str, int]] = []
    tracked = [name for target in targets for name in (target.name, *target.names)]
    for line in lines:
        if not isinstance(line, str):
            raise unreadable(line, "one update was expected here")
        pieces += [(line, _level(piece, tracked), offset) for piece, offset in split_statements(line)]
    marks = _Marks(given.names, targets, [piece for _, piece, _ in pieces])
    reader = _Reader(given, targets, of)
    for target in targets:
        if given.names.find(target.name) is None:
            reader.own[target.name] = target.old
    for line, piece, offset in pieces:
        _read_piece(reader, marks, line, piece, offset)
    parameters = [target.name for target in targets if not target.state]
    if not reader.found.keys() & set(parameters) and len(reader.bare) == len(parameters):
        reader.found |= dict(zip(parameters, reader.bare, strict=True))
    if reader.trouble and reader.found:  # the line that could not be read may be the one that is missing
        for target in targets:
            if not target.state:
                reader.found.setdefault(target.name, reader.trouble)
    if not reader.found:
        names = " or ".join(target.name for target in targets if not target.state)
        raise reader.trouble or unreadable(
            value, f"no new value of {names} was found", help=f"write {targets[0].name}_new = {targets[0].name} - …"
        )
    return reader.found


def _line(name: str, item: object) -> str:
    if not isinstance(item, str):
        raise unreadable(item, "one formula was expected here")
    return item if find_equals(item) else f"{name} = {item}"


def _level(piece: str, names: Iterable[str]) -> str:
    """Marks of time above the line, at these names, as marks below it; the text keeps its length."""

    def lowered(match: re.Match[str]) -> str:
        step = (match["step"] or match["word"]).replace("−", "-")
        start = match.start("above") - match.start()
        room = len(match["above"])
        mark = "_{" + step.ljust(room - 3) + "}" if room >= len(step) + 3 else "_" + step.ljust(room - 1)
        return match[0][:start] + mark

    spelled = "|".join(sorted((text for name in names for text in _spellings(name)), key=len, reverse=True))
    return re.sub(rf"(?<![^\W_])(?:{spelled})\s*(?P<above>{_ABOVE})", lowered, piece)


def _spellings(name: str) -> Iterator[str]:
    yield re.escape(name)
    if numbered := re.fullmatch(r"(.*[^\W\d_])_?(\d+)", name):
        for base in _spellings(numbered[1]):
            low = "".join(chr(0x2080 + int(digit)) for digit in numbered[2])
            yield rf"{base}(?:_?{numbered[2]}|_\{{{numbered[2]}\}}|{low})"
    if name in GREEK:
        yield rf"\\{name}"
        yield GREEK[name]


def left_side(text: str) -> str:
    """What stands before an equals sign, as a key of names."""
    left = text.replace("&", " ").strip().strip("$ ")
    return name_key(spelled_name(left) or left).replace("−", "-")


def mark_of(key: str, spelled: Mapping[str, str]) -> tuple[str, str] | None:
    """The target that a key names, and its mark of time: ``v``, ``t+1``; ``spelled`` has the targets by their keys."""
    if key in spelled:
        return spelled[key], ""
    for start, name in spelled.items():
        rest = key.removeprefix(start)
        if rest != key and _is_mark(rest):
            return name, rest
    return None


def _is_mark(rest: str) -> bool:
    if rest in (*_NEW, *_OLD, *_LETTERS) or (rest.isdecimal() and len(rest) < _MOST_DIGITS):
        return True
    return rest[:1] in _LETTERS and rest[1:] in ("+1", "-1")


def is_old(mark: str) -> bool:
    """Whether a mark says that a value is from before the step."""
    return mark in _OLD or mark[1:] == "-1"


class _Marks:
    """Which spellings mean a name before the step and which mean it after, by the marks that an answer uses."""

    def __init__(self, names: Names, targets: Sequence[Target], pieces: Sequence[str]) -> None:
        self.targets: Final = targets
        self._names: Final = names
        self._spelled: Final = {
            name_key(name): target.name for target in targets for name in (target.name, *target.names)
        }
        seen = [mark for piece in pieces if (mark := self._mark(piece)) is not None]
        self.stepped: Final = {mark for _, mark in seen if mark in _LETTERS}
        """Letters that stand for the time after the step: ``v_t = β v_{t-1} + g``."""
        self._counted: Final = {
            name: [int(mark) for other, mark in seen if other == name and mark.isdecimal()] for name, _ in seen
        }
        self.aliases: Final = dict(self._aliases())

    def _mark(self, piece: str) -> tuple[str, str] | None:
        """The target on a statement's left side, and its mark of time."""
        equals = find_equals(piece)
        if equals is None:
            return None
        left = left_side(piece[: equals.start()])
        found = mark_of(left, self._spelled)
        if found is not None and found[1] and self._names.find(left) is not None:
            return None  # w_1 is a name of the problem
        return found

    def target_of(self, piece: str) -> tuple[str, bool] | None:
        """The target whose new value a statement gives, and whether in place."""
        mark = self._mark(piece)
        if mark is None:
            return None
        name, rest = mark
        if is_old(rest):
            return None
        if rest.isdecimal() and int(rest) < max(self._counted.get(name, [0])):
            return None  # a step on the way
        return name, rest == ""

    def _aliases(self) -> Iterator[tuple[str, str]]:
        for spelled, name in self._spelled.items():
            marks = [(mark, True) for mark in _NEW] + [(mark, False) for mark in _OLD]
            for letter in _LETTERS:
                after = letter in self.stepped
                marks += [(letter, after), (f"{letter}-1", False), (f"{letter}+1", True)]
            counted = self._counted.get(name, [])
            if counted:
                marks += [(str(max(counted)), True), *((str(step), False) for step in range(min(counted)))]
            for mark, after in marks:
                if mark == "prime" and name in self._names.variables and self._names.variables[name].shape:
                    continue  # a transpose
                if self._names.find(spelled + mark) is None:
                    yield name_key(spelled + mark), f"{name}_new" if after else f"{name}_old"
            if self._names.find(spelled) is None:
                yield spelled, name

    def names(self, own: Mapping[str, Node]) -> Names:
        """The problem's names with those of the answer and the spellings before and after the step."""
        variables = dict(self._names.variables)
        for target in self.targets:
            like = variables.get(target.name, Variable(target.name))
            for name in (target.name, f"{target.name}_new", f"{target.name}_old"):
                variables.setdefault(name, like._replace(name=name))
        for name in own:
            variables.setdefault(name, Variable(name))
        return Names(variables.values(), aliases=self.aliases, sample_index=True)


def _read_piece(reader: _Reader, marks: _Marks, line: str, piece: str, offset: int) -> None:
    piece = _DECREMENT.sub(r"\1 = \1 \2 (\3)", piece)
    found = marks.target_of(piece)
    names = marks.names(reader.own)
    try:
        statement = _statement(piece, offset, names, found[0] if found else None)
    except MathSyntaxError as error:
        reader.trouble = reader.trouble or from_syntax(line, error.within(line, offset))
        if found is not None:
            reader.found[found[0]] = reader.trouble
            if found[1] and _state_of(reader, found[0]):
                reader.broken[found[0]] = reader.trouble
        return
    for name in statement.result.symbols() & reader.broken.keys():
        if found is not None:
            reader.found[found[0]] = reader.broken[name]
        return
    result = _meant(reader, statement.result, piece)
    scope = Scope(names, Scope.of(reader.given).graph)
    if found is not None:
        name, in_place = found
        unknown = {f"{item.name}_new" for item in reader.targets} & result.symbols() - reader.own.keys()
        if unknown:
            message = f"{unknown.pop()} is used, and nothing above says what it is"
            reader.found[name] = unreadable(line, message, code="unknown-name")
            return
        claims = tuple(_meant(reader, side, piece) for side in statement.sides[:-1])
        other = None if statement.other is None else _meant(reader, statement.other, piece)
        reader.found[name] = Formula(statement.text, result, scope.with_own(reader.own), claims, other)
        reader.own[f"{name}_new"] = result
        if in_place and _state_of(reader, name):
            reader.in_place.add(name)
    elif statement.label is None and len(statement.sides) == 1:
        reader.bare.append(Formula(statement.text, result, scope.with_own(reader.own)))
    elif statement.label is not None and reader.given.names.find(statement.label) is None:
        reader.own[statement.label] = result
    elif len(statement.sides) > 1:
        reader.stated[_meant(reader, statement.sides[0], piece)] = result


def _state_of(reader: _Reader, name: str) -> str:
    return next(item.state for item in reader.targets if item.name == name)


def _statement(piece: str, offset: int, names: Names, target: str | None) -> Statement:
    """One statement; a target's spelling on its left side is a name whatever it is on the right."""
    equals = find_equals(piece)
    if target is not None and equals is not None:
        label = "q" if names.find("q") is None else target
        piece = label.ljust(equals.start())[: equals.start()] + piece[equals.start() :]
        statement = read_statement(piece, offset, names)
        return statement._replace(label=target)
    return read_statement(piece, offset, names)


def _meant(reader: _Reader, node: Node, text: str) -> Node:
    """A formula with each name as what it means in its line, and the gradients that the answer worked out itself."""
    values: dict[str, Node] = {}
    for target in reader.targets:
        values[f"{target.name}_old"] = target.old
        after = f"{target.name}_new"
        values[target.name] = Symbol(after) if target.name in reader.in_place else target.old
        if after not in reader.own:
            values[after] = Symbol(after)
    node = _put_in(_gradients(reader, node, text), values)
    return transform(node, lambda item: reader.stated.get(item, item)) if reader.stated else node


def _put_in(node: Node, values: Mapping[str, Node]) -> Node:
    """The formula with names replaced, but those that a gradient is taken by or at."""
    if isinstance(node, Apply) and node.op in ("derivative", "gradient"):
        return node
    if isinstance(node, Apply) and node.op == "at":
        names = node.args[1::2]
        places = [_put_in(value, values) for value in node.args[2::2]]
        pairs = (item for pair in zip(names, places, strict=True) for item in pair)
        return Apply("at", (_put_in(node.args[0], values), *pairs))
    if isinstance(node, Symbol):
        return values.get(node.name, node)
    return rebuild(node, tuple(_put_in(arg, values) for arg in node.args))


def _gradients(reader: _Reader, node: Node, text: str) -> Node:
    """``∇L`` where there is one parameter as the gradient by it, ``∇L(w)`` as ∇L, ``∇L(w + βv)`` as ∇L there."""
    if not isinstance(node, Apply):
        return node
    args = list(node.args)
    if node.op == "mul":
        for at in range(len(args) - 1):
            if _is_applied(reader, args[at], args[at + 1], text):
                args[at : at + 2] = [_at(reader, args[at], args[at + 1])]
                break
    if len(args) == 1 and node.op == "mul":
        return _gradients(reader, args[0], text)
    if node.op in ("derivative", "gradient"):
        return _by_the_one(reader, node)
    return Apply(node.op, tuple(_gradients(reader, arg, text) for arg in args), node.span)


def _is_applied(reader: _Reader, slope: Node, place: Node, text: str) -> bool:
    """Whether a gradient is written as a function of the parameters: ``∇L(w + βv)``."""
    if not (isinstance(slope, Apply) and slope.op in ("derivative", "gradient") and slope.args[0] == Symbol(reader.of)):
        return False
    if slope.span is None or re.match(r"(?:\\left)?\(", text[slope.span[1] :]) is None:
        return False
    parameters = [target.name for target in reader.targets if not target.state]
    spelled = {name + mark for name in parameters for mark in ("", "_old", "_new")}
    return bool(spelled & place.symbols())


def _by_the_one(reader: _Reader, slope: Apply) -> Node:
    wrt = [target.name for target in reader.targets if not target.state]
    if slope.op == "gradient" and len(slope.args) == 1 and len(wrt) == 1:
        return Apply("derivative", (slope.args[0], Symbol(wrt[0])), slope.span)
    return slope


def _at(reader: _Reader, slope: Node, place: Node) -> Node:
    """A gradient at a place: one formula, or as many as there are parameters."""
    assert isinstance(slope, Apply)
    slope = _by_the_one(reader, slope)
    wrt = [target.name for target in reader.targets if not target.state]
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
