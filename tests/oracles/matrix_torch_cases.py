"""The losses and networks of matrix_torch.py: each in an exam's equations and, beside them, in PyTorch."""

from __future__ import annotations

from typing import Any

CASES: list[dict[str, Any]] = []


def case(title: str, variables: str, equations: str, torch: str, ask: str, **more: Any) -> None:
    CASES.append(
        {"case": title, "variables": variables, "torch": torch, "equations": [line.strip() for line in equations.strip().split(";")],
         "ask": [item.strip() for item in ask.split(",")]} | more
    )  # fmt: skip


# -- regression
case(
    "least squares",
    "X: [N, d], w: [d], y: [N]",
    "L = ||X w - y||^2",
    "L = ((X @ w - y)**2).sum()",
    "gradient L w, gradient L X, gradient L y, hessian L w",
)
case(
    "half the squares, by residuals",
    "X: [N, d], w: [d], y: [N]",
    "r = X w - y; L = 1/2 r^T r",
    "r = X @ w - y; L = r @ r / 2",
    "gradient L w, gradient L r, jacobian r w, jacobian r w denominator, hessian L w",
)
case(
    "mean squares with a bias",
    "X: [N, d], w: [d], y: [N], b: real",
    "L = 1/N ||X w + b - y||^2",
    "L = ((X @ w + b - y)**2).mean()",
    "gradient L w, gradient L b, gradient L X",
)
case(
    "mean of squares, as a mean",
    "X: [N, d], w: [d], y: [N], b: real",
    "z = X w + b; L = mean((z - y)^2)",
    "z = X @ w + b; L = ((z - y)**2).mean()",
    "gradient L w, gradient L b, gradient L z",
)
case(
    "ridge",
    "X: [N, d], w: [d], y: [N], lambda: positive",
    "J = ||X w - y||^2 + lambda ||w||^2",
    "J = ((X @ w - y)**2).sum() + lambda_ * (w @ w)",
    "gradient J w, gradient J lambda, hessian J w",
)
case(
    "ridge of a matrix",
    "X: [N, d], W: [d, k], Y: [N, k], lambda: positive",
    "J = 1/(2 N) ||X W - Y||_F^2 + lambda/2 ||W||_F^2",
    "J = ((X @ W - Y)**2).sum()/(2*N) + lambda_/2 * (W**2).sum()",
    "gradient J W, gradient J X, gradient J lambda",
)
case(
    "lasso",
    "X: [N, d], w: [d], y: [N], lambda: positive",
    "J = 1/2 ||X w - y||^2 + lambda ||w||_1",
    "J = ((X @ w - y)**2).sum()/2 + lambda_ * w.abs().sum()",
    "gradient J w, gradient J lambda",
)
case(
    "elastic net",
    "X: [N, d], w: [d], y: [N], alpha: positive, beta: positive",
    "J = 1/N ||X w - y||_2^2 + alpha ||w||_1 + beta/2 ||w||_2^2",
    "J = ((X @ w - y)**2).mean() + alpha * w.abs().sum() + beta/2*(w @ w)",
    "gradient J w, gradient J alpha",
)
case(
    "weighted least squares",
    "X: [N, d], w: [d], y: [N], s: [N]",
    "L = (X w - y)^T diag(s) (X w - y)",
    "L = (s * (X @ w - y)**2).sum()",
    "gradient L w, gradient L s, hessian L w",
)
case(
    "generalised least squares",
    "X: [n, d], w: [d], y: [n], S: [n, n]",
    "r = y - X w; L = r^T S^-1 r",
    "r = y - X @ w; L = r @ inv(S) @ r",
    "gradient L w, gradient L S, gradient L r, hessian L w",
)
case(
    "mean absolute error",
    "X: [N, d], w: [d], y: [N]",
    "L = 1/N sum(|X w - y|)",
    "L = (X @ w - y).abs().mean()",
    "gradient L w, gradient L y",
)
case(
    "Huber by cases",
    "X: [N, d], w: [d], y: [N]",
    "r = X w - y; l = 1/2 r^2 if |r| <= 1 else |r| - 1/2; L = sum(l)",
    "r = X @ w - y; L = F.huber_loss(X @ w, y, reduction='sum') + 0*r.sum(); L = where(r.abs()<=1, r**2/2, r.abs()-0.5).sum()",
    "gradient L w, gradient L r, gradient L y",
)
case(
    "Huber by max and abs",
    "r: [n]",
    "L = sum(1/2 min(|r|, 1)^2 + max(|r| - 1, 0))",
    "L = F.huber_loss(r, 0*r, reduction='sum')",
    "gradient L r",
    at={"r": [-2.5, 0.25]},
)
case(
    "log-cosh",
    "X: [N, d], w: [d], y: [N]",
    "L = sum(log(cosh(X w - y)))",
    "L = log(cosh(X @ w - y)).sum()",
    "gradient L w, hessian L w",
)
case(
    "quantile loss",
    "X: [N, d], w: [d], y: [N], tau: positive",
    "r = y - X w; L = 1/N sum(max(tau r, (tau - 1) r))",
    "r = y - X @ w; L = max(tau*r, (tau-1)*r).mean()",
    "gradient L w, gradient L tau, gradient L r",
    at={"tau": 0.3},
)
case(
    "Poisson regression",
    "X: [N, d], w: [d], y: [N]",
    "L = sum(exp(X w) - y ∘ (X w))",
    "z = X @ w; L = (exp(z) - y*z).sum()",
    "gradient L w, hessian L w",
)
case(
    "matrix least squares",
    "A: [m, n], X: [n, k], B: [m, k]",
    "L = ||A X - B||_F^2",
    "L = ((A @ X - B)**2).sum()",
    "gradient L X, gradient L A, gradient L B",
)
case(
    "label noise regression with both intercepts",
    "W: [m, d], x: [d], b: [m], y: [m]",
    "e = W x + b - y; L = 1/2 ||e||^2",
    "e = W @ x + b - y; L = (e @ e)/2",
    "gradient L W, gradient L b, gradient L x, gradient L e, jacobian e x",
)

