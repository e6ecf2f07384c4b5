"""Proofs that two formulas are equal: sign pattern by sign pattern, as functions of generators.

A proof is arithmetic modulo a random prime of 128 bits at random points (:mod:`examgrad.equality.proof.branch`). For
two formulas that are not the same function of the generators, the chance to be taken for it is at most their
degree over the prime (Schwartz and Zippel), plus the chance that the prime divides the difference's coefficients;
both are bounded from the formulas before anything is called proved.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from fractions import Fraction
from typing import Any, Final, Literal, NamedTuple

from examgrad.equality.balls import evaluate_balls
from examgrad.equality.program import Program
from examgrad.equality.proof.atoms import TooLarge
from examgrad.equality.proof.bounds import bound_tested, chance_of_error
from examgrad.equality.proof.branch import Branch
from examgrad.equality.proof.modular import Field
from examgrad.equality.proof.plan import Plan
from examgrad.equality.proof.regions import found_point, is_empty, meets, region
from examgrad.equality.proof.state import (
    Answers,
    BadPoints,
    BadPrime,
    NeedSign,
    NotProvable,
    Rescale,
    TooFewPoints,
    Undefined,
)
from examgrad.formula.names import Domain

MAX_RUNS: Final = 300
MAX_CELLS: Final = 80
MAX_TURNS: Final = 1_500
MAX_WORK: Final = 900
"""A proof is given up after so much work with cases; a unit takes about 1/40 of a millisecond, or more with roots."""
MAX_SEARCHES: Final = 4
MAX_ROOT: Final = 10**7
MAX_POINTS: Final = 28
MAX_INSTRUCTIONS: Final = 12_000
CERTAINTY: Final = 1e-20
"""A proof is given up where it could be wrong with a greater chance than this."""


class Cell(NamedTuple):
    """A sign pattern that may occur, and in which the formulas are not proved equal.

    ``signs`` are those of the gates that it is told by; ``different`` says that they are different functions there, of
    generators that no relation is known of.
    """

    signs: Mapping[int, int]
    different: bool = False


class Proof(NamedTuple):
    """What came of trying: ``equal`` is proved; ``different`` as functions of generators that may be dependent;
    ``never`` both defined; ``open`` is beyond what is proved here (``why``).

    ``partial`` tells that one formula is undefined in a part where the other is not, ``cells`` in how many sign
    patterns they were compared, and ``points`` are some where they may differ. ``certain`` tells that they differ
    in a pattern that does occur, as functions of generators that no relation is known of. ``unproved`` are the
    patterns that are yet to be met.
    """

    status: Literal["equal", "different", "never", "open"]
    why: str = ""
    cells: int = 0
    partial: bool = False
    certain: bool = False
    points: tuple[Mapping[str, Fraction], ...] = ()
    unproved: tuple[Cell, ...] = ()


def prove(program: Program, seed: bytes, domains: Mapping[str, Domain]) -> Proof:
    """Try to prove the program's two roots equal on the domains."""
    if len(program.code) > MAX_INSTRUCTIONS:
        return Proof("open", "a formula too long to be proved")
    if program.gates and program.steps:
        return Proof("open", "a step function beside a condition")  # it may be zero on an interval
    try:
        return _Prover(program, seed, domains).run()
    except (NotProvable, TooLarge) as error:
        return Proof("open", str(error) or "polynomials too large")
    except ZeroDivisionError:  # a denominator that vanishes at a random point: as good as impossible
        return Proof("open", "an unlucky prime")
    except OverflowError:  # exponents and degrees that no machine number holds
        return Proof("open", "numbers too large")


