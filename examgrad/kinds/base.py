"""What every kind of part has in common: keys, outcomes, and the evidence behind a verdict."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Final, Literal, NamedTuple, Protocol

from examgrad.calculus.derivation import Asked, Step, Verified, Where
from examgrad.errors import Diagnostic
from examgrad.exam.fields import Fields
from examgrad.exam.model import Answer, Exam, Given, Part
from examgrad.formula import printer
from examgrad.formula.tree import Node

if TYPE_CHECKING:
    from examgrad.kinds.reading import Formula

Verdict = Literal["correct", "partial", "incorrect", "unanswered", "unreadable", "review"]
Method = Literal["identical", "exact", "numeric", "witness", "stated", "undecided"]
LineVerdict = Literal["valid", "invalid", "follows", "unreadable"]


class Row(NamedTuple):
    """One row of a layer table; a size or count that is a symbolic formula is text."""

    layer: str
    op: str
    values: Mapping[str, object]
    """Column name (``shape``, ``parameters``, ``macs``, …) to its value: an int, a text, or a list of them."""
    formulas: Mapping[str, str] = MappingProxyType({})

    def __getattr__(self, column: str) -> object:
        """A column's value by its name: ``row.shape``, ``row.parameters``."""
        try:
            return self.values[column]
        except KeyError:
            raise AttributeError(f"this row has no {column}") from None


class Key(NamedTuple):
    """The right answer to a part: ``str(key)`` is plain text, ``latex`` LaTeX, ``unicode`` for the terminal.

    ``tree`` is the formula where the answer is one; ``value`` holds numbers where there is an ``at``. ``where`` has the
    formulas of the gradients that ``tree`` names.
    """

    part: str
    kind: str
    text: str
    latex: str = ""
    unicode: str = ""
    tree: Node | None = None
    value: object = None
    verified: Verified | None = None
    steps: tuple[Step, ...] = ()
    rows: tuple[Row, ...] = ()
    where: Where = ()

    def __str__(self) -> str:
        return self.text


class Evidence(NamedTuple):
    """How a verdict is known; ``at`` is a witness's point, ``answer`` and ``key`` the two values there."""

    method: Method
    at: Mapping[str, str] = MappingProxyType({})
    answer: str = ""
    key: str = ""
    points: int = 0
    digits: int = 0
    note: str = ""

    @property
    def doubt(self) -> int:
        """How far from sure the method is: of several equal entries the least sure speaks for the whole."""
        return ORDER.index(self.method)

    @property
    def point(self) -> str:
        """The point of a witness as it is told: ``x = 1, ŷ = 2``."""
        return told_point(self.at)


ORDER: Final[tuple[Method, ...]] = ("identical", "exact", "numeric", "stated", "undecided", "witness")
"""Methods from the surest on."""
UNDECIDED: Final = Evidence("undecided")
NOT_DECIDED: Final = "This could not be decided; a person looks at it."


def told_point(at: Mapping[str, object]) -> str:
    """Names with their values, as they are told."""
    return ", ".join(f"{printer.unicode_name(name)} = {value}" for name, value in at.items())


class Diagnosis(NamedTuple):
    """What probably happened, in words for the student; ``code`` is stable (``sign``, ``wrong-name`` …)."""

    code: str
    message: str


class Line(NamedTuple):
    """One line of the work, counted from 1, and whether it holds."""

    line: int
    text: str
    verdict: LineVerdict
    reason: str = ""


class Cell(NamedTuple):
    """One entry of a vector, matrix, table, choice or list of equations. ``layer`` names a table's row.

    ``reason`` says more of an entry than its key does: the slip that makes it, or why it cannot be read.
    """

    row: int
    column: int | str
    verdict: Verdict
    answer: str
    key: str
    layer: str = ""
    reason: str = ""


def names_of_rows(cells: Iterable[Cell]) -> dict[int, str]:
    """What each row of a layer table is called for people: its layer, and its number where that is not the only one."""
    layers = {cell.row: cell.layer for cell in cells}
    seen = Counter(layers.values())
    return {row: layer if seen[layer] == 1 else f"{layer} (row {row})" for row, layer in layers.items()}


