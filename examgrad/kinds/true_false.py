"""``true_false``: is the statement true?"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from examgrad.exam.fields import Fields, Reason, Truth
from examgrad.exam.model import Answer, Exam, Part
from examgrad.formula.latex import clean
from examgrad.kinds.base import Derive, Evidence, Key, Kind, Outcome
from examgrad.kinds.reading import text_of, unreadable
from examgrad.kinds.rubric import with_reason

_TRUE: Final = frozenset({"true", "t", "yes", "y", "right", "correct", "✓", "✔"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "wrong", "incorrect", "✗", "✘", "x"})


class TrueFalseFields(Fields):
    """The fields of a true-or-false part."""

    key: Truth
    reason: Reason | None = None


class TrueFalse(Kind):
    """The key is stated; ``True``, ``T``, ``yes``, ``✓`` and their opposites are read, in any case."""

    name = "true_false"
    fields = TrueFalseFields

    def key(self, part: Part, exam: Exam, derive: Derive) -> Key:
        """``True`` or ``False``."""
        return Key(part.name, self.name, str(part.fields.key))

    def check(self, part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
        """Compare with the stated key."""
        given = read_truth(text_of(answer))
        right = given == part.fields.key
        outcome = Outcome(
            "correct" if right else "incorrect",
            Fraction(int(right)),
            "Right." if right else f"The statement is {str(part.fields.key).lower()}.",
            Evidence("stated"),
            str(given),
        )
        return with_reason(outcome, part.fields.reason, part, answer)


def read_truth(text: str) -> bool:
    """A written truth value; raises ``Unreadable``."""
    word = clean(text.strip().strip("$")).strip(" .,;!()").lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise unreadable(text, f"'{text.strip()}' is neither true nor false", help="write True or False")
