"""ONNX's operations as layers: one table, with windows, shapes and sums in files of their own.

Meanings and defaults are those of ONNX's operator reference (https://onnx.ai/onnx/operators/), opset 1 to 24.
"""

from __future__ import annotations

from typing import Any, Final

from examgrad.layers.models.onnx_constants import MOST_ENTRIES, folded
from examgrad.layers.models.onnx_elementwise import elementwise
from examgrad.layers.models.onnx_graph import Graph, Translate, Value, Weight
from examgrad.layers.models.onnx_shapes import SHAPES, pass_through
from examgrad.layers.models.onnx_windows import arguments, convolution, global_pooling, pooling


def translate(graph: Graph, node: Any) -> None:
    """One node's layers; nodes that depend on no input are constants."""
    if node.op_type == "Constant":
        _constant(graph, node)
        return
    values = [graph.values[name] for name in node.input if name in graph.values]
    if node.op_type in ("Shape", "Size") or not values:
        _derived(graph, node)
        return
    rule = _NODES.get(node.op_type)
    if rule is None:
        graph.refuse(node, "this operation is not known here", "write the layers out in the exam instead")
    rule(graph, node, values)


def _constant(graph: Graph, node: Any) -> None:
    attributes = graph.attributes(node)
    if "value" in attributes:
        graph.add_constant(node.output[0], attributes["value"])
        graph.weights.pop(node.output[0], None)  # a constant of the program, which no training changes
    for name in ("value_int", "value_ints", "value_float", "value_floats"):
        if name in attributes and (not isinstance(attributes[name], list) or len(attributes[name]) <= MOST_ENTRIES):
            graph.add_numbers(node.output[0], attributes[name])


def _derived(graph: Graph, node: Any) -> None:
    """What is computed from constants; weights that are turned round, cut or joined remain the weights they are."""
    if node.op_type == "Shape":
        value = graph.values.get(node.input[0])
        sizes = value.sizes if value is not None else graph.shapes.get(node.input[0], ["?"])
        known = [size for size in sizes if isinstance(size, int)]
        if len(known) == len(sizes):
            attributes = graph.attributes(node)
            graph.add_numbers(node.output[0], known[attributes.get("start", 0) : attributes.get("end", len(known))])
        return
    inputs = [name for name in node.input if name]
    if inputs and all(name in graph.numbers for name in inputs):
        found = folded(node.op_type, [graph.numbers[name] for name in inputs], graph.attributes(node))
        if found is not None:
            graph.numbers[node.output[0]] = found
    sizes = graph.shapes.get(node.output[0], ["?"])
    roots = tuple(dict.fromkeys(root for name in inputs if name in graph.weights for root in graph.weights[name].roots))
    if roots and node.op_type == "Identity":  # PyTorch keeps equal numbers once and copies them: not tied, only alike
        roots = (node.output[0],)
    if roots and node.op_type in _KEEPING and all(isinstance(size, int) for size in sizes):
        graph.weights[node.output[0]] = Weight(tuple(size for size in sizes if isinstance(size, int)), roots)


_KEEPING: Final = frozenset("Transpose Identity Cast Reshape Unsqueeze Squeeze Slice Concat Gather Flatten".split())
"""Operations on weights that change none of them."""


# -- linear maps -------------------------------------------------------------------------------------------------------


def _gemm(graph: Graph, node: Any, values: list[Value]) -> None:
    attributes = graph.attributes(node)
    weight, bias = graph.needed(node, 1), graph.weight(node, 2)
    if attributes.get("transA") or len(weight.sizes) != 2 or len(values) > 1 or node.input[0] not in graph.values:
        graph.refuse(node, "only an input times weights is known here")
    inside, out = reversed(weight.sizes) if attributes.get("transB") else weight.sizes
    _linear(graph, node, node.output[0], values[0], (inside, out), weight, bias)


def _linear(
    graph: Graph, node: Any, output: str, value: Value, sizes: tuple[int, int], weight: Weight, bias: Weight | None
) -> None:
    more = "" if bias else ", bias=False"
    weights = [weight, *([bias] if bias else [])]
    name = graph.emit(node, f"Linear({sizes[0]}, {sizes[1]}{more})", [value.name], weights)
    graph.values[output] = Value(name, [*value.sizes[:-1], sizes[1]], value.batch)


