"""Terms of a sum gathered: multiples of one array, diagonal matrices, products with the same factors."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from examgrad.calculus.matrix.factors import Factors, alike, flat_factors, is_op, is_shared, times, unordered
from examgrad.formula.tree import Apply, Node, Number

if TYPE_CHECKING:
    from examgrad.calculus.matrix.algebra import Algebra


def gathered(algebra: Algebra, terms: list[Factors]) -> list[Factors]:
    """Terms with one last factor, or the same scalars, as one: ``A x + Aᵀ x`` is ``(A + Aᵀ) x``."""
    terms = _of_common_factors(algebra, _of_one_array(algebra, _of_diagonals(algebra, terms)))
    done: list[Factors] = []
    for term in terms:
        mates = [other for other in terms if alike(term, other)]
        first = [other for other in terms if alike(term, other, place=0)] if len(mates) < 2 else []
        if len(first) == len(terms) > 1:
            rests = (algebra.joined(Factors(m.coefficient / term.coefficient, {}, m.chain[1:])) for m in first)
            front = algebra.joined(Factors(term.coefficient, term.scalars, ()))
            return [algebra.factors(algebra.product(front, term.chain[0], algebra.plus(*rests)))]
        if len(mates) < 2:
            done.append(term)
        elif mates[0] is term:
            cut = None if is_shared(term) else -1
            inner = algebra.plus(
                *(algebra.joined(Factors(m.coefficient / term.coefficient, {}, m.chain[:cut])) for m in mates)
            )
            front = algebra.joined(Factors(term.coefficient, term.scalars, ()))
            done.append(algebra.factors(algebra.product(front, inner, *(term.chain[-1:] if cut else ()))))
    return done


def _of_one_array(algebra: Algebra, terms: list[Factors]) -> list[Factors]:
    """Multiples of one array as one: ``a x + b x`` is ``(a + b) x``."""
    groups: dict[object, list[Factors]] = {}
    for term in terms:
        groups.setdefault(tuple(map(unordered, term.chain)), []).append(term)
    done = []
    for chain, mates in groups.items():
        if len(mates) < 2 or not chain:
            done += mates
            continue
        front = algebra.plus(*(algebra.joined(mate._replace(chain=())) for mate in mates))
        done.append(algebra.factors(algebra.product(front, *mates[0].chain)))
    return done


def _of_common_factors(algebra: Algebra, terms: list[Factors]) -> list[Factors]:
    """Products entry by entry with the same factors as one: ``a ∘ t - b ∘ t`` is ``(a - b) ∘ t``."""
    arrays = [term for term in terms if term.chain and term.scalars == terms[0].scalars]
    if len(arrays) < 2 or len(arrays) != len(terms):
        return terms
    lists = [flat_factors(times(term.chain)) for term in arrays]
    shared = [factor for factor in lists[0] if all(factor in others for others in lists[1:])]
    shared = list(dict.fromkeys(shared))
    if not shared or all(len(factors) == 1 for factors in lists):
        return terms
    rests: list[Node] = []
    for term, factors in zip(arrays, lists, strict=True):
        left = list(factors)
        for factor in shared:
            left.remove(factor)
        rest = algebra.hadamard(*left) if left else algebra.filled("ones", algebra.shape(factors[0]))
        rests.append(algebra.product(Number(term.coefficient), rest))
    front = algebra.joined(Factors(Fraction(1), terms[0].scalars, ()))
    return [algebra.factors(algebra.product(front, algebra.hadamard(*shared, algebra.plus(*rests))))]


def _of_diagonals(algebra: Algebra, terms: list[Factors]) -> list[Factors]:
    """Diagonal matrices as one: ``diag(a) - diag(b)`` is ``diag(a - b)``."""
    mates = [term for term in terms if len(term.chain) == 1 and is_op(term.chain[0], "diag")]
    mates = [term for term in mates if len(algebra.shape(term.chain[0])) == 2]
    if len(mates) < 2 or len({frozenset(term.scalars.items()) for term in mates}) > 1:
        return terms
    vectors = [algebra.joined(Factors(term.coefficient, {}, term.chain[0].args)) for term in mates]
    whole = Apply("diag", (algebra.plus(*vectors),))
    front = algebra.joined(Factors(Fraction(1), mates[0].scalars, ()))
    return [*(term for term in terms if term not in mates), algebra.factors(algebra.product(front, whole))]
