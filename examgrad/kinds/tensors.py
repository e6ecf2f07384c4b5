"""Jacobians and Hessians of order 3 and 4: their keys, by the entry at i, j, …, and answers to them.

An answer is a formula for the entry (``∂y_i/∂W_{jk} = [i = j] x_k``, with any letters), an array of arrays, or, where
sizes are numbers, the matrix that has a row for each entry of what is differentiated, row by row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import islice, permutations, product
from typing import NamedTuple, TypeVar

from examgrad.errors import MathSyntaxError
from examgrad.exam.model import Answer, Part
from examgrad.formula import printer
from examgrad.formula.array_values import Array, entries_of, is_array, positions
from examgrad.formula.shapes import Shape, joined_shape, shown
from examgrad.formula.tree import Apply, Node, Number, Symbol, mul
from examgrad.kinds.array_numbers import array_key, at_numbers
from examgrad.kinds.base import NOT_DECIDED, Derived, Diagnosis, Key, Outcome, formula_key, incorrect, review
from examgrad.kinds.claims import BROKEN_CHAIN, restated, told
from examgrad.kinds.derived import canonicals
from examgrad.kinds.grids import read_grid
from examgrad.kinds.matrix import Arrays, Decision
from examgrad.kinds.matrix_claims import names_asked
from examgrad.kinds.matrix_decisions import agreement, misfit, to_decide
from examgrad.kinds.matrix_letters import sizes_as_letters
from examgrad.kinds.matrix_slips import numbers_missing
from examgrad.kinds.numbers import check_numbers
from examgrad.kinds.scope import Scope, names_derivatives
from examgrad.kinds.tensor_claims import broken_claim, for_what_was_asked
from examgrad.kinds.tensor_indices import (
    Letters,
    by_letters,
    equal,
    in_components,
    letters_of,
    place,
    undeclared,
    with_indices,
)
from examgrad.kinds.tensor_reading import Indexed, read_indexed

T = TypeVar("T")


def is_tensor(tree: Node) -> bool:
    """Whether a key is given by its entry at indices, or is an array of more than two axes."""
    if isinstance(tree, Apply) and tree.op == "components":
        return True
    return is_array(tree) and is_array(tree.args[0]) and is_array(tree.args[0].args[0])


def tensor_key(kind: str, part: Part, derived: Derived, of: str, wrt: str, *, turned: bool = False) -> Key:
    """The key of a derivation in components, and its numbers where the part has an ``at``.

    ``turned`` is the denominator layout: the axes of ``wrt`` come first.
    """
    from examgrad.calculus.matrix.tensors import statement  # checking does not need it

    rank = len(Arrays(part.given).shapes.of(Symbol(wrt)))
    said = statement(derived.tree, Symbol(of), wrt, rank, second=kind == "hessian")
    entry, *ranges = derived.tree.args
    if turned and rank:
        ranges = ranges[-2 * rank :] + ranges[: -2 * rank]
    tree = Apply("components", (entry, *ranges))
    key = formula_key(kind, part.name, tree, said, verified=derived.verified, steps=derived.steps)
    return key if part.fields.at is None else array_key(key, *at_numbers(part.given, part.fields.at), tree)


class Asked(NamedTuple):
    """What a part asks for: the array, by the array; ``first`` is how many axes of the key come first as rows."""

    of: str
    wrt: str
    second: bool
    turned: bool
    of_rank: int
    wrt_rank: int

    @property
    def names(self) -> tuple[str, ...]:
        """What is differentiated, and the names it is differentiated by."""
        return (self.of, *((self.wrt,) * (1 + self.second)))

    @property
    def rows(self) -> int:
        """How many axes of the key are those of a row of the flattened matrix."""
        return self.wrt_rank if self.second or self.turned else self.of_rank

    def in_order(self, axes: tuple[T, ...]) -> tuple[T, ...]:
        """What there is for each axis of ``of`` and then ``wrt``, in the order of the key's axes."""
        return axes[self.of_rank :] + axes[: self.of_rank] if self.turned else axes


