"""Gradients, Jacobians and Hessians of arrays: their keys in matrix notation, and answers in any.

An answer is a matrix expression, one formula for the entry at i, j (``∂L/∂W_{ij} = …``), or an array written out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Final

from examgrad.errors import ExamgradError, MathSyntaxError
from examgrad.exam.model import Answer, Exam, Given, Part
from examgrad.formula import printer
from examgrad.formula.shapes import Shape, joined_shape, shown, transposed_shape
from examgrad.formula.tree import ONE, Apply, Node, Symbol
from examgrad.kinds.array_numbers import array_key, at_numbers, at_point
from examgrad.kinds.base import Cell, Derived, Diagnosis, Evidence, Key, Outcome, formula_key
from examgrad.kinds.claims import solved
from examgrad.kinds.derived import canonicals
from examgrad.kinds.judging import diagnosis_of, overall
from examgrad.kinds.matrix import Arrays, ByIndex, Decision
from examgrad.kinds.matrix_claims import Places, broken_claim, names_asked, places_of
from examgrad.kinds.matrix_slips import matrix_slip, scaled_rows
from examgrad.kinds.named_derivatives import NAMING, NamedDerivatives, names_derivatives
from examgrad.kinds.numbers import check_numbers
from examgrad.kinds.reading import Formula, Unreadable, read_formula, read_grid, whole_of
from examgrad.kinds.scope import ORDER, Scope
from examgrad.kinds.tensors import check_tensor, is_tensor, tensor_key

_UNDECIDED: Final = Evidence("undecided")


def matrix_key(
    kind: str, part: Part, derived: Derived, of: str, wrt: Sequence[str], *, turned: bool = False
) -> Key:  # fmt: skip
    """The key of a derivation in matrix notation, and its numbers where the part has an ``at``."""
    from examgrad.calculus.matrix.algebra import Algebra  # checking does not need it

    if is_tensor(derived.tree):
        return tensor_key(kind, part, derived, of, wrt[0], turned=turned)
    algebra = Algebra(Arrays(part.given).shapes)
    trees = list(derived.tree.args) if len(wrt) > 1 else [derived.tree]
    trees = [algebra.transposed(tree) for tree in trees] if turned else trees
    tree = Apply("array", tuple(trees)) if len(wrt) > 1 else trees[0]
    lines = [
        Apply("equation", (Apply("derivative", (Symbol(of), Symbol(name))), one))
        for name, one in zip(wrt, trees, strict=True)
    ]
    key = formula_key(
        kind, part.name, tree, *(lines if len(wrt) > 1 else ()), verified=derived.verified, steps=derived.steps
    )
    return key if part.fields.at is None else array_key(key, *at_numbers(part.given, part.fields.at), tree)


def check_matrix(part: Part, exam: Exam, answer: Answer, key: Key, wrt: Sequence[str]) -> Outcome:
    """Judge an answer against ``key.tree``, a matrix expression, or a list of them where ``wrt`` names several."""
    assert key.tree is not None
    if is_tensor(key.tree):
        return check_tensor(part, answer, key, wrt[0])
    if part.fields.at is not None:
        return check_numbers(part, answer, key)
    derivatives = derivatives_of(part, exam)
    (of,) = canonicals(part.fields.of[:1], part.given)
    if len(wrt) == 1:
        by = (wrt[0], wrt[0]) if part.kind == "hessian" else (wrt[0],)
        return _judged(derivatives, _read(answer, part.given), key.tree, (of, *by))
    found = read_grid(answer, Scope.of(part.given), wrt)
    if len(found.entries) != len(wrt):
        message = f"Your answer has {len(found.entries)} formulas, and {len(wrt)} were asked for: {', '.join(wrt)}."
        return Outcome("incorrect", Fraction(0), message, diagnoses=(Diagnosis("wrong-size", message),))
    outcomes = [
        judged_entry(derivatives, entry, right, (of, name))
        for entry, right, name in zip(found.entries, key.tree.args, wrt, strict=True)
    ]
    return together(part, outcomes, key.tree.args, wrt)


def derivatives_of(part: Part, exam: Exam) -> NamedDerivatives:
    """The derivatives of a part's problem as the class writes them, at its numbers where it has an ``at``."""
    given = part.given if part.fields.at is None else at_point(part.given, part.fields.at)
    arrays, row, denominator = Arrays(given), exam.conventions.gradient == "row", part.fields.layout == "denominator"
    turned = row and part.kind == "gradient"
    if part.kind == "jacobian":
        turned = denominator == bool(arrays.shapes.of(Symbol(given.names.find(part.fields.of[0]) or "")))
    return NamedDerivatives(arrays, row=row, denominator=denominator, turned=turned)


