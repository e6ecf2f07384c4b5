"""How an answer that is mathematics is read as a formula; :mod:`~examgrad.kinds.grids` reads arrays of them.

Reading never guesses: what cannot be read raises :class:`Unreadable`, whose diagnostic shows the line of the
answer file with a caret under the very character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from examgrad.errors import Diagnostic, Location, MathSyntaxError
from examgrad.exam.document import Text
from examgrad.exam.model import Answer
from examgrad.formula.statements import Statement, read_statements
from examgrad.formula.tree import CONDITIONS, Apply, Node, Number, Symbol, div, mul, transform
from examgrad.kinds.entry_names import NO_NAMES, EntryNames, derivative_said
from examgrad.kinds.scope import Scope, is_statement

_NUMBER = r"\s*[-−]?\d+(?:\.\d+|/[1-9]\d*)?\s*"
_NUMBERS = re.compile(rf"\s*\(({_NUMBER}(?:,{_NUMBER})*)\)\s*")

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
    ``a/b c``, ``label`` the answer's own name for it, and ``stated`` the equations and conditions on its other lines.
    ``rivals`` are what else may be meant as the answer: other lines that nothing uses.
    """

    text: str
    tree: Node
    scope: Scope
    claims: tuple[Node, ...] = ()
    other: Node | None = None
    label: str = ""
    stated: tuple[Node, ...] = ()
    rivals: tuple[Node, ...] = ()

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


def read_formula(text: str, scope: Scope, names: EntryNames = NO_NAMES) -> Formula:
    """The formula that a text arrives at: the last side of the statement that is called one of ``names``.

    Where none is, or the last statement is a formula by itself, that one counts.
    """
    statements, own = statements_of(text, scope)
    statements = [names.facing(item) for item in statements]
    last = statements[-1]
    chosen, named = last, False
    if not _is_bare(last):
        used = last.result.symbols() if not names.calls(last, scope) else frozenset[str]()
        called = (item for item in reversed(statements) if names.calls(item, scope))
        found = next((item for item in called if used.isdisjoint(item.labels)), None)
        chosen, named = found or last, found is not None
    return formula_of(chosen, statements, scope, own, names, text, named=named)


def formula_of(
    chosen: Statement, statements: Sequence[Statement], scope: Scope, own: Mapping[str, Node], names: EntryNames,
    text: str, *, named: bool,
) -> Formula:  # fmt: skip
    """The formula that one of an answer's statements arrives at, with what the others say."""
    hidden = chosen.labels if chosen is statements[-1] else ()
    scope = scope.with_own({name: node for name, node in own.items() if name not in hidden})
    label = next((label for label in chosen.labels if label in own), None)
    others = [item for item in statements if item is not chosen]
    before = [item for item in others if label is None or item.label != label]
    again = [side for item in others if label is not None and item.label == label for side in item.sides]
    claims = (*again, *claims_of(chosen, scope, names.quantities))
    stated = stated_by(before, scope)
    rivals = () if named else rivals_of(chosen, before, own)
    return Formula(text, chosen.result, scope, claims, chosen.other, label or "", stated, rivals)


def _is_bare(statement: Statement) -> bool:
    """Whether a statement is a formula by itself."""
    return statement.label is None and len(statement.sides) == 1


def rivals_of(chosen: Statement, others: Sequence[Statement], own: Mapping[str, Node]) -> tuple[Node, ...]:
    """What else an answer may mean by its own names, or by formulas by themselves, where the chosen one is such."""
    bare = tuple(item.result for item in others if _is_bare(item) and not is_statement(item.result))
    if _is_bare(chosen):
        return bare
    if chosen.label not in own:
        return ()
    used = frozenset[str]().union(*(side.symbols() for item in (chosen, *others) for side in item.sides))
    return bare + tuple(item.result for item in others if item.label in own and item.label not in used)


def statements_of(text: str, scope: Scope) -> tuple[list[Statement], dict[str, Node]]:
    """All statements of a text; raises :class:`Unreadable`, also where there is none."""
    try:
        statements, own = read_statements(text, scope.names)
    except MathSyntaxError as error:
        raise from_syntax(text, error) from None
    if not statements:
        raise unreadable(text, "there is no formula here", code="empty")
    return statements, own


def claims_of(statement: Statement, scope: Scope, quantities: frozenset[str] = frozenset()) -> tuple[Node, ...]:
    """The other sides of a chain, and what its labels are names of: of the problem, or a derivative, as ``f_x``."""
    said = (_at(_said(label, scope, quantities), statement.arguments, scope) for label in statement.labels)
    return (*(node for node in said if node is not None), *statement.sides[:-1])


def _said(label: str, scope: Scope, quantities: frozenset[str]) -> Node | None:
    known = scope.names.find(label)
    return derivative_said(label, scope, quantities) if known is None else Symbol(known)


def _at(said: Node | None, arguments: str, scope: Scope) -> Node | None:
    """What is said at the numbers in brackets behind a label, ``f(1, 2)``, in the order in which variables stand."""
    numbers = _NUMBERS.fullmatch(arguments)
    if said is None or numbers is None:
        return said
    values = [Number(Fraction(number)) for number in numbers[1].replace("−", "-").split(",")]
    used = scope.graph.expand(Symbol(of)).symbols() if (of := _quantity(said)) else frozenset()
    variables = [name for name in scope.names.variables if name in used]
    if len(variables) != len(values):
        return said
    return Apply("at", (said, *(item for pair in zip(map(Symbol, variables), values, strict=True) for item in pair)))


def _quantity(said: Node) -> str:
    base = said.args[0] if isinstance(said, Apply) else said
    return base.name if isinstance(base, Symbol) else ""


def stated_by(statements: Sequence[Statement], scope: Scope) -> tuple[Node, ...]:
    """What lines of an answer say beside defining names of its own; a second definition of one is a claim too."""
    found: list[Node] = []
    for item in statements:
        named = item.label is not None and scope.own.get(item.label) is not item.result
        sides = (Symbol(item.label), *item.sides) if named and item.label else item.sides
        said = [_said(label, scope, frozenset()) for label in item.labels if label in scope.own]
        sides = (*(node for node in said if node is not None), *sides)
        if len(sides) > 1:
            found.append(Apply("equation", sides))
        elif isinstance(sides[0], Apply) and sides[0].op in CONDITIONS:
            found.append(sides[0])
    return tuple(found)
