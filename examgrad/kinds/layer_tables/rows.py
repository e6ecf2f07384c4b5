"""The rows of a student's table as they were written: by position, under headings, by column, or with named cells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from examgrad.exam.fields import nearest
from examgrad.kinds.layer_tables.headings import column_of, heading_key, is_heading, is_vague
from examgrad.kinds.layer_tables.row_names import Naming, family
from examgrad.kinds.layer_tables.sheets import cells_of, rows_of
from examgrad.kinds.reading import unreadable
from examgrad.kinds.stretches import part_of

MOST_ROWS: Final = 20_000
_ROW_COLUMNS: Final = ("label", "number")
_ENUMERATED = re.compile(r"\s*\(?(\d{1,4})[.)]\s+(?=\S)")
_HEADED = re.compile(r"\s*([A-Za-z#][A-Za-z #]*?)\s*(?:[:=]\s*|\s)(?=[\d(\[])")

Cells = Mapping[str, object]


@dataclass(frozen=True)
class Written:
    """One row as it was written; a cell that cannot be read is its :class:`Unreadable`."""

    naming: Naming
    cells: Cells


def written_rows(value: object, ask: tuple[str, ...]) -> list[Written]:
    """The rows of a table whose columns are ``ask``. Raises :class:`Unreadable` where there is no telling them."""
    if isinstance(value, str):
        return _of_lists(rows_of(value, len(ask)), ask)
    if isinstance(value, Mapping):
        return _of_mapping(value, ask)
    if not isinstance(value, Sequence) or not value:
        raise unreadable(value, "a table was expected here, one row a layer")
    if len(value) > MOST_ROWS:
        raise unreadable(value, f"a table has at most {MOST_ROWS} rows, and this has {len(value)}", code="too-long")
    items: list[object] = list(value)
    if len(items) == 1 and isinstance(items[0], str) and "\n" in items[0].strip():
        return written_rows(items[0], ask)
    if all(isinstance(item, Sequence) for item in items):
        lists = [_as_list(item, ask) for item in items]
        return _of_lists(lists, ask)
    return [_row(item, ask) for item in items]


def _as_list(item: object, ask: tuple[str, ...]) -> list[object]:
    """A row that is a list, or one line of text, as a list of cells."""
    if isinstance(item, str):
        cells = (
            cells_of(item, len(ask)) if len(ask) > 1 or re.match(r"\s*[A-Za-z][\w ]*(\(.*\))?\s*[:|]", item) else None
        )
        return list(cells) if cells else [item]
    assert isinstance(item, Sequence)
    if len(ask) == 1 and _is_one_cell(list(item), ask[0]):
        return [item]
    return list(item)


def _is_one_cell(items: list[object], column: str) -> bool:
    """Whether a list, where one column is asked for, is a shape and no row of a name and a cell."""
    if column not in ("shape", "receptive_field") or not all(isinstance(item, str) for item in items):
        return False
    return not any(family(str(item)) or re.search(r"[x×,(\[]", str(item)) for item in items)


def _of_mapping(value: Mapping[object, object], ask: tuple[str, ...]) -> list[Written]:
    """By column (``shape: [...]``), or by layer."""
    columns = {name: column_of(name) for name in value}
    if all(columns.values()) and any(column in ask for column in columns.values()):
        if not all(isinstance(item, str) for item in value.values()):
            return _by_column(value, columns, ask)
        return [_row(value, ask)]  # a network of a single layer
    return [_named_row(name, item, ask) for name, item in value.items()]


def _by_column(
    value: Mapping[object, object], columns: Mapping[object, str | None], ask: tuple[str, ...]
) -> list[Written]:
    if all(isinstance(item, Mapping) for item in value.values()):
        found: dict[str, dict[str, object]] = {}
        for name, cells in value.items():
            assert isinstance(cells, Mapping)
            for layer, cell in cells.items():
                found.setdefault(layer, {})[str(columns[name])] = cell
        return [Written(_naming([layer]), cells) for layer, cells in found.items()]
    lists: dict[str, list[object]] = {}
    for name, cells in value.items():
        if isinstance(cells, Mapping) or (isinstance(cells, str) and "\n" not in cells.strip()):
            raise unreadable(cells, f"under '{name}' a list was expected, one cell a layer")
        lists[str(columns[name])] = list(cells.splitlines()) if isinstance(cells, str) else list(cells)  # type: ignore[call-overload]
    rows = []
    for at in range(min(MOST_ROWS, max(map(len, lists.values())))):
        cells = {column: items[at] for column, items in lists.items() if at < len(items)}
        label, number = cells.pop("label", None), cells.pop("number", None)
        rows.append(Written(_naming([item for item in (label, number) if item is not None]), cells))
    return rows


def _named_row(name: object, item: object, ask: tuple[str, ...]) -> Written:
    if isinstance(item, Mapping):
        row = _row(item, ask)
        return Written(_naming([name, *row.naming.labels]), row.cells)
    cells: list[object] = _as_list(item, ask) if isinstance(item, str | Sequence) else [item]
    if len(cells) > len(ask):
        cells = _joined_thousands(cells, len(ask))
    return Written(_naming([name]), _placed(cells, ask, item))


def _row(row: object, ask: tuple[str, ...]) -> Written:
    if isinstance(row, Mapping):
        if len(row) == 1 and column_of(next(iter(row))) is None:
            ((name, item),) = row.items()
            return _named_row(name, item, ask)
        return _of_pairs([(name, item) for name, item in row.items()], ask)
    if isinstance(row, Sequence):
        return _of_list(_as_list(row, ask), ask, row)
    raise unreadable(row, f"a row is a mapping or a list of cells ({', '.join(ask)})")


def _of_pairs(pairs: Sequence[tuple[object, object]], ask: tuple[str, ...]) -> Written:
    """A row whose cells go by the names of their columns; columns beside those asked for are not read."""
    cells: dict[str, object] = {}
    labels: list[object] = []
    unknown = []
    vague: set[str] = set()
    for name, item in pairs:
        column = column_of(name)
        if column in _ROW_COLUMNS:
            labels.append(item)
        elif column is None:
            unknown.append(name)
        elif column not in cells or (column in vague and not is_vague(name)):
            cells[column] = item
            (vague.add if is_vague(name) else vague.discard)(column)
    if "parameters" in vague:
        cells["parameters"] = _with_biases(cells["parameters"], pairs)
    if unknown and not all(column in cells for column in ask):
        known = [column for column in ask if column not in cells]
        message = f"'{str(unknown[0])[:60]}' is no column of this table{nearest(str(unknown[0])[:60], known)}"
        raise unreadable(unknown[0], message, help=f"its columns are {', '.join(ask)}")
    return Written(_naming(labels), cells)


def _with_biases(weights: object, pairs: Sequence[tuple[object, object]]) -> object:
    """The weights with the biases of the column beside them, or the total of both."""
    by_key = {heading_key(name): item for name, item in pairs}
    if isinstance(total := by_key.get("total"), str) and total.strip():
        return total
    biases = by_key.get("biases", by_key.get("bias"))
    if isinstance(weights, str) and isinstance(biases, str) and re.search(r"\d", weights) and re.search(r"\d", biases):
        return f"({weights}) + ({biases})"
    return weights


def _of_lists(rows: Sequence[Sequence[object]], ask: tuple[str, ...]) -> list[Written]:
    """Rows of cells, perhaps under a row of headings."""
    if len(rows) > MOST_ROWS:
        raise unreadable(rows[0], f"a table has at most {MOST_ROWS} rows, and this has {len(rows)}", code="too-long")
    if len(rows) > 1 and is_heading(rows[0]):
        heads = list(rows[0])
        known = [column_of(head) for head in heads]
        if not any(column in ask for column in known):
            raise unreadable(heads[0], f"none of the columns asked for is in this table: {', '.join(ask)}")
        return [_under(heads, list(row), ask) for row in rows[1:]]
    return [_of_list(list(row), ask, row) for row in rows]


def _under(heads: list[object], row: list[object], ask: tuple[str, ...]) -> Written:
    if len(row) == len(heads) - 1 and column_of(heads[0]) in _ROW_COLUMNS and not _looks_like_label(row[0]):
        heads = heads[1:]  # the first cell was left out with its bar
    if len(row) > len(heads):
        row = _joined_thousands(row, len(heads))
    return _of_pairs(list(zip(heads, row, strict=False)), ask)


def _of_list(items: list[object], ask: tuple[str, ...], row: object) -> Written:
    """A row by position: the cells asked for, behind a name, a number, or both."""
    width = len(ask)
    labels: list[object] = []
    first = items[0] if items else None
    if isinstance(first, str) and not _is_name(first) and (number := _ENUMERATED.match(first)):
        labels.append(number[1])
        items = [part_of(first, number.end(), len(first)), *items[1:]]
    if len(items) > width and not _looks_like_label(items[0]):
        items = _joined_thousands(items, width)
    while len(items) > width and len(labels) < 2 and (_is_name if labels else _looks_like_label)(items[0]):
        labels.append(items.pop(0))
    if len(items) > width:
        items = _joined_thousands(items, width)
    if not labels and 1 < len(items) <= width and family(str(items[0])) and _is_only_name(items[0]):
        labels.append(items.pop(0))
    pairs = [pair for item in items if (pair := _headed(item, ask)) is not None]
    if width > 1 and pairs and len(pairs) == len(items):
        return Written(_naming(labels), _of_pairs(pairs, ask).cells)
    return Written(_naming(labels), _placed(items, ask, row))


def _headed(item: object, ask: tuple[str, ...]) -> tuple[str, str] | None:
    """A cell that says which column it is of, as a pair: ``params = 760``."""
    match = _HEADED.match(item) if isinstance(item, str) else None
    if match is None or column_of(match[1]) not in ask:
        return None
    assert isinstance(item, str)
    return match[1], part_of(item, match.end(), len(item))


def _placed(items: Sequence[object], ask: tuple[str, ...], row: object) -> Cells:
    """The cells in the order of the columns; a row with more is unreadable, and touches no other row."""
    if len(items) > len(ask):
        error = unreadable(row, f"a row has {len(ask)} cells ({', '.join(ask)}), this one {len(items)}")
        return dict.fromkeys(ask, error)
    return dict(zip(ask, items, strict=False))


def _looks_like_label(item: object) -> bool:
    if not isinstance(item, str):
        return False
    return (
        not item.strip()
        or _is_name(item)
        or re.fullmatch(r"\s*(?:layer\s*)?#?\d{1,4}\s*[.)]?\s*", item, re.I) is not None
    )


def _is_name(text: object) -> bool:
    if not isinstance(text, str):
        return False
    return bool(family(text)) or re.match(r"\s*(?:\d+[.):]\s*)?[^\W\d]\w{2,}", text) is not None


def _is_only_name(text: object) -> bool:
    """Whether a cell is a layer's name, and nothing is said of the layer behind it (``conv1: 28x28x10``)."""
    return _is_name(text) and not re.search(r"[:=].*\d", re.sub(r"\([^()]*\)", "", str(text)))


def _joined_thousands(items: Sequence[object], width: int) -> list[object]:
    """Cells of which a list's commas cut ``1,216`` in two, as many as there are columns."""
    joined: list[object] = []
    spare = len(items) - width
    for item in items:
        last = joined[-1] if joined else None
        if (
            spare > 0 and isinstance(item, str) and isinstance(last, str)
            and re.fullmatch(r"\s*\d{3}\s*", item) and re.fullmatch(r"\s*[1-9]\d{0,2}(?:,\d{3})*\s*", last)
        ):  # fmt: skip
            joined[-1] = f"{last.strip()},{item.strip()}"
            spare -= 1
        else:
            joined.append(item)
    return joined if len(joined) == width else list(items)


def _naming(labels: Sequence[object]) -> Naming:
    """What a row's labels say, a number among them set apart."""
    words: list[str] = []
    number: int | None = None
    for label in labels:
        text = str(label).strip(" *`|:")
        if match := re.fullmatch(r"(?:layer\s*|row\s*)?#?([0-9]{1,4})[.)]?", text, re.I):
            number = int(match[1])
        if text and not text.strip("#.)").isdigit():  # ``layer 3`` is a number to some, and a name to others
            words.append(text)
    return Naming(tuple(words), number)
