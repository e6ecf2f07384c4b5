"""What only a file's graph names: arrays of weights that are added or multiplied, and quotients."""

from __future__ import annotations

from typing import Final

from examgrad.layers.formulas import Count
from examgrad.layers.linear import product_text
from examgrad.layers.merge import elementwise
from examgrad.layers.signatures import forms
from examgrad.layers.site import Effect, Site
from examgrad.layers.sizes import same, show_shape


def learned(site: Site) -> Effect:
    """An array of weights of its own, added to the input or multiplied with it; it is stretched where it is 1."""
    sizes = site.listing("shape") if site.value("shape") else ()
    last = site.shape[len(site.shape) - len(sizes) :] if sizes else ()
    fits = all(size == 1 or same(size, other) is not False for size, other in zip(sizes, last, strict=False))
    if len(last) < len(sizes) or not fits:
        message = f"{site.name} has weights of {show_shape(sizes)} for an input of {show_shape(site.shape)}"
        site.fail("mismatch", message, "shape")
    text, values = product_text(sizes, "n")
    return site.unchanged(parameters=Count(text, **values))


FORMS: Final = (
    *forms("any", "learned", learned, "*shape", "learned"),
    *forms("any", "div", elementwise, "", "div divide", (2, 2)),
)
