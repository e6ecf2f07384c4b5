"""One script: every part of one submission checked against its key."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from fractions import Fraction

from examgrad.exam.model import Answer, Exam, Part, Submission
from examgrad.grading.results import PartResult, Result
from examgrad.kinds import KINDS
from examgrad.kinds.base import UNDECIDED, Award, Diagnosis, Evidence, Key, Outcome
from examgrad.kinds.claims import BROKEN_CHAIN
from examgrad.kinds.judging import diagnosis_of
from examgrad.kinds.reading import Unreadable
from examgrad.kinds.solve import NO_KEY
from examgrad.kinds.whole_work import with_work


def check_submission(
    exam: Exam, keys: Mapping[str, Key], submission: Submission, only: frozenset[str] | None = None
) -> Result:
    """Check every part of a submission, or those in ``only``. One part's trouble never touches another's."""
    parts = tuple(
        check_part(exam, part, keys.get(part.name), submission.answers.get(part.name))
        for part in exam.parts
        if only is None or part.name in only
    )
    return Result(submission.student, submission.source, parts)


def check_part(exam: Exam, part: Part, key: Key | None, answer: Answer | None) -> PartResult:
    """Check one answer; whatever goes wrong on our side is for a person to look at, never a student's zero."""
    if answer is None or answer.empty:
        outcome = Outcome("unanswered", Fraction(0), "There is no answer.")
    elif key is None:
        message = "The key of this part could not be found; a person marks it."
        outcome = Outcome("review", Fraction(0), message, diagnoses=(Diagnosis(NO_KEY, message),))
    else:
        try:
            outcome = _explained(part, exam, key, answer, _judged(part, exam, key, answer))
        except Unreadable as error:
            outcome = Outcome(
                "unreadable", Fraction(0), error.diagnostic.message, diagnoses=(diagnosis_of(error.diagnostic),),
                answer=written(answer),
            )  # fmt: skip
        except Exception as error:  # a bug of ours must not cost a student points
            message = (
                f"examgrad failed on this answer ({type(error).__name__}: {str(error)[:200]}); a person looks at it."
            )
            outcome = Outcome(
                "review", Fraction(0), message, UNDECIDED, diagnoses=(Diagnosis("internal", message),),
                answer=written(answer),
            )  # fmt: skip
    return _result(part, key or Key(part.name, part.kind, ""), answer, outcome)


def _judged(part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
    """The outcome; what the work defines may be used in the final answer, and what the work says must hold."""
    kind, whole = KINDS[part.kind], with_work(part, answer)
    if whole is None:
        return kind.check(part, exam, key, answer)
    try:
        outcome = kind.check(part, exam, key, answer)
    except Unreadable as error:
        with suppress(Unreadable):
            return kind.check(part, exam, key, whole)
        raise error
    unread = "unreadable" in (outcome.verdict, *(cell.verdict for cell in outcome.cells))
    if unread or outcome.verdict == "correct":
        with suppress(Unreadable):
            again = kind.check(part, exam, key, whole)
            if unread or (again.verdict == "review" and any(item.code == BROKEN_CHAIN for item in again.diagnoses)):
                return again
    return outcome


def _explained(part: Part, exam: Exam, key: Key, answer: Answer, outcome: Outcome) -> Outcome:
    """The outcome with what a wrong answer's work and likely slips tell; of a right one nothing is asked."""
    if outcome.verdict == "correct":
        return outcome
    from examgrad.diagnosis import explain

    return explain(part, exam, key, answer, outcome)


def _result(part: Part, key: Key, answer: Answer | None, outcome: Outcome) -> PartResult:
    earned = outcome.share * part.points
    awarded = outcome.awarded or (
        (Award("final answer", earned, part.points),) if outcome.verdict != "unanswered" else ()
    )
    if outcome.awarded and part.kind == "text":  # a rubric's points, scaled to the part's
        total = sum((award.possible for award in outcome.awarded), Fraction(0))
        scale = part.points / total if total else Fraction(1)
        awarded = tuple(a._replace(points=a.points * scale, possible=a.possible * scale) for a in outcome.awarded)
    default = Evidence("stated" if part.kind == "text" else "undecided")
    return PartResult(
        part.name, part.kind, outcome.verdict, earned, part.points,
        outcome.answer or (written(answer) if answer else ""), key.text, outcome.reason, outcome.evidence or default,
        outcome.diagnoses, outcome.lines, outcome.cells, awarded, outcome.answer_unicode, key.unicode,
        answer.span if answer else None,
    )  # fmt: skip


def written(answer: Answer) -> str:
    """An answer as it stands in the file, in one line."""
    return _flat(answer.written)


def _flat(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_flat(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flat(item) for item in value) + "]"
    return " ".join(str(value).split()) if value is not None else ""
