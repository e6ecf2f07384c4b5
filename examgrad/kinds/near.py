"""Numbers that count as the key though they are not equal to it: rounded, or within a tolerance."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final, NamedTuple

from examgrad.equality import UnsupportedFormula, evaluate
from examgrad.equality.rounding import as_ball, cut_off_at, is_within, rounded_to, rounded_to_power
from examgrad.errors import ExamgradError
from examgrad.exam.fields import Tolerance
from examgrad.formula import printer
from examgrad.formula.printing.plain import decimal_text
from examgrad.formula.tree import Node
from examgrad.kinds.base import Evidence
from examgrad.kinds.scope import Scope

DEFAULT_RELATIVE: Final = Fraction(1, 1000)
"""How far a rounded number may be off where a part states no tolerance: a tenth of a percent."""
SHORT_DECIMAL: Final = 10_000
"""A key that has at most four decimal places needs no rounding."""
MAX_SHOWN: Final = 40
LONGEST_UNIT: Final = 6
DIGITS: Final = 50


class Near(NamedTuple):
    """A number that is near enough to its key: why, as a sentence with the right number, and the evidence."""

    why: str
    reason: str
    evidence: Evidence


def near_formula(tree: Node, scope: Scope, key: Node, tolerance: Tolerance | None = None) -> Near | None:
    """A number against a formula that is one; ``None`` where either is none, or they are not near enough.

    Without a tolerance a decimal is right that is the key properly rounded; a key that is a short decimal is exact.
    """
    right = number_of(key, scope)
    if right is None or (given := number_of(tree, scope)) is None:
        return None
    if tolerance is not None:
        why = near_enough(tree, given, right, tolerance)
    elif isinstance(right, Fraction) and SHORT_DECIMAL % right.denominator == 0:
        return None
    else:
        why = rounded(tree, given, right) or cut_off(tree, given, right)
    if why is None:
        return None
    evidence = Evidence("numeric", points=1, digits=agreeing_digits(given, right), note=why)
    return Near(why, f"{why[0].upper()}{why[1:]}: {exactly(key, right)}.", evidence)


def number_of(tree: Node, scope: Scope) -> Any:
    """The value of a formula without variables; ``None`` of any other."""
    try:
        node = scope.graph.expand(scope.plain(tree))
        return None if node.symbols() else constant(node)
    except (ExamgradError, UnsupportedFormula):
        return None


def constant(node: Node) -> Any:
    """The value of a formula without variables: a fraction where it is one, else a ball; ``None`` where it has none."""
    return evaluate(node, {}, DIGITS)


def near_enough(tree: Node, given: Any, right: Any, tolerance: Tolerance | None) -> str | None:
    """Why a number that is not the key counts as right, in words; ``None`` where it does not.

    Without a tolerance: rounded properly to two digits or more, or within 0.1 %; to a whole number nothing is near.
    """
    if tolerance is not None:
        return tolerance.accepts(lambda most, relative: is_within(given, right, most, relative=relative))
    if isinstance(right, Fraction) and right.denominator == 1:
        return None
    if (why := rounded(tree, given, right)) is not None:
        return why
    if (power := rounded_to_power(given, right)) is not None:
        return f"right to the nearest {_unit(power)}"
    return "right to within 0.1 %" if is_within(given, right, DEFAULT_RELATIVE, relative=True) else None


def _unit(power: int) -> str:
    """What a number is rounded to: the nearest whole number, 100, 10^42."""
    return "whole number" if not power else str(10**power) if power <= LONGEST_UNIT else f"10^{power}"


def rounded(tree: Node, given: Any, right: Any) -> str | None:
    """``right to 3 decimal places``, where a number is the key properly rounded to two digits or more."""
    places = rounded_to(tree, given, right)
    return None if places is None else _to_places(places)


def cut_off(tree: Node, given: Any, right: Any) -> str | None:
    """The same for a number that was cut off instead, as far as it is within 0.1 %."""
    places = cut_off_at(tree, given, right)
    if places is None or not is_within(given, right, DEFAULT_RELATIVE, relative=True):
        return None
    return f"{_to_places(places)}, though cut off and not rounded"


def _to_places(places: int) -> str:
    return f"right to {places} decimal place{'s' if places != 1 else ''}"


def exactly(key: Node, value: Any) -> str:
    """``σ(1) is 0.7310585786…``: what the right number is."""
    shown = printer.unicode(key)
    if isinstance(value, Fraction) and (decimal := decimal_text(value)) is not None and len(decimal) <= 14:
        digits = decimal.replace("-", "−")
    else:
        text = str(as_ball(value).str(12, radius=False)).replace("-", "−")
        digits = text if "e" in text else text[: max(text.find(".") + 2, 12)] + "…"
    if shown == digits or len(shown) > MAX_SHOWN:
        return f"the right number is {digits}"
    return f"{shown} is {digits}"


def agreeing_digits(given: Any, right: Any) -> int:
    """To how many digits two numbers agree."""
    digits = 0
    while digits < 15 and is_within(given, right, Fraction(1, 10 ** (digits + 1)), relative=True):
        digits += 1
    return digits
