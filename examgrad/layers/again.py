"""A network's layers run again, one at a time, with something else in them: other inputs, other arguments.

What a student's own earlier shape would lead to, and what a slip makes of a layer, are found by the layer's own rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from examgrad.layers.calls import Argument, Value
from examgrad.layers.network import read_inputs, read_layers
from examgrad.layers.polynomials import TooLarge
from examgrad.layers.site import Conventions, Effect, Site, Tensor, checked
from examgrad.layers.table import LayerRow, walk
from examgrad.layers.trouble import LayerError


@dataclass(frozen=True)
class Network:
    """A network that fits: its rows in order, and by name the site that each layer works at."""

    rows: tuple[LayerRow, ...]
    sites: Mapping[str, Site]


def network(input: object, layers: object, conventions: Conventions) -> Network:
    """The network of :func:`examgrad.layers.table.table`, with its sites. Raises :class:`LayerError` as that tells."""
    made, sites = walk(read_inputs(input), read_layers(layers, conventions.framework), conventions)
    return Network(made.rows, sites)


def again(site: Site, inputs: Sequence[Tensor] | None = None, /, **arguments: Value) -> Effect | None:
    """What the layer makes of other inputs, or with other arguments; ``None`` where it does not fit.

    An argument that the layer does not have makes it fit not at all.
    """
    if not arguments.keys() <= site.arguments.keys():
        return None
    bound = {role: Argument(role, value, site.arguments[role].place) for role, value in arguments.items()}
    tensors = site.inputs if inputs is None else tuple(inputs)
    changed = replace(site, inputs=tensors, arguments={**site.arguments, **bound}, warnings=[])
    try:
        effect = site.form.rule(changed)
        checked(changed, effect)
    except (LayerError, TooLarge, ValueError, LookupError, ZeroDivisionError):
        return None
    return effect


def output(effect: Effect) -> Tensor:
    """What the layer above hands on."""
    return Tensor(tuple(figure.value for figure in effect.shape), effect.views)
