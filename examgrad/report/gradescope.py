"""One submission's result as the ``results.json`` of a Gradescope autograder.

The fields are those of gradescope-autograders.readthedocs.io/en/latest/specs. What shows the key is seen once grades
are published, so that nobody reads it there and hands in again; an answer that cannot be read is told of at once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from examgrad.errors import Diagnostic
from examgrad.grading.results import PartResult, Report
from examgrad.report.safe import terminal
from examgrad.report.text import notes, points, waiting

AFTER: Final = "after_published"


def report_gradescope(report: Report) -> str:
    """The result of the one submission in ``report``.

    A part that waits for a person has neither score nor status, and none of its points are in the sum.
    """
    (result,) = report.submissions
    output = f"{report.title}: {len(result)} parts of {result.source} were checked."
    if result.waiting:
        output += f" {waiting(result)} for a person, who gives the points there: {', '.join(result.waiting)}."
    return _document(float(result.sure_points), output, [_test(part) for part in result.parts])


def refusal_gradescope(problems: Sequence[Diagnostic]) -> str:
    """What a student is told whose file could not be used: no points, and what to mend."""
    told = ["Nothing was marked, since this file could not be used. Mend it and submit again.", *map(str, problems)]
    return _document(0.0, "\n\n".join(told), [])


def _document(score: float, output: str, tests: list[dict[str, Any]]) -> str:
    document = {
        "score": score,
        "output": terminal(output),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _test(part: PartResult) -> dict[str, Any]:
    told = "\n".join([part.verdict, *notes(part)])
    test: dict[str, Any] = {"number": terminal(part.part), "name": part.kind}
    if part.verdict == "review":
        told += f"\nA person decides here and gives up to {points(part.possible)} points."
    else:
        test |= {"score": float(part.points), "max_score": float(part.possible)}
        test |= {"status": "passed" if part.verdict == "correct" else "failed"}
    shows_key = part.verdict != "unreadable" or part.cells
    exact = {"verdict": part.verdict, "points": str(part.points), "possible": str(part.possible)}
    return test | {
        "output": terminal(told),
        "output_format": "text",
        "visibility": AFTER if shows_key else "visible",
        "extra_data": exact,
    }
