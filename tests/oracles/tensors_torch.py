"""Jacobians and Hessians by matrices by PyTorch, for tests/test_tensors.py.

``python tests/oracles/tensors_torch.py`` writes ``tests/cases/tensors/torch.json``. Needs torch (2.14.1 was used), in
double precision; examgrad's own tests do not. A value has the axes of what is differentiated, then those of the
name, twice in a Hessian.
"""

from __future__ import annotations

from typing import Any

import torch
from matrix_torch import SIZES, run, write
from tensors_torch_cases import CASES


def jacobian(of: Any, wrt: Any) -> Any:
    """All derivatives of the entries of one by those of the other."""
    rows = [torch.autograd.grad(entry, wrt, retain_graph=True, allow_unused=True)[0] for entry in of.reshape(-1)]
    rows = [torch.zeros_like(wrt) if row is None else row for row in rows]
    return torch.stack(rows).reshape(*of.shape, *wrt.shape)


def solved(case: dict[str, Any], at: dict[str, Any], ask: str) -> Any:
    """What PyTorch has for one question: ``hessian L W``."""
    kind, of, wrt = ask.split()
    scope = run(case, at, SIZES | case.get("sizes", {}))
    what = scope[of]
    if kind == "hessian":
        (what,) = torch.autograd.grad(what, scope[wrt], create_graph=True)
    return jacobian(what, scope[wrt]).tolist()


if __name__ == "__main__":
    write("tensors", CASES, solved)
