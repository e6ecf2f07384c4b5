"""Factored and expanded: what is a product, and what is a sum."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from flint import fmpq_mpoly

from examgrad.equality.forms.parts import (
    operation,
    shorter,
    shown,
    terms_of,
    uncollected,
    unsigned,
    whole_number,
    written_factors,
)
from examgrad.equality.polynomials import Ring, factors_of, fraction
from examgrad.formula.tree import Node, Number, mul


def why_not_factored(node: Node) -> str | None:
    """Why a formula is no product of factors, or one of them can be factored."""
    for base, _ in written_factors(node):
        if operation(base) != "add":
            continue
        ring = Ring([base])
        found = ring.quotient(base)
        if not found.below.is_constant():
            return f"{shown(base)} is a sum with quotients in it"
        whole = found.above / found.below
        if whole.is_zero():
            return shorter(base, Number(0))
        constant, factors = factors_of(whole)
        if len(factors) != 1 or factors[0].times != 1:
            return shorter(base, ring.product(constant, factors))
        if common := _common(whole):
            rest = whole / ring.quotient(Number(common)).above
            return shorter(base, mul(Number(common), ring.node(rest)))
    return None


def _common(polynomial: fmpq_mpoly) -> Fraction | None:
    """A number other than 1 that stands in every coefficient, and may be taken out."""
    coefficients = [fraction(item) for item in polynomial.coeffs()]
    above = gcd(*(item.numerator for item in coefficients))
    below = gcd(*(item.denominator for item in coefficients))
    return Fraction(above, below) if above > 1 or below > 1 else None


# expanded


def why_not_expanded(node: Node) -> str | None:
    """Why a formula is no sum of products with like terms collected."""
    terms = list(terms_of(node))
    for term in terms:
        if reason := _holds_sum(term):
            return reason
    return uncollected(node, terms)


def _holds_sum(term: Node) -> str | None:
    """Why a term is no single product or quotient of expanded parts."""
    op = operation(term)
    if op == "neg":
        if operation(term.args[0]) == "add":
            return f"{shown(term)} has a minus before a sum"
        return _holds_sum(term.args[0])
    if op == "mul":
        for arg in term.args:
            if operation(unsigned(arg)) == "add":
                return f"{shown(term)} is a product with a sum in it"
            if reason := _holds_sum(arg):
                return reason
    elif op == "pow" and whole_number(term.args[1]) not in (None, 0, 1):
        if operation(unsigned(term.args[0])) == "add" and (whole_number(term.args[1]) or 0) > 1:
            return f"{shown(term)} is a power of a sum"
        return _holds_sum(term.args[0]) if operation(term.args[0]) != "add" else None
    elif op == "div":
        above, below = term.args
        if operation(unsigned(above)) == "add" and not any(
            operation(factor.base) == "add" for factor in written_factors(below)
        ):
            return f"{shown(term)} is a sum over one product: divide each term"
        return why_not_expanded(above) or why_not_expanded(below)
    return None
