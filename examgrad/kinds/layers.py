"""``layers``: a table of output shapes and counts.

The rules of the layers are imported only where a key is not in the cache, the marking only where there is an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from examgrad.calculus.derivation import Step, Verified
from examgrad.errors import Diagnostic, SpecError
from examgrad.exam.fields import Fields, OneOrMany, Raw, nearest
from examgrad.exam.layers_from import fitted, rules_of
from examgrad.exam.model import Answer, Exam, Given, Part
from examgrad.formula import printer
from examgrad.formula.functions import SPELLINGS
from examgrad.formula.names import Domain, Names, Variable
from examgrad.formula.tree import Node
from examgrad.kinds.base import Derive, Key, Kind, Outcome, Row
from examgrad.kinds.derived import author_error
from examgrad.kinds.layer_tables.totals import totals

if TYPE_CHECKING:
    from examgrad.layers.models.fitted import Fitted, LooseRow
    from examgrad.layers.rows import LayerRow, LayerTable

COLUMNS: Final = ("shape", "parameters", "macs", "receptive_field", "activations", "memory")


class LayersFields(Fields):
    """The fields of a layer table."""

    needs = ("input", "layers")
    ask: OneOrMany
    key: Raw = None


class Layers(Kind):
    """The key is computed by the rules of the class's framework; every cell counts by itself."""

    name = "layers"
    fields = LayersFields

    def problems(self, part: Part, exam: Exam) -> list[Diagnostic]:
        """Unknown columns, and layers that cannot be read or do not fit."""
        found = [
            author_error("unknown-column", f"'{column}' is no column{nearest(column, COLUMNS)}", column,
                         help=f"ask may hold {', '.join(COLUMNS)}")
            for column in part.fields.ask
            if column not in COLUMNS
        ]  # fmt: skip
        placed = (
            replace(item, location=item.location or part.given.location) for item in _table(part, exam).diagnostics
        )
        return [*found, *placed]

    def warnings(self, part: Part, exam: Exam) -> list[Diagnostic]:
        """What the framework takes in silence: a Linear on the last axis of an image."""
        return list(_table(part, exam).warnings)

    def key(self, part: Part, exam: Exam, derive: Derive) -> Key:
        """One row a layer."""
        from examgrad.kinds.layer_tables.cells import shown
        from examgrad.kinds.layer_tables.marks import stated_key_problems

        made = _table(part, exam)
        if made.diagnostics:
            raise SpecError(list(made.diagnostics))
        rows = tuple(_row(row, part.fields.ask) for row in made.rows)
        if part.fields.key is not None and (wrong := stated_key_problems(part, exam, rows)):
            raise SpecError(wrong)
        steps = tuple(
            Step(f"{row.layer} {working.column}", f"{working.general}: {working.line}")
            for row in made.rows
            for working in row.steps
            if working.column in part.fields.ask
        )
        steps += totals(made.rows, part.fields.ask)
        steps += tuple(Step("warning", item.message) for item in made.warnings)
        text = "; ".join(
            f"{row.op}: " + ", ".join(shown(row.values.get(column)) for column in part.fields.ask) for row in rows
        )
        return Key(
            part.name, self.name, text, unicode=text, rows=rows, steps=steps, verified=Verified("rules of the layers")
        )

    def check(self, part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
        """Judge every cell; what is wrong may be right given the student's own earlier rows."""
        from examgrad.kinds.layer_tables.marks import marked

        return marked(part, exam, key, answer)


def _table(part: Part, exam: Exam) -> LayerTable | Fitted:
    if (placed := fitted(part.given, exam.conventions)) is not None:
        return placed.of_parameters() if set(part.fields.ask) == {"parameters"} else placed
    from examgrad.layers.table import table

    return table(part.given.input, part.given.layers, rules_of(exam.conventions))


def names_of(given: Given, rows: Sequence[Row]) -> Names:
    """The names that a cell may use: the problem's, and the symbols of the sizes."""
    texts = [text for row in rows for value in row.values.values() for text in _texts(value)]
    words = {word for text in texts for word in re.findall(r"[^\W\d]\w*", text)} - SPELLINGS.keys()
    whole = Domain(low=Fraction(0), integer=True)
    declared = given.names.variables
    return Names([*declared.values(), *(Variable(word, whole) for word in sorted(words - declared.keys()))])


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _row(row: LayerRow | LooseRow, ask: Sequence[str]) -> Row:
    """A row with its shape and counts, and whatever else is asked for."""
    columns = dict.fromkeys([*ask, "shape", "parameters", "macs", "receptive_field"])
    values = {column: _value(getattr(row, column)) for column in columns if getattr(row, column) is not None}
    return Row(row.layer, row.op, values, row.formulas)


def _value(size: object) -> object:
    """A size as JSON has it: a number, the text of a formula, or a list of them."""
    if isinstance(size, tuple):
        return [_value(item) for item in size]
    return printer.plain(size) if isinstance(size, Node) else size
