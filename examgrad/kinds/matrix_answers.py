"""Gradients, Jacobians and Hessians of arrays: their keys in matrix notation, and answers in any.

An answer is a matrix expression, one formula for the entry at i, j (``∂L/∂W_{ij} = …``), or an array written out.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from examgrad.calculus.graph import written_with
from examgrad.calculus.matrix.named import MAX_LENGTH, definitions_of, opened, symbols_for
from examgrad.errors import DerivationError, ExamgradError, MathSyntaxError
from examgrad.exam.model import Answer, Given, Part
from examgrad.formula import printer
from examgrad.formula.shapes import Shape, joined_shape, shown, transposed_shape
from examgrad.formula.tree import Apply, Node, Symbol, transform
from examgrad.kinds.array_numbers import array_key, at_numbers
from examgrad.kinds.base import Cell, Derived, Diagnosis, Evidence, Key, Outcome, formula_key, with_lines
from examgrad.kinds.judging import diagnosis_of, overall
from examgrad.kinds.matrix import Arrays, ByIndex, Decision
from examgrad.kinds.matrix_slips import matrix_slip
from examgrad.kinds.numbers import check_numbers
from examgrad.kinds.reading import Formula, Unreadable, read_formula, read_grid, whole_of
from examgrad.kinds.scope import ORDER, Scope

_LONGEST_POINT: Final = 600
"""Signs of a point, up to which a reason shows all of it; the evidence has the rest."""
_NAMING: Final = ("derivative", "gradient", "at")
_UNDECIDED: Final = Evidence("undecided")


def matrix_key(
    kind: str, part: Part, derived: Derived, of: str, wrt: Sequence[str], *, turned: bool = False
) -> Key:  # fmt: skip
    """The key of a derivation in matrix notation, and its numbers where the part has an ``at``."""
    from examgrad.calculus.matrix.algebra import Algebra  # checking does not need it

    algebra = Algebra(Arrays(part.given).shapes)
    trees = list(derived.tree.args) if len(wrt) > 1 else [derived.tree]
    trees = [algebra.transposed(tree) for tree in trees] if turned else trees
    tree = Apply("array", tuple(trees)) if len(wrt) > 1 else trees[0]
    lines = [Apply("equation", (_quotient((of, name)), one)) for name, one in zip(wrt, trees, strict=True)]
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
    return array_key(key, sized.adding(definitions_of(derived.where)), point, opened(tree, symbols))


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


def check_matrix(part: Part, answer: Answer, key: Key, wrt: Sequence[str]) -> Outcome:
    """Judge an answer against ``key.tree``, a matrix expression, or a list of them where ``wrt`` names several."""
    assert key.tree is not None
    if part.fields.at is not None:
        return check_numbers(part, answer, key)
    arrays = Arrays(part.given, key.where)
    of = part.fields.of[0]
    if len(wrt) == 1:
        return _judged(arrays, _read(answer, part.given), key.tree, (of, wrt[0]))
    found = read_grid(answer, Scope.of(part.given), wrt)
    if len(found.entries) != len(wrt):
        message = f"Your answer has {len(found.entries)} formulas, and {len(wrt)} were asked for: {', '.join(wrt)}."
        return Outcome("incorrect", Fraction(0), message, diagnoses=(Diagnosis("wrong-size", message),))
    outcomes = [
        judged_entry(arrays, entry, right, (of, name))
        for entry, right, name in zip(found.entries, key.tree.args, wrt, strict=True)
    ]
    return together(part, outcomes, key.tree.args, wrt)


def judged_entry(
    arrays: Arrays, entry: Formula | Unreadable, key: Node, asked: tuple[str, ...] = ()
) -> Outcome:  # fmt: skip
    """One formula of an answer against its key, a matrix expression; ``asked`` is the derivative asked for."""
    if isinstance(entry, Unreadable):
        diagnosis = diagnosis_of(entry.diagnostic)
        return Outcome("unreadable", Fraction(0), entry.diagnostic.message, _UNDECIDED, diagnoses=(diagnosis,))
    return _judged(arrays, entry, key, asked)


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


def _judged(arrays: Arrays, formula: Formula, key: Node, asked: tuple[str, ...] = ()) -> Outcome:
    """One formula against its key; a derivative that it names is worked out, unless it is the one asked for."""
    try:
        tree = _worked_out(arrays, _without_own(arrays, formula, asked), asked)
    except ExamgradError as error:
        reason = f"This could not be decided: {error}. A person looks at it."
        return Outcome("review", Fraction(0), reason, _UNDECIDED)
    outcome = _decided(arrays, tree, _indices(formula, arrays), key, asked)
    return outcome._replace(answer=printer.plain(formula.tree), answer_unicode=printer.unicode(formula.tree))


def _without_own(arrays: Arrays, formula: Formula, asked: tuple[str, ...]) -> Node:
    """The formula with the names that the answer defines put in, or where that is too long, known to the arrays."""
    own = formula.scope.own
    try:
        return written_with(formula.tree, own, MAX_LENGTH)
    except DerivationError:
        for name, node in own.items():
            arrays.define(name, _worked_out(arrays, node, asked))
        return formula.tree


def _indices(formula: Formula, arrays: Arrays) -> tuple[str, ...]:
    """The free indices of an answer for one entry, the row's first: as ``∂L/∂W_{ij}`` names them, or in their order."""
    free = formula.tree.symbols() - arrays.given.names.variables.keys() - formula.scope.own.keys()
    for claim in formula.claims:
        if isinstance(claim, Apply) and claim.op == "derivative" and len(claim.args) == 2:
            variable = claim.args[1]
            if isinstance(variable, Apply) and variable.op == "entry":
                return tuple(arg.name for arg in variable.args[1:] if isinstance(arg, Symbol))
    bound = {
        node.args[0]
        for node in formula.tree.walk()
        if isinstance(node, Apply) and node.op == "sum" and len(node.args) == 4
    }
    return tuple(sorted(name for name in free if Symbol(name) not in bound))


