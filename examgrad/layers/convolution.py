"""Convolutions and transposed convolutions, in one, two and three dimensions.

Multiply-accumulates count every tap of the kernel at every position, also in the padding. Sizes of transposed
convolutions: Dumoulin, Visin, *A guide to convolution arithmetic for deep learning* (2016).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from examgrad.layers.formulas import Count, Figure, given
from examgrad.layers.reach import Window, slide, spread
from examgrad.layers.signatures import forms
from examgrad.layers.site import Effect, Site
from examgrad.layers.sizes import Size, minus, plus, same, show, show_shape, times
from examgrad.layers.windows import KERNEL_NAMES, check_border, dimensions, padding_of, sliding

_OUTPUT_NAMES: Final = {1: ("n",), 2: ("n_h", "n_w"), 3: ("n_d", "n_h", "n_w")}
_PADDING_MODES: Final = ("zeros", "reflect", "replicate", "circular")


def check_channels(site: Site, channels: Size) -> None:
    """Refuse an input with other channels than the layer was written for."""
    if not site.has("channels"):
        return
    needed = site.size("channels")
    help = ""
    if same(needed, channels) is False:
        first = site.conventions.channels_first
        other, beside = (site.shape[-1], site.shape[-2]) if first else site.shape[:2]
        if same(needed, other) and same(other, beside) is False:
            order = "first ([C, H, W])" if first else "last ([H, W, C])"
            help = f"{show_shape(site.shape)} seems to have its channels at the other end: here they come {order}"
        else:
            help = f"{show(channels)} channels come in: write {show(channels)} here, or {show(needed)} filters above"
    site.need("input channels", needed, channels, "channels", help)


def convolution(site: Site) -> Effect:
    """A convolution; ``depthwise`` gives each channel its own filters."""
    dims = dimensions(site)
    channels, spatial = site.image(dims)
    check_channels(site, channels)
    figures, windows = sliding(site, spatial)
    _check_mode(site, spatial, windows)
    groups = site.size("groups") if "groups" in site.arguments else 1
    depthwise = bool(site.form.options.get("depthwise"))
    filters = times(channels, site.size("multiplier")) if depthwise else site.size("filters")
    if depthwise:
        groups = channels
    site.divides(channels, groups, "the number of input channels", "groups")
    site.divides(filters, groups, "the number of filters", "groups")
    bias = site.flag("bias")
    kernel = _by_axis(KERNEL_NAMES, [window.size for window in windows])
    positions = _by_axis(_OUTPUT_NAMES, [figure.value for figure in figures])
    taps = "*".join(kernel) + ("" if depthwise else "*C_in" if groups == 1 else "*C_in/g")
    values = {**kernel, "C_in": channels, "C_out": filters, "g": groups}
    weights = Count(f"({taps} + 1)*C_out" if bias else f"{taps}*C_out", **values)
    macs = Count("*".join(positions) + f"*C_out*{taps}", **values, **positions)
    axes = dict(zip(site.spatial_axes(dims), windows, strict=True))
    channels_out = Figure("C_in*m", C_in=channels, m=site.size("multiplier")) if depthwise else given(filters)
    with_bias = Count("*".join(positions) + f"*C_out*({taps} + 1)", **values, **positions)
    others = (("with the bias added, as torchinfo does", with_bias),) if bias else ()
    return Effect(site.arranged(channels_out, figures), slide(site.views, axes), weights, macs=macs, others=others)


def _by_axis(names: Mapping[int, Sequence[str]], sizes: Sequence[Size]) -> dict[str, Size]:
    """Sizes by what they are called in as many dimensions."""
    return dict(zip(names[len(sizes)], sizes, strict=True))


def _check_mode(site: Site, spatial: Sequence[Size], windows: Sequence[Window]) -> None:
    """Refuse a border that is filled from the image and wider than the image."""
    mode = site.word("padding_mode", _PADDING_MODES) if "padding_mode" in site.arguments else "zeros"
    for n, window in zip(spatial, windows, strict=True):
        after = minus(times(window.dilation, minus(window.size, 1)), window.padding)  # what "same" adds behind
        check_border(site, mode, n, after if site.word("padding") == "same" else window.padding)


def separable(site: Site) -> Effect:
    """A depthwise convolution, then a pointwise one; one bias, at the end."""
    dims = dimensions(site)
    channels, spatial = site.image(dims)
    figures, windows = sliding(site, spatial)
    kernel = _by_axis(KERNEL_NAMES, [window.size for window in windows])
    positions = _by_axis(_OUTPUT_NAMES, [figure.value for figure in figures])
    values = {**kernel, "C_in": channels, "C_out": site.size("filters"), "m": site.size("multiplier")}
    pointwise = "(C_in*m + 1)*C_out" if site.flag("bias") else "C_in*m*C_out"
    taps = "*".join(kernel)
    weights = Count(f"{taps}*C_in*m + {pointwise}", **values)
    macs = Count("*".join(positions) + f"*({taps}*C_in*m + C_in*m*C_out)", **values, **positions)
    axes = dict(zip(site.spatial_axes(dims), windows, strict=True))
    return Effect(site.arranged(given(values["C_out"]), figures), slide(site.views, axes), weights, macs=macs)


def transposed(site: Site) -> Effect:
    """A transposed convolution: every input position writes a whole kernel."""
    dims = dimensions(site)
    channels, spatial = site.image(dims)
    check_channels(site, channels)
    filters, groups = site.size("filters"), site.size("groups") if "groups" in site.arguments else 1
    if "padding_mode" in site.arguments:
        site.word("padding_mode", ("zeros",))
    site.divides(channels, groups, "the number of input channels", "groups")
    site.divides(filters, groups, "the number of filters", "groups")
    sizes, strides, dilations = site.sizes("size", dims), site.sizes("stride", dims), site.sizes("dilation", dims)
    padding = padding_of(site, dims)
    extra = site.sizes("output_padding", dims, least=0) if site.has("output_padding") else None
    figures, windows = [], []
    for axis, (n, k, s, d) in enumerate(zip(spatial, sizes, strides, dilations, strict=True)):
        o = extra[axis] if extra else 0
        if all(isinstance(value, int) for value in (o, s, d)) and extra and not o < max(s, d):  # type: ignore[operator,type-var]
            words = f"output_padding {o} must be smaller than the stride, {show(s)}, or the dilation, {show(d)}"
            help = "it adds positions behind that a stride leaves open, which are fewer than the stride"
            site.fail("argument", words, "output_padding", help)
        figure, front = _grown(site, n, k, s, d, padding if isinstance(padding, str) else padding[axis], extra, o)
        figures.append(figure)
        windows.append(Window(k, s, front, d))
    kernel, positions = _by_axis(KERNEL_NAMES, sizes), _by_axis(_OUTPUT_NAMES, spatial)
    taps = "*".join(kernel) + ("*C_in" if groups == 1 else "*C_in/g")
    values = {**kernel, "C_in": channels, "C_out": filters, "g": groups}
    weights = Count(f"({taps} + 1)*C_out" if site.flag("bias") else f"{taps}*C_out", **values)
    macs = Count("*".join(positions) + f"*{taps}*C_out", **values, **positions)
    axes = dict(zip(site.spatial_axes(dims), windows, strict=True))
    outputs = {f"{name}_out": figure.value for name, figure in zip(positions, figures, strict=True)}
    bias = f"({taps} + 1)" if site.flag("bias") else taps
    figure = Count("*".join(outputs) + f"*{bias}*C_out", **values, **outputs)
    others = (("at every position of the output, as torchinfo counts", figure),)
    return Effect(site.arranged(given(filters), figures), spread(site.views, axes), weights, macs=macs, others=others)


def _grown(
    site: Site, n: Size, k: Size, s: Size, d: Size, padding: str | Size, extra: tuple[Size, ...] | None, o: Size
) -> tuple[Figure, Size]:
    """The output size along one axis, and what is cut off in front."""
    reach = plus(times(d, minus(k, 1)), 1)
    keras = site.form.framework == "keras"
    if padding == "same" and extra is None:
        cut = Figure("floor(max(k - s, 0)/2)", k=reach, s=s).value
        return Figure("n*s", n=n, s=s), cut
    if keras and padding == "same":
        half = Figure("floor(k/2)", k=reach).value
        return Figure("(n - 1)*s + k - 2*p + o", n=n, s=s, k=reach, p=half, o=o), half
    if keras and extra is None:
        return Figure("n*s + max(k - s, 0)", n=n, s=s, k=reach), 0
    if isinstance(padding, str):
        site.fail("argument", f"{site.name} has no padding '{padding}'", "padding")
    text = "(n - 1)*s - 2*p + k + o" if d == 1 else "(n - 1)*s - 2*p + d*(k - 1) + 1 + o"
    if o == 0:
        text = text.removesuffix(" + o")
    return Figure(text, n=n, s=s, p=padding, k=k, d=d, o=o), padding


_CHANNELS = "in_channels:channels, "
_TORCH = (
    f"{_CHANNELS}out_channels:filters, kernel_size:size, stride=1, padding=0, dilation=1, groups=1, "
    "bias=True, padding_mode='zeros'"
)
_TORCH_TRANSPOSED = (
    f"{_CHANNELS}out_channels:filters, kernel_size:size, stride=1, padding=0, output_padding=0, groups=1, "
    "bias=True, dilation=1, padding_mode='zeros'"
)
_EXAM_WINDOW = "size|k|kernel|kernel_size, stride|s|strides=1, padding|p|pad=0"
_EXAM = f"filters|f|out, {_EXAM_WINDOW}, dilation=1, groups=1, bias=True, activation=None"
_EXAM_TRANSPOSED = f"filters|f|out, {_EXAM_WINDOW}, output_padding=0, dilation=1, groups=1, bias=True, activation=None"
_EXAM_DEPTHWISE = f"{_EXAM_WINDOW}, dilation=1, multiplier=1, bias=True, activation=None"
_KERAS_END = "activation=None, use_bias:bias=True"
_KERAS = (
    "filters, kernel_size:size, strides:stride=1, padding='valid', data_format=None, dilation_rate:dilation=1, "
    f"groups=1, {_KERAS_END}"
)
_KERAS_TRANSPOSED = (
    "filters, kernel_size:size, strides:stride=1, padding='valid', output_padding=None, data_format=None, "
    f"dilation_rate:dilation=1, {_KERAS_END}"
)
_KERAS_DEPTHWISE = (
    "kernel_size:size, strides:stride=1, padding='valid', depth_multiplier:multiplier=1, data_format=None, "
    f"dilation_rate:dilation=1, {_KERAS_END}"
)
_KERAS_SEPARABLE = (
    "filters, kernel_size:size, strides:stride=1, padding='valid', data_format=None, dilation_rate:dilation=1, "
    f"depth_multiplier:multiplier=1, {_KERAS_END}"
)

FORMS: Final = (
    *forms("exam", "conv", convolution, _EXAM, {"CONV": {}, "CONV{}D": {}}),
    *forms("exam", "dwconv", convolution, _EXAM_DEPTHWISE, {"DWCONV": {"depthwise": True}}),
    *forms("exam", "tconv", transposed, _EXAM_TRANSPOSED, "TCONV CONVT DECONV"),
    *forms("torch", "conv", convolution, _TORCH, {"Conv{}d": {}}),
    *forms("torch", "conv", convolution, _TORCH.removeprefix(_CHANNELS), {"LazyConv{}d": {}}),
    *forms("torch", "tconv", transposed, _TORCH_TRANSPOSED, {"ConvTranspose{}d": {}}),
    *forms("torch", "tconv", transposed, _TORCH_TRANSPOSED.removeprefix(_CHANNELS), {"LazyConvTranspose{}d": {}}),
    *forms("keras", "conv", convolution, _KERAS, {"Conv{}D": {}, "Convolution{}D": {}}),
    *forms("keras", "tconv", transposed, _KERAS_TRANSPOSED, {"Conv{}DTranspose": {}}),
    *forms(
        "keras",
        "dwconv",
        convolution,
        _KERAS_DEPTHWISE,
        {"DepthwiseConv1D": {"dims": 1, "depthwise": True}, "DepthwiseConv2D": {"dims": 2, "depthwise": True}},
    ),
    *forms(
        "keras",
        "sepconv",
        separable,
        _KERAS_SEPARABLE,
        {"SeparableConv1D": {"dims": 1}, "SeparableConv2D": {"dims": 2}, "SeparableConvolution2D": {"dims": 2}},
    ),
)
