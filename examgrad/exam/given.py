"""What a problem gives: its variables with their domains and shapes, and its equations in their order."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from examgrad.errors import Diagnostic, Location, MathSyntaxError
from examgrad.exam.document import Items, Mapping, Text, Value
from examgrad.exam.fields import Fields, Formula, Raw, declared
from examgrad.exam.model import Given
from examgrad.exam.validation import read_fields
from examgrad.formula.array_values import Array
from examgrad.formula.arrays import expand
from examgrad.formula.definitions import defined_name, read_definition, spelled_name
from examgrad.formula.names import REAL, SUMMING, Domain, Names, Structure, Variable, name_key, read_domain
from examgrad.formula.shapes import Shapes
from examgrad.formula.tree import Node

MAX_AXES: Final = 4
MAX_SIZE: Final = 10**9
SIZE: Final = Domain(low=Fraction(0), integer=True)


class GivenFields(Fields):
    """What ``given`` may hold."""

    variables: Raw = None
    equations: Raw = None
    input: Raw = None
    layers: Raw = None
    layers_from: Raw = None


class VariableFields(Fields):
    """A variable's ``{shape: [m], domain: positive}``."""

    shape: Raw = None
    domain: Formula | None = None


def read_given(value: Value | None) -> tuple[Given, list[Diagnostic]]:
    """A problem's ``given``, as far as it can be read, and everything that is wrong with it."""
    if value is None or (isinstance(value, Text) and not value):
        return Given(), []
    if not isinstance(value, Mapping):
        return Given(), [
            _author("bad-value", "a mapping (variables: …, equations: …) was expected here", value.location)
        ]
    fields, found = read_fields(GivenFields, value, "given")
    reader = _Reader(found)
    raw = fields or GivenFields(**{name: value[name] for name in value if name in declared(GivenFields)})
    reader.read_variables(raw.variables)
    reader.read_equations(raw.equations)
    reader.read_layers(raw.layers)
    given = Given(reader.names(), reader.definitions, reader.sources, raw.input, raw.layers, value.location)
    if raw.layers_from is not None:
        given, trouble = reader.read_model(given, raw.layers_from)
        found += trouble
    return given, found


def _author(code: str, message: str, location: Location | None, help: str = "") -> Diagnostic:
    return Diagnostic(code, message, "author", location, help)


def _misplaced(structure: Structure, shape: tuple[int | str, ...]) -> str:
    """What a domain is for, where the shape is another."""
    if structure == "symmetric" and (len(shape) != 2 or shape[0] != shape[1]):
        return "square matrices, such as [d, d]"
    return "columns, or the rows of a matrix" if structure in SUMMING and len(shape) not in (1, 2) else ""


