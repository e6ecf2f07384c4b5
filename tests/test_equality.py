"""The cases of ``tests/cases/equality``: two formulas, their variables' domains, and what is to be decided."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

import examgrad
from examgrad.equality import decide, evaluate
from examgrad.formula.names import REAL, Names, Variable, read_domain
from examgrad.formula.parser import read
from examgrad.formula.tree import Number, substitute

CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted(Path(__file__).parent.glob("cases/equality/*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("case", CASES)
def test_two_formulas_are_decided(case: dict[str, Any]) -> None:
    domains = {name: read_domain(domain) for name, domain in case.get("variables", {}).items()}
    names = Names([Variable(name, domain) for name, domain in domains.items()], open_ended=True)
    left, right = read(case["left"], names), read(case["right"], names)

    result = decide(left, right, domains)

    assert result.verdict == case["verdict"], result
    assert result.method == case.get("method", result.method), result
    assert case.get("note", "") in result.note, result
    assert "shown" not in case or (result.witness and list(result.witness[1:]) == case["shown"]), result
    if result.witness:
        at = result.witness.at
        assert all(domains.get(name, REAL).contains(value) for name, value in at.items())
        assert result.witness.left != result.witness.right
        whole = {name: Number(value) for name, value in at.items() if domains.get(name, REAL).integer}
        values = evaluate(substitute(left, whole), at), evaluate(substitute(right, whole), at)
        assert all(value is not None for value in values)
        assert isinstance(values[0], Fraction) is isinstance(values[1], Fraction) or values[0] != values[1]
    swapped = decide(right, left, domains)
    assert (swapped.verdict, swapped.method, swapped.note) == (result.verdict, result.method, result.note)


def test_values_that_differ_late_are_told_in_few_digits() -> None:
    witness = examgrad.compare("exp(x) + 10^-300", "exp(x)", variables=["x"]).witness
    assert witness is not None
    assert (witness.left, witness.right) == ("2.71828182846 + 1.00000e-300", "2.71828182846")
