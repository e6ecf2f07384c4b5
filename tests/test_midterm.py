"""A real student's midterm, end to end: the table of what it must show, and what is printed of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import PROJECT

from examgrad.grading.classroom import check_paths
from examgrad.grading.results import PartResult, Report
from examgrad.report.json import keys_json, report_json
from examgrad.report.text import report_text

ANSWERS = Path("problems/deep-learning-midterm/answers.yaml")

VERDICTS = {
    **dict.fromkeys("1a 1b 1c 1e 2a 2b 2d 2e 2f 3a 3c 3d 4b 4d 5".split(), "correct"),
    **dict.fromkeys("1d 2c 3b 4c".split(), "incorrect"),
    "4a": "partial",
    **dict.fromkeys("6a 6b 6c 6d".split(), "review"),
}


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)


@pytest.fixture
def report() -> Report:
    return check_paths([ANSWERS]).reports[0]


def part(report: Report, name: str) -> PartResult:
    return report.submissions[0][name]


def test_every_verdict(report: Report) -> None:
    assert {result.part: result.verdict for result in report.submissions[0]} == VERDICTS


@pytest.mark.parametrize("name", ["3a", "3c", "3d", "4b", "4d"])
def test_formulas_are_proved_equal(report: Report, name: str) -> None:
    evidence = part(report, name).evidence
    assert evidence is not None
    assert evidence.method == "exact"


def test_3b_has_a_witness_and_the_line_that_was_right(report: Report) -> None:
    found = part(report, "3b")
    assert found.evidence is not None
    assert (dict(found.evidence.at), found.evidence.answer, found.evidence.key) == (
        {"x1": "2", "x2": "3", "y": "5"}, "172", "76",
    )  # fmt: skip
    assert [line.verdict for line in found.lines] == ["valid"] * 6
    assert "right-before" in [item.code for item in found.diagnoses]


def test_4a_is_right_but_for_g(report: Report) -> None:
    assert [cell.verdict for cell in part(report, "4a").cells] == ["incorrect", "correct", "correct"]


def test_4c_has_v_where_x_belongs_and_an_open_gate(report: Report) -> None:
    found = part(report, "4c")
    assert found.evidence is not None
    at = found.evidence.at
    assert int(at["v"]) * int(at["x"]) > 0
    assert "v stands where x belongs." in [item.message for item in found.diagnoses]


def test_5_is_right_in_every_cell(report: Report) -> None:
    assert [cell.verdict for cell in part(report, "5").cells] == ["correct"] * 10


def test_6_waits_for_a_person_with_suggested_points(report: Report) -> None:
    for name in ("6a", "6b", "6c", "6d"):
        found = part(report, name)
        assert found.awarded
        assert found.points == sum(award.points for award in found.awarded)


def test_what_is_printed(report: Report, golden: object) -> None:
    text = report_text(report)
    golden("midterm.txt", text)  # type: ignore[operator]
    assert all(len(line) <= 80 for line in text.splitlines())


def test_what_is_written_as_json(report: Report, golden: object) -> None:
    text = report_json(report)
    document = json.loads(text)
    assert document["submissions"][0]["points"] == str(report.submissions[0].points)
    golden("midterm.json", text)  # type: ignore[operator]


def test_the_keys(golden: object) -> None:
    import examgrad

    exam = examgrad.load_exam(ANSWERS.parent / "exam.yaml")
    golden("midterm-keys.json", keys_json(exam.title, exam.points, examgrad.solve(exam)))  # type: ignore[operator]


def test_two_runs_give_the_same_bytes(report: Report) -> None:
    assert report_json(check_paths([ANSWERS]).reports[0]) == report_json(report)
