"""How an answer that is an array of formulas is read: a list, a mapping, named lines, or an array in any notation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from examgrad.errors import MathSyntaxError
from examgrad.exam.model import Answer
from examgrad.formula import printer
from examgrad.formula.array_values import Array, is_array
from examgrad.formula.arrays import expand
from examgrad.formula.definitions import spelled_name
from examgrad.formula.statements import Statement, read_statements
from examgrad.formula.tree import ZERO, Apply, Node, Symbol
from examgrad.kinds.reading import (
    Formula,
    Unreadable,
    claims_of,
    from_syntax,
    read_formula,
    stated_by,
    statements_of,
    unreadable,
)
from examgrad.kinds.scope import Scope
from examgrad.kinds.vector_forms import as_vector


class Grid(NamedTuple):
    """An array of formulas: ``rows`` × ``columns`` row by row; ``columns`` is ``None`` for a plain list.

    An entry that cannot be read is its :class:`Unreadable`.
    """

    entries: tuple[Formula | Unreadable, ...]
    rows: int
    columns: int | None


def read_grid(answer: Answer, scope: Scope, labels: Sequence[str], of: str = "") -> Grid:
    """A vector or matrix of formulas, from a list, a mapping by name, named lines or one array in any notation.

    ``labels`` are the names a vector's entries go by (what is differentiated by), in order; a derivative of another
    name than ``of``, where that is told, is none of them.
    """
    value = answer.written
    if isinstance(value, Mapping):
        return _grid_of_mapping(value, scope, labels)
    if isinstance(value, str):
        return _grid_of_text(value, scope, labels, of)
    if isinstance(value, Sequence):
        return _grid_of_list(value, scope)
    raise unreadable(value, "this answer is empty")


def _grid_of_mapping(value: Mapping[str, object], scope: Scope, labels: Sequence[str]) -> Grid:
    if not labels:
        raise unreadable(value, "one formula, or an array, was expected here, not a mapping")
    found: dict[str, Formula | Unreadable] = {}
    for name, item in value.items():
        label = component(name, scope, labels)
        if label is None:
            raise unreadable(name, f"'{name}' is none of the entries asked for", help=f"they are {', '.join(labels)}")
        if label in found:
            raise unreadable(name, f"the entry {label} is given twice")
        found[label] = _entry(item, scope)
    return _by_label(found, labels, value)


def component(name: str, scope: Scope, labels: Sequence[str]) -> str | None:
    """Which entry a text names: ``x1``, ``dJ/dx1``, ``∂J/∂x_1``; ``None`` if none."""
    spelled = spelled_name(name)
    declared = scope.names.find(spelled) if spelled else None
    if declared in labels:
        return declared
    try:
        statements, _ = read_statements(name, scope.names)
    except MathSyntaxError:
        return None
    return _named(statements[0].sides[0], labels) if statements else None


def _named(side: Node, labels: Sequence[str]) -> str | None:
    """The entry whose derivative a side of an equation names."""
    if isinstance(side, Apply) and side.op in ("derivative", "gradient") and len(side.args) == 2:
        variable = side.args[1]
        if isinstance(variable, Symbol) and variable.name in labels:
            return variable.name
    return None


def _by_label(found: Mapping[str, Formula | Unreadable], labels: Sequence[str], value: object) -> Grid:
    missing = [label for label in labels if label not in found]
    entries = tuple(
        found.get(label) or unreadable(value, f"the entry {label} is missing", code="missing") for label in labels
    )
    if len(missing) == len(labels):
        raise unreadable(value, f"none of the entries {', '.join(labels)} is given")
    return Grid(entries, len(labels), None)


def _grid_of_list(value: Sequence[object], scope: Scope) -> Grid:
    if value and all(isinstance(row, Sequence) and not isinstance(row, str) for row in value):
        rows = [list(row) for row in value if isinstance(row, Sequence)]
        while all(
            row and not any(isinstance(item, str) or not isinstance(item, Sequence) for item in row) for row in rows
        ):
            rows = [list(inner) for row in rows for inner in row]  # matrices below each other
        widths = {len(row) for row in rows}
        if len(widths) > 1:
            raise unreadable(value, f"the rows have {' and '.join(map(str, sorted(widths)))} entries")
        return Grid(tuple(_entry(item, scope) for row in rows for item in row), len(rows), widths.pop())
    return Grid(tuple(_entry(item, scope) for item in value), len(value), None)


def _entry(item: object, scope: Scope) -> Formula | Unreadable:
    if not isinstance(item, str):
        return unreadable(item, "one formula was expected here")
    try:
        return read_formula(item, scope)
    except Unreadable as error:
        return error


def _grid_of_text(text: str, scope: Scope, labels: Sequence[str], of: str = "") -> Grid:
    """A vector in any notation; what calculus writes in one of its own where the text is none as it stands."""
    try:
        grid = _grid_as_written(text, scope, labels, of)
    except Unreadable:
        if (vector := as_vector(text, scope, len(labels)) if len(labels) > 1 else None) is None:
            raise
    else:
        single = len(grid.entries) == 1 and len(labels) > 1
        if not single or (vector := as_vector(text, scope, len(labels))) is None:
            return grid
    return _grid_of_array(text, vector, scope, (), ())


def _grid_as_written(text: str, scope: Scope, labels: Sequence[str], of: str) -> Grid:
    statements, own = statements_of(text, scope)
    scope = scope.with_own(own)
    named = {label: item for item in statements if (label := _statement_label(item, scope, labels, of))}
    if len(named) > 1 or (len(labels) == 1 and named):
        rest = stated_by([item for item in statements if all(item is not chosen for chosen in named.values())], scope)
        return _by_label({label: _formula(item, scope, rest) for label, item in named.items()}, labels, text)
    last = statements[-1]
    stated = stated_by(statements[:-1], scope)
    tree = _as_array(text, scope, last.result)
    if tree is not None:
        return _grid_of_array(text, tree, scope, claims_of(last, scope), stated)
    if len(statements) > 1 and all(item.label is None and len(item.sides) == 1 for item in statements):
        return Grid(tuple(_formula(item, scope) for item in statements), len(statements), None)
    return Grid((_formula(last, scope, stated),), 1, None)


def _statement_label(statement: Statement, scope: Scope, labels: Sequence[str], of: str = "") -> str | None:
    """The entry that a statement gives: ``∂f/∂x = …``, or ``f_x = …`` where f is a name of the problem."""
    name, _, by = (statement.label or "").partition("_")
    if (by := by.strip("{}")) in labels and name in scope.graph and of in ("", name):
        return by
    side = statement.sides[0]
    other = of and side.args and isinstance(side.args[0], Symbol) and side.args[0].name != of
    return _named(side, labels) if len(statement.sides) > 1 and not other else None


def _formula(statement: Statement, scope: Scope, stated: tuple[Node, ...] = ()) -> Formula:
    label = statement.label if statement.label in scope.own else None
    claims = claims_of(statement, scope)
    return Formula(statement.text, statement.result, scope, claims, statement.other, label or "", stated)


def _as_array(text: str, scope: Scope, node: Node) -> Apply | None:
    """The node as an array: a name of the answer's own is looked up, transposes and factors are carried out."""
    for name in reversed(list(scope.own)):
        if isinstance(node, Symbol) and node.name == name:
            node = scope.own[name]
    try:
        grown = expand(node, scope.names.shapes)
    except MathSyntaxError as error:
        raise from_syntax(text, error.within(text)) from None
    return grown.tree() if isinstance(grown, Array) else None


