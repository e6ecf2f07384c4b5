"""ONNX's sums and products: branches that meet, weights that are added to what passes, and constants."""

from __future__ import annotations

from typing import Any

from examgrad.layers.models.onnx_graph import Graph, Sizes, Translate, Value, Weight


def elementwise(operation: str) -> Translate:
    """The translation of an operation on every number: a layer ``operation`` where branches meet."""

    def merged(graph: Graph, node: Any, values: list[Value]) -> None:
        if len(values) == len(node.input) and len(values) > 1:
            values = _with_batch(graph, node, values)
            name = graph.emit(node, operation, [value.name for value in values])
            first = max(values, key=lambda value: len(value.sizes))
            graph.put(node, name, first.batch, sizes=_broadcast([value.sizes for value in values]))
            return
        (value,) = values[:1]
        weight = next((graph.weights[name] for name in node.input if name in graph.weights), None)
        output = graph.shapes.get(node.output[0], value.sizes)
        known = all(isinstance(size, int) for size in (*output, *value.sizes))
        if len(output) != len(value.sizes) or (known and output != value.sizes and value.folded is None):
            graph.refuse(node, "a constant changes the shape")
        if weight is None or weight.entries == 1:
            graph.pass_on(node, value)  # a number, or a constant of the program
            return
        sizes = _without_batch(graph, node, weight.sizes, value)
        text = f"learned({', '.join(map(str, sizes))})"
        graph.keep(node, text, value, [weight], _own_name(graph, node, weight))

    return merged


def _with_batch(graph: Graph, node: Any, values: list[Value]) -> list[Value]:
    """Inputs whose batch was lost among other axes (in heads of attention), beside one that has it, have it again."""
    known = next((value for value in values if value.batch is not None), None)
    found = []
    for value in values:
        if known is not None and known.batch is not None and value.batch is None and value.sizes == known.sizes:
            text = f"reshape({', '.join(map(str, known.sample))})"
            value = Value(graph.emit(node, text, [value.name]), value.sizes, known.batch)
        found.append(value)
    return found


def _own_name(graph: Graph, node: Any, weight: Weight) -> str:
    """What an array of weights is called, unless an exporter numbered it."""
    root = weight.roots[0]
    return graph.name_of(node, (), "learned") if root.startswith("onnx::") else root


def _broadcast(shapes: list[Sizes]) -> Sizes | None:
    """The common shape of inputs whose sizes are all known."""
    rank = max(map(len, shapes))
    aligned: list[Sizes] = [[*[1] * (rank - len(sizes)), *sizes] for sizes in shapes]
    if any(not isinstance(size, int) for sizes in aligned for size in sizes):
        return None
    return [next((size for size in column if size != 1), 1) for column in zip(*aligned, strict=True)]


def _without_batch(graph: Graph, node: Any, sizes: tuple[int, ...], value: Value) -> list[int]:
    """The sizes of weights in the table's shape: the batch's axis is 1, and left out."""
    aligned = (1,) * (len(value.sizes) - len(sizes)) + sizes
    if value.batch is not None and aligned[value.batch] != 1:
        graph.refuse(node, "its weights differ from sample to sample")
    rest = [size for axis, size in enumerate(aligned) if axis != value.batch]
    while rest and rest[0] == 1:
        rest.pop(0)
    return rest
