"""The layers of an exam file as a list of entries: their calls, names, inputs and shared weights.

An entry is a text (``CONV(10, 5)``), a mapping of a layer to its arguments (``CONV: {filters: 10, size: 5}``), or
of a name to a layer (``c2: "Conv2d(64, 64, 3)"``), beside which ``from``, ``share`` and ``name`` may stand. One text of
many lines is a layer a line, or what ``print(model)`` writes (see :mod:`examgrad.layers.models`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from examgrad.formula.tree import Node, Number
from examgrad.layers.calls import Argument, Call, Value, read_line, read_value
from examgrad.layers.registry import lookup
from examgrad.layers.signatures import Framework
from examgrad.layers.sizes import Size, evaluate
from examgrad.layers.trouble import LayerError, Place, lines_of

MOST_LAYERS: Final = 5_000
_KEYS: Final = ("from", "share", "name")
_PRINTED: Final = re.compile(r"\((\w+)\)")


@dataclass(frozen=True)
class Entry:
    """One layer as written.

    ``sources`` is ``None`` where it follows the layer above; ``share`` is whose weights it uses. ``problem`` is set,
    and the call empty, where it could not be read.
    """

    op: str
    call: Call
    place: Place
    name: str = ""
    sources: tuple[str, ...] | None = None
    share: str = ""
    problem: LayerError | None = field(default=None, compare=False)


def read_layers(layers: object, framework: Framework) -> list[Entry]:
    """All entries; one that cannot be read holds its problem. Raises :class:`LayerError` where there are no layers."""
    if isinstance(layers, str):
        layers = _block(layers)
    if isinstance(layers, Mapping):
        layers = [{name: layer} for name, layer in layers.items()]
    if not isinstance(layers, Sequence) or not layers:
        raise LayerError("missing-layers", "layers is a list of layers, such as CONV(10, 5)")
    if len(layers) > MOST_LAYERS:
        raise LayerError("too-long", f"a network has at most {MOST_LAYERS} layers, this has {len(layers)}")
    entries = []
    for layer in layers:
        try:
            entries.append(_entry(layer, framework))
        except LayerError as problem:
            place = problem.place or Place("")
            entries.append(Entry(_shown(layer), Call("", (), place), place, problem=problem))
    return entries


def _block(text: str) -> list[Any]:
    """The entries of one text: what ``print(model)`` wrote, or a layer a line."""
    from examgrad.layers.models.printed import looks_printed, read_printed
    from examgrad.layers.models.unrolled import Unrolled

    if looks_printed(text):
        return Unrolled(read_printed(text)).entries
    return [line for line in lines_of(text) if line.strip()]


def read_inputs(given: object) -> dict[str, tuple[Size, ...]]:
    """The inputs' shapes by name; a single one is called ``input``. Raises :class:`LayerError`."""
    if given is None or given in ("", [], {}):
        raise LayerError("missing-input", "the network needs its input: the shape of one sample, such as [32, 32, 3]")
    if isinstance(given, Mapping):
        return {str(name): _shape(shape) for name, shape in given.items()}
    return {"input": _shape(given)}


def _shape(given: object) -> tuple[Size, ...]:
    value = _value(given)
    items = value if isinstance(value, tuple) else (value,)
    written = given if isinstance(given, list | tuple) else [given] * len(items)
    sizes = []
    for item, text in zip(items, written, strict=True):
        place = Place(text) if isinstance(text, str) else None
        if not isinstance(item, Node):
            help = "give a size that may vary a name, such as T" if item is None else ""
            message = "a shape is a list of sizes (numbers or symbols), such as [32, 32, 3]"
            raise LayerError("input", message, place, help)
        try:
            size = evaluate(item, {})
        except (ValueError, ZeroDivisionError):
            raise LayerError("input", "a size of the input is a positive integer or a symbol", place) from None
        if isinstance(size, int) and not 1 <= size <= 10**9:
            raise LayerError("input", f"a size of the input is at least 1 and at most 10⁹, not {size}", place)
        sizes.append(size)
    if len(sizes) > 8:
        raise LayerError("input", f"a shape has at most 8 dimensions, and this has {len(sizes)}")
    return tuple(sizes)


