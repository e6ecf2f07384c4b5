"""How a layer table is marked: cell by cell, with what follows from the student's own earlier rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from examgrad.errors import Diagnostic
from examgrad.exam.layers_from import fitted, rules_of
from examgrad.exam.model import Answer, Exam, Given, Part
from examgrad.formula.tree import Number
from examgrad.kinds.base import Diagnosis, Evidence, Key, Outcome, Row, Verdict, names_of_rows
from examgrad.kinds.judging import overall
from examgrad.kinds.layer_tables.cells import ARRAYS, Judged, judge_cell, judge_count, named, shown, written_text
from examgrad.kinds.layer_tables.counts import read_count
from examgrad.kinds.layer_tables.tables import Table, read_table
from examgrad.kinds.layers import names_of
from examgrad.kinds.reading import Unreadable
from examgrad.kinds.scope import Scope

if TYPE_CHECKING:
    from examgrad.kinds.layer_tables.follow_through import Own
    from examgrad.layers.rows import Network


def marked(part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
    """Judge every cell; what is wrong may be right given the student's own earlier rows."""
    scope = Scope.of(Given(names_of(part.given, key.rows)))
    table, judged = _judged(part, exam, scope, key.rows, answer)
    judged = _followed(part, exam, judged)
    return _outcome(part, judged, (*table.remarks, *_totals(scope, key, table, judged)))


def _judged(part: Part, exam: Exam, scope: Scope, rows: Sequence[Row], answer: Answer) -> tuple[Table, list[Judged]]:
    """A table as it was read, and each of its cells against its key; what a layer does not have is not asked for."""
    ask = list(dict.fromkeys(part.fields.ask))
    table = read_table(answer, ask, [(row.layer, row.op) for row in rows], str(part.given.input))
    judged = [
        judge_cell(scope, row, column, cells.get(column), number, exam.conventions.image)
        for number, (row, cells) in enumerate(zip(rows, table.rows, strict=True), 1)
        for column in ask
        if row.values.get(column) is not None
    ]
    return table, judged


def stated_key_problems(part: Part, exam: Exam, rows: Sequence[Row]) -> list[Diagnostic]:
    """The author's own table against the computed one: the cells that differ."""
    stated = part.fields.key
    try:
        _, judged = _judged(part, exam, Scope.of(Given(names_of(part.given, rows))), rows, Answer(stated))
    except Unreadable as error:
        return [replace(error.diagnostic, audience="author", location=error.diagnostic.location or stated.location)]
    found = []
    for item in judged:
        cell = item.cell
        if cell.verdict not in ("correct", "unanswered"):
            place = f"{cell.layer} (row {cell.row})"
            message = (
                f"the stated key says {cell.answer} for the {named(str(cell.column))} of {place}: it is {cell.key}"
            )
            help = "correct the key, or leave it out"
            found.append(Diagnostic("stated-key", message, "author", stated.location, help))
    return found


def network_of(part: Part, exam: Exam) -> Network | None:
    """The part's network, run once and kept for the next answer; ``None`` where a model does not tell all of it."""
    return _network(_Same(part.given), exam.conventions)


class _Same:
    """A value that is equal to itself alone, so that what it leads to can be kept."""

    def __init__(self, value: Given) -> None:
        self.value: Final = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.value is self.value


@lru_cache(maxsize=8)
def _network(given: _Same, conventions: Any) -> Network | None:
    from examgrad.layers.table import network

    placed = fitted(given.value, conventions)
    if placed is not None and len(placed.rows) > len(placed.table.rows):
        return None
    layers = given.value.layers if placed is None else placed.layers
    return network(given.value.input, layers, rules_of(conventions))


def written_by_layer(judged: Sequence[Judged], count: int) -> list[Own]:
    """What the student wrote in each of the rows that the rows below are to be worked out from."""
    from examgrad.kinds.layer_tables.follow_through import Own

    rows: dict[int, Own] = {}
    for item in judged:
        own = rows.get(item.cell.row, Own())
        if item.cell.column == "shape":
            right = item.cell.verdict == "correct"
            own = own._replace(right=right, shape=() if right else item.sizes)
        elif item.cell.column == "receptive_field" and item.cell.verdict != "correct":
            own = own._replace(receptive_field=item.sizes)
        rows[item.cell.row] = own
    return [rows.get(number, Own()) for number in range(1, count + 1)]


