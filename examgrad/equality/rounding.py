"""Numbers that are nearly equal: rounded, cut off, or within a tolerance. Fractions are compared as fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from flint import arb, fmpq

from examgrad.equality.evaluate import evaluate
from examgrad.formula.tree import Apply, Node, Number

MIN_SIGNIFICANT: Final = 2
"""How many digits a rounded number must have at least to be evidence of the number."""
LARGEST_POWER: Final = 300


def is_within(given: Any, right: Any, most: Fraction, *, relative: bool = False) -> bool:
    """Whether two numbers are off by at most so much, or by that share of the right one; edges count as within.

    Numbers are fractions or balls; with a ball the answer is yes only where that is certain.
    """
    if isinstance(given, Fraction) and isinstance(right, Fraction):
        return abs(given - right) <= (most * abs(right) if relative else most)
    mine, theirs, limit = as_ball(given), as_ball(right), as_ball(most)
    return bool(abs(mine - theirs) <= (limit * abs(theirs) if relative else limit))


def as_ball(value: Any) -> arb:
    """A fraction or ball as a ball."""
    return arb(fmpq(value.numerator, value.denominator)) if isinstance(value, Fraction) else value


def rounded_to(tree: Node, given: Any, right: Any) -> int | None:
    """To how many decimal places a number, as it was written, is the right one properly rounded.

    ``None`` where it is not, was written without decimals, or has fewer than two digits.
    """
    places = decimal_places(tree)
    if places is None or not is_within(given, right, Fraction(1, 2) / Fraction(10) ** places):
        return None
    return places if _significant(given, places) >= MIN_SIGNIFICANT else None


def rounded_to_power(given: Any, right: Any) -> int | None:
    """To which power of ten, as its exponent, a whole number is the right one properly rounded: ``22000`` is ``e^10``
    to the hundreds.

    ``None`` where it is not, or has fewer than two digits up to there.
    """
    if not isinstance(given, Fraction) or given.denominator != 1:
        return None
    digits = str(abs(given.numerator))
    for power in range(len(digits) - len(digits.rstrip("0")) + 1):
        if len(digits) - power >= MIN_SIGNIFICANT and is_within(given, right, Fraction(10**power, 2)):
            return power
    return None


def cut_off_at(tree: Node, given: Any, right: Any) -> int | None:
    """After how many decimal places a number was cut off instead of rounded; ``None`` as in :func:`rounded_to`."""
    places = decimal_places(tree)
    if places is None or not is_within(given, right, Fraction(1) / Fraction(10) ** places):
        return None
    nearer_zero = abs(as_ball(given)) < abs(as_ball(right))
    return places if nearer_zero and _significant(given, places) >= MIN_SIGNIFICANT else None


def decimal_places(tree: Node) -> int | None:
    """How many decimals a number was written with; ``None`` for what is no decimal."""
    if isinstance(tree, Apply) and tree.op == "neg":
        tree = tree.args[0]
    if isinstance(tree, Apply) and tree.op == "mul" and len(tree.args) == 2 and (power := _power_of_ten(tree.args[1])):
        places = decimal_places(tree.args[0])
        return None if places is None else max(0, places - power)
    return tree.places if isinstance(tree, Number) else None


def _power_of_ten(node: Node) -> int | None:
    """N of ``10^n``."""
    if not isinstance(node, Apply) or node.op != "pow" or node.args[0] != Number(10):
        return None
    exponent = evaluate(node.args[1], {}, 10)
    return int(float(exponent)) if exponent is not None and abs(float(exponent)) < LARGEST_POWER else None


def _significant(value: Any, places: int) -> int:
    """How many digits a number has that was written with so many decimals, leading zeros not counted."""
    exact = value if isinstance(value, Fraction) else Fraction(float(value))
    return len(str(int(abs(exact) * Fraction(10) ** places + Fraction(1, 2))).lstrip("0"))
