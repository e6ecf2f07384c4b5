"""Layers that resize an image without weights: padding, cropping, upsampling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from examgrad.layers.calls import Value
from examgrad.layers.formulas import Figure, given
from examgrad.layers.reach import Window, blur, interpolate, slide, spread
from examgrad.layers.signatures import forms
from examgrad.layers.site import Effect, Site
from examgrad.layers.sizes import LARGEST, Size, minus, show_shape
from examgrad.layers.windows import check_border, dimensions

_READS: Final = {"linear": (0, 1), "bilinear": (0, 1), "trilinear": (0, 1), "bicubic": (1, 2)}
"""How many points below and above its position an interpolation reads."""


def padded(site: Site) -> Effect:
    """Positions added before and after each spatial axis; a crop takes them away."""
    dims = dimensions(site)
    lead, spatial = site.planes(dims, most=9 if site.form.options.get("constant") else 1)
    sides = _torch_sides(site, dims) if site.form.framework == "torch" else _sides(site, dims)
    crop = bool(site.form.options.get("crop"))
    for n, both in zip(spatial, sides, strict=True):
        for size in both:
            check_border(site, str(site.form.options.get("mode")), n, size)
    text = "n - a - b" if crop else "n + a + b"
    figures = [Figure(text, n=n, a=a, b=b) for n, (a, b) in zip(spatial, sides, strict=True)]
    windows = {
        axis: Window(1, 1, minus(0, before) if crop else before)
        for axis, (before, _) in zip(site.spatial_axes(dims), sides, strict=True)
    }
    return Effect(site.around(lead, figures), slide(site.views, windows))


def _torch_sides(site: Site, dims: int) -> list[tuple[Size, Size]]:
    """PyTorch lists the sides from the last axis on: left, right, top, bottom."""
    sizes = site.sizes("padding", 2 * dims, least=-LARGEST)
    return list(reversed([(sizes[2 * axis], sizes[2 * axis + 1]) for axis in range(dims)]))


def _sides(site: Site, dims: int) -> list[tuple[Size, Size]]:
    """One number for all sides, one an axis, or a pair an axis (in one dimension: the pair)."""
    value = site.value("padding")
    if isinstance(value, tuple) and dims == 1 and len(value) == 2:
        first, last = site.sizes("padding", 2, least=0)
        return [(first, last)]
    if not isinstance(value, tuple):
        size = site.size("padding", least=0)
        return [(size, size)] * dims
    if len(value) != dims:
        site.sizes("padding", dims)
    return [_pair(site, item) for item in value]


def _pair(site: Site, item: Value) -> tuple[Size, Size]:
    both = item if isinstance(item, tuple) else (item, item)
    if len(both) != 2:
        site.fail("argument-length", f"padding of {site.name} is a number or a pair for each axis", "padding")
    return site.as_size(both[0], "padding", 0), site.as_size(both[1], "padding", 0)


def upsampled(site: Site) -> Effect:
    """Each axis grows by a factor, or to a size."""
    dims = dimensions(site)
    channels, spatial = site.image(dims)
    mode = site.word("mode") if "mode" in site.arguments else "nearest"
    if site.form.framework == "torch":
        _check_mode(site, mode, dims)
    axes = site.spatial_axes(dims)
    if "size" in site.arguments and site.has("size"):
        sizes = site.sizes("size", dims)
        figures = [given(size) for size in sizes]
        factors: dict[int, Size] = {
            axis: size // n
            for axis, n, size in zip(axes, spatial, sizes, strict=True)
            if isinstance(size, int) and isinstance(n, int) and size % n == 0
        }
    else:
        if not site.has("factor"):
            site.fail("missing-argument", f"{site.name} needs a size or a scale factor")
        figures, factors = _scaled(site, spatial)
    views = blur(site.views, site.shape, [axis for axis in axes if axis not in factors or _corners(site)])
    if mode in _READS:
        views = interpolate(views, factors, *_READS[mode])
    else:
        views = spread(views, {axis: Window(factor, factor) for axis, factor in factors.items()})
    return Effect(site.arranged(given(channels), figures), views)


_MODES: Final = {
    "nearest": (1, 2, 3), "nearest-exact": (1, 2, 3), "area": (1, 2, 3),
    "linear": (1,), "bilinear": (2,), "bicubic": (2,), "trilinear": (3,),
}  # fmt: skip
"""PyTorch's interpolations, and for how many spatial dimensions they are."""


