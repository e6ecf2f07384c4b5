"""Numbers against numbers: exactly, or to a tolerance."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, NamedTuple

from examgrad.equality import value_at
from examgrad.errors import ExamgradError
from examgrad.exam.fields import Tolerance
from examgrad.exam.model import Answer, Part
from examgrad.formula import printer
from examgrad.formula.arrays import entries_of, is_array
from examgrad.formula.tree import Apply, Node, Number
from examgrad.kinds.base import Cell, Diagnosis, Evidence, Key, Outcome, Verdict
from examgrad.kinds.judging import diagnosis_of, overall
from examgrad.kinds.reading import Formula, Unreadable, read_grid
from examgrad.kinds.scope import Scope, short_value

DEFAULT_RELATIVE: Final = Fraction(1, 1000)
"""How far a rounded number may be off where a part states no tolerance: a tenth of a percent."""
_ROUNDING_SLACK: Final = 1e-9


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
    wanted = entries_of(key.tree)
    grid = read_grid(answer, scope, ())
    if len(grid.entries) != len(wanted):
        have = "one number" if len(grid.entries) == 1 else f"{len(grid.entries)} numbers"
        message = f"Your answer has {have}, the right one {len(wanted)}."
        return Outcome("incorrect", Fraction(0), message, diagnoses=(Diagnosis("wrong-size", message),))
    tolerance = getattr(part.fields, "tolerance", None)
    matrix = isinstance(key.tree, Apply) and bool(key.tree.args) and is_array(key.tree.args[0])
    columns = len(wanted) // len(key.tree.args) if matrix else None
    if len(wanted) > 1 and grid.columns != columns and not (columns is None and 1 in (grid.rows, grid.columns)):
        message = "Your answer has the right number of numbers, but not in the right rows and columns."
        return Outcome("incorrect", Fraction(0), message, diagnoses=(Diagnosis("wrong-size", message),))
    numerics = [judge_number(entry, node, tolerance) for entry, node in zip(grid.entries, wanted, strict=True)]
    right = sum(item.verdict == "correct" for item in numerics)
    worst = next((item for item in numerics if item.verdict != "correct"), numerics[0])
    width = grid.columns or 1
    cells = tuple(
        Cell(at // width + 1, at % width + 1, item.verdict, item.shown, short_value(constant(node)))
        for at, (item, node) in enumerate(zip(numerics, wanted, strict=True))
    )
    share = Fraction(right, len(wanted)) if part.credit.entries or right == len(wanted) else Fraction(0)
    verdict = overall([item.verdict for item in numerics])
    shown = ", ".join(item.shown for item in numerics)
    return Outcome(
        verdict if share or verdict != "partial" else "incorrect", share, worst.reason, worst.evidence,
        shown if len(wanted) == 1 else f"[{shown}]", cells=cells if len(wanted) > 1 else (),
        diagnoses=tuple(found for item in numerics for found in item.diagnoses),
    )  # fmt: skip


def constant(node: Node) -> object:
    """The value of a formula without variables: a fraction, or a ball; ``None`` where it has none."""
    return value_at(node, {})


def judge_number(entry: Formula | Unreadable, key: Node, tolerance: Tolerance | None) -> Numeric:
    """One number: equal, near enough, or not."""
    if isinstance(entry, Unreadable):
        diagnostic = entry.diagnostic
        return Numeric("unreadable", diagnostic.message, Evidence("undecided"), "", (diagnosis_of(diagnostic),))
    tree = entry.scope.plain(entry.tree)
    shown = printer.plain(entry.tree)
    if tree.symbols():
        names = ", ".join(sorted(tree.symbols()))
        reason = f"A number was asked for; {names} stands in your answer."
        return Numeric("incorrect", reason, Evidence("undecided"), shown, (Diagnosis("not-a-number", reason),))
    comparison = entry.scope.decide(tree, key)
    for claim in entry.claims:
        if entry.scope.decide(claim, tree, witness=False).verdict == "unequal" and not _close(claim, tree):
            reason = "The sides of this line are not equal; a person decides."
            return Numeric("review", reason, Evidence("undecided"), shown, (Diagnosis("broken-chain", reason),))
    if comparison.verdict == "equal":
        return Numeric("correct", "Right.", entry.scope.evidence(comparison, tree, key), shown)
    given, right = constant(tree), constant(key)
    if given is None or right is None:
        reason = "This number could not be worked out; a person looks at it."
        return Numeric("review", reason, Evidence("undecided"), shown)
    off, size = abs(float(given) - float(right)), abs(float(right))  # type: ignore[arg-type]
    if (why := near_enough(entry.tree, given, right, off, size, tolerance)) is not None:
        return Numeric("correct", why, Evidence("numeric", points=1, digits=_digits(off, size), note=why), shown)
    values = short_value(given), short_value(right)
    evidence = Evidence("witness", {}, *values)
    reason = f"Your answer is {values[0]}, the right one {values[1]}."
    return Numeric("incorrect", reason, evidence, shown)


def near_enough(
    tree: Node, given: object, right: object, off: float, size: float, tolerance: Tolerance | None
) -> str | None:
    """Why a number that is not the key counts as right; ``None`` where it does not."""
    if tolerance is not None:
        return tolerance.accepts(off, size)
    if all(isinstance(value, Fraction) and value.denominator == 1 for value in (given, right)):
        return None
    places = _places(tree)
    if places is not None and off <= 0.5 * 10.0**-places * (1 + _ROUNDING_SLACK) and _significant(given, places) >= 2:
        return f"Right to {places} decimal place{'s' if places != 1 else ''}."
    return "Right to within 0.1 %." if off <= float(DEFAULT_RELATIVE) * size else None


def _places(tree: Node) -> int | None:
    """How many decimals a number was written with."""
    if isinstance(tree, Apply) and tree.op == "neg":
        tree = tree.args[0]
    if isinstance(tree, Apply) and tree.op == "mul" and len(tree.args) == 2 and (power := _power_of_ten(tree.args[1])):
        places = _places(tree.args[0])
        return None if places is None else max(0, places - power)
    return tree.places if isinstance(tree, Number) else None


def _power_of_ten(node: Node) -> int | None:
    """N of ``10^n``."""
    if not isinstance(node, Apply) or node.op != "pow" or node.args[0] != Number(10):
        return None
    exponent = value_at(node.args[1], {}, 10)
    return int(float(exponent)) if exponent is not None and abs(float(exponent)) < 300 else None


def _close(claim: Node, tree: Node) -> bool:
    """Whether two numbers are equal but for rounding."""
    try:
        left, right = constant(claim), constant(tree)
    except (KeyError, ExamgradError):
        return True
    if left is None or right is None:
        return True
    return abs(float(left) - float(right)) <= 0.01 * abs(float(right))  # type: ignore[arg-type]


def _significant(value: object, places: int) -> int:
    return len(str(int(abs(float(value)) * 10.0**places + 0.5)).lstrip("0"))  # type: ignore[arg-type]


def _digits(off: float, size: float) -> int:
    digits = 0
    while digits < 15 and size and off / size < 10.0 ** -(digits + 1):
        digits += 1
    return digits
