"""Formulas as quotients of polynomials over the rationals, for what needs factors rather than a verdict.

Whatever is not a sum, a product, a quotient or a whole power is a *generator*: ``sin(x)^2 - 1`` is a polynomial in
``sin(x)``. Two generators that are written alike are one; nothing else is known of them, so that what is equal
here is equal, and what differs here need not differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import comb, gcd, lcm
from typing import Any, Final, NamedTuple

from flint import Ordering, fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from examgrad.formula.functions import rewritten
from examgrad.formula.tree import Apply, Constant, Node, Number, Symbol, add, div, mul, power, rebuild

MAX_TERMS: Final = 2_000
MAX_POWER: Final = 200
MAX_GENERATORS: Final = 60
MAX_DEPTH: Final = 60
MAX_BITS: Final = 4_096
FACTOR_TERMS: Final = 150
FACTOR_DEGREE: Final = 40
FACTOR_GENERATORS: Final = 8
_KEPT: Final = frozenset({"sqrt", "abs", "sign", "relu", "max", "min"})
"""Functions that stay generators although they have a simpler meaning: it would be in cases or roots."""


class TooLarge(Exception):
    """The polynomials would grow too large to be worked with."""


class Quotient(NamedTuple):
    """``above``/``below``, with nothing cancelled; ``below`` is the product of all denominators met."""

    above: fmpq_mpoly
    below: fmpq_mpoly


class Factor(NamedTuple):
    """An irreducible polynomial and how often it divides."""

    base: fmpq_mpoly
    times: int


class Ring:
    """The polynomials in the generators of some formulas.

    With ``meaning``, functions are written out in simpler ones first and ``exp(u + v)`` is ``exp(u) exp(v)``:
    fit to prove with. Without, the formula's own look is kept: fit to judge its form.
    """

    def __init__(self, nodes: Sequence[Node], *, meaning: bool = False) -> None:
        self._meaning: Final = meaning
        self._keys: Final[dict[Node, Node]] = {}
        self._parts: Final[dict[Node, Node]] = {}
        self._index: Final[dict[Node, int]] = {}
        for node in nodes:
            self._collect(node, 0)
        self.generators: Final[tuple[Node, ...]] = tuple(self._index)
        if len(self.generators) > MAX_GENERATORS:
            raise TooLarge
        names = tuple(f"g{at}" for at in range(max(1, len(self.generators))))
        self.context: Final = fmpq_mpoly_ctx.get(names, Ordering.lex)
        self._gens: Final = self.context.gens()
        self.one: Final[fmpq_mpoly] = self.context.from_dict({(0,) * len(names): 1})

    # reading

    def _collect(self, node: Node, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise TooLarge
        node = self._opened(node)
        if isinstance(node, Apply) and (node.op in ("add", "mul", "neg", "div") or _whole_power(node) is not None):
            for arg in node.args[:1] if node.op == "pow" else node.args:
                self._collect(arg, depth + 1)
        elif not isinstance(node, Number):
            self._index.setdefault(self._key(node), len(self._index))

    def _opened(self, node: Node) -> Node:
        """The formula with its outermost function written out, where this ring goes by meaning."""
        if not self._meaning or not isinstance(node, Apply):
            return node
        known = self._parts.get(node)
        if known is None:
            known = self._parts[node] = _meaning(node)
        return known

    def _key(self, node: Node) -> Node:
        """The generator that a formula is: one for all its spellings with reordered or expanded arguments."""
        if not isinstance(node, Apply) or not node.args:
            return node
        key = self._keys.get(node)
        if key is None:
            key = self._keys[node] = rebuild(node, tuple(normal(arg, meaning=self._meaning) for arg in node.args))
        return key

    def quotient(self, node: Node) -> Quotient:
        """A formula as a quotient; raises :class:`TooLarge`, and :class:`ZeroDivisionError` where it divides by 0."""
        node = self._opened(node)
        if isinstance(node, Number):
            if node.value.numerator.bit_length() + node.value.denominator.bit_length() > MAX_BITS:
                raise TooLarge
            return Quotient(self.one * fmpq(node.value.numerator, node.value.denominator), self.one)
        if not isinstance(node, Apply):
            return Quotient(self._gens[self._index[node]], self.one)
        if node.op == "neg":
            inner = self.quotient(node.args[0])
            return Quotient(-inner.above, inner.below)
        if node.op == "add":
            total = self.quotient(node.args[0])
            for term in node.args[1:]:
                total = self._sum(total, self.quotient(term))
            return total
        if node.op == "mul":
            product = self.quotient(node.args[0])
            for factor in node.args[1:]:
                other = self.quotient(factor)
                product = Quotient(_times(product.above, other.above), _times(product.below, other.below))
            return product
        if node.op == "div":
            above, below = self.quotient(node.args[0]), self.quotient(node.args[1])
            if below.above.is_zero():
                raise ZeroDivisionError
            return Quotient(_times(above.above, below.below), _times(above.below, below.above))
        exponent = _whole_power(node)
        if exponent is not None:
            return self._power(self.quotient(node.args[0]), exponent)
        return Quotient(self._gens[self._index[self._key(node)]], self.one)

    def _sum(self, left: Quotient, right: Quotient) -> Quotient:
        if left.below == right.below:
            return Quotient(left.above + right.above, left.below)
        above = _times(left.above, right.below) + _times(right.above, left.below)
        return Quotient(_bounded(above), _times(left.below, right.below))

    def _power(self, base: Quotient, exponent: int) -> Quotient:
        if exponent < 0:
            if base.above.is_zero():
                raise ZeroDivisionError
            base, exponent = Quotient(base.below, base.above), -exponent
        return Quotient(_raised(base.above, exponent), _raised(base.below, exponent))

    # writing

    def node(self, polynomial: fmpq_mpoly) -> Node:
        """A polynomial as a formula: a sum of products, highest powers first."""
        terms: list[Node] = []
        for exponents, coefficient in polynomial.to_dict().items():
            value = fraction(coefficient)
            factors = [power(self.generators[at], int(exponent)) for at, exponent in enumerate(exponents) if exponent]
            if not factors:
                terms.append(Number(value))
            elif value.denominator != 1:
                terms.append(div(mul(Number(value.numerator), *factors), Number(value.denominator)))
            else:
                terms.append(mul(Number(value), *factors))
        return add(*terms)

    def product(self, constant: Fraction, factors: Sequence[Factor]) -> Node:
        """A constant and powers of polynomials as one product."""
        bases = sorted(factors, key=lambda item: (len(item.base), str(item.base)))
        above: list[Node] = [power(self.node(item.base), item.times) for item in bases]
        whole = mul(Number(constant.numerator), *above)
        return div(whole, Number(constant.denominator)) if constant.denominator != 1 else whole

    def symbols(self, polynomial: fmpq_mpoly) -> frozenset[str]:
        """The names that stand in a polynomial, inside its generators too."""
        found: frozenset[str] = frozenset()
        for generator, degree in zip(self.generators, polynomial.degrees(), strict=False):
            if degree:
                found |= generator.symbols()
        return found


def factors_of(polynomial: fmpq_mpoly) -> tuple[Fraction, list[Factor]]:
    """The constant and the irreducible factors over the rationals, each primitive with a positive leading term.

    Raises :class:`TooLarge` rather than to factor for long.
    """
    used = sum(1 for degree in polynomial.degrees() if degree)
    degree = sum(map(int, polynomial.degrees()))
    if len(polynomial) > FACTOR_TERMS or degree > 2 * FACTOR_DEGREE or used > FACTOR_GENERATORS:
        raise TooLarge
    if max(map(int, polynomial.degrees()), default=0) > FACTOR_DEGREE and len(polynomial) > 2:
        raise TooLarge
    constant, parts = polynomial.factor()
    value = fraction(constant)
    found = []
    for base, times in parts:
        content = content_of(base)
        found.append(Factor(base / _rational(content), int(times)))
        value *= content ** int(times)
    return value, found


def content_of(polynomial: fmpq_mpoly) -> Fraction:
    """What a polynomial is divided by to have whole coefficients without a common divisor, the leading one positive."""
    coefficients = [fraction(item) for item in polynomial.coeffs()]
    if not coefficients:
        return Fraction(1)
    size = Fraction(gcd(*(item.numerator for item in coefficients)), lcm(*(item.denominator for item in coefficients)))
    return size if coefficients[0] > 0 else -size


def normal(node: Node, *, meaning: bool = False) -> Node:
    """A formula with its sums and products worked out, as far as that stays small; as it was where it does not."""
    if isinstance(node, Number | Symbol | Constant):
        return node
    try:
        ring = Ring([node], meaning=meaning)
        found = ring.quotient(node)
        common = found.above.gcd(found.below)
        above, below = found.above / common, found.below / common
        size = content_of(below)
        return div(ring.node(above / _rational(size)), ring.node(below / _rational(size)))
    except (TooLarge, ZeroDivisionError):
        return node


def fraction(value: Any) -> Fraction:
    """A rational of flint as one of Python."""
    return Fraction(int(value.p), int(value.q))


def _rational(value: Fraction) -> fmpq:
    return fmpq(value.numerator, value.denominator)


def _whole_power(node: Node) -> int | None:
    """The whole exponent of a power; ``None`` where it is no such power."""
    if not isinstance(node, Apply) or node.op != "pow":
        return None
    exponent, sign = node.args[1], 1
    if isinstance(exponent, Apply) and exponent.op == "neg":
        exponent, sign = exponent.args[0], -1
    if not isinstance(exponent, Number) or exponent.value.denominator != 1:
        return None
    return sign * int(exponent.value)


def _bounded(polynomial: fmpq_mpoly) -> fmpq_mpoly:
    if len(polynomial) > MAX_TERMS:
        raise TooLarge
    return polynomial


def _times(left: fmpq_mpoly, right: fmpq_mpoly) -> fmpq_mpoly:
    if len(left) * len(right) > 20 * MAX_TERMS:
        raise TooLarge
    return _bounded(left * right)


def _raised(base: fmpq_mpoly, exponent: int) -> fmpq_mpoly:
    if len(base) > 1 and (exponent > MAX_POWER or comb(len(base) - 1 + exponent, exponent) > MAX_TERMS):
        raise TooLarge
    if exponent > MAX_POWER * MAX_POWER:
        raise TooLarge
    bits = max((_size(item) for item in base.coeffs()), default=0)
    if bits > 1 and bits * exponent > MAX_BITS:
        raise TooLarge
    return base**exponent


def _size(value: Any) -> int:
    return max(int(value.p).bit_length(), int(value.q).bit_length())


def _meaning(node: Apply) -> Node:
    """One step of a function's meaning in exponentials and products."""
    if node.op == "pow" and node.args[0] == Constant("e"):
        return _meaning(Apply("exp", (node.args[1],)))
    if node.op == "exp":
        terms = _terms(node.args[0])
        if len(terms) == 1 and terms[0] == (Fraction(1), node.args[0]):
            return node
        return mul(*(_exponential(factor, rest) for factor, rest in terms))
    if node.op in _KEPT or node.op in ("add", "mul", "neg", "div", "pow", "log"):
        return node
    simpler = rewritten(node)
    if simpler is node or any(isinstance(item, Apply) and item.op == "cases" for item in simpler.walk()):
        return node
    return _meaning(simpler) if isinstance(simpler, Apply) else simpler


