"""Results as CSV (RFC 4180) for a gradebook: a row a submission, a column a part."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from typing import Final

from examgrad.grading.results import Report
from examgrad.report.safe import spreadsheet

HEAD: Final = ("student", "source", "points", "possible")
WAITING: Final = "review"
"""The column of the parts that a person must decide; their points are suggestions, and in the sum."""
_LONGEST: Final = 12
"""Decimals of points that are written to their end."""
_ROUNDED: Final = 4


def report_csv(report: Report) -> str:
    """The result of ``check`` as a table, its columns in the order of the exam's parts."""
    page = io.StringIO(newline="")
    writer = csv.writer(page, lineterminator="\r\n")
    names = [part.part for part in report.submissions[0].parts]
    writer.writerow(map(spreadsheet, [*HEAD, *names, WAITING]))
    for result in report.submissions:
        numbers = [result.points, result.possible, *(part.points for part in result.parts)]
        cells = [result.student, result.source, *map(decimal, numbers), " ".join(result.waiting)]
        writer.writerow(map(spreadsheet, cells))
    return page.getvalue()


def decimal(points: Fraction) -> str:
    """Points (not negative) as a decimal: exact where it ends within twelve places, otherwise rounded to four."""
    places = next((n for n in range(_LONGEST + 1) if 10**n % points.denominator == 0), _ROUNDED)
    digits = str(round(points * 10**places)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits
