"""How an answer that is an array of formulas is read: a list, a mapping, named lines, or an array in any notation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from examgrad.errors import MathSyntaxError
from examgrad.exam.model import Answer
from examgrad.formula import printer
from examgrad.formula.array_values import Array, entries_of, is_array
from examgrad.formula.arrays import expand
from examgrad.formula.statements import Statement
from examgrad.formula.tree import ZERO, Apply, Node, Symbol
from examgrad.kinds.entry_names import NO_NAMES, EntryNames
from examgrad.kinds.reading import (
    Formula,
    Unreadable,
    claims_of,
    from_syntax,
    read_formula,
    rivals_of,
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


def read_grid(answer: Answer, scope: Scope, names: EntryNames = NO_NAMES) -> Grid:
    """A vector or matrix of formulas, from a list, a mapping by name, named lines or one array in any notation.

    ``names`` are what its entries go by.
    """
    value = answer.written
    if isinstance(value, Mapping):
        return _grid_of_mapping(value, scope, names)
    if isinstance(value, str):
        return _grid_of_text(value, scope, names)
    if isinstance(value, Sequence):
        return _grid_of_list(value, scope, names)
    raise unreadable(value, "this answer is empty")


def _grid_of_mapping(value: Mapping[str, object], scope: Scope, names: EntryNames) -> Grid:
    if not names:
        raise unreadable(value, "one formula, or an array, was expected here, not a mapping")
    found: dict[int, Formula | Unreadable] = {}
    for name, item in value.items():
        place = names.of_text(name, scope)
        if place is None:
            help = f"they are {', '.join(names.labels)}"
            raise unreadable(name, f"'{name}' is none of the entries asked for", help=help)
        if place in found:
            raise unreadable(name, f"the entry {names.labels[place]} is given twice")
        found[place] = _entry(item, scope)
    return _by_place(found, names, value)


def _by_place(found: Mapping[int, Formula | Unreadable], names: EntryNames, value: object) -> Grid:
    """The entries in their order; one of a Hessian that is left out is the one across its diagonal."""
    entries: list[Formula | Unreadable] = []
    for place, label in enumerate(names.labels):
        across = names.mirrored(place)
        entry = found.get(place) or (found.get(across) if across is not None else None)
        entries.append(entry or unreadable(value, f"the entry {label} is missing", code="missing"))
    return Grid(tuple(entries), *names.shape)


def _grid_of_list(value: Sequence[object], scope: Scope, names: EntryNames) -> Grid:
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
    lines = [item for item in value if isinstance(item, str)]
    if len(lines) > 1 and len(lines) == len(value):
        with suppress(Unreadable):
            grid = _grid_as_written("\n".join(lines), scope, names)
            if len(grid.entries) > len(lines) or len(grid.entries) == len(names) > 1:
                return grid
    return Grid(tuple(_entry(item, scope) for item in value), len(value), None)


def _entry(item: object, scope: Scope) -> Formula | Unreadable:
    if not isinstance(item, str):
        return unreadable(item, "one formula was expected here")
    try:
        return read_formula(item, scope)
    except Unreadable as error:
        return error


def _grid_of_text(text: str, scope: Scope, names: EntryNames) -> Grid:
    """A vector in any notation; what calculus writes in one of its own where the text is none as it stands."""
    count = len(names)
    try:
        grid = _grid_as_written(text, scope, names)
    except Unreadable:
        if (vector := as_vector(text, scope, count) if count > 1 else None) is None:
            raise
    else:
        single = len(grid.entries) == 1 and count > 1 and not isinstance(grid.entries[0], Unreadable)
        if not single or (vector := as_vector(text, scope, count)) is None:
            return grid
    return _grid_of_array(text, vector.tree, scope, vector.claims)


def _grid_as_written(text: str, scope: Scope, names: EntryNames) -> Grid:
    statements, own = statements_of(text, scope)
    statements = [names.facing(item) for item in statements]
    last, inner = statements[-1], scope.with_own(own)
    if len(names) == 1:
        return Grid((read_formula(text, scope, names),), 1, None)
    named = {place: item for item in statements for place in names.of_statement(item, scope)}
    if names.arrays and not named and isinstance(last.result, Apply) and is_array(last.result):
        items = last.result.args
        return Grid(tuple(Formula(text, item, inner) for item in items), len(items), None)
    given = bool(names.of_statement(last, scope)) or names.arrays
    tree = None if given else _as_array(text, inner, last.result)
    whole = tree is not None and len(entries_of(tree)) == len(names)
    if named and not whole:
        chosen = {id(item) for item in named.values()}
        rest = stated_by([item for item in statements if id(item) not in chosen], inner)
        found = {place: _formula(item, inner, names, rest) for place, item in named.items()}
        return _by_place(found, names, text)
    if tree is not None:
        if not whole and names and (rows := _rows_of_lines(text, statements, inner)) is not None:
            return _grid_of_array(text, rows, inner)
        stated = stated_by(statements[:-1], inner)
        rivals = [] if names.calls(last, scope) else rivals_of(last, statements[:-1], own)
        return _grid_of_array(text, tree, inner, claims_of(last, inner), stated, rivals)
    if len(statements) > 1 and all(item.label is None and len(item.sides) == 1 for item in statements):
        return Grid(tuple(_formula(item, inner, names) for item in statements), len(statements), None)
    return Grid((read_formula(text, scope),), 1, None)


def _rows_of_lines(text: str, statements: Sequence[Statement], scope: Scope) -> Apply | None:
    """The matrix whose rows stand on lines of their own: ``[1, 2]`` above ``[3, 4]``."""
    if len(statements) < 2 or not all(item.label is None and len(item.sides) == 1 for item in statements):
        return None
    rows = [_as_array(text, scope, item.result) for item in statements]
    flat = [row for row in rows if row is not None and not any(map(is_array, row.args))]
    same = len(flat) == len(rows) and len({len(row.args) for row in flat}) == 1
    return Apply("array", tuple(flat)) if same else None


def _formula(statement: Statement, scope: Scope, names: EntryNames, stated: tuple[Node, ...] = ()) -> Formula:
    label = statement.label if statement.label in scope.own else None
    claims = claims_of(statement, scope, names.quantities)
    return Formula(statement.text, statement.result, scope, claims, statement.other, label or "", stated)


def _as_array(text: str, scope: Scope, node: Node) -> Apply | None:
    """The node as an array: a name of the answer's own is looked up, transposes and factors are carried out."""
    for name in reversed(list(scope.own)):
        if isinstance(node, Symbol) and node.name == name:
            node = scope.own[name]
    node = _without_braces(node)
    try:
        grown = expand(node, scope.names.shapes)
    except MathSyntaxError as error:
        raise from_syntax(text, error.within(text)) from None
    return grown.tree() if isinstance(grown, Array) else None


