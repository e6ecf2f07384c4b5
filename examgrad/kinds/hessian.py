"""``hessian``: the second derivatives of a scalar in listed names."""

from __future__ import annotations

from examgrad.exam.model import Answer, Exam, Part
from examgrad.kinds.base import Derive, Key, Outcome
from examgrad.kinds.derived import OfOne, about_arrays, derived_key, of_and_wrt
from examgrad.kinds.grid_marks import check_grid
from examgrad.kinds.judging import Asked


class Hessian(OfOne):
    """The key is derived; the answer is a square matrix in any notation."""

    name = "hessian"

    def key(self, part: Part, exam: Exam, derive: Derive) -> Key:
        """All second derivatives, row by row."""
        of, wrt = of_and_wrt(part)
        if about_arrays(part.given, of, *wrt):
            from examgrad.kinds.matrix_answers import matrix_key

            return matrix_key(self.name, part, derive("hessian", part.given, (of,), wrt), of, wrt)
        return derived_key(self.name, part, derive("hessian", part.given, (of,), wrt))

    def check(self, part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
        """Decide the answer entry by entry."""
        of, wrt = of_and_wrt(part)
        if about_arrays(part.given, of, *wrt):
            from examgrad.kinds.matrix_answers import check_matrix

            return check_matrix(part, exam, answer, key, wrt)
        pairs = [Asked(of, (row, column)) for row in wrt for column in wrt]
        return check_grid(part, answer, key, (len(wrt), len(wrt)), (), pairs)
