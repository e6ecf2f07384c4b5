"""What follows from a student's own earlier shapes: the layers below run again from what the student wrote above.

A shape that makes the layers below trivial or impossible (ones and zeros) is not followed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from examgrad.formula.tree import Node, Number
from examgrad.layers.again import again, output
from examgrad.layers.convolution import convolution, separable
from examgrad.layers.formulas import NOTHING, Count
from examgrad.layers.polynomials import TooLarge
from examgrad.layers.reach import View
from examgrad.layers.rows import LayerRow, Network, memory
from examgrad.layers.site import Effect, Site, Tensor
from examgrad.layers.sizes import LARGEST, Size, evaluate, product, same

SMALL: Final = 4
"""Where the right size is at least this, a 1 in its place is not followed."""


class Own(NamedTuple):
    """What a student wrote for one layer, as far as it is wrong, could be read, and is in the key's layout."""

    shape: tuple[Node, ...] = ()
    receptive_field: tuple[Node, ...] = ()
    right: bool = False
    """Whether the shape is the right one."""


class Expected(NamedTuple):
    """What a layer makes of what the student wrote above it; ``values`` are empty where that is the key."""

    effect: Effect
    inputs: tuple[Tensor, ...]
    values: Mapping[str, Size | tuple[Size, ...]]


def expected(network: Network, own: Sequence[Own]) -> list[Expected]:
    """For each row what follows from the student's earlier ones."""
    tensors: dict[str, Tensor] = {}
    found = []
    for row, mine in zip(network.rows, own, strict=True):
        site = network.sites[row.layer]
        inputs = tuple(tensors.get(source, tensor) for source, tensor in zip(row.sources, site.inputs, strict=True))
        changed = again(site, inputs) if inputs != site.inputs else None
        effect = _shared(row, changed) if changed is not None else row.effect
        values = {} if changed is None else _values(row, effect)
        shape = _usable(mine.shape, row.shape)
        if shape and shape != row.shape:
            values["activations"] = product(shape)
            values["memory"] = memory(product(shape), effect.parameters.value).value
            if (macs := _macs(site, effect, shape)) is not None:
                values["macs"] = macs
        found.append(Expected(effect, inputs, values))
        given = _tensor(row, mine, shape, output(effect) if changed is not None else None)
        if given is not None:
            tensors[row.layer] = given
    return found


def _shared(row: LayerRow, effect: Effect) -> Effect:
    return replace(effect, parameters=NOTHING, frozen=NOTHING) if row.shared else effect


def _values(row: LayerRow, effect: Effect) -> dict[str, Size | tuple[Size, ...]]:
    made = replace(row, effect=effect)
    values: dict[str, Size | tuple[Size, ...]] = {"shape": made.shape, "parameters": made.parameters, "macs": made.macs}
    values["activations"], values["memory"] = made.activations, made.memory
    if made.receptive_field is not None:
        values["receptive_field"] = made.receptive_field
    return values


def _tensor(row: LayerRow, mine: Own, shape: tuple[Size, ...], followed: Tensor | None) -> Tensor | None:
    """What the layers below are to work with; ``None`` for what is right."""
    true = Tensor(row.shape, row.effect.views)
    base = followed or true
    if shape:
        base = Tensor(shape, base.views if len(shape) == len(base.shape) else ())
    elif mine.right:
        base = Tensor(true.shape, base.views)
    seen = _usable(mine.receptive_field, row.receptive_field or ())
    if seen:
        base = Tensor(base.shape, tuple(_seeing(view, seen) for view in base.views))
    return None if base == true else base


def _seeing(view: View, seen: tuple[Size, ...]) -> View:
    """A view of the extent that the student wrote."""
    size = seen[min(view.source_axis, len(seen) - 1)] if len(seen) > 1 else seen[0]
    if len(view.low) != 1 or view.unit is not None or not isinstance(size, int) or not isinstance(view.low[0], int):
        return view
    return replace(view, high=(view.low[0] + size - 1,), figure=None)


def _usable(sizes: tuple[Node, ...], right: tuple[Size, ...]) -> tuple[Size, ...]:
    """Sizes that the layers below can be worked out with; none where they would be trivial or impossible."""
    found = []
    for size in sizes:
        try:
            value = evaluate(size, {})
        except (ValueError, ZeroDivisionError, TooLarge):
            return ()
        if isinstance(value, int) and not 1 <= value <= LARGEST:
            return ()
        found.append(value)
    if len(found) != len(right):
        return () if 1 in found else tuple(found)
    for mine, true in zip(found, right, strict=True):
        if mine == 1 and not (isinstance(true, int) and true < SMALL):
            return ()
    return tuple(found)


def _macs(site: Site, effect: Effect, shape: tuple[Size, ...]) -> Size | None:
    """The multiply-accumulates of a convolution at the positions of the student's own output."""
    if site.form.rule not in (convolution, separable) or len(shape) != len(effect.shape):
        return None
    names = [name for name in effect.macs.values if name.startswith("n_") or name == "n"]
    channels, spatial = site.conventions.parted(shape)
    values = {**effect.macs.values, **dict(zip(names, spatial, strict=True))}
    if not site.form.options.get("depthwise"):
        values["C_out"] = channels
    return Count(effect.macs.text, **values).value


def size_of(node: Node) -> Size | None:
    """A formula as a size in normal form; ``None`` where it is none."""
    if isinstance(node, Number) and node.value.denominator == 1:
        return int(node.value)
    try:
        return evaluate(node, {})
    except (ValueError, ZeroDivisionError, TooLarge):
        return None


def agrees(size: Size, found: Node) -> bool:
    """Whether a student's formula is the size."""
    value = size_of(found)
    try:
        return value is not None and same(size, value) is True
    except (TooLarge, ValueError):
        return False


def fits(value: object, found: Sequence[Node]) -> bool:
    """Whether what was read is a value, or a shape."""
    if isinstance(value, tuple):
        return len(value) == len(found) and all(map(agrees, value, found))
    return len(found) == 1 and isinstance(value, int | Node) and agrees(value, found[0])
