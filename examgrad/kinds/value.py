"""``value``: a number, or an array of numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from examgrad.calculus.derivation import Verified
from examgrad.calculus.graph import free_names
from examgrad.calculus.sized import place_names
from examgrad.equality.forms import Form
from examgrad.equality.sets import is_set
from examgrad.errors import Diagnostic, MathSyntaxError, SpecError
from examgrad.exam.fields import Array as Numbers
from examgrad.exam.fields import Fields, Formula, Tolerance, Truth
from examgrad.exam.model import Answer, Exam, Part
from examgrad.exam.readers import shape_of
from examgrad.formula.array_values import Array, entries_of
from examgrad.formula.arrays import expand
from examgrad.formula.statements import read_statements
from examgrad.formula.tree import Node, Number, substitute
from examgrad.kinds.base import Derive, Key, Kind, Outcome, formula_key
from examgrad.kinds.derived import (
    author_error,
    key_syntax_problem,
    point_of,
    stated_key_problem,
    tolerance_problems,
    with_value,
)
from examgrad.kinds.numbers import check_numbers
from examgrad.kinds.scope import Scope, is_statement, names_derivatives
from examgrad.kinds.sizes import sizes_at


class ValueFields(Fields):
    """The fields of a part that asks for numbers."""

    of: Formula
    at: dict[str, Numbers] | None = None
    tolerance: Tolerance | None = None
    ordered: Truth = True
    form: Form | None = None
    key: Formula | None = None


class Value(Kind):
    """The key is computed exactly; an answer counts to the part's tolerance."""

    name = "value"
    fields = ValueFields

    def problems(self, part: Part, exam: Exam) -> list[Diagnostic]:
        """A formula that cannot be read, and names without a number."""
        if problem := key_syntax_problem(part.fields.of, part.given):
            return [problem]
        if _is_no_number(_formula(part)):
            message = "of is a set, a condition or an equation: a number or an array of numbers was expected"
            help = "write a list with ordered: false, or kind: expression with the set as its key"
            return [author_error("no-number", message, part.fields.of, help=help)]
        known = {part.given.names.find(name) for name in _numbers(part)}
        found = [
            author_error("unknown-name", f"'{name}' in at is no name of this problem", name)
            for name in _numbers(part)
            if part.given.names.find(name) is None
        ]
        sizes, misfits = sizes_at(part.given, _numbers(part))
        if not found and misfits:
            return misfits
        used = free_names(Scope.of(part.given).graph.expand(_formula(part)))
        missing = sorted(used - {name for name in known if name} - sizes.keys())
        if missing and not found:
            found.append(author_error("no-number", f"at gives no number for {', '.join(missing)}", part.fields.of))
        return found + tolerance_problems(part.fields.tolerance, part.fields.of)

    def key(self, part: Part, exam: Exam, derive: Derive) -> Key:
        """The formula with the numbers put in, and its value."""
        point = point_of(_numbers(part), part.given)
        tree = _at_point(part)
        key = with_value(formula_key(self.name, part.name, tree), tree, part.given, point)
        if problem := stated_key_problem(part.fields.key, tree, part.given):
            raise SpecError([problem])
        return key._replace(tree=tree, verified=Verified("exact arithmetic and balls of 50 digits"))

    def check(self, part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
        """Compare the numbers."""
        return check_numbers(part, answer, key)


def _numbers(part: Part) -> dict[str, Any]:
    return part.fields.at or {}


def _formula(part: Part) -> Node:
    statements, _ = read_statements(part.fields.of, part.given.names)
    return statements[-1].result


def _is_no_number(node: Node) -> bool:
    """Whether a formula is a statement, has one among its entries, or a set anywhere."""
    return any(map(is_statement, entries_of(node))) or any(map(is_set, node.walk()))


def _arrays(part: Part) -> dict[str, tuple[int, ...]]:
    """The sizes of the arrays that ``at`` gives."""
    return {
        part.given.names.find(name) or name: shape
        for name, value in _numbers(part).items()
        if (shape := shape_of(value))
    }


def _at_point(part: Part) -> Node:
    """The formula as one constant formula, or an array of them."""
    given = part.given
    scope = Scope.of(given)
    formula = _formula(part)
    if names_derivatives(formula):
        formula = scope.plain(formula)
    node = scope.graph.expand(formula)
    point = point_of(_numbers(part), given)
    whole: dict[str, Fraction | int] = {
        name: point[name] for name in place_names([node], point) if point[name].denominator == 1
    }
    whole |= sizes_at(given, _numbers(part))[0]
    node = substitute(node, {name: Number(number) for name, number in whole.items()})
    try:
        grown = expand(node, _arrays(part))
    except MathSyntaxError as error:
        raise error.within(part.fields.of) from None
    tree = grown.tree() if isinstance(grown, Array) else grown
    return substitute(tree, {name: Number(value) for name, value in point.items()})
