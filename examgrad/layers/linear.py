"""Linear maps of features: fully connected, bilinear, and tables of embeddings."""

from __future__ import annotations

from typing import Final

from examgrad.layers.formulas import Count, Figure, given
from examgrad.layers.reach import whole
from examgrad.layers.signatures import forms
from examgrad.layers.site import Effect, Site
from examgrad.layers.sizes import Size, product, same, show, show_shape


def product_text(sizes: tuple[Size, ...], letter: str) -> tuple[str, dict[str, Size]]:
    """The text of a product, ``n1*n2*n3``, and what stands in it; ``1`` of none."""
    values = {f"{letter}{index + 1}": size for index, size in enumerate(sizes)}
    return "*".join(values) or "1", values


def fully_connected(site: Site) -> Effect:
    """Every output depends on every input, which is flattened first."""
    units = site.size("units")
    features, values = product_text(site.shape, "n")
    weights = f"({features} + 1)*m" if site.flag("bias") else f"{features}*m"
    return Effect(
        (given(units),),
        whole(site.views, site.shape),
        Count(weights, **values, m=units),
        macs=Count(f"{features}*m", **values, m=units),
        others=_as_torchinfo(site, Count(weights, **values, m=units), alone=True),
    )


def linear(site: Site) -> Effect:
    """A linear map of the last axis, the same at every position of the others."""
    if not site.shape:
        site.fail("rank", f"{site.name} needs an axis of features and gets a single number")
    *before, features = site.shape
    units = site.size("units")
    if site.has("features"):
        _check_features(site, site.size("features"), features)
    if len(site.shape) == 3 and _is_image(site):
        site.warnings.append(
            f"{site.name} works on the last axis of {show_shape(site.shape)} alone: is a Flatten missing before it?"
        )
    positions, values = product_text(tuple(before), "n")
    weights = Count("(n + 1)*m" if site.flag("bias") else "n*m", n=features, m=units)
    macs = Count(f"{positions}*n*m" if before else "n*m", **values, n=features, m=units)
    views = whole(site.views, site.shape, [len(before)])
    others = _as_torchinfo(site, weights, alone=not before)
    return Effect((*map(given, before), given(units)), views, weights, macs=macs, others=others)


def _as_torchinfo(site: Site, weights: Count, alone: bool) -> tuple[tuple[str, Figure], ...]:
    """What torchinfo says: every parameter once, the bias too, however many positions there are."""
    if alone:
        return (("with the bias added, as torchinfo does", weights),) if site.flag("bias") else ()
    return (("at one position only, as torchinfo counts", weights),)


def _is_image(site: Site) -> bool:
    """Whether the input still is an image, whose positions the last axis counts (or whose channels)."""
    return any(view.axis == len(site.shape) - 1 for view in site.views) or not site.conventions.channels_first


def _check_features(site: Site, needed: Size, got: Size) -> None:
    fits = same(needed, got)
    if fits is not False:
        site.need("features", needed, got, "features")
        return
    shape = site.shape
    if len(shape) > 1 and same(needed, product(shape)):
        factors = "·".join(map(show, shape))
        site.fail(
            "flatten-missing",
            f"{site.name} needs {show(needed)} features on its last axis and gets {show_shape(shape)}",
            "features",
            f"{show(needed)} = {factors}: a Flatten is missing before it",
        )
    help = f"{show(got)} features come in: write {show(got)} here, or let the layer above give {show(needed)}"
    site.need("features", needed, got, "features", help)


def bilinear(site: Site) -> Effect:
    """Y = x₁ᵀ A x₂ + b for two inputs."""
    if len(site.inputs) != 2:
        site.fail("inputs", f"{site.name} takes two inputs: from: [x1, x2]")
    first, second = (tensor.shape for tensor in site.inputs)
    units, sizes = site.size("units"), (site.size("features1"), site.size("features2"))
    for needed, shape, argument in zip(sizes, (first, second), ("features1", "features2"), strict=True):
        if not shape:
            site.fail("rank", f"{site.name} needs an axis of features and gets a single number")
        site.need("features", needed, shape[-1], argument)
    values = {"n1": sizes[0], "n2": sizes[1], "m": units}
    positions, more = product_text(first[:-1], "p")
    weights = Count("(n1*n2 + 1)*m" if site.flag("bias") else "n1*n2*m", **values)
    macs = Count(f"{positions}*n1*n2*m" if first[:-1] else "n1*n2*m", **values, **more)
    views = whole(site.views, first, [len(first) - 1])
    return Effect((*map(given, first[:-1]), given(units)), views, weights, macs=macs)


def embedding(site: Site) -> Effect:
    """A row of a table for every number of the input."""
    rows, width = site.size("rows"), site.size("width")
    weights = Count("V*d", V=rows, d=width)
    if site.form.options.get("bag"):
        site.rank(1, what="a bag of numbers [n]")
        return Effect((*map(given, site.shape[:-1]), given(width)), whole(site.views, site.shape), weights)
    return Effect((*map(given, site.shape), given(width)), site.views, weights)


_TORCH_BAG = (
    "num_embeddings:rows, embedding_dim:width, max_norm=None, norm_type=2, scale_grad_by_freq=False, mode='mean', "
    "sparse=False, _weight=None, include_last_offset=False, padding_idx=None"
)
_TORCH_EMBEDDING = (
    "num_embeddings:rows, embedding_dim:width, padding_idx=None, max_norm=None, norm_type=2, "
    "scale_grad_by_freq=False, sparse=False, _weight=None, _freeze=False"
)

FORMS: Final = (
    *forms("exam", "fc", fully_connected, "units|out|n, bias=True, activation=None", "FC DENSE"),
    *forms("exam", "embedding", embedding, "rows|vocabulary|words, width|dim|d", "EMBEDDING EMB"),
    *forms(
        "torch",
        "fc",
        linear,
        "in_features:features, out_features:units, bias=True",
        "Linear NonDynamicallyQuantizableLinear",
    ),
    *forms("torch", "fc", linear, "out_features:units, bias=True", "LazyLinear"),
    *forms(
        "torch",
        "bilinear",
        bilinear,
        "in1_features:features1, in2_features:features2, out_features:units, bias=True",
        "Bilinear",
        (2, 2),
    ),
    *forms("torch", "embedding", embedding, _TORCH_EMBEDDING, "Embedding"),
    *forms("torch", "embedding", embedding, _TORCH_BAG, {"EmbeddingBag": {"bag": True}}),
    *forms("keras", "fc", linear, "units, activation=None, use_bias:bias=True, lora_rank=None", "Dense"),
    *forms(
        "keras", "embedding", embedding, "input_dim:rows, output_dim:width, mask_zero=False, weights=None", "Embedding"
    ),
)
