"""``expression``: any formula, against a stated key."""

from __future__ import annotations

from examgrad.errors import Diagnostic, MathSyntaxError
from examgrad.exam.fields import Fields, Formula
from examgrad.exam.model import Answer, Exam, Part
from examgrad.formula.statements import read_statements
from examgrad.formula.tree import Apply, Node
from examgrad.kinds.base import Derive, Key, Kind, Outcome, formula_key
from examgrad.kinds.derived import check_grid, key_syntax_problem
from examgrad.kinds.scope import Scope


class ExpressionFields(Fields):
    """The fields of an expression."""

    key: Formula


class Expression(Kind):
    """The key is stated; the answer is equal to it in any form."""

    name = "expression"
    fields = ExpressionFields

    def problems(self, part: Part, exam: Exam) -> list[Diagnostic]:
        """A key that cannot be read."""
        problem = key_syntax_problem(part.fields.key, part.given)
        return [problem] if problem else []

    def key(self, part: Part, exam: Exam, derive: Derive) -> Key:
        """The stated key."""
        return formula_key(self.name, part.name, stated(part))

    def check(self, part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
        """Decide the answer against the key, entry by entry where it is an array."""
        tree = key.tree
        assert tree is not None
        shape: tuple[int, int | None] = (1, None)
        if isinstance(tree, Apply) and tree.op == "array":
            matrix = isinstance(tree.args[0], Apply) and tree.args[0].op == "array"
            shape = (len(tree.args), len(tree.args[0].args) if matrix else None)
        return check_grid(part, answer, key, shape, (), [None] * (shape[0] * (shape[1] or 1)))


def stated(part: Part) -> Node:
    """The stated key's formula: of an equation ``y = …`` the last side; raises :class:`MathSyntaxError`."""
    statements, own = read_statements(part.fields.key, part.given.names)
    if not statements:
        raise MathSyntaxError("the key is empty", text=part.fields.key, expected="a formula")
    last = statements[-1]
    scope = Scope.of(part.given).with_own({name: node for name, node in own.items() if name != last.label})
    return scope.plain(last.result)
