"""Tables that are written as text: Markdown, LaTeX, HTML, tabs, commas, columns, a framework's own summary."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from examgrad.exam.document import VERBATIM, Text
from examgrad.kinds.layer_tables.headings import is_heading
from examgrad.kinds.reading import unreadable
from examgrad.kinds.stretches import part_of, split, stripped

LONGEST: Final = 1_000_000
"""Characters in one table."""
LONGEST_LINE: Final = 20_000
MOST_LINES: Final = 20_000
_RULE = re.compile(r"[\s|:+=_─━┼│├┤┌┐└┘┬┴╪═-]*")
_SET = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|centering|small|footnotesize|cline\s*\{[^{}]*\}|cmidrule(?:\([^()]*\))?\{[^{}]*\}"
    r"|begin\s*\{[a-z]*\*?\}(?:\s*\[[^\[\]]*\])?(?:\s*\{[^{}]*\})?|end\s*\{[a-z]*\*?\})"
)
_ROW_END = re.compile(r"\\\\(?:\s*\[[^\[\]\n]{0,20}\])?|\\tabularnewline")
_CELL = re.compile(r"(?<!\\)&")
_TAG = re.compile(r"<[^<>]*>")
_ROW_TAG, _CELL_TAG = re.compile(r"(?i)<tr\b[^<>]*>"), re.compile(r"(?i)<t[dh]\b[^<>]*>")
_NAMED = re.compile(r"\s*([A-Za-z]\w*(?: \w+){0,3}(?:\([^()]*\))?)\s*(?::|->|→|=>|=)\s*")
_BEHIND = re.compile(r"(.*[^\s(])\s+\((\s*\d[^()]*)\)\s*")
_BULLET = re.compile(r"\s*[-–•*]\s+(?=[A-Za-z(])")
_ARROWS = re.compile(r"→|⇒|⟶|=>|->|\\(?:to|rightarrow|Rightarrow)(?![A-Za-z])")
Rows = list[list[str]]


def rows_of(text: str, width: int) -> Rows:
    """The cells of a table, row by row, a row of headings among them; ``width`` is how many columns are asked for.

    Raises :class:`Unreadable` where no way of cutting the lines gives rows of as many cells.
    """
    if len(text) > LONGEST:
        raise unreadable(text, f"a table has at most {LONGEST} characters, and this has {len(text)}", code="too-long")
    if _ROW_TAG.search(text):
        return _of_html(text)
    if (r"\\" in text or "tabularnewline" in text) and _CELL.search(text):
        return _of_latex(text)
    lines = [line for line in _lines(text) if not _RULE.fullmatch(line)]
    if len(lines) > MOST_LINES:
        raise unreadable(text, f"a table has at most {MOST_LINES} lines, and this has {len(lines)}", code="too-long")
    if (long := next((line for line in lines if len(line) > LONGEST_LINE), None)) is not None:
        raise unreadable(long, f"a line of a table has at most {LONGEST_LINE} characters", code="too-long")
    barred = [line for line in lines if "|" in line or "│" in line]
    if len(barred) > len(lines) / 2:
        return [_bars(line) for line in barred]
    for cut in _CUTS:
        if (rows := _all_cut(lines, cut, width)) is not None:
            return rows
    if width == 1:
        return _single_column(lines)
    raise unreadable(text, "a table was expected here, one row a layer")


def cells_of(line: str, width: int) -> list[str] | None:
    """The cells of a single line, if it has as many as are asked for, or one more for the layer's name."""
    if "|" in line:
        return _bars(line)
    for cut in _CUTS if width > 1 else (_tabs, _named_whole):
        cells = cut(line)
        if len(cells) in (width, width + 1) and len(cells) > 1:
            return cells
    return None


def _lines(text: str) -> list[str]:
    if not isinstance(text, Text) or text.style not in ("|", VERBATIM):
        return [line for line in text.splitlines() if line.strip()]
    return list(text.lines())


def _all_cut(lines: Sequence[str], cut: Callable[[str], list[str]], width: int) -> Rows | None:
    """The lines cut in one way, if that gives rows of one length; closing remarks (``Total params: 9``) are left."""
    rows = [cut(line) for line in lines]
    if not rows:
        return None
    if len(rows) > 1 and is_heading(rows[0]):
        full = len(rows[0])
        fitting = [row for row in rows if len(row) in (full, full - 1)]
        return fitting if full >= max(2, width) and len(fitting) > len(rows) / 2 else None
    lengths = {len(row) for row in rows}
    return rows if width > 1 and lengths in ({width}, {width + 1}) else None


def _single_column(lines: Sequence[str]) -> Rows:
    """One cell a line, perhaps behind a name; or all of them in one line."""
    if len(lines) == 1:
        for cut in (_semicolons, lambda line: _pieces(line, _ARROWS), _guarded_commas):
            if len(cells := cut(lines[0])) > 1:
                return [[cell] for cell in cells]
    for cut in (_tabs, _named_whole, _columns):
        if all(len(cut(line)) == 2 for line in lines):
            return [cut(line) for line in lines]
    return [[line] for line in lines]


