"""The state of a translation from an ONNX graph: which tensors are known, which weights were counted, the entries.

A tensor of a graph has its batch as one of its axes; the table's shapes leave it out. Which axis it is, is followed
from node to node.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NoReturn

from examgrad.layers.models.onnx_constants import MOST_ENTRIES
from examgrad.layers.models.unrolled import Entry
from examgrad.layers.trouble import LayerDiagnostic, LayerError

Sizes = list[int | str]
_OWN_NAME: Final = re.compile(r"(in_proj_)?(weight|bias)(_ih_l0(_reverse)?)?")
"""What a module calls its own arrays of weights."""
FLOATS: Final = frozenset({1, 10, 11, 16})
"""ONNX's numbers for the types of weights: float, float16, double, bfloat16."""
_INTEGERS: Final = frozenset({6, 7})


@dataclass(frozen=True)
class Value:
    """What flows between nodes: ``name`` is the table's layer, ``sizes`` the whole shape, ``batch`` the batch's axis.

    ``folded`` is set behind a recurrent node: the table's layer already has both directions side by side, the graph
    not yet.
    """

    name: str
    sizes: Sizes
    batch: int | None
    folded: Sizes | None = None

    @property
    def sample(self) -> Sizes:
        """The table's shape."""
        if self.folded is not None:
            return self.folded
        return [size for axis, size in enumerate(self.sizes) if axis != self.batch]


@dataclass(frozen=True)
class Weight:
    """An array of weights: its sizes, and which initializers its numbers are those of."""

    sizes: tuple[int, ...]
    roots: tuple[str, ...]

    @property
    def entries(self) -> int:
        """How many numbers it holds."""
        result = 1
        for size in self.sizes:
            result *= size
        return result


