"""What an answer of order 3 or 4 says beside its formula: ``∂a_i/∂W_{jk} = …`` where y was asked for, ``5 = …``."""

from __future__ import annotations

from itertools import product

from examgrad.errors import ExamgradError
from examgrad.formula.tree import Apply, Node, Number, Symbol, substitute
from examgrad.kinds import matrix_claims
from examgrad.kinds.claims import line_says, solved
from examgrad.kinds.matrix import Arrays
from examgrad.kinds.matrix_claims import names_asked
from examgrad.kinds.named_derivatives import NamedDerivatives
from examgrad.kinds.reading import Formula
from examgrad.kinds.scope import names_derivatives
from examgrad.kinds.tensor_indices import undeclared

_PLACES = (1, 2)
"""The places at which two sides are compared: every array has them."""


def for_what_was_asked(formula: Formula, asked: tuple[str, ...]) -> Formula | None:
    """The answer for the derivative itself, of one for a factor of it: ``2 ∂y_i/∂W_{jk} = …``."""
    is_asked = names_asked(asked)
    for claim in formula.claims:
        tree = solved(claim, formula.tree, is_asked)
        if tree is not None and tree != formula.tree:
            return formula._replace(tree=tree, claims=(next(filter(is_asked, claim.walk())),))
    return None


def broken_claim(arrays: Arrays, formula: Formula, asked: tuple[str, ...], rank: int) -> str:
    """The first claim beside a right answer that does not hold; empty where all of them may.

    ``asked`` is what was differentiated, of ``rank`` axes, and by what.
    """
    for claim in formula.claims:
        if not _may_hold(arrays, formula, claim, asked, rank):
            return line_says(claim, formula.tree)
    lines = formula._replace(claims=())
    return matrix_claims.broken_claim(NamedDerivatives(arrays), lines, formula.tree, formula.tree, ())


def _may_hold(arrays: Arrays, formula: Formula, claim: Node, asked: tuple[str, ...], rank: int) -> bool:
    if isinstance(claim, Apply) and claim.op == "derivative":
        return _is_same(arrays, claim.args[0], Symbol(asked[0]), rank)
    if names_derivatives(claim):
        named = solved(claim, formula.tree, names_asked(asked))
        return named is None or named == formula.tree
    letters = sorted({*undeclared(claim, arrays), *undeclared(formula.tree, arrays)})
    return all(
        _equal_at(arrays, claim, formula.tree, dict(zip(letters, places, strict=True)))
        for places in product(_PLACES, repeat=len(letters))
    )


def _is_same(arrays: Arrays, what: Node, of: Symbol, rank: int) -> bool:
    """Whether a derivative is of what was asked for, or of an entry of it; of a formula, ``∂(W x)_i``, it may be."""
    base = what.args[0] if rank and isinstance(what, Apply) and what.op in ("entry", "row", "column") else what
    if base == of or not isinstance(base, Symbol):
        return True
    return _equal_at(arrays, base, of, {})


def _equal_at(arrays: Arrays, claim: Node, tree: Node, places: dict[str, int]) -> bool:
    at: dict[str, Node] = {letter: Number(place) for letter, place in places.items()}
    try:
        left, right = substitute(claim, at), substitute(tree, at)
        if len(arrays.shapes.of(left)) != len(arrays.shapes.of(right)):
            return False
        return arrays.decide(left, right, witness=False).verdict != "unequal"
    except ExamgradError:
        return True
