"""Networks with letters: the letters, what is asked of the figures, and the network with a choice put in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, NamedTuple

from examgrad.formula.tree import Node, Number, Symbol, substitute
from examgrad.layers.calls import Argument, Call, Text, Value
from examgrad.layers.design.terms import Bound, Condition, Env
from examgrad.layers.network import Entry
from examgrad.layers.rows import LayerTable
from examgrad.layers.site import Conventions
from examgrad.layers.sizes import Size, evaluate, show
from examgrad.layers.table import table_of
from examgrad.layers.trouble import LayerError

Choice = Mapping[str, Value]
"""A value for each letter: a number, a pair of them, or a word such as ``same``."""


NEEDED: Final = ("channels", "features", "features1", "features2")
"""Arguments that must be what arrives at the layer."""


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
        from examgrad.layers.design.judging import finding_of

        broken = tuple(self._broken(choice))
        try:
            table = self.table(choice)
        except LayerError as error:
            return Judgement((), broken, error.message)
        if table.diagnostics:
            return Judgement((), broken, table.diagnostics[0].message)
        return Judgement(tuple(finding_of(target, table) for target in self.targets), broken)

    def _broken(self, choice: Choice) -> Iterator[str]:
        """The restrictions and conditions that a choice does not keep; of letters without a value nothing is said."""
        envs = list(envs_of(choice))
        for letter in self.letters:
            numbers = [env.get(letter.name) for env in envs]
            if letter.allowed is not None and letter.name in choice and not set(numbers) <= set(letter.allowed):
                yield f"{letter.name} is one of {letter.range}"
        for condition in self.conditions:
            if condition.letters <= choice.keys():
                known = all(condition.letters <= env.keys() for env in envs)
                if not known or not all(condition.holds(env) for env in envs):
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


def as_env(choice: Choice) -> Env:
    """The numbers of a choice that has no pairs."""
    return next(iter(envs_of(choice)))


def symbols_in(value: Value) -> frozenset[str]:
    """The symbols of an argument."""
    if isinstance(value, tuple):
        return frozenset().union(*map(symbols_in, value)) if value else frozenset()
    if isinstance(value, Call):
        return frozenset().union(frozenset(), *(symbols_in(argument.value) for argument in value.arguments))
    return value.symbols() if isinstance(value, Node) else frozenset()


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
