"""Gradients, Jacobians and Hessians by PyTorch, for tests/test_matrix_oracle.py.

``python tests/oracles/matrix_torch.py`` writes ``tests/cases/matrix/torch.json``. Needs torch (2.14.1 was used), in
double precision; examgrad's own tests do not. A case says the same twice: in an exam's equations, and in PyTorch.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
import yaml
from matrix_torch_cases import CASES

torch.set_default_dtype(torch.float64)
HERE = Path(__file__).parent
NAMES: dict[str, Any] = {
    "torch": torch, "F": F, "relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "softplus": F.softplus,
    "log": torch.log, "exp": torch.exp, "sqrt": torch.sqrt, "abs": torch.abs, "inv": torch.linalg.inv,
    "cosh": torch.cosh, "det": torch.linalg.det, "logdet": torch.logdet, "tr": torch.trace, "sin": torch.sin,
    "norm": torch.linalg.norm, "max": torch.maximum, "min": torch.minimum, "where": torch.where, "diag": torch.diag,
    "sm": lambda x: torch.softmax(x, -1), "lsm": lambda x: torch.log_softmax(x, -1),
    "lse": lambda x: torch.logsumexp(x, -1), "math": math,
}  # fmt: skip
SIZES = {"d": 3, "m": 2, "k": 3, "n": 2, "N": 4, "r": 2, "p": 4, "h": 2, "T": 3}


def numbers(shape: list[int], domain: str, source: random.Random) -> Any:
    """Small decimals and fractions in the shape."""
    if shape:
        return [numbers(shape[1:], domain, source) for _ in range(shape[0])]
    value = source.choice([0.25, 0.5, 1, 1.5, 2, 3, 0.1, 0.4, 0.7, 1.2, 0.3, 0.8])
    return value if domain == "positive" or source.random() < 0.6 else -value


def arrays(case: dict[str, Any], variables: dict[str, Any], source: random.Random) -> dict[str, Any]:
    """The values of the variables, those that a case states and small ones for the others."""
    sizes = SIZES | case.get("sizes", {})
    stated = {
        name: yaml.safe_load(text) if isinstance(text, str) else text for name, text in case.get("at", {}).items()
    }
    found = {}
    for name, spec in variables.items():
        domain = spec.get("domain", "real") if isinstance(spec, dict) else spec if isinstance(spec, str) else "real"
        shape = spec.get("shape", []) if isinstance(spec, dict) else spec if isinstance(spec, list) else []
        found[name] = (
            stated.get(name)
            if name in stated
            else numbers([size if isinstance(size, int) else sizes[size] for size in shape], domain, source)
        )
        if (name not in stated and shape == ["d", "d"]) or shape == ["n", "n"]:  # well away from singular
            for at in range(len(found[name])):
                found[name][at][at] = 3.5 + at
    return found


def derivative(kind: str, of: Any, wrt: Any) -> Any:
    """The gradient of a scalar, or a row of the Jacobian for each entry."""
    rows = of.reshape(-1) if kind == "jacobian" else [of]
    found = []
    for row in rows:
        slope = torch.autograd.grad(row, wrt, retain_graph=True, allow_unused=True)[0]
        found.append(torch.zeros_like(wrt) if slope is None else slope)
    return torch.stack([slope.reshape(-1) for slope in found]) if kind == "jacobian" else found[0]


def run(case: dict[str, Any], at: dict[str, Any], sizes: dict[str, int]) -> dict[str, Any]:
    """The values of all names."""
    scope = dict(NAMES) | sizes
    scope |= {
        "lambda_" if name == "lambda" else name: torch.tensor(value, dtype=torch.float64, requires_grad=True)
        for name, value in at.items()
    }
    exec(case["torch"], scope)
    return scope


def solved(case: dict[str, Any], at: dict[str, Any], ask: str) -> Any:
    """What PyTorch has for one question: ``gradient L W``."""
    kind, of, wrt, *layout = ask.split()
    sizes = SIZES | case.get("sizes", {})
    scope = run(case, at, sizes)
    if kind == "hessian":
        slope = torch.autograd.grad(scope[of], scope[wrt if wrt != "lambda" else "lambda_"], create_graph=True)[0]
        answer = (
            derivative("jacobian", slope, scope[wrt if wrt != "lambda" else "lambda_"])
            if slope.requires_grad
            else torch.zeros(len(slope), len(slope))
        )
    else:
        answer = derivative(kind, scope[of], scope[wrt if wrt != "lambda" else "lambda_"])
    return (answer.T if layout else answer).tolist()


def flat(value: Any) -> list[float]:
    return [entry for item in value for entry in flat(item)] if isinstance(value, list) else [value]


def write(
    folder: str, cases: list[dict[str, Any]], solved: Callable[[dict[str, Any], dict[str, Any], str], Any]
) -> None:
    """The answers to all questions of the cases, each at values where they are finite and no answer is all zeros."""
    found = []
    for case in cases:
        variables = yaml.safe_load("{" + case["variables"] + "}")
        for attempt in range(100):
            at = arrays(case, variables, random.Random(f"{case['case']} {attempt}"))
            values = {ask: solved(case, at, ask) for ask in case["ask"]}
            if all(any(flat(value)) and all(map(math.isfinite, flat(value))) for value in values.values()):
                break
        else:
            raise SystemExit(f"{case['case']}: nothing but zeros")
        asks = [
            dict(zip(("kind", "of", "wrt", "layout"), ask.split(), strict=False)) | {"value": value}
            for ask, value in values.items()
        ]
        found.append(
            {"case": case["case"], "variables": variables, "equations": case["equations"], "at": at, "ask": asks}
        )
    target = HERE.parent / "cases" / folder / "torch.json"
    lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in found)
    target.write_text("[\n" + lines + "\n]\n", encoding="utf-8")
    print(len(found), "cases,", sum(len(case["ask"]) for case in found), "questions")


if __name__ == "__main__":
    write("matrix", CASES, solved)