def _worked_out(arrays: Arrays, tree: Node, asked: tuple[str, ...]) -> Node:
    """The formula with the gradients that it names put in, where names alone are not all it says."""
    if not any(isinstance(item, Apply) and item.op in _NAMING for item in tree.walk()) or not _says_more(tree):
        return tree

    def change(item: Node) -> Node:
        if not isinstance(item, Apply) or item.op not in _NAMING[:2] or len(item.args) != 2:
            return item
        names = tuple(arg.name for arg in item.args if isinstance(arg, Symbol))
        if len(names) < 2 or names == asked or names[0] not in arrays.given.definitions:
            return item
        return arrays.gradient(*names)

    try:
        return transform(tree, change)
    except ExamgradError:
        return tree


def _says_more(tree: Node) -> bool:
    """Whether a formula has names in it beside the derivatives that it names."""
    if isinstance(tree, Apply):
        return tree.op not in _NAMING and any(map(_says_more, tree.args))
    return isinstance(tree, Symbol)


def _quotient(asked: tuple[str, ...]) -> Node:
    return Apply("derivative", tuple(map(Symbol, asked)))


def _decided(
    arrays: Arrays, tree: Node, indices: tuple[str, ...], key: Node, asked: tuple[str, ...]
) -> Outcome:  # fmt: skip
    named = [item for item in tree.walk() if isinstance(item, Apply) and item.op in _NAMING]
    if named and not (_says_more(tree) and all(arrays.knows(item) and item != _quotient(asked) for item in named)):
        reason = "The answer names derivatives without working them out; a person decides whether that was asked."
        return Outcome("review", Fraction(0), reason, _UNDECIDED, diagnoses=(Diagnosis("not-worked-out", reason),))
    wanted = arrays.shapes.of(key)
    try:
        shape = arrays.shapes.of(tree)
    except MathSyntaxError as error:
        slip = matrix_slip(arrays, tree, key)
        reason = f"The sizes do not fit: {error.message}" + (f" ({error.help})" if error.help else "")
        return _incorrect(reason, "sizes", *((slip,) if slip else ()))
    entry = ByIndex(tree, indices) if indices and len(indices) == len(wanted) and shape == () else None
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
    numbers = [f"{printer.unicode_name(name)} = {value}" for name, value in evidence.at.items()]
    shown = [text for at, text in enumerate(numbers) if sum(map(len, numbers[: at + 1])) <= _LONGEST_POINT]
    where = ", ".join(shown or numbers[:1]) + (", …" if len(shown) < len(numbers) else "")
    entry = f"entry ({', '.join(map(str, decision.entry))}) of " if decision.entry else ""
    return f"At {where}: {entry}your answer is {evidence.answer}, the right one {evidence.key}."