# -- classification
case(
    "hinge",
    "X: [N, d], w: [d], y: [N], b: real",
    "L = mean(max(0, 1 - y ∘ (X w + b)))",
    "L = relu(1 - y*(X @ w + b)).mean()",
    "gradient L w, gradient L b, gradient L X",
    at={"y": [1, -1, 1, -1]},
)
case(
    "support vector machine",
    "X: [N, d], w: [d], y: [N], C: positive",
    "L = 1/2 ||w||^2 + C sum(max(0, 1 - y ∘ (X w)))",
    "L = w @ w/2 + C*relu(1 - y*(X @ w)).sum()",
    "gradient L w, gradient L C",
    at={"y": [1, -1, -1, 1]},
)
case(
    "squared hinge",
    "X: [N, d], w: [d], y: [N]",
    "h = max(0, 1 - y ∘ (X w)); L = ||h||^2",
    "h = relu(1 - y*(X @ w)); L = h @ h",
    "gradient L w, gradient L h",
    at={"y": [1, -1, -1, 1]},
)
case(
    "hinge of one sample",
    "x: [d], w: [d], y: real",
    "L = max(0, 1 - y w^T x)",
    "L = relu(1 - y*(w @ x))",
    "gradient L w, gradient L x, gradient L y",
    at={"x": [1, -2, 0.5], "w": [0.3, 0.2, -1], "y": 1},
)
case(
    "multi-class hinge",
    "z: [k], y: [k]",
    "L = sum((1 - y) ∘ max(0, 1 + z - y^T z))",
    "L = ((1 - y)*relu(1 + z - y @ z)).sum()",
    "gradient L z",
    at={"y": [0, 1, 0], "z": [0.5, 1, -3]},
)
case(
    "softmax cross-entropy",
    "W: [k, d], x: [d], b: [k], y: [k]",
    "z = W x + b; p = softmax(z); L = -y^T log(p)",
    "z = W @ x + b; p = sm(z); L = -(y @ log(p))",
    "gradient L W, gradient L b, gradient L x, gradient L z, gradient L p, jacobian p z",
    at={"y": [0, 1, 0]},
)
case(
    "softmax cross-entropy, soft labels as a sum",
    "W: [k, d], x: [d], y: [k]",
    "z = W x; yhat = softmax(z); L = -sum(y ∘ log(yhat))",
    "z = W @ x; yhat = sm(z); L = -(y * log(yhat)).sum()",
    "gradient L W, gradient L z, gradient L x",
    at={"y": [0.2, 0.5, 0.3]},
)
case(
    "softmax cross-entropy by log-sum-exp",
    "W: [k, d], x: [d], y: [k]",
    "z = W x; L = logsumexp(z) - y^T z",
    "z = W @ x; L = lse(z) - y @ z",
    "gradient L W, gradient L z, hessian L z, gradient L x, hessian L x",
    at={"y": [0, 0, 1]},
)
case(
    "softmax cross-entropy by log of a sum",
    "z: [k], y: [k]",
    "L = log(sum(exp(z))) - y^T z",
    "L = lse(z) - y @ z",
    "gradient L z, hessian L z",
    at={"y": [1, 0, 0]},
)
case(
    "softmax cross-entropy with log_softmax",
    "W: [k, d], x: [d], y: [k]",
    "L = -y^T log_softmax(W x)",
    "L = -(y @ lsm(W @ x))",
    "gradient L W, gradient L x",
    at={"y": [0, 1, 0]},
)
case(
    "softmax cross-entropy of class 2",
    "W: [k, d], x: [d], b: [k]",
    "z = W x + b; p = softmax(z); L = -log(p_2)",
    "z = W @ x + b; p = sm(z); L = -log(p[1])",
    "gradient L W, gradient L b, gradient L z, gradient L p",
)
case(
    "logit of class 2 against all",
    "z: [k]",
    "L = -z_2 + log(sum(exp(z)))",
    "L = -z[1] + lse(z)",
    "gradient L z, hessian L z",
)
case(
    "softmax cross-entropy as a finite sum",
    "z: [k], y: [k]",
    "p = softmax(z); L = -sum_{i=1}^k y_i log(p_i)",
    "p = sm(z); L = -(y*log(p)).sum()",
    "gradient L z, gradient L p",
)
case(
    "softmax written out",
    "z: [k], y: [k]",
    "p = exp(z)/sum(exp(z)); L = -y^T log(p)",
    "p = sm(z); L = -(y@log(p))",
    "gradient L z, jacobian p z",
)
case(
    "softmax regression on a batch",
    "X: [N, d], W: [d, k], Y: [N, k]",
    "Z = X W; P = softmax(Z, axis=1); L = -1/N sum(Y ∘ log(P))",
    "Z = X @ W; P = sm(Z); L = -(Y*log(P)).sum()/N",
    "gradient L W, gradient L Z, gradient L X",
    at={"Y": [[1, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]]},
)
case(
    "softmax regression with weight decay",
    "X: [N, d], W: [d, k], Y: [N, k], lambda: positive",
    "L = -1/N tr(Y^T log(softmax(X W, axis=1))) + lambda/2 ||W||_F^2",
    "L = -(Y*lsm(X @ W)).sum()/N + lambda_/2*(W**2).sum()",
    "gradient L W, gradient L lambda",
    at={"Y": [[1, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]]},
)
case(
    "softmax regression with a bias row",
    "X: [N, d], W: [d, k], b: [k], Y: [N, k]",
    "Z = X W + 1 b^T; P = softmax(Z, axis=1); L = -sum(Y ∘ log(P))",
    "Z = X @ W + b; P = sm(Z); L = -(Y*log(P)).sum()",
    "gradient L W, gradient L b",
    at={"Y": [[1, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]]},
)
case(
    "binary cross-entropy",
    "X: [N, d], w: [d], b: real, y: [N]",
    "z = X w + b; p = sigmoid(z); L = -1/N (y^T log(p) + (1 - y)^T log(1 - p))",
    "z = X @ w + b; p = sigmoid(z); L = F.binary_cross_entropy(p, y)",
    "gradient L w, gradient L b, gradient L z, gradient L p",
    at={"y": [0, 1, 1, 0]},
)
case(
    "binary cross-entropy with decay",
    "X: [N, d], w: [d], y: [N], lambda: positive",
    "p = sigmoid(X w); L = -sum(y ∘ log(p) + (1 - y) ∘ log(1 - p)) + lambda/2 w^T w",
    "p = sigmoid(X @ w); L = F.binary_cross_entropy(p, y, reduction='sum') + lambda_/2*w@w",
    "gradient L w, hessian L w, gradient L lambda",
    at={"y": [0, 1, 1, 0]},
)
case(
    "logistic loss with signs",
    "X: [N, d], w: [d], y: [N]",
    "L = sum(log(1 + exp(-y ∘ (X w))))",
    "L = softplus(-y*(X @ w)).sum()",
    "gradient L w, hessian L w",
    at={"y": [1, -1, 1, -1]},
)
case(
    "binary cross-entropy of logits",
    "z: [n], y: [n]",
    "L = sum(softplus(z) - y ∘ z)",
    "L = (softplus(z) - y*z).sum()",
    "gradient L z, hessian L z, gradient L y",
    at={"y": [0, 1]},
)
case(
    "logistic regression of one sample",
    "x: [d], w: [d], b: real, y: real",
    "z = w^T x + b; yhat = sigmoid(z); L = -(y log(yhat) + (1 - y) log(1 - yhat))",
    "z = w @ x + b; yhat = sigmoid(z); L = -(y*log(yhat) + (1-y)*log(1-yhat))",
    "gradient L w, gradient L b, gradient L x, hessian L w, gradient L z",
    at={"y": 1},
)
case(
    "focal loss",
    "z: [n], y: [n], gamma: positive",
    "p = sigmoid(z); L = -sum(y ∘ (1 - p)^gamma ∘ log(p))",
    "p = sigmoid(z); L = -(y*(1-p)**gamma*log(p)).sum()",
    "gradient L z, gradient L p",
    at={"gamma": 1.5},
)
case(
    "focal loss, gamma 2, classes",
    "z: [k], y: [k]",
    "p = softmax(z); L = -sum(y ∘ (1 - p)^2 ∘ log(p))",
    "p = sm(z); L = -(y*(1-p)**2*log(p)).sum()",
    "gradient L z, gradient L p",
    at={"y": [0, 1, 0]},
)
case(
    "label smoothing",
    "z: [k], y: [k], epsilon: positive",
    "q = (1 - epsilon) y + epsilon/k; L = -q^T log(softmax(z))",
    "q = (1-epsilon)*y + epsilon/k; L = -(q @ lsm(z))",
    "gradient L z, gradient L epsilon",
    at={"epsilon": 0.1, "y": [0, 0, 1]},
)
case(
    "softmax with temperature",
    "z: [k], y: [k], T: positive",
    "p = softmax(z/T); L = -y^T log(p)",
    "p = sm(z/T); L = -(y @ log(p))",
    "gradient L z, gradient L T, jacobian p z",
    at={"T": 2.5, "y": [0.2, 0.5, 0.3]},
)
case(
    "Brier score",
    "z: [k], y: [k]",
    "p = softmax(z); L = ||p - y||^2",
    "p = sm(z); L = ((p-y)**2).sum()",
    "gradient L z, gradient L p",
    at={"y": [0, 1, 0]},
)
case(
    "dice loss",
    "p: [n], y: [n]",
    "L = 1 - 2 p^T y/(sum(p) + sum(y))",
    "L = 1 - 2*(p@y)/(p.sum()+y.sum())",
    "gradient L p",
    at={"p": [0.25, 0.5], "y": [0, 1]},
)

