"""How a table of a graph's values and gradients is read and marked, cell by cell.

A table is a mapping by node (``z: {value: -2, gradient: 1}``, ``z: [-2, 1]``) or by column (``value: {z: -2}``), a list
of rows, a Markdown table (nodes down or across), or lines: ``z = -2, ∂L/∂z = 1``. A cell that is wrong but right given
the student's own other cells follows from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any, Final, NamedTuple

from examgrad.equality import UnsupportedFormula
from examgrad.errors import ExamgradError, MathSyntaxError
from examgrad.exam.model import Answer, Part
from examgrad.formula import printer
from examgrad.formula.definitions import spelled_name
from examgrad.formula.statements import read_statements
from examgrad.formula.tree import Apply, Number, Symbol
from examgrad.kinds.base import Cell, Diagnosis, Evidence, Outcome, Verdict
from examgrad.kinds.criteria import PLAIN
from examgrad.kinds.judging import diagnosis_of, overall
from examgrad.kinds.near import constant, near_enough
from examgrad.kinds.node_values import NodeValues
from examgrad.kinds.numbers import Numeric, in_decimals, judge_number
from examgrad.kinds.reading import Formula, Grid, Unreadable, read_grid, unreadable
from examgrad.kinds.scope import Scope
from examgrad.kinds.updating import number_text

_HEADS: Final = {
    "value": "value", "values": "value", "forward": "value", "forwardvalue": "value", "val": "value",
    "forwardpass": "value", "gradient": "gradient", "gradients": "gradient", "grad": "gradient",
    "backward": "gradient", "backwardpass": "gradient", "derivative": "gradient", "adjoint": "gradient",
    "node": "node", "name": "node", "variable": "node",
}  # fmt: skip
_RULE: Final = re.compile(r"[\s|:+\-]+")
_MOST_PATHS: Final = 6

Written = dict[tuple[str, str], Any]
"""What was written for each node and column."""


class Table(NamedTuple):
    """What is asked for."""

    values: NodeValues
    nodes: Sequence[str]
    columns: Sequence[str]

    def key(self, name: str, column: str) -> list[Fraction]:
        """The right numbers of one cell, row by row."""
        source = self.values.values if column == "value" else self.values.gradients
        return [source[entry] for entry in self.values.entries(name)]


class Judged(NamedTuple):
    """One cell as judged; ``numbers`` are the student's, where they are numbers of the right shape."""

    cell: Cell
    reason: str
    evidence: Evidence
    numbers: list[Fraction] | None = None
    diagnosis: Diagnosis | None = None
    follows: bool = False


def check_table(part: Part, answer: Answer, table: Table) -> Outcome:
    """Judge every cell by itself, then once more given the student's own other cells."""
    scope = Scope.of(part.given)
    written = read_table(answer, table, scope)
    judged = {
        (name, column): _judge(part, scope, table, row, name, column, written.get((name, column)))
        for row, name in enumerate(table.nodes, 1)
        for column in table.columns
    }
    own = _own(table, judged)
    for place, item in judged.items():
        if item.cell.verdict == "incorrect" and item.numbers is not None:
            judged[place] = _followed(part, table, place, item, own)
    return _outcome(part, list(judged.values()))


# -- reading


def read_table(answer: Answer, table: Table, scope: Scope) -> Written:
    """The cells of an answer. Raises :class:`Unreadable` where no table is found in it."""
    value: Any = answer.value if answer.value is not None else answer.work
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
        """``z = -2, ∂L/∂z = 1`` in lines, or parted by commas; ``z: -2, 1`` a line."""
        found: Written = {}
        for line in re.split(r"\n|;", text):
            left, colon, right = line.partition(":")
            if colon and (node := self.node(left)) is not None and "=" not in left:
                cells = _pieces(right)
                if len(cells) == len(self.table.columns):
                    found |= {(node, column): cell for column, cell in zip(self.table.columns, cells, strict=True)}
                    continue
                line = right
            for piece in _pieces(line):
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


def _pieces(text: str) -> list[str]:
    """A text at its commas outside brackets."""
    pieces, depth = [""], 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += letter
    return [piece.strip() for piece in pieces if piece.strip()]


# -- marking


