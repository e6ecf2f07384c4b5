"""Is this formula equal to that one? The ladder, from the cheapest rung to the surest.

Identical trees; a first look at a few small points; the quick proof; then, on the compiled formulas, refutation in
doubles that is confirmed by balls, proof in full, and many points in high precision.
What differs is shown at a point with small numbers, what is equal is proved or says how it was compared, and
what cannot be told is ``unknown``, never a guess.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Final, Literal, NamedTuple

from examgrad.equality.agreement import MIN_DIGITS, MIN_POINTS, chosen_points, readings_at, unseen_sides
from examgrad.equality.cells import meet, paired, shows
from examgrad.equality.compiler import compile_formulas
from examgrad.equality.emitter import UnsupportedFormula
from examgrad.equality.evidence import Reading, compare_at
from examgrad.equality.gates import thorough
from examgrad.equality.glance import glance
from examgrad.equality.points import Places, Sample, exact, first, small_numbers_at
from examgrad.equality.program import Program, on_domains
from examgrad.equality.proof import Proof, prove, same_constant
from examgrad.equality.proof.quick import same_at_random, same_in_cases
from examgrad.equality.rationals import evaluate_fractions
from examgrad.equality.reservations import WHERE_DEFINED, reserved
from examgrad.equality.witness import Witness, deep_witness, differ, find_witness, simple, witness_at
from examgrad.formula.names import Domain
from examgrad.formula.tree import Node

Verdict = Literal["equal", "unequal", "unknown"]
Method = Literal["identical", "exact", "numeric", "witness", "undecided"]

CONFIRMATIONS: Final = 4
VANISHING_POINTS: Final = 3
PROOF: Final = "proved modulo a 128-bit prime, chance of error below 1e-20"

_NOT_MET: Final = "equal where compared, but one side of a condition was not met"
_MAY_NOT_OCCUR: Final = "they differ in a case that may not occur"
_FIRST: Final = (0,)
_NEXT: Final = (1, 2, 3)
"""The points of the first looks: names are above zero at 0, below it at 1, and on either side from there on."""
_GATES: Final = frozenset({"cases", "indicator", "abs", "max", "min", "relu", "leaky_relu", "elu", "softsign", "sign"})
_RATIONAL: Final = frozenset(
    [
        "num",
        "var",
        "add",
        "sub",
        "mul",
        "div",
        "neg",
        "abs",
        "ipow",
        "nan",
        "gt",
        "ge",
        "eq",
        "ne",
        "and",
        "or",
        "not",
        "select",
    ]
)


class Comparison(NamedTuple):
    """A verdict and how it is known.

    ``witness`` shows a difference; ``points`` and ``digits`` say how far ``numeric`` equality was looked at;
    ``entries`` is the map of an array's entries, row by row; ``note`` says the rest in words.
    """

    verdict: Verdict
    method: Method
    witness: Witness | None = None
    points: int = 0
    digits: int = 0
    note: str = ""
    entries: tuple[tuple[Comparison, ...], ...] = ()


def decide(left: Node, right: Node, domains: Mapping[str, Domain] | None = None, *, witness: bool = True) -> Comparison:
    """Compare two real scalar formulas over the domains of their symbols (real where none is given).

    They are equal when they are wherever both are defined, apart from isolated points and kinks. Never raises
    for a formula, and always gives the same answer to the same question, whichever side is named first. Without
    ``witness`` a difference is confirmed, but no small numbers are sought to show it.
    """
    if left == right:
        return Comparison("equal", "identical")
    domains = domains or {}
    try:
        shown, agree = glance(left, right, domains, _FIRST)
        if shown:
            return Comparison("unequal", "witness", shown)
        if agree and same_at_random(left, right, domains):
            return Comparison("equal", "exact", note=PROOF)
        texts = repr(left), repr(right)
        if texts[0] < texts[1]:
            return _decide(left, right, texts, domains, witness, agree)
        return _swapped(_decide(right, left, texts[::-1], domains, witness, agree))
    except UnsupportedFormula as error:
        return Comparison("unknown", "undecided", note=f"cannot be compared: {error}")
    except RecursionError:
        return Comparison("unknown", "undecided", note="cannot be compared: a formula nested too deeply")


def _seed(texts: tuple[str, ...]) -> bytes:
    return hashlib.blake2b("\n".join(texts).encode(), digest_size=16).digest()


def _proved(cases: int) -> str:
    return f"{cases} cases compared; {PROOF}" if cases > 1 else PROOF


def _swapped(result: Comparison) -> Comparison:
    shown = result.witness
    return result._replace(witness=Witness(shown.at, shown.right, shown.left)) if shown else result


def _decide(
    one: Node, other: Node, texts: tuple[str, ...], domains: Mapping[str, Domain], witness: bool, agree: bool
) -> Comparison:
    shown, agree_there = glance(one, other, domains, _NEXT)
    if shown:
        return Comparison("unequal", "witness", shown)
    untried = not agree or not _GATES.isdisjoint(one.operations() | other.operations())
    agree = agree or agree_there
    if untried and agree and (cases := same_in_cases(one, other, domains)):
        return Comparison("equal", "exact", note=_proved(cases))
    found = _compiled(one, other, texts, domains, witness, agree)
    return found._replace(note=reserved(one, other, domains, found.note)) if found.verdict == "equal" else found


def _compiled(
    one: Node, other: Node, texts: tuple[str, ...], domains: Mapping[str, Domain], witness: bool, agree: bool
) -> Comparison:
    program = compile_formulas(one, other)
    if program.infinite:
        return Comparison("unknown", "undecided", note="infinity and quotients by zero have no value")
    left, right = program.roots
    if left == right:
        if program.code[left][0] == "nan":
            return Comparison("unknown", "undecided", note="nowhere are both defined")
        return Comparison("equal", "exact", note="the same once functions are written out")
    return _Decision(on_domains(program, domains), _seed(texts), domains, witness).result(agree)


def _without_vanishing(sample: Sample) -> Program:
    """The program without those kinks that are everywhere: gates that are zero at all points, as in ``max(x, x)``."""
    program = sample.program
    points = [exact(sample.point(at)) for at in sample.finite()[:VANISHING_POINTS]]
    values = [evaluate_fractions(program, point) for point in points]
    kinks = tuple(slot for slot in program.kinks if not values or any(column[slot] != 0 for column in values))
    return program._replace(kinks=kinks)


class _Decision:
    def __init__(self, program: Program, seed: bytes, domains: Mapping[str, Domain], witness: bool) -> None:
        self._shown = witness
        self._program = program
        self._seed = seed
        self._domains = domains
        self._complex = any(domains[name].complex for name in program.names if name in domains)

    def result(self, agree: bool) -> Comparison:
        """The verdict; ``agree`` tells that the formulas were seen to agree, so that a proof is likely."""
        proof = self._prove() if agree else None
        if proof and (proved := self._proved(proof)):
            return proved
        sample = first(self._program, self._domains)
        differing = self._differing(sample, range(sample.count))
        # where most points agree the others may be rounding: a proof costs less than many digits
        likely = differing and 2 * len(differing) >= len(sample.finite())
        if likely and (refuted := self._refuted(sample, differing)):
            return refuted
        if proof is None:
            proof = self._prove()
            if proved := self._proved(proof):
                return proved if sample.finite() else self._where_defined(sample, proved)
        if not self._program.names and same_constant(self._program):
            return Comparison("equal", "exact", note="the same constant, by a separation bound")
        if proof.status == "never":
            return Comparison("unknown", "undecided", note="nowhere are both defined")
        return (differing and self._refuted(sample, differing)) or self._numeric(sample, proof)

    def _where_defined(self, sample: Sample, proved: Comparison) -> Comparison:
        """What was proved, if there is a point at all where both formulas have values."""
        thorough(self._program, Places(self._program.names, self._domains, self._seed), sample)
        if sample.finite():
            return proved
        return Comparison("unknown", "undecided", note="no point was found where both are defined")

    def _prove(self) -> Proof:
        return prove(self._program, self._seed, self._domains)

    def _has_branches(self) -> bool:
        """Whether a function in it has another meaning for complex numbers."""
        return bool(self._program.gates or self._program.positive or self._program.steps) or any(
            op == "fn" and datum not in ("exp", "sin", "cos") for op, _, datum in self._program.code
        )

    def _proved(self, proof: Proof) -> Comparison | None:
        """Equal, if the proof says so and speaks for these domains."""
        if proof.status != "equal" or self._program.whole_gates or (self._complex and self._has_branches()):
            return None
        note = _proved(proof.cells)
        return Comparison("equal", "exact", note=f"{WHERE_DEFINED}; {note}" if proof.partial else note)

    # refutation

    def _differing(self, sample: Sample, places: range) -> list[int]:
        """Those points of a sample where doubles say that the formulas differ: first where their values are simple
        fractions, last where there may be a kink."""
        left, right = (sample.values[root] for root in self._program.roots)
        found = [at for at in places if differ(left[at], right[at])]
        if len(found) > 1:
            found.sort(key=lambda at: (sample.on_kink(at), not (simple(left[at]) and simple(right[at]))))
        return found

    def _refuted(self, sample: Sample, differing: Sequence[int]) -> Comparison | None:
        """Unequal, if that is proved at one of the first points where doubles say so."""
        for at in differing[:CONFIRMATIONS]:
            if shown := witness_at(self._program, self._small(at)):
                return Comparison("unequal", "witness", shown)
        return None

    def _small(self, at: int) -> dict[str, Fraction]:
        names = self._program.names
        return dict(zip(names, small_numbers_at(names, self._domains, at), strict=True))

    def _unequal(self, points: list[dict[str, Fraction]]) -> Comparison:
        return Comparison(
            "unequal", "witness", find_witness(self._program, self._domains, points) if self._shown else None
        )

    # agreement at points

    def _numeric(self, sample: Sample, proof: Proof) -> Comparison:
        self._program = sample.program = _without_vanishing(sample)
        places = Places(self._program.names, self._domains, self._seed)
        cells = [cell.signs for cell in proof.unproved]
        for search in (
            partial(thorough, self._program, places, sample, proof.points),
            partial(meet, self._program, places, sample, cells or paired(self._program), known=bool(cells)),
        ):
            before = sample.count
            search()
            for at in self._differing(sample, range(before, sample.count))[:CONFIRMATIONS]:
                point = exact(sample.point(at))
                if compare_at(self._program, point, enough=20).outcome == "apart":
                    return self._unequal([point])
        readings: list[Reading] = []
        chosen = chosen_points(sample, cells)
        for point, reading in readings_at(sample, chosen):
            if reading.outcome == "apart":
                return self._unequal([point])
            if reading.outcome == "together" and reading.digits >= MIN_DIGITS:
                readings.append(reading)
        if proof.certain:
            return self._different(proof)
        for cell in proof.unproved:
            met = any(shows(self._program, reading, cell.signs) for reading in readings)
            if cell.different and met and not self._program.whole:
                return self._different(proof)
            if not met:
                note = _MAY_NOT_OCCUR if cell.different else _NOT_MET
                return Comparison("unknown", "undecided", note=note)
        return self._agreed(sample, chosen, readings)

    def _different(self, proof: Proof) -> Comparison:
        """They are not the same function, and yet no point tried so far showed it."""
        known = [dict.fromkeys(self._program.names, Fraction(1)) | dict(point) for point in proof.points]
        if witness := find_witness(self._program, self._domains, known) or deep_witness(self._program, known):
            return Comparison("unequal", "witness", witness)
        kinds = {datum if op == "fn" else op for op, _, datum in self._program.code}
        if kinds <= _RATIONAL:
            note = "they differ as rational functions, in numbers too large or too close together to write down"
            return Comparison("unequal", "exact", note=note)
        note = "they agree at all points tried, yet seem to be different functions"
        return Comparison("unknown", "undecided", note=note)

    def _agreed(self, sample: Sample, chosen: list[int], readings: list[Reading]) -> Comparison:
        if self._complex:
            return Comparison("unknown", "undecided", note="equal for real numbers, not proved for complex ones")
        enough = MIN_POINTS if self._program.names else 1
        if len(readings) < enough:
            return Comparison("unknown", "undecided", note="too few points where both are defined")
        if unseen_sides(self._program, self._domains, sample, readings):
            return Comparison("unknown", "undecided", note=_NOT_MET)
        digits = min(reading.digits for reading in readings)
        patterns = len({sample.pattern(at) for at in chosen})
        note = f"{patterns} cases covered" if patterns > 1 else ""
        return Comparison("equal", "numeric", points=len(readings), digits=digits, note=note)
