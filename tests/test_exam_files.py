"""Exam and answer files, good and bad: the cases in ``tests/cases/exam_files``, and what holds for every file."""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from examgrad.equality.forms import Form
from examgrad.errors import Diagnostic, SpecError
from examgrad.exam.document import Text
from examgrad.exam.fields import (
    Array,
    Credit,
    Fields,
    Formula,
    Integration,
    NameList,
    OneOrMany,
    Reason,
    RubricPoint,
    Tolerance,
    Truth,
    declared,
)
from examgrad.exam.load import load_exam
from examgrad.exam.model import Answer, Exam, Submission
from examgrad.exam.schema import json_schema
from examgrad.exam.submissions import load_submissions, match_answers, submission_of
from examgrad.exam.yaml_reader import MAX_BYTES, read_documents
from examgrad.formula import printer
from examgrad.formula.names import REAL

CASES = Path(__file__).parent / "cases" / "exam_files"


class TrueFalse(Fields):
    key: Truth
    reason: Reason | None = None


class Choice(Fields):
    options: dict[str, str]
    key: OneOrMany
    scoring: Literal["exact", "per_option"] = "exact"


class Derivative(Fields):
    needs = ("equations",)
    of: NameList
    wrt: NameList
    at: dict[str, Array] | None = None
    key: Formula | None = None


class Equations(Fields):
    of: NameList


class Update(Fields):
    rule: Literal["sgd"]
    of: NameList
    wrt: NameList
    rate: Formula


class Layers(Fields):
    needs = ("input", "layers")
    ask: OneOrMany


class Prose(Fields):
    rubric: list[RubricPoint]
    review: Literal["always", "never", "unsure"] = "always"


class Expression(Fields):
    key: Formula
    form: Form | None = None
    tolerance: Tolerance | None = None
    ordered: Truth = True
    constant_of_integration: Integration | None = None


class Value(Fields):
    of: Formula
    at: dict[str, Array] | None = None
    tolerance: Tolerance | None = None


KINDS: dict[str, type[Fields]] = {
    "true_false": TrueFalse, "choice": Choice, "derivative": Derivative, "gradient": Derivative, "hessian": Derivative,
    "equations": Equations, "update": Update, "layers": Layers, "text": Prose, "expression": Expression, "value": Value,
}  # fmt: skip
ANSWERED = """\
examgrad: 1
problems:
  - id: 3
    parts:
      - {id: a, kind: true_false, key: true}
      - {id: b, kind: true_false, key: true}
"""


def told(diagnostics: list[Diagnostic], folder: Path) -> str:
    """Everything that is told about a file, one after the other, each with its code."""
    return "".join(f"[{item.code}] {item}\n".replace(f"{folder}/", "") for item in diagnostics)


def about_exam(content: bytes, folder: Path) -> str:
    """What is told about an exam file, or what was read from it."""
    path = folder / "exam.yaml"
    path.write_bytes(content)
    try:
        return described(load_exam(path, KINDS))
    except SpecError as error:
        return told(error.diagnostics, folder)


def about_answers(content: bytes, folder: Path) -> str:
    """What is told about an answer file, or what was read from it."""
    path = folder / "answers.yaml"
    path.write_bytes(content)
    exam = load_exam(ANSWERED, KINDS)
    try:
        submissions = load_submissions(path)
    except SpecError as error:
        return told(error.diagnostics, folder)
    return "".join(
        told(match_answers(submission, exam), folder) or handed_in(submission, folder) for submission in submissions
    )


def described(exam: Exam) -> str:
    """An exam in some lines of text."""
    lines = [f"{exam.title or '(no title)'}, {exam.points} points, {', '.join(map(str, exam.conventions))}"]
    for problem in exam.problems:
        given = problem.given
        for name, variable in given.variables.items():
            shape = f" shape {list(variable.shape)}" if variable.shape else ""
            domain, plain = variable.domain, asdict(REAL)
            limits = {key: str(value) for key, value in asdict(domain).items() if value != plain[key]}
            lines.append(f"{problem.id}: {name} {limits or 'real'}{shape}")
        for name, tree in given.definitions.items():
            lines.append(f"{problem.id}: {name} = {printer.plain(tree)}  (from: {given.sources[name]})")
        if given.layers is not None:
            lines.append(f"{problem.id}: input {given.input}, layers {given.layers}")
        for part in problem.parts:
            fields = ", ".join(f"{name}={getattr(part.fields, name)}" for name in sorted(part.fields.stated))
            credit = f", {part.credit}" if part.credit != Credit() else ""
            lines.append(f"{part.name}: {part.kind}, {part.points} points, {fields}{credit}")
    return "\n".join(lines) + "\n"


