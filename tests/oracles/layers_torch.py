# mypy: ignore-errors
"""Writes ``tests/cases/layers/torch_*.yaml``: shapes, parameters, multiply-accumulates, receptive fields from PyTorch.

Run by hand, with torch 2.13.0 and numpy installed: ``python tests/oracles/layers_torch.py``. Nothing in the test
run needs it. Shapes come from forward passes, parameters from ``Module.parameters()``, multiply-accumulates from
``FlopCounterMode`` (halved), receptive fields by setting one line of the input to NaN at a time and looking which
outputs become NaN.
"""

from __future__ import annotations

import inspect
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

CASES = Path(__file__).parent.parent / "cases" / "layers"
AVERAGE = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
COUNTED = (nn.Linear, nn.modules.conv._ConvNd)


class Net:
    """A network built and run at once; ``rows`` is what the layer table must say."""

    def __init__(
        self, case: str, *shapes: tuple[int, ...], names: tuple[str, ...] = ("input",), tokens: int = 0
    ) -> None:
        torch.manual_seed(0)
        self.case = case
        self.inputs = dict(zip(names, shapes, strict=True))
        self.tokens = tokens
        self.steps: list[tuple[str, tuple[str, ...], Callable[..., torch.Tensor]]] = []
        self.values: dict[str, torch.Tensor] = {}
        for name, shape in self.inputs.items():
            self.values[name] = torch.randint(tokens, (1, *shape)) if tokens else torch.randn(1, *shape)
        self.rows: list[dict[str, object]] = []
        self.last = names[0]
        self.modules: dict[str, nn.Module] = {}

    def __call__(
        self,
        what: nn.Module | Callable[..., torch.Tensor],
        text: str = "",
        *,
        name: str = "",
        of: str | list[str] | None = None,
        share: str = "",
    ) -> Net:
        """Append a layer. ``text`` is how the table is told; a module tells it by itself."""
        sources = (self.last,) if of is None else (of,) if isinstance(of, str) else tuple(of)
        text = text or repr(what)
        if isinstance(what, AVERAGE) and what.ceil_mode:  # which PyTorch does not print
            text = text[:-1] + ", ceil_mode=True)"
        inputs = [self.values[source] for source in sources]
        counter = FlopCounterMode(display=False)
        if isinstance(what, nn.Module):
            what.eval()
        with torch.no_grad(), counter:
            output = what(*inputs)
        label = name or f"layer{len(self.rows) + 1}"
        row: dict[str, object] = {"entry": {label: text}, "shape": list(output.shape[1:])}
        if of is not None:
            row["entry"]["from"] = of  # type: ignore[index]
        if share:
            row["entry"]["share"] = share  # type: ignore[index]
        parameters = sum(p.numel() for p in what.parameters()) if isinstance(what, nn.Module) and not share else 0
        row["parameters"] = parameters
        if isinstance(what, COUNTED):
            row["macs"] = counter.get_total_flops() // 2
        self.rows.append(row)
        self.steps.append((label, sources, what))
        self.values[label] = output
        self.last = label
        if isinstance(what, nn.Module):
            self.modules[label] = what
        return self

    def again(self, first: str, **more: object) -> Net:
        """The same module, its weights shared."""
        return self(self.modules[first], share=first, **more)  # type: ignore[arg-type]

    def reach(self) -> Net:
        """Receptive fields: the longest stretch of the input that one place of an output depends on, by axis."""
        (name,) = self.inputs
        shape = self.values[name].shape
        extents: dict[str, list[int]] = {label: [] for label, _, _ in self.steps}
        for axis in range(2, len(shape)):
            first: dict[str, torch.Tensor] = {}
            last: dict[str, torch.Tensor] = {}
            for position in range(shape[axis]):
                values = {name: torch.ones(shape)}
                values[name].select(axis, position).fill_(float("nan"))
                with torch.no_grad():
                    for label, sources, what in self.steps:
                        values[label] = what(*(values[source] for source in sources))
                        touched = values[label].isnan()
                        if touched.ndim > 2:  # the channels at one place count together
                            touched = touched.any(1)
                        first.setdefault(label, torch.full(touched.shape, 10**6))
                        last.setdefault(label, torch.full(touched.shape, -1))
                        first[label] = torch.where(touched, first[label].clamp(max=position), first[label])
                        last[label] = torch.where(touched, torch.tensor(position), last[label])
            for label in extents:
                extents[label].append(int((last[label] - first[label]).max()) + 1)
        for row, extent in zip(self.rows, extents.values(), strict=True):
            row["receptive_field"] = extent
        return self

    def written(self) -> str:
        """The case as YAML."""
        shape = next(iter(self.inputs.values())) if len(self.inputs) == 1 else self.inputs
        lines = [f"- case: {json.dumps(self.case, ensure_ascii=False)}", f"  input: {json.dumps(shape)}", "  rows:"]
        lines += [f"    - {json.dumps(row)}" for row in self.rows]
        return "\n".join(lines)


def cat(dim: int) -> Callable[..., torch.Tensor]:
    """Concatenation along a dimension."""
    return lambda *tensors: torch.cat(tensors, dim)


