"""Equations solved for a name: values that can be written down, and points with small numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice, product
from typing import Final, NamedTuple

from flint import fmpq, fmpq_mpoly

from examgrad.equality.emitter import UnsupportedFormula
from examgrad.equality.evaluate import evaluate
from examgrad.equality.factors import coefficients, in_domain, never_zero, only_symbol
from examgrad.equality.polynomials import Quotient, Ring, TooLarge, factors_of, fraction
from examgrad.formula.names import REAL, Domain
from examgrad.formula.tree import Apply, Node, Number, Symbol, add, div, neg, power, sub

SIMPLE: Final = tuple(map(Fraction, ("1", "2", "0", "-1", "3", "1/2", "-2", "4", "1/3", "5", "-3", "3/4", "1/4", "10")))
MAX_ASSIGNMENTS: Final = 40
MAX_UNWRAPPED: Final = 12
MAX_CHOICES: Final = 6
Domains = Mapping[str, Domain]
Point = dict[str, Fraction]


class Solved(NamedTuple):
    """A name and a value that solves an equation for it."""

    name: str
    value: Node


def choices(domain: Domain) -> list[Fraction]:
    """Small numbers of a domain."""
    found = [value for value in SIMPLE if domain.contains(value)]
    if len(found) < 3:
        low, high = domain.low, domain.high
        base = low if low is not None else high if high is not None else Fraction(0)
        step = 1 if low is not None else -1
        found += [value for count in range(5) if domain.contains(value := Fraction(base.__floor__()) + step * count)]
        if low is not None and high is not None:
            found += [low + (high - low) * share for share in (Fraction(1, 2), Fraction(1, 3), Fraction(3, 4))]
    return list(dict.fromkeys(value for value in found if domain.contains(value)))


def small_points(names: Sequence[str], domains: Domains, count: int) -> Iterator[Point]:
    """Points of small numbers: all names alike, then the numbers mixed."""
    if not names:
        yield {}
        return
    lists = [choices(domains.get(name, REAL))[: MAX_CHOICES if len(names) > 1 else None] for name in names]
    if not all(lists):
        return
    ordered = product(*(range(len(values)) for values in lists)) if len(names) <= 4 else _diagonal(lists)
    picks = sorted(islice(ordered, 2_000), key=lambda pick: (sum(pick), pick))
    for pick in picks[:count]:
        yield {name: values[at] for name, values, at in zip(names, lists, pick, strict=True)}


def _diagonal(lists: Sequence[Sequence[Fraction]]) -> Iterator[tuple[int, ...]]:
    """Picks for many names: all alike, or one after the other further down its list."""
    for start in range(max(map(len, lists))):
        yield tuple(start % len(values) for values in lists)
        yield tuple((start + at) % len(values) for at, values in enumerate(lists))


def solving_points(ring: Ring, factor: fmpq_mpoly, names: Sequence[str], domains: Domains) -> Iterator[Point]:
    """Points of the domains, with rational numbers, where a polynomial is zero."""
    plain = {generator.name for generator in ring.generators if isinstance(generator, Symbol)}
    inside = frozenset[str]().union(*(item.symbols() for item in ring.generators if not isinstance(item, Symbol)))
    degrees = dict(zip(ring.generators, factor.degrees(), strict=False))
    own = [name for name in sorted(plain - inside) if degrees.get(Symbol(name))]
    own.sort(key=lambda name: degrees[Symbol(name)])
    for name in own[:3]:
        others = [other for other in names if other != name]
        for at in small_points(others, domains, MAX_ASSIGNMENTS):
            for root in _roots_at(ring, factor, name, at):
                if domains.get(name, REAL).contains(root):
                    yield {**at, name: root}


def _roots_at(ring: Ring, factor: fmpq_mpoly, name: str, at: Point) -> list[Fraction]:
    """The rational roots in one name where the others have numbers."""
    parts: dict[int, Fraction] = {}
    where = ring.generators.index(Symbol(name))
    values: list[Fraction | None] = []
    for position, generator in enumerate(ring.generators):
        if position == where or not factor.degrees()[position]:
            values.append(Fraction(0))
            continue
        try:
            value = evaluate(generator, at, 20)
        except (UnsupportedFormula, KeyError):
            return []
        if not isinstance(value, Fraction):
            return []
        values.append(value)
    for exponents, coefficient in factor.to_dict().items():
        term = fraction(coefficient)
        for position, exponent in enumerate(exponents):
            value = values[position]
            if exponent and position != where and value is not None:
                term *= value ** int(exponent)
        parts[int(exponents[where])] = parts.get(int(exponents[where]), Fraction(0)) + term
    parts = {exponent: value for exponent, value in parts.items() if value}
    if not parts:
        return [Fraction(0), Fraction(1)]
    if max(parts) == 0:
        return []
    if max(parts) == 1:
        return [-parts.get(0, Fraction(0)) / parts[1]]
    line = Ring([Symbol(name)])
    polynomial = line.context.from_dict(
        {(exponent,): fmpq(value.numerator, value.denominator) for exponent, value in parts.items()}
    )
    try:
        linear = [item.base for item in factors_of(polynomial)[1] if item.base.total_degree() == 1]
    except TooLarge:
        return []
    return [Fraction(-int(item[0]), int(item[1])) for item in map(coefficients, linear)]


def solved(ring: Ring, factor: fmpq_mpoly, domains: Domains, name: str | None = None) -> list[Solved] | None:
    """The values in a domain that make a factor zero, written down; ``None`` where they cannot be.

    Of a polynomial ``a x^n + c`` or of the second degree in one name, of one that is linear in one name, and of
    functions of such: ``exp(2 x) = 3`` gives x = log(3)/2. Without a ``name`` the factor may have only one.
    """
    used = [generator for generator, degree in zip(ring.generators, factor.degrees(), strict=False) if degree]
    varying = [item for item in used if (name in item.symbols() if name else item.symbols())]
    if len(varying) != 1:
        return None
    if len(used) == 1 and factor.total_degree() > 1:
        roots = _roots(factor)
        if roots is None:
            return None
        waiting = [(used[0], root) for root in roots]
    else:
        slope, rest = _linear_parts(ring, factor, varying[0])
        if slope is None or not _never_both_zero(ring, slope, rest, domains):
            return None
        waiting = [(varying[0], div(neg(ring.node(rest)), ring.node(slope)))]
    found: list[Solved] = []
    for _ in range(MAX_UNWRAPPED):
        if not waiting:
            return found
        left, value = waiting.pop()
        if isinstance(left, Symbol):
            inside = _may_be_in(value, domains.get(left.name, REAL))
            if inside is None:
                return None
            found += [Solved(left.name, value)] if inside else []
        elif (opened := _unwrapped(left, value)) is None:
            return None
        else:
            waiting += opened
    return None


def _never_both_zero(ring: Ring, slope: fmpq_mpoly, rest: fmpq_mpoly, domains: Domains) -> bool:
    """Whether ``A g + B = 0`` may be divided by A: where A is zero, B is not."""
    if never_zero(ring, slope, domains):
        return True
    try:
        factors = [item.base for item in factors_of(slope)[1]]
    except TooLarge:
        return False
    for base in factors:
        name = only_symbol(ring, base)
        if never_zero(ring, base, domains):
            continue
        used = [item for item, degree in zip(ring.generators, rest.degrees(), strict=False) if degree]
        inside = any(name in item.symbols() for item in used if not isinstance(item, Symbol))
        if name is None or base.total_degree() != 1 or inside:
            return False
        line = coefficients(base)
        root = fmpq(-int(line[0]), int(line[1]))
        there = rest.subs({f"g{ring.generators.index(Symbol(name))}": root})
        if there.is_zero() or not never_zero(ring, there, domains):
            return False
    return True


def _roots(factor: fmpq_mpoly) -> list[Node] | None:
    """The real roots of ``a x^n + c`` or ``a x^2 + b x + c``."""
    polynomial = coefficients(factor)
    degree = polynomial.degree()
    values = [Fraction(int(polynomial[at])) for at in range(degree + 1)]
    if not any(values[1:-1]):
        size = -values[0] / values[-1]
        if size < 0 and degree % 2 == 0:
            return []
        root: Node = power(Number(abs(size)), Number(Fraction(1, degree)))
        return [neg(root), root] if degree % 2 == 0 else [root if size > 0 else neg(root)]
    if degree != 2:
        return None
    c, b, a = values
    if (inner := b * b - 4 * a * c) < 0:
        return []
    root = Apply("sqrt", (Number(inner),))
    return [div(add(Number(-b), item), Number(2 * a)) for item in (neg(root), root)]


def _linear_parts(ring: Ring, factor: fmpq_mpoly, generator: Node) -> tuple[fmpq_mpoly | None, fmpq_mpoly]:
    """A and B of ``A g + B``; no A where the polynomial is not linear in g."""
    at = ring.generators.index(generator)
    slope, rest = {}, {}
    for exponents, value in factor.to_dict().items():
        if exponents[at] > 1:
            return None, factor
        if exponents[at]:
            slope[tuple(0 if place == at else item for place, item in enumerate(exponents))] = value
        else:
            rest[exponents] = value
    return ring.context.from_dict(slope), ring.context.from_dict(rest)


def _unwrapped(left: Node, value: Node) -> list[tuple[Node, Node]] | None:
    """``f(u) = v`` as all of ``u = w``, none where it has no solution; ``None`` where that is not known."""
    if not isinstance(left, Apply):
        return None
    inner = left.args[0]
    if left.op == "pow":
        return _unrooted(left, value)
    if len(left.args) != 1:
        return None
    if left.op == "log":
        return _linear(inner, Apply("exp", (value,)))
    if left.op == "exp" and value.symbols():
        return _linear(inner, Apply("log", (value,)))
    size = evaluate(value, {}, 20) if not value.symbols() else None
    if size is None or left.op not in ("exp", "sqrt", "abs"):
        return None
    if size < 0 or (left.op == "exp" and not size > 0):
        return []
    if left.op == "exp":
        return _linear(inner, Apply("log", (value,)))
    if left.op == "sqrt":
        return _linear(inner, power(value, 2))
    both = [_linear(inner, item) for item in (value, neg(value))]
    return None if None in both else [item for found in both for item in found or ()]


def _unrooted(left: Node, value: Node) -> list[tuple[Node, Node]] | None:
    """``u^(1/n) = v`` as ``u = v^n``, where v is not negative."""
    inner, exponent = left.args
    if isinstance(exponent, Apply) and exponent.op == "div" and exponent.args[0] == Number(1):
        degree = exponent.args[1]
    elif isinstance(exponent, Number) and exponent.value.numerator == 1:
        degree = Number(exponent.value.denominator)
    else:
        return None
    size = evaluate(value, {}, 20) if not value.symbols() else None
    if size is None or not size > 0 or not isinstance(degree, Number) or degree.value.denominator != 1:
        return None
    return _linear(inner, power(value, degree))


def _linear(inner: Node, value: Node) -> list[tuple[Node, Node]] | None:
    """``a g + b = v`` solved for its one generator g."""
    try:
        ring = Ring([inner], meaning=True)
        found: Quotient = ring.quotient(inner)
    except (TooLarge, ZeroDivisionError):
        return None
    used = [item for item, degree in zip(ring.generators, found.above.degrees(), strict=False) if degree]
    if len(used) != 1 or found.above.total_degree() != 1 or not found.below.is_constant() or not used[0].symbols():
        return None
    slope, rest = _linear_parts(ring, found.above / found.below, used[0])
    if slope is None:
        return None
    shifted = value if rest.is_zero() else sub(value, ring.node(rest))
    return [(used[0], shifted if slope.is_one() else div(shifted, ring.node(slope)))]


def _may_be_in(value: Node, domain: Domain) -> bool | None:
    """Whether a number lies in a domain; ``None`` where that is not known."""
    if value.symbols():
        return True if domain == REAL else None
    try:
        found = evaluate(value, {}, 20)
    except UnsupportedFormula:
        return None
    return None if found is None else in_domain(found, domain)
