"""What all runs and all branches of one proof share, and in which order a program with cases is evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from examgrad.equality.program import Program
from examgrad.equality.proof.atoms import Factored
from examgrad.equality.proof.modular import Field
from examgrad.formula.names import Domain

_RATIONAL: Final = frozenset({"num", "var", "pi", "add", "sub", "mul", "div", "neg", "ipow"})
_CHOOSING: Final = frozenset({"select", "and", "or"})


@dataclass
class Plan:
    """What all runs of one proof share: the prime, how many points there are, the generators' degrees, the domains, the
    signs of those slots that are constants, how many atoms there may be, and the degree of an
    exponential's atom at first."""

    arithmetic: Field
    points: int
    degrees: dict[str, int]
    domains: Mapping[str, Domain]
    constant_signs: Mapping[int, int]
    atoms: int
    program: Program
    exponential_degree: int = 1
    factored: list[tuple[Any, Factored]] = field(default_factory=list)
    _seeds: dict[str, list[int]] = field(default_factory=dict)
    _schedule: Mapping[int, None] | None = None

    def seeds(self, label: str) -> Sequence[int]:
        """What an atom's values at the points depend on."""
        found = self._seeds.get(label)
        if found is None:
            return range(self.points)
        return [*found, *range(len(found), self.points)]

    def resample(self, label: str, places: Iterable[int]) -> None:
        """Give an atom other values at some of the points."""
        seeds = list(self.seeds(label))
        for place in places:
            seeds[place] = max(seeds) + 1
        self._seeds[label] = seeds

    def unconditional(self, slot: int) -> bool:
        """Whether a formula has no value where the slot has none: it is part of no case."""
        return not self.program.gates or slot in self.schedule()

    def schedule(self) -> Mapping[int, None]:
        """The slots that are part of no case, first those that are the same rational functions in all cases."""
        if self._schedule is None:
            self._schedule = self._scheduled()
        return self._schedule

    def _scheduled(self) -> Mapping[int, None]:
        code = self.program.code
        needed = [False] * len(code)
        for root in self.program.roots:
            needed[root] = True
        for slot in range(max(self.program.roots), -1, -1):
            if needed[slot]:
                op, args, _ = code[slot]
                for arg in args[:1] if op in _CHOOSING else args:
                    needed[arg] = True
        same: dict[int, None] = {}
        others: dict[int, None] = {}
        for slot, (op, args, _) in enumerate(code):
            if needed[slot]:
                (others if op not in _RATIONAL or not others.keys().isdisjoint(args) else same)[slot] = None
        return same | others
