"""An answer of several lines as statements: definitions of the student's own, named results, formulas.

``s = ŷ - y`` before ``∂L/∂w = s h`` names s; a line that begins with ``=`` goes on with the line above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from examgrad.errors import MathSyntaxError
from examgrad.formula.definitions import find_equals, spelled_name
from examgrad.formula.functions import SPELLINGS
from examgrad.formula.names import Names, Variable
from examgrad.formula.parser import Parser
from examgrad.formula.shapes import Shapes
from examgrad.formula.tree import Apply, Node, Symbol

MAX_STATEMENTS: Final = 200
MAX_PUT_IN: Final = 20_000
"""Nodes of a statement, with what the answer defines itself put in."""
TOO_LONG: Final = "these definitions, put into each other, become too long"
_SIDE_LABEL = re.compile(r"\([^()=]*\)\s*\Z")
_BEGINNING = r"\s*(?:&\s*)?(?:\\(?:therefore|quad|implies|Rightarrow)\s*|[∴⇒]\s*)*(?:&\s*)?"
_OPERATION = re.compile(r"[-+*/^−·×]")
_STEP = re.compile(r"\(\s*([A-Za-z])\s*[-+−]\s*1\s*\)\s*")
_NABLA = re.compile(_BEGINNING + r"(?:∇|\\nabla\b)")
_CHAIN = re.compile(_BEGINNING + "(?:=|≈)")
_OPERATOR = re.compile(_BEGINNING + r"(?:\+|\*|/|\\cdot\b|\\times\b)")
_ARROWS = re.compile(r"←|⟵|\\(?:leftarrow|gets)\b|:=|<-")
_LINES = re.compile(r"\\(?:begin|end)\s*\{(?:aligned|align|gathered|gather|split|eqnarray|equation)\*?\}")
"""The edges of environments that only set lines below each other."""
_BREAK = re.compile(r"\n|\\\\|\\q?quad\b|[,;]|(?<!\w)(?:where|with|and)\b|\\text\s*\{[\s,]*(?:where|with|and)\s*\}")
_DEFINES = re.compile(r"\n\s*[^\W\d][\w{}^'\u0300-\u036f]*\s*(?::=|=)(?!=)")
"""A line that defines a name: a bracket left open above it does not swallow it."""
_INTRODUCES = re.compile(r"where|with")
_JOINS = re.compile(r"where|with|and")
_WHERE = re.compile(r"(?:(?<!\w)(?:where|with)|\\text\s*\{[\s,]*(?:where|with)\s*\})\s*\Z")
_PLAIN_NUMBER = re.compile(r"[\s−-]*[\d./]+\s*\Z")
_SPACE = re.compile(r"(?:\\in\b|∈)\s*(?:\\mathbb\s*\{?\s*R\s*\}?|\\R\b|ℝ|R)\s*\^\s*(?:\{[^{}]*\}|\([^()]*\)|\w+)")
"""What only says how large an array is: ``∈ ℝ^{m×d}``."""
_LET = re.compile(r"(?:\A|(?<=[\n;.]))(\s*)[Ll]et\s+(?=[^=\n]{1,20}=)")
_THEN = re.compile(r"\.\s+(?:[Tt]hen|[Ss]o|[Hh]ence|[Tt]hus)\b,?")
_CONDITION = re.compile(r"\b(?:if|for|when|where|otherwise|else|elsewhere)\b")
_OPEN = re.compile(r"[(\[{]|\\begin\b")
_CLOSE = re.compile(r"[)\]}]|\\end\b")


class Statement(NamedTuple):
    """One statement: ``label`` is the single name on its left, ``sides`` what stands between its ``=``.

    The label is not among the sides; ``further`` are labels that go on with it, ``f_xy = f_yx = …``, and ``arguments``
    what stands in brackets behind it. ``offset`` is where it begins in the answer's text. Where ``a/b c`` in it may be
    meant as ``a/(b c)``, ``other`` is that reading's last side.
    """

    text: str
    offset: int
    label: str | None
    sides: tuple[Node, ...]
    other: Node | None = None
    further: tuple[str, ...] = ()
    arguments: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The label and those that go on with it."""
        return self.further if self.label is None else (self.label, *self.further)

    @property
    def result(self) -> Node:
        """What the statement arrives at: its last side."""
        return self.sides[-1]


