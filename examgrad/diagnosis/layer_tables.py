"""Which slip makes a wrong number of a layer table, exactly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from examgrad.diagnosis.drafts import Draft, draft_of
from examgrad.diagnosis.layer_slips import FIRST, SLIPS, Slip
from examgrad.exam.model import Exam, Given, Part
from examgrad.formula.tree import Node
from examgrad.kinds.base import Cell, Diagnosis, Key, Outcome
from examgrad.kinds.cells import judge_cell, named
from examgrad.kinds.follow_through import expected, fits, size_of
from examgrad.kinds.layers import names_of, network_of, written_by_layer
from examgrad.kinds.scope import Scope
from examgrad.layers.formulas import Figure
from examgrad.layers.polynomials import TooLarge
from examgrad.layers.trouble import LayerError

MOST_CELLS: Final = 60
"""How many wrong cells of one table are explained."""
MOST_NAMED: Final = 2
LONGEST_LINE: Final = 70
LEAST_IN_PAIRS: Final = 20
"""Numbers below this are explained by one slip alone: two would explain most of them."""


def explain_table(part: Part, exam: Exam, key: Key, outcome: Outcome) -> Outcome:
    """The outcome with the slips that make its wrong cells, told in the cells and as diagnoses."""
    if not any(_is_open(cell) for cell in outcome.cells):
        return outcome
    scope = Scope.of(Given(names_of(part.given, key.rows)))
    judged = [
        judge_cell(scope, key.rows[cell.row - 1], str(cell.column), cell.answer, cell.row, exam.conventions.image)
        for cell in outcome.cells
    ]
    network = network_of(part, exam)
    follows = expected(network, written_by_layer(judged))
    cells: list[Cell] = []
    found: list[Diagnosis] = []
    left = MOST_CELLS
    for cell, item in zip(outcome.cells, judged, strict=True):
        if _is_open(cell) and item.sizes and left:
            left -= 1
            row, own = network.rows[cell.row - 1], follows[cell.row - 1]
            drafts = [draft_of(network, row, row.effect, network.sites[row.layer].inputs)]
            if own.values:
                drafts.append(draft_of(network, row, own.effect, own.inputs))
            told = _explained(drafts, str(cell.column), _readings(item.sizes, str(cell.column)))
            if told is None:
                told = _of_another_row(key, cell, item.sizes)
            if told is not None:
                cell = cell._replace(reason=told.message)
                found.append(told._replace(message=f"{cell.layer} {named(str(cell.column))}: {told.message}"))
        cells.append(cell)
    return outcome._replace(cells=tuple(cells), diagnoses=(*outcome.diagnoses, *found))


def _is_open(cell: Cell) -> bool:
    """Whether a cell is wrong, and nothing was said of it."""
    return cell.verdict == "incorrect" and not cell.reason


def _readings(sizes: tuple[Node, ...], column: str) -> list[tuple[Node, ...]]:
    """A shape as it stands, and with its channels at either end."""
    if column != "shape" or len(sizes) not in (3, 4):
        return [sizes]
    return [sizes, (*sizes[1:], sizes[0]), (sizes[-1], *sizes[:-1])]


def _explained(drafts: Sequence[Draft], column: str, readings: Sequence[tuple[Node, ...]]) -> Diagnosis | None:
    for sizes in readings:
        for draft, where in zip(drafts, ("", ", given what you wrote above"), strict=False):
            found = list(_single(draft, column, sizes)) or list(_pairs(draft, column, sizes))
            if found:
                words = list(dict.fromkeys(words for _, words in found))[:MOST_NAMED]
                said = f"either {' or '.join(words)}" if len(words) > 1 else words[0]
                return Diagnosis(found[0][0], said + where)
    return None


def _single(draft: Draft, column: str, sizes: tuple[Node, ...]) -> Iterator[tuple[str, str]]:
    """Codes and words of the slips that make the number."""
    seen: set[str] = set()
    for slip in SLIPS:
        if column not in slip.columns.split() or slip.code in seen:
            continue
        for changed in _tried(slip, draft, column):
            if _makes(changed, draft, column, sizes):
                seen.add(slip.code)
                yield slip.code, _words(slip, changed, column)
                break


def _pairs(draft: Draft, column: str, sizes: tuple[Node, ...]) -> list[tuple[str, str]]:
    """Two slips together, if these are the only two that make the number."""
    if column not in ("parameters", "macs", "shape") or _is_small(sizes):
        return []
    found: dict[frozenset[str], tuple[str, str]] = {}
    for first in SLIPS:
        if first.code not in FIRST or column not in first.columns.split():
            continue
        for changed in _tried(first, draft, column):
            if _same(changed, draft, column):
                continue
            for second in SLIPS:
                if second.code == first.code or column not in second.columns.split():
                    continue
                for twice in _tried(second, changed, column):
                    if _makes(twice, draft, column, sizes) and not _same(twice, changed, column):
                        words = f"{_sentence(first, changed)}, and {_words(second, twice, column)}"
                        found.setdefault(frozenset({first.code, second.code}), (first.code, words))
    return list(found.values()) if len(found) == 1 else []


def _is_small(sizes: tuple[Node, ...]) -> bool:
    values = [size_of(size) for size in sizes]
    return len(sizes) == 1 and all(isinstance(value, int) and value < LEAST_IN_PAIRS for value in values)


def _tried(slip: Slip, draft: Draft, column: str) -> Iterator[Draft]:
    try:
        yield from slip.rewrite(draft, column)
    except (LayerError, TooLarge, ValueError, ZeroDivisionError, KeyError):
        return


def _values(draft: Draft, column: str) -> tuple[object, ...] | None:
    try:
        return tuple(figure.value for figure in draft.figures.get(column, ()))
    except (LayerError, TooLarge, ValueError, ZeroDivisionError):
        return None


def _makes(changed: Draft, draft: Draft, column: str, sizes: tuple[Node, ...]) -> bool:
    """Whether a slip gives the student's number, and another than without it."""
    value = _values(changed, column)
    return value is not None and fits(value, sizes) and not _same(changed, draft, column)


