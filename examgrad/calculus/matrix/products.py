"""Products taken apart: the number, the powers of the scalars, and the arrays, in a chain or entry by entry."""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import TYPE_CHECKING, Final

from examgrad.calculus.matrix.factors import Exponents, comes_late, entrywise, is_op, joined, raised, times
from examgrad.formula.shapes import Shape
from examgrad.formula.tree import ONE, ZERO, Apply, Node, Number

if TYPE_CHECKING:
    from examgrad.calculus.matrix.algebra import Algebra


class Chained:
    """Takes a product apart: its number, the powers of its scalars, its chain of arrays."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra: Final = algebra
        self.coefficient = Fraction(1)
        self.scalars: Exponents = {}
        self.chain: list[Node] = []

    def powers(self) -> Exponents:
        """The scalar factors that are left."""
        _use_functions(self.scalars)
        gates = self._needless(self.scalars)
        return {base: exponent for base, exponent in self.scalars.items() if exponent and base not in gates}

    def _needless(self, powers: Exponents) -> set[Node]:
        """The gates ``[u > 0]`` beside a ``max(0, u)``, which is zero elsewhere anyway."""
        gates = {base.args[0]: base for base in powers if is_op(base, "indicator")}
        if not gates:
            return set()
        opened = (_opened(self.algebra.meanings.get(base, base)) for base, exponent in powers.items() if exponent > 0)
        return {gates[condition] for condition in opened if condition in gates}

    def take(self, node: Node) -> None:
        """Add a factor behind the others."""
        node = self.algebra.names.get(node, node)
        if self.algebra.shape(node) == ():
            self.scalar(node, Fraction(1))
        elif is_op(node, "neg"):
            self.coefficient = -self.coefficient
            self.take(node.args[0])
        elif is_op(node, "mul"):
            for arg in node.args:
                self.take(arg)
        elif is_op(node, "div") and self.algebra.shape(node.args[1]) == ():
            self.take(node.args[0])
            self.scalar(node.args[1], Fraction(-1))
        elif is_op(node, "div"):
            (above, upper), (below, lower) = map(self.algebra.apart, node.args)
            self.scalar(above, Fraction(1))
            self.scalar(below, Fraction(-1))
            self.chain.append(Apply("div", (upper, lower)))
        elif (
            is_op(node, "pow") and is_op(node.args[0], "div", "mul") and len(self.algebra.shape(node)) == 1
            and isinstance(exponent := node.args[1], Number) and exponent.value.denominator == 1
        ):  # fmt: skip
            front, vector = self.algebra.apart(node.args[0])
            self.scalar(front, exponent.value)
            self.chain.append(Apply("pow", (vector, exponent)))
        elif is_op(node, "diag") and len(self.algebra.shape(node)) == 2:
            front, vector = self.algebra.apart(node.args[0])
            self.scalar(front, Fraction(1))
            whole = is_op(vector, "ones")
            self.chain.append(self.algebra.identity(self.algebra.shape(node)) if whole else Apply("diag", (vector,)))
        else:
            self.chain.append(node)

    def scalar(self, node: Node, exponent: Fraction) -> None:
        """Multiply by a power of a scalar."""
        node = self.algebra.names.get(node, node)
        whole = exponent.denominator == 1
        if isinstance(node, Number) and whole and (node.value or exponent > 0):
            self.coefficient *= node.value ** int(exponent)
        elif is_op(node, "neg") and whole:
            self.coefficient *= (-1) ** int(exponent)
            self.scalar(node.args[0], exponent)
        elif is_op(node, "mul") and (whole or all(self.algebra.shape(arg) == () for arg in node.args)):
            arrays = [arg for arg in node.args if self.algebra.shape(arg) != ()]
            for arg in node.args:
                if self.algebra.shape(arg) == ():
                    self.scalar(arg, exponent)
            if arrays:
                self._power(arrays[0] if len(arrays) == 1 else Apply("mul", tuple(arrays)), exponent)
        elif is_op(node, "div"):
            self.scalar(node.args[0], exponent)
            self.scalar(node.args[1], -exponent)
        elif is_op(node, "pow") and whole and isinstance(node.args[1], Number):
            self.scalar(node.args[0], exponent * node.args[1].value)
        elif is_op(node, "sqrt") and whole:
            self._power(node.args[0], exponent / 2)
        else:
            self._power(node, exponent)

    def _power(self, base: Node, exponent: Fraction) -> None:
        if exponent.denominator == 1:
            shared, base = self.content(base)
            self.coefficient *= Fraction(shared) ** int(exponent)
        self.scalars[base] = self.scalars.get(base, Fraction(0)) + exponent

    def content(self, node: Node) -> tuple[int, Node]:
        """The whole number that all terms of a sum are multiples of, and the sum of the rest: 2 and ``c - 1``."""
        if not is_op(node, "add"):
            return 1, node
        terms = [self.algebra.factors(term) for term in node.args]
        if any(term.coefficient.denominator > 1 for term in terms):
            return 1, node
        shared = gcd(*(term.coefficient.numerator for term in terms))
        if all(map(comes_late, node.args)):
            shared = -shared
        if shared == 1:
            return 1, node
        rests = [joined(term._replace(coefficient=term.coefficient / shared)) for term in terms]
        return shared, Apply("add", tuple(rests))


class Entrywise(Chained):
    """Takes a product entry by entry apart: powers of arrays beside the scalars."""

    def __init__(self, algebra: Algebra) -> None:
        super().__init__(algebra)
        self.arrays: Exponents = {}
        self.lines: tuple[Exponents, Exponents] = ({}, {})
        """Powers of columns that go with every column of a matrix, and of those that go with every row, as ``1 vᵀ``."""
        self.shape: Shape = ()

    def entry(self, node: Node, exponent: Fraction) -> None:
        """Multiply every entry by a power of the node's."""
        node = self.algebra.names.get(node, node)
        shape = self.algebra.shape(node)
        if shape == ():
            self.scalar(node, exponent)
            return
        self.shape = shape
        whole = exponent.denominator == 1
        if is_op(node, "hadamard"):
            for arg in node.args:
                self.entry(arg, exponent)
        elif is_op(node, "neg") and whole:
            self.coefficient *= (-1) ** int(exponent)
            self.entry(node.args[0], exponent)
        elif is_op(node, "div"):
            self.entry(node.args[0], exponent)
            self.entry(node.args[1], -exponent)
        elif is_op(node, "pow") and whole and len(shape) == 1 and isinstance(node.args[1], Number):
            self.entry(node.args[0], exponent * node.args[1].value)
        elif is_op(node, "sqrt") and whole and len(shape) == 1:
            self.entry(node.args[0], exponent / 2)
        elif (line := self._line(node)) is not None:
            axis, column = line
            if not is_op(column, "ones"):
                self.lines[axis][column] = self.lines[axis].get(column, Fraction(0)) + exponent
        elif is_op(node, "mul") and (scaled := self._scaled(node)) is not None:
            axis, column, rest = scaled
            if len(shape) == 1:
                self.entry(column, exponent)
                self.entry(rest, exponent)
                return
            self.lines[axis][column] = self.lines[axis].get(column, Fraction(0)) + exponent
            self.entry(rest, exponent)
        elif is_op(node, "mul") and any(self.algebra.shape(arg) == () for arg in node.args):
            front, inner = self.algebra.apart(node)
            self.scalar(front, exponent)
            self.entry(inner, exponent)
        elif not is_op(node, "ones"):
            self._array(node, exponent)

    def _line(self, node: Node) -> tuple[int, Node] | None:
        """The column that a matrix ``v 1ᵀ`` or ``1 vᵀ`` repeats."""
        if not (is_op(node, "mul") and len(node.args) == 2):
            return None
        left, right = node.args
        if is_op(right, "transpose") and is_op(right.args[0], "ones") and len(self.algebra.shape(left)) == 1:
            return 0, left
        if is_op(left, "ones") and len(left.args) == 1:
            return 1, self.algebra.transposed(right)
        return None

    def _scaled(self, node: Node) -> tuple[int, Node, Node] | None:
        """The column that scales the rows (0) or columns (1) of a matrix product ``diag(v) A`` or ``A diag(v)``."""
        for axis, scales, rest in ((0, node.args[0], node.args[1:]), (1, node.args[-1], node.args[:-1])):
            if is_op(scales, "diag") and len(self.algebra.shape(scales)) == 2:
                return axis, scales.args[0], times(rest)
        return None

    def _array(self, node: Node, exponent: Fraction) -> None:
        if is_op(node, "indicator", "onehot"):
            self.arrays[node] = Fraction(1)
        else:
            self.arrays[node] = self.arrays.get(node, Fraction(0)) + exponent

    def node(self) -> Node:
        """The product as a tree."""
        if chosen := [node for node in self.arrays if is_op(node, "onehot")]:
            return self._entry(chosen[0])
        product = self._product()
        columns, rows = (self._column(line) for line in self.lines)
        alone = len(self.arrays) == 0
        if rows is not None:
            left = self.algebra.filled("ones", self.shape[:1]) if alone and columns is None else None
            if alone:
                turned = self.algebra.transposed(rows)
                return self.algebra.product(*self._front(), left or columns or ONE, turned)
            product = self.algebra.product(product, Apply("diag", (rows,)))
        if columns is not None:
            if alone:
                ones = self.algebra.transposed(self.algebra.filled("ones", self.shape[1:]))
                return self.algebra.product(*self._front(), columns, ones)
            product = self.algebra.product(Apply("diag", (columns,)), product)
        return product

    def _column(self, line: Exponents) -> Node | None:
        """The product of the powers of columns."""
        powers = [self.algebra.raised(base, exponent) for base, exponent in line.items() if exponent]
        return self.algebra.hadamard(*powers) if powers else None

    def _entry(self, chosen: Node) -> Node:
        """A product with a one-hot vector in it: of the others only one entry is left."""
        others = [
            Apply("pow", (entry, Number(exponent))) if exponent != 1 else entry
            for base, exponent in self.arrays.items() if base != chosen
            for entry in [self.algebra.entry(base, chosen.args[0])]
        ]  # fmt: skip
        return self.algebra.product(*self._front(), *others, chosen)

    def _product(self) -> Node:
        """The numbers in front, and the powers of the arrays entry by entry."""
        _use_functions(self.arrays)
        if len(self.shape) == 1:
            self.arrays = self.algebra.quotients.named_sums(self.arrays)
        gates = self._needless(self.arrays)
        above = [self._raised(base, power) for base, power in self.arrays.items() if power > 0 and base not in gates]
        below = [self._raised(base, -power) for base, power in self.arrays.items() if power < 0]
        if any(map(self.algebra.is_zero, above)) or not self.coefficient:
            return self.algebra.filled("zeros", self.shape)
        if not above and not below:
            return self.algebra.product(*self._front(), self.algebra.filled("ones", self.shape))
        top = entrywise(above) if above else ONE
        return self.algebra.product(*self._front(), Apply("div", (top, entrywise(below))) if below else top)

    def _front(self) -> list[Node]:
        return [Number(self.coefficient), *(raised(base, exponent) for base, exponent in self.powers().items())]

    def _raised(self, base: Node, exponent: Fraction) -> Node:
        if exponent == 1:
            return base
        if len(self.algebra.shape(base)) == 1:
            return raised(base, exponent)
        whole, half = divmod(exponent, 1)
        factors = [base] * int(whole)
        if half:  # a power of a matrix is a product of matrices: its entries' powers are written out
            root = Apply("sqrt", (base,)) if half == Fraction(1, 2) else None
            factors.append(root or Apply("exp", (Apply("mul", (Number(half), Apply("log", (base,)))),)))
        return entrywise(factors)


