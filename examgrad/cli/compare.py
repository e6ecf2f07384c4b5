"""``examgrad compare``: are two formulas equal, and how is that known?"""

from __future__ import annotations

import re
import sys
from typing import Final

import click

from examgrad.cli.common import RIGHT, WRONG, fail, reports_errors, write

_SHAPE: Final = re.compile(r"\s*\[(\s*\w+\s*(?:,\s*\w+\s*)*)\]\s*")
"""``[m, d]``; of two numbers it is the range between them."""


@click.command("compare", context_settings={"ignore_unknown_options": True})
@click.argument("left")
@click.argument("right")
@click.option(
    "--var",
    "variables",
    multiple=True,
    metavar="NAME=DOMAIN",
    help="A variable (may be repeated): x=positive, or its shape: W=[m,d].",
)
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
@reports_errors
def command(left: str, right: str, variables: tuple[str, ...], style: str) -> None:
    """Say whether LEFT and RIGHT are equal, and how that is known."""
    from examgrad.api import compare

    declared: dict[str, str | list[int | str]] = {}
    for item in variables:
        name, _, domain = item.partition("=")
        if not name.strip():
            fail(f"error: '{item}' declares no variable; write --var NAME=DOMAIN, as in --var x=positive")
        shape = _SHAPE.fullmatch(domain)
        sizes = [size.strip() for size in shape[1].split(",")] if shape else []
        is_range = len(sizes) == 2 and all(size.isdecimal() for size in sizes)
        if sizes and not is_range:
            declared[name.strip()] = [int(size) if size.isdecimal() else size for size in sizes]
        else:
            declared[name.strip()] = domain.strip() or "real"
    result = compare(left, right, variables=declared or None)
    if style == "json":
        from examgrad.report.json import comparison_json

        write(comparison_json(result), None)
    else:
        from examgrad.report.text import comparison_text

        write(comparison_text(result), None)
    sys.exit(RIGHT if result.verdict == "equal" else WRONG)
