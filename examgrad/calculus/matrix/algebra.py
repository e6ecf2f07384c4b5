"""Matrix expressions brought to the form that people write: products, entry-wise products, sums and transposes.

An :class:`Algebra` builds trees of :mod:`examgrad.formula.tree` whose names have shapes with sizes that may be
symbols. What it builds has the value of what was asked for, wherever both are defined: numbers stand in front,
equal factors cancel, transposes stand at single factors, identities and ones vanish.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from examgrad.formula.shapes import Shape, Shapes, transposed_shape
from examgrad.formula.tree import ONE, ZERO, Apply, Node, Number, Symbol, is_number, power

Exponents = dict[Node, Fraction]

_MOST_TERMS: Final = 16
"""How many terms a product may be multiplied out to, in search of a shorter form."""


class Factors(NamedTuple):
    """A product: a number, powers of scalars, and arrays: a chain of matrix factors, or powers entry by entry."""

    coefficient: Fraction
    scalars: Exponents
    chain: tuple[Node, ...]


def is_op(node: Node, *ops: str) -> bool:
    """Whether a node is one of these operations."""
    return isinstance(node, Apply) and node.op in ops


class Algebra:
    """Builds expressions over names of known shapes."""

    def __init__(self, shapes: Shapes, names: Mapping[Node, Node] | None = None) -> None:
        self.shapes: Final = shapes
        self.names: Final = names or {}
        """Formulas that have a name of their own, which is written instead."""

    def shape(self, node: Node) -> Shape:
        """The shape of an expression."""
        return self.shapes.of(node)

    def filled(self, op: str, shape: Shape) -> Node:
        """``zeros`` or ``ones`` of a shape; the numbers 0 and 1 for a scalar."""
        if shape == ():
            return ZERO if op == "zeros" else ONE
        return Apply(op, tuple(Number(size) if isinstance(size, int) else Symbol(size) for size in shape))

    def is_zero(self, node: Node) -> bool:
        """Whether an expression is written as zero."""
        return is_number(node, 0) or is_op(node, "zeros")

    # -- sums

    def plus(self, *terms: Node) -> Node:
        """The sum: equal terms are collected, a shared last factor is taken out, what is positive comes first."""
        parts: dict[object, Factors] = {}
        shape: Shape = ()
        for term in terms:
            shape = shape or self.shape(term)
            for factors in self._terms(term):
                key = (frozenset(factors.scalars.items()), tuple(map(_unordered, factors.chain)))
                known = parts.get(key)
                coefficient = factors.coefficient + (known.coefficient if known else 0)
                parts[key] = (known or factors)._replace(coefficient=coefficient)
        kept = [factors for factors in parts.values() if factors.coefficient]
        arrays = [factors for factors in kept if factors.chain]
        if len(arrays) > 1 and any(not is_op(factors.chain[0], "ones") for factors in arrays):
            kept = [f._replace(chain=()) if len(f.chain) == 1 and is_op(f.chain[0], "ones") else f for f in kept]
        nodes = [self._joined(factors) for factors in self._collected(kept)]
        nodes.sort(key=_comes_late)
        if not nodes:
            return self.filled("zeros", shape)
        return Apply("add", tuple(nodes)) if len(nodes) > 1 else nodes[0]

    def minus(self, left: Node, right: Node) -> Node:
        """The difference."""
        return self.plus(left, self.product(Number(-1), right))

    def _terms(self, node: Node) -> Iterable[Factors]:
        """The terms of a sum, signs carried inside; a single term for anything else."""
        factors = self.factors(node)
        inner = factors.chain[0] if len(factors.chain) == 1 else node if is_op(node, "add") else None
        if inner is not None and is_op(inner, "add") and abs(factors.coefficient) == 1 and not factors.scalars:
            sign = factors.coefficient if inner is not node else Fraction(1)
            for arg in inner.args:
                for term in self._terms(arg):
                    yield term._replace(coefficient=term.coefficient * sign)
        elif not self.is_zero(node):
            yield factors

    def _collected(self, terms: list[Factors]) -> list[Factors]:
        """Terms with one last factor, or the same scalars, as one: ``A x + Aᵀ x`` is ``(A + Aᵀ) x``."""
        done: list[Factors] = []
        for term in terms:
            mates = [other for other in terms if _alike(term, other)]
            if len(mates) < 2:
                done.append(term)
            elif mates[0] is term:
                cut = None if _is_shared(term) else -1
                inner = self.plus(
                    *(self._joined(Factors(m.coefficient / term.coefficient, {}, m.chain[:cut])) for m in mates)
                )
                front = self._joined(Factors(term.coefficient, term.scalars, ()))
                done.append(self.factors(self.product(front, inner, *(term.chain[-1:] if cut else ()))))
        return done

    def shortest(self, node: Node) -> Node:
        """The expression as it is, or multiplied out where that is shorter."""
        return min(node, self.multiplied_out(node), key=lambda form: form.size())

    def multiplied_out(self, node: Node) -> Node:
        """The sum with its products entry by entry (and by scalars) distributed over the sums in them."""
        terms: list[Node] = []
        waiting = list(_summands(node))
        while waiting:
            term = waiting.pop(0)
            front, inner = self.apart(term)
            factors = _flat_factors(inner)
            sums = [place for place, factor in enumerate(factors) if is_op(factor, "add")]
            if not sums or (len(factors) == 1 and front == ONE) or len(terms) + len(waiting) > _MOST_TERMS:
                terms += _summands(term)
                continue
            others = [*factors[: sums[0]], *factors[sums[0] + 1 :]]
            waiting += [self.hadamard(front, *others, part) for part in _summands(factors[sums[0]])]
        return self.plus(*terms)

    # -- products

    def factors(self, node: Node) -> Factors:
        """A product's number, scalar factors and matrix factors."""
        found = _Collector(self)
        found.take(node)
        return Factors(found.coefficient, found.powers(), tuple(found.chain))

    def product(self, *factors: Node) -> Node:
        """The matrix product, or the multiple by a scalar."""
        found = _Collector(self)
        for factor in factors:
            found.take(factor)
        chain = self._chain(found.chain)
        if chain and self._chain_shape(chain) == ():
            found.scalar(chain[0] if len(chain) == 1 else Apply("mul", tuple(chain)), Fraction(1))
            chain = []
        if not found.coefficient or any(map(self.is_zero, chain)):
            return self.filled("zeros", self._chain_shape(chain))
        return self._joined(Factors(found.coefficient, found.powers(), tuple(chain)))

    def _chain_shape(self, chain: Sequence[Node]) -> Shape:
        if not chain:
            return ()
        return self.shape(chain[0] if len(chain) == 1 else Apply("mul", tuple(chain)))

    def _chain(self, chain: Sequence[Node]) -> list[Node]:
        """The factors of a matrix product without identities, inverses beside what they invert, and ones."""
        done: list[Node] = []
        for factor in chain:
            done.append(factor)
            while len(done) > 1 and (shorter := self._pair(done[-2], done[-1])) is not None:
                done[-2:] = shorter
        return done

    def _pair(self, left: Node, right: Node) -> list[Node] | None:
        """Two neighbours in a product as fewer factors, where there is a simpler form."""
        if is_op(left, "eye", "identity"):
            return [right]
        if is_op(right, "eye", "identity"):
            return [left]
        if is_op(left, "inverse") and left.args[0] == right or is_op(right, "inverse") and right.args[0] == left:
            return [self.identity(self.shape(left))]
        if is_op(left, "diag") and len(self.shape(left.args[0])) == len(self.shape(right)) == 1:
            return [self.hadamard(left.args[0], right)]
        if is_op(left, "diag") and is_op(right, "diag") and len(self.shape(right.args[0])) == 1:
            return [Apply("diag", (self.hadamard(left.args[0], right.args[0]),))]
        if is_op(right, "ones") and len(right.args) == 1:
            if len(self.shape(left)) == 2 and self.shape(left)[0] != 1:
                return [Apply("sum", (left, ONE))]
            return [self.total(left)] if self.shape(left)[:1] == (1,) else None
        if is_op(left, "transpose") and is_op(left.args[0], "ones") and len(self.shape(right)) == 1:
            return [self.total(right)]
        return None

    def identity(self, shape: Shape) -> Node:
        """The identity matrix of a square shape."""
        return Apply("eye", self.filled("ones", shape[:1]).args)

    def _joined(self, factors: Factors) -> Node:
        """The product as a tree: number and scalars in front, a fraction where something is divided by."""
        coefficient, scalars, chain = factors
        above = [_raised(base, exponent) for base, exponent in scalars.items() if exponent > 0]
        below = [_raised(base, -exponent) for base, exponent in scalars.items() if exponent < 0]
        sign = -1 if coefficient < 0 else 1
        if sign < 0 and len(chain) == 1 and is_op(chain[0], "add") and any(map(_comes_late, chain[0].args)):
            sign, chain = 1, (_negated(chain[0]),)
        top, bottom = abs(coefficient.numerator), coefficient.denominator
        if below:
            front = [Number(top)] * (top != 1) + above
            under = [Number(bottom)] * (bottom != 1) + below
            if not chain or (len(chain) == 1 and not (is_op(chain[0], "add", "div") and isinstance(_times(below), Symbol))):
                node = Apply("div", (_times([*front, *chain]), _times(under)))
            else:
                node = _times([Apply("div", (_times(front), _times(under))), *chain])
        else:
            number = Fraction(top, bottom)
            node = _times([Number(number)] * (number != 1) + [*above, *chain])
        if isinstance(node, Number):
            return Number(sign * node.value)
        return _negated(node) if sign < 0 else node

    # -- transposes

    def transposed(self, node: Node) -> Node:
        """The transpose, carried to the single factors."""
        if self.shape(node) == () or is_op(node, "eye", "identity"):
            return node
        if is_op(node, "transpose"):
            return node.args[0]
        if is_op(node, "diag") and len(self.shape(node.args[0])) == 1:
            return node
        if is_op(node, "ones", "zeros"):
            return self.filled(node.op, transposed_shape(self.shape(node))) if len(node.args) == 2 else Apply("transpose", (node,))  # type: ignore[attr-defined]
        factors = self.factors(node)
        if factors.chain != (node,):
            turned = [self.transposed(factor) for factor in reversed(factors.chain)]
            return self.product(self._joined(Factors(factors.coefficient, factors.scalars, ())), *turned)
        return Apply("transpose", (node,))

    # -- entry by entry

    def hadamard(self, *nodes: Node) -> Node:
        """The product entry by entry; a scalar multiplies every entry."""
        found = _Entrywise(self)
        for node in nodes:
            found.entry(node, Fraction(1))
        return found.node()

    def quotient(self, above: Node, below: Node) -> Node:
        """The quotient entry by entry, or by a scalar."""
        found = _Entrywise(self)
        found.entry(above, Fraction(1))
        found.entry(below, Fraction(-1))
        return found.node()

    def raised(self, base: Node, exponent: Fraction) -> Node:
        """A power entry by entry."""
        found = _Entrywise(self)
        found.entry(base, exponent)
        return found.node()

    def apart(self, node: Node) -> tuple[Node, Node]:
        """The numbers and scalars in front of an array, and the array."""
        factors = self.factors(node)
        return self._joined(factors._replace(chain=())), self._joined(Factors(Fraction(1), {}, factors.chain))

    def total(self, node: Node) -> Node:
        """The sum of all entries."""
        if self.shape(node) == ():
            return node
        front, inner = self.apart(node)
        if is_op(inner, "ones"):
            return self.product(front, *inner.args)
        if is_op(inner, "transpose"):
            inner = inner.args[0]
        if is_op(inner, "hadamard") and len(self.shape(inner)) == 1:
            first, *rest = inner.args
            return self.product(front, self.transposed(first), self.hadamard(*rest))
        return self.product(front, Apply("sum", (inner,)))

    def inner(self, left: Node, right: Node) -> Node:
        """The sum of the products of the entries: ``xᵀ y`` of columns, the trace of ``Aᵀ B`` of matrices."""
        if self.shape(left) == () or self.shape(right) == ():
            return self.product(self.total(left), self.total(right))
        if is_op(left, "ones"):
            return self.total(right)
        if len(self.shape(left)) == 1:
            return self.product(self.transposed(left), right)
        if self.shape(left)[0] == 1:
            return self.product(left, self.transposed(right))
        return self.trace(self.product(self.transposed(left), right))

    def trace(self, node: Node) -> Node:
        """The trace of a square matrix."""
        front, inner = self.apart(node)
        if is_op(inner, "mul") and len(self.shape(inner.args[0])) == 1:  # tr(x aᵀ) = aᵀ x
            return self.product(front, *inner.args[1:], inner.args[0])
        return self.product(front, Apply("tr", (inner,)))


