"""``layer_design``: which kernel, stride, padding, dilation, filters … give what is asked; any right choice counts.

The rules of the layers are imported only where a key or an answer needs them.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

from examgrad.calculus.derivation import Step, Verified
from examgrad.errors import Diagnostic, SpecError
from examgrad.exam.fields import Fields, OneOrMany, Raw, Reads
from examgrad.exam.layers_from import rules_of
from examgrad.exam.model import Answer, Exam, Part
from examgrad.kinds.base import UNDECIDED, Derive, Key, Kind, Outcome
from examgrad.kinds.reading import Unreadable, location_of

if TYPE_CHECKING:
    from examgrad.layers.design import Design
    from examgrad.layers.design.search import Found
    from examgrad.layers.trouble import LayerError

Find = Annotated[Any, Reads(lambda value: value, {"type": ["string", "array", "object"]})]
"""A letter, a list of letters, or a mapping of letters to the numbers they may be."""
Goal = Annotated[Any, Reads(lambda value: value, {"type": ["object", "array"]})]
"""What must come out: a mapping (``layer``, ``shape``, ``parameters``, ``macs``, ``receptive_field``), or several."""


class LayerDesignFields(Fields):
    """The fields of a design question."""

    needs = ("input", "layers")
    find: Find
    target: Goal = None
    where: OneOrMany = ()
    key: Raw = None


class LayerDesign(Kind):
    """The key is found by a search; every choice that the layer table confirms is right."""

    name = "layer_design"
    fields = LayerDesignFields

    def problems(self, part: Part, exam: Exam) -> list[Diagnostic]:
        """Letters that stand in no layer, targets and conditions that cannot be read, layers that are none."""
        from examgrad.layers.trouble import LayerError

        try:
            _design(part, exam)
        except LayerError as error:
            return [_author(error, part)]
        return []

    def key(self, part: Part, exam: Exam, derive: Derive) -> Key:
        """The smallest choices, each confirmed by its own layer table."""
        from examgrad.kinds.design.check import pairs_of
        from examgrad.layers.design.search import search, unasked

        design = _design(part, exam)
        found = search(design)
        if not found.choices:
            raise SpecError([_refusal("no-solution", _no_solution(design, found), part)])
        if (letter := unasked(design, found.choices[0])) is not None:
            message = f"{letter} may be anything: nothing that part {part.name} asks for depends on it"
            raise SpecError(
                [_refusal("unasked", message, part, "leave it out of find, or ask for something it decides")]
            )
        first = ", ".join(pairs_of(found.choices[0]))
        others = ["; ".join(", ".join(pairs_of(choice)) for choice in found.choices[1:3])] if found.number > 1 else []
        if found.number > 3 or found.more:
            others.append("…")
        text = f"{first} (or {'; '.join(others)})" if others else first
        steps = (*_backwards(design), *_listed(design, found))
        tables = f"{len(found.choices)} layer table{'s' if len(found.choices) > 1 else ''} computed anew"
        key = Key(part.name, self.name, text, unicode=text, steps=steps, verified=Verified(tables))
        if part.fields.key is not None:
            self._hold_against(part, exam, key)
        return key

    def _hold_against(self, part: Part, exam: Exam, key: Key) -> None:
        """Refuse an author's own key that is not right."""
        stated = part.fields.key
        try:
            outcome = self.check(part, exam, key, Answer(stated))
        except Unreadable as error:
            found = error.diagnostic
            raise SpecError([Diagnostic("stated-key", found.message, "author", found.location, found.help)]) from None
        if outcome.verdict != "correct":
            message = f"the stated key does not solve the part: {outcome.reason}"
            raise SpecError(
                [Diagnostic("stated-key", message, "author", location_of(stated), "correct it, or leave it out")]
            )

    def check(self, part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
        """Judge the choice, or each of the choices that an answer gives."""
        from examgrad.kinds.design.answers import read_answers
        from examgrad.kinds.design.check import Check, doubted

        design = _design(part, exam)
        outcomes = [doubted(Check(design, part).outcome(reading), reading) for reading in read_answers(answer, design)]
        if len(outcomes) == 1:
            return outcomes[0]
        shown = " or ".join(outcome.answer for outcome in outcomes)
        verdicts = {outcome.verdict for outcome in outcomes}
        if verdicts <= {"correct"} or verdicts <= {"incorrect"}:
            return outcomes[0]._replace(answer=shown, answer_unicode=shown)
        wrong = next(outcome for outcome in outcomes if outcome.verdict != "correct")
        reason = f"This answer gives several choices, and not all are right: {wrong.reason}"
        return Outcome("review", Fraction(0), reason, UNDECIDED, shown, shown)


def _design(part: Part, exam: Exam) -> Design:
    from examgrad.layers.design import read_design

    fields, rules = part.fields, rules_of(exam.conventions)
    return read_design(part.given.input, part.given.layers, fields.find, fields.target, fields.where, rules)


def _author(error: LayerError, part: Part) -> Diagnostic:
    place = error.place.location() if error.place is not None and error.place.text else part.location
    return Diagnostic(error.code, error.message, "author", place, error.help)


def _refusal(code: str, message: str, part: Part, help: str = "") -> Diagnostic:
    target = part.fields.target
    return Diagnostic(code, message, "author", getattr(target, "location", None) or part.location, help)


def _no_solution(design: Design, found: Found) -> str:
    """That nothing solves the part, with what comes nearest."""
    from examgrad.formula.tree import Number
    from examgrad.kinds.design.check import gives_of, pairs_of

    where = f" with {found.ranges}" if found.ranges else ""
    if found.more and found.nearest is None:
        return f"no choice{where} was found that solves this part, within as many tries as a search has"
    if found.nearest is None:
        judgement = design.judge({letter.name: Number(letter.role != "padding") for letter in design.letters})
        trouble = f": {judgement.trouble}" if judgement.trouble else ""
        return f"no choice{where} solves this part{trouble}"
    judgement = design.judge(found.nearest)
    gives = judgement.trouble or gives_of(judgement.findings)
    return (
        f"no choice{where} solves this part; the nearest is {', '.join(pairs_of(found.nearest))}, which gives {gives}"
    )


def _backwards(design: Design) -> Iterator[Step]:
    """The formulas solved backwards: what the letters must satisfy."""
    from examgrad.layers.design.steps import conditions, latex

    yield from (Step(rule, text, latex(text), text) for rule, text in conditions(design))


def _listed(design: Design, found: Found) -> Iterator[Step]:
    """The smallest choices with what they give, and how many there are."""
    from examgrad.kinds.design.check import gives_of, pairs_of

    for choice in found.choices:
        judgement = design.judge(choice)
        text = f"{', '.join(pairs_of(choice))}: {gives_of(judgement.findings)}"
        total = design.table(choice).total("parameters")
        if isinstance(total, int) and not any(target.column == "parameters" for target in design.targets):
            text += f", {total} parameters"
        yield Step("a choice", text, unicode=text)
    least = "at least " if found.more else ""
    ranges = f" with {found.ranges}" if found.ranges else ""
    text = f"{least}{found.number} choice{'s' if found.number != 1 else ''}{ranges}, the smallest first"
    yield Step("count", text, unicode=text)
