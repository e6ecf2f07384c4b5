"""Numbers against numbers: exactly, or to a tolerance. Where the numbers are fractions, so is all that is computed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from examgrad.equality import UnsupportedFormula
from examgrad.errors import ExamgradError
from examgrad.exam.document import Text
from examgrad.exam.fields import Tolerance
from examgrad.exam.model import Answer, Part
from examgrad.formula import printer
from examgrad.formula.array_values import entries_of, is_array
from examgrad.formula.tree import Apply, Node
from examgrad.kinds.asked_entries import names_of
from examgrad.kinds.base import UNDECIDED, Cell, Diagnosis, Evidence, Key, Outcome, Verdict
from examgrad.kinds.claims import BROKEN_CHAIN, AtPoint, does_not_hold, pairs, unlike
from examgrad.kinds.criteria import Criteria
from examgrad.kinds.grids import Grid, read_grid
from examgrad.kinds.judging import diagnosis_of, overall
from examgrad.kinds.near import agreeing_digits, constant, exactly, near_enough
from examgrad.kinds.number_lists import listed
from examgrad.kinds.reading import Formula, Unreadable
from examgrad.kinds.scope import Scope, short_value
from examgrad.kinds.unordered import read_elements

_PERCENT = re.compile(r"\s*([-+−]?)\s*(\d{1,30})(?:\.(\d{0,30}))?\s*\\?%\s*")


class Numeric(NamedTuple):
    """One number against its key: the verdict and how it is known."""

    verdict: Verdict
    reason: str
    evidence: Evidence
    shown: str
    diagnoses: tuple[Diagnosis, ...] = ()


def check_numbers(part: Part, answer: Answer, key: Key) -> Outcome:
    """Judge an answer that is a number or an array of numbers against ``key.tree``, an array of exact formulas."""
    scope = Scope.of(part.given)
    assert key.tree is not None
    wanted = [scope.graph.expand(scope.plain(entry)) for entry in entries_of(key.tree)]
    answer = listed(answer, len(wanted))
    answer = answer._replace(value=in_decimals(answer.value))
    unordered = not getattr(part.fields, "ordered", True)
    if unordered:
        elements = tuple(read_elements(answer, scope))
        grid = Grid(elements, len(elements), None)
    else:
        grid = read_grid(answer, scope, names_of(part))
    if len(grid.entries) != len(wanted):
        have = "one number" if len(grid.entries) == 1 else f"{len(grid.entries)} numbers"
        message = f"Your answer has {have}, the right one {len(wanted)}."
        return Outcome("incorrect", Fraction(0), message, diagnoses=(Diagnosis("wrong-size", message),))
    tolerance = getattr(part.fields, "tolerance", None)
    matrix = isinstance(key.tree, Apply) and bool(key.tree.args) and is_array(key.tree.args[0])
    columns = _width(key.tree) if matrix else None
    fits = unordered or grid.columns == columns or (columns is None and 1 in (grid.rows, grid.columns))
    if len(wanted) > 1 and not fits:
        message = "Your answer has the right number of numbers, but not in the right rows and columns."
        return Outcome("incorrect", Fraction(0), message, diagnoses=(Diagnosis("wrong-size", message),))
    entries: Sequence[Formula | Unreadable] = grid.entries
    if unordered:
        entries, wanted = sorted(entries, key=_size_of), sorted(wanted, key=_size)
    criteria = Criteria.of(part)
    numerics = [judge_number(entry, node, tolerance, criteria) for entry, node in zip(entries, wanted, strict=True)]
    if not unordered:
        point = AtPoint(part, key.tree)
        both = enumerate(zip(numerics, entries, strict=True))
        numerics = [_with_claims(item, entry, point, at) for at, (item, entry) in both]
    right = sum(item.verdict == "correct" for item in numerics)
    least = max(numerics, key=lambda item: item.evidence.doubt)  # the least sure speaks for the whole
    worst = next((item for item in numerics if item.verdict != "correct"), least)
    width = grid.columns or 1
    cells = tuple(
        Cell(at // width + 1, at % width + 1, item.verdict, item.shown, short_value(constant(node)))
        for at, (item, node) in enumerate(zip(numerics, wanted, strict=True))
    )
    equal = sum(item.verdict == "partial" for item in numerics)
    share = criteria.share(right, equal, len(wanted), part.credit.entries)
    verdict = overall([item.verdict for item in numerics])
    shown = ", ".join(item.shown for item in numerics)
    if verdict == "partial" and not share and right + equal < len(wanted):
        verdict = "incorrect"
    return Outcome(
        verdict, share, worst.reason, worst.evidence,
        shown if len(wanted) == 1 else f"[{shown}]", cells=cells if len(wanted) > 1 else (),
        diagnoses=tuple(found for item in numerics for found in item.diagnoses),
    )  # fmt: skip


def _width(tree: Node) -> int:
    """How long the rows of an array are."""
    return _width(tree.args[0]) if is_array(tree.args[0]) else len(tree.args)


def _size_of(entry: Formula | Unreadable) -> float:
    """An entry's value, to sort by; what has none stands last."""
    try:
        return float("inf") if isinstance(entry, Unreadable) else _size(entry.scope.plain(entry.tree))
    except (ExamgradError, UnsupportedFormula):
        return float("inf")


