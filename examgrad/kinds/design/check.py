"""One choice of an answer to a design question, judged by what its network gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice, product
from typing import Final

from examgrad.exam.model import Part
from examgrad.formula.tree import Node, Number
from examgrad.kinds.base import UNDECIDED, Cell, Evidence, Outcome, Verdict
from examgrad.kinds.design.pieces import Reading
from examgrad.kinds.judging import overall
from examgrad.layers.calls import Value
from examgrad.layers.design import Choice, Design, Finding, Judgement, Target, envs_of, put_in, show_value, symbols_in
from examgrad.layers.design.search import candidates
from examgrad.layers.design.terms import compiled

MEMBERS: Final = 400
"""How many members of a family are looked at."""


_VERDICTS: Final[Mapping[bool | None, Verdict]] = {True: "correct", False: "incorrect", None: "review"}


_DEFAULTS: Final = {"stride": 1, "padding": 0, "dilation": 1, "output_padding": 0, "groups": 1}


def doubted(outcome: Outcome, reading: Reading) -> Outcome:
    """A choice beside which something stands that was not understood and may change it is a person's to decide."""
    if not reading.doubts:
        return outcome
    reason = f"'{reading.doubts[0][:60]}' beside the choice was not understood; without it: {outcome.reason}"
    return outcome._replace(verdict="review", reason=reason, evidence=UNDECIDED)


class Check:
    """One answer against one design."""

    def __init__(self, design: Design, part: Part) -> None:
        self.design = design
        self.part = part

    def outcome(self, reading: Reading) -> Outcome:
        """The outcome of one choice."""
        choice = _resolved(reading.choice)
        ordered = {name: choice[name] for name in self.design.names if name in choice}
        told = ", ".join(pairs_of(ordered))
        if reading.conflicts:
            return Outcome("incorrect", Fraction(0), _sentence(reading.conflicts[0]), Evidence("exact"), told, told)
        open_ = [name for name in self.design.names if not _is_settled(choice.get(name))]
        if open_:
            mentioned = {*reading.free, *(name for item in reading.conditions for name in item.letters)}
            mentioned |= {name for value in choice.values() for name in symbols_in(value)}
            if all(name in mentioned or name in choice for name in open_):
                return self._family(reading, ordered, [name for name in open_ if name not in choice])
            return self._incomplete(
                reading, ordered, [name for name in open_ if name not in {*mentioned, *choice}], told
            )
        if any(not item.holds(env) for item in reading.conditions for env in envs_of(ordered)):
            reason = f"The answer contradicts itself: {reading.conditions[0].text} is not so for {told}."
            return Outcome("review", Fraction(0), reason, UNDECIDED, told, told)
        return self._judged(ordered, told)

    def _judged(self, choice: Choice, told: str) -> Outcome:
        judgement = self.design.judge(choice)
        if judgement.right:
            points = max([0, *(finding.points for finding in judgement.findings)])
            evidence = Evidence("exact")
            if points:
                evidence = Evidence("numeric", points=points, digits=30, note=f"right at all {points} sizes tried")
            gives = gives_of(judgement.findings)
            return Outcome(
                "correct", Fraction(1), f"{told} gives {gives}.", evidence, told, told, cells=self._cells(judgement)
            )
        return self._wrong(judgement, choice, told)

    def _wrong(self, judgement: Judgement, choice: Choice, told: str) -> Outcome:
        """A miss: partly right by the targets that are met."""
        at = dict(pair.split(" = ", 1) for pair in pairs_of(choice))
        wanted = "; ".join(told_of(target.text, target) for target in self.design.targets) or "a network that fits"
        if judgement.trouble:
            evidence = Evidence("witness", at, "it does not fit", wanted)
            reason = _sentence(judgement.trouble)
            return Outcome("incorrect", Fraction(0), reason, evidence, told, told, cells=self._cells(judgement))
        missed = next((finding for finding in judgement.findings if finding.holds is not True), None)
        verdicts: list[Verdict] = [_VERDICTS[finding.holds] for finding in judgement.findings]
        missing: list[Verdict] = ["incorrect"] * len(judgement.broken)
        verdict = overall([*verdicts, *missing])
        share = self._share(judgement) if self.part.credit.entries else Fraction(0)
        if missed is not None and missed.holds is None:
            reason = f"Whether {told} gives {missed.target.text} for all sizes could not be decided: {missed.found}."
            return Outcome("review", share, reason, UNDECIDED, told, told, cells=self._cells(judgement))
        if missed is not None:
            at |= {name: str(size) for name, size in missed.at.items()}
            evidence = Evidence("witness", at, missed.found, missed.target.text)
            reason = _sentence(missed.line)
        else:
            evidence = Evidence("witness", at, told, judgement.broken[0])
            reason = f"{told} gives {gives_of(judgement.findings)}, but this is asked as well: {judgement.broken[0]}."
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
        """Letters without a value: what is met all the same counts; what only a default makes right is a person's."""
        names = " and ".join(filter(None, (", ".join(missing[:-1]), missing[-1])))
        reason = f"{names} {'is' if len(missing) == 1 else 'are'} missing."
        defaults: dict[str, Value] = {
            letter.name: Number(_DEFAULTS[letter.role])
            for letter in self.design.letters
            if letter.name in missing and letter.role in _DEFAULTS
        }
        whole = replace(reading, choice={**choice, **defaults})
        if len(defaults) == len(missing) and self.outcome(whole).verdict == "correct":
            meant = ", ".join(pairs_of(defaults))
            reason = f"{reason} The answer is right if {meant} is meant."
            return Outcome("review", Fraction(0), reason, UNDECIDED, told, told)
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
        told = ", ".join([*pairs_of(choice), *(item.text for item in reading.conditions)])
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
            example = ", ".join(pairs_of(right[-1]))
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
            reason = (
                f"A person decides on this relation: {count}; with {', '.join(pairs_of(member))}: {why.rstrip('.')}."
            )
        return Outcome("review", Fraction(0), reason, UNDECIDED, told, told)

    def _members(self, reading: Reading, choice: Choice, free: Sequence[str]) -> Iterator[Choice]:
        """The members of the family within the ranges of a search."""
        letters = {letter.name: letter for letter in self.design.letters}
        spans = [candidates(letters[name]) for name in free]
        for values in islice(product(*spans), 20 * MEMBERS):
            numbers: dict[str, Value] = {name: Number(value) for name, value in zip(free, values, strict=True)}
            member = _resolved({**choice, **numbers})
            if not all(map(_is_whole, member.values())) or len(member) < len(letters):
                continue
            if all(item.holds(env) for item in reading.conditions for env in envs_of(member)):
                yield {name: member[name] for name in letters}


