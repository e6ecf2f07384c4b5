"""Numbers that PyTorch computed of arrays, for tests/test_arrays.py.

`python arrays_torch.py > ../cases/arrays/torch.yaml` writes them.

Needs torch (2.13.0 was used), in double precision; examgrad's own tests do not. Every case is a formula in
examgrad's notation, the arrays that it is worked out at, and what PyTorch makes of them.
"""

# ruff: noqa: N803
from __future__ import annotations

import json
import math
import random

import torch
from torch.nn import functional as F


def numbers(seed: int, *shape: int, halves: bool = True) -> list:
    """Small numbers, halves among them, in nested lists."""
    chosen = random.Random(f"{seed}{shape}")
    if not shape:
        return chosen.randint(-6, 6) / (2 if halves else 1)
    return [numbers(seed * 31 + at + 1, *shape[1:], halves=halves) for at in range(shape[0])]


def convolved(X, K, **how):
    if X.dim() == 2:
        return F.conv2d(X[None, None], K[None, None], **how)[0, 0]
    return F.conv2d(X[None], K, **how)[0]


def attention(Q, K, V):
    return torch.softmax(Q @ K.T / math.sqrt(Q.shape[1]), dim=1) @ V


def normalised(x, axis):
    return (x - x.mean(axis, keepdim=True)) / torch.sqrt(x.var(axis, unbiased=False, keepdim=True) + 0.001)


