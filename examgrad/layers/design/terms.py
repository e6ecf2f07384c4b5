"""What a designed network must satisfy: bounds on its figures, and conditions on the letters that are chosen."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final

from examgrad.formula.tree import Apply, Node, Number, Symbol
from examgrad.layers.calls import read_formula
from examgrad.layers.formulas import pretty
from examgrad.layers.trouble import LayerError, Place

Exact = int | Fraction
Env = Mapping[str, Exact]
Evaluated = Callable[[Env], Exact]

HIGHEST: Final = 16
"""The largest exponent."""
LARGEST: Final = 10**30

FACTOR: Final = re.compile(r"(?<![\w.])(\d+)[ \t]*(?=[^\W\d_]|\()(?![xX×][ \t]*\d)")
_SIGNS: Final = {"≤": "<=", "⩽": "<=", "≥": ">=", "⩾": ">=", "≠": "!=", "==": "="}
_COMPARISON: Final = re.compile(r"<=|>=|!=|==|[<>=≤≥≠⩽⩾]")
_WORDS: Final = {
    "at most": "<=", "no more than": "<=", "up to": "<=", "less than": "<", "fewer than": "<", "below": "<",
    "at least": ">=", "no less than": ">=", "more than": ">", "above": ">", "exactly": "=",
}  # fmt: skip
_BOUND_WORD: Final = re.compile(rf"(?i)({'|'.join(_WORDS)})\s+")
_RANGE: Final = re.compile(r"(.+?)\s*(?:\.\.\.?|…|–|\bto\b)\s*(.+)")
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:[,'_ \u00a0\u2009]\d{3})+")
_ANYTHING: Final = frozenset({"", "_", "*", "?", "any", "none", "null", "~"})
_PARITY: Final = re.compile(
    r"(?i)(?:any\s+|an?\s+)?(?:(odd|even)\s+(.+)|(.+?)\s+(?:is\s+|be\s+)?(?:an?\s+)?(odd|even))"
)
_MULTIPLE: Final = re.compile(r"(?i)(.+?)\s+(?:is\s+)?(?:a\s+)?(?:multiple\s+of|divisible\s+by)\s+(.+)")
_MEMBER: Final = re.compile(r"(.+?)\s*(?:\bin\b|∈|\bis one of\b)\s*[\[{(]([^\[\](){}]*)[\]})]")


def formula_of(text: str) -> Node:
    """A formula in numbers and letters; ``2P`` is a product. Raises :class:`LayerError`."""
    plain = text.strip()
    if _THOUSANDS.fullmatch(plain):
        return Number(int(re.sub(r"\D", "", plain)))
    return read_formula(FACTOR.sub(r"\1*", plain))


def compiled(node: Node) -> Evaluated:
    """The formula as a function of its letters' values.

    It raises :class:`ValueError` for what is too large, ``ZeroDivisionError``, ``KeyError`` for a letter without value.
    """
    if isinstance(node, Number):
        value: Exact = int(node.value) if node.value.denominator == 1 else node.value
        return lambda env: value
    if isinstance(node, Symbol):
        name = node.name
        return lambda env: env[name]
    assert isinstance(node, Apply)
    parts = [compiled(arg) for arg in node.args]
    first = parts[0]
    match node.op:
        case "add":
            return lambda env: sum(part(env) for part in parts)
        case "mul":
            return lambda env: _product([part(env) for part in parts])
        case "neg":
            return lambda env: -first(env)
        case "div":
            return lambda env: _quotient(first(env), parts[1](env))
        case "floor":
            return lambda env: math.floor(first(env))
        case "ceil":
            return lambda env: math.ceil(first(env))
        case "max":
            return lambda env: max(part(env) for part in parts)
        case "min":
            return lambda env: min(part(env) for part in parts)
        case "pow":
            return lambda env: _power(first(env), parts[1](env))
    raise LayerError("condition", f"{node.op} has no meaning in a size")


def _product(values: list[Exact]) -> Exact:
    result: Exact = 1
    for value in values:
        result *= value
        if not -LARGEST <= result <= LARGEST:
            raise ValueError("the number is too large")
    return result


def _quotient(above: Exact, below: Exact) -> Exact:
    result = Fraction(above) / below
    return int(result) if result.denominator == 1 else result


def _power(base: Exact, exponent: Exact) -> Exact:
    if exponent.denominator != 1 or not 0 <= exponent <= HIGHEST or not -LARGEST <= base <= LARGEST:
        raise ValueError("the power is too large")
    result: Exact = Fraction(base) ** int(exponent)
    if not -LARGEST <= result <= LARGEST:
        raise ValueError("the number is too large")
    return int(result) if result.denominator == 1 else result


@dataclass(frozen=True)
class Bound:
    """What one number must be: from ``low`` to ``high``; ``exact`` where it is one value."""

    text: str
    low: Node | None
    high: Node | None
    exact: bool = False

    @cached_property
    def _ends(self) -> tuple[Evaluated | None, Evaluated | None]:
        low, high = (None if end is None else compiled(end) for end in (self.low, self.high))
        return low, high

    def ends(self, env: Env) -> tuple[Exact | None, Exact | None]:
        """The smallest and the largest number that is asked for."""
        low, high = self._ends
        return None if low is None else low(env), None if high is None else high(env)

    def holds(self, value: Exact, env: Env) -> bool | None:
        """Whether a number is within; ``None`` where the asked one is not whole (H/2 of an odd H)."""
        low, high = self.ends(env)
        if self.exact and low is not None and low.denominator != 1:
            return None
        return (low is None or low <= value) and (high is None or value <= high)

    def asked(self) -> str:
        """What was asked, behind "and": ``16 was asked``."""
        return f"{pretty(self.text)} was asked"


def read_bound(given: object) -> Bound | None:
    """``16``, ``"<= 5000"``, ``at most 5000``, ``4000..5000``; ``_`` for anything. Raises :class:`LayerError`."""
    text = " ".join(str(given).split())
    if text.lower() in _ANYTHING:
        return None
    plain = _BOUND_WORD.sub(lambda match: f"{_WORDS[match[1].lower()]} ", text)
    place = Place(given) if isinstance(given, str) else None
    try:
        if found := re.fullmatch(r"(<=|>=|==?|[<>≤≥⩽⩾])\s*(.+)", plain):
            sign, node = _SIGNS.get(found[1], found[1]), formula_of(found[2])
            step = Number({"<": -1, ">": 1}.get(sign, 0))
            node = Apply("add", (node, step)) if step.value else node
            low = node if sign in (">=", ">", "=") else None
            shown = {"<=": "≤", ">=": "≥"}.get(sign, sign)
            return Bound(f"{shown} {found[2]}", low, node if sign in ("<=", "<", "=") else None, sign == "=")
        if found := _RANGE.fullmatch(plain):
            return Bound(f"{found[1]}..{found[2]}", formula_of(found[1]), formula_of(found[2]))
        node = formula_of(plain)
    except LayerError as error:
        help = "write a number, a formula in the sizes, a bound such as '<= 5000' (in quotes), 4000..5000, or _"
        raise LayerError(
            "target", f"'{text[:60]}' is no size that can be asked for: {error.message}", place, help
        ) from None
    return Bound(text, node, node, exact=True)


@dataclass(frozen=True)
class Condition:
    """A condition on the letters; ``test`` raises what :func:`compiled` raises."""

    text: str
    letters: frozenset[str]
    test: Callable[[Env], bool]

    def holds(self, env: Env) -> bool:
        """Whether it holds; one that divides by zero does not."""
        try:
            return self.test(env)
        except (ZeroDivisionError, ValueError):
            return False


def read_condition(text: str) -> Condition:
    """``K odd``, ``2*P < K``, ``1 <= S <= 4``, ``F multiple of 4``, ``K in [1, 3]``. Raises :class:`LayerError`."""
    plain = " ".join(str(text).split())
    try:
        return _condition(plain)
    except LayerError as error:
        help = "write a comparison such as '2*P < K', or K odd, K even, F multiple of 4, K in [3, 5]"
        raise LayerError("condition", f"this is no condition: {error.message}", Place(text), help) from None


def _condition(plain: str) -> Condition:
    if found := _PARITY.fullmatch(plain):
        node, rest = formula_of(found[2] or found[3]), int((found[1] or found[4]).lower() == "odd")
        value = compiled(node)
        return Condition(plain, frozenset(node.symbols()), lambda env: value(env) % 2 == rest)
    if found := _MULTIPLE.fullmatch(plain):
        node, of = formula_of(found[1]), formula_of(found[2])
        value, divisor = compiled(node), compiled(of)
        return Condition(plain, frozenset(node.symbols() | of.symbols()), lambda env: value(env) % divisor(env) == 0)
    if found := _MEMBER.fullmatch(plain):
        node = formula_of(found[1])
        members = [formula_of(item) for item in found[2].split(",")]
        value, values = compiled(node), [compiled(item) for item in members]
        letters = frozenset(node.symbols().union(*(item.symbols() for item in members)))
        return Condition(plain, letters, lambda env: value(env) in [item(env) for item in values])
    signs = [_SIGNS.get(sign, sign) for sign in _COMPARISON.findall(plain)]
    if not signs:
        raise LayerError("condition", "expected a comparison")
    sides = [formula_of(side) for side in _COMPARISON.split(plain)]
    values = [compiled(side) for side in sides]
    letters = frozenset().union(*(side.symbols() for side in sides))

    def test(env: Env) -> bool:
        numbers = [value(env) for value in values]
        return all(_compared(left, sign, right) for left, sign, right in zip(numbers, signs, numbers[1:], strict=False))

    return Condition(plain, letters, test)


def _compared(left: Exact, sign: str, right: Exact) -> bool:
    match sign:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "!=":
            return left != right
    return left == right