# -- metric learning, distributions
case(
    "triplet",
    "a: [d], p: [d], q: [d], alpha: positive",
    "L = max(0, ||a - p||^2 - ||a - q||^2 + alpha)",
    "L = relu(((a-p)**2).sum() - ((a-q)**2).sum() + alpha)",
    "gradient L a, gradient L p, gradient L q",
    at={"a": [1, 0, 2], "p": [-1, 1, 0.5], "q": [1, 1, 1]},
)
case(
    "triplet of distances",
    "a: [d], p: [d], q: [d]",
    "L = max(0, ||a - p|| - ||a - q|| + 1)",
    "L = relu(norm(a-p) - norm(a-q) + 1)",
    "gradient L a, gradient L p",
    at={"a": [1, 0, 2], "p": [-1, 1, 0.5], "q": [1, 1, 1]},
)
case(
    "contrastive",
    "a: [d], b: [d], y: real, c: positive",
    "D = ||a - b||; L = y D^2 + (1 - y) max(0, c - D)^2",
    "D = norm(a-b); L = y*D**2 + (1-y)*relu(c-D)**2",
    "gradient L a, gradient L D",
    at={"c": 6, "y": 0.25},
)
case(
    "cosine similarity",
    "x: [d], y: [d]",
    "c = x^T y/(||x|| ||y||)",
    "c = F.cosine_similarity(x, y, dim=0)",
    "gradient c x, gradient c y",
)
case(
    "cosine embedding",
    "x: [d], W: [m, d], y: [m]",
    "u = W x; L = 1 - u^T y/(||u|| ||y||)",
    "u = W @ x; L = 1 - F.cosine_similarity(u, y, dim=0)",
    "gradient L W, gradient L u, gradient L x",
)
case("normalised vector", "x: [d]", "u = x/||x||", "u = x/norm(x)", "jacobian u x, jacobian u x denominator")
case(
    "InfoNCE",
    "q: [d], K: [k, d], y: [k], tau: positive",
    "s = K q/tau; L = logsumexp(s) - y^T s",
    "s = K @ q/tau; L = lse(s) - y @ s",
    "gradient L q, gradient L K, gradient L tau",
    at={"y": [1, 0, 0], "tau": 0.5},
)
case(
    "skip-gram with negative samples",
    "u: [d], v: [d], U: [k, d]",
    "L = -log(sigmoid(u^T v)) - sum(log(sigmoid(-U v)))",
    "L = -F.logsigmoid(u @ v) - F.logsigmoid(-(U @ v)).sum()",
    "gradient L v, gradient L u, gradient L U",
)
case(
    "KL divergence of softmaxes",
    "a: [k], b: [k]",
    "p = softmax(a); q = softmax(b); K = sum(p ∘ log(p/q))",
    "p = sm(a); q = sm(b); K = (p*log(p/q)).sum()",
    "gradient K a, gradient K b, gradient K p, gradient K q, hessian K b",
)
case(
    "KL divergence by differences of logs",
    "p: {shape: [k], domain: positive}, q: {shape: [k], domain: positive}",
    "K = p^T (log(p) - log(q))",
    "K = p @ (log(p) - log(q))",
    "gradient K p, gradient K q, hessian K p, hessian K q",
)
case("entropy", "z: [k]", "p = softmax(z); H = -p^T log(p)", "p = sm(z); H = -(p@log(p))", "gradient H z, gradient H p")
case(
    "Gaussian negative log-likelihood",
    "x: [d], mu: [d], S: [d, d]",
    "L = 1/2 (x - mu)^T S^-1 (x - mu) + 1/2 log(det(S))",
    "L = (x-mu)@inv(S)@(x-mu)/2 + log(det(S))/2",
    "gradient L mu, gradient L x, gradient L S, hessian L mu",
)
case(
    "Gaussian with a precision matrix",
    "x: [d], mu: [d], P: [d, d]",
    "L = 1/2 (x - mu)^T P (x - mu) - 1/2 logdet(P)",
    "L = (x-mu)@P@(x-mu)/2 - logdet(P)/2",
    "gradient L mu, gradient L P, hessian L x",
)
case(
    "diagonal Gaussian",
    "x: [d], mu: [d], v: {shape: [d], domain: positive}",
    "L = 1/2 sum(log(v) + (x - mu)^2/v)",
    "L = (log(v) + (x-mu)**2/v).sum()/2",
    "gradient L mu, gradient L v, hessian L mu, hessian L v",
)
case(
    "diagonal Gaussian by standard deviations",
    "x: [d], mu: [d], s: {shape: [d], domain: positive}",
    "L = sum(log(s)) + 1/2 ||(x - mu)/s||^2",
    "L = log(s).sum() + (((x-mu)/s)**2).sum()/2",
    "gradient L mu, gradient L s",
)
case(
    "Gaussian of a sample, in a trace",
    "X: [N, d], mu: [d], S: [d, d]",
    "L = N/2 log(det(S)) + 1/2 tr((X - 1 mu^T) S^-1 (X - 1 mu^T)^T)",
    "R = X - mu; L = N/2*log(det(S)) + tr(R@inv(S)@R.T)/2",
    "gradient L mu, gradient L S",
)
case(
    "isotropic Gaussian",
    "x: [d], mu: [d], sigma: positive",
    "L = d log(sigma) + ||x - mu||^2/(2 sigma^2)",
    "L = d*log(sigma) + ((x-mu)**2).sum()/(2*sigma**2)",
    "gradient L mu, gradient L sigma, hessian L x",
)
case(
    "KL of a variational autoencoder",
    "mu: [d], s: {shape: [d], domain: positive}",
    "K = -1/2 sum(1 + log(s^2) - mu^2 - s^2)",
    "K = -(1 + log(s**2) - mu**2 - s**2).sum()/2",
    "gradient K mu, gradient K s",
)
case(
    "radial basis function",
    "x: [d], c: [d], sigma: positive",
    "k = exp(-||x - c||^2/(2 sigma^2))".replace("k =", "phi ="),
    "phi = exp(-((x-c)**2).sum()/(2*sigma**2))",
    "gradient phi x, gradient phi sigma, hessian phi x",
)
case(
    "policy gradient",
    "W: [k, d], s: [d], a: [k], R: real",
    "p = softmax(W s); J = R log(a^T p)",
    "p = sm(W@s); J = R*log(a@p)",
    "gradient J W, gradient J s, gradient J p",
    at={"a": [0, 1, 0]},
)

# -- linear algebra
case("log determinant", "A: [n, n]", "L = log(det(A))", "L = logdet(A)", "gradient L A")
case("trace of an inverse", "X: [n, n]", "L = tr(X^-1)", "L = tr(inv(X))", "gradient L X")
case("determinant", "A: [n, n]", "D = det(A)", "D = det(A)", "gradient D A")
case(
    "trace of a product",
    "A: [m, d], X: [d, n], B: [n, m]",
    "t = tr(A X B)",
    "t = tr(A@X@B)",
    "gradient t X, gradient t A, gradient t B",
)
case("trace of a square", "A: [n, n], B: [n, n]", "t = tr(A B A)", "t = tr(A@B@A)", "gradient t A, gradient t B")
case("trace of a cube", "A: [n, n]", "t = tr(A^3)", "t = tr(A@A@A)", "gradient t A")
case(
    "quadratic form",
    "A: [d, d], x: [d], b: [d], c: real",
    "f = 1/2 x^T A x - b^T x + c",
    "f = x@A@x/2 - b@x + c",
    "gradient f x, gradient f A, hessian f x, gradient f b",
)
case(
    "bilinear form", "A: [m, d], x: [d], y: [m]", "f = y^T A x", "f = y@A@x", "gradient f A, gradient f x, gradient f y"
)
case(
    "quadratic form of an inverse",
    "A: [n, n], x: [n]",
    "f = x^T A^-1 x",
    "f = x@inv(A)@x",
    "gradient f A, gradient f x, hessian f x",
)
case("Rayleigh quotient", "A: [d, d], x: [d]", "r = x^T A x/(x^T x)", "r = x@A@x/(x@x)", "gradient r x, gradient r A")
case("Frobenius norm", "A: [m, n], B: [m, n]", "f = ||A - B||_F", "f = norm(A-B)", "gradient f A")
case(
    "Frobenius norm of a product",
    "A: [m, d], B: [d, n]",
    "f = ||A B||_F^2",
    "f = ((A@B)**2).sum()",
    "gradient f A, gradient f B",
)
case("trace of a Gram form", "X: [N, d], A: [N, N]", "t = tr(X^T A X)", "t = tr(X.T@A@X)", "gradient t X, gradient t A")
case("log determinant of a Gram matrix", "X: [N, n]", "f = logdet(X^T X)", "f = logdet(X.T@X)", "gradient f X")
case(
    "log determinant of a shifted outer product",
    "A: [n, n], x: [n]",
    "f = log(det(A + x x^T))",
    "f = logdet(A + torch.outer(x,x))",
    "gradient f x, gradient f A",
    at={"A": [[4, 1], [1, 3]]},
)
case(
    "trace of an inverse product",
    "A: [n, n], B: [n, n]",
    "t = tr(A^-1 B)",
    "t = tr(inv(A)@B)",
    "gradient t A, gradient t B",
)
case(
    "sum of an entry-wise product",
    "A: [m, n], B: [m, n]",
    "s = sum(A ∘ B ∘ A)",
    "s = (A*B*A).sum()",
    "gradient s A, gradient s B",
)
case("Euclidean norm", "x: [d], c: [d]", "f = ||x - c||", "f = norm(x-c)", "gradient f x, hessian f x")
case(
    "norm of a product", "A: [m, d], x: [d]", "f = ||A x||", "f = norm(A@x)", "gradient f x, gradient f A, hessian f x"
)
case("root of a sum of squares", "x: [d]", "f = sqrt(x^T x + 1)", "f = sqrt(x@x+1)", "gradient f x, hessian f x")
case(
    "matrix factorisation",
    "X: [N, d], U: [N, r], V: [r, d]",
    "L = ||X - U V||^2",
    "L = ((X-U@V)**2).sum()",
    "gradient L U, gradient L V, gradient L X",
)
case(
    "matrix factorisation with decay",
    "R: [N, d], U: [N, r], V: [d, r], lambda: positive",
    "E = R - U V^T; L = 1/2 ||E||_F^2 + lambda/2 (||U||_F^2 + ||V||_F^2)",
    "E = R - U@V.T; L = (E**2).sum()/2 + lambda_/2*((U**2).sum()+(V**2).sum())",
    "gradient L U, gradient L V, gradient L E",
)
case(
    "masked matrix factorisation",
    "R: [N, d], M: [N, d], U: [N, r], V: [d, r]",
    "L = ||M ∘ (R - U V^T)||_F^2",
    "L = ((M*(R-U@V.T))**2).sum()",
    "gradient L U, gradient L V",
)
case(
    "PCA reconstruction",
    "X: [N, d], W: [d, r]",
    "L = ||X - X W W^T||_F^2",
    "L = ((X-X@W@W.T)**2).sum()",
    "gradient L W, gradient L X",
)
case(
    "linear autoencoder",
    "x: [d], W: [r, d]",
    "h = W x; L = ||x - W^T h||^2",
    "h = W@x; L = ((x-W.T@h)**2).sum()",
    "gradient L W, gradient L x, gradient L h",
)
case(
    "autoencoder with codes",
    "x: [d], W1: [r, d], b1: [r], W2: [d, r], b2: [d]",
    "h = sigmoid(W1 x + b1); xhat = W2 h + b2; L = 1/2 ||x - xhat||^2",
    "h = sigmoid(W1@x+b1); xhat = W2@h+b2; L = ((x-xhat)**2).sum()/2",
    "gradient L W1, gradient L W2, gradient L b1, gradient L b2, gradient L x, gradient L h",
)
case(
    "Jacobian of an affine map",
    "W: [m, d], x: [d], b: [m]",
    "y = W x + b",
    "y = W@x+b",
    "jacobian y x, jacobian y b, jacobian y x denominator",
)
case("Jacobian of a quadratic map", "A: [d, d], x: [d]", "f = (x^T A x) x", "f = (x@A@x)*x", "jacobian f x")
case("Jacobian of an outer product on a vector", "x: [d], a: [d]", "f = x x^T a", "f = x*(x@a)", "jacobian f x")
case("Jacobian of an entry-wise square", "W: [m, d], x: [d]", "f = (W x)^2", "f = (W@x)**2", "jacobian f x")
case(
    "Jacobian of layers",
    "W: [m, d], x: [d], V: [k, m]",
    "h = tanh(W x); f = V h",
    "h = tanh(W@x); f = V@h",
    "jacobian f x, jacobian h x, jacobian f h, jacobian f x denominator",
)
case(
    "Jacobian of a ReLU layer",
    "W: [m, d], x: [d], b: [m]",
    "f = relu(W x + b)",
    "f = relu(W@x+b)",
    "jacobian f x, jacobian f b",
)
case("softmax's Jacobian", "z: [k]", "p = softmax(z)", "p = sm(z)", "jacobian p z, jacobian p z denominator")
case(
    "softmax of a layer",
    "W: [k, d], x: [d]",
    "p = softmax(W x)",
    "p = sm(W@x)",
    "jacobian p x, jacobian p x denominator",
)
case("log-softmax's Jacobian", "z: [k]", "l = log(softmax(z))", "l = lsm(z)", "jacobian l z")
case(
    "Gauss-Newton",
    "A: [m, d], x: [d], y: [m]",
    "r = sigmoid(A x) - y; L = 1/2 r^T r",
    "r = sigmoid(A@x)-y; L = r@r/2",
    "jacobian r x, gradient L x, hessian L x",
)
case("sum of cubes", "x: [d]", "f = sum(x^3)", "f = (x**3).sum()", "gradient f x, hessian f x")
case("square of a sum", "x: [d]", "f = sum(x)^2", "f = x.sum()**2", "gradient f x, hessian f x")
case("variance", "x: [d]", "v = var(x)", "v = x.var(unbiased=False)", "gradient v x, hessian v x")
case(
    "variance written out",
    "x: [d]",
    "mu = mean(x); v = 1/d ||x - mu||^2",
    "mu = x.mean(); v = ((x-mu)**2).mean()",
    "gradient v x, hessian v x",
)
case(
    "negative entropy",
    "x: {shape: [d], domain: positive}",
    "f = sum(x ∘ log(x))",
    "f = (x*log(x)).sum()",
    "gradient f x, hessian f x",
)
case(
    "sines",
    "A: [m, d], x: [d], c: [m]",
    "f = c^T sin(A x)",
    "f = c@sin(A@x)",
    "gradient f x, gradient f A, hessian f x",
)
case(
    "factorisation machine",
    "w: [d], V: [d, r], x: [d], b: real",
    "f = b + w^T x + 1/2 (||V^T x||^2 - sum((V ∘ V)^T (x ∘ x)))",
    "f = b + w@x + (((V.T@x)**2).sum() - ((V*V).T@(x*x)).sum())/2",
    "gradient f x, gradient f V, gradient f w, hessian f x",
)

