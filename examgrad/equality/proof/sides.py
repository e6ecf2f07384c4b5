"""The cases of the quick proof: on which side of zero each value is that a formula asks about.

Values that are equal, or simple multiples of each other, or differ by a whole number, are seen to be so; all others
may be on either side, whatever the rest is. A case that cannot occur is looked at like any other.

Where a value is zero it belongs to one of the sides: ``>`` puts it below, ``>=`` above. Both may be said of a value
that is zero at single points only, as polynomials in names of real numbers are; of any other, only one of them.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from examgrad.equality.proof.elements import FIELD, NotQuick
from examgrad.equality.proof.generators import Generators, signed
from examgrad.equality.proof.modular import SMALL

FACTORS: Final = (2, -2, 4, -4, 1, -1)
"""The halves of what a value is looked for among, and its opposites: itself, twice and half of it."""


def _multiples(at: Any) -> list[Any]:
    """A value as often as in :data:`FACTORS`."""
    half, twice = at * FIELD.half_of_one, at + at
    return [at, -at, twice, -twice, half, -half]


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

    def above(self, at: Any, zeros: bool) -> bool:
        """Whether a value is above zero, which it is also where it is zero if ``zeros`` says so.

        Raises :class:`NotQuick` where that cannot be told.
        """
        self._generators.held_against_others()
        if at == 0:
            raise NotQuick
        if abs(number := signed(at)) <= SMALL:
            return number > 0
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
        self._multiples += _multiples(at)
        return above

    def never_zero(self, at: Any) -> None:
        """Raise :class:`NotQuick` where a value may be zero at more than single points."""
        self._generators.held_against_others()
        if at == 0 or not (self._is_isolated() or abs(signed(at)) <= SMALL):
            raise NotQuick

    def _is_isolated(self) -> bool:
        """Whether all values so far are zero at single points only, and those do not count."""
        return self._dense and not self._generators.has_functions

    def _followed(self, at: Any) -> bool | None:
        """The side that a value must be on, since it is a whole number above or below one whose side is known."""
        for known, above, _ in self._sides:
            for difference, beyond in ((signed(at - known), above), (signed(at + known), not above)):
                if abs(difference) <= SMALL and (difference > 0) is beyond:
                    return beyond
        return None
