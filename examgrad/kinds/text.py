"""``text``: prose, marked by a rubric and, by default, by a person."""

from __future__ import annotations

from fractions import Fraction

from examgrad.errors import Diagnostic
from examgrad.exam.fields import Fields, RubricPoint
from examgrad.exam.model import Answer, Exam, Part
from examgrad.kinds.base import Derive, Key, Kind, Outcome
from examgrad.kinds.reading import location_of, text_of
from examgrad.kinds.rubric import Review, judge_text, pattern_trouble


class TextFields(Fields):
    """The fields of a prose part."""

    rubric: list[RubricPoint]
    review: Review = "always"


class Prose(Kind):
    """The rubric suggests points; ``review`` says who has the last word."""

    name = "text"
    fields = TextFields

    def problems(self, part: Part, exam: Exam) -> list[Diagnostic]:
        """Regular expressions that cannot be compiled."""
        found = []
        for phrase in (phrase for point in part.fields.rubric for phrase in point.any):
            if len(phrase) > 2 and phrase[0] == phrase[-1] == "/" and (trouble := pattern_trouble(phrase[1:-1])):
                message = f"{phrase} is no regular expression: {trouble}"
                found.append(Diagnostic("bad-pattern", message, "author", location_of(phrase)))
        return found

    def key(self, part: Part, exam: Exam, derive: Derive) -> Key:
        """What the rubric says, in its order."""
        return Key(part.name, self.name, "; ".join(point.say for point in part.fields.rubric))

    def check(self, part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
        """Suggest the rubric's points."""
        text = text_of(answer)
        if not text.strip():
            return Outcome("unanswered", Fraction(0), "There is no answer.")
        return judge_text(text, part.fields.rubric, part.fields.review, part.points)
