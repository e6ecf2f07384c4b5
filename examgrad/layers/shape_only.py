"""Layers that only rearrange, pick or reduce numbers. Dimension 0 is the batch, which shapes leave out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from examgrad.formula.tree import Number, Symbol
from examgrad.layers.calls import Call, Value
from examgrad.layers.formulas import Figure, given
from examgrad.layers.linear import product_text
from examgrad.layers.reach import Window, flat, lose, moved, only, slide, spread, whole
from examgrad.layers.signatures import forms
from examgrad.layers.site import Effect, Site
from examgrad.layers.sizes import Size, as_node, minus, product, same, show, show_shape
from examgrad.layers.windows import KERNEL_NAMES, window_size


def flatten(site: Site) -> Effect:
    """Some neighbouring axes, all of them unless told otherwise, as one."""
    rank = len(site.shape)
    if rank == 0:
        return Effect((given(1),), site.views)
    first = site.axis("start") if "start" in site.arguments and not site.over_batch("start") else 0
    if "end" in site.arguments and site.value("end") in (Number(0), Number(-rank - 1)):
        return site.unchanged()
    last = site.axis("end") if "end" in site.arguments else rank - 1
    if first > last:
        site.fail("axis", "start_dim stands behind end_dim", "end")
    text, values = product_text(site.shape[first : last + 1], "n")
    shape = (*map(given, site.shape[:first]), Figure(text, **values), *map(given, site.shape[last + 1 :]))
    merged = range(first, last + 1)
    views = flat(site.views, site.shape, merged, first) if last > first else site.views
    behind = [view.axis is not None and view.axis > last for view in views]
    shift = last - first
    return Effect(
        shape,
        tuple(
            replace(view, axis=(view.axis or 0) - shift) if moves else view
            for view, moves in zip(views, behind, strict=True)
        ),
    )


def unflatten(site: Site) -> Effect:
    """One axis as several."""
    axis = site.axis("dim")
    sizes = _inferred(site, site.listing("sizes", least=-1), site.shape[axis], "sizes")
    shape = (*map(given, site.shape[:axis]), *map(given, sizes), *map(given, site.shape[axis + 1 :]))
    views = lose(site.views, [axis])
    return Effect(shape, moved(views, lambda old: old if old < axis else old + len(sizes) - 1))


def reshape(site: Site) -> Effect:
    """The same numbers in another shape, with at most one −1; PyTorch's leading −1 (or batch) may stand in front."""
    site = _with_sizes(site)
    wanted = site.listing("shape", least=-1)
    total = product(site.shape)
    first = site.value("shape")
    batch = (
        site.form.framework != "keras"
        and len(wanted) > 1
        and (wanted[0] == -1 or (isinstance(first, tuple) and _names_batch(first[0])))
    )
    if batch and (-1 in wanted[1:] or same(product(wanted[1:]), total)):
        wanted = wanted[1:]
    sizes = _inferred(site, wanted, total, "shape")
    return Effect(tuple(map(given, sizes)), lose(site.views, range(len(site.shape))))


def _with_sizes(site: Site) -> Site:
    """The site with ``x.size(0)`` and ``x.size(1)`` in its shape as the batch and the sizes that they are."""
    value = site.value("shape")
    items = value if isinstance(value, tuple) else (value,)
    if not any(isinstance(item, Call) for item in items):
        return site
    sizes = tuple(_size_of(site, item) if isinstance(item, Call) else item for item in items)
    return replace(site, arguments={**site.arguments, "shape": replace(site.arguments["shape"], value=sizes)})


def _size_of(site: Site, call: Call) -> Value:
    index = call.arguments[0].value if len(call.arguments) == 1 and call.name.endswith(".size") else None
    if not isinstance(index, Number) or index.value.denominator != 1:
        site.fail("argument", f"{call.name} in {site.name} is no size: write the number", "shape")
    if index.value == 0:
        return Symbol("batch")
    return as_node(site.shape[site.axis_of(int(index.value), "shape")])


def _names_batch(value: object) -> bool:
    return isinstance(value, Symbol) and value.name in ("B", "N", "batch", "batch_size", "bs")


def _inferred(site: Site, wanted: Sequence[Size], total: Size, role: str) -> tuple[Size, ...]:
    unknown = [position for position, size in enumerate(wanted) if size == -1]
    if len(unknown) > 1:
        site.fail("argument", "at most one size may be −1", role)
    known = product(size for size in wanted if size != -1)
    if not unknown:
        factors = " = " + "·".join(map(show, wanted)) if len(wanted) > 1 and isinstance(known, int) else ""
        if factors and same(known, total) is False:
            message = f"{site.name} needs {show(known)}{factors} numbers and gets {show(total)}"
            site.fail("mismatch", message, role)
        site.need("numbers", known, total, role)
        return tuple(wanted)
    if isinstance(total, int) and isinstance(known, int) and (known < 1 or total % known):
        site.fail("mismatch", f"{total} numbers cannot be arranged in {show_shape(wanted)}", role)
    rest = Figure("n/m", n=total, m=known).value
    return tuple(rest if size == -1 else size for size in wanted)