class _Reader:
    """The names of one problem as they are declared and defined, line by line."""

    def __init__(self, found: list[Diagnostic]) -> None:
        self.found = found
        self.definitions: dict[str, Node] = {}
        self.sources: dict[str, Text] = {}
        self._variables: dict[str, Variable] = {}
        self._places: dict[str, Text] = {}
        self._sizes: dict[str, Text] = {}
        self._incomplete = bool(found)

    def names(self) -> Names:
        """All names so far."""
        return Names(self._variables.values())

    def _report(self, code: str, message: str, location: Location | None, help: str = "") -> None:
        self.found.append(_author(code, message, location, help))

    # variables

    def read_variables(self, value: Value | None) -> None:
        """A name, a list of names, or a mapping of names to domains and shapes; then the sizes they mention."""
        if isinstance(value, Text):
            value = Items([value], value.source, value.start, value.end)
        for item in value if isinstance(value, Items) else [value] if value is not None else []:
            if isinstance(item, Text):
                self._declare(item, REAL, ())
            elif isinstance(item, Mapping):
                for name, what in item.pairs():
                    self._declare(name, *self._domain_and_shape(what))
            else:
                self._report("bad-value", "a name was expected here, not a list", item.location)
                self._incomplete = True
        for key, size in self._sizes.items():
            if key not in self._places:
                self._declare(size, SIZE, ())
            elif self._variables[self._spelling(key)].shape:
                self._report("size-is-array", f"{size} is an array: a size is a whole number", size.location)

    def _spelling(self, key: str) -> str:
        return next(name for name in self._variables if name_key(name) == key)

    def _declare(self, text: Text, domain: Domain, shape: tuple[int | str, ...]) -> None:
        name = spelled_name(text)
        if name is None:
            help = (
                "write several names as a list: [x1, x2]"
                if "," in text
                else "what is raised is read as a power: write W1, W_xh or W^{(1)}"
                if "^" in text
                else "a name is a letter, with a number or a word"
            )
            self._report("no-name", f"'{text}' is no name", text.location, help)
            self._incomplete = True
        elif (first := self._places.get(name_key(name))) is not None:
            same = (
                f"'{text}' is declared twice"
                if first == text
                else f"'{first}' and '{text}' are one name, declared twice"
            )
            self._report(
                "name-twice",
                f"{same}; the first stands on line {first.location.line}",
                text.location,
                "keep one of them",
            )
        else:
            self._places[name_key(name)] = text
            self._variables[name] = Variable(name, domain, shape)

    def _domain_and_shape(self, what: Value) -> tuple[Domain, tuple[int | str, ...]]:
        if isinstance(what, Items):
            return REAL, self._shape(what)
        if isinstance(what, Text):
            return self._domain(what, ()) if what.strip() else REAL, ()
        fields, found = read_fields(VariableFields, what, "a variable")
        self.found += found
        if fields is None:
            return REAL, ()
        shape = self._shape(fields.shape) if fields.shape is not None else ()
        return self._domain(fields.domain, shape) if fields.domain is not None else REAL, shape

    def _domain(self, text: Text, shape: tuple[int | str, ...]) -> Domain:
        try:
            domain = read_domain(text)
        except ValueError as error:
            self._report("bad-domain", str(error), text.location, "a shape is written in brackets: [m, d]")
            return REAL
        if trouble := _misplaced(domain.structure, shape):
            help = f"write {{shape: […], domain: {text}}}"
            self._report("bad-domain", f"'{text}' is for {trouble}", text.location, help)
            return REAL
        return domain

    def _shape(self, value: Value) -> tuple[int | str, ...]:
        if not isinstance(value, Items) or len(value) > MAX_AXES:
            message = f"a shape was expected here: a list of up to {MAX_AXES} sizes, such as [m, d]"
            self._report("bad-shape", message, value.location)
            return ()
        return tuple(self._size(item) for item in value)

    def _size(self, item: Value) -> int | str:
        if (
            isinstance(item, Text)
            and item.isascii()
            and item.isdigit()
            and len(item) < 12
            and 0 < int(item) <= MAX_SIZE
        ):
            return int(item)
        name = spelled_name(item) if isinstance(item, Text) else None
        if name is None or not isinstance(item, Text):
            written = f"'{item}'" if isinstance(item, Text) else "a list"
            help = "a range of numbers goes into quotes: '[0, inf)'"
            self._report(
                "bad-shape", f"{written} is no size: a name or a number from 1 was expected", item.location, help
            )
            return 1
        self._sizes.setdefault(name_key(name), item)
        return name

    # equations

    def read_equations(self, value: Value | None) -> None:
        """One equation, a block of them, or a list; each right-hand side may use every name above it."""
        items: list[Value] = list(value) if isinstance(value, Items) else [value] if value is not None else []
        lines: list[Text] = []
        for item in items:
            if isinstance(item, Text):
                lines += item.lines()
            else:
                self._report(
                    "bad-value",
                    "an equation such as 'g = v x' was expected here",
                    item.location,
                    "write = for the colon",
                )
        later = [found[0] if (found := defined_name(line)) else None for line in lines]
        for at, line in enumerate(lines):
            self._define(line, [name for name in later[at:] if name])

    def _define(self, line: Text, later: list[str]) -> None:
        try:
            name, tree = read_definition(line, self.names())
        except MathSyntaxError as error:
            self._report_equation(line, error, later)
            found = defined_name(line)
            if found and name_key(found[0]) not in self._places:
                self._add(found[0], line, ())
            return
        if (first := self._places.get(name_key(name))) is not None:
            what = "defined" if first in self.sources.values() else "declared as a variable"
            message = f"'{name}' is already {what}, on line {first.location.line}: an equation cannot define it again"
            end = line.find("=")
            self._report(
                "defined-twice", message, line.locate(0, max(1, len(line[:end].rstrip()))), "give it a name of its own"
            )
            return
        tree = Shapes(self._shapes()).with_rows(tree)
        self._add(name, line, self._shape_of(tree, line))
        self.definitions[name] = tree
        self.sources[name] = line

    def _add(self, name: str, line: Text, shape: tuple[int | str, ...]) -> None:
        self._places[name_key(name)] = line
        self._variables[name] = Variable(name, REAL, shape)

    def _report_equation(self, line: Text, error: MathSyntaxError, later: list[str]) -> None:
        """An equation that cannot be read; where it uses a name defined below, that is said."""
        place = line.locate(error.offset, error.width)
        below = self._name_below(line, later) if error.code == "unknown-name" else None
        if below is None:
            unknown = error.code == "unknown-name"
            if unknown and self._incomplete:  # the trouble with the variables is told already
                return
            expected = f": expected {error.expected}" if error.expected and not unknown else ""
            help = error.help or ("declare it under variables, or define it above" if unknown else "")
            self._report(error.code, error.message + expected, place, help)
        else:
            own = below == later[0]
            message = f"'{below}' is used in its own definition" if own else f"'{below}' is defined only below"
            self._report(
                "used-before", message, place, "an equation may use the variables and the names defined above it"
            )

    def _name_below(self, line: Text, later: list[str]) -> str | None:
        """The name defined here or further down that an unreadable right-hand side waits for."""
        try:
            _, tree = read_definition(line, self.names().extended(later))
        except MathSyntaxError:
            return None
        return next((name for name in later if name in tree.symbols()), None)

    def _shapes(self) -> dict[str, tuple[int | str, ...]]:
        return {name: variable.shape for name, variable in self._variables.items() if variable.shape}

    def _shape_of(self, tree: Node, line: Text) -> tuple[int | str, ...]:
        """The shape of a right-hand side; ``()``, and a report in words, where its sizes do not fit."""
        shapes = self._shapes()
        used = [shapes[name] for name in tree.symbols() if name in shapes]
        try:
            if any(isinstance(size, str) for shape in used for size in shape):
                return Shapes(shapes).of(tree)
            value = expand(tree, shapes)
        except MathSyntaxError as error:
            self._report(error.code, error.message, line.locate(error.offset, error.width), error.help)
            return ()
        return value.shape if isinstance(value, Array) else ()

    # layers

    def read_layers(self, value: Value | None) -> None:
        """Layers are read by the room that knows them; here they are a list."""
        if isinstance(value, Mapping):
            help = "put '- ' before each layer, one a line"
            self._report("bad-value", "a list of layers was expected here", value.location, help)

    def read_model(self, given: Given, named: Value) -> tuple[Given, list[Diagnostic]]:
        """The layers of a model in a file of its own."""
        from examgrad.exam.layers_from import with_model

        if given.layers is not None:
            message = "layers and layers_from are two networks: a problem has one"
            return given, [_author("two-networks", message, named.location, "leave one of them out")]
        return with_model(given, named)
