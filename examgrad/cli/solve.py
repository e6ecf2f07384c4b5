"""``examgrad solve``: derive and print every key."""

from __future__ import annotations

from pathlib import Path

import click

from examgrad.cli.common import fail, reports_errors, write


@click.command("solve")
@click.argument("exam", type=click.Path(path_type=Path))
@click.option("--steps", is_flag=True, help="Show the worked solution of every key.")
@click.option("--input", "inputs", multiple=True, metavar="SHAPE", help="A model's input, as 3x224x224 or name=3x8x8.")
@click.option("--part", "parts", multiple=True, metavar="PART", help="Only this part (may be repeated).")
@click.option("--no-cache", is_flag=True, help="Derive every key anew; neither read nor write the cache.")
@click.option("--format", "style", type=click.Choice(["text", "json", "markdown", "latex"]), default="text")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@reports_errors
def command(
    exam: Path,
    steps: bool,
    inputs: tuple[str, ...],
    parts: tuple[str, ...],
    no_cache: bool,
    style: str,
    output: Path | None,
) -> None:
    """Derive and print the key of every part of EXAM.

    EXAM may also be a model: the text of PyTorch's print(model), or an ONNX file. Then its layer table is printed.
    """
    from examgrad.cli.models import is_model, solve_model

    if is_model(exam):
        if parts:
            fail("error: a model has no parts: --part is for exams")
        solve_model(exam, inputs, steps, style, output)
        return
    if inputs:
        fail(f"error: --input is for models, and {exam} is an exam, which says its own input")
    from examgrad.api import load_exam
    from examgrad.kinds.solve import solve_parts

    loaded = load_exam(exam)
    for name in parts:
        if name not in loaded.part_names:
            fail(f"error: the exam has no part {name}; its parts are {', '.join(loaded.part_names)}")
    keys, missing = solve_parts(loaded, only=frozenset(parts) or None, cached=not no_cache)
    without = "\n".join(map(str, missing.values()))
    if without and not keys:
        fail(without)
    if style == "json":
        from examgrad.report.json import keys_json

        write(keys_json(loaded.title, loaded.points, keys), output)
    elif style == "markdown":
        from examgrad.report.markdown import keys_markdown

        write(keys_markdown(loaded, keys, steps=steps), output)
    elif style == "latex":
        from examgrad.report.latex import keys_latex

        write(keys_latex(loaded, keys, steps=steps), output)
    else:
        from examgrad.report.text import keys_text, terminal_width, wants_colour

        colour = wants_colour() and output is None
        write(keys_text(loaded.title, keys, steps=steps, colour=colour, width=terminal_width()), output)
    if without:
        fail(without)
