"""What works on every number by itself: activations, dropout, noise. PReLU has parameters, GLU halves an axis."""

from __future__ import annotations

from typing import Final

from examgrad.layers.formulas import Count, Figure, given
from examgrad.layers.linear import product_text
from examgrad.layers.signatures import Form, Owner, forms
from examgrad.layers.site import Effect, Site
from examgrad.layers.sizes import same, show_shape


def elementwise(site: Site) -> Effect:
    """The shape stays, and there are no parameters."""
    for role in ("axis", "dim"):
        if site.has(role) and not site.over_batch(role):
            site.axes(role)
    return site.unchanged()


def limited(site: Site) -> Effect:
    """The shape stays; samples have a certain number of axes."""
    site.rank(*RANKS[site.form.name])
    if site.form.name == "Softmax2d" and len(site.shape) == 2:
        site.warnings.append(f"{site.name} takes the batch of {show_shape(site.shape)} for the channels")
    return site.unchanged()


RANKS: Final = {
    "Softmax2d": (2, 3), "Dropout1d": (1, 2),
    "SpatialDropout1D": (2,), "SpatialDropout2D": (3,), "SpatialDropout3D": (4,),
}  # fmt: skip
"""How many axes a sample has."""


def prelu(site: Site) -> Effect:
    """PyTorch's PReLU: one slope for all channels, or one each."""
    slopes = site.size("slopes")
    if slopes != 1:
        site.need("channels", slopes, site.shape[site.channel_axis()], "slopes")
    return site.unchanged(parameters=Count("n", n=slopes))


def prelu_per_unit(site: Site) -> Effect:
    """Keras's PReLU: a slope for every unit, shared along ``shared_axes``."""
    shared = site.axes("shared_axes") if site.has("shared_axes") else ()
    sizes = tuple(size for axis, size in enumerate(site.shape) if axis not in shared)
    text, values = product_text(sizes, "n")
    return site.unchanged(parameters=Count(text, **values))


def gated(site: Site) -> Effect:
    """GLU: one half of an axis gates the other."""
    axis = site.axis("dim")
    site.divides(site.shape[axis], 2, "the size of the axis that is halved", "dim")
    shape = [given(size) for size in site.shape]
    shape[axis] = Figure("n/2", n=site.shape[axis])
    return Effect(tuple(shape), site.views)


def channel_shuffle(site: Site) -> Effect:
    """Channels change places between groups."""
    channels = site.shape[site.channel_axis()]
    if len(site.shape) < 2:
        site.fail("rank", f"{site.name} needs channels and positions and gets {show_shape(site.shape)}")
    site.divides(channels, site.size("groups"), "the number of channels", "groups")
    return site.unchanged()


def activation(site: Site) -> Effect:
    """``Activation("relu")``."""
    word = site.word("activation")
    known = {form.name.lower() for form in FORMS}
    if word and word.replace("_", "") not in known and word not in known:
        site.word("activation", sorted(known & set(_COMMON.split())))
    return site.unchanged()


def declared_input(site: Site) -> Effect:
    """Keras's ``Input``: the shape must be the network's."""
    if site.has("shape"):
        wanted = site.listing("shape")
        pairs = zip(wanted, site.shape, strict=False)
        if len(wanted) != len(site.shape) or any(same(a, b) is False for a, b in pairs):
            site.fail("mismatch", f"{site.name} says another shape than the network's input", "shape")
    return site.unchanged()


def _each(owner: Owner, calls: dict[str, str]) -> tuple[Form, ...]:
    """Layers that keep the shape, by signature: each is numbered under its own name."""
    return tuple(
        form
        for signature, names in calls.items()
        for name in names.split()
        for form in forms(owner, name.lower().replace("_", ""), elementwise, signature, name)
    )


_COMMON: Final = (
    "relu relu6 leaky_relu elu selu celu gelu silu swish mish sigmoid tanh softplus softsign hard_sigmoid hard_swish "
    "hardtanh hardsigmoid hardswish log_sigmoid exponential linear softmax log_softmax logsoftmax"
)
_TORCH: Final = {
    "inplace=False": "ReLU ReLU6 SELU Hardsigmoid Hardswish SiLU Mish",
    "negative_slope=0.01, inplace=False": "LeakyReLU",
    "alpha=1.0, inplace=False": "ELU CELU",
    "approximate='none'": "GELU",
    "": "Sigmoid Tanh Softsign Tanhshrink LogSigmoid",
    "beta=1, threshold=20": "Softplus",
    "lambd=0.5": "Softshrink Hardshrink",
    "min_val=-1, max_val=1, inplace=False, min_value=None, max_value=None": "Hardtanh",
    "lower=0.125, upper=0.333, inplace=False": "RReLU",
    "threshold, value, inplace=False": "Threshold",
    "dim=None": "Softmax Softmin LogSoftmax",
    "p=0.5, training=True, inplace=False": "dropout dropout2d dropout3d alpha_dropout",
    "p=0.5, inplace=False": "Dropout Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout",
    "*ignored": "Identity",
}
_KERAS: Final = {
    "max_value=None, negative_slope=0.0, threshold=0.0": "ReLU",
    "negative_slope|alpha=0.3": "LeakyReLU",
    "alpha=1.0": "ELU",
    "theta=1.0": "ThresholdedReLU",
    "axis=-1": "Softmax",
    "rate, noise_shape=None": "Dropout AlphaDropout",
    "rate": "GaussianDropout",
    "stddev": "GaussianNoise",
    "l1=0.0, l2=0.0": "ActivityRegularization",
    "mask_value=0.0": "Masking",
    "scale, offset=0.0": "Rescaling",
    "mode=None": "RandomFlip",
    "factor": "RandomRotation RandomZoom RandomContrast RandomBrightness",
    "": "Identity",
}

FORMS: Final = (
    *_each("any", {"*ignored": _COMMON + " identity"}),
    *_each("exam", {"p|rate=0.5": "DROPOUT"}),
    *_each("torch", _TORCH),
    *_each("keras", _KERAS),
    *forms("torch", "softmax2d", limited, "", "Softmax2d"),
    *forms("torch", "dropout1d", limited, "p=0.5, inplace=False", "Dropout1d"),
    *forms("keras", "dropout", limited, "rate, noise_shape=None", "SpatialDropout1D SpatialDropout2D SpatialDropout3D"),
    *forms("torch", "prelu", prelu, "num_parameters:slopes=1, init=0.25", "PReLU"),
    *forms("keras", "prelu", prelu_per_unit, "shared_axes=None", "PReLU"),
    *forms("torch", "glu", gated, "dim=-1", "GLU glu"),
    *forms("torch", "shuffle", channel_shuffle, "groups", "ChannelShuffle"),
    *forms("keras", "activation", activation, "activation", "Activation"),
    *forms("keras", "input", declared_input, "shape=None", "Input InputLayer"),
)
