"""The layer table of a model with its totals: text, JSON, Markdown, LaTeX."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from examgrad.formula import printer
from examgrad.formula.tree import Node
from examgrad.report.cells import cell, head
from examgrad.report.latex import PREAMBLE
from examgrad.report.latex import escape as latex_escape
from examgrad.report.markdown import escape as markdown_escape
from examgrad.report.page import Page

if TYPE_CHECKING:
    from examgrad.layers.models.fitted import Fitted, LooseRow
    from examgrad.layers.rows import LayerRow

COLUMNS: Final = ("shape", "parameters", "macs", "receptive_field")


class Shown(NamedTuple):
    """A model's table, and what it is called."""

    title: str
    made: Fitted
    has_input: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are known of some row."""
        return COLUMNS if self.has_input else ("parameters",)

    def inputs(self) -> str:
        """The inputs' shapes in words."""
        inputs = self.made.table.inputs
        named = [f"{name} {cell(shape)}" if name != "input" else cell(shape) for name, shape in inputs.items()]
        return ", ".join(named)

    def heading(self) -> str:
        """What the table is of."""
        return f"{self.title}, input {self.inputs()}" if self.made.table.inputs else self.title

    def totals(self) -> dict[str, object]:
        """The sums that are known."""
        made = self.made
        found: dict[str, object] = {"layers": len(made.rows)}
        for column in ("parameters", "trainable", "macs", "activations"):
            value = made.total(column)
            if value is not None:
                found[column] = _plain(value)
        return found


def _plain(value: object) -> object:
    """A size as JSON has it."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return printer.plain(value) if isinstance(value, Node) else value


def _total(shown: Shown, column: str) -> str:
    return cell(shown.totals().get(column)) if column in ("parameters", "macs") else ""


def _lines(shown: Shown) -> Iterator[tuple[str, str, list[str]]]:
    """Each row: its name, its call, its cells; the totals at the end."""
    for row in shown.made.rows:
        yield row.layer, row.op, [cell(getattr(row, column)) for column in shown.columns]
    yield "total", "", [_total(shown, column) for column in shown.columns]


def model_text(shown: Shown, *, steps: bool = False, colour: bool = False, width: int = 80) -> str:
    """A table for a terminal; of a call only the layer's name is shown, unless ``steps``."""
    page = Page(width, colour)
    page.line(shown.heading(), "bold")
    table = [["layer", "", *map(head, shown.columns)]]
    table += [[name, op.partition("(")[0], *cells] for name, op, cells in _lines(shown)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    while sum(widths) + 2 * len(widths) - 2 > width and len(widths) > 4:  # what a unit sees is the first to go
        widths.pop()
    for at, cells in enumerate(table):
        aligned = [text.rjust(wide) for text, wide in zip(cells[2:], widths[2:], strict=False)]
        texts = [cells[0].ljust(widths[0]), cells[1].ljust(widths[1]), *aligned]
        page.row([("  ".join(texts).rstrip(), "bold" if at in (0, len(table) - 1) else "", 0)], [])
        if steps and 0 < at < len(table) - 1:
            row = shown.made.rows[at - 1]
            page.line(f"   {row.op}", "dim")
            for name, formula in row.formulas.items():
                page.line(f"   {name} = {formula}", "dim")
    trainable = shown.totals().get("trainable")
    if trainable is not None and trainable != shown.totals().get("parameters"):
        page.line(f"trainable  {cell(trainable)}")
    return page.text()


def model_json(shown: Shown) -> str:
    """One JSON document in the form of ``solve``: a key with rows, and the totals beside them."""
    rows = [_row(row) for row in shown.made.rows]
    totals = shown.totals()
    key = {
        "part": "model", "kind": "layers", "key": f"{totals.get('parameters', 'unknown')} parameters", "latex": "",
        "value": None, "verified": {"method": "rules of the layers", "points": 0}, "steps": [], "rows": rows,
        "totals": totals,
    }  # fmt: skip
    inputs = {name: _plain(shape) for name, shape in shown.made.table.inputs.items()}
    document = {"examgrad": 1, "exam": {"title": shown.title, "points": "0"}, "input": inputs, "keys": [key]}
    return json.dumps(document, ensure_ascii=False, indent=1)


def _row(row: LayerRow | LooseRow) -> Mapping[str, Any]:
    values = {column: _plain(value) for column in COLUMNS if (value := getattr(row, column)) is not None}
    return {"layer": row.layer, "op": row.op, **values, "formulas": dict(row.formulas)}


def model_markdown(shown: Shown, *, steps: bool = False) -> str:
    """A table in Markdown."""
    heads = list(map(head, shown.columns))
    lines = [f"# {markdown_escape(shown.heading())}", "", f"| layer | call | {' | '.join(heads)} |"]
    lines.append("| --- | --- " + "| ---: " * len(heads) + "|")
    for name, op, cells in _lines(shown):
        lines.append(f"| {' | '.join(map(markdown_escape, [name, op, *cells]))} |")
    if steps:
        lines.append("")
        lines += [f"- {markdown_escape(text)}" for text in _steps(shown)]
    return "\n".join(lines)


def model_latex(shown: Shown, *, steps: bool = False) -> str:
    """A table as a LaTeX document."""
    lines = [
        PREAMBLE.replace("\\begin{document}", "\\usepackage{longtable}\n\\begin{document}"),
        rf"\section*{{{latex_escape(shown.heading())}}}",
        rf"\begin{{longtable}}{{ll{'r' * len(shown.columns)}}}",
        " & ".join(["layer", "call", *map(head, shown.columns)]) + r" \\ \hline",
    ]
    for name, op, cells in _lines(shown):
        lines.append(" & ".join(map(latex_escape, [name, op.partition("(")[0], *cells])) + r" \\")
    lines.append(r"\end{longtable}")
    if steps:
        lines += [r"\begin{itemize}", *(rf"\item {latex_escape(text)}" for text in _steps(shown)), r"\end{itemize}"]
    return "\n".join([*lines, r"\end{document}"])


def _steps(shown: Shown) -> Iterator[str]:
    for row in shown.made.rows:
        for name, formula in row.formulas.items():
            yield f"{row.layer}: {name} = {formula}"