CASES = [
    ("a linear map", "W x + b", {"W": (2, 3), "x": (3,), "b": (2,)}, lambda W, x, b: W @ x + b),
    ("a two-layer network", "W2 relu(W x + b) + c", {"W": (3, 2), "x": (2,), "b": (3,), "W2": (2, 3), "c": (2,)},
     lambda W, x, b, W2, c: W2 @ torch.relu(W @ x + b) + c),
    ("softmax", "softmax(z)", {"z": (4,)}, lambda z: torch.softmax(z, 0)),
    ("softmax of every row", "softmax(Z, axis=1)", {"Z": (2, 3)}, lambda Z: torch.softmax(Z, 1)),
    ("softmax of every column", "softmax(Z, axis=0)", {"Z": (2, 3)}, lambda Z: torch.softmax(Z, 0)),
    ("log-softmax", "log_softmax(z)", {"z": (3,)}, lambda z: torch.log_softmax(z, 0)),
    ("log-sum-exp of every row", "logsumexp(Z, axis=1)", {"Z": (3, 2)}, lambda Z: torch.logsumexp(Z, 1)),
    ("cross-entropy of the second class", "-log(softmax(W x)_2)", {"W": (3, 2), "x": (2,)},
     lambda W, x: F.cross_entropy((W @ x)[None], torch.tensor([1]))),
    ("cross-entropy with a one-hot vector", "-onehot(3, 3)^T log softmax(z)", {"z": (3,)},
     lambda z: F.cross_entropy(z[None], torch.tensor([2]))),
    ("an attention head", "softmax(Q K^T/sqrt(d), axis=1) V", {"Q": ("n", "d"), "K": ("m", "d"), "V": ("m", "e")},
     attention),
    ("batch normalisation by hand", "(X - mean(X, axis=0))/sqrt(var(X, axis=0) + 0.001)", {"X": (4, 3)},
     lambda X: normalised(X, 0)),
    ("batch normalisation of a square batch", "(X - mean(X, axis=0))/sqrt(var(X, axis=0) + 0.001)", {"X": (3, 3)},
     lambda X: normalised(X, 0)),
    ("layer normalisation of a square batch", "(X - mean(X, axis=1))/sqrt(var(X, axis=1) + 0.001)", {"X": (3, 3)},
     lambda X: normalised(X, 1)),
    ("batch normalisation with its scale and shift",
     "g ∘ (X - mean(X, axis=0))/sqrt(var(X, axis=0) + 0.001) + b", {"X": (4, 2), "g": (2,), "b": (2,)},
     lambda X, g, b: F.batch_norm(X, None, None, g, b, training=True, eps=0.001)),
    ("layer normalisation", "g ∘ (x - mean(x))/sqrt(var(x) + 0.001) + b", {"x": (4,), "g": (4,), "b": (4,)},
     lambda x, g, b: F.layer_norm(x, (4,), g, b, eps=0.001)),
    ("a convolution", "conv2d(X, K)", {"X": (4, 5), "K": (2, 3)}, convolved),
    ("a convolution with stride and padding", "conv2d(X, K, stride=2, padding=1)", {"X": (5, 4), "K": (3, 2)},
     lambda X, K: convolved(X, K, stride=2, padding=1)),
    ("a convolution of channels", "conv2d(X, K)", {"X": (2, 4, 4), "K": (3, 2, 2, 2)}, convolved),
    ("a convolution of channels, padded", "conv2d(X, K, padding=2, stride=3)", {"X": (3, 4, 5), "K": (2, 3, 3, 3)},
     lambda X, K: convolved(X, K, stride=3, padding=2)),
    ("maximum pooling", "maxpool(X, 2)", {"X": (4, 5)}, lambda X: F.max_pool2d(X[None, None], 2)[0, 0]),
    ("maximum pooling with a stride", "maxpool(X, 3, stride=1)", {"X": (4, 5)},
     lambda X: F.max_pool2d(X[None, None], 3, stride=1)[0, 0]),
    ("average pooling of channels", "avgpool(X, 2, stride=1)", {"X": (2, 3, 3)},
     lambda X: F.avg_pool2d(X[None], 2, stride=1)[0]),
    ("a small convolutional network", "sum(maxpool(relu(conv2d(X, K, padding=1)), 2))", {"X": (4, 4), "K": (3, 3)},
     lambda X, K: F.max_pool2d(torch.relu(convolved(X, K, padding=1))[None, None], 2).sum()),
    ("the norm of Frobenius", "||W||_F^2", {"W": (2, 3)}, lambda W: torch.linalg.matrix_norm(W) ** 2),
    ("norms of rows", "norm(X, axis=1)", {"X": (3, 2)}, lambda X: torch.linalg.vector_norm(X, dim=1)),
    ("the greatest absolute value", r"\lVert x \rVert_\infty", {"x": (5,)}, lambda x: x.abs().max()),
    ("the sum of absolute values", "||x||_1", {"x": (5,)}, lambda x: x.abs().sum()),
    ("a transposed inverse", "(A + 7 I)^{-T}", {"A": (3, 3)}, lambda A: torch.linalg.inv(A + 7 * torch.eye(3)).T),
    ("log det", "log det(A^T A + I)", {"A": (3, 3)}, lambda A: torch.logdet(A.T @ A + torch.eye(3))),
    ("ridge regression", "(X^T X + I)^{-1} X^T y", {"X": (4, 2), "y": (4,)},
     lambda X, y: torch.linalg.inv(X.T @ X + torch.eye(2)) @ X.T @ y),
    ("a quadratic form of a Gaussian", r"-\frac{1}{2} (x - u)^\top (A^\top A + I)^{-1} (x - u)",
     {"x": (2,), "u": (2,), "A": (2, 2)},
     lambda x, u, A: -0.5 * (x - u) @ torch.linalg.inv(A.T @ A + torch.eye(2)) @ (x - u)),
    ("a mean over samples", "1/N sum_{i=1}^{N} (w^T X_i - y_i)^2", {"X": ("N", "d"), "w": ("d",), "y": ("N",)},
     lambda X, w, y: ((X @ w - y) ** 2).mean()),
    ("centred by a projection", r"(I - \frac{1}{4} \mathbf{1} \mathbf{1}^\top) X", {"X": (4, 2)},
     lambda X: X - X.mean(0)),
    ("GELU", "gelu(x)", {"x": (4,)}, F.gelu),
    ("SiLU", "silu(x)", {"x": (4,)}, F.silu),
    ("ELU", "elu(x)", {"x": (4,)}, F.elu),
    ("leaky ReLU", "leaky_relu(x, 0.2)", {"x": (4,)}, lambda x: F.leaky_relu(x, 0.2)),
    ("softsign", "softsign(x)", {"x": (4,)}, F.softsign),
    ("the variance of columns", "var(X, axis=0)", {"X": (3, 2)}, lambda X: X.var(0, unbiased=False)),
    ("the greatest of every row", "max(X, axis=1)", {"X": (3, 4)}, lambda X: X.max(1).values),
    ("the gradient of a two-layer network", "(W2^T (softmax(W2 relu(g)) - y) ∘ [g > 0]) x^T",
     {"W2": (3, 2), "g": (2,), "y": (3,), "x": (4,)},
     lambda W2, g, y, x: torch.outer((W2.T @ (torch.softmax(W2 @ torch.relu(g), 0) - y)) * (g > 0), x)),
]  # fmt: skip
SIZES = {"n": 2, "m": 3, "d": 2, "e": 2, "N": 3}


def main() -> None:
    torch.set_default_dtype(torch.float64)
    print(f"# Written by tests/oracles/arrays_torch.py with PyTorch {torch.__version__}.")
    for seed, (case, formula, shapes, function) in enumerate(CASES, 1):
        values = {
            name: numbers(seed * 101 + place, *(SIZES.get(size, size) for size in shape))
            for place, (name, shape) in enumerate(shapes.items())
        }
        result = function(*map(torch.tensor, values.values()))
        fields = {"case": case, "formula": formula, "shapes": {k: list(v) for k, v in shapes.items()}, "at": values,
                  "value": result.tolist()}  # fmt: skip
        print(f"- {json.dumps(fields, ensure_ascii=False)}")


if __name__ == "__main__":
    main()
