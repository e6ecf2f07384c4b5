"""All layers by name. A family is one file; a new family is one more line here."""

from __future__ import annotations

from functools import cache
from typing import Final

from examgrad.layers import (
    activation,
    attention,
    convolution,
    linear,
    merge,
    normalisation,
    padding,
    pooling,
    recurrent,
    shape_only,
    wrappers,
)
from examgrad.layers.calls import Call
from examgrad.layers.signatures import Form, Framework
from examgrad.layers.trouble import LayerError, nearest

_FAMILIES: Final = (
    convolution, pooling, linear, normalisation, activation, shape_only, padding, merge, recurrent, attention, wrappers,
)  # fmt: skip
_ORDER: Final[dict[str, tuple[str, ...]]] = {
    "exam": ("exam", "any", "torch", "keras"),
    "torch": ("torch", "any", "exam"),
    "keras": ("keras", "any", "exam"),
}
"""In a framework, whose names are tried, first to last."""


@cache
def forms_of(owner: str) -> dict[str, Form]:
    """A framework's layers by name."""
    return {form.name: form for family in _FAMILIES for form in family.FORMS if form.framework == owner}


@cache
def _folded(owner: str) -> dict[str, Form]:
    return {name.lower(): form for name, form in forms_of(owner).items()}


def find(call: Call, framework: Framework) -> Form:
    """The layer that a call names in a framework. Raises :class:`LayerError` with the nearest known name."""
    name = call.name.rpartition(".")[2]
    form = lookup(name, framework)
    if form is not None:
        return form
    owner = next((other for other in ("torch", "keras") if name in forms_of(other)), None)
    known = [word for owner in _ORDER[framework] for word in forms_of(owner)]
    near = nearest(name, known)
    help = ""
    if owner is not None:
        brand = {"torch": "PyTorch", "keras": "Keras"}
        help = f"{name} is a layer of {brand[owner]}, and this exam's conventions say framework: {framework}"
    raise LayerError("unknown-layer", f"there is no layer {name}{near}", call.place, help)


def lookup(name: str, framework: Framework) -> Form | None:
    """The layer of that name, exactly, or for an exam's own names in any case; ``None`` where there is none."""
    for owner in _ORDER[framework]:
        if name in forms_of(owner):
            return forms_of(owner)[name]
    if framework == "exam":
        return _folded("exam").get(name.lower()) or _folded("any").get(name.lower())
    return None
