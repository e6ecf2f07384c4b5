"""Quotients that have a name, found in products: with ``u = x/‖x‖``, ``x xᵀ/‖x‖³`` is ``u uᵀ/‖x‖``."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from examgrad.calculus.matrix.factors import Exponents, Factors, flat_factors, is_op, negated
from examgrad.calculus.matrix.products import Chained, Entrywise
from examgrad.formula.tree import ONE, Apply, Node, is_number

if TYPE_CHECKING:
    from examgrad.calculus.matrix.algebra import Algebra


class _Quotient(NamedTuple):
    """A name, and the number, the powers of scalars and the one array (or none) that it is the product of."""

    name: Node
    factors: Factors


class _Scaled(NamedTuple):
    """A name for a matrix each of whose columns (axis 0) or rows (1) is divided by an entry of a column."""

    name: Node
    array: Node
    axis: int
    scale: Node


class Quotients:
    """The names of an algebra that stand for something divided by scalars."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra: Final = algebra
        self.known: Final[list[_Quotient]] = []
        self.scaled: Final[list[_Scaled]] = []

    def learn(self) -> None:
        """Take in the algebra's names."""
        algebra = self.algebra
        for node, name in algebra.names.items():
            if len(algebra.shape(node)) == 2:
                self._learn_scaled(node, name)
            if is_op(node, "div") and algebra.shape(node.args[1]) == ():
                found = Chained(algebra)
                found.take(node.args[0])
                found.scalar(node.args[1], Fraction(-1))
                if len(found.chain) < 2 and any(exponent < 0 for exponent in found.powers().values()):
                    factors = Factors(found.coefficient, found.powers(), tuple(found.chain))
                    self.known.append(_Quotient(name, factors))

    def _learn_scaled(self, node: Node, name: Node) -> None:
        """Take in ``(X − 1 μᵀ) diag(1/s)``, or ``(X − μ)/s`` with what goes with each row written out."""
        algebra = self.algebra
        form = algebra.quotient(*node.args) if is_op(node, "div") else node
        if not is_op(form, "mul") or len(form.args) != 2:
            return
        left, right = form.args
        for axis, array, scales in ((0, left, right), (1, right, left)):
            if is_op(scales, "diag") and is_op(scales.args[0], "div") and algebra.shape(scales) != ():
                self.scaled.append(_Scaled(name, array, axis, algebra.quotient(ONE, scales.args[0])))

    def named_sums(self, powers: Exponents) -> Exponents:
        """A product entry by entry with ``sum(A ∘ X, axis)/s`` by the name of ``X/s``."""
        for quotient in self.scaled:
            for base in list(powers):
                if not _sums_lines(base, quotient.axis):
                    continue
                sign, other = self._replaced(base.args[0], quotient.array, quotient.name)
                scale = _powers_of(self.algebra, quotient.scale)
                if other is None or other == quotient.name or sign < 0 or not _holds(powers, scale):
                    continue
                summed = Apply(base.op, (other, *base.args[1:]))  # type: ignore[attr-defined]
                powers = {one: exponent + scale.get(one, 0) for one, exponent in powers.items()}
                powers[summed] = powers.get(summed, Fraction(0)) + 1
                powers[base] -= 1
                powers = {one: exponent for one, exponent in powers.items() if exponent}
        return powers

    def named(self, product: Factors) -> Factors:
        """A product with each quotient in it by its name."""
        for scaled in self.scaled:
            product = self._with_scaled(product, scaled)
        for quotient in self.known:
            for _ in range(len(product.chain) + 1):
                shorter = self._once(product, quotient)
                if shorter is None:
                    break
                product = shorter
        return product

    def _once(self, product: Factors, quotient: _Quotient) -> Factors | None:
        coefficient, scalars, chain = quotient.factors
        for base, exponent in scalars.items():
            found = product.scalars.get(base, Fraction(0))
            if found * exponent <= 0 or abs(found) < abs(exponent):
                return None
        left = {base: exponent - scalars.get(base, 0) for base, exponent in product.scalars.items()}
        left = {base: exponent for base, exponent in left.items() if exponent}
        if not chain:
            left[quotient.name] = left.get(quotient.name, Fraction(0)) + 1
            return Factors(product.coefficient / coefficient, left, product.chain)
        for place, factor in enumerate(product.chain):
            sign, other = self._replaced(factor, chain[0], quotient.name)
            if other is not None:
                replaced = (*product.chain[:place], other, *product.chain[place + 1 :])
                return Factors(sign * product.coefficient / coefficient, left, replaced)
        return None

    def _with_scaled(self, product: Factors, scaled: _Scaled) -> Factors:
        """A product with ``X diag(v/s)`` as the name of ``X diag(1/s)`` times ``diag(v)``."""
        chain = product.chain
        scale = _powers_of(self.algebra, scaled.scale)
        for place in range(len(chain) - 1):
            array, scales = chain[place : place + 2] if scaled.axis == 0 else chain[place : place + 2][::-1]
            if not is_op(scales, "diag") or not _holds(_powers_of(self.algebra, scales.args[0]), scale):
                continue
            sign, other = self._replaced(array, scaled.array, scaled.name)
            if other is not None:
                left = self.algebra.hadamard(scales.args[0], scaled.scale)
                rest = (Apply("diag", (left,)),) if not is_op(left, "ones") else ()
                pair = (other, *rest) if scaled.axis == 0 else (*rest, other)
                chain = (*chain[:place], *pair, *chain[place + 2 :])
                return Factors(sign * product.coefficient, product.scalars, chain)
        return product

    def _replaced(self, factor: Node, array: Node, name: Node) -> tuple[int, Node | None]:
        """A factor with the name in the place of the array, and the sign that this needs."""
        if is_op(factor, "transpose"):
            sign, other = self._replaced(factor.args[0], array, name)
            return sign, None if other is None else self.algebra.transposed(other)
        for sign, form in ((1, array), (-1, negated(array))):
            if factor == form:
                return sign, name
            if is_op(factor, "hadamard") and form in (parts := flat_factors(factor)):
                parts[parts.index(form)] = name
                whole = parts[0]
                for part in parts[1:]:
                    whole = Apply("hadamard", (whole, part))
                return sign, whole
        return 1, None


def _sums_lines(node: Node, axis: int) -> bool:
    """Whether a column sums the columns (0) or rows (1) of a matrix, as they are or with weights: ``(A ∘ B) v``."""
    if is_op(node, "sum"):
        return len(node.args) == 2 and is_number(node.args[1], axis)
    return axis == 1 and is_op(node, "mul") and is_op(node.args[0], "hadamard")


def _powers_of(algebra: Algebra, column: Node) -> Exponents:
    """The powers of columns that a column is the product of, entry by entry."""
    found = Entrywise(algebra)
    found.entry(column, Fraction(1))
    return found.arrays


def _holds(powers: Exponents, scale: Exponents) -> bool:
    """Whether a product is divided by a scale, at least once."""
    return all(powers.get(base, Fraction(0)) <= -exponent for base, exponent in scale.items())
