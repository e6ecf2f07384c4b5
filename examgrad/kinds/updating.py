"""The key of an optimiser's step: the rule of a part carried out in formulas, or in the numbers of its ``at``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, Final, NamedTuple

from examgrad.calculus.graph import measure
from examgrad.calculus.optimiser_steps import MAX_SIZE, Settings, State, Stepped, take_step
from examgrad.calculus.optimisers import RULES, Assignment, Recipe
from examgrad.equality import evaluate
from examgrad.errors import DerivationError
from examgrad.exam.model import Part
from examgrad.formula.array_values import Array
from examgrad.formula.tree import ZERO, Node, Number, Symbol, substitute
from examgrad.kinds.array_numbers import at_numbers, known_values, rational, shortened
from examgrad.kinds.derived import canonical, canonicals, read_formula_of
from examgrad.kinds.scope import Scope

SETTINGS: Final = ("rate", "momentum", "decay", "beta1", "beta2", "epsilon", "step")
STATES: Final = ("velocity", "moment", "squares")
_LETTERS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("momentum", "velocity"): ("v",), ("nesterov", "velocity"): ("v",), ("adagrad", "squares"): ("s", "r", "G"),
    ("rmsprop", "squares"): ("s", "v", "r"), ("adam", "moment"): ("m",), ("adam", "squares"): ("v", "r"),
}  # fmt: skip
"""How books call what a rule keeps."""


class Target(NamedTuple):
    """One thing that an answer gives the new value of: a parameter, or (where ``state``) what is kept of it.

    ``name`` is what it is called. Where that is no name of the problem, ``names`` are all names that it may go by,
    and ``old`` is its value before the step.
    """

    parameter: str
    state: str
    name: str
    old: Node
    names: tuple[str, ...] = ()


class Told(NamedTuple):
    """One line of a worked step: its parameter, the rule's line, and what that gives."""

    step: int
    parameter: str
    assignment: Assignment
    value: Node


class Result(NamedTuple):
    """The new values by parameter and state (``""`` for the parameter itself), and the lines that led to them."""

    values: Mapping[tuple[str, str], Node]
    told: tuple[Told, ...]


class Updating:
    """One part's rule. ``gradients`` are those of the loss by the part's names, in their order."""

    def __init__(self, part: Part, gradients: Sequence[Node]) -> None:
        self.part: Final = part
        self.given: Final = part.given
        self.fields: Final = part.fields
        self.wrt: Final = canonicals(self.fields.wrt, self.given)
        self.gradients: Final = dict(zip(self.wrt, gradients, strict=True))
        self.rule: Final = RULES[self.fields.rule]
        self.numeric: Final = self.fields.at is not None

    @cached_property
    def settings(self) -> Settings:
        """What the part says of its rule, as formulas."""
        fields = self.fields
        values = {name: self._read(text) for name in SETTINGS if (text := getattr(fields, name)) is not None}
        values.setdefault("epsilon", ZERO)
        decay = ZERO if fields.weight_decay is None else self._read(fields.weight_decay)
        arrays = frozenset(name for name in self.wrt if self.given.names.variables[name].shape)
        return Settings(fields.rule, fields.formulation, values, decay, fields.decoupled, arrays)

    def _read(self, text: str) -> Node:
        return read_formula_of(text, self.given)

    def kept(self, parameter: str, state: str) -> Node:
        """What the rule has kept of a parameter before the step: 0 where the part does not say."""
        stated = getattr(self.fields, state)
        if isinstance(stated, Mapping):
            stated = {canonical(name, self.given): text for name, text in stated.items()}.get(parameter)
        return ZERO if stated is None else self._read(stated)

    def targets(self) -> list[Target]:
        """The parameters, then what the rule keeps of each."""
        found = [Target(name, "", name, Symbol(name)) for name in self.wrt]
        for name in self.wrt:
            for state in self.rule.state:
                old = self.kept(name, state)
                if isinstance(old, Symbol):
                    found.append(Target(name, state, old.name, old))
                else:
                    names = self._names(name, state)
                    found.append(Target(name, state, names[0], old, names))
        return found

    def asked(self) -> list[Target]:
        """The targets that the part asks for."""
        return [item for item in self.targets() if ("state" if item.state else "parameters") in self.fields.ask]

    def _names(self, parameter: str, state: str) -> tuple[str, ...]:
        letters = _LETTERS[self.fields.rule, state]
        names = (
            *(f"{letter}_{parameter}" for letter in letters), *(letters if len(self.wrt) == 1 else ()),
            *(f"{state}_{parameter}", *((state,) if len(self.wrt) == 1 else ())),
        )  # fmt: skip
        ordered = sorted(names, key=lambda name: "_" in name) if len(self.wrt) == 1 else names
        return tuple(name for name in ordered if self.given.names.find(name) is None)

    def result(
        self, *, settings: Settings | None = None, change: Callable[[Recipe], Recipe] = lambda recipe: recipe,
        forget: bool = False, turn: Callable[[Node], Node] = lambda node: node, fewer: int = 0,
    ) -> Result:  # fmt: skip
        """The new values. For a slip, ``settings`` are others, ``change`` is done to the rule, ``turn`` to each
        gradient, what was kept before is ``forgotten`` to be 0, and ``fewer`` steps are taken."""
        how = _How(settings or self.settings, change, forget, turn, self.fields.steps - fewer)
        return (_Numbers(self) if self.numeric else _Formulas(self)).result(how)


