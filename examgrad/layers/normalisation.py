"""Batch, layer, group, instance and RMS normalisation, and local response normalisation.

PyTorch counts the learned scale and shift; Keras also the running mean and variance of a batch normalisation,
which training does not change. A unit's receptive field is told as without the normalisation's statistics.
"""

from __future__ import annotations

from typing import Final

from examgrad.layers.formulas import NOTHING, Count, Figure
from examgrad.layers.linear import product_text
from examgrad.layers.signatures import forms
from examgrad.layers.site import Effect, Site
from examgrad.layers.sizes import Size, same, show, show_shape


def _check_rank(site: Site) -> None:
    dims = site.form.options.get("dims")
    if site.form.stem == "in" and len(site.shape) == dims and site.has("channels") and not site.flag("affine"):
        site.planes(dims)
    elif dims == 1:
        if len(site.shape) not in (1, 2):
            what = "[C] or [C, L]" if site.conventions.channels_first else "[C] or [L, C]"
            help = f"{site.form.name[:-2]}2d takes images" if len(site.shape) == 3 else ""
            site.fail("rank", f"{site.name} needs {what} and gets {show_shape(site.shape)}", help=help)
    elif isinstance(dims, int):
        if len(site.shape) == 1:
            help = f"{site.form.name[:-2]}1d takes features"
            layout = "[C, H, W]" if dims == 2 else "[C, D, H, W]"
            site.fail("rank", f"{site.name} needs {layout} and gets {show_shape(site.shape)}", help=help)
        site.image(dims)


def per_channel(site: Site) -> Effect:
    """A scale and a shift for each channel (PyTorch's batch and instance normalisation)."""
    _check_rank(site)
    channels = site.shape[site.channel_axis()]
    if site.has("channels"):
        _need_channels(site, channels, used=site.flag("affine") or site.flag("track_running_stats"))
    positions = site.shape[1:]
    if site.form.stem == "in" and positions and set(positions) == {1} and not site.flag("track_running_stats"):
        shape = show_shape(site.shape)
        site.fail("argument", f"{site.name} normalises each channel over its positions, and {shape} has one a channel")
    return site.unchanged(parameters=_learned(site, channels))


def _need_channels(site: Site, channels: Size, used: bool) -> None:
    """Refuse another number of channels; a warning is enough where nothing is kept for each channel."""
    needed = site.size("channels")
    if used or same(needed, channels) is not False:
        help = f"{show(channels)} channels come in: write {show(channels)} here" if used else ""
        site.need("channels", needed, channels, "channels", help)
    else:
        words = f"{site.name} was written for {show(needed)} channels and gets {show(channels)}"
        site.warnings.append(f"{words}, which nothing in it depends on")


def _learned(site: Site, channels: Size) -> Figure:
    """Scale and, unless ``bias=False``, shift of each channel."""
    if not site.flag("affine"):
        return NOTHING
    return Count("2*C" if "bias" not in site.arguments or site.flag("bias") else "C", C=channels)


def keras_batch(site: Site) -> Effect:
    """Scale and shift, trained, and running mean and variance, not trained: 4C."""
    axis = site.channel_axis() if site.value("axis") is None else site.axis("axis")
    channels = site.shape[axis]
    learned = site.flag("center") + site.flag("scale")
    return site.unchanged(
        parameters=Count(f"{2 + learned}*C", C=channels),
        frozen=Count("2*C", C=channels),
    )


def layer(site: Site) -> Effect:
    """A scale and a shift for every position of the normalised last axes."""
    wanted = site.listing("normalized_shape")
    last = site.shape[len(site.shape) - len(wanted) :]
    if len(last) < len(wanted) or any(same(a, b) is False for a, b in zip(wanted, last, strict=True)):
        shapes = f"the last axes {show_shape(wanted)}, and the input is {show_shape(site.shape)}"
        help = f"for the channels of an image, GroupNorm(1, {show(site.shape[0])}) or a permute before it"
        turned = len(wanted) == 1 and len(site.shape) > 2 and same(wanted[0], site.shape[0])
        site.fail("mismatch", f"{site.name} normalises {shapes}", "normalized_shape", help if turned else "")
    if not site.flag("affine"):
        return site.unchanged()
    text, values = product_text(wanted, "n")
    with_bias = "bias" in site.arguments and site.flag("bias")
    return site.unchanged(parameters=Count(f"2*{text}" if with_bias else text, **values))


