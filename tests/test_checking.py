"""Answers checked: the cases of ``tests/cases/checking``, and what must never touch another part."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import PROJECT, assert_told, cases

import examgrad
from examgrad.exam.model import Exam

MIDTERM = PROJECT / "problems" / "deep-learning-midterm"


@pytest.fixture(scope="module")
def midterm() -> Exam:
    return examgrad.load_exam(MIDTERM / "exam.yaml")


@pytest.mark.parametrize("case", cases("checking"))
def test_check(case: dict[str, Any], midterm: Exam) -> None:
    found = examgrad.check(midterm, {case["part"]: case["answer"]})[case["part"]]
    assert_told(found, case)


HOSTILE = [
    "(" * 50_000, "9^9^9^9", "exp(exp(exp(100)))", "x1^1000000000", "1/0", "(x1 - x1)^0", "log(0)", "[" * 500,
    "sum(i, 1, 1000000000, x1)", "x1/(x2 - x2)", "0 if 0 > 1 else 1/0", "sqrt(-1)", "\\frac{x_1}{0}", "1e308^9",
    "(x1+x2+y+1)^300", "x1^x2^y^x1^x2", "floor(1e300 x1)", "d(x1)/dx1" + " + 1" * 500, "max(" + "x1, " * 300 + "x1)",
    "log(-x1^2 - 1)", "\x1b[31m x1", "J", "J J J", "__import__('os')", "{x1: 1}", "a" * 15000, "∞", "inf - inf", "∞ x1",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("part", ["3a", "3c", "4a", "4d", "5", "2c", "1a"])
def test_hostile_answer_is_never_right_and_touches_no_other_part(text: str, part: str, midterm: Exam) -> None:
    other = "3b" if part != "3b" else "3a"
    result = examgrad.check(midterm, {part: text, other: "4x1^3x2 - 2x1y"})
    assert result[part].verdict in ("incorrect", "unreadable", "review", "unanswered")
    assert "internal" not in [item.code for item in result[part].diagnoses], result[part].reason
    assert result[other].verdict == "correct"


def test_choice_per_option(midterm: Exam) -> None:
    text = (MIDTERM / "exam.yaml").read_text(encoding="utf-8").replace("scoring: exact", "scoring: per_option")
    found = examgrad.check(examgrad.load_exam(text), {"2c": "B, C, D"})["2c"]
    assert (found.verdict, str(found.points)) == ("partial", "12/5")
    assert [cell.verdict for cell in found.cells].count("correct") == 4