def _check_mode(site: Site, mode: str, dims: int) -> None:
    if mode not in _MODES:
        site.word("mode", tuple(_MODES))
    if dims not in _MODES[mode]:
        wanted = " or ".join(map(str, _MODES[mode]))
        words = f"{mode} goes with {wanted} spatial dimensions"
        site.fail("rank", f"{words}, and {site.name} gets {show_shape(site.shape)}", "mode")
    if site.has("size") and site.has("factor"):
        site.fail("argument", f"{site.name} takes a size or a scale factor, not both", "size")
    if "align_corners" in site.arguments and site.has("align_corners") and len(_MODES[mode]) > 1:
        site.fail("argument", f"align_corners goes with linear modes, not with {mode}", "align_corners")


def _corners(site: Site) -> bool:
    return "align_corners" in site.arguments and site.has("align_corners") and site.flag("align_corners")


def _scaled(site: Site, spatial: Sequence[Size]) -> tuple[list[Figure], dict[int, Size]]:
    """Output sizes, and the factors that are whole by axis."""
    dims = len(spatial)
    if site.has_symbols("factor"):
        scales = site.sizes("factor", dims)
        return [Figure("n*f", n=n, f=f) for n, f in zip(spatial, scales, strict=True)], {}
    ratios = site.ratios("factor", dims)
    figures = [
        Figure("n*f", n=n, f=int(ratio))
        if ratio.denominator == 1
        else Figure("floor(n*a/b)", n=n, a=ratio.numerator, b=ratio.denominator)
        for n, ratio in zip(spatial, ratios, strict=True)
    ]
    pairs = zip(site.spatial_axes(dims), ratios, strict=True)
    return figures, {axis: int(ratio) for axis, ratio in pairs if ratio.denominator == 1}


def resized(site: Site) -> Effect:
    """An image brought to a height and a width."""
    channels, _ = site.image(2)
    figures = [given(site.size("height")), given(site.size("width"))]
    return Effect(site.arranged(given(channels), figures), blur(site.views, site.shape, site.spatial_axes(2)))


_SCALES: Final = "size=None, scale_factor:factor=None"

FORMS: Final = (
    *forms("exam", "pad", padded, "padding|p", "PAD ZEROPAD"),
    *forms("exam", "crop", padded, "padding|p", {"CROP": {"crop": True}}),
    *forms("exam", "up", upsampled, "factor|size, mode='nearest'", "UPSAMPLE"),
    *forms(
        "torch",
        "pad",
        padded,
        "padding",
        {
            "ZeroPad{}d": {"constant": True},
            "ReplicationPad{}d": {"mode": "replicate"},
            "CircularPad{}d": {"mode": "circular"},
            "ReflectionPad{}d": {"mode": "reflect"},
        },
    ),
    *forms("torch", "pad", padded, "padding, value", {"ConstantPad{}d": {"constant": True}}),
    *forms(
        "torch",
        "up",
        upsampled,
        f"{_SCALES}, mode='nearest', align_corners=None, recompute_scale_factor=None",
        {"Upsample": {"dims": "any"}},
    ),
    *forms(
        "torch",
        "up",
        upsampled,
        f"{_SCALES}, mode='nearest', align_corners=None, recompute_scale_factor=None, antialias=False",
        {"interpolate": {"dims": "any"}},
    ),
    *forms("torch", "up", upsampled, f"{_SCALES}, mode='nearest'", {"UpsamplingNearest2d": {"dims": 2}}),
    *forms(
        "torch",
        "up",
        upsampled,
        f"{_SCALES}, mode='bilinear', align_corners=True",
        {"UpsamplingBilinear2d": {"dims": 2}},
    ),
    *forms("keras", "pad", padded, "padding=1, data_format=None", {"ZeroPadding{}D": {}}),
    *forms("keras", "crop", padded, "cropping:padding=1, data_format=None", {"Cropping{}D": {"crop": True}}),
    *forms("keras", "resize", resized, "height, width", "Resizing CenterCrop RandomCrop"),
    *forms("keras", "up", upsampled, "size:factor=2", {"UpSampling1D": {"dims": 1}}),
    *forms(
        "keras",
        "up",
        upsampled,
        "size:factor=2, data_format=None, interpolation:mode='nearest'",
        {"UpSampling2D": {"dims": 2}},
    ),
    *forms("keras", "up", upsampled, "size:factor=2, data_format=None", {"UpSampling3D": {"dims": 3}}),
)
