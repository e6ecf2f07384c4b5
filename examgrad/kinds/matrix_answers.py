"""Gradients, Jacobians and Hessians of arrays: their keys in matrix notation, and answers in any.

An answer is a matrix expression, one formula for the entry at i, j (``∂L/∂W_{ij} = …``), or an array written out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import islice
from typing import Final

from examgrad.calculus.graph import written_with
from examgrad.calculus.matrix.named import MAX_LENGTH, definitions_of, opened, symbols_for
from examgrad.errors import DerivationError, ExamgradError, MathSyntaxError
from examgrad.exam.model import Answer, Exam, Given, Part
from examgrad.formula import printer
from examgrad.formula.array_values import entries_of, positions
from examgrad.formula.code import is_code
from examgrad.formula.tree import ZERO, Apply, Node, Number, Symbol, transform
from examgrad.kinds.array_numbers import array_key, at_numbers, at_point
from examgrad.kinds.asked_entries import names_of, names_of_arrays
from examgrad.kinds.base import (
    UNDECIDED,
    Cell,
    Derived,
    Diagnosis,
    Key,
    Outcome,
    formula_key,
    incorrect,
    review,
    with_lines,
)
from examgrad.kinds.claims import BROKEN_CHAIN, LEAVES_OUT, restated, solved, told, unlike
from examgrad.kinds.derived import canonicals, gradient_is_row, with_numbers
from examgrad.kinds.diagonals import diagonal_and_rest
from examgrad.kinds.dotted_diagonals import without_dots
from examgrad.kinds.entry_names import EntryNames
from examgrad.kinds.grids import Grid, named_entries, pieces_of, read_grid, whole_of
from examgrad.kinds.judging import overall, unread
from examgrad.kinds.matrix import Arrays
from examgrad.kinds.matrix_claims import Places, broken_claim, names_asked, places_of
from examgrad.kinds.matrix_decisions import decided, leaves_out, not_worked_out, to_decide
from examgrad.kinds.matrix_letters import marked_sizes, sizes_as_letters, with_bound_letters
from examgrad.kinds.matrix_readings import broadcasts, notations, settled, spreads_both_ways
from examgrad.kinds.named_derivatives import NamedDerivatives
from examgrad.kinds.numbers import check_numbers
from examgrad.kinds.own_derivatives import as_stated, entry_by_entry, with_own_primes
from examgrad.kinds.reading import Formula, Unreadable, read_formula
from examgrad.kinds.scope import NAMED, Scope, names_derivatives
from examgrad.kinds.tensors import check_tensor, is_tensor, tensor_key

_ZERO: Final = re.compile(r"(?:[^=\n]*=)?\s*(?:the\s+)?(?:zero|null)[- ](?:matrix|vector)\s*\.?\s*", re.IGNORECASE)
_STAR: Final = re.compile(r"(?<!\.)[*∗]|\\ast\b")
_ENTRYWISE: Final = re.compile(r"\.\*|[∘⊙]|\\(?:circ|odot)\b")
_DOTS: Final = re.compile(r"[·⋅∙•]|\\cdot\b")


def matrix_key(kind: str, part: Part, derived: Derived, of: str, wrt: Sequence[str], *, turned: bool = False) -> Key:
    """The key of a derivation in matrix notation, and its numbers where the part has an ``at``."""
    from examgrad.calculus.matrix.algebra import Algebra  # checking does not need it

    if kind != "gradient" and is_tensor(derived.tree):
        return tensor_key(kind, part, derived, of, wrt[0], turned=turned)
    algebra = Algebra(Arrays(part.given).shapes)
    trees = list(derived.tree.args) if len(wrt) > 1 else [derived.tree]
    trees = [algebra.transposed(tree) for tree in trees] if turned else trees
    tree = Apply("array", tuple(trees)) if len(wrt) > 1 else trees[0]
    lines = [
        Apply("equation", (Apply("derivative", (Symbol(of), Symbol(name))), one))
        for name, one in zip(wrt, trees, strict=True)
    ]
    shown = lines if len(wrt) > 1 else ()
    key = formula_key(kind, part.name, tree, *shown, verified=derived.verified, steps=derived.steps)
    if derived.where:
        named = [
            Apply("equation", (name, algebra.transposed(node) if turned else node)) for name, node in derived.where
        ]
        lines = [_with_rows(line) for line in (*named, *lines)] if turned else [*named, *lines]
        key = with_lines(key, lines)._replace(where=derived.where)
    if part.fields.at is None:
        return key
    sized, point = at_numbers(part.given, part.fields.at)
    symbols = symbols_for(name for name, _ in derived.where)
    wholes = [opened(one, symbols) for one in trees]
    return array_key(key, sized.adding(definitions_of(derived.where)), point, *wholes)


def _with_rows(line: Apply) -> Apply:
    """An equation of a class whose gradients are rows: (∂L/∂h)ᵀ is ∂L/∂h there."""
    left, right = line.args

    def change(item: Node) -> Node:
        if isinstance(item, Apply) and item.op == "derivative":
            return Apply("transpose", (item,))
        if isinstance(item, Apply) and item.op == "transpose" and isinstance(item.args[0], Apply):
            return item.args[0].args[0] if item.args[0].op == "transpose" else item
        return item

    return Apply("equation", (left, transform(right, change)))


def check_matrix(part: Part, exam: Exam, answer: Answer, key: Key, wrt: Sequence[str]) -> Outcome:
    """Judge an answer against ``key.tree``, a matrix expression, or a list of them where ``wrt`` names several."""
    assert key.tree is not None
    if part.kind != "gradient" and is_tensor(key.tree):
        return check_tensor(part, answer, key, wrt[0])
    if part.fields.at is not None:
        return check_numbers(part, answer, key) if len(wrt) == 1 else _numbers_of_several(part, answer, key, wrt)
    derivatives = derivatives_of(part, exam)
    tree = derivatives.arrays.opened(key.tree, key.where)
    (of,) = canonicals(part.fields.of[:1], part.given)
    scope = Scope.of(part.given)
    if len(wrt) == 1:
        if (entries := named_entries(answer, scope, names_of(part))) is not None:
            return _by_entries(part, derivatives, entries, tree)
        by = (wrt[0], wrt[0]) if part.kind == "hessian" else (wrt[0],)
        return _of_one(derivatives, answer, tree, (of, *by))
    found = read_grid(answer, scope, names_of_arrays(of, *([name] for name in wrt)))
    if len(found.entries) != len(wrt):
        message = f"Your answer has {len(found.entries)} formulas, and {len(wrt)} were asked for: {', '.join(wrt)}."
        return Outcome("incorrect", Fraction(0), message, diagnoses=(Diagnosis("wrong-size", message),))
    outcomes = [
        judged_entry(derivatives, entry, right, (of, name))
        for entry, right, name in zip(found.entries, tree.args, wrt, strict=True)
    ]
    return together(part, outcomes, [printer.plain(right) for right in key.tree.args], wrt)


def _of_one(derivatives: NamedDerivatives, answer: Answer, key: Node, asked: tuple[str, ...]) -> Outcome:
    """An answer that is one formula, or two for the diagonal of a matrix and its other entries."""
    given, text = derivatives.arrays.given, answer.written
    if isinstance(text, str) and len(derivatives.arrays.shapes.of(key)) == 2:
        found = diagonal_and_rest(text, Scope.of(given))
        if isinstance(found, str):
            return to_decide(found, "index")
        if found is not None:
            return _judged(derivatives, found, key, asked)
    names = names_of_arrays(asked[0], asked[1:])
    return _judged(derivatives, _read(answer, given, names), key, asked)


def _by_entries(part: Part, derivatives: NamedDerivatives, grid: Grid, key: Node) -> Outcome:
    """An array of a size that is a number, given by its entries; each counts by itself."""
    names = names_of(part)
    if part.kind == "gradient" and derivatives.turned:  # its entries are those of the array itself
        key = Apply("transpose", (key,))
    places = positions([size for size in derivatives.arrays.shapes.of(key) if isinstance(size, int)])
    keys: list[Node] = [Apply("entry", (key, *map(Number, place))) for place in places]
    if len(keys) != len(grid.entries):
        raise ValueError("the names of the entries are not those of the key")
    outcomes = [judged_entry(derivatives, entry, one) for entry, one in zip(grid.entries, keys, strict=True)]
    return together(part, outcomes, list(map(printer.plain, keys)), names.labels)


def _numbers_of_several(part: Part, answer: Answer, key: Key, wrt: Sequence[str]) -> Outcome:
    """Numbers for several names, each an array of its own shape: by name, as a list of them, or all in one list."""
    assert key.tree is not None
    keys = [with_numbers(key, tree) for tree in key.tree.args]
    (of,) = canonicals(part.fields.of, part.given)
    pieces = pieces_of(answer, Scope.of(part.given), names_of_arrays(of, *([name] for name in wrt)))
    counts = [len(entries_of(tree)) for tree in key.tree.args]
    if len(pieces) == sum(counts) and len(pieces) > len(wrt):
        rest = iter(pieces)
        pieces = [list(islice(rest, count)) for count in counts]
    if len(pieces) != len(wrt):
        have = "one entry" if len(pieces) == 1 else f"{len(pieces)} entries"
        message = f"Your answer has {have}, and {len(wrt)} were asked for: {', '.join(wrt)}."
        return Outcome("incorrect", Fraction(0), message, diagnoses=(Diagnosis("wrong-size", message),))
    outcomes = []
    for piece, one in zip(pieces, keys, strict=True):
        try:
            outcomes.append(check_numbers(part, Answer(piece), one))
        except Unreadable as error:
            outcomes.append(unread(error))
    return together(part, outcomes, [one.text for one in keys], wrt)


def derivatives_of(part: Part, exam: Exam) -> NamedDerivatives:
    """The derivatives of a part's problem as the class writes them, at its numbers where it has an ``at``."""
    given = part.given if part.fields.at is None else at_point(part.given, part.fields.at)
    arrays, row, denominator = Arrays(given), gradient_is_row(part, exam), part.fields.layout == "denominator"
    turned = row and part.kind == "gradient"
    if part.kind == "jacobian":
        turned = denominator == bool(arrays.shapes.of(Symbol(given.names.find(part.fields.of[0]) or "")))
    return NamedDerivatives(arrays, row=row, denominator=denominator, turned=turned)