def _grid_of_array(text: str, tree: Apply, scope: Scope, claims: Sequence[Node], stated: tuple[Node, ...]) -> Grid:
    matrix = all(isinstance(row, Apply) and row.op == "array" for row in tree.args)
    rows = tree.args if matrix else (tree,)
    while matrix and is_array(rows[0].args[0]):
        rows = tuple(inner for row in rows for inner in row.args)  # matrices below each other
    items = [item for row in rows for item in row.args]
    sides = [_entries_of_side(claim, len(items), scope) for claim in claims]
    entries = tuple(
        Formula(text, item, scope, tuple(side[at] for side in sides), stated=stated) for at, item in enumerate(items)
    )
    return Grid(entries, len(rows), len(rows[0].args)) if matrix else Grid(entries, len(items), None)


def _entries_of_side(side: Node, count: int, scope: Scope) -> Sequence[Node]:
    """What a side of a chain says of each entry of an array; what is none is said of all of them."""
    with suppress(MathSyntaxError):
        grown = expand(scope.without_own(side), scope.names.shapes)
        if isinstance(grown, Array) and len(grown.entries) == count:
            return grown.entries
    return [side] * count


def pieces_of(answer: Answer, scope: Scope, labels: Sequence[str]) -> list[Any]:
    """An answer for several names, each an array of its own shape, as one answer each, in the order of ``labels``.

    Raises :class:`Unreadable` where a name is missing, or none of the answer's.
    """
    value = answer.written
    if isinstance(value, Mapping):
        named = {component(name, scope, labels): item for name, item in value.items()}
        if missing := [label for label in labels if label not in named]:
            raise unreadable(value, f"the entry {missing[0]} is missing", code="missing")
        return [named[label] for label in labels]
    if not isinstance(value, str):
        return list(value) if isinstance(value, Sequence) else []
    statements, own = statements_of(value, scope)
    scope = scope.with_own(own)
    formulas = {_statement_label(item, scope, labels): item.result for item in statements}
    if set(labels) <= formulas.keys():
        trees = [formulas[label] for label in labels]
    else:
        tree = statements[-1].result
        trees = list(tree.args) if is_array(tree) else [tree]
    return [printer.plain(scope.plain(tree)) for tree in trees]


def set_entries(grid: Grid) -> tuple[Formula, ...]:
    """The elements of an answer that is one set; empty where it is none."""
    only = grid.entries[0]
    if len(grid.entries) > 1 or isinstance(only, Unreadable) or not isinstance(only.tree, Apply):
        return ()
    return tuple(only._replace(tree=item) for item in only.tree.args) if only.tree.op == "set" else ()


def filled(grid: Grid, rows: int, columns: int | None) -> Grid:
    """The grid, of zeros where it is a single 0: that is how an array of zeros is written."""
    only = grid.entries[0]
    if len(grid.entries) > 1 or isinstance(only, Unreadable) or only.tree != ZERO:
        return grid
    return Grid((only,) * (rows * (columns or 1)), rows, columns)


def whole_of(grid: Grid) -> Node | None:
    """The answer as it was read, as one formula or array; ``None`` where an entry could not be read."""
    trees = [entry.tree for entry in grid.entries if not isinstance(entry, Unreadable)]
    if len(trees) < len(grid.entries):
        return None
    if len(trees) == 1:
        return trees[0]
    if grid.columns is None:
        return Apply("array", tuple(trees))
    width = grid.columns
    rows = (trees[at : at + width] for at in range(0, len(trees), width))
    return Apply("array", tuple(Apply("array", tuple(row)) for row in rows))