def _entry(layer: object, framework: Framework) -> Entry:
    if isinstance(layer, str):
        name, call = read_line(layer)
        return Entry(layer.strip(), call, Place(layer), name)
    if not isinstance(layer, Mapping):
        raise LayerError("layer", f"a layer is a text such as CONV(10, 5) or a mapping, not {layer!r:.60}")
    rest = {key: value for key, value in layer.items() if str(key) not in _KEYS}
    extra = {str(key): value for key, value in layer.items() if str(key) in _KEYS}
    place = Place(next((key for key in layer if isinstance(key, str)), ""))
    name = str(extra["name"]) if "name" in extra else ""
    sources = _names(extra["from"], place) if "from" in extra else None
    share = str(extra.get("share", ""))
    if not rest and share:
        return Entry("", Call("", (), place), place, name, sources, share)
    if len(rest) != 1:
        words = ", ".join(map(str, rest)) or "none"
        help = f"beside it may stand {', '.join(_KEYS)}; arguments stand inside: CONV: {{filters: 10, size: 5}}"
        raise LayerError("layer", f"a mapping names one layer, and this names {words}", place, help)
    ((key, value),) = rest.items()
    key = key if isinstance(key, str) else str(key)
    if (printed := _PRINTED.fullmatch(key)) and isinstance(value, str):
        label = "" if printed[1].isdigit() else printed[1]
        return Entry(value.strip(), read_line(value)[1], Place(value), name or label, sources, share)
    if share and value in (None, "") and lookup(key, framework) is None:
        return Entry("", Call("", (), Place(key)), Place(key), name or key, sources, share)
    if isinstance(value, Mapping) and lookup(key, framework) is None and len(value) == 1:
        ((inner, arguments),) = value.items()
        return Entry(_shown({inner: arguments}), _call(inner, arguments), Place(key), key, sources, share)
    if isinstance(value, str) and _names_layer(value, key, framework):
        return Entry(value.strip(), read_line(value)[1], Place(value), name or key, sources, share)
    return Entry(_shown({key: value}), _call(key, value), Place(key), name, sources, share)


def _names_layer(text: str, key: str, framework: Framework) -> bool:
    """Whether ``key: text`` gives a layer a name, rather than a layer its one argument."""
    if lookup(key, framework) is None or lookup(text.strip().rpartition(".")[2], framework) is not None:
        return True
    try:
        return isinstance(read_value(text), Call)
    except LayerError:
        return "(" in text


def _names(given: object, place: Place) -> tuple[str, ...]:
    items = given if isinstance(given, list | tuple) else [given]
    if not items or not all(isinstance(item, str | int) for item in items):
        raise LayerError("from", "from names a layer, or a list of layers", place)
    return tuple(str(item).strip() for item in items)


def _call(name: str, arguments: object) -> Call:
    """A call from its mapping form; every argument's place is its own scalar."""
    place = Place(name)
    if isinstance(arguments, Mapping):
        bound = tuple(
            Argument(str(key), _value(value), Place(value) if isinstance(value, str) else Place(str(key)))
            for key, value in arguments.items()
        )
    elif arguments is None or arguments == "":
        bound = ()
    else:
        items = arguments if isinstance(arguments, list | tuple) else [arguments]
        bound = tuple(Argument("", _value(item), Place(item) if isinstance(item, str) else place) for item in items)
    return Call(name.strip(), bound, place)


def _value(given: object) -> Value:
    if given is None or isinstance(given, bool):
        return given
    if isinstance(given, int):
        return Number(given)
    if isinstance(given, float):
        return read_value(repr(given))
    if isinstance(given, str):
        return read_value(given)
    if isinstance(given, list | tuple):
        return tuple(_value(item) for item in given)
    if isinstance(given, Node):
        return given
    raise LayerError("argument", f"{given!r:.60} is neither a number, a word nor a list")


def _shown(layer: object) -> str:
    """An entry in the form of a call, for the table."""
    if isinstance(layer, Mapping) and len(layer) == 1:
        ((name, arguments),) = layer.items()
        if isinstance(arguments, Mapping):
            return f"{name}({', '.join(f'{key}={_plain(value)}' for key, value in arguments.items())})"
        items = arguments if isinstance(arguments, list | tuple) else [] if arguments in (None, "") else [arguments]
        return f"{name}({', '.join(map(_plain, items))})"
    return str(layer)[:200]


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"({', '.join(map(_plain, value))}{',' * (len(value) == 1)})"
    return str(value)