# -- networks
for name, call, code in (
    ("ReLU", "relu(g)", "relu(g)"),
    ("ReLU as max", "max(0, g)", "relu(g)"),
    ("tanh", "tanh(g)", "tanh(g)"),
    ("sigmoid", "sigmoid(g)", "sigmoid(g)"),
    ("softplus", "softplus(g)", "softplus(g)"),
    ("leaky ReLU", "leaky_relu(g, 0.1)", "F.leaky_relu(g, 0.1)"),
    ("GELU", "gelu(g)", "F.gelu(g)"),
    ("ELU", "elu(g)", "F.elu(g)"),
    ("swish", "silu(g)", "F.silu(g)"),
    ("swish written out", "g ∘ sigmoid(g)", "F.silu(g)"),
    ("softsign", "softsign(g)", "F.softsign(g)"),
    ("ReLU by an indicator", "g ∘ [g > 0]", "relu(g)"),
    ("leaky ReLU by cases", "g if g > 0 else 0.01 g", "F.leaky_relu(g)"),
):
    case(
        f"two layers, {name}",
        "x: [d], W1: [m, d], b1: [m], W2: [k, m], b2: [k], y: [k]",
        f"g = W1 x + b1; h = {call}; yhat = W2 h + b2; L = 1/2 ||yhat - y||^2",
        f"g = W1@x+b1; h = {code}; yhat = W2@h+b2; L = ((yhat-y)**2).sum()/2",
        "gradient L W1, gradient L b1, gradient L W2, gradient L b2, gradient L x, gradient L h, gradient L g, gradient L yhat",
    )
