"""Results as GitHub's workflow commands, which become annotations of a pull request's files.

The commands are those of docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands, the escapes
those of ``@actions/core``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from examgrad.errors import Diagnostic
from examgrad.grading.results import PartResult, Report, Result
from examgrad.kinds.base import Verdict
from examgrad.report.safe import command_data, command_property
from examgrad.report.text import counts, earned, notes, points, waiting

_LEVELS: Final[dict[Verdict, str]] = {
    "partial": "error", "incorrect": "error", "unanswered": "error", "unreadable": "error", "review": "warning",
}  # fmt: skip


def report_github(reports: Sequence[Report], problems: Sequence[Diagnostic] = (), *, strict: bool = False) -> str:
    """The result of ``check``: a line for each part that is not right, each submission's sum, each file of no use.

    Where ``strict``, what waits for review is an error.
    """
    lines = [
        line for report in reports for result in report.submissions for line in _submission(report, result, strict)
    ]
    return "".join(f"{line}\n" for line in [*lines, *map(_problem, problems)])


def _submission(report: Report, result: Result, strict: bool) -> Iterator[str]:
    for part in result.parts:
        level = "error" if strict and part.verdict == "review" else _LEVELS.get(part.verdict)
        if level:
            yield _part(level, result, part)
    told = (
        f"{result.student}: {points(result.points)} of {points(result.possible)} points ({counts(result.verdicts())})"
    )
    if result.waiting:
        told += f"; {waiting(result)} for a person, the points there are suggestions"
    yield _command("notice", told, file=result.source, title=report.title)


def _part(level: str, result: Result, part: PartResult) -> str:
    title = f"{result.student} {part.part}: {earned(part)}"
    lines = {"line": str(part.span[0]), "endLine": str(part.span[1])} if part.span else {}
    return _command(level, "\n".join(notes(part)), file=result.source, **lines, title=title)


def _problem(problem: Diagnostic) -> str:
    place = problem.location
    where = {"file": place.path, "line": str(place.line)} if place else {}
    told = f"{problem.message}\n{problem.help}" if problem.help else problem.message
    return _command("error", told, **where, title="This file could not be used" if place else "examgrad")


def _command(name: str, message: str, **properties: str) -> str:
    told = ",".join(f"{key}={command_property(value)}" for key, value in properties.items())
    return f"::{name} {told}::{command_data(message)}"
