"""Keys as a LaTeX document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from examgrad.exam.model import Exam
from examgrad.kinds.base import Key
from examgrad.report.cells import headings, lines
from examgrad.report.safe import terminal

_SPECIAL: Final = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--", "−": "$-$", "×": r"$\times$", "·": r"$\cdot$",
    "⌊": r"$\lfloor$", "⌋": r"$\rfloor$", "⌈": r"$\lceil$", "⌉": r"$\rceil$", "≤": r"$\leq$", "≥": r"$\geq$",
    "≈": r"$\approx$", "→": r"$\to$", "∈": r"$\in$",
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
    labels, columns = headings(key)
    return [
        rf"\begin{{tabular}}{{{'l' * len(labels)}{'r' * len(columns)}}}",
        " & ".join(map(escape, [*labels, *columns])) + r" \\ \hline",
        *(" & ".join(map(escape, line)) + r" \\" for line in lines(key)),
        r"\end{tabular}",
    ]


def escape(text: str) -> str:
    """Text that LaTeX sets as it stands."""
    pattern = re.compile("[" + re.escape("".join(_SPECIAL)) + "]")
    return pattern.sub(lambda match: _SPECIAL[match[0]], terminal(" ".join(text.split())))
