"""An exam checked without answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from examgrad.calculus.graph import free_names
from examgrad.errors import Diagnostic, SpecError
from examgrad.exam.load import load_exam
from examgrad.exam.model import Exam, Problem
from examgrad.formula import printer
from examgrad.formula.shapes import Shapes
from examgrad.formula.tree import ONE, Apply
from examgrad.kinds import FIELDS, KINDS
from examgrad.kinds.solve import problems_of, solve_parts


def lint_exam(path: Path, *, cached: bool = True) -> list[Diagnostic]:
    """Everything that is wrong with an exam: fields, names, keys that cannot be derived or confirmed.

    Raises :class:`SpecError` where the file cannot be read as an exam at all.
    """
    exam = load_exam(path, FIELDS)
    found = [problem for part in exam.parts for problem in problems_of(exam, part.name)]
    broken = {part.name for part in exam.parts if problems_of(exam, part.name)}
    for part in exam.parts:
        if part.name in broken:
            continue
        try:
            found += solve_parts(exam, only=(part.name,), cached=cached).missing.values()
        except SpecError as error:
            found += error.diagnostics
    return found + unused_names(exam)


def lint_warnings(path: Path) -> list[Diagnostic]:
    """What an exam's author probably did not mean, in an exam that has no problems."""
    exam = load_exam(path, FIELDS)
    found = [item for part in exam.parts for item in KINDS[part.kind].warnings(part, exam)]
    return found + [item for problem in exam.problems for item in _without_axis(problem)]


def _without_axis(problem: Problem) -> Iterator[Diagnostic]:
    """Softmaxes of matrices that run over all entries: hardly anyone means that."""
    shapes = Shapes(problem.given.names.shapes)
    for name, definition in problem.given.definitions.items():
        for node in definition.walk():
            if not (isinstance(node, Apply) and node.op == "softmax" and len(node.args) == 1):
                continue
            shape = shapes.seen(node.args[0])
            if shape is not None and len(shape) == 2 and 1 not in shape:
                rows = Apply(node.op, (*node.args, ONE))
                message = f"in problem {problem.id}, {printer.plain(node)} in {name} runs over all entries of a matrix"
                help = f"write {printer.plain(rows)} for one softmax a row"
                yield Diagnostic("no-axis", message, "author", problem.given.location, help)


def unused_names(exam: Exam) -> list[Diagnostic]:
    """Declared names that no equation and no part of their problem uses."""
    return [item for problem in exam.problems for item in _unused(problem)]


def _unused(problem: Problem) -> list[Diagnostic]:
    given = problem.given
    used: set[str] = set()
    for node in given.definitions.values():
        used |= free_names(node)
    texts = [str(part.fields.plain()) for part in problem.parts]
    found = []
    for name in given.names.variables:
        if name in used or name in given.definitions or any(name in text for text in texts):
            continue
        if any(name in variable.shape for variable in given.names.variables.values()):
            continue
        message = f"problem {problem.id} declares {name}, which nothing uses"
        found.append(Diagnostic("unused-name", message, "author", given.location))
    return found
