"""Networks with letters to be chosen: what a choice of kernel, stride, padding, filters … gives, and what was asked.

>>> from examgrad.layers.design import Design
>>> design = Design.read([32, 32, 3], ["CONV(8, K, stride=S)"], ["K", "S"], {"shape": [15, 15, 8]})
>>> design.judge({"K": Number(4), "S": Number(2)}).right
True
>>> design.judge({"K": Number(5), "S": Number(1)}).findings[0].line
'⌊(32 − 5 + 2·0)/1⌋ + 1 = 28, and 15 was asked'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, NamedTuple

from examgrad.formula.names import plain_spelling
from examgrad.formula.tree import Node, Number, Symbol, substitute
from examgrad.layers.calls import Argument, Call, Text, Value, read_value
from examgrad.layers.design_terms import Bound, Condition, Env, compiled, read_bound, read_condition
from examgrad.layers.formulas import pretty
from examgrad.layers.polynomials import TooLarge
from examgrad.layers.network import Entry, read_inputs, read_layers
from examgrad.layers.registry import find as find_form
from examgrad.layers.signatures import bind
from examgrad.layers.site import Conventions
from examgrad.layers.sizes import NotWhole, Size, as_node, evaluate, same, show, show_shape
from examgrad.layers.table import LayerRow, LayerTable, table_of
from examgrad.layers.trouble import LayerError, Place, nearest

Choice = Mapping[str, Value]
"""A value for each letter: a number, a pair of them, or a word such as ``same``."""

COLUMNS: Final = ("shape", "parameters", "macs", "receptive_field")
_NETWORK: Final = frozenset({"network", "total", "all", "whole network", "model"})
_TARGET_HELP: Final = "write target: {layer: CONV, shape: [16, 16, 8], parameters: '<= 5000'}"
NEEDED: Final = ("channels", "features", "features1", "features2")
"""Arguments that must be what arrives at the layer."""
SAMPLES: Final = 48
"""How many sizes stand in for each symbol of the input."""


class Spot(NamedTuple):
    """Where a letter stands: the position of a layer (-1: the input) and the rule's word for the argument."""

    layer: int
    role: str


@dataclass(frozen=True)
class Letter:
    """A letter to be chosen, where it stands, and what the exam restricts it to."""

    name: str
    places: tuple[Spot, ...]
    allowed: tuple[int, ...] | None = None
    range: str = ""

    @property
    def role(self) -> str:
        """The rule's word for the first argument that it stands in."""
        return self.places[0].role


@dataclass(frozen=True)
class Target:
    """What one figure of a layer (``index``; ``None`` for the whole network) must be; one bound an axis of a shape."""

    column: str
    index: int | None
    bounds: tuple[Bound | None, ...]
    text: str

    @property
    def exact(self) -> bool:
        """Whether it asks for a value, not for a bound alone."""
        return any(bound is not None and bound.exact for bound in self.bounds)


class Finding(NamedTuple):
    """How a choice does on one target. ``holds`` is ``None`` where that could not be decided.

    ``line`` is the working that shows a miss; ``at`` gives the sizes it was seen at, ``points`` the number of sizes
    that a hit was confirmed at (0: proved).
    """

    target: Target
    layer: str
    op: str
    holds: bool | None
    found: str
    line: str
    at: Mapping[str, int] = {}
    points: int = 0


class Judgement(NamedTuple):
    """How a choice does: its findings in the order of the targets, the conditions it breaks, why it does not fit."""

    findings: tuple[Finding, ...]
    broken: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def right(self) -> bool:
        """Whether the network fits and everything asked for is met."""
        return not self.trouble and not self.broken and all(finding.holds for finding in self.findings)


