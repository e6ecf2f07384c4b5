# mypy: ignore-errors
"""Writes tests/cases/problems/torch.yaml: parameters and output shapes of the networks under problems/, from PyTorch.

Run with a Python that has torch (2.14.1 wrote the file): ``python tests/oracles/problems_torch.py``. ``parameters`` are
those of ``Module.parameters()``, which leaves out what batch normalisation only counts along (Keras counts it,
too). The LSTM of Keras has one vector of biases where PyTorch has two, and is left out.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import printed_torch as models
import torch
import yaml
from torch import nn

TARGET = Path(__file__).parents[1] / "cases" / "problems" / "torch.yaml"


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        pairs = [(1, 16, 16), (16, 32, 32), (32, 64, 64), (64, 32, 32), (32, 16, 16)]
        self.pairs = nn.ModuleList(
            nn.Sequential(nn.Conv2d(a, b, 3, padding=1), nn.ReLU(), nn.Conv2d(b, c, 3, padding=1), nn.ReLU())
            for a, b, c in pairs
        )
        self.ups = nn.ModuleList([nn.ConvTranspose2d(64, 32, 2, 2), nn.ConvTranspose2d(32, 16, 2, 2)])
        self.last = nn.Conv2d(16, 2, 1)

    def forward(self, x):
        one = self.pairs[0](x)
        two = self.pairs[1](nn.functional.max_pool2d(one, 2))
        x = self.pairs[2](nn.functional.max_pool2d(two, 2))
        x = self.pairs[3](torch.cat([self.ups[0](x), two], 1))
        return self.last(self.pairs[4](torch.cat([self.ups[1](x), one], 1)))


class Module3a(nn.Module):
    """The paper's module, with its 5×5 convolution."""

    def __init__(self):
        super().__init__()
        self.one = nn.Conv2d(192, 64, 1)
        self.three = nn.Sequential(nn.Conv2d(192, 96, 1), nn.Conv2d(96, 128, 3, padding=1))
        self.five = nn.Sequential(nn.Conv2d(192, 16, 1), nn.Conv2d(16, 32, 5, padding=2))
        self.pool = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(192, 32, 1))

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pool(x)], 1)


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10),
    )  # fmt: skip


def generator():
    layers, widths = [], [100, 512, 256, 128, 64]
    for number, (a, b) in enumerate(pairwise(widths)):
        first = number == 0
        layers += [nn.ConvTranspose2d(a, b, 4, 1 if first else 2, 0 if first else 1, bias=False), nn.BatchNorm2d(b)]
    return nn.Sequential(*layers, nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False))


class Encoder(nn.Module):
    def __init__(self, count):
        super().__init__()
        self.layers = nn.TransformerEncoder(nn.TransformerEncoderLayer(512, 8, batch_first=True), count)

    def forward(self, x):
        return self.layers(x)


NETWORKS = [
    ("lenet-5", "1a", lenet, (1, 32, 32)),
    ("alexnet", "1a", models.AlexNet, (3, 224, 224)),
    ("vgg16", "1a", lambda: models.VGG(models.VGG16), (3, 224, 224)),
    ("resnet-block", "1a", lambda: models.BasicBlock(64, 64), (64, 56, 56)),
    ("resnet-block", "2a", lambda: models.BasicBlock(64, 128, 2), (64, 56, 56)),
    ("resnet-block", "3a", lambda: models.Bottleneck(256, 64), (256, 56, 56)),
    ("mobilenet-block", "1a", lambda: models.InvertedResidual(24, 24, 1, 6), (24, 56, 56)),
    ("inception-module", "1a", Module3a, (192, 28, 28)),
    ("u-net", "1a", UNet, (1, 64, 64)),
    ("dcgan-generator", "1a", generator, (100, 1, 1)),
    ("transformer-encoder", "1a", lambda: Encoder(1), (7, 512)),
    ("transformer-encoder", "3a", lambda: Encoder(6), (7, 512)),
]

if __name__ == "__main__":
    found = []
    for exam, part, make, shape in NETWORKS:
        model = make().eval()
        with torch.no_grad():
            output = list(model(torch.zeros(2, *shape)).shape[1:])
        found.append(
            {"exam": exam, "part": part, "output": output, "parameters": sum(p.numel() for p in model.parameters())}
        )
    head = "# Written by tests/oracles/problems_torch.py with PyTorch " + torch.__version__.partition("+")[0] + ".\n"
    TARGET.write_text(head + yaml.dump(found, Dumper=models.Dumper, sort_keys=False, width=10**6), encoding="utf-8")
