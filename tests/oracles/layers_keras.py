# mypy: ignore-errors
"""Writes ``tests/cases/layers/keras_networks.yaml``: output shapes and parameters, trained and all, from Keras.

Run by hand, with keras 3.15.1 and torch 2.13.0 installed: ``KERAS_BACKEND=torch python tests/oracles/layers_keras.py``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import keras

CASES = Path(__file__).parent.parent / "cases" / "layers"


class Layer:
    """A Keras layer and its text, from one declaration."""

    def __init__(self, name: str, *args: object, **kwargs: object) -> None:
        shown = [_shown(arg) for arg in args] + [f"{key}={_shown(value)}" for key, value in kwargs.items()]
        self.text = f"{name}({', '.join(shown)})"
        plain = [arg.layer if isinstance(arg, Layer) else arg for arg in args]
        self.layer = getattr(keras.layers, name)(*plain, **kwargs)


def _shown(value: object) -> str:
    return value.text if isinstance(value, Layer) else repr(value)


class Net:
    """A network built at once; ``rows`` is what the layer table must say."""

    def __init__(self, case: str, *shapes: tuple[int, ...], names: tuple[str, ...] = ("input",)) -> None:
        self.case = case
        self.inputs = dict(zip(names, shapes, strict=True))
        self.values = {name: keras.Input(shape) for name, shape in self.inputs.items()}
        self.last = names[0]
        self.rows: list[dict[str, object]] = []

    def __call__(
        self, name: str, *args: object, of: str | list[str] | None = None, as_: str = "", **kwargs: object
    ) -> Net:
        made = Layer(name, *args, **kwargs)
        sources = [self.last] if of is None else [of] if isinstance(of, str) else of
        inputs = [self.values[source] for source in sources]
        single = len(inputs) == 1
        output = made.layer(*inputs) if single or name == "MultiHeadAttention" else made.layer(inputs)
        label = as_ or f"layer{len(self.rows) + 1}"
        entry: dict[str, object] = {label: made.text}
        if of is not None:
            entry["from"] = of
        self.rows.append({
            "entry": entry,
            "shape": list(output.shape[1:]),
            "parameters": made.layer.count_params(),
            "trainable": sum(math.prod(weight.shape) for weight in made.layer.trainable_weights),
        })  # fmt: skip
        self.values[label] = output
        self.last = label
        return self

    def written(self) -> str:
        shape = next(iter(self.inputs.values())) if len(self.inputs) == 1 else self.inputs
        lines = [
            f"- case: {json.dumps(self.case)}",
            "  conventions: {framework: keras}",
            f"  input: {json.dumps(shape)}",
            "  rows:",
        ]
        return "\n".join(lines + [f"    - {json.dumps(row)}" for row in self.rows])


def networks() -> Iterator[Net]:
    """Networks of Keras's guides and layers with unusual arguments."""
    net = Net("Keras's convolutional network on digits", (28, 28, 1))
    net("Conv2D", 32, kernel_size=(3, 3), activation="relu")("MaxPooling2D", pool_size=(2, 2))
    net("Conv2D", 64, 3, padding="same", strides=2)("BatchNormalization")("Activation", "relu")("Flatten")
    yield net("Dropout", 0.5)("Dense", 10, activation="softmax")

    net = Net("Depthwise and separable convolutions", (33, 30, 6))
    net("DepthwiseConv2D", 3, depth_multiplier=2)("SeparableConv2D", 16, (3, 5), strides=(2, 2), padding="same")
    net("SeparableConv2D", 8, 3, depth_multiplier=3, use_bias=False)("GlobalAveragePooling2D")
    yield net("Dense", 4, use_bias=False)

    net = Net("Transposed convolutions, same and valid", (7, 6, 4))
    net("Conv2DTranspose", 8, 3, strides=2, padding="same")("Conv2DTranspose", 4, 5, 2)("Conv2DTranspose", 4, 2, 3)
    net("Conv2DTranspose", 2, 3, strides=2, padding="same", output_padding=1)
    yield net("Conv2DTranspose", 3, 4, strides=3, output_padding=0, activation="tanh")("UpSampling2D", (2, 3))

    net = Net("Same and valid poolings", (31, 28, 3))
    net("MaxPool2D", 3, 2, "same")("AveragePooling2D", (2, 3))("MaxPooling2D")("ZeroPadding2D", ((1, 2), (0, 3)))
    yield net("Cropping2D", ((1, 0), (1, 1)))("GlobalMaxPooling2D", keepdims=True)("Flatten")

    net = Net("One dimension, causal and dilated", (40, 5))
    net("Conv1D", 12, 3, padding="causal", dilation_rate=2)("Conv1D", 8, 4, strides=2, padding="same", groups=4)
    net("MaxPooling1D", 3, strides=2)("ZeroPadding1D", (1, 2))("Cropping1D", 1)("UpSampling1D", 2)(
        "Conv1DTranspose", 3, 4, 2
    )
    yield net("GlobalAveragePooling1D")("RepeatVector", 6)("Permute", (2, 1))("Reshape", (9, 2))

    net = Net("Volumes", (12, 14, 10, 2))
    yield net("Conv3D", 4, 3, padding="same")("MaxPooling3D", 2)("Conv3DTranspose", 3, 2, 2)(
        "AveragePooling3D", (1, 2, 2)
    )

    net = Net("Recurrent layers", (12, 20))
    net("LSTM", 32, return_sequences=True)("GRU", 32, return_sequences=True)
    net("GRU", 16, return_sequences=True, reset_after=False)("SimpleRNN", 8, return_sequences=True, use_bias=False)
    yield net("Bidirectional", Layer("LSTM", 10, return_sequences=True))("TimeDistributed", Layer("Dense", 4))(
        "Bidirectional", Layer("GRU", 6), merge_mode="sum"
    )("Dense", 1)

    net = Net("Normalisations", (8, 8, 12))
    net("LayerNormalization")("LayerNormalization", axis=[1, 2], center=False)("GroupNormalization", 4)
    net("BatchNormalization", scale=False)("BatchNormalization", axis=1)("UnitNormalization")("PReLU")
    yield net("PReLU", shared_axes=[1, 2])("LeakyReLU", 0.1)("Softmax")("SpatialDropout2D", 0.2)

    net = Net("Attention", (10, 16), (7, 24), names=("query", "value"))
    net("MultiHeadAttention", 4, 8, of=["query", "query"], as_="own")
    net("MultiHeadAttention", num_heads=2, key_dim=5, value_dim=6, of=["query", "value"], as_="other")
    net("MultiHeadAttention", 3, 4, use_bias=False, output_shape=20, of=["own", "value"])
    yield net("Add", of=["own", "other"])("LayerNormalization", epsilon=1e-06)

    net = Net("A residual block with a projection", (16, 16, 8))
    net("Conv2D", 16, 3, 2, "same", use_bias=False)("BatchNormalization")("ReLU")(
        "Conv2D", 16, 3, padding="same", as_="a"
    )
    net("Conv2D", 16, 1, strides=2, of="input", as_="b")("Add", of=["a", "b"], as_="sum")
    yield net("Concatenate", of=["sum", "a"])("Concatenate", axis=1, of=["sum", "b"])("Multiply", of=["a", "b"])

    net = Net("Token embeddings", (25,))
    net("Embedding", 1000, 32)("SpatialDropout1D", 0.2)("Conv1D", 16, 5, activation="relu")("GlobalMaxPooling1D")
    yield net("Dense", 1, "sigmoid")

    net = Net("Frames of a film", (5, 16, 16, 3))
    net("ConvLSTM2D", 8, 3, padding="same", return_sequences=True)("ConvLSTM2D", 4, (3, 5))
    yield net("Conv2D", 4, 3, groups=2, padding="same", dilation_rate=2)


if __name__ == "__main__":
    note = f"# From Keras {keras.__version__} by tests/oracles/layers_keras.py; not to be edited.\n"
    text = "\n".join(net.written() for net in networks())
    (CASES / "keras_networks.yaml").write_text(note + text + "\n", encoding="utf-8")