@dataclass(frozen=True)
class Design:
    """A network with letters, and what it must come to."""

    inputs: Mapping[str, tuple[Size, ...]]
    entries: tuple[Entry, ...]
    letters: tuple[Letter, ...]
    targets: tuple[Target, ...]
    conditions: tuple[Condition, ...]
    conventions: Conventions

    @classmethod
    def read(
        cls, input: object, layers: object, find: object, target: object, where: Sequence[str] = (),
        conventions: Conventions | None = None,
    ) -> Design:  # fmt: skip
        """The design that an exam's fields state. Raises :class:`LayerError` for the first that is wrong."""
        conventions = conventions or Conventions()
        inputs, entries = read_inputs(input), read_layers(layers, conventions.framework)
        for entry in entries:
            if entry.problem is not None:
                raise entry.problem
        places = _places(inputs, entries, conventions)
        letters = tuple(_letters(find, places))
        conditions = tuple(map(read_condition, where))
        known = {letter.name for letter in letters}
        for condition, text in zip(conditions, where, strict=True):
            if strange := sorted(condition.letters - known):
                message = (
                    f"'{strange[0]}' in where is none of the letters that are asked for{nearest(strange[0], known)}"
                )
                raise LayerError("condition", message, Place(text))
        design = cls(inputs, tuple(entries), letters, (), conditions, conventions)
        design = replace(design, targets=tuple(_targets(target, design)))
        if not design.targets and not any(letter.role in NEEDED for letter in letters):
            place = Place(find) if isinstance(find, str) else None
            raise LayerError("target", "nothing is asked for: the part has no target", place, _TARGET_HELP)
        return design

    # -- the network with a choice put in

    def substituted(self, choice: Choice) -> tuple[dict[str, tuple[Size, ...]], list[Entry]]:
        """Inputs and layers with the letters replaced. Raises :class:`LayerError` where an input cannot be so."""
        inputs = {name: tuple(_sized(size, choice) for size in shape) for name, shape in self.inputs.items()}
        changed = {place.layer for letter in self.letters if letter.name in choice for place in letter.places}
        entries = [
            replace(entry, call=_in_call(entry.call, choice)) if index in changed else entry
            for index, entry in enumerate(self.entries)
        ]
        return inputs, entries

    def table(self, choice: Choice) -> LayerTable:
        """The layer table under a choice; letters without a value stay symbols."""
        return table_of(*self.substituted(choice), self.conventions)

    @cached_property
    def template(self) -> LayerTable:
        """The layer table with all letters as symbols."""
        return self.table({})

    @property
    def names(self) -> tuple[str, ...]:
        """The letters' names in the order in which they are asked for."""
        return tuple(letter.name for letter in self.letters)

    def op(self, index: int, choice: Choice) -> str:
        """A layer as it is called under a choice."""
        return _shown_call(_in_call(self.entries[index].call, choice))

    # -- judging

    def judge(self, choice: Choice) -> Judgement:
        """How a choice does, by a layer table of its own."""
        broken = tuple(item for item in self._broken(choice))
        try:
            table = self.table(choice)
        except LayerError as error:
            return Judgement((), broken, error.message)
        if table.diagnostics:
            return Judgement((), broken, table.diagnostics[0].message)
        return Judgement(tuple(_finding(target, table, self) for target in self.targets), broken)

    def _broken(self, choice: Choice) -> Iterator[str]:
        envs = list(envs_of(choice))
        for letter in self.letters:
            values = [env[letter.name] for env in envs if letter.name in env]
            if (
                letter.allowed is not None
                and letter.name in choice
                and (any(value not in letter.allowed for value in values) or not values)
            ):
                yield f"{letter.name} is one of {letter.range}"
        for condition in self.conditions:
            if any(condition.letters <= env.keys() and not condition.holds(env) for env in envs):
                yield condition.text
            elif any(not condition.letters <= env.keys() for env in envs) and condition.letters <= choice.keys():
                yield condition.text


def envs_of(choice: Choice) -> Iterator[dict[str, int]]:
    """The whole numbers that a choice gives its letters, axis by axis where it has pairs."""
    axes = max([1, *(len(value) for value in choice.values() if isinstance(value, tuple))])
    for axis in range(axes):
        env = {}
        for name, value in choice.items():
            item = value[axis % len(value)] if isinstance(value, tuple) and value else value
            if isinstance(item, Number):
                env[name] = int(item.value) if item.value.denominator == 1 else item.value
        yield env  # type: ignore[misc]


# -- reading -----------------------------------------------------------------------------------------------------------


def _places(
    inputs: Mapping[str, tuple[Size, ...]], entries: Sequence[Entry], conventions: Conventions
) -> dict[str, list[Spot]]:
    """Where every symbol stands."""
    found: dict[str, list[Spot]] = {}
    for shape in inputs.values():
        for size in shape:
            for name in sorted(as_node(size).symbols()):
                found.setdefault(name, []).append(Spot(-1, "input"))
    for index, entry in enumerate(entries):
        if not entry.call.name:
            continue
        bound = bind(find_form(entry.call, conventions.framework), entry.call)
        for role, argument in bound.items():
            for name in sorted(symbols_in(argument.value)):
                found.setdefault(name, []).append(Spot(index, role))
    return found