def _followed(part: Part, exam: Exam, judged: list[Judged]) -> list[Judged]:
    """The cells again, those right (or partly, by ``credit.follow_through``) that follow from the student's own."""
    share = part.credit.follow_through
    if not share or not any(item.cell.verdict == "incorrect" and item.cell.column in ARRAYS for item in judged):
        return judged
    from examgrad.kinds.layer_tables.follow_through import expected, fits

    network = network_of(part, exam)
    if network is None:
        return judged
    follows = expected(network, written_by_layer(judged, len(network.rows)))
    verdict: Verdict = "correct" if share == 1 else "partial"
    found: list[Judged] = []
    columns: dict[int, list[str]] = {}
    for item in judged:
        cell = item.cell
        value = follows[cell.row - 1].values.get(str(cell.column))
        if cell.verdict == "incorrect" and value is not None and item.sizes and fits(value, item.sizes):
            note = f"right, given what you wrote above: {shown(value)} follows from it"
            cell = cell._replace(verdict=verdict, reason="" if share == 1 else note)
            item = item._replace(cell=cell, reason=note, evidence=Evidence("exact"), diagnosis=None)
            columns.setdefault(cell.row, []).append(named(str(cell.column)))
            first = cell.row if len(columns[cell.row]) == 1 else 0
            item = item._replace(follows=first)
        found.append(item)
    rows = names_of_rows(item.cell for item in found)
    return [
        item._replace(diagnosis=_follows(rows[item.follows], columns[item.follows])) if item.follows else item
        for item in found
    ]


def _follows(called: str, columns: Sequence[str]) -> Diagnosis:
    """What is said once of a row."""
    what = " and ".join(filter(None, (", ".join(columns[:-1]), columns[-1])))
    return Diagnosis("follows", f"{called} {what}: right, given what you wrote above.")


def _totals(scope: Scope, key: Key, table: Table, judged: Sequence[Judged]) -> list[Diagnosis]:
    """What is to be said of the row that adds up the others: it is not marked."""
    found = []
    for column, written in (table.total or {}).items():
        right = [row.values.get(column) for row in key.rows]
        if column not in ("parameters", "macs", "activations") or not all(isinstance(size, int) for size in right):
            continue
        sizes = [item.sizes[0] for item in judged if item.cell.column == column and item.sizes]
        own = sum(size.value for size in sizes if isinstance(size, Number))
        total = sum(size for size in right if isinstance(size, int))
        try:
            count = read_count(written, scope)
            near = [judge_count(scope, count, sum_).verdict for sum_ in (total, int(own))]
        except Unreadable:
            continue
        if near == ["incorrect", "incorrect"]:
            message = f"The total of the {named(column)} is {total}, not {written_text(written)} (it is not marked)."
            found.append(Diagnosis("total", message))
    return found


def _outcome(part: Part, judged: Sequence[Judged], remarks: Sequence[Diagnosis]) -> Outcome:
    """The cells together; the first wrong one is told, or else the first empty one."""
    right = sum(item.cell.verdict == "correct" for item in judged)
    partly = sum(item.cell.verdict == "partial" for item in judged) * part.credit.follow_through
    share = (right + partly) / Fraction(max(1, len(judged)))
    if not part.credit.entries and right < len(judged):
        share = Fraction(0)
    verdict = overall([item.cell.verdict for item in judged])
    evidence, reason = Evidence("exact"), "Every cell is right."
    if verdict != "correct":
        first = min(judged, key=lambda item: _RANKS.get(item.cell.verdict, 0))
        evidence, reason = first.evidence, f"{first.cell.layer}, {first.cell.column}: {first.reason}"
    return Outcome(
        verdict if share or verdict != "partial" else "incorrect", share, reason, evidence, _answer(judged),
        cells=tuple(item.cell for item in judged),
        diagnoses=(*remarks, *_diagnoses(judged)),
    )  # fmt: skip


_RANKS: Final = {"partial": 1, "unanswered": 2, "correct": 3}


def _diagnoses(judged: Sequence[Judged]) -> Iterator[Diagnosis]:
    """What is said of cells, each with its row and column; what cannot be read shows its own place."""
    rows = names_of_rows(item.cell for item in judged)
    for item in judged:
        if item.diagnosis is None:
            continue
        if item.cell.verdict == "unreadable" or item.follows:
            yield item.diagnosis
        else:
            where = f"{rows[item.cell.row]} {named(str(item.cell.column))}"
            yield item.diagnosis._replace(message=f"{where}: {item.diagnosis.message}")


def _answer(judged: Sequence[Judged]) -> str:
    rows: dict[int, list[str]] = {}
    for item in judged:
        rows.setdefault(item.cell.row, []).append(item.cell.answer)
    return "; ".join(", ".join(cells) for cells in rows.values())
