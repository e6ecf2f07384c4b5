"""Terms of a sum gathered: multiples of one array, diagonal matrices, products with the same factors."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from examgrad.calculus.matrix.expanding import over_one_denominator
from examgrad.calculus.matrix.factors import (
    Exponents,
    Factors,
    alike,
    flat_factors,
    is_op,
    is_shared,
    joined,
    times,
    unordered,
)
from examgrad.calculus.matrix.products import Entrywise
from examgrad.formula.tree import Apply, Node, Number

if TYPE_CHECKING:
    from examgrad.calculus.matrix.algebra import Algebra


def gathered(algebra: Algebra, terms: list[Factors]) -> list[Factors]:
    """Terms with one last factor, or the same scalars, as one: ``A x + Aᵀ x`` is ``(A + Aᵀ) x``."""
    terms = _of_common_scales(algebra, _of_common_scalars(algebra, _of_diagonals(algebra, terms)))
    terms = _of_common_factors(algebra, _of_one_array(algebra, terms))
    done: list[Factors] = []
    for term in terms:
        mates = [other for other in terms if alike(term, other)]
        first = [other for other in terms if alike(term, other, place=0)] if len(mates) < 2 else []
        if len(first) == len(terms) > 1:
            rests = (joined(Factors(m.coefficient / term.coefficient, {}, m.chain[1:])) for m in first)
            front = joined(Factors(term.coefficient, term.scalars, ()))
            return [algebra.factors(algebra.product(front, term.chain[0], _turned(algebra, algebra.plus(*rests))))]
        if len(mates) < 2:
            done.append(term)
        elif mates[0] is term:
            cut = None if is_shared(term) else -1
            inner = algebra.plus(*(joined(Factors(m.coefficient / term.coefficient, {}, m.chain[:cut])) for m in mates))
            front = joined(Factors(term.coefficient, term.scalars, ()))
            done.append(algebra.factors(algebra.product(front, inner, *(term.chain[-1:] if cut else ()))))
    return done


def _turned(algebra: Algebra, node: Node) -> Node:
    """A sum of rows as one row: ``aᵀ - bᵀ`` is ``(a - b)ᵀ``."""
    if is_op(node, "add") and all(len(algebra.shape(algebra.transposed(term))) == 1 for term in node.args):
        return Apply("transpose", (algebra.plus(*map(algebra.transposed, node.args)),))
    return node


def _of_common_scalars(algebra: Algebra, terms: list[Factors]) -> list[Factors]:
    """Terms with scalars in common as one: ``T q − T p`` is ``T (q − p)``, ``x/2 − y/2`` is ``(x − y)/2``."""
    if len(terms) < 2:
        return terms
    first, *others = terms
    shared: Exponents = {}
    for base, exponent in first.scalars.items():
        found = [term.scalars.get(base, Fraction(0)) for term in others]
        if all(other * exponent > 0 for other in found):
            shared[base] = min((exponent, *found), key=abs)
    sizes = {abs(term.coefficient) for term in terms}
    number = sizes.pop() if len(sizes) == 1 else Fraction(1)
    if not shared and number.denominator == 1:
        return terms
    rests = [
        term._replace(
            coefficient=term.coefficient / number,
            scalars={base: left for base, exponent in term.scalars.items() if (left := exponent - shared.get(base, 0))},
        )
        for term in terms
    ]
    front = joined(Factors(number, shared, ()))
    inner = algebra.plus(*map(joined, rests))
    whole = over_one_denominator(algebra, inner)
    if whole is not None and whole.size() < inner.size():
        inner = whole
    return [algebra.factors(algebra.product(front, inner))]


def _of_common_scales(algebra: Algebra, terms: list[Factors]) -> list[Factors]:
    """``A diag(u ∘ v) − 1 (u ∘ w)ᵀ`` as ``(A diag(v) − 1 wᵀ) diag(u)``, and the same for rows."""
    if len(terms) < 2 or any(len(term.chain) < 2 for term in terms):
        return terms
    for axis in (1, 0):
        found = [_scales(algebra, term.chain, axis) for term in terms]
        powers = [powers for item in found if item is not None for powers in item[:1]]
        if len(powers) < len(terms):
            continue
        shared = {
            base: min((other.get(base, Fraction(0)) for other in powers), key=abs)
            for base, exponent in powers[0].items()
            if all(other.get(base, Fraction(0)) * exponent > 0 for other in powers)
        }
        if all(exponent > 0 for exponent in shared.values()):  # of letters alone, terms stay apart
            continue
        whole = algebra.hadamard(*(algebra.raised(base, exponent) for base, exponent in shared.items()))
        rests = []
        for term, item in zip(terms, found, strict=True):
            assert item is not None
            rest = item[1](algebra.quotient(item[2], whole))
            rests.append(algebra.product(joined(term._replace(chain=())), rest))
        outer = Apply("diag", (whole,))
        inner = algebra.plus(*rests)
        return [algebra.factors(algebra.product(inner, outer) if axis else algebra.product(outer, inner))]
    return terms


def _scales(
    algebra: Algebra, chain: tuple[Node, ...], axis: int
) -> tuple[Exponents, Callable[[Node], Node], Node] | None:
    """The powers in the column that scales a product's rows (0) or columns (1), and the product with another."""
    end, others = (chain[-1], chain[:-1]) if axis else (chain[0], chain[1:])
    if is_op(end, "diag") and len(algebra.shape(end)) == 2:
        column = end.args[0]
    elif len(others) == 1 and len(algebra.shape(end if not axis else others[0])) == 1:
        one = others[0] if axis else others[0].args[0] if is_op(others[0], "transpose") else others[0]
        if not is_op(one, "ones"):
            return None
        column = algebra.transposed(end) if axis else end
    else:
        return None
    powers = Entrywise(algebra)
    powers.entry(column, Fraction(1))
    if powers.coefficient != 1 or powers.scalars:
        return None

    def scaled(by: Node) -> Node:
        if is_op(end, "diag"):
            pair = () if is_op(by, "ones") else (Apply("diag", (by,)),)
            return algebra.product(*others, *pair) if axis else algebra.product(*pair, *others)
        return algebra.product(*others, algebra.transposed(by)) if axis else algebra.product(by, *others)

    return powers.arrays, scaled, column