def _terms(node: Node) -> list[tuple[Fraction, Node]]:
    """An exponent as a sum of multiples of formulas."""
    if isinstance(node, Number):
        return [(node.value, Number(1))] if node.value else []
    normalised = normal(node)
    parts = normalised.args if isinstance(normalised, Apply) and normalised.op == "add" else (normalised,)
    found = []
    for part in parts:
        factor = Fraction(1)
        if isinstance(part, Apply) and part.op == "neg":
            factor, part = -factor, part.args[0]
        if isinstance(part, Apply) and part.op == "div" and isinstance(part.args[1], Number):
            factor, part = factor / part.args[1].value, part.args[0]
        if isinstance(part, Apply) and part.op == "mul" and isinstance(part.args[0], Number):
            factor, part = factor * part.args[0].value, mul(*part.args[1:])
        if isinstance(part, Number):
            factor, part = factor * part.value, Number(1)
        found.append((factor, part))
    return found


def _exponential(factor: Fraction, rest: Node) -> Node:
    """``exp(factor rest)`` as a whole power of an exponential."""
    inner = div(rest, Number(factor.denominator)) if factor.denominator != 1 else rest
    base: Node = Constant("e") if inner == Number(1) else Apply("exp", (inner,))
    return power(base, Number(factor.numerator))
