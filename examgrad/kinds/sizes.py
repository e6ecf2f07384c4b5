"""The sizes that are names, as the numbers and arrays of an ``at`` tell them."""

from __future__ import annotations

from collections.abc import Mapping

from examgrad.errors import Diagnostic
from examgrad.exam.fields import Numbers
from examgrad.exam.model import Given
from examgrad.exam.readers import shape_of
from examgrad.formula.shapes import shown
from examgrad.kinds.derived import author_error, canonical


def sizes_at(given: Given, at: Mapping[str, Numbers]) -> tuple[dict[str, int], list[Diagnostic]]:
    """A number for each size that ``at`` tells, and the trouble with arrays that do not fit their declarations.

    A name that was declared as a number may stand for an array: nothing is said of its sizes.
    """
    names = given.names
    numbers = {canonical(name, given): value for name, value in at.items()}
    sizes = {
        name: int(value) for name, value in numbers.items() if not isinstance(value, tuple) and names.is_size(name)
    }
    found: list[Diagnostic] = []
    for name, value in at.items():
        variable = names.variables.get(canonical(name, given))
        declared, actual = variable.shape if variable else (), shape_of(value)
        if declared and len(actual) != len(declared):
            message = f"{name} in at is {shown(actual)}, and it is declared as {shown(declared)}"
            found.append(author_error("bad-shape", message, name))
            continue
        for size, number in zip(declared, actual, strict=False):
            known = size if isinstance(size, int) else sizes.setdefault(size, number)
            if known != number:
                other = (
                    f", and it is declared as {shown(declared)}" if size == known else f": its size {size} is {known}"
                )
                message = f"{name} in at is {shown(actual)}{other}{' elsewhere' if size != known else ''}"
                found.append(author_error("bad-shape", message, name))
                break
    return sizes, found
