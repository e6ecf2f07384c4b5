"""Jacobians and Hessians by matrices against PyTorch's (tests/oracles/tensors_torch.py), and their steps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

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

CASES: list[dict[str, Any]] = json.loads((TESTS / "cases" / "tensors" / "torch.json").read_text(encoding="utf-8"))
TOPICS = 5


def exam_of(cases: list[dict[str, Any]]) -> Exam:
    """An exam with a problem for each case, a part for each question, the first one in numbers, too."""
    problems = []
    for number, case in enumerate(cases, 1):
        asked = [{name: ask[name] for name in ("kind", "of", "wrt")} for ask in case["ask"]]
        parts = [{"id": f"q{place}", **ask} for place, ask in enumerate(asked)]
        parts.append({"id": "number", **asked[0], "at": case["at"]})
        given = {"variables": case["variables"], "equations": case["equations"]}
        problems.append({"id": number, "given": given, "parts": parts})
    return examgrad.load_exam(
        yaml.safe_dump({"examgrad": 1, "problems": problems}, allow_unicode=True, sort_keys=False)
    )


def numbers(value: Any) -> Any:
    """The numbers of an ``at``, exactly."""
    return tuple(map(numbers, value)) if isinstance(value, list) else Fraction(str(value))


def pairs(found: Any, wanted: Any) -> Iterator[tuple[float, float]]:
    """The numbers of two arrays of one shape, side by side."""
    if isinstance(wanted, list):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            yield from pairs(one, other)
    else:
        yield found, wanted


@pytest.mark.parametrize("topic", range(TOPICS))
def test_pytorch(topic: int, golden: Any) -> None:
    cases = CASES[topic::TOPICS]
    exam = exam_of(cases)
    keys = solve(exam, cached=False)
    lines = []
    for problem, case in zip(exam.problems, cases, strict=True):
        lines.append(f"{case['case']}: {'; '.join(case['equations'])}")
        for part, ask in zip(problem.parts, [*case["ask"], case["ask"][0]], strict=True):
            key, value = keys[part.name], keys[part.name].value
            if value is None:
                lines.append(f"    {key.unicode}")
                assert key.verified is not None
                assert key.verified.points >= 8
                at = {name: numbers(item) for name, item in case["at"].items()}
                value = array_key(key, *at_numbers(part.given, at), tree_of(key)).value
            for one, other in pairs(value, ask["value"]):
                assert abs(one - other) <= 1e-9 * max(1, abs(one), abs(other)), f"{case['case']}: {part.name}"
            for said in (key.text, key.unicode, key.latex):
                found = check_submission(exam, keys, submission_of({part.name: said}, ""))[part.name]
                assert found.verdict == "correct", f"{said}: {found.reason}"
    golden(f"tensors/keys_{topic}.txt", "\n".join(lines) + "\n")


def tree_of(key: Key) -> Any:
    assert key.tree is not None
    return key.tree


def test_steps(golden: Any) -> None:
    exam = examgrad.load_exam(TESTS / "cases" / "matrix_exams" / "tensors.yaml")
    lines = []
    for name, key in examgrad.solve(exam).items():
        lines += [f"{name}  {key.unicode}", *(f"    {step.unicode}   ({step.rule})" for step in key.steps)]
    golden("tensors/steps.txt", "\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("equation", "asked", "shape", "message"),
    [
        ("y = W x", {"kind": "jacobian", "of": "y", "key": "∂y_i/∂W_{jk} = [i = j] x_j"}, ["m", "d"], "stated key"),
        ("L = x^T W x", {"kind": "gradient", "of": "L", "key": "x"}, ["d", "d"], "stated key"),
        ("y = W x", {"kind": "jacobian", "of": "y"}, [60, 50], "180000 entries"),
        ("y = conv2d(W, W)", {"kind": "jacobian", "of": "y"}, ["m", "d"], "sizes as numbers"),
    ],
)
def test_refused(equation: str, asked: dict[str, Any], shape: list[Any], message: str) -> None:
    given = {"variables": {"W": shape, "x": [shape[1]]}, "equations": [equation]}
    problem = {"id": 1, "given": given, "parts": [{**asked, "wrt": "W"}]}
    text = yaml.safe_dump({"examgrad": 1, "problems": [problem]}, allow_unicode=True)
    with pytest.raises(ExamgradError, match=message):
        solve(examgrad.load_exam(text), cached=False)


def test_a_stated_key_that_is_equal_holds() -> None:
    given = {"variables": {"W": ["m", "d"], "x": ["d"]}, "equations": ["y = W x"]}
    part = {"kind": "jacobian", "of": "y", "wrt": "W", "key": "∂y_a/∂W_{bc} = δ_{ab} x_c"}
    text = yaml.safe_dump({"examgrad": 1, "problems": [{"id": 1, "given": given, "parts": [part]}]}, allow_unicode=True)
    assert str(solve(examgrad.load_exam(text), cached=False)["1"]).startswith("dy_{i}/dW_{j,k} = ")