def _of_one_array(algebra: Algebra, terms: list[Factors]) -> list[Factors]:
    """Multiples of one array as one: ``a x + b x`` is ``(a + b) x``."""
    groups: dict[object, list[Factors]] = {}
    for term in terms:
        groups.setdefault(tuple(map(unordered, term.chain)), []).append(term)
    done = []
    for chain, mates in groups.items():
        if len(mates) < 2 or not chain or _is_worth_more_apart(mates):
            done += mates
            continue
        front = algebra.plus(*(joined(mate._replace(chain=())) for mate in mates))
        done.append(algebra.factors(algebra.product(front, *mates[0].chain)))
    return done


def _is_worth_more_apart(mates: list[Factors]) -> bool:
    """Whether one array stands alone and another is multiplied by a sum: ``u − (uᵀv) u`` stays as it is."""
    alone = any(not mate.scalars for mate in mates)
    return alone and any(is_op(base, "mul", "sum", "tr") for mate in mates for base in mate.scalars)


def _of_common_factors(algebra: Algebra, terms: list[Factors]) -> list[Factors]:
    """Products entry by entry with the same factors as one: ``a ∘ t - b ∘ t`` is ``(a - b) ∘ t``."""
    arrays = [term for term in terms if term.chain and term.scalars == terms[0].scalars]
    if len(arrays) < 2 or len(arrays) != len(terms):
        return _of_factors_in_pairs(algebra, terms)
    found = [_powers(algebra, times(term.chain)) for term in arrays]
    shared = {
        base: min(powers.get(base, Fraction(0)) for powers in found)
        for base in found[0] if all(base in powers for powers in found)
    }  # fmt: skip
    if not shared or all(len(powers) == 1 for powers in found):
        return terms
    rests: list[Node] = []
    ones = algebra.filled("ones", algebra.shape(times(arrays[0].chain)))
    for term, powers in zip(arrays, found, strict=True):
        left = {base: power - shared.get(base, 0) for base, power in powers.items()}
        rest = [algebra.raised(base, power) for base, power in left.items() if power]
        rests.append(algebra.product(Number(term.coefficient), algebra.hadamard(ones, *rest)))
    front = joined(Factors(Fraction(1), terms[0].scalars, ()))
    whole = [algebra.raised(base, power) for base, power in shared.items()]
    return [algebra.factors(algebra.product(front, algebra.hadamard(*whole, algebra.plus(*rests))))]


def _powers(algebra: Algebra, array: Node) -> Exponents:
    """The powers that an array is the product of, entry by entry, none of them below 1."""
    powers: Exponents = {}
    for factor in flat_factors(array):
        base, power = factor, Fraction(1)
        if is_op(factor, "pow") and len(algebra.shape(factor)) == 1:
            exponent = factor.args[1]
            if isinstance(exponent, Number) and exponent.value > 1 and exponent.value.denominator == 1:
                base, power = factor.args[0], exponent.value
        powers[base] = powers.get(base, Fraction(0)) + power
    return powers


def _of_factors_in_pairs(algebra: Algebra, terms: list[Factors]) -> list[Factors]:
    """As above, of two terms beside others, where one product is left: ``K u ∘ y + y ∘ Kᵀ u`` is ``(K + Kᵀ) u ∘ y``."""
    for at, one in enumerate(terms):
        for other in terms[at + 1 :]:
            pair = [one, other]
            if not all(len(term.chain) == 1 and is_op(term.chain[0], "hadamard") for term in pair):
                continue
            found = _of_common_factors(algebra, pair) if one.scalars == other.scalars else pair
            whole = found[0].chain[0] if len(found) == 1 and len(found[0].chain) == 1 else one.chain[0]
            if len(found) == 1 and not any(is_op(factor, "add") for factor in flat_factors(whole)):
                return [found[0] if term is one else term for term in terms if term is not other]
    return terms


def _of_diagonals(algebra: Algebra, terms: list[Factors]) -> list[Factors]:
    """Diagonal matrices as one: ``diag(a) X - diag(b) X`` is ``diag(a - b) X``."""
    groups: dict[tuple[Node, ...], list[Factors]] = {}
    for term in terms:
        if term.chain and is_op(term.chain[0], "diag") and len(algebra.shape(term.chain[0])) == 2:
            groups.setdefault(term.chain[1:], []).append(term)
    for rest, mates in groups.items():
        alike = all(term.scalars == mates[0].scalars for term in mates)
        if len(mates) < 2 or not (alike or rest):
            continue
        scalars = mates[0].scalars if alike else {}
        vectors = [
            joined(Factors(term.coefficient, {} if alike else term.scalars, term.chain[0].args)) for term in mates
        ]
        whole = Apply("diag", (algebra.shortest(algebra.plus(*vectors)),))
        front = joined(Factors(Fraction(1), scalars, ()))
        one = algebra.factors(algebra.product(front, whole, *mates[0].chain[1:]))
        terms = [one if term is mates[0] else term for term in terms if term is mates[0] or term not in mates]
    return terms
