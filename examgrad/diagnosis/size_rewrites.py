"""What people do wrong in shapes and receptive fields, each as a rewrite of the layer's derivation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from examgrad.diagnosis.drafts import Draft, Rewrite, argued, figures_of
from examgrad.formula.tree import Number
from examgrad.layers.again import again, output
from examgrad.layers.calls import Value
from examgrad.layers.formulas import Figure
from examgrad.layers.site import Effect, Site, Tensor
from examgrad.layers.sizes import Size, as_node, product

FARTHEST: Final = 2
"""How many layers above may be the one that was left out; of a shape, it is the nearest."""


def on_sides(text: str, stems: Sequence[str]) -> Rewrite:
    """Another formula for each side of the image, in some families of layers."""

    def rewrite(draft: Draft, column: str) -> Iterator[Draft]:
        image = _image_in(draft, stems)
        if image is None or not {"size", "stride"} <= draft.site.arguments.keys():
            return
        dims = len(image[1])
        sizes = draft.site.sizes("size", dims)
        strides = draft.site.sizes("stride", dims) if draft.site.has("stride") else sizes
        padding = draft.site.value("padding") if "padding" in draft.site.arguments else None
        pads = draft.site.sizes("padding", dims, least=0) if isinstance(padding, Number | tuple) else (0,) * dims
        names = [name for name in "nkps" if re.search(rf"\b{name}\b", text)]
        sides = []
        for item in zip(image[1], sizes, strides, pads, strict=True):
            values = dict(zip("nksp", item, strict=True))
            sides.append(Figure(text, **{name: values[name] for name in names}))
        channels, _ = draft.site.conventions.parted(draft.figures["shape"])
        yield draft.with_figures("shape", *draft.site.arranged(channels, sides))

    return rewrite


def _image_in(draft: Draft, stems: Sequence[str]) -> tuple[Size, tuple[Size, ...]] | None:
    """Channels and sides of the image from which a layer of these families makes another."""
    makes_image = draft.site.form.stem in stems and len(draft.figures["shape"]) == len(draft.site.shape)
    return draft.image() if makes_image else None


def deep(text: str, stems: Sequence[str]) -> Rewrite:
    """Another formula for the depth: ``a`` is the input's, ``b`` the output's, ``k`` the window."""

    def rewrite(draft: Draft, column: str) -> Iterator[Draft]:
        image = _image_in(draft, stems)
        if image is None:
            return
        old, sides = draft.site.conventions.parted(draft.figures["shape"])
        values = {"a": image[0], "b": old.value}
        if "k" in text:
            values["k"] = draft.site.sizes("size", len(image[1]))[0]
        new = Figure(text, **{name: size for name, size in values.items() if name in text})
        yield draft.with_figures("shape", *draft.site.arranged(new, sides))

    return rewrite


def unchanged(draft: Draft, column: str) -> Iterator[Draft]:
    """The shape that comes in."""
    if len(draft.site.inputs) == 1 and len(draft.site.shape) > 1:
        yield draft.with_figures("shape", *(Figure("n", n=size) for size in draft.site.shape))


def flat(text: str) -> Rewrite:
    """A flatten to something else: of ``a`` positions, ``b`` channels, a side of ``c``."""

    def rewrite(draft: Draft, column: str) -> Iterator[Draft]:
        image = draft.image()
        if image is not None and draft.site.form.stem == "flatten" and len(draft.figures["shape"]) == 1:
            values = {"a": product(image[1]), "b": image[0], "c": image[1][0]}
            chosen = {name: size for name, size in values.items() if name in text}
            yield draft.with_figures("shape", Figure(text, **chosen))

    return rewrite


def layer_skipped(draft: Draft, column: str) -> Iterator[Draft]:
    """The layer on what comes of the layers above without one of them."""
    chain = draft.chain(1 if column == "shape" else FARTHEST)
    for place in range(1, len(chain)):
        skipped = draft.network.sites[chain[place].layer]
        tensor: Tensor | None = skipped.inputs[0] if len(skipped.inputs) == 1 else None
        if tensor is None or tensor.shape == chain[place].shape:
            continue
        for between in reversed(chain[1:place]):
            effect = _refitted(draft.network.sites[between.layer], tensor) if tensor else None
            tensor = output(effect) if effect is not None else None
        effect = _refitted(draft.site, tensor) if tensor is not None else None
        if effect is not None and tensor is not None:
            site = replace(draft.site, inputs=(tensor,))
            yield replace(draft, site=site, figures=figures_of(draft.row, effect), without=chain[place].op)


def _refitted(site: Site, tensor: Tensor) -> Effect | None:
    """The layer on another input, its own input channels or features made to fit."""
    arguments: dict[str, Value] = {}
    if site.has("channels") and "channels" in site.arguments and tensor.shape:
        arguments["channels"] = as_node(site.conventions.parted(tensor.shape)[0])
    if site.has("features") and tensor.shape:
        arguments["features"] = as_node(tensor.shape[-1])
    return again(site, (tensor,), **arguments)


def steps_returned(draft: Draft, column: str) -> Iterator[Draft]:
    """A recurrent layer that returns every step in place of the last, or the other way round."""
    if "sequences" in draft.site.arguments:
        yield from argued(sequences=not draft.site.flag("sequences"))(draft, column)


def jumps(choose: Callable[[int, int, int], int]) -> Rewrite:
    """Receptive fields along the chain with other jumps: of the right one, the stride above, and the layer's own."""

    def rewrite(draft: Draft, column: str) -> Iterator[Draft]:
        chain = draft.chain()
        if len(chain[-1].sources) != 1:
            return
        seen: list[Figure] = []
        strides: list[int] = []
        for row in reversed(chain):
            figures = row.figures["receptive_field"]
            views = row.effect.views
            if not figures or len(views) < len(figures):
                return
            seen = seen or [Figure("r", r=1)] * len(figures)
            strides = strides or [1] * len(figures)
            for axis, figure in enumerate(figures):
                if "k" not in figure.values:
                    continue
                jump, after = figure.values["j"], views[axis].jump
                if not isinstance(jump, int) or not isinstance(after, int):
                    return
                stride = after // jump
                values = {**figure.values, "r": seen[axis].value, "j": choose(jump, strides[axis], stride)}
                seen[axis], strides[axis] = Figure(figure.text, **values), stride
        yield draft.with_figures("receptive_field", *seen)

    return rewrite
