"""Deep residual and recurrent networks: their gradients against PyTorch's, told in gradients on the way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import TESTS

import examgrad
from examgrad.calculus.derivation import Adjoint, Pull, Request, derived_from_json, derived_to_json
from examgrad.calculus.matrix.derive import derive
from examgrad.calculus.matrix.edges import Edges
from examgrad.calculus.matrix.named import written_out
from examgrad.calculus.steps import solution
from examgrad.errors import DerivationError
from examgrad.exam.model import Exam
from examgrad.formula.parser import read
from examgrad.formula.tree import Apply, Node, Number, Symbol, mul
from examgrad.report.latex import keys_latex
from examgrad.report.text import keys_text

CASES: list[dict[str, Any]] = json.loads((TESTS / "cases" / "matrix" / "deep.json").read_text(encoding="utf-8"))


def exam_of(case: dict[str, Any]) -> Exam:
    """An exam that asks for every gradient in symbols, and then for each in numbers."""
    parts: list[dict[str, Any]] = [{"id": "all", "kind": "gradient", "of": "L", "wrt": [a["wrt"] for a in case["ask"]]}]
    for place, ask in enumerate(case["ask"]):
        parts.append({"id": f"q{place}", "kind": "gradient", "of": "L", "wrt": ask["wrt"], "at": case["at"]})
    given = {"variables": case["variables"], "equations": case["equations"]}
    problems = [{"id": 1, "given": given, "parts": parts}]
    return examgrad.load_exam(json.dumps({"examgrad": 1, "title": case["case"], "problems": problems}, indent=1))


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_pytorch(case: dict[str, Any]) -> None:
    exam = exam_of(case)
    keys = examgrad.solve(exam, cached=False)
    for place, ask in enumerate(case["ask"]):
        found, wanted = (_flat(value) for value in (keys[f"1q{place}"].value, ask["value"]))
        assert found == pytest.approx(wanted, rel=1e-9, abs=1e-12), ask["wrt"]
    key = keys["1all"]
    assert key.verified is not None
    assert key.verified.points >= 8
    assert max(len(line) for line in key.unicode.split("\n")) < 60 * len(case["equations"])
    if key.where:
        last = key.text.split("\n")[-len(case["ask"]) :]
        answer = dict(zip((ask["wrt"] for ask in case["ask"]), last, strict=True)) if len(last) > 1 else last[0]
        assert examgrad.check(exam, {"1all": answer})["1all"].verdict == "correct"


def _flat(value: Any) -> list[float]:
    return [entry for item in value for entry in _flat(item)] if isinstance(value, list) else [float(value)]


def deep() -> Exam:
    return examgrad.load_exam(TESTS / "cases" / "matrix_exams" / "deep.yaml")


def test_keys_and_steps(golden: Any) -> None:
    exam = deep()
    keys = examgrad.solve(exam)
    golden("deep_steps.txt", keys_text(exam.title, keys, steps=True))
    golden("deep.tex", keys_latex(exam, keys) + "\n")


@pytest.mark.parametrize("name", ["1a", "1b", "2a"])
def test_a_key_is_a_right_answer_as_it_is_printed(name: str) -> None:
    exam = deep()
    key = examgrad.solve(exam)[name]
    for text in (key.text, key.unicode, key.latex):
        assert examgrad.check(exam, {name: text})[name].verdict == "correct", text


def request(wrt: str = "W") -> Request:
    """A part of the exam as what is to be derived."""
    given = deep().part("1a").given
    return Request("gradient", (Symbol("L"),), (wrt,), given.definitions, given.names.domains, given.names.shapes)


def test_a_key_crosses_to_another_process() -> None:
    derived = derive(request())
    assert derived.where
    assert derived_from_json(json.loads(json.dumps(derived_to_json(derived)))) == derived


def test_a_key_written_out_names_no_gradients() -> None:
    derived = derive(request())
    whole = written_out(derived.tree, derived.where)
    assert not any(isinstance(item, Apply) and item.op == "derivative" for item in whole.walk())
    assert whole.size() > derived.tree.size()


def test_steps_can_be_read_back() -> None:
    asked = request()
    names = deep().part("1a").given.names
    for step in solution(derive(asked), asked.definitions, asked.domains, asked.shapes):
        tree = read(step.text, names)
        assert tree == read(step.latex, names), step.text
        assert tree == read(step.unicode, names), step.text


def _twice(node: Node) -> Node:
    return mul(Number(2), node)


@pytest.mark.parametrize(
    "change",
    [
        lambda pull: pull._replace(given=_twice(pull.given)),
        lambda pull: pull._replace(so_far=_twice(pull.so_far)),
        lambda pull: pull._replace(local=_twice(pull.local) if pull.local else pull.given),
    ],
    ids=["what goes over an edge", "the product so far", "the local derivative"],
)
def test_a_line_that_is_wrong_is_not_confirmed(change: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Edges.told

    def wrong(self: Edges, *arguments: Any) -> tuple[Adjoint, ...]:
        walk = told(self, *arguments)
        at = next(at for at, item in enumerate(walk) if item.name == "a3")
        pulls: tuple[Pull, ...] = tuple(map(change, walk[at].pulls))
        return (*walk[:at], walk[at]._replace(pulls=pulls), *walk[at + 1 :])

    monkeypatch.setattr(Edges, "told", wrong)
    with pytest.raises(DerivationError, match="not confirmed"):
        derive(request())


def test_a_gradient_on_the_way_that_is_wrong_is_not_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Edges.told

    def wrong(self: Edges, *arguments: Any) -> tuple[Adjoint, ...]:
        return tuple(
            item._replace(node=_twice(item.node)) if item.name == "a3" else item for item in told(self, *arguments)
        )

    monkeypatch.setattr(Edges, "told", wrong)
    with pytest.raises(DerivationError, match="not confirmed"):
        derive(request())
