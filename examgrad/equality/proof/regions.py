"""Where a sign pattern occurs: points where polynomials have given signs, or the proof that there is none."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any, Final

from examgrad.equality.program import Number
from examgrad.equality.proof.atoms import Atom, Factor, Ring
from examgrad.equality.proof.linear import Row, eliminated, solve
from examgrad.equality.proof.state import State
from examgrad.formula.names import REAL, Domain

_TRIALS: Final = tuple(map(Fraction, ("1", "2", "1/2", "-1", "3", "-2", "1/4", "-1/2", "5", "-3", "1/10")))
MAX_TRIALS: Final = 14
MAX_TANGENTS: Final = 4


def region(branch: State, domains: Mapping[str, Domain]) -> Mapping[str, Fraction] | bool | None:
    """A point of the branch; ``False`` if it is proved to have none, ``None`` if that is not known."""
    if not branch.constraints:
        return {}
    solution = solve(_rows(branch, domains))
    if not isinstance(solution, dict):
        return solution
    point: dict[str, Fraction] = {}
    for exponents, value in solution.items():
        assert isinstance(exponents, tuple)
        atoms = [branch.ring.atoms[index] for index, exponent in enumerate(exponents) if exponent]
        if sum(exponents) != 1 or atoms[0].kind != "symbol" or atoms[0].degree != 1:
            return None
        point[atoms[0].name] = value
    return point


def is_empty(branch: State, domains: Mapping[str, Domain]) -> bool:
    """Whether a branch is proved to have no point."""
    rows = _rows(branch, domains)
    if all(len(row.coefficients) == 1 for row in rows):
        return _crossed(rows)
    return eliminated(rows) is False


def _crossed(rows: Sequence[Row]) -> bool:
    """Whether a lower bound of a single monomial is no less than an upper one."""
    low: dict[Hashable, Number] = {}
    high: dict[Hashable, Number] = {}
    for row in rows:
        ((monomial, coefficient),) = row.coefficients.items()
        bound = -row.constant * coefficient if abs(coefficient) == 1 else Fraction(-row.constant) / coefficient
        if coefficient > 0:
            low[monomial] = max(bound, low.get(monomial, bound))
        else:
            high[monomial] = min(bound, high.get(monomial, bound))
    return any(monomial in high and bound >= high[monomial] for monomial, bound in low.items())


def _rows(branch: State, domains: Mapping[str, Domain]) -> list[Row]:
    whole = {atom.index for atom in branch.ring.atoms if _is_whole(atom, domains)}
    rows = [_row(branch.ring.row(factor), sign, whole) for factor, sign in branch.constraints]
    rows += _bounds(rows, branch.ring, domains)
    return rows if whole else rows + _tangents(rows, branch)


def _is_whole(atom: Atom, domains: Mapping[str, Domain]) -> bool:
    return atom.kind == "symbol" and atom.degree == 1 and domains.get(atom.name, REAL).integer


def _row(row: Row, sign: int, whole: Collection[int] = ()) -> Row:
    """What is above zero where the row has the sign; a whole number is so if it is above one half."""
    constant = row.constant * sign
    if whole and all(index in whole for monomial in row.coefficients for index in _used(monomial)):
        constant -= Fraction(1, 2)
    if sign > 0 and constant == row.constant:
        return row
    return Row({monomial: sign * coefficient for monomial, coefficient in row.coefficients.items()}, constant)


def _used(monomial: Hashable) -> list[int]:
    assert isinstance(monomial, tuple)
    return [index for index, exponent in enumerate(monomial) if exponent]


def _bounds(rows: list[Row], ring: Ring, domains: Mapping[str, Domain]) -> list[Row]:
    """What is known of the monomials in some rows."""
    known: list[Row] = []
    for exponents in dict.fromkeys(key for row in rows for key in row.coefficients):
        assert isinstance(exponents, tuple)
        if sum(exponents) == 1:
            atom = ring.atoms[exponents.index(1)]
            if atom.kind == "symbol" and atom.degree == 1:
                domain = domains.get(atom.name, REAL)
                if domain.low is not None:
                    known.append(Row({exponents: 1}, -domain.low))
                if domain.high is not None:
                    known.append(Row({exponents: -1}, domain.high))
        if sign := ring.monomial_sign(exponents):
            known.append(Row({exponents: sign}))
    return known


def _tangents(rows: list[Row], branch: State) -> list[Row]:
    """That squares and exponentials lie above their tangents, single points aside: ``x^2 > 2 c x - c^2`` and
    ``exp(u) > 1 + u``."""
    ring, known = branch.ring, []
    ends: dict[Hashable, set[Fraction]] = {}
    for row in rows:
        if len(row.coefficients) == 1:
            ((monomial, coefficient),) = row.coefficients.items()
            ends.setdefault(monomial, set()).add(Fraction(-row.constant) / coefficient)
    for exponents in dict.fromkeys(key for row in rows for key in row.coefficients):
        assert isinstance(exponents, tuple)
        if len(used := _used(exponents)) != 1:
            continue
        atom, power = ring.atoms[used[0]], exponents[used[0]]
        single = tuple(int(bool(exponent)) for exponent in exponents)
        if power == 2:
            for end in sorted(ends.get(single, set()) | {Fraction(1), Fraction(-1)})[:MAX_TANGENTS]:
                top, bottom = end.as_integer_ratio()
                known.append(Row(_nonzero({exponents: bottom**2, single: -2 * top * bottom}), top**2))
        elif power == 1 and atom.kind == "exp" and atom.degree == 1 and (argument := branch.argument(atom)):
            known.append(
                Row(_nonzero({exponents: 1} | {key: -value for key, value in argument[0].items()}), -1 - argument[1])
            )
    return known


def _nonzero(coefficients: Mapping[tuple[int, ...], int]) -> dict[Hashable, int]:
    return {key: value for key, value in coefficients.items() if value}


def meets(ring: Ring, factor: Factor, constraints: Sequence[tuple[Factor, int]]) -> bool:
    """Whether a factor has a monomial of degree above 0 in common with earlier ones."""
    monomials = ring.row(factor).coefficients.keys()
    return any(not monomials.isdisjoint(ring.row(earlier).coefficients) for earlier, _ in constraints)


def found_point(branch: State, domains: Mapping[str, Domain]) -> dict[str, Fraction] | None:
    """A point of the branch, sought by fixing variables until what is left is linear; ``None`` if none is found."""
    atoms = {atom.index: atom for factor, _ in branch.constraints for atom in branch.ring.members(factor.polynomial)}
    if any(atom.kind != "symbol" or atom.degree != 1 for atom in atoms.values()):
        return None
    terms = [_terms(factor.polynomial, sign) for factor, sign in branch.constraints]
    for fixed in _assignments(_to_fix(terms)):
        rows = [_substituted(row, fixed) for row in terms]
        for index, atom in atoms.items():
            domain = domains.get(atom.name, REAL)
            if index not in fixed:
                rows += [Row({index: 1}, -domain.low)] if domain.low is not None else []
                rows += [Row({index: -1}, domain.high)] if domain.high is not None else []
        solution = solve(rows)
        if isinstance(solution, dict):
            values = dict.fromkeys(atoms, Fraction(1)) | fixed
            values.update({index: value for index, value in solution.items() if isinstance(index, int)})
            point = {atom.name: values[index] for index, atom in atoms.items()}
            if all(domains.get(name, REAL).contains(value) for name, value in point.items()):
                return point
    return None


Terms = list[tuple[tuple[int, ...], int]]


def _terms(polynomial: Any, sign: int) -> Terms:
    """The terms as lists of variables' numbers, each as often as its exponent, and coefficients."""
    return [
        (tuple(at for at, exponent in enumerate(exponents) for _ in range(int(exponent))), sign * int(coefficient))
        for exponents, coefficient in polynomial.terms()
    ]


