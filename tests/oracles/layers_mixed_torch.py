# mypy: ignore-errors
"""Writes ``torch_mixed.yaml`` and ``mutants_torch.yaml`` of ``tests/cases/layers``: random networks, and broken ones.

Run by hand, with torch 2.13.0 and numpy installed: ``python tests/oracles/layers_mixed_torch.py``. Mixed networks take
layers of all kinds in random arguments, with merges, branches and shared weights; of mutants, networks that
fit with one or two changes, the layer is told that PyTorch refuses, or that it takes all of them.
With ``--hunt 1000`` that many networks of each are held against the layer tables at once, and what differs is printed.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from torch_calls import Entry, run

CASES = Path(__file__).parent.parent / "cases" / "layers"
LARGEST = 50_000
"""Numbers in one tensor of a mixed network."""


class Draw(random.Random):
    """Random arguments, and calls with some of them by position and some by name."""

    def sizes(self, low: int, high: int, dims: int) -> int | tuple[int, ...]:
        """One number for all axes, or one each."""
        if self.random() < 0.5:
            return self.randint(low, high)
        return tuple(self.randint(low, high) for _ in range(dims))

    def chance(self, share: float) -> bool:
        """True so often."""
        return self.random() < share

    def near(self, number: int) -> int:
        """A number that is nearly always right."""
        return number if self.chance(0.93) else max(1, number + self.choice((-1, 1, 2)))

    def call(self, name: str, first: dict[str, object], more: dict[str, object] | None = None) -> str:
        """The arguments ``first`` always, in this order; of ``more`` some."""
        cut = self.randint(0, len(first))
        shown = [repr(value) for value in list(first.values())[:cut]]
        shown += [f"{key}={value!r}" for key, value in list(first.items())[cut:]]
        shown += [f"{key}={value!r}" for key, value in (more or {}).items() if self.chance(0.6)]
        return f"{self.choice(('', '', 'nn.', 'torch.nn.'))}{name}({', '.join(shown)})"


def convolution(draw: Draw, shape: Sequence[int], dims: int) -> str:
    groups = draw.choice((1, 1, 1, 2, 3))
    first = {"in_channels": draw.near(shape[0]), "out_channels": draw.randint(1, 6) * groups}
    more = {"stride": draw.sizes(1, 2, dims), "dilation": draw.sizes(1, 2, dims), "groups": groups}
    padding = draw.choice((draw.sizes(0, 2, dims), draw.sizes(0, 2, dims), "same", "valid"))
    more |= {"padding": padding, "bias": draw.chance(0.5)}
    more["padding_mode"] = draw.choice(("zeros", "reflect", "replicate", "circular"))
    lazy = draw.chance(0.1)
    if lazy:
        del first["in_channels"]
    return draw.call(f"{'Lazy' * lazy}Conv{dims}d", first | {"kernel_size": draw.sizes(1, 4, dims)}, more)


def transposed(draw: Draw, shape: Sequence[int], dims: int) -> str:
    first = {"in_channels": draw.near(shape[0]), "out_channels": draw.randint(1, 5)}
    more = {"stride": draw.sizes(1, 3, dims), "padding": draw.sizes(0, 2, dims), "bias": draw.chance(0.5)}
    more |= {"output_padding": draw.sizes(0, 1, dims), "dilation": draw.sizes(1, 2, dims)}
    return draw.call(f"ConvTranspose{dims}d", first | {"kernel_size": draw.sizes(2, 4, dims)}, more)


def pooling(draw: Draw, shape: Sequence[int], dims: int) -> str:
    more = {"stride": draw.sizes(1, 3, dims), "ceil_mode": draw.chance(0.5)}
    size = {"kernel_size": draw.sizes(1, 4, dims)}
    kind = draw.choice(("Max", "Max", "Avg", "Avg", "LP", "Unpool", "AdaptiveAvg", "AdaptiveMax"))
    if kind == "Unpool":
        return draw.call(f"MaxUnpool{dims}d", {"kernel_size": draw.sizes(1, 3, dims)})
    if kind.startswith("Adaptive"):
        return draw.call(f"{kind}Pool{dims}d", {"output_size": draw.sizes(1, 7, dims)})
    if kind == "LP":
        return draw.call(f"LPPool{dims}d", {"norm_type": 2, "kernel_size": draw.randint(1, 3)}, more)
    more["padding"] = draw.sizes(0, 1, dims)
    if kind == "Max":
        more["dilation"] = draw.sizes(1, 2, dims)
    else:
        more["count_include_pad"] = draw.chance(0.5)
    return draw.call(f"{kind}Pool{dims}d", size, more)


def bordered(draw: Draw, shape: Sequence[int], dims: int) -> str:
    kind = draw.choice(("Zero", "Constant", "Reflection", "Replication", "Circular"))
    low = -1 if draw.chance(0.2) else 0
    sides = draw.choice((draw.randint(low, 3), tuple(draw.randint(low, 3) for _ in range(2 * dims))))
    return draw.call(f"{kind}Pad{dims}d", {"padding": sides} | ({"value": 1.5} if kind == "Constant" else {}))


def resized(draw: Draw, shape: Sequence[int], dims: int) -> str:
    mode = draw.choice(("nearest", ("linear", "bilinear", "trilinear")[dims - 1]))
    if dims == 2 and draw.chance(0.3):
        factor = draw.choice((2, 3))
        return draw.choice(
            (f"PixelShuffle({factor})", f"PixelUnshuffle({factor})", "UpsamplingBilinear2d(size=(7, 9))")
        )
    if draw.chance(0.3):
        return f"Upsample(size={draw.sizes(1, 12, dims)!r}, mode={mode!r})"
    return f"Upsample(scale_factor={draw.choice((2, 3, 1.5, 0.5, 0.7))}, mode={mode!r})"


def normalised(draw: Draw, shape: Sequence[int], dims: int) -> str:
    kind = draw.choice(("Batch", "Batch", "Instance", "Group", "Layer", "RMS", "Response"))
    affine = {"affine": draw.chance(0.6)}
    if kind in ("Batch", "Instance"):
        return draw.call(f"{kind}Norm{max(1, dims)}d", {"num_features": draw.near(shape[0])}, affine)
    if kind == "Group":
        groups = {"num_groups": draw.choice((1, 2, 3)), "num_channels": draw.near(shape[0])}
        return draw.call("GroupNorm", groups, affine)
    if kind == "Response":
        return draw.call("LocalResponseNorm", {"size": draw.randint(1, 5)}, {"alpha": 0.1})
    last = tuple(shape[-draw.randint(1, len(shape)) :])
    more = {"elementwise_affine": draw.chance(0.6)} | ({"bias": draw.chance(0.5)} if kind == "Layer" else {})
    return draw.call(f"{kind}Norm", {"normalized_shape": last if len(last) > 1 else last[0]}, more)


def recurrent(draw: Draw, shape: Sequence[int], dims: int) -> str:
    kind, hidden = draw.choice(("RNN", "LSTM", "LSTM", "GRU")), draw.randint(2, 9)
    more = {"num_layers": draw.randint(1, 3), "bias": draw.chance(0.5), "batch_first": draw.chance(0.5)}
    more |= {"dropout": 0.1, "bidirectional": draw.chance(0.5)}
    if kind == "LSTM":
        more["proj_size"] = draw.randint(0, hidden - 1)
    return draw.call(kind, {"input_size": draw.near(shape[-1]), "hidden_size": hidden}, more)


def cell(draw: Draw, shape: Sequence[int], dims: int) -> str:
    sizes = {"input_size": draw.near(shape[-1]), "hidden_size": draw.randint(1, 9)}
    return draw.call(draw.choice(("RNNCell", "LSTMCell", "GRUCell")), sizes, {"bias": draw.chance(0.5)})


def attending(draw: Draw, shape: Sequence[int], dims: int) -> str:
    width, heads = shape[-1], draw.choice([number for number in (1, 2, 3, 4) if shape[-1] % number == 0])
    layer = draw.call(
        "TransformerEncoderLayer",
        {"d_model": width, "nhead": heads, "dim_feedforward": draw.randint(1, 30)},
        {"dropout": 0.2, "activation": "gelu", "batch_first": True, "norm_first": True, "bias": draw.chance(0.5)},
    )
    if draw.chance(0.4):
        return layer
    if draw.chance(0.4):
        norm = draw.choice(("", f", norm=nn.LayerNorm({width})"))
        inner = "nn." + layer.removeprefix("torch.").removeprefix("nn.")
        return f"TransformerEncoder({inner}, num_layers={draw.randint(1, 3)}{norm})"
    more = {"bias": draw.chance(0.5), "add_bias_kv": draw.chance(0.3), "add_zero_attn": draw.chance(0.3)}
    return draw.call("MultiheadAttention", {"embed_dim": width, "num_heads": heads}, more | {"kdim": width})


def linear(draw: Draw, shape: Sequence[int], dims: int) -> str:
    first = {"in_features": draw.near(shape[-1]), "out_features": draw.randint(1, 24)}
    return draw.call("Linear", first, {"bias": draw.chance(0.5)})


def activation(draw: Draw, shape: Sequence[int], dims: int) -> str:
    texts = (
        "ReLU(inplace=True)", "LeakyReLU(0.2)", "ELU(alpha=0.5)", "GELU(approximate='tanh')", "SiLU()", "Mish()",
        "Tanh()",
        "Hardtanh(-2, 2)", "Softplus(beta=2)", "Threshold(0.1, 20)", "Dropout(p=0.3)", "AlphaDropout()", "Identity(54)",
        "PReLU()", f"PReLU({shape[0]}, init=0.1)", "GLU(dim=1)", "GLU()", f"Softmax(dim={draw.choice((1, -1))})",
    )  # fmt: skip
    return draw.choice(texts)


def rearranged(draw: Draw, shape: Sequence[int], dims: int) -> str:
    rank, axis = len(shape), draw.randint(1, len(shape))
    size, order = shape[axis - 1], draw.sample(range(1, rank + 1), rank)
    whole = math.prod(shape)
    part = draw.choice([number for number in range(1, min(whole, 99) + 1) if whole % number == 0])
    side = draw.choice([number for number in range(1, min(size, 99) + 1) if size % number == 0])
    first = draw.randrange(size)
    texts = (
        f"permute(0, {', '.join(map(str, order))})", f"transpose({axis}, {order[0]})", f"flatten({axis}, -1)",
        f"Flatten(start_dim={axis})", f"Flatten({min(order[0], axis)}, {max(order[0], axis)})",
        f"slice({axis}, {first}, {draw.randint(1, size - first)})", f"select(dim={axis}, index={first - size})",
        f"mean(dim={axis})", f"mean({[axis, -1] if axis < rank else [axis]}, keepdim=True)", f"amax({axis})",
        f"reshape({part}, {whole // part})", f"reshape({part}, -1)", f"unsqueeze({axis})", f"squeeze({axis})",
        f"Unflatten({axis}, ({side}, {size // side}))",
    )  # fmt: skip
    return draw.choice(texts)


def unfolded(draw: Draw, shape: Sequence[int], dims: int) -> str:
    return draw.call("Unfold", {"kernel_size": draw.sizes(1, 3, 2)}, {"padding": draw.sizes(0, 1, 2), "stride": 2})


Kind = Callable[[Draw, Sequence[int], int], str]
KINDS: dict[int, tuple[Kind, ...]] = {
    1: (linear, linear, cell, activation, rearranged, normalised),
    2: (
        convolution,
        convolution,
        transposed,
        pooling,
        linear,
        bordered,
        resized,
        normalised,
        recurrent,
        recurrent,
        attending,
        attending,
        activation,
        rearranged,
    ),
    3: (
        convolution,
        convolution,
        convolution,
        transposed,
        pooling,
        pooling,
        bordered,
        resized,
        normalised,
        activation,
        rearranged,
        linear,
        unfolded,
    ),
    4: (convolution, convolution, pooling, transposed, bordered, resized, normalised, activation, rearranged),
}
"""What a tensor of so many axes may go into."""


class Mixed:
    """A random network in the making: what fits is kept."""

    def __init__(self, seed: int) -> None:
        self.draw = Draw(seed)
        rank = self.draw.choice((1, 2, 2, 3, 3, 3, 4))
        low, high = ((0, 0), (8, 40), (10, 32), (5, 10))[rank - 1]
        first = self.draw.randint(4, 60) if rank == 1 else self.draw.choice((1, 2, 3, 4, 6, 8))
        shape = [first, *(self.draw.randint(low, high) for _ in range(rank - 1))]
        self.inputs = {"a": shape, "b": list(shape)} if self.draw.chance(0.12) else {"input": shape}
        self.shapes: dict[str, list[int]] = {name: list(size) for name, size in self.inputs.items()}
        self.entries: list[Entry] = []
        self.last = next(iter(self.inputs))
        self.texts: dict[str, tuple[str, list[int]]] = {}

    def grow(self, length: int) -> Mixed:
        """Append layers that fit."""
        for _ in range(8 * length):
            if len(self.entries) == length:
                break
            self._try(f"n{len(self.entries) + 1}")
        return self

    def _try(self, name: str) -> None:
        sources, share = None, ""
        if self.draw.chance(0.15) or len(self.shapes[self.last]) not in KINDS:
            sources = (self.draw.choice(list(self.shapes)),)
        shape = self.shapes[sources[0] if sources else self.last]
        turn = self.draw.random()
        if turn < 0.17:
            sources, text = self._merge(shape)
        elif turn < 0.22 and self.texts:
            share = self.draw.choice(list(self.texts))
            text, wanted = self.texts[share]
            sources = (self.draw.choice([key for key, size in self.shapes.items() if size == wanted]),)
        elif len(shape) in KINDS:
            text = self.draw.choice(KINDS[len(shape)])(self.draw, shape, len(shape) - 1)
        else:
            return
        taken = sources or (self.last,)
        given = {key: self.shapes[key] for key in dict.fromkeys(taken)}
        rows, error = run(given, [(name, text, taken, "")])
        if error or not rows[0]["shape"] or math.prod(rows[0]["shape"]) > LARGEST:
            return
        self.entries.append((name, text, sources, share))
        self.shapes[name], self.last = rows[0]["shape"], name
        if not share and len(taken) == 1 and rows[0]["parameters"] and "Lazy" not in text:
            self.texts[name] = text, shape

    def _merge(self, shape: list[int]) -> tuple[tuple[str, ...], str]:
        same = [key for key, size in self.shapes.items() if size == shape]
        axis = self.draw.randint(1, len(shape))
        rest = shape[: axis - 1] + shape[axis:]
        near = [key for key, size in self.shapes.items() if size[: axis - 1] + size[axis:] == rest]
        near = [key for key in near if len(self.shapes[key]) == len(shape)]
        count = self.draw.randint(2, 3)
        if self.draw.chance(0.5):
            return tuple(self.draw.choice(near) for _ in range(count)), f"concat(dim={axis})"
        return tuple(self.draw.choice(same) for _ in range(count)), self.draw.choice(("add()", "mul()", "add()"))


def sequence(*texts: str | tuple[str, str, tuple[str, ...]]) -> list[Entry]:
    """Entries: a text follows the layer above, a tuple has a name and sources."""
    return [
        (f"layer{at}", item, None, "") if isinstance(item, str) else (item[0], item[1], item[2] or None, "")
        for at, item in enumerate(texts, 1)
    ]


FITTING: list[tuple[dict[str, list[int]], list[Entry]]] = [
    ({"input": [1, 32, 32]}, sequence(
        "Conv2d(1, 6, 5)", "ReLU()", "AvgPool2d(2, 2)", "Conv2d(6, 16, 5)", "ReLU()", "AvgPool2d(2, 2)", "Flatten()",
        "Linear(400, 120)", "ReLU()", "Linear(120, 84)", "ReLU()", "Linear(84, 10)", "Softmax(dim=1)")),
    ({"input": [3, 32, 32]}, sequence(
        "Conv2d(3, 16, kernel_size=3, padding=1)", "BatchNorm2d(16)", "ReLU()", "MaxPool2d(2)",
        "Conv2d(16, 32, kernel_size=3, padding=1)", "BatchNorm2d(32)", "MaxPool2d(kernel_size=3, stride=2, padding=1)",
        "Dropout2d(0.2)", "AdaptiveAvgPool2d(4)", "Flatten(1)", "Linear(512, 64)", "BatchNorm1d(64)",
        "Linear(64, 10)")),
    ({"input": [16, 28, 28]}, sequence(
        ("c1", "Conv2d(16, 16, 3, padding=1)", ()), "BatchNorm2d(16)", "ReLU()", ("c2", "Conv2d(16, 16, 3, 1, 1)", ()),
        ("s", "add()", ("c2", "input")), "Conv2d(16, 32, 3, stride=2, padding=1)",
        ("d2", "Conv2d(32, 32, 3, padding=1)", ()), ("k", "Conv2d(16, 32, 1, stride=2)", ("s",)),
        ("s2", "add()", ("d2", "k")), "AdaptiveAvgPool2d(1)", "Flatten()", "Linear(32, 10)")),
    ({"input": [2, 32, 48]}, sequence(
        ("e1", "Conv2d(2, 8, 3, padding=1)", ()), "MaxPool2d(2)", ("e2", "Conv2d(8, 16, 3, padding=1)", ()),
        "MaxPool2d(2)", "Conv2d(16, 32, 3, padding=1)", ("u2", "ConvTranspose2d(32, 16, 2, stride=2)", ()),
        ("k2", "concat(dim=1)", ("u2", "e2")), "Conv2d(32, 16, 3, padding=1)",
        ("u1", "ConvTranspose2d(16, 8, 4, stride=2, padding=1)", ()), ("k1", "concat(1)", ("u1", "e1")),
        "Conv2d(16, 3, 1)")),
    ({"input": [12, 32]}, sequence(
        "LSTM(32, 24, num_layers=2, bidirectional=True)", "Dropout(0.3)", "GRU(48, 16)", "select(1, -1)",
        "Linear(16, 8)",
        "ReLU()", "Linear(8, 2)", "LogSoftmax(dim=-1)")),
    ({"input": [10, 24]}, sequence(
        "TransformerEncoderLayer(24, 4, 48)", "MultiheadAttention(24, 3)", "LayerNorm(24)", "Linear(24, 48)", "GELU()",
        "Linear(48, 24)", "mean(dim=1)", "Linear(24, 5)")),
    ({"input": [1, 64]}, sequence(
        "Conv1d(1, 8, 5, padding=2)", "MaxPool1d(2)", "Conv1d(8, 16, 3, dilation=2)", "BatchNorm1d(16)", "GLU(dim=1)",
        "AvgPool1d(4)", "Flatten()", "Linear(56, 10)")),
    ({"input": [32, 4, 4]}, sequence(
        "ConvTranspose2d(32, 16, 4, 2, 1)", "BatchNorm2d(16)", "ReLU()",
        "ConvTranspose2d(16, 8, 3, stride=2, padding=1, output_padding=1)", "PixelShuffle(2)",
        "Conv2d(2, 3, 3, padding=1, padding_mode='reflect')", "Tanh()")),
    ({"input": [8, 16, 16]}, sequence(
        "GroupNorm(4, 8)", "Conv2d(8, 8, 3, padding=1, groups=8)", "Conv2d(8, 16, 1)",
        "InstanceNorm2d(16, affine=True)",
        "PReLU(16)", "Upsample(scale_factor=2)", "ReflectionPad2d(3)", "MaxPool2d(3, 2, 1, ceil_mode=True)",
        "LayerNorm([16, 20, 20])", "Unfold(3, stride=2)", "Linear(81, 20)")),
    ({"input": [6, 8, 8, 8]}, sequence(
        "Conv3d(6, 12, 3, padding=1)", "BatchNorm3d(12)", "MaxPool3d(2)", "AvgPool3d(2)",
        "AdaptiveAvgPool3d((1, 2, 2))",
        "Flatten()", "Unflatten(1, (12, 4))", "Linear(4, 6)", "reshape(9, 8)", "permute(0, 2, 1)", "transpose(1, 2)")),
    ({"input": [20]}, sequence(
        "Linear(20, 36)", "Unflatten(1, (4, 3, 3))", "ConvTranspose2d(4, 2, 3)", "CircularPad2d(2)",
        "Conv2d(2, 4, 3, padding=4, padding_mode='circular')", "slice(2, 1, 8)", "mean([2, 3])", "GRUCell(4, 6)",
        "LSTMCell(6, 5)")),
    ({"a": [20], "b": [30]}, sequence(
        ("x", "Linear(20, 16)", ("a",)), ("y", "Linear(30, 16)", ("b",)), ("m", "mul()", ("x", "y")),
        ("c", "concat(dim=1)", ("m", "x")), ("z", "Linear(32, 4)", ()), ("w", "Bilinear(20, 30, 4)", ("a", "b")),
        ("s", "add()", ("z", "w")))),
]  # fmt: skip
SPARE = (
    "Flatten()", "MaxPool2d(2)", "MaxPool1d(2)", "Conv2d(8, 8, 3)", "Linear(10, 10)", "BatchNorm2d(16)",
    "BatchNorm1d(16)",
    "Softmax(dim=-2)", "AdaptiveAvgPool2d(1)", "LSTM(16, 8)", "PixelShuffle(2)", "GLU(dim=1)", "AvgPool2d(3)",
    "LayerNorm(16)", "Upsample(scale_factor=2)", "ReflectionPad2d(4)", "permute(0, 2, 1)", "mean(dim=1)",
    "select(1, 3)",
    "GroupNorm(3, 6)", "InstanceNorm2d(4)", "MultiheadAttention(24, 5)", "Conv2d(16, 16, 3, groups=3)", "Unfold(2)",
)  # fmt: skip
"""Layers that a mutant gets in between."""


def mutant(seed: int) -> tuple[dict[str, list[int]], list[Entry]]:
    """A network that fits, with one or two changes: a number, a layer less, more or exchanged, another dimension."""
    draw = Draw(seed)
    inputs, found = draw.choice(FITTING)
    entries = list(found)
    for _ in range(draw.choice((1, 1, 1, 2))):
        at = draw.randrange(len(entries))
        name, text, sources, share = entries[at]
        turn = draw.random()
        numbers = list(re.finditer(r"(?<![\w.])\d+(?![\w.])", text))
        if turn < 0.5 and numbers:
            match = draw.choice(numbers)
            old = int(match[0])
            new = draw.choice((old + 1, max(0, old - 1), old * 2, old // 2, old + 3))
            entries[at] = name, text[: match.start()] + str(new) + text[match.end() :], sources, share
        elif turn < 0.62 and sources is None and not any(name in (entry[2] or ()) for entry in entries):
            entries.pop(at)
        elif turn < 0.78:
            entries.insert(at, (f"extra{draw.randrange(10**6)}", draw.choice(SPARE), None, ""))
        elif turn < 0.88:
            entries[at] = name, re.sub(r"[123]d", f"{draw.randint(1, 3)}d", text, count=1), sources, share
        else:
            other = draw.choice(("padding=5", "stride=3", "padding='same'", "dilation=3"))
            entries[at] = name, re.sub(r"padding=\d|stride=\d", other, text, count=1), sources, share
    return inputs, entries


# -- files, and the hunt -----------------------------------------------------------------------------------------------


def shown(entry: Entry) -> dict[str, object]:
    """An entry as an exam file has it."""
    name, text, sources, share = entry
    found: dict[str, object] = {"name": name} if share else {name: text}
    if sources is not None:
        found["from"] = list(sources) if len(sources) > 1 else sources[0]
    return found | ({"share": share} if share else {})


def given(inputs: dict[str, list[int]]) -> object:
    """The input as an exam file has it."""
    return inputs["input"] if list(inputs) == ["input"] else inputs


def mixed_cases(count: int) -> Iterator[str]:
    """Random networks as YAML."""
    for seed in range(count):
        net = Mixed(seed).grow(6 + seed % 17)
        rows, error = run(net.inputs, net.entries)
        assert not error, error
        yield f"- case: Mixed network {seed}\n  input: {json.dumps(given(net.inputs))}\n  rows:"
        for entry, row in zip(net.entries, rows, strict=True):
            yield f"    - {json.dumps({'entry': shown(entry), **row})}"


def broken_at(inputs: dict[str, list[int]], entries: list[Entry]) -> int | None:
    """Which layer PyTorch refuses whatever the size of the batch, or gives an empty output for."""
    ends = [run(inputs, entries, batch=batch) for batch in (3, 5)]
    return min(len(rows) for rows, _ in ends) if any(error for _, error in ends) else None


def mutant_cases(count: int) -> Iterator[str]:
    """Mutants as YAML: which layer is refused (none: null), and in what words by PyTorch."""
    seen = set()
    seed = 0
    while len(seen) < count:
        seed += 1
        inputs, entries = mutant(seed)
        if str(entries) in seen:
            continue
        seen.add(str(entries))
        if any("the batch is touched" in run(inputs, entries, batch=batch)[1] for batch in (3, 5)):
            continue  # PyTorch takes it, and so do the tables, with a warning
        layers = json.dumps([shown(entry) for entry in entries])
        yield f"- case: Mutant {seed}\n  input: {json.dumps(given(inputs))}\n  layers: {layers}"
        yield f"  refused: {json.dumps(broken_at(inputs, entries))}"


def hunt(count: int, first: int) -> None:
    """Networks of seeds that are not stored, against the layer tables."""
    from examgrad.layers.site import Conventions
    from examgrad.layers.table import table

    tally: Counter[str] = Counter()
    for seed in range(first, first + count):
        net = Mixed(seed).grow(20)
        for inputs, entries in ((net.inputs, net.entries), mutant(seed)):
            rows, error = run(inputs, entries)
            index = broken_at(inputs, entries) if error else None
            made = table(given(inputs), [shown(entry) for entry in entries], Conventions("torch"))
            wrong = made.diagnostics[0].index if made.diagnostics else None
            pairs = zip(rows, made.rows, strict=False)
            apart = [row for row, own in pairs for key in row if _plain(getattr(own, key)) != row[key]]
            tally.update(networks=1, layers=len(rows), refused=index is not None, differ=bool(apart) or wrong != index)
            if apart or wrong != index:
                print(
                    given(inputs),
                    [shown(entry) for entry in entries],
                    apart[:1],
                    error,
                    *made.diagnostics[:1],
                    sep="\n  ",
                )
    print(dict(tally))


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def write(stem: str, lines: Iterator[str]) -> None:
    """One file of cases."""
    version = torch.__version__.partition("+")[0]
    note = f"# From PyTorch {version} by tests/oracles/layers_mixed_torch.py; not to be edited.\n"
    (CASES / f"{stem}.yaml").write_text(note + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hunt", type=int, default=0, metavar="COUNT")
    parser.add_argument("--first", type=int, default=10_000, metavar="SEED")
    options = parser.parse_args()
    if options.hunt:
        hunt(options.hunt, options.first)
    else:
        write("torch_mixed", mixed_cases(110))
        write("mutants_torch", mutant_cases(300))
