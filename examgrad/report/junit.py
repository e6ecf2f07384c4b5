"""Results as JUnit XML, which CI systems read: a test suite a submission, a test case a part.

There is no schema that all readers agree on: this keeps to what Jenkins's ``junit-10.xsd`` allows, but for the totals
and the ``message`` of ``skipped`` that readers take. Times are left out: the same input gives the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from examgrad.errors import Diagnostic
from examgrad.grading.results import PartResult, Report, Result
from examgrad.kinds.base import Verdict
from examgrad.report.safe import terminal
from examgrad.report.text import earned, notes

UNUSABLE: Final = "files that could not be used"
"""The suite of what is no submission."""
_OUTCOMES: Final[dict[Verdict, str]] = {
    "partial": "failure", "incorrect": "failure", "unanswered": "failure", "unreadable": "error", "review": "skipped",
}  # fmt: skip
"""What a test case holds. What waits for a person has neither passed nor failed; what has no answer is not right."""
_TOTALS: Final = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def report_junit(reports: Sequence[Report], problems: Sequence[Diagnostic] = (), *, strict: bool = False) -> str:
    """The result of ``check`` over one exam or several, and the files that could not be used, as one XML document.

    Where ``strict``, what waits for review has failed.
    """
    suites = [_suite(report, result, strict) for report in reports for result in report.submissions]
    if problems:
        suites.append(_unusable(problems))
    root = _element("testsuites", name="examgrad")
    root.extend(suites)
    for name in ("tests", *_TOTALS.values()):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    indent(root, " ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _suite(report: Report, result: Result, strict: bool) -> Element:
    suite = _element("testsuite", name=result.student)
    own = {
        "exam": report.title,
        "source": result.source,
        "points": str(result.points),
        "possible": str(result.possible),
    }
    properties = SubElement(suite, "properties")
    properties.extend(_element("property", name=name, value=value) for name, value in own.items())
    suite.extend(_case(part, f"{report.title}/{result.student}", result.source, strict) for part in result.parts)
    return _counted(suite)


def _case(part: PartResult, group: str, source: str, strict: bool) -> Element:
    case = _element("testcase", classname=group, name=part.part, file=source)
    if part.span:
        case.set("line", str(part.span[0]))
    outcome = "failure" if strict and part.verdict == "review" else _OUTCOMES.get(part.verdict)
    if outcome:
        case.append(_outcome(outcome, part.verdict, part.reason, notes(part)))
    SubElement(case, "system-out").text = earned(part)
    return case


def _unusable(problems: Sequence[Diagnostic]) -> Element:
    """A suite of the files that could not be used, a test case each with everything that is wrong with it."""
    suite = _element("testsuite", name=UNUSABLE)
    files: dict[str, list[Diagnostic]] = {}
    for problem in problems:
        files.setdefault(problem.location.path if problem.location else "", []).append(problem)
    for path, own in files.items():
        case = _element("testcase", classname=UNUSABLE, name=path or "examgrad", **({"file": path} if path else {}))
        case.append(_outcome("error", own[0].code, own[0].message, map(str, own)))
        suite.append(case)
    return _counted(suite)


def _outcome(tag: str, kind: str, message: str, lines: Iterable[str]) -> Element:
    outcome = _element(tag, message=message, type=kind)
    outcome.text = terminal("\n".join(lines))
    return outcome


def _counted(suite: Element) -> Element:
    """The suite with its totals."""
    cases = suite.findall("testcase")
    found = Counter(child.tag for case in cases for child in case)
    suite.set("tests", str(len(cases)))
    for tag, name in _TOTALS.items():
        suite.set(name, str(found[tag]))
    return suite


def _element(tag: str, **attributes: str) -> Element:
    return Element(tag, {name: terminal(value) for name, value in attributes.items()})
