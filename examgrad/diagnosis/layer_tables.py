"""Which slip makes a wrong number of a layer table, exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from examgrad.diagnosis.drafts import Draft, draft_of
from examgrad.diagnosis.layer_slips import FIRST, LAST, SLIPS, Slip
from examgrad.exam.model import Exam, Given, Part
from examgrad.formula.tree import Node
from examgrad.kinds.base import Cell, Diagnosis, Key, Outcome, names_of_rows
from examgrad.kinds.layer_tables.cells import OTHER_RANK, judge_cell, named
from examgrad.kinds.layer_tables.follow_through import expected, fits, size_of
from examgrad.kinds.layer_tables.marks import network_of, written_by_layer
from examgrad.kinds.layers import names_of
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
    if network is None:
        return outcome
    follows = expected(network, written_by_layer(judged, len(network.rows)))
    cells: list[Cell] = []
    found: list[Diagnosis] = []
    left, rows = MOST_CELLS, names_of_rows(outcome.cells)
    for cell, item in zip(outcome.cells, judged, strict=True):
        if _is_open(cell) and item.sizes and left:
            left -= 1
            row, own = network.rows[cell.row - 1], follows[cell.row - 1]
            drafts = [draft_of(network, row, row.effect, network.sites[row.layer].inputs)]
            if own.values:
                drafts.append(draft_of(network, row, own.effect, own.inputs))
            told = _explained(drafts, str(cell.column), _readings(item.sizes, str(cell.column)))
            told = told or _of_another_row(key, cell, item.sizes)
            if told:
                cell = cell._replace(reason=told[0].message)
                where = f"{rows[cell.row]} {named(str(cell.column))}: "
                found += [slip._replace(message=where + slip.message) for slip in told]
        cells.append(cell)
    first = next((cell for cell in cells if cell.verdict == "incorrect"), None)
    reason = f"{first.layer}, {first.column}: {first.reason}" if first is not None and first.reason else outcome.reason
    return outcome._replace(cells=tuple(cells), reason=reason, diagnoses=(*outcome.diagnoses, *found))


def _is_open(cell: Cell) -> bool:
    """Whether a cell is wrong, and nothing was said of it but how many axes it has."""
    return cell.verdict == "incorrect" and (not cell.reason or cell.reason.startswith(OTHER_RANK))


def _readings(sizes: tuple[Node, ...], column: str) -> list[tuple[Node, ...]]:
    """A shape as it stands, and with its channels at either end."""
    if column != "shape" or len(sizes) not in (3, 4):
        return [sizes]
    return [sizes, (*sizes[1:], sizes[0]), (sizes[-1], *sizes[:-1])]


class _Told(NamedTuple):
    """The slips (one, or two together) that make a number, and what is to be said of them."""

    codes: tuple[str, ...]
    words: str


def _explained(drafts: Sequence[Draft], column: str, readings: Sequence[tuple[Node, ...]]) -> list[Diagnosis]:
    """What makes a number: its slip, or two slips of which either does; first as from the right rows above."""
    for sizes in readings:
        for draft, where in zip(drafts, ("", ", given what you wrote above"), strict=False):
            found = _single(draft, column, sizes) or _pairs(draft, column, sizes)
            if found:
                found = found[:MOST_NAMED]
                words = "; or ".join(dict.fromkeys(told.words for told in found)) + where
                message = f"either {words}" if len(found) > 1 else words
                return [Diagnosis(code, message) for told in found for code in told.codes]
    return []


def _single(draft: Draft, column: str, sizes: tuple[Node, ...]) -> list[_Told]:
    """The slips that make the number, each alone."""
    found: dict[str, _Told] = {}
    for slip in _slips_of(draft, column):
        if slip.code not in found:
            for changed in _tried(slip, draft, column):
                if _makes(changed, draft, column, sizes):
                    found[slip.code] = _Told((slip.code,), _words(slip, changed, draft, column))
                    break
    likely = [told for code, told in found.items() if code not in LAST]
    return likely or list(found.values())[:1]


def _slips_of(draft: Draft, column: str) -> Iterator[Slip]:
    """The slips that a layer's column can be spoilt by; shared weights count nothing, whatever they would count."""
    for slip in SLIPS:
        shared = bool(draft.row.shared) and column == "parameters"
        if column in slip.columns.split() and (not shared or slip.code == "shared-weights"):
            yield slip