def judged_entry(
    derivatives: NamedDerivatives, entry: Formula | Unreadable, key: Node, asked: tuple[str, ...] = ()
) -> Outcome:  # fmt: skip
    """One formula of an answer against its key, a matrix expression; ``asked`` is the derivative asked for."""
    if isinstance(entry, Unreadable):
        diagnosis = diagnosis_of(entry.diagnostic)
        return Outcome("unreadable", Fraction(0), entry.diagnostic.message, _UNDECIDED, diagnoses=(diagnosis,))
    return _judged(derivatives, entry, key, asked)


def together(part: Part, outcomes: Sequence[Outcome], keys: Sequence[Node], wrt: Sequence[str]) -> Outcome:
    """Several gradients as one outcome; each counts by itself."""
    cells = tuple(
        Cell(row, 1, outcome.verdict, outcome.answer, printer.plain(key))
        for row, (outcome, key) in enumerate(zip(outcomes, keys, strict=True), 1)
    )
    verdict = overall([outcome.verdict for outcome in outcomes])
    right = sum(outcome.verdict == "correct" for outcome in outcomes)
    whole = right == len(outcomes) or part.credit.entries
    wrong = next((place for place, outcome in enumerate(outcomes) if outcome.verdict != "correct"), None)
    least = max((item.evidence or _UNDECIDED for item in outcomes), key=lambda item: ORDER.index(item.method))
    reason = outcomes[0].reason if wrong is None else f"{printer.unicode_name(wrt[wrong])}: {outcomes[wrong].reason}"
    share = Fraction(right, len(outcomes)) if whole else Fraction(0)
    return Outcome(
        verdict if whole or verdict != "partial" else "incorrect", share, reason,
        least if wrong is None else outcomes[wrong].evidence,
        "; ".join(item.answer for item in outcomes), "; ".join(item.answer_unicode for item in outcomes), cells=cells,
        diagnoses=tuple(diagnosis for item in outcomes for diagnosis in item.diagnoses),
    )  # fmt: skip


def _read(answer: Answer, given: Given) -> Formula:
    """The one formula (or array) of an answer."""
    scope = Scope.of(given)
    value = answer.value if answer.value is not None else answer.work
    if isinstance(value, str):
        return read_formula(value, scope)
    grid = read_grid(answer, scope, ())
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
    return outcome._replace(answer=printer.plain(formula.tree), answer_unicode=printer.unicode(formula.tree))


def _judged_side(
    derivatives: NamedDerivatives, formula: Formula, key: Node, asked: tuple[str, ...], *, is_solved: bool = False
) -> Outcome:  # fmt: skip
    """What a line arrives at, and what else the answer says; where it ``is_solved``, its line is looked at no more."""
    arrays = derivatives.arrays
    stated = formula.scope.without_own(formula.tree)
    named = next(filter(names_asked(asked), stated.walk()), None)
    if named is not None:
        return _incorrect(f"{printer.unicode(named)} is what was asked for; the answer must work it out.", "restated")
    places = places_of(formula, arrays)
    tree = _worked_out(derivatives, stated, asked)
    outcome = _by_places(derivatives, tree, places, key)
    if outcome.verdict == "incorrect":
        for other, reason, code in _other_readings(derivatives, formula, tree, asked):
            if other != tree and _by_places(derivatives, other, places, key).verdict == "correct":
                return _to_decide(reason, code)
    if outcome.verdict == "correct":
        said = formula._replace(claims=()) if is_solved else formula
        if broken := broken_claim(derivatives, said, tree, key, asked):
            return _to_decide(f"The last side is right, but {broken}, which does not hold", "broken-chain")
    return outcome


def _by_places(derivatives: NamedDerivatives, tree: Node, places: Places, key: Node) -> Outcome:
    """The decision; the entry of ``∂L/∂W_{ij}`` is that of the array itself, however the class writes the whole."""
    arrays, letters = derivatives.arrays, places.letters
    written = places.said_by == "label" and len(letters) == len(arrays.shapes.of(key))
    try:
        by_entry = letters and arrays.shapes.of(tree) == ()
    except MathSyntaxError:
        by_entry = False
    if not derivatives.turned or written or not by_entry:
        return _decided(arrays, tree, letters, key)
    outcome = _decided(arrays, tree, letters, Apply("transpose", (key,)))
    if (
        outcome.verdict == "incorrect"
        and not places.said_by
        and _decided(arrays, tree, letters, key).verdict == "correct"
    ):
        words = " and ".join(letters)
        return _to_decide(f"Right if {words} are the row and the column, which the answer does not say", "index-order")
    return outcome