def add(*tensors: torch.Tensor) -> torch.Tensor:
    """A sum."""
    total = tensors[0]
    for tensor in tensors[1:]:
        total = total + tensor
    return total


def first(module: nn.Module) -> nn.Module:
    """A recurrent or attention module that returns only its first output."""

    class First(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = module

        def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
            return self.inner(*inputs)[0]

    return First()


def attend(module: nn.MultiheadAttention, count: int) -> nn.Module:
    """Attention with one, two or three inputs, batch first."""

    class Attend(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = module

        def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
            q = inputs[0]
            k = inputs[min(1, count - 1)]
            return self.inner(q, k, inputs[2] if count > 2 else k)[0]

    return Attend()


# -- known networks ----------------------------------------------------------------------------------------------------


def classics() -> Iterator[Net]:
    """Networks everyone knows."""
    net = Net("LeNet-5 on 32 by 32 grey images", (1, 32, 32))
    net(nn.Conv2d(1, 6, 5))(nn.Tanh())(nn.AvgPool2d(2))(nn.Conv2d(6, 16, 5))(nn.Tanh())(nn.AvgPool2d(2))
    yield net(nn.Conv2d(16, 120, 5))(nn.Flatten())(nn.Linear(120, 84))(nn.Tanh())(nn.Linear(84, 10))

    net = Net("AlexNet as in torchvision", (3, 224, 224))
    net(nn.Conv2d(3, 64, 11, 4, 2))(nn.ReLU())(nn.MaxPool2d(3, 2))(nn.Conv2d(64, 192, 5, padding=2))(nn.ReLU())
    net(nn.MaxPool2d(3, 2))(nn.Conv2d(192, 384, 3, padding=1))(nn.ReLU())(nn.Conv2d(384, 256, 3, padding=1))
    net(nn.Conv2d(256, 256, 3, padding=1))(nn.MaxPool2d(3, 2))(nn.AdaptiveAvgPool2d((6, 6)))(nn.Flatten())
    net(nn.Dropout())(nn.Linear(256 * 6 * 6, 4096))(nn.Dropout())(nn.Linear(4096, 4096))
    yield net(nn.Linear(4096, 1000), "Linear(4096, 1000)")

    net = Net("VGG16 on 224 by 224 images", (3, 224, 224))
    channels = 3
    for width in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0):
        if width:
            net(nn.Conv2d(channels, width, 3, padding=1))(nn.ReLU(inplace=True))
            channels = width
        else:
            net(nn.MaxPool2d(2, 2))
    net(nn.AdaptiveAvgPool2d(7))(nn.Flatten())(nn.Linear(25088, 4096))(nn.Linear(4096, 4096))
    yield net(nn.Linear(4096, 1000))

    net = Net("A ResNet-18 stem and its first strided block", (3, 64, 64))
    net(nn.Conv2d(3, 64, 7, 2, 3, bias=False))(nn.BatchNorm2d(64))(nn.ReLU())(nn.MaxPool2d(3, 2, 1), name="stem")
    net(nn.Conv2d(64, 64, 3, padding=1, bias=False), name="a1")(nn.BatchNorm2d(64))(nn.ReLU())
    net(nn.Conv2d(64, 64, 3, padding=1, bias=False))(nn.BatchNorm2d(64), name="b1")
    net(add, "add", name="sum1", of=["b1", "stem"])(nn.ReLU(), name="r1")
    net(nn.Conv2d(64, 128, 3, 2, 1, bias=False))(nn.BatchNorm2d(128))(nn.ReLU())
    net(nn.Conv2d(128, 128, 3, 1, 1, bias=False))(nn.BatchNorm2d(128), name="b2")
    net(nn.Conv2d(64, 128, 1, 2, bias=False), name="down", of="r1")(nn.BatchNorm2d(128), name="down_bn")
    net(add, "add()", name="sum2", of=["b2", "down_bn"])(nn.AdaptiveAvgPool2d(1))(nn.Flatten())
    yield net(nn.Linear(128, 10))

    net = Net("A bottleneck block of ResNet-50", (256, 14, 14))
    net(nn.Conv2d(256, 64, 1, bias=False))(nn.BatchNorm2d(64))(nn.Conv2d(64, 64, 3, padding=1, bias=False))
    net(nn.BatchNorm2d(64))(nn.Conv2d(64, 256, 1, bias=False))(nn.BatchNorm2d(256), name="end")
    yield net(add, "add", of=["end", "input"])

    net = Net("MobileNet v1's first blocks", (3, 96, 96))
    net(nn.Conv2d(3, 32, 3, 2, 1, bias=False))(nn.BatchNorm2d(32))(nn.ReLU6())
    net(nn.Conv2d(32, 32, 3, 1, 1, groups=32, bias=False))(nn.BatchNorm2d(32))(nn.Conv2d(32, 64, 1, bias=False))
    yield net(nn.Conv2d(64, 64, 3, 2, 1, groups=64))(nn.Conv2d(64, 128, 1))

    net = Net("An inverted residual of MobileNet v2", (24, 28, 28))
    net(nn.Conv2d(24, 144, 1, bias=False))(nn.BatchNorm2d(144))(nn.ReLU6(inplace=True))
    net(nn.Conv2d(144, 144, 3, padding=1, groups=144, bias=False))(nn.BatchNorm2d(144))(nn.ReLU6(inplace=True))
    net(nn.Conv2d(144, 24, 1, bias=False), name="narrow")
    yield net(add, "add", of=["input", "narrow"])

    net = Net("The inception module 3a of GoogLeNet", (192, 28, 28))
    net(nn.Conv2d(192, 64, 1), name="one")
    net(nn.Conv2d(192, 96, 1), name="three_in", of="input")(nn.Conv2d(96, 128, 3, padding=1), name="three")
    net(nn.Conv2d(192, 16, 1), name="five_in", of="input")(nn.Conv2d(16, 32, 5, padding=2), name="five")
    net(nn.MaxPool2d(3, 1, 1), name="pool_in", of="input")(nn.Conv2d(192, 32, 1), name="pool")
    yield net(cat(1), "concat(dim=1)", of=["one", "three", "five", "pool"])

    net = Net("A small U-Net", (1, 64, 64))
    net(nn.Conv2d(1, 16, 3, padding=1), name="e1")(nn.MaxPool2d(2))(nn.Conv2d(16, 32, 3, padding=1), name="e2")
    net(nn.MaxPool2d(2))(nn.Conv2d(32, 64, 3, padding=1), name="bottom")(nn.ConvTranspose2d(64, 32, 2, 2), name="u2")
    net(cat(1), "cat(dim=1)", name="c2", of=["u2", "e2"])(nn.Conv2d(64, 32, 3, padding=1))
    net(nn.ConvTranspose2d(32, 16, 2, stride=2), name="u1")(cat(1), "concat(dim=1)", name="c1", of=["u1", "e1"])
    yield net(nn.Conv2d(32, 16, 3, padding=1))(nn.Conv2d(16, 2, 1))

    net = Net("The generator of a DCGAN", (100, 1, 1))
    net(nn.ConvTranspose2d(100, 512, 4, 1, 0, bias=False))(nn.BatchNorm2d(512))(nn.ReLU())
    net(nn.ConvTranspose2d(512, 256, 4, 2, 1, bias=False))(nn.BatchNorm2d(256))
    net(nn.ConvTranspose2d(256, 128, 4, 2, 1, bias=False))(nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False))
    yield net(nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False))(nn.Tanh())

    net = Net("The discriminator of a DCGAN", (3, 64, 64))
    net(nn.Conv2d(3, 64, 4, 2, 1, bias=False))(nn.LeakyReLU(0.2, inplace=True))(nn.Conv2d(64, 128, 4, 2, 1, bias=False))
    net(nn.BatchNorm2d(128))(nn.Conv2d(128, 256, 4, 2, 1))(nn.Conv2d(256, 512, 4, 2, 1))(nn.Conv2d(512, 1, 4, 1, 0))
    yield net(nn.Sigmoid())(nn.Flatten())

    net = Net("An LSTM classifier of token sequences", (50,), tokens=1000)
    lstm = nn.LSTM(64, 128, num_layers=2, batch_first=True, bidirectional=True)
    net(nn.Embedding(1000, 64))(first(lstm), repr(lstm))(lambda x: x[:, -1], "select(dim=1, index=-1)")
    yield net(nn.Dropout(0.5))(nn.Linear(256, 2))

    net = Net("A transformer encoder for classification", (20,), tokens=500)
    layer = nn.TransformerEncoderLayer(64, 4, 256, batch_first=True)
    text = "TransformerEncoderLayer(64, 4, dim_feedforward=256, batch_first=True)"
    net(nn.Embedding(500, 64))(layer, text)(
        nn.TransformerEncoder(layer, 3), f"TransformerEncoder({text}, num_layers=3)"
    )
    yield net(nn.LayerNorm(64))(lambda x: x.mean(1), "mean(dim=1)")(nn.Linear(64, 5))

    net = Net("A squeeze-and-excitation block", (32, 16, 16))
    net(nn.AdaptiveAvgPool2d(1))(nn.Flatten())(nn.Linear(32, 8))(nn.ReLU())(nn.Linear(8, 32))(nn.Sigmoid())
    net(nn.Unflatten(1, (32, 1, 1)), "Unflatten(dim=1, unflattened_size=(32, 1, 1))", name="gate")
    yield net(lambda a, b: a * b, "mul", of=["input", "gate"])

    net = Net("A dense block of DenseNet", (16, 12, 12))
    names = ["input"]
    for index in range(4):
        wide = 16 + 12 * index
        if index:
            net(cat(1), "concat(dim=1)", name=f"cat{index}", of=list(names))
        net(nn.BatchNorm2d(wide), of=f"cat{index}" if index else "input")(nn.ReLU())
        net(nn.Conv2d(wide, 12, 3, padding=1, bias=False), name=f"new{index}")
        names.append(f"new{index}")
    yield net(cat(1), "concat(1)", of=names)(nn.Conv2d(64, 32, 1))(nn.AvgPool2d(2))

    net = Net("A multilayer perceptron on flattened digits", (1, 28, 28))
    net(nn.Flatten())(nn.Linear(784, 300))(nn.ReLU())(nn.BatchNorm1d(300))(nn.Dropout(0.2))(nn.Linear(300, 100))
    yield net(nn.PReLU())(nn.Linear(100, 10, bias=False))(nn.LogSoftmax(dim=1))

    net = Net("A siamese network shares its convolution", (3, 20, 20), (3, 20, 20), names=("left", "right"))
    net(nn.Conv2d(3, 8, 3), name="conv", of="left")(nn.Flatten(), name="flat")
    net.again("conv", of="right", name="conv_again")(nn.Flatten(), name="flat_again")
    net(cat(1), "concat(dim=1)", of=["flat", "flat_again"])
    yield net(nn.Linear(5184, 1))

    net = Net("An autoencoder of images", (3, 32, 32))
    net(nn.Conv2d(3, 12, 4, 2, 1))(nn.Conv2d(12, 24, 4, 2, 1))(nn.Conv2d(24, 48, 4, 2, 1))(nn.Flatten())
    net(nn.Linear(768, 20))(nn.Linear(20, 768))(nn.Unflatten(1, (48, 4, 4)), "Unflatten(1, (48, 4, 4))")
    yield net(nn.ConvTranspose2d(48, 24, 4, 2, 1))(nn.ConvTranspose2d(24, 3, 8, 4, 2))

    net = Net("WaveNet's dilated convolutions", (1, 256))
    net(nn.Conv1d(1, 32, 2, padding=1))
    for power in range(1, 6):
        net(nn.Conv1d(32, 32, 2, dilation=2**power, padding=2 ** (power - 1)))
    yield net(nn.GLU(dim=1))(nn.Conv1d(16, 10, 1))(nn.AdaptiveMaxPool1d(4))

    net = Net("C3D's first layers on a video", (3, 16, 56, 56))
    net(nn.Conv3d(3, 64, 3, padding=1))(nn.MaxPool3d((1, 2, 2), (1, 2, 2)))(nn.Conv3d(64, 128, (3, 3, 3), padding=1))
    yield net(nn.BatchNorm3d(128))(nn.MaxPool3d(2))(nn.AvgPool3d(2, ceil_mode=True))(nn.Conv3d(128, 8, (1, 3, 3)))

    net = Net("A super-resolution network with a pixel shuffle", (1, 24, 24))
    net(nn.Conv2d(1, 64, 5, padding="same"), "Conv2d(1, 64, kernel_size=5, padding='same')")
    yield net(nn.Conv2d(64, 9, 3, padding=1))(nn.PixelShuffle(3))(nn.PixelUnshuffle(2))(nn.Upsample(scale_factor=2.5))

    net = Net("A transformer with encoder and decoder", (10, 32), (7, 32), names=("source", "target"))
    net(
        nn.Transformer(32, 4, 2, 3, 64, batch_first=True),
        "Transformer(d_model=32, nhead=4, num_encoder_layers=2, num_decoder_layers=3, dim_feedforward=64, "
        "batch_first=True)",
        of=["source", "target"],
        name="all",
    )
    decoder = nn.TransformerDecoderLayer(32, 4, 48, batch_first=True, bias=False)
    net(decoder, "TransformerDecoderLayer(32, 4, 48, batch_first=True, bias=False)", of=["all", "source"], name="d1")
    stack = nn.TransformerDecoder(nn.TransformerDecoderLayer(32, 2, 16, batch_first=True), 2, nn.LayerNorm(32))
    yield net(
        stack,
        "TransformerDecoder(TransformerDecoderLayer(32, 2, 16), num_layers=2, norm=LayerNorm(32))",
        of=["d1", "all"],
    )

    net = Net("A sequence-to-sequence model with attention", (12, 24), (9, 16), names=("source", "target"))
    gru, attention = (
        nn.GRU(24, 40, batch_first=True, bidirectional=True),
        nn.MultiheadAttention(16, 4, kdim=80, vdim=80, batch_first=True),
    )
    net(first(gru), "GRU(24, 40, batch_first=True, bidirectional=True)", of="source", name="encoded")
    net(first(nn.GRU(16, 16, 2, batch_first=True)), "GRU(16, 16, num_layers=2)", of="target", name="decoded")
    net(attend(attention, 2), "MultiheadAttention(16, 4, kdim=80, vdim=80)", of=["decoded", "encoded"], name="seen")
    yield net(cat(2), "concat(dim=2)", of=["decoded", "seen"])(nn.Linear(32, 100))


