"""Indices and the names of arguments to tokens, for the scanner of :mod:`examgrad.formula.plain`.

An index belongs to a word where it stands behind a name; behind a bracket or a power, ``(A B)_{ij}``, it is a token
of its own, and so is what stands before the index of a sum.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from examgrad.formula import lexemes

if TYPE_CHECKING:
    from examgrad.formula.plain import Scanner

_NAMES = re.compile(r"\s*=(?!=)")
_LOWERED = re.compile(r"(sum|T|I)_")
_INDEXED: Final = frozenset({")", "]", "⊤", "superscript", "}"})
"""The kinds of what an index may stand behind, and belong to the formula before it."""


def names_argument(scanner: Scanner, word: str, end: int) -> bool:
    """Whether a word is what an argument of a function is called: ``, axis=0``."""
    named = scanner.tokens and scanner.tokens[-1].kind == "," and scanner.names.find(word) is None
    return bool(named and _NAMES.match(scanner.text, end))


def lowered(scanner: Scanner, word: str, start: int) -> bool:
    """Whether what stands before a word's index reads by itself: ``sum_i``, ``I_n``, ``A^T_{ij}``; adds it."""
    match = _LOWERED.match(word)
    if match is None or scanner.names.find(word) is not None or scanner.names.find(match[1]) is not None:
        return False
    if match[1] == "T" and not (scanner.tokens and scanner.tokens[-1].kind == "^"):
        return False
    scanner.at = start + len(match[1])
    scanner.add("sum" if match[1] == "sum" else "letter", match[1], start)
    return True


def index(scanner: Scanner, start: int) -> bool:
    """Whether the sign at ``start`` begins the index of a formula, ``(A B)_{ij}``; adds it with its sign."""
    last = scanner.tokens[-1] if scanner.tokens else None
    if last is None or last.end != start or not (last.kind in _INDEXED or last[:2] == ("letter", "T")):
        return False
    match = lexemes.INDEX.match(scanner.text, start)
    if match is None:
        return False
    scanner.at = match.end()
    inner = "".join(lexemes.LOWERED.get(letter, letter) for letter in match[0]).strip("_{} ")
    scanner.add("raised index" if last.kind == "}" else "index", inner, start)
    return True


def lowered_sign(scanner: Scanner, letter: str, start: int) -> bool:
    """A small index behind a bracket or a norm: ``(W x)₁``, ``‖x‖₂``; whether it was added."""
    said = lexemes.LOWERED[letter]
    if scanner.tokens and scanner.tokens[-1].kind == "||" and said.isdecimal():
        scanner.add("_", "_", start)
        scanner.add("number", (Fraction(int(said)), None), start)
        return True
    return index(scanner, start)
