"""The Python API: :func:`load_exam`, :func:`solve`, :func:`check`, :func:`compare`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from examgrad.calculus.sized import size_names
from examgrad.equality import Comparison, Witness, compare_trees
from examgrad.equality.compare import are_numbers, compare_numbers
from examgrad.equality.decide import Method
from examgrad.equality.equations import is_equation
from examgrad.equality.sets import is_set
from examgrad.errors import Diagnostic, Location, MathSyntaxError, SpecError
from examgrad.exam import load
from examgrad.exam.given import SIZE
from examgrad.exam.model import Exam, Given
from examgrad.exam.submissions import match_answers, submission_of
from examgrad.formula.arrays import expand
from examgrad.formula.names import Names, Variable, plain_spelling, read_domain
from examgrad.formula.parser import Notation, read
from examgrad.formula.shapes import Shapes, joined_shape, shown
from examgrad.formula.tree import Node
from examgrad.grading.results import Result
from examgrad.grading.script import check_submission
from examgrad.kinds import FIELDS
from examgrad.kinds.base import Key
from examgrad.kinds.solve import solve as solve_exam
from examgrad.kinds.solve import solve_parts


def load_exam(path: str | Path) -> Exam:
    """The exam in a YAML file.

    Raises :class:`SpecError` with everything that is wrong with it, or where it cannot be opened.
    """
    try:
        return load.load_exam(path, FIELDS)
    except OSError as error:
        message = f"{path}: {error.strerror or error}"
        raise SpecError([Diagnostic("no-file", message, "operator", Location(str(path), 1, 1))], str(path)) from None


def solve(exam: Exam, *, cached: bool = True) -> dict[str, Key]:
    """The key of every part, by part (``"3a"``). Raises :class:`SpecError` or :class:`DerivationError`."""
    return solve_exam(exam, cached=cached)


def check(exam: Exam, answers: Mapping[str, Any], *, student: str = "", cached: bool = True) -> Result:
    """Check answers, given by part as in an answer file: texts, lists, mappings with ``work`` and ``final``.

    Raises :class:`SpecError` where the exam cannot be used or an answer belongs to no part.
    """
    submission = submission_of(answers, student)
    if problems := match_answers(submission, exam):
        raise SpecError(problems)
    return check_submission(exam, solve_parts(exam, cached=cached).found, submission)


def compare(
    left: str,
    right: str,
    *,
    variables: Iterable[str] | Mapping[str, Any] | None = None,
    notation: Notation = "auto",
) -> Comparison:
    """Whether two formulas are equal, and how that is known; also equations, arrays, sets and conditions.

    ``variables`` are names of reals, or a mapping name → domain or shape; ``None`` takes every letter as a real.
    Raises :class:`MathSyntaxError` for bad text, :class:`SpecError` for a bad domain and for what is no text.
    """
    for which, written in (("left", left), ("right", right)):
        if not isinstance(written, str):
            message = f"the {which} side is {type(written).__name__}, no text: write it in quotes, as '2 x + 1'"
            raise SpecError([Diagnostic("no-text", message, "operator")])
    try:
        names = Names(open_ended=True) if variables is None else Names(_declared(variables))
    except ValueError as error:
        raise SpecError([Diagnostic("bad-domain", str(error), "operator")]) from None
    sides = [read(text, names, notation=notation) for text in (left, right)]
    shapes, domains = names.shapes, names.domains
    if are_numbers(sides[0], sides[1], shapes):
        return compare_numbers(sides[0], sides[1], domains)
    sizes = size_names(shapes.values())
    for text, node in zip((left, right), sides, strict=True):
        try:  # an array whose sizes do not fit is told of at its place in its own text
            for side in node.args if is_equation(node) or is_set(node) else (node,):
                if sizes:
                    Shapes(shapes).of(side)
                else:
                    expand(side, shapes)
        except MathSyntaxError as error:
            raise error.within(text) from None
    if sizes:
        return _compare_sized(sides[0], sides[1], names)
    return compare_trees(sides[0], sides[1], domains, shapes)


def _compare_sized(left: Node, right: Node, names: Names) -> Comparison:
    """Two expressions whose arrays have letters for sizes, at several choices of them."""
    from examgrad.kinds.matrix import Arrays

    arrays = Arrays(Given(names))
    one, other = arrays.shapes.of(left), arrays.shapes.of(right)
    if len(one) != len(other) or joined_shape(one, other) is None:
        return Comparison("unequal", "witness", note=f"the left side is {shown(one)}, the right side {shown(other)}")
    verdict, evidence, entry, at = arrays.decide(left, right)
    if verdict == "unequal":
        place = f"in entry {', '.join(map(str, entry))}" if entry else ""
        return Comparison(verdict, "witness", Witness(dict(at), evidence.answer, evidence.key), note=place)
    method: Method = "undecided" if evidence.method == "stated" else evidence.method
    return Comparison(verdict, method, None, evidence.points, evidence.digits, evidence.note)


def _declared(variables: Iterable[str] | Mapping[str, Any]) -> list[Variable]:
    if not isinstance(variables, Mapping):
        return [Variable(plain_spelling(name)) for name in variables]
    stated = [_variable(plain_spelling(name), spec) for name, spec in variables.items()]
    sizes = set(size_names(variable.shape for variable in stated)) - {variable.name for variable in stated}
    return [*stated, *(Variable(name, SIZE) for name in sorted(sizes))]


def _variable(name: str, spec: Any) -> Variable:
    if isinstance(spec, Mapping):
        return Variable(name, read_domain(str(spec.get("domain", "real"))), tuple(spec.get("shape", ())))
    if isinstance(spec, list | tuple):
        return Variable(name, shape=tuple(spec))
    return Variable(name, read_domain(str(spec)))
