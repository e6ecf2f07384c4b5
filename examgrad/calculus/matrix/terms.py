"""Formulas in components: sums of products of entries with Kronecker deltas, over indices that are bound or free.

A term is ``2 [i = j] ∑_l W_{il} x_l``: a number, powers of scalars, deltas, and the indices that are summed over,
each from 1 to the size of its axis. A sum with a delta in it is carried out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, count
from types import MappingProxyType
from typing import Final, NamedTuple

from examgrad.calculus.matrix.algebra import Algebra
from examgrad.calculus.matrix.factors import Exponents, Factors, comes_late, is_op, joined, negated, summands, times
from examgrad.errors import DerivationError
from examgrad.formula.tree import ONE, ZERO, Apply, Node, Number, Symbol, substitute

MAX_TERMS: Final = 120
"""Terms of one derivative, beyond which nobody would read it."""
_fresh: Final = count()


class Term(NamedTuple):
    """A product; ``deltas`` are pairs of equal indices, ``bound`` the indices that are summed over, with their ends."""

    coefficient: Fraction = Fraction(1)
    scalars: Mapping[Node, Fraction] = MappingProxyType({})
    deltas: tuple[tuple[Node, Node], ...] = ()
    bound: Mapping[str, Node] = MappingProxyType({})

    def symbols(self) -> frozenset[str]:
        """All names in it but those that are only summed over."""
        nodes = [*self.scalars, *(side for pair in self.deltas for side in pair)]
        return frozenset().union(*(node.symbols() for node in nodes))


Terms = tuple[Term, ...]


def fresh_index() -> Symbol:
    """An index that stands nowhere else; it gets a letter when the formula is written down."""
    return Symbol(f"#{next(_fresh)}")


def multiplied(*factors: Terms) -> Terms:
    """The product of sums, multiplied out. Raises :class:`DerivationError` where it is too long."""
    found: list[Term] = [Term()]
    for factor in factors:
        if len(found) * len(factor) > MAX_TERMS:
            raise DerivationError("the derivative has too many terms to be written in components")
        found = [_joined(left, right) for left in found for right in factor]
    return tuple(found)


def _joined(left: Term, right: Term) -> Term:
    scalars = dict(left.scalars)
    for base, exponent in right.scalars.items():
        scalars[base] = scalars.get(base, Fraction(0)) + exponent
        if is_op(base, "indicator") and scalars[base] > 0:
            scalars[base] = Fraction(1)
    scalars = {base: exponent for base, exponent in scalars.items() if exponent}
    return Term(
        left.coefficient * right.coefficient, scalars, left.deltas + right.deltas, {**left.bound, **right.bound}
    )


def summed(terms: Terms, index: Symbol, last: Node) -> Terms:
    """The sum over an index from 1 to ``last``, carried out where it stands in a delta."""
    bound = (term._replace(bound={**term.bound, index.name: last}) for term in terms)
    return tuple(done for term in bound if (done := contracted(term)) is not None)


def replaced(term: Term, values: Mapping[str, Node]) -> Term:
    """The term with indices replaced; ``values`` has none that it sums over."""
    if not values:
        return term
    scalars: Exponents = {}
    for base, exponent in term.scalars.items():
        base = substitute(base, values)
        scalars[base] = scalars.get(base, Fraction(0)) + exponent
    deltas = tuple((substitute(a, values), substitute(b, values)) for a, b in term.deltas)
    return term._replace(scalars=scalars, deltas=deltas)


def instantiated(terms: Terms, values: Mapping[str, Node]) -> Terms:
    """Terms with other indices for their free ones, and new names for those that they sum over."""
    found = []
    for term in terms:
        names: dict[str, Node] = {name: fresh_index() for name in term.bound}
        bound = {names[name].name: last for name, last in term.bound.items()}  # type: ignore[attr-defined]
        found.append(replaced(term, {**values, **names})._replace(bound=bound))
    return tuple(done for term in found if (done := contracted(term)) is not None)


def contracted(term: Term) -> Term | None:
    """The term with its sums over deltas carried out; ``None`` where it is zero."""
    waiting, kept = list(term.deltas), []
    bound = dict(term.bound)
    while waiting:
        one, other = waiting.pop(0)
        if one == other:
            continue
        if isinstance(one, Number) and isinstance(other, Number):
            return None
        if not _is_bound(one, bound) and not _is_bound(other, bound):
            kept.append((one, other))
            continue
        gone, stays = (one, other) if _is_bound(one, bound) else (other, one)
        assert isinstance(gone, Symbol)
        del bound[gone.name]
        term = replaced(term._replace(deltas=(*waiting, *kept)), {gone.name: stays})
        waiting, kept = list(term.deltas), []
    term = _without_idle(term._replace(deltas=tuple(kept), bound=bound))
    return term if term.coefficient else None


def _is_bound(node: Node, bound: Mapping[str, Node]) -> bool:
    return isinstance(node, Symbol) and node.name in bound


def _without_idle(term: Term) -> Term:
    """The term without the sums over what does not depend on their index."""
    used = term.symbols()
    for name in [name for name in term.bound if name not in used]:
        last = term.bound[name]
        bound = {other: end for other, end in term.bound.items() if other != name}
        term = term._replace(bound=bound)
        if isinstance(last, Number):
            term = term._replace(coefficient=term.coefficient * last.value)
        else:
            term = _joined(term, Term(scalars={last: Fraction(1)}))
    return term


def ordered(term: Term, order: Sequence[str]) -> Term:
    """The term with one index for all that its deltas make equal: a number or a name, else the first in ``order``."""
    rank = {name: at for at, name in enumerate(order)}
    deltas = []
    for at, (one, other) in enumerate(term.deltas):
        first, second = sorted((one, other), key=lambda node: _rank(node, rank))
        if first == second:
            continue
        deltas.append((second, first) if not _is_index(first, rank) else (first, second))
        if _is_index(second, rank):
            rest = replaced(term._replace(deltas=term.deltas[at + 1 :]), {second.name: first})  # type: ignore[attr-defined]
            again = ordered(rest, order)
            return again._replace(deltas=(*deltas, *again.deltas))
    return term._replace(deltas=tuple(deltas))


def _is_index(node: Node, rank: Mapping[str, int]) -> bool:
    return isinstance(node, Symbol) and node.name in rank


def _rank(node: Node, rank: Mapping[str, int]) -> tuple[int, int]:
    if isinstance(node, Symbol):
        return (1, rank[node.name]) if node.name in rank else (0, 1)
    return (0, 0)


def collected(terms: Iterable[Term]) -> Terms:
    """Equal terms as one, whatever their bound indices are called; those that cancel are left out."""
    found: dict[object, Term] = {}
    for term in terms:
        term = _renamed(term)
        key = (frozenset(term.scalars.items()), frozenset(map(frozenset, term.deltas)), frozenset(term.bound.items()))
        known = found.get(key)
        found[key] = term if known is None else known._replace(coefficient=known.coefficient + term.coefficient)
    return tuple(term for term in found.values() if term.coefficient)


def _renamed(term: Term) -> Term:
    """The term with its bound indices called after the places where they stand."""
    if not term.bound:
        return term
    blank: dict[str, Node] = {name: Symbol("#") for name in term.bound}
    bases = sorted(term.scalars, key=lambda base: repr(substitute(base, blank)))
    seen = [item.name for base in bases for item in base.walk() if isinstance(item, Symbol) and item.name in term.bound]
    names: dict[str, Node] = {name: Symbol(f"#b{at}") for at, name in enumerate(dict.fromkeys(seen))}
    bound = {names[name].name: last for name, last in term.bound.items() if name in names}  # type: ignore[attr-defined]
    return replaced(term, names)._replace(bound=bound)


def written(algebra: Algebra, terms: Terms, letters: Sequence[str]) -> Node:
    """The sum as a formula, common factors in front; ``letters`` are the names that its bound indices may have."""
    if not terms:
        return ZERO
    shared = _shared(terms) if len(terms) > 1 else Term()
    rests = _grouped(algebra, [_less(term, shared) for term in terms])
    nodes = sorted((_term(algebra, rest, letters) for rest in rests), key=comes_late)
    if len(nodes) == 1:
        return nodes[0]
    whole = Apply("add", tuple(nodes))
    node = times([*_factors(algebra, shared), whole])
    return Apply("neg", (node,)) if shared.coefficient < 0 else node


def _shared(terms: Terms) -> Term:
    """What all terms have as a factor: deltas, and powers of what holds no bound index."""
    first, *others = terms
    scalars = {}
    for base, exponent in first.scalars.items():
        least = min([exponent, *(other.scalars.get(base, Fraction(0)) for other in others)])
        if least > 0 or all(other.scalars.get(base) == exponent for other in others):
            scalars[base] = least if least > 0 else exponent
    scalars = {base: power for base, power in scalars.items() if not any(name[0] == "#" for name in base.symbols())}
    deltas = tuple(delta for delta in first.deltas if all(delta in other.deltas for other in others))
    numbers = {abs(term.coefficient) for term in terms}
    number = numbers.pop() if len(numbers) == 1 else Fraction(1)
    return Term(-number if all(term.coefficient < 0 for term in terms) else number, scalars, deltas)


def _grouped(algebra: Algebra, terms: list[Term]) -> list[Term]:
    """The terms, of which two with a factor in common are one where that is shorter: ``(y - t)(1 - 2 y)``."""
    best, saved = terms, 1
    for one, other in combinations([term for term in terms if not term.deltas and not term.bound], 2):
        shared = _shared((one, other))
        if not shared.scalars:
            continue
        parts = (_scalar(algebra, _less(term, shared)) for term in (one, other))
        rest = algebra.plus(*(summand for part in parts for summand in _summands(part)))
        whole = _scalar(algebra, shared._replace(scalars={**shared.scalars, rest: Fraction(1)}))
        saving = _scalar(algebra, one).size() + _scalar(algebra, other).size() - whole.size()
        if saving > saved:
            found = algebra.factors(whole)
            left = [term for term in terms if term is not one and term is not other]
            best, saved = [*left, Term(found.coefficient, found.scalars)], saving
    return best if best is terms else _grouped(algebra, best)


def _summands(node: Node) -> tuple[Node, ...]:
    """The terms of a sum, with a minus before all of it carried inside."""
    return summands(negated(node.args[0])) if is_op(node, "neg") else summands(node)


def _scalar(algebra: Algebra, term: Term) -> Node:
    """A term without deltas and sums as a formula."""
    return joined(Factors(term.coefficient, dict(term.scalars), ()))


def _less(term: Term, shared: Term) -> Term:
    """The term without the shared factors."""
    scalars = {base: exponent - shared.scalars.get(base, 0) for base, exponent in term.scalars.items()}
    scalars = {base: exponent for base, exponent in scalars.items() if exponent}
    deltas = tuple(delta for delta in term.deltas if delta not in shared.deltas)
    return Term(term.coefficient / shared.coefficient, scalars, deltas, term.bound)


def _factors(algebra: Algebra, term: Term) -> list[Node]:
    """The factors of a term in the order in which they are written, without its sign: number, deltas, scalars."""
    deltas = [Apply("indicator", (Apply("eq", pair),)) for pair in term.deltas]
    below = any(exponent < 0 for exponent in term.scalars.values())
    number = abs(term.coefficient)
    inner = joined(Factors(number if below else Fraction(1), dict(term.scalars), ()))
    front: list[Node] = [] if below or number == 1 else [Number(number)]
    if is_op(inner, "div"):
        above, under = inner.args
        top = _flat(above)
        numbers = [factor for factor in top if isinstance(factor, Number)]
        top = [*numbers, *deltas, *_beside([factor for factor in top if factor not in numbers])]
        return [*front, Apply("div", (times(top), under))]
    return [*front, *deltas, *_beside(_flat(inner))]


def _flat(node: Node) -> list[Node]:
    """The factors of a product; none of 1."""
    return [] if node == ONE else list(node.args) if is_op(node, "mul") else [node]


def _beside(factors: list[Node]) -> list[Node]:
    """Factors with the entries of one array in the order of their indices: ``x_j x_l``."""
    arrays = [factor.args[0] if is_op(factor, "entry") else factor for factor in factors]
    order = sorted(range(len(factors)), key=lambda at: (arrays.index(arrays[at]), repr(factors[at])))
    return [factors[at] for at in order]


def _term(algebra: Algebra, term: Term, letters: Sequence[str]) -> Node:
    """One term with its sign, inside the sums over its bound indices."""
    names: dict[str, Node] = {name: Symbol(letter) for name, letter in zip(term.bound, letters, strict=False)}
    if len(names) < len(term.bound):
        raise DerivationError("the derivative has too many sums to be written in components")
    renamed = replaced(term, names)
    outer = [base for base in renamed.scalars if base.symbols().isdisjoint(item.name for item in names.values())]  # type: ignore[attr-defined]
    front = renamed._replace(scalars={base: renamed.scalars[base] for base in outer} if names else renamed.scalars)
    factors = _factors(algebra, front)
    if names:
        inside = {base: power for base, power in renamed.scalars.items() if base not in outer}
        body = times(_factors(algebra, Term(scalars=inside)))
        for name, last in reversed(list(term.bound.items())):
            body = Apply("sum", (names[name], ONE, last, body))
        factors.append(body)
    node = times(factors)
    return Apply("neg", (node,)) if term.coefficient < 0 else node
