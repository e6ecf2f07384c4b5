"""``jacobian``: the first derivatives of several quantities, a row a quantity."""

from __future__ import annotations

from examgrad.errors import Diagnostic
from examgrad.exam.model import Answer, Exam, Part
from examgrad.kinds.base import Derive, Key, Kind, Outcome
from examgrad.kinds.derived import DerivedFields, about_arrays, canonicals, derivative_problems, derived_key
from examgrad.kinds.grid_marks import check_grid
from examgrad.kinds.judging import Asked


class Jacobian(Kind):
    """The key is derived: row i, column j holds the derivative of the i-th quantity in the j-th name.

    ``layout: denominator`` asks for its transpose.
    """

    name = "jacobian"
    fields = DerivedFields

    def problems(self, part: Part, exam: Exam) -> list[Diagnostic]:
        """Unknown names, and names in ``wrt`` that nothing depends on."""
        return derivative_problems(part, part.given)

    def key(self, part: Part, exam: Exam, derive: Derive) -> Key:
        """All derivatives, row by row."""
        of, wrt = canonicals(part.fields.of, part.given), canonicals(part.fields.wrt, part.given)
        derived = derive("jacobian", part.given, of, wrt)
        if about_arrays(part.given, *of, *wrt):
            from examgrad.kinds.matrix_answers import matrix_key

            return matrix_key(self.name, part, derived, of[0], wrt, turned=self._turned(part))
        return derived_key(self.name, part, derived, turned=self._turned(part))

    def check(self, part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
        """Decide the answer entry by entry."""
        of, wrt = canonicals(part.fields.of, part.given), canonicals(part.fields.wrt, part.given)
        if about_arrays(part.given, *of, *wrt):
            from examgrad.kinds.matrix_answers import check_matrix

            return check_matrix(part, exam, answer, key, wrt)
        pairs = [Asked(upper, (lower,)) for upper in of for lower in wrt]
        shape = (len(of), len(wrt))
        if self._turned(part):
            pairs, shape = [Asked(upper, (lower,)) for lower in wrt for upper in of], (len(wrt), len(of))
        return check_grid(part, answer, key, shape, (), pairs)

    def _turned(self, part: Part) -> bool:
        return bool(part.fields.layout == "denominator")
