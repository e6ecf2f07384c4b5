"""ONNX's operations that only move, pick or stretch numbers, as layers; the shapes are those that were inferred."""

from __future__ import annotations

import math
from typing import Any, Final

from examgrad.layers.models.onnx_graph import Graph, Sizes, Translate, Value


def pass_through(graph: Graph, node: Any, values: list[Value]) -> None:
    """No layer: what comes out is what came in, as far as shapes go."""
    graph.pass_on(node, values[0])


def _position(value: Value, axis: int) -> int:
    """An axis of the graph as a dimension of the table, where the batch is 0."""
    return [at for at in range(len(value.sizes)) if at != value.batch].index(axis) + 1


def _constant_list(graph: Graph, node: Any, at: int, attribute: str) -> list[int] | None:
    """Numbers that older opsets have as an attribute, and newer ones as an input; ``None`` where there are none."""
    attributes = graph.attributes(node)
    if attribute in attributes:
        return [int(item) for item in attributes[attribute]]
    if at >= len(node.input) or not node.input[at]:
        return None
    found = graph.whole(node.input[at])
    if found is None:
        graph.refuse(node, f"its {attribute} are not constant")
    return found


def _sample(sizes: Sizes, batch: int | None) -> Sizes:
    return [size for axis, size in enumerate(sizes) if axis != batch]


def _moved(graph: Graph, node: Any, value: Value, sizes: Sizes, batch: int | None, text: str = "") -> None:
    """The same numbers in another shape: a layer where the table's shape changes, and none where it does not."""
    wanted = _sample(sizes, batch)
    if value.folded is not None:
        folded = None if wanted == value.folded else value.folded
        graph.pass_on(node, Value(value.name, sizes, batch, folded))
        return
    if wanted == value.sample:
        graph.pass_on(node, Value(value.name, sizes, batch))
        return
    name = graph.emit(node, text or _reshape(graph, node, value, wanted), [value.name])
    graph.pass_on(node, Value(name, sizes, batch))


def _reshape(graph: Graph, node: Any, value: Value, wanted: Sizes) -> str:
    open_ones = [size for size in wanted if not isinstance(size, int)]
    if len(wanted) == 1:
        return "Flatten()"
    if len(open_ones) > 1:
        graph.refuse(node, "several sizes of its shape are open", "give all sizes: --input 3x224x224")
    return f"reshape({', '.join(str(size) if isinstance(size, int) else '-1' for size in wanted)})"


def _batch_after(value: Value, sizes: Sizes) -> int | None:
    """Where the batch's axis stands in another arrangement of the same numbers; ``None`` where it is no axis more."""
    if value.batch is None:
        return None
    size = value.sizes[value.batch]
    before = _product(value.sizes[: value.batch])
    places = [at for at, other in enumerate(sizes) if other == size and _product(sizes[:at]) == before]
    return min(places, key=lambda at: abs(at - (value.batch or 0))) if places else None


def _product(sizes: Sizes) -> tuple[int, tuple[str, ...]]:
    number, symbols = 1, []
    for size in sizes:
        if isinstance(size, int):
            number *= size
        else:
            symbols.append(size)
    return number, tuple(sorted(symbols))


def _rearranged(graph: Graph, node: Any, values: list[Value]) -> None:
    """Reshape, Flatten, Squeeze, Unsqueeze."""
    value = values[0]
    sizes = _arranged(graph, node, value) or graph.shape_of(node.output[0], node)
    batch = _batch_after(value, sizes)
    if batch is None and value.batch == 0 and value.sizes[0] != 1 and sizes:
        graph.refuse(node, "it mixes the samples of a batch", "export the model with a batch of one")
    _moved(graph, node, value, sizes, batch)


