"""``graph``: the forward and backward values of every node of a computational graph, at numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from examgrad.calculus.derivation import Step, Verified
from examgrad.errors import Diagnostic
from examgrad.exam.fields import Array, Fields, NameList, OneOrMany, Raw, Tolerance, nearest
from examgrad.exam.model import Answer, Exam, Part
from examgrad.formula import printer
from examgrad.formula.array_values import Array as Entries
from examgrad.formula.tree import Apply, Node, Number, Symbol
from examgrad.kinds.array_numbers import at_numbers, numberless
from examgrad.kinds.base import Derive, Key, Kind, Outcome, Row
from examgrad.kinds.derived import author_error, canonical, name_problems, one_of, tolerance_problems
from examgrad.kinds.node_values import NodeValues
from examgrad.kinds.number_texts import in_json, latex, number_text, plain, unicode
from examgrad.kinds.scope import Scope

COLUMNS: Final = ("value", "gradient")


_DIRECT: Final = Symbol(chr(0x4E00))
"""Stands in for a number while a line is printed."""


class GraphFields(Fields):
    """The fields of a computational graph's table."""

    needs = ("equations",)
    of: NameList
    at: dict[str, Array]
    ask: OneOrMany = COLUMNS  # type: ignore[assignment]
    nodes: NameList | None = None
    tolerance: Tolerance | None = None
    key: Raw = None


