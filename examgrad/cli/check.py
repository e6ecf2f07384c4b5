"""``examgrad check``: check answer files."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import click

from examgrad.cli.common import RIGHT, WRONG, fail, reports_errors, write
from examgrad.errors import SpecError
from examgrad.report.safe import terminal


@click.command("check")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--exam", type=click.Path(path_type=Path), help="The exam file, whatever the answer files say.")
@click.option("--part", "parts", multiple=True, metavar="PART", help="Only this part (may be repeated).")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
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
    from examgrad.grading.classroom import check_paths

    found = check_paths(paths, exam=exam, only=frozenset(parts) or None, cached=not no_cache)
    reports = found.reports
    if not reports:
        raise SpecError(list(found.problems))
    if style == "json":
        from examgrad.report.json import report_json

        if len(reports) > 1:
            titles = ", ".join(report.title for report in reports)
            fail(f"error: these answers belong to {len(reports)} exams ({titles}); JSON holds one: use --exam")
        write(report_json(reports[0]), output)
    else:
        from examgrad.report.text import report_text, terminal_width, wants_colour

        colour = wants_colour() and output is None
        write("\n".join(report_text(report, colour=colour, width=terminal_width()) for report in reports), output)
    for warning in found.warnings:
        click.echo(terminal(f"warning: {warning}"), err=True)
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