def judged_entry(
    derivatives: NamedDerivatives, entry: Formula | Unreadable, key: Node, asked: tuple[str, ...] = ()
) -> Outcome:
    """One formula of an answer against its key, a matrix expression; ``asked`` is the derivative asked for."""
    return unread(entry) if isinstance(entry, Unreadable) else _judged(derivatives, entry, key, asked)


def together(part: Part, outcomes: Sequence[Outcome], keys: Sequence[str], wrt: Sequence[str]) -> Outcome:
    """Several gradients as one outcome; each counts by itself. ``keys`` are told as they stand."""
    cells = tuple(
        Cell(row, 1, outcome.verdict, outcome.answer, key)
        for row, (outcome, key) in enumerate(zip(outcomes, keys, strict=True), 1)
    )
    verdict = overall([outcome.verdict for outcome in outcomes])
    right = sum(outcome.verdict == "correct" for outcome in outcomes)
    whole = right == len(outcomes) or part.credit.entries
    wrong = next((place for place, outcome in enumerate(outcomes) if outcome.verdict != "correct"), None)
    least = max((item.evidence or UNDECIDED for item in outcomes), key=lambda item: item.doubt)
    reason = outcomes[0].reason if wrong is None else f"{printer.unicode_name(wrt[wrong])}: {outcomes[wrong].reason}"
    share = Fraction(right, len(outcomes)) if whole else Fraction(0)
    return Outcome(
        verdict if whole or verdict != "partial" else "incorrect", share, reason,
        least if wrong is None else outcomes[wrong].evidence,
        "; ".join(item.answer for item in outcomes), "; ".join(item.answer_unicode for item in outcomes), cells=cells,
        diagnoses=tuple(diagnosis for item in outcomes for diagnosis in item.diagnoses),
    )  # fmt: skip


