"""What a part may ask of an answer beyond being equal to the key: a form, or being equal up to a constant only."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from examgrad.equality import Comparison
from examgrad.equality.forms import FormUnknown, described, in_form
from examgrad.exam.fields import Tolerance
from examgrad.exam.model import Part
from examgrad.formula.tree import Apply, Node
from examgrad.kinds.base import Diagnosis, Evidence
from examgrad.kinds.integration import compare_up_to_constant, constant_reason
from examgrad.kinds.near import Near, near_formula
from examgrad.kinds.scope import Scope

_OUTSIDE: Final = frozenset({"equation", "set"})
"""Statements whose parts are looked at one by one."""


class Remark(NamedTuple):
    """An answer that is equal to the key and yet not all that was asked for; ``sure`` unless a person must look."""

    reason: str
    sure: bool

    @property
    def diagnosis(self) -> Diagnosis:
        """The remark as a diagnosis."""
        return Diagnosis("not-in-form" if self.sure else "form-unknown", self.reason)


class Criteria(NamedTuple):
    """How an answer is held against its key.

    ``form`` is the form asked for; ``integrated`` are the variables on which the difference to the key may not
    depend, where it may be a constant; ``credit`` the share that is earned by what is not in the form. Where
    ``rounding``, a number may be the key properly rounded, or within ``tolerance``.
    """

    form: str | None = None
    integrated: tuple[str, ...] = ()
    credit: Fraction = Fraction(1, 2)
    rounding: bool = False
    tolerance: Tolerance | None = None

    @classmethod
    def of(cls, part: Part, integrated: Sequence[str] = (), *, rounding: bool = False) -> Criteria:
        """What a part asks for."""
        tolerance = getattr(part.fields, "tolerance", None)
        return cls(getattr(part.fields, "form", None), tuple(integrated), part.credit.form, rounding, tolerance)

    def compare(self, scope: Scope, answer: Node, key: Node, *, witness: bool = True) -> Comparison:
        """Whether the answer is the key, or differs from it by a constant where it may."""
        if self.integrated:
            return compare_up_to_constant(scope, answer, key, self.integrated, witness=witness)
        return scope.decide(answer, key, witness=witness)

    def near(self, tree: Node, scope: Scope, key: Node) -> Near | None:
        """A number that is not the key and yet counts as it; ``None`` where it does not."""
        return near_formula(tree, scope, key, self.tolerance) if self.rounding else None

    def remark_on_near(self, near: Near) -> Remark | None:
        """What is to be said of a rounded number where the exact one was asked for in a form."""
        if self.tolerance is not None or self.form in (None, "number"):
            return None
        return Remark(f"{near.reason[:-1]}, but a rounded number is not {described(self.form)}.", True)

    def difference(self, evidence: Evidence) -> str:
        """The reason for a wrong answer where "your answer gives, the right one" would say too little; else empty."""
        return constant_reason(evidence, self.integrated) if self.integrated else ""

    def share(self, right: int, equal: int, wanted: int, by_entry: bool) -> Fraction:
        """What is earned by so many right entries, and so many that are equal but not in the form.

        Where entries do not count by themselves, an answer is right as a whole, or in its form, or neither.
        """
        if by_entry:
            return (right + equal * self.credit) / wanted
        if right + equal < wanted:
            return Fraction(0)
        return self.credit if equal else Fraction(1)

    def remark(self, tree: Node, scope: Scope) -> Remark | None:
        """What is to be said of the form of an answer that is equal to the key; ``None`` where it is as asked."""
        if self.form is None:
            return None
        try:
            for part in _parts(scope.without_own(tree)):
                if reason := in_form(part, self.form):
                    return Remark(f"Equal to the key, but not {described(self.form)}: {reason}.", True)
        except FormUnknown:
            reason = f"Equal to the key; whether it is {described(self.form)} could not be told, a person looks at it."
            return Remark(reason, False)
        return None


def _parts(node: Node) -> tuple[Node, ...]:
    """The formulas of a statement: the sides of an equation, the elements of a set; a formula itself."""
    return node.args if isinstance(node, Apply) and node.op in _OUTSIDE else (node,)


PLAIN: Final = Criteria()
"""Equal to the key, in any form."""
