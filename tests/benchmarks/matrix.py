"""What a two-layer network's four gradients cost, sizes as symbols, against others; and networks of more layers.

Ours are derived and confirmed at three choices of sizes. sympy differentiates entry by entry at 8×8, which it does
rightly. With ``--tensorgrad`` tensorgrad 0.3.0 (which brings PyTorch along) is installed into an environment of its
own and derives the same gradients, unconfirmed.
"""

from __future__ import annotations

import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from examgrad.calculus.derivation import Request
from examgrad.calculus.matrix.derive import derive
from examgrad.formula.names import Names, Variable
from examgrad.formula.parser import read
from examgrad.formula.shapes import Shape, Shapes
from examgrad.formula.tree import Node, Symbol

ENVIRONMENT = Path(__file__).parents[2] / ".venv" / "tensorgrad"
SIZE = 8
RUNS = 3
NETWORK = (
    {"x": ("d",), "y": ("k",), "W1": ("m", "d"), "b1": ("m",), "W2": ("k", "m"), "b2": ("k",)},
    {"g": "W1 x + b1", "h": "relu(g)", "yhat": "W2 h + b2", "L": "1/2 ||yhat - y||^2"},
)
PARAMETERS = ("W1", "b1", "W2", "b2")


def request(variables: dict[str, Shape], equations: dict[str, str], wrt: tuple[str, ...]) -> Request:
    """The gradients of L by names."""
    shapes = Shapes(dict(variables))
    definitions: dict[str, Node] = {}
    for name, text in equations.items():
        names = Names([Variable(known, shape=shape) for known, shape in shapes.declared.items()])
        definitions[name] = read(text, names)
        shapes.declared[name] = shapes.of(definitions[name])
    known = {name: shape for name, shape in shapes.declared.items() if shape}
    return Request("gradient", (Symbol("L"),), wrt, definitions, {}, known)


def layers(count: int) -> Request:
    """The gradient by the first weights of a network of so many layers."""
    variables: dict[str, Shape] = {"h0": ("d",), "y": ("d",)}
    equations = {}
    for layer in range(1, count + 1):
        variables[f"W{layer}"] = ("d", "d")
        equations[f"h{layer}"] = f"tanh(W{layer} h{layer - 1})"
    equations["L"] = f"1/2 ||h{count} - y||^2"
    return request(variables, equations, ("W1",))


def best(work: Callable[[], object], runs: int = RUNS) -> float:
    """Seconds, the best of a few runs."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def by_sympy() -> object:
    """Every entry of the four gradients."""
    import sympy

    def matrix(name: str, rows: int, columns: int = 1) -> Any:
        return sympy.Matrix(rows, columns, sympy.symbols(f"{name}:{rows * columns}", real=True))

    x, y, b1, b2 = (matrix(name, SIZE) for name in ("x", "y", "b1_", "b2_"))
    W1, W2 = matrix("W1_", SIZE, SIZE), matrix("W2_", SIZE, SIZE)  # noqa: N806
    hidden = (W1 * x + b1).applyfunc(lambda entry: sympy.Max(0, entry))
    loss = sum(entry**2 for entry in W2 * hidden + b2 - y) / 2
    return [[sympy.diff(loss, entry) for entry in parameter] for parameter in (W1, b1, W2, b2)]


TENSORGRAD = f"""
import time
import tensorgrad as tg
import tensorgrad.functions as F
from sympy import symbols
d, m, k = symbols("d m k")
def run():
    x, y = tg.Variable("x", d), tg.Variable("y", k)
    W1, b1, W2, b2 = tg.Variable("W1", m, d), tg.Variable("b1", m), tg.Variable("W2", k, m), tg.Variable("b2", k)
    loss = F.frobenius2(W2 @ F.relu(W1 @ x + b1) + b2 - y) / 2
    return [tg.Derivative(loss, parameter).full_simplify() for parameter in (W1, b1, W2, b2)]
times = []
for _ in range({RUNS}):
    start = time.perf_counter()
    run()
    times.append(time.perf_counter() - start)
print(min(times))
"""


def by_tensorgrad() -> float | None:
    """Seconds that tensorgrad takes; ``None`` where it cannot be installed."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        venv.create(ENVIRONMENT, with_pip=True)
        if subprocess.run([str(python), "-m", "pip", "install", "--quiet", "tensorgrad==0.3.0"]).returncode:
            return None
    result = subprocess.run([str(python), "-c", TENSORGRAD], capture_output=True, text=True, check=True)
    return float(result.stdout)


def main() -> None:
    """Measure and print."""
    own = best(lambda: derive(request(*NETWORK, PARAMETERS)))  # type: ignore[arg-type]
    print(f"four gradients, derived and confirmed: {1e3 * own:8.0f} ms")
    theirs = best(by_sympy, 1)
    print(f"sympy, entry by entry at {SIZE}×{SIZE}:         {1e3 * theirs:8.0f} ms   {theirs / own:.0f} times as long")
    if "--tensorgrad" in sys.argv[1:] and (other := by_tensorgrad()) is not None:
        print(f"tensorgrad 0.3.0, not confirmed:       {1e3 * other:8.0f} ms   {other / own:.1f} times as long")
    for count in (2, 4, 8, 16, 32, 64):
        asked = layers(count)
        seconds = best(lambda asked=asked: derive(asked), 2)  # type: ignore[misc]
        print(f"{count:3d} layers: {1e3 * seconds:8.0f} ms   {1e3 * seconds / count:.0f} ms a layer")


if __name__ == "__main__":
    main()