case(
    "one layer",
    "x: [d], W: [m, d], b: [m], y: [m]",
    "yhat = sigmoid(W x + b); L = 1/2 ||y - yhat||^2",
    "yhat = sigmoid(W@x+b); L = ((y-yhat)**2).sum()/2",
    "gradient L W, gradient L b, gradient L x",
)
case(
    "two layers and softmax",
    "x: [d], W1: [m, d], b1: [m], W2: [k, m], b2: [k], y: [k]",
    "z1 = W1 x + b1; a1 = relu(z1); z2 = W2 a1 + b2; yhat = softmax(z2); L = -y^T log(yhat)",
    "z1 = W1@x+b1; a1 = relu(z1); z2 = W2@a1+b2; yhat = sm(z2); L = -(y@log(yhat))",
    "gradient L W1, gradient L b1, gradient L W2, gradient L b2, gradient L z2, gradient L a1, gradient L z1, gradient L x",
    at={"y": [0, 1, 0]},
)
case(
    "two layers on a batch",
    "X: [N, d], W1: [d, h], W2: [h, k], Y: [N, k]",
    "G = X W1; H = relu(G); Yhat = H W2; L = 1/N ||Yhat - Y||_F^2",
    "G = X@W1; H = relu(G); Yhat = H@W2; L = ((Yhat-Y)**2).sum()/N",
    "gradient L W1, gradient L W2, gradient L X, gradient L G, gradient L H",
)
case(
    "three layers",
    "x: [d], W1: [m, d], W2: [n, m], w3: [n], y: real",
    "h1 = tanh(W1 x); h2 = tanh(W2 h1); yhat = w3^T h2; L = (yhat - y)^2",
    "h1 = tanh(W1@x); h2 = tanh(W2@h1); yhat = w3@h2; L = (yhat-y)**2",
    "gradient L W1, gradient L W2, gradient L w3, gradient L x, gradient L h1, gradient L y",
)
case(
    "four layers",
    "x: [d], W1: [m, d], W2: [n, m], W3: [p, n], W4: [k, p], y: [k]",
    "h1 = relu(W1 x); h2 = relu(W2 h1); h3 = relu(W3 h2); yhat = W4 h3; L = 1/2 ||yhat - y||^2",
    "h1 = relu(W1@x); h2 = relu(W2@h1); h3 = relu(W3@h2); yhat = W4@h3; L = ((yhat-y)**2).sum()/2",
    "gradient L W1, gradient L W2, gradient L W3, gradient L W4, gradient L x",
    at={
        "W1": [[1, 0.5, 2], [0.3, 1, 0.2]],
        "x": [1, 2, 0.5],
        "W2": [[1, -0.2], [0.5, 1]],
        "W3": [[1, 0.5], [0.2, -1], [-0.5, 2], [1, 1]],
    },
)
case(
    "sigmoid output network",
    "x: [d], W: [m, d], b: [m], v: [m], c: real, y: real",
    "h = tanh(W x + b); yhat = sigmoid(v^T h + c); L = -y log(yhat) - (1 - y) log(1 - yhat)",
    "h = tanh(W@x+b); yhat = sigmoid(v@h+c); L = -y*log(yhat)-(1-y)*log(1-yhat)",
    "gradient L W, gradient L b, gradient L v, gradient L c, gradient L x",
    at={"y": 1},
)
case(
    "residual network",
    "x: [d], W1: [m, d], W2: [d, m], v: [d]",
    "h = x + W2 relu(W1 x); L = v^T h",
    "h = x + W2@relu(W1@x); L = v@h",
    "gradient L W1, gradient L W2, gradient L x, jacobian h x",
)
case(
    "two residual blocks",
    "x: [d], W1: [d, d], W2: [d, d], y: [d]",
    "h1 = x + tanh(W1 x); h2 = h1 + tanh(W2 h1); L = 1/2 ||h2 - y||^2",
    "h1 = x+tanh(W1@x); h2 = h1+tanh(W2@h1); L = ((h2-y)**2).sum()/2",
    "gradient L W1, gradient L W2, gradient L x, gradient L h1, jacobian h2 x",
)
case(
    "highway layer",
    "x: [d], W: [d, d], V: [d, d], c: [d]",
    "t = sigmoid(V x); y = t ∘ tanh(W x) + (1 - t) ∘ x; L = c^T y",
    "t = sigmoid(V@x); y = t*tanh(W@x)+(1-t)*x; L = c@y",
    "gradient L W, gradient L V, gradient L x, jacobian y x",
)
case(
    "gated linear unit",
    "x: [d], W: [m, d], V: [m, d], c: [m]",
    "y = (W x) ∘ sigmoid(V x); L = c^T y",
    "y = (W@x)*sigmoid(V@x); L = c@y",
    "gradient L W, gradient L V, gradient L x, jacobian y x",
)
case(
    "dropout mask",
    "x: [d], W1: [m, d], W2: [k, m], M: [m], y: [k]",
    "h = M ∘ relu(W1 x); L = ||W2 h - y||^2",
    "h = M*relu(W1@x); L = ((W2@h-y)**2).sum()",
    "gradient L W1, gradient L W2",
    at={"M": [1, 2]},
)
case(
    "Elman network, three steps",
    "x1: [d], x2: [d], x3: [d], h0: [h], W: [h, h], U: [h, d], b: [h], y: [h]",
    "h1 = tanh(W h0 + U x1 + b); h2 = tanh(W h1 + U x2 + b); h3 = tanh(W h2 + U x3 + b); L = 1/2 ||h3 - y||^2",
    "h1 = tanh(W@h0+U@x1+b); h2 = tanh(W@h1+U@x2+b); h3 = tanh(W@h2+U@x3+b); L = ((h3-y)**2).sum()/2",
    "gradient L W, gradient L U, gradient L b, gradient L h0, gradient L h1, gradient L x1, jacobian h3 h0",
)
case(
    "recurrent network with a loss at each step",
    "x1: [d], x2: [d], h0: [h], W: [h, h], U: [h, d], v: [h], y1: real, y2: real",
    "h1 = tanh(W h0 + U x1); h2 = tanh(W h1 + U x2); L = 1/2 (v^T h1 - y1)^2 + 1/2 (v^T h2 - y2)^2",
    "h1 = tanh(W@h0+U@x1); h2 = tanh(W@h1+U@x2); L = (v@h1-y1)**2/2 + (v@h2-y2)**2/2",
    "gradient L W, gradient L U, gradient L v, gradient L h1",
)
case(
    "GRU step",
    "x: [d], h0: [h], Wz: [h, d], Uz: [h, h], Wr: [h, d], Ur: [h, h], Wn: [h, d], Un: [h, h], c: [h]",
    "z = sigmoid(Wz x + Uz h0); r = sigmoid(Wr x + Ur h0); m = tanh(Wn x + r ∘ (Un h0)); h1 = (1 - z) ∘ m + z ∘ h0; L = c^T h1",
    "z = sigmoid(Wz@x+Uz@h0); r = sigmoid(Wr@x+Ur@h0); m = tanh(Wn@x+r*(Un@h0)); h1 = (1-z)*m+z*h0; L = c@h1",
    "gradient L Wz, gradient L Uz, gradient L Ur, gradient L Un, gradient L Wn, gradient L h0, gradient L x, jacobian h1 h0",
)
case(
    "LSTM step",
    "x: [d], h0: [h], c0: [h], Wf: [h, d], Uf: [h, h], Wi: [h, d], Ui: [h, h], Wo: [h, d], Uo: [h, h], Wg: [h, d], Ug: [h, h], q: [h]",
    "f = sigmoid(Wf x + Uf h0); i = sigmoid(Wi x + Ui h0); o = sigmoid(Wo x + Uo h0); g = tanh(Wg x + Ug h0); c = f ∘ c0 + i ∘ g; h1 = o ∘ tanh(c); L = q^T h1",
    "f = sigmoid(Wf@x+Uf@h0); i = sigmoid(Wi@x+Ui@h0); o = sigmoid(Wo@x+Uo@h0); g = tanh(Wg@x+Ug@h0); c = f*c0+i*g; h1 = o*tanh(c); L = q@h1",
    "gradient L Wf, gradient L Uf, gradient L Wi, gradient L Uo, gradient L Wg, gradient L c0, gradient L h0, gradient L c, jacobian h1 c0, jacobian c c0",
)
case(
    "attention head",
    "X: [n, d], WQ: [d, r], WK: [d, r], WV: [d, m], Y: [n, m]",
    "Q = X WQ; K = X WK; V = X WV; S = Q K^T/sqrt(r); A = softmax(S, axis=1); H = A V; L = 1/2 ||H - Y||_F^2",
    "Q = X@WQ; K = X@WK; V = X@WV; S = Q@K.T/math.sqrt(r); A = sm(S); H = A@V; L = ((H-Y)**2).sum()/2",
    "gradient L V, gradient L A, gradient L S, gradient L Q, gradient L K, gradient L WQ, gradient L WK, gradient L WV, gradient L X",
)
case(
    "attention of given queries",
    "Q: [n, r], K: [T, r], V: [T, d], G: [n, d]",
    "A = softmax(Q K^T/sqrt(r), axis=1); L = sum(G ∘ (A V))",
    "A = sm(Q@K.T/math.sqrt(r)); L = (G*(A@V)).sum()",
    "gradient L Q, gradient L K, gradient L V, gradient L A",
)
case(
    "attention of one query",
    "q: [d], K: [T, d], V: [T, m], c: [m]",
    "a = softmax(K q/sqrt(d)); o = V^T a; L = c^T o",
    "a = sm(K@q/math.sqrt(d)); o = V.T@a; L = c@o",
    "gradient L q, gradient L K, gradient L V, gradient L a, jacobian o q, jacobian a q",
)
case(
    "batch normalisation of one feature",
    "x: [N], gamma: real, beta: real, y: [N], epsilon: positive",
    "mu = mean(x); v = var(x); n = (x - mu)/sqrt(v + epsilon); z = gamma n + beta; L = 1/2 ||z - y||^2".replace(
        "n =", "xhat ="
    ).replace("gamma n", "gamma xhat"),
    "mu = x.mean(); v = x.var(unbiased=False); xhat = (x-mu)/sqrt(v+epsilon); z = gamma*xhat+beta; L = ((z-y)**2).sum()/2",
    "gradient L x, gradient L gamma, gradient L beta, gradient L xhat, gradient L v, gradient L mu, jacobian xhat x",
    at={"epsilon": 0.01},
)
case(
    "batch normalisation",
    "X: [N, d], gamma: [d], beta: [d], G: [N, d], epsilon: positive",
    "mu = mean(X, axis=0); v = var(X, axis=0); Xhat = (X - 1 mu^T) diag(1/sqrt(v + epsilon)); Z = Xhat diag(gamma) + 1 beta^T; L = sum(G ∘ Z)",
    "mu = X.mean(0); v = X.var(0, unbiased=False); Xhat = (X-mu)/sqrt(v+epsilon); Z = Xhat*gamma+beta; L = (G*Z).sum()",
    "gradient L gamma, gradient L beta, gradient L Xhat, gradient L X",
    at={"epsilon": 0.01},
)
case(
    "batch normalisation by broadcasting",
    "X: [N, d], gamma: [d], beta: [d], G: [N, d], epsilon: positive",
    "mu = mean(X, axis=0); v = var(X, axis=0); Xhat = (X - mu)/sqrt(v + epsilon); Z = gamma ∘ Xhat + beta; L = sum(G ∘ Z)",
    "mu = X.mean(0); v = X.var(0, unbiased=False); Xhat = (X-mu)/sqrt(v+epsilon); Z = Xhat*gamma+beta; L = (G*Z).sum()",
    "gradient L gamma, gradient L beta, gradient L Xhat, gradient L X",
    at={"epsilon": 0.01},
)
case(
    "layer normalisation",
    "x: [d], gamma: [d], beta: [d], c: [d], epsilon: positive",
    "mu = mean(x); v = var(x); xhat = (x - mu)/sqrt(v + epsilon); y = gamma ∘ xhat + beta; L = c^T y",
    "mu = x.mean(); v = x.var(unbiased=False); xhat = (x-mu)/sqrt(v+epsilon); y = gamma*xhat+beta; L = c@y",
    "gradient L x, gradient L gamma, gradient L beta, jacobian xhat x, jacobian y x",
    at={"epsilon": 0.01},
)
case(
    "RMS normalisation",
    "x: [d], g: [d], c: [d]",
    "s = sqrt(x^T x/d); y = g ∘ x/s; L = c^T y",
    "s = sqrt(x@x/d); y = g*x/s; L = c@y",
    "gradient L x, gradient L g, jacobian y x",
)
case(
    "mean of embeddings",
    "E: [N, d], W: [k, d], y: [k]",
    "e = mean(E, axis=0); z = W e; L = logsumexp(z) - y^T z",
    "e = E.mean(0); z = W@e; L = lse(z)-y@z",
    "gradient L E, gradient L e, gradient L W",
    at={"y": [0, 1, 0]},
)
case(
    "samples by sums of rows",
    "X: [N, d], w: [d], y: [N]",
    "L = 1/N sum_{i=1}^{N} (w^T X_i - y_i)^2",
    "L = ((X@w-y)**2).mean()",
    "gradient L w",
)
case(
    "logistic loss by a sum over samples",
    "X: [N, d], w: [d], y: [N]",
    "L = sum_{i=1}^N log(1 + exp(-y_i w^T X_i))",
    "L = softplus(-y*(X@w)).sum()",
    "gradient L w, hessian L w",
    at={"y": [1, -1, 1, -1]},
)
case(
    "gradient penalty on weights by rows",
    "W: [m, d]",
    "L = sum(||W||_F^2) + sum(sum(W, axis=1)^2)",
    "L = (W**2).sum() + (W.sum(1)**2).sum()",
    "gradient L W",
)
case(
    "two heads",
    "x: [d], W: [m, d], u: [m], v: [m], y: real, t: real, alpha: real",
    "h = tanh(W x); L = (u^T h - y)^2 + alpha (v^T h - t)^2",
    "h = tanh(W@x); L = (u@h-y)**2 + alpha*(v@h-t)**2",
    "gradient L W, gradient L u, gradient L h, gradient L alpha",
)
case(
    "tied weights twice",
    "x: [d], W: [d, d], y: [d]",
    "h = sigmoid(W x); z = W^T h; L = ||z - y||^2",
    "h = sigmoid(W@x); z = W.T@h; L = ((z-y)**2).sum()",
    "gradient L W, gradient L x",
)
case(
    "product of experts",
    "z: [k], w: [k]",
    "p = softmax(z); s = w^T p; L = s^2",
    "p = sm(z); s = w@p; L = s**2",
    "gradient L z, gradient s z, gradient L w",
)
case(
    "momentum target",
    "w: [d], v: [d], X: [N, d], y: [N], eta: positive",
    "u = w - eta v; L = 1/2 ||X u - y||^2",
    "u = w-eta*v; L = ((X@u-y)**2).sum()/2",
    "gradient L w, gradient L v, gradient L eta, gradient L u",
)