def layers_one_by_one() -> Iterator[Net]:
    """Layers with unusual arguments, a few a network."""
    net = Net("Recurrent layers with projections, no bias, one direction", (11, 20))
    net(first(nn.LSTM(20, 32, batch_first=True)), "LSTM(20, 32)")
    net(
        first(nn.LSTM(20, 32, 2, batch_first=True, proj_size=8, bidirectional=True)),
        "LSTM(20, 32, 2, batch_first=True, proj_size=8, bidirectional=True)",
        of="input",
    )
    net(first(nn.RNN(16, 10, 3, bias=False, batch_first=True)), "RNN(16, 10, num_layers=3, bias=False)")
    net(first(nn.GRU(10, 5, batch_first=True, bidirectional=True)), "GRU(10, 5, batch_first=True, bidirectional=True)")
    yield net(lambda x: x[:, 3], "select(1, 3)")(nn.GRUCell(10, 6))

    net = Net("Attention of one, two and three inputs", (6, 24), (9, 24), names=("q", "k"))
    net(attend(nn.MultiheadAttention(24, 3, batch_first=True), 1), "MultiheadAttention(24, 3)", of="q", name="own")
    net(
        attend(nn.MultiheadAttention(24, 3, bias=False, batch_first=True), 2),
        "MultiheadAttention(24, num_heads=3, bias=False)",
        of=["q", "k"],
        name="other",
    )
    yield net(
        attend(nn.MultiheadAttention(24, 3, add_bias_kv=True, batch_first=True), 3),
        "MultiheadAttention(24, 3, add_bias_kv=True)",
        of=["own", "k", "k"],
    )

    net = Net("Normalisations of an image", (12, 10, 14))
    net(nn.GroupNorm(4, 12))(nn.InstanceNorm2d(12))(nn.InstanceNorm2d(12, affine=True))(nn.LayerNorm((12, 10, 14)))
    net(nn.LayerNorm([14], bias=False), "LayerNorm([14], bias=False)")(nn.LocalResponseNorm(5))(nn.RMSNorm((10, 14)))
    yield net(nn.BatchNorm2d(12, affine=False))(nn.LayerNorm(14, elementwise_affine=False))(nn.PReLU(12))

    net = Net("Paddings of an image", (2, 9, 11))
    net(nn.ZeroPad2d((1, 2, 3, 4)))(nn.ReflectionPad2d(2))(nn.ReplicationPad2d((1, 0, 0, 1)))
    yield net(nn.ConstantPad2d((-1, -2, 0, 0), 3.5), "ConstantPad2d((-1, -2, 0, 0), 3.5)")(nn.CircularPad2d(1))

    net = Net("Upsampling of an image", (4, 5, 6))
    net(nn.Upsample(scale_factor=2))(nn.Upsample(size=(7, 9), mode="bilinear"))
    net(nn.Upsample(scale_factor=(1.5, 2), mode="bilinear", align_corners=True))
    yield net(nn.UpsamplingNearest2d(scale_factor=3))(nn.UpsamplingBilinear2d(size=10), "UpsamplingBilinear2d(size=10)")

    net = Net("Windows as columns and back", (3, 10, 12))
    yield net(nn.Unfold(3, padding=1, stride=2))(nn.Fold((10, 12), 3, padding=1, stride=2))(
        nn.Unfold((2, 3), dilation=2)
    )

    net = Net("Axes moved, cut and merged", (4, 6, 8))
    net(lambda x: x.permute(0, 3, 1, 2), "permute(0, 3, 1, 2)")(lambda x: x[:, 1:4], "slice(dim=1, start=1, length=3)")
    net(lambda x: x.transpose(1, 3), "transpose(1, 3)")(nn.Flatten(2))(lambda x: x.mean(-1), "mean(-1)", name="means")
    net(lambda x: x.unsqueeze(2), "unsqueeze(2)")(lambda x: x.squeeze(-1), "squeeze()")
    yield net(lambda x: x.reshape(-1, 2, 3), "reshape(-1, 2, 3)")(
        lambda x: x.mean([1, 2], keepdim=True), "mean(dim=[1, 2], keepdim=True)"
    )

    net = Net("Transposed convolutions with output padding, groups and dilation", (8, 7, 9))
    net(nn.ConvTranspose2d(8, 16, 3, stride=2, padding=1, output_padding=1))
    net(nn.ConvTranspose2d(16, 8, (3, 5), groups=4, dilation=2, bias=False))
    yield net(nn.ConvTranspose2d(8, 4, 4, stride=3, padding=(2, 0), output_padding=(2, 1), groups=2))

    net = Net("Transposed convolutions in one and three dimensions", (4, 10))
    yield net(nn.ConvTranspose1d(4, 6, 5, 3, 2, 1))(nn.ConvTranspose1d(6, 2, 2, 2))
    yield Net("A transposed convolution of a volume", (2, 3, 4, 5))(nn.ConvTranspose3d(2, 3, (2, 3, 4), 2, 1))

    net = Net("Poolings that round up", (3, 23, 30))
    net(nn.MaxPool2d(3, 2, 1, ceil_mode=True))(nn.AvgPool2d(2, 2, ceil_mode=True))(nn.MaxPool2d(2, 3, ceil_mode=True))
    yield net(nn.LPPool2d(2, 2, ceil_mode=True), "LPPool2d(norm_type=2, kernel_size=2, ceil_mode=True)")

    net = Net("Poolings with dilation, adaptive sizes and kept axes", (3, 40, 33))
    net(nn.MaxPool2d((3, 2), stride=(2, 1), padding=(1, 0), dilation=(2, 3)))(nn.AdaptiveMaxPool2d((None, 7)))
    yield net(nn.AdaptiveAvgPool2d((5, 5)))(nn.AvgPool2d(3, 1, 1, count_include_pad=False))(nn.AdaptiveAvgPool2d(1))

    net = Net("A max-unpooling doubles an image", (3, 8, 8))
    unpool = nn.MaxUnpool2d(2)
    yield net(lambda x: unpool(x, torch.zeros_like(x, dtype=torch.long)), "MaxUnpool2d(2)")(nn.Conv2d(3, 4, 3))

    net = Net("Fractional poolings", (2, 21, 30))
    yield net(nn.FractionalMaxPool2d(2, output_size=(15, 17)), "FractionalMaxPool2d(2, output_size=(15, 17))")(
        nn.FractionalMaxPool2d(3, output_ratio=0.7), "FractionalMaxPool2d(3, output_ratio=0.7)"
    )

    net = Net("Sequences of channels", (6, 50))
    net(nn.Conv1d(6, 12, 5, stride=2, padding=2, groups=3))(nn.BatchNorm1d(12))(nn.MaxPool1d(3))(nn.ZeroPad1d(2))
    yield net(nn.AvgPool1d(4, 2, 1))(nn.Dropout1d(0.1))(nn.AdaptiveAvgPool1d(3))(nn.Upsample(scale_factor=2))

    net = Net("Two vectors in a bilinear map", (20,), (30,), names=("x1", "x2"))
    yield net(nn.Bilinear(20, 30, 8), of=["x1", "x2"])(nn.GELU())(nn.Identity())(nn.Linear(8, 3))

    net = Net("Activations leave everything as it is", (8, 6, 6))
    for layer in (
        nn.ELU(),
        nn.SELU(),
        nn.CELU(),
        nn.SiLU(),
        nn.Mish(),
        nn.Softplus(),
        nn.Softsign(),
        nn.Hardtanh(),
        nn.Hardswish(),
        nn.Hardsigmoid(),
        nn.LogSigmoid(),
        nn.Tanhshrink(),
        nn.Softshrink(),
        nn.Hardshrink(),
        nn.RReLU(),
        nn.Threshold(0.1, 20),
        nn.Softmax(dim=1),
        nn.Softmax2d(),
        nn.Softmin(dim=-1),
        nn.AlphaDropout(),
        nn.Dropout2d(),
        nn.FeatureAlphaDropout(),
        nn.ChannelShuffle(2),
    ):
        net(layer)
    yield net(nn.GLU(1))

    net = Net("A bag of embeddings", (30,), tokens=50)
    yield net(nn.EmbeddingBag(50, 12))(nn.Linear(12, 3))