def _size(node: Node) -> float:
    value = None if node.symbols() else constant(node)
    return float("inf") if value is None else float(value)


def in_decimals(value: Any) -> Any:
    """An answer with every percentage as the decimal that it is: ``73.1%`` → ``0.731``."""
    if isinstance(value, str):
        match = _PERCENT.fullmatch(value)
        if not match:
            return value
        sign, whole, places = match[1].replace("−", "-"), match[2].rjust(3, "0"), match[3] or ""
        return Text(f"{sign}{whole[:-2]}.{whole[-2:]}{places}")
    return [in_decimals(item) for item in value] if isinstance(value, list | tuple) else value


def judge_number(entry: Formula | Unreadable, key: Node, tolerance: Tolerance | None, criteria: Criteria) -> Numeric:
    """One number: equal, near enough, or not."""
    try:
        found = _judge_number(entry, key, tolerance)
    except (ExamgradError, UnsupportedFormula):
        reason = "This is no number that can be worked out."
        return Numeric("unreadable", reason, UNDECIDED, "", (Diagnosis("not-a-number", reason),))
    if found.verdict != "correct" or isinstance(entry, Unreadable):
        return found
    remark = criteria.remark(entry.tree, entry.scope)
    if remark is None:
        return found
    verdict: Verdict = "partial" if remark.sure else "review"
    return found._replace(verdict=verdict, reason=remark.reason, diagnoses=(remark.diagnosis,))


def _judge_number(entry: Formula | Unreadable, key: Node, tolerance: Tolerance | None) -> Numeric:
    if isinstance(entry, Unreadable):
        diagnostic = entry.diagnostic
        return Numeric("unreadable", diagnostic.message, UNDECIDED, "", (diagnosis_of(diagnostic),))
    tree = entry.scope.plain(entry.tree)
    shown = printer.plain(entry.tree)
    if tree.symbols():
        names = ", ".join(sorted(tree.symbols()))
        reason = f"A number was asked for; {names} stands in your answer."
        return Numeric("incorrect", reason, UNDECIDED, shown, (Diagnosis("not-a-number", reason),))
    comparison = entry.scope.decide(tree, key)
    for claim in entry.claims:
        if entry.scope.decide(claim, tree, witness=False).verdict == "unequal" and not _close(claim, tree):
            reason = "The sides of this line are not equal; a person decides."
            return Numeric("review", reason, UNDECIDED, shown, (Diagnosis(BROKEN_CHAIN, reason),))
    if comparison.verdict == "equal":
        return Numeric("correct", "Right.", entry.scope.evidence(comparison, tree, key), shown)
    given, right = constant(tree), constant(key)
    if given is None or right is None:
        reason = "This number could not be worked out; a person looks at it."
        return Numeric("review", reason, UNDECIDED, shown)
    if (why := near_enough(entry.tree, given, right, tolerance)) is not None:
        told = f"{why[0].upper()}{why[1:]}: {exactly(key, right)}."
        return Numeric(
            "correct", told, Evidence("numeric", points=1, digits=agreeing_digits(given, right), note=why), shown
        )
    values = short_value(given), short_value(right)
    evidence = Evidence("witness", {}, *values)
    reason = f"Your answer is {values[0]}, the right one {values[1]}."
    return Numeric("incorrect", reason, evidence, shown)


def _with_claims(found: Numeric, entry: Formula | Unreadable, point: AtPoint, at: int) -> Numeric:
    """The judgement on a right number, for a person where another side of its line, or another line, does not hold."""
    if found.verdict in ("correct", "partial") and isinstance(entry, Formula):
        scope, tree = entry.scope, entry.tree
        if reason := unlike(tree, entry.rivals, lambda rival: not _holds(rival, tree, scope, point, at)):
            return found._replace(verdict="review", reason=reason, diagnoses=(Diagnosis("two-answers", reason),))
        said = [(claim, entry.tree) for claim in entry.claims]
        for left, right in [*said, *pairs(entry.stated)]:
            if not _holds(left, right, scope, point, at):
                said_so = does_not_hold(left, right)
                reason = f"The number is right, but the answer says {said_so}, which does not hold; a person decides."
                return found._replace(verdict="review", reason=reason, diagnoses=(Diagnosis(BROKEN_CHAIN, reason),))
    return found


def _holds(left: Node, right: Node, scope: Scope, point: AtPoint, at: int) -> bool:
    """Whether two sides may be equal at the point of a part; ``at`` is the entry of a side that is an array."""
    try:
        first, second = (point.entries(side, scope) for side in (left, right))
        if len(first) > 1 == len(second):
            first = first[at : at + 1]
        if len(first) != len(second):
            return True
        return all(
            one.symbols() or other.symbols() or _close(one, other)
            or scope.decide(one, other, witness=False).verdict != "unequal"
            for one, other in zip(first, second, strict=True)
        )  # fmt: skip
    except (ExamgradError, UnsupportedFormula):
        return True


def _close(claim: Node, tree: Node) -> bool:
    """Whether two numbers are equal but for rounding."""
    try:
        left, right = constant(claim), constant(tree)
    except (KeyError, ExamgradError, UnsupportedFormula):  # its names have numbers at the point of a part only
        return True
    if left is None or right is None:
        return True
    return abs(float(left) - float(right)) <= 0.01 * abs(float(right))
