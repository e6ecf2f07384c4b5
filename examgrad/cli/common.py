"""What the commands share: exit codes, files, and how errors reach people."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Final, NoReturn, ParamSpec, TypeVar

import click

from examgrad.errors import ExamgradError, MathSyntaxError, SpecError
from examgrad.report.safe import log, terminal

RIGHT: Final = 0
"""Everything checked is right, or reaches the asked percentage."""
WRONG: Final = 1
"""Something that was checked is not right."""
UNUSABLE: Final = 2
"""The command or a file could not be used."""

P = ParamSpec("P")
R = TypeVar("R")


def fail(message: str) -> NoReturn:
    """Say on standard error why nothing could be done, and leave with status 2."""
    warn(message)
    sys.exit(UNUSABLE)


def warn(message: str) -> None:
    """Say something on standard error."""
    click.echo(log(terminal(message)), err=True)


def reports_errors(command: Callable[P, R]) -> Callable[P, R]:
    """A command whose errors are told to people, not shown as tracebacks."""

    @wraps(command)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except SpecError as error:
            count = len(error.diagnostics)
            tail = f"\n{count} errors" if count > 1 else ""
            fail(f"{error}{tail}")
        except MathSyntaxError as error:
            fail(f"error: {error}")
        except ExamgradError as error:
            fail(f"error: {error}")
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(UNUSABLE)
        except OSError as error:
            name = f"{error.filename}: " if error.filename else ""
            fail(f"error: {name}{error.strerror or error}")

    return told


def write(text: str, output: Path | None) -> None:
    """Text to a file, or to standard output alone."""
    if not text.endswith("\n"):
        text += "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


def write_data(text: str, output: Path | None) -> None:
    """What other programs read, in UTF-8 on every system and with its own line ends.

    What UTF-8 cannot hold (half a surrogate pair, in a file's name that is no text) becomes an escape that JSON reads.
    """
    data = text.encode("utf-8", "backslashreplace")
    if output is None:
        click.echo(data, nl=False)
    else:
        output.write_bytes(data)
