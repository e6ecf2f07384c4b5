"""Keys as Markdown, formulas in dollar signs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from examgrad.exam.model import Exam
from examgrad.kinds.base import Key
from examgrad.report.cells import headings, lines
from examgrad.report.safe import terminal

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def keys_markdown(exam: Exam, keys: Mapping[str, Key], *, steps: bool = False) -> str:
    """One section a part: its question, its key and, where ``steps``, its worked solution."""
    lines = [f"# {escape(exam.title)}", ""]
    for name, key in keys.items():
        lines += [f"## {escape(name)}", ""]
        prompt = exam.part(name).prompt
        if prompt:
            lines += [escape(prompt), ""]
        lines += _rows(key) if key.rows else [f"${key.latex}$" if key.latex else escape(key.text), ""]
        if steps and key.steps:
            lines += [
                f"{at}. {escape(step.rule)}: " + (f"${step.latex}$" if step.latex else escape(step.text))
                for at, step in enumerate(key.steps, 1)
            ]
            lines.append("")
    return "\n".join(lines)


def _rows(key: Key) -> list[str]:
    labels, columns = headings(key)
    rule = "| --- " * len(labels) + "| ---: " * len(columns)
    written = (f"| {' | '.join(map(escape, line))} |" for line in lines(key))
    return [f"| {' | '.join([*labels, *columns])} |", f"{rule}|", *written, ""]


def escape(text: str) -> str:
    """Text that Markdown shows as it stands."""
    return _SPECIAL.sub(r"\\\1", terminal(" ".join(text.split())))
