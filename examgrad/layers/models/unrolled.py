"""A tree of printed modules as entries of a network: one for each call, each with its dotted name.

``print(model)`` tells which modules there are, not how they are called. Those of a ``Sequential`` follow one
another; the classes of :mod:`examgrad.layers.models.known` are called as their source has it; those of any other
class are taken once each, in the order printed, and a warning says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from examgrad.layers.models.known import KNOWN, SEQUENTIAL, WRAPPERS, Calls
from examgrad.layers.models.printed import MOST_MODULES, Module
from examgrad.layers.registry import lookup
from examgrad.layers.trouble import LayerError, Place, Slice

Entry = dict[str, object]
"""As in an exam's ``layers``: ``{"layer1.0.conv1": "Conv2d(64, 64, …)", "from": ["maxpool"]}``."""

LISTS: Final = frozenset({"ModuleList", "ModuleDict"})
WEIGHTS: Final = frozenset({"Parameter", "ParameterList", "ParameterDict"})
_RECURRENT: Final = ("LSTM(", "GRU(", "RNN(")
_IDENTITY: Final = frozenset({"DropPath", "StochasticDepth"})
"""Classes that drop whole samples: shapes stay, and there are no parameters."""
_ATTENTION: Final = re.compile(r".*\bin_features=(?P<width>\d+), .*\bbias=(?P<bias>True|False)\)")


class Unrolled:
    """Entries in the order of their calls; ``warnings`` tell what the text does not say, each with its place."""

    def __init__(self, modules: Sequence[Module], inputs: Sequence[str] = ("input",)) -> None:
        self.inputs: Final = tuple(inputs)
        self.entries: list[Entry] = []
        self.warnings: list[LayerError] = []
        self.owners: dict[str, str] = {}
        """The class that calls each layer, where it is one whose order of calls is not known."""
        self.memory = ""
        """What transformer decoders attend to."""
        self._last = self.inputs[0]
        self._text = ""
        self._names: set[str] = set(self.inputs)
        self._numbers: dict[str, int] = {}
        self._warned: set[str] = set()
        self._own = ""
        source = self.inputs[0]
        for module in modules:
            source = self.run(module, module.name, source)

    # -- modules

    def run(self, module: Module, path: str, source: str) -> str:
        """Call a module; the name of what comes out of it."""
        kind = module.kind.rpartition(".")[2]
        if kind.endswith("Loss") or (module.leaf and kind in (*SEQUENTIAL, *LISTS, *WRAPPERS)):
            return source
        if kind in WEIGHTS:  # no layers: whoever holds them uses them in ways of its own
            self._weights(module, path)
            return source
        if kind == "MultiheadAttention":
            return self.emit(path, self._attention(module), [source])
        if not module.modules:
            return self.emit(path, Slice.of(call_of(module), module.text), [source])
        for known in KNOWN.get(kind, ()):
            if known.fits(module.names):
                return known.calls(Calls(self, module, path, source))
        outside = self._own
        if kind not in SEQUENTIAL and kind not in WRAPPERS and len(module.modules) > 1:
            self._warn_of_order(module, kind)
            self._own = kind
        for inner in module.modules:
            source = self.run(inner, joined(path, inner.name), source)
        self._own = outside
        return source

    def emit(self, path: str, text: str, sources: Sequence[str]) -> str:
        """One call as an entry; its name, which is numbered where the module was called before."""
        if len(self.entries) >= MOST_MODULES:
            raise LayerError("too-long", f"a network has at most {MOST_MODULES} layers, and this has more")
        name = self._unused(path, text)
        self._names.add(name)
        if text.startswith("Linear(") and list(sources) == [self._last] and self._text.startswith(_RECURRENT):
            message = f"{name} is taken at every step: print(model) does not say whether only the last one goes on"
            self.warnings.append(LayerError("printed", message, Place(text)))
        self._text = text
        entry: Entry = {name: text}
        if list(sources) != [self._last]:
            entry["from"] = list(sources)
        self.entries.append(entry)
        if self._own:
            self.owners[name] = self._own
        self._last = name
        return name

    def _unused(self, path: str, text: str) -> str:
        """A layer's name: its path, or conv1, conv2, … where it has none."""
        if path and path not in self._names:
            return path
        form = lookup(text.partition("(")[0].strip().rpartition(".")[2], "torch")
        base = f"{path}_" if path else form.stem if form else "layer"
        number = self._numbers.get(base, 1 if path else 0) + 1
        while f"{base}{number}" in self._names:
            number += 1
        self._numbers[base] = number
        return f"{base}{number}"

    def warn(self, message: str, module: Module, help: str = "") -> None:
        """Tell once what the text does not say."""
        if message not in self._warned:
            self._warned.add(message)
            self.warnings.append(LayerError("printed", message, Place(module.text), help))

    def _warn_of_order(self, module: Module, kind: str) -> None:
        message = (
            f"print(model) does not say how {kind} calls its modules: each is taken once, in the order printed, "
            "without operations of the class's own (sums, flattening, functional pooling)"
        )
        self.warn(message, module)

    def _weights(self, module: Module, path: str) -> None:
        arrays = module.modules or (module,)
        entries = sum(array.entries for array in arrays)
        message = f"{path} holds {entries} parameters that no layer counts: add them to the total"
        if entries:
            self.warn(message, module)

    def _attention(self, module: Module) -> Slice:
        inner = module["out_proj"] if "out_proj" in module.names else module
        if (found := _ATTENTION.fullmatch(inner.text)) is None:
            return module.text
        self.warn(
            "print(model) does not show the heads of MultiheadAttention (no shape or parameter depends on them), nor "
            "kdim and vdim, which are taken to be embed_dim",
            module,
        )
        bias = ", bias=False" if found["bias"] == "False" else ""
        return Slice.of(f"MultiheadAttention({found['width']}, 1{bias})", module.text)


def joined(path: str, name: str) -> str:
    """The dotted name of a module within another."""
    return f"{path}.{name}" if path and name else path or name


# -- what print writes of a module, as the call that makes it ----------------------------------------------------------

_REWRITTEN: Final = (
    (re.compile(r"(Lazy\w+)\((?:in_features=)?0, "), r"\1("),
    (re.compile(r"(Upsampling\w+2d\(.*), mode='\w+'\)"), r"\1)"),
    (re.compile(r"FrozenBatchNorm2d\((\d+).*\)"), r"BatchNorm2d(\1, affine=False)"),
    (re.compile(r"_LinearWithBias\("), "Linear("),
)


def call_of(module: Module) -> str:
    """The call that makes a module, from what is printed of it."""
    text = str(module.text)
    if module.kind in _IDENTITY:
        return "Identity()"
    for pattern, replacement in _REWRITTEN:
        if pattern.match(text):
            return pattern.sub(replacement, text)
    return text
