# mypy: ignore-errors
"""Writes tests/cases/models/onnx/*.onnx and onnx.yaml: small ONNX files, and the numbers of those who made them.

Run with a Python that has torch, onnx and onnxscript (2.14.1, 1.23.2, 0.7.2 wrote the files): ``python tests/oracles/onnx_torch.py``.
Of an exported model the case holds PyTorch's parameters and output shapes by module; of a graph made by hand the
shape of its output (from ``onnx.shape_inference``, strict) and the entries of its initializers.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnx
import printed_torch as models
import torch
import yaml
from onnx import TensorProto, helper, numpy_helper
from torch import nn

warnings.filterwarnings("ignore")
CASES = Path(__file__).parents[1] / "cases" / "models"
FOLDER = CASES / "onnx"


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(1, 4, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.middle = nn.Conv2d(4, 8, 3, padding=1)
        self.up = nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.wide = nn.Upsample(scale_factor=2, mode="bilinear")
        self.last = nn.Conv2d(16, 2, 1)

    def forward(self, x):
        a = torch.relu(self.down(x))
        b = torch.relu(self.middle(self.pool(a)))
        return self.last(torch.cat([a, self.up(b), self.wide(b)], 1))


class LastStep(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.rnn = kind(8, 6, batch_first=True)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        return self.fc(self.rnn(self.embedding(x))[0][:, -1])


class Hidden(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(5, 7, batch_first=True, bias=False)
        self.fc = nn.Linear(7, 2)

    def forward(self, x):
        return self.fc(self.rnn(x)[1][0])


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(11, 4)
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        return torch.matmul(self.fc(self.embedding(x)), self.embedding.weight.t())


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.head = nn.Linear(3, 2)

    def forward(self, x):
        return self.head(self.conv(torch.relu(self.conv(x))).mean((2, 3)))


class Position(nn.Module):
    def __init__(self):
        super().__init__()
        self.position = nn.Parameter(torch.zeros(1, 5, 8))
        self.norm = nn.LayerNorm(8)
        self.fc = nn.Linear(8, 4)

    def forward(self, x):
        return self.fc(self.norm(x + self.position)).softmax(-1)


class Attention(nn.Module):
    """One head, out of matrix products and softmax."""

    def __init__(self):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(8, 4) for _ in range(3))
        self.norm = nn.LayerNorm(4)

    def forward(self, x):
        q, k, v = self.query(x), self.key(x), self.value(x)
        return self.norm(q + torch.matmul(torch.softmax(torch.matmul(q, k.transpose(1, 2)) / 2, -1), v))


class Views(nn.Module):
    """Reshapes, slices, permutations."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 6, 3, stride=2)
        self.fc = nn.Linear(12, 5)

    def forward(self, x):
        x = self.conv(x)
        a, b = x.chunk(2, 1)
        x = torch.cat([a[:, :, 1:], b[:, :, :-1]], 1)
        x = x.permute(0, 2, 3, 1).reshape(x.shape[0], -1, 12)
        return self.fc(x).squeeze(1)


def encoder_layer():
    model = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)
    for item in model.parameters():  # the exporter makes one of arrays that are alike
        nn.init.normal_(item)
    return model


def small_mobile():
    return nn.Sequential(
        models.InvertedResidual(4, 4, 1, 2), models.InvertedResidual(4, 6, 2, 2), models.Squeezed(6, 8, 6, 1)
    )


def generator():
    return nn.Sequential(
        nn.ConvTranspose2d(5, 8, 4, 1, 0, bias=False), nn.BatchNorm2d(8), nn.ReLU(True),
        nn.ConvTranspose2d(8, 4, 4, 2, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU(True),
        nn.ConvTranspose2d(4, 3, 4, 2, 1, bias=False), nn.Tanh(),
    )  # fmt: skip


def norms():
    return nn.Sequential(
        nn.Conv2d(2, 4, (3, 1), (2, 1), (1, 0), bias=False), nn.GroupNorm(2, 4), nn.PReLU(4), nn.InstanceNorm2d(4, affine=True),
        nn.Hardswish(), nn.AvgPool2d(2, ceil_mode=True), nn.ReLU6(), nn.LeakyReLU(), nn.ELU(), nn.GELU(),
        nn.ZeroPad2d((1, 0, 2, 0)), nn.PixelShuffle(2), nn.Flatten(), nn.LazyLinear(3), nn.LogSoftmax(1),
    )  # fmt: skip


def lines():
    return nn.Sequential(
        nn.Conv1d(3, 4, 3, dilation=2, groups=1),
        nn.BatchNorm1d(4),
        nn.MaxPool1d(2),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(4, 2),
    )


def encoder_stack():
    return nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 12, batch_first=True), 2, enable_nested_tensor=False)


