"""Prose against a rubric: what has evidence in the words, as a suggestion for the person who decides."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from typing import Final, Literal

from examgrad.exam.fields import Reason, RubricPoint
from examgrad.exam.model import Answer, Part
from examgrad.kinds.base import Award, Outcome

Review = Literal["always", "never", "unsure"]

MAX_CHARACTERS: Final = 50_000
_PATTERN_SECONDS: Final = 1.0
_UNBOUNDED = re.compile(r"[*+]|\{\d*,\d*\}|\\\d")
_PUNCTUATION = re.compile(r"[\s\-‐-―−_/]+")
_QUOTES: Final = str.maketrans("’‘“”", "''\"\"")


def awards(text: str, rubric: Sequence[RubricPoint]) -> tuple[Award, ...]:
    """What of the rubric a text has evidence for: any of a point's phrases, or of its /regular expressions/."""
    words = _folded(text[:MAX_CHARACTERS])
    return tuple(
        Award(point.say, point.points if _found(words, text, point) else Fraction(0), point.points) for point in rubric
    )


def _found(words: str, text: str, point: RubricPoint) -> bool:
    return any(
        _matches(phrase[1:-1], text)
        if len(phrase) > 2 and phrase[0] == phrase[-1] == "/"
        else re.search(rf"(?<!\w){re.escape(_folded(phrase))}", words) is not None
        for phrase in point.any
    )


def _folded(text: str) -> str:
    """Text with case, accents of spacing, hyphens and line breaks evened out."""
    text = unicodedata.normalize("NFC", text).translate(_QUOTES).casefold()
    return _PUNCTUATION.sub(" ", text).strip()


def pattern_trouble(pattern: str) -> str:
    """What is wrong with an author's regular expression, in words; empty if nothing is."""
    try:
        re.compile(pattern, re.IGNORECASE | re.DOTALL)
    except (re.error, RecursionError, OverflowError) as error:
        return str(error)
    return ""


def _matches(pattern: str, text: str) -> bool:
    """Whether a pattern is found; case does not count, ``.`` spans lines.

    A pattern that repeats without bound more than once may take for ever on some text: it runs against the clock,
    and if it takes too long it is not found, and a person decides anyway.
    """
    text = text[:MAX_CHARACTERS]
    if len(_UNBOUNDED.findall(pattern)) <= 1:
        return re.search(pattern, text, re.IGNORECASE | re.DOTALL) is not None
    import regex

    try:
        flags = regex.IGNORECASE | regex.DOTALL | regex.VERSION0
        return regex.search(pattern, text, flags, timeout=_PATTERN_SECONDS) is not None
    except (TimeoutError, regex.error):
        return False


def judge_text(text: str, rubric: Sequence[RubricPoint], review: Review, possible: Fraction) -> Outcome:
    """The outcome of a prose answer: the rubric's points, and whether a person has the last word."""
    found = awards(text, rubric)
    total = sum((point.points for point in rubric), Fraction(0))
    earned = sum((award.points for award in found), Fraction(0))
    share = min(Fraction(1), earned / total) if total else Fraction(0)
    sure = bool(total) and share in (0, 1) and bool(text.strip())
    waits = review == "always" or not rubric or (review == "unsure" and not (sure and share == 1))
    missing = [award.reason for award in found if not award.points]
    reason = _reason(missing, len(found))
    if waits:
        reason += " A person has the last word."
    verdict: Literal["review", "correct", "partial", "incorrect"] = (
        "review" if waits else "correct" if share == 1 else "partial" if share else "incorrect"
    )
    return Outcome(verdict, share, reason.strip(), answer=" ".join(text.split()), awarded=found)


def _reason(missing: Sequence[str], count: int) -> str:
    if not count:
        return "There is no rubric for this part."
    if not missing:
        return "Every point of the rubric has evidence in the answer."
    return f"No evidence was found for: {'; '.join(missing)}."


def with_reason(outcome: Outcome, reason: Reason | None, part: Part, answer: Answer) -> Outcome:
    """The outcome of a choice that also asked for a reason: the rubric's points are part of the part's points."""
    if reason is None or not part.points:
        return outcome
    share = min(Fraction(1), sum((point.points for point in reason.rubric), Fraction(0)) / part.points)
    prose = judge_text(answer.reason or "", reason.rubric, reason.review, part.points)
    both = outcome.share * (1 - share) + prose.share * share
    awarded = (Award("answer", outcome.share * (1 - share) * part.points, (1 - share) * part.points), *prose.awarded)
    verdict = outcome.verdict
    if prose.verdict == "review":
        verdict = "review"
    elif outcome.verdict != prose.verdict:
        verdict = "partial"
    return outcome._replace(verdict=verdict, share=both, awarded=awarded, reason=f"{outcome.reason} {prose.reason}")
