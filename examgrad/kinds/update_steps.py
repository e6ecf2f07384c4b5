"""The worked solution of an optimiser's step: a line for each gradient, new state, correction and new parameter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from examgrad.calculus.derivation import Step
from examgrad.calculus.optimiser_steps import filled, sign_of
from examgrad.calculus.optimisers import CORRECTED, GRADIENT, PARAMETER, STEP, WEIGHT_DECAY, Assignment, new
from examgrad.formula.tree import ONE, ZERO, Apply, Node, Number, Symbol, add, mul
from examgrad.kinds.number_texts import latex, number_text, plain, unicode
from examgrad.kinds.updating import Result, Told, Updating

_FIRST_STAND_IN: Final = 0x4E00


class Telling:
    """Tells one part's steps."""

    def __init__(self, updating: Updating) -> None:
        self.updating: Final = updating
        self._decimals = _Decimals()

    def steps(self, result: Result) -> tuple[Step, ...]:
        """One line for each gradient, new state, correction and new parameter."""
        found = []
        for told in result.told:
            self._decimals = _Decimals()
            found.append(self._step(told))
        return tuple(found)

    def _step(self, told: Told) -> Step:
        shown = self._signs(told)
        target = filled(told.assignment.target, shown)
        if told.assignment.target == GRADIENT:
            slope: Node = Apply("derivative", (Symbol(self.updating.fields.of[0]), Symbol(told.parameter)))
            ahead = self.updating.settings.recipe(told.parameter).at
            if ahead != PARAMETER:
                slope = Apply("at", (slope, *self._ahead(told.step)))
            general = (
                slope if self.updating.settings.decoupled else add(slope, filled(self._decay(told.parameter), shown))
            )
        else:
            general = filled(told.assignment.value, shown)
        sides = [target, general]
        if told.value != general:
            sides.append(told.value)
        words = (
            told.assignment.words if self.updating.fields.steps == 1 else f"step {told.step}: {told.assignment.words}"
        )
        texts = [self._decimals.put_in(" = ".join(map(show, sides))) for show in (plain, latex, unicode)]
        return Step(words, texts[0], texts[1], texts[2])

    def _ahead(self, step: int) -> Iterator[Node]:
        """Each parameter, and where its gradient is taken."""
        for name in self.updating.wrt:
            line = Told(step, name, Assignment("", PARAMETER, PARAMETER), ZERO)
            yield Symbol(name)
            yield filled(self.updating.settings.recipe(name).at, self._signs(line))

    def _decay(self, parameter: str) -> Node:
        decay = self.updating.settings.weight_decay
        return mul(ZERO if decay == ZERO else self._decimals.name(decay), self.updating.settings.recipe(parameter).at)

    def _signs(self, told: Told) -> dict[Node, Node]:
        """The names that a worked line calls the rule's signs by."""
        several = len(self.updating.wrt) > 1
        suffix = f"_{told.parameter}" if several else ""
        signs: dict[Node, Node] = {
            sign_of(name): self._decimals.name(value) for name, value in self.updating.settings.values.items()
        }
        signs[WEIGHT_DECAY] = self._decimals.name(self.updating.settings.weight_decay)
        signs[STEP] = add(self.updating.settings.values.get("step", ONE), Number(told.step - 1))
        names = {
            sign_of(item.state): item.name
            for item in self.updating.targets()
            if item.state and item.parameter == told.parameter
        }
        names[PARAMETER] = told.parameter
        signs |= {sign: Symbol(name) for sign, name in names.items()}
        signs |= {new(sign): Symbol(f"{name}_new") for sign, name in names.items()}
        signs |= {
            sign: Symbol(f"{names[sign_of(state)][:1]}hat{suffix}")
            for state, sign in CORRECTED.items()
            if sign_of(state) in names
        }
        signs[GRADIENT] = Symbol(f"g{suffix}")
        return signs


class _Decimals:
    """Names that stand in for numbers while a formula is printed, so that nothing is worked out with them."""

    def __init__(self) -> None:
        self._texts: Final[dict[str, str]] = {}

    def name(self, node: Node) -> Node:
        """The number's stand-in; anything else as it is."""
        if not isinstance(node, Number) or node.value.denominator == 1:
            return node
        letter = chr(_FIRST_STAND_IN + len(self._texts))
        self._texts[letter] = number_text(node.value)
        return Symbol(letter)

    def put_in(self, text: str) -> str:
        """A printed formula with the numbers."""
        for letter, number in self._texts.items():
            text = text.replace(letter, number)
        return text