class Award(NamedTuple):
    """What some part of the marks was given for."""

    reason: str
    points: Fraction
    possible: Fraction


class Outcome(NamedTuple):
    """What checking one answer found. ``share`` is the part of the points that it earns, 0 to 1.

    ``answer`` is the answer as it was read, in plain text; ``answer_unicode`` the same for the terminal.
    ``unequal`` are the formulas that were proved wrong, each with its key: what a slip is looked for in.
    """

    verdict: Verdict
    share: Fraction
    reason: str
    evidence: Evidence | None = None
    answer: str = ""
    answer_unicode: str = ""
    diagnoses: tuple[Diagnosis, ...] = ()
    lines: tuple[Line, ...] = ()
    cells: tuple[Cell, ...] = ()
    awarded: tuple[Award, ...] = ()
    unequal: tuple[tuple[Formula, Node], ...] = ()

    def read_as(self, tree: Node) -> Outcome:
        """The outcome with the answer shown as the formula or array that it was read as."""
        return self._replace(answer=printer.plain(tree), answer_unicode=printer.unicode(tree))


def incorrect(reason: str, code: str, *further: Diagnosis) -> Outcome:
    """Incorrect for a reason that is no difference of values."""
    return Outcome("incorrect", Fraction(0), reason, Evidence("stated"), diagnoses=(Diagnosis(code, reason), *further))


def review(reason: str, code: str) -> Outcome:
    """For a person, who reads the reason."""
    return Outcome("review", Fraction(0), reason, UNDECIDED, diagnoses=(Diagnosis(code, reason),))


class Derived(NamedTuple):
    """What a derivation gave: the formula or array, its worked solution, and how it was confirmed.

    ``where`` has the formulas of the gradients that ``tree`` names, each in terms of those before it.
    """

    tree: Node
    steps: tuple[Step, ...]
    verified: Verified
    where: Where = ()


class Derive(Protocol):
    """Derives and verifies; raises :class:`examgrad.errors.DerivationError`."""

    def __call__(self, asked: Asked, given: Given, of: Sequence[str], wrt: Sequence[str]) -> Derived:
        """The derivative, gradient, Jacobian or Hessian of defined names in names."""
        ...


class Kind(ABC):
    """One kind of part: its fields, how its key is found, how an answer to it is read and checked."""

    name: ClassVar[str]
    fields: ClassVar[type[Fields]]

    def problems(self, part: Part, exam: Exam) -> list[Diagnostic]:
        """What is wrong with a part of this kind, for its author; nothing is derived for it."""
        return []

    def warnings(self, part: Part, exam: Exam) -> list[Diagnostic]:
        """What is accepted in a part of this kind and was probably not meant, for its author."""
        return []

    @abstractmethod
    def key(self, part: Part, exam: Exam, derive: Derive) -> Key:
        """The right answer; raises :class:`examgrad.errors.ExamgradError` where it cannot be found."""

    @abstractmethod
    def check(self, part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
        """Judge an answer; raises :class:`examgrad.kinds.reading.Unreadable` where it cannot be read."""


def formula_key(
    kind: str, part: str, tree: Node, *shown: Node, verified: Verified | None = None, steps: tuple[Step, ...] = ()
) -> Key:
    """The key of a part whose answer is ``tree``, told as the formulas ``shown`` (the tree itself if none)."""
    texts = [", ".join(map(show, shown or (tree,))) for show in (printer.plain, printer.latex, printer.unicode)]
    return Key(part, kind, texts[0], texts[1], texts[2], tree, verified=verified, steps=steps)


def with_lines(key: Key, lines: Sequence[Node]) -> Key:
    """The key told in several lines, an equation each."""
    aligned = r" \\ ".join("&" + printer.latex(line) for line in lines)
    return key._replace(
        text="\n".join(map(printer.plain, lines)),
        latex=rf"\begin{{aligned}} {aligned} \end{{aligned}}",
        unicode="\n".join(map(printer.unicode, lines)),
    )
