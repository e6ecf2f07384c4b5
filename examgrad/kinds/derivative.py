"""``derivative``: a partial derivative of any order, mixed where ``wrt`` is a list."""

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


class Derivative(Kind):
    """The key is derived; the answer is one formula."""

    name = "derivative"
    fields = DerivedFields

    def problems(self, part: Part, exam: Exam) -> list[Diagnostic]:
        """Unknown names, and a ``wrt`` that nothing depends on."""
        return one_of(part) or derivative_problems(part, part.given)

    def key(self, part: Part, exam: Exam, derive: Derive) -> Key:
        """The derivative in the names in ``wrt``, one after the other."""
        of, wrt = canonical(part.fields.of[0], part.given), canonicals(part.fields.wrt, part.given)
        derived = derive("derivative", part.given, (of,), wrt)
        if about_arrays(part.given, of, *wrt):
            from examgrad.kinds.matrix_answers import matrix_key

            return matrix_key(self.name, part, derived, of, wrt[:1])
        return derived_key(self.name, part, derived)

    def check(self, part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
        """Decide the answer against the key; naming the derivative again is no answer."""
        of, wrt = canonical(part.fields.of[0], part.given), canonicals(part.fields.wrt, part.given)
        if about_arrays(part.given, of, *wrt):
            from examgrad.kinds.matrix_answers import check_matrix

            return check_matrix(part, exam, answer, key, wrt[:1])
        return check_grid(part, answer, key, (1, None), wrt if len(wrt) == 1 else (), [Asked(of, wrt)])
