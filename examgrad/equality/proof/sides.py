"""The cases of the quick proof: on which side of zero each value is that a formula asks about.

Values that are equal, or simple multiples of each other, or differ by a whole number, are seen to be so; all others
may be on either side, whatever the rest is. A case that cannot occur is looked at like any other.

Where a value is zero it belongs to one of the sides: ``>`` puts it below, ``>=`` above. Both may be said of a value
that is zero at single points only, as polynomials in names of real numbers are; of any other, only one of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from examgrad.equality.proof.bounded import Bounded
from examgrad.equality.proof.generators import FACTORS, FIELD, Generators, NotQuick, multiples
from examgrad.equality.proof.modular import SMALL


class _Side(NamedTuple):
    """A value, whether it is above zero, and whether its zeros are (``None`` where they do not count)."""

    value: Any
    above: bool
    zeros: bool | None


class Sides:
    """One case: the sides of the first values that were asked about are ``decided``, all others are above zero.

    ``dense`` tells that what holds at single points only does not count.
    """

    def __init__(self, generators: Generators, decided: tuple[bool, ...], dense: bool) -> None:
        self._generators = generators
        self._decided = decided
        self._dense = dense
        self._sides: list[_Side] = []
        self._multiples: list[Any] = []

    @property
    def taken(self) -> list[bool]:
        """All the sides, in the order in which they were asked for."""
        return [side.above for side in self._sides]

    def above(self, found: Bounded, zeros: bool) -> bool:
        """Whether a value is above zero, which it is also where it is zero if ``zeros`` says so.

        Raises :class:`NotQuick` where that cannot be told.
        """
        at = self._generators.seen(found)
        if at == 0:
            raise NotQuick
        if not found[4]:
            return (self._signed(found[0]) > 0) is (found[1] is None or self._signed(found[1]) > 0)
        if at in self._multiples:
            place, factor = divmod(self._multiples.index(at), len(FACTORS))
            _, above, known = self._sides[place]
            turned = FACTORS[factor] < 0
            if known is (zeros is turned):
                raise NotQuick
            return above is not turned
        followed = self._followed(at)
        return self._new(at, zeros) if followed is None else followed

    def _new(self, at: Any, zeros: bool) -> bool:
        count = len(self._sides)
        above = self._decided[count] if count < len(self._decided) else True
        self._sides.append(_Side(at, above, None if self._is_isolated() else zeros))
        self._multiples += multiples(at)
        return above

    def never_zero(self, found: Bounded) -> None:
        """Raise :class:`NotQuick` where a value may be zero at more than single points."""
        if self._generators.seen(found) == 0 or not (self._is_isolated() or not found[4]):
            raise NotQuick

    def _is_isolated(self) -> bool:
        """Whether all values so far are zero at single points only, and those do not count."""
        return self._dense and not self._generators.has_functions

    def _followed(self, at: Any) -> bool | None:
        """The side that a value must be on, since it is a whole number above or below one whose side is known."""
        for known, above, _ in self._sides:
            for difference, beyond in ((self._signed(at - known), above), (self._signed(at + known), not above)):
                if abs(difference) <= SMALL and (difference > 0) is beyond:
                    return beyond
        return None

    def _signed(self, at: Any) -> int:
        """The integer of least size that an element is."""
        number, prime = int(at), FIELD.prime
        return number if 2 * number < prime else number - prime
