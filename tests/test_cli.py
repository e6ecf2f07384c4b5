"""The command line: exit codes, formats, and what people read when something is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import PROJECT

from examgrad.cli import main

MIDTERM = PROJECT / "problems" / "deep-learning-midterm"


def run(*args: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_check_says_that_something_is_not_right() -> None:
    code, out, err = run("check", MIDTERM / "answers.yaml")
    assert (code, err) == (1, "")
    assert "3b ✗ incorrect" in out


@pytest.mark.parametrize(
    ("options", "code"),
    [(["--exit-zero"], 0), (["--fail-under", "80"], 0), (["--fail-under", "90"], 1), (["--part", "3a"], 0),
     (["--part", "6a"], 0), (["--part", "6a", "--strict"], 1), (["--part", "9z"], 2), (["--format", "xml"], 2)],
)  # fmt: skip
def test_exit_codes(options: list[str], code: int) -> None:
    assert run("check", MIDTERM / "answers.yaml", *options)[0] == code


def test_check_a_folder() -> None:
    assert "0001: 85 of 100" in run("check", MIDTERM)[1]


def test_json_goes_to_standard_output_alone_or_to_a_file(tmp_path: Path) -> None:
    _, out, err = run("check", MIDTERM / "answers.yaml", "--format", "json")
    assert json.loads(out)["summary"]["submissions"] == 1
    assert err == ""
    target = tmp_path / "result.json"
    _, nothing, _ = run("check", MIDTERM / "answers.yaml", "--format", "json", "-o", target)
    assert nothing == ""
    assert target.read_text(encoding="utf-8") == out


@pytest.mark.parametrize("style", ["text", "json", "markdown", "latex"])
def test_solve(style: str) -> None:
    code, out, err = run("solve", MIDTERM / "exam.yaml", "--steps", "--format", style)
    assert (code, err) == (0, "")
    assert "x_{1}" in out or "x1" in out or "x₁" in out


def test_solve_one_part_without_cache() -> None:
    code, out, _ = run("solve", MIDTERM / "exam.yaml", "--part", "3a", "--no-cache")
    assert code == 0
    assert "2x₁x₂(x₁²x₂ − y)" in out
    assert "3b" not in out


def test_lint_finds_nothing_wrong_with_the_midterm() -> None:
    code, out, _ = run("lint", MIDTERM / "exam.yaml")
    assert code == 0
    assert "no problems found" in out


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["x + x", "2x"], 0, "equal: proved"),
        (["sqrt(x^2)", "x"], 1, "unequal: at x = -3"),
        (["sqrt(x^2)", "x", "--var", "x=positive"], 0, "equal: proved"),
        (["sqrt(x^2", "x"], 2, "column 5 is still open"),
        (["x", "x", "--var", "x=postive"], 2, "did you mean positive?"),
        (["x + q", "x", "--var", "x=real"], 2, "'q' is no name"),
        (["[x, y]", "[x, y]"], 0, "equal"),
        (["[x, y]", "[y, x]"], 1, "unequal"),
    ],
)
def test_compare(args: list[str], code: int, said: str) -> None:
    found, out, err = run("compare", *args)
    assert found == code
    assert said in out + err


def test_compare_as_json() -> None:
    _, out, _ = run("compare", "x", "2 x", "--format", "json")
    assert json.loads(out)["witness"] == {"at": {"x": "3"}, "left": "3", "right": "6"}


def test_an_unknown_command_is_answered_with_the_nearest() -> None:
    code, _, err = run("chekc", "x")
    assert code == 2
    assert "Did you mean check?" in err


def test_version_and_help() -> None:
    assert run("--version")[1].startswith("examgrad, version 0.")
    assert "check" in run("-h")[1]


BAD = {
    "not YAML": ("examgrad: 1\ntitle: [a\nproblems: - x", "notes on"),
    "an unknown kind": ("  - {id: a, kind: true_flase, key: true}", "did you mean true_false?"),
    "a wrt that nothing depends on": ("  - {id: a, kind: derivative, of: J, wrt: z}", "does not depend on z"),
    "a part twice": (
        "  - {id: a, kind: true_false, key: true}\n  - {id: a, kind: true_false, key: true}",
        "stands twice",
    ),
    "a name that is not declared": ("  - {id: a, kind: derivative, of: K, wrt: x}", "'K' in of is no name"),
    "a stated key that is wrong": ("  - {id: a, kind: derivative, of: J, wrt: x, key: y - x}", "it gives "),
    "a stated update that is wrong": (
        '  - {id: a, kind: update, rule: sgd, of: J, wrt: x, rate: z, key: "x = x + z dJ/dx"}',
        "the stated key is not equal",
    ),
    "a key that is no option": (
        "  - {id: a, kind: choice, options: {A: x, B: y}, key: C}",
        "names C, which is no option",
    ),
    "an unknown field": ("  - {id: a, kind: true_false, key: true, pionts: 2}", "did you mean points?"),
    "a network without an input": (
        "  - {id: a, kind: true_false, key: true}\n- id: 2\n  given: {input: [], layers: [FC(10)]}\n"
        "  parts: [{kind: layers, ask: shape}]",
        "the network needs its input",
    ),
    "LaTeX in double quotes": ('  - {id: a, kind: expression, key: "\\frac{x}{y}"}', "double quotes"),
}
HEAD = """examgrad: 1
title: t
problems:
- id: 1
  given:
    variables: [x, y, z]
    equations: ["J = 1/2 (x - y)^2"]
  parts:
