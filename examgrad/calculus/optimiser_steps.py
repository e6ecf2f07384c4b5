"""A rule of :mod:`examgrad.calculus.optimisers` carried out: in formulas, or in numbers, for one step or several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from examgrad.calculus import optimisers as signs
from examgrad.calculus.graph import measure
from examgrad.calculus.optimisers import (
    GRADIENT,
    PARAMETER,
    RATE,
    RULES,
    STEP,
    WEIGHT_DECAY,
    Assignment,
    Recipe,
    new,
    rest,
)
from examgrad.errors import DerivationError
from examgrad.formula.tree import ONE, TWO, ZERO, Apply, Node, Number, Symbol, add, div, mul, neg, power, rebuild

MAX_SIZE: Final = 20_000
"""The most nodes a new value may have."""
MAX_STEPS: Final = 1000

Gradients = Callable[[Mapping[str, Node]], Mapping[str, Node]]
"""The gradients by all parameters at given values of them."""


class Settings(NamedTuple):
    """What an exam says of a rule: ``values`` of its fields (``rate``, ``momentum`` …), and how weights decay."""

    rule: str
    formulation: str
    values: Mapping[str, Node]
    weight_decay: Node = ZERO
    decoupled: bool = False
    arrays: frozenset[str] = frozenset()
    """The parameters that are arrays."""

    def recipe(self, name: str) -> Recipe:
        """The rule's lines for one parameter."""
        form, _ = RULES[self.rule].forms[self.formulation]
        return form(_squared_entries if name in self.arrays else lambda node: power(node, 2))


class State(NamedTuple):
    """The parameters' values, what the rule keeps of each (``velocity`` …), and the steps that were taken."""

    parameters: Mapping[str, Node]
    kept: Mapping[str, Mapping[str, Node]]
    taken: int = 0


class Line(NamedTuple):
    """One line of one parameter's step, as the rule has it and with its values put in."""

    parameter: str
    assignment: Assignment
    value: Node


class Stepped(NamedTuple):
    """What a step made, with its lines."""

    state: State
    lines: tuple[Line, ...]


def take_step(
    settings: Settings, before: State, gradients: Gradients, *,
    change: Callable[[Recipe], Recipe] = lambda recipe: recipe, settle: Callable[[Node], Node] = lambda node: node,
) -> Stepped:  # fmt: skip
    """One step of all parameters; every gradient is taken before any parameter moves.

    ``change`` is done to the rule first, ``settle`` to every value that it gives. Raises :class:`DerivationError`
    where a formula becomes too large.
    """
    recipes = {name: change(settings.recipe(name)) for name in before.parameters}
    known = {name: _known(settings, before, name) for name in before.parameters}
    places = {name: settle(filled(recipe.at, known[name])) for name, recipe in recipes.items()}
    slopes = gradients(places)
    parameters, kept, lines = {}, {}, []
    for name, recipe in recipes.items():
        values = known[name]
        slope = slopes[name]
        if not settings.decoupled:
            slope = add(slope, mul(settings.weight_decay, places[name]))
        values[GRADIENT] = settle(slope)
        lines.append(Line(name, Assignment("gradient", GRADIENT, GRADIENT), values[GRADIENT]))
        for line in decayed(settings, recipe).lines:
            values[line.target] = settle(filled(line.value, values))
            lines.append(Line(name, line, values[line.target]))
        parameters[name] = values[new(PARAMETER)]
        kept[name] = {state: values[new(sign_of(state))] for state in RULES[settings.rule].state}
    return Stepped(State(parameters, kept, before.taken + 1), tuple(lines))


def decayed(settings: Settings, recipe: Recipe) -> Recipe:
    """The rule with the parameter shrunk first, where weight decay is decoupled from the gradient.

    Source: I. Loshchilov and F. Hutter, Decoupled Weight Decay Regularization, ICLR 2019, as ``torch.optim.AdamW``.
    """
    if not settings.decoupled or settings.weight_decay == ZERO:
        return recipe
    shrunk = mul(rest(mul(RATE, WEIGHT_DECAY)), PARAMETER)
    lines = [
        line._replace(value=filled(line.value, {PARAMETER: shrunk})) if line.target == new(PARAMETER) else line
        for line in recipe.lines
    ]
    return recipe._replace(lines=tuple(lines))


def sign_of(field: str) -> Symbol:
    """The sign of an exam's field: ``velocity``, ``beta1`` …."""
    sign = getattr(signs, field.upper())
    assert isinstance(sign, Symbol)
    return sign


def _known(settings: Settings, before: State, name: str) -> dict[Node, Node]:
    values: dict[Node, Node] = {sign_of(field): value for field, value in settings.values.items()}
    values[WEIGHT_DECAY] = settings.weight_decay
    values[STEP] = add(settings.values.get("step", ONE), Number(before.taken))
    values |= {sign_of(state): value for state, value in before.kept[name].items()}
    values[PARAMETER] = before.parameters[name]
    return values


def filled(node: Node, values: Mapping[Node, Node]) -> Node:
    """A rule's formula with its signs replaced; what becomes zero or one vanishes."""
    if isinstance(node, Symbol):
        return values.get(node, node)
    if not isinstance(node, Apply):
        return node
    args = tuple(filled(arg, values) for arg in node.args)
    if _size(args) > MAX_SIZE:
        raise DerivationError("the new values become too large to be written out: give numbers for all names with at")
    return _BUILDERS[node.op](*args) if node.op in _BUILDERS else rebuild(node, args)


def _sum(*terms: Node) -> Node:
    """The sum with its number, if there is one, where the first of them stood: ``1 - beta``."""
    numbers = [place for place, term in enumerate(terms) if isinstance(term, Number)]
    total = add(*terms)
    if not numbers or numbers[0] != 0 or not (isinstance(total, Apply) and total.op == "add"):
        return total
    last = total.args[-1]
    return Apply("add", (last, *total.args[:-1])) if isinstance(last, Number) else total


def _quotient(above: Node, below: Node) -> Node:
    """The quotient; what is divided by a number has one number in front."""
    if isinstance(below, Number) and below.value and isinstance(above, Apply) and above.op == "mul":
        return mul(Number(1 / below.value), above)
    return div(above, below)


def _root(node: Node) -> Node:
    """The square root; of a square it is the absolute value."""
    if isinstance(node, Number):
        return node if node.value in (0, 1) else Apply("sqrt", (node,))
    if isinstance(node, Apply) and node.op == "pow" and node.args[1] == TWO:
        return Apply("abs", (node.args[0],))
    if isinstance(node, Apply) and node.op == "hadamard" and len(node.args) == 2 and node.args[0] == node.args[1]:
        return Apply("abs", (node.args[0],))
    return Apply("sqrt", (node,))


_BUILDERS: Final[Mapping[str, Callable[..., Node]]] = {
    "add": _sum, "mul": mul, "neg": neg, "div": _quotient, "pow": power, "sqrt": _root,
}  # fmt: skip


def _size(args: Sequence[Node]) -> int:
    return sum(measure(arg)[0] for arg in args)


def _squared_entries(node: Node) -> Node:
    return Apply("hadamard", (node, node))
