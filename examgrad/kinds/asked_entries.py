"""The entries that a part asks for, and what they are called: of ``∂f/∂x`` one, of a Hessian a row for each name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from examgrad.errors import ExamgradError
from examgrad.exam.fields import Numbers
from examgrad.exam.model import Given, Part
from examgrad.formula.array_values import positions
from examgrad.formula.definitions import spelled_name
from examgrad.formula.shapes import Shapes
from examgrad.formula.tree import Apply, Node, Number, Symbol
from examgrad.kinds.derived import canonicals
from examgrad.kinds.entry_names import NO_NAMES, Entry, EntryNames
from examgrad.kinds.sizes import sizes_at

_MOST: Final = 400
"""Entries of an array, up to which each has a name that is looked for."""
_BY_PLACE: Final = {
    "gradient": ("g", "G", "grad"), "derivative": ("g", "G", "grad"), "jacobian": ("J",), "hessian": ("H",),
}  # fmt: skip
"""What a whole array of derivatives is called where its entries go by their places."""


def names_of(part: Part) -> EntryNames:
    """The entries of a part whose key is derived or computed; none where their number is not known."""
    given, fields = part.given, part.fields
    if part.kind == "value":
        return _of_value(part)
    if part.kind not in _BY_PLACE:
        return NO_NAMES
    of, wrt = canonicals(fields.of, given), canonicals(fields.wrt, given)
    if part.kind == "derivative":
        entry = Entry(Symbol(of[0]), tuple(map(Symbol, wrt)))
        return EntryNames([entry], whole=entry)
    shape = _Shapes(given, fields.at)
    upper = [entry for name in of for entry in shape.entries(name)]
    lower = [entry for name in wrt for entry in shape.entries(name)]
    letters = [letter for letter in _BY_PLACE[part.kind] if given.names.find(letter) is None]
    letters += of if len(of) == 1 else ()
    if not upper or not lower or len(upper) * len(lower) > _MOST:
        return NO_NAMES
    if part.kind == "gradient":
        width = shape.width(wrt[0]) if len(wrt) == 1 else None
        whole = Entry(Symbol(of[0]), tuple(map(Symbol, wrt)))
        return EntryNames([Entry(upper[0], (name,)) for name in lower], width, whole=whole, letters=letters)
    if part.kind == "hessian":
        pairs = [Entry(upper[0], (row, column)) for row in lower for column in lower]
        return EntryNames(pairs, len(lower), letters=letters)
    entries = [Entry(above, (below,)) for above in upper for below in lower]
    if fields.layout == "denominator":
        entries = [Entry(above, (below,)) for below in lower for above in upper]
    both = Entry(Symbol(of[0]), (Symbol(wrt[0]),)) if len(of) == len(wrt) == 1 else None
    width = len(upper) if fields.layout == "denominator" else len(lower)
    return EntryNames(entries, width, whole=both, letters=letters)


def names_of_arrays(of: str, *wrt: Sequence[str]) -> EntryNames:
    """Derivatives of one name by others, each of them one entry whatever its shape."""
    return EntryNames([Entry(Symbol(of), tuple(map(Symbol, names))) for names in wrt], arrays=True)


def _of_value(part: Part) -> EntryNames:
    """The name whose value is asked for, where that is all the formula is."""
    spelled = spelled_name(part.fields.of)
    name = part.given.names.find(spelled) if spelled else None
    if name is None:
        return NO_NAMES
    shape = _Shapes(part.given, part.fields.at)
    return EntryNames([Entry(node) for node in shape.entries(name)], shape.width(name), whole=Entry(Symbol(name)))


class _Shapes:
    """The shapes of a problem's names, in numbers as far as they or an ``at`` are numbers."""

    def __init__(self, given: Given, at: Mapping[str, Numbers] | None) -> None:
        self._shapes: Final = Shapes(given.names.shapes)
        self._sizes: Final = sizes_at(given, at)[0] if at else {}

    def _of(self, name: str) -> list[int] | None:
        try:
            shape = self._shapes.of(Symbol(name))
        except ExamgradError:
            return None
        sizes = [self._sizes.get(size, size) if isinstance(size, str) else size for size in shape]
        return [size for size in sizes if isinstance(size, int)] if all(isinstance(s, int) for s in sizes) else None

    def entries(self, name: str) -> Iterator[Node]:
        """A name's entries row by row; the name itself where it is a number, nothing where its size is a letter."""
        shape = self._of(name)
        if shape == []:
            yield Symbol(name)
        elif shape is not None:
            for place in positions(shape):
                yield Apply("entry", (Symbol(name), *map(Number, place)))

    def width(self, name: str) -> int | None:
        """How long the rows of a matrix are; ``None`` for what is none."""
        shape = self._of(name)
        return shape[1] if shape is not None and len(shape) == 2 else None
