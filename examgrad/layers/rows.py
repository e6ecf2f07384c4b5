"""What a layer table holds: a row of figures for each layer, and what is told beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from examgrad.layers.formulas import Count, Figure, Working, is_zero, pretty
from examgrad.layers.linear import product_text
from examgrad.layers.reach import View
from examgrad.layers.site import Effect, Site
from examgrad.layers.sizes import Size, minus, plus, product, show
from examgrad.layers.trouble import LayerDiagnostic, Place

BYTES: Final = 4
"""Of a number in single precision."""


def memory(activations: Size, parameters: Size) -> Count:
    """The bytes of a layer's output and of its parameters."""
    return Count(f"{BYTES}*(a + p)", a=activations, p=parameters)


@dataclass(frozen=True)
class LayerRow:
    """One layer's figures for one sample. A size is an integer, or a formula where there are symbols.

    ``parameters`` are all of the layer's own, ``trainable`` those that training changes; ``macs`` are the
    multiply-accumulates of convolutions and linear maps, without bias; ``activations`` the numbers in its
    output, ``memory`` the bytes of these and of the parameters. ``receptive_field`` is the
    extent along each spatial axis of the input, ``None`` where there is none.
    """

    layer: str
    op: str
    sources: tuple[str, ...]
    effect: Effect
    place: Place
    shared: str = ""

    @cached_property
    def shape(self) -> tuple[Size, ...]:
        """The output's shape, without the batch."""
        return tuple(figure.value for figure in self.effect.shape)

    @property
    def parameters(self) -> Size:
        """How many parameters the layer adds to the network."""
        return self.effect.parameters.value

    @cached_property
    def trainable(self) -> Size:
        """Those of the parameters that training changes."""
        if is_zero(self.effect.frozen):
            return self.parameters
        return minus(self.parameters, self.effect.frozen.value)

    @property
    def macs(self) -> Size:
        """Multiply-accumulates for one sample."""
        return self.effect.macs.value

    @property
    def flops(self) -> Size:
        """Floating-point operations: a multiplication and an addition for every multiply-accumulate, no bias."""
        return Count("2*n", n=self.macs).value

    @cached_property
    def activations(self) -> Size:
        """How many numbers the output holds."""
        return product(self.shape)

    @cached_property
    def memory(self) -> Size:
        """Bytes of the output and of the layer's parameters, in numbers of 32 bits."""
        return self._memory.value

    @property
    def _memory(self) -> Figure:
        return memory(self.activations, self.parameters)

    @cached_property
    def receptive_field(self) -> tuple[Size, ...] | None:
        """What one unit sees of the first input that it depends on, along each of that input's spatial axes."""
        return tuple(view.size for view in self._views()) or None

    def _views(self) -> list[View]:
        views = self.effect.views
        found = [view for view in views if view.source == views[0].source]
        return [] if any(view.lost for view in found) else found

    @cached_property
    def figures(self) -> Mapping[str, tuple[Figure, ...]]:
        """The formulas behind each column."""
        return {
            "shape": self.effect.shape,
            "parameters": (self.effect.parameters,),
            "macs": (self.effect.macs,),
            "receptive_field": tuple(view.figure or Figure("r", r=view.size) for view in self._views()),
        }

    @property
    def formulas(self) -> dict[str, str]:
        """Column to its substitution in plain text: ``(5*5*3 + 1)*10``; of a shape, a list of them."""
        return {
            column: f"[{', '.join(figure.plain for figure in figures)}]"
            if column in ("shape", "receptive_field")
            else figures[0].plain
            for column, figures in self.figures.items()
            if figures
        }

    @property
    def steps(self) -> tuple[Working, ...]:
        """How each number comes about, for people; equal lines once."""
        found: dict[str, Working] = {}
        for column, figures in self.figures.items():
            for figure in figures:
                line = figure.line()
                if "=" in line or len(figure.values) > 1:
                    found.setdefault(f"{column} {line}", Working(column, figure.general, line))
        if not is_zero(self.effect.macs):
            line = f"{pretty(show(self.macs))} MACs = {pretty(show(self.flops))} FLOPs (additions counted as well)"
            found["flops"] = Working("macs", "2·MACs", line)
        for which, figure in self.effect.others:
            found[which] = Working("macs", figure.general, f"{figure.line()} {which}")
        if len(self.shape) > 1:
            text, values = product_text(self.shape, "n")
            found["activations"] = Working("activations", pretty(text), Figure(text, **values).line())
        line = f"{self._memory.line()} bytes (float32, {BYTES} bytes a number)"
        found["memory"] = Working("memory", f"{BYTES}·(activations + parameters)", line)
        if self.shared:
            found["shared"] = Working("parameters", "0", f"the weights are those of {self.shared}, counted there")
        return tuple(found.values())


@dataclass(frozen=True)
class LayerTable:
    """A network's rows, down to the first layer that does not fit, and what is wrong there.

    ``diagnostics`` are errors; ``warnings`` tell what is accepted and was probably not meant.
    """

    inputs: Mapping[str, tuple[Size, ...]]
    rows: tuple[LayerRow, ...]
    diagnostics: tuple[LayerDiagnostic, ...] = ()
    warnings: tuple[LayerDiagnostic, ...] = ()

    def __getitem__(self, layer: str) -> LayerRow:
        for row in self.rows:
            if row.layer == layer:
                return row
        raise KeyError(layer)

    def total(self, column: str) -> Size:
        """The sum of ``parameters``, ``trainable``, ``macs``, ``activations`` or ``memory`` over all rows."""
        result: Size = 0
        for row in self.rows:
            result = plus(result, getattr(row, column))
        return result


@dataclass(frozen=True)
class Network:
    """A network that fits: its rows in order, and by name the site that each layer works at.

    A layer can be run again there (:mod:`examgrad.layers.again`).
    """

    rows: tuple[LayerRow, ...]
    sites: Mapping[str, Site]
