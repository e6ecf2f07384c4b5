"""Pooling: local (maximum, average, power average), adaptive, global; and its partial inverse."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from examgrad.layers.formulas import Figure, given
from examgrad.layers.reach import LONGEST_PERIOD, View, Views, Window, blur, slide, spread, whole
from examgrad.layers.signatures import forms
from examgrad.layers.site import Effect, Site
from examgrad.layers.sizes import Size, minus, never_positive, plus
from examgrad.layers.windows import dimensions, padding_of, sliding


def pooling(site: Site) -> Effect:
    """Windows of ``size``, ``stride`` apart (as wide as themselves unless said otherwise)."""
    dims = dimensions(site)
    lead, spatial = site.planes(dims)
    rounding = _rounding(site)
    figures, windows = sliding(site, spatial, rounding)
    for axis, window in enumerate(windows):
        _, s, p, _ = window
        if site.form.framework == "torch":
            _check_pytorch(site, spatial[axis], window)
        if rounding == "ceil" and not isinstance(padding_of(site, dims), str):
            figures[axis] = _started_inside(figures[axis], spatial[axis], s, p)
    axes = dict(zip(site.spatial_axes(dims), windows, strict=True))
    return Effect(site.around(lead, figures), slide(site.views, axes))


def _check_pytorch(site: Site, n: Size, window: Window) -> None:
    """Refuse what PyTorch does: half the window or more as padding, ``AvgPool3d`` on less than a window."""
    k, p = window.size, window.padding
    if not (isinstance(k, int) and isinstance(p, int)):
        return
    if p > k // 2:
        help = "or a window would lie in the padding alone"
        site.fail("argument", f"padding is at most half the window ({k // 2}), not {p}", "padding", help)
    if site.form.name in ("AvgPool3d", "LPPool3d") and isinstance(n, int) and n < k:
        words = f"the window of {site.name} is {k} wide, and only {n} are there"
        site.fail("kernel-too-large", f"{words}: PyTorch does not count the padding here", "size")
    if site.form.name == "LPPool1d" and isinstance(site.value("size"), tuple):
        site.fail("argument", f"{site.spelling('size')} of {site.name} is one number", "size")


def _rounding(site: Site) -> str:
    if site.has("ceil_mode"):
        return "ceil" if site.flag("ceil_mode") else "floor"
    return site.conventions.pool_rounding


def _started_inside(figure: Figure, n: Size, s: Size, p: Size) -> Figure:
    """Rounded up, but every window starts inside the input or the padding before it (PyTorch's rule)."""
    if never_positive(minus(plus(p, s), figure.values["k"])):
        return figure
    bounded = Figure(f"min({figure.text}, ceil((n + p)/s))", **{**figure.values, "n": n, "p": p, "s": s})
    return figure if bounded.value == figure.value else bounded


def adaptive(site: Site) -> Effect:
    """Windows chosen so that the output has the asked size; ``None`` keeps an axis."""
    dims = dimensions(site)
    lead, spatial = site.planes(dims)
    wanted = site.value("output_size")
    items = wanted if isinstance(wanted, tuple) else (wanted,) * dims
    if len(items) != dims:
        site.sizes("output_size", dims)
    pairs = zip(spatial, items, strict=True)
    sizes = [n if item is None else site.as_size(item, "output_size") for n, item in pairs]
    views = site.views
    for axis, n, size in zip(site.spatial_axes(dims), spatial, sizes, strict=True):
        views = _adapted(views, site.shape, axis, n, size)
    return Effect(site.around(lead, [given(size) for size in sizes]), views)


def _adapted(views: Views, shape: tuple[Size, ...], axis: int, n: Size, size: Size) -> Views:
    if n == size:
        return views
    if isinstance(n, int) and isinstance(size, int) and n % size == 0 and size > 1:
        return slide(views, {axis: Window(n // size, n // size)})
    if size == 1:
        return whole(views, shape, [axis])
    if not isinstance(n, int) or not isinstance(size, int) or size > LONGEST_PERIOD:
        return blur(views, shape, [axis])

    def windows(view: View) -> View:
        if view.axis != axis or view.lost or not isinstance(view.jump, int) or not view.numeric():
            return view
        spots = [(spot * n // size, -(-(spot + 1) * n // size) - 1) for spot in range(size)]
        low = tuple(view.window(first)[0] for first, _ in spots)
        high = tuple(view.window(last)[1] for _, last in spots)
        return replace(view, low=low, high=high, jump=view.jump * n // len(view.low), figure=None)

    return tuple(map(windows, views))


def fractional(site: Site) -> Effect:
    """Windows at random places (Graham 2014): the output's size is given, or its ratio to the input's."""
    dims = dimensions(site)
    lead, spatial = site.planes(dims)
    if site.has("output_size"):
        figures = [given(size) for size in site.sizes("output_size", dims)]
    elif site.has("output_ratio"):
        ratios = site.ratios("output_ratio", dims)
        figures = [
            Figure("floor(n*a/b)", n=n, a=ratio.numerator, b=ratio.denominator)
            for n, ratio in zip(spatial, ratios, strict=True)
        ]
    else:
        site.fail("missing-argument", f"{site.name} needs output_size or output_ratio")
    return Effect(site.around(lead, figures), blur(site.views, site.shape, site.spatial_axes(dims)))


def global_pooling(site: Site) -> Effect:
    """One number a channel."""
    dims = dimensions(site)
    channels, spatial = site.image(dims)
    views = whole(site.views, site.shape)
    if site.flag("keepdims"):
        return Effect(site.arranged(given(channels), [given(1)] * len(spatial)), views)
    return Effect((given(channels),), views)


def unpooling(site: Site) -> Effect:
    """The partial inverse of a maximum pooling with the same arguments."""
    dims = dimensions(site)
    lead, spatial = site.planes(dims)
    sizes, padding = site.sizes("size", dims), site.sizes("padding", dims, least=0)
    strides = site.sizes("stride", dims) if site.has("stride") else sizes
    figures = [
        Figure("(n - 1)*s - 2*p + k", n=n, s=s, p=p, k=k)
        for n, k, s, p in zip(spatial, sizes, strides, padding, strict=True)
    ]
    windows = [Window(k, s, p) for k, s, p in zip(sizes, strides, padding, strict=True)]
    axes = dict(zip(site.spatial_axes(dims), windows, strict=True))
    return Effect(site.around(lead, figures), spread(site.views, axes))


_EXAM = "size|k|kernel|kernel_size|pool_size, stride|s|strides=None, padding|p|pad=0, ceil_mode=None"
_TORCH_MAX = "kernel_size:size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=None"
_TORCH_AVERAGE = "kernel_size:size, stride=None, padding=0, ceil_mode=None, count_include_pad=True"
_TORCH_POWER = "norm_type, kernel_size:size, stride=None, ceil_mode=None"
_KERAS = "pool_size:size=2, strides:stride=None, padding='valid', data_format=None"

FORMS: Final = (
    *forms("exam", "pool", pooling, _EXAM, "POOL MAXPOOL AVGPOOL MEANPOOL"),
    *forms("exam", "gap", global_pooling, "keepdims=False", "GAP GMP GLOBALPOOL"),
    *forms("torch", "pool", pooling, _TORCH_MAX, {"MaxPool{}d": {}}),
    *forms("torch", "pool", pooling, _TORCH_AVERAGE, {"AvgPool1d": {"dims": 1}}),
    *forms(
        "torch",
        "pool",
        pooling,
        f"{_TORCH_AVERAGE}, divisor_override=None",
        {"AvgPool2d": {"dims": 2}, "AvgPool3d": {"dims": 3}},
    ),
    *forms("torch", "pool", pooling, _TORCH_POWER, {"LPPool{}d": {}}),
    *forms(
        "torch",
        "pool",
        pooling,
        "kernel_size:size, stride=None, padding=0, dilation=1, ceil_mode=None, return_indices=False",
        {"max_pool{}d": {}},
    ),
    *forms("torch", "pool", pooling, f"{_TORCH_AVERAGE}, divisor_override=None", {"avg_pool{}d": {}}),
    *forms("torch", "pool", adaptive, "output_size, return_indices=False", {"adaptive_max_pool{}d": {}}),
    *forms("torch", "pool", adaptive, "output_size", {"adaptive_avg_pool{}d": {}}),
    *forms("torch", "pool", adaptive, "output_size, return_indices=False", {"AdaptiveMaxPool{}d": {}}),
    *forms("torch", "pool", adaptive, "output_size", {"AdaptiveAvgPool{}d": {}}),
    *forms(
        "torch",
        "pool",
        fractional,
        "kernel_size:size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None",
        {"FractionalMaxPool2d": {"dims": 2}, "FractionalMaxPool3d": {"dims": 3}},
    ),
    *forms("torch", "unpool", unpooling, "kernel_size:size, stride=None, padding=0", {"MaxUnpool{}d": {}}),
    *forms(
        "keras",
        "pool",
        pooling,
        _KERAS,
        {"MaxPooling{}D": {}, "MaxPool{}D": {}, "AveragePooling{}D": {}, "AvgPool{}D": {}},
    ),
    *forms(
        "keras",
        "pool",
        adaptive,
        "output_size, data_format=None",
        {"AdaptiveMaxPooling{}D": {}, "AdaptiveAveragePooling{}D": {}},
    ),
    *forms(
        "keras",
        "gap",
        global_pooling,
        "data_format=None, keepdims=False",
        {"GlobalAveragePooling{}D": {}, "GlobalAvgPool{}D": {}, "GlobalMaxPooling{}D": {}, "GlobalMaxPool{}D": {}},
    ),
)
