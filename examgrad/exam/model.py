"""What an exam is, and what a student hands in."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from examgrad.errors import Location
from examgrad.exam.document import Text, Value
from examgrad.exam.fields import Credit
from examgrad.formula.names import Names, Variable
from examgrad.formula.tree import Node

if TYPE_CHECKING:
    from examgrad.exam.layers_from import ModelFile

_NO_NAMES: Final = Names()
_CREDIT: Final = Credit()


class Conventions(NamedTuple):
    """How a class writes mathematics, and whose layers it uses."""

    gradient: Literal["column", "row"] = "column"
    framework: Literal["exam", "torch", "keras"] = "exam"
    image: Literal["HWC", "CHW"] = "HWC"
    pool_rounding: Literal["floor", "ceil"] = "floor"


class Given(NamedTuple):
    """What a problem's parts share.

    ``names`` are all of its names, variables and defined ones; ``definitions`` the right-hand sides of its equations
    in their order, ``sources`` the texts of them. ``input`` and ``layers`` are as they were written; ``model`` is the
    file that the layers were read from, where it is one of their own.
    """

    names: Names = _NO_NAMES
    definitions: Mapping[str, Node] = MappingProxyType({})
    sources: Mapping[str, Text] = MappingProxyType({})
    input: Any = None
    layers: Any = None
    location: Location | None = None
    model: ModelFile | None = None

    @property
    def variables(self) -> dict[str, Variable]:
        """The declared variables and sizes: every name that no equation defines."""
        return {name: item for name, item in self.names.variables.items() if name not in self.definitions}


class Part(NamedTuple):
    """What is asked and marked: ``name`` is ``3b``, ``problem`` its problem's id, ``fields`` those of its kind."""

    name: str
    kind: str
    fields: Any
    points: Fraction
    given: Given
    problem: str
    prompt: str = ""
    credit: Credit = _CREDIT
    location: Location | None = None


class Problem(NamedTuple):
    """A problem: what is given, and its parts."""

    id: str
    given: Given
    parts: tuple[Part, ...]
    prompt: str = ""


class Exam(NamedTuple):
    """An exam; ``digest`` is the SHA-256 of its file's content, in hexadecimal."""

    title: str
    conventions: Conventions
    problems: tuple[Problem, ...]
    path: str = ""
    digest: str = ""
    credit: Credit = _CREDIT

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts, in the order of the file."""
        return tuple(part for problem in self.problems for part in problem.parts)

    @property
    def part_names(self) -> tuple[str, ...]:
        """The names of all parts, in the order of the file."""
        return tuple(part.name for part in self.parts)

    def part(self, name: str) -> Part:
        """The part of that name; ``KeyError`` if there is none."""
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(name)

    @property
    def points(self) -> Fraction:
        """What can be earned."""
        return sum((part.points for part in self.parts), Fraction(0))


class Answer(NamedTuple):
    """An answer as it was written: its final ``value``, the ``work`` that led to it, and a ``reason``.

    Without a ``value``, the last line of the work is the answer.
    """

    value: Value | None = None
    work: Text | None = None
    reason: Text | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing was answered."""
        value = self.value
        written = value.strip() if isinstance(value, str) else value
        return not written and not (self.work and self.work.strip())

    @property
    def written(self) -> Value | None:
        """The value, or the work where there is none."""
        return self.value if self.value is not None else self.work

    @property
    def location(self) -> Location | None:
        """Where the answer stands."""
        return None if self.written is None else self.written.location

    @property
    def span(self) -> tuple[int, int] | None:
        """The first and the last line of its file on which it stands, counted from 1."""
        value = self.written
        if value is None:
            return None
        end = value.start + len(value.source.text[value.start : value.end].rstrip())
        return value.source.location(value.start).line, value.source.location(max(value.start, end - 1)).line


class Submission(NamedTuple):
    """What one student handed in. ``answers`` go by the names of parts, as keys that know their place."""

    student: str
    source: str
    exam: Path | None
    answers: Mapping[str, Answer]
