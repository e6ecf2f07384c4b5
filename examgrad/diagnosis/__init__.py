"""What probably went wrong: slips that make exactly the wrong answer, and the work line by line."""

from __future__ import annotations

from typing import Final

from examgrad.diagnosis.lines import check_lines
from examgrad.diagnosis.slips import find_slip
from examgrad.diagnosis.truths import ArrayTruth, ScalarTruth, Truth
from examgrad.exam.model import Answer, Exam, Part
from examgrad.formula.array_values import entries_of
from examgrad.formula.tree import Node
from examgrad.kinds.base import Diagnosis, Key, Line, Outcome
from examgrad.kinds.derived import about_arrays
from examgrad.kinds.scope import is_statement

_WRONG: Final = ("incorrect", "partial")


def explain(part: Part, exam: Exam, key: Key, answer: Answer, outcome: Outcome) -> Outcome:
    """The outcome with its work checked line by line, and with the slip that makes its first wrong formula.

    Of a layer table each wrong cell is explained.
    """
    if part.kind == "layers":
        from examgrad.diagnosis.layer_tables import explain_table

        return explain_table(part, exam, key, outcome)
    lines: tuple[Line, ...] = ()
    found: list[Diagnosis] = []
    if key.tree is not None and answer.work is not None:
        lines, found = check_lines(answer.work, *_held_against(part, exam, key), wrong=outcome.verdict in _WRONG)
    for formula, right in outcome.unequal[:1]:
        if slip := find_slip(formula, right):
            found.append(slip)
    return outcome._replace(lines=lines or outcome.lines, diagnoses=(*outcome.diagnoses, *found))


def _held_against(part: Part, exam: Exam, key: Key) -> tuple[Truth, list[Node]]:
    """What the work of a part is held against, and the formulas that were asked for."""
    assert key.tree is not None
    if part.kind in ("gradient", "jacobian", "hessian") and about_arrays(part.given, *part.fields.of, *part.fields.wrt):
        from examgrad.kinds.matrix_answers import derivatives_of

        targets = list(key.tree.args) if len(part.fields.wrt) > 1 else [key.tree]
        return ArrayTruth.of(derivatives_of(part, exam), part.given.names), [] if part.fields.at else targets
    targets = [entry for entry in entries_of(key.tree) if not is_statement(entry)]
    return ScalarTruth.of(part.given), targets
