"""What reading a formula costs: plain text against ``ast.parse`` of the same formula, LaTeX against plain text.

Every reading is from a string to a tree, with names made anew for each: those of the formula, or every letter, as
most formulas come, and for comparison names of which nothing can be known from the readings before. The three
notations of a formula are read by turns, the fastest of several runs counts; the medians over the formulas are
printed, and then the time for a character of texts that grow.
"""

from __future__ import annotations

import ast
import contextlib
import itertools
import statistics
import time
from collections.abc import Callable
from typing import Final

from examgrad.errors import MathSyntaxError
from examgrad.formula.names import Names, Variable
from examgrad.formula.parser import read

ROUNDS: Final = 15
INNER: Final = 20

FORMULAS: Final = (  # plain text, LaTeX, Python
    ("2 x1 x2 (x1^2 x2 - y)", r"2 x_1 x_2 (x_1^2 x_2 - y)", "2*x1*x2*(x1**2*x2 - y)"),
    ("1/2 (x1^2 x2 - y)^2", r"\frac{1}{2}(x_1^2 x_2 - y)^2", "1/2*(x1**2*x2 - y)**2"),
    ("(yhat - y) h", r"(\hat{y} - y) h", "(yhat - y)*h"),
    ("(sigmoid(w x + b) - y) x", r"(\sigma(w x + b) - y) x", "(sigmoid(w*x + b) - y)*x"),
    ("h (1 - h) (h - y) w", r"h (1 - h) (h - y) w", "h*(1 - h)*(h - y)*w"),
    ("-y log(yhat) - (1-y) log(1-yhat)", r"-y \log(\hat{y}) - (1-y) \log(1-\hat{y})",
     "-y*log(yhat) - (1-y)*log(1-yhat)"),
    ("max(0, z)", r"\max(0, z)", "max(0, z)"),
    ("(yhat - y) w v if g > 0 else 0",
     r"\begin{cases} (\hat{y} - y) w v & g > 0 \\ 0 & \text{otherwise} \end{cases}",
     "(yhat - y)*w*v if g > 0 else 0"),
    ("x if x > 0 else 0", r"\begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}", "x if x > 0 else 0"),
    ("1/(1+e^{-z})", r"\frac{1}{1+e^{-z}}", "1/(1+e**(-z))"),
    ("e^z/(1+e^z)", r"\frac{e^{z}}{1+e^{z}}", "e**z/(1+e**z)"),
    ("exp(-z)/(1 + exp(-z))^2", r"\frac{\exp(-z)}{(1 + \exp(-z))^2}", "exp(-z)/(1 + exp(-z))**2"),
    ("v_old - eta g", r"v_{\text{old}} - \eta g", "v_old - eta*g"),
    ("(z + abs(z))/2", r"\frac{z + |z|}{2}", "(z + abs(z))/2"),
    ("tanh(z)^2 + sech(z)^2", r"\tanh^2 z + \frac{1}{\cosh^2 z}", "tanh(z)**2 + 1/cosh(z)**2"),
    ("sqrt(x^2 + y^2) - 0.5 (a + b)", r"\sqrt{x^2 + y^2} - 0.5 (a + b)", "sqrt(x**2 + y**2) - 0.5*(a + b)"),
    ("(a^3 - b^3) - (a - b)(a^2 + a b + b^2)", r"(a^3 - b^3) - (a - b)(a^2 + a b + b^2)",
     "(a**3 - b**3) - (a - b)*(a**2 + a*b + b**2)"),
    ("-log(exp(a)/(exp(a) + exp(b) + exp(z)))", r"-\log\left(\frac{e^a}{e^a + e^b + e^z}\right)",
     "-log(exp(a)/(exp(a) + exp(b) + exp(z)))"),
    ("(2/3) (w^2 x^2 - 2 w x y + y^2) (1 - sigmoid(w x + b)) sigmoid(w x + b) + mu w^2/2 - eta (yhat - y) h",
     r"\frac{2}{3} (w^2 x^2 - 2 w x y + y^2) (1 - \sigma(w x + b)) \sigma(w x + b) + \frac{\mu w^2}{2}"
     r" - \eta (\hat{y} - y) h",
     "(2/3)*(w**2*x**2 - 2*w*x*y + y**2)*(1 - sigmoid(w*x + b))*sigmoid(w*x + b) + mu*w**2/2 - eta*(yhat - y)*h"),
)  # fmt: skip
LENGTHS: Final = (1_000, 2_000, 5_000, 10_000, 20_000)
LONG: Final = {  # what is added to x again and again
    "sum of names": " + x",
    "product": " x1 x2",
    "powers": " + w^2",
    "a single word": "x",
    "functions": " + log(x)",
    "indicators": " + 1[g > 0]",
    "numbers": " + 12.5",
    "bars": " + |x|",
    "groups": " + (x y)",
    "LaTeX names": r" + \hat{y}",
    "LaTeX fractions": r" + \frac{x}{y}",
    "LaTeX spaces": r" \quad x",
}


