"""Equations, conditions, sets and arrays compared, and forms judged: ``tests/cases/{equations,collections,forms}``."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import cases

import examgrad
from examgrad.equality.forms import FormUnknown, in_form
from examgrad.formula.names import Names
from examgrad.formula.parser import read


@pytest.mark.parametrize("case", cases("equations") + cases("collections"))
def test_two_statements_are_compared(case: dict[str, Any]) -> None:
    variables = case.get("variables")
    found = examgrad.compare(case["left"], case["right"], variables=variables)
    assert found.verdict == case["verdict"], found
    assert found.method == case.get("method", found.method), found
    assert case.get("note", "") in found.note, found
    if "at" in case:
        assert found.witness is not None
        assert {name: str(value) for name, value in found.witness.at.items()} == case["at"], found
    if found.witness is not None:
        assert found.witness.left != found.witness.right
    if "entries" in case:
        assert ", ".join(entry.verdict for row in found.entries for entry in row) == case["entries"]
    swapped = examgrad.compare(case["right"], case["left"], variables=variables)
    assert (swapped.verdict, swapped.method) == (found.verdict, found.method), swapped


@pytest.mark.parametrize("case", cases("forms"))
def test_a_formula_is_in_a_form_or_why_not(case: dict[str, Any]) -> None:
    node = read(case["formula"], Names(open_ended=True))
    if case["reason"] == "unknown":
        with pytest.raises(FormUnknown):
            in_form(node, case["form"])
        return
    reason = in_form(node, case["form"])
    assert bool(reason) is (" is not " in case["case"] or bool(case["reason"])), reason
    assert case["reason"] in (reason or "")
