"""A matrix answer in one reading against its key: whether it is right, and in words where it is not."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from examgrad.errors import ExamgradError, MathSyntaxError
from examgrad.formula import printer
from examgrad.formula.array_making import is_flat
from examgrad.formula.shapes import Shape, joined_shape, same_shape, shown, transposed_shape
from examgrad.formula.tree import ONE, ZERO, Apply, Node, Symbol
from examgrad.kinds.base import NOT_DECIDED, Diagnosis, Evidence, Outcome, incorrect, review
from examgrad.kinds.claims import coverages
from examgrad.kinds.matrix import Arrays, ByIndex, Decision
from examgrad.kinds.matrix_readings import filled
from examgrad.kinds.matrix_slips import matrix_slip
from examgrad.kinds.scope import names_derivatives

_LONGEST_POINT: Final = 600
"""Signs of a point, up to which a reason shows all of it; the evidence has the rest."""


def decided(arrays: Arrays, tree: Node, indices: tuple[str, ...], key: Node) -> Outcome:
    """Whether a formula, or the entry that it is at ``indices``, is the key; with what is told of it."""
    if names_derivatives(tree):
        return to_decide("The answer names derivatives without working them out", "not-worked-out")
    wanted = arrays.shapes.of(key)
    if "set" in tree.operations():
        return to_decide("Braces make a set, which is no array", "ambiguous")
    try:
        shape = arrays.shapes.of(tree)
    except MathSyntaxError as error:
        slip = matrix_slip(arrays, tree, key)
        return misfit(error, *((slip,) if slip else ()))
    if tree == ZERO and wanted:
        tree, shape = filled(tree, wanted), wanted
    entry = ByIndex(tree, indices) if indices and len(indices) == len(wanted) and shape == () else None
    if entry is None and indices:
        if (summed := _sum_missing(arrays, tree, indices, key)) is not None:
            return incorrect(summed, "sum-missing")
        unbound = [index for index in indices if shape != () or index not in _places_in(tree)]
        if shape != () or (unbound and len(indices) - len(unbound) == len(wanted)):
            letters = " and ".join(unbound)
            return to_decide(f"Your answer has {letters} in it, which nothing binds", "index")
        if wanted == ():
            letters = " and ".join(indices)
            reason = f"Your answer is one entry, by {letters}; the right one is a single number."
            return incorrect(reason, "wrong-size")
    if indices and shape == () and len(indices) != len(wanted) and wanted:
        needed = f"{len(wanted)} indices" if len(wanted) > 1 else "one index"
        reason = f"The right answer is {shown(wanted)}, with {needed}; yours has {' and '.join(indices)}."
        return incorrect(reason, "wrong-size")
    as_row = len(shape) == 1 and joined_shape((1, *shape), wanted) is not None and _is_list(arrays, tree)
    if entry is None and not as_row and not same_shape(shape, wanted):
        return _other_shape(arrays, tree, key, shape, wanted)
    decision = arrays.decide(entry or tree, key)
    if decision.verdict == "equal":
        identical = decision.evidence.method == "identical"
        words = "This is the key itself." if identical else agreement(decision.evidence)
        return Outcome("correct", Fraction(1), words, decision.evidence)
    if decision.verdict == "unknown":
        return Outcome("review", Fraction(0), NOT_DECIDED, decision.evidence)
    slip = matrix_slip(arrays, tree, key) if entry is None else None
    diagnoses = (slip,) if slip is not None else ()
    return Outcome("incorrect", Fraction(0), _difference(decision), decision.evidence, diagnoses=diagnoses)


def _is_list(arrays: Arrays, node: Node) -> bool:
    """Whether a formula is a list, ``[a, b]``, or a multiple of one: it is a column or a row."""
    if not isinstance(node, Apply):
        return False
    if node.op in ("mul", "div", "neg", "transpose"):
        whole = [arg for arg in node.args if arrays.shapes.of(arg) != ()]
        return len(whole) == 1 and _is_list(arrays, whole[0])
    return is_flat(node)


def _places_in(tree: Node) -> set[str]:
    """The letters at which entries of arrays are taken: not c of δ_{ic}, the label of a class."""
    taken = [item for item in tree.walk() if isinstance(item, Apply) and item.op in ("entry", "row", "column")]
    return {place.name for item in taken for place in item.args[1:] if isinstance(place, Symbol)}


def _sum_missing(arrays: Arrays, tree: Node, indices: tuple[str, ...], key: Node) -> str | None:
    """What is said of an answer that needs a sum over one of its free indices to be right."""
    for index in indices:
        last = arrays.shapes.range_of(tree, index)
        if last is None:
            continue
        summed = Apply("sum", (Symbol(index), ONE, last, tree))
        others = tuple(other for other in indices if other != index)
        if arrays.decide(ByIndex(summed, others) if others else summed, key).verdict == "equal":
            return f"A sum over {index} is missing: ∑_{index} of your answer is right."
    return None


def misfit(error: MathSyntaxError, *further: Diagnosis) -> Outcome:
    """The outcome of an answer whose sizes do not fit together.

    A product that would fit is not told: it may be as wrong.
    """
    message, help = error.message.partition("; did you mean")[0], f" ({error.help})" if error.help else ""
    return incorrect(f"The sizes do not fit: {message}{help}", "sizes", *further)


def _other_shape(arrays: Arrays, tree: Node, key: Node, shape: Shape, wanted: Shape) -> Outcome:
    """The outcome of an answer of another shape than the key's: its transpose may be right."""
    sizes = f"your answer is {shown(shape)}, the right one {shown(wanted)}"
    turned = Apply("transpose", (tree,))
    if joined_shape(transposed_shape(shape), wanted) is not None and arrays.decide(turned, key).verdict == "equal":
        return incorrect(f"Every entry is right, but the answer is transposed: {sizes}.", "transposed")
    slip = matrix_slip(arrays, tree, key)
    return incorrect(f"The sizes differ: {sizes}.", "wrong-size", *((slip,) if slip else ()))


def agreement(evidence: Evidence) -> str:
    """What is told of an answer that is equal to the key and is not written like it."""
    note = evidence.note
    return f"Right: equal to the key ({note})." if note else "Right: proved equal to the key."


def _difference(decision: Decision) -> str:
    evidence = decision.evidence
    numbers = [f"{printer.unicode_name(name)} = {value}" for name, value in evidence.at.items()]
    shown = [text for at, text in enumerate(numbers) if sum(map(len, numbers[: at + 1])) <= _LONGEST_POINT]
    where = ", ".join(shown or numbers[:1]) + (", …" if len(shown) < len(numbers) else "")
    entry = f"entry ({', '.join(map(str, decision.entry))}) of " if decision.entry else ""
    at = f"At {where}: {entry}your" if where else f"{entry}your".capitalize()
    return f"{at} answer is {evidence.answer}, the right one {evidence.key}."


def leaves_out(arrays: Arrays, tree: Node) -> bool:
    """Whether the cases of a formula leave out more than isolated points."""
    for item in coverages(tree):
        try:
            shape = arrays.shapes.of(item)
            always = filled(ONE, shape) if shape else ONE
            if arrays.decide(item, always, witness=False).verdict != "equal":
                return True
        except ExamgradError:
            return True
    return False


def to_decide(reason: str, code: str) -> Outcome:
    """For a person, who reads the reason and decides."""
    return review(f"{reason}; a person decides.", code)


def not_worked_out(error: ExamgradError) -> Outcome:
    """For a person, where an answer could not be brought into the problem's own names."""
    return to_decide(f"This could not be decided, since {error}", "not-worked-out")
