"""Names in place of what they stand for: ``1/(1 + exp(-z))`` becomes ``yhat`` where that is its definition.

Beyond plain replacement, an exponential is eliminated: where ``a = 1/(1 + exp(-z))``, the derivative
``exp(-z)/(1 + exp(-z))^2`` is ``a*(1 - a)``; and a softmax's ``exp(x)/(exp(x) + exp(y))`` is divided out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import sympy
from sympy import Add, Expr, Integer, Mul, Pow

from examgrad.calculus.opaque import Indicator, Max, Relu, Sigmoid

MAX_OPERATIONS: Final = 120
"""Exponentials are eliminated from expressions of at most so many operations."""


def named(expr: Expr, definitions: Mapping[sympy.Symbol, Expr]) -> Expr:
    """The expression with right-hand sides replaced by their names as long as that makes it shorter."""
    weight = _weight(expr)
    while True:
        forms = [_replaced(expr, name, meaning) for name, meaning in reversed(list(definitions.items()))]
        weights = {form: _weight(form) for form in (*forms, _divided(expr, definitions)) if form != expr}
        shortest = min(weights, key=lambda form: weights[form], default=expr)
        if shortest == expr or weights[shortest] >= weight:
            return expr
        expr, weight = shortest, weights[shortest]


def _weight(expr: Expr) -> tuple[int, int]:
    return len(expr.atoms(sympy.exp)), expr.count_ops()


def _replaced(expr: Expr, name: sympy.Symbol, meaning: Expr) -> Expr:
    if isinstance(meaning, sympy.Symbol) or meaning.is_number or not meaning.free_symbols <= expr.free_symbols | {name}:
        return expr
    if isinstance(meaning, Relu) or (isinstance(meaning, Max) and len(meaning.args) == 2 and 0 in meaning.args):
        # relu(g) [g > 0] is relu(g)
        slopes = [meaning.diff(symbol) for symbol in meaning.free_symbols]
        for gate in {gate for slope in slopes for gate in slope.atoms(Indicator)} & expr.atoms(Indicator):
            expr = expr.subs(name * gate, name)
    if isinstance(meaning, Pow):  # x is not the square root of x², but 1/sqrt(x) is one over sqrt(x)
        powers = [power for power in expr.atoms(Pow) if power.base == meaning.base]
        whole = {power: name ** (power.exp / meaning.exp) for power in powers}
        return expr.xreplace({power: value for power, value in whole.items() if (power.exp / meaning.exp).is_odd})
    return expr.subs(meaning, name)


def _divided(expr: Expr, definitions: Mapping[sympy.Symbol, Expr]) -> Expr:
    """Names as factors: ``-exp(a) exp(b)/(exp(a) + exp(b))^2`` is ``-p q``, where p and q are a softmax's."""
    factors = _factors(expr)
    if factors is None:
        return expr
    parts = {name: found for name, meaning in definitions.items() if (found := _factors(meaning)) is not None}
    names: list[sympy.Symbol] = []
    while True:
        quotients = {name: _quotient(factors, part) for name, part in parts.items()}
        best = min(quotients, key=lambda name: _count(quotients[name]), default=None)
        if best is None or _count(quotients[best]) + 1 >= _count(factors):
            break
        names.append(best)
        factors = quotients[best]
    return Mul(*names, *(base**exponent for base, exponent in factors.items())) if names else expr


@lru_cache(maxsize=1024)
def _factors(expr: Expr) -> Mapping[Expr, Expr] | None:
    """A quotient of exponentials as powers of its factors; ``None`` where it is none, or too long."""
    expr = expr.replace(Sigmoid, lambda x: 1 / (1 + sympy.exp(-x)))
    exponentials = expr.atoms(sympy.exp)
    if not exponentials or expr.count_ops() > MAX_OPERATIONS or not expr.is_rational_function(*exponentials):
        return None
    powers: dict[Expr, Expr] = {}
    for base, exponent in sympy.factor(sympy.cancel(sympy.together(expr))).as_powers_dict().items():
        if base != sympy.E and not exponent.is_number:
            return None
        if base == sympy.E:
            for term in Add.make_args(sympy.expand(exponent)):
                factor, rest = term.as_coeff_Mul()
                powers[sympy.exp(rest)] = powers.get(sympy.exp(rest), Integer(0)) + factor
        else:
            powers[base] = powers.get(base, Integer(0)) + exponent
    return powers


def _quotient(dividend: Mapping[Expr, Expr], divisor: Mapping[Expr, Expr]) -> Mapping[Expr, Expr]:
    powers = {base: dividend.get(base, Integer(0)) - divisor.get(base, Integer(0)) for base in {**dividend, **divisor}}
    return {base: exponent for base, exponent in powers.items() if exponent != 0}


def _count(powers: Mapping[Expr, Expr]) -> Expr:
    changing = [exponent for base, exponent in powers.items() if not base.is_number or base.has(sympy.exp)]
    return Add(*map(abs, changing))


def shows_itself(meaning: Expr) -> bool:
    """Whether people write the derivative of ``a = meaning`` in terms of a: roots, exp, sigmoid, tanh and the like."""
    is_root = isinstance(meaning, Pow) and meaning.exp == sympy.Rational(1, 2)
    return is_root or (bool(meaning.has(sympy.exp, sympy.tanh, Sigmoid)) and not meaning.has(sympy.log))


def by_itself(derivative: Expr, name: sympy.Symbol, meaning: Expr) -> Expr | None:
    """The derivative of ``name = meaning`` in terms of ``name``; ``None`` where it has no such form.

    The definition is solved for an exponential that stands in it linearly (or only in powers of one power), and
    the derivative rewritten with it.
    """
    if max(derivative.count_ops(), meaning.count_ops()) > MAX_OPERATIONS:
        return None
    for exponential in sorted(meaning.atoms(sympy.exp), key=sympy.default_sort_key):
        if (solved := _eliminated(derivative, name, meaning, exponential.args[0])) is not None:
            return solved
    return None


def _eliminated(derivative: Expr, name: sympy.Symbol, meaning: Expr, exponent: Expr) -> Expr | None:
    """``derivative`` without exp(exponent), by ``name = meaning``."""
    power = sympy.Dummy("t", positive=True)

    def in_power(argument: Expr) -> Expr:
        ratio = argument / exponent
        return power**ratio if ratio.is_Integer else sympy.exp(argument)

    parts = [
        part
        for expr in (meaning, derivative)
        for part in sympy.fraction(sympy.cancel(sympy.together(expr.replace(sympy.exp, in_power))))
    ]
    if any(not part.is_polynomial(power) for part in parts):
        return None
    polynomials = [sympy.Poly(part, power) for part in parts]
    step = sympy.gcd_list([degree for polynomial in polynomials for (degree,) in polynomial.monoms()])
    if not step:
        return None
    top, bottom, *derived = (
        sum((factor * power ** (degree // step) for (degree,), factor in polynomial.terms()), sympy.Integer(0))
        for polynomial in polynomials
    )
    equation = sympy.Poly(top - name * bottom, power)
    if equation.degree() != 1:
        return None
    slope, rest = equation.all_coeffs()
    return sympy.factor((derived[0] / derived[1]).subs(power, -rest / slope))
