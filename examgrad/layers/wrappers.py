"""Layers around a layer: Keras's Bidirectional and TimeDistributed, and a Sequential written in one line."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from examgrad.layers import registry
from examgrad.layers.calls import Call
from examgrad.layers.formulas import Count, Figure, given
from examgrad.layers.reach import moved, whole
from examgrad.layers.recurrent import doubled
from examgrad.layers.signatures import forms
from examgrad.layers.site import Effect, Site, Tensor, checked


def _made(site: Site, call: Call, tensor: Tensor) -> Effect:
    form = registry.find(call, site.conventions.framework)
    return form.rule(site.within(form, call, (tensor,)))


def bidirectional(site: Site) -> Effect:
    """A recurrent layer and a second one with weights of its own that reads backwards."""
    merge = "concat" if not site.has("merge_mode") else site.word("merge_mode", ("concat", "sum", "mul", "ave"))
    return doubled(_made(site, site.inner("layer"), site.inputs[0]), merge)


def time_distributed(site: Site) -> Effect:
    """One layer at every step, with the same weights."""
    if len(site.shape) < 2:
        site.fail("rank", f"{site.name} needs a sequence [steps, …]")
    steps, *rest = site.shape
    views = moved(whole(site.views, site.shape, [0]), lambda old: old - 1)
    inner = _made(site, site.inner("layer"), Tensor(tuple(rest), views))
    return replace(
        inner,
        shape=(given(steps), *inner.shape),
        views=moved(inner.views, lambda old: old + 1),
        macs=Count("T*n", T=steps, n=inner.macs.value),
    )


def sequential(site: Site) -> Effect:
    """Layers one after the other, as one row: their parameters and multiplications added up."""
    layers = site.value("layers")
    effect = site.unchanged()
    tensor = site.inputs[0]
    weights: list[Figure] = []
    macs: list[Figure] = []
    frozen: list[Figure] = []
    for layer in layers if isinstance(layers, tuple) else ():
        effect = _made(site, site.as_call(layer, "layers"), tensor)
        tensor = Tensor(checked(site, effect), effect.views)
        weights.append(effect.parameters)
        frozen.append(effect.frozen)
        macs.append(effect.macs)
    return replace(effect, parameters=_sum(weights), frozen=_sum(frozen), macs=_sum(macs))


def _sum(figures: list[Figure]) -> Figure:
    values = {f"n{index + 1}": figure.value for index, figure in enumerate(figures) if figure.value != 0}
    return Count(" + ".join(values) or "0", **values)


FORMS: Final = (
    *forms(
        "keras",
        "bidirectional",
        bidirectional,
        "layer, merge_mode='concat', weights=None, backward_layer=None",
        "Bidirectional",
    ),
    *forms("keras", "timedistributed", time_distributed, "layer", "TimeDistributed"),
    *forms("torch", "sequential", sequential, "*layers", "Sequential"),
    *forms("keras", "sequential", sequential, "*layers", "Sequential"),
)