EXPORTED = [
    ("resnet", "a ResNet with its batch normalisation kept", lambda: models.ResNet(models.BasicBlock, [1, 1, 1, 1], width=2, classes=5), (3, 32, 32), {"batch": 2}),
    ("resnet_open", "a ResNet whose image has open sizes", lambda: models.ResNet(models.BasicBlock, [1, 1, 1, 1], width=2, classes=5), (3, 32, 32), {"open": {0: "N", 2: "H", 3: "W"}, "batch": 2}),
    ("mobile", "inverted residuals and squeeze-and-excitation", small_mobile, (4, 10, 10), {"batch": 2}),
    ("unet", "a U-Net with transposed convolution and upsampling", UNet, (1, 8, 12), {}),
    ("generator", "a DCGAN's generator", generator, (5, 1, 1), {}),
    ("norms", "normalisations, activations, padding, pixel shuffle", norms, (2, 13, 6), {"mode": "EVAL", "apart": ["1"]}),
    ("lines", "convolutions along a line", lines, (3, 15), {"batch": 2}),
    ("dense", "a dense block", lambda: models._DenseBlock(2, 4, 2, 3), (4, 6, 6), {}),
    ("fire", "a fire module", lambda: models.Fire(4, 2, 3, 5), (4, 7, 7), {}),
    ("lstm", "the last step of an LSTM", lambda: LastStep(nn.LSTM), (7,), {"whole": True}),
    ("lstm_folded", "the last step of an LSTM, its weights joined by the exporter", lambda: LastStep(nn.LSTM), (7,), {"whole": True, "mode": "EVAL"}),
    ("gru", "the last step of a GRU", lambda: LastStep(nn.GRU), (7,), {"whole": True}),
    ("rnn_hidden", "the hidden state of an RNN without biases", Hidden, (4, 5), {}),
    ("tagger", "two bidirectional LSTM layers", models.Tagger, (6,), {"whole": True}),
    ("tagger_folded", "two bidirectional LSTM layers, their weights joined by the exporter", models.Tagger, (6,), {"whole": True, "mode": "EVAL"}),
    ("encoder", "a transformer's encoder layer of one's own linear maps", Attention, (5, 8), {}),
    ("encoder_stack", "two of PyTorch's encoder layers, whose numbers are alike", encoder_stack, (5, 8), {"mode": "EVAL", "apart": ["layers.0.self_attn", "layers.1.self_attn"]}),
    ("tied", "an embedding whose weights are the last layer's, too", Tied, (6,), {"whole": True}),
    ("twice", "a convolution called twice", Twice, (3, 6, 6), {}),
    ("position", "positions that are learned, layer normalisation", Position, (5, 8), {}),
    ("views", "slices, a permutation, a reshape", Views, (2, 7, 5), {}),
    ("layer_dynamo", "an encoder layer by PyTorch's newer exporter", encoder_layer, (5, 16), {"dynamo": True, "apart": ["self_attn"]}),
    ("unet_dynamo", "a U-Net by PyTorch's newer exporter", UNet, (1, 8, 12), {"dynamo": True}),
    ("lstm_dynamo", "the last step of an LSTM by PyTorch's newer exporter", lambda: LastStep(nn.LSTM), (7,), {"whole": True, "dynamo": True}),
    ("mlp", "a functional flatten", models.Mlp, (1, 28, 28), {}),
    ("mnist", "PyTorch's MNIST example", models.Net, (1, 28, 28), {}),
]  # fmt: skip


def export(name, case, make, shape, how):
    torch.manual_seed(0)
    model = make()
    if name == "mlp":
        model.layers = nn.ModuleList([nn.Linear(784, 4), nn.Linear(4, 3)])
    if name == "mnist":
        model.conv2, model.fc1, model.fc2 = nn.Conv2d(32, 4, 3), nn.Linear(576, 8), nn.Linear(8, 3)
    if name.startswith("tagger"):
        model.embedding = nn.Embedding(30, 4)
        model.lstm, model.fc = nn.LSTM(4, 3, num_layers=2, batch_first=True, bidirectional=True), nn.Linear(6, 5)
    sample = torch.zeros(2, *shape, dtype=torch.long if how.get("whole") else torch.float)
    model(sample)  # fills lazy modules
    expected = models.measured(case, model, [shape], how.get("whole", False))
    path = FOLDER / f"{name}.onnx"
    if how.get("dynamo"):
        torch.onnx.export(
            model.eval(), (sample[:1],), str(path), dynamo=True, external_data=False, input_names=["image"]
        )
    else:
        torch.onnx.export(
            model, (sample[: how.get("batch", 1)],), str(path), dynamo=False, opset_version=18, input_names=["image"],
            training=getattr(torch.onnx.TrainingMode, how.get("mode", "TRAINING")), do_constant_folding=how.get("mode") == "EVAL",
            dynamic_axes={"image": how["open"]} if "open" in how else None,
        )  # fmt: skip
    slim(path)
    inner = {path: own for path, own in expected["parameters"].items() if path not in how.get("apart", ())}
    return {
        "file": path.name, "case": case, **({"open": True} if "open" in how else {}), "input": list(shape), "total": expected["total"], "parameters": inner,
        "shapes": {key: value for key, value in expected["shapes"].items() if key in inner}, "output": list(first_shape(model, sample)),
    }  # fmt: skip


def first_shape(model, sample):
    with torch.no_grad():
        return models.first(model.eval()(sample)).shape[1:]