def keras_layer(site: Site) -> Effect:
    """Scale and shift along the normalised axes."""
    text, values = product_text(tuple(site.shape[axis] for axis in site.axes("axis")), "n")
    learned = sum(site.flag(role) for role in ("center", "scale") if role in site.arguments)
    return site.unchanged(parameters=Count(f"{learned}*{text}", **values) if learned else NOTHING)


def group(site: Site) -> Effect:
    """Channels normalised group by group; a scale and a shift for each channel."""
    keras = site.form.framework == "keras"
    channels = site.shape[site.axis("axis")] if keras else site.shape[site.channel_axis()]
    if site.has("channels"):
        site.divides(site.size("channels"), site.size("groups"), "the number of channels", "groups")
        _need_channels(site, channels, used=site.flag("affine"))
    if not (keras and site.value("groups") is not None and site.whole("groups") == -1):
        site.divides(channels, site.size("groups"), "the number of channels", "groups")
    if not keras:
        return site.unchanged(parameters=_learned(site, channels))
    learned = site.flag("center") + site.flag("scale")
    return site.unchanged(parameters=Count(f"{learned}*C", C=channels) if learned else NOTHING)


def no_parameters(site: Site) -> Effect:
    """Local response or unit normalisation."""
    if site.form.stem == "lrn" and len(site.shape) < 2:
        site.fail("rank", f"{site.name} needs channels and positions and gets {show_shape(site.shape)}")
    return site.unchanged()


_BATCH = "eps=1e-05, momentum=0.1, affine=True, track_running_stats=True, bias=True"
_INSTANCE = "eps=1e-05, momentum=0.1, affine=False, track_running_stats=False, bias=True"
_RESPONSE = "size, alpha=0.0001, beta=0.75, k=1.0"

FORMS: Final = (
    *forms("exam", "bn", per_channel, "affine=True", "BN BATCHNORM"),
    *forms("exam", "ln", keras_layer, "axis=-1, center=True, scale=True", "LN LAYERNORM"),
    *forms("exam", "lrn", no_parameters, "size=5, alpha=0.0001, beta=0.75, k=1.0", "LRN"),
    *forms("torch", "bn", per_channel, f"num_features:channels, {_BATCH}", {"BatchNorm{}d": {}}),
    *forms(
        "torch",
        "bn",
        per_channel,
        "num_features:channels, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True, process_group=None, "
        "bias=True",
        "SyncBatchNorm",
    ),
    *forms("torch", "bn", per_channel, _BATCH, {"LazyBatchNorm{}d": {}}),
    *forms("torch", "in", per_channel, f"num_features:channels, {_INSTANCE}", {"InstanceNorm{}d": {}}),
    *forms("torch", "in", per_channel, _INSTANCE.replace("affine=False", "affine=True"), {"LazyInstanceNorm{}d": {}}),
    *forms("torch", "ln", layer, "normalized_shape, eps=1e-05, elementwise_affine:affine=True, bias=True", "LayerNorm"),
    *forms("torch", "rms", layer, "normalized_shape, eps=None, elementwise_affine:affine=True", "RMSNorm"),
    *forms(
        "torch", "gn", group, "num_groups:groups, num_channels:channels, eps=1e-05, affine=True, bias=True", "GroupNorm"
    ),
    *forms("torch", "lrn", no_parameters, _RESPONSE, "LocalResponseNorm CrossMapLRN2d"),
    *forms(
        "keras",
        "bn",
        keras_batch,
        "axis=None, momentum=0.99, epsilon=0.001, center=True, scale=True, "
        "synchronized=False, renorm=False, fused=None",
        "BatchNormalization",
    ),
    *forms(
        "keras",
        "ln",
        keras_layer,
        "axis=-1, epsilon=0.001, center=True, scale=True, rms_scaling=False",
        "LayerNormalization",
    ),
    *forms("keras", "rms", keras_layer, "axis=-1, epsilon=1e-06, scale=True", "RMSNormalization"),
    *forms("keras", "gn", group, "groups=32, axis=-1, epsilon=0.001, center=True, scale=True", "GroupNormalization"),
    *forms("keras", "unit", no_parameters, "axis=-1", "UnitNormalization"),
)