def _use_functions(powers: Exponents) -> None:
    """Write ``sinh(u)/cosh(u)`` as ``tanh(u)``, and ``u sign(u)`` as ``|u|``."""
    for base in [base for base, exponent in powers.items() if is_op(base, "sign") and exponent == 1]:
        if powers.get(base.args[0], Fraction(0)) > 0:
            size = Apply("abs", base.args)
            powers[size] = powers.get(size, Fraction(0)) + 1
            powers[base.args[0]] -= 1
            for node in (base, base.args[0]):
                if node is base or not powers[node]:
                    del powers[node]
    for base in [base for base, exponent in powers.items() if is_op(base, "sinh") and exponent > 0]:
        other = Apply("cosh", base.args)
        shared = min(powers[base], -powers.get(other, Fraction(0)))
        if shared > 0:
            tanh = Apply("tanh", base.args)
            powers[tanh] = powers.get(tanh, Fraction(0)) + shared
            for node, change in ((base, -shared), (other, shared)):
                powers[node] += change
                if not powers[node]:
                    del powers[node]


def _opened(node: Node) -> Node | None:
    """The condition under which a rectified formula is not zero."""
    if is_op(node, "relu"):
        return Apply("gt", (node.args[0], ZERO))
    if is_op(node, "max") and len(node.args) == 2 and ZERO in node.args:
        return Apply("gt", (node.args[1 - node.args.index(ZERO)], ZERO))
    return None
