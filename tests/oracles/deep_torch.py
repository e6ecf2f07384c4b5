"""Gradients of deep networks by PyTorch, for tests/test_deep_networks.py.

``python tests/oracles/deep_torch.py`` writes ``tests/cases/matrix/deep.json``. Needs torch (2.14.1 was used), in double
precision; examgrad's own tests do not. Networks are written in a loop twice: as equations, and in PyTorch.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

torch.set_default_dtype(torch.float64)
HERE = Path(__file__).parent
Values = dict[str, Any]


class Network:
    """A network as it grows: its variables with their shapes, its equations, and what it computes."""

    def __init__(self, name: str, largest: float = 0.9) -> None:
        self.name = name
        self.largest = largest
        self.source = random.Random(name)
        self.variables: dict[str, list[str]] = {}
        self.at: dict[str, Any] = {}
        self.values: Values = {}
        self.equations: list[str] = []

    def variable(self, name: str, shape: list[str], *sizes: int, zero: bool = False) -> Any:
        """A new variable with random numbers."""
        count = sizes[0] * (sizes[1] if len(sizes) > 1 else 1)
        numbers = [0.0 if zero else round(self.source.uniform(-self.largest, self.largest), 2) for _ in range(count)]
        value = torch.tensor(numbers).reshape(sizes).requires_grad_()
        self.variables[name], self.at[name], self.values[name] = shape, value.tolist(), value
        return value

    def equation(self, text: str, value: Any) -> Any:
        """A new equation, and the same in PyTorch."""
        self.equations.append(text)
        self.values[text.partition(" = ")[0]] = value
        return value

    def case(self, *wrt: str) -> dict[str, Any]:
        """The network with the gradients of L."""
        slopes = torch.autograd.grad(self.values["L"], [self.values[name] for name in wrt])
        asks = [{"wrt": name, "value": slope.tolist()} for name, slope in zip(wrt, slopes, strict=True)]
        return {
            "case": self.name, "variables": self.variables, "equations": self.equations, "at": self.at, "ask": asks,
        }  # fmt: skip


def squared(net: Network, last: str, size: str, count: int) -> None:
    """The loss at the end."""
    y = net.variable("y", [size], count)
    net.equation(f"L = 1/2 ||{last} - y||^2", 0.5 * ((net.values[last] - y) ** 2).sum())


def residual(count: int, *, shared: bool, zero: bool = False) -> Network:
    """Blocks h + relu(W h)."""
    kind = "one weight matrix" if shared else "at kinks" if zero else "own weights"
    net = Network(f"residual network, {count} blocks, {kind}", 0.3)
    h = net.variable("h0", ["d"], 2)
    for at in range(1, count + 1):
        name = "W" if shared else f"W{at}"
        if name not in net.values:
            net.variable(name, ["d", "d"], 2, 2, zero=zero and at % 2 == 0)
        z = net.equation(f"z{at} = {name} h{at - 1}", net.values[name] @ h)
        h = net.equation(f"h{at} = h{at - 1} + relu(z{at})", h + torch.relu(z))
    squared(net, f"h{count}", "d", 2)
    return net


def normalised(count: int) -> Network:
    """Blocks with layer normalisation before the weights."""
    net = Network(f"residual network, {count} blocks, layer normalisation")
    h = net.variable("h0", ["d"], 3)
    for at in range(1, count + 1):
        weights, gain = net.variable(f"W{at}", ["d", "d"], 3, 3), net.variable(f"γ{at}", ["d"], 3)
        mean = net.equation(f"m{at} = mean(h{at - 1})", h.mean())
        var = net.equation(f"s{at} = var(h{at - 1})", h.var(correction=0))
        n = net.equation(
            f"n{at} = γ{at} ∘ (h{at - 1} - m{at})/sqrt(s{at} + 1/10)", gain * (h - mean) / (var + 0.1).sqrt()
        )
        h = net.equation(f"h{at} = h{at - 1} + relu(W{at} n{at})", h + torch.relu(weights @ n))
    squared(net, f"h{count}", "d", 3)
    return net


def batch_normalised(count: int) -> Network:
    """Blocks over a batch, a row a sample, normalised over the batch."""
    net = Network(f"residual network, {count} blocks, batch normalisation")
    h = net.variable("H0", ["N", "d"], 3, 2)
    for at in range(1, count + 1):
        weights, gain = net.variable(f"W{at}", ["d", "d"], 2, 2), net.variable(f"γ{at}", ["d"], 2)
        z = net.equation(f"Z{at} = H{at - 1} W{at}", h @ weights)
        mean = net.equation(f"m{at} = mean(Z{at}, axis=0)", z.mean(0))
        var = net.equation(f"s{at} = var(Z{at}, axis=0)", z.var(0, correction=0))
        text = f"B{at} = (Z{at} - ones(N) m{at}^T) diag(γ{at} / sqrt(s{at} + 1/10))"
        b = net.equation(text, (z - mean) @ torch.diag(gain / (var + 0.1).sqrt()))
        h = net.equation(f"H{at} = H{at - 1} + relu(B{at})", h + torch.relu(b))
    y = net.variable("Y", ["N", "d"], 3, 2)
    net.equation(f"L = 1/2 ||H{count} - Y||^2", 0.5 * ((h - y) ** 2).sum())
    return net


def recurrent(count: int, activation: str = "tanh") -> Network:
    """An Elman network over so many steps, its weights shared."""
    net = Network(f"recurrent network, {count} steps, {activation}")
    h = net.variable("h0", ["m"], 2)
    w, u, b = net.variable("W", ["m", "m"], 2, 2), net.variable("U", ["m", "d"], 2, 3), net.variable("b", ["m"], 2)
    function: Callable[[Any], Any] = getattr(torch, activation)
    for at in range(1, count + 1):
        x = net.variable(f"x{at}", ["d"], 3)
        a = net.equation(f"a{at} = W h{at - 1} + U x{at} + b", w @ h + u @ x + b)
        h = net.equation(f"h{at} = {activation}(a{at})", function(a))
    squared(net, f"h{count}", "m", 2)
    return net


def gated(count: int) -> Network:
    """An LSTM without inputs over so many steps: what meets again is both its state and its output."""
    net = Network(f"LSTM, {count} steps")
    h, c = net.variable("h0", ["m"], 2), net.variable("c0", ["m"], 2)
    weights = {gate: net.variable(f"W{gate}", ["m", "m"], 2, 2) for gate in "fioq"}
    for at in range(1, count + 1):
        gates = {
            gate: net.equation(
                f"{gate}{at} = {'tanh' if gate == 'q' else 'sigmoid'}(W{gate} h{at - 1})",
                (torch.tanh if gate == "q" else torch.sigmoid)(weights[gate] @ h),
            )
            for gate in "fioq"
        }
        text = f"c{at} = f{at} ∘ c{at - 1} + i{at} ∘ q{at}"
        c = net.equation(text, gates["f"] * c + gates["i"] * gates["q"])
        h = net.equation(f"h{at} = o{at} ∘ tanh(c{at})", gates["o"] * torch.tanh(c))
    squared(net, f"h{count}", "m", 2)
    return net


def chain(count: int) -> Network:
    """Layers one behind the other."""
    net = Network(f"{count} layers, one behind the other")
    h = net.variable("h0", ["d"], 2)
    for at in range(1, count + 1):
        weights = net.variable(f"W{at}", ["d", "d"], 2, 2)
        h = net.equation(f"h{at} = tanh(W{at} h{at - 1})", torch.tanh(weights @ h))
    squared(net, f"h{count}", "d", 2)
    return net


def main() -> None:
    """Write the cases."""
    cases = [
        residual(3, shared=True).case("W", "h0"),
        residual(64, shared=False).case("W1", "W40"),
        residual(64, shared=True).case("W"),
        residual(6, shared=False, zero=True).case("W1", "W2", "h0"),
        normalised(6).case("W1", "h0"),
        batch_normalised(3).case("W1", "H0"),
        recurrent(4).case("W", "a1"),
        recurrent(30).case("W", "h7"),
        recurrent(8, "sigmoid").case("U", "W"),
        gated(5).case("Wf", "c0"),
        chain(100).case("W1"),
    ]
    target = HERE.parent / "cases" / "matrix" / "deep.json"
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    target.write_text("[\n" + lines + "\n]\n", encoding="utf-8")
    print(len(cases), "cases,", sum(len(case["ask"]) for case in cases), "questions")


if __name__ == "__main__":
    main()