def check_tensor(part: Part, answer: Answer, key: Key, wrt: str) -> Outcome:
    """Judge an answer against ``key.tree``, a formula for the entry with the ranges of its indices."""
    assert key.tree is not None
    arrays = Arrays(part.given)
    (of,) = canonicals(part.fields.of, part.given)
    ranks = [len(arrays.shapes.of(Symbol(name))) for name in (of, wrt)]
    asked = Asked(
        of, wrt, part.kind == "hessian", part.fields.layout == "denominator" and part.kind == "jacobian", *ranks
    )
    if part.fields.at is not None:
        return _numbers(part, answer, key, asked)
    read = read_indexed(answer, part.given)
    outcome = _judged(arrays, read, key.tree, asked)
    if outcome.verdict == "incorrect" and (other := for_what_was_asked(read.formula, asked.names)) is not None:
        found = _judged(arrays, read._replace(formula=other), key.tree, asked)
        outcome = found if found.verdict == "correct" else outcome
    elif outcome.verdict == "correct" and (said := broken_claim(arrays, read.formula, asked.names, asked.of_rank)):
        outcome = review(told(said), BROKEN_CHAIN)
    return outcome.read_as(read.formula.tree)


def _numbers(part: Part, answer: Answer, key: Key, asked: Asked) -> Outcome:
    """Numbers, as arrays of arrays or as the flattened matrix."""
    tree, sizes = key.tree, []
    while tree is not None and is_array(tree):
        sizes.append(len(tree.args))
        tree = tree.args[0]
    flat = math.prod(sizes[: asked.rows]), math.prod(sizes[asked.rows :])
    grid = read_grid(answer, Scope.of(part.given))
    if key.tree is not None and (grid.rows, grid.columns) == flat:
        key = key._replace(tree=Array(flat, entries_of(key.tree)).tree())
    return check_numbers(part, answer, key)


def _judged(arrays: Arrays, read: Indexed, key: Node, asked: Asked) -> Outcome:
    tree = read.formula.tree
    if (named := next(filter(names_asked(asked.names), tree.walk()), None)) is not None:
        return incorrect(restated(named), "restated")
    if names_derivatives(tree):
        return review(
            "The answer names derivatives without working them out; a person decides whether that was asked.",
            "not-worked-out",
        )
    if not read.formula.claims:
        tree = sizes_as_letters(arrays, tree)
        read = read._replace(formula=read.formula._replace(tree=tree))
    letters = letters_of(read.formula, arrays, key, asked.of_rank, asked.wrt, asked.wrt_rank, second=asked.second)
    if not isinstance(letters, str):
        tree = with_indices(tree, letters)
    try:
        shape = arrays.shapes.of(tree)
    except MathSyntaxError as error:
        return misfit(error)
    wanted = arrays.shapes.of(key)
    if len(shape) == len(wanted) and joined_shape(shape, wanted) is not None:
        return _decided(arrays, tree, key)
    flat = _flattened(wanted, asked.rows)
    if flat is not None and shape == flat:
        return _of_matrix(arrays, tree, key, asked)
    if isinstance(letters, str):
        return review(letters, "indices")
    own = asked.in_order(letters)
    left = tuple(size for size, letter in zip(wanted, own, strict=True) if letter is None)
    if len(left) == 1 and len(shape) == 2 and joined_shape(shape, (1, *left)) is not None:
        tree, shape = Apply("transpose", (tree,)), left
    if len(shape) != len(left) or joined_shape(shape, left) is None:
        sizes = f"your answer is {shown(shape)}, the right one has {len(wanted)} indices: {_ranges(key)}"
        return incorrect(f"The sizes differ: {sizes}.", "wrong-size")
    if outcome := _other_range(read, key, own):
        return outcome
    if extra := undeclared(tree, arrays):
        names = " and ".join(sorted(extra))
        return review(f"On the right only: {names}; a person decides whether that is summed over.", "indices")
    return _by_index(arrays, tree, key, letters, asked, named=bool(read.formula.claims))


def _by_index(arrays: Arrays, tree: Node, key: Node, letters: Letters, asked: Asked, *, named: bool) -> Outcome:
    """An answer for the entry at indices, its letters replaced by the places that they stand for."""
    count = len(letters)
    order = asked.in_order(tuple(range(count)))
    outcome = _decided(arrays, in_components(tree, order, letters, key), key, asked.in_order(letters))
    if outcome.verdict != "incorrect":
        return outcome
    for order in islice(permutations(range(count)), 1, None) if None not in letters else ():
        if arrays.decide(in_components(tree, asked.in_order(order), letters, key), key).verdict != "equal":
            continue
        other = tuple(letters[at] for at in order)
        said = printer.unicode(by_letters(asked.of, asked.wrt, other, asked.of_rank, asked.wrt_rank))
        if not named:
            return to_decide(f"Right if it is {said}, which the answer does not say", "index-order")
        return outcome._replace(
            diagnoses=(Diagnosis("index-order", f"Right but for the order of the indices: it is {said}."),)
        )
    slip = _slip(arrays, tree, key, letters, asked)
    return outcome._replace(diagnoses=(slip,)) if slip else outcome


