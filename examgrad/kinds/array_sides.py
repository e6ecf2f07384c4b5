"""Two sides of an equation between arrays, whose derivatives are worked out: whether they are equal.

At several sizes, and where letters stand for places, at several of those.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final, Literal, NamedTuple

from examgrad.errors import ExamgradError, MathSyntaxError
from examgrad.formula.shapes import same_shape, shown, transposed_shape
from examgrad.formula.tree import Apply, Node, Number, substitute
from examgrad.kinds.base import Evidence
from examgrad.kinds.matrix import Arrays
from examgrad.kinds.named_derivatives import NamedDerivatives, free_indices
from examgrad.kinds.scope import names_derivatives

_PLACES: Final = (1, 2)
"""The places that stand for all that a free index may mean: every array has them."""
_MOST_INDICES: Final = 3
UNEQUAL: Final = "not equal to what stands before it"


class Held(NamedTuple):
    """How one side of a line holds against another; ``why`` says more in words: of an equal one, what it differs in
    all the same."""

    verdict: Literal["equal", "unknown", "unequal"]
    why: str = ""


def compare_sides(derivatives: NamedDerivatives, left: Node, right: Node) -> Held:
    """Two sides without names of the answer's own. A column may be written as the row of the same numbers.

    Raises :class:`MathSyntaxError` where the sizes in the left one do not fit.
    """
    try:
        first = derivatives.worked_out(left)
        second = derivatives.worked_out(right)
    except ExamgradError as error:
        return Held("unknown", str(error))
    if names_derivatives(first) or names_derivatives(second):
        return Held("unknown", "a derivative is named here that cannot be worked out")
    arrays = derivatives.arrays
    wanted = arrays.shapes.of(first)
    try:
        shape = arrays.shapes.of(second)
    except MathSyntaxError as error:
        return Held("unequal", f"the sizes do not fit: {error.message}")
    if same_shape(shape, wanted):
        return _decided(arrays, first, second)
    turned = transposed_shape(shape)
    if same_shape(turned, wanted):
        held = _decided(arrays, first, Apply("transpose", (second,)))
        if held.verdict == "equal":
            row = 1 in (*shape[:1], *wanted[:1]) and len(wanted) < 3
            return Held("equal", "written as its transpose") if row else Held("unequal", "it is transposed")
    return Held("unequal", f"the sizes differ: it is {shown(shape)} instead of {shown(wanted)}")


def _decided(arrays: Arrays, first: Node, second: Node) -> Held:
    for left, right in _at_places(arrays, first, second):
        decision = arrays.decide(right, left)
        if decision.verdict != "equal":
            why = _differs(decision.evidence, decision.entry) if decision.verdict == "unequal" else ""
            return Held(decision.verdict, why or decision.evidence.note)
    return Held("equal")


def _at_places(arrays: Arrays, first: Node, second: Node) -> Iterator[tuple[Node, Node]]:
    """Both sides with numbers for their free indices."""
    free = sorted({*free_indices(arrays, first), *free_indices(arrays, second)})
    if len(free) > _MOST_INDICES:
        raise MathSyntaxError("too many free indices", text="", offset=0)
    for places in product(_PLACES, repeat=len(free)):
        at = {name: Number(place) for name, place in zip(free, places, strict=True)}
        yield substitute(first, at), substitute(second, at)


def _differs(evidence: Evidence, entry: tuple[int, ...]) -> str:
    place = f"entry ({', '.join(map(str, entry))}) of it" if entry else "it"
    at = f"at {evidence.point}, " if evidence.at else ""
    return f"{UNEQUAL}: {at}{place} is {evidence.answer} instead of {evidence.key}"
