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
_LAYER: Final = re.compile(r"\s*\^\s*(\{?)\s*[(\[]\s*(\d{1,2})\s*[)\]]\s*")
_UNIT_VECTOR: Final = re.compile(r"e_\{?([A-Za-z]|\d+)\}?")
_KRONECKER: Final = re.compile(r"(?:δ|delta)_\{?([A-Za-z]),?\s*([A-Za-z])\}?")
_DELTA_AMONG: Final = re.compile(r"(.*?)((?:δ|delta)_(?:\{[A-Za-z],?\s*[A-Za-z]\}|[A-Za-z]{2}(?![A-Za-z])))")
_INDEXED: Final = frozenset({")", "]", "⊤", "superscript", "}"})
"""The kinds of what an index may stand behind, and belong to the formula before it."""


def names_argument(scanner: Scanner, word: str, end: int) -> bool:
    """Whether a word is what an argument of a function is called: ``, axis=0``."""
    kinds = scanner.tokens.kinds[-2:]
    inside = kinds[-1:] == [","] or kinds == ["method", "("]
    return inside and may_name_argument(scanner, word) and _NAMES.match(scanner.text, end) is not None


def may_name_argument(scanner: Scanner, word: str) -> bool:
    """Whether a word that arguments are called by is not a name of the problem itself."""
    pieces = scanner.names.words.split(word)
    return len(pieces) > 1 or pieces[0].kind != "name"


def conventional(scanner: Scanner, word: str, start: int) -> bool:
    """Whether a word that is no name is what everybody writes so; adds that.

    ``W^{(2)}`` and ``W^{[2]}`` are W2, ``e_c`` is the c-th unit vector, ``δ_{ij}`` is 1 where i = j, and ``Σ_i`` a
    sum.
    """
    if "_" not in word and not _LAYER.match(scanner.text, scanner.at):
        return False
    names = scanner.names
    if names.words.split(word)[0].kind != "unknown":
        return False
    if word[0] == "Σ" and word[1:2] == "_" and names.find("Sigma") is None:
        return _before_index(scanner, start, "sum", "sum")
    if names.arrays and word[:2] == "I_" and names.find("I") is None and "\\" in scanner.text[start : scanner.at]:
        return _before_index(scanner, start, "letter", "I")
    if layer := _LAYER.match(scanner.text, scanner.at):
        base, mark, index = word.partition("_")
        found = names.find(base + layer[2])
        if found is not None and not names.open_ended:
            _layered(scanner, found + mark + index, layer, start)
            return True
    if not names.arrays:
        return False
    if (unit := _UNIT_VECTOR.fullmatch(word)) and names.find("e") is None:
        _add(scanner, start, ("function", "onehot"), ("(", "("), _place(scanner, unit[1]), (")", ")"))
        return True
    if delta := _KRONECKER.fullmatch(word):
        one, other = (_place(scanner, place) for place in delta.groups())
        _add(scanner, start, ("indicator", "1"), ("[", "["), one, ("=", "="), other, ("]", "]"))
        return True
    return False


def _before_index(scanner: Scanner, start: int, kind: str, value: str) -> bool:
    """Add what stands before an index; the index is read on its own."""
    scanner.at = scanner.text.index("_", start)
    scanner.add(kind, value, start)
    return True


def _layered(scanner: Scanner, word: str, layer: re.Match[str], start: int) -> None:
    """The name of a layer's array, with its index, and what else stands in the exponent: ``W^{(2)\\top}``."""
    scanner.at = layer.end()
    if layer[1] and not scanner.text.startswith("}", scanner.at):
        scanner.word(word, start, scanner.at)
        _add(scanner, scanner.at, ("^", "^"), ("{", "{"))
        return
    scanner.at += bool(layer[1])
    scanner.word(word + scanner.subscript(), start, scanner.at)


def _place(scanner: Scanner, letter: str) -> tuple[str, object]:
    """A number or letter that stands for a place."""
    if letter.isdecimal():
        return "number", (Fraction(int(letter)), None)
    return "name", scanner.names.find(letter) or letter


def _add(scanner: Scanner, start: int, *tokens: tuple[str, object]) -> None:
    for kind, value in tokens:
        scanner.add(kind, value, start)


def apart(scanner: Scanner, word: str, start: int) -> bool:
    """Whether a word that is no product of names begins with what reads by itself; adds that.

    ``sum_i`` is a sum, ``I_n`` and ``λI`` hold the identity, and in ``x^TAx`` and ``A^T_{ij}`` the T is a transpose.
    """
    names = scanner.names
    if names.arrays and (delta := _DELTA_AMONG.match(word)) and names.words.split(word)[0].kind == "unknown":
        scanner.at = start + delta.end(1 if delta[1] else 2)  # p_i δ_{ij}, run together
        scanner.word(delta[1] or delta[2], start, scanner.at)
        return True
    if word[0] != "T" and "I" not in word and not word.startswith("sum_"):
        return False
    if word.startswith("sum_") and names.find("sum") is None and names.find(word) is None:
        return _cut(scanner, "sum", "sum", start)
    if names.words.split(word)[0].kind != "unknown":
        return False
    if word[0] == "T" and len(word) > 1 and names.find("T") is None and _raised(scanner):
        return _cut(scanner, "letter", "T", start)
    if "I" not in word or word in ("I", "Id") or names.find("I") is not None:
        return False
    before, _, after = word.partition("I")
    if after and after[0] != "_" and not (names.arrays and names.words.split(after)[0].kind != "unknown"):
        return False
    if not before:
        return _cut(scanner, "letter", "I", start)
    if not names.arrays or names.words.split(before)[0].kind == "unknown":
        return False
    scanner.word(before, start, start + len(before))
    scanner.at = start + len(before)
    return True


def _cut(scanner: Scanner, kind: str, letters: str, start: int) -> bool:
    """Add what a word begins with; the rest is read on its own."""
    scanner.at = start + len(letters)
    scanner.add(kind, letters, start)
    return True


def _raised(scanner: Scanner) -> bool:
    """Whether what stands next is an exponent, perhaps with a minus before it."""
    kinds = scanner.tokens.kinds[-2:]
    return kinds[-1:] == ["^"] or kinds == ["^", "-"]


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
    if scanner.tokens.kinds[-1:] == ["||"] and said.isdecimal():
        scanner.add("_", "_", start)
        scanner.add("number", (Fraction(int(said)), None), start)
        return True
    return index(scanner, start)
