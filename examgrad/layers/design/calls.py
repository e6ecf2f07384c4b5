"""A choice written as layers: the letters' values from a call, and where it changes what was not to be chosen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from examgrad.formula.tree import Node, Number, Symbol
from examgrad.layers.calls import Argument, Call, Text, Value, read_line
from examgrad.layers.design.network import Design, put_in, show_value, symbols_in
from examgrad.layers.design.terms import compiled
from examgrad.layers.network import read_layers
from examgrad.layers.registry import find, lookup
from examgrad.layers.signatures import Form, bind
from examgrad.layers.trouble import LayerError, lines_of

_CALL: Final = re.compile(r"(?:^|[=:,;\n]|\breturn\b)\s*((?:[^\W\d]\w*\s*\.\s*)*[^\W\d]\w*)\s*\(")
_FREE: Final = frozenset(
    {"activation", "padding_mode", "data_format", "return_indices", "count_include_pad", "ignored", "divisor_override"}
)
"""Arguments that are anyone's own choice."""
_LABEL: Final = re.compile(r"\A\s*([^\W\d]\w*)\s*:\s*(?=[^\W\d])")
_HIGHEST: Final = 4096


def is_call(text: str, design: Design) -> bool:
    """Whether a text calls a layer of the class's framework, such as ``CONV(8, 4)``."""
    framework = design.conventions.framework
    return any(lookup(match[1].rpartition(".")[2].strip(), framework) is not None for match in _CALL.finditer(text))


class CallReader:
    """Calls matched to the layers with letters; ``choice`` is what they give the letters."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.choice: dict[str, Value] = {}
        self.conflicts: list[str] = []
        self.found = False
        self._taken: set[int] = set()
        self._places = sorted({place.layer for letter in design.letters for place in letter.places if place.layer >= 0})

    def names(self) -> list[str]:
        """The names of the layers with letters, as far as they have some."""
        rows = self.design.template.rows
        return [rows[index].layer for index in self._places if index < len(rows)]

    def layer(self, word: str) -> int | None:
        """The layer with letters that a word names by its name or its kind."""
        plain, rows = re.sub(r"\W", "", word).lower(), self.design.template.rows
        found = []
        for index in self._places:
            entry = self.design.entries[index]
            name = rows[index].layer if index < len(rows) else entry.name
            if plain and plain == re.sub(r"\W", "", name).lower():
                return index
            form = find(entry.call, self.design.conventions.framework)
            if plain in (form.stem, entry.call.name.rpartition(".")[2].lower(), re.sub(r"\W", "", entry.op).lower()):
                found.append(index)
        return found[0] if len(found) == 1 else None

    def letters_of(self, index: int) -> set[str]:
        """The letters that stand in a layer."""
        return {letter.name for letter in self.design.letters if any(place.layer == index for place in letter.places)}

    def mapping(self, index: int, name: str, arguments: object) -> None:
        """A layer as a mapping of its name to its arguments."""
        entry = self.design.entries[index]
        known = lookup(name, self.design.conventions.framework) is not None
        (found,) = read_layers([{name if known else entry.call.name: arguments}], self.design.conventions.framework)
        if found.problem is not None:
            raise found.problem
        self._match(index, found.call)

    def text(self, text: str, index: int | None = None) -> None:
        """One call or several, a line each or parted by commas. Raises :class:`LayerError`."""
        pieces = [piece for line in lines_of(text) for piece in _split(line) if piece.strip()]
        calls = [read_line(_LABEL.sub(r"(\1): ", piece, count=1)) for piece in pieces]
        whole = len(calls) == len(self.design.entries) > len(self._places)
        for at, (label, call) in enumerate(calls):
            spot = index if index is not None else at if whole else self._spot(label, call)
            if spot is None:
                form = find(call, self.design.conventions.framework)
                if any(self._form(place).stem == form.stem for place in self._places) or label:
                    raise LayerError("layer", f"it is not clear which layer {call.name} is", call.place)
                continue
            self._match(spot, call)

    def _form(self, index: int) -> Form:
        return find(self.design.entries[index].call, self.design.conventions.framework)

    def _spot(self, label: str, call: Call) -> int | None:
        """The layer that a call is meant for: by its label, or the next one of its kind."""
        if label and (named := self.layer(label)) is not None:
            return named
        stem = find(call, self.design.conventions.framework).stem
        return next((at for at in self._places if at not in self._taken and self._form(at).stem == stem), None)

    def _match(self, index: int, call: Call) -> None:
        self.found = True
        self._taken.add(index)
        entry = self.design.entries[index]
        asked, written = self._form(index), find(call, self.design.conventions.framework)
        if asked.stem != written.stem:
            self.conflicts.append(f"{entry.op} is asked for, not a {call.name}")
            return
        wanted, given = bind(asked, entry.call), bind(written, call)
        for role, argument in wanted.items():
            if role in given:
                self._argument(entry.op, argument, given[role], role, given)
            elif symbols_in(argument.value) & set(self.design.names) or not _is_default(role, argument.value):
                self.conflicts.append(f"{call.name} has no {argument.name or role}, which {entry.op} has")
        for role, argument in given.items():
            if role in wanted or role in _FREE or not argument.name:
                continue
            if role in ("channels", "features"):
                self._arriving(index, call, role, argument)
            elif not _is_default(role, argument.value):
                self.conflicts.append(f"{entry.op} has no {argument.name}")

    def _arriving(self, index: int, call: Call, role: str, argument: Argument) -> None:
        """The channels that a call states, where the exam's layer does not, must be those that arrive."""
        table = self.design.template
        if index >= len(table.rows) or not isinstance(argument.value, Number):
            return
        shapes = {row.layer: row.shape for row in table.rows} | dict(table.inputs)
        shape = shapes.get(table.rows[index].sources[0], ())
        size = shape[0 if self.design.conventions.channels_first else -1] if shape and role == "channels" else None
        if isinstance(size, int) and size != argument.value.value:
            self.conflicts.append(f"{size} channels arrive at {call.name}, not {show_value(argument.value)}")

    def _argument(
        self, op: str, asked: Argument, given: Argument, role: str, all_given: Mapping[str, Argument]
    ) -> None:
        letters = symbols_in(asked.value) & set(self.design.names)
        if letters:
            value = given.value
            if value is None and role == "stride" and "size" in all_given:
                value = all_given["size"].value
            self._unify(op, asked.value, value)
        elif role not in _FREE and symbols_in(asked.value) == frozenset() and not _alike(asked.value, given.value):
            if given.value is None or asked.value is None:
                size = all_given.get("size")
                other = asked.value if given.value is None else given.value
                if role == "stride" and size is not None and _alike(other, size.value):
                    return
            name = asked.name or given.name or role
            there = "left out" if asked.value is None else show_value(asked.value)
            self.conflicts.append(f"{name} of {op} is {there} in this question, not {show_value(given.value)}")

    def _unify(self, op: str, asked: Value, given: Value) -> None:
        """Give the letters of an argument the values that make it the one that was written."""
        if isinstance(asked, Symbol):
            value = _worked(given)
            if asked.name in self.choice and not _alike(self.choice[asked.name], value):
                seen = f"{show_value(self.choice[asked.name])} and {show_value(value)}"
                self.conflicts.append(f"{asked.name} is one number in this question, not {seen}")
            self.choice.setdefault(asked.name, value)
        elif isinstance(asked, tuple):
            items = given if isinstance(given, tuple) and len(given) == len(asked) else (given,) * len(asked)
            for item, value in zip(asked, items, strict=True):
                self._unify(op, item, value)
        elif isinstance(asked, Node) and isinstance(given, Number):
            self._solve(op, asked, given)
        elif asked != given:
            self.conflicts.append(f"{show_value(asked)} of {op} is a formula: write its letters one by one")

    def _solve(self, op: str, asked: Node, given: Number) -> None:
        node = put_in(asked, self.choice)
        unknown = sorted(symbols_in(node))
        if isinstance(node, Node) and len(unknown) <= 1:
            value, name = compiled(node), unknown[0] if unknown else ""
            for number in range(_HIGHEST + 1) if unknown else (0,):
                try:
                    if value({name: number}) == given.value:
                        if unknown:
                            self.choice[name] = Number(number)
                        return
                except (ZeroDivisionError, ValueError):
                    continue
        self.conflicts.append(f"{show_value(asked)} of {op} cannot be {show_value(given)}")


