"""What people do wrong in one family of layers or another, each as a rewrite of the layer's derivation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from examgrad.diagnosis.drafts import Draft, Rewrite, argued, chained, counted, figures_of, outputs, reworded, valued
from examgrad.formula.tree import Number
from examgrad.layers.again import again, output
from examgrad.layers.calls import Value
from examgrad.layers.formulas import Count, Figure
from examgrad.layers.site import Effect, Site, Tensor
from examgrad.layers.sizes import Size, as_node, product

NORMS: Final = ("bn", "in", "ln", "gn", "rms")
_OTHER_GATES: Final = {4: (3, 1), 3: (2, 4, 1)}
FARTHEST: Final = 2
"""How many layers above may be the one that was left out; of a shape, it is the nearest."""


# -- biases ------------------------------------------------------------------------------------------------------------


def _has_bias(draft: Draft) -> bool:
    return draft.site.has("bias") and draft.site.flag("bias")


def without_bias(draft: Draft, column: str) -> Iterator[Draft]:
    """The layer without its biases."""
    if _has_bias(draft) and draft.site.form.stem not in NORMS:
        yield from argued(bias=False)(draft, column)


def with_bias(draft: Draft, column: str) -> Iterator[Draft]:
    """Biases of a layer that has none."""
    if "bias" in draft.site.arguments and not _has_bias(draft):
        yield from argued(bias=True)(draft, column)


def bias_per_position(draft: Draft, column: str) -> Iterator[Draft]:
    """A bias for each number of the output."""
    if len(draft.figures["shape"]) > 1:
        yield from chained(without_bias, counted("{} + N_out", N_out=outputs))(draft, column)


# -- channels, filters, features ---------------------------------------------------------------------------------------


def exchanged(draft: Draft, column: str) -> Iterator[Draft]:
    """Inputs and outputs exchanged."""
    (figure,) = draft.figures[column]
    for one, other in (("C_in", "C_out"), ("n1", "m"), ("n", "m")):
        if {one, other} <= figure.values.keys() and len([name for name in figure.values if name[0] == "n"]) < 3:
            values = {**figure.values, one: figure.values[other], other: figure.values[one]}
            yield draft.with_figures(column, Count(figure.text, **values))


def _features(draft: Draft) -> tuple[tuple[Size, ...], Figure] | None:
    """The image that a fully connected layer gets, perhaps flattened, and the formula of its count."""
    if draft.site.form.stem != "fc":
        return None
    shape = draft.site.shape
    source = draft.row.sources[0] if draft.row.sources else ""
    above = draft.network.sites.get(source)
    if len(shape) == 1 and above is not None and above.form.stem == "flatten":
        shape = above.shape
    return (shape, draft.figures["parameters"][0]) if len(shape) in (3, 4) else None


def without_depth(draft: Draft, column: str) -> Iterator[Draft]:
    """A convolution of one channel."""
    if any("C_in" in figure.values for figure in draft.figures[column]):
        yield from valued("C_in", "g")(draft, column)


def of_features(choose: Callable[[tuple[Size, ...], Size], Size]) -> Rewrite:
    """A fully connected layer with other features: chosen from the sides of the image and its channels."""

    def rewrite(draft: Draft, column: str) -> Iterator[Draft]:
        if (found := _features(draft)) is None:
            return
        shape = found[0]
        sides, channels = (shape[1:], shape[0]) if draft.channels_first else (shape[:-1], shape[-1])
        yield from _fed(draft, column, choose(sides, channels))

    return rewrite


def _fed(draft: Draft, column: str, features: Size) -> Iterator[Draft]:
    """A fully connected layer on so many features."""
    (figure,) = draft.figures[column]
    first, *rest = [name for name in figure.values if name[0] == "n"] or [""]
    if first and draft.site.form.stem == "fc":
        values = {name: size for name, size in figure.values.items() if name not in rest}
        text = figure.text.replace("*".join([first, *rest]), first)
        yield draft.with_figures(column, Count(text, **{**values, first: features}))


def output_as_input(draft: Draft, column: str) -> Iterator[Draft]:
    """The depth (or the features) of the output for those of the input."""
    yield from valued("C_in", to="C_out")(draft, column)
    if draft.site.form.stem == "fc" and len(draft.figures["shape"]) == 1:
        yield from _fed(draft, column, draft.figures["shape"][0].value)


def ungrouped(draft: Draft, column: str) -> Iterator[Draft]:
    """An ordinary convolution in place of one in groups, of a depthwise or of a separable one."""
    if draft.site.form.stem == "sepconv":
        yield from reworded(r"^(k\S*?)\*C_in\*m \+ .*?( \+ 1|)\)?\*C_out$", r"(\1*C_in\2)*C_out")(draft, column)
    elif draft.site.form.options.get("depthwise"):
        yield from reworded(r"k_w(?!\*C)|^\(?k(?=[ *])", r"\g<0>*C_in")(draft, column)
    else:
        yield from argued(groups=Number(1))(draft, column)


def other_gates(draft: Draft, column: str) -> Iterator[Draft]:
    """A recurrent layer with another number of gates."""
    gates = draft.site.form.options.get("gates")
    if isinstance(gates, int):
        for other in _OTHER_GATES.get(gates, ()):
            yield from valued("g", to=other)(draft, column)


def steps_returned(draft: Draft, column: str) -> Iterator[Draft]:
    """A recurrent layer that returns every step in place of the last, or the other way round."""
    if "sequences" in draft.site.arguments:
        yield from argued(sequences=not draft.site.flag("sequences"))(draft, column)


# -- layers without parameters, shared weights, normalisation ----------------------------------------------------------


def for_nothing(draft: Draft, column: str) -> Iterator[Draft]:
    """What people count for a layer that learns nothing."""
    if draft.row.shared or draft.figures[column][0].text != "0" or len(draft.site.inputs) != 1:
        return
    values: dict[str, Size] = {}
    texts = []
    image = draft.image()
    if image is not None:
        values["C"] = image[0]
    if image is not None and draft.site.form.stem == "pool" and draft.site.has("size"):
        values |= {f"k{place + 1}": size for place, size in enumerate(draft.site.sizes("size", len(image[1])))}
        window = "*".join(name for name in values if name[0] == "k")
        texts = [f"({window}*C + 1)*C", f"({window} + 1)*C", f"{window}*C*C", f"{window}*C", f"{window} + 1", window]
    values["N"] = product(figure.value for figure in draft.figures["shape"])
    for text in (*texts, "N"):
        yield draft.with_figures(column, Count(text, **{name: size for name, size in values.items() if name in text}))


def shared_again(draft: Draft, column: str) -> Iterator[Draft]:
    """Shared weights, counted again."""
    if draft.row.shared:
        yield draft.with_figures(column, draft.site.form.rule(draft.site).parameters)


def statistics(text: str, by: str) -> Rewrite:
    """A batch normalisation that counts something else."""

    def rewrite(draft: Draft, column: str) -> Iterator[Draft]:
        if draft.site.form.stem == "bn":
            yield from reworded(text, by)(draft, column)

    return rewrite


def norm_per_position(draft: Draft, column: str) -> Iterator[Draft]:
    """A scale and a shift for each number."""
    if draft.site.form.stem in NORMS and len(draft.figures["shape"]) > 1:
        yield draft.with_figures(column, Count("2*N", N=product(figure.value for figure in draft.figures["shape"])))


# -- sizes of windows --------------------------------------------------------------------------------------------------


def on_sides(text: str, stems: Sequence[str]) -> Rewrite:
    """Another formula for each side of the image, in some families of layers."""

    def rewrite(draft: Draft, column: str) -> Iterator[Draft]:
        image = draft.image()
        figures = draft.figures["shape"]
        if (
            image is None
            or draft.site.form.stem not in stems
            or not {"size", "stride"} <= draft.site.arguments.keys()
            or len(figures) != len(draft.site.shape)
        ):
            return
        dims = len(image[1])
        sizes = draft.site.sizes("size", dims)
        strides = draft.site.sizes("stride", dims) if draft.site.has("stride") else sizes
        padding = draft.site.value("padding") if "padding" in draft.site.arguments else None
        pads = draft.site.sizes("padding", dims, least=0) if isinstance(padding, Number | tuple) else (0,) * dims
        names = [name for name in "nkps" if re.search(rf"\b{name}\b", text)]
        sides = [
            Figure(text, **{name: values[name] for name in names})
            for values in (
                dict(zip("nksp", item, strict=True)) for item in zip(image[1], sizes, strides, pads, strict=True)
            )
        ]
        channels = figures[0] if draft.channels_first else figures[-1]
        yield draft.with_figures("shape", *((channels, *sides) if draft.channels_first else (*sides, channels)))

    return rewrite


def deep(text: str, stems: Sequence[str]) -> Rewrite:
    """Another formula for the depth: ``a`` is the input's, ``b`` the output's, ``k`` the window."""

    def rewrite(draft: Draft, column: str) -> Iterator[Draft]:
        image = draft.image()
        figures = draft.figures["shape"]
        if image is None or draft.site.form.stem not in stems or len(figures) != len(draft.site.shape):
            return
        old = figures[0] if draft.channels_first else figures[-1]
        values = {"a": image[0], "b": old.value}
        if "k" in text:
            values["k"] = draft.site.sizes("size", len(image[1]))[0]
        new = Figure(text, **{name: size for name, size in values.items() if name in text})
        yield draft.with_figures("shape", *((new, *figures[1:]) if draft.channels_first else (*figures[:-1], new)))

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
    chain = [draft.row]
    rows = {row.layer: row for row in draft.network.rows}
    while len(chain) <= FARTHEST and len(chain[-1].sources) == 1 and chain[-1].sources[0] in rows:
        chain.append(rows[chain[-1].sources[0]])
    for place in range(1, min(len(chain), 2 if column == "shape" else len(chain))):
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
        arguments["channels"] = as_node(tensor.shape[0 if site.conventions.channels_first else -1])
    if site.has("features") and tensor.shape:
        arguments["features"] = as_node(tensor.shape[-1])
    return again(site, (tensor,), **arguments)


# -- multiply-accumulates, receptive fields ----------------------------------------------------------------------------


def at_input(draft: Draft, column: str) -> Iterator[Draft]:
    """The positions of the input counted for those of the output."""
    image = draft.image()
    (figure,) = draft.figures["macs"]
    names = [name for name in figure.values if name.startswith("n_") or (name == "n" and "k" in figure.values)]
    if image is not None and len(names) == len(image[1]):
        yield draft.with_figures(
            "macs", Count(figure.text, **{**figure.values, **dict(zip(names, image[1], strict=True))})
        )


def at_output(draft: Draft, column: str) -> Iterator[Draft]:
    """The positions of the output counted for those of the input (of a transposed convolution)."""
    (figure,) = draft.figures["macs"]
    names = [name for name in figure.values if name.startswith("n_")]
    shape = [item.value for item in draft.figures["shape"]]
    sides = shape[1:] if draft.channels_first else shape[:-1]
    if draft.site.form.stem == "tconv" and len(names) == len(sides):
        yield draft.with_figures(
            "macs", Count(figure.text, **{**figure.values, **dict(zip(names, sides, strict=True))})
        )


def parameters_for_macs(draft: Draft, column: str) -> Iterator[Draft]:
    """The parameters."""
    if draft.figures["macs"][0].text != "0":
        yield draft.with_figures("macs", *draft.figures["parameters"])


def comparisons(draft: Draft, column: str) -> Iterator[Draft]:
    """What a pooling compares."""
    image = draft.image()
    if image is not None and draft.site.form.stem == "pool" and draft.site.has("size"):
        window = product(draft.site.sizes("size", len(image[1])))
        outputs = product(figure.value for figure in draft.figures["shape"])
        yield draft.with_figures("macs", Count("k*n", k=window, n=outputs))


def no_channels(draft: Draft, column: str) -> Iterator[Draft]:
    """The positions of one channel."""
    shape = [item.value for item in draft.figures["shape"]]
    sides = shape[1:] if draft.channels_first else shape[:-1]
    if len(shape) > 1:
        yield draft.with_figures("activations", Count("n", n=product(sides)))


def input_activations(draft: Draft, column: str) -> Iterator[Draft]:
    """The numbers of the input."""
    yield draft.with_figures("activations", Count("n", n=product(draft.site.shape)))


def jumps(choose: Callable[[int, int, int], int]) -> Rewrite:
    """Receptive fields along the chain with other jumps: of the right one, the stride above, and the layer's own."""

    def rewrite(draft: Draft, column: str) -> Iterator[Draft]:
        rows = {row.layer: row for row in draft.network.rows}
        chain = [draft.row]
        while len(chain[-1].sources) == 1 and chain[-1].sources[0] in rows:
            chain.append(rows[chain[-1].sources[0]])
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