class _Prover:
    def __init__(self, program: Program, seed: bytes, domains: Mapping[str, Domain]) -> None:
        self._program = program
        self._seed = seed
        self._primes = 0
        self._runs = 0
        self._work = 0
        self._domains = domains
        exponents = angles = atoms = 0
        factored, rational = bool(program.gates), True
        for op, _, datum in program.code:
            rational = rational and op not in ("fn", "pow", "rpow")
            if op == "fn":
                exponents += datum in ("exp", "log")
                factored = factored or datum == "log"
                angles += datum in ("sin", "cos")
                atoms += 1
            elif op in ("pow", "rpow", "pi", "num"):
                exponents += op == "pow"
                factored = factored or op in ("pow", "rpow")
                atoms += 1
        self._points = max(min(exponents, len(program.names), 3) + 1 if exponents else 1, angles + 3 if angles else 1)
        self._enough = min(max(exponents, angles) + 3, MAX_POINTS)
        self._points = min(self._points, MAX_POINTS)
        if angles * self._points > MAX_TURNS:
            raise NotProvable("too many angles")
        signs = _constant_signs(program) if program.gates else {}
        self._plan = Plan(
            Field(seed), self._points, {}, domains, signs,
            len(program.names) + (1 if rational else 2 + atoms), program,
            # tanh and cosh of one argument: half of what the one is made of; but 1 + e^u is quicker to factor
            2 if exponents > 1 and not factored else 1,
        )  # fmt: skip

    def run(self) -> Proof:
        while True:
            try:
                return self._all_cells()
            except Rescale as change:
                degree = math.lcm(change.degree, self._plan.degrees.get(change.label, 1))
                if degree > MAX_ROOT:
                    raise NotProvable("roots of unusual degrees") from None
                self._plan.degrees[change.label] = degree
            except TooFewPoints:
                if self._points >= MAX_POINTS:
                    raise NotProvable("too many independent exponents") from None
                self._points = self._enough
                self._plan.points = self._points
            except BadPrime:
                self._next_prime()
            self._count()

    def _next_prime(self) -> None:
        self._primes += 1
        self._plan.arithmetic = Field(self._seed, self._primes)

    def _count(self) -> None:
        self._runs += 1
        if self._runs > MAX_RUNS:
            raise NotProvable("too many cases")
        self._spend(len(self._program.code) // 6 if self._program.gates else 0)

    def _spend(self, work: int) -> None:
        self._work += work
        if self._work > MAX_WORK:
            raise NotProvable("too many cases")

    def _all_cells(self) -> Proof:
        pending = [Branch(self._program, self._plan, {})]
        restarted: list[Answers] = []
        cells, partial, different, certain, why = 0, False, False, False, ""
        unproved: list[Cell] = []
        points: list[Mapping[str, Fraction]] = []
        searches = 0
        while pending:
            branch = pending.pop()
            self._count()
            try:
                left, right = self._values(branch)
            except NeedSign as need:
                if len(branch.answers) > 24 or len(pending) > MAX_CELLS:
                    raise NotProvable("too many cases") from None
                bound_tested(self._program, branch)
                earlier = branch.constraints
                branches = [branch.copy() for _ in need.signs[1:]] + [branch]
                halves = [
                    half
                    for part, sign in zip(branches, need.signs, strict=True)
                    if (half := self._half(part, need, sign, restarted))
                ]
                if earlier and meets(branch.ring, need.factor, earlier):
                    self._spend(sum(_work_with(factor.polynomial) for factor, _ in earlier))
                    halves = [half for half in halves if not half.constraints or not is_empty(half, self._domains)]
                pending += halves
                continue
            except Undefined:
                partial = True
                continue
            except BadPoints as bad:
                self._plan.resample(bad.labels[self._runs % len(bad.labels)], bad.points)
                pending.append(Branch(self._program, self._plan, branch.answers))
                continue
            except (NotProvable, TooLarge) as error:
                if not branch.answers:
                    raise
                why = str(error) or "polynomials too large"
                unproved.append(Cell(branch.gate_signs()))
                continue
            if left is None or right is None:
                partial = partial or left is not right
            elif left == right:
                if self._program.gates and branch.may_hide_zeros():
                    why = "a condition on functions that may depend on each other"
                    unproved.append(Cell(branch.gate_signs()))
                    continue
                self._check_error(branch)
                cells += 1
                partial = partial or self._needs_differ(branch)
            elif (inside := region(branch, self._domains)) is not False:
                different = True
                free = branch.are_independent()
                searches += not isinstance(inside, dict)
                point = inside if isinstance(inside, dict) else None
                if point is None and searches <= MAX_SEARCHES:
                    point = found_point(branch, self._domains)
                unproved.append(Cell(branch.gate_signs(), free))
                points += [point] if point is not None else []
                certain = free and point is not None and not self._program.whole
                if certain:
                    break  # no more is needed: here they differ
        if different:
            return Proof(
                "different", cells=cells, partial=partial, certain=certain,
                points=tuple(points[-8:]), unproved=tuple(unproved),
            )  # fmt: skip
        if unproved:
            return Proof("open", why, cells=cells, partial=partial, unproved=tuple(unproved))
        return Proof("equal" if cells else "never", cells=cells, partial=partial)

    def _half(self, half: Branch, need: NeedSign, sign: int, restarted: list[Answers]) -> Branch | None:
        """The branch with one more sign known, or begun anew where that makes another generator of a symbol."""
        half.answer(need, sign)
        if sign < 0 or not need.name or self._plan.degrees.get("symbol " + need.name, 1) == 1:
            return half
        # its root is to be the generator; the polynomials asked of so far were in the symbol itself
        answers = {"symbol " + name: (known, name) for known, name in half.answers.values() if name}
        if answers in restarted:
            return None
        restarted.append(answers)
        return Branch(self._program, self._plan, answers)

    def _values(self, branch: Branch) -> list[Any]:
        """The values of both formulas, ``None`` for one that has none in this branch."""
        if self._program.gates:
            with suppress(Undefined):
                branch.evaluate_common()
        else:
            branch.evaluate_all()
        values = []
        for root in self._program.roots:
            try:
                values.append(branch.value(root))
            except Undefined:
                values.append(None)
        return values

    def _needs_differ(self, branch: Branch) -> bool:
        """Whether one formula has a value only where something is positive that the other does not need."""
        if not any(branch.required.values()):
            return False
        needs: list[int] = []
        bits: dict[tuple[str, int], int] = {}
        for _, args, _ in self._program.code:
            need = 0
            for arg in args:
                need |= needs[arg]
                for requirement in branch.required.get(arg, ()):
                    need |= bits.setdefault(requirement, 1 << len(bits))
            needs.append(need)
        left, right = (needs[root] for root in self._program.roots)
        return left != right

    def _check_error(self, branch: Branch) -> None:
        points, prime = chance_of_error(self._program, branch)
        if points + prime > CERTAINTY:
            raise NotProvable("powers too high for the prime")
        if prime and not self._primes:
            raise BadPrime  # the prime that all formulas share is not enough


def _work_with(polynomial: Any) -> int:
    """What one of a branch's constraints costs: long ones have many monomials to be eliminated."""
    terms = len(polynomial)
    return terms * (16 + terms) // 16


def _constant_signs(program: Program) -> dict[int, int]:
    """The signs of the gates that no variable is part of; 0 where balls do not tell them."""
    varying: set[int] = set()
    for slot, (op, args, _) in enumerate(program.code):
        if op == "var" or not varying.isdisjoint(args):
            varying.add(slot)
    slots = [slot for slot in program.gates if slot not in varying]
    if not slots:
        return {}
    only = [("nan", (), None) if slot in varying else item for slot, item in enumerate(program.code)]
    balls = evaluate_balls(program._replace(code=only), {}, 256)
    return {slot: int(balls[slot] > 0) - int(balls[slot] < 0) for slot in slots if balls[slot] is not None}