def _pairs(draft: Draft, column: str, sizes: tuple[Node, ...]) -> list[_Told]:
    """Two slips together, if these are the only two that make the number."""
    if column not in ("parameters", "macs", "shape") or _is_small(sizes):
        return []
    found: dict[frozenset[str], _Told] = {}
    for first in _slips_of(draft, column):
        if first.code not in FIRST:
            continue
        for changed in _tried(first, draft, column):
            if _same(changed, draft, column):
                continue
            for second in _slips_of(draft, column):
                for twice in _tried(second, changed, column) if second.code != first.code else ():
                    if _makes(twice, draft, column, sizes) and not _same(twice, changed, column):
                        words = f"{_sentence(first, changed)}, and {_words(second, twice, draft, column)}"
                        found.setdefault(frozenset((first.code, second.code)), _Told((first.code, second.code), words))
    return list(found.values()) if len(found) == 1 else []


def _is_small(sizes: tuple[Node, ...]) -> bool:
    values = [size_of(size) for size in sizes]
    return len(sizes) == 1 and all(isinstance(value, int) and value < LEAST_IN_PAIRS for value in values)


def _tried(slip: Slip, draft: Draft, column: str) -> Iterator[Draft]:
    try:
        yield from slip.rewrite(draft, column)
    except Exception:  # an explanation is extra: where a slip does not go with a layer, no mark is touched
        return


def _values(draft: Draft, column: str) -> tuple[object, ...] | None:
    try:
        return tuple(figure.value for figure in draft.figures.get(column, ()))
    except (LayerError, TooLarge, ArithmeticError, LookupError, TypeError, ValueError):
        return None


def _makes(changed: Draft, draft: Draft, column: str, sizes: tuple[Node, ...]) -> bool:
    """Whether a slip gives the student's number, and another than without it."""
    value = _values(changed, column)
    return value is not None and fits(value, sizes) and not _same(changed, draft, column)


def _same(left: Draft, right: Draft, column: str) -> bool:
    return _values(left, column) == _values(right, column)


def _words(slip: Slip, changed: Draft, draft: Draft, column: str) -> str:
    """The sentence, and the formulas at work that give the number, as far as they are not the right ones."""
    right = [_line(figure) for figure in draft.figures[column]]
    lines = dict.fromkeys(_line(figure) for figure in changed.figures[column])
    worked = ", ".join([line for line in lines if "=" in line and line not in right][:MOST_NAMED])
    sentence = _sentence(slip, changed)
    return f"{sentence}: {worked}" if worked and len(worked) <= LONGEST_LINE else sentence


def _sentence(slip: Slip, changed: Draft) -> str:
    return slip.sentence.replace("the layer above it", changed.without) if changed.without else slip.sentence


def _line(figure: Figure) -> str:
    try:
        return figure.line()
    except (TooLarge, ValueError, ZeroDivisionError):
        return ""


def _of_another_row(key: Key, cell: Cell, sizes: tuple[Node, ...]) -> list[Diagnosis]:
    """The number of the row above or below."""
    for place, where in ((cell.row - 2, "above"), (cell.row, "below")):
        value = key.rows[place].values.get(str(cell.column)) if 0 <= place < len(key.rows) else None
        wanted = tuple(value) if isinstance(value, list) else value
        telling = isinstance(wanted, tuple) or (isinstance(wanted, int) and wanted >= LEAST_IN_PAIRS)
        if telling and wanted != () and _in_numbers(wanted) and fits(wanted, sizes):
            return [Diagnosis("other-row", f"this is the number of {key.rows[place].op}, the row {where}")]
    return []


def _in_numbers(wanted: object) -> bool:
    return all(isinstance(size, int) for size in (wanted if isinstance(wanted, tuple) else (wanted,)))