class _How(NamedTuple):
    """How a rule is carried out: as the part has it, or with a slip. See :meth:`Updating.result`."""

    settings: Settings
    change: Callable[[Recipe], Recipe]
    forget: bool
    turn: Callable[[Node], Node]
    steps: int

    def carried_out(
        self, state: State, gradients: Callable[[Mapping[str, Node]], dict[str, Node]],
        settle: Callable[[Node], Node] = lambda node: node,
    ) -> Iterator[tuple[int, Stepped]]:  # fmt: skip
        """Each step by its number; ``gradients`` gives those at a place, before they are turned."""

        def turned(places: Mapping[str, Node]) -> dict[str, Node]:
            return {name: self.turn(node) for name, node in gradients(places).items()}

        for step in range(1, self.steps + 1):
            stepped = take_step(self.settings, state, turned, change=self.change, settle=settle)
            state = stepped.state
            yield step, stepped


class _Formulas:
    """The rule in formulas of the problem's names."""

    def __init__(self, updating: Updating) -> None:
        self.updating: Final = updating
        self.graph: Final = Scope.of(updating.given).graph

    def result(self, how: _How) -> Result:
        updating = self.updating
        kept = {
            name: {state: ZERO if how.forget else updating.kept(name, state) for state in updating.rule.state}
            for name in updating.wrt
        }
        state = State({name: Symbol(name) for name in updating.wrt}, kept)
        told: list[Told] = []
        for step, stepped in how.carried_out(state, self._gradients):
            state = stepped.state
            told += [Told(step, line.parameter, line.assignment, line.value) for line in stepped.lines]
        return Result(_values(state), tuple(told))

    def _gradients(self, places: Mapping[str, Node]) -> dict[str, Node]:
        gradients = self.updating.gradients
        if all(place == Symbol(name) for name, place in places.items()):
            return dict(gradients)
        sizes = {name: measure(place) for name, place in places.items()}
        moved = {}
        for name, node in gradients.items():
            expanded = self.graph.expand(node)
            if measure(expanded, sizes)[0] > MAX_SIZE:
                message = "the new values become too large to be written out: give numbers for all names with at"
                raise DerivationError(message)
            moved[name] = substitute(expanded, places)
        return moved


class _Numbers:
    """The rule in numbers, entry by entry."""

    def __init__(self, updating: Updating) -> None:
        self.updating: Final = updating
        self.sized, self.point = at_numbers(updating.given, updating.fields.at)
        self.entries: Final = {name: self.sized.entries(name) for name in updating.wrt}

    def result(self, how: _How) -> Result:
        updating = self.updating
        known = known_values(self.sized, self.point)
        values = {name: self._number(node, known) for name, node in how.settings.values.items()}
        decay = self._number(how.settings.weight_decay, known)
        how = how._replace(settings=how.settings._replace(values=values, weight_decay=decay, arrays=frozenset()))
        parameters: dict[str, Node] = {}
        kept: dict[str, Mapping[str, Node]] = {}
        for name in updating.wrt:
            entries = self.entries[name]
            parameters |= {entry: Number(self._of(entry, known)) for entry in entries}
            before = {
                state: [ZERO]
                if how.forget
                else [self._number(node, known) for node in self.sized.scalars(updating.kept(name, state))]
                for state in updating.rule.state
            }
            for at, entry in enumerate(entries):
                kept[entry] = {state: items[at if len(items) > 1 else 0] for state, items in before.items()}
        state = State(parameters, kept)
        told: list[Told] = []
        for step, stepped in how.carried_out(state, self._gradients, _settled):
            state = stepped.state
            told += self._told(step, stepped)
        whole = _values(state)
        return Result(
            {
                (name, kind): self._joined(name, [whole[entry, kind] for entry in self.entries[name]])
                for name in updating.wrt
                for kind in ("", *updating.rule.state)
            },
            tuple(told),
        )

    def _joined(self, name: str, items: Sequence[Node]) -> Node:
        shape = self.sized.shapes.get(name, ())
        return Array(tuple(int(size) for size in shape), tuple(items)).tree() if shape else items[0]

    def _told(self, step: int, stepped: Stepped) -> list[Told]:
        """The lines of a step, those of an array's entries together."""
        by_entry: dict[str, list[Any]] = {}
        for line in stepped.lines:
            by_entry.setdefault(line.parameter, []).append(line)
        found = []
        for name in self.updating.wrt:
            for lines in zip(*(by_entry[entry] for entry in self.entries[name]), strict=True):
                value = self._joined(name, [line.value for line in lines])
                found.append(Told(step, name, lines[0].assignment, value))
        return found

    def _gradients(self, places: Mapping[str, Node]) -> dict[str, Node]:
        point = {name: node.value for name, node in places.items() if isinstance(node, Number)}
        known = known_values(self.sized, {**self.point, **point})
        return {
            entry: self._number(slope, known)
            for name, gradient in self.updating.gradients.items()
            for entry, slope in zip(self.entries[name], self.sized.scalars(gradient), strict=True)
        }

    def _of(self, entry: str, known: Mapping[str, Fraction]) -> Fraction:
        if entry not in known:
            raise DerivationError(f"at gives no number for {entry}")
        return known[entry]

    def _number(self, node: Node, known: Mapping[str, Fraction]) -> Number:
        if missing := sorted(node.symbols() - known.keys()):
            raise DerivationError(f"at gives no number for {', '.join(missing)}")
        return _settled(substitute(node, {name: Number(known[name]) for name in node.symbols()}))


def _values(state: State) -> dict[tuple[str, str], Node]:
    """New values by parameter and state."""
    values = {(name, ""): node for name, node in state.parameters.items()}
    return values | {(name, kind): node for name, items in state.kept.items() for kind, node in items.items()}


def _settled(node: Node) -> Number:
    """The number that a formula without names is."""
    if isinstance(node, Number):
        return Number(shortened(node.value))
    value = evaluate(node, {})
    if value is None:
        raise DerivationError("the step has no value at these numbers: something is divided by zero")
    return Number(shortened(rational(value)))
