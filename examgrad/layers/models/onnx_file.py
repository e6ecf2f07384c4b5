"""An ONNX file's graph as a model: read, checked, its shapes inferred by the package ``onnx``, its nodes translated.

Nothing of it is run. Of the weights only the sizes are looked at: they may stand in another file, which is not opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from examgrad.layers.models.model import Model
from examgrad.layers.models.onnx_graph import FLOATS, Graph, Sizes, Value
from examgrad.layers.models.onnx_nodes import translate
from examgrad.layers.trouble import LayerError

MOST_NODES: Final = 50_000
_SMALL: Final = 1_024
"""Entries of an initializer whose numbers are kept: shapes, axes, paddings."""
_EXTERNAL: Final = 1
_FIELDS: Final = ("raw_data", "float_data", "double_data", "int32_data")


def read_onnx(content: bytes, inputs: object = None) -> Model:
    """The model in an ONNX file; ``inputs`` gives sizes that the file leaves open. Raises :class:`LayerError`."""
    try:
        import onnx
    except ImportError:
        message = "reading an .onnx file needs the package onnx"
        raise LayerError("no-onnx", message, None, "pip install 'examgrad[onnx]'") from None
    proto = _parsed(onnx, content)
    _check(proto)
    for tensor in proto.graph.initializer:
        _lighten(tensor)
    shapes = _input_shapes(proto.graph, inputs)
    graph = Graph(_inferred(onnx, proto).graph, onnx)
    single = len(shapes) == 1
    for name, sizes in shapes.items():
        batch = 0 if len(sizes) > 1 else None
        value = Value("input" if single else name, sizes, batch)
        graph.values[name] = value
        graph.inputs[value.name] = value.sample
    for node in graph.nodes:
        translate(graph, node)
    if not graph.entries:
        raise LayerError("missing-layers", "this graph has no layers")
    return Model(graph.entries, False, graph.told(), graph.inputs)


def _parsed(onnx: Any, content: bytes) -> Any:
    from google.protobuf.message import DecodeError

    try:
        proto = onnx.ModelProto.FromString(content)
    except (DecodeError, ValueError, RecursionError):
        raise LayerError("onnx", "this is no ONNX file: it cannot be decoded") from None
    if not proto.HasField("graph") or not proto.graph.node:
        raise LayerError("onnx", "this ONNX file has no graph")
    if proto.functions:
        try:
            proto = onnx.inliner.inline_local_functions(proto)
        except Exception:  # the package raises what its C++ raises
            raise LayerError("onnx", "the functions that this ONNX file defines cannot be expanded") from None
    return proto


def _check(proto: Any) -> None:
    """Refuse what is too large, what stands outside the file, and graphs within graphs."""
    if len(proto.graph.node) > MOST_NODES:
        message = f"a graph has at most {MOST_NODES} nodes, and this has {len(proto.graph.node)}"
        raise LayerError("too-long", message)
    for tensor in _constants(proto.graph):
        if tensor.data_location == _EXTERNAL or tensor.external_data:
            help = "export it as one file: torch.onnx.export(…, external_data=False)"
            raise LayerError("external-data", f"the numbers of {tensor.name} stand in another file", None, help)
    for node in proto.graph.node:
        if node.domain not in ("", "ai.onnx"):
            message = f"the node {label(node)} ({node.op_type}): operations of the domain {node.domain} are not known"
            raise LayerError("onnx", message)
        if any(attribute.HasField("g") or attribute.graphs for attribute in node.attribute):
            message = (
                f"the node {label(node)} ({node.op_type}) holds a graph of its own: loops and branches cannot be read"
            )
            raise LayerError("onnx", message)


def _constants(graph: Any) -> Iterator[Any]:
    """The tensors whose numbers count, not their sizes alone: all but weights."""
    yield from (tensor for tensor in graph.initializer if tensor.data_type not in FLOATS)
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield attribute.t
            yield from attribute.tensors


def _lighten(tensor: Any) -> None:
    """Drop the numbers of weights, and where they stand if not here: only their sizes count."""
    tensor.ClearField("data_location")
    tensor.ClearField("external_data")
    entries = 1
    for size in tensor.dims:
        entries *= size
    if entries > _SMALL or entries < 0:
        for name in _FIELDS:
            tensor.ClearField(name)


def _inferred(onnx: Any, proto: Any) -> Any:
    """The file with the shapes of all its tensors, as far as they can be inferred."""
    try:
        return onnx.shape_inference.infer_shapes(proto, data_prop=True)
    except Exception as error:  # the package raises what its C++ raises
        reason = " ".join(str(error).split())[:300]
        raise LayerError("onnx", f"the shapes in this ONNX file do not fit: {reason}") from None


def label(node: Any) -> str:
    """What a node is called, for people."""
    return node.name or (node.output[0] if node.output else "") or "without a name"


# -- inputs ------------------------------------------------------------------------------------------------------------


def _input_shapes(graph: Any, given: object) -> dict[str, Sizes]:
    """The shapes of the graph's inputs, with what is given put in the place of open sizes; batch first."""
    weights = {tensor.name for tensor in graph.initializer}
    found: dict[str, Sizes] = {}
    inputs = [item for item in graph.input if item.name not in weights]
    if not inputs:
        raise LayerError("onnx", "this graph has no input")
    wanted = _wanted(given, [item.name for item in inputs])
    for item in inputs:
        dims = item.type.tensor_type.shape.dim
        if not item.type.tensor_type.HasField("shape"):
            raise LayerError("onnx", f"the input {item.name} has no shape")
        stated = wanted.get(item.name)
        if stated is not None and len(stated) != max(0, len(dims) - 1):
            message = f"the input {item.name} has {max(0, len(dims) - 1)} dimensions without the batch"
            raise LayerError("input", f"{message}, and {len(stated)} are given")
        for at, dim in enumerate(dims):
            if stated is not None and at:
                _settle(dim, stated[at - 1], item.name)
            elif not dim.dim_value and not dim.dim_param:
                dim.dim_param = f"n{at}" if at else "batch"
        found[item.name] = [dim.dim_value or dim.dim_param for dim in dims]
    return found


def _wanted(given: object, names: Sequence[str]) -> dict[str, list[str]]:
    """What is given, by input, as texts."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        given = {names[0]: given}
    elif len(names) == 1 and "input" in given:
        given = {names[0]: given["input"]}
    if unknown := next((str(name) for name in given if name not in names), None):
        message = f"this graph has no input {unknown}: its inputs are {', '.join(names)}"
        raise LayerError("input", message)
    return {
        str(name): [str(size) for size in (shape if isinstance(shape, list | tuple) else [shape])]
        for name, shape in given.items()
    }


def _settle(dim: Any, size: str, name: str) -> None:
    """Give an open size its number; one that the file fixes must be the same."""
    number = int(size) if size.isdecimal() and len(size) < 10 else None
    if dim.dim_value and number != dim.dim_value:
        raise LayerError("input", f"the file fixes a size of {name} to {dim.dim_value}, and {size} is given")
    if not dim.dim_value and number:
        dim.dim_value = number
    elif not dim.dim_value:
        dim.dim_param = size
