"""A pair of formulas as one straight-line program over few operations, common subformulas shared.

Every function with a simpler form is written out by its row in :mod:`examgrad.formula.functions`; what remains
is in the table below. An instruction is ``(op, arguments, datum)``, its arguments are positions (slots) of
earlier instructions, so a program is computed in one pass, in doubles, balls or fractions alike.

==================  ===================================================================
``num``             a fraction (the datum)
``var``             a variable (the datum is its name)
``pi`` ``nan``      the number; no number at all (``inf``, or no case applies)
``add sub mul div`` two slots
``neg`` ``abs``     one slot
``ipow`` ``rpow``   one slot, to an integer; to a fraction, for a base of at least 0
``pow``             two slots; a base below 0 has no value unless the datum is ``whole``
``fn``              one slot; the datum names a function with a double and a ball
``gt ge eq ne``     a condition: how the slot compares with zero
``and or not``      conditions
``select``          a condition, the value where it holds, the value where it does not
==================  ===================================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from examgrad.formula.names import Domain

Instruction = tuple[str, tuple[int, ...], Any]
Number = int | Fraction
"""A number of a program; a whole one is always an ``int``, so that it is quick to compare and to hash."""


def magnitude(value: Number) -> Number:
    """The absolute value."""
    return -value if value < 0 else value


def lowest(value: Number) -> Number:
    """A number as an ``int`` where it is whole."""
    return value.numerator if value.denominator == 1 else value


class Program(NamedTuple):
    """Instructions, and which slots are of interest.

    ``roots`` are the values of the formulas; ``gates`` the slots whose sign decides a case, an absolute value or
    an indicator, ``kinks`` those where what happens at zero does not count; ``steps`` the arguments of ``floor``
    and ``ceil``, whose whole numbers do not count; ``positive`` the slots that must not be below
    zero for the formulas to be defined. ``infinite`` tells that infinity, or a quotient by the number zero, is in them,
    ``whole`` which names stand for whole numbers, and ``whole_gates`` that a gate depends on one: then a single whole
    number may be a case of its own.
    """

    code: Sequence[Instruction]
    roots: tuple[int, ...]
    names: tuple[str, ...]
    gates: tuple[int, ...]
    kinks: tuple[int, ...]
    steps: tuple[int, ...]
    positive: tuple[int, ...]
    infinite: bool = False
    whole: frozenset[str] = frozenset()
    whole_gates: bool = False

    def part(self, root: int) -> tuple[Program, int]:
        """What one slot is computed from, and the slot there."""
        needed = {root}
        for slot in range(root, -1, -1):
            if slot in needed:
                needed.update(self.code[slot][1])
        places = {slot: at for at, slot in enumerate(sorted(needed))}
        code = [
            (op, tuple([places[arg] for arg in args]), datum) for op, args, datum in map(self.code.__getitem__, places)
        ]
        return self._replace(code=code, roots=(places[root],), gates=(), kinks=(), steps=(), positive=()), places[root]

    @property
    def numbers(self) -> list[Fraction]:
        """The constants written in the formulas, in order of size."""
        return sorted(Fraction(datum) for op, _, datum in self.code if op == "num")


def on_domains(program: Program, domains: Mapping[str, Domain]) -> Program:
    """The program where its variables have these domains: among whole numbers a single one does count."""
    whole = frozenset(name for name in program.names if name in domains and domains[name].integer)
    if not whole:
        return program
    dense: list[bool] = []
    mixed: list[bool] = []
    for op, args, datum in program.code:
        dense.append((op == "var" and datum not in whole) or any(dense[arg] for arg in args))
        mixed.append((op == "var" and datum in whole) or any(mixed[arg] for arg in args))
    code = [
        (op, args, "whole") if op == "pow" and not dense[args[1]] else (op, args, datum)
        for op, args, datum in program.code
    ]
    kinks = tuple(slot for slot in program.kinks if dense[slot])
    steps = tuple(slot for slot in program.steps if dense[slot])
    return program._replace(
        code=code, kinks=kinks, steps=steps, whole=whole, whole_gates=any(mixed[gate] for gate in program.gates)
    )
