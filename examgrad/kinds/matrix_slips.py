"""What a wrong matrix answer needs to be right, where that is one thing.

The answer is changed in one place, as a student's slip would be undone, until it equals the key: a transpose, a
factor, the order of a product, an element-wise product in place of a matrix product.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice, permutations
from typing import Final, NamedTuple

from examgrad.errors import MathSyntaxError
from examgrad.formula import printer
from examgrad.formula.shapes import same_shape
from examgrad.formula.tree import ONE, Apply, Node, Number, Symbol, div, mul, replaced
from examgrad.kinds.base import Diagnosis
from examgrad.kinds.matrix import Arrays

_FACTORS: Final = (Fraction(-1), Fraction(2), Fraction(1, 2), Fraction(-2), Fraction(-1, 2))
_MOST: Final = 60
"""Changes that are tried."""
_MOST_FACTORS: Final = 4


class Change(NamedTuple):
    """An answer with one slip undone; ``code`` and ``words`` say which one it was."""

    code: str
    words: str
    tree: Node


def matrix_slip(arrays: Arrays, tree: Node, key: Node) -> Diagnosis | None:
    """The first change of an answer that makes it right."""
    wanted = arrays.shapes.of(key)
    for change in islice(_changes(arrays, tree), _MOST):
        try:
            shape = arrays.shapes.of(change.tree)
        except MathSyntaxError:
            continue
        fits = same_shape(shape, wanted)
        if fits and arrays.decide(change.tree, key, witness=False).verdict == "equal":
            return Diagnosis(change.code, change.words)
    return None


def numbers_missing(tree: Node) -> Iterator[Change]:
    """The answer with another sign, and times a number that slips make."""
    for factor in _FACTORS:
        if factor == -1:
            yield Change("sign", "Right but for its sign.", mul(Number(-1), tree))
        else:
            yield _with_factor(str(factor), Number(factor), tree)


def _with_factor(shown: str, factor: Node, tree: Node) -> Change:
    return Change("factor", f"Right but for a factor: {shown} times your answer is right.", mul(factor, tree))


def _changes(arrays: Arrays, tree: Node) -> Iterator[Change]:
    yield Change("transposed", "Rows and columns are swapped: the transpose of your answer is right.", _turned(tree))
    yield from numbers_missing(tree)
    for size in arrays.size_names:
        for multiple in (Symbol(size), div(ONE, Symbol(size))):
            yield _with_factor(printer.unicode(multiple), multiple, tree)
    yield from _product_changes(arrays, tree)


def _product_changes(arrays: Arrays, tree: Node) -> Iterator[Change]:
    """The answer with one product or transpose in it undone."""
    for code, old, new in _local_changes(arrays, tree):
        changed = replaced(tree, old, new)
        words = {
            "order": "the factors stand in the wrong order",
            "transpose": "a transpose is missing or too much",
            "element-wise": "the element-wise product and the matrix product are mixed up",
        }[code]
        shown = f"{printer.unicode(old)} should be {printer.unicode(new)}"
        yield Change(code, f"In your answer {words}: {shown}.", changed)


def _local_changes(arrays: Arrays, tree: Node) -> Iterator[tuple[str, Node, Node]]:
    for node in tree.walk():
        if not isinstance(node, Apply):
            continue
        if node.op == "mul" and len(node.args) <= _MOST_FACTORS:
            for order in islice(permutations(node.args), 1, None):
                yield "order", node, Apply("mul", order)
            for place, arg in enumerate(node.args):
                turned = Apply("mul", (*node.args[:place], _turned(arg), *node.args[place + 1 :]))
                yield "transpose", node, turned
            if len(node.args) == 2:
                yield "element-wise", node, Apply("hadamard", node.args)
        elif node.op == "hadamard" and len(node.args) == 2:
            left, right = node.args
            for pair in ((left, right), (left, _turned(right)), (_turned(left), right)):
                yield "element-wise", node, Apply("mul", pair)


def _turned(node: Node) -> Node:
    """The transpose, without a transpose of a transpose."""
    return node.args[0] if isinstance(node, Apply) and node.op == "transpose" else Apply("transpose", (node,))