def _to_fix(rows: list[Terms]) -> list[int]:
    """Variables without which all the rows are linear."""
    fixed: set[int] = set()
    for terms in rows:
        for variables, _ in terms:
            left = [variable for variable in variables if variable not in fixed]
            while len(left) > 1:
                most = max(left, key=lambda one: (left.count(one), one))
                fixed.add(most)
                left = [variable for variable in left if variable != most]
    return sorted(fixed)


def _assignments(variables: list[int]) -> Iterator[dict[int, Fraction]]:
    for trial in range(MAX_TRIALS if variables else 1):
        yield {
            variable: _TRIALS[(trial * (2 * place + 1) + place) % len(_TRIALS)]
            for place, variable in enumerate(variables)
        }


def _substituted(terms: Terms, fixed: Mapping[int, Fraction]) -> Row:
    """A row with some of its variables' values put in, in whole numbers."""
    coefficients: dict[Hashable, Fraction] = {}
    constant = Fraction(0)
    for variables, coefficient in terms:
        value, free = Fraction(coefficient), None
        for variable in variables:
            if variable in fixed:
                value *= fixed[variable]
            else:
                free = variable
        if free is None:
            constant += value
        else:
            coefficients[free] = coefficients.get(free, Fraction(0)) + value
    scale = lcm(*(value.denominator for value in coefficients.values()))
    return Row({name: int(value * scale) for name, value in coefficients.items() if value}, constant * scale)