def symbols_in(value: Value) -> frozenset[str]:
    """The symbols of an argument."""
    if isinstance(value, tuple):
        return frozenset().union(*map(symbols_in, value)) if value else frozenset()
    if isinstance(value, Call):
        return frozenset().union(frozenset(), *(symbols_in(argument.value) for argument in value.arguments))
    return value.symbols() if isinstance(value, Node) else frozenset()


def _letters(find: object, places: Mapping[str, Sequence[Spot]]) -> Iterator[Letter]:
    if isinstance(find, str):
        find = [item for item in find.replace(",", " ").split() if item]
    pairs = list(find.items()) if isinstance(find, Mapping) else [(item, None) for item in find or ()]  # type: ignore[attr-defined]
    if not pairs:
        raise LayerError("find", "find names the letters that are to be chosen, such as [K, S, P]")
    seen: set[str] = set()
    for written, allowed in pairs:
        if not isinstance(written, str):
            raise LayerError(
                "find", "find is a list of letters, or a mapping of them to ranges: {K: [1, 3, 5], S: 1..4}"
            )
        name = plain_spelling(written.strip())
        if name not in places:
            hint = nearest(name, places) or (f"; they have {', '.join(sorted(places))}" if places else "")
            message = f"the letter {written.strip()} stands in no layer{hint}"
            raise LayerError(
                "find", message, Place(written), "write it where the number would be: CONV(8, K, stride=S)"
            )
        if name in seen:
            raise LayerError("find", f"the letter {name} is asked for twice", Place(written))
        seen.add(name)
        numbers, text = _allowed(allowed, written)
        yield Letter(name, tuple(places[name]), numbers, text)


def _allowed(given: object, place: str) -> tuple[tuple[int, ...] | None, str]:
    """The numbers that an exam restricts a letter to: a list, ``1..4``, or nothing."""
    if given is None or (isinstance(given, str) and not given.strip()):
        return None, ""
    text = given if isinstance(given, str) else ""
    help = "write a list of numbers, or a range such as 1..4"
    try:
        if isinstance(given, Sequence) and not isinstance(given, str):
            numbers = tuple(int(str(item)) for item in given)
            return numbers, ", ".join(map(str, numbers))
        low, dots, high = str(given).replace(" ", "").partition("..")
        span = (int(low), int(high.lstrip(".")) if dots else int(low))
    except (ValueError, TypeError):
        raise LayerError("find", f"this is no range of numbers for {place}", Place(text or place), help) from None
    if not 0 <= span[1] - span[0] < 10_000:
        raise LayerError("find", f"the range {given} holds no numbers, or too many", Place(text or place), help)
    return tuple(range(span[0], span[1] + 1)), f"{span[0]} to {span[1]}"


def _targets(given: object, design: Design) -> Iterator[Target]:
    items = [] if given is None or given == "" else given if isinstance(given, list | tuple) else [given]
    help = _TARGET_HELP
    for item in items:
        if not isinstance(item, Mapping):
            place = Place(item) if isinstance(item, str) else None
            raise LayerError("target", "a target is a mapping of what a layer must give", place, help)
        for key in item:
            if str(key) not in (*COLUMNS, "layer"):
                message = f"a target has no {key}{nearest(str(key), (*COLUMNS, 'layer'))}"
                raise LayerError("target", message, Place(key), f"it has layer, {', '.join(COLUMNS)}")
        if not any(column in item for column in COLUMNS):
            raise LayerError("target", "this target asks for nothing", None, help)
        for column in COLUMNS:
            if column in item:
                yield _target(column, item[column], item.get("layer"), design)


def _target(column: str, given: object, layer: object, design: Design) -> Target:
    index = _layer_index(column, layer, design)
    if column in ("parameters", "macs"):
        bound = read_bound(given)
        if bound is None or isinstance(given, list | tuple):
            raise LayerError(
                "target", f"{column} is one number or a bound", Place(given) if isinstance(given, str) else None
            )
        return Target(column, index, (bound,), pretty(bound.text))
    if isinstance(given, str):
        try:
            value = read_value(given)
        except LayerError:
            value = None
        many = isinstance(value, tuple)
        given = [show(item) if isinstance(item, int) else item for item in _plain_items(value)] if many else [given]
    elif not isinstance(given, list | tuple):
        given = [given]
    bounds = tuple(read_bound(item) for item in given)
    if not any(bounds):
        raise LayerError("target", f"this {column} asks for nothing")
    texts = [pretty(bound.text) if bound else "_" for bound in bounds]
    return Target(column, index, bounds, texts[0] if column != "shape" and len(texts) == 1 else f"[{', '.join(texts)}]")


