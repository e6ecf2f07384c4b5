"""How an answer that is mathematics is read as a formula; :mod:`~examgrad.kinds.grids` reads arrays of them.

Reading never guesses: what cannot be read raises :class:`Unreadable`, whose diagnostic shows the line of the
answer file with a caret under the very character.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from examgrad.errors import Diagnostic, Location, MathSyntaxError
from examgrad.exam.document import Text
from examgrad.exam.model import Answer
from examgrad.formula.statements import Statement, read_statements
from examgrad.formula.tree import Apply, Node, Symbol, div, mul, transform
from examgrad.kinds.scope import Scope

_MOST_BELOW: Final = 4
"""How many factors behind a quotient are tried below its line."""


class Unreadable(Exception):
    """An answer, or a part of it, cannot be read."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def unreadable(value: object, message: str, *, help: str = "", code: str = "unreadable") -> Unreadable:
    """The error for a whole value of an answer file."""
    return Unreadable(Diagnostic(code, message, "student", location_of(value), help))


def location_of(value: object) -> Location | None:
    """Where a value of an answer file stands; ``None`` for one that came from a program."""
    if isinstance(value, Text):
        return value.locate(0, max(1, len(value.splitlines()[0]) if value.strip() else 1))
    location = getattr(value, "location", None)
    return location if isinstance(location, Location) else None


def from_syntax(text: str, error: MathSyntaxError) -> Unreadable:
    """A reader's error as one about the answer file."""
    if isinstance(text, Text):
        location = text.locate(error.offset, error.width)
    else:
        location = error.location("answer")
    message = error.message + (f": expected {error.expected}" if error.expected else "")
    return Unreadable(Diagnostic(error.code, message, "student", location, error.help))


class Formula(NamedTuple):
    """One formula as an answer states it.

    ``tree`` is what the answer arrives at, ``scope`` knows what it defines itself, ``claims`` are further sides of
    the same chain ``a = b = c``, which it says are equal to it. ``other`` is the second reading of an ambiguous
    ``a/b c``, ``label`` the answer's own name for it, and ``stated`` the equations on its other lines.
    """

    text: str
    tree: Node
    scope: Scope
    claims: tuple[Node, ...] = ()
    other: Node | None = None
    label: str = ""
    stated: tuple[Node, ...] = ()

    def others(self) -> Iterator[Node]:
        """The other readings of an ambiguous quotient: with all that stands behind it below its line, or with some."""
        if self.other is not None:
            yield self.other
            yield from _below_the_line(self.tree)


def _below_the_line(tree: Node) -> Iterator[Node]:
    """The formula with the first factors behind each quotient below its line: ``1/(2 k²) c`` for ``1/2 k² c``."""

    def most(item: Node) -> int:
        return len(item.args) - 1 if _is_divided(item) else 0

    for count in range(1, min(_MOST_BELOW, max(map(most, tree.walk()), default=0)) + 1):

        def change(item: Node, count: int = count) -> Node:
            if not isinstance(item, Apply) or not 0 < count <= most(item):
                return item
            above, below = item.args[0].args
            moved = div(above, mul(below, *item.args[1 : count + 1]))
            return mul(moved, *item.args[count + 1 :])

        yield transform(tree, change)


def _is_divided(item: Node) -> bool:
    """Whether a product begins with a quotient."""
    first = item.args[0] if isinstance(item, Apply) and item.op == "mul" else None
    return isinstance(first, Apply) and first.op == "div"


def text_of(answer: Answer) -> str:
    """The final text of an answer that must be one text: its ``final``, or else its work."""
    value = answer.written
    if isinstance(value, str):
        return value
    raise unreadable(value, "this answer is a list or a mapping; one formula was expected")


def read_formula(text: str, scope: Scope) -> Formula:
    """The formula that a text arrives at: the last side of its last statement."""
    statements, own = statements_of(text, scope)
    last = statements[-1]
    scope = scope.with_own({name: node for name, node in own.items() if name != last.label})
    label = last.label if last.label in own else None
    before = [item for item in statements[:-1] if label is None or item.label != label]
    again = [side for item in statements[:-1] if label is not None and item.label == label for side in item.sides]
    claims = (*again, *claims_of(last, scope))
    return Formula(text, last.result, scope, claims, last.other, label or "", stated_by(before, scope))


def statements_of(text: str, scope: Scope) -> tuple[list[Statement], dict[str, Node]]:
    """All statements of a text; raises :class:`Unreadable`, also where there is none."""
    try:
        statements, own = read_statements(text, scope.names)
    except MathSyntaxError as error:
        raise from_syntax(text, error) from None
    if not statements:
        raise unreadable(text, "there is no formula here", code="empty")
    return statements, own


def claims_of(statement: Statement, scope: Scope) -> tuple[Node, ...]:
    """The other sides of a chain, and its label where that is a name of the problem."""
    known = statement.label is not None and statement.label not in scope.own and scope.names.find(statement.label)
    label = (Symbol(statement.label),) if known and statement.label else ()
    return (*label, *statement.sides[:-1])


def stated_by(statements: Sequence[Statement], scope: Scope) -> tuple[Node, ...]:
    """What lines of an answer say beside defining names of its own; a second definition of one is a claim too."""
    found: list[Node] = []
    for item in statements:
        named = item.label is not None and scope.own.get(item.label) is not item.result
        sides = (Symbol(item.label), *item.sides) if named and item.label else item.sides
        if len(sides) > 1:
            found.append(Apply("equation", sides))
    return tuple(found)
