"""Gradients that PyTorch computed, for tests/test_calculus.py: `python scalars_torch.py > scalars_torch.json`.

Needs torch (2.13.0 was used), in double precision; examgrad's own tests do not.
"""

from __future__ import annotations

import json
import math
import random

import torch
from torch.nn import functional as F

NETWORK = ["g1 = u1 x + b1", "g2 = u2 x + b2"]
CASES = [
    ("half a squared residual", ["L = 1/2 (w x - y)^2"], "w x y", lambda w, x, y: 0.5 * (w * x - y) ** 2),
    ("ReLU network", [*NETWORK, "h1 = max(0, g1)", "h2 = relu(g2)", "yhat = w1 h1 + w2 h2 + c", "L = (yhat - y)^2"],
     "x u1 u2 b1 b2 w1 w2 c y",
     lambda x, u1, u2, b1, b2, w1, w2, c, y:
     (w1 * torch.relu(u1 * x + b1) + w2 * torch.relu(u2 * x + b2) + c - y) ** 2),
    ("tanh network", [*NETWORK, "h1 = tanh(g1)", "h2 = tanh(g2)", "yhat = w1 h1 + w2 h2", "L = (yhat - y)^2"],
     "x u1 u2 b1 b2 w1 w2 y",
     lambda x, u1, u2, b1, b2, w1, w2, y: (w1 * torch.tanh(u1 * x + b1) + w2 * torch.tanh(u2 * x + b2) - y) ** 2),
    ("logistic loss", ["z = w x + b", "p = sigmoid(z)", "L = -y log(p) - (1 - y) log(1 - p)"], "w x b y",
     lambda w, x, b, y: -y * torch.log(torch.sigmoid(w * x + b)) - (1 - y) * torch.log(1 - torch.sigmoid(w * x + b))),
    ("cross-entropy of three", ["S = exp(z1) + exp(z2) + exp(z3)", "L = -log(exp(z2)/S)"], "z1 z2 z3",
     lambda z1, z2, z3: F.cross_entropy(torch.stack([z1, z2, z3])[None], torch.tensor([1]))),
    ("hinge", ["L = max(0, 1 - y w x)"], "w x y", lambda w, x, y: torch.relu(1 - y * w * x)),
    ("squared hinge", ["m = max(0, 1 - y w x)", "L = m^2"], "w x y", lambda w, x, y: torch.relu(1 - y * w * x) ** 2),
    ("Huber", ["r = w x - y", "L = 1/2 r^2 if |r| <= 1 else |r| - 1/2"], "w x y",
     lambda w, x, y: F.huber_loss(w * x, y)),
    ("leaky ReLU", ["h = x if x > 0 else 0.01 x", "L = h w"], "x w", lambda x, w: F.leaky_relu(x) * w),
    ("GELU", ["h = 1/2 z (1 + erf(z/sqrt(2)))"], "z", lambda z: F.gelu(z)),
    ("GELU by tanh", ["h = 1/2 z (1 + tanh(sqrt(2/pi) (z + 0.044715 z^3)))"], "z",
     lambda z: F.gelu(z, approximate="tanh")),
    ("ELU", ["h = z if z > 0 else exp(z) - 1"], "z", lambda z: F.elu(z)),
    ("softplus", ["h = softplus(z)"], "z", lambda z: F.softplus(z)),
    ("swish", ["h = z sigmoid(z)"], "z", lambda z: F.silu(z)),
    ("mish", ["h = z tanh(softplus(z))"], "z", lambda z: F.mish(z)),
    ("ReLU6", ["h = min(max(0, z), 6)"], "z", lambda z: F.relu6(z)),
    ("Gaussian negative log-likelihood", ["L = 1/2 (log(v) + (x - m)^2/v)"], "x m v:positive",
     lambda x, m, v: F.gaussian_nll_loss(m, x, v)),
    ("KL of Gaussians", ["K = log(t/s) + (s^2 + (a - b)^2)/(2 t^2) - 1/2"], "a b s:positive t:positive",
     lambda a, b, s, t: torch.distributions.kl_divergence(
         torch.distributions.Normal(a, s), torch.distributions.Normal(b, t))),
    ("cosine", ["c = (a1 b1 + a2 b2)/(sqrt(a1^2 + a2^2) sqrt(b1^2 + b2^2))"], "a1 a2 b1 b2",
     lambda a1, a2, b1, b2: F.cosine_similarity(torch.stack([a1, a2]), torch.stack([b1, b2]), dim=0)),
    ("batch of two, normalised",
     ["mu = (x1 + x2)/2", "var = ((x1 - mu)^2 + (x2 - mu)^2)/2", "n = gamma (x1 - mu)/sqrt(var + 1/1000) + beta"],
     "x1 x2 gamma beta",
     lambda x1, x2, gamma, beta: F.batch_norm(
         torch.stack([x1, x2])[:, None], None, None, gamma[None], beta[None], True, eps=1e-3)[0, 0]),
    ("two recurrent steps", ["h1 = tanh(u x1 + w h0)", "h2 = tanh(u x2 + w h1)", "L = (h2 - y)^2"], "x1 x2 h0 u w y",
     lambda x1, x2, h0, u, w, y: (torch.tanh(u * x2 + w * torch.tanh(u * x1 + w * h0)) - y) ** 2),
    ("elastic net", ["L = (w x - y)^2 + 1/10 |w| + 1/5 w^2"], "w x y",
     lambda w, x, y: (w * x - y) ** 2 + torch.abs(w) / 10 + w**2 / 5),
    ("focal loss", ["p = sigmoid(z)", "L = -(1 - p)^2 log(p)"], "z",
     lambda z: -((1 - torch.sigmoid(z)) ** 2) * torch.log(torch.sigmoid(z))),
    ("triplet", ["L = max(0, (a - p)^2 - (a - n)^2 + 1)"], "a p n",
     lambda a, p, n: torch.relu((a - p) ** 2 - (a - n) ** 2 + 1)),
]  # fmt: skip


def main() -> None:
    source = random.Random(0)
    found = []
    for title, given, names, function in CASES:
        variables = {name.partition(":")[0]: name.partition(":")[2] or "real" for name in names.split()}
        for _ in range(3):
            at = {name: source.uniform(0.3, 2) * (1 if domain == "positive" or source.random() < 0.5 else -1)
                  for name, domain in variables.items()}  # fmt: skip
            tensors = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in at.items()}
            value = function(*tensors.values())
            gradients = torch.autograd.grad(value, list(tensors.values()), allow_unused=True)
            gradient = {name: 0.0 if slope is None else slope.item() for name, slope in zip(at, gradients, strict=True)}
            assert all(map(math.isfinite, gradient.values())), title
            of = given[-1].partition(" ")[0]
            case = {"case": title, "variables": variables, "given": given, "of": of, "at": at, "gradient": gradient}
            found.append(case)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
