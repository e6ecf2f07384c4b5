# mypy: ignore-errors
"""Writes tests/cases/models/printed_torch.yaml: what PyTorch prints of models, and its own numbers for them.

Run with a Python that has torch (2.14.1 wrote the file): ``python tests/oracles/printed_torch.py``. Every case holds
``print(model)``, the inputs' shapes without the batch, the parameters of every module that has some, all parameters
together, and the output shape of every module's first call. Models of torchvision are built here by hand
from its sources. What print does not show is left out: the ceil_mode of AvgPool2d, the heads of attention.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
import yaml
from torch import nn

warnings.filterwarnings("ignore")
TARGET = Path(__file__).parents[1] / "cases" / "models" / "printed_torch.yaml"


class BasicBlock(nn.Module):
    def __init__(self, inside, out, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inside, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.downsample = None
        if stride != 1 or inside != out:
            self.downsample = nn.Sequential(nn.Conv2d(inside, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    def __init__(self, inside, width, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inside, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or inside != 4 * width:
            self.downsample = nn.Sequential(
                nn.Conv2d(inside, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width)
            )

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(self.relu(self.bn2(self.conv2(y)))))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """torchvision.models.resnet."""

    def __init__(self, block, counts, width=64, grow=1, classes=1000):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        inside = width
        for number, count in enumerate(counts, 1):
            blocks = []
            for at in range(count):
                blocks.append(block(inside, width, 2 if number > 1 and at == 0 else 1))
                inside = width * grow
            setattr(self, f"layer{number}", nn.Sequential(*blocks))
            width *= 2
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(inside, classes)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class Shortcut(nn.Module):
    """pytorch-cifar's BasicBlock: a Sequential as shortcut, functional ReLU."""

    def __init__(self, inside, out, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inside, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.shortcut = nn.Sequential()
        if stride != 1 or inside != out:
            self.shortcut = nn.Sequential(nn.Conv2d(inside, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + self.shortcut(x))


class Features(nn.Module):
    """AlexNet and VGG of torchvision."""

    def __init__(self, features, pooled, classifier):
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d(pooled)
        self.classifier = classifier

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


class AlexNet(Features):
    def __init__(self):
        features = nn.Sequential(
            nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2),
            nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2),
            nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2),
        )  # fmt: skip
        classifier = nn.Sequential(
            nn.Dropout(), nn.Linear(256 * 6 * 6, 4096), nn.ReLU(inplace=True),
            nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Linear(4096, 1000),
        )  # fmt: skip
        super().__init__(features, (6, 6), classifier)


class VGG(Features):
    def __init__(self, plan, normed=False):
        layers, inside = [], 3
        for width in plan:
            if width == "M":
                layers.append(nn.MaxPool2d(2, 2))
                continue
            layers.append(nn.Conv2d(inside, width, 3, padding=1))
            layers += [nn.BatchNorm2d(width)] if normed else []
            layers.append(nn.ReLU(inplace=True))
            inside = width
        classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096), nn.ReLU(True), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(True),
            nn.Dropout(), nn.Linear(4096, 1000),
        )  # fmt: skip
        super().__init__(nn.Sequential(*layers), (7, 7), classifier)


