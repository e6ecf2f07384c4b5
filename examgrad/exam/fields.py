"""The fields that parts of an exam are declared by: one class a kind gives validation, messages and the schema.

A kind declares a subclass of :class:`Fields` with the types of this module; :mod:`examgrad.exam.validation` fills
it from a YAML mapping and carries every trouble, all at once, back to its place in the file. A library would do the
same (pydantic takes 75 ms to import and another 40 to build these classes, more than half of what a check may take).
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Final, Literal, Self, dataclass_transform, get_origin, get_type_hints

from examgrad.exam import readers
from examgrad.exam.document import Text, Value
from examgrad.exam.readers import Numbers as Numbers

REQUIRED: Final = object()
"""The default of a field that has none."""


@dataclass(frozen=True, eq=False)
class Reads:
    """How a field is read from a value of the file, and the JSON Schema of what may stand there."""

    read: Callable[[Value], Any]
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Declared:
    """One declared field: its type, and its default or :data:`REQUIRED`."""

    type: Any
    default: Any


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Fields:
    """The fields of one mapping in an exam file, declared like a dataclass's; any other field is refused.

    ``needs`` names what of a problem's ``given`` a kind cannot do without: ``equations``, ``layers``, ``input``.
    ``stated`` are the fields that were given a value.
    """

    needs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **values: Any) -> None:
        fields = declared(type(self))
        missing = [name for name, field in fields.items() if field.default is REQUIRED and name not in values]
        if missing or values.keys() - fields.keys():
            raise TypeError(f"{type(self).__name__} has the fields {', '.join(fields)}")
        self.__dict__.update({name: values.get(name, field.default) for name, field in fields.items()})
        self.__dict__["stated"] = frozenset(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self._values().items())
        return f"{type(self).__name__}({values})"

    def _values(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in declared(type(self))}

    def updated(self, other: Self) -> Self:
        """These fields with those that ``other``, of the same class, states."""
        return type(self)(**self._values() | {name: getattr(other, name) for name in other.__dict__["stated"]})

    def plain(self) -> dict[str, Any]:
        """The fields as JSON would hold them, fractions as text."""
        return {name: _plain(value) for name, value in self._values().items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Fields):
        return value.plain()
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str | Fraction) else value


_DECLARED: Final[dict[type, dict[str, Declared]]] = {}


def declared(model: type[Fields]) -> dict[str, Declared]:
    """The declared fields of a class, in their order."""
    if model not in _DECLARED:
        hints = get_type_hints(model, include_extras=True)
        _DECLARED[model] = {
            name: Declared(hint, getattr(model, name, REQUIRED))
            for name, hint in hints.items()
            if get_origin(hint) is not ClassVar
        }
    return _DECLARED[model]


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean prompt?`` where one of the known words looks like ``word``, else nothing."""
    names = list(known)
    near = [name for name in names if name.lower() == word.lower()] or difflib.get_close_matches(word, names, 1, 0.55)
    return f"; did you mean {near[0]}?" if near else ""


_NUMBER_SCHEMA: Final = {"type": ["number", "string"]}
_TEXT_SCHEMA: Final = {"type": ["string", "number", "boolean"]}
_TEXTS_SCHEMA: Final = {"anyOf": [_TEXT_SCHEMA, {"type": "array", "items": _TEXT_SCHEMA, "minItems": 1}]}

Prose = Annotated[Text, Reads(readers.read_text, _TEXT_SCHEMA)]
"""A text, with its place."""
Formula = Annotated[Text, Reads(readers.read_formula, {"type": ["string", "number", "array"]})]
"""The text of a formula, with its place."""
OneOrMany = Annotated[tuple[Text, ...], Reads(readers.read_texts, _TEXTS_SCHEMA)]
"""One text or a list of them."""
NameList = Annotated[tuple[Text, ...], Reads(readers.read_names, _TEXTS_SCHEMA)]
"""One name or a list of them, each with its place."""
Points = Annotated[Fraction, Reads(readers.read_points, _NUMBER_SCHEMA)]
"""A number of points: exact, not negative."""
Share = Annotated[Fraction, Reads(readers.read_share, _NUMBER_SCHEMA)]
"""A share of the points, 0 to 1."""
Whole = Annotated[int, Reads(readers.read_whole, {"type": "integer"})]
"""A whole number."""
Places = Annotated[int, Reads(readers.read_places, {"type": "integer", "minimum": 0})]
"""How many decimal places."""
Integration = Annotated[tuple[Text, ...] | bool, Reads(readers.read_integration, _TEXTS_SCHEMA)]
"""The variable or variables of an integration, or ``true`` for all of a problem's."""
Truth = Annotated[bool, Reads(readers.read_truth, {"type": ["boolean", "string"]})]
"""``true`` or ``false``, ``yes`` or ``no``, in any case."""
Array = Annotated[Numbers, Reads(readers.read_numbers, {"type": ["number", "string", "array"]})]
"""The field for :data:`examgrad.exam.readers.Numbers`, written as a number or as nested lists of numbers."""
Raw = Annotated[Any, Reads(lambda value: value, {})]
"""A value as it stands, read by someone else."""


class RubricPoint(Fields):
    """What earns some of a prose answer's points, and the phrases or /regular expressions/ that are evidence of it."""

    points: Points
    say: Prose
    any: OneOrMany


class Reason(Fields):
    """The reason asked for with a choice: its rubric, and who has the last word."""

    rubric: list[RubricPoint]
    review: Literal["always", "never", "unsure"] = "always"


class Tolerance(Fields):
    """How far a number may be off: absolutely, relatively, or in decimal places."""

    abs: Points | None = None
    rel: Points | None = None
    digits: Places | None = None

    def accepts(self, within: Callable[[Fraction, bool], bool]) -> str | None:
        """What makes a number near enough, for the reason; ``None`` where nothing does.

        ``within`` tells whether it is off by at most so much: absolutely, or (if true) relatively.
        """
        if self.abs is not None and within(self.abs, False):
            return f"within {self.abs} of the right number"
        if self.rel is not None and within(self.rel, True):
            return f"within {self.rel} of the right number, relatively"
        if self.digits is not None and within(Fraction(1, 2 * 10**self.digits), False):
            return f"right to {self.digits} decimal place{'s' if self.digits != 1 else ''}"
        return None


class Credit(Fields):
    """What a wrong final answer may still earn, as in section 1 of the contract.

    ``form`` is the share that an answer earns which is equal to the key but not in the form asked for.
    """

    entries: Truth = True
    follow_through: Share = Fraction(1)
    method: Share = Fraction(0)
    form: Share = Fraction(1, 2)
