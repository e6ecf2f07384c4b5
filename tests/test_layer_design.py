"""Design questions: what counts as a right choice, what the key lists, which exams are refused."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import cases
from hypothesis import given
from hypothesis import strategies as st

import examgrad

EXAM = """\
examgrad: 1
conventions: {conventions}
problems:
  - id: 1
    given:
      input: {input}
      layers: {layers}
    parts:
      - {{id: a, kind: layer_design, points: 4, {part}}}
"""


def exam_of(case: dict[str, Any]) -> Any:
    values = {"conventions": "{}", "input": "[32, 32, 3]"} | {
        name: case[name] for name in ("conventions", "input", "layers", "part") if name in case
    }
    return examgrad.load_exam(EXAM.format(**values))


@pytest.mark.parametrize("case", [case for case in cases("layer_design") if "answers" in case.values[0]])
def test_choices_are_judged_by_what_they_give(case: dict[str, Any]) -> None:
    exam = exam_of(case)
    key = examgrad.solve(exam)["1a"]
    assert str(key) == case.get("key", str(key))
    told = "\n".join(step.text for step in key.steps)
    assert all(step in told for step in case.get("steps", [])), told
    for row in case["answers"]:
        found = examgrad.check(exam, {"1a": row["answer"]})["1a"]
        told = f"{row['answer']}: {found.verdict}, {found.points}, {found.reason} {found.diagnoses} {found.evidence}"
        assert found.verdict == row["verdict"], told
        assert str(found.points) == row.get("points", str(found.points)), told
        assert row.get("reason", "") in found.reason, told
        assert row.get("evidence") in (None, found.evidence and found.evidence.method), told
        if "at" in row:
            assert found.evidence is not None
            assert dict(found.evidence.at) == row["at"], told
            assert [found.evidence.answer, found.evidence.key] == row["gives"], told
        if "cells" in row:
            assert ", ".join(cell.verdict for cell in found.cells) == row["cells"], told


@pytest.mark.parametrize("case", [case for case in cases("layer_design") if "message" in case.values[0]])
def test_a_part_that_asks_nothing_or_too_much_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(examgrad.SpecError) as caught:
        examgrad.solve(exam_of(case))
    assert case["message"] in str(caught.value)


LENET = {
    "layers": '["CONV(F, K, stride=S, padding=P)", POOL(2), FC(10)]',
    "part": "find: [F, K, S, P], target: {layer: CONV, shape: [16, 16, 8]}",
}
HOSTILE = [
    "K=10^9, S=2, P=1, F=8", "K=-1, S=2, P=1, F=8", "K=9^9^9, S=2, P=1, F=8", "K=9^9, S=9^9, P=9^9, F=9^9",
    "K" * 100_000, "(" * 3000, "K=(" * 500, "=" * 3900, "K=4, " * 300, "a a " * 900, "9" * 3000,
    "K=1/0, S=2, P=1, F=8", "or or or",
    "K=((4), S=2, P=1, F=8", "CONV(" * 300, "CONV()", "CONV(8, 4, 2, 1)(x)(y)",
    "K=4 S=2 P=1 F=CONV(8)", "K=[], S=[], P=[], F=[]",
    "F=8, K=(3, 3, 3, 3), S=2, P=1", "F=8, K=(3, 3), S=(2, 2, 2), P=1", "F=8, K=K+1, S=2, P=1", "P=K, K=P, S=2, F=8",
    "P=9^K, S=2, F=8", "any K, any S, any P, any F", "F=8, K=True, S=2, P=1", "F=nan, K=inf, S=2, P=1",
    "1e9, 1e9, 1e9, 1e9",
    "F=8, K=4, S=2, P=" + "1+" * 900 + "1", "F=8, K=4, S=2, P=" + "-" * 900 + "1", "\x00",
    "F=8, K=4, S=2, P=1e-3", "__import__('os')",
]  # fmt: skip


@pytest.mark.parametrize("answer", HOSTILE, ids=lambda answer: answer[:30])
def test_a_hostile_answer_is_never_right_and_never_a_failure(answer: str) -> None:
    found = examgrad.check(exam_of(LENET), {"1a": answer})["1a"]
    assert found.verdict in ("incorrect", "unreadable", "review"), found.reason
    assert "internal" not in [item.code for item in found.diagnoses], found.reason


@pytest.mark.parametrize(
    "answer", [{"K": {"K": {"K": "3"}}}, [[["3"]]], {"K": ["3"] * 9}, [{"K": "3"}, "4"], {"": "3"}]
)
def test_a_strange_structure_is_never_a_failure(answer: Any) -> None:
    found = examgrad.check(exam_of(LENET), {"1a": answer})["1a"]
    assert found.verdict in ("incorrect", "unreadable", "review"), found.reason
    assert "internal" not in [item.code for item in found.diagnoses], found.reason


@given(
    size=st.integers(1, 40), kernel=st.integers(1, 12), stride=st.integers(1, 5), padding=st.integers(0, 6),
    filters=st.integers(1, 30), wanted=st.integers(1, 40),
)  # fmt: skip
def test_exactly_the_choices_that_the_formula_allows_are_right(
    size: int, kernel: int, stride: int, padding: int, filters: int, wanted: int
) -> None:
    from examgrad.formula.tree import Number
    from examgrad.layers.design import read_design

    layers = ["CONV(F, K, stride=S, padding=P)"]
    design = read_design([size, size, 3], layers, ["F", "K", "S", "P"], {"shape": [wanted, wanted, 8]})
    choice = {"F": filters, "K": kernel, "S": stride, "P": padding}
    found = (size - kernel + 2 * padding) // stride + 1 if size + 2 * padding >= kernel else 0
    right = filters == 8 and found == wanted
    assert design.judge({name: Number(value) for name, value in choice.items()}).right is right


@given(size=st.integers(4, 64), wanted=st.integers(1, 64), stride=st.integers(1, 3))
def test_a_search_finds_all_choices_within_its_ranges(size: int, wanted: int, stride: int) -> None:
    from examgrad.layers.design import as_env, read_design
    from examgrad.layers.design.search import search

    layers = [f"CONV(4, K, stride={stride}, padding=P)"]
    found = search(read_design([size, size, 1], layers, {"K": "1..9", "P": "0..4"}, {"shape": [wanted, wanted, 4]}))
    every = [
        (kernel, padding)
        for kernel in range(1, 10)
        for padding in range(5)
        if size + 2 * padding >= kernel and (size - kernel + 2 * padding) // stride + 1 == wanted
    ]
    assert found.number == len(every)
    assert [tuple(as_env(choice).values()) for choice in found.choices] == every[:5]


def test_letters_disturb_no_table_of_the_same_problem() -> None:
    text = EXAM.format(conventions="{}", input="[32, 32, 3]", **LENET)
    exam = examgrad.load_exam(text + "      - {id: b, kind: layers, ask: [shape, parameters]}\n")
    keys = examgrad.solve(exam)
    assert keys["1b"].rows[0].shape == ["floor((2*P - K + 32)/S) + 1"] * 2 + ["F"]