def permute(site: Site) -> Effect:
    """The axes in another order."""
    rank = len(site.shape)
    value = site.value("dims")
    items = value if isinstance(value, tuple) else (value,)
    if items and isinstance(items[0], Number) and items[0].value == 0:
        items = items[1:]
    order = [site.axis_of(site.as_size(item, "dims", -rank), "dims") for item in items]
    if sorted(order) != list(range(rank)):
        which = f"each dimension of {show_shape(site.shape)} once, 1 to {rank} (the batch, 0, may lead)"
        site.fail("argument", f"{site.name} must name {which}", "dims")
    return Effect(tuple(given(site.shape[axis]) for axis in order), moved(site.views, order.index))


def transpose(site: Site) -> Effect:
    """Two axes exchanged."""
    first, second = site.axis("dim0"), site.axis("dim1")
    order = list(range(len(site.shape)))
    order[first], order[second] = second, first
    return Effect(tuple(given(site.shape[axis]) for axis in order), moved(site.views, order.index))


def slicing(site: Site) -> Effect:
    """``length`` positions of one axis from ``start`` on."""
    axis = site.axis("dim")
    n, start, length = site.shape[axis], site.size("start", least=-(10**9)), site.size("length")
    if isinstance(start, int) and start < 0:
        start = Figure("n + a", n=n, a=start).value
    if all(isinstance(size, int) for size in (n, start, length)) and not 0 <= start <= n - length:  # type: ignore[operator]
        site.fail("out-of-range", f"positions {start} to {start + length - 1} are not within {n}", "start")  # type: ignore[operator]
    shape = [given(size) for size in site.shape]
    shape[axis] = given(length)
    return Effect(tuple(shape), slide(site.views, {axis: Window(1, 1, minus(0, start))}))


def select(site: Site) -> Effect:
    """One position of an axis, which is no more."""
    axis = site.axis("dim")
    n, index = site.shape[axis], site.size("index", least=-(10**9))
    if isinstance(n, int) and isinstance(index, int) and not -n <= index < n:
        site.fail("out-of-range", f"there is no position {index} among {n}", "index")
    views = only(site.views, axis, index, n)
    return Effect(_without(site.shape, [axis]), moved(views, lambda old: old if old < axis else old - 1))


def reduction(site: Site) -> Effect:
    """The mean (sum, maximum) over some axes; over all of them without ``dim``."""
    axes = site.axes("dim") if site.has("dim") else tuple(range(len(site.shape)))
    if len(set(axes)) < len(axes):
        site.fail("axis", f"{site.spelling('dim')} of {site.name} names a dimension twice", "dim")
    views = whole(site.views, site.shape, axes)
    if site.flag("keepdim"):
        return Effect(tuple(given(1 if axis in axes else size) for axis, size in enumerate(site.shape)), views)
    return Effect(_without(site.shape, axes), moved(views, lambda old: old - sum(axis < old for axis in axes)))


def _without(shape: Sequence[Size], axes: Sequence[int]) -> tuple[Figure, ...]:
    return tuple(given(size) for axis, size in enumerate(shape) if axis not in axes)


def squeeze(site: Site) -> Effect:
    """Axes of size 1 dropped: one, or all."""
    axes = site.axes("dim") if site.has("dim") else tuple(axis for axis, size in enumerate(site.shape) if size == 1)
    axes = tuple(axis for axis in axes if site.shape[axis] == 1)
    views = whole(site.views, site.shape, axes)
    return Effect(_without(site.shape, axes), moved(views, lambda old: old - sum(axis < old for axis in axes)))


def unsqueeze(site: Site) -> Effect:
    """A new axis of size 1."""
    dim, rank = site.whole("dim"), len(site.shape)
    axis = dim - 1 if dim > 0 else rank + 1 + dim
    if dim == 0 or not 0 <= axis <= rank:
        site.fail("axis", f"a new dimension stands at 1 to {rank + 1} (0 is the batch)", "dim")
    shape = [given(size) for size in site.shape]
    shape.insert(axis, given(1))
    return Effect(tuple(shape), moved(site.views, lambda old: old if old < axis else old + 1))


def pixel_shuffle(site: Site) -> Effect:
    """r² channels become r×r pixels (Shi et al. 2016), or the other way round."""
    lead: Sequence[Size] = ()
    if site.form.framework == "torch" and len(site.shape) > 3 and site.conventions.channels_first:
        *lead, channels = site.shape[:-2]
        spatial = site.shape[-2:]
    else:
        channels, spatial = site.image(2)
    r = site.size("factor")
    axes = site.spatial_axes(2)
    if site.form.options.get("inverse"):
        for n in spatial:
            site.divides(n, r, "each side of the image", "factor")
        figures = [Figure("n/r", n=n, r=r) for n in spatial]
        views = slide(site.views, {axis: Window(r, r) for axis in axes})
        return Effect((*map(given, lead), *site.arranged(Figure("C*r^2", C=channels, r=r), figures)), views)
    site.divides(channels, Figure("r^2", r=r).value, "the number of channels", "factor")
    figures = [Figure("n*r", n=n, r=r) for n in spatial]
    views = spread(site.views, {axis: Window(r, r) for axis in axes})
    return Effect((*map(given, lead), *site.arranged(Figure("C/r^2", C=channels, r=r), figures)), views)


