"""``equations``: the student writes the model down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from examgrad.calculus.graph import Graph
from examgrad.errors import Diagnostic, MathSyntaxError
from examgrad.exam.fields import Fields, NameList
from examgrad.exam.model import Answer, Exam, Part
from examgrad.formula import printer
from examgrad.formula.definitions import spelled_name
from examgrad.formula.statements import Statement, read_statement, split_statements
from examgrad.formula.tree import Apply, Node, Symbol
from examgrad.kinds.base import Derive, Key, Kind, Outcome, formula_key
from examgrad.kinds.derived import canonicals, name_problems
from examgrad.kinds.judging import Place, judge_all
from examgrad.kinds.reading import Formula, Unreadable, from_syntax, statements_of, unreadable
from examgrad.kinds.scope import Scope


class EquationsFields(Fields):
    """The fields of a part that asks for equations."""

    needs = ("equations",)
    of: NameList


class Equations(Kind):
    """The key is ``given``; the answer's equations come in any order, one a line or a list."""

    name = "equations"
    fields = EquationsFields

    def problems(self, part: Part, exam: Exam) -> list[Diagnostic]:
        """Names that the problem has no equation for."""
        return name_problems(part.fields.of, part.given, "of", defined=True)

    def key(self, part: Part, exam: Exam, derive: Derive) -> Key:
        """The equations as given."""
        names = canonicals(part.fields.of, part.given)
        tree = Apply("array", tuple(Apply("equation", (Symbol(name), part.given.definitions[name])) for name in names))
        return formula_key(self.name, part.name, tree, *tree.args)

    def check(self, part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
        """Judge each equation by itself, in the problem's own names."""
        names = canonicals(part.fields.of, part.given)
        found = read_equations(answer, Scope.of(part.given), names)
        places = [Place(row, 1, printer.unicode_name(name)) for row, name in enumerate(names, 1)]
        keys = [part.given.definitions[name] for name in names]
        entries = [found.get(name) for name in names]
        graph = Scope.of(part.given).graph
        asked = [Defined(name, graph) for name in names]
        return judge_all(entries, keys, places, asked, by_entry=part.credit.entries)


class Defined(NamedTuple):
    """The quantity that an equation must define: not by itself, nor by what is made of it."""

    name: str
    graph: Graph

    def only_named(self, tree: Node, scope: Scope) -> str:
        """The reason why an equation defines nothing; empty where it does."""
        for used in sorted(scope.plain(tree).symbols()):
            if used == self.name or (used in self.graph and self.graph.depends(used, self.name)):
                shown = printer.unicode_name(self.name)
                return f"This defines {shown} by {printer.unicode_name(used)}, which is made of {shown} itself."
        return ""

    def unworked(self, tree: Node, scope: Scope) -> bool:
        """Equations have nothing to work out."""
        return False


def read_equations(answer: Answer, scope: Scope, names: Sequence[str]) -> dict[str, Formula | Unreadable]:
    """The right-hand sides of an answer's equations by the name they define.

    From lines, a list of lines, or a mapping name → formula. An equation that cannot be read is its error, where
    its name is known. Raises :class:`Unreadable` where nothing was found.
    """
    value = answer.written
    if isinstance(value, Mapping):
        return {_named(name, scope, names): _side(item, scope) for name, item in value.items()}
    lines = [value] if isinstance(value, str) else value
    if not isinstance(lines, Sequence):
        raise unreadable(value, "equations were expected here")
    found: dict[str, Formula | Unreadable] = {}
    trouble: Unreadable | None = None
    own: dict[str, Node] = {}
    for line in lines:
        if not isinstance(line, str):
            raise unreadable(line, "one equation was expected here")
        for piece, offset in split_statements(line):
            try:
                statement = read_statement(piece, offset, scope.names.extended(own))
            except MathSyntaxError as error:
                error_here = from_syntax(line, error.within(line, offset))
                trouble = trouble or error_here
                if (name := _label(piece, scope)) in names and name is not None:
                    found.setdefault(name, error_here)
                continue
            name, side = _equation(statement, names)
            if name is None:
                if statement.label is not None and scope.names.find(statement.label) is None:
                    own[statement.label] = side
            elif isinstance(found.get(name), Formula):
                raise unreadable(line, f"{name} is defined twice")
            else:
                found[name] = Formula(
                    statement.text, side, scope.with_own(own), _claims(statement, side), statement.other
                )
    if trouble and found:  # the line that could not be read may be the one that is missing
        for name in names:
            found.setdefault(name, trouble)
    if not found:
        raise trouble or unreadable(
            value, f"no equation for {' or '.join(names)} was found", help="write name = formula"
        )
    return found


def _equation(statement: Statement, names: Sequence[str]) -> tuple[str | None, Node]:
    """Which name an equation defines, and by what; ``wh = ŷ`` defines ŷ as well."""
    if statement.label is not None:
        return (statement.label if statement.label in names else None), statement.result
    last = statement.result
    if len(statement.sides) == 2 and isinstance(last, Symbol) and last.name in names:
        return last.name, statement.sides[0]
    return None, last


def _claims(statement: Statement, side: Node) -> tuple[Node, ...]:
    """What else an equation says is equal to the side that defines."""
    return tuple(other for other in statement.sides if other is not side and not isinstance(other, Symbol))


def _label(line: str, scope: Scope) -> str | None:
    left = line.split("=", 1)[0]
    spelled = spelled_name(left)
    return scope.names.find(spelled) if spelled else None


def _named(name: str, scope: Scope, names: Sequence[str]) -> str:
    spelled = spelled_name(name)
    declared = scope.names.find(spelled) if spelled else None
    if declared not in names or declared is None:
        raise unreadable(name, f"'{name}' is none of the quantities asked for", help=f"they are {', '.join(names)}")
    return declared


def _side(item: object, scope: Scope) -> Formula | Unreadable:
    if not isinstance(item, str):
        return unreadable(item, "one formula was expected here")
    try:
        statements, own = statements_of(item, scope)
    except Unreadable as error:
        return error
    return Formula(item, statements[-1].result, scope.with_own(own))
