"""How the classes that everybody prints call their modules: one table, from the classes' own sources.

A class counts as known only where its modules have the names of the table. Sources: ``torch.nn.modules.transformer``
of PyTorch; ``torchvision.models`` (alexnet, densenet, efficientnet, googlenet, mobilenetv2, mobilenetv3, resnet,
squeezenet, vgg) and ``torchvision.ops.misc``; the BasicBlock with a ``shortcut`` is that of kuangliu's
pytorch-cifar.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from examgrad.layers.models.printed import Module, leaves

if TYPE_CHECKING:
    from examgrad.layers.models.unrolled import Unrolled

SEQUENTIAL: Final = frozenset(
    "Sequential ConvBNReLU ConvBNActivation ConvNormActivation Conv2dNormActivation Conv3dNormActivation MLP "
    "_Transition".split()
)
"""``Sequential`` and torchvision's classes that are one."""
WRAPPERS: Final = frozenset("DataParallel DistributedDataParallel OptimizedModule".split())
_CONVOLUTION: Final = re.compile(r"Conv2d\((\d+), (\d+), .*?stride=\((\d+), (\d+)\)")


class Calls:
    """One module of a known class, whose modules are called one by one from ``source`` on."""

    def __init__(self, unrolled: Unrolled, module: Module, path: str, source: str) -> None:
        self.unrolled = unrolled
        self.module = module
        self.path = path
        self.source = source

    def has(self, name: str) -> bool:
        """Whether there is a module of that name."""
        return name in self.module.names

    def run(self, names: str | Sequence[str], start: str | None = None, also: Sequence[str] = ()) -> str:
        """Call modules one after the other, those that are there; ``also`` are further inputs of the first."""
        source = start or self.source
        for name in names.split() if isinstance(names, str) else names:
            if self.has(name):
                path = self._path(name)
                source = self.unrolled.run(self.module[name], path, source)
                if also:
                    self.unrolled.entries[-1]["from"] = [start or self.source, *also]
                    also = ()
        return source

    def merge(self, operation: str, *sources: str) -> str:
        """A sum, product or concatenation."""
        return self.unrolled.emit(self._path(operation.partition("(")[0]), operation, sources)

    def call(self, name: str, text: str, source: str) -> str:
        """A functional operation, which is not printed."""
        return self.unrolled.emit(self._path(name), text, [source])

    def _path(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


@dataclass(frozen=True)
class Known:
    """A class by the names of its modules (``name?`` may be missing, ``name*`` is numbered) and how it calls them."""

    names: str
    calls: Callable[[Calls], str]

    def fits(self, names: Collection[str]) -> bool:
        """Whether a module with these names is the known class."""
        wanted = self.names.split()
        needed = {name for name in wanted if name[-1] not in "?*"}
        numbered = tuple(name[:-1] for name in wanted if name[-1] == "*")
        optional = {name[:-1] for name in wanted if name[-1] == "?"}
        rest = set(names) - needed - optional
        return needed <= set(names) and all(re.sub(r"\d+$", "", name) in numbered for name in rest)


def in_order(calls: Calls) -> str:
    """One after the other, as printed."""
    return calls.run(calls.module.names)


# -- residual blocks ---------------------------------------------------------------------------------------------------


def basic_block(calls: Calls) -> str:
    """Two convolutions and a shortcut."""
    branch = calls.run("conv1 bn1 relu conv2 bn2")
    shortcut = calls.run("downsample shortcut")
    return calls.run("relu", calls.merge("add", branch, shortcut))


def bottleneck(calls: Calls) -> str:
    """Convolutions of 1×1, 3×3, 1×1 and a shortcut."""
    branch = calls.run("conv3 bn3", calls.run("conv2 bn2 relu", calls.run("conv1 bn1 relu")))
    shortcut = calls.run("downsample shortcut")
    return calls.run("relu", calls.merge("add", branch, shortcut))


def inverted_residual(calls: Calls) -> str:
    """A block with a shortcut where it keeps the shape: as many channels out as in, and no stride."""
    branch = calls.run(calls.module.names)
    found = [_CONVOLUTION.match(module.text) for _, module in leaves([calls.module])]
    convolutions = [match.groups() for match in found if match]
    plain = [size for size in convolutions if size[2:] != ("1", "1")] == []
    if convolutions and plain and convolutions[0][0] == convolutions[-1][1]:
        return calls.merge("add", branch, calls.source)
    return branch


def squeeze_excitation(calls: Calls) -> str:
    """A weight for every channel, from the channels' means."""
    weights = calls.run("avgpool fc1 activation fc2 scale_activation")
    return calls.merge("mul", calls.source, weights)


# -- branches ----------------------------------------------------------------------------------------------------------


def fire(calls: Calls) -> str:
    """SqueezeNet's: a squeeze, then 1×1 and 3×3 side by side."""
    squeezed = calls.run("squeeze squeeze_activation")
    one = calls.run("expand1x1 expand1x1_activation", squeezed)
    three = calls.run("expand3x3 expand3x3_activation", squeezed)
    return calls.merge("concat(dim=1)", one, three)


def inception(calls: Calls) -> str:
    """GoogLeNet's four branches side by side."""
    return calls.merge("concat(dim=1)", *(calls.run(f"branch{number}") for number in (1, 2, 3, 4)))


def basic_conv(calls: Calls) -> str:
    """GoogLeNet's convolution, normalised and rectified."""
    return calls.call("relu", "ReLU()", calls.run("conv bn"))


def dense_block(calls: Calls) -> str:
    """DenseNet's: every layer sees the outputs of all before it."""
    features = [calls.source]
    source = calls.source
    for name in calls.module.names:
        features.append(calls.run([name], source))
        source = calls.merge("concat(dim=1)", *features)
    return source


# -- whole networks ----------------------------------------------------------------------------------------------------


def mobilenet_v2(calls: Calls) -> str:
    """Features, their means, a classifier."""
    return calls.run("classifier", calls.call("pool", "AdaptiveAvgPool2d(1)", calls.run("features")))


def densenet(calls: Calls) -> str:
    """Features, rectified, their means, a classifier."""
    features = calls.call("relu", "ReLU()", calls.run("features"))
    return calls.run("classifier", calls.call("pool", "AdaptiveAvgPool2d(1)", features))


# -- transformers ------------------------------------------------------------------------------------------------------


def encoder_layer(calls: Calls) -> str:
    """Self-attention and a feed-forward part (the norms are taken to stand behind, ``norm_first=False``)."""
    attended = calls.run("self_attn dropout1")
    source = calls.run("norm1", calls.merge("add", calls.source, attended))
    fed = calls.run("linear1 activation dropout linear2 dropout2", source)
    return calls.run("norm2", calls.merge("add", source, fed))


def decoder_layer(calls: Calls) -> str:
    """Self-attention, attention to the memory, a feed-forward part."""
    memory = _memory(calls)
    attended = calls.run("self_attn dropout1")
    source = calls.run("norm1", calls.merge("add", calls.source, attended))
    looked = calls.run("dropout2", calls.run("multihead_attn", source, [memory] if memory != source else []))
    source = calls.run("norm2", calls.merge("add", source, looked))
    fed = calls.run("linear1 activation dropout linear2 dropout3", source)
    return calls.run("norm3", calls.merge("add", source, fed))


def _memory(calls: Calls) -> str:
    """What a decoder attends to: the encoder's output, or the model's first input of several."""
    unrolled = calls.unrolled
    if unrolled.memory:
        return unrolled.memory
    if len(unrolled.inputs) > 1:
        return unrolled.inputs[0]
    unrolled.warn(
        "the decoder's memory is taken to be as long as its own input (give a second input for another length; no "
        "shape or parameter depends on it)",
        calls.module,
    )
    return calls.source


def stack(calls: Calls) -> str:
    """Transformer layers one after the other, and a norm."""
    source = calls.source
    layers = calls.module["layers"]
    for name in layers.names:
        source = calls.unrolled.run(layers[name], f"{calls.path}.layers.{name}".lstrip("."), source)
    return calls.run("norm", source)


def transformer(calls: Calls) -> str:
    """Encoder and decoder; the model's inputs are source and target, or one for both."""
    unrolled = calls.unrolled
    unrolled.memory = calls.run("encoder")
    target = unrolled.inputs[1] if len(unrolled.inputs) > 1 else calls.source
    if target == calls.source:
        unrolled.warn("source and target are taken to be the one input", calls.module, "give two inputs")
    result = calls.run("decoder", target)
    unrolled.memory = ""
    return result


_BASIC, _BOTTLENECK = "conv1 bn1 conv2 bn2", "conv1 bn1 conv2 bn2 conv3 bn3"
_SHORTCUT: Final = "relu? downsample? shortcut?"
_GOOGLENET: Final = (
    "conv1 maxpool1 conv2 conv3 maxpool2 inception3a inception3b maxpool3 inception4a inception4b inception4c "
    "inception4d inception4e maxpool4 inception5a inception5b avgpool dropout fc"
)
_ENCODER: Final = "self_attn linear1 linear2 norm1 norm2 dropout? dropout1? dropout2? activation?"

KNOWN: Final[dict[str, tuple[Known, ...]]] = {
    "AlexNet": (Known("features avgpool classifier", in_order),),
    "BasicBlock": (Known(f"{_BASIC} {_SHORTCUT}", basic_block),),
    "BasicConv2d": (Known("conv bn", basic_conv),),
    "Bottleneck": (Known(f"{_BOTTLENECK} {_SHORTCUT}", bottleneck),),
    "DenseNet": (Known("features classifier", densenet),),
    "EfficientNet": (Known("features avgpool classifier", in_order),),
    "Fire": (Known("squeeze squeeze_activation expand1x1 expand1x1_activation expand3x3 expand3x3_activation", fire),),
    "GoogLeNet": (Known(_GOOGLENET, in_order),),
    "Inception": (Known("branch1 branch2 branch3 branch4", inception),),
    "InvertedResidual": (Known("conv", inverted_residual), Known("block", inverted_residual)),
    "MBConv": (Known("block stochastic_depth?", inverted_residual),),
    "MobileNetV2": (Known("features classifier", mobilenet_v2),),
    "MobileNetV3": (Known("features avgpool classifier", in_order),),
    "ResNet": (Known("conv1 bn1 relu maxpool layer1 layer2 layer3 layer4 avgpool fc", in_order),),
    "SqueezeExcitation": (Known("avgpool fc1 fc2 activation scale_activation", squeeze_excitation),),
    "SqueezeNet": (Known("features classifier", in_order),),
    "Transformer": (Known("encoder decoder", transformer),),
    "TransformerDecoder": (Known("layers norm?", stack),),
    "TransformerDecoderLayer": (Known(f"{_ENCODER} multihead_attn norm3 dropout3?", decoder_layer),),
    "TransformerEncoder": (Known("layers norm?", stack),),
    "TransformerEncoderLayer": (Known(_ENCODER, encoder_layer),),
    "VGG": (Known("features avgpool classifier", in_order),),
    "_DenseBlock": (Known("denselayer*", dense_block),),
    "_DenseLayer": (Known("norm1 relu1 conv1 norm2 relu2 conv2", in_order),),
}
