"""How likely a proof is to be wrong, bounded from the formulas before anything is called proved.

A proof takes for zero what is zero at random points modulo a prime. What is tested are quotients of polynomials in
the generators; their degrees and their norms (sums of absolute coefficients) are bounded here slot by slot. If the
norm is below the prime, no coefficient can vanish modulo it, and the chance is that of the random points alone: at
most the degree over the number of values (Schwartz 1980, Zippel 1979).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from examgrad.equality.program import Number, Program, magnitude
from examgrad.equality.proof.atoms import Atom
from examgrad.equality.proof.functions import Functions
from examgrad.equality.proof.modular import ANY_PRIME, BITS, RANDOM_BITS, SMALL
from examgrad.equality.proof.state import Bounds

_BINARY: Final = frozenset({"add", "sub", "mul", "div"})
_MANY: Final = 1e200


def chance_of_error(program: Program, branch: Functions) -> tuple[float, float]:
    """The chance that formulas that differ were called equal in a branch: because of the points, and of the prime.

    The latter is 0 where the norm is below the prime, whichever it is, and else that of a prime taken at random.
    """
    norm, degree = _tested(program, branch)
    points = min(degree, _MANY) * 2.0**-RANDOM_BITS
    return points, 0.0 if norm < BITS - 1 else norm / (BITS - 1) * ANY_PRIME


def _tested(program: Program, branch: Functions) -> tuple[float, float]:
    """The binary logarithm of the norm, and the degree, of all that was tested together."""
    bound_tested(program, branch)
    tested = branch.tested
    (a, b, c), (d, e, f) = (tested.bounds[root] for root in program.roots)
    norm = a + b + d + e + 1.0
    if len(tested.arguments) > 1:  # one less a combination of the others, with coefficients that are small fractions
        norm = max(norm, tested.highest + tested.below + math.log2(SMALL) + math.log2(len(tested.arguments)))
    return norm * tested.roots, (tested.total + c + f) * tested.roots


def bound_tested(program: Program, branch: Functions) -> None:
    """Bounds what was evaluated since this was last done."""
    tested, values, code = branch.tested, branch.values, program.code
    bounds, arguments = tested.bounds, tested.arguments
    # in the order in which they were evaluated: an exponential may be known from a later slot than a logarithm's
    for slot in branch.order[tested.count :]:
        op, args, datum = code[slot]
        if op in _BINARY:
            (a, b, c), (d, e, f) = bounds[args[0]], bounds[args[1]]
            if op == "mul":
                bounds[slot] = a + d, b + e, c + f
            elif op == "div":
                bounds[slot] = a + e, b + d, c + f
            else:
                bounds[slot] = max(a + e, b + d) + 1.0, b + e, c + f
        elif op == "num":
            bounds[slot] = float(datum.numerator.bit_length()), datum.denominator.bit_length() - 1.0, 0.0
        elif op == "var":
            bounds[slot] = 0.0, 0.0, float(branch.degree_of(datum))
        elif op == "select":
            bounds[slot] = bounds[args[1] if values[args[0]] else args[2]]
        elif op == "pi":
            bounds[slot] = 0.0, 0.0, 1.0
        elif op in ("neg", "abs"):
            bounds[slot] = bounds[args[0]]
        elif op in ("ipow", "rpow"):
            a, b, c = bounds[args[0]]
            size = float(min(math.ceil(abs(datum)), _MANY))
            if op == "rpow":
                a = b = a + b
                tested.roots = min(tested.roots * float(min(datum.denominator, _MANY)), _MANY)
            bounds[slot] = (a * size, b * size, c * size) if datum > 0 else (b * size, a * size, c * size)
        elif op in ("fn", "pow"):
            if datum != "log":
                top, bottom, degree = bounds[args[-1]]
                if op == "pow":
                    a, b, c = _of_logarithm(branch, args[0], arguments)
                    top, bottom, degree = top + a, bottom + b, degree + c
                arguments[slot] = top, bottom, degree
                tested.highest, tested.below = max(tested.highest, top), tested.below + bottom
                tested.total += degree
            bounds[slot], degrees = _of_function(branch, slot, args[0], datum, arguments)
            tested.roots = min(tested.roots * degrees, _MANY)
    tested.count = len(branch.order)


def _of_function(
    branch: Functions, slot: int, argument: int, name: str | None, arguments: Mapping[int, Bounds]
) -> tuple[Bounds, float]:
    """The bound of a function's value, and the degree of the roots in it."""
    if slot in branch.exponents:
        return _of_combination(branch.elements, branch.exponents[slot])
    if slot in branch.angles:
        return _of_turn(branch.circle_atoms, branch.angles[slot])
    if name == "log":
        return _of_logarithm(branch, argument, arguments), 1.0
    return ((2.0, 1.0, 1.0) if name == "acos" else (0.0, 0.0, 1.0)), 1.0


def _of_combination(atoms: Sequence[Atom], combination: Mapping[int, Number]) -> tuple[Bounds, float]:
    """Of an exponential: a product of powers of exponentials, and of polynomials whose logarithms stand above."""
    norm, degree, roots = 0.0, 0.0, 1.0
    for index, coefficient in combination.items():
        atom = atoms[index]
        power = float(math.ceil(magnitude(coefficient)))
        if atom.kind == "exp":
            degree += float(magnitude(coefficient) * atom.degree)
        else:
            assert atom.base is not None
            norm += power * _norm(atom.base.polynomial)
            degree += power * max(1, int(atom.base.polynomial.total_degree()))
            roots *= coefficient.denominator
    return (norm, norm, degree), roots


def _of_turn(atoms: Sequence[Atom], combination: Mapping[int, Number]) -> tuple[Bounds, float]:
    """Of a sine or cosine: products of ``(1 - t²)/(1 + t²)`` and ``2t/(1 + t²)``, and of parts of a turn."""
    top, bottom, degree, roots = 0.0, 0.0, 0.0, 1.0
    for index, coefficient in combination.items():
        atom = atoms[index]
        if atom.kind == "pi":  # (√6 ± √2)/4 and its like
            top, bottom, roots = top + 3.0, bottom + 2.0, 4.0
        else:
            times = float(magnitude(coefficient) * atom.degree)
            top, bottom, degree = top + 2.0 * times, bottom + times, degree + 2.0 * times
    return (top + 1.0, bottom, degree), roots


def _of_logarithm(branch: Functions, argument: int, arguments: Mapping[int, Bounds]) -> Bounds:
    """Of a logarithm: a sum of logarithms of factors, and of exponents."""
    top, bottom, degree = -1.0, 0.0, 0.0
    for weight, atom in branch.logarithms[argument]:
        a, b, c = arguments[atom.source] if atom.kind == "exp" else (0.0, 0.0, 1.0)
        a += float(weight.numerator.bit_length())
        b += float((weight.denominator * atom.degree).bit_length())
        top, bottom, degree = max(top + b, a + bottom) + 1.0, bottom + b, degree + c
    return max(top, 0.0), bottom, degree


def _norm(polynomial: Any) -> float:
    """The binary logarithm of the sum of absolute coefficients, or more."""
    return math.log2(len(polynomial)) + max(int(number).bit_length() for number in polynomial.coeffs())