def _bars(line: str) -> list[str]:
    """The cells between bars; one bar at either end is the table's edge."""
    sign = "│" if "│" in line else "|"
    found, start = [], 0
    for match in re.finditer(rf"(?<!\\){re.escape(sign)}", line):
        found.append(stripped(part_of(line, start, match.start())))
        start = match.end()
    found.append(stripped(part_of(line, start, len(line))))
    if line.lstrip().startswith(sign):
        found = found[1:]
    return found[:-1] if line.rstrip().endswith(sign) and found else found


def _pieces(line: str, pattern: re.Pattern[str]) -> list[str]:
    found, start = [], 0
    for match in pattern.finditer(line):
        found.append(stripped(part_of(line, start, match.start())))
        start = match.end()
    return [*found, stripped(part_of(line, start, len(line)))]


def _tabs(line: str) -> list[str]:
    return _pieces(stripped(line), re.compile(r"\t+"))


def _columns(line: str) -> list[str]:
    return _pieces(stripped(line), re.compile(r"\s{2,}|\t+"))


def _semicolons(line: str) -> list[str]:
    return [_unquoted(cell) for cell in split(line, ";")]


def _commas(line: str) -> list[str]:
    return [_unquoted(cell) for cell in split(line, ",")]


def _guarded_commas(line: str) -> list[str]:
    """Cut at commas that do not group the digits of a number: those have no blank behind them."""
    found: list[str] = []
    for piece in split(line, ","):
        grouped = found and re.fullmatch(r"\d{3}", piece) and re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})*", found[-1])
        if grouped and f"{found[-1]},{piece}" in line:
            found[-1] = f"{found[-1]},{piece}"
        else:
            found.append(piece)
    return [_unquoted(cell) for cell in found]


def _after_name(line: str) -> list[str]:
    """``conv1: 28x28x10, 760``, ``- conv1: 28x28x10; 760``, ``conv1 → 28x28x10 (760)``."""
    bullet = _BULLET.match(line)
    match = _NAMED.match(line, bullet.end() if bullet else 0)
    if match is None:
        return [line]
    rest = part_of(line, match.end(), len(line))
    cells = _semicolons(rest) if ";" in rest else _guarded_commas(rest)
    if len(cells) == 1 and (both := _BEHIND.fullmatch(cells[0])):
        cells = [part_of(cells[0], *both.span(1)), part_of(cells[0], *both.span(2))]
    return [stripped(part_of(line, *match.span(1))), *cells]


def _named_whole(line: str) -> list[str]:
    """``conv1: 28, 28, 10`` as a name and one cell."""
    match = _NAMED.match(line)
    return [line] if match is None else [stripped(part_of(line, *match.span(1))), part_of(line, match.end(), len(line))]


def _blanks(line: str) -> list[str]:
    return [cell for cell in split(line, " \t") if cell]


_CUTS: Final = (_tabs, _after_name, _columns, _semicolons, _commas, _guarded_commas, _blanks)
"""The ways in which a line may be cut into cells, the surest first."""


def _unquoted(cell: str) -> str:
    if len(cell) > 1 and cell[0] == cell[-1] and cell[0] in "\"'":
        return stripped(part_of(cell, 1, len(cell) - 1))
    return cell


def _of_latex(text: str) -> Rows:
    """The rows of a ``tabular`` or ``array``."""
    blanked = _SET.sub(lambda match: " " * len(match[0]), text)
    rows = []
    for start, end in _stretches(blanked, _ROW_END):
        if not blanked[start:end].strip():
            continue
        cells = []
        for first, last in _stretches(blanked[start:end], _CELL):
            inner = blanked[start + first : start + last]
            lead = len(inner) - len(inner.lstrip())
            cells.append(stripped(part_of(text, start + first + lead, start + first + max(lead, len(inner.rstrip())))))
        rows.append([_unwrapped(cell) for cell in cells])
    return rows


def _unwrapped(cell: str) -> str:
    """A heading without its ``\\textbf{…}``."""
    if match := re.fullmatch(r"\\(?:textbf|textit|text|mathbf|emph)\{([^{}]*)\}", cell):
        return part_of(cell, *match.span(1))
    return cell


def _stretches(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    start = 0
    for match in pattern.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _of_html(text: str) -> Rows:
    import html  # its table of entities takes longer to import than a table to mark

    rows = []
    for row in _ROW_TAG.split(text)[1:]:
        cells = [" ".join(html.unescape(_TAG.sub(" ", cell)).split()) for cell in _CELL_TAG.split(row)[1:]]
        if cells:
            rows.append(cells)
    return rows
