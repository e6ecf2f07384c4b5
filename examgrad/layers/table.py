"""Layer tables: a network's shapes and counts, layer by layer.

>>> from examgrad.layers.table import table
>>> made = table([32, 32, 3], ["CONV(10, 5)", "POOL(2)"])
>>> [(row.layer, row.shape, row.parameters) for row in made.rows]
[('conv1', (28, 28, 10), 760), ('pool1', (14, 14, 10), 0)]
>>> made.rows[0].formulas["parameters"]
'(5*5*3 + 1)*10'
>>> made.rows[0].steps[0].line
'⌊(32 − 5 + 2·0)/1⌋ + 1 = 28'
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from examgrad.layers.explain import FARTHEST, Above, explanation
from examgrad.layers.formulas import NOTHING
from examgrad.layers.network import Entry, read_inputs, read_layers
from examgrad.layers.polynomials import TooLarge
from examgrad.layers.reach import start
from examgrad.layers.registry import find
from examgrad.layers.rows import LayerRow, LayerTable, Network
from examgrad.layers.signatures import bind, written_name
from examgrad.layers.site import Conventions, Effect, Site, Tensor, checked
from examgrad.layers.sizes import NotWhole, Size, same, show, show_shape
from examgrad.layers.trouble import LayerDiagnostic, LayerError, nearest


def table(input: object, layers: object, conventions: Conventions | None = None) -> LayerTable:
    """The layer table of a network.

    ``input`` is the shape of one sample (a list, or a text), or a mapping from names to shapes; ``layers`` a list
    of entries (see :mod:`examgrad.layers.network`). Never raises: what is wrong is in ``diagnostics``.
    """
    conventions = conventions or Conventions()
    try:
        inputs = read_inputs(input)
        entries = read_layers(layers, conventions.framework)
    except LayerError as error:
        return LayerTable({}, (), (_diagnostic(error, "", -1),))
    return table_of(inputs, entries, conventions)


def table_of(inputs: Mapping[str, tuple[Size, ...]], entries: list[Entry], conventions: Conventions) -> LayerTable:
    """The layer table of a network whose inputs and layers were read before."""
    return _Walk(inputs, entries, conventions).run()


def network(input: object, layers: object, conventions: Conventions) -> Network:
    """The network of :func:`table`, with its sites. Raises :class:`LayerError` where it cannot be read."""
    walk = _Walk(read_inputs(input), read_layers(layers, conventions.framework), conventions)
    return Network(walk.run().rows, walk.calls)


@contextmanager
def _without_collector() -> Iterator[None]:
    """No search for garbage meanwhile: rows hold no cycles, and each search looks through all rows so far."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


