"""Convolutions and transposed convolutions, in one, two and three dimensions.

Sizes: Dumoulin, Visin, *A guide to convolution arithmetic for deep learning* (2016); ``same`` as TensorFlow and
PyTorch define it. Multiply-accumulates count every tap of the kernel at every position, also in the padding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from examgrad.layers.formulas import Count, Figure, given
from examgrad.layers.reach import Window, slide, spread
from examgrad.layers.signatures import forms
from examgrad.layers.site import Effect, Site
from examgrad.layers.sizes import Size, minus, never_positive, plus, same, show, show_shape, times

KERNEL_NAMES: Final = {1: ("k",), 2: ("k_h", "k_w"), 3: ("k_d", "k_h", "k_w")}
_OUTPUT_NAMES: Final = {1: ("n",), 2: ("n_h", "n_w"), 3: ("n_d", "n_h", "n_w")}


def window_size(n: Size, k: Size, s: Size, p: Size = 0, d: Size = 1, rounding: str = "floor") -> Figure:
    """How many windows of ``k`` taps fit on ``n`` positions with ``p`` more at each end."""
    if d == 1:
        return Figure(f"{rounding}((n - k + 2*p)/s) + 1", n=n, k=k, p=p, s=s)
    return Figure(f"{rounding}((n - d*(k - 1) - 1 + 2*p)/s) + 1", n=n, k=k, p=p, s=s, d=d)


def padding_of(site: Site, dims: int) -> str | tuple[Size, ...]:
    """``same``, ``valid``, ``causal``, or what is added at each end of each axis."""
    if "padding" not in site.arguments:
        return (0,) * dims
    word = site.word("padding")
    if word == "valid":
        return (0,) * dims
    if word == "causal" and (dims > 1 or site.form.framework == "torch"):
        site.fail("argument", f"{site.name} has no padding 'causal': that is for sequences, Conv1D", "padding")
    if word in ("same", "causal"):
        return word
    return site.sizes("padding", dims, least=0)


def sliding(site: Site, spatial: Sequence[Size], rounding: str = "floor") -> tuple[list[Figure], list[Window]]:
    """Output size and window of each axis, from the arguments size, stride, padding and dilation."""
    dims = len(spatial)
    sizes = site.sizes("size", dims)
    strides = site.sizes("stride", dims) if site.has("stride") else sizes
    dilations = site.sizes("dilation", dims) if "dilation" in site.arguments else (1,) * dims
    padding = padding_of(site, dims)
    if site.form.framework == "keras" and any(_above(s, 1) for s in strides) and any(_above(d, 1) for d in dilations):
        site.fail("argument", f"{site.name} takes a stride or a dilation above 1, not both", "dilation")
    figures, windows = [], []
    for axis, (n, k, s, d) in enumerate(zip(spatial, sizes, strides, dilations, strict=True)):
        reach = plus(times(d, minus(k, 1)), 1)
        if not isinstance(padding, str):
            p = padding[axis]
            if never_positive(plus(minus(n, reach), plus(times(2, p), 1 if rounding == "floor" else s))):
                _too_small(site, n, k, p, d, reach, spatial)
            figures.append(window_size(n, k, s, p, d, rounding))
            windows.append(Window(k, s, p, d))
            continue
        if site.form.framework == "torch" and s != 1:
            half = (
                f"padding={show(Figure('floor((k - 1)/2)', k=reach).value)}" if isinstance(reach, int) else "a number"
            )
            help = f"with {half} and stride={show(s)} the size is divided by {show(s)}"
            site.fail("argument", "padding='same' goes only with stride 1", "padding", help)
        figures.append(given(n) if s == 1 else Figure("ceil(n/s)", n=n, s=s))
        windows.append(Window(k, s, _same_padding(n, s, reach, padding), d))
    return figures, windows


def _above(size: Size, number: int) -> bool:
    return isinstance(size, int) and size > number


def _same_padding(n: Size, s: Size, reach: Size, padding: str) -> Size:
    """What ``same`` (or ``causal``) adds in front."""
    if padding == "causal":
        return minus(reach, 1)
    if s == 1 or not all(isinstance(size, int) for size in (n, s, reach)):
        return Figure("floor((k - 1)/2)", k=reach).value
    text = "floor(max((ceil(n/s) - 1)*s + k - n, 0)/2)"
    return Figure(text, n=n, s=s, k=reach).value


def _too_small(site: Site, n: Size, k: Size, p: Size, d: Size, reach: Size, spatial: Sequence[Size]) -> None:
    shape = f" ({'×'.join(map(show, spatial))} arrives)" if len(spatial) > 1 else ""
    taps = "" if d == 1 else f" ({show(k)} taps, dilated by {show(d)})"
    there = show(n) if p == 0 else f"{show(n)} + 2·{show(p)} = {show(plus(n, times(2, p)))}"
    site.fail(
        "kernel-too-large",
        f"the window of {site.name} is {show(reach)} wide{taps}, and only {there} {'is' if there == '1' else 'are'} "
        f"there{shape}",
        "size",
        _turned(site) or SHRUNK,
    )


SHRUNK: Final = "the layers above shrink the image too far: fewer or smaller strides, or padding, would keep it larger"


def _turned(site: Site) -> str:
    """What is to be said of an image whose channels seem to stand at the other end."""
    if len(site.shape) != 3 or site.conventions.channels_first:
        return ""
    first, second, third = site.shape
    if first in (1, 3) and same(second, third):
        return f"{show_shape(site.shape)} seems to have its channels first: here they come last ([H, W, C])"
    return ""


def kernel_text(dims: int) -> str:
    """``k_h*k_w`` for two dimensions."""
    return "*".join(KERNEL_NAMES[dims])


def dimensions(site: Site) -> int:
    """How many spatial dimensions the layer has: by its name, or else by its input."""
    dims = site.form.options.get("dims")
    if isinstance(dims, int):
        return dims
    if dims == "any" and len(site.shape) > 1:
        return len(site.shape) - 1
    return 3 if len(site.shape) == 4 else 2


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
    """A convolution; ``depthwise`` gives each channel its own filters, ``separable`` adds a 1×1 convolution."""
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
    kernel = dict(zip(KERNEL_NAMES[dims], (window.size for window in windows), strict=True))
    positions = dict(zip(_OUTPUT_NAMES[dims], (figure.value for figure in figures), strict=True))
    taps = kernel_text(dims) + ("" if depthwise else "*C_in" if groups == 1 else "*C_in/g")
    values = {**kernel, "C_in": channels, "C_out": filters, "g": groups}
    weights = Count(f"({taps} + 1)*C_out" if bias else f"{taps}*C_out", **values)
    macs = Count("*".join(positions) + f"*C_out*{taps}", **values, **positions)
    axes = dict(zip(site.spatial_axes(dims), windows, strict=True))
    channels_out = Figure("C_in*m", C_in=channels, m=site.size("multiplier")) if depthwise else given(filters)
    effect = Effect(site.arranged(channels_out, figures), slide(site.views, axes), weights, macs=macs)
    if not bias:
        return effect
    return with_bias(effect, Count("*".join(positions) + f"*C_out*({taps} + 1)", **values, **positions))


def with_bias(effect: Effect, figure: Figure) -> Effect:
    """The effect, and its multiply-accumulates as those who count the bias have them."""
    return replace(effect, others=(("with the bias added, as torchinfo does", figure),))


def _check_mode(site: Site, spatial: Sequence[Size], windows: Sequence[Window]) -> None:
    """Refuse a border that is filled from the image and wider than the image."""
    mode = site.word("padding_mode", PADDING_MODES) if "padding_mode" in site.arguments else "zeros"
    for n, window in zip(spatial, windows, strict=True):
        after = minus(times(window.dilation, minus(window.size, 1)), window.padding)  # what "same" adds behind
        check_border(site, mode, n, after if site.word("padding") == "same" else window.padding)


PADDING_MODES: Final = ("zeros", "reflect", "replicate", "circular")


def check_border(site: Site, mode: str, n: Size, p: Size) -> None:
    """Refuse a border of ``p`` that a reflection or a turn around ``n`` positions cannot fill."""
    if not isinstance(n, int) or not isinstance(p, int):
        return
    if mode == "reflect" and p >= n:
        help = f"it mirrors at the last position, which leaves {n - 1} to copy"
        site.fail("argument", f"a reflection of {p} is not within {n} positions", "padding", help)
    if mode == "circular" and p > n:
        help = f"at most {n} positions can be copied from the other end"
        site.fail("argument", f"a circular padding of {p} goes around {n} positions more than once", "padding", help)


def separable(site: Site) -> Effect:
    """A depthwise convolution, then a pointwise one; one bias, at the end."""
    dims = dimensions(site)
    channels, spatial = site.image(dims)
    figures, windows = sliding(site, spatial)
    kernel = dict(zip(KERNEL_NAMES[dims], (window.size for window in windows), strict=True))
    positions = dict(zip(_OUTPUT_NAMES[dims], (figure.value for figure in figures), strict=True))
    values = {**kernel, "C_in": channels, "C_out": site.size("filters"), "m": site.size("multiplier")}
    pointwise = "(C_in*m + 1)*C_out" if site.flag("bias") else "C_in*m*C_out"
    weights = Count(f"{kernel_text(dims)}*C_in*m + {pointwise}", **values)
    macs = Count("*".join(positions) + f"*({kernel_text(dims)}*C_in*m + C_in*m*C_out)", **values, **positions)
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
    kernel = dict(zip(KERNEL_NAMES[dims], sizes, strict=True))
    positions = dict(zip(_OUTPUT_NAMES[dims], spatial, strict=True))
    taps = kernel_text(dims) + ("*C_in" if groups == 1 else "*C_in/g")
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
