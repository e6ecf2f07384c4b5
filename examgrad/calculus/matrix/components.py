"""Derivatives in components: ``∂y_i/∂W_{jk} = [i = j] x_k``, where matrix notation has no form for them.

The differential of an entry, forward through a problem's definitions: each operation's rule with its indices, sums
that meet a Kronecker delta carried out. The rules are those of :mod:`examgrad.calculus.matrix.forward`; for a
matrix see J. R. Magnus and H. Neudecker, *Matrix Differential Calculus* (1988).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from examgrad.calculus.matrix.algebra import Algebra
from examgrad.calculus.matrix.entries import Entries, Indices, as_node, delta
from examgrad.calculus.matrix.merging import merged
from examgrad.calculus.matrix.reverse import CONSTANT, Reverse
from examgrad.calculus.matrix.terms import Term, Terms, fresh_index, instantiated, multiplied, summed
from examgrad.errors import DerivationError
from examgrad.formula import printer
from examgrad.formula.shapes import Size
from examgrad.formula.tree import ONE, Apply, Node, Number, Symbol, is_number

_MINUS: Final[Terms] = (Term(Fraction(-1)),)


class Known(NamedTuple):
    """The derivative of a defined name: its entry at ``indices``."""

    indices: tuple[str, ...]
    terms: Terms


class Components:
    """Derivatives by the entry of one array at the indices ``by``; ``known`` holds those of the names on the way."""

    def __init__(self, algebra: Algebra, wrt: str, by: Indices) -> None:
        self.algebra: Final = algebra
        self.entries: Final = Entries(algebra)
        self.wrt: Final = wrt
        self.by: Final = by
        self.known: Final[dict[str, Known]] = {}

    def define(self, name: str, node: Node) -> None:
        """Let a defined name be known by the derivative of what it is."""
        shape = self.algebra.shape(node)
        at = tuple(self.entries.index(size) for size in shape)
        if terms := self.derivative(node, at):
            self.known[name] = Known(tuple(str(index.name) if isinstance(index, Symbol) else "" for index in at), terms)

    def derivative(self, node: Node, at: Indices) -> Terms:
        """The derivative of the entry at some indices. Raises :class:`DerivationError` where no rule is known."""
        if isinstance(node, Symbol):
            return self._of_name(node, at)
        if self._is_constant(node) or not isinstance(node, Apply) or node.op in CONSTANT:
            return ()
        rule = _RULES.get(node.op)
        return merged(self.entries, rule(self, node, at) if rule is not None else self._entrywise(node, at))

    def _of_name(self, node: Symbol, at: Indices) -> Terms:
        if node.name == self.wrt:
            return multiplied(*(delta(one, other) for one, other in zip(at, self.by, strict=True)))
        if node.name not in self.known:
            return ()
        indices, terms = self.known[node.name]
        return instantiated(terms, {index: place for index, place in zip(indices, at, strict=True) if index})

    def _is_constant(self, node: Node) -> bool:
        return self.wrt not in (names := node.symbols()) and self.known.keys().isdisjoint(names)

    def _operand(self, node: Node, at: Indices) -> Terms:
        """The derivative of an operand; a scalar beside an array stands for each of its entries."""
        shape = self.algebra.shape(node)
        if shape == ():
            return self.derivative(node, ())
        if len(shape) != len(at):
            raise self._refuse(node)
        return self.derivative(node, at)

    def _read(self, node: Node, at: Indices) -> Terms:
        """The entry of an operand."""
        return self.entries.read(node, at)

    def _refuse(self, node: Node) -> DerivationError:
        return DerivationError(f"no rule in components is known for {printer.plain(node)}")

    def _over(self, node: Node, term: Callable[[Indices], Terms]) -> Terms:
        """The sum over all entries of an array."""
        shape = self.algebra.shape(node)
        at = tuple(map(self.entries.index, shape))
        terms = term(at)
        for index, size in zip(at, shape, strict=True):
            terms = self.entries.total(terms, index, size)
        return terms

    # -- sums and products

    def _add(self, node: Apply, at: Indices) -> Terms:
        return tuple(term for arg in node.args for term in self._operand(arg, at))

    def _neg(self, node: Apply, at: Indices) -> Terms:
        return multiplied(_MINUS, self._operand(node.args[0], at))

    def _hadamard(self, node: Apply, at: Indices) -> Terms:
        terms: list[Term] = []
        for place, arg in enumerate(node.args):
            if not self._is_constant(arg):
                others = (self._read(other, at) for other in (*node.args[:place], *node.args[place + 1 :]))
                terms += multiplied(*others, self._operand(arg, at))
        return tuple(terms)

    def _div(self, node: Apply, at: Indices) -> Terms:
        above, below = node.args
        under = self._entry(below, at)
        terms = multiplied(self.entries.scalar(self.algebra.quotient(ONE, under)), self._operand(above, at))
        if self._is_constant(below):
            return terms
        square = self.entries.scalar(self.algebra.quotient(ONE, self.algebra.product(under, under)))
        return terms + multiplied(_MINUS, self._read(above, at), square, self._operand(below, at))

    def _entry(self, node: Node, at: Indices) -> Node:
        return node if self.algebra.shape(node) == () else self.entries.node(node, at)

    def _mul(self, node: Apply, at: Indices) -> Terms:
        terms: list[Term] = []
        for place, arg in enumerate(node.args):
            if not self._is_constant(arg):
                terms += merged(self.entries, self._factor(node, place, at))
        return tuple(terms)

    def _factor(self, node: Apply, place: int, at: Indices) -> Terms:
        """What one factor of a product gives: what stands before and behind it, and a sum over the indices between."""
        algebra, arg = self.algebra, node.args[place]
        before, after = (algebra.product(*part) for part in (node.args[:place], node.args[place + 1 :]))
        shape = algebra.shape(arg)
        if shape == ():
            return multiplied(self._read(algebra.product(before, after), at), self.derivative(arg, ()))
        row, column = (*at, ONE, ONE)[:2] if len(at) < 2 else at
        left, right = algebra.shape(before) != (), algebra.shape(after) != ()
        width: Size = shape[1] if len(shape) == 2 else 1
        inner = self.entries.index(shape[0]) if left else row
        outer = self.entries.index(width) if right else column
        terms = self.derivative(arg, self.entries.at(arg, inner, outer))
        terms = multiplied(self._read(before, self.entries.at(before, row, inner)), terms)
        terms = self.entries.total(terms, inner, shape[0]) if left else terms
        terms = multiplied(terms, self._read(after, self.entries.at(after, outer, column)))
        return self.entries.total(terms, outer, width) if right else terms

    def _pow(self, node: Apply, at: Indices) -> Terms:
        base, exponent = node.args
        if len(self.algebra.shape(base)) != 2:
            return self._power(node, base, exponent, at)
        if isinstance(exponent, Number) and exponent.value.denominator == 1 and 1 <= exponent.value <= 8:
            return self._mul(Apply("mul", (base,) * int(exponent.value)), at)
        raise self._refuse(node)

    def _power(self, node: Apply, base: Node, exponent: Node, at: Indices) -> Terms:
        """A power entry by entry."""
        below = self._entry(base, at)
        if isinstance(exponent, Number):
            local = self.algebra.product(exponent, self.algebra.raised(below, exponent.value - 1))
            return multiplied(self.entries.scalar(local), self._operand(base, at))
        by_base = self.algebra.quotient(self._entry(exponent, at), below)
        terms = multiplied(self._read(node, at), self.entries.scalar(by_base), self._operand(base, at))
        by_exponent = self.entries.scalar(Apply("log", (below,)))
        return terms + multiplied(self._read(node, at), by_exponent, self._operand(exponent, at))

    # -- of matrices

    def _transpose(self, node: Apply, at: Indices) -> Terms:
        shape = self.algebra.shape(node.args[0])
        if len(shape) == 1:
            return self.derivative(node.args[0], at[1:])
        return self.derivative(node.args[0], (ONE, at[0]) if len(at) == 1 else at[::-1])

    def _inverse(self, node: Apply, at: Indices) -> Terms:
        array = node.args[0]
        row, column = at
        return self._over(array, lambda inner: multiplied(
            _MINUS, self._read(node, (row, inner[0])), self.derivative(array, inner),
            self._read(node, (inner[1], column)),
        ))  # fmt: skip

    def _logdet(self, node: Apply, at: Indices) -> Terms:
        array = node.args[0]
        inverse = Apply("inverse", node.args)
        return self._over(
            array, lambda inner: multiplied(self._read(inverse, inner[::-1]), self.derivative(array, inner))
        )

    def _det(self, node: Apply, at: Indices) -> Terms:
        return multiplied(self.entries.scalar(node), self._logdet(node, at))

    def _tr(self, node: Apply, at: Indices) -> Terms:
        size = self.algebra.shape(node.args[0])[0]
        index = self.entries.index(size)
        return self.entries.total(self.derivative(node.args[0], (index, index)), index, size)

    def _diag(self, node: Apply, at: Indices) -> Terms:
        inner = node.args[0]
        if len(self.algebra.shape(inner)) == 1:
            return multiplied(delta(at[0], at[1]), self.derivative(inner, at[:1]))
        return self.derivative(inner, at * 2)

    def _taken(self, node: Apply, at: Indices) -> Terms:
        """An entry, a row or a column."""
        array, *places = node.args
        if node.op == "entry" and len(places) != len(self.algebra.shape(array)):
            raise self._refuse(node)
        return self.derivative(array, (*at, *places) if node.op == "column" else (*places, *at))

    def _array(self, node: Apply, at: Indices) -> Terms:
        terms: list[Term] = []
        for place, item in enumerate(node.args, 1):
            if not self._is_constant(item):
                terms += multiplied(delta(at[0], Number(place)), self.derivative(item, at[1:]))
        return tuple(terms)

    # -- that reduce an array

    def _sum(self, node: Apply, at: Indices) -> Terms:
        if len(node.args) == 4:
            return self._finite_sum(node, at)
        return self._reduced(node, at, self.derivative)

    def _reduced(self, node: Apply, at: Indices, term: Callable[[Node, Indices], Terms]) -> Terms:
        """The sum of a term over all entries that an operation makes one of."""
        array = node.args[0]
        shape = self.algebra.shape(array)
        if shape == ():
            return term(array, ())
        if len(node.args) == 1 or len(shape) == 1:
            return self._over(array, lambda inner: term(array, inner))
        axis = int(node.args[1].value) % 2  # type: ignore[attr-defined]
        index = self.entries.index(shape[axis])
        return self.entries.total(term(array, (index, *at) if axis == 0 else (*at, index)), index, shape[axis])

    def _share(self, node: Apply) -> Terms:
        """One over the number of entries that are reduced to one."""
        shape = self.algebra.shape(node.args[0])
        sizes = shape if len(node.args) == 1 or len(shape) < 2 else (shape[int(node.args[1].value) % 2],)  # type: ignore[attr-defined]
        return self.entries.scalar(self.algebra.quotient(ONE, self.algebra.product(*map(as_node, sizes))))

    def _mean(self, node: Apply, at: Indices) -> Terms:
        return multiplied(self._share(node), self._sum(node, at))

    def _var(self, node: Apply, at: Indices) -> Terms:
        mean = Apply("mean", node.args)

        def term(array: Node, inner: Indices) -> Terms:
            centred = self.algebra.minus(self._entry(array, inner), self._entry(mean, at))
            return multiplied(self.entries.scalar(centred), self.derivative(array, inner))

        return multiplied((Term(Fraction(2)),), self._share(node), self._reduced(node, at, term))

    def _finite_sum(self, node: Apply, at: Indices) -> Terms:
        index, first, last, body = node.args
        if not is_number(first, 1) or not isinstance(index, Symbol) or not self._runs_along(body, index, last):
            raise self._refuse(node)
        fresh = fresh_index()
        return summed(instantiated(self._operand(body, at), {index.name: fresh}), fresh, last)

    def _runs_along(self, body: Node, index: Symbol, last: Node) -> bool:
        """Whether an index takes all places of every axis that it stands at."""
        for item in body.walk():
            if not isinstance(item, Apply) or item.op not in ("entry", "row", "column") or item.args[0] == index:
                continue
            sizes = self.algebra.shape(item.args[0])[item.op == "column" :]
            for place, size in zip(item.args[1:], sizes, strict=False):
                if index.name in place.symbols() and (place != index or as_node(size) != last):
                    return False
        return True

    def _norm(self, node: Apply, at: Indices) -> Terms:
        array, *order = node.args
        if len(order) > 1 or (order and not is_number(order[0], 1) and not is_number(order[0], 2)):
            raise self._refuse(node)
        if order and is_number(order[0], 1):
            sign = Apply("sign", (array,))
            return self._over(array, lambda inner: multiplied(self._read(sign, inner), self._operand(array, inner)))
        below = self.entries.scalar(self.algebra.quotient(ONE, node))
        return multiplied(
            below,
            self._over(array, lambda inner: multiplied(self._read(array, inner), self._operand(array, inner))),
        )

    def _logsumexp(self, node: Apply, at: Indices) -> Terms:
        weights = Apply("softmax", node.args)
        return self._reduced(node, at, lambda array, inner: multiplied(
            self._read(weights, inner), self.derivative(array, inner)))  # fmt: skip

    def _softmax(self, node: Apply, at: Indices) -> Terms:
        return multiplied(self._read(node, at), self._logsoftmax(node, at))

    def _logsoftmax(self, node: Apply, at: Indices) -> Terms:
        weights = Apply("softmax", node.args)
        array = node.args[0]
        rest = at if len(at) < 2 else at[1:] if is_number(node.args[1], 0) else at[:1]
        mean = self._reduced(node, rest, lambda array, inner: multiplied(
            self._read(weights, inner), self.derivative(array, inner)))  # fmt: skip
        return self.derivative(array, at) + multiplied(_MINUS, mean)

    # -- entry by entry

    def _entrywise(self, node: Apply, at: Indices) -> Terms:
        """A function of numbers, applied to each entry."""
        names = frozenset({self.wrt, *self.known})
        locals = Reverse(self.algebra, names).local(node)
        terms: list[Term] = []
        for arg, local in zip(node.args, locals, strict=True):
            if not self._is_constant(arg) and not self.algebra.is_zero(local):
                terms += multiplied(self._read(local, at), self._operand(arg, at))
        return tuple(terms)


_RULES: Final[Mapping[str, Callable[[Components, Apply, Indices], Terms]]] = {
    "add": Components._add, "neg": Components._neg, "hadamard": Components._hadamard, "div": Components._div,
    "mul": Components._mul, "pow": Components._pow, "transpose": Components._transpose,
    "inverse": Components._inverse, "logdet": Components._logdet, "det": Components._det, "tr": Components._tr,
    "diag": Components._diag, "entry": Components._taken, "row": Components._taken, "column": Components._taken,
    "array": Components._array, "sum": Components._sum, "mean": Components._mean, "var": Components._var,
    "norm": Components._norm, "logsumexp": Components._logsumexp, "softmax": Components._softmax,
    "logsoftmax": Components._logsoftmax,
}  # fmt: skip