def declared(python: str) -> list[str]:
    """The names that stand in a formula, without its functions and e."""
    nodes = list(ast.walk(ast.parse(python)))
    functions = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
    return sorted({node.id for node in nodes if isinstance(node, ast.Name)} - functions - {"e"})


def makers(python: str) -> dict[str, Callable[[], Names]]:
    """How the names are made that a formula is read with."""
    names = declared(python)
    fresh = itertools.count()
    return {
        "declared names": lambda: Names([Variable(name) for name in names]),
        "every letter a name": lambda: Names(open_ended=True),
        "names never seen before": lambda: Names([Variable(name) for name in (*names, f"q{next(fresh)}")]),
    }


def fastest(readings: list[Callable[[], object]]) -> list[float]:
    """The seconds that each reading takes at its fastest, measured by turns."""
    best = [float("inf")] * len(readings)
    for _ in range(ROUNDS):
        for index, reading in enumerate(readings):
            start = time.perf_counter()
            for _ in range(INNER):
                reading()
            best[index] = min(best[index], (time.perf_counter() - start) / INNER)
    return best


def notations(title: str) -> list[tuple[str, float, float, float]]:
    """For each formula the seconds of its plain text, its LaTeX and its Python."""
    rows = []
    for plain, latex, python in FORMULAS:
        make = makers(python)[title]

        def read_plain(text: str = plain, make: Callable[[], Names] = make) -> object:
            return read(text, make())

        def read_latex(text: str = latex, make: Callable[[], Names] = make) -> object:
            return read(text, make())

        def parse(text: str = python) -> object:
            return ast.parse(text, mode="eval")

        plain_time, latex_time, python_time = fastest([read_plain, read_latex, parse])
        rows.append((plain, plain_time, latex_time, python_time))
    return rows


def growth(unit: str) -> list[float]:
    """The seconds a character, at growing lengths; a text that is too long to be read is refused, which counts too."""
    times = []
    for length in LENGTHS:
        text = "x" + unit * (length // len(unit) - 1)
        times.append(min(_seconds(text) for _ in range(3)) / length)
    return times


def _seconds(text: str) -> float:
    names = Names(open_ended=True)
    start = time.perf_counter()
    with contextlib.suppress(MathSyntaxError):  # too long
        read(text, names)
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    for title in makers("x"):
        rows = notations(title)
        print(f"{title:24}{'ast.parse':>12}{'plain':>10}{'LaTeX':>10}{'plain/ast':>12}{'LaTeX/plain':>13}")
        for text, plain, latex, python in rows:
            shown = text if len(text) <= 23 else text[:22] + "…"
            print(
                f"{shown:24}{1e6 * python:9.1f} µs{1e6 * plain:7.1f} µs{1e6 * latex:7.1f} µs"
                f"{plain / python:12.2f}{latex / plain:13.2f}"
            )
        against_ast = statistics.median(plain / python for _, plain, _, python in rows)
        against_plain = statistics.median(latex / plain for _, plain, latex, _ in rows)
        print(f"{'median':56}{against_ast:12.2f}{against_plain:13.2f}\n")
    print(f"{'ns a character of':24}" + "".join(f"{length:>9}" for length in LENGTHS))
    for title, unit in LONG.items():
        print(f"{title:24}" + "".join(f"{1e9 * seconds:9.0f}" for seconds in growth(unit)))


if __name__ == "__main__":
    main()
