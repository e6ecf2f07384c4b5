"""Gradients, Jacobians and Hessians against PyTorch's (tests/oracles/matrix_torch.py), in numbers and in symbols."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from conftest import TESTS

import examgrad
from examgrad.errors import ExamgradError
from examgrad.exam.model import Exam
from examgrad.exam.submissions import submission_of
from examgrad.grading.script import check_submission
from examgrad.kinds.array_numbers import array_key, at_numbers
from examgrad.kinds.base import Key
from examgrad.kinds.solve import solve

CASES: list[dict[str, Any]] = json.loads((TESTS / "cases" / "matrix" / "torch.json").read_text(encoding="utf-8"))
ANSWERS: list[dict[str, str]] = json.loads((TESTS / "cases" / "matrix" / "answers.json").read_text(encoding="utf-8"))
"""Answers made from the keys: one thing changed (``how``), or the same written in another way.

Which are equal was established with numpy, at two choices of numbers.
"""
TOPICS = 16
"""Into how many exams the cases are divided: the keys of one are derived by one process."""


def exam_of(tmp_path: Path, cases: list[dict[str, Any]]) -> Exam:
    """An exam with a problem for each case: every question in symbols, and one of them in numbers, too."""
    problems = []
    for at, case in enumerate(cases, 1):
        parts = [{"id": f"q{place}", **_asked(ask)} for place, ask in enumerate(case["ask"])]
        parts.append({"id": "number", **_asked(case["ask"][at % len(case["ask"])]), "at": case["at"]})
        given = {"variables": case["variables"], "equations": case["equations"]}
        problems.append({"id": at, "given": given, "parts": parts})
    path = tmp_path / "exam.yaml"
    path.write_text(yaml.safe_dump({"examgrad": 1, "problems": problems}, allow_unicode=True, sort_keys=False))
    return examgrad.load_exam(path)


def _asked(ask: Mapping[str, Any]) -> dict[str, Any]:
    return {name: ask[name] for name in ("kind", "of", "wrt", "layout") if name in ask}


def _numbers(value: Any) -> Any:
    return [_numbers(item) for item in value] if isinstance(value, list) else Fraction(str(value))


def _pairs(found: Any, wanted: Any) -> Iterator[tuple[Any, float]]:
    """The numbers of two arrays of one shape, side by side."""
    if isinstance(wanted, list):
        assert isinstance(found, list)
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            yield from _pairs(one, other)
    else:
        yield found, wanted


def _differs(found: Any, wanted: Any) -> bool:
    return any(abs(one - other) > 1e-9 * max(1, abs(one), abs(other)) for one, other in _pairs(found, wanted))


class Topic(NamedTuple):
    """Some of the cases as one exam, with its keys."""

    number: int
    cases: list[dict[str, Any]]
    exam: Exam
    keys: dict[str, Key]


@pytest.fixture(scope="module", params=range(TOPICS))
def topic(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Topic:
    cases = CASES[request.param :: TOPICS]
    exam = exam_of(tmp_path_factory.mktemp("oracle"), cases)
    return Topic(request.param, cases, exam, solve(exam, cached=False))


def test_pytorch(topic: Topic, golden: Any) -> None:
    keys = topic.keys
    trouble, lines = [], []
    for problem, case in zip(topic.exam.problems, topic.cases, strict=True):
        lines.append(f"{case['case']}: {'; '.join(case['equations'])}")
        for part in problem.parts:
            key = keys[part.name]
            place = problem.parts.index(part)
            ask = case["ask"][place if place < len(case["ask"]) else int(problem.id) % len(case["ask"])]
            name = f"{case['case']}: {ask['kind']} of {ask['of']} by {ask['wrt']}"
            if part.fields.at is not None:
                value = key.value
            else:
                assert key.verified is not None
                assert key.verified.points >= 8, name
                lines.append(f"    {ask['kind']} {ask['of']} {ask['wrt']}: {_written(key)}")
                try:
                    value = array_key(key, *at_numbers(part.given, _numbers_of(case["at"])), _tree(key)).value
                except ExamgradError as error:
                    trouble.append(f"{name}: {error}")
                    continue
            if _differs(value, ask["value"]):
                trouble.append(f"{name}: {key.text} is {value}, PyTorch has {ask['value']}")
    assert not trouble, "\n".join(trouble)
    golden(f"matrix/keys_{topic.number:02}.txt", "\n".join(lines) + "\n")


def _numbers_of(at: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _numbers(value) for name, value in at.items()}


def _tree(key: Key) -> Any:
    assert key.tree is not None
    return key.tree


def _written(key: Key) -> str:
    """The key as it is shown; one that is written entry by entry, only by its length."""
    return key.unicode if len(key.unicode) < 400 else f"({len(key.unicode)} characters)"


def test_answers(topic: Topic) -> None:
    trouble = []
    for problem, case in zip(topic.exam.problems, topic.cases, strict=True):
        parts = {" ".join(_asked(ask).values()): part for ask, part in zip(case["ask"], problem.parts, strict=False)}
        for answer in (item for item in ANSWERS if item["case"] == case["case"]):
            name = parts[answer["ask"]].name
            result = check_submission(topic.exam, topic.keys, submission_of({name: answer["answer"]}, ""))[name]
            starred = (
                result.verdict == "review" and "* between arrays" in result.reason
            )  # which some mean entry by entry
            if result.verdict != ("correct" if answer["is"] == "right" else "incorrect") and not (
                starred and answer["is"] == "wrong"
            ):
                trouble.append(f"{answer}: {result.verdict}: {result.reason}")
            evidence = result.evidence
            if answer["is"] == "wrong" and evidence is not None and evidence.method == "witness":
                assert evidence.answer != evidence.key
    assert not trouble, "\n".join(trouble)