def _read(answer: Answer, given: Given, names: EntryNames) -> Formula:
    """The one formula (or array) of an answer."""
    scope = Scope.of(given)
    value = answer.written
    if isinstance(value, str):
        text = with_own_primes(without_dots(value, given.names), given.names)
        zero = _ZERO.fullmatch(text)
        return Formula(text, ZERO, scope) if zero else read_formula(text, scope, names)
    grid = read_grid(answer, scope)
    for entry in grid.entries:
        if isinstance(entry, Unreadable):
            raise entry
    tree = whole_of(grid)
    assert tree is not None
    return Formula("", tree, scope)


def _judged(derivatives: NamedDerivatives, formula: Formula, key: Node, asked: tuple[str, ...] = ()) -> Outcome:
    """One formula against its key; a derivative that it names is worked out, unless it is the one asked for."""
    outcome = _judged_side(derivatives, formula, key, asked)
    if outcome.verdict == "incorrect":
        for claim in formula.claims:  # 2 ∂L/∂W = …
            tree = solved(claim, formula.tree, names_asked(asked))
            if tree is not None and tree != formula.tree:
                found = _judged_side(derivatives, formula._replace(tree=tree, other=None), key, asked, is_solved=True)
                outcome = found if found.verdict == "correct" else outcome
    return outcome.read_as(formula.tree)


