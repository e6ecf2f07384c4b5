"""The work, line by line: each line held against the truth and against the line before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from examgrad.equality import Comparison
from examgrad.errors import ExamgradError, MathSyntaxError
from examgrad.formula import printer
from examgrad.formula.array_values import entries_of, is_array
from examgrad.formula.statements import continues, read_statement
from examgrad.formula.tree import Apply, Node, Symbol
from examgrad.kinds.base import Diagnosis, Line, LineVerdict
from examgrad.kinds.scope import Scope

MAX_LINES: Final = 100
_WORDS = r"(?:using|by|from|with|since|because|as|chain|product|power|quotient|sum)\b[A-Za-z ,.'-]*"
_REMARK = re.compile(rf"\(\s*(?:\\text\s*\{{\s*{_WORDS}\}}|{_WORDS})\s*\)|\\text\s*\{{\s*\(?{_WORDS}\)?\s*\}}")


@dataclass
class _Chain:
    """The chain of equal things that a line may go on with: what it began with, and its last side."""

    truth: Node | None = None
    last: Node | None = None


def check_lines(
    work: str, scope: Scope, targets: Sequence[Node], *, wrong: bool
) -> tuple[tuple[Line, ...], list[Diagnosis]]:
    """Judge every line of the work, and say where it left the rails, or that it was right up to the answer.

    ``targets`` are the formulas asked for; ``wrong`` says that the final answer is not right.
    """
    lines: list[Line] = []
    chain, own = _Chain(), scope
    reached: tuple[Line, Node | None] | None = None
    for number, text in _lines(work):
        try:
            line, chain, own = _judge(number, text, chain, own)
        except (MathSyntaxError, ExamgradError) as error:
            message = error.message if isinstance(error, MathSyntaxError) else str(error)
            line, chain = Line(number, text, "unreadable", message), _Chain()
        lines.append(line)
        if wrong and line.verdict == "valid" and _reaches(own, chain.last, targets):
            reached = line, chain.last
    return tuple(lines), _summary(lines, reached, wrong)


def _reaches(scope: Scope, last: Node | None, targets: Sequence[Node]) -> bool:
    """Whether a line arrives at the one formula that was asked for."""
    if last is None or len(targets) != 1 or _names_derivative(last):
        return False
    return _compare(scope, last, targets[0], witness=False).verdict == "equal"


def _lines(work: str) -> Iterator[tuple[int, str]]:
    for number, text in enumerate(work.splitlines()[:MAX_LINES], 1):
        if text.strip(" \t$&\\"):
            yield number, text.strip()


def _without_remarks(text: str) -> str:
    """A line without a remark in words, such as ``(using chain rule)``; the text keeps its length."""
    return _REMARK.sub(lambda match: " " * len(match[0]), text)


def _judge(number: int, text: str, chain: _Chain, scope: Scope) -> tuple[Line, _Chain, Scope]:
    """One line: its verdict, the chain it leaves behind, and the scope with what it defines."""
    goes_on = continues(text)
    body = _without_remarks(text[goes_on.end() :] if goes_on else text)
    statement = read_statement(body, 0, scope.names)
    sides = list(statement.sides)
    if goes_on:
        if chain.truth is None:
            return Line(number, text, "unreadable", "this goes on with a line that could not be read"), _Chain(), scope
    elif statement.label is not None:
        if scope.names.find(statement.label) is None:
            return (
                Line(number, text, "valid", f"defines {printer.unicode_name(statement.label)}"),
                _Chain(statement.result, statement.result),
                Scope(
                    scope.names.extended([statement.label]),
                    scope.graph,
                    {**scope.own, statement.label: statement.result},
                ),
            )
        chain = _Chain(Symbol(statement.label), Symbol(statement.label))
    elif len(sides) == 1:
        return _lone(number, text, sides[0], chain, scope)
    else:
        chain, sides = _Chain(sides[0], sides[0]), sides[1:]
    verdict: LineVerdict = "valid"
    reason = ""
    for side in sides:
        found, why = _side(side, chain, scope)
        chain = _Chain(chain.truth, side)
        if _RANK[found] > _RANK[verdict]:
            verdict, reason = found, why
    return Line(number, text, verdict, reason), chain, scope


_RANK = {"valid": 0, "follows": 1, "unreadable": 2, "invalid": 3}


def _lone(number: int, text: str, side: Node, chain: _Chain, scope: Scope) -> tuple[Line, _Chain, Scope]:
    """A formula by itself: a step if it is equal to the one before it."""
    if chain.last is not None and _compare(scope, chain.last, side, witness=False).verdict == "equal":
        return Line(number, text, "valid"), _Chain(chain.truth, side), scope
    return Line(number, text, "unreadable", "this line states nothing that can be checked"), _Chain(side, side), scope


def _side(side: Node, chain: _Chain, scope: Scope) -> tuple[LineVerdict, str]:
    """A further side of a chain: true, right given an earlier slip, or wrong."""
    assert chain.truth is not None
    assert chain.last is not None
    truth = _compare(scope, chain.truth, side, witness=chain.last is chain.truth)
    if truth.verdict == "equal":
        return "valid", ""
    before = _compare(scope, chain.last, side) if chain.last is not chain.truth else truth
    if before.verdict == "equal":
        return "follows", "right, given the slip above"
    if "unknown" in (truth.verdict, before.verdict):
        return "unreadable", truth.note or "this could not be decided"
    witness = before.witness
    if witness is None:
        return "invalid", "the two sides are not equal"
    at = ", ".join(f"{printer.unicode_name(name)} = {value}" for name, value in witness.at.items())
    return "invalid", f"not equal to what stands before it: at {at} it is {witness.right} instead of {witness.left}"


def _compare(scope: Scope, left: Node, right: Node, *, witness: bool = True) -> Comparison:
    """Two sides, entry by entry where they are arrays."""
    first, second = scope.plain(left), scope.plain(right)
    pairs = entries_of(first), entries_of(second)
    if is_array(first) != is_array(second) or len(pairs[0]) != len(pairs[1]):
        return Comparison("unknown", "undecided", note="the two sides have different sizes")
    found = [scope.decide(a, b, witness=witness) for a, b in zip(*pairs, strict=True)]
    return max(found, key=lambda item: ("equal", "unknown", "unequal").index(item.verdict))


def _names_derivative(node: Node) -> bool:
    return isinstance(node, Apply) and node.op in ("derivative", "gradient")


def _summary(lines: Sequence[Line], reached: tuple[Line, Node | None] | None, wrong: bool) -> list[Diagnosis]:
    """Where the work went wrong, or that it was right and the answer was not."""
    first = next((line for line in lines if line.verdict == "invalid"), None)
    found = []
    if first is not None:
        found.append(Diagnosis("first-wrong-line", f"The work goes wrong in line {first.line}: {first.reason}."))
    elif wrong and reached is not None and reached[1] is not None:
        line, node = reached[0], reached[1]
        message = (
            f"Line {line.line} of your work, {printer.unicode(node)}, was right; the final answer differs from it."
        )
        found.append(Diagnosis("right-before", message))
    return found