def _other_readings(
    derivatives: NamedDerivatives, formula: Formula, tree: Node, asked: tuple[str, ...]
) -> Iterator[tuple[Node, str, str]]:  # fmt: skip
    """What else a formula may mean to some, with what is said where that is right, and the code of it."""
    stated = formula.scope.without_own(formula.tree)
    if names_derivatives(stated):
        other = _worked_out(derivatives.transposed_jacobians(), stated, asked)
        yield other, "Right if each Jacobian in it is the transpose of what this class writes", "layout"
    if formula.other is not None:
        two = f"{printer.unicode(formula.tree)} or {printer.unicode(formula.other)}"
        other = _worked_out(derivatives, formula.scope.without_own(formula.other), asked)
        yield other, f"This can be read in two ways, {two}, and only one of them is right", "ambiguous"
    yield (
        scaled_rows(derivatives.arrays, tree),
        "Right if a column times a matrix, entry by entry, scales the rows of the matrix: diag(a) B for a ∘ B",
        "broadcast",
    )


def _worked_out(derivatives: NamedDerivatives, tree: Node, asked: tuple[str, ...]) -> Node:
    """The formula with the derivatives that it names put in, where names alone are not all it says."""
    if names_derivatives(tree) and _says_more(tree):
        with suppress(ExamgradError):  # else it stays named, and a person decides
            return derivatives.worked_out(tree, but=asked)
    return tree


def _to_decide(reason: str, code: str) -> Outcome:
    reason += "; a person decides."
    return Outcome("review", Fraction(0), reason, _UNDECIDED, diagnoses=(Diagnosis(code, reason),))


def _says_more(tree: Node) -> bool:
    """Whether a formula has names in it beside the derivatives that it names."""
    if isinstance(tree, Apply):
        return tree.op not in NAMING and any(map(_says_more, tree.args))
    return isinstance(tree, Symbol)


def _decided(arrays: Arrays, tree: Node, indices: tuple[str, ...], key: Node) -> Outcome:
    if names_derivatives(tree):
        return _to_decide("The answer names derivatives without working them out", "not-worked-out")
    wanted = arrays.shapes.of(key)
    try:
        shape = arrays.shapes.of(tree)
    except MathSyntaxError as error:
        slip = matrix_slip(arrays, tree, key)
        reason = f"The sizes do not fit: {error.message}" + (f" ({error.help})" if error.help else "")
        return _incorrect(reason, "sizes", *((slip,) if slip else ()))
    entry = ByIndex(tree, indices) if indices and len(indices) == len(wanted) and shape == () else None
    if entry is None and indices:
        if (summed := _sum_missing(arrays, tree, indices, key)) is not None:
            return _incorrect(summed, "sum-missing")
        if shape != ():
            letters = " and ".join(indices)
            return _to_decide(f"Your answer is an array and still has {letters} in it, which nothing binds", "index")
    if entry is None and (len(shape) != len(wanted) or joined_shape(shape, wanted) is None):
        return _other_shape(arrays, tree, key, shape, wanted)
    decision = arrays.decide(entry or tree, key)
    if decision.verdict == "equal":
        return Outcome("correct", Fraction(1), _agreement(decision), decision.evidence)
    if decision.verdict == "unknown":
        return Outcome("review", Fraction(0), "This could not be decided; a person looks at it.", decision.evidence)
    slip = matrix_slip(arrays, tree, key) if entry is None else None
    diagnoses = (slip,) if slip is not None else ()
    return Outcome("incorrect", Fraction(0), _difference(decision), decision.evidence, diagnoses=diagnoses)


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


def _incorrect(reason: str, code: str, *further: Diagnosis) -> Outcome:
    return Outcome("incorrect", Fraction(0), reason, Evidence("stated"), diagnoses=(Diagnosis(code, reason), *further))


def _other_shape(arrays: Arrays, tree: Node, key: Node, shape: Shape, wanted: Shape) -> Outcome:
    """The outcome of an answer of another shape than the key's: its transpose may be right."""
    sizes = f"your answer is {shown(shape)}, the right one {shown(wanted)}"
    turned = Apply("transpose", (tree,))
    if joined_shape(transposed_shape(shape), wanted) is not None and arrays.decide(turned, key).verdict == "equal":
        return _incorrect(f"Every entry is right, but the answer is transposed: {sizes}.", "transposed")
    slip = matrix_slip(arrays, tree, key)
    return _incorrect(f"The sizes differ: {sizes}.", "wrong-size", *((slip,) if slip else ()))


def _agreement(decision: Decision) -> str:
    if decision.evidence.method == "identical":
        return "This is the key itself."
    note = decision.evidence.note
    return f"Right: equal to the key ({note})." if note else "Right: proved equal to the key."


def _difference(decision: Decision) -> str:
    evidence = decision.evidence
    where = ", ".join(f"{printer.unicode_name(name)} = {value}" for name, value in evidence.at.items())
    entry = f"entry ({', '.join(map(str, decision.entry))}) of " if decision.entry else ""
    return f"At {where}: {entry}your answer is {evidence.answer}, the right one {evidence.key}."
