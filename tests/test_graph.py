"""Values and gradients of every node of a graph: tables in any notation, marked by the cell."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from conftest import PROJECT, assert_told, cases

import examgrad
from examgrad.report.json import keys_json
from examgrad.report.text import keys_text

EXAM = '{{"examgrad": 1,\n"problems": [{{"id": "1", "given": {given}, "parts": [{part}]}}]}}'
NEURON = {"variables": ["w", "x", "b", "y"], "equations": ["z = w x + b", "a = sigmoid(z)", "L = (a - y)^2 + w^2/2"]}
ALL = cases("graph")


def exam_of(case: dict[str, Any]) -> Any:
    given = {name: case.get(name, NEURON[name]) for name in ("variables", "equations")}
    part = {"id": "a", "points": "10", **case["part"]}
    return examgrad.load_exam(EXAM.format(given=json.dumps(given), part=json.dumps(part)))


def as_rows(right: dict[str, list[str]]) -> dict[str, Any]:
    """One table in every notation."""
    rows = [[name, *cells] for name, cells in right.items()]
    bars = "\n".join(f"| {' | '.join(row)} |" for row in [["node", "value", "∂L/∂node"], ["---"] * 3, *rows])
    across = [["", *right], ["---"] * (len(rows) + 1), ["value", *(row[1] for row in rows)]]
    across.append(["gradient", *(row[2] for row in rows)])
    return {
        "by node": right,
        "by node and column": {name: {"value": value, "gradient": grad} for name, value, grad in rows},
        "by column": {"value": {row[0]: row[1] for row in rows}, "gradient": {row[0]: row[2] for row in rows}},
        "rows with names": rows,
        "rows in order": [row[1:] for row in rows],
        "rows as mappings": [{"node": name, "forward": value, "grad": grad} for name, value, grad in rows],
        "Markdown": bars,
        "Markdown across": "\n".join(f"| {' | '.join(row)} |" for row in across),
        "equations": "\n".join(f"{name} = {value}, ∂L/∂{name} = {grad}" for name, value, grad in rows),
        "lines": "\n".join(f"{name}: {value}, {grad}" for name, value, grad in rows),
    }


@pytest.mark.parametrize("case", ALL)
def test_tables_are_marked(case: dict[str, Any]) -> None:
    exam = exam_of(case)
    rows = list(case.get("answers", []))
    if "right" in case:
        rows += [{"answer": table, "verdict": "correct"} for table in as_rows(case["right"]).values()]
        for row in case["changes"]:
            rows += [
                {"verdict": "correct" if row["points"] == "10" else "partial", **row, "answer": table}
                for table in as_rows(case["right"] | row["change"]).values()
            ]
    for row in rows:
        found = examgrad.check(exam, {"1a": row["answer"]})["1a"]
        assert_told(found, row)
        assert "internal" not in [item.code for item in found.diagnoses], row["answer"]


REFUSED = {
    "ask: gradients": "'gradients' is no column; did you mean gradient?",
    "nodes: [q]": "'q' in nodes is no name of this problem",
    "at: {w: 2, x: -1}": "at gives no number for b, y",
    "at: {w: [2], x: -1, b: 1, y: 1}": "w in at is 1, and it is declared as a single number",
    "tolerance: {}": "tolerance says nothing: expected abs, rel or digits",
    "key: {z: [1, 1]}": "the stated key is not equal to the derived one",
}


@pytest.mark.parametrize(("fields", "message"), REFUSED.items(), ids=REFUSED.keys())
def test_what_is_refused(fields: str, message: str) -> None:
    part = {"kind": "graph", "of": "L", "at": {"w": 2, "x": -1, "b": 1, "y": 1}, **yaml.safe_load(f"{{{fields}}}")}
    with pytest.raises(examgrad.SpecError) as caught:
        examgrad.solve(exam_of({"part": part}))
    assert message in str(caught.value)


def test_a_kink_is_told() -> None:
    case = {
        "variables": ["x"], "equations": ["h = max(0, x)", "L = h^2 + h"],
        "part": {"kind": "graph", "of": "L", "at": {"x": 0}},
    }  # fmt: skip
    with pytest.raises(examgrad.ExamgradError, match="L has a kink at these numbers"):
        examgrad.solve(exam_of(case))


def test_what_is_printed(golden: Any) -> None:
    exam = examgrad.load_exam(PROJECT / "tests" / "cases" / "graph_exam.yaml")
    keys = examgrad.solve(exam)
    golden("graph_steps.txt", keys_text(exam.title, keys, steps=True))
    rows = json.loads(keys_json(exam.title, exam.points, keys))["keys"][1]["rows"]
    assert rows[0] == {
        "layer": "W", "op": "W", "value": [[1, -1], [2, 0]], "gradient": [[1, -1], [3, 2]], "formulas": {},
    }  # fmt: skip
