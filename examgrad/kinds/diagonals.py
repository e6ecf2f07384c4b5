"""A matrix told by two formulas: the entries on its diagonal, and the rest.

``H_{ii} = p_i (1 - p_i), H_{ij} = -p_i p_j (i ≠ j)``, or the same of ``∂p_i/∂z_i`` and ``∂p_i/∂z_j``.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from examgrad.formula.lexemes import LOWERED
from examgrad.formula.tree import Apply, Symbol, substitute
from examgrad.kinds.reading import Formula, Unreadable, read_formula
from examgrad.kinds.scope import Scope
from examgrad.kinds.stretches import moved, split, stripped

_LONGEST: Final = 2_000
"""Letters of an answer in which a pair is looked for."""
_INDEX: Final = re.compile(r"_\s*(?:\{\s*([a-z])\s*,?\s*([a-z]?)\s*\}|([a-z])([a-z]?)(?![A-Za-z]))")
_SQUARED: Final = re.compile(r"²|\^\s*\{?\s*2\b")
_WHEN: Final = re.compile(
    r"(?:[(\s]|\b(?:if|for|when|where|with)(?![a-z])|\\text\s*\{[^{}]*\}|\\q?quad|\\[,;])*"
    r"(?<![\w\\])([a-z])\s*(==?|≠|!=|\\neq?(?![a-z]))\s*([a-z])[)\s.]*\Z"
)


class _Piece(NamedTuple):
    """``label = body``; ``letters`` are the two indices of the label."""

    letters: tuple[str, str]
    diagonal: bool
    body: str


def diagonal_and_rest(text: str, scope: Scope) -> Formula | str | None:
    """The formula for all entries of a matrix that a text tells in two; ``None`` where it is no such text.

    A text where it cannot be told which entries are meant: why a person decides.
    """
    if len(text) > _LONGEST or text.count("=") < 2:
        return None
    before, found = _pieces(text)
    if len(found) < 2 or all(not piece.diagonal for piece in found):
        return None
    one, other = sorted(found, key=lambda piece: not piece.diagonal)[:2]
    if len(found) > 2 or other.diagonal:
        return "It is not clear which of these formulas holds for which entries"
    try:
        formulas = [read_formula("\n".join((*before, piece.body)), scope) for piece in (one, other)]
    except Unreadable:
        return None
    first, second = map(Symbol, other.letters)
    on = substitute(formulas[0].tree, dict(zip(reversed(one.letters), (second, first), strict=True)))
    tree = Apply("cases", (on, Apply("eq", (first, second)), formulas[1].tree))
    claim = Apply("derivative", (Apply("entry", (Symbol("H"), first, second)),))
    return Formula(text, tree, formulas[1].scope, (claim,))


def _pieces(text: str) -> tuple[list[str], list[_Piece]]:
    """What stands before the first entry, and the entries; none where something else is said behind them."""
    before: list[str] = []
    found: list[_Piece] = []
    for written in split(moved(text.replace("\\\\", " \n"), text), "\n;,"):
        when = _WHEN.search(written)
        piece = stripped(written[: when.start()]) if when else written
        if when and not piece and found:  # i ≠ j behind a comma
            found[-1] = found[-1]._replace(diagonal="≠" not in when[2] and "n" not in when[2] and "!" not in when[2])
            continue
        label, equals, body = piece.partition("=")
        letters = _letters(label)
        if not equals or letters is None:
            if found:
                return [], []
            before.append(written)
            continue
        same = when is not None and when[2] in ("=", "==")
        found.append(_Piece(letters, letters[0] == letters[1] or same, body))
    return before, found


def _letters(label: str) -> tuple[str, str] | None:
    """The two indices of ``H_{ij}``, ``∂p_i/∂z_j``, ``∂²L/∂z_i²``; ``None`` if there are others."""
    plain = re.sub(f"([{''.join(LOWERED)}]+)", lambda small: "_{" + "".join(LOWERED[a] for a in small[1]) + "}", label)
    found = [letter for match in _INDEX.finditer(plain) for letter in match.groups() if letter]
    if len(found) == 1 and _SQUARED.search(plain):
        found *= 2
    return (found[0], found[1]) if len(found) == 2 else None
