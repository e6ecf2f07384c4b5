"""What people do wrong in counts of parameters, operations and numbers, each as a rewrite of the layer's derivation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from examgrad.diagnosis.drafts import Draft, Rewrite, argued, chained, counted, inputs_of, outputs, reworded, valued
from examgrad.formula.tree import Number
from examgrad.layers.formulas import Count, Figure
from examgrad.layers.sizes import Size, product

NORMS: Final = ("bn", "in", "ln", "gn", "rms")
_OTHER_GATES: Final = {4: (3, 1), 3: (2, 4, 1)}


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
        channels, sides = draft.site.conventions.parted(found[0])
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
    values["N"] = outputs(draft)
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
        yield draft.with_figures(column, Count("2*N", N=outputs(draft)))


# -- multiply-accumulates, activations ---------------------------------------------------------------------------------


def at_input(draft: Draft, column: str) -> Iterator[Draft]:
    """The positions of the input counted for those of the output."""
    if (image := draft.image()) is not None:
        yield from _at(draft, image[1])


def at_output(draft: Draft, column: str) -> Iterator[Draft]:
    """The positions of the output counted for those of the input (of a transposed convolution)."""
    if draft.site.form.stem == "tconv":
        _, sides = draft.site.conventions.parted(draft.figures["shape"])
        yield from _at(draft, [side.value for side in sides])


def _at(draft: Draft, sides: Sequence[Size]) -> Iterator[Draft]:
    """The multiply-accumulates counted at so many positions."""
    (figure,) = draft.figures["macs"]
    names = [name for name in figure.values if name.startswith("n_") or (name == "n" and "k" in figure.values)]
    if len(names) == len(sides):
        values = {**figure.values, **dict(zip(names, sides, strict=True))}
        yield draft.with_figures("macs", Count(figure.text, **values))


def parameters_for_macs(draft: Draft, column: str) -> Iterator[Draft]:
    """The parameters."""
    if draft.figures["macs"][0].text != "0":
        yield draft.with_figures("macs", *draft.figures["parameters"])


def comparisons(draft: Draft, column: str) -> Iterator[Draft]:
    """What a pooling compares."""
    image = draft.image()
    if image is not None and draft.site.form.stem == "pool" and draft.site.has("size"):
        window = product(draft.site.sizes("size", len(image[1])))
        yield draft.with_figures("macs", Count("k*n", k=window, n=outputs(draft)))


def no_channels(draft: Draft, column: str) -> Iterator[Draft]:
    """The positions of one channel."""
    figures = draft.figures["shape"]
    if len(figures) > 1:
        _, sides = draft.site.conventions.parted(figures)
        yield draft.with_figures("activations", Count("n", n=product(side.value for side in sides)))


def input_activations(draft: Draft, column: str) -> Iterator[Draft]:
    """The numbers of the input."""
    yield draft.with_figures("activations", Count("n", n=inputs_of(draft)))