def _is_one_number(content: bytes, entries: int) -> bool:
    """Whether an array's bytes are those of one number over and over."""
    return bool(entries and content) and content == content[: len(content) // entries] * entries


class Graph:
    """An inferred graph on its way into entries."""

    def __init__(self, graph: Any, onnx: Any) -> None:
        self.nodes: Final = list(graph.node)
        self.onnx: Final = onnx
        self.values: Final[dict[str, Value]] = {}
        self.inputs: Final[dict[str, Sizes]] = {}
        self.entries: Final[list[Entry]] = []
        self.weights: Final[dict[str, Weight]] = {}
        self.numbers: Final[dict[str, Any]] = {}
        """Small constants, as NumPy's arrays."""
        self.counted: Final[dict[str, str]] = {}
        """Which layer counts an initializer."""
        self.alike: Final[set[str]] = set()
        """Initializers that are one number over and over."""
        self.shapes: Final[dict[str, Sizes]] = {}
        self._names: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._last = ""
        self._warnings: dict[str, None] = {}
        self.uses = Counter(name for node in graph.node for name in node.input)
        self.uses.update(item.name for item in graph.output)
        self.consumer: Final = {name: node for node in graph.node for name in node.input}
        for item in (*graph.value_info, *graph.output, *graph.input):
            kind = item.type.tensor_type
            if kind.HasField("shape"):
                self.shapes[item.name] = [dim.dim_value or dim.dim_param or "?" for dim in kind.shape.dim]
        for tensor in graph.initializer:
            self.add_constant(tensor.name, tensor)

    # -- what is known

    def add_constant(self, name: str, tensor: Any) -> None:
        """An initializer or a constant: weights, or numbers such as axes and shapes."""
        sizes = tuple(tensor.dims)
        if any(size < 0 for size in sizes):
            raise LayerError("onnx", f"the sizes of {name} are not positive")
        self.shapes[name] = list(sizes)
        if tensor.data_type in FLOATS:
            self.weights[name] = Weight(sizes, (name,))
        entries = 1
        for size in sizes:
            entries *= size
        if tensor.data_type in FLOATS and len(sizes) == 1 and _is_one_number(tensor.raw_data, entries):
            self.alike.add(name)
        if entries <= MOST_ENTRIES and tensor.data_type in (FLOATS | _INTEGERS):
            try:
                self.numbers[name] = self.onnx.numpy_helper.to_array(tensor)
            except Exception:  # numbers that are missing or damaged are not known
                self.numbers.pop(name, None)

    def add_numbers(self, name: str, given: object) -> None:
        """Numbers that are known, as a constant."""
        import numpy

        self.numbers[name] = numpy.array(given)

    def shape_of(self, name: str, node: Any) -> Sizes:
        """The inferred shape of a tensor."""
        if name not in self.shapes:
            self.refuse(node, "the shape of what it gives cannot be told", "give all sizes: --input 3x224x224")
        return self.shapes[name]

    def whole(self, name: str) -> list[int] | None:
        """A constant's entries as integers."""
        found = self.listed(name)
        return None if found is None else [int(item) for item in found]

    def listed(self, name: str) -> list[float] | None:
        """A constant's entries."""
        found = self.numbers.get(name)
        return None if found is None else [float(item) for item in found.reshape(-1)]

    def attributes(self, node: Any) -> dict[str, Any]:
        """A node's attributes by name; texts as texts."""
        found = {}
        for item in node.attribute:
            value = self.onnx.helper.get_attribute_value(item)
            found[item.name] = value.decode(errors="replace") if isinstance(value, bytes) else value
        return found

    def weight(self, node: Any, at: int) -> Weight | None:
        """The weights that stand at one place of a node's inputs."""
        return self.weights.get(node.input[at]) if at < len(node.input) and node.input[at] else None

    def needed(self, node: Any, at: int) -> Weight:
        """The weights that must stand there."""
        weight = self.weight(node, at)
        if weight is None:
            what = node.input[at] if at < len(node.input) else f"number {at + 1}"
            self.refuse(node, f"its input {what} is no array of weights")
        return weight

    def need_batch(self, node: Any, value: Value, axis: int = 0) -> None:
        """Refuse a node whose batch is not where it must be."""
        if value.batch != axis or value.folded is not None:
            self.refuse(node, f"the batch was expected as its axis {axis}")

    # -- entries

    def emit(self, node: Any, text: str, sources: Sequence[str], weights: Sequence[Weight] = (), name: str = "") -> str:
        """A layer of the table; one whose weights were all counted before shares them."""
        name = self._unused(name or self.name_of(node, weights, text.partition("(")[0]))
        entry: Entry = {name: text}
        if list(sources) != [self._last or next(iter(self.inputs))]:
            entry["from"] = list(sources)
        owner = self._owner(node, weights)
        if owner:
            entry["share"] = owner
        for root in [root for weight in weights for root in weight.roots]:
            self.counted.setdefault(root, name)
        self.entries.append(entry)
        self._names.add(name)
        self._last = name
        return name

    def _owner(self, node: Any, weights: Sequence[Weight]) -> str:
        """Which layer above has the same weights; empty where none has.

        PyTorch's newer exporter keeps arrays of equal numbers once: biases of zero and scales of one that stand
        elsewhere, too, are a layer's own all the same.
        """
        matrices = [weight for weight in weights if len(weight.sizes) > 1]
        telling = matrices or [weight for weight in weights if not self.alike.issuperset(weight.roots)]
        roots = [root for weight in telling for root in weight.roots]
        owners = {self.counted[root] for root in roots if root in self.counted}
        if not owners:
            return ""
        others = [root for weight in weights for root in weight.roots if root not in self.counted]
        if others or len(owners) > 1:
            self.refuse(node, f"it shares some of its weights with {', '.join(sorted(owners))}, and not others")
        return owners.pop()

    def name_of(self, node: Any, weights: Sequence[Weight] = (), text: str = "") -> str:
        """The module that the weights belong to, or else the node's own name: ``/layer1/layer1.0/relu/Relu``."""
        for root in [root for weight in weights for root in weight.roots]:
            module, dot, last = root.rpartition(".")
            if dot and _OWN_NAME.fullmatch(last):
                return module
        path, _, operation = str(node.name).removeprefix("node_").strip("/").rpartition("/")
        parts = path.split("/")
        nested = [part for part, inner in zip(parts, [*parts[1:], ""], strict=True) if not inner.startswith(f"{part}.")]
        module = ".".join(filter(None, nested))
        if not operation or operation.rstrip("0123456789_") != node.op_type:
            return ".".join(filter(None, (module, operation or node.op_type.lower())))
        return f"{module}.{text}" if module and text[:1].islower() else module or operation.lower()

    def _unused(self, name: str) -> str:
        if name not in self._names and name not in self.inputs:
            return name
        number = self._numbers.get(name, 1) + 1
        while f"{name}_{number}" in self._names or f"{name}_{number}" in self.inputs:
            number += 1
        self._numbers[name] = number
        return f"{name}_{number}"

    def pass_on(self, node: Any, value: Value, output: int = 0) -> None:
        """An output that is the input as far as the table goes."""
        self.values[node.output[output]] = value

    def put(self, node: Any, name: str, batch: int | None, output: int = 0, sizes: Sizes | None = None) -> None:
        """An output that a layer of the table gives."""
        out = node.output[output]
        self.values[out] = Value(name, sizes if sizes is not None else self.shape_of(out, node), batch)

    def keep(self, node: Any, text: str, value: Value, weights: Sequence[Weight] = (), name: str = "") -> None:
        """A layer of the table whose output has the shape of its input."""
        self.pass_on(node, self.renamed(value, self.emit(node, text, [value.name], weights, name)))

    def renamed(self, value: Value, name: str) -> Value:
        """The same shape out of another layer."""
        return replace(value, name=name)

    # -- trouble

    def refuse(self, node: Any, why: str, help: str = "") -> NoReturn:
        """The node cannot be translated."""
        name = node.name or (node.output[0] if node.output else "")
        raise LayerError("onnx", f"the node {name} ({node.op_type}): {why}", None, help)

    def warn(self, message: str) -> None:
        """Something is not in the table."""
        self._warnings[message] = None

    def told(self) -> tuple[LayerDiagnostic, ...]:
        """All warnings."""
        return tuple(LayerDiagnostic("onnx", message, "author") for message in self._warnings)


Translate = Callable[[Graph, Any, list[Value]], None]
"""How an operation becomes layers: of the graph, the node, and those of its inputs that are no constants."""
