"""What answers claim beside their formula: the cases of ``tests/cases/claims`` to ``claims_exam.yaml``."""

from __future__ import annotations

import pytest
from conftest import TESTS, cases

import examgrad
from examgrad.exam.model import Exam

VERDICTS = {"right": "correct", "wrong": "incorrect", "review": "review", "unreadable": "unreadable"}
CLAIMS = [
    pytest.param(case.values[0]["part"], answer, verdict, id=f"{case.values[0]['case']}: {verdict}, {answer}")
    for case in cases("claims")
    for verdict in VERDICTS
    for answer in case.values[0].get(verdict, ())
]


@pytest.fixture(scope="module")
def exam() -> Exam:
    return examgrad.load_exam(TESTS / "cases" / "claims_exam.yaml")


@pytest.mark.parametrize(("part", "answer", "verdict"), CLAIMS)
def test_claims(part: str, answer: str, verdict: str, exam: Exam) -> None:
    found = examgrad.check(exam, {part: answer})[part]
    assert found.verdict == VERDICTS[verdict], (found.answer, found.reason, found.diagnoses)
