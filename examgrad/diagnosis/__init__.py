"""What probably went wrong: slips that make exactly the wrong answer, and the work line by line."""

from __future__ import annotations

from examgrad.diagnosis.lines import check_lines
from examgrad.diagnosis.slips import find_slip
from examgrad.exam.model import Answer, Exam, Part
from examgrad.formula.array_values import entries_of
from examgrad.kinds.base import Diagnosis, Key, Line, Outcome
from examgrad.kinds.scope import Scope, is_statement


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
        targets = [entry for entry in entries_of(key.tree) if not is_statement(entry)]
        lines, found = check_lines(answer.work, Scope.of(part.given), targets, wrong=bool(outcome.unequal))
    for formula, right in outcome.unequal[:1]:
        if slip := find_slip(formula, right):
            found.append(slip)
    return outcome._replace(lines=lines or outcome.lines, diagnoses=(*outcome.diagnoses, *found))