# -- convolution and pooling, concrete sizes
case(
    "convolution and a sum",
    "X: [4, 4], K: [2, 2]",
    "Y = conv2d(X, K); L = sum(Y)",
    "Y = F.conv2d(X[None,None], K[None,None])[0,0]; L = Y.sum()",
    "gradient L K, gradient L X",
)
case(
    "convolution with stride and padding",
    "X: [5, 5], K: [3, 3], T: [3, 3]",
    "Y = conv2d(X, K, stride=2, padding=1); L = 1/2 ||Y - T||^2",
    "Y = F.conv2d(X[None,None], K[None,None], stride=2, padding=1)[0,0]; L = ((Y-T)**2).sum()/2",
    "gradient L K, gradient L X, gradient L Y",
)
case(
    "convolution, ReLU and a linear map",
    "X: [4, 4], K: [2, 2], W: [3, 3]",
    "Y = relu(conv2d(X, K)); L = sum(W ∘ Y)",
    "Y = relu(F.conv2d(X[None,None], K[None,None])[0,0]); L = (W*Y).sum()",
    "gradient L K, gradient L X, gradient L W, gradient L Y",
)
case(
    "max pooling",
    "X: [4, 4], K: [3, 3], w: [2, 2]",
    "H = maxpool(X, 2); L = sum(w ∘ H)",
    "H = F.max_pool2d(X[None,None],2)[0,0]; L = (w*H).sum()",
    "gradient L X, gradient L w",
    at={"X": [[1, 2, 3, 4], [5, 6, 7, 8.5], [9, -1, -2, -3], [0.5, 0.25, 0.75, -4]]},
)
case(
    "average pooling",
    "X: [4, 4], w: [2, 2]",
    "H = avgpool(X, 2); L = sum(w ∘ H^2)".replace("H^2", "H ∘ H"),
    "H = F.avg_pool2d(X[None,None],2)[0,0]; L = (w*H*H).sum()",
    "gradient L X, gradient L w",
)
case(
    "convolution, pooling, squared error",
    "X: [5, 5], K: [2, 2], y: real",
    "P = maxpool(relu(conv2d(X, K)), 2); L = (sum(P) - y)^2",
    "P = F.max_pool2d(relu(F.conv2d(X[None,None], K[None,None])),2)[0,0]; L = (P.sum()-y)**2",
    "gradient L K, gradient L X, gradient L P",
)

