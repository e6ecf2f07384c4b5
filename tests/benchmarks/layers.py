"""How the time of a layer table grows with the network: 2,000 layers against 1,000, in several kinds of network.

Run: ``python tests/benchmarks/layers.py``. Ratios within one run; 2 is linear.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from examgrad.layers.rows import LayerTable
from examgrad.layers.site import Conventions
from examgrad.layers.table import table

Network = tuple[list[Any], list[Any]]


def plain(count: int) -> Network:
    """Convolutions, normalisations, activations."""
    block = ["Conv2d(8, 8, 3, padding=1)", "BatchNorm2d(8)", "ReLU()", "MaxPool2d(3, 1, 1)"]
    return [8, 64, 64], block * (count // 4)


def residual(count: int) -> Network:
    """Blocks of two convolutions and a sum with their input."""
    layers: list[Any] = [{"s0": "Conv2d(3, 8, 3, padding=1)"}]
    for at in range(1, count // 4 + 1):
        layers += ["Conv2d(8, 8, 3, padding=1)", "ReLU()", {f"c{at}": "Conv2d(8, 8, 3, padding=1)"}]
        layers.append({f"s{at}": "add", "from": [f"s{at - 1}", f"c{at}"]})
    return [3, 64, 64], layers[:count]


def inception(count: int) -> Network:
    """Branches of windows of several widths, concatenated."""
    layers: list[Any] = [{"m0": "Conv2d(3, 8, 3, padding=1)"}]
    for at in range(1, count // 4 + 1):
        before = f"m{at - 1}"
        layers.append({f"a{at}": "Conv2d(8, 4, 1)", "from": before})
        layers.append({f"b{at}": "Conv2d(8, 2, 3, padding=1)", "from": before})
        layers.append({f"c{at}": "Conv2d(8, 2, 5, padding=2)", "from": before})
        layers.append({f"m{at}": "concat(1)", "from": [f"a{at}", f"b{at}", f"c{at}"]})
    return [3, 64, 64], layers[:count]


def hourglass(count: int) -> Network:
    """Poolings and upsamplings in turn, joined by sums: the windows have phases."""
    layers: list[Any] = [{"s0": "Conv2d(3, 4, 3, padding=1)"}]
    for at in range(1, count // 4 + 1):
        layers += ["MaxPool2d(2)", "Conv2d(4, 4, 3, padding=1)", {f"u{at}": "Upsample(scale_factor=2)"}]
        layers.append({f"s{at}": "add", "from": [f"s{at - 1}", f"u{at}"]})
    return [3, 64, 64], layers[:count]


def symbolic(count: int) -> Network:
    """A residual network on an image of H by W."""
    layers = residual(count)[1]
    return [3, "H", "W"], layers


def symbolic_filters(count: int) -> Network:
    """Convolutions of C filters on an image of H by W, strided and padded."""
    return ["C", "H", "W"], ["Conv2d(C, C, 3, padding=1)", "ReLU()"] * (count // 2)


def recurrent(count: int) -> Network:
    """Stacked recurrent layers and linear maps."""
    return ["T", 16], ["LSTM(16, 16)", "Linear(16, 16)", "LayerNorm(16)", "Dropout(0.1)"] * (count // 4)


def read_all(made: LayerTable) -> None:
    """Everything that a table can be asked."""
    for row in made.rows:
        _ = row.formulas, row.steps, row.receptive_field, row.trainable, row.activations
    _ = made.total("parameters"), made.total("macs")


def seconds(*networks: Network, repeats: int = 5) -> list[float]:
    """The least processor time of each network's table and all that is read from it, taken in turns."""
    taken: list[list[float]] = [[] for _ in networks]
    for _ in range(repeats):
        for network, times in zip(networks, taken, strict=True):
            start = time.process_time()
            made = table(*network, Conventions("torch"))
            assert not made.diagnostics, made.diagnostics[0].message
            read_all(made)
            times.append(time.process_time() - start)
    return list(map(min, taken))


NETWORKS: list[Callable[[int], Network]] = [
    plain, residual, inception, hourglass, symbolic, symbolic_filters, recurrent,
]  # fmt: skip


def main() -> None:
    """Print a line a kind of network."""
    for network in NETWORKS:
        one, two = seconds(network(1000), network(2000))
        print(f"{network.__name__:>16}: 2,000 layers take {two / one:.2f} times as long as 1,000 ({one * 1000:.0f} ms)")


if __name__ == "__main__":
    main()
