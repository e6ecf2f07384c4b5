"""The slips that people make in layer tables, each the derivation of a layer's figures with one thing done wrong.

A slip runs the layer's own rule again with another argument or input, or rewrites one of its formulas. It is named
where it gives a student's number exactly.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from examgrad.diagnosis import count_rewrites as counts
from examgrad.diagnosis import size_rewrites as sizes
from examgrad.diagnosis.drafts import (
    Rewrite,
    argued,
    chained,
    counted,
    either,
    heads,
    inputs_of,
    outputs,
    reworded,
    steps,
    valued,
)
from examgrad.formula.tree import Number
from examgrad.layers.sizes import product


class Slip(NamedTuple):
    """One mistake: its stable ``code``, the columns it can spoil, the rewrite, and the sentence for the student."""

    code: str
    columns: str
    rewrite: Rewrite
    sentence: str


# -- the table ---------------------------------------------------------------------------------------------------------

_BOTH: Final = "parameters macs"
SLIPS: Final = (
    Slip("no-bias", "parameters", counts.without_bias, "the biases are missing"),
    Slip("bias-counted", "parameters", counts.with_bias, "this layer has no bias"),
    Slip("one-bias", "parameters", chained(counts.without_bias, counted("{} + 1")), "one bias for the whole layer"),
    Slip(
        "bias-per-kernel",
        "parameters",
        reworded(r"\((k\S*?)\*C_in \+ 1\)\*C_out", r"(\1 + 1)*C_in*C_out"),
        "a bias for each slice of a filter; a filter has one for all of its depth",
    ),
    Slip("bias-per-weight", "parameters", chained(counts.without_bias, counted("2*({})")), "a bias for each weight"),
    Slip(
        "bias-per-position",
        "parameters",
        counts.bias_per_position,
        "a bias for each position; a filter has one for all positions",
    ),
    Slip(
        "bias-per-input",
        "parameters",
        chained(counts.without_bias, counted("{} + N_in", N_in=inputs_of)),
        "a bias for each input; there is one for each output",
    ),
    Slip(
        "input-depth-forgotten",
        _BOTH,
        either(counts.without_depth, counts.of_features(lambda sides, depth: product(sides))),
        "the depth of the input is missing",
    ),
    Slip("kernel-not-squared", _BOTH, valued("k_w"), "the kernel counts with one side instead of both"),
    Slip("groups-ignored", _BOTH, counts.ungrouped, "the groups are ignored: every filter would see all channels"),
    Slip(
        "spatial-size-forgotten",
        _BOTH,
        counts.of_features(lambda sides, depth: depth),
        "only the channels are counted as inputs, not every number of the image",
    ),
    Slip(
        "spatial-size-once",
        _BOTH,
        counts.of_features(lambda sides, depth: product((sides[0], depth))),
        "the inputs are counted with one side of the image instead of both",
    ),
    Slip("filters-exchanged", _BOTH, counts.exchanged, "inputs and outputs are exchanged"),
    Slip("output-for-input", _BOTH, counts.output_as_input, "the size of the output is used for that of the input"),
    Slip("one-filter", _BOTH, valued("C_out", "m"), "one filter or unit only is counted"),
    Slip("parameters-for-nothing", "parameters", counts.for_nothing, "this layer learns nothing, it has no parameters"),
    Slip("shared-weights", "parameters", counts.shared_again, "the weights are shared, and were counted before"),
    Slip(
        "statistics-counted",
        "parameters",
        counts.statistics(r"^2\*C$", "4*C"),
        "the running mean and variance are no parameters here: 2C, not 4C",
    ),
    Slip(
        "statistics-left-out",
        "parameters",
        counts.statistics(r"^4\*C$", "2*C"),
        "the moving mean and variance count here, too: 4C, not 2C",
    ),
    Slip(
        "scale-only",
        "parameters",
        counts.statistics(r"^[24]\*C$", "C"),
        "the scale alone is counted, without the shift",
    ),
    Slip(
        "norm-per-position",
        "parameters",
        counts.norm_per_position,
        "a scale and a shift for each position; each channel has one",
    ),
    Slip(
        "one-bias-vector",
        "parameters",
        reworded(r" \+ 2\)", " + 1)"),
        "one vector of biases a gate; here there are two",
    ),
    Slip(
        "two-bias-vectors",
        "parameters",
        reworded(r"(?<=h) \+ 1\)", " + 2)"),
        "two vectors of biases a gate; here there is one",
    ),
    Slip("gates", _BOTH, counts.other_gates, "the number of gates is wrong: an LSTM has 4, a GRU 3"),
    Slip(
        "times-steps",
        "parameters",
        counted("N_steps*({})", N_steps=steps),
        "the weights are the same at every step: count them once",
    ),
    Slip(
        "recurrent-weights-forgotten",
        _BOTH,
        reworded(r"\(d \+ [hr](?=[ )])", "(d"),
        "the recurrent weights are missing",
    ),
    Slip("input-weights-forgotten", _BOTH, reworded(r"\(d \+ (?=[hr])", "("), "the weights of the inputs are missing"),
    Slip(
        "every-step",
        "shape",
        sizes.steps_returned,
        "the layer gives its last state alone, or one for every step: here it is the other",
    ),
    Slip("one-direction", "shape parameters macs", argued(bidirectional=False), "one direction only is counted"),
    Slip("one-layer", _BOTH, argued(layers=Number(1)), "one of the stacked layers only is counted"),
    Slip(
        "output-projection-forgotten",
        "parameters",
        reworded(r" \+ E\*E(?: \+ 4\*E)?", " + 3*E"),
        "the projection of the heads together is missing",
    ),
    Slip(
        "heads-multiplied",
        _BOTH,
        counted("N_heads*({})", N_heads=heads),
        "the heads share the width; they do not multiply it",
    ),
    Slip(
        "flops-for-macs",
        "macs",
        counted("2*({})"),
        "these are FLOPs, additions counted as well; a multiply-accumulate counts once",
    ),
    Slip("macs-with-bias", "macs", counted("{} + N_out", N_out=outputs), "the additions of the biases are counted"),
    Slip(
        "input-size-for-output",
        "macs",
        counts.at_input,
        "the positions of the input are counted, not those of the output",
    ),
    Slip(
        "output-size-for-input",
        "macs",
        counts.at_output,
        "the positions of the output are counted; each position of the input writes a whole kernel",
    ),
    Slip("positions-forgotten", "macs", valued("n_h", "n_w", "n_d", "T"), "one position only is counted"),
    Slip(
        "parameters-for-macs",
        "macs",
        counts.parameters_for_macs,
        "these are the parameters; each weight works at every position",
    ),
    Slip("comparisons-counted", "macs", counts.comparisons, "a pooling multiplies nothing"),
    Slip("stride-forgotten", "shape macs", argued(stride=Number(1)), "the stride is forgotten"),
    Slip("padding-once", "shape", reworded(r"2\*p", "p"), "the padding is counted once; it is added at both ends"),
    Slip("padding-ignored", "shape macs", argued(padding=Number(0)), "the padding is ignored"),
    Slip(
        "same-assumed", "shape", sizes.on_sides("ceil(n/s)", ("conv", "dwconv", "sepconv")), "'same' padding is assumed"
    ),
    Slip("plus-one-forgotten", "shape", reworded(r"(?<=\)) \+ 1$", ""), "the + 1 is forgotten"),
    Slip("ceil-for-floor", "shape", reworded(r"^floor", "ceil"), "rounded up; here it is rounded down"),
    Slip(
        "floor-for-ceil",
        "shape",
        reworded(r"^(?:min\()?ceil(\(.*?\) \+ 1|\(n/s\))(?:, ceil.*\))?$", r"floor\1"),
        "rounded down; here it is rounded up",
    ),
    Slip(
        "dilation-ignored",
        "shape macs receptive_field",
        either(argued(dilation=Number(1)), valued("d")),
        "the dilation is ignored",
    ),
    Slip("output-padding-ignored", "shape", argued(output_padding=Number(0)), "the output padding is ignored"),
    Slip(
        "convolution-for-transposed",
        "shape",
        sizes.on_sides("floor((n - k + 2*p)/s) + 1", ("tconv",)),
        "this is the size after a convolution; a transposed one enlarges",
    ),
    Slip(
        "depth-kept",
        "shape",
        sizes.deep("a", ("conv", "tconv", "dwconv", "sepconv")),
        "the depth of the input is kept; there is a feature map for each filter",
    ),
    Slip(
        "depth-multiplied",
        "shape",
        sizes.deep("a*b", ("conv", "tconv")),
        "the depth is multiplied by that of the input",
    ),
    Slip("depth-pooled", "shape", sizes.deep("floor(a/k)", ("pool",)), "the depth is pooled as well; pooling keeps it"),
    Slip("depth-forgotten", "shape", sizes.flat("a"), "the depth is missing"),
    Slip("spatial-size-forgotten", "shape", sizes.flat("b"), "only the channels are counted"),
    Slip("spatial-size-once", "shape", sizes.flat("c*b"), "one side of the image is counted instead of both"),
    Slip("unchanged", "shape", sizes.unchanged, "this is the shape that comes in"),
    Slip(
        "layer-skipped",
        "shape parameters macs",
        sizes.layer_skipped,
        "this is what it would be without the layer above it",
    ),
    Slip("depth-forgotten", "activations", counts.no_channels, "one channel only is counted"),
    Slip("input-for-output", "activations", counts.input_activations, "these are the numbers of the input"),
    Slip(
        "own-kernel-only",
        "receptive_field",
        chained(valued("r"), valued("j")),
        "this is what the layer sees of its own input, not of the network's",
    ),
    Slip(
        "strides-ignored",
        "receptive_field",
        either(valued("j"), sizes.jumps(lambda jump, above, own: 1)),
        "the strides of the layers above are ignored",
    ),
    Slip(
        "stride-product-forgotten",
        "receptive_field",
        sizes.jumps(lambda jump, above, own: above),
        "the stride of the layer above alone is taken; the jump is the product of all strides above",
    ),
    Slip(
        "own-stride-counted",
        "receptive_field",
        sizes.jumps(lambda jump, above, own: jump * own),
        "the layer's own stride is counted already; it widens the steps of the layers below",
    ),
    Slip("minus-one-forgotten", "receptive_field", reworded(r"\(k - 1\)", "k"), "k is added instead of k − 1"),
    Slip(
        "plus-one-forgotten", "receptive_field", reworded(r"$", " - 1"), "one too few: a single position already sees 1"
    ),
    Slip(
        "fields-multiplied",
        "receptive_field",
        reworded(r"^r \+ .*", "r*k"),
        "the sizes are multiplied; r grows by (k − 1)·j",
    ),
)
"""All slips, the likeliest first."""

FIRST: Final = (
    "no-bias",
    "bias-counted",
    "padding-ignored",
    "stride-forgotten",
    "dilation-ignored",
    "flops-for-macs",
    "groups-ignored",
)
"""Slips that another one comes on top of."""

LAST: Final = frozenset({"unchanged", "layer-skipped"})
"""Slips that are named where no other makes the number."""
SENTENCES: Final = {slip.code: slip.sentence for slip in reversed(SLIPS)}
"""The table of codes: what the diagnosis of each says."""
