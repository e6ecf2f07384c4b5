"""Backpropagation in matrix notation told as a worked solution: edge by edge, from the loss backwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from examgrad.calculus.derivation import Adjoint, Derived, Step
from examgrad.calculus.graph import free_names
from examgrad.calculus.matrix.factors import is_op
from examgrad.calculus.matrix.tensors import COMPONENT, statement
from examgrad.formula import printer
from examgrad.formula.shapes import Shape, shown
from examgrad.formula.tree import Apply, Node, Symbol, add

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
    """For each name on the way, the edges over which its gradient comes, and their sum.

    An edge is told by its local derivative, where that is a matrix, and by what it gives: first with the gradient
    above it named, then in the problem's names.
    """
    told = _Told(derived, definitions, shapes)
    return tuple(
        dict.fromkeys(step for item in derived.adjoints if item.of != Symbol(item.name) for step in told.station(item))
    )


class _Told:
    """The steps of one problem."""

    def __init__(self, derived: Derived, definitions: Mapping[str, Node], shapes: Mapping[str, Shape]) -> None:
        self.derived: Final = derived
        self.definitions: Final = definitions
        self.shapes: Final = shapes

    def station(self, item: Adjoint) -> Iterator[Step]:
        """The steps by which one gradient is found."""
        if not item.pulls:
            yield self._last(item)
            return
        size = self._size(item.name)
        for pull in item.pulls:
            way = f"{_operation(self.definitions[pull.user], item.name)} in {self._equation(pull.user)}"
            if pull.local is not None:
                local = Apply("derivative", (Symbol(pull.user), Symbol(item.name)))
                yield _step(f"{way}{self._size(pull.user, item.name)}", local, pull.local)
            if len(item.pulls) > 1:
                yield _step(f"to {printer.unicode(item.quotient)}: {way}", pull.given, pull.so_far)
            else:
                rule = way if pull.local is None else "chain rule"
                yield _step(rule + size, item.quotient, pull.given, item.node)
        if len(item.pulls) > 1:
            yield _step(f"sum over all uses{size}", item.quotient, add(*(p.given for p in item.pulls)), item.node)

    def _last(self, item: Adjoint) -> Step:
        """What is no step on the way: a Jacobian, a Hessian, a key of entries."""
        if is_op(item.node, "components"):
            return _component_step(item, self.derived, self.definitions, self.shapes)
        order = 2 if item.rule == "hessian" else 1
        size = self._size(item.name) if order == 1 and item.rule != "jacobian" else ""
        side = Apply("derivative", (item.of, *[Symbol(item.name)] * order))
        return _step(_LAST.get(item.rule, item.rule) + size, side, item.node)

    def _size(self, *names: str) -> str:
        shape = tuple(size for name in names for size in self.shapes.get(name, ()))
        return f", {shown(shape)}" if shape else ""

    def _equation(self, name: str) -> str:
        return printer.unicode(Apply("equation", (Symbol(name), self.definitions[name])))


def _step(rule: str, *sides: Node) -> Step:
    """A chain of equal sides, each of which says something new."""
    different = [side for at, side in enumerate(sides) if side not in sides[:at]]
    whole = Apply("equation", tuple(different)) if len(different) > 1 else different[0]
    return Step(rule, printer.plain(whole), printer.latex(whole), printer.unicode(whole))


def _component_step(
    item: Adjoint, derived: Derived, definitions: Mapping[str, Node], shapes: Mapping[str, Shape]
) -> Step:
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
