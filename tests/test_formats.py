"""What other programs read of a check: JUnit XML, Gradescope, CSV, GitHub's commands. All say what JSON says."""

from __future__ import annotations

import csv
import io
import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from conftest import PROJECT, TESTS, cases
from hypothesis import given
from hypothesis import strategies as st
from test_cli import run

from examgrad.cli import main
from examgrad.errors import Diagnostic, Location
from examgrad.grading.results import PartResult, Report, Result
from examgrad.report import safe
from examgrad.report.csv import decimal, report_csv
from examgrad.report.github import report_github
from examgrad.report.gradescope import refusal_gradescope, report_gradescope
from examgrad.report.junit import report_junit
from examgrad.report.text import report_text

CLASS = TESTS / "cases" / "formats" / "class"
MIDTERM = PROJECT / "problems" / "deep-learning-midterm"
OUTCOMES = {
    "correct": None, "partial": "failure", "incorrect": "failure", "unanswered": "failure", "unreadable": "error",
    "review": "skipped",
}  # fmt: skip


@pytest.fixture(autouse=True)
def beside_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are named in the goldens as they are on the command line."""
    monkeypatch.chdir(CLASS)


@pytest.mark.parametrize("case", cases("formats"))
def test_what_people_write_is_made_harmless(case: dict[str, str]) -> None:
    assert getattr(safe, case["edge"])(case["text"]) == case["safe"]


@pytest.mark.parametrize("code", [0xD800, 0xDCFF, 0xFFFE, 0xFFFF])
def test_half_a_pair_of_surrogates_is_replaced(code: int) -> None:
    assert safe.terminal(f"a{chr(code)}") == "a\ufffd"


@pytest.mark.parametrize("style", ["junit", "csv", "github"])
def test_a_class_with_every_verdict(style: str, golden: Any) -> None:
    code, out, err = run("check", ".", "--format", style)
    assert code == 2
    assert "'9z' is no part of this exam" in err
    golden(f"formats/class.{style}", out)


def test_one_student_for_gradescope(golden: Any) -> None:
    code, out, err = run("check", "ada.yaml", "--format", "gradescope")
    assert (code, err) == (1, "")
    golden("formats/ada.gradescope", out)


@pytest.mark.parametrize("style", ["junit", "gradescope", "csv", "github"])
def test_the_midterm(style: str, golden: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(MIDTERM)
    code, out, err = run("check", "answers.yaml", "--format", style)
    assert (code, err) == (1, "")
    golden(f"formats/midterm.{style}", out)


def submissions(*paths: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("check", *paths, "--format", "json")[1])["submissions"]
    return found


@pytest.mark.parametrize("path", [CLASS, MIDTERM])
def test_junit_says_what_json_says(path: Path) -> None:
    root = ElementTree.fromstring(run("check", path, "--format", "junit")[1])
    expected = submissions(path)
    suites = root.findall("testsuite")[: len(expected)]
    for suite, submission in zip(suites, expected, strict=True):
        own = {item.get("name"): item.get("value") for item in suite.iterfind("properties/property")}
        assert suite.get("name") == submission["student"]
        assert (own["points"], own["possible"]) == (submission["points"], submission["possible"])
        told = [(case.get("name"), [child.tag for child in case][:-1]) for case in suite.iterfind("testcase")]
        outcomes = [(part["part"], OUTCOMES[part["verdict"]]) for part in submission["parts"]]
        assert told == [(name, [outcome] if outcome else []) for name, outcome in outcomes]
        verdicts = [str(case.findtext("system-out")).partition(",")[0] for case in suite.iterfind("testcase")]
        assert verdicts == [part["verdict"] for part in submission["parts"]]
    for element in (root, *root):
        inside = list(element.iter("testcase"))
        assert element.get("tests") == str(len(inside))
        for tag, total in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert element.get(total) == str(sum(case.find(tag) is not None for case in inside))


@pytest.mark.parametrize("path", [CLASS, MIDTERM])
def test_csv_says_what_json_says(path: Path) -> None:
    out = run("check", path, "--format", "csv")[1]
    head, *rows = csv.reader(io.StringIO(out, newline=""))
    expected = submissions(path)
    assert head == ["student", "source", "points", "possible", *(p["part"] for p in expected[0]["parts"]), "review"]
    for row, submission in zip(rows, expected, strict=True):
        parts = submission["parts"]
        numbers = [submission["points"], submission["possible"], *(part["points"] for part in parts)]
        assert row[0].removeprefix("'") == submission["student"]
        assert row[2:-1] == [decimal(Fraction(number)) for number in numbers]
        assert row[-1].split() == [part["part"] for part in parts if part["verdict"] == "review"]


@pytest.mark.parametrize("path", [CLASS / "ada.yaml", MIDTERM / "answers.yaml"])
def test_gradescope_says_what_json_says(path: Path) -> None:
    document = json.loads(run("check", path, "--format", "gradescope")[1])
    (submission,) = submissions(path)
    sure = [part for part in submission["parts"] if part["verdict"] != "review"]
    assert document["score"] == float(sum(Fraction(part["points"]) for part in sure))
    for test, part in zip(document["tests"], submission["parts"], strict=True):
        assert test["number"] == part["part"]
        assert test["extra_data"] == {name: part[name] for name in ("verdict", "points", "possible")}
        if part["verdict"] == "review":
            assert not {"score", "max_score", "status"} & test.keys()
            assert "A person decides here" in test["output"]
        else:
            assert (test["score"], test["max_score"]) == (
                float(Fraction(part["points"])), float(Fraction(part["possible"])),
            )  # fmt: skip
            assert (test["status"] == "passed") == (part["verdict"] == "correct")


def test_gradescope_shows_no_key_before_grades_are_published() -> None:
    document = json.loads(run("check", "ada.yaml", "--format", "gradescope")[1])
    seen = [test["number"] for test in document["tests"] if test["visibility"] == "visible"]
    assert seen == ["1d"]


@pytest.mark.parametrize("path", [CLASS, MIDTERM])
def test_github_says_what_json_says(path: Path) -> None:
    told = [(name, unescaped(own["title"])) for name, own, _ in commands(run("check", path, "--format", "github")[1])]
    for submission in submissions(path):
        parts = [part for part in submission["parts"] if part["verdict"] != "correct"]
        for part in parts:
            name, title = told.pop(0)
            assert name == ("warning" if part["verdict"] == "review" else "error")
            assert title.startswith(f"{submission['student']} {part['part']}: {part['verdict']}, ")
        assert told.pop(0)[0] == "notice"


def commands(out: str) -> list[tuple[str, dict[str, str], str]]:
    """Name, properties and data of workflow commands, found as GitHub's runner finds them."""
    found = []
    for line in out.splitlines():
        match = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        assert match, line
        own = dict(item.split("=", 1) for item in match[2].split(","))
        assert own.keys() <= {"file", "line", "endLine", "title"}
        found.append((match[1], own, match[3]))
    return found


