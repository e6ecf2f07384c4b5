"""How a table of a graph's values and gradients is marked, cell by cell.

A cell that is wrong but right given the student's own other cells follows from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any, Final, NamedTuple

from examgrad.equality import UnsupportedFormula
from examgrad.errors import ExamgradError
from examgrad.exam.model import Answer, Part
from examgrad.formula import printer
from examgrad.formula.tree import Number
from examgrad.kinds.base import UNDECIDED, Cell, Diagnosis, Evidence, Outcome, Verdict
from examgrad.kinds.criteria import PLAIN
from examgrad.kinds.graph_tables import Table, read_table
from examgrad.kinds.grids import Grid, read_grid
from examgrad.kinds.judging import diagnosis_of, overall
from examgrad.kinds.near import constant, near_enough
from examgrad.kinds.node_values import NodeValues
from examgrad.kinds.number_texts import number_text
from examgrad.kinds.numbers import Numeric, in_decimals, judge_number
from examgrad.kinds.reading import Formula, Unreadable
from examgrad.kinds.scope import Scope

_MOST_PATHS: Final = 6


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
    asked = [item for (name, column), item in judged.items() if not table.is_given(name, column)]
    return _outcome(part, asked or list(judged.values()))


def _judge(part: Part, scope: Scope, table: Table, row: int, name: str, column: str, written: Any) -> Judged:
    """One cell against the right numbers."""
    right = table.key(name, column)
    shape = table.values.shape(name)
    label = printer.unicode_name(name)
    key = _text(right, shape)
    text = _flat(written)
    if not text:
        cell = Cell(row, column, "unanswered", "", key, label)
        return Judged(cell, "this cell is empty", UNDECIDED)
    try:
        grid = read_grid(Answer(in_decimals(written)), scope)
        entries = _entries(grid, shape, len(right))
    except Unreadable as error:
        cell = Cell(row, column, "unreadable", text, key, label)
        return Judged(cell, error.diagnostic.message, UNDECIDED, diagnosis=diagnosis_of(error.diagnostic))
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
    return min(numerics, key=lambda item: (order.index(item.verdict), -item.evidence.doubt))


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
    """The student's own numbers by column and entry, where they are numbers and not the right ones.

    A zero in place of another number is not followed: everything that comes of it would be zero.
    """
    own: dict[str, dict[str, Fraction]] = {"value": {}, "gradient": {}}
    for (name, column), item in judged.items():
        if item.numbers is not None and item.cell.verdict != "correct":
            pairs = zip(table.values.entries(name), item.numbers, table.key(name, column), strict=True)
            own[column] |= {entry: mine for entry, mine, right in pairs if mine or not right}
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
) -> list[Fraction] | None:
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
    evidence = max((item.evidence for item in judged), key=lambda item: item.doubt)
    reason = "Every cell is right."
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
