"""The functions of tensors_torch.py: each in an exam's equations and, beside them, in PyTorch."""

from __future__ import annotations

from typing import Any

CASES: list[dict[str, Any]] = []


def case(title: str, variables: str, equations: str, torch: str, ask: str, **more: Any) -> None:
    CASES.append(
        {"case": title, "variables": variables, "torch": torch, "equations": [line.strip() for line in equations.strip().split(";")],
         "ask": [item.strip() for item in ask.split(",")]} | more
    )  # fmt: skip


LAYER = "W: [m, d], x: [d], b: [m], t: [m]"

# -- one layer
case("linear layer", LAYER, "y = W x + b", "y = W@x+b", "jacobian y W")
case(
    "sigmoid layer",
    LAYER,
    "z = W x + b; y = sigmoid(z); L = 1/2 ||y - t||^2",
    "z = W@x+b; y = sigmoid(z); L = ((y-t)**2).sum()/2",
    "jacobian y W, hessian L W",
)
case("unnamed sum inside", LAYER, "y = tanh(W x + b)", "y = tanh(W@x+b)", "jacobian y W")
case("relu layer", LAYER, "z = W x + b; h = max(0, z)", "z = W@x+b; h = relu(z)", "jacobian h W")
case(
    "softplus and a root",
    LAYER,
    "y = log(1 + exp(W x)); r = sqrt(1 + y^2)",
    "y = softplus(W@x); r = sqrt(1+y**2)",
    "jacobian r W",
)
case(
    "softmax layer",
    LAYER,
    "z = W x + b; p = softmax(z); L = -t^T log(p)",
    "z = W@x+b; p = sm(z); L = -(t*lsm(z)).sum()",
    "jacobian p W, hessian L W",
)
case("log-softmax layer", LAYER, "l = log(softmax(W x))", "l = lsm(W@x)", "jacobian l W")
case("log-sum-exp", LAYER, "f = logsumexp(W x)", "f = lse(W@x)", "hessian f W")
case("squares", LAYER, "L = 1/2 ||W x - t||^2", "L = ((W@x-t)**2).sum()/2", "hessian L W")
case("absolute values", LAYER, "r = |W x - t|", "r = abs(W@x-t)", "jacobian r W")
case(
    "a layer's norm",
    LAYER,
    "f = ||W x||; u = W x/||W x||",
    "f = norm(W@x); u = W@x/norm(W@x)",
    "jacobian u W, hessian f W",
)
case(
    "standardised",
    LAYER,
    "z = W x; s = (z - mean(z))/sqrt(var(z) + 1)",
    "z = W@x; s = (z-z.mean())/sqrt(z.var(unbiased=False)+1)",
    "jacobian s W",
    sizes={"m": 3},
)
case("weights with a norm", LAYER, "y = W x/||W||", "y = W@x/norm(W)", "jacobian y W")

# -- many layers
NET = "W1: [h, d], W2: [k, h], W3: [m, k], x: [d], b1: [h]"
case(
    "three layers",
    NET,
    "z1 = W1 x + b1; a1 = relu(z1); z2 = W2 a1; a2 = tanh(z2); y = W3 a2",
    "z1 = W1@x+b1; a1 = relu(z1); z2 = W2@a1; a2 = tanh(z2); y = W3@a2",
    "jacobian y W1, jacobian y W2, jacobian y W3, jacobian a1 W1, jacobian z2 W1",
)
case(
    "six layers",
    "W1: [d, d], W2: [d, d], W3: [d, d], W4: [d, d], W5: [d, d], W6: [d, d], x: [d]",
    "a = tanh(W1 x); b = tanh(W2 a); c = tanh(W3 b); u = tanh(W4 c); v = tanh(W5 u); y = W6 v",
    "a = tanh(W1@x); b = tanh(W2@a); c = tanh(W3@b); u = tanh(W4@c); v = tanh(W5@u); y = W6@v",
    "jacobian y W1, jacobian y W4",
)
case(
    "skip connection",
    "W: [d, d], V: [d, d], x: [d]",
    "h = x + tanh(W x); y = h + tanh(V h)",
    "h = x+tanh(W@x); y = h+tanh(V@h)",
    "jacobian y W, jacobian y V",
)
case(
    "recurrent network",
    "W: [n, n], U: [n, d], h0: [n], x1: [d], x2: [d], x3: [d]",
    "h1 = tanh(W h0 + U x1); h2 = tanh(W h1 + U x2); h3 = tanh(W h2 + U x3)",
    "h1 = tanh(W@h0+U@x1); h2 = tanh(W@h1+U@x2); h3 = tanh(W@h2+U@x3)",
    "jacobian h3 W, jacobian h3 U",
)
case(
    "gate",
    "W: [m, d], V: [m, d], x: [d]",
    "y = sigmoid(W x) ∘ (V x)",
    "y = sigmoid(W@x)*(V@x)",
    "jacobian y W, jacobian y V",
)
case(
    "attention",
    "X: [T, d], Q: [d, k], K: [d, k], V: [d, p]",
    "S = X Q (X K)^T/sqrt(k); A = softmax(S, axis=1); O = A X V",
    "S = X@Q@(X@K).T/math.sqrt(k); A = torch.softmax(S, 1); O = A@X@V",
    "jacobian O V, jacobian O Q, jacobian A Q, jacobian A K, jacobian S X",
    sizes={"T": 2, "d": 2, "p": 2, "k": 2},
)

