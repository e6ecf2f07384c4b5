"""``dy/dx`` and ``d/dx y`` where d is also the name of a size: which d is that of a derivative, as in ``d^2L/dw^2``."""

from __future__ import annotations

from typing import Final

from examgrad.formula.lexemes import Tokens

_NAMED: Final = ("name", "entry")
_ORDERS: Final = (["superscript"], ["^", "number"], ["^", "{", "number", "}"])


def mark_derivatives(tokens: Tokens, *, operators: bool) -> None:
    """Give every d of a derivative among the tokens the kind that a d has which is no name.

    With ``operators`` also those of ``d/dx y``.
    """
    kinds = tokens.kinds
    for line in range(1, len(kinds) - 3 if operators else 0):
        if kinds[line] == "/" and _is_mark(tokens, line - 1) and _is_operator(tokens, line + 1):
            for at in (line - 1, line + 1):
                tokens[at] = tokens[at]._replace(kind="diff")
    for line in range(2, len(kinds) - 2):
        braces = kinds[line] == "}" and kinds[line + 1] == "{"
        if not braces and kinds[line] != "/":
            continue
        above = _mark_before(tokens, line)
        below = _marks_behind(tokens, line + 1 + braces, spaced=braces)
        if above is None or not below or (braces and kinds[above - 1] != "{"):
            continue
        for at in (above, *below):
            tokens[at] = tokens[at]._replace(kind="diff")


def _mark_before(tokens: Tokens, line: int) -> int | None:
    """Where the d of ``dy`` or ``d^2y`` stands that a quotient begins with."""
    kinds, at = tokens.kinds, line - 2
    for order in _ORDERS:
        if kinds[max(0, line - 1 - len(order)) : line - 1] == order:
            at = line - 2 - len(order)
    named = kinds[line - 1] in _NAMED and _touches(tokens, line - 2, spaced=kinds[line] == "}")
    if at < 0 or not named:
        return None
    return at if _is_mark(tokens, at) or kinds[at] == "diff" else None  # as the d of dL in dz/dx dL/dz is by then


def _marks_behind(tokens: Tokens, at: int, *, spaced: bool) -> list[int]:
    """Where the d of each ``dx`` stands below the line."""
    found: list[int] = []
    while _is_mark(tokens, at) and tokens.kinds[at + 1] in _NAMED and _touches(tokens, at, spaced=spaced):
        found.append(at)
        at += 2
        while tokens.kinds[at] in ("superscript", "^", "number"):
            at += 1
    return found


def _is_operator(tokens: Tokens, at: int) -> bool:
    """Whether ``dx y`` stands there: what is differentiated follows."""
    return (
        _is_mark(tokens, at) and tokens.kinds[at + 1] == "name" and _touches(tokens, at, spaced=False)
        and tokens.kinds[at + 2] in (*_NAMED, "(", "[", "function")
    )  # fmt: skip


def _is_mark(tokens: Tokens, at: int) -> bool:
    return bool(tokens.kinds[at] == "name" and tokens.values[at] == "d")


def _touches(tokens: Tokens, at: int, *, spaced: bool) -> bool:
    """Whether nothing stands between a token and the next one, or, in LaTeX, a space."""
    return spaced or tokens.spans[at][1] == tokens.spans[at + 1][0]
