"""One cell of a layer table against its key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from examgrad.errors import Diagnostic
from examgrad.formula import printer
from examgrad.formula.parser import read
from examgrad.formula.tree import Node, Number
from examgrad.kinds.base import UNDECIDED, Cell, Diagnosis, Evidence, Row, Verdict
from examgrad.kinds.judging import diagnosis_of
from examgrad.kinds.layer_tables.counts import Count, read_bytes, read_count
from examgrad.kinds.layer_tables.shapes import Shape, read_shape
from examgrad.kinds.near import number_of
from examgrad.kinds.reading import Unreadable, unreadable
from examgrad.kinds.scope import Scope

ARRAYS: Final = ("shape", "receptive_field")
"""The columns whose values are lists of sizes."""
OTHER_RANK: Final = "a shape of"
"""How a reason begins that tells of a wrong number of axes."""
_PROVED: Final = Evidence("exact")
_VERDICTS: Final[Mapping[str, Verdict]] = {"equal": "correct", "unequal": "incorrect", "unknown": "review"}
_NOTHING = re.compile(
    r"[-–—−/.∅_]+|n\.?\s*/?\s*a\.?|none|no|nothing|null|nil|zero|no (?:weights|param(?:eter)?s?)", re.I
)
MAX_SHOWN: Final = 200
"""How many characters of a cell a result repeats."""
FEWEST_DIGITS: Final = 2
"""A number written short (``1.2M``) is right if it is rounded properly to so many digits."""


def shown(value: object) -> str:
    """A value of a table in a cell: ``28×28×10``, ``[H - 4, W - 4, 10]``."""
    if isinstance(value, list | tuple):
        sizes = [shown(item) for item in value]
        return f"[{', '.join(sizes)}]" if any(" " in size for size in sizes) else "×".join(sizes)
    return "" if value is None else printer.plain(value) if isinstance(value, Node) else str(value)


class Judged(NamedTuple):
    """One cell, with what is to be said of it, and its sizes as they were read (in the key's layout if they fit it).

    The ``diagnosis`` does not say yet of which cell it is.
    """

    cell: Cell
    reason: str = ""
    evidence: Evidence = _PROVED
    diagnosis: Diagnosis | None = None
    sizes: tuple[Node, ...] = ()
    follows: int = 0
    """The number of the row, where this is its first cell that follows from the student's own earlier ones."""


class _Ruling(NamedTuple):
    """A verdict with its reason; ``code`` is that of a diagnosis, where something is to be said."""

    verdict: Verdict
    evidence: Evidence = _PROVED
    note: str = ""
    code: str = ""


def judge_cell(scope: Scope, row: Row, column: str, written: object, number: int, image: str = "HWC") -> Judged:
    """One cell of an answer, as it was written, against the row's own value."""
    wanted = row.values.get(column)
    key, text = shown(wanted), written_text(written) if not isinstance(written, Unreadable) else ""
    cell = Cell(number, column, "unanswered", text, key, row.op)
    if isinstance(written, Unreadable):
        return _unreadable(cell._replace(answer=""), written.diagnostic)
    if not text or text == "?" or (_says_nothing(text) and (column in ARRAYS or wanted != 0)):
        return Judged(cell, "this cell is empty", UNDECIDED)
    if _says_nothing(text):
        return Judged(cell._replace(verdict="correct"), "right", sizes=(Number(0),))
    try:
        if column in ARRAYS:
            sizes = wanted if isinstance(wanted, list) else []
            read_as = read_shape(written, scope, len(sizes))
            ruling, found = judge_shape(scope, read_as, sizes, column, image, row.op)
        else:
            counts = read_bytes(written, scope) if column == "memory" else [read_count(written, scope)]
            ruled = [(judge_count(scope, count, wanted), (count.value,)) for count in counts]
            ruling, found = next((item for item in ruled if item[0].verdict == "correct"), ruled[0])
    except Unreadable as error:
        return _unreadable(cell, error.diagnostic)
    reason = ruling.note or ("right" if ruling.verdict == "correct" else f"your answer is {text}, the right one {key}")
    diagnosis = Diagnosis(ruling.code, ruling.note) if ruling.code else None
    note = ruling.note if ruling.verdict != "correct" else ""
    return Judged(cell._replace(verdict=ruling.verdict, reason=note), reason, ruling.evidence, diagnosis, found)


def _unreadable(cell: Cell, diagnostic: Diagnostic) -> Judged:
    message = diagnostic.message
    return Judged(cell._replace(verdict="unreadable"), message, UNDECIDED, diagnosis_of(diagnostic))


def named(column: str) -> str:
    """A column's name for people."""
    return {"macs": "MACs", "receptive_field": "receptive field"}.get(column, column)


def written_text(written: object) -> str:
    """A cell as it was written, in one line, cut where it is very long."""
    if isinstance(written, Sequence) and not isinstance(written, str):
        text = "[" + ", ".join(written_text(item) for item in written[: MAX_SHOWN // 2]) + "]"
    elif isinstance(written, Mapping):
        text = (
            "{" + ", ".join(f"{name}: {written_text(item)}" for name, item in list(written.items())[:MAX_SHOWN]) + "}"
        )
    else:
        text = "" if written is None else " ".join(str(written)[: 4 * MAX_SHOWN].split())
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"


def _says_nothing(text: str) -> bool:
    return _NOTHING.fullmatch(text.strip(" $`*")) is not None


# -- counts ------------------------------------------------------------------------------------------------------------


def judge_count(scope: Scope, count: Count, wanted: object) -> _Ruling:
    """A count against its key; all that its line says must hold."""
    verdict, evidence = judge_size(scope, count.value, wanted)
    if count.digits and verdict == "incorrect":
        return _rounded(count, wanted, evidence)
    if verdict == "incorrect":
        for claim in count.claims:
            if judge_size(scope, claim, wanted)[0] == "correct":
                worked = f"{printer.unicode(claim)} is {shown(wanted)}"
                return _Ruling(verdict, evidence, f"{worked}, not {printer.unicode(count.value)}", "arithmetic")
    if verdict == "correct":
        for claim in count.claims:
            if judge_size(scope, claim, wanted)[0] == "incorrect":
                said = f"{printer.unicode(claim)} = {printer.unicode(count.value)}"
                note = f"the last side is right, but {said} does not hold; a person decides"
                return _Ruling("review", evidence, note, "broken-chain")
    return _Ruling(verdict, evidence)


def _rounded(count: Count, wanted: object, evidence: Evidence) -> _Ruling:
    """A number written short, which is right as far as it is the key properly rounded."""
    value = count.value.value if isinstance(count.value, Number) else Fraction(0)
    if not isinstance(wanted, int) or wanted < 1 or not 0 < value < 10**30:
        return _Ruling("incorrect", evidence)
    power = 0
    while 10 ** (power + 1) <= value:
        power += 1
    unit = Fraction(10) ** (power + 1 - count.digits)
    if abs(value - wanted) > unit / 2:
        return _Ruling("incorrect", evidence)
    if count.digits < FEWEST_DIGITS:
        return _Ruling("incorrect", evidence, f"rounded to one digit, which says too little: {wanted}", "rounded")
    note = f"right, rounded to {count.digits} digits: exactly {wanted}"
    return _Ruling("correct", Evidence("numeric", points=1, digits=count.digits, note=note), note, "rounded")


def judge_size(scope: Scope, found: Node, wanted: object) -> tuple[Verdict, Evidence]:
    """One size or count against a number or the text of a formula."""
    if isinstance(found, Number) and isinstance(wanted, int):
        return ("correct" if found.value == wanted else "incorrect"), _PROVED
    key = wanted if isinstance(wanted, Node) else Number(wanted) if isinstance(wanted, int) else None
    if key is None:
        key = read(str(wanted), scope.names)
    comparison = scope.decide(found, key)
    if comparison.verdict == "unknown" and not found.symbols() and number_of(found, scope) is None:
        raise unreadable(None, f"{printer.unicode(found)} is no number")
    return _VERDICTS[comparison.verdict], scope.evidence(comparison, found, key)


# -- shapes ------------------------------------------------------------------------------------------------------------


def judge_shape(
    scope: Scope, shape: Shape, wanted: Sequence[object], column: str, image: str = "HWC", op: str = ""
) -> tuple[_Ruling, tuple[Node, ...]]:
    """A shape, whatever ones stand beside a single axis; the other image layout is read as well, and named.

    Also gives the shape in the key's layout, as far as it can be told.
    """
    found = shape.sizes
    rank = len(wanted)
    if column == "receptive_field" and len(found) == 1 and rank > 1:
        found = found * rank
    if shape.channels and len(found) == rank and image == "HWC":
        found = (*found[1:], found[0])
    if rank == 1 and len(found) > 1:
        found = tuple(size for size in found if not _is_one(size)) or (Number(1),)
    if len(found) != rank:
        axes = "one axis" if rank == 1 else f"{rank} axes"
        return _Ruling("incorrect", note=f"{OTHER_RANK} {axes} was expected here, not of {len(found)}"), found
    verdict, evidence = _judge_sizes(scope, found, wanted)
    if verdict == "incorrect" and column == "shape":
        if (turned := _in_other_layout(scope, found, wanted, image, op)) is not None:
            name = "CHW" if image == "HWC" else "HWC"
            note = f"read with the axes in the other order, {name if rank == 3 else f'channels {_ends(image)}'}"
            return _Ruling("correct", note=note, code="layout"), turned
        found = _by_channels(scope, found, wanted, image)
        if rank == 3 and _judge_sizes(scope, _sides_exchanged(found, image), wanted)[0] == "correct":
            return _Ruling(verdict, evidence, "height and width are exchanged", "height-width"), found
    if verdict == "correct" and shape.product is not None:
        return _with_product(scope, shape.product, found), found
    return _Ruling(verdict, evidence), found


def _is_one(size: Node) -> bool:
    return isinstance(size, Number) and size.value == 1


def _ends(image: str) -> str:
    return "first" if image == "HWC" else "last"


def _in_other_layout(
    scope: Scope, found: tuple[Node, ...], wanted: Sequence[object], image: str, op: str
) -> tuple[Node, ...] | None:
    """An image's shape with the channels at the other end, if that is the key."""
    if len(wanted) < 2 or (len(wanted) == 2 and "1d" not in op.lower()):
        return None
    turned = (*found[1:], found[0]) if image == "HWC" else (found[-1], *found[:-1])
    return turned if _judge_sizes(scope, turned, wanted)[0] == "correct" else None


def _by_channels(scope: Scope, found: tuple[Node, ...], wanted: Sequence[object], image: str) -> tuple[Node, ...]:
    """A wrong shape in the key's layout: turned, where only so its channels are right."""
    if len(wanted) not in (3, 4):
        return found
    own, other = (-1, 0) if image == "HWC" else (0, -1)
    right = wanted[own]
    if judge_size(scope, found[own], right)[0] == "correct" or judge_size(scope, found[other], right)[0] != "correct":
        return found
    return (*found[1:], found[0]) if image == "HWC" else (found[-1], *found[:-1])


def _sides_exchanged(found: tuple[Node, ...], image: str) -> tuple[Node, ...]:
    first, second, third = found
    return (second, first, third) if image == "HWC" else (first, third, second)


def _with_product(scope: Scope, product: Node, sizes: tuple[Node, ...]) -> _Ruling:
    """A right shape, and whether it multiplies out to what its line says."""
    numbers = [size.value for size in sizes if isinstance(size, Number)]
    if len(numbers) < len(sizes):
        return _Ruling("correct")
    whole = 1
    for number in numbers:
        whole *= int(number)
    if judge_size(scope, product, whole)[0] == "correct":
        return _Ruling("correct")
    note = f"the shape is right, but multiplies out to {whole}, not {printer.unicode(product)}"
    return _Ruling("correct", note=note, code="arithmetic")


def _judge_sizes(scope: Scope, found: Sequence[Node], wanted: Sequence[object]) -> tuple[Verdict, Evidence]:
    judged = [judge_size(scope, size, key) for size, key in zip(found, wanted, strict=True)]
    return next(((verdict, evidence) for verdict, evidence in judged if verdict != "correct"), ("correct", _PROVED))
