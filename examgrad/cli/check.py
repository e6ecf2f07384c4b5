"""``examgrad check``: check answer files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from examgrad.cli.common import RIGHT, WRONG, fail, reports_errors, warn, write, write_data
from examgrad.errors import SpecError

if TYPE_CHECKING:
    from examgrad.grading.classroom import Checked
    from examgrad.grading.results import Report

FORMATS: Final = ("text", "json", "junit", "gradescope", "csv", "github")


@click.command("check")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--exam", type=click.Path(path_type=Path), help="The exam file, whatever the answer files say.")
@click.option("--part", "parts", multiple=True, metavar="PART", help="Only this part (may be repeated).")
@click.option("--format", "style", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.option("--fail-under", type=click.FloatRange(0, 100), metavar="PERCENT", help="Succeed from this share on.")
@click.option("--strict", is_flag=True, help="What waits for review is not right.")
@click.option("--exit-zero", is_flag=True, help="Succeed whatever was found in the answers.")
@click.option("--no-cache", is_flag=True, help="Derive every key anew; neither read nor write the cache.")
@reports_errors
def command(
    paths: tuple[Path, ...], exam: Path | None, parts: tuple[str, ...], style: str, output: Path | None,
    fail_under: float | None, strict: bool, exit_zero: bool, no_cache: bool,
) -> None:  # fmt: skip
    """Check the answers in PATHS, files or folders of them, and print what was earned and why."""
    from examgrad.grading.classroom import Checked, check_paths

    try:
        found = check_paths(paths, exam=exam, only=frozenset(parts) or None, cached=not no_cache)
    except SpecError as error:  # an exam that cannot be used is told of in the format that was asked for, too
        found = Checked((), tuple(error.diagnostics))
    reports = found.reports
    if style == "text":
        from examgrad.report.text import report_text, terminal_width, wants_colour

        colour = wants_colour() and output is None
        pages = [report_text(report, colour=colour, width=terminal_width()) for report in reports]
        if pages:
            write("\n".join(pages), output)
    elif (data := _rendered(style, found, strict)) is not None:
        write_data(data, output)
    if not reports:
        raise SpecError(list(found.problems))
    for warning in found.warnings:
        warn(f"warning: {warning}")
    results = [result for report in reports for result in report.submissions]
    if found.problems:
        fail("\n".join(map(str, found.problems)))
    if fail_under is not None:
        shares = [(result.sure_points if strict else result.points, result.possible) for result in results]
        good = all(not possible or 100 * earned / possible >= Fraction(fail_under) for earned, possible in shares)
    else:
        fine = {"correct"} if strict else {"correct", "review"}
        good = all(part.verdict in fine for result in results for part in result.parts)
    sys.exit(RIGHT if good or exit_zero else WRONG)


def _rendered(style: str, found: Checked, strict: bool) -> str | None:
    """What other programs read; none where the format has no place for what was found."""
    if style == "junit":
        from examgrad.report.junit import report_junit

        return report_junit(found.reports, found.problems, strict=strict)
    if style == "github":
        from examgrad.report.github import report_github

        return report_github(found.reports, found.problems, strict=strict)
    if style == "gradescope":
        return _for_gradescope(found)
    if not found.reports:
        return None
    report = _only(found.reports, style)
    if style == "csv":
        from examgrad.report.csv import report_csv

        return report_csv(report)
    from examgrad.report.json import report_json

    return report_json(report) + "\n"


def _only(reports: Sequence[Report], style: str) -> Report:
    """The report of the only exam."""
    if len(reports) > 1:
        titles = ", ".join(report.title for report in reports)
        fail(f"error: these answers belong to {len(reports)} exams ({titles}); {style.upper()} holds one: use --exam")
    return reports[0]


def _for_gradescope(found: Checked) -> str | None:
    """The one submission's results; a student whose file cannot be used is told why."""
    from examgrad.report.gradescope import refusal_gradescope, report_gradescope

    submissions = [result for report in found.reports for result in report.submissions]
    files = {problem.location.path for problem in found.problems if problem.location}
    if (count := len(submissions) + len(files)) > 1:
        message = f"a results.json of Gradescope holds one submission, and there are {count} here"
        fail(f"error: {message}; give one answer file of one student at a time")
    if submissions:
        return report_gradescope(found.reports[0])
    ours = any(problem.audience != "student" for problem in found.problems)
    return None if ours else refusal_gradescope(found.problems)
