"""Backpropagation in matrix notation told as a worked solution: one line a name, from the loss backwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from examgrad.calculus.derivation import Adjoint, Derived, Step
from examgrad.calculus.graph import free_names
from examgrad.calculus.matrix.factors import is_op
from examgrad.calculus.matrix.tensors import COMPONENT, statement
from examgrad.formula import printer
from examgrad.formula.shapes import Shape, shown
from examgrad.formula.tree import Apply, Node, Symbol

_RULES: Final[Mapping[str, str]] = {
    "mul": "product", "add": "sum", "hadamard": "element-wise product", "logsoftmax": "log-softmax",
    "transpose": "transpose", "div": "quotient", "pow": "power",
}  # fmt: skip
_LAST: Final[Mapping[str, str]] = {
    "hessian": "Jacobian of the gradient",
    "jacobian": "differential",
    "constant": "constant",
}


def backward_steps(derived: Derived, definitions: Mapping[str, Node], shapes: Mapping[str, Shape]) -> tuple[Step, ...]:
    """A step for each name on the way: the gradient by it, its shape, and the equations that it came through."""
    return tuple(_step(item, derived, definitions, shapes) for item in derived.adjoints if item.of != Symbol(item.name))


def _step(item: Adjoint, derived: Derived, definitions: Mapping[str, Node], shapes: Mapping[str, Shape]) -> Step:
    if is_op(item.node, "components"):
        return _component_step(item, derived, definitions, shapes)
    order = 2 if item.rule == "hessian" else 1
    equation = Apply("equation", (Apply("derivative", (item.of, *[Symbol(item.name)] * order)), item.node))
    rule = _LAST.get(item.rule) or "; ".join(_ways(item.name, derived, definitions))
    shape = shapes.get(item.name, ())
    size = f", {shown(shape)}" if shape and order == 1 and item.rule != "jacobian" else ""
    return Step(rule + size, printer.plain(equation), printer.latex(equation), printer.unicode(equation))


def _component_step(
    item: Adjoint, derived: Derived, definitions: Mapping[str, Node], shapes: Mapping[str, Shape]
) -> Step:  # fmt: skip
    """What an entry is, or its derivative."""
    said, rule = item.node, item.rule
    if item.rule != COMPONENT:
        said = statement(item.node, item.of, item.name, len(shapes.get(item.name, ())), second=item.rule == "hessian")
        rule = _LAST.get(item.rule) or _way(item, derived, definitions)
    return Step(rule, printer.plain(said), printer.latex(said), printer.unicode(said))


def _way(item: Adjoint, derived: Derived, definitions: Mapping[str, Node]) -> str:
    """The equation that defines a name, with the operation that it does to what was known before."""
    if not isinstance(item.of, Symbol) or item.of.name not in definitions:
        return item.rule
    node = definitions[item.of.name]
    known = {other.of.name for other in derived.adjoints if isinstance(other.of, Symbol)} | {item.name}
    name = next((name for name in sorted(free_names(node) & known)), item.name)
    return f"{_operation(node, name)} in {printer.unicode(Apply('equation', (item.of, node)))}"


def _ways(name: str, derived: Derived, definitions: Mapping[str, Node]) -> Iterator[str]:
    """The equations on the way that use a name, each with the operation by which it does."""
    reached = {item.name for item in derived.adjoints} | {
        item.of.name for item in derived.adjoints if isinstance(item.of, Symbol)
    }
    for user, node in definitions.items():
        if user in reached and user != name and name in free_names(node):
            equation = printer.unicode(Apply("equation", (Symbol(user), node)))
            yield f"{_operation(node, name)} in {equation}"


def _operation(node: Node, name: str) -> str:
    """The operation that is done to a name in a formula; a sum or a number's multiple only where there is no other."""
    found = ""
    while isinstance(node, Apply):
        inner = next((arg for arg in node.args if name in free_names(arg)), None)
        if inner is None:
            break
        if node.op not in ("add", "neg") and not (
            node.op == "mul" and len(node.args) == 2 and not node.args[0].symbols()
        ):
            found = _RULES.get(node.op, node.op)
            if node.op in ("norm", "hadamard", "softmax", "div"):
                break
        node = inner
    return found or "sum"
