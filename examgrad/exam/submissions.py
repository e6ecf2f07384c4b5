"""From an answer file to the :class:`Submission` of each student in it."""

from __future__ import annotations

import re
from collections.abc import Mapping as Answers
from pathlib import Path
from typing import Final

from examgrad.errors import Diagnostic, Location, SpecError
from examgrad.exam.cuts import mended
from examgrad.exam.document import Items, Mapping, Text, Value, from_python
from examgrad.exam.fields import Fields, Prose, Raw, nearest
from examgrad.exam.load import check_version
from examgrad.exam.model import Answer, Exam, Submission
from examgrad.exam.validation import read_fields
from examgrad.exam.yaml_reader import read_documents

_WORK: Final = frozenset({"work", "final"})
_ANSWER: Final = frozenset({"work", "final", "reason"})


class SubmissionFields(Fields):
    """The answer file's fields."""

    examgrad: Prose
    exam: Prose | None = None
    student: Prose | None = None
    answers: Raw = None


def load_submissions(path: Path | str) -> list[Submission]:
    """The submissions in an answer file, one a YAML document.

    ``exam`` is taken relative to the file; a single student without a name is called by the file's stem. Raises
    :class:`SpecError` with everything found wrong, and :class:`OSError` where there is no such file.
    """
    path = Path(path)
    documents = read_documents(path.read_bytes(), str(path), "student")
    found: list[Diagnostic] = []
    submissions: list[Submission] = []
    seen: dict[str, Location] = {}
    for document in documents:
        if version := check_version(document, "answers"):
            found.append(version)
        fields, wrong = read_fields(SubmissionFields, document, "an answer file", audience="student")
        found += [item for item in wrong if "'examgrad'" not in item.message]
        if "answers" not in document:
            message, help = "an answer file needs a field 'answers'", "add 'answers:' and below it a line for each part"
            found.append(Diagnostic("missing-field", message, "student", document.location, help))
        answers, wrong = _answers(document.get("answers"))
        found += wrong
        if fields is None:
            continue
        student = str(fields.student) if fields.student is not None else path.stem
        if student in seen:
            message = f"the student {student} stands twice; the first is on line {seen[student].line}"
            if fields.student is None:
                message = "several students stand in this file, and this one has no 'student'"
            found.append(Diagnostic("student-twice", message, "student", document.location, "name each student once"))
        seen.setdefault(student, document.location)
        exam = path.parent / fields.exam if fields.exam is not None else None
        submissions.append(Submission(student, str(path), exam, answers))
    if found:
        raise SpecError(found, str(path))
    return submissions


def submission_of(answers: Answers[str, object], student: str = "", source: str = "answers") -> Submission:
    """The answers of a Python program, part by part, as a submission; raises :class:`SpecError`."""
    read: dict[str, Answer] = {}
    found: list[Diagnostic] = []
    for name, value in answers.items():
        read[Text(name)] = _answer(from_python(value, source), found)
    if found:
        raise SpecError(found, source)
    return Submission(student, source, None, read)


def match_answers(submission: Submission, exam: Exam) -> list[Diagnostic]:
    """The answers that belong to no part of the exam, each with the nearest part there is."""
    parts = [part.name for part in exam.parts]
    problems = {problem.id: problem for problem in exam.problems}
    found = []
    for name in submission.answers:
        if name in parts:
            continue
        if name in problems:
            own = ", ".join(part.name for part in problems[name].parts)
            hint = f": '{name}' is a problem, and its parts are {own}"
        else:
            plain = re.sub(r"[^\w]", "", name).lower()
            hint = nearest(plain, parts) or f"; its parts are {', '.join(parts[:12])}{', …' * (len(parts) > 12)}"
        place = name.location if isinstance(name, Text) else None
        message = f"'{name}' is no part of this exam{hint}"
        found.append(Diagnostic("no-part", message, "student", place))
    return found


def _answers(value: Value | None) -> tuple[dict[str, Answer], list[Diagnostic]]:
    found: list[Diagnostic] = []
    if value is None or (isinstance(value, Text) and not value):
        return {}, []
    if not isinstance(value, Mapping):
        message = "a mapping was expected here: the name of a part, a colon, and the answer"
        return {}, [Diagnostic("bad-value", message, "student", value.location, "write '1a: …', a line for each part")]
    return {name: _answer(item, found) for name, item in value.items()}, found


def _answer(value: Value, found: list[Diagnostic]) -> Answer:
    """An answer as it stands, or a mapping of ``work``, ``final`` and ``reason``."""
    if not isinstance(value, Mapping) or not (_ANSWER & value.keys()):
        return Answer(mended(value))
    for key, _ in value.pairs():
        if key not in _ANSWER:
            if not _WORK & value.keys():
                return Answer(mended(value))  # a mapping by name, with a name such as reason
            message = f"unknown field '{key}' in an answer{nearest(key, _ANSWER)}"
            help = "an answer with its work has the fields work, final and reason"
            found.append(Diagnostic("unknown-field", message, "student", key.location, help))
    final = value.get("final")
    return Answer(
        mended(final) if final is not None else None, _text(value.get("work"), found),
        _text(value.get("reason"), found),
    )  # fmt: skip


def _text(value: Value | None, found: list[Diagnostic]) -> Text | None:
    """A text; brackets that YAML took for a list are the text that they were written as."""
    if value is None or isinstance(value, Text):
        return value
    if value.flow:
        return value.written()
    what = "a list" if isinstance(value, Items) else "a mapping"
    help = "put a | behind the colon and the lines below it, indented"
    found.append(Diagnostic("bad-value", f"a text was expected here, not {what}", "student", value.location, help))
    return None
