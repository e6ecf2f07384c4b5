"""The command line: one file a command; each is imported when it is called."""

from __future__ import annotations

import difflib
import importlib
from typing import Final

import click

from examgrad import __version__

_COMMANDS: Final = ("solve", "check", "lint", "compare")


class _Commands(click.Group):
    """The commands, each in the module of its name."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            near = difflib.get_close_matches(name, _COMMANDS, 1)
            hint = f" Did you mean {near[0]}?" if near else f" The commands are {', '.join(_COMMANDS)}."
            context.fail(f"There is no command '{name}'.{hint}")
        command = importlib.import_module(f"examgrad.cli.{name}").command
        assert isinstance(command, click.Command)
        return command


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="examgrad")
def main() -> None:
    """Derive the answers of deep-learning and calculus exams, and check students' answers against them."""