# -- batches
BATCH = "X: [N, d], W: [d, k], b: [k], Y: [N, k]"
case(
    "batch of squares",
    BATCH,
    "P = X W; L = 1/2 ||X W - Y||_F^2",
    "P = X@W; L = ((X@W-Y)**2).sum()/2",
    "jacobian P W, jacobian P X, hessian L W",
)
case(
    "batch through a layer",
    BATCH,
    "Z = X W + b; H = relu(Z); s = sum(H, axis=1); c = mean(H, axis=0)",
    "Z = X@W+b; H = relu(Z); s = H.sum(1); c = H.mean(0)",
    "jacobian Z W, jacobian H W, jacobian s W, jacobian c W, jacobian Z b",
    sizes={"N": 3, "d": 2, "k": 2},
)
case(
    "batch of softmaxes",
    BATCH,
    "P = softmax(X W, axis=1); M = -1/N sum(Y ∘ log(P))",
    "P = torch.softmax(X@W, 1); M = -(Y*torch.log_softmax(X@W, 1)).sum()/N",
    "jacobian P W, hessian M W",
    sizes={"N": 3, "d": 2, "k": 2},
)

# -- matrices
case(
    "Gram matrix",
    "X: [n, p]",
    "G = X^T X; H = X X^T",
    "G = X.T@X; H = X@X.T",
    "jacobian G X, jacobian H X",
    sizes={"p": 3},
)
case(
    "inverse",
    "A: [n, n], x: [n]",
    "B = A^-1; e = A^-1 x; f = x^T A^-1 x",
    "B = inv(A); e = inv(A)@x; f = x@inv(A)@x",
    "jacobian B A, jacobian e A, hessian f A",
)
case("inverse of a sum", "A: [n, n], x: [n]", "u = inv(A + A^T) x", "u = inv(A+A.T)@x", "jacobian u A")
case(
    "determinants", "A: [n, n]", "f = log(det(A)); g = det(A)", "f = logdet(A); g = det(A)", "hessian f A, hessian g A"
)
case(
    "traces",
    "A: [n, n], B: [n, n]",
    "f = tr(B A^-1); g = tr(A A); h = tr(A^T B A)",
    "f = tr(B@inv(A)); g = tr(A@A); h = tr(A.T@B@A)",
    "hessian f A, hessian g A, hessian h A",
)
case("cube", "A: [n, n]", "C = A A A; D = A^3", "C = A@A@A; D = C", "jacobian C A, jacobian D A")
case("quadratic form of a square", "A: [n, n], x: [n]", "q = x^T A A x", "q = x@A@A@x", "hessian q A")
case(
    "entry by entry",
    "A: [n, n], B: [n, n]",
    "C = A ∘ A ∘ B; D = exp(A)/(1 + B ∘ B)",
    "C = A*A*B; D = exp(A)/(1+B*B)",
    "jacobian C A, jacobian D A, jacobian D B",
)
case("share of the sum", "A: [n, n]", "w = A/sum(A)", "w = A/A.sum()", "jacobian w A")
case(
    "diagonals",
    "A: [n, n], x: [n]",
    "v = diag(A) ∘ x; M = diag(x) A diag(x)",
    "v = diag(A)*x; M = diag(x)@A@diag(x)",
    "jacobian v A, jacobian M A, jacobian M x",
)
case("by a number", "A: [n, n], t: real", "B = exp(t) A", "B = exp(t)*A", "jacobian B t, jacobian B A")
case("outer product", "x: [d], a: [m]", "P = x a^T", "P = torch.outer(x, a)", "jacobian P x, jacobian P a")
case(
    "one row and one entry",
    "A: [n, n], x: [n]",
    "y = A_{2,:} ∘ x; s = A_{12} A x",
    "y = A[1]*x; s = A[0,1]*(A@x)",
    "jacobian y A, jacobian s A",
)