def random_networks(count: int) -> Iterator[Net]:
    """Chains and branches of random convolutions and poolings, some of them transposed."""
    for seed in range(count):
        draw = random.Random(seed)
        dims = draw.choice((1, 2, 2, 2, 3))
        conv = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[dims - 1]
        pools = ((nn.MaxPool1d, nn.AvgPool1d), (nn.MaxPool2d, nn.AvgPool2d), (nn.MaxPool3d, nn.AvgPool3d))[dims - 1]
        up = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)[dims - 1]
        norm = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[dims - 1]
        channels = draw.choice((1, 2, 3, 4))
        size = (64, 33, 14)[dims - 1]
        net = Net(
            f"Random network {seed} in {dims} dimension(s)",
            (channels, *(size + draw.randrange(5) for _ in range(dims))),
        )
        for _ in range(draw.randrange(6, 16)):
            here = net.values[net.last]
            shape, channels = here.shape[2:], here.shape[1]
            least = min(shape)
            kind = draw.choice(("conv", "conv", "conv", "pool", "norm", "act", "up", "branch"))
            per_axis = draw.random() < 0.4

            def pick(
                low: int, high: int, axes: int = dims if per_axis else 0, draw: random.Random = draw
            ) -> int | tuple[int, ...]:
                return tuple(draw.randint(low, high) for _ in range(axes)) if axes else draw.randint(low, high)

            if kind == "conv" and least >= 5:
                groups = draw.choice([g for g in (1, 1, 2, 3, 4) if channels % g == 0])
                dilation = 2 if least >= 11 and draw.random() < 0.25 else 1
                net(
                    conv(
                        channels,
                        groups * draw.randint(1, 6),
                        pick(1, 4),
                        pick(1, 2),
                        pick(0, 2),
                        dilation,
                        groups,
                        draw.random() < 0.7,
                    )
                )
            elif kind == "pool" and least >= 4:
                pool = draw.choice(pools)
                net(
                    pool(
                        draw.choice((2, 3)),
                        draw.choice((None, 1, 2, 3)),
                        draw.choice((0, 1)),
                        ceil_mode=draw.random() < 0.3,
                    )
                )
            elif kind == "up" and max(shape) < 40 and here.numel() < 40_000:
                stride = draw.choice((1, 2, 3))
                net(
                    up(
                        channels,
                        draw.randint(1, 4),
                        draw.randint(2, 4),
                        stride,
                        draw.choice((0, 1)),
                        0 if stride == 1 else 1,
                    )
                )
            elif kind == "norm":
                net(norm(channels))
            elif kind == "act":
                net(draw.choice((nn.ReLU(), nn.Tanh(), nn.LeakyReLU(0.1), nn.Dropout(0.3))))
            elif kind == "branch" and least >= 3:
                start, odd, label = net.last, draw.choice((3, 5)), f"branch{len(net.rows)}"
                net(conv(channels, channels, odd, padding=odd // 2), name=f"{label}a", of=start)
                net(conv(channels, channels, 1), name=f"{label}b", of=start)
                if draw.random() < 0.5:
                    net(add, "add", of=[f"{label}a", f"{label}b"])
                else:
                    net(cat(1), "concat(dim=1)", of=[f"{label}b", f"{label}a", start])
        if draw.random() < 0.5:
            net(nn.Flatten())
            net(nn.Linear(net.values[net.last].shape[1], 10))
        yield net


def fields() -> Iterator[Net]:
    """Receptive fields, on inputs large enough that no window meets both borders."""
    net = Net("Receptive fields of the features of LeNet-5", (1, 48, 40))
    yield net(nn.Conv2d(1, 2, 5))(nn.AvgPool2d(2))(nn.Conv2d(2, 2, 5))(nn.MaxPool2d(2))(nn.Conv2d(2, 3, 5)).reach()

    net = Net("Receptive fields of VGG's first blocks", (1, 96, 96))
    for width in (2, 2, 0, 2, 2, 0, 2, 2, 2, 0):
        net(nn.Conv2d(net.values[net.last].shape[1], width, 3, padding=1) if width else nn.MaxPool2d(2))
    yield net.reach()

    net = Net("Receptive fields of a residual network", (1, 128))
    net(nn.Conv1d(1, 2, 7, 2, 3))(nn.MaxPool1d(3, 2, 1), name="stem")
    net(nn.Conv1d(2, 2, 3, padding=1))(nn.Conv1d(2, 2, 3, padding=1), name="a")(add, "add", name="s", of=["a", "stem"])
    net(nn.Conv1d(2, 4, 3, 2, 1))(nn.Conv1d(4, 4, 3, padding=1), name="b")(nn.Conv1d(2, 4, 1, 2), name="c", of="s")
    yield net(add, "add", of=["b", "c"]).reach()

    net = Net("Receptive fields of an inception module", (2, 30, 36))
    net(nn.Conv2d(2, 2, 3, 2), name="in")(nn.Conv2d(2, 1, 1), name="one")
    net(nn.Conv2d(2, 1, (1, 3), padding=(0, 1)), name="wide", of="in")
    net(nn.Conv2d(2, 1, (5, 1), padding=(2, 0)), name="tall", of="in")(cat(1), "concat(1)", of=["one", "wide", "tall"])
    yield net(nn.Conv2d(3, 1, 3)).reach()

    net = Net("Receptive fields of branches that lie apart", (1, 60))
    net(nn.Conv1d(1, 1, 3), name="left")(lambda x: x[:, :, :50], "slice(2, 0, 50)", name="l")
    net(lambda x: x[:, :, 6:56], "slice(dim=2, start=6, length=50)", name="r", of="left")
    yield net(add, "add", of=["l", "r"])(nn.Conv1d(1, 1, 2)).reach()

    net = Net("Receptive fields of dilated convolutions", (1, 100))
    for power in range(5):
        net(nn.Conv1d(1, 1, 3, dilation=2**power, padding=2**power))
    yield net.reach()

    net = Net("Receptive fields behind upsampling", (1, 80))
    net(nn.Conv1d(1, 2, 3, 2, 1), name="down")(nn.Conv1d(2, 2, 3, 2, 1))(nn.ConvTranspose1d(2, 2, 4, 2, 1))
    net(nn.Conv1d(2, 2, 3, padding=1), name="up")(add, "add", of=["up", "down"])(nn.Upsample(scale_factor=2))
    yield net(nn.Conv1d(2, 1, 5))(nn.MaxPool1d(3, 3))(nn.Conv1d(1, 1, 2)).reach()

    net = Net("Receptive fields of a small U-Net", (1, 96))
    net(nn.Conv1d(1, 2, 3, padding=1), name="e1")(nn.MaxPool1d(2))(nn.Conv1d(2, 2, 3, padding=1), name="e2")
    net(nn.MaxPool1d(2))(nn.Conv1d(2, 2, 3, padding=1))(nn.ConvTranspose1d(2, 2, 2, 2), name="u2")
    net(cat(1), "concat(1)", of=["u2", "e2"])(nn.Conv1d(4, 2, 3, padding=1))(nn.ConvTranspose1d(2, 2, 2, 2), name="u1")
    yield net(cat(1), "concat(1)", of=["u1", "e1"])(nn.Conv1d(4, 2, 3, padding=1)).reach()

    net = Net("Receptive fields behind interpolation, shuffles and padding layers", (4, 40, 40))
    net(nn.Conv2d(4, 4, 3))(nn.PixelShuffle(2))(nn.Conv2d(1, 1, 3))(nn.PixelUnshuffle(2))
    yield net(nn.ZeroPad2d((2, 0, 1, 0)))(nn.Conv2d(4, 1, 3)).reach()

    net = Net("Receptive fields of what mixes everything", (1, 20, 24))
    net(nn.Conv2d(1, 2, 3), name="c")(nn.AdaptiveAvgPool2d(1))(nn.Flatten())(nn.Linear(2, 2))
    net(nn.Flatten(), of="c")(nn.Linear(18 * 22 * 2, 3))
    yield net(nn.Linear(22, 4), of="c")(lambda x: x[:, :, 4], "select(2, 4)")(lambda x: x.mean(1), "mean(1)").reach()

    net = Net("Receptive fields of adaptive pooling", (1, 23, 24))
    yield net(nn.Conv2d(1, 1, 3, padding=1))(nn.AdaptiveMaxPool2d((5, 6)))(nn.Conv2d(1, 1, 1)).reach()

    net = Net("Receptive fields behind bilinear interpolation", (1, 30, 34))
    net(nn.Conv2d(1, 1, 3))(nn.Upsample(scale_factor=2, mode="bilinear"))
    yield net(nn.Conv2d(1, 1, 3, 2))(nn.Upsample(scale_factor=2)).reach()


def random_fields(count: int) -> Iterator[Net]:
    """Receptive fields of random networks in one dimension, as long as no window meets both borders."""
    for seed in range(count):
        draw = random.Random(1000 + seed)
        net = Net(f"Receptive fields of random network {seed}", (1, 160))
        for _ in range(draw.randrange(4, 9)):
            channels, size = net.values[net.last].shape[1:]
            if size < 30:
                break
            kind = draw.choice(("conv", "conv", "pool", "up", "branch", "shift"))
            if kind == "conv":
                net(
                    nn.Conv1d(
                        channels, 1, draw.randint(1, 4), draw.randint(1, 2), draw.randint(0, 2), draw.randint(1, 2)
                    )
                )
            elif kind == "pool":
                net(nn.MaxPool1d(draw.randint(2, 3), draw.randint(1, 3), draw.randint(0, 1)))
            elif kind == "up" and size < 120:
                stride = draw.randint(1, 3)
                net(nn.ConvTranspose1d(channels, 1, draw.randint(stride, 5), stride, draw.randint(0, 1)))
            elif kind == "branch":
                start, label, odd = net.last, f"branch{len(net.rows)}", draw.choice((3, 5))
                net(nn.Conv1d(channels, 1, odd, padding=odd // 2), name=f"{label}a", of=start)
                net(nn.MaxPool1d(2, 1, 1), name=f"{label}b", of=start)
                length = net.values[f"{label}a"].shape[2] - 2
                net(lambda x, n=length: x[:, :, 2 : 2 + n], f"slice(2, 2, {length})", name=f"{label}c", of=f"{label}a")
                net(lambda x, n=length: x[:, :, 0:n], f"slice(2, 0, {length})", name=f"{label}d", of=f"{label}b")
                net(cat(1), "concat(dim=1)", of=[f"{label}c", f"{label}d"])
            elif kind == "shift":
                net(nn.ZeroPad1d((draw.randint(0, 3), draw.randint(0, 3))))
        if net.rows and max(row["receptive_field"][0] for row in net.reach().rows) < 70:  # type: ignore[index]
            yield net


def write(stem: str, nets: Iterator[Net]) -> None:
    """One file of cases."""
    text = "\n".join(net.written() for net in nets)
    note = f"# From PyTorch {torch.__version__.partition('+')[0]} by tests/oracles/layers_torch.py; not to be edited.\n"
    (CASES / f"torch_{stem}.yaml").write_text(note + text + "\n", encoding="utf-8")


def signatures() -> str:
    """Every layer's arguments in order, as YAML: the name, and the default where there is one."""
    lines = []
    for name in sorted(dir(nn)):
        layer = getattr(nn, name)
        if inspect.isclass(layer) and issubclass(layer, nn.Module) and not name.endswith("Loss"):
            found = list(inspect.signature(layer.__init__).parameters.values())[1:]
            if all(item.kind in (item.POSITIONAL_OR_KEYWORD, item.KEYWORD_ONLY) for item in found):
                named = [item.name for item in found if item.name not in ("device", "dtype")]
                lines.append(f"{name}: [{', '.join(named)}]")
    return "\n".join(lines)


if __name__ == "__main__":
    (CASES / "signatures_torch.yaml").write_text(signatures() + "\n", encoding="utf-8")
    write("networks", classics())
    write("layers", layers_one_by_one())
    write("random", random_networks(60))
    write("receptive_fields", fields())
    write("receptive_fields_random", random_fields(60))
