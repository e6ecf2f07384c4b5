"""What an exam is, and what a student hands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from examgrad.errors import Location
from examgrad.exam.document import Text, Value
from examgrad.exam.fields import Credit
from examgrad.formula.names import Names, Variable
from examgrad.formula.tree import Node


@dataclass(frozen=True)
class Conventions:
    """How a class writes mathematics, and whose layers it uses."""

    gradient: Literal["column", "row"] = "column"
    framework: Literal["exam", "torch", "keras"] = "exam"
    image: Literal["HWC", "CHW"] = "HWC"
    pool_rounding: Literal["floor", "ceil"] = "floor"


@dataclass(frozen=True)
class Given:
    """What a problem's parts share.

    ``names`` are all of its names, variables and defined ones; ``definitions`` the right-hand sides of its equations
    in their order, ``sources`` the texts of them. ``input`` and ``layers`` are as they were written.
    """

    names: Names = field(default_factory=Names)
    definitions: Mapping[str, Node] = field(default_factory=dict)
    sources: Mapping[str, Text] = field(default_factory=dict)
    input: Value | None = None
    layers: Value | None = None
    location: Location | None = None

    @property
    def variables(self) -> dict[str, Variable]:
        """The declared variables and sizes: every name that no equation defines."""
        return {name: item for name, item in self.names.variables.items() if name not in self.definitions}


@dataclass(frozen=True)
class Part:
    """What is asked and marked: ``name`` is ``3b``, ``problem`` its problem's id, ``fields`` those of its kind."""

    name: str
    kind: str
    fields: Any
    points: Fraction
    given: Given
    problem: str
    prompt: str = ""
    credit: Credit = field(default_factory=Credit)
    location: Location | None = None


@dataclass(frozen=True)
class Problem:
    """A problem: what is given, and its parts."""

    id: str
    given: Given
    parts: tuple[Part, ...]
    prompt: str = ""


@dataclass(frozen=True)
class Exam:
    """An exam; ``digest`` is the SHA-256 of its file's content, in hexadecimal."""

    title: str
    conventions: Conventions
    problems: tuple[Problem, ...]
    path: str = ""
    digest: str = ""
    credit: Credit = field(default_factory=Credit)

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


@dataclass(frozen=True)
class Answer:
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
    def location(self) -> Location | None:
        """Where the answer stands."""
        item = self.value if self.value is not None else self.work
        return None if item is None else item.location


@dataclass(frozen=True)
class Submission:
    """What one student handed in. ``answers`` go by the names of parts, as keys that know their place."""

    student: str
    source: str
    exam: Path | None
    answers: Mapping[str, Answer]
