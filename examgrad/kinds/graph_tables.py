"""How a table of a graph's values and gradients is read.

A table is a mapping by node (``z: {value: -2, gradient: 1}``, ``z: [-2, 1]``) or by column (``value: {z: -2}``), a list
of rows, a Markdown table (nodes down or across), or lines: ``z = -2, ∂L/∂z = 1``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple

from examgrad.errors import MathSyntaxError
from examgrad.exam.model import Answer
from examgrad.formula.definitions import spelled_name
from examgrad.formula.statements import read_statements
from examgrad.formula.tree import Apply, Symbol
from examgrad.kinds.node_values import NodeValues
from examgrad.kinds.reading import unreadable
from examgrad.kinds.scope import Scope
from examgrad.kinds.stretches import split

_HEADS: Final = {
    "value": "value", "values": "value", "forward": "value", "forwardvalue": "value", "val": "value",
    "forwardpass": "value", "gradient": "gradient", "gradients": "gradient", "grad": "gradient",
    "backward": "gradient", "backwardpass": "gradient", "derivative": "gradient", "adjoint": "gradient",
    "node": "node", "name": "node", "variable": "node",
}  # fmt: skip
_RULE: Final = re.compile(r"[\s|:+\-]+")

Written = dict[tuple[str, str], Any]
"""What was written for each node and column."""


class Table(NamedTuple):
    """What is asked for."""

    values: NodeValues
    nodes: Sequence[str]
    columns: Sequence[str]

    def is_given(self, name: str, column: str) -> bool:
        """Whether a cell stands in the exam: the value of a variable. It counts for nothing."""
        return column == "value" and name not in self.values.given.definitions

    def key(self, name: str, column: str) -> list[Fraction]:
        """The right numbers of one cell, row by row."""
        source = self.values.values if column == "value" else self.values.gradients
        return [source[entry] for entry in self.values.entries(name)]


def read_table(answer: Answer, table: Table, scope: Scope) -> Written:
    """The cells of an answer. Raises :class:`Unreadable` where no table is found in it."""
    value: Any = answer.written
    reader = _Reader(table, scope)
    if isinstance(value, str):
        found = reader.markdown(value) if "|" in value and "\n" in value.strip() else reader.lines(value)
    elif isinstance(value, Mapping):
        found = reader.mapping(value)
    elif isinstance(value, Sequence):
        found = reader.rows(value)
    else:
        found = {}
    if not found:
        nodes = ", ".join(table.nodes)
        raise unreadable(value, "a table was expected here, one row a node", help=f"the nodes are {nodes}")
    return found


class _Reader:
    def __init__(self, table: Table, scope: Scope) -> None:
        self.table: Final = table
        self.scope: Final = scope

    def node(self, text: object) -> str | None:
        """The node that a text names, if it is asked for."""
        spelled = spelled_name(str(text).strip().strip("$*` ").strip())
        found = self.scope.names.find(spelled) if spelled else None
        return found if found in self.table.nodes else None

    def column(self, text: object) -> str | None:
        """The column (or ``node``) that a heading names."""
        plain = re.sub(r"[\W_]", "", str(text)).lower()
        if plain in _HEADS:
            return _HEADS[plain]
        return (
            "gradient"
            if re.match(r"\s*\$?\s*(?:∂|d\s*L|\\frac\s*\{\\partial|\\partial|d\w*\s*/\s*d)", str(text))
            else None
        )

    def place(self, text: object) -> tuple[str, str] | None:
        """The cell that the left side of a line names: ``z`` is its value, ``∂L/∂z`` its gradient."""
        if (name := self.node(text)) is not None:
            return name, "value"
        try:
            statements, _ = read_statements(str(text), self.scope.names)
        except MathSyntaxError:
            return None
        side = statements[0].sides[0] if statements else None
        if isinstance(side, Apply) and side.op in ("derivative", "gradient") and len(side.args) == 2:
            what, variable = side.args
            if (
                what == Symbol(self.table.values.of)
                and isinstance(variable, Symbol)
                and variable.name in self.table.nodes
            ):
                return variable.name, "gradient"
        return None

    def mapping(self, value: Mapping[str, Any]) -> Written:
        found: Written = {}
        for name, item in value.items():
            node = self.node(name)
            column = self.column(name) if node is None else None
            if node is not None:
                found |= self._cells(node, item)
            elif (place := self.place(name)) is not None:
                found[place] = item
            elif column in self.table.columns and isinstance(item, Mapping):
                for inner, cell in item.items():
                    if (node := self.node(inner)) is None:
                        raise unreadable(inner, f"'{inner}' is no node of this table")
                    found[node, str(column)] = cell
            elif column in self.table.columns and isinstance(item, Sequence) and len(item) == len(self.table.nodes):
                found |= {(node, str(column)): cell for node, cell in zip(self.table.nodes, item, strict=True)}
            elif self.scope.names.find(spelled_name(str(name)) or "") is None:
                raise unreadable(
                    name, f"'{name}' is no node of this table", help=f"the nodes are {', '.join(self.table.nodes)}"
                )
        return found

    def _cells(self, node: str, item: Any) -> Written:
        """One node's row."""
        columns = list(self.table.columns)
        if isinstance(item, Mapping):
            found: Written = {}
            for name, cell in item.items():
                column = self.column(name)
                if column is None or column == "node":
                    raise unreadable(
                        name, f"'{name}' is no column of this table", help=f"its columns are {', '.join(columns)}"
                    )
                found[node, column] = cell
            return found
        if len(columns) == 1:
            return {(node, columns[0]): item}
        if isinstance(item, str) and "," in item and not self.table.values.shape(node):
            item = item.strip("[]() ").split(",")
        if isinstance(item, Sequence) and not isinstance(item, str) and len(item) == len(columns):
            return {(node, column): cell for column, cell in zip(columns, item, strict=True)}
        raise unreadable(item, f"a row has {len(columns)} cells ({', '.join(columns)})")

    def rows(self, value: Sequence[Any]) -> Written:
        """A list of rows: mappings or lists that name their node, lists in the nodes' order, or lines."""
        found: Written = {}
        columns = list(self.table.columns)
        for number, row in enumerate(value):
            if isinstance(row, str):
                lines = self.lines(row)
                if not lines and len(columns) == 1 and len(value) == len(self.table.nodes):
                    lines = {(self.table.nodes[number], columns[0]): row}
                found |= lines
                continue
            if isinstance(row, Mapping):
                label = next((item for name, item in row.items() if self.column(name) == "node"), None)
                cells = {name: item for name, item in row.items() if self.column(name) != "node"}
                if label is None and len(cells) == 1 and self.node(next(iter(cells))) is not None:
                    found |= self.mapping(cells)
                    continue
                found |= self._cells(self._row_node(label, number, len(value), row), cells)
                continue
            if isinstance(row, Sequence):
                if len(row) == len(columns) + 1:
                    found |= self._row(row[0], row[1:], number, len(value))
                    continue
                if len(row) == len(columns):
                    node = self._row_node(None, number, len(value), row)
                    found |= {(node, column): cell for column, cell in zip(columns, row, strict=True)}
                    continue
            raise unreadable(row, f"a row is a node and its {' and '.join(columns)}")
        return found

    def _row(self, label: Any, cells: Sequence[Any], number: int, rows: int) -> Written:
        node = self._row_node(label, number, rows, label)
        return {(node, column): cell for column, cell in zip(self.table.columns, cells, strict=True)}

    def _row_node(self, label: Any, number: int, rows: int, place: Any) -> str:
        if label is not None:
            node = self.node(label)
            if node is None:
                raise unreadable(
                    label, f"'{label}' is no node of this table", help=f"the nodes are {', '.join(self.table.nodes)}"
                )
            return node
        if rows != len(self.table.nodes):
            raise unreadable(
                place,
                f"the table has {rows} rows and {len(self.table.nodes)} were asked for",
                help="write in each row which node it is of",
            )
        return self.table.nodes[number]

    def lines(self, text: str) -> Written:
        """``z = -2, ∂L/∂z = 1`` in lines, or parted by commas; ``z: -2, 1`` a line; of one column ``-2, 1``."""
        found: Written = {}
        listed = split(text.strip().strip("[]()").replace("\n", ","), ",")
        if len(self.table.columns) == 1 and len(listed) == len(self.table.nodes) and not re.search("[=:]", text):
            return {(node, self.table.columns[0]): cell for node, cell in zip(self.table.nodes, listed, strict=True)}
        for line in (piece for whole in text.splitlines() for piece in split(whole, ";")):
            left, colon, right = line.partition(":")
            if colon and (node := self.node(left)) is not None and "=" not in left:
                cells = split(right, ",")
                if len(cells) == len(self.table.columns):
                    found |= {(node, column): cell for column, cell in zip(self.table.columns, cells, strict=True)}
                    continue
                line = right
            for piece in split(line, ","):
                left, equals, right = piece.partition("=")
                place = self.place(left) if equals else None
                if place is not None:
                    found[place] = right.rpartition("=")[2].strip()
                elif equals and colon and node is not None and (column := self.column(left)) is not None:
                    found[node, column] = right.strip()
        return found

    def markdown(self, text: str) -> Written:
        """A table with bars: nodes down and columns across, or the other way round."""
        lines = [line.strip() for line in text.splitlines() if line.strip() and not _RULE.fullmatch(line)]
        rows = [[cell.strip().strip("$").strip() for cell in line.strip("|").split("|")] for line in lines]
        heads = [self.column(cell) for cell in rows[0]]
        if any(head in self.table.columns for head in heads[1:]):
            found: Written = {}
            for row in rows[1:]:
                node = self.node(row[0])
                if node is None:
                    raise unreadable(
                        text,
                        f"'{row[0]}' is no node of this table",
                        help=f"the nodes are {', '.join(self.table.nodes)}",
                    )
                found |= {
                    (node, str(head)): cell
                    for head, cell in zip(heads[1:], row[1:], strict=False)
                    if head in self.table.columns
                }
            return found
        nodes = [self.node(cell) for cell in rows[0][1:]]
        if any(nodes) and all(self.column(row[0]) in self.table.columns for row in rows[1:]):
            return {
                (node, str(self.column(row[0]))): cell
                for row in rows[1:]
                for node, cell in zip(nodes, row[1:], strict=False)
                if node is not None
            }
        return self.rows(rows)