def _judge(part: Part, scope: Scope, table: Table, row: int, name: str, column: str, written: Any) -> Judged:
    """One cell against the right numbers."""
    right = table.key(name, column)
    shape = table.values.shape(name)
    label = printer.unicode_name(name)
    key = _text(right, shape)
    text = _flat(written)
    if not text:
        cell = Cell(row, column, "unanswered", "", key, label)
        return Judged(cell, "this cell is empty", Evidence("undecided"))
    try:
        grid = read_grid(Answer(in_decimals(written)), scope, ())
        entries = _entries(grid, shape, len(right))
    except Unreadable as error:
        cell = Cell(row, column, "unreadable", text, key, label)
        return Judged(cell, error.diagnostic.message, Evidence("undecided"), diagnosis=diagnosis_of(error.diagnostic))
    if entries is None:
        sizes = "×".join(map(str, shape)) or "a single number"
        return Judged(
            Cell(row, column, "incorrect", text, key, label), f"{sizes} was expected here", Evidence("stated")
        )
    numerics = [
        judge_number(entry, Number(number), part.fields.tolerance, PLAIN)
        for entry, number in zip(entries, right, strict=True)
    ]
    worst = _worst(numerics)
    numbers = [_number(entry) for entry in entries]
    known = [number for number in numbers if number is not None]
    cell = Cell(row, column, worst.verdict, text, key, label)
    diagnosis = worst.diagnoses[0] if worst.diagnoses and worst.verdict == "unreadable" else None
    return Judged(cell, worst.reason, worst.evidence, known if len(known) == len(numbers) else None, diagnosis)


def _worst(numerics: Sequence[Numeric]) -> Numeric:
    """What speaks for an array: the first entry that is not right, else the least sure."""
    order: Sequence[Verdict] = ("incorrect", "unreadable", "review", "partial", "correct")
    methods = ("witness", "undecided", "stated", "numeric", "exact", "identical")
    return min(numerics, key=lambda item: (order.index(item.verdict), methods.index(item.evidence.method)))


def _entries(grid: Grid, shape: tuple[int, ...], count: int) -> Sequence[Formula | Unreadable] | None:
    """The entries of what was written, if it has the node's shape (a column may be written as a list or a row)."""
    if len(grid.entries) != count:
        return None
    if len(shape) == 2 and grid.columns != shape[1] and not (grid.columns is None and 1 in shape):
        return None
    if len(shape) < 2 and grid.columns not in (None, 1) and grid.rows != 1:
        return None
    return grid.entries


def _number(entry: Formula | Unreadable) -> Fraction | None:
    """The student's number as a fraction."""
    if isinstance(entry, Unreadable):
        return None
    try:
        tree = entry.scope.plain(entry.tree)
        value = None if tree.symbols() else constant(tree)
    except (ExamgradError, UnsupportedFormula):
        return None
    if value is None:
        return None
    return value if isinstance(value, Fraction) else Fraction(str(float(value)))


def _own(table: Table, judged: Mapping[tuple[str, str], Judged]) -> Mapping[str, dict[str, Fraction]]:
    """The student's own numbers by column and entry, where they are numbers and not the right ones."""
    own: dict[str, dict[str, Fraction]] = {"value": {}, "gradient": {}}
    for (name, column), item in judged.items():
        if item.numbers is not None and item.cell.verdict != "correct":
            own[column] |= dict(zip(table.values.entries(name), item.numbers, strict=True))
    return own


def _followed(
    part: Part, table: Table, place: tuple[str, str], item: Judged, own: Mapping[str, Mapping[str, Fraction]]
) -> Judged:
    """A wrong cell that is right given the student's other cells; else with the slip that makes it, if there is one."""
    name, column = place
    assert item.numbers is not None
    if part.credit.follow_through:
        expected = _from_own(table.values, name, column, own)
        if expected is not None and _near(part, item.numbers, expected):
            reason = "right, given your own earlier numbers"
            cell = item.cell._replace(verdict="correct" if part.credit.follow_through == 1 else "partial")
            evidence = Evidence("numeric", points=1, digits=2, note=reason)
            return item._replace(cell=cell, reason=reason, evidence=evidence, follows=True)
    for code, message, numbers in _slips(table.values, name, column):
        if numbers != table.key(name, column) and _near(part, item.numbers, numbers):
            label = f"∂{table.values.of}/∂{item.cell.layer}" if column == "gradient" else item.cell.layer
            return item._replace(diagnosis=Diagnosis(code, f"{label}: {message}"))
    return item


def _near(part: Part, mine: Sequence[Fraction], right: Sequence[Fraction]) -> bool:
    return all(
        one == two or near_enough(Number(one), one, two, part.fields.tolerance) is not None
        for one, two in zip(mine, right, strict=True)
    )


def _from_own(
    values: NodeValues, name: str, column: str, own: Mapping[str, Mapping[str, Fraction]]
) -> list[Fraction] | None:  # fmt: skip
    """What a cell should be, given the student's wrong numbers elsewhere; ``None`` where they do not matter to it."""
    entries = values.entries(name)
    mine = {**values.values, **own["value"]}
    try:
        if column == "value":
            if name not in values.given.definitions:
                return None
            used = {symbol for entry in entries for symbol in values.definitions[entry].symbols()}
            if not used & own["value"].keys():
                return None
            return [values.number(values.definitions[entry], mine) for entry in entries]
        slopes = {**values.gradients, **own["gradient"]}
        users = {user for entry in entries for user in values.users.get(entry, ())}
        touched = {symbol for user in users for symbol in values.definitions[user].symbols()} & own["value"].keys()
        if not users & own["gradient"].keys() and not touched:
            return None
        return [values.through(entry, mine, slopes) for entry in entries]
    except ExamgradError:
        return None


