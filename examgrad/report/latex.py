"""Keys as a LaTeX document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from examgrad.exam.model import Exam
from examgrad.kinds.base import Key
from examgrad.report.numbers import number_cell
from examgrad.report.safe import terminal

_SPECIAL: Final = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
PREAMBLE: Final = r"""\documentclass{article}
\usepackage{amsmath, amssymb}
\begin{document}"""


def keys_latex(exam: Exam, keys: Mapping[str, Key], *, steps: bool = False) -> str:
    """One section a part: its question, its key and, where ``steps``, its worked solution."""
    lines = [PREAMBLE, rf"\section*{{{escape(exam.title)}}}"]
    for name, key in keys.items():
        lines.append(rf"\subsection*{{{escape(name)}}}")
        prompt = exam.part(name).prompt
        if prompt:
            lines.append(escape(prompt))
        lines += _rows(key) if key.rows else [rf"\[{key.latex}\]" if key.latex else escape(key.text)]
        if steps and key.steps:
            lines.append(r"\begin{enumerate}")
            lines += [
                rf"\item {escape(step.rule)}: " + (f"${step.latex}$" if step.latex else escape(step.text))
                for step in key.steps
            ]
            lines.append(r"\end{enumerate}")
    return "\n".join([*lines, r"\end{document}"])


def _rows(key: Key) -> list[str]:
    columns = list(key.rows[0].values)
    head, cell = ("node", _numbers) if key.kind == "graph" else ("layer", _cell)
    lines = [
        rf"\begin{{tabular}}{{l{'r' * len(columns)}}}",
        " & ".join([head, *map(escape, columns)]) + r" \\ \hline",
    ]
    for row in key.rows:
        cells = [cell(row.values.get(column)) for column in columns]
        lines.append(" & ".join([escape(row.op or row.layer), *cells]) + r" \\")
    return [*lines, r"\end{tabular}"]


def _numbers(value: object) -> str:
    return f"${number_cell(value).replace('−', '-')}$"


def _cell(value: object) -> str:
    if isinstance(value, list | tuple):
        return "$" + r" \times ".join(escape(str(item)) for item in value) + "$"
    return "" if value is None else escape(str(value))


def escape(text: str) -> str:
    """Text that LaTeX sets as it stands."""
    pattern = re.compile("[" + re.escape("".join(_SPECIAL)) + "]")
    return pattern.sub(lambda match: _SPECIAL[match[0]], terminal(" ".join(text.split())))