class Conv2dNormActivation(nn.Sequential):
    def __init__(self, inside, out, size=3, stride=1, groups=1, act=nn.ReLU6):
        layers = [nn.Conv2d(inside, out, size, stride, (size - 1) // 2, groups=groups, bias=False), nn.BatchNorm2d(out)]
        super().__init__(*layers, *([act(inplace=True)] if act else []))


class InvertedResidual(nn.Module):
    def __init__(self, inside, out, stride, expand):
        super().__init__()
        hidden = inside * expand
        layers = [Conv2dNormActivation(inside, hidden, 1)] if expand != 1 else []
        layers += [
            Conv2dNormActivation(hidden, hidden, 3, stride, hidden),
            nn.Conv2d(hidden, out, 1, bias=False),
            nn.BatchNorm2d(out),
        ]
        self.conv = nn.Sequential(*layers)
        self.residual = stride == 1 and inside == out

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileNetV2(nn.Module):
    def __init__(self, width=1.0, classes=1000):
        super().__init__()

        def channels(n):
            new = max(8, int(n * width + 4) // 8 * 8)
            return new + 8 if new < 0.9 * n * width else new

        plan = [
            (1, 16, 1, 1),
            (6, 24, 2, 2),
            (6, 32, 3, 2),
            (6, 64, 4, 2),
            (6, 96, 3, 1),
            (6, 160, 3, 2),
            (6, 320, 1, 1),
        ]
        inside, last = channels(32), channels(1280 * max(1, width) / width) if width < 1 else 1280
        features = [Conv2dNormActivation(3, inside, 3, 2)]
        for expand, out, count, stride in plan:
            for at in range(count):
                features.append(InvertedResidual(inside, channels(out), stride if at == 0 else 1, expand))
                inside = channels(out)
        features.append(Conv2dNormActivation(inside, last, 1))
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(last, classes))

    def forward(self, x):
        return self.classifier(torch.flatten(nn.functional.adaptive_avg_pool2d(self.features(x), (1, 1)), 1))


class SqueezeExcitation(nn.Module):
    def __init__(self, channels, squeezed):
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, channels, 1)
        self.activation = nn.ReLU()
        self.scale_activation = nn.Hardsigmoid()

    def forward(self, x):
        return x * self.scale_activation(self.fc2(self.activation(self.fc1(self.avgpool(x)))))


class Squeezed(nn.Module):
    """MobileNetV3's InvertedResidual."""

    def __init__(self, inside, hidden, out, stride):
        super().__init__()
        self.block = nn.Sequential(
            Conv2dNormActivation(inside, hidden, 1, act=nn.Hardswish),
            Conv2dNormActivation(hidden, hidden, 5, stride, hidden, act=nn.Hardswish),
            SqueezeExcitation(hidden, 8),
            Conv2dNormActivation(hidden, out, 1, act=None),
        )
        self.residual = stride == 1 and inside == out

    def forward(self, x):
        return x + self.block(x) if self.residual else self.block(x)


class Fire(nn.Module):
    def __init__(self, inside, squeeze, one, three):
        super().__init__()
        self.squeeze = nn.Conv2d(inside, squeeze, 1)
        self.squeeze_activation = nn.ReLU(inplace=True)
        self.expand1x1 = nn.Conv2d(squeeze, one, 1)
        self.expand1x1_activation = nn.ReLU(inplace=True)
        self.expand3x3 = nn.Conv2d(squeeze, three, 3, padding=1)
        self.expand3x3_activation = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.squeeze_activation(self.squeeze(x))
        return torch.cat(
            [self.expand1x1_activation(self.expand1x1(x)), self.expand3x3_activation(self.expand3x3(x))], 1
        )


class SqueezeNet(nn.Module):
    """SqueezeNet 1.1."""

    def __init__(self, classes=1000):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 3, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(64, 16, 64, 64), Fire(128, 16, 64, 64), nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(128, 32, 128, 128), Fire(256, 32, 128, 128), nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(256, 48, 192, 192), Fire(384, 48, 192, 192), Fire(384, 64, 256, 256), Fire(512, 64, 256, 256),
        )  # fmt: skip
        self.classifier = nn.Sequential(
            nn.Dropout(0.5), nn.Conv2d(512, classes, 1), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d((1, 1))
        )

    def forward(self, x):
        return torch.flatten(self.classifier(self.features(x)), 1)


class BasicConv2d(nn.Module):
    def __init__(self, inside, out, **how):
        super().__init__()
        self.conv = nn.Conv2d(inside, out, bias=False, **how)
        self.bn = nn.BatchNorm2d(out, eps=0.001)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))