def _slips(values: NodeValues, name: str, column: str) -> Iterator[tuple[str, str, list[Fraction]]]:
    """The numbers that common slips make of a cell."""
    entries = values.entries(name)
    right = [(values.values if column == "value" else values.gradients)[entry] for entry in entries]
    yield "sign", "right but for its sign.", [-number for number in right]
    if column == "value":
        return
    users = list(dict.fromkeys(_owner(values, user) for entry in entries for user in values.users.get(entry, ())))
    if len(users) > 1:
        for count in range(len(users) - 1, 0, -1):
            for some in list(combinations(users, count))[:_MOST_PATHS]:
                missing = ", ".join(printer.unicode_name(user) for user in users if user not in some)
                words = f"the path through {missing} is missing: a node that is used twice has the sum of its paths."
                yield "path-missing", words, [_along(values, entry, some) for entry in entries]
    whole = users
    local = [
        sum((values.slope(user, entry, values.values) for user in values.users.get(entry, ())), Fraction(0))
        for entry in entries
    ]
    yield (
        "local-only",
        "this is the local derivative only; the gradient of what comes after it belongs in front.",
        local,
    )
    if len(whole) == 1 and all(len(values.users.get(entry, ())) == 1 for entry in entries):
        above = [values.gradients[values.users[entry][0]] for entry in entries]
        yield "local-missing", "this is the gradient of what comes after; the local derivative is missing.", above
    yield "value-for-gradient", "this is the value, not the gradient.", [values.values[entry] for entry in entries]


def _along(values: NodeValues, entry: str, users: Sequence[str]) -> Fraction:
    terms = (
        values.gradients[user] * values.slope(user, entry, values.values)
        for user in values.users.get(entry, ())
        if _owner(values, user) in users
    )
    return sum(terms, Fraction(0))


def _owner(values: NodeValues, entry: str) -> str:
    """The node that an entry belongs to."""
    return next((name for name in values.given.definitions if entry in values.entries(name)), entry)


def _outcome(part: Part, judged: Sequence[Judged]) -> Outcome:
    """The cells together; the first wrong one is told, or else the first empty one."""
    credit = part.credit.follow_through
    earned = sum(
        (
            (credit if item.follows else Fraction(1))
            for item in judged
            if item.cell.verdict == "correct" or item.follows
        ),
        Fraction(0),
    )
    share = earned / len(judged)
    if not part.credit.entries and earned < len(judged):
        share = Fraction(0)
    verdict = overall([item.cell.verdict for item in judged])
    follows = [item for item in judged if item.follows]
    evidence, reason = _surest(judged), "Every cell is right."
    wrong = [item for item in judged if item.cell.verdict != "correct" and not item.follows]
    if wrong:
        first = min(wrong, key=lambda item: item.cell.verdict == "unanswered")
        evidence, reason = first.evidence, f"{first.cell.layer}, {first.cell.column}: {first.reason}"
    elif follows:
        reason = f"{follows[0].cell.layer}, {follows[0].cell.column}: {follows[0].reason}."
    diagnoses = [item.diagnosis for item in judged if item.diagnosis is not None]
    diagnoses += [
        Diagnosis("follows", f"{item.cell.layer}, {item.cell.column}: {item.cell.answer} is {item.reason}.")
        for item in follows
    ]
    return Outcome(
        "incorrect" if verdict == "partial" and not share else verdict, share, reason, evidence, _answer(judged),
        cells=tuple(item.cell for item in judged), diagnoses=tuple(dict.fromkeys(diagnoses)),
    )  # fmt: skip


def _surest(judged: Sequence[Judged]) -> Evidence:
    methods = ("identical", "exact", "numeric", "stated", "undecided", "witness")
    return max((item.evidence for item in judged), key=lambda item: methods.index(item.method))


def _answer(judged: Sequence[Judged]) -> str:
    rows: dict[str, list[str]] = {}
    for item in judged:
        rows.setdefault(item.cell.layer, []).append(item.cell.answer)
    return "; ".join(f"{name}: " + ", ".join(cells) for name, cells in rows.items())


def _text(numbers: Sequence[Fraction], shape: tuple[int, ...]) -> str:
    texts = [number_text(number) for number in numbers]
    if not shape:
        return texts[0]
    if len(shape) == 1:
        return "[" + ", ".join(texts) + "]"
    width = shape[1]
    return "[" + ", ".join("[" + ", ".join(texts[at : at + width]) + "]" for at in range(0, len(texts), width)) + "]"


def _flat(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_flat, value)) + "]"
    return "" if value is None else " ".join(str(value).split())