class _Walk:
    """One pass over a network's entries."""

    def __init__(self, inputs: Mapping[str, tuple[Size, ...]], entries: list[Entry], conventions: Conventions) -> None:
        self.inputs = inputs
        self.entries = entries
        self.conventions = conventions
        self.tensors = {name: self._input(name, shape) for name, shape in inputs.items()}
        self.rows: dict[str, LayerRow] = {}
        self.calls: dict[str, Site] = {}
        self.given = {entry.name for entry in entries if entry.name}
        self.numbers: dict[str, int] = {}
        self.warnings: list[LayerDiagnostic] = []

    def _input(self, name: str, shape: tuple[Size, ...]) -> Tensor:
        if len(shape) < 2:
            spatial: range = range(0)
        else:
            spatial = range(1, len(shape)) if self.conventions.channels_first else range(len(shape) - 1)
        return Tensor(shape, start(name, shape, spatial))

    def run(self) -> LayerTable:
        with _without_collector():
            return self._run()

    def _run(self) -> LayerTable:
        problems = []
        broken = False
        for index, entry in enumerate(self.entries):
            try:
                if entry.problem is not None:
                    raise entry.problem
                if broken:
                    self._read_only(entry)
                else:
                    self._layer(index, entry)
            except LayerError as error:
                told = _diagnostic(error, self._name_of(entry), index, entry)
                problems.append(told if broken or entry.problem is not None else replace(told, above=self._so_far()))
                broken = True
        return LayerTable(self.inputs, tuple(self.rows.values()), tuple(problems), tuple(self.warnings))

    def _so_far(self) -> tuple[tuple[str, str], ...]:
        """Names and shapes of the inputs and of the layers that fit."""
        return tuple((name, show_shape(tensor.shape)) for name, tensor in self.tensors.items())

    def _read_only(self, entry: Entry) -> None:
        """What can be said of a layer below one that does not fit: whether it can be called so."""
        if entry.call.name:
            bind(find(entry.call, self.conventions.framework), entry.call)
            self._name_of(entry)

    def _layer(self, index: int, entry: Entry) -> None:
        if entry.share and entry.share not in self.calls:
            self._unknown_source(entry, entry.share)
        original = self.calls[entry.share] if entry.share else None
        call = entry.call if entry.call.name or original is None else original.call
        form = find(call, self.conventions.framework)
        sources = self._sources(entry)
        site = Site(form, call, bind(form, call), tuple(self.tensors[source] for source in sources), self.conventions)
        fewest, most = form.merges
        if len(sources) < fewest or (most is not None and len(sources) > most):
            wanted = "one input" if most == 1 else f"{fewest} inputs" if fewest == most else f"at least {fewest} inputs"
            site.fail("inputs", f"{call.name} takes {wanted} and gets {len(sources)}", help="name them: from: [c1, c2]")
        site.agree_on_layout()
        try:
            effect = form.rule(site)
            shape = checked(site, effect)
            if original is not None:
                effect = self._shared(site, entry.share, effect)
        except LayerError as error:
            raise explanation(error, site, self._history(sources)) from None
        except ZeroDivisionError:
            site.fail("argument", f"{call.name} divides by zero")
        except (TooLarge, NotWhole) as error:
            site.fail("too-large" if isinstance(error, TooLarge) else "not-whole", f"{call.name}: {error}")
        name = self._name(entry, form.stem, written_name(call))
        self.tensors[name] = Tensor(shape, effect.views)
        self.calls[name] = site
        self.rows[name] = LayerRow(name, entry.op or call.name, sources, effect, entry.place, entry.share)
        for message in dict.fromkeys((*site.warnings, *effect.notes)):
            self.warnings.append(_diagnostic(LayerError("warning", message, call.place), name, index))

    def _shared(self, site: Site, owner: str, effect: Effect) -> Effect:
        """The effect without parameters, which are counted where their owner stands."""
        owner = self.rows[owner].shared or owner
        own, others = effect.parameters.value, self.rows[owner].parameters
        if same(others, own) is False:
            counts = f"it has {show(own)} parameters, and {owner} has {show(others)}"
            site.fail("share", f"{site.name} cannot share the weights of {owner}: {counts}")
        return replace(effect, parameters=NOTHING, frozen=NOTHING)

    # -- names

    def _name(self, entry: Entry, stem: str, written: str) -> str:
        name = entry.name or written
        if name:
            if name in self.tensors:
                raise LayerError("duplicate-name", f"there already is a layer or input called {name}", entry.place)
            return name
        while True:
            self.numbers[stem] = self.numbers.get(stem, 0) + 1
            name = f"{stem}{self.numbers[stem]}"
            if name not in self.given and name not in self.tensors:
                return name

    def _name_of(self, entry: Entry) -> str:
        """The name an entry would have had, for a message about it."""
        if entry.name:
            return entry.name
        try:
            stem = find(entry.call, self.conventions.framework).stem
        except LayerError:
            return ""
        return self._name(entry, stem, written_name(entry.call))

    def _sources(self, entry: Entry) -> tuple[str, ...]:
        if entry.sources is None:
            if self.rows:
                return (next(reversed(self.rows)),)
            return (next(iter(self.inputs)),)
        for source in entry.sources:
            if source not in self.tensors and not (source == "input" and len(self.inputs) == 1):
                self._unknown_source(entry, source)
        single = next(iter(self.inputs))
        return tuple(source if source in self.tensors else single for source in entry.sources)

    def _unknown_source(self, entry: Entry, source: str) -> None:
        if source in self.given:
            message = f"{source} stands below: a layer takes its input from layers above it"
            raise LayerError("order", message, entry.place)
        near = nearest(source, self.tensors)
        raise LayerError("unknown-source", f"there is no layer {source} above{near}", entry.place)

    def _history(self, sources: tuple[str, ...]) -> list[Above]:
        """The layers in line above, nearest first, as far as each takes one input."""
        found: list[Above] = []
        while len(sources) == 1 and sources[0] in self.rows and len(found) < FARTHEST:
            found.append(Above(sources[0], self.calls[sources[0]]))
            sources = self.rows[sources[0]].sources
        return found


def _diagnostic(error: LayerError, layer: str, index: int, entry: Entry | None = None) -> LayerDiagnostic:
    place = error.place or (entry.place if entry else None)
    location = place.location() if place is not None and place.text else None
    message = f"{layer}: {error.message}" if layer and not error.message.startswith(f"{layer}:") else error.message
    return LayerDiagnostic(error.code, message, "author", location, error.help, layer, index)