class Graph(Kind):
    """The key is computed, exactly where it can be; every cell counts by itself, and follows from the student's own."""

    name = "graph"
    fields = GraphFields

    def problems(self, part: Part, exam: Exam) -> list[Diagnostic]:
        """Unknown names and columns."""
        fields = part.fields
        found = one_of(part) + name_problems(fields.of, part.given, "of", defined=True)
        found += name_problems(fields.nodes or (), part.given, "nodes") + name_problems(
            list(fields.at), part.given, "at"
        )
        for column in fields.ask:
            if column not in COLUMNS:
                message = f"'{column}' is no column{nearest(column, COLUMNS)}"
                found.append(author_error("unknown-column", message, column, help="ask may hold value, gradient"))
        if not found:
            of = Symbol(canonical(fields.of[0], part.given))
            found += numberless(part.given, fields.at, [of], fields.of[0])
        return found + tolerance_problems(fields.tolerance, fields.of[0])

    def key(self, part: Part, exam: Exam, derive: Derive) -> Key:
        """One row a node."""
        values = _values_of(part)
        names = _nodes(part, values)
        wanted = {column: {name: _tree(values, name, column) for name in names} for column in part.fields.ask}
        rows = tuple(
            Row(name, printer.unicode_name(name), {column: in_json(wanted[column][name]) for column in part.fields.ask})
            for name in names
        )
        texts = [
            "; ".join(
                f"{name}: " + ", ".join(f"{column} {show(wanted[column][name])}" for column in part.fields.ask)
                for name in names
            )
            for show in (plain, latex, unicode)
        ]
        if "gradient" in part.fields.ask:
            verified = Verified("differences on both sides", values.confirm(names))
        else:
            verified = Verified("exact arithmetic and balls of 50 digits")
        steps = tuple(_steps(part, values, names))
        return Key(part.name, self.name, texts[0], texts[1], texts[2], verified=verified, steps=steps, rows=rows)

    def check(self, part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
        """Judge every cell."""
        from examgrad.kinds.graph_marks import check_table
        from examgrad.kinds.graph_tables import Table

        values = _values_of(part)
        return check_table(part, answer, Table(values, _nodes(part, values), part.fields.ask))


def _values_of(part: Part) -> NodeValues:
    sized, point = at_numbers(part.given, part.fields.at)
    return NodeValues(part.given, sized, point, canonical(part.fields.of[0], part.given))


def _nodes(part: Part, values: NodeValues) -> list[str]:
    """The nodes asked for: the variables that ``of`` is made of, then the defined names, in their order."""
    given = part.given
    if part.fields.nodes is not None:
        return [canonical(name, given) for name in part.fields.nodes]
    needed = Scope.of(given).graph.ancestors(values.of)
    return [name for name in given.variables if name in needed] + [
        name for name in given.definitions if name in needed or name == values.of
    ]


def _tree(values: NodeValues, name: str, column: str) -> Node:
    """A node's value or gradient as a number, or an array of them."""
    source = values.values if column == "value" else values.gradients
    numbers = [Number(source[entry]) for entry in values.entries(name)]
    shape = values.shape(name)
    return Entries(shape, tuple(numbers)).tree() if shape else numbers[0]


# -- the worked solution


def _steps(part: Part, values: NodeValues, names: Sequence[str]) -> Iterator[Step]:
    """Forward one line a node; backward the local derivative of every edge, then their sum along the paths."""
    given = part.given
    for name, definition in given.definitions.items():
        if name in names or name == values.of:
            yield _step("forward", Symbol(name), definition, _tree(values, name, "value"))
    if "gradient" not in part.fields.ask:
        return
    graph = Scope.of(given).graph
    needed = graph.ancestors(values.of) | {values.of}
    order = [name for name in (*reversed(list(given.definitions)), *given.variables) if name in needed]
    yield _step("backward", _slope(values.of, values.of), Number(1))
    for name in order:
        if name == values.of or (name not in given.definitions and name not in names):
            continue
        users = [upper for upper in order if upper in graph and name in given.definitions[upper].symbols()]
        scalars = all(not values.shape(node) for node in (name, *users))
        for upper in users:
            if scalars:
                number = Number(values.slope(upper, name, values.values))
                yield _step(_edge(upper, name), _slope(upper, name), values.local(upper, name), number)
            elif len(users) > 1:
                yield _step(_edge(upper, name), _along(values.of, upper, name), _path(values, upper, name))
        if scalars and users == [values.of]:
            continue
        direct = _path(values, values.of, name)
        paths = [_DIRECT if upper == values.of else _along(values.of, upper, name) for upper in users]
        chain = [Apply("add", tuple(paths)) if len(paths) > 1 else paths[0]] if users != [values.of] else []
        step = _step("chain rule", _slope(values.of, name), *chain, _tree(values, name, "gradient"))
        step = _filled(step, direct)
        if scalars and chain:
            step = _with_numbers(step, " + ".join(_product(values, upper, name) for upper in users))
        yield step


def _filled(step: Step, direct: Node) -> Step:
    """A step with the number, or array of them, of the edge straight from ``of``."""
    texts = [
        text.replace(_DIRECT.name, show(direct)) for text, show in zip(step[1:], (plain, latex, unicode), strict=True)
    ]
    return Step(step.rule, texts[0], texts[1], texts[2])


def _edge(upper: str, lower: str) -> str:
    return f"edge {printer.unicode_name(upper)} → {printer.unicode_name(lower)}"


def _along(of: str, upper: str, name: str) -> Node:
    """∂of/∂upper · ∂upper/∂name."""
    return _slope(of, name) if upper == of else Apply("mul", (_slope(of, upper), _slope(upper, name)))


def _with_numbers(step: Step, numbers: str) -> Step:
    """A step with the numbers put in before the last side."""
    shown = (numbers.replace("·", "*"), numbers.replace("·", " \\cdot "), numbers.replace("-", "−"))
    texts = [f" = {middle} = ".join(text.rsplit(" = ", 1)) for text, middle in zip(step[1:], shown, strict=True)]
    return Step(step.rule, texts[0], texts[1], texts[2])


def _product(values: NodeValues, upper: str, name: str) -> str:
    """The numbers along an edge as a product that is not worked out."""
    factors = (values.gradients[upper], values.slope(upper, name, values.values))
    return "·".join(f"({text})" if text.startswith("-") else text for text in map(number_text, factors))


def _path(values: NodeValues, upper: str, name: str) -> Node:
    """What one node that uses an array adds to its gradient."""
    uppers = set(values.entries(upper))
    numbers = []
    for entry in values.entries(name):
        users = [user for user in values.users.get(entry, ()) if user in uppers]
        terms = (values.gradients[user] * values.slope(user, entry, values.values) for user in users)
        numbers.append(Number(sum(terms, Fraction(0))))
    shape = values.shape(name)
    return Entries(shape, tuple(numbers)).tree() if shape else numbers[0]


def _slope(upper: str, lower: str) -> Node:
    return Apply("derivative", (Symbol(upper), Symbol(lower)))


def _step(rule: str, *sides: Node) -> Step:
    texts = [" = ".join(dict.fromkeys(map(show, sides))) for show in (plain, latex, unicode)]
    return Step(rule, texts[0], texts[1], texts[2])