def _slip(arrays: Arrays, tree: Node, key: Node, letters: Letters, asked: Asked) -> Diagnosis | None:
    """A factor that makes the answer right, or an indicator that is missing."""
    order = asked.in_order(tuple(range(len(letters))))

    def is_right(changed: Node) -> bool:
        return arrays.decide(in_components(changed, order, letters, key), key).verdict == "equal"

    for change in numbers_missing(tree):
        if is_right(change.tree):
            return Diagnosis(change.code, change.words)
    half = asked.wrt_rank if asked.second else asked.of_rank
    for one, other in product(range(half), range(half, len(letters))):
        names = letters[one], letters[other]
        if None not in names and is_right(mul(equal(place(one), place(other)), tree)):
            gate = printer.unicode(equal(*(Symbol(str(name)) for name in names)))
            words = f"Right where {names[0]} = {names[1]}; elsewhere the derivative is 0: {gate} is missing."
            return Diagnosis("indicator", words)
    return None


def _of_matrix(arrays: Arrays, tree: Node, key: Node, asked: Asked) -> Outcome:
    """The flattened matrix: row by row, as arrays are written."""
    outcome = _decided(arrays, tree, key)
    if outcome.verdict != "incorrect":
        return outcome
    wanted = tuple(int(size) for size in arrays.shapes.of(key))
    entries = entries_of(tree)
    width = math.prod(wanted[asked.rows :])
    if len(entries) != math.prod(wanted):
        return outcome
    order = [
        _by_columns(place[: asked.rows], wanted[: asked.rows]) * width
        + _by_columns(place[asked.rows :], wanted[asked.rows :])
        for place in positions(wanted)
    ]
    turned = Array(wanted, tuple(entries[at] for at in order)).tree()
    if arrays.decide(turned, key).verdict == "equal":
        words = "Right if matrices are read column by column (vec), where row by row was expected"
        return to_decide(words, "column-by-column")
    return outcome


def _by_columns(place: Sequence[int], sizes: Sequence[int]) -> int:
    """Which entry of an array one is, counted from 0, if its first index runs first."""
    at = 0
    for index, size in zip(reversed(place), reversed(sizes), strict=True):
        at = at * size + index - 1
    return at


def _flattened(wanted: Shape, rows: int) -> Shape | None:
    """The shape of the matrix that an array of known sizes is flattened to."""
    sizes = [size for size in wanted if isinstance(size, int)]
    if len(sizes) < len(wanted):
        return None
    return math.prod(sizes[:rows]), math.prod(sizes[rows:])


def _other_range(read: Indexed, key: Node, letters: Letters) -> Outcome | None:
    """The outcome of an answer that says other last values of its indices."""
    for letter, last in zip(letters, key.args[2::2], strict=True):
        stated = read.ranges.get(letter or "", "")
        if stated and stated != printer.plain(last):
            words = f"{letter} runs from 1 to {printer.unicode(last)}; your answer says 1 to {stated}."
            return incorrect(words, "range")
    return None


def _ranges(key: Node) -> str:
    """``i, j = 1..m, k = 1..d``."""
    return printer.unicode(Apply("components", (Number(0), *key.args[1:]))).removeprefix("0 for ")


def _decided(arrays: Arrays, tree: Node, key: Node, letters: Letters = ()) -> Outcome:
    """The decision about an array; ``letters`` are those that the answer has for the axes of the key."""
    decision = arrays.decide(tree, key)
    if decision.verdict == "equal":
        return Outcome("correct", Fraction(1), agreement(decision.evidence), decision.evidence)
    if decision.verdict == "unknown":
        return Outcome("review", Fraction(0), NOT_DECIDED, decision.evidence)
    return Outcome("incorrect", Fraction(0), _difference(decision, key, letters), decision.evidence)


def _difference(decision: Decision, key: Node, letters: Letters) -> str:
    evidence = decision.evidence
    names = letters if letters and None not in letters else map(printer.plain, key.args[1::2])
    entry = ", ".join(f"{name} = {at}" for name, at in zip(names, decision.entry, strict=True))
    differs = f"the entry at {entry} of your answer is {evidence.answer}, the right one {evidence.key}"
    return f"At {evidence.point}: {differs}."
