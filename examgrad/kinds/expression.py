"""``expression``: any formula, equation, condition, set or array, against a stated key."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from examgrad.equality.equations import is_equation
from examgrad.equality.forms import Form
from examgrad.equality.sets import is_set
from examgrad.errors import Diagnostic, ExamgradError, MathSyntaxError
from examgrad.exam.fields import Fields, Formula, Integration, Tolerance, Truth
from examgrad.exam.model import Answer, Exam, Part
from examgrad.formula import printer
from examgrad.formula.array_values import is_array
from examgrad.formula.names import Names
from examgrad.formula.statements import Statement, read_statements
from examgrad.formula.tree import Apply, Node, Symbol
from examgrad.kinds.base import Derive, Diagnosis, Key, Kind, Outcome, formula_key
from examgrad.kinds.claims import about_names
from examgrad.kinds.criteria import Criteria
from examgrad.kinds.derived import author_error, key_syntax_problem, name_problems, tolerance_problems
from examgrad.kinds.grid_marks import check_grid
from examgrad.kinds.integration import integrated_names, with_constants, with_constants_of
from examgrad.kinds.judging import Place, judge_all
from examgrad.kinds.near import number_of
from examgrad.kinds.numbers import check_numbers, in_decimals
from examgrad.kinds.reading import Formula as Read
from examgrad.kinds.reading import Unreadable, read_formula, statements_of
from examgrad.kinds.scope import Scope, is_statement
from examgrad.kinds.solutions import check_solutions
from examgrad.kinds.unordered import check_unordered

_INTEGRAL = re.compile(r"\s*(?:∫|\\int\b)[^=]*=")


class ExpressionFields(Fields):
    """The fields of an expression."""

    key: Formula
    form: Form | None = None
    tolerance: Tolerance | None = None
    ordered: Truth = True
    constant_of_integration: Integration | None = None


class Stated(NamedTuple):
    """A stated key: what is asked for, and the equation that states it, where one does."""

    tree: Node
    equation: Node | None = None


class Expression(Kind):
    """The key is stated; the answer is equal to it in any form, or in the form asked for.

    An equation is right where it has the key's solutions, a definition ``J = f`` where f is, a set in any order.
    """

    name = "expression"
    fields = ExpressionFields

    def problems(self, part: Part, exam: Exam) -> list[Diagnostic]:
        """A key that cannot be read, and fields that do not go with it."""
        fields = part.fields
        given = part.given._replace(names=_names(part))
        if problem := key_syntax_problem(fields.key, given):
            return [problem]
        try:
            tree = stated(part).tree
        except MathSyntaxError:
            return []  # told with the key itself
        found = tolerance_problems(fields.tolerance, fields.key)
        if fields.tolerance is not None and any(entry.symbols() for entry in _entries(part, tree)):
            found.append(author_error("no-number", "tolerance is for numbers: the key has names in it", fields.key))
        if not fields.ordered and not (is_array(tree) or is_set(tree)):
            found.append(author_error("no-list", "ordered is for lists: the key is none", fields.key))
        if fields.form is not None and is_statement(tree) and not is_set(tree):
            found.append(author_error("no-formula", "form is for formulas: the key is a statement", fields.key))
        if fields.constant_of_integration:
            if is_array(tree) or is_statement(tree):
                message = "constant_of_integration is for one formula: the key is none"
                found.append(author_error("no-formula", message, fields.key))
            if fields.constant_of_integration is not True:
                found += name_problems(fields.constant_of_integration, part.given, "constant_of_integration")
        return found

    def key(self, part: Part, exam: Exam, derive: Derive) -> Key:
        """The stated key."""
        return formula_key(self.name, part.name, stated(part).tree)

    def check(self, part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
        """Decide the answer against the key: entry by entry where it is an array, in any order where it is a set."""
        tree, scope = key.tree, Scope.of(part.given)
        assert tree is not None
        if is_set(tree) or (is_array(tree) and not part.fields.ordered and part.fields.tolerance is None):
            return check_unordered(part, answer, key, scope)
        if part.fields.tolerance is not None:
            return check_numbers(part, answer, key)
        text = _lines(answer) if is_equation(tree) else _text(answer)
        if is_array(tree) or text is None:
            return _check_grid(part, answer, key)
        if is_equation(tree):
            return _check_equation(part, text, tree, scope)
        if integrated := integrated_names(part):
            return _check_integral(part, text, tree, scope, integrated)
        outcome = (
            _one(part, _read_statement(text, scope), tree)
            if is_statement(tree)
            else _check_formula(part, text, tree, scope)
        )
        return _without_contradiction(outcome, text, scope)


def stated(part: Part) -> Stated:
    """The stated key: of a definition ``y = …`` its last side; raises :class:`MathSyntaxError`."""
    names = _names(part)
    statements, own = read_statements(part.fields.key, names)
    if not statements:
        raise MathSyntaxError("the key is empty", text=part.fields.key, expected="a formula")
    last = statements[-1]
    scope = replace(Scope.of(part.given), names=names)
    scope = scope.with_own({name: node for name, node in own.items() if name != last.label})
    equation = _equation(last)
    if equation is not None:
        equation = Apply("equation", tuple(map(scope.plain, equation.args)))
        if last.label is None:
            return Stated(equation, equation)
    return Stated(scope.plain(last.result), equation)


def _names(part: Part) -> Names:
    """The names that a key may use: with those of a constant where it may have one."""
    names = part.given.names
    return with_constants(names, part.fields.key) if part.fields.constant_of_integration else names


def _equation(statement: Statement) -> Apply | None:
    """A statement as an equation; ``None`` for a formula, and for what only names a derivative: ``dJ/dx = 2 x``."""
    first = statement.sides[0]
    if isinstance(first, Apply) and first.op in ("derivative", "gradient"):
        return None
    label = (Symbol(statement.label),) if statement.label else ()
    sides = (*label, *statement.sides)
    if len(sides) < 2 or any(is_statement(side) or is_array(side) for side in sides):
        return None
    return Apply("equation", sides)


def _entries(part: Part, tree: Node) -> list[Node]:
    scope = Scope.of(part.given)
    nodes = tree.args if is_set(tree) or is_equation(tree) else (tree,)
    try:
        return [scope.graph.expand(scope.plain(node)) for node in nodes]
    except ExamgradError:
        return list(nodes)


def _text(answer: Answer) -> str | None:
    """An answer that is one text."""
    value = answer.written
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, str) else None


def _lines(answer: Answer) -> str | None:
    """An answer that is one text, or a list of texts as lines."""
    value = answer.written
    items = value if isinstance(value, list | tuple) else ()
    lines = [item for item in items if isinstance(item, str)]
    return "\n".join(lines) if 1 < len(lines) == len(items) else _text(answer)


def _check_grid(part: Part, answer: Answer, key: Key) -> Outcome:
    tree = key.tree
    shape: tuple[int, int | None] = (1, None)
    if isinstance(tree, Apply) and tree.op == "array":
        matrix = isinstance(tree.args[0], Apply) and tree.args[0].op == "array"
        shape = (len(tree.args), len(tree.args[0].args) if matrix else None)
    asked = [None] * (shape[0] * (shape[1] or 1))
    return check_grid(part, answer, key, shape, (), asked, Criteria.of(part, rounding=True))


def _one(part: Part, entry: Read, tree: Node, criteria: Criteria | None = None) -> Outcome:
    """The outcome for an answer of one formula or statement."""
    outcome = judge_all(
        [about_names(entry)], [tree], [Place(1, 1, "")], [None], criteria=criteria or Criteria.of(part, rounding=True)
    )
    return outcome.read_as(entry.tree)


def _check_equation(part: Part, text: str, tree: Node, scope: Scope) -> Outcome:
    """An equation, or all its solutions listed: ``x = 2, x = -2`` for ``x^2 = 4``."""
    try:
        outcome = _without_contradiction(_one(part, _read_statement(text, scope), tree), text, scope)
    except Unreadable:
        if (listed := check_solutions(text, tree, scope)) is None:
            raise
        return listed
    if outcome.verdict in ("correct", "partial"):
        return outcome
    found = check_solutions(text, tree, scope)
    return found if found and (found.verdict == "correct" or outcome.verdict != "review") else outcome


def _without_contradiction(outcome: Outcome, text: str, scope: Scope) -> Outcome:
    """A right answer that gives its name another value before, as in ``x = 1, x = 2``, is for a person to judge."""
    if outcome.verdict not in ("correct", "partial"):
        return outcome
    try:
        statements = statements_of(text, scope)[0]
    except Unreadable:
        return outcome  # read with more names than the problem has
    last = statements[-1]
    for other in statements[:-1]:
        if last.label is None or other.label != last.label:
            continue
        if scope.decide(other.result, last.result, witness=False).verdict != "equal":
            reason = f"Two values are given for {printer.unicode_name(last.label)}; a person decides which one counts."
            found = (Diagnosis("two-answers", reason),)
            return outcome._replace(verdict="review", share=Fraction(0), reason=reason, diagnoses=found)
    return outcome


def _check_integral(part: Part, text: str, tree: Node, scope: Scope, integrated: tuple[str, ...]) -> Outcome:
    if (left := _INTEGRAL.match(text)) is not None:  # ∫ x dx = … names what was asked for
        text = " " * left.end() + text[left.end() :]
    scope = with_constants_of(replace(scope, names=_names(part)), text)
    outcome = _one(part, read_formula(text, scope), tree, Criteria.of(part, integrated))
    return outcome._replace(unequal=())  # a slip would be looked for without the constant


def _check_formula(part: Part, text: str, tree: Node, scope: Scope) -> Outcome:
    """A formula; where the key defines a name, also an equation that says the same of it."""
    equation = stated(part).equation
    label = equation.args[0] if equation else None
    if isinstance(label, Symbol) and scope.names.find(label.name) is None:
        scope = replace(scope, names=scope.names.extended([label.name]))
    read = read_formula(text if number_of(tree, scope) is None else in_decimals(text), scope)
    read = read._replace(claims=tuple(claim for claim in read.claims if claim != label))
    outcome = _one(part, read, tree)
    if outcome.verdict != "incorrect":
        return outcome
    if equation is not None:
        entry = _read_statement(text, scope)
        if is_equation(entry.tree) and entry.tree.args[0] != label:
            found = _one(part, entry, equation)
            if found.verdict in ("correct", "partial", "review"):
                return found
    return outcome


def _read_statement(text: str, scope: Scope) -> Read:
    """The last statement of a text: an equation where it is one."""
    statements, own = statements_of(text, scope)
    last = statements[-1]
    equation = _equation(last)
    if equation is None:
        return read_formula(text, scope)
    scope = scope.with_own({name: node for name, node in own.items() if name != last.label})
    return Read(text, equation, scope)
