"""What a comparison costs: whole pairs from their strings, against simplification by others in the same run.

The pairs are those of ``tests/cases/families``: every form of a formula and every wrong one against the first
form. ``sympy.simplify(a - b)`` is given expressions that are ready, with real symbols; Math-Verify 0.9.0 (which this
script installs into an environment of its own) gets LaTeX. Medians over the pairs, and their ratios, are printed.
Others are given each pair once, for they remember whole results. examgrad, which remembers none, is measured as the
best of a few runs, which is what its code takes, and also once a pair after all the others, as a class's answers come.
With ``--own`` nothing but examgrad is measured, also on the short pairs of ``tests/cases/equality``.
"""

from __future__ import annotations

import json
import signal
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from examgrad.equality import decide
from examgrad.equality.compiler import compile_formulas
from examgrad.formula import printer
from examgrad.formula.names import Domain, Names, Variable, read_domain
from examgrad.formula.parser import read
from examgrad.formula.tree import Apply, Constant, Node, Number, Symbol

CASES = Path(__file__).parents[1] / "cases"
ENVIRONMENT = Path(__file__).parents[2] / ".venv" / "math-verify"
SAMPLE = 150
"""So many pairs, evenly spread, are given to the others."""
RUNS = 5
PATIENCE = 10
"""Seconds after which another method's try is given up, and counted as so long."""


class Pair(NamedTuple):
    """Two texts and their variables' domains."""

    left: str
    right: str
    domains: dict[str, Domain]

    def names(self) -> Names:
        """The names that a reader of this pair knows, made anew."""
        return Names([Variable(name, domain) for name, domain in self.domains.items()], open_ended=True)

    def trees(self) -> tuple[Node, Node]:
        """Both formulas, read."""
        names = self.names()
        return read(self.left, names), read(self.right, names)


def pairs() -> Iterator[Pair]:
    """All pairs of the families."""
    for path in sorted(CASES.glob("families/*.yaml")):
        for family in yaml.safe_load(path.read_text(encoding="utf-8")):
            domains = {name: read_domain(text) for name, text in family.get("variables", {}).items()}
            first, *others = family["forms"]
            for other in [*others, *family["wrong"]]:
                yield Pair(first, other, domains)