def split_statements(text: str, names: Names | None = None) -> Iterator[tuple[str, int]]:
    """The statements of a text with their offsets: one a line, or parted by commas where each has its own ``=``.

    Where the ``names`` of the problem are told, a definition of a name that is not among them is a statement too.
    Arrows (``v ← v - η g``) come out as ``=``, at the same offsets.
    """
    text = _ARROWS.sub(lambda match: "=".ljust(len(match[0])), text)
    text = _LINES.sub(lambda match: " " * len(match[0]), text)
    text = _SPACE.sub(lambda match: " " * len(match[0]), text)
    if "et " in text:  # let δ = z - s. Then …
        text = _THEN.sub(lambda match: "\n".ljust(len(match[0])), text)
        text = _LET.sub(lambda match: " " * len(match[0]), text)
    pieces = list(_pieces(text))
    at = 0
    while at < len(pieces):
        start, end, closed_by = pieces[at]
        while at + 1 < len(pieces):
            following = text[pieces[at + 1][0] : pieces[at + 1][1]]
            if closed_by in (",", ";", "\\quad", "\\qquad") or _JOINS.search(closed_by):
                joined = not _parts(text[start:end], closed_by, following, names) and following.strip() != ""
            else:
                joined = bool(continues(following) or _OPERATOR.match(following))
            if not joined and following.strip(" \t$.,;&"):
                break
            at += 1
            end, closed_by = pieces[at][1:]
        statement = text[start:end]
        if statement.strip(" \t\n$.,;&"):
            yield statement, start
        at += 1


def _parts(piece: str, sign: str, following: str, names: Names | None) -> bool:
    """Whether a sign in a line parts two statements: each has its own ``=``, or one of them defines a name."""
    # the piece is looked at last: it may be all that stands before
    if not _INTRODUCES.search(sign) and find_equals(following) and find_equals(piece):
        return "and" not in sign or not _CONDITION.search(piece)
    if names is None or "and" in sign:
        return False
    if own_label(following, names) is not None or (_INTRODUCES.search(sign) and _restates(following, names)):
        return not _CONDITION.search(piece)
    return sign == ";" and find_equals(piece) is not None and not _CONDITION.search(f"{piece} ; {following}")


def continues(line: str) -> re.Match[str] | None:
    """The ``=`` with which a line goes on with the chain above it, with the marks before it."""
    return _CHAIN.match(line)


def _pieces(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and closing sign of what the breaks outside brackets part."""
    depth, start, at = 0, 0, 0
    while at < len(text):
        if match := _OPEN.match(text, at):
            depth += 1
        elif match := _CLOSE.match(text, at):
            depth = max(0, depth - 1)
        elif (depth == 0 or _DEFINES.match(text, at)) and (match := _BREAK.match(text, at)):
            depth = 0
            yield start, at, match[0]
            start = match.end()
        elif text[at] == "\\" and at + 1 < len(text):
            match = re.compile(r"\\(?:[A-Za-z]+|.)", re.S).match(text, at)
        at = match.end() if match else at + 1
    yield start, len(text), ""


def read_statements(text: str, names: Names, *, own_names: bool = True) -> tuple[list[Statement], dict[str, Node]]:
    """The statements of an answer, and what it defines itself: name → formula.

    A name that the problem does not have and that stands alone before ``=`` is the answer's own (where
    ``own_names``), from its line on; what is defined at the end, ``e hᵀ, e = ŷ - y``, comes first. Raises
    :class:`MathSyntaxError`.
    """
    statements: list[Statement] = []
    own: dict[str, Node] = {}
    if begins := continues(text):
        text = " " * begins.end() + text[begins.end() :]
    pieces = list(split_statements(text, names))
    sizes: dict[str, int] = {}
    for piece, offset in _definitions_first(pieces, names, text) if own_names else pieces:
        if len(statements) >= MAX_STATEMENTS:
            raise MathSyntaxError(f"at most {MAX_STATEMENTS} lines are read", text=text, offset=offset, code="too-long")
        try:
            statement = read_statement(piece, offset, names)
        except MathSyntaxError as error:
            raise error.within(text, offset) from None
        statements.append(statement)
        size = size_put_in(statement.result, sizes)
        if size > MAX_PUT_IN:
            raise MathSyntaxError(TOO_LONG, text=text, offset=offset, width=len(piece), code="too-long")
        for label in statement.labels if own_names else ():
            if names.find(label) is None:
                names = declaring(names, label, statement.result)
                own[label] = statement.result
                sizes[label] = size
    return statements, own


def size_put_in(node: Node, sizes: Mapping[str, int]) -> int:
    """How many nodes a formula has with names put in whose formulas have these ``sizes``."""
    return sum(sizes.get(item.name, 1) if isinstance(item, Symbol) else 1 for item in node.walk())


def declaring(names: Names, name: str, value: Node) -> Names:
    """The names and one that an answer defines, of its value's shape."""
    shape = Shapes(names.shapes).seen(value) if names.arrays else ()
    return names.extended([Variable(name, shape=shape or ())])