def _blocks(site: Site, spatial: Sequence[Size]) -> tuple[tuple[Size, ...], Figure]:
    """Kernel sizes, and how many windows lie on an image of ``spatial`` sizes."""
    dims = len(spatial)
    sizes, strides = site.sizes("size", dims), site.sizes("stride", dims)
    paddings, dilations = site.sizes("padding", dims, least=0), site.sizes("dilation", dims)
    counts = [
        window_size(n, k, s, p, d).value
        for n, k, s, p, d in zip(spatial, sizes, strides, paddings, dilations, strict=True)
    ]
    if any(isinstance(number, int) and number < 1 for number in counts):
        site.fail("kernel-too-large", f"the window does not fit on {show_shape(spatial)}", "size")
    text, values = product_text(tuple(counts), "n")
    return sizes, Figure(text, **values)


def unfold(site: Site) -> Effect:
    """Every window of an image as a column."""
    channels, spatial = site.image(2)
    sizes, columns = _blocks(site, spatial)
    names = KERNEL_NAMES[2]
    rows = Figure("C*" + "*".join(names), C=channels, **dict(zip(names, sizes, strict=True)))
    return Effect((rows, columns), whole(site.views, site.shape))


def fold(site: Site) -> Effect:
    """Columns of windows summed into an image."""
    site.rank(2, what="[C·k·k, L]")
    spatial = site.sizes("output_size", 2)
    sizes, columns = _blocks(site, spatial)
    site.need("columns", columns.value, site.shape[1], "output_size")
    taps = product(sizes)
    site.divides(site.shape[0], taps, "the number of rows", "size")
    channels = Figure("n/k", n=site.shape[0], k=taps)
    return Effect(site.arranged(channels, [given(size) for size in spatial]), whole(site.views, site.shape))


def repeat(site: Site) -> Effect:
    """A vector, several times."""
    site.rank(1, what="a vector")
    return Effect((given(site.size("n")), given(site.shape[0])), moved(site.views, lambda old: old + 1))


_WINDOWS = "kernel_size:size, dilation=1, padding=0, stride=1"

FORMS: Final = (
    *forms("exam", "flatten", flatten, "", "FLATTEN"),
    *forms("torch", "flatten", flatten, "start_dim:start=1, end_dim:end=-1", "Flatten"),
    *forms("keras", "flatten", flatten, "data_format=None", "Flatten"),
    *forms("any", "flatten", flatten, "start_dim:start=1, end_dim:end=-1", "flatten"),
    *forms("torch", "unflatten", unflatten, "dim, unflattened_size:sizes", "Unflatten"),
    *forms("any", "unflatten", unflatten, "dim, sizes", "unflatten"),
    *forms("any", "reshape", reshape, "*shape", "reshape view"),
    *forms("keras", "reshape", reshape, "target_shape:shape", "Reshape"),
    *forms("any", "permute", permute, "*dims", "permute"),
    *forms("keras", "permute", permute, "dims", "Permute"),
    *forms("any", "transpose", transpose, "dim0, dim1", "transpose"),
    *forms("any", "slice", slicing, "dim, start, length", "slice narrow"),
    *forms("any", "select", select, "dim, index", "select"),
    *forms("any", "mean", reduction, "dim|axis=None, keepdim|keepdims=False", "mean amax amin"),
    *forms("any", "squeeze", squeeze, "dim|axis=None", "squeeze"),
    *forms("any", "unsqueeze", unsqueeze, "dim|axis", "unsqueeze"),
    *forms("torch", "shuffle", pixel_shuffle, "upscale_factor:factor", "PixelShuffle"),
    *forms("torch", "unshuffle", pixel_shuffle, "downscale_factor:factor", {"PixelUnshuffle": {"inverse": True}}),
    *forms("torch", "unfold", unfold, _WINDOWS, "Unfold"),
    *forms("torch", "shuffle", pixel_shuffle, "upscale_factor:factor", "pixel_shuffle"),
    *forms("torch", "unshuffle", pixel_shuffle, "downscale_factor:factor", {"pixel_unshuffle": {"inverse": True}}),
    *forms("torch", "unfold", unfold, _WINDOWS, "unfold"),
    *forms("torch", "fold", fold, f"output_size, {_WINDOWS}", "Fold"),
    *forms("keras", "repeat", repeat, "n", "RepeatVector"),
)