def _arranged(graph: Graph, node: Any, value: Value) -> Sizes | None:
    """The shape after a Reshape, Squeeze or Unsqueeze from its constants, where all sizes are known."""
    if node.op_type in ("Squeeze", "Unsqueeze"):
        return _ones_moved(graph, node, list(value.sizes))
    wanted = graph.whole(node.input[1]) if node.op_type == "Reshape" and len(node.input) > 1 else None
    old = [size for size in value.sizes if isinstance(size, int)]
    if wanted is None or len(old) < len(value.sizes) or graph.attributes(node).get("allowzero"):
        return None
    sizes = [old[at] if size == 0 and at < len(old) else size for at, size in enumerate(wanted)]
    known = math.prod(size for size in sizes if size != -1)
    if sizes.count(-1) > 1 or min(sizes, default=1) < -1 or known == 0 or math.prod(old) % known:
        return None
    return [math.prod(old) // known if size == -1 else size for size in sizes]


def _ones_moved(graph: Graph, node: Any, sizes: Sizes) -> Sizes | None:
    """A shape with axes of size 1 put in, or taken out."""
    axes = _constant_list(graph, node, 1, "axes")
    if axes is None:
        return None
    opening = node.op_type == "Unsqueeze"
    rank = len(sizes) + (len(axes) if opening else 0)
    for axis in sorted(axis % max(1, rank) for axis in axes)[:: 1 if opening else -1]:
        if opening:
            sizes.insert(axis, 1)
        elif axis < len(sizes):
            del sizes[axis]
    return sizes


def _transpose(graph: Graph, node: Any, values: list[Value]) -> None:
    value = values[0]
    rank = len(value.sizes)
    order = [int(axis) for axis in graph.attributes(node).get("perm", reversed(range(rank)))]
    if sorted(order) != list(range(rank)):
        graph.refuse(node, "its order does not name every axis once")
    sizes = [value.sizes[axis] for axis in order]
    batch = order.index(value.batch) if value.batch is not None else None
    kept = [axis for axis in order if axis != value.batch]
    if kept == sorted(kept) and value.folded is None:
        graph.pass_on(node, Value(value.name, sizes, batch))
        return
    text = f"permute({', '.join(str(_position(value, axis)) for axis in kept)})"
    if value.folded is not None:
        _moved(graph, node, value, sizes, batch)
        return
    name = graph.emit(node, text, [value.name])
    graph.pass_on(node, Value(name, sizes, batch))


def _concat(graph: Graph, node: Any, values: list[Value]) -> None:
    if len(values) < len(node.input):
        graph.refuse(node, "constants are put beside its input, which is not known here")
    value = values[0]
    axis = int(graph.attributes(node).get("axis", 0)) % len(value.sizes)
    if axis == value.batch or any(other.folded is not None for other in values):
        graph.refuse(node, "it works on the axis of the batch, or on directions by themselves")
    name = graph.emit(node, f"concat(dim={_position(value, axis)})", [item.name for item in values])
    along = [item.sizes[axis] for item in values if len(item.sizes) > axis]
    whole = [size for size in along if isinstance(size, int)]
    sizes = [*value.sizes[:axis], sum(whole), *value.sizes[axis + 1 :]] if len(whole) == len(values) else None
    graph.put(node, name, value.batch, sizes=sizes)


def _select(graph: Graph, node: Any, values: list[Value]) -> None:
    """Gather with one constant index."""
    value = values[0]
    index = graph.whole(node.input[1]) if node.input[0] in graph.values else None
    axis = int(graph.attributes(node).get("axis", 0)) % max(1, len(value.sizes))
    if index is None or len(index) != 1 or graph.shapes.get(node.input[1]) not in ([], None):
        graph.refuse(node, "only one constant position, or a row of a table of weights, is picked here")
    sizes = [size for at, size in enumerate(value.sizes) if at != axis]
    batch = value.batch - (axis < value.batch) if value.batch is not None else None
    if value.folded is not None and value.sizes[axis] == 1 and axis != value.batch:
        _moved(graph, node, value, sizes, batch)
        return
    if value.folded is not None or axis == value.batch:
        graph.refuse(node, "it picks one direction, or one sample of the batch")
    name = graph.emit(node, f"select(dim={_position(value, axis)}, index={index[0]})", [value.name])
    graph.pass_on(node, Value(name, sizes, batch))


def _slice(graph: Graph, node: Any, values: list[Value]) -> None:
    value = values[0]
    starts, ends = (_constant_list(graph, node, at, name) for at, name in ((1, "starts"), (2, "ends")))
    axes, steps = (_constant_list(graph, node, at, name) for at, name in ((3, "axes"), (4, "steps")))
    if starts is None or ends is None:
        graph.refuse(node, "where it starts and ends is not said")
    output = graph.shape_of(node.output[0], node)
    for at, axis in enumerate(axes if axes is not None else range(len(starts))):
        axis %= len(value.sizes)
        old, new = value.sizes[axis], output[axis]
        if isinstance(old, int):
            new = len(range(old)[starts[at] : ends[at]])
        if old == new:
            continue
        if axis == value.batch or value.folded is not None or (steps is not None and steps[at] != 1):
            graph.refuse(node, "it picks among the batch or the directions, or with steps")
        if not isinstance(new, int):
            graph.refuse(node, "how much it picks is open", "give all sizes: --input 3x224x224")
        text = f"slice(dim={_position(value, axis)}, start={starts[at]}, length={new})"
        name = graph.emit(node, text, [value.name])
        value = Value(name, [new if place == axis else size for place, size in enumerate(value.sizes)], value.batch)
    graph.pass_on(node, value)


def _split(graph: Graph, node: Any, values: list[Value]) -> None:
    value = values[0]
    axis = int(graph.attributes(node).get("axis", 0)) % max(1, len(value.sizes))
    if axis == value.batch or value.folded is not None:
        graph.refuse(node, "it splits the batch or the directions")
    start = 0
    for at, output in enumerate(node.output):
        sizes = graph.shape_of(output, node)
        length = sizes[axis]
        if not isinstance(length, int):
            graph.refuse(node, "the sizes of its parts are open", "give all sizes: --input 3x224x224")
        if graph.uses[output]:
            text = f"slice(dim={_position(value, axis)}, start={start}, length={length})"
            graph.put(node, graph.emit(node, text, [value.name]), value.batch, at)
        start += length


def _reduce(graph: Graph, node: Any, values: list[Value]) -> None:
    value = values[0]
    rank = len(value.sizes)
    axes = [axis % rank for axis in _constant_list(graph, node, 1, "axes") or range(rank)]
    if value.batch in axes or value.folded is not None:
        graph.refuse(node, "it works on the axis of the batch")
    keep = bool(graph.attributes(node).get("keepdims", 1))
    dims = ", ".join(str(_position(value, axis)) for axis in sorted(axes))
    kind = {"ReduceMax": "amax", "ReduceMin": "amin"}.get(node.op_type, "mean")
    text = f"{kind}(dim=({dims},){', keepdim=True' if keep else ''})"
    name = graph.emit(node, text, [value.name])
    sizes = [1 if axis in axes else size for axis, size in enumerate(value.sizes)]
    batch = value.batch
    if not keep:
        sizes = [size for axis, size in enumerate(value.sizes) if axis not in axes]
        batch = batch - sum(axis < batch for axis in axes) if batch is not None else None
    graph.pass_on(node, Value(name, sizes, batch))


def _pad(graph: Graph, node: Any, values: list[Value]) -> None:
    value, attributes = values[0], graph.attributes(node)
    pads = _constant_list(graph, node, 1, "paddings" if "paddings" in attributes else "pads")
    axes = _constant_list(graph, node, 3, "axes")
    rank = len(value.sizes)
    if pads is None or len(pads) != 2 * len(axes or range(rank)):
        graph.refuse(node, "its paddings do not fit its input")
    half = len(pads) // 2
    both = {axis % rank: (pads[at], pads[half + at]) for at, axis in enumerate(axes or range(rank))}
    padded = sorted(axis for axis, sides in both.items() if any(sides))
    if not padded:
        graph.pass_on(node, value)
        return
    dims = rank - padded[0]
    if value.batch != 0 or padded[0] < 2 or dims > 3 or value.folded is not None:
        graph.refuse(node, "only an image's own sides are padded here")
    sides = [side for axis in reversed(range(padded[0], rank)) for side in both.get(axis, (0, 0))]
    kind = {"reflect": "ReflectionPad", "edge": "ReplicationPad", "wrap": "CircularPad"}
    layer = kind.get(attributes.get("mode", "constant"), "ZeroPad")
    dims = max(dims, rank - 2)
    sides += [0] * (2 * dims - len(sides))
    graph.put(node, graph.emit(node, f"{layer}{dims}d(({', '.join(map(str, sides))}))", [value.name]), 0)


def _resize(graph: Graph, node: Any, values: list[Value]) -> None:
    value = values[0]
    sizes = graph.shape_of(node.output[0], node)
    scales = next((found for name in node.input[1:] if len(found := graph.listed(name) or []) == len(sizes)), None)
    if scales is not None and node.op_type == "Resize" and len(node.input) > 3 and node.input[3]:
        scales = [new / old for new, old in zip(scales, value.sizes, strict=True) if isinstance(old, int) and old]
    if scales is not None and len(scales) == len(value.sizes):
        sizes = [
            int(size * scale) if isinstance(size, int) else size
            for size, scale in zip(value.sizes, scales, strict=True)
        ]
    if sizes == value.sizes and (scales is None or set(scales) == {1}):
        graph.pass_on(node, value)
        return
    if value.batch != 0 or sizes[:2] != value.sizes[:2]:
        graph.refuse(node, "only an image's own sides are resized here")
    pairs = list(zip(value.sizes[2:], sizes[2:], strict=True))
    factors = [b // a for a, b in pairs if isinstance(a, int) and isinstance(b, int) and b % a == 0]
    whole = [int(scale) for scale in (scales or [])[2:] if scale == int(scale) > 0]
    if len(factors) == len(pairs):
        text = f"Upsample(scale_factor={_same_or_all(factors)})"
    elif all(isinstance(b, int) for _, b in pairs):
        text = f"Upsample(size={_same_or_all([b for _, b in pairs if isinstance(b, int)])})"
    elif len(whole) == len(pairs):
        text = f"Upsample(scale_factor={_same_or_all(whole)})"
    else:
        graph.refuse(node, "how much it resizes is open", "give all sizes: --input 3x224x224")
    graph.put(node, graph.emit(node, text, [value.name]), 0, sizes=sizes)


def _same_or_all(numbers: list[int]) -> str:
    return str(numbers[0]) if len(set(numbers)) == 1 else f"({', '.join(map(str, numbers))})"


def _shuffle(graph: Graph, node: Any, values: list[Value]) -> None:
    layer = "PixelShuffle" if node.op_type == "DepthToSpace" else "PixelUnshuffle"
    text = f"{layer}({graph.attributes(node).get('blocksize', 1)})"
    graph.put(node, graph.emit(node, text, [values[0].name]), values[0].batch)


def _expand(graph: Graph, node: Any, values: list[Value]) -> None:
    if graph.shape_of(node.output[0], node) != values[0].sizes:
        graph.refuse(node, "it repeats its input, which is not known here")
    graph.pass_on(node, values[0])


SHAPES: Final[dict[str, Translate]] = {
    **dict.fromkeys(("Reshape", "Flatten", "Squeeze", "Unsqueeze"), _rearranged),
    **dict.fromkeys(("ReduceMean", "ReduceMax", "ReduceMin", "ReduceSum", "ReduceL2"), _reduce),
    **dict.fromkeys(("Resize", "Upsample"), _resize),
    **dict.fromkeys(("DepthToSpace", "SpaceToDepth"), _shuffle),
    "Transpose": _transpose, "Concat": _concat, "Select": _select, "Slice": _slice, "Split": _split, "Pad": _pad,
    "Expand": _expand,
}  # fmt: skip