# -- the largest of an array, normalisations and losses in the forms people write
case(
    "largest output of a layer",
    "W: [m, d], x: [d]",
    "f = max(W x)",
    "f = torch.amax(W @ x)",
    "gradient f W, gradient f x",
)
case(
    "smallest entry of a matrix",
    "X: [N, d]",
    "f = min(X)",
    "f = torch.amin(X)",
    "gradient f X",
)
case(
    "infinity norm of a layer",
    "W: [m, d], x: [d]",
    "f = norm(W x, inf)",
    "f = torch.amax(torch.abs(W @ x))",
    "gradient f x",
)
case(
    "max pooling over time",
    "X: [N, d], w: [d]",
    "m = max(X, axis=0); f = w^T m",
    "m = torch.amax(X, 0); f = w @ m",
    "gradient f X, gradient f m",
)
case(
    "largest entry of each row",
    "X: [N, d], w: [N]",
    "m = max(X, axis=1); f = w^T m",
    "m = torch.amax(X, 1); f = w @ m",
    "gradient f X",
)
case(
    "standardised vector",
    "x: [d], c: [d]",
    "u = (x - mean(x))/sqrt(var(x)); L = c^T u",
    "u = (x - x.mean())/torch.sqrt(x.var(unbiased=False)); L = c @ u",
    "gradient L x, jacobian u x",
)
case(
    "layer normalisation of a batch, by axes",
    "X: [N, d], G: [N, d], eps: positive",
    "Y = (X - mean(X, 1))/sqrt(var(X, 1) + eps); L = sum(G ∘ Y)",
    "Y = (X - X.mean(1, keepdim=True))/torch.sqrt(X.var(1, unbiased=False, keepdim=True) + eps); L = (G*Y).sum()",
    "gradient L X, gradient L Y",
)
case(
    "layer normalisation of a batch, in matrices",
    "X: [N, d], G: [N, d], eps: positive, gamma: [d], beta: [d]",
    "mu = mean(X, axis=1); v = var(X, axis=1); Xhat = diag(1/sqrt(v + eps)) (X - mu 1^T); Y = Xhat diag(gamma) + 1 beta^T; L = sum(G ∘ Y)",
    "mu = X.mean(1); v = X.var(1, unbiased=False); Xhat = (X - mu[:,None])/torch.sqrt(v + eps)[:,None]; Y = Xhat*gamma + beta; L = (G*Y).sum()",
    "gradient L X, gradient L gamma, gradient L beta, gradient L Xhat",
)
case(
    "RMS normalisation of a batch",
    "X: [N, d], G: [N, d]",
    "r = sqrt(sum(X ∘ X, axis=1)/d); Y = diag(1/r) X; L = sum(G ∘ Y)",
    "r = torch.sqrt((X*X).mean(1)); Y = X/r[:,None]; L = (G*Y).sum()",
    "gradient L X",
)
case(
    "group lasso by norms of rows",
    "W: [m, d], lambda: positive",
    "L = lambda sum(norm(W, axis=1))",
    "L = lambda_*W.norm(dim=1).sum()",
    "gradient L W",
)
case(
    "group lasso as a finite sum",
    "W: [m, d], lambda: positive",
    "L = lambda sum_{i=1}^m ||W_i||",
    "L = lambda_*W.norm(dim=1).sum()",
    "gradient L W",
)
case(
    "deviations from a mean vector",
    "X: [N, d], mu: [d]",
    "L = 1/2 ||X - ones(N) mu^T||_F^2",
    "L = ((X - mu)**2).sum()/2",
    "gradient L mu, gradient L X",
)
case(
    "quantile loss of one sample",
    "r: real, tau: positive, w: [d], x: [d], y: real",
    "u = y - w^T x; L = max(tau u, (tau - 1) u)",
    "u = y - w @ x; L = max(tau*u, (tau-1)*u)",
    "gradient L w",
)
case(
    "quantile loss with an indicator",
    "X: [N, d], w: [d], y: [N], tau: positive",
    "r = y - X w; L = sum(r ∘ (tau - [r < 0]))",
    "r = y - X @ w; L = (r*(tau-(r<0).double())).sum()",
    "gradient L w, gradient L r",
)
case(
    "mean log-cosh of residuals",
    "X: [N, d], w: [d], y: [N]",
    "r = X w - y; L = 1/N sum(log(cosh(r)))",
    "r = X @ w - y; L = torch.log(cosh(r)).mean()",
    "gradient L w, hessian L w, gradient L r",
)
case(
    "entropy of a softmax layer",
    "W: [k, d], x: [d]",
    "p = softmax(W x); H = -sum(p ∘ log(p))",
    "p = sm(W @ x); H = -(p*log(p)).sum()",
    "gradient H W, gradient H x",
)
case(
    "entropy in bits",
    "p: {shape: [d], domain: positive}",
    "H = -sum_{i=1}^d p_i log2(p_i)",
    "H = -(p*torch.log2(p)).sum()",
    "gradient H p",
)
case(
    "mean binary cross-entropy with decay",
    "X: [N, d], w: [d], y: [N], lambda: positive",
    "p = sigmoid(X w); L = -1/N sum(y ∘ log(p) + (1 - y) ∘ log(1 - p)) + lambda/2 ||w||^2",
    "p = sigmoid(X @ w); L = -(y*log(p)+(1-y)*log(1-p)).sum()/N + lambda_/2*(w@w)",
    "gradient L w, hessian L w",
)
case(
    "mean logistic loss by samples",
    "X: [N, d], w: [d], y: [N]",
    "L = 1/N sum_{i=1}^N log(1 + exp(-y_i w^T X_i))",
    "L = torch.log(1+exp(-y*(X @ w))).mean()",
    "gradient L w, hessian L w",
)
case(
    "focal loss of both classes",
    "X: [N, d], w: [d], y: [N], gamma: positive",
    "p = sigmoid(X w); L = -sum(y ∘ (1 - p)^gamma ∘ log(p) + (1 - y) ∘ p^gamma ∘ log(1 - p))",
    "p = sigmoid(X@w); L = -(y*(1-p)**gamma*log(p) + (1-y)*p**gamma*log(1-p)).sum()",
    "gradient L w, gradient L p",
)
case(
    "focal loss of one sample",
    "w: [d], x: [d], b: real",
    "p = sigmoid(w^T x + b); L = -(1 - p)^2 log(p)",
    "p = sigmoid(w@x+b); L = -(1-p)**2*log(p)",
    "gradient L w, gradient L b",
)
case(
    "focal loss of the true class's probability",
    "W: [k, d], x: [d], y: [k]",
    "p = softmax(W x); q = y^T p; L = -(1 - q)^2 log(q)",
    "p = sm(W@x); q = y@p; L = -(1-q)**2*log(q)",
    "gradient L W, gradient L p",
)
case(
    "triplet loss through a shared layer",
    "W: [m, d], a: [d], p: [d], n: [d], alpha: positive",
    "fa = W a; fp = W p; fn = W n; L = max(0, ||fa - fp||^2 - ||fa - fn||^2 + alpha)",
    "fa=W@a; fp=W@p; fn=W@n; L=torch.relu(((fa-fp)**2).sum()-((fa-fn)**2).sum()+alpha)",
    "gradient L W, gradient L a, gradient L fa",
)
case(
    "contrastive loss of a siamese layer",
    "W: [m, d], a: [d], b: [d], y: real, c: positive",
    "u = W a - W b; D = ||u||; L = y/2 D^2 + (1 - y)/2 max(0, c - D)^2",
    "u=W@a-W@b; D=norm(u); L=y/2*D**2+(1-y)/2*torch.relu(c-D)**2",
    "gradient L W, gradient L u",
)
case(
    "squared cosine distance of a layer",
    "W: [m, d], x: [d], t: [m]",
    "u = W x; c = u^T t/(||u|| ||t||); L = (1 - c)^2",
    "u=W@x; c=u@t/(norm(u)*norm(t)); L=(1-c)**2",
    "gradient L W, gradient L u, gradient c u",
)
case(
    "distillation with temperature",
    "z: [k], t: [k], T: positive",
    "p = softmax(t/T); q = softmax(z/T); L = T^2 sum(p ∘ (log(p) - log(q)))",
    "p=sm(t/T); q=sm(z/T); L=T**2*(p*(log(p)-log(q))).sum()",
    "gradient L z, hessian L z",
)
case(
    "Gaussian likelihood of a sample by sums",
    "X: [N, d], mu: [d], S: [d, d]",
    "L = N/2 logdet(S) + 1/2 sum_{i=1}^N (X_i - mu)^T S^-1 (X_i - mu)",
    "L = N/2*logdet(S) + ((X-mu)@inv(S)*(X-mu)).sum()/2",
    "gradient L mu, gradient L S",
)
case(
    "trace with a matrix on both sides",
    "A: [n, n], X: [n, d], B: [d, d]",
    "f = tr(A X B X^T)",
    "f=tr(A@X@B@X.T)",
    "gradient f X, gradient f A, gradient f B",
)
case(
    "Frobenius norm of three matrices",
    "A: [m, d], X: [d, k], B: [k, n]",
    "f = ||A X B||_F^2",
    "f=((A@X@B)**2).sum()",
    "gradient f X, gradient f A",
)
case(
    "determinant of a product",
    "A: [n, n], X: [n, n]",
    "f = det(A X)",
    "f=det(A@X)",
    "gradient f X",
)
case(
    "log determinant of two Gram matrices",
    "A: [N, d], L: [d, d]",
    "f = log(det(A^T A + L L^T))",
    "f=logdet(A.T@A+L@L.T)",
    "gradient f L, gradient f A",
)
case(
    "Mahalanobis distance",
    "x: [d], mu: [d], S: [d, d]",
    "D = sqrt((x - mu)^T S^-1 (x - mu))",
    "D=sqrt((x-mu)@inv(S)@(x-mu))",
    "gradient D x, gradient D mu",
    at={"S": "[[3,1,0.5],[1,4,0.2],[0.5,0.2,5]]"},
)
case(
    "pseudo-Huber loss",
    "X: [N, d], w: [d], y: [N], delta: positive",
    "r = X w - y; L = delta^2 sum(sqrt(1 + (r/delta)^2) - 1)",
    "r=X@w-y; L=(delta**2*(sqrt(1+(r/delta)**2)-1)).sum()",
    "gradient L w, gradient L r, hessian L w",
)
case(
    "Cauchy loss",
    "X: [N, d], w: [d], y: [N]",
    "r = X w - y; L = 1/2 sum(log(1 + r^2))",
    "r=X@w-y; L=torch.log(1+r**2).sum()/2",
    "gradient L w, hessian L w",
)
case(
    "bilinear attention scores",
    "q: [d], W: [d, d], K: [N, d], y: [N]",
    "s = K W q; a = softmax(s); L = -y^T log(a)",
    "s=K@W@q; a=sm(s); L=-(y*log(a)).sum()",
    "gradient L W, gradient L q",
)
case(
    "contrastive loss of one pair",
    "Z: [N, d], q: [d], tau: positive",
    "s = Z q/tau; L = -s_1 + log(sum(exp(s)))",
    "s=Z@q/tau; L=-s[0]+torch.log(exp(s).sum())",
    "gradient L q, gradient L Z, gradient L s",
)
case(
    "recurrent network with softmax outputs",
    "W: [h, h], U: [h, d], V: [k, h], h0: [h], x1: [d], x2: [d], y1: [k], y2: [k]",
    "h1 = tanh(W h0 + U x1); h2 = tanh(W h1 + U x2); p1 = softmax(V h1); p2 = softmax(V h2); L = -y1^T log(p1) - y2^T log(p2)",
    "h1=tanh(W@h0+U@x1); h2=tanh(W@h1+U@x2); p1=sm(V@h1); p2=sm(V@h2); L=-(y1*log(p1)).sum()-(y2*log(p2)).sum()",
    "gradient L V, gradient L W, gradient L U, gradient L h1",
)
case(
    "normalised outputs of a linear model",
    "X: [N, d], w: [d], y: [N], eps: positive",
    "z = X w; u = (z - mean(z))/sqrt(var(z) + eps); L = 1/2 ||u - y||^2",
    "z=X@w; u=(z-z.mean())/sqrt(z.var(unbiased=False)+eps); L=((u-y)**2).sum()/2",
    "gradient L w, gradient L z",
)
case(
    "style loss of a Gram matrix",
    "B: [m, d], A: [m, m]",
    "G = B B^T; L = 1/4 ||G - A||_F^2",
    "G=B@B.T; L=((G-A)**2).sum()/4",
    "gradient L B, gradient L G",
)
case(
    "orthogonality penalty",
    "W: [m, d]",
    "L = ||W W^T - I||_F^2",
    "L=((W@W.T-torch.eye(2))**2).sum()",
    "gradient L W",
)
case(
    "graph convolution",
    "A: [n, n], X: [n, d], W: [d, k], Y: [n, k]",
    "Z = A X W; H = relu(Z); L = 1/2 ||H - Y||_F^2",
    "Z=A@X@W; H=relu(Z); L=((H-Y)**2).sum()/2",
    "gradient L W, gradient L X",
)
case(
    "SwiGLU block",
    "W: [m, d], V: [m, d], W2: [d, m], x: [d], c: [d]",
    "y = W2 (silu(W x) ∘ (V x)); L = c^T y",
    "y=W2@(F.silu(W@x)*(V@x)); L=c@y",
    "gradient L W, gradient L V, gradient L W2, gradient L x",
)
case(
    "layer normalisation after a residual layer",
    "W: [d, d], x: [d], c: [d], eps: positive",
    "h = x + relu(W x); mu = mean(h); v = var(h); y = (h - mu)/sqrt(v + eps); L = c^T y",
    "h=x+relu(W@x); mu=h.mean(); v=h.var(unbiased=False); y=(h-mu)/sqrt(v+eps); L=c@y",
    "gradient L h, gradient L W, gradient L x",
)