def _same(left: Draft, right: Draft, column: str) -> bool:
    return _values(left, column) == _values(right, column)


def _words(slip: Slip, changed: Draft, column: str) -> str:
    """The sentence, and the formula at work that gives the number."""
    lines = list(dict.fromkeys(_line(figure) for figure in changed.figures[column]))
    shown = [line for line in lines if "=" in line][:MOST_NAMED]
    worked = ", ".join(shown)
    sentence = _sentence(slip, changed)
    return f"{sentence}: {worked}" if worked and len(worked) <= LONGEST_LINE else sentence


def _sentence(slip: Slip, changed: Draft) -> str:
    return slip.sentence.replace("the layer above it", changed.without) if changed.without else slip.sentence


def _line(figure: Figure) -> str:
    try:
        return re.sub(r"^\((.*)\) = ", r"\1 = ", figure.line()) if figure.line().count("(") == 1 else figure.line()
    except (TooLarge, ValueError, ZeroDivisionError):
        return ""


def _of_another_row(key: Key, cell: Cell, sizes: tuple[Node, ...]) -> Diagnosis | None:
    """The number of the row above or below."""
    for place, where in ((cell.row - 2, "above"), (cell.row, "below")):
        if not 0 <= place < len(key.rows):
            continue
        row = key.rows[place]
        value = row.values.get(str(cell.column))
        wanted = tuple(value) if isinstance(value, list) else value
        small = isinstance(wanted, int) and wanted < LEAST_IN_PAIRS
        if (
            not small
            and all(isinstance(item, int) for item in (wanted if isinstance(wanted, tuple) else (wanted,)))
            and fits(wanted, sizes)
        ):
            return Diagnosis("other-row", f"this is the number of {row.op}, the row {where}")
    return None


def codes() -> dict[str, str]:
    """The table of codes: what each slip's diagnosis says."""
    found: dict[str, str] = {}
    for slip in SLIPS:
        found.setdefault(slip.code, slip.sentence)
    return found | {"other-row": "this is the number of another row"}