def _matmul(graph: Graph, node: Any, values: list[Value]) -> None:
    if len(values) == 2:
        name = graph.emit(node, "matmul", [value.name for value in values])
        ranks = [len(value.sizes) for value in values]
        graph.put(node, name, values[0].batch if ranks[0] == ranks[1] else None)
        return
    weight = graph.weight(node, 1)
    if weight is None or len(weight.sizes) != 2 or values[0].batch == len(values[0].sizes) - 1:
        graph.refuse(node, "only an input times a matrix of weights is known here")
    output, bias = node.output[0], None
    following = graph.consumer.get(output)
    if following is not None and following.op_type == "Add" and graph.uses[output] == 1:
        other = next((name for name in following.input if name != output), "")
        found = graph.weights.get(other)
        if found is not None and found.sizes == weight.sizes[1:]:
            bias = found
            _linear(graph, node, following.output[0], values[0], (weight.sizes[0], weight.sizes[1]), weight, bias)
            return
    _linear(graph, node, output, values[0], (weight.sizes[0], weight.sizes[1]), weight, None)


# -- normalisation and activations -------------------------------------------------------------------------------------


def _channels(graph: Graph, node: Any, values: list[Value]) -> None:
    """Batch and instance normalisation."""
    graph.need_batch(node, values[0])
    weights = [weight for at in (1, 2) if (weight := graph.weight(node, at)) is not None]
    dims, channels = max(1, len(values[0].sizes) - 2), values[0].sizes[1]
    if dims > 3:
        graph.refuse(node, "an image in 1, 2 or 3 dimensions was expected")
    batch = node.op_type == "BatchNormalization"
    if len(weights) == 1 or any(weight.entries != channels for weight in weights):
        graph.refuse(node, "a scale and a shift for every channel were expected")
    affine = f"affine={len(weights) == 2}"
    text = f"{'Batch' if batch else 'Instance'}Norm{dims}d({channels}{'' if batch and weights else ', ' + affine})"
    graph.keep(node, text, values[0], weights)


def _layer_norm(graph: Graph, node: Any, values: list[Value]) -> None:
    scale, shift = graph.weight(node, 1), graph.weight(node, 2)
    rank = len(values[0].sizes)
    axis = int(graph.attributes(node).get("axis", -1)) % rank
    sizes = values[0].sizes[axis:]
    if values[0].batch is not None and values[0].batch >= axis:
        graph.refuse(node, "it would normalise the batch")
    shape = f"({', '.join(map(str, sizes))},)"
    if node.op_type == "LayerNormalization":
        more = ", elementwise_affine=False" if scale is None else "" if shift is not None else ", bias=False"
        text = f"LayerNorm({shape}{more})"
    else:
        text = f"RMSNorm({shape}{', elementwise_affine=False' if scale is None else ''})"
    weights = [weight for weight in (scale, shift) if weight is not None]
    graph.keep(node, text, values[0], weights)


def _group_norm(graph: Graph, node: Any, values: list[Value]) -> None:
    graph.need_batch(node, values[0])
    scale, shift = graph.needed(node, 1), graph.needed(node, 2)
    channels = values[0].sizes[1]
    if scale.entries != channels:
        graph.refuse(node, "weights for every channel were expected")
    text = f"GroupNorm({graph.attributes(node).get('num_groups')}, {channels})"
    graph.keep(node, text, values[0], [scale, shift])


def _response(graph: Graph, node: Any, values: list[Value]) -> None:
    text = f"LocalResponseNorm({graph.attributes(node).get('size', 5)})"
    graph.keep(node, text, values[0])


def _prelu(graph: Graph, node: Any, values: list[Value]) -> None:
    slopes = graph.needed(node, 1)
    graph.keep(node, f"PReLU({slopes.entries})", values[0], [slopes])


def _clip(graph: Graph, node: Any, values: list[Value]) -> None:
    attributes = graph.attributes(node)
    limits = [next(iter(graph.listed(name) or ()), None) for name in (*node.input[1:3], "", "")]
    low, high = attributes.get("min", limits[0]), attributes.get("max", limits[1])
    text = "ReLU6()" if (low, high) == (0, 6) else "ReLU()" if (low, high) == (0, None) else "Hardtanh()"
    graph.keep(node, text, values[0])


def _softmax(graph: Graph, node: Any, values: list[Value]) -> None:
    value = values[0]
    axis = int(graph.attributes(node).get("axis", -1)) % max(1, len(value.sizes))
    if axis == value.batch or value.folded is not None:
        graph.refuse(node, "it works on the axis of the batch")
    dim = [at for at in range(len(value.sizes)) if at != value.batch].index(axis) + 1
    text = f"{node.op_type.replace('Hardmax', 'Softmax')}(dim={dim})"
    graph.keep(node, text, value)


def _named(text: str) -> Translate:
    def activation(graph: Graph, node: Any, values: list[Value]) -> None:
        graph.keep(node, text, values[0])

    return activation


# -- sequences ---------------------------------------------------------------------------------------------------------