def _definitions_first(pieces: list[tuple[str, int]], names: Names, text: str) -> list[tuple[str, int]]:
    """The statements, those last ones first that define what is used before them."""

    def is_restated(piece: str, offset: int) -> bool:
        return _WHERE.search(text[:offset]) is not None and _restates(piece, names)

    at = len(pieces)
    while at > 1 and (_is_late(pieces[at - 1][0], pieces[: at - 1], names) or is_restated(*pieces[at - 1])):
        at -= 1
    return [*pieces[at:], *pieces[:at]]


def _is_late(piece: str, before: list[tuple[str, int]], names: Names) -> bool:
    """Whether a statement defines a name that statements before it use, and do not define."""
    name = own_label(piece, names)
    if name is None or any(own_label(other, names) is not None for other, _ in before):
        return False
    word = re.escape(re.sub(r"\A(?:\\[ ,;:!])+|\s+", "", piece[: piece.index("=")].strip(" :&")))
    return any(re.search(rf"(?<![\w\\]){word}(?!\w|\s*\^\s*[{{(]?\s*[-\w\\](?<![Tt]))", other) for other, _ in before)


def _restates(piece: str, names: Names) -> bool:
    """Whether a statement says what an array of the problem is, ``r = X w - y``; ``x = 0`` is a condition."""
    equals = find_equals(piece)
    label = spelled_name(piece[: equals.start()].replace("&", " ")) if equals else None
    if equals is None or _PLAIN_NUMBER.match(piece, equals.end()):
        return False
    return bool(label and names.find(label) in names.shapes and not _CONDITION.search(piece))


def own_label(piece: str, names: Names) -> str | None:
    """The name that a statement defines and the problem does not have."""
    equals = find_equals(piece)
    label = spelled_name(piece[: equals.start()].replace("&", " ")) if equals else None
    if not label or label in SPELLINGS or names.find(label) is not None or _is_entry(label, names):
        return None
    return label


def _is_entry(label: str, names: Names) -> bool:
    """Whether a name is the entry of a declared array at letters: ``p_i``."""
    if "_" not in label or not names.arrays:
        return False
    pieces = names.words.split(label)
    return len(pieces) == 1 and pieces[0].kind == "entry"


def read_statement(piece: str, offset: int, names: Names) -> Statement:
    """One statement; its label is set apart before the rest is read, so that it may be a name of its own."""
    label, start, behind = None, 0, ""
    if (equals := find_equals(piece)) is not None:
        left = piece[: equals.start()]
        if (arguments := _SIDE_LABEL.search(left)) and _are_arguments(arguments[0], names):
            left, behind = left[: arguments.start()], arguments[0]
            if _NABLA.match(left):  # ∇f(x, y) = …
                piece = left + " " * len(arguments[0]) + piece[arguments.end() :]
        label = spelled_name(left.replace("&", " "))
        if label and names.find(label) is None and (label in SPELLINGS or _is_entry(label, names)):
            label = None  # exp(x) = 2 is an equation, and p_i = … says what p is
        start = equals.end() if label else 0
    blank, further = _without_labels(" " * start + piece[start:], names)
    parser = Parser(blank, names)
    node = parser.read()
    other = None
    if parser.ambiguous:
        other = _sides(Parser(blank, names, tight=True).read())[-1]
    known = names.find(label) or label if label else None
    return Statement(piece, offset, known, _sides(node), other, further, behind if label else "")


def _without_labels(text: str, names: Names) -> tuple[str, tuple[str, ...]]:
    """A chain without the labels between its equals signs, ``f_yx`` of ``f_xy = f_yx = 2x``, and those labels."""
    found: list[str] = []
    start = 0
    while (equals := find_equals(text, start)) is not None:
        label = spelled_name(text[start : equals.start()]) if "_" in text[start : equals.start()] else None
        if label and names.find(label) is None and _is_place(label, names):
            found.append(label)
            text = text[:start] + " " * (equals.end() - start) + text[equals.end() :]
        start = equals.end()
    return text, tuple(found)


def _is_place(label: str, names: Names) -> bool:
    """Whether a name that is none of the problem's says a derivative, ``f_yx``, or a place in a matrix, ``H_21``."""
    base, _, below = label.partition("_")
    if below.isdecimal():
        return len(base) == 1 and base.isupper() and names.find(base) is None
    if names.find(base) is None:
        return False
    return all(piece.kind == "name" for piece in names.words.split(below.replace("_", "")))


def _are_arguments(text: str, names: Names) -> bool:
    """Whether ``( … )`` behind a name are its arguments, ``f(x, y)`` or ``w(t + 1)``, and no factor: ``x (x - 1)``."""
    if not _OPERATION.search(text):
        return True
    step = _STEP.fullmatch(text)
    return step is not None and names.find(step[1]) is None


def _sides(node: Node) -> tuple[Node, ...]:
    return node.args if isinstance(node, Apply) and node.op == "equation" else (node,)