def _worked(value: Value) -> Value:
    """A value with its arithmetic done. Raises :class:`LayerError` for one that cannot be a letter's."""
    if isinstance(value, tuple) and value:
        return tuple(_worked(item) for item in value)
    if isinstance(value, Symbol) and value.name.lower() in ("same", "valid"):
        return Text(value.name.lower())
    if isinstance(value, Text):
        return Text(value.text.lower())
    if not isinstance(value, Node) or value.symbols():
        raise LayerError("value", f"a number was expected, not {show_value(value)}")
    try:
        return Number(compiled(value)({}))
    except (ValueError, ZeroDivisionError):
        raise LayerError("value", "a number was expected, and this cannot be worked out") from None


def _alike(left: Value, right: Value) -> bool:
    """Whether two arguments are the same: ``3`` and ``(3, 3)``, ``valid`` and 0."""
    left, right = _normal(left), _normal(right)
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(_alike, left, right))
    if isinstance(left, tuple):
        return all(_alike(item, right) for item in left)
    if isinstance(right, tuple):
        return all(_alike(left, item) for item in right)
    return left == right


def _normal(value: Value) -> Value:
    if isinstance(value, Text | Symbol):
        word = (value.text if isinstance(value, Text) else value.name).lower()
        return Number(0) if word == "valid" else Text(word)
    return value


def _is_default(role: str, value: Value) -> bool:
    """Whether an argument says what is so where it is left out."""
    plain = {"bias": True, "ceil_mode": None, "activation": None}
    if role in plain:
        return value == plain[role] or value is None
    numbers = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "output_padding": 0, "multiplier": 1}
    return role in _FREE or value is None or (role in numbers and _alike(value, Number(numbers[role])))


def _split(line: str) -> list[str]:
    """A line's calls, parted by commas or semicolons outside brackets."""
    pieces, depth = [""], 0
    for letter in line:
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 and letter in ",;":
            pieces.append("")
        else:
            pieces[-1] += letter
    return pieces
