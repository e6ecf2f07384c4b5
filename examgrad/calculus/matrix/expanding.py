"""Sums in other forms, in search of a shorter one: multiplied out, or over one denominator."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from examgrad.calculus.matrix.factors import Factors, flat_factors, is_op, joined, negated, raised, summands
from examgrad.calculus.matrix.products import Entrywise
from examgrad.formula.tree import Apply, Node

if TYPE_CHECKING:
    from examgrad.calculus.matrix.algebra import Algebra

_MOST_TERMS: Final = 16
"""How many terms a product may be multiplied out to."""
_MOST_QUOTIENTS: Final = 6
"""How many terms are put over one denominator."""


def shortest(algebra: Algebra, node: Node) -> Node:
    """The expression as it is, or multiplied out or over one denominator where that is shorter."""
    form = multiplied_out(algebra, node)
    if form.size() + 1 >= node.size():  # a sign less is not worth the repetition
        form = node
    whole = over_one_denominator(algebra, form)
    return whole if whole is not None and whole.size() < form.size() else form


def multiplied_out(algebra: Algebra, node: Node) -> Node:
    """The sum with its products entry by entry (and by scalars) distributed over the sums in them."""
    terms: list[Node] = []
    waiting = list(summands(node))
    while waiting:
        term = waiting.pop(0)
        found = algebra.factors(term)
        factors = flat_factors(found.chain[0]) if len(found.chain) == 1 else list(found.chain[:0])
        sums = [factor for factor in (*factors, *found.scalars) if is_op(factor, "add")]
        sums = [factor for factor in sums if found.scalars.get(factor, 1) == 1]
        if not sums or sums[0] == term or len(terms) + len(waiting) > _MOST_TERMS:
            terms += summands(term)
            continue
        chosen = max(sums, key=_has_quotients)  # whose terms cancel against the others
        scalars = {base: exponent for base, exponent in found.scalars.items() if base != chosen}
        front = joined(Factors(found.coefficient, scalars, ()))
        if chosen in found.scalars:
            waiting += [algebra.product(front, part, *found.chain) for part in summands(chosen)]
            continue
        factors.remove(chosen)
        waiting += [algebra.hadamard(front, *factors, part) for part in summands(chosen)]
    return algebra.plus(*terms)


def _has_quotients(node: Node) -> bool:
    """Whether a term of a sum is a quotient."""
    return any(is_op(item, "div") for term in summands(node) for item in (term, *term.args))


def over_one_denominator(algebra: Algebra, node: Node) -> Node | None:
    """Terms over powers of one sum as one: ``1/(1 + r²) − 2 r²/(1 + r²)²`` is ``(1 − r²)/(1 + r²)²``."""
    if not is_op(node, "add") or len(algebra.shape(node)) > 1 or len(node.args) > _MOST_QUOTIENTS:
        return None
    powers: dict[Node, Fraction] = {}
    for term in node.args:
        found = Entrywise(algebra)
        found.entry(term, Fraction(1))
        for base, exponent in (*found.scalars.items(), *found.arrays.items()):
            if exponent < 0 and is_op(base, "add"):
                powers[base] = min(exponent, powers.get(base, Fraction(0)))
    if len(powers) != 1:
        return None
    ((base, least),) = powers.items()
    below = algebra.raised(base, -least) if algebra.shape(base) else raised(base, -least)
    above = algebra.plus(*(multiplied_out(algebra, algebra.hadamard(below, term)) for term in node.args))
    return algebra.quotient(above, below)


def other_forms(algebra: Algebra, node: Node, name: Node) -> dict[Node, Node]:
    """The other forms of a name for a sum of products: with ``H = -sum(p ∘ q)``, ``qᵀp`` is ``-H``."""
    if algebra.shape(node) != ():
        return {}
    if is_op(node, "neg"):
        node, name = node.args[0], negated(name)
    pair = node.args
    if is_op(node, "sum") and len(pair) == 1 and is_op(pair[0], "hadamard"):
        pair = pair[0].args
    elif is_op(node, "mul") and is_op(pair[0], "transpose"):
        pair = (pair[0].args[0], *pair[1:])
    if pair is node.args or len(pair) != 2 or any(len(algebra.shape(item)) != 1 for item in pair):
        return {}
    rows = [(Apply("transpose", (one,)), other) for one, other in (pair, pair[::-1])]
    products = (Apply("mul", (row, other)) for row, other in rows if algebra.transposed(row.args[0]) == row)
    return {product: name for product in products if product not in algebra.names}
