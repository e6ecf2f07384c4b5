"""What stands left of an answer in matrix notation, and on its other lines: places, and claims that must hold.

``∂L/∂W_{ij} = …`` and ``J_{ij} = …`` say which letter is which index; ``-∂L/∂W = …`` and ``5 = …`` are claims.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Literal, NamedTuple

from examgrad.errors import ExamgradError, MathSyntaxError
from examgrad.formula.tree import Apply, Node, Symbol, transform
from examgrad.kinds.array_sides import compare_sides
from examgrad.kinds.claims import does_not_hold, line_says, pairs, with_variables
from examgrad.kinds.matrix import Arrays
from examgrad.kinds.matrix_readings import entry_by_entry
from examgrad.kinds.named_derivatives import NamedDerivatives, free_indices
from examgrad.kinds.own_derivatives import with_diagonals
from examgrad.kinds.reading import Formula
from examgrad.kinds.scope import names_derivatives


class Places(NamedTuple):
    """The free indices of an answer for one entry, the row's first, and what says which is which.

    A ``derivative`` (∂y_i/∂x_j), the ``label`` of a matrix (J_{ij}), or nothing: then it is their order.
    """

    letters: tuple[str, ...]
    said_by: Literal["derivative", "label", ""] = ""


def places_of(formula: Formula, arrays: Arrays) -> Places:
    """The free indices of an answer, as what stands on its left names them."""
    for claim in formula.claims:
        for node in claim.walk():
            if not isinstance(node, Apply):
                continue
            if node.op == "derivative":
                entries = [arg for arg in node.args if isinstance(arg, Apply) and arg.op == "entry"]
                if entries:
                    return Places(_names([place for entry in entries for place in entry.args[1:]]), "derivative")
            if node.op == "entry" and names_derivatives(node.args[0]):
                return Places(_names(node.args[1:]), "label")
    free = free_indices(arrays, formula.tree, frozenset(formula.scope.own))
    ending = formula.label[-len(free) :] if free else ""
    if free and len(formula.label) > len(free) and sorted(ending) == sorted(free):
        return Places(tuple(ending), "label")
    return Places(free)


def _names(places: tuple[Node, ...] | list[Node]) -> tuple[str, ...]:
    return tuple(place.name for place in places if isinstance(place, Symbol))


def names_asked(asked: tuple[str, ...]) -> Callable[[Node], bool]:
    """The test for the name of the derivative that was asked for: ``∂L/∂W``, ``∂L/∂W_{ij}``, ``∇L``."""

    def test(node: Node) -> bool:
        if not asked or not isinstance(node, Apply) or node.op not in ("derivative", "gradient"):
            return False
        if node.op == "gradient" and isinstance(inner := node.args[0], Apply) and inner.op == "gradient":
            return len(asked) == 3 and inner.args[0] == Symbol(asked[0])
        what, *variables = (arg.args[0] if isinstance(arg, Apply) and arg.op == "entry" else arg for arg in node.args)
        if what != Symbol(asked[0]):
            return False
        whole = not variables and node.op == "gradient" and len(asked) == 2
        return whole or [item.name for item in variables if isinstance(item, Symbol)] == list(asked[1:])

    return test


def broken_claim(derivatives: NamedDerivatives, formula: Formula, tree: Node, key: Node, asked: tuple[str, ...]) -> str:
    """The first claim beside a right answer that does not hold; empty where all of them may.

    ``tree`` is the answer with its derivatives worked out.
    """
    for claim in formula.claims:
        if not _may_hold(derivatives, formula, (claim, formula.tree), (key, tree), asked):
            return line_says(claim, formula.tree)
    for left, right in pairs(formula.stated):
        if not _may_hold(derivatives, formula, (left, right), (key, None), asked):
            return f"another line says {does_not_hold(left, right)}"
    return ""


def _may_hold(
    derivatives: NamedDerivatives, formula: Formula, sides: tuple[Node, Node], known: tuple[Node, Node | None],
    asked: tuple[str, ...],
) -> bool:  # fmt: skip
    """Whether two sides may be equal: in the class's layout of Jacobians, or in the other one."""
    key, tree = known
    is_asked = names_asked(asked)

    def whole(node: Node) -> Node:
        at_entry = isinstance(node, Apply) and any(isinstance(arg, Apply) and arg.op == "entry" for arg in node.args)
        return key if is_asked(node) and not at_entry else node

    def meant(node: Node) -> Node:
        return with_variables(transform(formula.scope.without_own(node), whole), asked[1:2])

    left, right = meant(sides[0]), tree if tree is not None else meant(sides[1])
    if tree is None:
        left, right = (entry_by_entry(derivatives.arrays, side) for side in (left, right))
    if left == key and right == tree:  # which was decided already
        return True
    if any(isinstance(node, Apply) and node.op == "transpose" and _is_by_entries(node.args[0]) for node in left.walk()):
        return False  # ∂L/∂W_{ij}ᵀ
    left, right = with_diagonals(derivatives, left), with_diagonals(derivatives, right)
    named = names_derivatives(left) or names_derivatives(right)
    fits = False
    for layout in (derivatives, derivatives.transposed_jacobians()) if named else (derivatives,):
        with suppress(MathSyntaxError):
            if compare_sides(layout, left, right).verdict != "unequal":
                return True
            fits = fits or layout is derivatives
    return named and not fits and _may_hold_in_rows(derivatives, left, right)


def _may_hold_in_rows(derivatives: NamedDerivatives, left: Node, right: Node) -> bool:
    """Whether sides whose sizes do not fit may be meant with gradients that are set the other way round.

    So may a chain of Jacobians, ``∂L/∂z ∂z/∂x``, in whatever order it stands.
    """
    rows = derivatives.transposed_gradients()
    for layout in (rows, rows.transposed_jacobians()):
        with suppress(MathSyntaxError):
            if compare_sides(layout, left, Apply("transpose", (right,))).verdict != "unequal":
                return True
    return any(_is_jacobian(node, derivatives.arrays) for side in (left, right) for node in side.walk())


def _is_by_entries(node: Node) -> bool:
    """Whether a derivative is one entry: ``∂L/∂W_{ij}``."""
    by_entry = isinstance(node, Apply) and node.op == "derivative"
    return by_entry and any(isinstance(arg, Apply) and arg.op == "entry" for arg in node.args)


def _is_jacobian(node: Node, arrays: Arrays) -> bool:
    """Whether a derivative is of an array by an array, which is written in two layouts."""
    if not isinstance(node, Apply) or node.op not in ("derivative", "gradient"):
        return False
    try:
        return all(arrays.shapes.of(arg) for arg in node.args)
    except ExamgradError:
        return True
