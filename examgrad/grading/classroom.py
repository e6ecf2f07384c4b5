"""A class: answer files and folders of them, each checked against its exam."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from examgrad.errors import Diagnostic, Location, SpecError
from examgrad.exam.load import load_exam
from examgrad.exam.model import Exam, Submission
from examgrad.exam.submissions import load_submissions, match_answers
from examgrad.grading.results import Report, Result
from examgrad.grading.script import check_submission
from examgrad.kinds import FIELDS
from examgrad.kinds.solve import solve_parts
from examgrad.version import __version__

_SUFFIXES = (".yaml", ".yml")


class Checked(NamedTuple):
    """One report an exam, in the order in which they were met, and what kept other files from being checked."""

    reports: tuple[Report, ...]
    problems: tuple[Diagnostic, ...]
    warnings: tuple[Diagnostic, ...] = ()
    """Why parts have no key: a person marks them."""


def check_paths(
    paths: Sequence[Path], *, exam: Path | None = None, only: frozenset[str] | None = None, cached: bool = True
) -> Checked:
    """Check every answer file in ``paths``. A file that cannot be used is told of and keeps no other from its marks.

    Raises :class:`SpecError` where an exam itself cannot be used.
    """
    exams: dict[Path, Exam] = {}
    found: dict[Path, list[Submission]] = {}
    problems: list[Diagnostic] = []
    for file in (file for path in paths for file in answer_files(path)):
        try:
            for submission in load_submissions(file):
                home = _exam_path(submission, file, exam)
                if home not in exams:
                    exams[home] = load_exam(home, FIELDS)
                wrong = match_answers(submission, exams[home])
                problems += wrong
                if not wrong:
                    found.setdefault(home, []).append(submission)
        except SpecError as error:
            problems += error.diagnostics
        except OSError as error:
            place = Location(str(file), 1, 1)
            problems.append(Diagnostic("no-file", f"{error.filename}: {error.strerror}", "operator", place))
    if not found and not problems:
        message = f"there are no answer files in {', '.join(map(str, paths))}"
        problems.append(Diagnostic("no-answers", message, "operator"))
    warnings: list[Diagnostic] = []
    reports = tuple(_check(exams[home], submissions, only, cached, warnings) for home, submissions in found.items())
    return Checked(reports, tuple(dict.fromkeys(problems)), tuple(warnings))


def _check(
    exam: Exam, submissions: Sequence[Submission], only: frozenset[str] | None, cached: bool, warnings: list[Diagnostic]
) -> Report:
    if only and (missing := only - set(exam.part_names)):
        known = ", ".join(exam.part_names)
        message = f"the exam has no part {', '.join(sorted(missing))}; its parts are {known}"
        raise SpecError([Diagnostic("no-part", message, "operator")])
    keys, without = solve_parts(exam, only=only, cached=cached)
    warnings += without.values()
    results: list[Result] = [check_submission(exam, keys, submission, only) for submission in submissions]
    provenance = {"version": __version__, "exam": exam.digest, "seed": "formulas"}
    return Report(exam.title, exam.points, tuple(results), provenance)


def answer_files(path: Path) -> Iterator[Path]:
    """The answer files of a path: itself, or all YAML files below a folder that are no exam, sorted."""
    if not path.is_dir():
        yield path
        return
    for file in sorted(path.rglob("*")):
        if file.suffix in _SUFFIXES and file.is_file() and not _is_exam(file):
            yield file


def _is_exam(file: Path) -> bool:
    """Whether a YAML file is an exam rather than answers: its first keys tell."""
    with file.open("rb") as stream:
        head = stream.read(65536).decode("utf-8", "replace")
    return any(line.startswith("problems:") for line in head.splitlines())


def _exam_path(submission: Submission, file: Path, exam: Path | None) -> Path:
    if exam is not None:
        return exam
    if submission.exam is None:
        message = "this answer file does not say which exam it belongs to"
        raise SpecError(
            [
                Diagnostic(
                    "no-exam", message, "operator", Location(str(file), 1, 1), "write exam: FILE, or use --exam FILE"
                )
            ]
        )
    return submission.exam