class Inception(nn.Module):
    """GoogLeNet's module 3a by default (with torchvision's 3×3 in its third branch)."""

    def __init__(self, inside=192, one=64, red3=96, three=128, red5=16, five=32, proj=32):
        super().__init__()
        self.branch1 = BasicConv2d(inside, one, kernel_size=1)
        self.branch2 = nn.Sequential(
            BasicConv2d(inside, red3, kernel_size=1), BasicConv2d(red3, three, kernel_size=3, padding=1)
        )
        self.branch3 = nn.Sequential(
            BasicConv2d(inside, red5, kernel_size=1), BasicConv2d(red5, five, kernel_size=3, padding=1)
        )
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1, ceil_mode=True), BasicConv2d(inside, proj, kernel_size=1))

    def forward(self, x):
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class _DenseLayer(nn.Module):
    def __init__(self, inside, growth, size):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inside)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(inside, size * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(size * growth)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(size * growth, growth, 3, padding=1, bias=False)

    def forward(self, features):
        x = self.conv1(self.relu1(self.norm1(torch.cat(features, 1))))
        return self.conv2(self.relu2(self.norm2(x)))


class _DenseBlock(nn.ModuleDict):
    def __init__(self, count, inside, size, growth):
        super().__init__()
        for at in range(count):
            self.add_module(f"denselayer{at + 1}", _DenseLayer(inside + at * growth, growth, size))

    def forward(self, x):
        features = [x]
        for layer in self.values():
            features.append(layer(features))
        return torch.cat(features, 1)


class _Transition(nn.Sequential):
    def __init__(self, inside, out):
        super().__init__()
        self.norm = nn.BatchNorm2d(inside)
        self.relu = nn.ReLU(inplace=True)
        self.conv = nn.Conv2d(inside, out, 1, bias=False)
        self.pool = nn.AvgPool2d(2, 2)


class DenseNet(nn.Module):
    def __init__(self, growth=32, counts=(6, 12, 24, 16), start=64, size=4, classes=1000):
        super().__init__()
        self.features = nn.Sequential()
        self.features.add_module("conv0", nn.Conv2d(3, start, 7, 2, 3, bias=False))
        self.features.add_module("norm0", nn.BatchNorm2d(start))
        self.features.add_module("relu0", nn.ReLU(inplace=True))
        self.features.add_module("pool0", nn.MaxPool2d(3, 2, 1))
        width = start
        for number, count in enumerate(counts, 1):
            self.features.add_module(f"denseblock{number}", _DenseBlock(count, width, size, growth))
            width += count * growth
            if number < len(counts):
                self.features.add_module(f"transition{number}", _Transition(width, width // 2))
                width //= 2
        self.features.add_module("norm5", nn.BatchNorm2d(width))
        self.classifier = nn.Linear(width, classes)

    def forward(self, x):
        x = torch.relu(self.features(x))
        return self.classifier(torch.flatten(nn.functional.adaptive_avg_pool2d(x, (1, 1)), 1))


class Net(nn.Module):
    """PyTorch's MNIST example: its pooling and flattening are functional."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, 1)
        self.conv2 = nn.Conv2d(32, 64, 3, 1)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(9216, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = torch.relu(self.conv2(torch.relu(self.conv1(x))))
        x = torch.flatten(self.dropout1(nn.functional.max_pool2d(x, 2)), 1)
        return self.fc2(self.dropout2(torch.relu(self.fc1(x))))


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(1000, 32)
        self.lstm = nn.LSTM(32, 24, num_layers=2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(48, 5)

    def forward(self, x):
        return self.fc(self.lstm(self.embedding(x))[0])


class Encoder(nn.Module):
    """Multi-head attention of one's own class."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(16)
        self.attn = nn.MultiheadAttention(16, 4, bias=False, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(16, 64), nn.GELU(), nn.Linear(64, 16))

    def forward(self, x):
        y = self.norm(x)
        y = self.attn(y, y, y)[0]
        return self.mlp(y)


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(784, 64), nn.Linear(64, 10)])

    def forward(self, x):
        x = torch.flatten(x, 1)
        for layer in self.layers:
            x = layer(x)
        return x


def repeated(count):
    return nn.Sequential(*[nn.Sequential(nn.Linear(8, 8), nn.ReLU()) for _ in range(count)])


def lazy():
    model = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(3))
    model(torch.zeros(2, 3, 8, 8))
    return model


def alone(module, *shapes, whole=False):
    return module, shapes, whole


