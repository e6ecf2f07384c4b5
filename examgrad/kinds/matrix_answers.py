"""Gradients, Jacobians and Hessians of arrays: their keys in matrix notation, and answers in any."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from examgrad.calculus.graph import Graph
from examgrad.calculus.matrix.algebra import Algebra
from examgrad.errors import MathSyntaxError
from examgrad.exam.model import Answer, Given, Part
from examgrad.formula import printer
from examgrad.formula.shapes import Shape, joined_shape, shown, transposed_shape
from examgrad.formula.tree import Apply, Node, Number, mul, substitute
from examgrad.kinds.array_numbers import array_key, at_numbers
from examgrad.kinds.base import Derived, Diagnosis, Evidence, Key, Outcome, formula_key
from examgrad.kinds.matrix import Arrays, Decision
from examgrad.kinds.numbers import check_numbers
from examgrad.kinds.reading import Formula, read_formula, unreadable
from examgrad.kinds.scope import Scope

_NAMING: Final = ("derivative", "gradient", "at")
_UNDECIDED: Final = Evidence("undecided")
_FACTORS: Final = tuple(Fraction(*pair) for pair in ((2, 1), (1, 2), (-1, 1), (-2, 1), (-1, 2)))


def about_arrays(given: Given, *names: str) -> bool:
    """Whether one of these names is an array, or is made of one."""
    graph = Graph(given.definitions)
    used = frozenset(names).union(*map(graph.ancestors, names))
    return any(given.names.variables[name].shape for name in used if name in given.names.variables)


def matrix_key(kind: str, part: Part, derived: Derived, *, turned: bool = False) -> Key:
    """The key of a derivation in matrix notation, and its numbers where the part has an ``at``."""
    shapes = Arrays(part.given).shapes
    tree = Algebra(shapes).transposed(derived.tree) if turned else derived.tree
    key = formula_key(kind, part.name, tree, verified=derived.verified, steps=derived.steps)
    if part.fields.at is None:
        return key
    return array_key(key, *at_numbers(part.given, part.fields.at), tree)


def check_matrix(part: Part, answer: Answer, key: Key, *, what: str) -> Outcome:
    """Judge an answer against ``key.tree``, a matrix expression. ``what`` is what was asked for, in words."""
    if part.fields.at is not None:
        return check_numbers(part, answer, key)
    value = answer.value if answer.value is not None else answer.work
    if not isinstance(value, str):
        raise unreadable(value, f"one formula for {what} was expected here")
    formula = read_formula(value, Scope.of(part.given))
    assert key.tree is not None
    outcome = _judged(Arrays(part.given), _own_names_put_in(formula), key.tree)
    return outcome._replace(answer=printer.plain(formula.tree), answer_unicode=printer.unicode(formula.tree))


def _judged(arrays: Arrays, tree: Node, key: Node) -> Outcome:
    if any(isinstance(item, Apply) and item.op in _NAMING for item in tree.walk()):
        reason = "The answer names derivatives without working them out; a person decides whether that was asked."
        return Outcome("review", Fraction(0), reason, _UNDECIDED, diagnoses=(Diagnosis("not-worked-out", reason),))
    wanted = arrays.shapes.of(key)
    try:
        shape = arrays.shapes.of(tree)
    except MathSyntaxError as error:
        return _incorrect(
            f"The sizes do not fit: {error.message}" + (f" ({error.help})" if error.help else ""), "sizes"
        )
    if len(shape) != len(wanted) or joined_shape(shape, wanted) is None:
        return _other_shape(arrays, tree, key, shape, wanted)
    decision = arrays.decide(tree, key)
    if decision.verdict == "equal":
        return Outcome("correct", Fraction(1), _agreement(decision), decision.evidence)
    if decision.verdict == "unknown":
        return Outcome("review", Fraction(0), "This could not be decided; a person looks at it.", decision.evidence)
    slip = _slip(arrays, tree, key, shape)
    diagnoses = (slip,) if slip is not None else ()
    return Outcome("incorrect", Fraction(0), _difference(decision), decision.evidence, diagnoses=diagnoses)


def _own_names_put_in(formula: Formula) -> Node:
    tree = formula.tree
    for name in reversed(list(formula.scope.own)):
        tree = substitute(tree, {name: formula.scope.own[name]})
    return tree


def _incorrect(reason: str, code: str) -> Outcome:
    return Outcome("incorrect", Fraction(0), reason, Evidence("stated"), diagnoses=(Diagnosis(code, reason),))


def _other_shape(arrays: Arrays, tree: Node, key: Node, shape: Shape, wanted: Shape) -> Outcome:
    """The outcome of an answer of another shape than the key's: its transpose may be right."""
    sizes = f"your answer is {shown(shape)}, the right one {shown(wanted)}"
    turned = Apply("transpose", (tree,))
    if joined_shape(transposed_shape(shape), wanted) is not None and arrays.decide(turned, key).verdict == "equal":
        return _incorrect(f"Every entry is right, but the answer is transposed: {sizes}.", "transposed")
    return _incorrect(f"The sizes differ: {sizes}.", "wrong-size")


def _slip(arrays: Arrays, tree: Node, key: Node, shape: Shape) -> Diagnosis | None:
    """What the answer needs to be right, where that is one thing."""
    if (
        len(shape) == 2
        and shape == transposed_shape(shape)
        and arrays.decide(Apply("transpose", (tree,)), key).verdict == "equal"
    ):
        return Diagnosis("transposed", "Rows and columns are swapped: the transpose of your answer is right.")
    for factor in _FACTORS:
        if arrays.decide(mul(Number(factor), tree), key).verdict == "equal":
            if factor == -1:
                return Diagnosis("sign", "Right but for its sign.")
            return Diagnosis("factor", f"Right but for a factor: {factor} times your answer is right.")
    return None


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