def pairs_of(choice: Choice) -> Iterator[str]:
    """``K = 4``, ``S = 2``, …"""
    for name, value in choice.items():
        yield f"{name} = {show_value(value)}"


def gives_of(findings: Sequence[Finding]) -> str:
    """What a choice gives: ``[16, 16, 8] and 1216 parameters``."""
    found = [told_of(finding.found, finding.target) for finding in findings]
    return " and ".join(dict.fromkeys(found)) or "a network that fits"


def told_of(text: str, target: Target) -> str:
    """A figure with what it is: ``1216 parameters``."""
    words = {"shape": "", "parameters": " parameters", "macs": " MACs", "receptive_field": ""}
    lead = "a receptive field of " if target.column == "receptive_field" else ""
    return f"{lead}{text}{words[target.column]}"


def _sentence(text: str) -> str:
    text = text.rstrip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _is_settled(value: Value) -> bool:
    return value is not None and not symbols_in(value)


def _is_whole(value: Value) -> bool:
    """Whether a member's value is a number that the letter may be at all."""
    if isinstance(value, tuple):
        return all(map(_is_whole, value))
    if isinstance(value, Number):
        return value.value.denominator == 1 and value.value >= 0
    return not symbols_in(value)


def _resolved(choice: Choice) -> dict[str, Value]:
    """The values with those letters put in that have numbers: ``P = (K − 1)/2`` where K is 3."""

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
        settled = {name: value for name, value in found.items() if not symbols_in(value)}
        found = {name: value if name in settled else worked(put_in(value, settled)) for name, value in found.items()}
    return found
