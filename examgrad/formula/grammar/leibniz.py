"""``dy/dx`` and ``d/dx y`` where d is the name of a size, or any letter is a name: which d is that of a derivative."""

from __future__ import annotations

from typing import Final

from examgrad.formula.lexemes import Tokens

_NAMED: Final = ("name", "entry")
_OPERANDS: Final = (*_NAMED, "(", "[", "function")
_ORDERS: Final = (["superscript"], ["^", "number"], ["^", "{", "number", "}"])


def mark_derivatives(tokens: Tokens) -> None:
    """Give every d of a derivative among the tokens, ``d^2L/dw^2`` or ``d/dx y``, the kind that a d has which is no
    name."""
    kinds = tokens.kinds
    for line in range(1, len(kinds) - 3):
        braces = kinds[line] == "}" and kinds[line + 1] == "{"
        mark = line + 1 + braces
        if (braces or kinds[line] == "/") and (end := _end_of_operator(tokens, mark, braces=braces)) is not None:
            above = _operator_above(tokens, line, end, braces=braces)
            for at in (above, mark) if above is not None else ():
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


def _end_of_operator(tokens: Tokens, at: int, *, braces: bool) -> int | None:
    """Where ``dx`` or ``dx^2`` ends that begins there, in ``braces`` if need be; ``None`` where there is none."""
    kinds = tokens.kinds
    if not _is_mark(tokens, at) or kinds[at + 1] != "name" or not _touches(tokens, at, spaced=braces):
        return None
    end = at + 2 + next((len(order) for order in _ORDERS if kinds[at + 2 : at + 2 + len(order)] == order), 0)
    return end if not braces else end + 1 if kinds[end] == "}" else None


def _operator_above(tokens: Tokens, line: int, end: int, *, braces: bool) -> int | None:
    """Where the d above the line stands: alone, before what follows ``dx``, or before what is in parentheses."""
    kinds = tokens.kinds
    for length in (0, *map(len, _ORDERS)):
        at = line - 1 - length
        if at >= braces and _is_mark(tokens, at) and (not length or kinds[at + 1 : line] in _ORDERS):
            return at if kinds[end] in _OPERANDS and (not braces or kinds[at - 1] == "{") else None
    if kinds[line - 1] != ")":
        return None
    depth, at = 1, line - 2
    while at > 0 and depth:
        depth += (kinds[at] == ")") - (kinds[at] == "(")
        at -= 1
    return at if not depth and _is_mark(tokens, at) and _touches(tokens, at, spaced=False) else None


def _is_mark(tokens: Tokens, at: int) -> bool:
    return bool(tokens.kinds[at] == "name" and tokens.values[at] == "d")


def _touches(tokens: Tokens, at: int, *, spaced: bool) -> bool:
    """Whether nothing stands between a token and the next one, or, in LaTeX, a space."""
    return spaced or tokens.spans[at][1] == tokens.spans[at + 1][0]
