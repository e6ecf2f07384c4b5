# mypy: ignore-errors
"""Writes ``tests/cases/optimisers/torch.yaml``: parameters and states after some steps of PyTorch's optimisers.

Run by hand, with torch 2.13.0 installed: ``python tests/oracles/optimisers_torch.py``. Nothing in the test run needs
it. Every number is computed in double precision from gradients of ``torch.autograd``.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

CASES = Path(__file__).parent.parent / "cases" / "optimisers" / "torch.yaml"
KEPT = {"velocity": "momentum_buffer", "moment": "exp_avg", "squares": "exp_avg_sq"}


class Loss(NamedTuple):
    """A loss in both notations; shapes of parameters and of data, in numbers."""

    name: str
    parameters: dict[str, tuple[int, ...]]
    data: dict[str, tuple[int, ...]]
    equations: list[str]
    torch: Callable[..., torch.Tensor]


def least_squares(w, b, x, y):
    return 0.5 * (w * x + b - y) ** 2


def logistic(w, b, x, y):
    z = w @ x + b
    return torch.nn.functional.softplus(z) - y * z


def perceptron(W, u, x, y):  # noqa: N803
    return 0.5 * (u @ torch.tanh(W @ x) - y) ** 2


def softmax_regression(W, b, x, y):  # noqa: N803
    return -(y * torch.log_softmax(W @ x + b, 0)).sum()


LOSSES = [
    Loss("a neuron", {"w": (), "b": ()}, {"x": (), "y": ()}, ["yhat = w x + b", "L = 1/2 (yhat - y)^2"], least_squares),
    Loss(
        "logistic regression", {"w": (3,), "b": ()}, {"x": (3,), "y": ()},
        ["z = w^T x + b", "L = log(1 + exp(z)) - y z"], logistic,
    ),
    Loss(
        "a hidden layer", {"W": (2, 3), "u": (2,)}, {"x": (3,), "y": ()},
        ["h = tanh(W x)", "L = 1/2 (u^T h - y)^2"], perceptron,
    ),
    Loss(
        "softmax regression", {"W": (3, 2), "b": (3,)}, {"x": (2,), "y": (3,)},
        ["p = softmax(W x + b)", "L = -y^T log(p)"], softmax_regression,
    ),
]  # fmt: skip
SIZES = {2: "d", 3: "m"}


def numbers(draw: random.Random, shape: tuple[int, ...], low: float = -2, high: float = 2):
    if not shape:
        return round(draw.uniform(low, high), 2)
    return [numbers(draw, shape[1:], low, high) for _ in range(shape[0])]


class Rule(NamedTuple):
    name: str
    fields: dict[str, object]
    state: tuple[str, ...]
    make: Callable[..., torch.optim.Optimizer]


def rules(decay: float):
    sgd, adam = torch.optim.SGD, torch.optim.Adam
    yield Rule("sgd", {"rule": "sgd", "rate": 0.1}, (), lambda p: sgd(p, 0.1, weight_decay=decay))
    yield Rule(
        "momentum",
        {"rule": "momentum", "rate": 0.1, "momentum": 0.9},
        ("velocity",),
        lambda p: sgd(p, 0.1, momentum=0.9, weight_decay=decay),
    )
    yield Rule(
        "Nesterov",
        {"rule": "nesterov", "rate": 0.05, "momentum": 0.8},
        ("velocity",),
        lambda p: sgd(p, 0.05, momentum=0.8, nesterov=True, weight_decay=decay),
    )
    yield Rule(
        "Adagrad",
        {"rule": "adagrad", "rate": 0.3, "epsilon": "1e-10"},
        ("squares",),
        lambda p: torch.optim.Adagrad(p, 0.3, eps=1e-10, weight_decay=decay),
    )
    yield Rule(
        "RMSProp",
        {"rule": "rmsprop", "rate": 0.02, "decay": 0.95, "epsilon": "1e-6"},
        ("squares",),
        lambda p: torch.optim.RMSprop(p, 0.02, alpha=0.95, eps=1e-6, weight_decay=decay),
    )
    betas = {"beta1": 0.9, "beta2": 0.999, "epsilon": "1e-8"}
    yield Rule(
        "Adam",
        {"rule": "adam", "rate": 0.05, **betas},
        ("moment", "squares"),
        lambda p: adam(p, 0.05, (0.9, 0.999), 1e-8, weight_decay=decay),
    )
    if decay:
        yield Rule(
            "AdamW", {"rule": "adam", "rate": 0.05, **betas, "decoupled": True}, ("moment", "squares"),
            lambda p: torch.optim.AdamW(p, 0.05, (0.9, 0.999), 1e-8, weight_decay=decay),
        )  # fmt: skip


def case(loss: Loss, rule: Rule, decay: float, steps: int, begun: bool, draw: random.Random) -> dict[str, object]:
    at = {name: numbers(draw, shape) for name, shape in (loss.parameters | loss.data).items()}
    at["y"] = 1 if loss.torch is logistic else [0, 1, 0] if loss.torch is softmax_regression else at["y"]
    tensors = {name: torch.tensor(value, dtype=torch.float64) for name, value in at.items()}
    parameters = [tensors[name].requires_grad_() for name in loss.parameters]
    optimiser = rule.make(parameters)
    fields = {**rule.fields, "steps": steps}
    if decay:
        fields["weight_decay"] = decay
    if begun:
        for name, shape in loss.parameters.items():
            kept = optimiser.state[tensors[name]]
            for state in rule.state:
                symbol = f"{state[0]}_{name}"
                at[symbol] = numbers(draw, shape, 0.01, 1)
                fields.setdefault(state, {})[name] = symbol
                key = "sum" if rule.name == "Adagrad" else "square_avg" if rule.name == "RMSProp" else KEPT[state]
                kept[key] = torch.tensor(at[symbol], dtype=torch.float64)
            if rule.name != "SGD":
                kept["step"] = torch.tensor(3.0)
        if rule.name in ("Adam", "AdamW"):
            fields["step"] = 4
    for _ in range(steps):
        optimiser.zero_grad()
        loss.torch(**tensors).backward()
        optimiser.step()
    expected = {"": {name: tensors[name].tolist() for name in loss.parameters}}
    for state in rule.state:
        key = "sum" if rule.name == "Adagrad" else "square_avg" if rule.name == "RMSProp" else KEPT[state]
        expected[state] = {name: optimiser.state[tensors[name]][key].tolist() for name in loss.parameters}
    title = f"{rule.name} on {loss.name}, {steps} step{'s' if steps > 1 else ''}"
    title += (", weights decaying" if decay else "") + (", begun before" if begun else "")
    part = {"kind": "update", "of": "L", "wrt": list(loss.parameters), **fields, "at": at}
    if rule.state:
        part["ask"] = ["parameters", "state"]
    return {"title": title, "part": part, "expected": expected}


def main() -> None:
    draw = random.Random(5)
    lines = []
    for loss in LOSSES:
        shapes = loss.parameters | loss.data
        shapes |= {f"{letter}_{name}": shape for letter in "vms" for name, shape in loss.parameters.items()}
        variables = {name: [SIZES[n] for n in shape] or "real" for name, shape in shapes.items()}
        parts = []
        for decay in (0.0, 0.1):
            for rule in rules(decay):
                parts.append(case(loss, rule, decay, 1, False, draw))
                parts.append(case(loss, rule, decay, 4, False, draw))
                if rule.state:
                    parts.append(case(loss, rule, decay, 3, True, draw))
        lines.append(f"- case: {loss.name}")
        lines.append(f"  variables: {json.dumps(variables)}\n  equations: {json.dumps(loss.equations)}\n  parts:")
        lines += [f"    - {json.dumps(part)}" for part in parts]
        print(loss.name, len(parts))
    head = f"# Written by tests/oracles/optimisers_torch.py with torch {torch.__version__}"
    CASES.write_text("\n".join([head, *lines]) + "\n")


if __name__ == "__main__":
    main()