def _plain_items(value: Value) -> list[str]:
    assert isinstance(value, tuple)
    return [show(item) if isinstance(item, Node) else "_" for item in value]


def _layer_index(column: str, layer: object, design: Design) -> int | None:
    """The position of the layer that a target is about; ``None`` for the whole network."""
    last = len(design.entries) - 1
    word = "" if layer is None else str(layer).strip()
    if word.lower() in _NETWORK or (not word and column in ("parameters", "macs")):
        return None if column in ("parameters", "macs") else last
    if not word or word.lower() in ("last", "output"):
        return last
    if word.isdigit() and len(word) < 6 and 1 <= int(word) <= last + 1:
        return int(word) - 1
    rows = design.template.rows
    for position, row in enumerate(rows):
        if row.layer == word:
            return position
    found = [
        position
        for position, entry in enumerate(design.entries)
        if word in (entry.name, entry.op)
        or word.lower() in (entry.call.name.lower(), entry.call.name.rpartition(".")[2].lower())
    ]
    place = Place(layer) if isinstance(layer, str) else None
    if len(found) == 1:
        return found[0]
    names = [row.layer for row in rows]
    if found:
        raise LayerError("target", f"{word} is {len(found)} layers", place, f"name one of {', '.join(names)}")
    known = [*names, *(entry.call.name for entry in design.entries)]
    raise LayerError(
        "target", f"there is no layer {word}{nearest(word, known)}", place, f"they are {', '.join(names[:12])}"
    )


# -- substitution ------------------------------------------------------------------------------------------------------


def _sized(size: Size, choice: Choice) -> Size:
    if isinstance(size, int) or not size.symbols() & choice.keys():
        return size
    value = put_in(size, choice)
    if not isinstance(value, Node):
        raise LayerError("input", "a size of the input is one number")
    try:
        found = evaluate(value, {})
    except (ValueError, ZeroDivisionError):
        raise LayerError("input", f"{show(size)} must be a whole number") from None
    if isinstance(found, int) and not 1 <= found <= 10**9:
        raise LayerError("input", f"a size of the input is at least 1 and at most 10⁹, not {found}")
    return found


def put_in(value: Value, choice: Choice) -> Value:
    """An argument with letters replaced. Raises :class:`LayerError` where a pair or word stands in a formula."""
    if isinstance(value, Symbol) and value.name in choice:
        return choice[value.name]
    if isinstance(value, tuple):
        return tuple(put_in(item, choice) for item in value)
    if isinstance(value, Call):
        return _in_call(value, choice)
    if not isinstance(value, Node) or not value.symbols() & choice.keys():
        return value
    used = {name: choice[name] for name in value.symbols() & choice.keys()}
    widths = {len(item) for item in used.values() if isinstance(item, tuple)}
    if len(widths) == 1:
        axes = range(widths.pop())
        return tuple(
            put_in(value, {name: item[axis] if isinstance(item, tuple) else item for name, item in used.items()})
            for axis in axes
        )
    nodes = {name: item for name, item in used.items() if isinstance(item, Node)}
    if len(nodes) < len(used):
        raise LayerError("argument", f"{show(value)} is a formula: a number was expected for {', '.join(sorted(used))}")
    return substitute(value, nodes)


def _in_call(call: Call, choice: Choice) -> Call:
    arguments = tuple(Argument(item.name, put_in(item.value, choice), item.place) for item in call.arguments)
    return Call(call.name, arguments, call.place)


def show_value(value: Value) -> str:
    """A value as it would be written: ``4``, ``(3, 5)``, ``same``."""
    if isinstance(value, tuple):
        return f"({', '.join(map(show_value, value))}{',' * (len(value) == 1)})"
    if isinstance(value, Text):
        return value.text
    if isinstance(value, Call):
        return _shown_call(value)
    return show(value) if isinstance(value, Node) else str(value)


def _shown_call(call: Call) -> str:
    arguments = [
        f"{item.name}={show_value(item.value)}" if item.name else show_value(item.value) for item in call.arguments
    ]
    return f"{call.name}({', '.join(arguments)})"


