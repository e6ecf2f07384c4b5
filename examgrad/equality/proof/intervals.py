"""Intervals that powers and products lie in, and polynomials that have one sign whatever their variables are."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from flint import fmpz_poly

from examgrad.equality.proof.linear import Row

Bound = int | float | Fraction
"""A fraction, or minus or plus infinity."""

MAX_ROOTED: Final = 12
"""Up to this degree a polynomial is looked for real roots."""


def definite(row: Row) -> int:
    """The sign of a quadratic polynomial that is a sum of squares, or minus one, and of a polynomial in one variable
    that has no real root; 0 for all others."""
    monomials: Any = list(row.coefficients)
    names = [index for index, exponents in enumerate(zip(*monomials, strict=True)) if any(exponents)]
    degree = max(map(sum, monomials))
    if degree != 2:
        return _rootless(row, names[0], degree) if len(names) == 1 else 0
    if any(all(monomial[index] < 2 for monomial in monomials) for index in names):
        return 0  # without a square a variable's term may have either sign
    place = {index: at for at, index in enumerate(names)}
    size = len(names) + 1
    matrix = [[Fraction(0)] * size for _ in range(size)]
    matrix[-1][-1] = Fraction(row.constant)
    for monomial, coefficient in zip(monomials, row.coefficients.values(), strict=True):
        ends = [place[index] for index in names for _ in range(monomial[index])]
        a, b = [*ends, size - 1][:2]
        matrix[a][b] += Fraction(coefficient, 2)
        matrix[b][a] += Fraction(coefficient, 2)
    sign = 1 if matrix[0][0] > 0 else -1
    for at in range(size):  # completing one square after the other
        pivot = matrix[at][at] * sign
        if pivot < 0 or (not pivot and any(matrix[at][at:])):
            return 0
        if pivot:
            for below in range(at + 1, size):
                factor = matrix[below][at] / matrix[at][at]
                matrix[below] = [a - factor * b for a, b in zip(matrix[below], matrix[at], strict=True)]
    return sign


def _rootless(row: Row, index: int, degree: int) -> int:
    if degree % 2 or degree > MAX_ROOTED:
        return 0
    coefficients = [int(row.constant)] + [0] * degree
    for exponents, coefficient in row.coefficients.items():
        coefficients[exponents[index]] = coefficient  # type: ignore[index]
    roots: Any = fmpz_poly(coefficients).complex_roots()
    if any(root.imag.contains(0) for root, _ in roots):
        return 0
    return 1 if coefficients[-1] > 0 else -1


def power(low: Bound, high: Bound, exponent: int) -> tuple[Bound, Bound]:
    """The interval of a power with an exponent above zero."""
    if exponent == 1:
        return low, high
    a, b = low**exponent, high**exponent
    if exponent % 2 or low >= 0:
        return a, b
    return (b, a) if high <= 0 else (0, max(a, b))


def product(x: tuple[Bound, Bound], y: tuple[Bound, Bound]) -> tuple[Bound, Bound]:
    """The interval of a product."""
    (a, b), (c, d) = x, y
    if a >= 0 and c >= 0:
        return (a * c if a and c else 0), (b * d if b and d else 0)
    corners = [0 if not a or not b else a * b for a in x for b in y]
    return min(corners), max(corners)
