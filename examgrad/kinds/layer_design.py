"""``layer_design``: which kernel, stride, padding, dilation, filters … give what is asked; any right choice counts.

The rules of the layers are imported only where a key or an answer needs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice, product
from typing import TYPE_CHECKING, Annotated, Any, Final

from examgrad.calculus.derivation import Step, Verified
from examgrad.errors import Diagnostic, SpecError
from examgrad.exam.fields import Fields, OneOrMany, Raw, Reads
from examgrad.exam.model import Answer, Exam, Part
from examgrad.kinds.base import Cell, Derive, Evidence, Key, Kind, Outcome, Verdict
from examgrad.kinds.judging import overall
from examgrad.kinds.reading import Unreadable, location_of

if TYPE_CHECKING:
    from examgrad.kinds.design_answers import Reading
    from examgrad.layers.calls import Value
    from examgrad.layers.design import Choice, Design, Finding, Judgement, Target
    from examgrad.layers.design_search import Found
    from examgrad.layers.trouble import LayerError

Find = Annotated[Any, Reads(lambda value: value, {"type": ["string", "array", "object"]})]
"""A letter, a list of letters, or a mapping of letters to the numbers they may be."""
Goal = Annotated[Any, Reads(lambda value: value, {"type": ["object", "array"]})]
"""What must come out: a mapping (``layer``, ``shape``, ``parameters``, ``macs``, ``receptive_field``), or several."""

MEMBERS: Final = 400
"""How many members of a family are looked at."""


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
        from examgrad.layers.design_search import search, unasked

        design = _design(part, exam)
        found = search(design)
        if not found.choices:
            raise SpecError([_refusal("no-solution", _no_solution(design, found), part)])
        if (letter := unasked(design, found.choices[0])) is not None:
            message = f"{letter} may be anything: nothing that part {part.name} asks for depends on it"
            raise SpecError(
                [_refusal("unasked", message, part, "leave it out of find, or ask for something it decides")]
            )
        first = ", ".join(_pairs(found.choices[0]))
        others = ["; ".join(", ".join(_pairs(choice)) for choice in found.choices[1:3])] if found.count > 1 else []
        if found.count > 3 or found.more:
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
        from examgrad.kinds.design_answers import read_answers

        design = _design(part, exam)
        outcomes = [
            _doubted(_Check(design, part).outcome(reading), reading) for reading in read_answers(answer, design)
        ]
        if len(outcomes) == 1:
            return outcomes[0]
        shown = " or ".join(outcome.answer for outcome in outcomes)
        verdicts = {outcome.verdict for outcome in outcomes}
        if verdicts <= {"correct"} or verdicts <= {"incorrect"}:
            return outcomes[0]._replace(answer=shown, answer_unicode=shown)
        wrong = next(outcome for outcome in outcomes if outcome.verdict != "correct")
        reason = f"This answer gives several choices, and not all are right: {wrong.reason}"
        return Outcome("review", Fraction(0), reason, Evidence("undecided"), shown, shown)


# -- the exam's side ---------------------------------------------------------------------------------------------------


def _design(part: Part, exam: Exam) -> Design:
    from examgrad.layers.design import Design
    from examgrad.layers.site import Conventions

    conventions, fields = exam.conventions, part.fields
    rules = Conventions(conventions.framework, conventions.image, conventions.pool_rounding)
    return Design.read(part.given.input, part.given.layers, fields.find, fields.target, fields.where, rules)


def _author(error: LayerError, part: Part) -> Diagnostic:
    place = error.place.location() if error.place is not None and error.place.text else part.location
    return Diagnostic(error.code, error.message, "author", place, error.help)


def _refusal(code: str, message: str, part: Part, help: str = "") -> Diagnostic:
    target = part.fields.target
    return Diagnostic(code, message, "author", getattr(target, "location", None) or part.location, help)


def _no_solution(design: Design, found: Found) -> str:
    """That nothing solves the part, with what comes nearest."""
    from examgrad.formula.tree import Number

    where = f" with {found.ranges}" if found.ranges else ""
    if found.nearest is None:
        judgement = design.judge({letter.name: Number(letter.role != "padding") for letter in design.letters})
        trouble = f": {judgement.trouble}" if judgement.trouble else ""
        return f"no choice{where} solves this part{trouble}"
    judgement = design.judge(found.nearest)
    gives = judgement.trouble or _gives(judgement.findings)
    return f"no choice{where} solves this part; the nearest is {', '.join(_pairs(found.nearest))}, which gives {gives}"


def _pairs(choice: Choice) -> Iterator[str]:
    """``K = 4``, ``S = 2``, …"""
    from examgrad.layers.design import show_value

    for name, value in choice.items():
        yield f"{name} = {show_value(value)}"


def _gives(findings: Sequence[Finding]) -> str:
    """What a choice gives: ``[16, 16, 8] and 1216 parameters``."""
    found = [_told(finding.found, finding.target) for finding in findings]
    return " and ".join(dict.fromkeys(found)) or "a network that fits"


def _told(text: str, target: Target) -> str:
    words = {"shape": "", "parameters": " parameters", "macs": " MACs", "receptive_field": ""}
    lead = "a receptive field of " if target.column == "receptive_field" else ""
    return f"{lead}{text}{words[target.column]}"


def _backwards(design: Design) -> Iterator[Step]:
    """The formulas solved backwards: what the letters must satisfy."""
    from examgrad.layers.design_steps import conditions

    yield from (Step(rule, text, unicode=text) for rule, text in conditions(design))


def _listed(design: Design, found: Found) -> Iterator[Step]:
    for choice in found.choices:
        judgement = design.judge(choice)
        text = f"{', '.join(_pairs(choice))}: {_gives(judgement.findings)}"
        total = design.table(choice).total("parameters")
        if isinstance(total, int) and not any(target.column == "parameters" for target in design.targets):
            text += f", {total} parameters"
        yield Step("a choice", text, unicode=text)
    least = "at least " if found.more else ""
    ranges = f" with {found.ranges}" if found.ranges else ""
    text = f"{least}{found.count} choice{'s' if found.count != 1 else ''}{ranges}, the smallest first"
    yield Step("count", text, unicode=text)


# -- the student's side ------------------------------------------------------------------------------------------------


def _doubted(outcome: Outcome, reading: Reading) -> Outcome:
    """A choice beside which something stands that was not understood and may change it is a person's to decide."""
    if not reading.doubts:
        return outcome
    reason = f"'{reading.doubts[0][:60]}' beside the choice was not understood; without it: {outcome.reason}"
    return outcome._replace(verdict="review", reason=reason, evidence=Evidence("undecided"))