LEAVES = [
    alone(nn.Conv1d(4, 6, 3, padding="same", padding_mode="circular"), (4, 9)),
    alone(nn.Conv2d(4, 6, (3, 1), (2, 1), (1, 0), (2, 1), 2), (4, 9, 8)),
    alone(nn.Conv3d(2, 4, (1, 2, 3), groups=2, bias=False), (2, 5, 6, 7)),
    alone(nn.ConvTranspose1d(4, 6, 3, 2), (4, 9)),
    alone(nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, dilation=2), (4, 5, 5)),
    alone(nn.ConvTranspose3d(2, 3, 2, bias=False), (2, 3, 3, 3)),
    alone(nn.MaxPool1d(3), (2, 9)), alone(nn.MaxPool2d(3, 2, 1, ceil_mode=True), (2, 9, 8)),
    alone(nn.MaxPool3d(2, padding=1), (2, 5, 5, 5)), alone(nn.AvgPool1d(2), (2, 9)),
    alone(nn.AvgPool2d(2), (2, 9, 9)), alone(nn.AvgPool3d(2), (2, 5, 5, 5)),
    alone(nn.LPPool2d(2, 3), (2, 9, 9)), alone(nn.AdaptiveAvgPool2d((None, 3)), (2, 7, 7)),
    alone(nn.AdaptiveMaxPool1d(3), (2, 7)), alone(nn.AdaptiveAvgPool3d(2), (2, 5, 6, 7)),
    alone(nn.ZeroPad2d((1, 2, 3, 4)), (2, 5, 5)), alone(nn.ConstantPad1d(1, 3.5), (2, 5)),
    alone(nn.ReflectionPad2d(1), (2, 5, 5)), alone(nn.ReplicationPad1d(2), (2, 5)), alone(nn.CircularPad2d(1), (2, 5, 5)),
    alone(nn.Upsample(scale_factor=2), (2, 3, 4)), alone(nn.Upsample(size=(3, 4), mode="bilinear"), (2, 5, 5)),
    alone(nn.UpsamplingBilinear2d(scale_factor=2), (2, 3, 4)), alone(nn.UpsamplingNearest2d(scale_factor=3), (2, 3, 4)),
    alone(nn.PixelShuffle(2), (8, 3, 3)), alone(nn.PixelUnshuffle(2), (2, 6, 4)), alone(nn.ChannelShuffle(2), (4, 3, 3)),
    alone(nn.Fold((4, 5), 2), (8, 12)), alone(nn.Unfold(2), (2, 4, 5)),
    alone(nn.Linear(5, 7), (5,)), alone(nn.Linear(5, 7, bias=False), (3, 5)), alone(nn.Identity(), (5,)),
    alone(nn.Flatten(), (2, 3, 4)), alone(nn.Flatten(2), (2, 3, 4)), alone(nn.Unflatten(1, (2, 3)), (6, 4)),
    alone(nn.BatchNorm1d(4), (4, 3)), alone(nn.BatchNorm2d(4, affine=False), (4, 3, 3)), alone(nn.BatchNorm3d(2), (2, 3, 3, 3)),
    alone(nn.InstanceNorm2d(4), (4, 3, 3)), alone(nn.InstanceNorm2d(4, affine=True), (4, 3, 3)),
    alone(nn.GroupNorm(2, 4), (4, 3, 3)), alone(nn.LayerNorm((4, 3)), (2, 4, 3)), alone(nn.LayerNorm(3, bias=False), (4, 3)),
    alone(nn.RMSNorm(3), (4, 3)), alone(nn.LocalResponseNorm(5), (4, 3, 3)),
    alone(nn.Embedding(10, 3, padding_idx=0), (4,), whole=True),
    alone(nn.RNN(4, 6, 2, nonlinearity="relu"), (5, 4)), alone(nn.LSTM(4, 6, 2, bidirectional=True, dropout=0.1), (5, 4)),
    alone(nn.LSTM(4, 6, proj_size=3, bias=False), (5, 4)), alone(nn.GRU(4, 6, batch_first=True), (5, 4)),
    alone(nn.GRUCell(4, 6), (4,)), alone(nn.RNNCell(4, 6, bias=False), (4,)),
    alone(nn.PReLU(), (4, 3)), alone(nn.PReLU(4), (4, 3, 3)), alone(nn.GLU(), (4, 6)),
    alone(nn.ReLU(), (3,)), alone(nn.ReLU6(), (3,)), alone(nn.LeakyReLU(0.2), (3,)), alone(nn.ELU(), (3,)), alone(nn.SELU(), (3,)),
    alone(nn.CELU(), (3,)), alone(nn.GELU("tanh"), (3,)), alone(nn.SiLU(), (3,)), alone(nn.Mish(), (3,)), alone(nn.Sigmoid(), (3,)),
    alone(nn.Tanh(), (3,)), alone(nn.Softplus(), (3,)), alone(nn.Softsign(), (3,)), alone(nn.Hardtanh(), (3,)),
    alone(nn.Hardswish(), (3,)), alone(nn.Hardsigmoid(), (3,)), alone(nn.Threshold(0.1, 2), (3,)), alone(nn.RReLU(), (3,)),
    alone(nn.Softshrink(), (3,)), alone(nn.Tanhshrink(), (3,)), alone(nn.LogSigmoid(), (3,)), alone(nn.Softmax(1), (3,)),
    alone(nn.LogSoftmax(1), (3,)), alone(nn.Softmin(1), (3,)), alone(nn.Softmax2d(), (3, 2, 2)),
    alone(nn.Dropout(0.3), (3,)), alone(nn.Dropout2d(), (3, 2, 2)), alone(nn.AlphaDropout(), (3,)),
]  # fmt: skip

