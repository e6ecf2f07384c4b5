"""``gradient``: the first derivatives of a scalar in listed names."""

from __future__ import annotations

from examgrad.exam.model import Answer, Exam, Part
from examgrad.kinds.base import Derive, Key, Outcome
from examgrad.kinds.derived import OfOne, about_arrays, derived_key, gradient_is_row, of_and_wrt
from examgrad.kinds.grid_marks import check_grid
from examgrad.kinds.judging import Asked


class Gradient(OfOne):
    """The key is derived; the answer is a list, a mapping by name, or a vector in any notation.

    A column by default, a row where the class's ``conventions.gradient`` says so, or the part's ``layout: numerator``
    (``denominator`` for a column); a plain list is either.
    """

    name = "gradient"

    def key(self, part: Part, exam: Exam, derive: Derive) -> Key:
        """One derivative a name."""
        of, wrt = of_and_wrt(part)
        if about_arrays(part.given, of, *wrt):
            from examgrad.kinds.matrix_answers import matrix_key

            return matrix_key(
                self.name, part, derive("gradient", part.given, (of,), wrt), of, wrt, turned=gradient_is_row(part, exam)
            )
        return derived_key(self.name, part, derive("gradient", part.given, (of,), wrt))

    def check(self, part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
        """Decide the answer entry by entry."""
        of, wrt = of_and_wrt(part)
        if about_arrays(part.given, of, *wrt):
            from examgrad.kinds.matrix_answers import check_matrix

            return check_matrix(part, exam, answer, key, wrt)
        row = gradient_is_row(part, exam) and len(wrt) > 1
        shape = (1, len(wrt)) if row else (len(wrt), None)
        return check_grid(part, answer, key, shape, wrt, [Asked(of, (name,)) for name in wrt])
