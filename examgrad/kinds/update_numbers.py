"""New values that are numbers, or arrays of them, against those of a step at the numbers of ``at``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from examgrad.exam.document import Text
from examgrad.exam.model import Answer, Part
from examgrad.formula.array_values import is_array
from examgrad.formula.definitions import find_equals
from examgrad.formula.statements import split_statements
from examgrad.formula.tree import Node
from examgrad.kinds.base import UNDECIDED, Cell, Key, Outcome
from examgrad.kinds.judging import overall, unread
from examgrad.kinds.number_texts import plain, unicode
from examgrad.kinds.numbers import check_numbers
from examgrad.kinds.reading import Unreadable, unreadable
from examgrad.kinds.stretches import outside_brackets, part_of, stripped, without_brackets
from examgrad.kinds.update_gradients import Gradients
from examgrad.kinds.update_marks import by_key, is_old, left_side, mark_of
from examgrad.kinds.update_slips import numeric_slip
from examgrad.kinds.updating import Target


def check_new_numbers(
    part: Part, answer: Answer, targets: Sequence[Target], keys: Sequence[Node], gradients: Gradients
) -> Outcome:
    """Judge the numbers of each target by itself."""
    found = _by_target(part, answer, targets, keys)
    outcomes = [_judged(part, found.get(target.name), key) for target, key in zip(targets, keys, strict=True)]
    slips = [
        slip
        for target, outcome in zip(targets, outcomes, strict=True)
        if outcome.verdict in ("incorrect", "partial")
        and (slip := numeric_slip(part, found[target.name], target, gradients)) is not None
    ]
    if len(outcomes) == 1:
        return outcomes[0]._replace(diagnoses=(*outcomes[0].diagnoses, *slips))
    cells = tuple(
        Cell(row, 1, outcome.verdict, outcome.answer, plain(key))
        for row, (outcome, key) in enumerate(zip(outcomes, keys, strict=True), 1)
    )
    share = sum((outcome.share for outcome in outcomes), Fraction(0)) / len(outcomes)
    if not part.credit.entries and share < 1:
        share = Fraction(0)
    verdict = overall([outcome.verdict for outcome in outcomes])
    if verdict == "partial" and not share:
        verdict = "incorrect"
    wrong = next((at for at, outcome in enumerate(outcomes) if outcome.verdict != "correct"), None)
    least = max(outcomes, key=lambda item: (item.evidence or UNDECIDED).doubt)
    shown = least if wrong is None else outcomes[wrong]
    reason = shown.reason if wrong is None else f"new {targets[wrong].name}: {shown.reason}"
    text = ", ".join(f"{target.name}_new = {outcome.answer}" for target, outcome in zip(targets, outcomes, strict=True))
    diagnoses = [*(item for outcome in outcomes for item in outcome.diagnoses), *slips]
    return Outcome(verdict, share, reason, shown.evidence, text, cells=cells, diagnoses=tuple(dict.fromkeys(diagnoses)))


def _judged(part: Part, written: Any, key: Node) -> Outcome:
    if written is None:
        return Outcome("unanswered", Fraction(0), "This is missing.", UNDECIDED)
    shown = Key(part.name, part.kind, plain(key), unicode=unicode(key), tree=key)
    try:
        return check_numbers(part, Answer(written), shown)
    except Unreadable as error:
        return unread(error)


def _by_target(part: Part, answer: Answer, targets: Sequence[Target], keys: Sequence[Node]) -> dict[str, Any]:
    """What an answer gives for each target: by name, or in their order."""
    value: Any = answer.written
    names = [target.name for target in targets]
    if isinstance(value, Mapping):
        found = {_target_of(name, targets): item for name, item in value.items()}
        if not found.keys() & set(names):
            raise unreadable(value, f"no new value of {' or '.join(names)} was found")
        return {name: item for name, item in found.items() if name is not None}
    if isinstance(value, str):
        if named := _named(value, targets) or _listed(value, targets):
            return named
        if _is_of_before(value, targets):
            raise unreadable(value, "this is a value from before the step", help=f"write {names[0]}_new = …")
        if len(targets) == 1:
            return {names[0]: value}
        pieces = [piece for piece, _ in split_statements(value)]
        value = pieces if len(pieces) == len(targets) else _parts_of(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        lines = [item for item in value if isinstance(item, str)]
        if named := {name: item for line in lines for name, item in _named(line, targets).items()}:
            return named
        if len(targets) == 1 and (is_array(keys[0]) or len(value) == 1):
            return {names[0]: value if is_array(keys[0]) else value[0]}
        if len(value) == len(targets):
            return dict(zip(names, value, strict=True))
    help = f"write {', '.join(f'{name}_new = …' for name in names)}"
    raise unreadable(answer.value, f"the new values of {', '.join(names)} were expected here", help=help)


def _named(text: str, targets: Sequence[Target]) -> dict[str, Any]:
    """The statements of a text that name a target on their left side, the last one of each."""
    found: dict[str, Any] = {}
    for piece, _ in split_statements(text):
        equals = find_equals(piece)
        target = _target_of(piece[: equals.start()], targets) if equals else None
        if target is not None and equals is not None:
            sides = list(_sides(piece, equals.end()))
            last = sides[-2:] if len(sides) > 1 and not re.search(r"[^\W\d_]", sides[-2]) else sides[-1:]
            found[target] = Text(" = ".join(last))
    return found


def _listed(text: str, targets: Sequence[Target]) -> dict[str, Any]:
    """The values of ``(x, y) = (0.6, 0.7)``: the names of targets in a list, and as many values in another."""
    equals = find_equals(text)
    if equals is None:
        return {}
    names = [_target_of(name, targets) for name in _parts_of(text[: equals.start()])]
    values = _parts_of(list(_sides(text, equals.end()))[-1])
    return (
        {name: value for name, value in zip(names, values, strict=True) if name}
        if len(names) == len(values) > 1
        else {}
    )


def _sides(piece: str, start: int) -> Iterator[str]:
    while (equals := find_equals(piece, start)) is not None:
        yield piece[start : equals.start()].strip()
        start = equals.end()
    yield piece[start:].strip()


def _is_of_before(text: str, targets: Sequence[Target]) -> bool:
    """Whether a text gives a value from before the step: ``w_old = 1``."""
    equals = find_equals(text)
    found = mark_of(left_side(text[: equals.start()]), by_key(targets)) if equals else None
    return found is not None and is_old(found[1])


def _target_of(name: str, targets: Sequence[Target]) -> str | None:
    found = mark_of(left_side(name), by_key(targets))
    return None if found is None or is_old(found[1]) else found[0]


def _parts_of(text: str) -> list[str]:
    """A list, in brackets or not, at its commas outside inner brackets."""
    inner = without_brackets(stripped(text))
    return [stripped(part_of(inner, start, end)) for start, end in outside_brackets(inner, ",;")]