def slim(path):
    """Weights become zeros in no more room than they need; nothing of them is looked at."""
    model = onnx.load(path)
    model.doc_string = model.graph.doc_string = ""
    for item in (
        model,
        model.graph,
        *model.graph.value_info,
        *model.graph.input,
        *model.graph.output,
        *model.functions,
    ):
        del item.metadata_props[:]
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    onnx.checker.check_model(model)
    onnx.save(model, path)


def weights(name, *sizes):
    return numpy_helper.from_array(np.zeros(sizes, dtype=np.float32), name)


def numbers(name, *values):
    return numpy_helper.from_array(np.array(values, dtype=np.int64), name)


def node(kind, inputs, output, **attributes):
    return helper.make_node(kind, inputs.split(), output.split(), name=f"{output.split()[0]}_{kind}", **attributes)


BY_HAND = {
    "sides": ("paddings that differ from side to side, SAME of older exporters", (3, 11, 10), [
        node("Conv", "x w1 b1", "a", kernel_shape=[3, 3], pads=[0, 0, 1, 1], strides=[2, 2]),
        node("Conv", "a w2", "b", auto_pad="SAME_UPPER", strides=[2, 2]),
        node("MaxPool", "b", "c", kernel_shape=[2, 2], strides=[1, 1], auto_pad="SAME_LOWER"),
        node("Clip", "c", "d", min=0.0, max=6.0), node("LRN", "d", "e", size=3),
        node("Conv", "e w3", "y", group=4, kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
    ], [weights("w1", 5, 3, 3, 3), weights("b1", 5), weights("w2", 4, 5, 2, 2), weights("w3", 4, 1, 3, 3)], 10),
    "matmul": ("MatMul and Add as a linear map, Gemm that is not turned, ReduceMean", (6, 8), [
        node("MatMul", "x w1", "a"), node("Add", "a b1", "b"), node("Sigmoid", "b", "c"), node("Mul", "b c", "d"),
        node("ReduceMean", "d axes", "e", keepdims=0), node("Gemm", "e w2 b2", "f"), node("Sub", "f mean", "g"), node("Mul", "g scale", "y"),
    ], [weights("w1", 8, 12), weights("b1", 12), numbers("axes", 1), weights("w2", 12, 3), weights("b2", 3), weights("mean", 1, 3), weights("scale", 3)], 18),
    "shapes": ("Shape, Gather, Concat as exporters write a flatten", (4, 3, 3), [
        node("GlobalMaxPool", "x", "p"), node("Shape", "p", "s"), node("Gather", "s zero", "n"), node("Unsqueeze", "n zeros", "m"),
        node("Concat", "m rest", "t", axis=0), node("Reshape", "p t", "f"), node("Gemm", "f w b", "y", transB=1),
    ], [helper.make_tensor("zero", TensorProto.INT64, [], [0]), numbers("zeros", 0), numbers("rest", -1), weights("w", 2, 4), weights("b", 2)], 17),
    "resize": ("Resize to a size, Pad by reflection, Split", (4, 5, 6), [
        node("Resize", "x none none size", "a", mode="nearest"), node("Pad", "a pads", "b", mode="reflect"), node("Split", "b parts", "c d", axis=1),
        node("Max", "c d", "e"), node("SpaceToDepth", "e", "y", blocksize=2),
    ], [numpy_helper.from_array(np.zeros(0, dtype=np.float32), "none"), numbers("size", 1, 4, 10, 10), numbers("pads", 0, 0, 1, 1, 0, 0, 1, 1), numbers("parts", 2, 2)], 13),
    "groups": ("group and RMS normalisation as operations of their own", (4, 6), [
        node("RMSNormalization", "x g", "a", axis=-1), node("GroupNormalization", "a s b", "c", num_groups=2), node("Neg", "c", "y"),
    ], [weights("s", 4), weights("b", 4), weights("g", 6)], 23),
}  # fmt: skip


def by_hand(name):
    case, shape, nodes, initializers, opset = BY_HAND[name]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, *shape])]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    graph = helper.make_graph(nodes, name, inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=name != "groups", data_prop=True)
    if name == "groups":  # which the package does not infer
        inferred.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, *shape]))
    model.graph.output[0].CopyFrom(inferred.graph.output[0])
    onnx.checker.check_model(model)
    onnx.save(model, FOLDER / f"{name}.onnx")
    output = [dim.dim_value for dim in inferred.graph.output[0].type.tensor_type.shape.dim][1:]
    floats = [item for item in initializers if item.data_type == TensorProto.FLOAT]
    total = sum(int(np.prod(item.dims)) for item in floats)
    return {"file": f"{name}.onnx", "case": case, "input": list(shape), "total": total, "output": output}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    found = [export(*item) for item in EXPORTED] + [by_hand(name) for name in BY_HAND]
    head = f"# Written by tests/oracles/onnx_torch.py with PyTorch {torch.__version__.partition('+')[0]} and onnx {onnx.__version__}.\n"
    text = yaml.dump(found, Dumper=models.Dumper, sort_keys=False, width=10**6)
    (CASES / "onnx.yaml").write_text(head + text, encoding="utf-8")
