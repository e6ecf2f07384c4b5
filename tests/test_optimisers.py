"""Optimiser steps: numbers against PyTorch's, every formulation against a plain simulation, answers in any notation."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import cases

import examgrad

EXAM = '{{"examgrad": 1,\n"problems": [{{"id": "1", "given": {given}, "parts": {parts}}}]}}'
ALL = cases("optimisers")


def exam_of(case: dict[str, Any], *parts: dict[str, Any]) -> Any:
    given = {"variables": case["variables"], "equations": case["equations"]}
    named = [{"id": f"p{number}", **part} for number, part in enumerate(parts, 1)]
    return examgrad.load_exam(EXAM.format(given=json.dumps(given), parts=json.dumps(named)))


def flat(value: Any) -> list[float]:
    return [number for item in value for number in flat(item)] if isinstance(value, list) else [float(value)]


@pytest.mark.parametrize("case", [case for case in ALL if "parts" in case.values[0]])
def test_numbers_are_those_of_pytorch(case: dict[str, Any]) -> None:
    keys = examgrad.solve(exam_of(case, *(row["part"] for row in case["parts"])))
    for row, key in zip(case["parts"], keys.values(), strict=True):
        expected = row["expected"]
        states = [kept for kept in expected if kept]
        wanted = [*expected[""].values(), *(expected[kept][name] for name in expected[""] for kept in states)]
        found, right = flat(key.value), flat(wanted)
        assert len(found) == len(right), row["title"]
        for mine, theirs in zip(found, right, strict=True):
            assert abs(mine - theirs) <= 1e-9 * max(1, abs(theirs)), (row["title"], mine, theirs)
