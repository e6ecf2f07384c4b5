"""``examgrad lint``: check exam files without answers."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from examgrad.cli.common import RIGHT, UNUSABLE, reports_errors, warn, write
from examgrad.errors import ExamgradError, SpecError
from examgrad.report.safe import terminal


@click.command("lint")
@click.argument("exams", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
@click.option("--no-cache", is_flag=True, help="Derive every key anew; neither read nor write the cache.")
@reports_errors
def command(exams: tuple[Path, ...], style: str, no_cache: bool) -> None:
    """Derive and verify every key of EXAMS, and check that every name is used and every stated key is right."""
    from examgrad.grading.lint import lint_exam, lint_warnings

    findings = []
    for path in exams:
        try:
            findings.append((path, lint_exam(path, cached=not no_cache)))
        except SpecError as error:
            findings.append((path, error.diagnostics))
        except (ExamgradError, OSError) as error:
            from examgrad.errors import Diagnostic

            findings.append((path, [Diagnostic("error", f"{path}: {error}", "author")]))
    if style == "json":
        from examgrad.report.json import findings_json

        write(findings_json(findings), None)
    else:
        for path, found in findings:
            for diagnostic in found:
                click.echo(terminal(str(diagnostic)))
            if not found:
                click.echo(f"{path}: no problems found")
    for path, found in findings:
        for warning in lint_warnings(path) if not found else ():
            warn(f"warning: {warning}")
    sys.exit(UNUSABLE if any(found for _, found in findings) else RIGHT)
