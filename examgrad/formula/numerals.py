"""Numbers and small signs to tokens, for the scanner of :mod:`examgrad.formula.plain`."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from examgrad.formula import lexemes

if TYPE_CHECKING:
    from examgrad.formula.plain import Scanner

MAX_DIGITS: Final = 300


def number(scanner: Scanner, digits: str, start: int) -> None:
    """A number, with its decimals and its power of ten."""
    if digits == "𝟏":
        scanner.add("indicator", "1", start)
        return
    mantissa, _, exponent = digits.lower().partition("e")
    if len(mantissa) > MAX_DIGITS or len(exponent) > 4 or abs(int(exponent or 0)) > MAX_DIGITS:
        message = f"this number is too long: at most {MAX_DIGITS} digits are read"
        raise scanner.error(message, start, scanner.at, code="too-long")
    whole, point, places = mantissa.partition(".")
    value = Fraction(int((whole + places) or "0"), 10 ** len(places)) * Fraction(10) ** int(exponent or 0)
    scanner.add("number", (value, max(0, len(places) - int(exponent or 0)) if point or exponent else None), start)


def power(scanner: Scanner, signs: str, start: int) -> None:
    """Small signs above the line: an exponent, a transpose, or both."""
    if signs in ("ᵀ", "⁻ᵀ"):
        scanner.add("⊤", "T" if signs == "ᵀ" else "-T", start)
        return
    if signs.endswith("ᵀ") and "ᵀ" not in signs[:-1]:  # A⁻¹ᵀ
        power(scanner, signs[:-1], start)
        scanner.add("⊤", "T", start)
        return
    text = signs.translate(lexemes.POWERS)
    if not re.fullmatch(r"[-+]?\d{1,9}", text):
        expected = "a whole number in small digits, as in x²"
        raise scanner.error(f"'{signs}' is no exponent", start, scanner.at, expected=expected)
    scanner.add("superscript", int(text), start)


def fraction(scanner: Scanner, sign: str, start: int) -> None:
    """``½``, in brackets, with the whole number before it: 1½ is one and a half."""
    tokens = scanner.tokens
    whole = tokens.pop() if tokens and _ends_whole(scanner, start) else None
    scanner.add("(", "(", start)
    if whole is not None:
        tokens.add(*whole)
        scanner.add("+", "+", start)
    for part in lexemes.VULGAR[sign]:
        kind, value = ("number", (Fraction(int(part)), None)) if part.isdigit() else (part, part)
        scanner.add(kind, value, start)
    scanner.add(")", ")", start)


def _ends_whole(scanner: Scanner, end: int) -> bool:
    """Whether the last token is a whole number that ends just here."""
    token = scanner.tokens[-1]
    return token.kind == "number" and token.end == end and scanner.text[token.start : end].isdigit()
