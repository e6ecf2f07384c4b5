"""Jacobians and Hessians by matrices by PyTorch, for tests/test_tensors.py.

``python tests/oracles/tensors_torch.py`` writes ``tests/cases/tensors/torch.json``. Needs torch (2.14.1 was used), in
double precision; examgrad's own tests do not. A value has the axes of what is differentiated, then those of the
name, twice in a Hessian.
"""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import torch
import yaml
from matrix_torch import HERE, SIZES, arrays, flat, run
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


def main() -> None:
    found = []
    for case in CASES:
        variables = yaml.safe_load("{" + case["variables"] + "}")
        for attempt in range(100):
            at = arrays(case, variables, random.Random(f"{case['case']} {attempt}"))
            values = {ask: solved(case, at, ask) for ask in case["ask"]}
            if all(any(flat(value)) and all(map(math.isfinite, flat(value))) for value in values.values()):
                break
        else:
            raise SystemExit(f"{case['case']}: nothing but zeros")
        asks = [dict(zip(("kind", "of", "wrt"), ask.split(), strict=True)) | {"value": values[ask]} for ask in values]
        found.append(
            {"case": case["case"], "variables": variables, "equations": case["equations"], "at": at, "ask": asks}
        )
    target = Path(HERE).parent / "cases" / "tensors" / "torch.json"
    lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in found)
    target.write_text("[\n" + lines + "\n]\n", encoding="utf-8")
    print(len(found), "cases,", sum(len(case["ask"]) for case in found), "questions")


if __name__ == "__main__":
    main()
