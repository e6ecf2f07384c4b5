"""Every example in README.md runs and prints what the README says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import PROJECT

from examgrad.cli import main

README = (PROJECT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.S)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    yaml = [text for language, text in BLOCKS if language == "yaml"]
    (tmp_path / "exam.yaml").write_text(yaml[0], encoding="utf-8")
    (tmp_path / "answers.yaml").write_text(yaml[1], encoding="utf-8")
    (tmp_path / "problems").symlink_to(PROJECT / "problems")
    monkeypatch.chdir(tmp_path)
    return tmp_path


COMMANDS = [
    (command, output)
    for language, text in BLOCKS
    if language == "console"
    for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.M)
    if command.startswith("examgrad")
]


@pytest.mark.parametrize(("command", "output"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_commands_print_what_the_readme_says(command: str, output: str, folder: Path) -> None:
    result = CliRunner().invoke(main, shlex.split(command)[1:])
    assert result.exit_code in (0, 1), result.output
    printed = [line.rstrip() for line in result.output.splitlines()]
    for line in output.rstrip().splitlines():
        assert line.rstrip() in printed, f"{line!r} is not among:\n{result.output}"


def test_python_examples_run(folder: Path) -> None:
    for language, text in BLOCKS:
        if language == "python":
            namespace: dict[str, object] = {}
            exec(compile(text, "README.md", "exec"), namespace)


def test_the_first_two_commands_are_make() -> None:
    console = next(text for language, text in BLOCKS if language == "console")
    assert [line.split("#")[0].strip() for line in console.splitlines()] == ["$ make run", "$ make test"]