def _judged_side(
    derivatives: NamedDerivatives, formula: Formula, key: Node, asked: tuple[str, ...], *, is_solved: bool = False
) -> Outcome:
    """What a line arrives at, and what else the answer says; where it ``is_solved``, its line is looked at no more."""
    arrays = derivatives.arrays
    formula = entry_by_entry(derivatives, formula)
    formula = formula._replace(tree=with_bound_letters(arrays, formula.tree))
    places = places_of(formula, arrays)
    if (letters := marked_sizes(arrays, places.letters)) != places.letters:
        places = places._replace(letters=letters)
        claims = tuple(sizes_as_letters(arrays, claim) for claim in formula.claims)
        formula = formula._replace(tree=sizes_as_letters(arrays, formula.tree), claims=claims)
    try:
        stated = _without_own(derivatives, formula.tree, formula.scope, asked)
    except ExamgradError as error:
        return not_worked_out(error)
    named = next(filter(names_asked(asked), stated.walk()), None)
    if named is not None:
        return incorrect(restated(named), "restated")
    tree = settled(arrays, _worked_out(derivatives, stated, asked, says_more=_says_more(as_stated(formula))))
    outcome = _by_places(derivatives, tree, places, key)
    if outcome.verdict == "correct" and tree != key and _fits_both_ways(arrays, formula.text, tree):
        return to_decide("Right if a column beside a square matrix stands for every row of it", "broadcast")
    if outcome.verdict == "incorrect" and (meant := _meant(derivatives, tree, places, key, formula.text)) is not None:
        outcome = meant
    lettered = sizes_as_letters(arrays, formula.tree) if outcome.verdict == "incorrect" else formula.tree
    if lettered != formula.tree and not places.said_by:
        return _judged_side(derivatives, formula._replace(tree=lettered), key, asked, is_solved=is_solved)
    if outcome.verdict == "incorrect":
        for other, reason, code in _other_readings(derivatives, formula, tree, asked, key):
            if other != tree and _by_places(derivatives, other, places, key).verdict == "correct":
                return to_decide(reason, code)
    if outcome.verdict == "correct":

        def is_unequal(rival: Node) -> bool:
            other = formula._replace(tree=rival, claims=(), stated=(), rivals=(), other=None)
            return _judged_side(derivatives, other, key, asked, is_solved=True).verdict == "incorrect"

        if reason := unlike(formula.tree, formula.rivals, is_unequal):
            return review(reason, "two-answers")
        if leaves_out(arrays, tree):
            return review(LEAVES_OUT, "missing-case")
        said = formula._replace(claims=()) if is_solved else formula
        if broken := broken_claim(derivatives, said, tree, key, asked):
            return review(told(broken), BROKEN_CHAIN)
    return outcome


def _fits_both_ways(arrays: Arrays, text: str, tree: Node) -> bool:
    """Whether a column in a formula may be meant for every row or for every column of a matrix.

    Not in code, whose library says which, nor where the exam itself writes so.
    """
    if is_code(text) or not spreads_both_ways(arrays, tree):
        return False
    return not any(spreads_both_ways(arrays, node) for node in arrays.given.definitions.values())


