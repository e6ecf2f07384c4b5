"""A layer run again with something else in it: another input, other arguments.

What does not fit is explained by the change that makes it fit; what a student's own earlier shape would lead to, and
what a slip makes of a layer, are found by the layer's own rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from examgrad.layers.calls import Argument, Value
from examgrad.layers.polynomials import TooLarge
from examgrad.layers.site import Effect, Site, Tensor, checked
from examgrad.layers.trouble import LayerError


def with_arguments(site: Site, **arguments: Value) -> Site:
    """The layer with other values for some of its arguments."""
    bound = {role: Argument(role, value, site.arguments[role].place) for role, value in arguments.items()}
    return replace(site, arguments={**site.arguments, **bound}, warnings=[])


def rerun(site: Site) -> Effect | None:
    """What the layer makes of its inputs; ``None`` where they do not fit."""
    try:
        effect = site.form.rule(site)
        checked(site, effect)
    except (LayerError, TooLarge, ValueError, LookupError, ZeroDivisionError):
        return None
    return effect


def again(site: Site, inputs: Sequence[Tensor] | None = None, /, **arguments: Value) -> Effect | None:
    """What the layer makes of other inputs, or with other arguments; ``None`` where it does not fit.

    An argument that the layer does not have makes it fit not at all.
    """
    if not arguments.keys() <= site.arguments.keys():
        return None
    tensors = site.inputs if inputs is None else tuple(inputs)
    return rerun(replace(with_arguments(site, **arguments), inputs=tensors))


def output(effect: Effect) -> Tensor:
    """What the layer hands on."""
    return Tensor(tuple(figure.value for figure in effect.shape), effect.views)
