"""ONNX's convolutions and poolings as PyTorch's; a padding that differs from side to side is a layer of its own."""

from __future__ import annotations

from typing import Any

from examgrad.layers.models.onnx_graph import Graph, Value


def pair(sizes: list[int]) -> str:
    """Sizes as an argument: one number where they are the same."""
    if len(set(sizes)) == 1:
        return str(sizes[0])
    return f"({', '.join(map(str, sizes))})"


def arguments(**given: object) -> str:
    """Further arguments of a call, those that are said."""
    return "".join(f", {name}={value}" for name, value in given.items() if value is not None)


def _window(graph: Graph, node: Any, value: Value, sizes: list[int]) -> tuple[Value, list[int], list[int], list[int]]:
    """The input (padded in a layer of its own where its sides differ), strides, paddings and dilations."""
    attributes = graph.attributes(node)
    dims = len(sizes)
    strides = list(attributes.get("strides") or [1] * dims)
    dilations = list(attributes.get("dilations") or [1] * dims)
    pads = list(attributes.get("pads") or [0] * 2 * dims)
    auto = attributes.get("auto_pad", "NOTSET")
    if len(strides) != dims or len(dilations) != dims or len(pads) != 2 * dims or min(strides + dilations) < 1:
        graph.refuse(node, "its attributes do not fit its kernel")
    if auto.startswith("SAME"):
        pads = _same(graph, node, value, sizes, strides, dilations, upper=auto == "SAME_UPPER")
    before, after = pads[:dims], pads[dims:]
    if before == after:
        return value, strides, before, dilations
    if node.op_type == "MaxPool":  # a pooling's padding is below every number, but only sizes count here
        graph.warn(
            f"the padding of {node.name or 'a pooling'} differs from side to side: it stands as a layer of its own"
        )
    text = f"ZeroPad{dims}d({_torch_padding(before, after)})"
    padded = graph.emit(node, text, [value.name], name=f"{graph.name_of(node)}.pad")
    return graph.renamed(value, padded), strides, [0] * dims, dilations


def _torch_padding(before: list[int], after: list[int]) -> str:
    """PyTorch's order: the last axis first."""
    sides = [side for pads in zip(reversed(before), reversed(after), strict=True) for side in pads]
    return f"({', '.join(map(str, sides))})"


def _same(
    graph: Graph, node: Any, value: Value, sizes: list[int], strides: list[int], dilations: list[int], upper: bool
) -> list[int]:
    before, after = [], []
    for n, k, s, d in zip(value.sizes[2:], sizes, strides, dilations, strict=False):
        if not isinstance(n, int):
            graph.refuse(node, "its padding depends on sizes that are open", "give all sizes: --input 3x224x224")
        total = max(0, (-(-n // s) - 1) * s + (k - 1) * d + 1 - n)
        small, large = total // 2, total - total // 2
        before.append(small if upper else large)
        after.append(large if upper else small)
    return before + after


def convolution(graph: Graph, node: Any, values: list[Value]) -> None:
    """Conv and ConvTranspose."""
    weight, bias = graph.needed(node, 1), graph.weight(node, 2)
    turned = node.op_type == "ConvTranspose"
    sizes = list(weight.sizes[2:])
    if not 1 <= len(sizes) <= 3 or 0 in weight.sizes:
        graph.refuse(node, "its weights are those of no convolution in 1, 2 or 3 dimensions")
    graph.need_batch(node, values[0])
    attributes = graph.attributes(node)
    groups = int(attributes.get("group", 1))
    if turned and ("output_shape" in attributes or attributes.get("auto_pad", "NOTSET").startswith("SAME")):
        graph.refuse(node, "its padding is to follow from its output, which is not known here")
    if turned and (pads := attributes.get("pads")) and pads[: len(sizes)] != pads[len(sizes) :]:
        graph.refuse(node, "its padding differs from side to side, which is not known here")
    value, strides, padding, dilations = _window(graph, node, values[0], sizes)
    inside, out = (weight.sizes[0], weight.sizes[1] * groups) if turned else (weight.sizes[1] * groups, weight.sizes[0])
    extra = list(attributes.get("output_padding") or [0])
    more = arguments(
        kernel_size=pair(sizes),
        stride=pair(strides),
        padding=pair(padding) if any(padding) else None,
        output_padding=pair(extra) if turned and any(extra) else None,
        dilation=pair(dilations) if set(dilations) != {1} else None,
        groups=groups if groups != 1 else None,
        bias=None if bias else False,
    )
    text = f"Conv{'Transpose' * turned}{len(sizes)}d({inside}, {out}{more})"
    graph.put(node, graph.emit(node, text, [value.name], [weight, *([bias] if bias else [])]), 0)


def pooling(graph: Graph, node: Any, values: list[Value]) -> None:
    """MaxPool, AveragePool, LpPool."""
    attributes = graph.attributes(node)
    sizes = list(attributes.get("kernel_shape") or [])
    if not 1 <= len(sizes) <= 3 or min(sizes) < 1:
        graph.refuse(node, "its kernel is that of no pooling in 1, 2 or 3 dimensions")
    graph.need_batch(node, values[0])
    if len(node.output) > 1 and graph.uses[node.output[1]]:
        graph.refuse(node, "the places of the maxima are used, which are not known here")
    value, strides, padding, dilations = _window(graph, node, values[0], sizes)
    kind = {"MaxPool": "MaxPool", "AveragePool": "AvgPool", "LpPool": "LPPool"}[node.op_type]
    if kind != "MaxPool" and set(dilations) != {1}:
        graph.refuse(node, "only a maximum is pooled with a dilation here")
    if any(2 * pad > size for pad, size in zip(padding, sizes, strict=True)) or (kind == "LPPool" and any(padding)):
        sides = _torch_padding(padding, padding)
        name = f"{graph.name_of(node)}.pad"
        value = graph.renamed(value, graph.emit(node, f"ZeroPad{len(sizes)}d({sides})", [value.name], name=name))
        padding = [0] * len(sizes)
    more = arguments(
        stride=pair(strides),
        padding=pair(padding) if any(padding) else None,
        dilation=pair(dilations) if set(dilations) != {1} else None,
        ceil_mode=True if attributes.get("ceil_mode") else None,
    )
    first = f"{attributes.get('p', 2)}, " if kind == "LPPool" else ""
    graph.put(node, graph.emit(node, f"{kind}{len(sizes)}d({first}{pair(sizes)}{more})", [value.name]), 0)


def global_pooling(graph: Graph, node: Any, values: list[Value]) -> None:
    """A pooling over the whole image."""
    graph.need_batch(node, values[0])
    dims = len(values[0].sizes) - 2
    if not 1 <= dims <= 3:
        graph.refuse(node, "an image in 1, 2 or 3 dimensions was expected")
    kind = "Max" if "Max" in node.op_type else "Avg"
    graph.put(node, graph.emit(node, f"Adaptive{kind}Pool{dims}d(1)", [values[0].name]), 0)