class _Check:
    """One answer against one design."""

    def __init__(self, design: Design, part: Part) -> None:
        self.design = design
        self.part = part

    def outcome(self, reading: Reading) -> Outcome:
        """The outcome of one choice."""
        choice = _resolved(reading.choice)
        ordered = {name: choice[name] for name in self.design.names if name in choice}
        told = ", ".join(_pairs(ordered))
        if reading.conflicts:
            return Outcome("incorrect", Fraction(0), _sentence(reading.conflicts[0]), Evidence("exact"), told, told)
        open_ = [name for name in self.design.names if not _is_settled(choice.get(name))]
        if open_:
            mentioned = {*reading.free, *(name for item in reading.conditions for name in item.letters)}
            mentioned |= {name for value in choice.values() for name in _symbols(value)}
            if all(name in mentioned or name in choice for name in open_):
                return self._family(reading, ordered, [name for name in open_ if name not in choice])
            return self._incomplete(
                reading, ordered, [name for name in open_ if name not in {*mentioned, *choice}], told
            )
        if any(not item.holds(env) for item in reading.conditions for env in _envs(ordered)):
            reason = f"The answer contradicts itself: {reading.conditions[0].text} is not so for {told}."
            return Outcome("review", Fraction(0), reason, Evidence("undecided"), told, told)
        return self._judged(ordered, told)

    def _judged(self, choice: Choice, told: str) -> Outcome:
        judgement = self.design.judge(choice)
        if judgement.right:
            points = max([0, *(finding.points for finding in judgement.findings)])
            evidence = Evidence("exact")
            if points:
                evidence = Evidence("numeric", points=points, digits=30, note=f"right at all {points} sizes tried")
            gives = _gives(judgement.findings)
            return Outcome(
                "correct", Fraction(1), f"{told} gives {gives}.", evidence, told, told, cells=self._cells(judgement)
            )
        return self._wrong(judgement, choice, told)

    def _wrong(self, judgement: Judgement, choice: Choice, told: str) -> Outcome:
        """A miss: partly right by the targets that are met."""
        at = dict(pair.split(" = ", 1) for pair in _pairs(choice))
        wanted = "; ".join(_told(target.text, target) for target in self.design.targets) or "a network that fits"
        if judgement.trouble:
            evidence = Evidence("witness", at, "it does not fit", wanted)
            reason = _sentence(judgement.trouble)
            return Outcome("incorrect", Fraction(0), reason, evidence, told, told, cells=self._cells(judgement))
        missed = next((finding for finding in judgement.findings if finding.holds is not True), None)
        verdicts: list[Verdict] = [_VERDICTS[finding.holds] for finding in judgement.findings]
        verdict = overall([*verdicts, *("incorrect" for _ in judgement.broken)])
        share = self._share(judgement) if self.part.credit.entries else Fraction(0)
        if missed is not None and missed.holds is None:
            reason = f"Whether {told} gives {missed.target.text} for all sizes could not be decided: {missed.found}."
            return Outcome("review", share, reason, Evidence("undecided"), told, told, cells=self._cells(judgement))
        if missed is not None:
            at |= {name: str(size) for name, size in missed.at.items()}
            evidence = Evidence("witness", at, missed.found, missed.target.text)
            reason = _sentence(missed.line)
        else:
            evidence = Evidence("witness", at, told, judgement.broken[0])
            reason = f"{told} gives {_gives(judgement.findings)}, but this is asked as well: {judgement.broken[0]}."
        if verdict == "partial" and not share:
            verdict = "incorrect"
        return Outcome(verdict, share, reason, evidence, told, told, cells=self._cells(judgement))

    def _share(self, judgement: Judgement) -> Fraction:
        """Each target counts by itself, but a bound earns nothing while a value that was asked for is missed.

        A condition of the exam that is broken counts as one target more, missed.
        """
        exact = [finding for finding in judgement.findings if finding.target.exact]
        bounds = [finding for finding in judgement.findings if not finding.target.exact]
        met = sum(finding.holds is True for finding in exact)
        if met == len(exact):
            met += sum(finding.holds is True for finding in bounds)
        return Fraction(met, max(1, len(judgement.findings) + len(judgement.broken)))

    def _cells(self, judgement: Judgement) -> tuple[Cell, ...]:
        """One a target, where there are several."""
        if len(self.design.targets) + len(judgement.broken) < 2:
            return ()
        cells = [
            Cell(
                row, finding.target.column, _VERDICTS[finding.holds], finding.found, finding.target.text, finding.layer
            )
            for row, finding in enumerate(judgement.findings, 1)
        ]
        if judgement.trouble:
            cells = [
                Cell(row, target.column, "incorrect", "it does not fit", target.text)
                for row, target in enumerate(self.design.targets, 1)
            ]
        first = len(cells) + 1
        cells += [
            Cell(row, "condition", "incorrect", "not so", text, "where")
            for row, text in enumerate(judgement.broken, first)
        ]
        return tuple(cells)

    def _incomplete(self, reading: Reading, choice: Choice, missing: Sequence[str], told: str) -> Outcome:
        """Letters without a value: what is met whatever they are counts; what only a default makes right is a person's."""
        from examgrad.formula.tree import Number

        names = " and ".join(filter(None, (", ".join(missing[:-1]), missing[-1])))
        reason = f"{names} {'is' if len(missing) == 1 else 'are'} missing."
        defaults: dict[str, Value] = {
            letter.name: Number(_DEFAULTS[letter.role])
            for letter in self.design.letters
            if letter.name in missing and letter.role in _DEFAULTS
        }
        whole = replace(reading, choice={**choice, **defaults})
        if len(defaults) == len(missing) and self.outcome(whole).verdict == "correct":
            meant = ", ".join(_pairs(defaults))
            reason = f"{reason} The answer is right if {meant} is meant."
            return Outcome("review", Fraction(0), reason, Evidence("undecided"), told, told)
        judgement = self.design.judge(choice)
        share = Fraction(0)
        if not judgement.trouble and self.part.credit.entries:
            share = self._share(judgement)
            if share == 1:
                share = Fraction(len(choice), len(self.design.names))
        verdict: Verdict = "partial" if share else "incorrect"
        return Outcome(verdict, share, reason, Evidence("exact"), told, told, cells=self._cells(judgement))

    # -- relations

    def _family(self, reading: Reading, choice: Choice, free: Sequence[str]) -> Outcome:
        """A relation such as P = (K − 1)/2: right where all of its members are, and never wrong by itself."""
        told = ", ".join([*_pairs(choice), *(item.text for item in reading.conditions)])
        right: list[Choice] = []
        wrong: list[tuple[Choice, Judgement]] = []
        for member in islice(self._members(reading, choice, free), MEMBERS):
            judgement = self.design.judge(member)
            if judgement.right:
                right.append(member)
            else:
                wrong.append((member, judgement))
        solved = all(len(item.letters) < 2 for item in reading.conditions)
        if len(right) > 1 and not wrong and solved:
            example = ", ".join(_pairs(right[-1]))
            note = f"right for all {len(right)} choices tried, such as {example}"
            evidence = Evidence("numeric", points=len(right), digits=30, note=note)
            return Outcome("correct", Fraction(1), f"Right for all {len(right)} choices tried.", evidence, told, told)
        if not wrong:
            reason = (
                "This relation leaves too few choices to be tried." if solved else "A relation is no choice by itself."
            )
            reason += f" All {len(right)} tried are right." if right else ""
        else:
            member, judgement = wrong[0]
            missed = next((finding.line for finding in judgement.findings if finding.holds is not True), "")
            why = judgement.trouble or missed or (judgement.broken[0] if judgement.broken else "it is not right")
            count = f"{len(right)} of the {len(right) + len(wrong)} choices tried are right"
            reason = f"A person decides on this relation: {count}; with {', '.join(_pairs(member))}: {why.rstrip('.')}."
        return Outcome("review", Fraction(0), reason, Evidence("undecided"), told, told)

    def _members(self, reading: Reading, choice: Choice, free: Sequence[str]) -> Iterator[Choice]:
        """The members of the family within the ranges of a search."""
        from examgrad.formula.tree import Number
        from examgrad.layers.design_search import candidates

        letters = {letter.name: letter for letter in self.design.letters}
        spans = [candidates(letters[name]) for name in free]
        for values in islice(product(*spans), 20 * MEMBERS):
            numbers: dict[str, Value] = {name: Number(value) for name, value in zip(free, values, strict=True)}
            member = _resolved({**choice, **numbers})
            if not all(map(_is_whole, member.values())) or len(member) < len(letters):
                continue
            if all(item.holds(env) for item in reading.conditions for env in _envs(member)):
                yield {name: member[name] for name in letters}


