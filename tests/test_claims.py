"""What answers claim and call their formulas: the cases of ``claims`` and ``labels`` to the exams of those names."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from conftest import TESTS, cases

import examgrad
from examgrad.exam.model import Exam

VERDICTS = {
    "right": "correct", "partial": "partial", "wrong": "incorrect", "review": "review", "unreadable": "unreadable",
}  # fmt: skip
CLAIMS = [
    pytest.param(
        topic, case.values[0]["part"], answer, verdict, id=f"{case.values[0]['case']}: {verdict}, {answer}"
    )
    for topic in ("claims", "labels")
    for case in cases(topic)
    for verdict in VERDICTS
    for answer in case.values[0].get(verdict, ())
]  # fmt: skip


@cache
def exam(topic: str) -> Exam:
    return examgrad.load_exam(TESTS / "cases" / f"{topic}_exam.yaml")


@pytest.mark.parametrize(("topic", "part", "answer", "verdict"), CLAIMS)
def test_claims(topic: str, part: str, answer: Any, verdict: str) -> None:
    found = examgrad.check(exam(topic), {part: answer})[part]
    assert found.verdict == VERDICTS[verdict], (found.answer, found.reason, found.diagnoses)