"""


@pytest.mark.parametrize("name", [name for name in BAD if name != "not YAML"])
@pytest.mark.parametrize("command", ["solve", "lint", "check"])
def test_a_bad_exam_is_told_clearly_and_refused(name: str, command: str, tmp_path: Path) -> None:
    exam, answers = tmp_path / "exam.yaml", tmp_path / "answers.yaml"
    exam.write_text(HEAD + BAD[name][0] + "\n", encoding="utf-8")
    answers.write_text("examgrad: 1\nexam: exam.yaml\nanswers: {1a: x}\n", encoding="utf-8")
    code, out, err = run(command, answers if command == "check" else exam)
    assert code == 2
    assert BAD[name][1] in out + err
    assert "exam.yaml:" in out + err


WITHOUT_KEY = """examgrad: 1
title: t
problems:
- id: 1
  given:
    variables: {W: [60, 50], x: [50], v: [d]}
    equations: ["y = W x", "f = v^T v"]
  parts:
  - {id: a, kind: gradient, of: f, wrt: v}
  - {id: b, kind: jacobian, of: y, wrt: W}
"""


def test_a_part_without_a_key_keeps_no_other_from_its_own(tmp_path: Path) -> None:
    exam, answers = tmp_path / "exam.yaml", tmp_path / "answers.yaml"
    exam.write_text(WITHOUT_KEY, encoding="utf-8")
    answers.write_text("examgrad: 1\nexam: exam.yaml\nanswers: {1a: 2 v, 1b: x}\n", encoding="utf-8")
    code, out, err = run("solve", exam)
    assert (code, "1a    2v" in out, "1b " in out) == (2, True, False)
    assert "exam.yaml:10:5: the key of part 1b cannot be found: a key of 180000 entries" in err
    code, out, err = run("check", answers)
    assert (code, "1a ✓ correct" in out, "a person marks it" in out) == (0, True, True)
    assert "warning: " in err
    assert "exam.yaml:10:5: the key of part 1b" in err
    assert run("check", answers, "--strict")[0] == 1
    code, out, _ = run("lint", exam)
    assert (code, "exam.yaml:10:5: the key of part 1b" in out) == (2, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("examgrad: 1\nexam: exam.yaml\nanswers: {9z: x}\n", "'9z' is no part of this exam"),
        ("examgrad: 1\nexam: nothing.yaml\nanswers: {1a: x}\n", "nothing.yaml"),
        ("examgrad: 1\nanswers: {1a: x}\n", "--exam FILE"),
        ('examgrad: 1\nexam: exam.yaml\nanswers: {1a: "\\theta"}\n', "double quotes"),
        ("examgrad: 1\nexam: exam.yaml\nanswers: [\n", "answers.yaml:"),
        ("examgrad: 1\nexam: exam.yaml\nansers: {1a: x}\n", "did you mean answers?"),
    ],
)
def test_a_bad_answer_file_is_told_clearly_and_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "exam.yaml").write_text(HEAD + "  - {id: a, kind: derivative, of: J, wrt: x}\n", encoding="utf-8")
    (tmp_path / "answers.yaml").write_text(text, encoding="utf-8")
    code, _, err = run("check", tmp_path / "answers.yaml")
    assert code == 2
    assert said in err


def test_an_unreadable_answer_shows_its_place_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "exam.yaml").write_text(HEAD + "  - {id: a, kind: derivative, of: J, wrt: x}\n", encoding="utf-8")
    (tmp_path / "answers.yaml").write_text(
        "examgrad: 1\nexam: exam.yaml\nanswers:\n  1a: |\n    s = x - y\n    s + qq\n", encoding="utf-8"
    )
    _, out, _ = run("check", tmp_path / "answers.yaml", "--format", "json")
    part = json.loads(out)["submissions"][0]["parts"][0]
    assert part["verdict"] == "unreadable"
    assert "answers.yaml:6:9" in part["diagnoses"][0]["message"]
    assert part["diagnoses"][0]["message"].splitlines()[1:3] == ["        s + qq", "            ^^"]


def test_stated_keys_that_are_right_are_taken(tmp_path: Path) -> None:
    exam = tmp_path / "exam.yaml"
    exam.write_text(
        HEAD
        + "  - {id: a, kind: update, rule: sgd, of: J, wrt: x, rate: z, key: 'x = x - z (x - y)'}\n"
        + "  - {id: b, kind: derivative, of: J, wrt: x, at: {x: 3, y: 1}, key: '2'}\n"
        + "- id: 2\n  given: {input: [8, 8, 3], layers: ['CONV(4, 3)', FC(10)]}\n"
        + "  parts: [{kind: layers, ask: [shape, parameters], key: [[6x6x4, 112], [10, 1450]]}]\n",
        encoding="utf-8",
    )
    assert run("lint", exam)[:2] == (0, f"{exam}: no problems found\n")
