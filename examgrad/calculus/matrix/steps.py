"""Backpropagation in matrix notation told as a worked solution: one line a name, from the loss backwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from examgrad.calculus.derivation import Derived, Step
from examgrad.formula import printer
from examgrad.formula.tree import Apply, Symbol

_RULES: Final[Mapping[str, str]] = {
    "mul": "matrix product", "add": "sum", "hadamard": "element-wise product", "softmax": "softmax",
    "logsoftmax": "log-softmax", "norm": "norm", "transpose": "transpose", "div": "quotient", "pow": "power",
    "given": "chain rule", "hessian": "Jacobian of the gradient", "jacobian": "differential", "constant": "constant",
}  # fmt: skip


def backward_steps(derived: Derived) -> tuple[Step, ...]:
    """A step for each name on the way: the gradient by it, and the operation through which it went."""
    steps = []
    rule = "given"
    for item in derived.adjoints:
        order = 2 if item.rule == "hessian" else 1
        side = Apply("derivative", (item.of, *[Symbol(item.name)] * order))
        if item.of == Symbol(item.name):
            rule = item.rule
            continue
        through = item.rule if item.rule in ("hessian", "jacobian", "constant") else rule
        equation = Apply("equation", (side, item.node))
        text, latex, shown = printer.plain(equation), printer.latex(equation), printer.unicode(equation)
        steps.append(Step(_RULES.get(through, f"{through}, entry by entry"), text, latex, shown))
        rule = item.rule
    return tuple(steps)