def _by_places(derivatives: NamedDerivatives, tree: Node, places: Places, key: Node) -> Outcome:
    """The decision; the entry of ``∂L/∂W_{ij}`` is that of the array itself, however the class writes the whole."""
    arrays, letters = derivatives.arrays, places.letters
    written = places.said_by == "label" and len(letters) == len(arrays.shapes.of(key))
    try:
        by_entry = letters and arrays.shapes.of(tree) == ()
    except MathSyntaxError:
        by_entry = False
    if not derivatives.turned or written or not by_entry:
        return decided(arrays, tree, letters, key)
    outcome = decided(arrays, tree, letters, Apply("transpose", (key,)))
    if (
        outcome.verdict == "incorrect"
        and not places.said_by
        and decided(arrays, tree, letters, key).verdict == "correct"
    ):
        words = " and ".join(letters)
        return to_decide(f"Right if {words} are the row and the column, which the answer does not say", "index-order")
    return outcome


def _meant(derivatives: NamedDerivatives, tree: Node, places: Places, key: Node, text: str) -> Outcome | None:
    """The outcome of an answer that is right in a notation of its own; a ``*`` beside a ∘ is the other product."""
    distinct = bool(_STAR.search(text) and _ENTRYWISE.search(text))
    for reading in notations(derivatives.arrays, tree, code=is_code(text), distinct=distinct):
        outcome = _by_places(derivatives, reading.tree, places, key) if reading.tree != tree else None
        if outcome is not None and outcome.verdict == "correct":
            if not reading.clear:
                return to_decide(f"Right if {reading.words}", "ambiguous")
            return outcome._replace(reason=f"{outcome.reason.rstrip('.')}, where {reading.words}.")
    return None


def _other_readings(
    derivatives: NamedDerivatives, formula: Formula, tree: Node, asked: tuple[str, ...], key: Node
) -> Iterator[tuple[Node, str, str]]:
    """What else a formula may mean to some, with what is said where that is right, and the code of it."""
    stated = _without_own(derivatives, formula.tree, formula.scope, asked)
    if names_derivatives(stated):
        other = _worked_out(derivatives.transposed_jacobians(), stated, asked)
        yield other, "Right if each Jacobian in it is the transpose of what this class writes", "layout"
    for said in formula.others():
        two = f"{printer.unicode(formula.tree)} or {printer.unicode(said)}"
        other = _worked_out(derivatives, _without_own(derivatives, said, formula.scope, asked), asked)
        yield other, f"This can be read in two ways, {two}, and only one of them is right", "ambiguous"
    if _DOTS.search(formula.text):
        with suppress(Unreadable):
            dotted = read_formula(_DOTS.sub("∘", formula.text), formula.scope)
            other = settled(derivatives.arrays, _without_own(derivatives, dotted.tree, dotted.scope, asked))
            yield other, "Right if the dot is the product entry by entry, not the inner product", "ambiguous"
    arrays = derivatives.arrays
    starred = _STAR.search(formula.text) is not None and _ENTRYWISE.search(formula.text) is None
    for reading in broadcasts(arrays, tree, arrays.shapes.of(key), starred=starred):
        yield reading.tree, f"Right if {reading.words}", "broadcast"


def _without_own(derivatives: NamedDerivatives, tree: Node, scope: Scope, asked: tuple[str, ...]) -> Node:
    """The formula with the names that the answer defines put in; where that is too long, they are definitions."""
    own = scope.own
    try:
        return written_with(tree, own, MAX_LENGTH)
    except DerivationError:
        for name, node in own.items():
            derivatives.arrays.define(name, _worked_out(derivatives, node, asked))
        return tree


def _worked_out(derivatives: NamedDerivatives, tree: Node, asked: tuple[str, ...], *, says_more: bool = False) -> Node:
    """The formula with the derivatives that it names put in, where names alone are not all it says."""
    if names_derivatives(tree) and (says_more or _says_more(tree)):
        with suppress(ExamgradError):  # else it stays named, and a person decides
            return derivatives.worked_out(tree, but=asked)
    return tree


def _says_more(tree: Node) -> bool:
    """Whether a formula has names in it beside the derivatives that it names."""
    if isinstance(tree, Apply):
        return tree.op not in NAMED and any(map(_says_more, tree.args))
    return isinstance(tree, Symbol)
