"""Polynomials in symbols and in roundings of fractions, with rational coefficients: the normal form of sizes.

Symbols stand for positive integers. Nested roundings are merged where that is exact: ⌊(⌊a/m⌋ + b)/n⌋ =
⌊(a + b·m)/(m·n)⌋ for integers with m, n > 0 (Graham, Knuth, Patashnik, *Concrete Mathematics*, section 3.2).
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Final

from examgrad.formula import printer
from examgrad.formula.tree import Apply, Node, Number, Symbol, add, div, mul, power

Monomial = tuple[Node, ...]
Polynomial = dict[Monomial, Fraction]
"""Products of atoms (symbols, roundings, quotients), sorted, repeated for powers, with their coefficients."""

MOST_TERMS: Final = 60
HIGHEST_POWER: Final = 24
LARGEST_COEFFICIENT: Final = 10**60
"""Beyond these a polynomial is refused, not multiplied out."""


class TooLarge(ValueError):
    """A size has outgrown its limits."""


@lru_cache(maxsize=4096)
def polynomial(node: Node) -> Polynomial:
    """The formula multiplied out; not to be changed by who asked. Raises :class:`TooLarge`, ``ZeroDivisionError``."""
    if isinstance(node, Number):
        return {(): node.value} if node.value else {}
    if not isinstance(node, Apply):
        return {(node,): Fraction(1)}
    args = [polynomial(arg) for arg in node.args]
    match node.op:
        case "add":
            total: Polynomial = {}
            for arg in args:
                total = plus(total, arg)
            return total
        case "neg":
            return plus({}, args[0], Fraction(-1))
        case "mul":
            result: Polynomial = {(): Fraction(1)}
            for arg in args:
                result = times(result, arg)
            return result
        case "div":
            return _quotient(args[0], args[1])
        case "floor":
            return _floor(args[0])
        case "ceil":
            return _ceil(args[0])
        case "max" | "min":
            return extremum(node.op, args)
        case "pow" if set(args[1]) <= {()} and 0 <= (exponent := args[1].get((), Fraction(0))) <= HIGHEST_POWER:
            result = {(): Fraction(1)}
            for _ in range(int(exponent)):
                result = times(result, args[0])
            return result
    return {(node,): Fraction(1)}


def plus(left: Polynomial, right: Polynomial, scale: Fraction = Fraction(1)) -> Polynomial:
    """``left + scale*right``."""
    total = dict(left)
    for atoms, value in right.items():
        new = total.get(atoms, Fraction(0)) + scale * value
        if new:
            if max(abs(new.numerator), new.denominator) > LARGEST_COEFFICIENT:
                raise TooLarge("the formula has too large a number")
            total[atoms] = new
        else:
            total.pop(atoms, None)
    if len(total) > MOST_TERMS:
        raise TooLarge("the formula has too many terms")
    return total


def times(left: Polynomial, right: Polynomial) -> Polynomial:
    """Their product."""
    result: Polynomial = {}
    for atoms, value in left.items():
        product = {tuple(sorted((*atoms, *more), key=_order)): value * factor for more, factor in right.items()}
        if any(len(key) > HIGHEST_POWER for key in product):
            raise TooLarge("the formula has too high a power")
        result = plus(result, product)
    return result


def _quotient(top: Polynomial, bottom: Polynomial) -> Polynomial:
    if not bottom:
        raise ZeroDivisionError
    if set(bottom) == {()}:
        return plus({}, top, 1 / bottom[()])
    whole: Polynomial = {}
    rest = dict(top)
    if len(bottom) == 1:
        ((divisor, scale),) = bottom.items()
        for atoms, value in top.items():
            remaining = _without(atoms, divisor)
            if remaining is not None:
                whole = plus(whole, {remaining: value / scale})
                del rest[atoms]
    elif (ratio := _ratio(top, bottom)) is not None:
        return {(): ratio}
    if not rest:
        return whole
    return plus(whole, {(div(node_of(rest), node_of(bottom)),): Fraction(1)})


def _ratio(top: Polynomial, bottom: Polynomial) -> Fraction | None:
    ratios = {top.get(atoms, Fraction(0)) / value for atoms, value in bottom.items()}
    return ratios.pop() if len(ratios) == 1 and top.keys() == bottom.keys() else None


def _without(atoms: Monomial, divisor: Monomial) -> Monomial | None:
    left = list(atoms)
    for atom in divisor:
        if atom not in left:
            return None
        left.remove(atom)
    return tuple(left)


def _is_whole(node: Node) -> bool:
    return isinstance(node, Symbol) or (
        isinstance(node, Apply)
        and (
            node.op in ("floor", "ceil")
            or (
                node.op in ("max", "min")
                and all(
                    all(
                        value.denominator == 1 and all(map(_is_whole, atoms))
                        for atoms, value in polynomial(arg).items()
                    )
                    for arg in node.args
                )
            )
        )
    )


def _floor(terms: Polynomial) -> Polynomial:
    """Its whole terms outside, the rest inside one rounding, the constant inside in [0, 1)."""
    whole: Polynomial = {}
    rest: Polynomial = {}
    for atoms, value in terms.items():
        if not atoms:
            down = Fraction(math.floor(value))
            whole, rest = plus(whole, {(): down}), plus(rest, {(): value - down})
        elif value.denominator == 1 and all(map(_is_whole, atoms)):
            whole = plus(whole, {atoms: value})
        else:
            rest = plus(rest, {atoms: value})
    if not rest or set(rest) == {()}:
        return whole
    denominator = math.lcm(*(value.denominator for value in rest.values()))
    top = plus({}, rest, Fraction(denominator))
    if not all(_is_whole(atom) for atoms in top for atom in atoms):
        return plus(whole, {(Apply("floor", (node_of(rest),)),): Fraction(1)})
    for atoms, value in top.items():
        inner = atoms[0] if len(atoms) == 1 and value == 1 else None
        if isinstance(inner, Apply) and inner.op in ("floor", "ceil") and _is_fraction(inner.args[0]):
            merged = plus(plus(top, {atoms: Fraction(-1)}), _inside(inner))
            return plus(whole, _floor(plus({}, merged, Fraction(1, denominator))))
    if top.get((), 0) == denominator - 1:
        top = plus(top, {(): Fraction(1 - denominator)})
        return plus(whole, {(Apply("ceil", (div(node_of(top), Number(denominator)),)),): Fraction(1)})
    return plus(whole, {(Apply("floor", (div(node_of(top), Number(denominator)),)),): Fraction(1)})


def _is_fraction(node: Node) -> bool:
    return isinstance(node, Apply) and node.op == "div" and isinstance(node.args[1], Number)


def _inside(rounding: Apply) -> Polynomial:
    """The fraction whose floor the rounding is: ⌈n/d⌉ = ⌊(n + d - 1)/d⌋."""
    terms = polynomial(rounding.args[0])
    if rounding.op == "floor":
        return terms
    denominator = math.lcm(*(value.denominator for value in terms.values()))
    return plus(terms, {(): Fraction(denominator - 1, denominator)})


def _ceil(terms: Polynomial) -> Polynomial:
    if all(_is_whole(atom) for atoms in terms for atom in atoms):
        denominator = math.lcm(*(value.denominator for value in terms.values())) if terms else 1
        return _floor(plus(terms, {(): Fraction(denominator - 1, denominator)}))
    whole = {atoms: value for atoms, value in terms.items() if value.denominator == 1 and all(map(_is_whole, atoms))}
    rest = {atoms: value for atoms, value in terms.items() if atoms not in whole}
    return plus(whole, {(Apply("ceil", (node_of(rest),)),): Fraction(1)})


def extremum(op: str, args: list[Polynomial]) -> Polynomial:
    """The largest or smallest where all differences are numbers; else a ``max`` or ``min`` of what may be it."""
    kept: list[Polynomial] = []
    for arg in args:
        for index, other in enumerate(kept):
            difference = plus(arg, other, Fraction(-1))
            if set(difference) <= {()}:
                better = difference.get((), Fraction(0)) > 0
                kept[index] = arg if better == (op == "max") else other
                break
        else:
            kept.append(arg)
    if len(kept) == 1:
        return kept[0]
    return {(Apply(op, tuple(sorted(map(node_of, kept), key=_order))),): Fraction(1)}


@lru_cache(maxsize=4096)
def _order(node: Node) -> tuple[int, str]:
    return (0, node.name) if isinstance(node, Symbol) else (1, printer.plain(node))


def node_of(terms: Polynomial) -> Node:
    """The polynomial as a formula, higher powers first."""
    ordered = sorted(terms.items(), key=lambda item: (-len(item[0]), item[1] < 0, [_order(atom) for atom in item[0]]))
    return add(*(_term(atoms, value) for atoms, value in ordered))


def _term(atoms: Monomial, value: Fraction) -> Node:
    factors = [power(atom, atoms.count(atom)) for atom in dict.fromkeys(atoms)]
    top = mul(Number(value.numerator), *factors)
    return div(top, Number(value.denominator)) if value.denominator != 1 else top
