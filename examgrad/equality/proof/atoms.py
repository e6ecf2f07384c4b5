"""The generators that formulas are rational functions of, and polynomials in them.

A generator (:class:`Atom`) stands for a function with known properties: a variable, π, an exponential, the
logarithm of an irreducible polynomial, the tangent of half an angle, a root, or a function nothing is used of.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

from flint import Ordering, fmpq_mpoly_ctx, fmpz_mpoly_ctx

from examgrad.equality.program import Number, lowest
from examgrad.equality.proof.intervals import Bound, definite, power, product
from examgrad.equality.proof.linear import Row

Kind = Literal["symbol", "pi", "exp", "log", "tan", "root", "function"]
_ONE: Final[tuple[Bound, Bound]] = (1, 1)
MAX_TERMS: Final = 400
MAX_DEGREE: Final = 80
MAX_ATOMS: Final = 40
MAX_KNOWN: Final = 24
_SIZES: Final = (4, 8, 16)
"""Few variables cost less."""


class TooLarge(Exception):
    """A polynomial outgrew its budget."""


@dataclass
class Atom:
    """One generator: its values at the points, the interval it lies in, and what it stands for.

    ``slot`` is the program's slot of its argument, ``source`` that of the first such exponential, ``exponent`` the
    values of an exponential's argument, ``inverse`` one over its own, ``base`` what a logarithm or root is taken of,
    ``degree`` that root's degree. A symbol, an exponential and a tangent are those of the ``degree``-th part
    (``x^(1/degree)``, ``exp(u/degree)``): their roots are powers too.
    """

    kind: Kind
    name: str
    vector: list[Any]
    low: Bound = -math.inf
    high: Bound = math.inf
    slot: int = -1
    source: int = -1
    degree: int = 1
    base: Factor | None = None
    exponent: list[Any] | None = None
    inverse: list[Any] | None = None
    index: int = -1

    @property
    def sign(self) -> int:
        """The sign that the interval tells, or 0."""
        return 1 if self.low >= 0 else -1 if self.high <= 0 else 0

    def copy(self) -> Atom:
        """Another atom of the same kind and values."""
        other: Atom = object.__new__(Atom)
        other.__dict__.update(self.__dict__)
        return other


class Factor(NamedTuple):
    """An irreducible polynomial, its leading coefficient above 0, and the text by which it is known."""

    polynomial: Any
    key: str

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Factor) and self.key == other.key


class Factors(NamedTuple):
    """``constant`` times factors to integers."""

    constant: Number
    powers: list[tuple[Factor, int]]


Factored = tuple[int, list[tuple[Factor, int]]]


@lru_cache(maxsize=8)
def _context(size: int) -> tuple[Any, Any, Any]:
    """Polynomials in so many variables: their context, its generators, and one."""
    context = fmpz_mpoly_ctx.get([f"g{index}" for index in range(size)], Ordering.lex)
    return context, context.gens(), context.constant(1)


class Ring:
    """Polynomials in the atoms made so far, and quotients ``(numerator, denominator)`` of them.

    ``known`` are polynomials that were factored before.
    """

    def __init__(self, size: int, known: list[tuple[Any, Factored]] | None = None) -> None:
        self.context, self._generators, self.one = _context(next((most for most in _SIZES if size <= most), MAX_ATOMS))
        self.atoms: list[Atom] = []
        self._known: Final = [] if known is None else known
        self.plain = True
        """Whether all atoms are symbols."""
        self._rows: Final[dict[str, Row]] = {}

    def copy(self) -> Ring:
        """The ring with a list of atoms of its own."""
        other: Ring = object.__new__(Ring)
        other.__dict__.update(self.__dict__)  # in a third of the time of ``copy.copy``
        other.atoms = self.atoms.copy()
        return other

    def append(self, atom: Atom) -> Atom:
        """Give the atom its generator."""
        atom.index = len(self.atoms)
        self.plain = self.plain and atom.kind == "symbol"
        self.atoms.append(atom)
        return atom

    def generator(self, atom: Atom) -> Any:
        """The atom as a polynomial; raises :class:`TooLarge` where there are too many atoms for that."""
        if atom.index >= len(self._generators):
            raise TooLarge
        return self._generators[atom.index]

    def checked(self, polynomial: Any) -> Any:
        """The polynomial itself; raises :class:`TooLarge`."""
        if len(polynomial) > MAX_TERMS or polynomial.total_degree() > MAX_DEGREE:
            raise TooLarge
        return polynomial

    def power(self, base: Any, exponent: int) -> Any:
        """A polynomial to a natural number, if that is small."""
        if exponent == 1 or base is self.one:
            return base
        if exponent and (exponent > MAX_DEGREE or (len(base) > 1 and len(base) ** min(exponent, 9) > 20_000)):
            raise TooLarge
        return self.checked(base**exponent)

    def factors(self, numerator: Any, denominator: Any) -> Factors:
        """The quotient's factors; the numerator must not be zero."""
        constant, found = self._factored(numerator)
        if denominator is self.one or denominator.is_one():
            return Factors(constant, found)
        below, others = self._factored(denominator)
        powers = dict(found)
        for factor, exponent in others:
            powers[factor] = powers.get(factor, 0) - exponent
        return Factors(lowest(Fraction(constant, below)), [item for item in powers.items() if item[1]])

    def _factored(self, polynomial: Any) -> Factored:
        """An integer and irreducible factors. To factor takes long: nothing is factored twice, nor its opposite."""
        opposite = -polynomial
        for known, (content, powers) in self._known:
            if known == polynomial:
                return content, powers
            if known == opposite:
                return -content, powers
        found = self._factored_anew(polynomial)
        if len(self._known) < MAX_KNOWN:
            self._known.append((polynomial, found))
        return found

    def _factored_anew(self, polynomial: Any) -> Factored:
        leading = polynomial.leading_coefficient()
        if len(polynomial) == 1:
            return int(leading), self._monomial(polynomial.degrees())
        content = int(polynomial.content()) if leading > 0 else -int(polynomial.content())
        rest = polynomial if content == 1 else polynomial // content
        if rest.total_degree() == 1:
            return content, [(Factor(rest, str(rest)), 1)]
        monomials = rest.monoms()
        powers: list[tuple[Factor, int]] = []
        if any(monomials[-1]):  # no constant term
            powers = self._monomial(map(min, *monomials))
            for factor, exponent in powers:
                rest = rest // factor.polynomial**exponent
            monomials = rest.monoms()
        # linear in a variable that is in one term only: irreducible, since that term's other variables, if any, are no
        # factors of all the others
        if 1 in map(sum, zip(*monomials, strict=True)):
            powers.append((Factor(rest, str(rest)), 1))
            return content, powers
        for factor, exponent in self._irreducible(rest):
            if factor.leading_coefficient() < 0:
                factor, content = -factor, content * (-1) ** int(exponent)
            powers.append((Factor(factor, str(factor)), int(exponent)))
        return content, powers

    def _irreducible(self, polynomial: Any) -> list[tuple[Any, Any]]:
        try:
            return polynomial.factor()[1]  # type: ignore[no-any-return]
        except OverflowError:  # whole coefficients beyond 31 bits are not put in order there; fractions are
            names = fmpq_mpoly_ctx.get(self.context.names(), Ordering.lex)
            found = names.from_dict(polynomial.to_dict()).factor()[1]
        parts: list[tuple[Any, Any]] = []
        for factor, exponent in found:
            common = math.lcm(*(int(value.q) for value in factor.coeffs()))
            terms = {place: int((value * common).p) for place, value in factor.to_dict().items()}
            primitive = self.context.from_dict(terms)
            parts.append((primitive // primitive.content(), exponent))
        return parts

    def _monomial(self, exponents: Iterable[Any]) -> list[tuple[Factor, int]]:
        return [
            (Factor(self._generators[index], f"g{index}"), int(exponent))
            for index, exponent in enumerate(exponents)
            if exponent
        ]

    def prime(self, number: int) -> Factor:
        """A prime number as a factor."""
        return Factor(self.one * number, str(number))

    def members(self, polynomial: Any) -> Iterator[Atom]:
        """The atoms that a polynomial is made of."""
        for index, degree in enumerate(polynomial.degrees()):
            if degree:
                yield self.atoms[index]

    def single(self, factor: Factor) -> Atom | None:
        """The atom that a factor is, if it is one."""
        key = factor.key
        return self.atoms[int(key[1:])] if key[0] == "g" and key[1:].isdigit() else None

    def vector(self, polynomial: Any, zero: Any, points: int) -> list[Any]:
        """The polynomial's values at the points."""
        total = [zero] * points
        for exponents, coefficient in polynomial.terms():
            term = [zero + int(coefficient)] * points
            for index, exponent in enumerate(exponents):
                if exponent:
                    atom = self.atoms[index].vector
                    term = [a * b ** int(exponent) for a, b in zip(term, atom, strict=True)]
            total = [a + b for a, b in zip(total, term, strict=True)]
        return total

    def row(self, factor: Factor) -> Row:
        """The factor as a linear form in its monomials, which are given by their exponents."""
        found = self._rows.get(factor.key)
        if found is None:
            coefficients: dict[Hashable, int] = {}
            constant = 0
            if (atom := self.single(factor)) is not None:
                after = len(self._generators) - atom.index - 1
                coefficients[(0,) * atom.index + (1,) + (0,) * after] = 1
            else:
                for exponents, coefficient in factor.polynomial.terms():
                    if any(exponents):
                        coefficients[tuple(map(int, exponents))] = int(coefficient)
                    else:
                        constant = int(coefficient)
            found = self._rows[factor.key] = Row(coefficients, constant)
        return found

    def sign(self, factor: Factor) -> int:
        """The factor's sign if the atoms' intervals tell it (zeros on a null set aside), else 0."""
        for atom, degree in zip(self.atoms, factor.polynomial.degrees(), strict=False):
            if degree == 1 and atom.low == -math.inf and atom.high == math.inf:
                return 0  # linear in what may be anything
        row = self.row(factor)
        try:
            low, high = self._interval(row)
        except OverflowError:  # an integer beyond all doubles, times infinity
            return 0
        return 1 if low >= 0 else -1 if high <= 0 else definite(row)

    def _interval(self, row: Row) -> tuple[Bound, Bound]:
        atoms = self.atoms
        low: Bound = row.constant
        high: Bound = low
        for exponents, coefficient in row.coefficients.items():
            assert isinstance(exponents, tuple)
            bounds = _ONE
            for index, exponent in enumerate(exponents):
                if exponent:
                    other = power(atoms[index].low, atoms[index].high, exponent)
                    bounds = other if bounds is _ONE else product(bounds, other)
            low += coefficient * bounds[coefficient < 0]
            high += coefficient * bounds[coefficient > 0]
            if low == -math.inf and high == math.inf:
                break
        return low, high

    def monomial_sign(self, exponents: Sequence[int]) -> int:
        """The sign of a monomial if the atoms' intervals tell it, else 0."""
        sign = 1
        for index, exponent in enumerate(exponents):
            if exponent % 2:
                sign *= self.atoms[index].sign
        return sign
