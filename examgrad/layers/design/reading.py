"""What an exam says of a design: which letters are asked for, what must come out, and under which conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from examgrad.formula.names import plain_spelling
from examgrad.formula.tree import Node
from examgrad.layers.calls import Value, read_value
from examgrad.layers.design.network import NEEDED, Design, Letter, Spot, Target, symbols_in
from examgrad.layers.design.terms import read_bound, read_condition
from examgrad.layers.formulas import pretty
from examgrad.layers.network import Entry, read_inputs, read_layers
from examgrad.layers.registry import find as find_form
from examgrad.layers.signatures import bind
from examgrad.layers.site import Conventions
from examgrad.layers.sizes import Size, as_node, show
from examgrad.layers.trouble import LayerError, Place, nearest

COLUMNS: Final = ("shape", "parameters", "macs", "receptive_field")


_NETWORK: Final = frozenset({"network", "total", "all", "whole network", "model"})


_TARGET_HELP: Final = "write target: {layer: CONV, shape: [16, 16, 8], parameters: '<= 5000'}"


def read_design(
    input: object, layers: object, find: object, target: object, where: Sequence[str] = (),
    conventions: Conventions | None = None,
) -> Design:  # fmt: skip
    """The design that an exam's fields state. Raises :class:`LayerError` for the first that is wrong."""
    conventions = conventions or Conventions()
    inputs, entries = read_inputs(input), read_layers(layers, conventions.framework)
    for entry in entries:
        if entry.problem is not None:
            raise entry.problem
    places = _places(inputs, entries, conventions)
    letters = tuple(_letters(find, places))
    conditions = tuple(map(read_condition, where))
    known = {letter.name for letter in letters}
    for condition, text in zip(conditions, where, strict=True):
        if strange := sorted(condition.letters - known):
            message = f"'{strange[0]}' in where is none of the letters that are asked for{nearest(strange[0], known)}"
            raise LayerError("condition", message, Place(text))
    design = Design(inputs, tuple(entries), letters, (), conditions, conventions)
    design = replace(design, targets=tuple(_targets(target, design)))
    if not design.targets and not any(letter.role in NEEDED for letter in letters):
        place = Place(find) if isinstance(find, str) else None
        raise LayerError("target", "nothing is asked for: the part has no target", place, _TARGET_HELP)
    return design


def _places(
    inputs: Mapping[str, tuple[Size, ...]], entries: Sequence[Entry], conventions: Conventions
) -> dict[str, list[Spot]]:
    """Where every symbol stands."""
    found: dict[str, list[Spot]] = {}
    for shape in inputs.values():
        for size in shape:
            for name in sorted(as_node(size).symbols()):
                found.setdefault(name, []).append(Spot(-1, "input"))
    for index, entry in enumerate(entries):
        if not entry.call.name:
            continue
        bound = bind(find_form(entry.call, conventions.framework), entry.call)
        for role, argument in bound.items():
            for name in sorted(symbols_in(argument.value)):
                found.setdefault(name, []).append(Spot(index, role))
    return found


def _letters(find: object, places: Mapping[str, Sequence[Spot]]) -> Iterator[Letter]:
    if isinstance(find, str):
        find = [item for item in find.replace(",", " ").split() if item]
    pairs = list(find.items()) if isinstance(find, Mapping) else [(item, None) for item in find or ()]  # type: ignore[attr-defined]
    if not pairs:
        raise LayerError("find", "find names the letters that are to be chosen, such as [K, S, P]")
    seen: set[str] = set()
    for written, allowed in pairs:
        if not isinstance(written, str):
            raise LayerError(
                "find", "find is a list of letters, or a mapping of them to ranges: {K: [1, 3, 5], S: 1..4}"
            )
        name = plain_spelling(written.strip())
        if name not in places:
            hint = nearest(name, places) or (f"; they have {', '.join(sorted(places))}" if places else "")
            message = f"the letter {written.strip()} stands in no layer{hint}"
            raise LayerError(
                "find", message, Place(written), "write it where the number would be: CONV(8, K, stride=S)"
            )
        if name in seen:
            raise LayerError("find", f"the letter {name} is asked for twice", Place(written))
        seen.add(name)
        numbers, text = _allowed(allowed, written)
        yield Letter(name, tuple(places[name]), numbers, text)