# -- comparing ---------------------------------------------------------------------------------------------------------


def _finding(target: Target, table: LayerTable, design: Design) -> Finding:
    if target.index is None:
        row, layer, op = None, "network", "network"
        try:
            values: tuple[Size, ...] | None = (table.total(target.column),)
        except TooLarge:
            return Finding(target, layer, op, None, "a formula too long to be shown", "")
    else:
        row = table.rows[target.index]
        layer, op = row.layer, row.op
        figure = getattr(row, target.column)
        values = figure if isinstance(figure, tuple) or figure is None else (figure,)
    bounds = target.bounds
    if values is None:
        line = f"{layer} has no {target.column.replace('_', ' ')}"
        return Finding(target, layer, op, False, "none", line)
    found = show(values[0]) if target.column in ("parameters", "macs") else show_shape(values)
    if target.column == "receptive_field" and len(set(values)) == 1 and len(bounds) == 1:
        found = show(values[0])
        bounds = bounds * len(values)
    if len(bounds) != len(values):
        line = f"{layer} gives {found}, of {len(values)} axes, and {target.text} was asked"
        return Finding(target, layer, op, False, pretty(found), line)
    points, undecided = 0, False
    for axis, (value, bound) in enumerate(zip(values, bounds, strict=True)):
        if bound is None:
            continue
        holds, at, seen = _compared(value, bound, table, design)
        if holds is False:
            line = f"{_line(target, row, table, axis)}, and {bound.asked()}"
            return Finding(target, layer, op, False, pretty(found), line, at)
        points, undecided = max(points, seen), undecided or holds is None
    return Finding(target, layer, op, None if undecided else True, pretty(found), "", {}, points)


def _line(target: Target, row: LayerRow | None, table: LayerTable, axis: int) -> str:
    """The working of a figure."""
    if row is None:
        counts = [getattr(item, target.column) for item in table.rows]
        summed = pretty(" + ".join(show(count) for count in counts if count != 0))
        total = pretty(show(table.total(target.column)))
        return (
            f"the network has {summed} = {total} {target.column}"
            if summed != total
            else f"it has {total} {target.column}"
        )
    figures = row.figures[target.column]
    line = figures[min(axis, len(figures) - 1)].line()
    if "=" in line:
        return line
    return f"{row.layer} gives {line}" if target.column == "shape" else f"{row.layer} has {line} {target.column}"


def _compared(value: Size, bound: Bound, table: LayerTable, design: Design) -> tuple[bool | None, dict[str, int], int]:
    """Whether a figure is as asked: by arithmetic, as formulas, or at many sizes; the sizes it fails at."""
    asked = [node for node in (bound.low, bound.high) if node is not None]
    if isinstance(value, int) and not any(node.symbols() for node in asked):
        return bool(bound.holds(value, {})), {}, 0
    if bound.exact and bound.low is not None:
        try:
            if same(value, evaluate(bound.low, {})):
                return True, {}, 0
        except (NotWhole, ValueError, ZeroDivisionError):
            pass
    names = sorted(as_node(value).symbols().union(*(node.symbols() for node in asked)))
    known = sorted({name for row in table.rows for size in row.shape for name in as_node(size).symbols()} | {*names})
    number = compiled(as_node(value))
    sizes = [compiled(size) for row in table.rows for size in row.shape if isinstance(size, Node)]
    points = 0
    for env in sample_sizes(known):
        try:
            if any(size(env) < 1 for size in sizes) or (holds := bound.holds(number(env), env)) is None:
                continue
        except (ValueError, ZeroDivisionError):
            continue
        if not holds:
            return False, {name: env[name] for name in known}, 0
        points += 1
    return (True if points >= SAMPLES // 2 else None), {}, points


def sample_sizes(names: Sequence[str]) -> Iterator[dict[str, int]]:
    """Whole numbers for the symbols of the sizes, small ones first."""
    if not names:
        yield {}
        return
    for number in range(1, 2 * SAMPLES + 1):
        yield {name: number + at for at, name in enumerate(names)}
        if len(names) > 1:
            yield {name: number * (at + 1) + 3 * at for at, name in enumerate(names)}
    for number in range(1, SAMPLES + 1):
        yield {name: 32 * (number + at) for at, name in enumerate(names)}


def as_env(choice: Choice) -> Env:
    """The numbers of a choice that has no pairs."""
    return next(iter(envs_of(choice)))
