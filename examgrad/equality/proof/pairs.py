"""Exponents and their exponentials, as the quick proof knows them: either way from the one to the other.

A pair is an exponent and a root: the root's power of the pair's order is the exponential. Exponentials make pairs of
order two, so that tanh and cosh of one argument are made of the same; logarithms make pairs of order one. What is a
simple multiple, sum or difference of exponents that are known (a power, product or quotient of their exponentials)
makes none.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from examgrad.equality.proof.elements import FIELD, ONE, NotQuick, Size, constant

MAX_PAIRS: Final = 12
RELATIONS: Final = 24
"""So many relations are looked for between a new value and every two pairs, or fewer."""


class _Pair:
    """``weight`` and ``degree`` bound what the pair was made for: the exponent, or the root of a logarithm."""

    __slots__ = ("_inverse", "degree", "exponent", "order", "root", "weight")

    def __init__(self, exponent: Any, root: Any, order: int, size: Size) -> None:
        self.exponent = exponent
        self.root = root
        self.order = order
        self.weight, self.degree = size.weight, size.degree
        self._inverse: Any = None

    @property
    def inverse(self) -> Any:
        """One over the root."""
        if self._inverse is None:
            self._inverse = ONE / self.root
        return self._inverse

    def raised(self, power: int) -> Any:
        """The root to a power."""
        if power == 2:
            return self.root * self.root
        return self.root**power if power > 0 else self.inverse**-power


class Pairs:
    """The pairs of one walk; ``fresh`` makes random elements. Raises :class:`NotQuick` where there are too many."""

    def __init__(self, fresh: Callable[[], Any], size: Size) -> None:
        self._fresh = fresh
        self._size = size
        self._pairs: list[_Pair] = []
        self._known: list[Any] = []
        self._rooted: list[_Pair] = []
        """The exponents of those pairs whose root is known to be positive, and the pairs."""
        self._values: list[Any] = []
        self._logs: list[tuple[_Pair, int]] = []
        """Values, and which roots' powers they are up to the sign, of so many pairs:"""
        self._taken_up = 0

    def __len__(self) -> int:
        return len(self._pairs)

    def exponential(self, at: Any) -> Any:
        """The exponential of an exponent."""
        found = self._exponential(at)
        if found is not None:
            return found
        for pair in self._rooted:
            for order, rest in ((pair.order, at - pair.exponent), (-pair.order, at + pair.exponent)):
                if (other := self._exponential(rest)) is not None:
                    return self._raised(pair, order) * other
        pair = self._new(at, self._fresh(), 2)
        self._known.append(at)
        self._rooted.append(pair)
        return self._raised(pair, 2)

    def _exponential(self, at: Any) -> Any:
        """The exponential of a simple multiple of an exponent that is known, or ``None``."""
        known = self._known
        if not known:
            return None
        if at in known:
            return self._multiple(at, 1)
        if -at in known:
            return self._multiple(-at, -1)
        twice = at + at
        for sign, part in ((1, twice), (-1, -twice)):
            if part in known and self._rooted[known.index(part)].order == 2:
                return self._multiple(part, Fraction(sign, 2))
        half = at * FIELD.half_of_one
        if half in known:
            return self._multiple(half, 2)
        return self._multiple(-half, -2) if -half in known else None

    def _multiple(self, known: Any, factor: Fraction | int) -> Any:
        pair = self._rooted[self._known.index(known)]
        return self._raised(pair, int(pair.order * factor))

    def _new(self, exponent: Any, root: Any, order: int) -> _Pair:
        if len(self._pairs) == MAX_PAIRS:
            raise NotQuick
        pair = _Pair(exponent, root, order, self._size)
        self._pairs.append(pair)
        return pair

    def _raised(self, pair: _Pair, power: int) -> Any:
        times = abs(power)
        self._size.degree += times * (pair.degree if pair.order == 1 else 1)
        self._size.weight += times * pair.weight if pair.order == 1 else 0
        return pair.raised(power)

    def log(self, at: Any, *, positive: bool) -> Any:
        """The logarithm of a value's size; ``positive`` tells that the value itself is positive."""
        self._take_up()
        if (found := self._log(at)) is None:
            if (known := self._sum(at)) is not None:
                return known
            found = self._new(self._fresh(), at, 1), 1
        pair, power = found
        if positive and power == 1 == pair.order and at == pair.root and pair not in self._rooted:
            self._known.append(pair.exponent)
            self._rooted.append(pair)
        return self._times(pair, power)

    def _take_up(self) -> None:
        """Have the logarithms of all exponentials at hand."""
        for pair in self._pairs[self._taken_up :]:
            root, inverse = pair.root, pair.inverse
            self._values += [root, inverse, root * root, inverse * inverse]
            self._logs += [(pair, power) for power in (1, -1, 2, -2)]
        self._taken_up = len(self._pairs)

    def _log(self, at: Any) -> tuple[_Pair, int] | None:
        for size in (at, -at):
            if size in self._values:
                return self._logs[self._values.index(size)]
        return None

    def _times(self, pair: _Pair, power: int) -> Any:
        """The logarithm of a root's power."""
        self._size.degree += pair.degree if pair.order == 2 else 1
        self._size.weight += pair.weight if pair.order == 2 else 0
        if power == pair.order:
            return pair.exponent
        return -pair.exponent if power == -pair.order else constant(Fraction(power, pair.order))[0] * pair.exponent

    def _sum(self, at: Any) -> Any:
        """The logarithm of a product or quotient of two values whose logarithms are known, or ``None``."""
        for pair in self._pairs:
            for order in (pair.order, -pair.order):
                if (known := self._log(at * pair.raised(-order))) is not None:
                    return self._times(pair, order) + self._times(*known)
        return None