VGG16 = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"]
ENCODER = nn.TransformerEncoderLayer
Squeezed.__name__ = "InvertedResidual"
Shortcut.__name__ = "BasicBlock"
IMAGE = (3, 224, 224)
MODELS = [
    ("ResNet-18 of torchvision", lambda: ResNet(BasicBlock, [2, 2, 2, 2]), [IMAGE]),
    ("ResNet-50 of torchvision", lambda: ResNet(Bottleneck, [3, 4, 6, 3], grow=4), [IMAGE]),
    ("a ResNet with shortcuts as in pytorch-cifar", lambda: nn.Sequential(Shortcut(3, 8), Shortcut(8, 16, 2)), [(3, 16, 16)]),
    ("AlexNet of torchvision", AlexNet, [IMAGE]),
    ("VGG16 of torchvision", lambda: VGG(VGG16), [IMAGE]),
    ("VGG11 with batch normalisation", lambda: VGG([64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"], True), [IMAGE]),
    ("MobileNetV2 of torchvision", MobileNetV2, [IMAGE]),
    ("blocks of MobileNetV3", lambda: nn.Sequential(Squeezed(16, 32, 16, 1), Squeezed(16, 48, 24, 2)), [(16, 14, 14)]),
    ("SqueezeNet 1.1 of torchvision", SqueezeNet, [IMAGE]),
    ("GoogLeNet's module 3a", Inception, [(192, 28, 28)]),
    ("DenseNet-121 of torchvision", DenseNet, [IMAGE]),
    ("six encoder layers", lambda: nn.TransformerEncoder(ENCODER(64, 4, 128, batch_first=True), 6, nn.LayerNorm(64)), [(10, 64)]),
    ("encoder layers without a bias", lambda: nn.TransformerEncoder(ENCODER(16, 4, 32, bias=False, batch_first=True), 2), [(10, 16)]),
    ("a whole transformer", lambda: nn.Transformer(32, 4, 2, 3, 64, batch_first=True), [(10, 32), (7, 32)]),
    ("functional pooling, which is not printed", Net, [(1, 28, 28)]),
    ("a tagger with a bidirectional LSTM", Tagger, [(12,)]),
    ("attention in a class of one's own", Encoder, [(9, 16)]),
    ("a ModuleList behind a functional flatten", Mlp, [(1, 28, 28)]),
    ("repeated modules", lambda: nn.Sequential(repeated(3), repeated(12)), [(8,)]),
    ("lazy modules, once they are filled", lazy, [(3, 8, 8)]),
]  # fmt: skip


def first(out):
    while isinstance(out, tuple | list):
        out = out[0]
    return out


def note(numbers, path, out):
    numbers.setdefault(path, list(first(out).shape)[1:])


def measured(name, model, shapes, whole=False):
    shown = str(model)
    numbers, owned = {}, {}
    model.eval()
    for path, module in model.named_modules():
        module.register_forward_hook(lambda _, __, out, path=path: note(numbers, path, out))
        own = sum(item.numel() for item in module.parameters(recurse=isinstance(module, nn.MultiheadAttention)))
        if own and not path.endswith("out_proj"):
            owned[path] = own
    with torch.no_grad():
        model(*(torch.zeros(2, *shape, dtype=torch.long if whole else torch.float) for shape in shapes))
    leaves = [path for path, module in model.named_modules() if not list(module.children()) or path in owned]
    return {
        "case": name,
        "inputs": [list(shape) for shape in shapes],
        "total": sum(item.numel() for item in model.parameters()),
        "parameters": owned,
        "shapes": {path: numbers[path] for path in leaves if path in numbers},
        "text": shown + "\n",
    }


class Dumper(yaml.SafeDumper):
    pass


Dumper.add_representer(
    list,
    lambda dumper, value: dumper.represent_sequence(
        "tag:yaml.org,2002:seq", value, flow_style=not value or isinstance(value[0], int)
    ),
)
Dumper.add_representer(
    str,
    lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None),
)

if __name__ == "__main__":
    cases = []
    for module, shapes, whole in LEAVES:
        case = measured(f"{module}", nn.Sequential(module), shapes, whole)
        cases.append(case)
    for name, make, shapes in MODELS:
        cases.append(measured(name, make(), shapes, whole=name.startswith("a tagger")))
    TARGET.parent.mkdir(exist_ok=True)
    head = "# Written by tests/oracles/printed_torch.py with PyTorch " + torch.__version__.partition("+")[0] + ".\n"
    TARGET.write_text(head + yaml.dump(cases, Dumper=Dumper, sort_keys=False, width=10**6), encoding="utf-8")
