"""The work, line by line: each line held against the truth and against the line before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from examgrad.diagnosis.truths import Truth
from examgrad.errors import ExamgradError, MathSyntaxError
from examgrad.formula import printer
from examgrad.formula.statements import Statement, continues, read_statement, split_statements
from examgrad.formula.tree import Apply, Node, Symbol
from examgrad.kinds.array_sides import Held
from examgrad.kinds.base import Diagnosis, Line, LineVerdict

MAX_LINES: Final = 100
_WORDS = r"(?:using|by|from|with|since|because|as|chain|product|power|quotient|sum)\b[A-Za-z ,.'-]*"
_REMARK = re.compile(rf"\(\s*(?:\\text\s*\{{\s*{_WORDS}\}}|{_WORDS})\s*\)|\\text\s*\{{\s*\(?{_WORDS}\)?\s*\}}")


@dataclass
class _Chain:
    """The chain of equal things that a line may go on with: what it began with, and its last side."""

    truth: Node | None = None
    last: Node | None = None


def check_lines(
    work: str, truth: Truth, targets: Sequence[Node], *, wrong: bool
) -> tuple[tuple[Line, ...], list[Diagnosis]]:
    """Judge every line of the work, and say where it left the rails, or that it was right up to the answer.

    ``targets`` are the formulas asked for; ``wrong`` says that the final answer is not right.
    """
    lines: list[Line] = []
    chain = _Chain()
    reached: tuple[Line, Node | None] | None = None
    for number, text in _lines(work):
        try:
            line, chain, truth = _judge(number, text, chain, truth)
        except (MathSyntaxError, ExamgradError) as error:
            message = error.message if isinstance(error, MathSyntaxError) else str(error)
            line, chain = Line(number, text, "unreadable", message), _Chain()
        lines.append(line)
        if wrong and line.verdict == "valid" and _reaches(truth, chain.last, targets):
            reached = line, chain.last
    return tuple(lines), _summary(lines, reached, wrong)


def _reaches(truth: Truth, last: Node | None, targets: Sequence[Node]) -> bool:
    """Whether a line arrives at the one formula that was asked for."""
    if last is None or len(targets) != 1 or _names_derivative(last):
        return False
    try:
        return truth.compare(targets[0], last, witness=False) == Held("equal")
    except ExamgradError:  # the target has arrays whose sizes are letters
        return False


def _lines(work: str) -> Iterator[tuple[int, str]]:
    for number, text in enumerate(work.splitlines()[:MAX_LINES], 1):
        if text.strip(" \t$&\\"):
            yield number, text.strip()


def _without_remarks(text: str) -> str:
    """A line without a remark in words, such as ``(using chain rule)``; the text keeps its length."""
    return _REMARK.sub(lambda match: " " * len(match[0]), text)


def _judge(number: int, text: str, chain: _Chain, truth: Truth) -> tuple[Line, _Chain, Truth]:
    """One line: its verdict, the chain it leaves behind, and the truth with what it defines or gets wrong.

    Where several statements stand on a line, the worst of them speaks for it.
    """
    goes_on = continues(text)
    body = _without_remarks(text[goes_on.end() :] if goes_on else text)
    pieces = [piece for piece, _ in split_statements(body, truth.names)] or [body]
    verdict: LineVerdict = "valid"
    reason = ""
    for place, piece in enumerate(pieces):
        statement = read_statement(piece, 0, truth.names)
        found, why, chain, truth = _stated(statement, bool(goes_on) and not place, chain, truth)
        if _RANK[found] > _RANK[verdict] or (found == verdict and not reason):
            verdict, reason = found, why
    return Line(number, text, verdict, reason), chain, truth


_RANK: Final = {"valid": 0, "follows": 1, "unreadable": 2, "invalid": 3}
_Judged = tuple[LineVerdict, str, _Chain, Truth]


def _stated(statement: Statement, goes_on: bool, chain: _Chain, truth: Truth) -> _Judged:
    """One statement of a line."""
    sides = list(statement.sides)
    defined: str | None = None
    if goes_on:
        if chain.truth is None:
            return "unreadable", "this goes on with a line that could not be read", _Chain(), truth
    elif statement.label is not None and truth.names.find(statement.label) is None:
        defined, chain = statement.label, _Chain(sides[0], sides[0])
        sides = sides[1:]
    elif statement.label is not None:
        chain = _Chain(Symbol(statement.label), Symbol(statement.label))
    elif len(sides) == 1:
        return _lone(sides[0], chain, truth)
    else:
        chain, sides = _Chain(sides[0], sides[0]), sides[1:]
    verdict: LineVerdict = "valid"
    reason = f"defines {printer.unicode_name(defined)}" if defined else ""
    for side in sides:
        found, why = _side(side, chain, truth)
        chain = _Chain(chain.truth, side)
        if _RANK[found] > _RANK[verdict] or (found == verdict and not reason):
            verdict, reason = found, why
    if chain.truth is not None and chain.last is not None and verdict in ("invalid", "follows"):
        truth = truth.believing(chain.truth, chain.last)
    if defined:
        truth = truth.defining(defined, statement.result)
    return verdict, reason, chain, truth


def _lone(side: Node, chain: _Chain, truth: Truth) -> _Judged:
    """A formula by itself: a step if it is equal to the one before it."""
    if chain.last is not None and truth.compare(chain.last, side, witness=False).verdict == "equal":
        return "valid", "", _Chain(chain.truth, side), truth
    return "unreadable", "this line states nothing that can be checked", _Chain(side, side), truth


def _side(side: Node, chain: _Chain, truth: Truth) -> tuple[LineVerdict, str]:
    """A further side of a chain: true, right given an earlier slip, or wrong."""
    assert chain.truth is not None
    assert chain.last is not None
    first = truth.compare(chain.truth, side, witness=chain.last is chain.truth)
    if first.verdict == "equal":
        return "valid", first.why
    before = truth.compare(chain.last, side) if chain.last is not chain.truth else first
    if before.verdict == "equal" or truth.follows(chain.truth, side):
        return "follows", "right, given the slip above"
    if "unknown" in (first.verdict, before.verdict):
        return "unreadable", first.why or before.why or "this could not be decided"
    return "invalid", before.why or "the two sides are not equal"


def _names_derivative(node: Node) -> bool:
    return isinstance(node, Apply) and node.op in ("derivative", "gradient")


def _summary(lines: Sequence[Line], reached: tuple[Line, Node | None] | None, wrong: bool) -> list[Diagnosis]:
    """Where the work went wrong, or that it was right and the answer was not."""
    first = next((line for line in lines if line.verdict == "invalid"), None)
    found = []
    if first is not None:
        found.append(
            Diagnosis("first-wrong-line", f"The work goes wrong in line {first.line}: {_sentence(first.reason)}")
        )
    elif wrong and reached is not None and reached[1] is not None:
        line, node = reached[0], reached[1]
        message = (
            f"Line {line.line} of your work, {printer.unicode(node)}, was right; the final answer differs from it."
        )
        found.append(Diagnosis("right-before", message))
    return found


def _sentence(reason: str) -> str:
    return reason if reason.endswith(("?", ".")) else f"{reason}."
