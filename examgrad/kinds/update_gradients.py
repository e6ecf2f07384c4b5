"""The gradients of an optimiser's part: derived again where an answer needs them, and put in where it names them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

from examgrad.calculus.graph import Graph
from examgrad.errors import ExamgradError
from examgrad.exam.model import Part
from examgrad.formula.tree import Apply, Node, Number, Symbol, substitute, transform
from examgrad.kinds.derived import about_arrays
from examgrad.kinds.matrix import Arrays
from examgrad.kinds.reading import Formula
from examgrad.kinds.scope import Scope
from examgrad.kinds.updating import Updating


class Gradients:
    """A part's gradients, derived again where an answer needs them."""

    def __init__(self, part: Part, of: str, wrt: Sequence[str]) -> None:
        self.part: Final = part
        self.of: Final = of
        self.wrt: Final = tuple(wrt)

    @cached_property
    def nodes(self) -> list[Node]:
        """The gradients by each name."""
        given = self.part.given
        if about_arrays(given, self.of, *self.wrt):
            from examgrad.calculus.derivation import Request
            from examgrad.calculus.matrix.derive import derive
            from examgrad.calculus.matrix.named import written_out

            names = given.names
            request = Request("gradient", (Symbol(self.of),), self.wrt, given.definitions, names.domains, names.shapes)
            derived = derive(request)
            tree = written_out(derived.tree, derived.where)
            return list(tree.args) if len(self.wrt) > 1 else [tree]
        scope = Scope.of(given)
        return [scope.plain(Apply("derivative", (Symbol(self.of), Symbol(name)))) for name in self.wrt]

    @cached_property
    def updating(self) -> Updating:
        """The part's rule with these gradients."""
        return Updating(self.part, self.nodes)

    def named(self, node: Node) -> Node:
        """A formula with the part's own gradients, where it names them, put in."""

        def change(item: Node) -> Node:
            if isinstance(item, Apply) and item.op == "at":
                values = {
                    name.name: value
                    for name, value in zip(item.args[1::2], item.args[2::2], strict=True)
                    if isinstance(name, Symbol)
                }
                return substitute(Graph(self.part.given.definitions).expand(item.args[0]), values)
            if isinstance(item, Apply) and item.op in ("derivative", "gradient") and len(item.args) == 2:
                what, variable = item.args
                if what == Symbol(self.of) and isinstance(variable, Symbol) and variable.name in self.wrt:
                    return self.nodes[self.wrt.index(variable.name)]
            return item

        return transform(node, change)


def in_array_terms(formula: Formula, arrays: Arrays, gradients: Gradients) -> list[Formula]:
    """An answer as a matrix expression in the problem's names: first with ``G²`` entry by entry, then as it stands.

    Raises :class:`DerivationError` where it is too long with the answer's own names put in.
    """
    tree = gradients.named(formula.scope.without_own(formula.tree))
    plain = formula._replace(tree=tree, scope=Scope(formula.scope.names, formula.scope.graph))
    squared = _entrywise(tree, arrays)
    return [plain] if squared == tree else [plain._replace(tree=squared), plain]


def _entrywise(tree: Node, arrays: Arrays) -> Node:
    """The formula with powers of matrices as powers of their entries, as optimisers' papers mean them."""

    def change(item: Node) -> Node:
        if not (isinstance(item, Apply) and item.op == "pow" and isinstance(item.args[1], Number)):
            return item
        base, exponent = item.args
        try:
            axes = len(arrays.shapes.of(base))
        except ExamgradError:
            return item
        if axes == 2 and exponent == Number(2):
            return Apply("hadamard", (base, base))
        if axes == 2 and isinstance(exponent, Number) and exponent.value * 2 == 1:
            return Apply("sqrt", (base,))
        return item

    return transform(tree, change)
