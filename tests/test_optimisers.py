"""Optimiser steps: numbers against PyTorch's, every formulation against a plain simulation, answers in any notation."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import yaml
from conftest import PROJECT, assert_told, cases

import examgrad
from examgrad.calculus.graph import Graph
from examgrad.calculus.optimisers import RULES
from examgrad.equality import evaluate_double
from examgrad.report.text import keys_text

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


NEURON = {
    "variables": {
        **dict.fromkeys(["w", "b", "x", "y", "v"], "real"), **dict.fromkeys(["eta", "eps", "lambda", "t"], "positive"),
        "s": "positive", "beta": "(0, 1)", "rho": "(0, 1)",
    },
    "equations": ["yhat = w x + b", "L = 1/2 (yhat - y)^2"],
}  # fmt: skip


@pytest.mark.parametrize("case", [case for case in ALL if "answers" in case.values[0]])
def test_answers_are_marked(case: dict[str, Any]) -> None:
    exam = exam_of({**NEURON, **case}, {"points": "4", **case["part"]})
    for row in case["answers"]:
        found = examgrad.check(exam, {"1p1": row["answer"]})["1p1"]
        assert_told(found, row)
        assert "internal" not in [item.code for item in found.diagnoses], row["answer"]


POINT = {
    "w": 0.7, "b": -0.4, "x": 1.3, "y": 0.9, "v": 0.2, "s": 0.5, "eta": 0.1, "eps": 0.01, "lambda": 0.2, "beta": 0.8,
    "rho": 0.95, "t": 3.0,
}  # fmt: skip
FORMS = [(rule, form) for rule, row in RULES.items() for form in row.forms]


def slope(w: float) -> float:
    """The gradient of the neuron's loss by central differences, and of the decay."""
    at = [0.5 * ((w + step) * POINT["x"] + POINT["b"] - POINT["y"]) ** 2 for step in (1e-4, -1e-4)]
    return (at[0] - at[1]) / 2e-4 + POINT["lambda"] * w


def simulated(rule: str, form: str, steps: int) -> float:
    """A rule's steps as a program would take them, written down once more from its books."""
    w, v, m, s, p = POINT["w"], POINT["v"], POINT["v"], POINT["s"], POINT
    rate, beta, rho, eps = p["eta"], p["beta"], p["rho"], p["eps"]
    for step in range(steps):
        if rule == "sgd":
            w -= rate * slope(w)
        elif rule == "nesterov" and form == "sutskever":
            v = beta * v - rate * slope(w + beta * v)
            w += v
        elif rule == "nesterov" and form == "lookahead":
            v = beta * v + slope(w - rate * beta * v)
            w -= rate * v
        elif form in ("sutskever", "cs231n"):
            before, v = v, beta * v - rate * slope(w)
            w += v if rule == "momentum" else -beta * before + (1 + beta) * v
        elif rule in ("momentum", "nesterov"):
            g = slope(w)
            v = beta * v + (1 - beta if form == "average" else 1) * g
            w -= rate * (v if rule == "momentum" else g + beta * v)
        else:
            g = slope(w)
            m = beta * m + (1 - beta) * g if rule == "adam" else g
            s = s + g * g if rule == "adagrad" else rho * s + (1 - rho) * g * g
            corrected = rule == "adam" and form != "uncorrected"
            time = p["t"] + step
            first, second = (m / (1 - beta**time), s / (1 - rho**time)) if corrected else (m, s)
            w -= rate * first / (math.sqrt(second + eps) if form == "inside" else math.sqrt(second) + eps)
    return w


@pytest.mark.parametrize(("rule", "form"), FORMS)
def test_formulas_are_what_a_simulation_does(rule: str, form: str) -> None:
    own = {"momentum": "beta", "decay": "rho", "beta1": "beta", "beta2": "rho", "epsilon": "eps", "step": "t",
           "velocity": "v", "moment": "v", "squares": "s"}  # fmt: skip
    row = RULES[rule]
    fields = {name: text for name, text in own.items() if name in (*row.needs, *row.takes)}
    parts = [
        {"kind": "update", "rule": rule, "formulation": form, "of": "L", "wrt": ["w"], "rate": "eta",
         "weight_decay": "lambda", "steps": steps, **fields}
        for steps in (1, 2)
    ]  # fmt: skip
    exam = exam_of(NEURON, *parts)
    for steps, (part, key) in enumerate(examgrad.solve(exam).items(), 1):
        assert key.tree is not None
        formula = Graph(exam.part(part).given.definitions).expand(key.tree)
        value = evaluate_double(formula, POINT)
        assert abs(value - simulated(rule, form, steps)) < 1e-7, (rule, form, steps, str(key))


REFUSED = {
    "rule: momentum": "momentum needs a field 'momentum'",
    "rule: adam, beta1: 0.9": "adam needs a field 'beta2'",
    "rule: sgd, momentum: 0.9": "sgd has no momentum",
    "rule: adagrad, decay: 0.9": "adagrad has no decay",
    "rule: sgd, formulation: inside": "sgd has no formulation inside: expected torch",
    "rule: momentum, momentum: 0.9, velocity: {q: v}": "'q' in velocity is no name of this problem",
    "rule: momentum, momentum: gamma": "gamma",
    "rule: sgd, ask: state": "sgd keeps no state",
    "rule: sgd, ask: velocity": "'velocity' is nothing that can be asked for here",
    "rule: sgd, steps: 0": "steps is a number from 1 to 1000",
    "rule: sgd, decoupled: true": "decoupled is of a weight_decay, and there is none",
    "rule: sgd, at: {w: 1, b: 0, x: 1}": "at gives no number for y, eta",
    "rule: sgd, at: {w: 1, q: 0}": "'q' in at is no name of this problem",
}


@pytest.mark.parametrize(("fields", "message"), REFUSED.items(), ids=REFUSED.keys())
def test_fields_that_do_not_go_together_are_refused(fields: str, message: str) -> None:
    part = yaml.safe_load(f"{{kind: update, of: L, wrt: w, rate: eta, {fields}}}")
    with pytest.raises(examgrad.SpecError) as caught:
        examgrad.solve(exam_of(NEURON, part))
    assert message in str(caught.value)


def test_worked_steps(golden: Any) -> None:
    exam = examgrad.load_exam(PROJECT / "tests" / "cases" / "optimisers_exam.yaml")
    golden("optimisers_steps.txt", keys_text(exam.title, examgrad.solve(exam), steps=True))