def unescaped(text: str) -> str:
    """What GitHub makes of an escaped property."""
    for code, letter in (("%3A", ":"), ("%2C", ","), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, letter)
    return text


def test_github_names_the_lines_of_the_answer() -> None:
    found = commands(run("check", "ada.yaml", "--format", "github")[1])
    assert [(own.get("line"), own.get("endLine")) for _, own, _ in found] == [
        ("6", "6"), ("7", "7"), ("11", "12"), ("13", "15"), (None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(("options", "tag", "name"), [([], "skipped", "warning"), (["--strict"], "failure", "error")])
def test_what_waits_for_a_person_fails_only_where_strict(options: list[str], tag: str, name: str) -> None:
    one = ["check", MIDTERM / "answers.yaml", "--part", "6a", *options, "--format"]
    code, out, _ = run(*one, "junit")
    assert (code, ElementTree.fromstring(out).find(f".//{tag}[@type='review']") is not None) == (len(options), True)
    assert commands(run(*one, "github")[1])[0][0] == name


@pytest.mark.parametrize("style", ["text", "json", "junit", "csv", "github"])
@pytest.mark.parametrize(
    ("options", "code"), [([], 1), (["--exit-zero"], 0), (["--fail-under", "20"], 0), (["--fail-under", "90"], 1)]
)
def test_the_status_is_the_same_in_every_format(style: str, options: list[str], code: int) -> None:
    assert run("check", "ada.yaml", "--format", style, *options)[0] == code


@pytest.mark.parametrize("style", ["junit", "gradescope", "csv", "github"])
def test_a_file_holds_the_same_bytes_as_standard_output(style: str, tmp_path: Path) -> None:
    target = tmp_path / "out"
    assert run("check", "ada.yaml", "--format", style, "-o", target)[1] == ""
    assert target.read_bytes() == CliRunner().invoke(main, ["check", "ada.yaml", "--format", style]).stdout_bytes


def test_rows_of_csv_end_as_the_standard_says(tmp_path: Path) -> None:
    run("check", "others.yaml", "--format", "csv", "-o", tmp_path / "out.csv")
    rows = (tmp_path / "out.csv").read_bytes().split(b"\r\n")
    assert len(rows) == 4
    assert rows[1].startswith(b"""\"'=HYPERLINK(""http://evil"", ""0001"")\",others.yaml,2,""")


UNUSABLE = {
    "junit": '<testsuites name="examgrad" tests="1" failures="0" errors="1" skipped="0">',
    "gradescope": "Nothing was marked, since this file could not be used.",
    "github": "::error file=unusable.yaml,line=5,title=This file could not be used::'9z' is no part",
    "csv": "",
    "json": "",
    "text": "",
}


@pytest.mark.parametrize("style", UNUSABLE)
def test_a_file_that_cannot_be_used_is_told_of(style: str) -> None:
    code, out, err = run("check", "unusable.yaml", "--format", style)
    assert code == 2
    assert UNUSABLE[style] in out
    assert bool(out) == bool(UNUSABLE[style])
    assert "unusable.yaml:5:3: '9z' is no part of this exam" in err


@pytest.mark.parametrize(
    ("style", "said"), [("junit", 'name="examgrad"'), ("github", "::error title=examgrad::there are")]
)
def test_an_empty_folder_is_told_of(style: str, said: str, tmp_path: Path) -> None:
    code, out, err = run("check", tmp_path, "--format", style)
    assert (code, said in out, "there are no answer files in" in err) == (2, True, True)


@pytest.mark.parametrize("style", ["csv", "gradescope"])
def test_an_empty_folder_has_nothing_to_write(style: str, tmp_path: Path) -> None:
    code, out, err = run("check", tmp_path, "--format", style)
    assert (code, out, "there are no answer files in" in err) == (2, "", True)


def test_an_exam_that_cannot_be_used_is_an_error_once_for_all_its_files(tmp_path: Path) -> None:
    for name in ("exam.yaml", "a.yaml", "b.yaml"):
        content = (
            "examgrad: 1\nproblems: []\n" if name == "exam.yaml" else "examgrad: 1\nexam: exam.yaml\nanswers: {}\n"
        )
        (tmp_path / name).write_text(content, encoding="utf-8")
    code, out, _ = run("check", tmp_path, "--format", "github")
    assert (code, len(commands(out))) == (2, 1)
    assert run("check", tmp_path / "a.yaml", "--format", "gradescope")[:2] == (2, "")
    (tmp_path / "b.yaml").unlink()
    code, out, _ = run("check", CLASS / "ada.yaml", "--part", "9z", "--format", "junit")
    assert (code, 'type="no-part"' in out) == (2, True)


def test_gradescope_takes_one_submission_at_a_time() -> None:
    for path in (".", "others.yaml"):
        code, out, err = run("check", path, "--format", "gradescope")
        assert (code, out) == (2, "")
        assert "give one answer file of one student at a time" in err


def test_csv_holds_one_exam() -> None:
    code, out, err = run("check", CLASS / "ada.yaml", MIDTERM / "answers.yaml", "--format", "csv")
    assert (code, out) == (2, "")
    assert "CSV holds one: use --exam" in err


@pytest.mark.parametrize(
    ("points", "written"),
    [("0", "0"), ("38", "38"), ("100", "100"), ("5/2", "2.5"), ("1/8", "0.125"), ("1/3", "0.3333"), ("2/3", "0.6667"),
     ("1/1000000", "0.000001"), ("1/30000", "0.0000"), ("29999/10000", "2.9999"), ("299999/30000", "10.0000")],
)  # fmt: skip
def test_points_as_decimals(points: str, written: str) -> None:
    assert decimal(Fraction(points)) == written


SIGNS = "=+-@\t\r\n,:%\"';&<>]#[\0\x1b\x85\u2028\u202e\ud800\udfff\ufffe"
HOSTILE = st.text(st.sampled_from(SIGNS) | st.characters(), max_size=20)


@given(HOSTILE, HOSTILE, HOSTILE, st.sampled_from(list(OUTCOMES)))
def test_no_text_breaks_a_format(student: str, answer: str, reason: str, verdict: Any) -> None:
    part = PartResult("1a", "text", verdict, Fraction(1, 3), Fraction(2), answer, answer, reason, span=(2, 3))
    report = Report(answer, Fraction(4), (Result(student, answer, (part, part)),), {})
    problem = Diagnostic("code", reason, "student", Location(answer, 1, 1, student), reason)
    suites = ElementTree.fromstring(report_junit([report], [problem]).encode("utf-8"))
    assert len(suites.findall(".//testcase")) == 3
    text = report_csv(report).encode("utf-8").decode("utf-8")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert [len(row) for row in rows] == [7, 7]
    assert all(cell[:1] not in tuple("=+-@\t\r\n") for cell in rows[1] if cell)
    assert len(commands(report_github([report], [problem]).removesuffix("\n"))) == 2 + 2 * (verdict != "correct")
    for document in (report_gradescope(report), refusal_gradescope([problem])):
        assert json.loads(document.encode("utf-8"))["output"]
    assert not any(line.lstrip().startswith("::") for line in report_text(report).splitlines())
