"""Results and keys for a terminal of 80 columns or more."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Final

from examgrad.equality import Comparison
from examgrad.grading.results import PartResult, Report, Result
from examgrad.kinds.base import Cell, Key, Verdict, names_of_rows, told_point
from examgrad.report.cells import headings, lines
from examgrad.report.page import Page
from examgrad.report.safe import terminal
from examgrad.report.tables import table_lines

_SIGNS: Final[dict[Verdict, tuple[str, str]]] = {
    "correct": ("✓", "green"), "partial": ("◐", "yellow"), "incorrect": ("✗", "red"), "unanswered": ("–", "dim"),
    "unreadable": ("?", "magenta"), "review": ("…", "cyan"),
}  # fmt: skip
MAX_CELLS: Final = 6
"""How many wrong entries of one answer are shown."""


def report_text(report: Report, *, colour: bool = False, width: int = 80) -> str:
    """What each submission earned and why, as a table a submission."""
    page = Page(width, colour)
    for result in report.submissions:
        _write_result(page, report, result)
    if len(report.submissions) > 1:
        _write_summary(page, report)
    return page.text()


def keys_text(
    title: str, keys: Mapping[str, Key], *, steps: bool = False, colour: bool = False, width: int = 80
) -> str:
    """The keys of an exam, with their worked solutions where ``steps``."""
    page = Page(width, colour)
    page.line(title, "bold")
    margin = max([5, *(len(name) for name in keys)]) + 1
    for name, key in keys.items():
        page.row([(name, "bold", margin)], _key_lines(key, steps, width - margin))
    return page.text()


def _write_result(page: Page, report: Report, result: Result) -> None:
    who = f"{result.student}: " if result.student else ""
    page.line(report.title, "bold")
    page.line(f"{who}{points(result.points)} of {points(result.possible)} points   {result.source}", "bold")
    names = max([0, *(len(part.part) for part in result.parts)]) + 1
    verdicts = max([0, *(len(part.verdict) for part in result.parts)]) + 3
    earned = {part.part: f"{points(part.points)}/{points(part.possible)}" for part in result.parts}
    column = max([0, *map(len, earned.values())])
    for part in result.parts:
        sign, style = _SIGNS[part.verdict]
        cells = [
            (part.part, "bold", names), (f"{sign} {part.verdict}", style, verdicts),
            (earned[part.part].rjust(column), "", column + 1),
        ]  # fmt: skip
        page.row(cells, [(note, "") for note in notes(part)])
    for diagnostic in result.diagnostics:
        page.line(str(diagnostic), "yellow")
    if result.waiting:
        page.line(f"{waiting(result)} for a person; the points there are suggestions.", "cyan")


def earned(part: PartResult) -> str:
    """The verdict and the points of a part in words: ``partial, 2 of 3 points``."""
    suggested = " suggested" if part.verdict == "review" else ""
    return f"{part.verdict}, {points(part.points)} of {points(part.possible)} points{suggested}"


def waiting(result: Result) -> str:
    """How many parts wait, with the verb: ``1 part waits``."""
    count = len(result.waiting)
    return f"{count} part waits" if count == 1 else f"{count} parts wait"


def counts(verdicts: Mapping[str, int]) -> str:
    """How many parts have each verdict: ``20 correct, 1 review``."""
    return ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())


def notes(part: PartResult) -> Iterable[str]:
    """What is to be said of one part, shortest first."""
    if part.verdict == "correct":
        yield _how(part)
        return
    if part.cells and part.kind != "choice":
        yield from _wrong_cells(part)
    elif part.evidence is not None and part.evidence.method == "witness" and part.answer:
        yield f"yours: {part.answer_unicode or part.answer}"
    if not part.cells and part.key and part.verdict in ("incorrect", "unanswered"):
        yield f"right: {part.key_unicode or part.key}"
    told = {cell.reason for cell in _wrong(part)[:MAX_CELLS] if cell.reason}
    if not any(part.reason in item.message for item in part.diagnoses) and not told:
        yield part.reason
    yield from dict.fromkeys(item.message for item in part.diagnoses if not any(map(item.message.endswith, told)))
    if part.verdict == "review":
        for award in part.awarded:
            yield f"{points(award.points)}/{points(award.possible)} {award.reason}"


def _how(part: PartResult) -> str:
    """How a right answer is known, behind the answer where that is short."""
    evidence = part.evidence
    how = {"identical": "the key itself", "exact": "proved equal"}.get(evidence.method if evidence else "", "")
    if evidence and evidence.method == "numeric":
        how = evidence.note or f"equal to {evidence.digits} digits at {evidence.points} points"
    if part.cells and part.kind != "choice":
        return f"all {len(part.cells)} entries right" + (f", {how}" if how else "")
    shown = part.answer_unicode or part.answer
    return f"{shown}   ({how})" if how else shown


def _wrong(part: PartResult) -> list[Cell]:
    return [cell for cell in part.cells if cell.verdict != "correct"]


def _wrong_cells(part: PartResult) -> Iterable[str]:
    """Each entry that is not right, and how many are."""
    wrong = _wrong(part)
    rows = names_of_rows(part.cells)
    for cell in wrong[:MAX_CELLS]:
        where = f"{rows[cell.row]} {cell.column}" if cell.layer else f"entry {cell.row}"
        if not cell.layer and any(other.column != 1 for other in part.cells):
            where = f"entry {cell.row}, {cell.column}"
        yield f"{where}: {cell.answer or 'nothing'}, right: {cell.key}" + (f" ({cell.reason})" if cell.reason else "")
    yield f"{len(part.cells) - len(wrong)} of {len(part.cells)} entries right"


def _write_summary(page: Page, report: Report) -> None:
    page.line(f"{len(report.submissions)} submissions: {counts(report.verdicts())}", "bold")


def _key_lines(key: Key, steps: bool, columns: int) -> Iterator[tuple[str, str]]:
    """The lines of one key, each with its style."""
    shown = key.unicode or key.text
    if key.kind == "graph":
        yield from ((line, "") for line in _table(key))
    elif key.rows:
        yield from table_lines(key.rows, key.steps if steps else (), columns)
        yield from ((f"{step.rule}: {step.text}", "yellow") for step in key.steps if step.rule == "warning")
        return
    else:
        yield shown, ""
    if key.value is not None and str(key.value) != shown:
        yield f"value: {key.value}", "dim"
    if steps:
        yield from ((f"   {step.unicode or step.text}   ({step.rule})", "dim") for step in key.steps)
    if key.verified:
        at = f" at {key.verified.points} points" if key.verified.points else ""
        yield f"verified by {key.verified.method}{at}", "dim"


def _table(key: Key) -> Iterator[str]:
    """A key's rows with their columns one below the other."""
    _, columns = headings(key)
    rows = [["", *columns], *lines(key)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def comparison_text(comparison: Comparison) -> str:
    """Whether two formulas are equal, and how that is known, in a sentence or two."""
    how = {
        "identical": "they are the same once read",
        "exact": "proved",
        "numeric": f"they agree to {comparison.digits} digits at {comparison.points} points",
        "undecided": "this could not be decided",
        "witness": "",
    }[comparison.method]
    text = f"{comparison.verdict}: {how}" if how else comparison.verdict
    if comparison.witness is not None:
        at = told_point(comparison.witness.at)
        sides = f"the left side is {comparison.witness.left}, the right side {comparison.witness.right}"
        text += f": at {at}, {sides}" if at else f": {sides}"
    return terminal(text + (f"\n({comparison.note})" if comparison.note else ""))


def points(value: Fraction) -> str:
    """Points for the eye: 3, 2.5, 4/3."""
    if value.denominator in (1, 2, 4, 5, 10):
        return f"{float(value):g}"
    return str(value)


def terminal_width() -> int:
    """The columns of the terminal, 80 where there is none; at most 120, so that lines stay readable."""
    return min(120, _columns())


def _columns() -> int:
    """What ``COLUMNS`` says, else what the terminal says, else 80."""
    if (stated := os.environ.get("COLUMNS", "")).isdecimal() and int(stated):
        return int(stated)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1).columns or 80
    except (OSError, ValueError):
        return 80


def wants_colour() -> bool:
    """Whether standard output is a terminal that may be coloured (``NO_COLOR`` forbids it)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
