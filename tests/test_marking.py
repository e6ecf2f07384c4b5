"""Parts of every shape marked: the cases of ``tests/cases/marking``, each a part and the answers to it."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import cases

import examgrad

EXAM = """\
examgrad: 1
problems:
  - id: 1
    given:
      variables: {variables}
      equations: {equations}
    parts:
      - {{id: a, points: 4, {part}}}
"""


@pytest.mark.parametrize("case", cases("marking"))
def test_answers_are_marked(case: dict[str, Any]) -> None:
    variables, equations = case.get("variables", "[x, y]"), case.get("equations", "[]")
    text = EXAM.format(variables=variables, equations=equations, part=case["part"])
    if equations == "[]":
        text = text.replace("      equations: []\n", "")
    exam = examgrad.load_exam(text)
    for row in case["answers"]:
        found = examgrad.check(exam, {"1a": row["answer"]})["1a"]
        told = f"{row['answer']}: {found.verdict}, {found.points}, {found.reason} {found.diagnoses} {found.evidence}"
        assert found.verdict == row["verdict"], told
        assert str(found.points) == row.get("points", str(found.points)), told
        assert row.get("reason", "") in found.reason, told
        codes = [item.code for item in found.diagnoses]
        assert row.get("diagnosis") in [None, *codes], told
        assert row.get("evidence") in [None, found.evidence and found.evidence.method], told
        if "cells" in row:
            assert ", ".join(cell.verdict for cell in found.cells) == row["cells"], told


REFUSED = {
    "kind: expression, key: x, tolerance: {abs: 1}": "tolerance is for numbers: the key has names in it",
    "kind: expression, key: x, ordered: false": "ordered is for lists: the key is none",
    "kind: expression, key: 2x = 4, form: factored": "form is for formulas: the key is a statement",
    "kind: expression, key: x, constant_of_integration: z": "'z' in constant_of_integration is no name",
    'kind: expression, key: "[x, y]", constant_of_integration: x': "constant_of_integration is for one formula",
    'kind: expression, key: "1", tolerance: {}': "tolerance says nothing: expected abs, rel or digits",
    'kind: value, of: "{1/3, 2}"': "of is a set, a condition or an equation: a number",
    'kind: value, of: "[1/3, {2, 3}]"': "of is a set, a condition or an equation: a number",
    'kind: value, of: "1 > 0"': "of is a set, a condition or an equation: a number",
    'kind: value, of: "1", tolerance: {}': "tolerance says nothing: expected abs, rel or digits",
}


@pytest.mark.parametrize(("part", "message"), REFUSED.items(), ids=REFUSED.keys())
def test_fields_that_do_not_go_with_a_key_are_refused(part: str, message: str) -> None:
    text = EXAM.format(variables="[x, y]", equations="[]", part=part).replace("      equations: []\n", "")
    with pytest.raises(examgrad.SpecError) as caught:
        examgrad.solve(examgrad.load_exam(text))
    assert message in str(caught.value)


HOSTILE = [
    "=", "x=", "=x", "{", "}", "{,}", "{x,}", "{{1}, 2}", "{x}{y}", "or", "±", "±±x", "x = or", "x, ,y", "x y C x",
    "9^9^9", "x^1000000000 = 1", "1/0 = x", "x = 1/0", "(x+y+1)^300 = 0", "%", "1%%", "[[1], [2, 3]]", "x = [1, 2]",
    "x >", "x <> y", "∞", "∫ x", "(" * 5000, ", ".join(["x"] * 300), "{" + ", ".join(f"{i}y" for i in range(200)) + "}",
]  # fmt: skip
SHAPES = [
    "kind: expression, key: 2x = 7", "kind: expression, key: y = 2x", "kind: expression, key: x > 3",
    'kind: expression, key: "{20, -20}"', 'kind: expression, key: "[7, x^3, x^2]", ordered: false',
    "kind: expression, key: x^2/2, constant_of_integration: true", "kind: expression, key: x^2 - 3, form: factored",
    "kind: expression, key: x^2 - 3, form: simplified", "kind: value, of: sigmoid(1), ordered: false",
    "kind: expression, key: sqrt(2), tolerance: {rel: 0.01}",
]  # fmt: skip


@pytest.mark.parametrize("part", SHAPES)
def test_a_hostile_answer_is_never_right_and_never_a_failure(part: str) -> None:
    text = EXAM.format(variables="[x, y]", equations="[]", part=part).replace("      equations: []\n", "")
    exam = examgrad.load_exam(text)
    for answer in HOSTILE:
        found = examgrad.check(exam, {"1a": answer})["1a"]
        assert found.verdict in ("incorrect", "unreadable", "review"), (answer, found.reason)
        assert "internal" not in [item.code for item in found.diagnoses], (answer, found.reason)
