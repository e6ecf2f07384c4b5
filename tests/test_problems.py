"""The exams under ``problems/``: solved, linted, their keys held against published totals, their students checked."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import PROJECT

import examgrad
from examgrad.grading.classroom import check_paths
from examgrad.grading.lint import lint_exam
from examgrad.kinds.base import Key
from examgrad.report.text import report_text

CASES = Path(__file__).parent / "cases" / "problems"
EXAMS = sorted(path.parent.name for path in (PROJECT / "problems").glob("*/exam.yaml"))
MIDTERM = "deep-learning-midterm"
"""It has a file of tests of its own."""


def read(name: str) -> list[Any]:
    found = yaml.load((CASES / f"{name}.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return [pytest.param(case, id=f"{case['exam']} {case.get('part', '')}") for case in found]


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)


@cache
def keys(exam: str) -> dict[str, Key]:
    return examgrad.solve(examgrad.load_exam(PROJECT / "problems" / exam / "exam.yaml"))


def total(key: Key, column: str) -> Any:
    return sum(int(str(row.values[column])) for row in key.rows)


@pytest.mark.parametrize("exam", EXAMS)
def test_there_is_nothing_to_say_against_it(exam: str) -> None:
    assert [str(item) for item in lint_exam(Path("problems") / exam / "exam.yaml")] == []
    assert list(keys(exam)) == list(examgrad.load_exam(Path("problems") / exam / "exam.yaml").part_names)


@pytest.mark.parametrize("case", read("published"))
def test_the_key_is_what_was_published(case: dict[str, Any]) -> None:
    key = keys(case["exam"])[case["part"]]
    if "parameters" in case:
        assert total(key, "parameters") == case["parameters"]
    if "gmacs" in case:
        digits = Decimal(case["gmacs"])
        assert (Decimal(total(key, "macs")) / 10**9).quantize(digits) == digits
    if "trainable" in case:  # Keras's batch normalisation counts along half of its parameters
        frozen = [row for row in key.rows if row.op.startswith("BatchNormalization")]
        assert case["parameters"] - sum(int(str(row.values["parameters"])) for row in frozen) // 2 == case["trainable"]
    if "shapes" in case:
        assert [row.values["shape"] for row in key.rows] == case["shapes"]
    if "value" in case:
        assert str(key) == case["value"]


@pytest.mark.parametrize("case", read("torch"))
def test_the_key_is_pytorch_s(case: dict[str, Any]) -> None:
    key = keys(case["exam"])[case["part"]]
    frozen = [row for row in key.rows if row.op.startswith("BatchNormalization")]
    parameters = total(key, "parameters") - sum(int(str(row.values["parameters"])) for row in frozen) // 2
    assert parameters == case["parameters"]
    shape = key.rows[-1].values["shape"]
    assert isinstance(shape, list)
    channels_last = case["exam"] in ("lenet-5", "vgg16", "mobilenet-block", "inception-module")
    output = case["output"][1:] + case["output"][:1] if channels_last else case["output"]
    assert [7 if size == "T" else size for size in shape] == output


@pytest.mark.parametrize("case", read("students"))
def test_a_student_s_mistakes_are_found(case: dict[str, Any]) -> None:
    (report,) = check_paths([Path("problems") / case["exam"] / "answers.yaml"]).reports
    (result,) = report.submissions
    verdicts = {part.part: part.verdict for part in result}
    wrong = {name: verdict for verdict in ("partial", "incorrect") for name in case.get(verdict, [])}
    assert {name: verdict for name, verdict in verdicts.items() if verdict != "correct"} == wrong
    assert result.points == Fraction(case["points"])


def test_every_problem_has_its_student() -> None:
    cases = {case.values[0]["exam"] for case in read("students")}
    assert cases == set(EXAMS) - {MIDTERM}


@pytest.mark.parametrize("exam", ["lenet-5", "resnet-block"])
def test_what_is_printed_of_it(exam: str, golden: Any) -> None:
    (report,) = check_paths([Path("problems") / exam / "answers.yaml"]).reports
    golden(f"problem-{exam}.txt", report_text(report))
