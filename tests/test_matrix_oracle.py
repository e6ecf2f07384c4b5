"""Gradients, Jacobians and Hessians against PyTorch's (tests/oracles/matrix_torch.py), in numbers and in symbols."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import TESTS

import examgrad
from examgrad.errors import ExamgradError
from examgrad.exam.model import Exam
from examgrad.kinds.array_numbers import array_key, at_numbers
from examgrad.kinds.base import Key
from examgrad.kinds.solve import solve

CASES: list[dict[str, Any]] = json.loads((TESTS / "cases" / "matrix" / "torch.json").read_text(encoding="utf-8"))
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


@pytest.mark.parametrize("topic", range(TOPICS))
def test_pytorch(topic: int, tmp_path: Path, golden: Any) -> None:
    cases = CASES[topic::TOPICS]
    exam = exam_of(tmp_path, cases)
    keys = solve(exam)
    trouble, lines = [], []
    for problem, case in zip(exam.problems, cases, strict=True):
        lines.append(f"{case['case']}: {'; '.join(case['equations'])}")
        for part in problem.parts:
            key = keys[part.name]
            ask = case["ask"][problem.parts.index(part) if not part.name.endswith("number") else int(problem.id) % len(case["ask"])]
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
    golden(f"matrix/keys_{topic:02}.txt", "\n".join(lines) + "\n")


def _numbers_of(at: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _numbers(value) for name, value in at.items()}


def _tree(key: Key) -> Any:
    assert key.tree is not None
    return key.tree


def _written(key: Key) -> str:
    """The key as it is shown; one that is written entry by entry, only by its length."""
    return key.unicode if len(key.unicode) < 400 else f"({len(key.unicode)} characters)"
