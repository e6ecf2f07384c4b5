"""Answers in matrix notation: the cases of ``tests/cases/matrix_answers`` to the exams in ``matrix_exams``."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from conftest import TESTS, assert_told, cases

import examgrad
from examgrad.errors import SpecError
from examgrad.exam.model import Exam
from examgrad.grading.lint import lint_warnings


@cache
def exam_named(name: str) -> Exam:
    return examgrad.load_exam(TESTS / "cases" / "matrix_exams" / f"{name}.yaml")


@pytest.mark.parametrize("case", cases("matrix_answers"))
def test_check(case: dict[str, Any]) -> None:
    found = examgrad.check(exam_named(case["exam"]), {case["part"]: case["answer"]})[case["part"]]
    assert_told(found, case)


VERDICTS = {
    "right": "correct",
    "wrong": "incorrect",
    "partial": "partial",
    "review": "review",
    "unreadable": "unreadable",
}
NOTATIONS = [
    pytest.param(
        case.values[0].get("exam", "notation"),
        case.values[0]["part"],
        answer,
        verdict,
        id=f"{case.values[0]['case']}: {verdict}, {answer}",
    )
    for case in cases("matrix_notation")
    for verdict in VERDICTS
    for answer in case.values[0].get(verdict, ())
]


@pytest.mark.parametrize(("exam", "part", "answer", "verdict"), NOTATIONS)
def test_notation(exam: str, part: str, answer: str, verdict: str) -> None:
    found = examgrad.check(exam_named(exam), {part: answer})[part]
    assert found.verdict == VERDICTS[verdict], (found.answer, found.reason, found.diagnoses)


def test_what_is_told_of_work(golden: Any) -> None:
    told = []
    for case in (item.values[0] for item in cases("matrix_answers")):
        if "lines" in case:
            found = examgrad.check(exam_named(case["exam"]), {case["part"]: case["answer"]})[case["part"]]
            told += [f"# {case['case']}", f"{found.verdict}: {found.reason}"]
            told += [f"* {item.code}: {item.message}" for item in found.diagnoses]
            told += [f"{item.line} {item.text}\n    {item.verdict}: {item.reason}" for item in found.lines]
    golden("matrix/work.txt", "\n".join(told) + "\n")


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


@pytest.mark.parametrize(
    ("left", "right", "variables", "verdict"),
    [
        ("(A B)^T", "B^T A^T", {"A": ["m", "n"], "B": ["n", "k"]}, "equal"),
        ("tr(A B)", "tr(B A)", {"A": ["m", "n"], "B": ["n", "m"]}, "equal"),
        ("A B", "B A", {"A": ["n", "n"], "B": ["n", "n"]}, "unequal"),
        ("x^T x", "||x||^2", {"x": ["d"]}, "equal"),
        ("x^T x", "x x^T", {"x": ["d"]}, "unequal"),
        ("S^T", "S", {"S": {"shape": ["d", "d"], "domain": "symmetric"}}, "equal"),
    ],
)
def test_compare_with_letters_for_sizes(left: str, right: str, variables: dict[str, Any], verdict: str) -> None:
    assert examgrad.compare(left, right, variables=variables).verdict == verdict


@pytest.mark.parametrize("sides", [(1, "x"), ("x", None), (["x"], "x")])
def test_compare_needs_texts(sides: tuple[Any, Any]) -> None:
    with pytest.raises(SpecError, match="no text: write it in quotes"):
        examgrad.compare(*sides)


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("{x: [1, 2], W: [[1, 2, 3]]}", "W in at is 1×3: its size d is 2 elsewhere"),
        ("{x: [1, 2], W: [1, 2]}", "W in at is 2, and it is declared as m×d"),
        ("{x: [1, 2], W: [[1, 2]], d: 3}", "x in at is 2: its size d is 3 elsewhere"),
    ],
)
@pytest.mark.parametrize("part", ["{kind: value, of: W x, at: %s}", "{kind: gradient, of: L, wrt: x, at: %s}"])
def test_sizes_of_at_fit_together(part: str, at: str, message: str) -> None:
    text = "examgrad: 1\ntitle: T\nproblems:\n  - id: 1\n    given:\n      variables: {x: [d], W: [m, d]}\n"
    text += f"      equations: [L = sum(W x)]\n    parts:\n      - {part % at}\n"
    with pytest.raises(SpecError, match=re.escape(message)):
        examgrad.solve(examgrad.load_exam(text))


def test_a_softmax_of_a_matrix_without_its_axis_is_warned_of() -> None:
    found = lint_warnings(TESTS / "cases" / "matrix_exams" / "forms.yaml")
    assert [item.message for item in found] == ["in problem all, softmax(X*W) in P runs over all entries of a matrix"]
    assert found[0].help == "write softmax(X*W, axis=1) for one softmax a row"
