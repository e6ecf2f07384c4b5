"""How single values of a file are read: texts, names, formulas, exact numbers, arrays of them, truth values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

from examgrad.errors import Location
from examgrad.exam.document import Items, Mapping, Text, Value
from examgrad.formula.array_values import entry_name

MAX_DIGITS: Final = 60
MAX_POINTS: Final = 10**15
"""What a part may be worth; other programs take points as floating-point numbers, which are exact so far."""
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?(?:/\d+(?:\.\d*)?)?", re.I)
_BRACES = re.compile(r"\{[^{}]*\}")
_TRUE: Final = frozenset({"true", "yes", "t", "y"})
_FALSE: Final = frozenset({"false", "no", "f", "n"})

Numbers = Fraction | tuple[Any, ...]
"""A number, or an array of them as nested tuples; all rows of it are equally long."""


class Wrong(ValueError):
    """A value that a field cannot take: why, in words, and where it stands."""

    def __init__(self, message: str, place: Value | Location) -> None:
        super().__init__(message)
        self.message: Final = message
        self.location: Final = place if isinstance(place, Location) else place.location


def described(value: object) -> str:
    """A value of a file in a few words, for a message."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, Items):
        return "a list"
    text = " ".join(str(value).split())
    return (f"'{text}'" if len(text) < 80 else f"'{text[:79]}…'") if text else "nothing"


def read_text(value: Value) -> Text:
    """A text; raises :class:`Wrong` like all functions here."""
    if not isinstance(value, Text):
        raise Wrong(f"a text was expected here, not {described(value)}", value)
    return value


def read_formula(value: Value) -> Text:
    """The text of a formula; brackets and braces that YAML took for its own are the text they were written as."""
    if not isinstance(value, Text) and value.flow:
        value = value.written()
    if not isinstance(value, Text) or not value.strip():
        raise Wrong(f"a formula was expected here, not {described(value)}", value)
    return value


def read_texts(value: Value) -> tuple[Text, ...]:
    """One text or a list of them, none of them empty."""
    texts = []
    for item in value if isinstance(value, Items) else [value]:
        if not isinstance(item, Text) or not item.strip():
            raise Wrong(f"a text, or a list of texts, was expected here, not {described(item)}", item)
        texts.append(item)
    if not texts:
        raise Wrong("this list is empty", value)
    return tuple(texts)


def read_names(value: Value) -> tuple[Text, ...]:
    """One name or a list of them; a comma inside braces, as in ``W_{1,2}``, belongs to a name."""
    names = read_texts(value)
    for name in names:
        comma = _BRACES.sub(lambda match: " " * len(match[0]), name).find(",")
        if comma >= 0:
            raise Wrong(f"one name was expected here: write several in brackets, [{name}]", name.locate(comma))
    return names


def parse_number(text: str) -> Fraction:
    """``2``, ``-1/2``, ``2.5``, ``1e-3`` exactly; ``ValueError`` says in words what is wrong."""
    plain = text.strip().replace("−", "-").replace(" ", "")
    if len(plain) > MAX_DIGITS:
        raise ValueError(f"this number is too long: {MAX_DIGITS} characters are the most that are read")
    if not _NUMBER.fullmatch(plain):
        raise ValueError(f"{described(text)} is no number: expected one such as 2, -1/2, 2.5 or 1e-3")
    above, _, below = plain.partition("/")
    if below and not Fraction(below):
        raise ValueError(f"'{text}' divides by zero")
    return Fraction(above) / Fraction(below or 1)


def read_number(value: Value) -> Fraction:
    """An exact number."""
    if not isinstance(value, Text):
        raise Wrong(f"a number was expected here, not {described(value)}", value)
    try:
        return parse_number(value)
    except ValueError as error:
        raise Wrong(str(error), value) from None


def read_points(value: Value) -> Fraction:
    """A number of points, not negative."""
    points = read_number(value)
    if points < 0:
        raise Wrong(f"{value} is negative: a number from 0 on was expected here", value)
    if points > MAX_POINTS:
        raise Wrong(f"{value} points are too many: {MAX_POINTS:,} are the most that are counted", value)
    return points


def read_share(value: Value) -> Fraction:
    """A number from 0 to 1."""
    share = read_number(value)
    if not 0 <= share <= 1:
        raise Wrong("a share from 0 to 1 was expected here, such as 1/2", value)
    return share


def read_whole(value: Value) -> int:
    """A whole number of up to 18 digits."""
    if isinstance(value, Text) and re.fullmatch(r"[+-]?[0-9]{1,18}", value.strip()):
        return int(value)
    raise Wrong(f"a whole number was expected here, not {described(value)}", value)


def read_places(value: Value) -> int:
    """How many decimal places: a whole number from 0 to 60."""
    places = read_whole(value)
    if not 0 <= places <= MAX_DIGITS:
        raise Wrong(f"{value} is no number of decimal places: 0 to {MAX_DIGITS} were expected here", value)
    return places


def read_integration(value: Value) -> tuple[Text, ...] | bool:
    """The variable or variables of an integration; ``true`` for all of a problem's, ``false`` for none."""
    word = value.strip().lower() if isinstance(value, Text) else ""
    if word in ("true", "yes", "false", "no"):
        return word in ("true", "yes")
    return read_names(value)


def read_truth(value: Value) -> bool:
    """``true``, ``false``, ``yes``, ``no`` or the first letter of one, in any case."""
    word = value.strip().lower() if isinstance(value, Text) else ""
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise Wrong(f"true or false was expected here, not {described(value)}", value)


def read_numbers(value: Value) -> Numbers:
    """A number, or nested lists of numbers whose rows are equally long."""
    if not isinstance(value, Items):
        return read_number(value)
    if not value:
        raise Wrong("this array has no entries", value)
    items = tuple(read_numbers(item) for item in value)
    if len({shape_of(item) for item in items}) > 1:
        raise Wrong("the rows of this array differ in length", value)
    return items


def shape_of(value: Numbers) -> tuple[int, ...]:
    """The shape of an array of numbers; ``()`` of a number."""
    if isinstance(value, Fraction):
        return ()
    return (len(value), *(shape_of(value[0]) if value else ()))


def by_entry(name: str, value: Numbers, position: tuple[int, ...] = ()) -> Iterator[tuple[str, Fraction]]:
    """A name with its number; where that is an array, each of its entries by a name of its own."""
    if isinstance(value, Fraction):
        yield (entry_name(name, position) if position else name), value
        return
    for place, item in enumerate(value, 1):
        yield from by_entry(name, item, (*position, place))