def short_pairs() -> Iterator[Pair]:
    """The short pairs, each of which shows a thing of its own."""
    for path in sorted(CASES.glob("equality/*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            domains = {name: read_domain(text) for name, text in case.get("variables", {}).items()}
            yield Pair(case["left"], case["right"], domains)


def ours(pair: Pair) -> float:
    """Seconds from the two strings to the verdict, the best of a few runs."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        decide(*pair.trees(), pair.domains)
        times.append(time.perf_counter() - start)
    return min(times)


def once(sample: list[Pair]) -> float:
    """The median of the seconds that pairs take which come but once, one after the other."""
    times = []
    for pair in sample:
        start = time.perf_counter()
        decide(*pair.trees(), pair.domains)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def limited(work: Callable[[], Any]) -> float:
    """Seconds that some work takes, up to the limit."""

    def stop(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    start = time.perf_counter()
    try:
        work()
    except Exception:  # whatever others raise, they have taken that long
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return time.perf_counter() - start


class Sympy:
    """Trees as sympy expressions with real symbols, and their simplification."""

    def __init__(self) -> None:
        import sympy

        self.sympy: Any = sympy

    def seconds(self, pair: Pair) -> float:
        """Seconds for ``simplify(a - b)``."""
        left, right = (self.expression(tree, pair.domains) for tree in pair.trees())
        return limited(lambda: self.sympy.simplify(left - right))

    def expression(self, node: Node, domains: dict[str, Domain]) -> Any:
        """A tree as a sympy expression."""
        sp = self.sympy
        if isinstance(node, Number):
            return sp.Rational(node.value.numerator, node.value.denominator)
        if isinstance(node, Constant):
            return {"pi": sp.pi, "e": sp.E}[node.name]
        if isinstance(node, Symbol):
            domain = domains.get(node.name, Domain())
            return sp.Symbol(node.name, real=True, **({"positive": True} if domain.positive else {}))
        assert isinstance(node, Apply)
        args = [self.expression(arg, domains) for arg in node.args]
        operations: dict[str, Callable[..., Any]] = {
            "add": sp.Add, "mul": sp.Mul, "neg": lambda x: -x, "div": lambda x, y: x / y, "pow": sp.Pow,
            "max": sp.Max, "min": sp.Min, "abs": sp.Abs, "relu": lambda x: sp.Max(0, x), "ceil": sp.ceiling,
            "sigmoid": lambda x: 1 / (1 + sp.exp(-x)), "softplus": lambda x: sp.log(1 + sp.exp(x)),
            "log2": lambda x: sp.log(x, 2), "log10": lambda x: sp.log(x, 10),
            "lt": sp.Lt, "le": sp.Le, "gt": sp.Gt, "ge": sp.Ge, "eq": sp.Eq, "ne": sp.Ne,
            "and": sp.And, "or": sp.Or, "not": sp.Not,
            "indicator": lambda condition: sp.Piecewise((1, condition), (0, True)),
            "cases": lambda *parts: sp.Piecewise(
                *zip(parts[::2], parts[1::2], strict=False), *([(parts[-1], True)] if len(parts) % 2 else [])
            ),
        }  # fmt: skip
        return operations.get(node.op, getattr(sp, node.op, None))(*args)  # type: ignore[misc]


MATH_VERIFY = """
import json, sys, time
from math_verify import parse, verify
times = []
for left, right in json.load(sys.stdin):
    start = time.perf_counter()
    try:
        verify(parse(f"${left}$"), parse(f"${right}$"))
    except Exception:
        pass
    times.append(time.perf_counter() - start)
print(json.dumps(times))
"""


def math_verify(sample: list[Pair]) -> list[float] | None:
    """Seconds a pair for Math-Verify, from LaTeX; ``None`` where it cannot be installed."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        venv.create(ENVIRONMENT, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "math-verify[antlr4_13_2]==0.9.0"]
        if subprocess.run(command).returncode:
            return None
    texts = [[printer.latex(tree) for tree in pair.trees()] for pair in sample]
    result = subprocess.run(
        [str(python), "-c", MATH_VERIFY], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    times: list[float] = json.loads(result.stdout)
    return times


def gated(pair: Pair) -> bool:
    """Whether a pair has conditions in it."""
    return bool(compile_formulas(*pair.trees()).gates)


def growth() -> Iterator[tuple[int, float]]:
    """Characters of both formulas, and seconds, for sums of more and more terms."""
    for terms in (10, 30, 100, 300):
        left = " + ".join(f"{k} x^2 y/(1 + e^{{-z}})" for k in range(1, terms + 1))
        right = f"{terms * (terms + 1) // 2} x^2 y sigmoid(z)"
        yield len(left) + len(right), ours(Pair(left, right, {}))


def main() -> None:
    """Measure and print."""
    everything = list(pairs())
    times = [ours(pair) for pair in everything]
    median = statistics.median(times)
    lengths = [len(pair.left) + len(pair.right) for pair in everything]
    print(f"{len(everything)} pairs, {statistics.median(lengths):.0f} characters a pair in the median")
    print(f"examgrad, from strings:  {1e6 * median:10.0f} µs   slowest {1e3 * max(times):.1f} ms")
    kinds = {
        kind: statistics.median(seconds for pair, seconds in zip(everything, times, strict=True) if gated(pair) is kind)
        for kind in (False, True)
    }
    print(f"gated pairs:             {kinds[True] / kinds[False]:10.1f} times as long as smooth ones")
    if "--own" in sys.argv:
        short = [ours(pair) for pair in short_pairs()]
        print(f"{len(short)} short pairs:         {1e6 * statistics.median(short):10.0f} µs")
        return
    every = max(1, len(everything) // SAMPLE)
    sample = everything[::every]
    single = once(sample)
    sympy = Sympy()
    others: dict[str, list[float] | None] = {
        "sympy.simplify(a - b):": [sympy.seconds(pair) for pair in sample],
        "Math-Verify 0.9.0:": math_verify(sample),
    }
    # before and after the others, since a machine is not equally fast for minutes
    own = statistics.median(min(before, ours(pair)) for before, pair in zip(times[::every], sample, strict=True))
    single = min(single, once(sample))
    print(f"on {len(sample)} of the pairs:      {1e6 * own:10.0f} µs, each but once {1e6 * single:.0f} µs")
    for name, measured in others.items():
        if measured:
            theirs = statistics.median(measured)
            print(
                f"{name:24} {1e6 * theirs:10.0f} µs   {theirs / own:.0f} times as long, {theirs / single:.0f} each once"
            )
    for characters, seconds in growth():
        print(f"{characters:7d} characters:      {1e6 * seconds:10.0f} µs   {1e6 * seconds / characters:.2f} µs each")


if __name__ == "__main__":
    main()
