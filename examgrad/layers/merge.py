"""What meets: sums and products by element (of inputs, or with weights), concatenation, matrix products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from examgrad.layers.formulas import Count, Figure, given
from examgrad.layers.linear import product_text
from examgrad.layers.reach import Views, blur, union, whole
from examgrad.layers.signatures import forms
from examgrad.layers.site import Effect, Site, Tensor
from examgrad.layers.sizes import Size, same, show, show_shape


def elementwise(site: Site) -> Effect:
    """Inputs of one shape; an axis of size 1 is stretched, as in NumPy."""
    shapes = [tensor.shape for tensor in site.inputs]
    rank = max(map(len, shapes))
    if site.conventions.framework == "torch" and any(0 < len(shape) < rank for shape in shapes):
        short = next(shape for shape in shapes if 0 < len(shape) < rank)
        both = " and ".join(map(show_shape, shapes))
        wanted = show_shape([*short, *[1] * (rank - len(short))])
        help = f"give {show_shape(short)} the missing axes, as in {wanted}: Unflatten, reshape or unsqueeze"
        site.fail("rank", f"{site.name} needs inputs of as many axes and gets {both}", help=help)
    aligned = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    shape = tuple(_common(site, sizes) for sizes in zip(*aligned, strict=True))
    views = [_stretched(tensor, shape) for tensor in site.inputs]
    return Effect(tuple(map(given, shape)), union(views))


def _common(site: Site, sizes: Sequence[Size]) -> Size:
    wide = [size for size in sizes if size != 1] or [1]
    for size in wide[1:]:
        fits = same(wide[0], size)
        if fits is False:
            shapes = " and ".join(show_shape(tensor.shape) for tensor in site.inputs)
            help = f"{show(wide[0])} is not {show(size)}: the branches must reach the same size"
            site.fail("mismatch", f"{site.name} needs inputs of one shape and gets {shapes}", help=help)
        if fits is None:
            site.warnings.append(f"{site.name} fits only where {show(wide[0])} = {show(size)}")
    return wide[0]


def _stretched(tensor: Tensor, shape: Sequence[Size]) -> Views:
    """The views of an input in the output's axes; along a stretched axis all units see the same."""
    shift = len(shape) - len(tensor.shape)
    stretched = [axis for axis, size in enumerate(tensor.shape) if size == 1 and shape[axis + shift] != 1]
    views = whole(tensor.views, tensor.shape, stretched)
    if not shift:
        return views
    return tuple(view if view.axis is None else replace(view, axis=view.axis + shift) for view in views)


def concatenation(site: Site) -> Effect:
    """Inputs one behind the other along one axis; the other axes agree."""
    axis = site.axis("dim") if site.has("dim") else site.channel_axis()
    shapes = [tensor.shape for tensor in site.inputs]
    for shape in shapes[1:]:
        apart = [
            position
            for position, (a, b) in enumerate(zip(shapes[0], shape, strict=False))
            if position != axis and same(a, b) is False
        ]
        if len(shape) != len(shapes[0]) or apart:
            both = " and ".join(map(show_shape, (shapes[0], shape)))
            help = f"they differ in dimension {apart[0] + 1} (the batch is 0)" if apart else ""
            message = f"{site.name} along dimension {axis + 1} needs inputs that agree in the others and gets {both}"
            site.fail("mismatch", message, help=help)
    names = {f"n{index + 1}": shape[axis] for index, shape in enumerate(shapes)}
    figures = [given(size) for size in shapes[0]]
    figures[axis] = Figure(" + ".join(names), **names)
    return Effect(tuple(figures), union([blur(tensor.views, tensor.shape, [axis]) for tensor in site.inputs]))


def matrix_product(site: Site) -> Effect:
    """The product of the last two axes of two inputs."""
    first, second = (tensor.shape for tensor in site.inputs)
    if len(first) < 2 or len(second) < 2:
        site.fail("rank", f"{site.name} needs matrices and gets {show_shape(first)} and {show_shape(second)}")
    site.need("rows of the second matrix", first[-1], second[-2])
    if len(first) != len(second):
        both = f"{show_shape(first)} and {show_shape(second)}"
        site.fail("rank", f"{site.name} needs inputs of as many axes and gets {both}")
    stacked = [_common(site, sizes) for sizes in zip(first[:-2], second[:-2], strict=True)]
    views = union([whole(tensor.views, tensor.shape) for tensor in site.inputs])
    return Effect((*map(given, stacked), given(first[-2]), given(second[-1])), views)


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


_MANY: Final = (2, None)
FORMS: Final = (
    *forms("any", "add", elementwise, "", "add sum", _MANY),
    *forms("any", "sub", elementwise, "", "sub subtract", (2, 2)),
    *forms("any", "mul", elementwise, "", "mul multiply", _MANY),
    *forms("any", "div", elementwise, "", "div divide", (2, 2)),
    *forms("any", "average", elementwise, "", "average maximum minimum", _MANY),
    *forms("any", "concat", concatenation, "dim|axis=None", "concat cat concatenate", (1, None)),
    *forms("any", "matmul", matrix_product, "", "matmul bmm", (2, 2)),
    *forms("any", "learned", learned, "*shape", "learned"),
    *forms("keras", "add", elementwise, "", "Add", _MANY),
    *forms("keras", "sub", elementwise, "", "Subtract", (2, 2)),
    *forms("keras", "mul", elementwise, "", "Multiply", _MANY),
    *forms("keras", "average", elementwise, "", "Average Maximum Minimum", _MANY),
    *forms("keras", "concat", concatenation, "axis:dim=-1", "Concatenate", (1, None)),
)