class _Collector:
    """Takes a product apart: its number, the powers of its scalars, its chain of arrays."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra: Final = algebra
        self.coefficient = Fraction(1)
        self.scalars: Exponents = {}
        self.chain: list[Node] = []

    def powers(self) -> Exponents:
        """The scalar factors that are left."""
        return {base: exponent for base, exponent in self.scalars.items() if exponent}

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
        self.scalars[base] = self.scalars.get(base, Fraction(0)) + exponent


class _Entrywise(_Collector):
    """Takes a product entry by entry apart: powers of arrays beside the scalars."""

    def __init__(self, algebra: Algebra) -> None:
        super().__init__(algebra)
        self.arrays: Exponents = {}
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
        elif is_op(node, "mul") and any(self.algebra.shape(arg) == () for arg in node.args):
            front, inner = self.algebra.apart(node)
            self.scalar(front, exponent)
            self.entry(inner, exponent)
        elif not is_op(node, "ones"):
            self._array(node, exponent)

    def _array(self, node: Node, exponent: Fraction) -> None:
        if is_op(node, "indicator"):
            self.arrays[node] = Fraction(1)
        else:
            self.arrays[node] = self.arrays.get(node, Fraction(0)) + exponent

    def node(self) -> Node:
        """The product as a tree."""
        above = [self._raised(base, power) for base, power in self.arrays.items() if power > 0]
        below = [self._raised(base, -power) for base, power in self.arrays.items() if power < 0]
        if any(map(self.algebra.is_zero, above)) or not self.coefficient:
            return self.algebra.filled("zeros", self.shape)
        if not above and not below:
            return self.algebra.product(*self._front(), self.algebra.filled("ones", self.shape))
        top = _entrywise(above) if above else ONE
        return self.algebra.product(*self._front(), Apply("div", (top, _entrywise(below))) if below else top)

    def _front(self) -> list[Node]:
        return [Number(self.coefficient), *(_raised(base, exponent) for base, exponent in self.powers().items())]

    def _raised(self, base: Node, exponent: Fraction) -> Node:
        if exponent == 1:
            return base
        if len(self.algebra.shape(base)) == 1:
            return Apply("pow", (base, Number(exponent)))
        whole, half = divmod(exponent, 1)
        factors = [base] * int(whole)
        if half:  # a power of a matrix is a product of matrices: its entries' powers are written out
            root = Apply("sqrt", (base,)) if half == Fraction(1, 2) else None
            factors.append(root or Apply("exp", (Apply("mul", (Number(half), Apply("log", (base,)))),)))
        return _entrywise(factors)


def _unordered(node: Node) -> object:
    """The same for products entry by entry whose factors stand in another order."""
    return frozenset(Counter(_flat_factors(node)).items()) if is_op(node, "hadamard") else node


def _summands(node: Node) -> tuple[Node, ...]:
    return node.args if is_op(node, "add") else (node,)


def _flat_factors(node: Node) -> list[Node]:
    """The factors of a product entry by entry; anything else is one factor."""
    return [leaf for arg in node.args for leaf in _flat_factors(arg)] if is_op(node, "hadamard") else [node]


def _entrywise(nodes: Sequence[Node]) -> Node:
    node = nodes[0]
    for other in nodes[1:]:
        node = Apply("hadamard", (node, other))
    return node


def _negated(node: Node) -> Node:
    """Minus a node; the terms of a sum change their signs."""
    if is_op(node, "add"):
        terms = [arg.args[0] if is_op(arg, "neg") else _negated(arg) for arg in node.args]
        return Apply("add", tuple(sorted(terms, key=_comes_late)))
    return Number(-node.value) if isinstance(node, Number) else Apply("neg", (node,))


def _times(factors: Sequence[Node]) -> Node:
    """A product as it is written; an inner product stays a factor of its own."""
    return ONE if not factors else factors[0] if len(factors) == 1 else Apply("mul", tuple(factors))


def _raised(base: Node, exponent: Fraction) -> Node:
    if exponent == Fraction(1, 2):
        return Apply("sqrt", (base,))
    return power(base, Number(exponent))


def _alike(one: Factors, other: Factors) -> bool:
    """Whether two terms are worth one bracket: the same scalars before it and the same matrix behind it."""
    if one.scalars != other.scalars or abs(one.coefficient) != abs(other.coefficient):
        return False
    if _is_shared(one):
        return bool(one.chain) == bool(other.chain)
    return len(one.chain) > 1 and len(other.chain) > 1 and one.chain[-1] == other.chain[-1]


def _is_shared(factors: Factors) -> bool:
    """Whether the scalars of a term are more than letters in front of it."""
    return any(exponent < 0 or not isinstance(base, Symbol) for base, exponent in factors.scalars.items())


def _comes_late(node: Node) -> bool:
    """Whether a term starts with a minus: such terms come last."""
    return is_op(node, "neg") or (isinstance(node, Number) and node.value < 0)
