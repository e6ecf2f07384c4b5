"""Sines and cosines: angles are put on a basis over the rational numbers, and add.

Each element of the basis has the tangent of its half as an atom, of which its sine and cosine are quotients; π
itself is an element whose twelfth part has known ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from examgrad.equality.program import Number
from examgrad.equality.proof.atoms import Atom
from examgrad.equality.proof.state import NotProvable, Quotient, Rescale, State, Vector


class Angles(State):
    """Sines and cosines."""

    def _angle(self, slot: int, name: str, argument: int) -> Vector:
        angle = self.values[argument]
        if not self.circle_atoms and any(op == "pi" for op, _, _ in self._code):
            self._append(self._circle, self._pi().vector)
            self.circle_atoms.append(self._pi())
        combination = self._combined(self._circle, angle)
        if combination is None:
            label = f"tan {len(self.circle_atoms)}"
            degree = self._plan.degrees.get(label, 1)
            atom = self._new(label, Atom("tan", label, self._random(label), degree=degree, slot=argument))
            number = self._append(self._circle, angle)
            self.circle_atoms.append(atom)
            combination = {number: 1}
        self.angles[slot] = combination
        cosine, sine = [self._f.one] * self._points, [self._f.zero] * self._points
        for number, coefficient in combination.items():
            atom = self.circle_atoms[number]
            turn = coefficient * (12 if atom.kind == "pi" else atom.degree)
            if turn.denominator > 1:
                if atom.kind == "pi":
                    raise NotProvable("an unusual part of a turn")
                raise Rescale(atom.name, math.lcm(atom.degree, coefficient.denominator))
            pairs = [self._turned(atom, at, int(turn)) for at in range(self._points)]
            cosine, sine = (
                [c * a - s * b for c, s, (a, b) in zip(cosine, sine, pairs, strict=True)],
                [s * a + c * b for c, s, (a, b) in zip(cosine, sine, pairs, strict=True)],
            )
        return cosine if name == "cos" else sine

    def _turned(self, atom: Atom, at: int, times: int) -> Quotient:
        """Cosine and sine of a multiple of the atom's angle (of π, of the multiple of its twelfth part)."""
        if atom.kind == "pi":
            times %= 24
            two, six = (self._f.power(self._f.context(number), Fraction(1, 2)) for number in (2, 6))
            base = (six + two) / 4, (six - two) / 4
        else:
            t = atom.vector[at]
            base = (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)
        if abs(times) > 1 << 40:
            raise NotProvable("a multiple of an angle too large")
        c, s = self._f.one, self._f.zero
        a, b = base if times >= 0 else (base[0], -base[1])
        times = abs(times)
        while times:
            if times & 1:
                c, s = c * a - s * b, s * a + c * b
            a, b = a * a - b * b, 2 * a * b
            times >>= 1
        return c, s

    def _angle_quotient(self, name: str, combination: Mapping[int, Number]) -> Quotient:
        ring = self.ring
        c, s, d = ring.one, 0 * ring.one, ring.one
        for number, coefficient in combination.items():
            atom = self.circle_atoms[number]
            if atom.kind == "pi":
                if coefficient * 2 % 1:
                    raise NotProvable("an angle within another function")
                quarter = int(coefficient * 2) % 4
                turn = (((1, 0), (0, 1), (-1, 0), (0, -1))[quarter], 1)
                (a, b), e, times = turn[0], 1, 1
            else:
                t = ring.generator(atom)
                times = int(coefficient * atom.degree)
                if abs(times) > 6:
                    raise NotProvable("a multiple of an angle within another function")
                a, b, e = ring.one - t * t, 2 * t, ring.one + t * t
                if times < 0:
                    b, times = -b, -times
            for _ in range(times):
                c, s, d = c * a - s * b, s * a + c * b, d * e
        return (c if name == "cos" else s), d