def _allowed(given: object, place: str) -> tuple[tuple[int, ...] | None, str]:
    """The numbers that an exam restricts a letter to: a list, ``1..4``, or nothing."""
    if given is None or (isinstance(given, str) and not given.strip()):
        return None, ""
    text = given if isinstance(given, str) else ""
    help = "write a list of numbers, or a range such as 1..4"
    try:
        if isinstance(given, Sequence) and not isinstance(given, str):
            numbers = tuple(int(str(item)) for item in given)
            return numbers, ", ".join(map(str, numbers))
        low, dots, high = str(given).replace(" ", "").partition("..")
        span = (int(low), int(high.lstrip(".")) if dots else int(low))
    except (ValueError, TypeError):
        raise LayerError("find", f"this is no range of numbers for {place}", Place(text or place), help) from None
    if not 0 <= span[1] - span[0] < 10_000:
        raise LayerError("find", f"the range {given} holds no numbers, or too many", Place(text or place), help)
    return tuple(range(span[0], span[1] + 1)), f"{span[0]} to {span[1]}"


def _targets(given: object, design: Design) -> Iterator[Target]:
    items = [] if given is None or given == "" else given if isinstance(given, list | tuple) else [given]
    help = _TARGET_HELP
    for item in items:
        if not isinstance(item, Mapping):
            place = Place(item) if isinstance(item, str) else None
            raise LayerError("target", "a target is a mapping of what a layer must give", place, help)
        for key in item:
            if str(key) not in (*COLUMNS, "layer"):
                message = f"a target has no {key}{nearest(str(key), (*COLUMNS, 'layer'))}"
                raise LayerError("target", message, Place(key), f"it has layer, {', '.join(COLUMNS)}")
        if not any(column in item for column in COLUMNS):
            raise LayerError("target", "this target asks for nothing", None, help)
        for column in COLUMNS:
            if column in item:
                yield _target(column, item[column], item.get("layer"), design)


def _target(column: str, given: object, layer: object, design: Design) -> Target:
    index = _layer_index(column, layer, design)
    if column in ("parameters", "macs"):
        bound = read_bound(given)
        if bound is None or isinstance(given, list | tuple):
            raise LayerError(
                "target", f"{column} is one number or a bound", Place(given) if isinstance(given, str) else None
            )
        return Target(column, index, (bound,), pretty(bound.text))
    if isinstance(given, str):
        try:
            value = read_value(given)
        except LayerError:
            value = None
        many = isinstance(value, tuple)
        given = [show(item) if isinstance(item, int) else item for item in _plain_items(value)] if many else [given]
    elif not isinstance(given, list | tuple):
        given = [given]
    bounds = tuple(read_bound(item) for item in given)
    if not any(bounds):
        raise LayerError("target", f"this {column} asks for nothing")
    texts = [pretty(bound.text) if bound else "_" for bound in bounds]
    return Target(column, index, bounds, texts[0] if column != "shape" and len(texts) == 1 else f"[{', '.join(texts)}]")


def _plain_items(value: Value) -> list[str]:
    assert isinstance(value, tuple)
    return [show(item) if isinstance(item, Node) else "_" for item in value]


def _layer_index(column: str, layer: object, design: Design) -> int | None:
    """The position of the layer that a target is about; ``None`` for the whole network."""
    last = len(design.entries) - 1
    word = "" if layer is None else str(layer).strip()
    if word.lower() in _NETWORK or (not word and column in ("parameters", "macs")):
        return None if column in ("parameters", "macs") else last
    if not word or word.lower() in ("last", "output"):
        return last
    if word.isdigit() and len(word) < 6 and 1 <= int(word) <= last + 1:
        return int(word) - 1
    rows = design.template.rows
    for position, row in enumerate(rows):
        if row.layer == word:
            return position
    found = [
        position
        for position, entry in enumerate(design.entries)
        if word in (entry.name, entry.op)
        or word.lower() in (entry.call.name.lower(), entry.call.name.rpartition(".")[2].lower())
    ]
    place = Place(layer) if isinstance(layer, str) else None
    if len(found) == 1:
        return found[0]
    names = [row.layer for row in rows]
    if found:
        raise LayerError("target", f"{word} is {len(found)} layers", place, f"name one of {', '.join(names)}")
    known = [*names, *(entry.call.name for entry in design.entries)]
    raise LayerError(
        "target", f"there is no layer {word}{nearest(word, known)}", place, f"they are {', '.join(names[:12])}"
    )