_GATES: Final = {"RNN": 1, "GRU": 3, "LSTM": 4}


def _recurrent(graph: Graph, node: Any, values: list[Value]) -> None:
    weight, inner, bias = graph.needed(node, 1), graph.needed(node, 2), graph.weight(node, 3)
    value, attributes = values[0], graph.attributes(node)
    batch = 0 if attributes.get("layout") else 1
    if node.input[0] not in graph.values or len(value.sizes) != 3 or len(weight.sizes) != 3 or len(inner.sizes) != 3:
        graph.refuse(node, "a sequence and its weights were expected")
    graph.need_batch(node, value, batch)
    if len(node.input) > 7 and node.input[7]:
        graph.refuse(node, "peepholes are not known here")
    directions, rows, features = weight.sizes
    hidden = inner.sizes[2]
    if rows != _GATES[node.op_type] * hidden or directions not in (1, 2):
        graph.refuse(node, "its weights do not fit its hidden size")
    more = arguments(bias=None if bias else False, bidirectional=True if directions == 2 else None)
    text = f"{node.op_type}({features}, {hidden}{more})"
    weights = [weight, inner, *([bias] if bias else [])]
    name = graph.emit(node, text, [value.name], weights)
    steps = value.sample[0]
    if node.output[0]:
        sizes = [steps, directions, value.sizes[batch], hidden] if batch else [*value.sizes[:2], directions, hidden]
        graph.values[node.output[0]] = Value(name, sizes, 2 if batch else 0, [steps, directions * hidden])
    if len(node.output) > 1 and graph.uses[node.output[1]]:
        last = graph.emit(node, "select(dim=1, index=-1)", [name], name=f"{name}.last")
        sizes = [directions, value.sizes[batch], hidden] if batch else [value.sizes[0], directions, hidden]
        graph.values[node.output[1]] = Value(last, sizes, 1 if batch else 0, [directions * hidden])


def _gather(graph: Graph, node: Any, values: list[Value]) -> None:
    weight = graph.weight(node, 0)
    if weight is not None and len(weight.sizes) == 2 and not graph.attributes(node).get("axis"):
        text = f"Embedding({weight.sizes[0]}, {weight.sizes[1]})"
        name = graph.emit(node, text, [values[0].name], [weight])
        graph.put(node, name, values[0].batch)
        return
    SHAPES["Select"](graph, node, values)


_ACTIVATIONS: Final = {
    "Relu": "ReLU()", "LeakyRelu": "LeakyReLU()", "Elu": "ELU()", "Selu": "SELU()", "Celu": "CELU()",
    "Gelu": "GELU()", "Sigmoid": "Sigmoid()", "Tanh": "Tanh()", "Softplus": "Softplus()", "Softsign": "Softsign()",
    "HardSigmoid": "Hardsigmoid()", "HardSwish": "Hardswish()", "Mish": "Mish()", "Swish": "SiLU()",
    "ThresholdedRelu": "Threshold(1, 0)", "Shrink": "Softshrink()", "Dropout": "Dropout()",
}  # fmt: skip
_SILENT: Final = (
    "Identity Cast CastLike Erf Exp Log Sqrt Reciprocal Neg Abs Sign Floor Ceil Round Sin Cos Not IsNaN Sinh Cosh "
    "MeanVarianceNormalization LpNormalization".split()
)
"""Operations on every number by itself that are part of a formula, and no layer."""

_NODES: Final[dict[str, Translate]] = {
    **SHAPES,
    **{name: _named(text) for name, text in _ACTIVATIONS.items()},
    **dict.fromkeys(_SILENT, pass_through),
    **dict.fromkeys(("Conv", "ConvTranspose"), convolution),
    **dict.fromkeys(("MaxPool", "AveragePool", "LpPool"), pooling),
    **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool"), global_pooling),
    **dict.fromkeys(("BatchNormalization", "InstanceNormalization"), _channels),
    **dict.fromkeys(("LayerNormalization", "RMSNormalization"), _layer_norm),
    **dict.fromkeys(("Softmax", "LogSoftmax", "Hardmax"), _softmax),
    **dict.fromkeys(("LSTM", "GRU", "RNN"), _recurrent),
    **{name: elementwise(text) for name, text in {
        "Add": "add", "Sum": "add", "Sub": "sub", "Mul": "mul", "Div": "div", "Max": "maximum", "Min": "minimum",
        "Mean": "average", "Pow": "div",
    }.items()},
    "Gemm": _gemm, "MatMul": _matmul, "GroupNormalization": _group_norm, "LRN": _response, "PRelu": _prelu,
    "Clip": _clip, "Gather": _gather,
}  # fmt: skip