# -- convolutional networks
case(
    "convolution and a squared error",
    "X: [4, 4], K: [3, 3], T: [2, 2]",
    "Y = conv2d(X, K); L = 1/2 ||Y - T||_F^2",
    "Y = F.conv2d(X[None,None],K[None,None])[0,0]; L = ((Y-T)**2).sum()/2",
    "gradient L K, gradient L X, gradient L Y",
)
case(
    "padded convolution with a bias and ReLU",
    "X: [3, 3], K: [3, 3], G: [3, 3], b: real",
    "Z = conv2d(X, K, padding=1) + b; A = relu(Z); L = sum(G ∘ A)",
    "Z = F.conv2d(X[None,None],K[None,None],padding=1)[0,0]+b; A=relu(Z); L = (G*A).sum()",
    "gradient L K, gradient L X, gradient L Z, gradient L b",
)
case(
    "convolution with much padding",
    "X: [3, 3], K: [2, 2]",
    "Y = conv2d(X, K, padding=2); L = 1/2 ||Y||^2",
    "Y = F.conv2d(X[None,None],K[None,None],padding=2)[0,0]; L = (Y**2).sum()/2",
    "gradient L K, gradient L X",
)
case(
    "convolution with stride",
    "X: [4, 4], K: [2, 2], T: [2, 2]",
    "Y = conv2d(X, K, stride=2); L = 1/2 ||Y - T||^2",
    "Y = F.conv2d(X[None,None],K[None,None],stride=2)[0,0]; L = ((Y-T)**2).sum()/2",
    "gradient L K, gradient L X",
)
case(
    "convolution of channels by filters",
    "X: [2, 3, 3], K: [2, 2, 2, 2]",
    "Y = conv2d(X, K); L = 1/2 sum(Y ∘ Y)",
    "Y = F.conv2d(X[None],K)[0]; L = (Y**2).sum()/2",
    "gradient L K, gradient L X",
)
case(
    "one filter over channels",
    "X: [2, 3, 3], K: [2, 2, 2], T: [2, 2]",
    "Y = relu(conv2d(X, K)); L = 1/2 ||Y - T||^2",
    "Y = relu(F.conv2d(X[None],K[None])[0,0]); L = ((Y-T)**2).sum()/2",
    "gradient L K, gradient L X",
)
case(
    "convolutional network with softmax",
    "X: [6, 6], K: [3, 3], b: real, W: [3, 4], c: [3], y: [3]",
    "Z = conv2d(X, K) + b; A = relu(Z); P = maxpool(A, 2); f = flatten(P); s = W f + c; p = softmax(s); L = -y^T log(p)",
    "Z = F.conv2d(X[None,None],K[None,None])[0,0]+b; A=relu(Z); P=F.max_pool2d(A[None],2)[0]; f=P.reshape(-1); s=W@f+c; p=sm(s); L=-(y*log(p)).sum()",
    "gradient L W, gradient L c, gradient L f, gradient L P, gradient L A, gradient L Z, gradient L K, gradient L b, gradient L X",
)
case(
    "convolution, average pooling, columns",
    "X: [5, 5], K: [2, 2], w: [4], y: real",
    "Z = conv2d(X, K); A = sigmoid(Z); P = avgpool(A, 2); f = vec(P); L = 1/2 (w^T f - y)^2",
    "Z = F.conv2d(X[None,None],K[None,None])[0,0]; A=sigmoid(Z); P=F.avg_pool2d(A[None],2)[0]; f=P.T.reshape(-1); L=(w@f-y)**2/2",
    "gradient L w, gradient L P, gradient L A, gradient L K, gradient L X",
)
case(
    "two convolutions",
    "X: [5, 5], K1: [2, 2], K2: [2, 2], T: [3, 3]",
    "Z1 = conv2d(X, K1); A1 = tanh(Z1); Y = conv2d(A1, K2); L = 1/2 ||Y - T||^2",
    "Z1 = F.conv2d(X[None,None],K1[None,None])[0,0]; A1=tanh(Z1); Y=F.conv2d(A1[None,None],K2[None,None])[0,0]; L=((Y-T)**2).sum()/2",
    "gradient L K2, gradient L K1, gradient L A1, gradient L X",
)
case(
    "max pooling with windows that overlap",
    "X: [4, 4], w: [3, 3]",
    "H = maxpool(X, 2, stride=1); L = sum(w ∘ H)",
    "H=F.max_pool2d(X[None],2,1)[0]; L=(w*H).sum()",
    "gradient L X",
)
case(
    "average pooling with windows that overlap",
    "X: [4, 4], w: [3, 3]",
    "H = avgpool(X, 2, stride=1); L = sum(w ∘ H)",
    "H=F.avg_pool2d(X[None],2,1)[0]; L=(w*H).sum()",
    "gradient L X",
)
case(
    "max pooling of channels",
    "X: [2, 4, 4]",
    "H = maxpool(X, 2); L = sum(H ∘ H)",
    "H=F.max_pool2d(X,2); L=(H*H).sum()",
    "gradient L X",
)
case(
    "global average pooling",
    "X: [4, 4], K: [3, 3], w: real, y: real",
    "Z = conv2d(X, K); g = mean(relu(Z)); L = (w g - y)^2",
    "Z = F.conv2d(X[None,None],K[None,None])[0,0]; g=relu(Z).mean(); L=(w*g-y)**2",
    "gradient L K, gradient L X, gradient L w",
)
case(
    "a layer written entry by entry",
    "W: [2, 2], x: [2], a: real",
    "h = [a x_1, a x_2]; L = sum(W h)",
    "h=a*x; L=(W@h).sum()",
    "gradient L x, gradient L a, gradient L W",
)
case(
    "batch normalisation in a network",
    "X: [N, d], W: [d, k], Y: [N, k], gamma: [k], beta: [k], epsilon: positive",
    "Z = X W; mu = mean(Z, axis=0); v = var(Z, axis=0); Zhat = (Z - mu)/sqrt(v + epsilon); H = relu(gamma ∘ Zhat + beta); L = 1/2 ||H - Y||^2",
    "Z=X@W; mu=Z.mean(0); v=Z.var(0,unbiased=False); Zhat=(Z-mu)/sqrt(v+epsilon); H=relu(gamma*Zhat+beta); L=((H-Y)**2).sum()/2",
    "gradient L W, gradient L gamma, gradient L Z",
)

# -- what is known of arrays: that they sum to one or zero, are symmetric; sums over samples
case(
    "label smoothing of a one-hot vector",
    "z: [k], y: {shape: [k], domain: one-hot}, eps: '(0, 1)'",
    "q = (1 - eps) y + eps/k; p = softmax(z); L = -q^T log(p)",
    "q = (1-eps)*y + eps/k; p = sm(z); L = -(q*torch.log(p)).sum()",
    "gradient L z, gradient L p, hessian L z",
    at={"y": "[0, 1, 0]", "eps": 0.25},
)
case(
    "layer normalisation by sums",
    "x: [d], gamma: [d], beta: [d], c: [d], epsilon: positive",
    "mu = 1/d sum(x); s = sqrt(1/d sum((x - mu)^2) + epsilon); y = gamma ∘ (x - mu)/s + beta; L = c^T y",
    "mu = x.sum()/d; s = sqrt(((x-mu)**2).sum()/d + epsilon); y = gamma*(x-mu)/s + beta; L = c@y",
    "gradient L x, gradient L gamma, jacobian y x",
)
case(
    "batch normalisation by sums",
    "X: [N, d], R: [N, d], gamma: [d], beta: [d], epsilon: positive",
    "mu = 1/N sum(X, axis=0); v = 1/N sum((X - mu) ∘ (X - mu), axis=0); Xhat = (X - mu)/sqrt(v + epsilon); Y = Xhat ∘ gamma + beta; L = sum(R ∘ Y)",
    "mu = X.sum(0)/N; v = ((X-mu)**2).sum(0)/N; Xhat = (X-mu)/sqrt(v+epsilon); Y = Xhat*gamma+beta; L = (R*Y).sum()",
    "gradient L X, gradient L gamma",
)
case(
    "cosine with what is centred",
    "x: [d], t: [d]",
    "u = x - mean(x); D = t^T u/||u||",
    "u = x - x.mean(); D = t@u/norm(u)",
    "gradient D x, gradient D t",
)
case(
    "similarities of pairs (InfoNCE)",
    "Q: [N, d], K: [N, d], tau: positive",
    "S = Q K^T/tau; L = -1/N sum(i, 1, N, S_{ii} - log(sum(j, 1, N, exp(S_{ij}))))",
    "S = Q@K.T/tau; L = -(diag(S) - lse(S)).mean()",
    "gradient L Q, gradient L K, gradient L tau, gradient L S",
)
case(
    "distances of all pairs",
    "X: [n, d]",
    "S = sum(i, 1, n, sum(j, 1, n, sum(k, 1, d, (X_{ik} - X_{jk})^2)))",
    "S = ((X[:,None,:]-X[None,:,:])**2).sum()",
    "gradient S X",
)
case(
    "distances of all pairs with weights",
    "X: [n, d], B: [n, n]",
    "S = sum(i, 1, n, sum(j, 1, n, B_{ij} ||X_i - X_j||^2))",
    "S = (B*((X[:,None,:]-X[None,:,:])**2).sum(-1)).sum()",
    "gradient S X, gradient S B",
)
case(
    "dual of a support vector machine",
    "a: [n], X: [n, d], y: [n]",
    "D = sum(a) - 1/2 sum(i, 1, n, sum(j, 1, n, a_i a_j y_i y_j (X X^T)_{ij}))",
    "D = a.sum() - ((a*y)@X@X.T@(a*y))/2",
    "gradient D a, hessian D a",
)
case(
    "dual of a support vector machine with a kernel",
    "a: [n], K: [n, n], y: [n]",
    "D = sum(a) - 1/2 sum(i, 1, n, sum(j, 1, n, a_i a_j y_i y_j K_{ij}))",
    "D = a.sum() - ((a*y)@K@(a*y))/2",
    "gradient D a, hessian D a",
)
case(
    "Gaussian with a symmetric matrix",
    "x: [d], mu: [d], S: {shape: [d, d], domain: symmetric}",
    "l = -1/2 log(det(S)) - 1/2 (x - mu)^T S^-1 (x - mu)",
    "l = -logdet(S)/2 - (x-mu)@inv(S)@(x-mu)/2",
    "gradient l mu, gradient l S, hessian l mu",
    at={"S": "[[3.5, 0.4, -0.3], [0.4, 2, 0.5], [-0.3, 0.5, 3]]"},
)
case(
    "curvature of a sigmoid layer",
    "x: [d], W1: [h, d], W2: [k, h], y: [k]",
    "z = sigmoid(W1 x); r = W2 z; L = 1/2 ||r - y||^2",
    "z = sigmoid(W1@x); r = W2@z; L = ((r-y)**2).sum()/2",
    "gradient L x, hessian L x",
)
case(
    "largest of two slopes",
    "x: [d], W: [k, d], y: [k]",
    "a = W x; z = max(0.1 a, a); L = 1/2 ||z - y||^2",
    "a = W@x; z = max(a/10, a); L = ((z-y)**2).sum()/2",
    "gradient L a, gradient L W",
)
