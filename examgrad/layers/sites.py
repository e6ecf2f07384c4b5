"""A network with the site that each of its layers works at, for running them again (:mod:`examgrad.layers.again`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from examgrad.layers.network import read_inputs, read_layers
from examgrad.layers.rows import LayerRow
from examgrad.layers.site import Conventions, Site
from examgrad.layers.table import walk


@dataclass(frozen=True)
class Network:
    """A network that fits: its rows in order, and by name the site that each layer works at."""

    rows: tuple[LayerRow, ...]
    sites: Mapping[str, Site]


def network(input: object, layers: object, conventions: Conventions) -> Network:
    """The network of :func:`examgrad.layers.table.table`, with its sites. Raises :class:`LayerError` as that tells."""
    made, sites = walk(read_inputs(input), read_layers(layers, conventions.framework), conventions)
    return Network(made.rows, sites)
