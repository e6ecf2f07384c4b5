"""Answers in matrix notation: the cases of ``tests/cases/matrix_answers`` to the exams in ``matrix_exams``."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from conftest import TESTS, cases

import examgrad
from examgrad.errors import SpecError
from examgrad.exam.model import Exam


@cache
def exam_named(name: str) -> Exam:
    return examgrad.load_exam(TESTS / "cases" / "matrix_exams" / f"{name}.yaml")


@pytest.mark.parametrize("case", cases("matrix_answers"))
def test_check(case: dict[str, Any]) -> None:
    found = examgrad.check(exam_named(case["exam"]), {case["part"]: case["answer"]})[case["part"]]
    told = f"{found.verdict}: {found.reason} {found.diagnoses}"
    assert found.verdict == case["verdict"], told
    if "method" in case:
        assert found.evidence is not None
        assert found.evidence.method == case["method"], told
    if "points" in case:
        assert str(found.points) == case["points"], told
    if "diagnosis" in case:
        assert case["diagnosis"] in [item.code for item in found.diagnoses], told


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("S: {shape: [d], domain: symmetric}", "square matrices"),
        ("y: {shape: [], domain: one-hot}", "columns"),
        ("q: symmetric", "square matrices"),
    ],
)
def test_structures_are_of_arrays(written: str, message: str) -> None:
    text = f"examgrad: 1\ntitle: T\nproblems:\n  - id: 1\n    given:\n      variables: {{x: real, {written}}}\n"
    text += "      equations: [L = x^2]\n    parts:\n      - {kind: gradient, of: L, wrt: x}\n"
    with pytest.raises(SpecError, match=message):
        examgrad.load_exam(text)
