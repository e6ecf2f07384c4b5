"""``derivative``: a partial derivative of any order, mixed where ``wrt`` is a list."""

from __future__ import annotations

from examgrad.exam.model import Answer, Exam, Part
from examgrad.kinds.base import Derive, Key, Outcome
from examgrad.kinds.derived import OfOne, about_arrays, derived_key, of_and_wrt
from examgrad.kinds.grid_marks import check_grid
from examgrad.kinds.judging import Asked


class Derivative(OfOne):
    """The key is derived; the answer is one formula."""

    name = "derivative"

    def key(self, part: Part, exam: Exam, derive: Derive) -> Key:
        """The derivative in the names in ``wrt``, one after the other."""
        of, wrt = of_and_wrt(part)
        derived = derive("derivative", part.given, (of,), wrt)
        if about_arrays(part.given, of, *wrt):
            from examgrad.kinds.matrix_answers import matrix_key

            return matrix_key(self.name, part, derived, of, wrt[:1])
        return derived_key(self.name, part, derived)

    def check(self, part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
        """Decide the answer against the key; naming the derivative again is no answer."""
        of, wrt = of_and_wrt(part)
        if about_arrays(part.given, of, *wrt):
            from examgrad.kinds.matrix_answers import check_matrix

            return check_matrix(part, exam, answer, key, wrt[:1])
        return check_grid(part, answer, key, (1, None), wrt if len(wrt) == 1 else (), [Asked(of, wrt)])
