"""``examgrad compare``: are two formulas equal, and how is that known?"""

from __future__ import annotations

import sys

import click

from examgrad.cli.common import RIGHT, WRONG, fail, reports_errors, write


@click.command("compare", context_settings={"ignore_unknown_options": True})
@click.argument("left")
@click.argument("right")
@click.option(
    "--var", "variables", multiple=True, metavar="NAME=DOMAIN", help="A variable (may be repeated): x=positive."
)
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
@reports_errors
def command(left: str, right: str, variables: tuple[str, ...], style: str) -> None:
    """Say whether LEFT and RIGHT are equal, and how that is known."""
    from examgrad.api import compare

    declared: dict[str, str] = {}
    for item in variables:
        name, _, domain = item.partition("=")
        if not name.strip():
            fail(f"error: '{item}' declares no variable; write --var NAME=DOMAIN, as in --var x=positive")
        declared[name.strip()] = domain.strip() or "real"
    result = compare(left, right, variables=declared or None)
    if style == "json":
        from examgrad.report.json import comparison_json

        write(comparison_json(result), None)
    else:
        from examgrad.report.text import comparison_text

        write(comparison_text(result), None)
    sys.exit(RIGHT if result.verdict == "equal" else WRONG)
