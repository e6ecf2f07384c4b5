"""Sums over an index as products of matrices again: ``∑_l A_{il} B_{lj}`` is ``(A B)_{ij}``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from examgrad.calculus.matrix.algebra import Algebra
from examgrad.calculus.matrix.factors import is_op
from examgrad.calculus.matrix.terms import Term, Terms, multiplied
from examgrad.formula.tree import ONE, Apply, Node, Symbol

if TYPE_CHECKING:
    from examgrad.calculus.matrix.entries import Entries


def merged(entries: Entries, terms: Terms) -> Terms:
    """The terms with each sum of two entries over an index as the entry of a product: ``∑_l A_{il} B_{lj}``."""
    found: list[Term] = []
    for term in terms:
        found += _merged(entries, term)
    return tuple(found)


def _merged(entries: Entries, term: Term) -> Terms:
    deep = len(term.bound) > 1 or any(is_op(item, "diag") for base in term.scalars for item in base.walk())
    for name in term.bound:
        bases = {base: power for base, power in term.scalars.items() if name in base.symbols()}
        product = None
        if all(power in (1, 2) for power in bases.values()):
            product = _product(entries, [base for base, power in bases.items() for _ in range(int(power))], name)
        if product is None and deep:
            product = _chain(entries, bases, name)
        if product is None:
            continue
        rest = {base: power for base, power in term.scalars.items() if base not in bases}
        bound = {other: last for other, last in term.bound.items() if other != name}
        return merged(entries, multiplied((term._replace(scalars=rest, bound=bound),), product))
    return (term,)


def _chain(entries: Entries, bases: Mapping[Node, Fraction], name: str) -> Terms | None:
    """Entries of one or two matrices with weights between them: ``∑_l A_{il} v_l B_{lj}`` is (A diag(v) B)_{ij}.

    For sums in sums, as through many layers, which nobody would read.
    """
    index = Symbol(name)
    matrices = [base for base in bases if is_op(base, "entry") and len(base.args) == 3]
    weights = [_whole(entries.algebra, base, index, power) for base, power in bases.items() if base not in matrices]
    if not 1 <= len(matrices) <= 2 or not weights or any(bases[base] != 1 for base in matrices):
        return None
    known = [weight for weight in weights if weight is not None]
    if len(known) < len(weights):
        return None
    vector = entries.algebra.hadamard(*known)
    if len(matrices) == 1:
        return _product(entries, [matrices[0], Apply("entry", (vector, index))], name)
    first, second = sorted(matrices, key=lambda base: base.args[2] != index)
    array, *places = first.args
    if places.count(index) != 1 or index.name in array.symbols():
        return None
    array = array if places[1] == index else entries.algebra.transposed(array)
    outer = places[0] if places[1] == index else places[1]
    scaled = entries.algebra.product(array, Apply("diag", (vector,)))
    return _product(entries, [Apply("entry", (scaled, outer, index)), second], name)


def _whole(algebra: Algebra, node: Node, index: Symbol, power: Fraction) -> Node | None:
    """The column that a formula is for all values of an index; ``None`` where it is no formula of columns."""
    if is_op(node, "entry") and node.args[1:] == (index,) and index.name not in node.args[0].symbols():
        return algebra.raised(node.args[0], power)
    if index.name not in node.symbols():
        return node if power == 1 else None
    if not isinstance(node, Apply) or node.op in ("entry", "sum"):
        return None
    args = [_whole(algebra, arg, index, Fraction(1)) for arg in node.args]
    known = [arg for arg in args if arg is not None]
    if len(known) < len(args):
        return None
    whole = algebra.hadamard(*known) if node.op == "mul" else Apply(node.op, tuple(known))
    return algebra.raised(whole, power)


def _product(entries: Entries, bases: Sequence[Node], name: str) -> Terms | None:
    """What one or two entries are, summed over an index of theirs; ``None`` where that has no shorter form."""
    if not 1 <= len(bases) <= 2:
        return None
    index = Symbol(name)
    sides = []
    for base in bases:
        if not is_op(base, "entry") or name in base.args[0].symbols():
            return None
        array, *places = base.args
        if len(places) != len(entries.algebra.shape(array)):
            return None
        sides.append((array, places))
    if len(sides) == 1:
        array, places = sides[0]
        return entries.scalar(Apply("tr", (array,))) if places == [index, index] else None
    if any(places.count(index) != 1 for _, places in sides):
        return None
    forms = []
    for (first, rows), (second, columns) in ((sides[0], sides[1]), (sides[1], sides[0])):
        first = first if rows[-1] == index and len(rows) == 2 else entries.algebra.transposed(first)
        second = second if columns[0] == index else entries.algebra.transposed(second)
        outer = tuple(place for place in (*rows, *columns) if place != index)
        forms.append((entries.algebra.product(first, second), outer))
    product, outer = min(forms, key=lambda form: (form[0].size(), list(map(repr, form[1]))))
    shape = entries.algebra.shape(product)
    if len(shape) == 2 and len(outer) == 1:
        outer = (ONE, *outer)
    if len(shape) != len(outer):
        return None
    return entries.scalar(product) if shape == () else entries.read(product, outer)
