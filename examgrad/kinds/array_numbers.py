"""Matrix expressions at numbers: the sizes that the arrays of an ``at`` have, and every entry's value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from examgrad.calculus.graph import Graph
from examgrad.calculus.sized import Sized, place_names, size_names
from examgrad.equality import evaluate
from examgrad.equality.rounding import as_ball
from examgrad.errors import DerivationError, Diagnostic, SpecError
from examgrad.exam.fields import Numbers
from examgrad.exam.model import Given
from examgrad.exam.readers import shape_of
from examgrad.formula.array_values import Array
from examgrad.formula.names import SUMMING, Names, Structure
from examgrad.formula.shapes import shown
from examgrad.formula.tree import Apply, Node, Number, substitute
from examgrad.kinds.base import Key
from examgrad.kinds.derived import author_error, canonical, point_of, with_numbers
from examgrad.kinds.sizes import sizes_at

_LARGEST_EXACT: Final = 2_000
"""Nodes up to which an entry is kept as the exact formula of its numbers."""

_LONGEST_EXACT: Final = 4_000
"""Bits up to which a number stays the fraction that it is."""
_KEPT_BITS: Final = 256
_SIMPLE: Final = 10_000
"""The largest denominator of a number that fifty digits are taken to be exactly."""
_SAME: Final = Fraction(1, 10**40)
_SMALLEST: Final = Fraction(1, _SIMPLE)
_LARGEST: Final = 10**9


def at_numbers(given: Given, at: Mapping[str, Numbers]) -> tuple[Sized, dict[str, Fraction]]:
    """The problem at the sizes of the arrays in ``at``, and the point. Raises :class:`SpecError`."""
    sizes, found = sizes_at(given, at)
    for name, value in at.items():
        if shape_of(value) and not given.names.variables[canonical(name, given)].shape:
            message = f"{name} in at is {shown(shape_of(value))}, and it is declared as {shown(())}"
            found.append(author_error("bad-shape", message, name))
    if found:
        raise SpecError(found)
    shapes, domains = given.names.shapes, given.names.domains
    names = size_names(shapes.values())
    places = place_names(given.definitions.values(), given.variables.keys() - shapes.keys())
    for name, value in point_of({name: value for name, value in at.items() if not shape_of(value)}, given).items():
        if name in names or name in places:
            sizes.setdefault(name, int(value))
    missing = [name for name in names if name not in sizes]
    if missing:
        raise SpecError(
            [author_error("no-number", f"at gives no array that says how large {', '.join(missing)} is", None)]
        )
    for name, value in at.items():
        if trouble := _breach(domains[canonical(name, given)].structure, value):
            found.append(author_error("bad-value", f"{name} in at {trouble}", name))
    if found:
        raise SpecError(found)
    return Sized(given.definitions, shapes, domains, sizes, domains), point_of(at, given)


def at_point(given: Given, at: Mapping[str, Numbers]) -> Given:
    """The problem whose variables are what ``at`` says they are. Raises :class:`SpecError`."""
    sizes = at_numbers(given, at)[0].sizes
    variables = [
        item._replace(shape=tuple(sizes.get(size, size) if isinstance(size, str) else size for size in item.shape))
        for item in given.names.variables.values()
    ]
    numbers: dict[str, Node] = {name: Number(size) for name, size in sizes.items()}
    numbers |= {canonical(name, given): _literal(value) for name, value in at.items()}
    return given._replace(names=Names(variables), definitions={**numbers, **given.definitions})


def _literal(value: Numbers) -> Node:
    """Numbers as they are written in brackets."""
    return Number(value) if isinstance(value, Fraction) else Apply("array", tuple(map(_literal, value)))


def _breach(structure: Structure, value: Numbers) -> str:
    """What is wrong with numbers that have not the structure they were declared with."""
    if not isinstance(value, tuple):
        return ""
    rows = [row if isinstance(row, tuple) else () for row in value]
    if structure == "symmetric" and value != tuple(zip(*rows, strict=False)):
        return "is not symmetric, as it is declared"
    lines = rows if any(rows) else [value]
    if structure in SUMMING and any(sum(line, Fraction(0)) != 1 for line in lines):
        return "does not sum to one, as it is declared"
    if structure == "one-hot" and any(entry not in (0, 1) for line in lines for entry in line):
        return "is not one-hot, as it is declared: a 1 and zeros"
    return ""


def array_key(key: Key, sized: Sized, point: Mapping[str, Fraction], *trees: Node) -> Key:
    """The key with its numbers, a list of them where it has several arrays, each of a shape of its own.

    Raises :class:`DerivationError` where a name has no number, or an entry no value.
    """
    values = known_values(sized, point)
    wholes: list[Node] = []
    for tree in trees:
        grown = sized.grown(tree)
        entries = grown.entries if isinstance(grown, Array) else (grown,)
        exact = [_constant(entry, sized, point, values) for entry in entries]
        wholes.append(Array(grown.shape, tuple(exact)).tree() if isinstance(grown, Array) else exact[0])
    return with_numbers(key, wholes[0] if len(wholes) == 1 else Apply("array", tuple(wholes)))


def numberless(given: Given, at: Mapping[str, Numbers], nodes: Iterable[Node], place: object) -> list[Diagnostic]:
    """The trouble with names that formulas are made of and ``at`` has no number for."""
    graph = Graph(given.definitions)
    used = frozenset[str]().union(*(graph.ancestors(node) | node.symbols() for node in nodes))
    variables = given.names.variables
    sizes = size_names(item.shape for item in variables.values() if item.shape)
    known = {canonical(name, given) for name in at}
    missing = [name for name in given.variables if name in used and name not in known and name not in sizes]
    return [author_error("no-number", f"at gives no number for {', '.join(missing)}", place)] if missing else []


def known_values(sized: Sized, point: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """The point with the value of every defined entry that has one there, fractions of many digits shortened."""
    values = dict(point)
    for name, definition in sized.graph.definitions.items():
        if definition.symbols() <= values.keys():
            number = evaluate(definition, values)
            if number is not None:
                values[name] = shortened(rational(number))
    return values


def shortened(value: Fraction) -> Fraction:
    """A fraction of more than a thousand digits as one of 75."""
    above, below = value.numerator, value.denominator
    if max(above.bit_length(), below.bit_length()) <= _LONGEST_EXACT:
        return value
    shift = _KEPT_BITS - above.bit_length() + below.bit_length()
    if shift < 0:
        return Fraction((above // (below << -shift)) << -shift)
    return Fraction((above << shift) // below, 1 << shift)


def _constant(entry: Node, sized: Sized, point: Mapping[str, Fraction], values: Mapping[str, Fraction]) -> Node:
    """An entry as a formula without names: exact where that is short, else of 50 digits."""
    numbers: dict[str, Node] = {name: Number(value) for name, value in point.items()}
    try:
        return substitute(sized.graph.expand(entry, limit=_LARGEST_EXACT), numbers)
    except DerivationError:
        value = evaluate(entry, values)
        if value is None:
            raise DerivationError("an entry of the key has no value at this point") from None
        return Number(rational(value))


def rational(value: object) -> Fraction:
    """A number as a fraction: exactly, or the simple one in the middle of a ball, or else the middle."""
    if isinstance(value, Fraction):
        return value
    mantissa, exponent = (int(part) for part in as_ball(value).mid().man_exp())
    middle = Fraction(mantissa) * Fraction(2) ** exponent
    if not _SMALLEST <= abs(middle) <= _LARGEST:
        return middle
    simple = middle.limit_denominator(_SIMPLE)
    return simple if abs(simple - middle) <= _SAME * abs(middle) else middle