def handed_in(submission: Submission, folder: Path) -> str:
    """A submission in some lines of text."""
    exam = submission.exam.relative_to(folder) if submission.exam else "no exam"
    lines = [f"{submission.student}, {exam}"]
    for name, answer in submission.answers.items():
        lines.append(f"{name}: value {answer.value!r}, work {answer.work!r}, reason {answer.reason!r}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("topic", sorted(path.stem for path in CASES.glob("*.yaml")))
def test_what_is_told_of_a_file_and_read_from_it(topic: str, tmp_path: Path, golden: Any) -> None:
    about = about_answers if topic.endswith("answers") else about_exam
    cases = yaml.load((CASES / f"{topic}.yaml").read_text("utf-8"), Loader=yaml.CBaseLoader)
    golden(f"{topic}.txt", "\n".join(f"# {case['case']}\n{about(case['file'].encode(), tmp_path)}" for case in cases))


def diagnostics_of(text: str) -> list[Diagnostic]:
    """What is wrong with an exam; any other exception than a :class:`SpecError` is a bug."""
    try:
        load_exam(text, KINDS)
    except SpecError as error:
        return error.diagnostics
    return []


EXAMPLE = yaml.load((CASES / "good_exams.yaml").read_text("utf-8"), Loader=yaml.CBaseLoader)[0]["file"]


@settings(max_examples=200)
@given(
    st.integers(0, len(EXAMPLE)),
    st.integers(0, 30),
    st.text("[]{}()|>&*!%@`'\"\\\\#-:?, \t\n\r=ab1\0\x85\u2028\ufeff\ud800", max_size=6),
)
def test_a_damaged_exam_is_read_or_refused_in_words(start: int, length: int, inserted: str) -> None:
    damaged = EXAMPLE[:start] + inserted + EXAMPLE[start + length :] + "\n"
    for diagnostic in diagnostics_of(damaged):
        assert diagnostic.message
        assert diagnostic.location


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_in_words(content: bytes) -> None:
    with pytest.raises(SpecError):
        read_documents(b"examgrad: 1\n&" + content, "exam.yaml")


@pytest.mark.parametrize("text", ["[", "{a: ", "- ", "? ", "[{", "'", "(" * 60 + ", ", "[(,"])
def test_what_is_repeated_without_end_is_refused_in_words(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        load_exam("examgrad: 1\nproblems: [" + text * 100_000, KINDS)
    assert caught.value.diagnostics[0].location


def test_a_file_may_not_be_larger_than_the_limit() -> None:
    with pytest.raises(SpecError, match="5,000,000 are the most"):
        load_exam("examgrad: 1\n" + "#" * MAX_BYTES, KINDS)


def test_a_file_in_another_encoding_is_refused_at_its_byte(tmp_path: Path) -> None:
    path = tmp_path / "exam.yaml"
    path.write_bytes("examgrad: 1\ntitle: Prüfung\n".encode("latin-1"))
    with pytest.raises(SpecError, match="not in UTF-8") as caught:
        load_exam(path, KINDS)
    assert (caught.value.path, caught.value.line, caught.value.column) == (str(path), 2, 10)
    path.write_bytes("examgrad: 1\n".encode("utf-16"))
    with pytest.raises(SpecError, match="UTF-16"):
        load_exam(path, KINDS)


def test_parts_are_found_by_their_names() -> None:
    exam = load_exam(EXAMPLE, KINDS)
    assert exam.part("4c").given is exam.problems[3].given
    assert exam.points == sum(part.points for part in exam.parts) == Fraction(50)
    assert len(exam.digest) == 64
    with pytest.raises(KeyError):
        exam.part("9z")


def test_answers_of_a_program() -> None:
    answers = {"1a": True, "2c": ["B", "C"], "3a": "2 x", "3b": Fraction(1, 2), "3c": {"x1": 1.5}, "4a": None}
    submission = submission_of(answers, "0001")
    assert submission.answers["1a"] == Answer(Text("True"))
    assert submission.answers["2c"].value == ["B", "C"]
    assert submission.answers["3b"].value == "1/2"
    assert submission.answers["3c"].value == {"x1": "1.5"}
    assert submission.answers["4a"].empty
    assert submission.answers["3a"].location is not None
    with pytest.raises(TypeError):
        submission_of({"1a": object()})


def test_the_schema_names_every_field_of_every_kind() -> None:
    schema = json_schema(KINDS)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    parts = schema["definitions"]["part"]["allOf"]
    assert [case["if"]["properties"]["kind"]["const"] for case in parts] == list(KINDS)
    for case, fields in zip(parts, KINDS.values(), strict=True):
        assert {"id", "kind", "prompt", "points", "credit", *declared(fields)} == set(case["then"]["properties"])
        assert case["then"]["additionalProperties"] is False