_VERDICTS: Final[Mapping[bool | None, Verdict]] = {True: "correct", False: "incorrect", None: "review"}
_DEFAULTS: Final = {"stride": 1, "padding": 0, "dilation": 1, "output_padding": 0, "groups": 1}


def _sentence(text: str) -> str:
    text = text.rstrip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _symbols(value: Value) -> frozenset[str]:
    from examgrad.layers.design import symbols_in

    return symbols_in(value)


def _is_settled(value: Value) -> bool:
    return value is not None and not _symbols(value)


def _is_whole(value: Value) -> bool:
    """Whether a member's value is a number that the letter may be at all."""
    from examgrad.formula.tree import Number

    if isinstance(value, tuple):
        return all(map(_is_whole, value))
    if isinstance(value, Number):
        return value.value.denominator == 1 and value.value >= 0
    return not _symbols(value)


def _envs(choice: Choice) -> list[dict[str, int]]:
    from examgrad.layers.design import envs_of

    return list(envs_of(choice))


def _resolved(choice: Choice) -> dict[str, Value]:
    """The values with those letters put in that have numbers: ``P = (K − 1)/2`` where K is 3."""
    from examgrad.formula.tree import Node, Number
    from examgrad.layers.design import put_in
    from examgrad.layers.design_terms import compiled

    def worked(value: Value) -> Value:
        if isinstance(value, tuple):
            return tuple(map(worked, value))
        if not isinstance(value, Node) or value.symbols():
            return value
        try:
            return Number(compiled(value)({}))
        except (ValueError, ZeroDivisionError):
            return value

    found = dict(choice)
    for _ in found:
        settled = {name: value for name, value in found.items() if not _symbols(value)}
        found = {name: value if name in settled else worked(put_in(value, settled)) for name, value in found.items()}
    return found
