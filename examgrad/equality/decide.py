"""Is this formula equal to that one? The ladder, from the cheapest rung to the surest.

Identical trees; refutation in doubles at a few points, confirmed by balls; proof; many points in high precision.
What differs is shown at a point with small numbers, what is equal is proved or says how it was compared, and
what cannot be told is ``unknown``, never a guess.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Final, Literal, NamedTuple

from examgrad.equality.compiler import compile_formulas
from examgrad.equality.emitter import UnsupportedFormula
from examgrad.equality.evaluate import spread
from examgrad.equality.evidence import Reading, compare_at
from examgrad.equality.gates import thorough, unseen_sides
from examgrad.equality.points import Places, Sample, exact, quick
from examgrad.equality.program import Program, on_domains
from examgrad.equality.proof import Proof, prove, same_constant
from examgrad.equality.rationals import evaluate_fractions
from examgrad.equality.witness import Witness, differ, find_witness
from examgrad.formula.names import REAL, Domain
from examgrad.formula.tree import Apply, Constant, Node, is_number

Verdict = Literal["equal", "unequal", "unknown"]
Method = Literal["identical", "exact", "numeric", "witness", "undecided"]

MIN_POINTS: Final = 3
MIN_DIGITS: Final = 30
NUMERIC_POINTS: Final = 16
DEEP_POINTS: Final = 3
DEEP_PRECISION: Final = 2048
LONG: Final = 100
CONFIRMATIONS: Final = 4
VANISHING_POINTS: Final = 3
WHERE_DEFINED: Final = "equal where both are defined"
PROOF: Final = "proved modulo a 128-bit prime, chance of error below 1e-20"

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
    if _infinite(left) or _infinite(right):
        return Comparison("unknown", "undecided", note="infinity and quotients by zero have no value")
    texts = repr(left), repr(right)
    if texts[0] > texts[1]:
        return _swapped(_decide(right, left, texts[::-1], domains or {}, witness))
    return _decide(left, right, texts, domains or {}, witness)


def _infinite(node: Node) -> bool:
    """Whether a formula names infinity or divides by the number zero."""
    return any(
        (isinstance(item, Constant) and item.name == "inf")
        or (isinstance(item, Apply) and item.op == "div" and is_number(item.args[1], 0))
        for item in node.walk()
    )


def _swapped(result: Comparison) -> Comparison:
    shown = result.witness
    return result._replace(witness=Witness(shown.at, shown.right, shown.left)) if shown else result


def _decide(
    left: Node, right: Node, texts: tuple[str, ...], domains: Mapping[str, Domain], witness: bool
) -> Comparison:
    try:
        program = compile_formulas(left, right)
    except UnsupportedFormula as error:
        return Comparison("unknown", "undecided", note=f"cannot be compared: {error}")
    if program.roots[0] == program.roots[1]:
        if program.code[program.roots[0]][0] == "nan":
            return Comparison("unknown", "undecided", note="nowhere are both defined")
        if program.written_out:
            return Comparison("equal", "exact", note="the same once functions are written out")
        return Comparison("equal", "identical")
    seed = hashlib.blake2b("\n".join(texts).encode(), digest_size=16).digest()
    return _Decision(on_domains(program, domains), seed, domains, witness).result()


def _without_vanishing(sample: Sample) -> Program:
    """The program without those kinks that are everywhere: gates that are zero at all points, as in ``max(x, x)``."""
    program = sample.program
    points = [exact(sample.points[at]) for at in sample.finite()[:VANISHING_POINTS]]
    values = [evaluate_fractions(program, point) for point in points]
    kinks = tuple(slot for slot in program.kinks if not values or any(column[slot] != 0 for column in values))
    return replace(program, kinks=kinks)


class _Decision:
    def __init__(self, program: Program, seed: bytes, domains: Mapping[str, Domain], witness: bool) -> None:
        self._shown = witness
        self._program = program
        self._seed = seed
        self._domains = domains
        self._places = Places(program.names, domains, seed)
        self._complex = any(domains.get(name, REAL).complex for name in program.names)
        self._whole_gates = len(program.kinks) < len(program.gates)

    def result(self) -> Comparison:
        sample = quick(self._program, self._places)
        if self._program.kinks and all(sample.on_kink(at) for at in sample.finite()):
            self._program = sample.program = _without_vanishing(sample)
        differing = self._differing(sample, range(len(sample.points)))
        # where most points agree the others may be rounding: a proof costs less than many digits
        if 2 * len(differing) >= len(sample.finite()) and (refuted := self._refuted(sample, differing)):
            return refuted
        proof = prove(self._program, self._seed, self._domains)
        if proof.status == "equal" and not self._whole_gates and not (self._complex and self._has_branches()):
            return self._proved(proof)
        if not self._program.names and same_constant(self._program):
            return Comparison("equal", "exact", note="the same constant, by a separation bound")
        if proof.status == "never":
            return Comparison("unknown", "undecided", note="nowhere are both defined")
        return self._refuted(sample, differing) or self._numeric(sample, proof)

    def _has_branches(self) -> bool:
        """Whether a function in it has another meaning for complex numbers."""
        return bool(self._program.gates or self._program.positive or self._program.steps) or any(
            op == "fn" and datum not in ("exp", "sin", "cos") for op, _, datum in self._program.code
        )

    def _proved(self, proof: Proof) -> Comparison:
        notes = [WHERE_DEFINED] if proof.partial else []
        if proof.cells > 1:
            notes.append(f"{proof.cells} cases compared")
        notes.append(PROOF)
        return Comparison("equal", "exact", note="; ".join(notes))

    # refutation

    def _differing(self, sample: Sample, places: range) -> list[int]:
        """Those points of a sample where doubles say that the formulas differ, such as may be kinks last."""
        left, right = (sample.values[root] for root in self._program.roots)
        return sorted((at for at in places if differ(left[at], right[at])), key=sample.on_kink)

    def _refuted(self, sample: Sample, differing: list[int]) -> Comparison | None:
        """Unequal, if balls confirm what doubles say at some of the points."""
        for at in differing[:CONFIRMATIONS]:
            point = exact(sample.points[at])
            if compare_at(self._program, point, enough=20).outcome == "apart":
                return self._unequal([point])
        return None

    def _unequal(self, points: list[dict[str, Fraction]]) -> Comparison:
        return Comparison(
            "unequal", "witness", find_witness(self._program, self._domains, points) if self._shown else None
        )

    # agreement at points

    def _numeric(self, sample: Sample, proof: Proof) -> Comparison:
        before = len(sample.points)
        self._program = sample.program = _without_vanishing(sample)
        thorough(self._program, self._places, sample, proof.points)
        refuted = self._refuted(sample, self._differing(sample, range(before, len(sample.points))))
        if refuted:
            return refuted
        readings: list[Reading] = []
        chosen = spread(sample, NUMERIC_POINTS) or list(range(min(NUMERIC_POINTS, len(sample.points))))
        for number, at in enumerate(chosen):
            point = exact(sample.points[at])
            if number < DEEP_POINTS:
                precision = DEEP_PRECISION if len(self._program.code) <= LONG else DEEP_PRECISION // 4
                reading = compare_at(self._program, point, precision, precision)
            else:
                reading = compare_at(self._program, point, 128, 512)
            if reading.outcome == "apart":
                return self._unequal([point])
            if reading.outcome == "together" and reading.digits >= MIN_DIGITS:
                readings.append(reading)
        if proof.status == "different" and proof.certain and self._is_different(proof):
            return self._different(proof)
        if proof.doubtful:
            return Comparison("unknown", "undecided", note="they differ in a case that may not occur")
        return self._agreed(sample, chosen, readings)

    def _is_different(self, proof: Proof) -> bool:
        """Whether formulas of this kind are different if they differ as functions of their generators."""
        return proof.independent and not any(self._domains.get(name, REAL).integer for name in self._program.names)

    def _different(self, proof: Proof) -> Comparison:
        """They are not the same function, and yet no point tried so far showed it."""
        known = [dict.fromkeys(self._program.names, Fraction(1)) | dict(point) for point in proof.points]
        if witness := find_witness(self._program, self._domains, known):
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
        if unseen_sides(self._program, self._domains, sample):
            return Comparison(
                "unknown", "undecided", note="equal where compared, but one side of a condition was not met"
            )
        digits = min(reading.digits for reading in readings)
        patterns = len({sample.pattern(at) for at in chosen})
        note = f"{patterns} cases covered" if patterns > 1 else ""
        return Comparison("equal", "numeric", points=len(readings), digits=digits, note=note)
