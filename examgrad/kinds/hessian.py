"""``hessian``: the second derivatives of a scalar in listed names."""

from __future__ import annotations

from examgrad.errors import Diagnostic
from examgrad.exam.model import Answer, Exam, Part
from examgrad.kinds.base import Derive, Key, Kind, Outcome
from examgrad.kinds.derived import (
    DerivedFields,
    about_arrays,
    canonical,
    canonicals,
    check_grid,
    derivative_problems,
    derived_key,
    one_of,
)
from examgrad.kinds.judging import Asked


class Hessian(Kind):
    """The key is derived; the answer is a square matrix in any notation."""

    name = "hessian"
    fields = DerivedFields

    def problems(self, part: Part, exam: Exam) -> list[Diagnostic]:
        """Unknown names, and names in ``wrt`` that nothing depends on."""
        return one_of(part) or derivative_problems(part, part.given)

    def key(self, part: Part, exam: Exam, derive: Derive) -> Key:
        """All second derivatives, row by row."""
        of, wrt = canonical(part.fields.of[0], part.given), canonicals(part.fields.wrt, part.given)
        if about_arrays(part.given, of, *wrt):
            from examgrad.kinds.matrix_answers import matrix_key

            return matrix_key(self.name, part, derive("hessian", part.given, (of,), wrt), of, wrt)
        return derived_key(self.name, part, derive("hessian", part.given, (of,), wrt))

    def check(self, part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
        """Decide the answer entry by entry."""
        of, wrt = canonical(part.fields.of[0], part.given), canonicals(part.fields.wrt, part.given)
        if about_arrays(part.given, of, *wrt):
            from examgrad.kinds.matrix_answers import check_matrix

            return check_matrix(part, exam, answer, key, wrt)
        pairs = [Asked(of, (row, column)) for row in wrt for column in wrt]
        return check_grid(part, answer, key, (len(wrt), len(wrt)), (), pairs)
