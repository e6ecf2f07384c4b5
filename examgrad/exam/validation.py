"""A mapping of a file as declared :class:`Fields`, or everything that is wrong with it, each trouble at its place."""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, TypeVar, Union, get_args, get_origin

from examgrad.errors import Audience, Diagnostic, Location
from examgrad.exam.document import Items, Mapping, Text, Value
from examgrad.exam.fields import REQUIRED, Fields, Reads, declared, nearest
from examgrad.exam.readers import Wrong, described, read_text

F = TypeVar("F", bound=Fields)


def read_fields(
    model: type[F], values: Mapping, what: str, *, audience: Audience = "author", also: Iterable[str] = ()
) -> tuple[F | None, list[Diagnostic]]:
    """A mapping's values as the fields of ``model``, or everything that is wrong with them.

    ``what`` is the mapping in words (``a choice part``); ``also`` names fields that are read elsewhere.
    """
    validator = _Validator(audience)
    fields = validator.fields(model, values, what, tuple(also))
    return (None if validator.found else fields), validator.found


def non_optional(annotation: Any) -> Any:
    """The type ``X`` of a field that is ``X | None``."""
    if get_origin(annotation) in (Union, UnionType):
        return next(argument for argument in get_args(annotation) if argument is not NoneType)
    return annotation


def listed(words: Iterable[str], joint: str = "and") -> str:
    """``a, b and c``."""
    *most, last = words
    return f"{', '.join(most)} {joint} {last}" if most else last


class _Validator:
    """Reads values by the types of their fields; ``found`` is what is wrong with them."""

    def __init__(self, audience: Audience) -> None:
        self.audience: Final = audience
        self.found: list[Diagnostic] = []

    def _report(self, code: str, message: str, location: Location, help: str = "") -> None:
        self.found.append(Diagnostic(code, message, self.audience, location, help))

    def fields(self, model: type[F], values: Mapping, what: str, also: tuple[str, ...] = ()) -> F | None:
        """One mapping; a field with nothing behind its colon is as good as left out."""
        known = declared(model)
        stated = {name: value for name, value in values.items() if name in known and not _is_empty(value)}
        for written, _ in values.pairs():
            if written not in known:
                names = [*known, *also]
                message = f"unknown field '{written}' in {what}{nearest(written, names)}"
                self._report("unknown-field", message, written.location, f"its fields are {listed(names)}")
        for name, field in known.items():
            if field.default is REQUIRED and name not in stated:
                place = values.key(name).location if name in values else values.location
                self._report("missing-field", f"{what} needs a field '{name}'", place, f"add '{name}: …'")
        read = {str(name): self._value(known[name].type, value, name) for name, value in stated.items()}
        return None if self.found else model(**read)

    def _value(self, annotation: Any, value: Value, name: str) -> Any:
        """A value of the file as a type says; ``None`` where it cannot be, which is reported."""
        annotation = non_optional(annotation)
        origin, arguments = get_origin(annotation), get_args(annotation)
        try:
            if origin is Annotated:
                reads: Reads = arguments[1]
                return reads.read(value)
            if origin is Literal:
                return _word(value, arguments, name)
            if origin is list:
                return [self._value(arguments[0], item, f"an entry of {name}") for item in _items(value)]
            if origin is dict:
                return {str(key): self._value(arguments[1], item, name) for key, item in _mapping(value).items()}
            if isinstance(annotation, type) and issubclass(annotation, Fields):
                what = name if name.startswith("an entry") else f"'{name}'"
                return self.fields(annotation, _mapping(value), what)
            if annotation is str:
                return str(read_text(value))
        except Wrong as wrong:
            self._report("bad-value", wrong.message, wrong.location)
            return None
        raise TypeError(f"no field can be declared as {annotation}")


def _is_empty(value: Value) -> bool:
    return isinstance(value, Text) and not value and not value.style


def _word(value: Value, words: tuple[str, ...], name: str) -> str:
    if isinstance(value, Text) and value in words:
        return str(value)
    near = nearest(value, words) if isinstance(value, Text) else ""
    raise Wrong(f"{described(value)} is no {name}: expected {listed(words, 'or')}{near}", value)


def _items(value: Value) -> Items:
    if not isinstance(value, Items):
        raise Wrong(f"a list was expected here, not {described(value)}", value)
    return value


def _mapping(value: Value) -> Mapping:
    if not isinstance(value, Mapping):
        raise Wrong(f"a mapping (name: value) was expected here, not {described(value)}", value)
    return value
