"""What was earned and why: the results of a check, named as in ``check --format json``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from examgrad.errors import Diagnostic
from examgrad.kinds.base import Award, Cell, Diagnosis, Evidence, Line, Verdict


class PartResult(NamedTuple):
    """One part of one submission. ``points`` of ``possible`` were earned, exactly.

    ``answer`` and ``key`` are plain text, ``answer_unicode`` and ``key_unicode`` the same for the terminal; ``span``
    are the first and the last line of the answer in its file, ``None`` where there is no answer.
    """

    part: str
    kind: str
    verdict: Verdict
    points: Fraction
    possible: Fraction
    answer: str
    key: str
    reason: str
    evidence: Evidence | None = None
    diagnoses: tuple[Diagnosis, ...] = ()
    lines: tuple[Line, ...] = ()
    cells: tuple[Cell, ...] = ()
    awarded: tuple[Award, ...] = ()
    answer_unicode: str = ""
    key_unicode: str = ""
    span: tuple[int, int] | None = None


@dataclass(frozen=True)
class Result:
    """One submission, checked. ``result["3a"]`` is the part 3a.

    ``diagnostics`` is what is to be said of the submission as a whole (warnings: errors stop the check).
    """

    student: str
    source: str
    parts: tuple[PartResult, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    def __getitem__(self, part: str) -> PartResult:
        for result in self.parts:
            if result.part == part:
                return result
        raise KeyError(part)

    def __contains__(self, part: object) -> bool:
        return any(result.part == part for result in self.parts)

    def __len__(self) -> int:
        return len(self.parts)

    def __iter__(self) -> Iterator[PartResult]:
        return iter(self.parts)

    @property
    def points(self) -> Fraction:
        """What was earned; a part that waits for a person counts with the points suggested for it."""
        return sum((part.points for part in self.parts), Fraction(0))

    @property
    def sure_points(self) -> Fraction:
        """What was earned without the suggestions for parts that wait for a person."""
        return sum((part.points for part in self.parts if part.verdict != "review"), Fraction(0))

    @property
    def possible(self) -> Fraction:
        """What could be earned."""
        return sum((part.possible for part in self.parts), Fraction(0))

    @property
    def waiting(self) -> tuple[str, ...]:
        """The names of the parts that a person must decide."""
        return tuple(part.part for part in self.parts if part.verdict == "review")

    def verdicts(self) -> dict[str, int]:
        """How many parts have each verdict."""
        return dict(Counter(part.verdict for part in self.parts))


class Report(NamedTuple):
    """All submissions to one exam, checked, and what produced the marks."""

    title: str
    possible: Fraction
    submissions: tuple[Result, ...]
    provenance: Mapping[str, str]
    """``version`` of examgrad, the ``exam``'s content hash, the ``seed`` of the points."""

    def verdicts(self) -> dict[str, int]:
        """How many parts have each verdict, over all submissions."""
        return dict(Counter(part.verdict for result in self.submissions for part in result.parts))
