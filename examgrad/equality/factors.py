"""Which factors of an equation have anything to say: those that can be zero in the domains of their names."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm
from typing import Any, Final, NamedTuple

from flint import arb, fmpq, fmpq_mpoly, fmpz_poly

from examgrad.equality.polynomials import Factor, Quotient, Ring, factors_of, fraction
from examgrad.formula.names import REAL, Domain
from examgrad.formula.tree import Apply, Constant, Node, Number, Symbol

MAX_ROOT_DEGREE: Final = 40
Domains = Mapping[str, Domain]


class Essential(NamedTuple):
    """The irreducible factors, each once, whose zeros solve an equation."""

    factors: tuple[fmpq_mpoly, ...]

    def same(self, other: Essential) -> bool:
        """Whether two equations have the same factors (polynomials that are written alike are one)."""
        return {*map(str, self.factors)} == {*map(str, other.factors)}


def essential_factors(ring: Ring, quotient: Quotient, domains: Domains) -> Essential:
    """The factors that make a quotient zero: not those that are never zero, nor those of its denominators.

    Raises :class:`examgrad.equality.polynomials.TooLarge`.
    """
    below = {str(factor.base) for factor in _all(quotient.below)}
    found = [factor.base for factor in _all(quotient.above)]
    return Essential(tuple(base for base in found if str(base) not in below and not never_zero(ring, base, domains)))


def _all(polynomial: fmpq_mpoly) -> list[Factor]:
    return [] if polynomial.is_constant() else factors_of(polynomial)[1]


def never_zero(ring: Ring, base: fmpq_mpoly, domains: Domains) -> bool:
    """Whether a polynomial is known to have no zero in the domains (of real numbers)."""
    if any(domains.get(name, REAL).complex for name in ring.symbols(base)):
        return _is_exponential(ring, base)
    signs = [_sign(generator, domains) for generator in ring.generators]
    found = {_sign_of_term(exponents, fraction(value), signs) for exponents, value in base.to_dict().items()}
    if (found <= {"+", "0+"} and "+" in found) or (found <= {"-", "0-"} and "-" in found):
        return True
    name = only_symbol(ring, base)
    if name is None:
        return False
    domain = domains.get(name, REAL)
    return not any(in_domain(root, domain) for root in real_roots(ring, base))


def _is_exponential(ring: Ring, base: fmpq_mpoly) -> bool:
    used = [at for at, degree in enumerate(base.degrees()) if degree]
    return len(used) == 1 and len(base) == 1 and _sign(ring.generators[used[0]], {}) == "+"


def only_symbol(ring: Ring, base: fmpq_mpoly) -> str | None:
    """The one name of a polynomial in a name alone."""
    used = [ring.generators[at] for at, degree in enumerate(base.degrees()) if degree]
    return used[0].name if len(used) == 1 and isinstance(used[0], Symbol) else None


def coefficients(base: fmpq_mpoly) -> fmpz_poly:
    """A polynomial in one generator with whole coefficients, as one in one variable."""
    at = next(at for at, degree in enumerate(base.degrees()) if degree)
    values = {int(exponents[at]): fraction(value) for exponents, value in base.to_dict().items()}
    common = lcm(*(value.denominator for value in values.values()))
    return fmpz_poly([int(values.get(power, Fraction(0)) * common) for power in range(max(values) + 1)])


def real_roots(ring: Ring, base: fmpq_mpoly) -> list[Fraction | arb]:
    """The real roots of an irreducible polynomial in one generator: a fraction, or balls."""
    polynomial = coefficients(base)
    if polynomial.degree() == 1:
        return [Fraction(-int(polynomial[0]), int(polynomial[1]))]
    if polynomial.degree() > MAX_ROOT_DEGREE:
        return [arb(0, 1e300)]
    pairs: Any = polynomial.complex_roots()
    return [root for root, _ in pairs if isinstance(root, arb) or root.imag == 0]


def in_domain(root: Any, domain: Domain) -> bool:
    """Whether a root may lie in a domain; an irrational one is no integer."""
    if isinstance(root, Fraction):
        return domain.contains(root)
    root = root.real if not isinstance(root, arb) else root
    if domain.integer:
        return False
    if domain.low is not None and root < _ball(domain.low):
        return False
    return not (domain.high is not None and root > _ball(domain.high))


def surely_in(value: Any, domain: Domain) -> bool:
    """Whether a number is known to lie in a domain."""
    if isinstance(value, Fraction):
        return domain.contains(value)
    if domain.integer:
        return False
    if domain.low is not None and not value > _ball(domain.low):
        return False
    return domain.high is None or bool(value < _ball(domain.high))


def _ball(value: Fraction) -> arb:
    return arb(fmpq(value.numerator, value.denominator))


def _sign(node: Node, domains: Domains) -> str | None:
    """``+``, ``-``, ``0+`` or ``0-``: the sign that a generator is known to have."""
    if isinstance(node, Constant):
        return "+" if node.name in ("e", "pi") else None
    if isinstance(node, Number):
        return "+" if node.value > 0 else "-" if node.value < 0 else "0+"
    if isinstance(node, Symbol):
        domain = domains.get(node.name, REAL)
        if domain.positive or domain.negative:
            return "+" if domain.positive else "-"
        if domain.low is not None and domain.low >= 0:
            return "0+"
        return "0-" if domain.high is not None and domain.high <= 0 else None
    assert isinstance(node, Apply)
    if node.op == "exp":
        return "+"
    if node.op in ("sqrt", "abs"):
        return "+" if _sign(node.args[0], domains) in ("+", "-") else "0+"
    if node.op == "pow" and _sign(node.args[0], domains) == "+":
        return "+"
    return "0+" if node.op == "relu" else None


def _sign_of_term(exponents: tuple[int, ...], value: Fraction, signs: list[str | None]) -> str | None:
    negative, weak = value < 0, False
    for exponent, sign in zip(exponents, signs, strict=False):
        if not exponent:
            continue
        if sign is None:
            if exponent % 2:
                return None
            weak = True
            continue
        weak = weak or sign.startswith("0")
        negative ^= sign.endswith("-") and exponent % 2 == 1
    return ("0" if weak else "") + ("-" if negative else "+")