def _without_braces(node: Node) -> Node:
    """The matrix that braces in braces are meant as: ``{{a, b}, {c, d}}``."""
    if not isinstance(node, Apply) or node.op != "set":
        return node
    rows = [row for row in node.args if isinstance(row, Apply) and row.op == "set"]
    return Apply("array", tuple(Apply("array", row.args) for row in rows)) if len(rows) == len(node.args) > 0 else node


def _grid_of_array(
    text: str, tree: Apply, scope: Scope, claims: Sequence[Node] = (), stated: tuple[Node, ...] = (),
    rivals: Sequence[Node] = (),
) -> Grid:  # fmt: skip
    matrix = all(isinstance(row, Apply) and row.op == "array" for row in tree.args)
    rows = tree.args if matrix else (tree,)
    while matrix and is_array(rows[0].args[0]):
        rows = tuple(inner for row in rows for inner in row.args)  # matrices below each other
    items = [item for row in rows for item in row.args]
    sides = [_entries_of_side(claim, len(items), scope) for claim in claims]
    others = [found for rival in rivals if (found := _entries_in(rival, len(items), scope)) is not None]
    entries = tuple(
        Formula(
            text, item, scope, tuple(side[at] for side in sides), stated=stated,
            rivals=tuple(other[at] for other in others),
        )
        for at, item in enumerate(items)
    )  # fmt: skip
    return Grid(entries, len(rows), len(rows[0].args)) if matrix else Grid(entries, len(items), None)


def _entries_of_side(side: Node, count: int, scope: Scope) -> Sequence[Node]:
    """What a side of a chain says of each entry of an array; what is none is said of all of them."""
    found = _entries_in(side, count, scope)
    return [side] * count if found is None else found


def _entries_in(side: Node, count: int, scope: Scope) -> Sequence[Node] | None:
    """The entries of an array of as many; ``None`` for anything else."""
    with suppress(MathSyntaxError):
        grown = expand(scope.without_own(side), scope.names.shapes)
        if isinstance(grown, Array) and len(grown.entries) == count:
            return grown.entries
    return None


def pieces_of(answer: Answer, scope: Scope, names: EntryNames) -> list[Any]:
    """An answer for several names, each an array of its own shape, as one answer each, in the order of ``names``.

    Raises :class:`Unreadable` where a name is missing, or none of the answer's.
    """
    value = answer.written
    if isinstance(value, Mapping):
        named = {names.of_text(name, scope): item for name, item in value.items()}
        if missing := [label for place, label in enumerate(names.labels) if place not in named]:
            raise unreadable(value, f"the entry {missing[0]} is missing", code="missing")
        return [named[place] for place in range(len(names))]
    if not isinstance(value, str):
        return list(value) if isinstance(value, Sequence) else []
    statements, own = statements_of(value, scope)
    formulas = {place: item.result for item in statements for place in names.of_statement(item, scope)}
    scope = scope.with_own(own)
    if len(formulas) == len(names):
        trees = [formulas[place] for place in range(len(names))]
    else:
        tree = statements[-1].result
        trees = list(tree.args) if isinstance(tree, Apply) and is_array(tree) else [tree]
    return [printer.plain(scope.plain(tree)) for tree in trees]


def named_entries(answer: Answer, scope: Scope, names: EntryNames) -> Grid | None:
    """The entries of an answer that gives them one by one, by their ``names``; ``None`` for any other."""
    value = answer.written
    if len(names) < 2 or not isinstance(value, str | Mapping):
        return None
    if isinstance(value, str):
        try:
            last = names.facing(statements_of(value, scope)[0][-1])
        except Unreadable:  # in the problem's names alone
            return None
        if any(map(names.is_whole, last.sides[:-1])) or not names.of_statement(last, scope):
            return None
    return read_grid(answer, scope, names)


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
