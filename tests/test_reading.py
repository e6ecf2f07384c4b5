"""Text to trees: the cases of ``tests/cases/reading``, and hostile texts."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import cases
from hypothesis import given
from hypothesis import strategies as st

from examgrad.errors import MathSyntaxError
from examgrad.formula import printer
from examgrad.formula.names import Names, Variable
from examgrad.formula.parser import read

NAMES = Names(
    [Variable(name) for name in "x x1 x2 y z v w g h L J a b yhat eta".split()] + [Variable("A", shape=(2, 2))]
)


SCALARS = [case for case in cases("reading") if "names" not in case.values[0]]
"""The others have arrays among their names: tests/test_arrays.py reads them."""


@pytest.mark.parametrize("case", [case for case in SCALARS if "plain" in case.values[0]])
def test_read(case: dict[str, Any]) -> None:
    tree = read(case["text"], NAMES)
    assert printer.plain(tree) == case["plain"]
    if "gradient(" not in case["plain"]:
        assert read(case["plain"], NAMES) == tree


@pytest.mark.parametrize("case", [case for case in SCALARS if "column" in case.values[0]])
def test_refused(case: dict[str, Any]) -> None:
    with pytest.raises(MathSyntaxError) as caught:
        read(case["text"], NAMES)
    assert case["message"] in str(caught.value)
    assert caught.value.column == int(case["column"])
    assert case.get("help", "") in caught.value.help


HOSTILE = [
    "(" * 100_000, "[" * 5_000, "-" * 10_000 + "x", "x^" * 3_000 + "x", "9**9**9", "|" * 2_000, "{" * 3_000,
    "\\frac" * 2_000, "\\hat" * 500 + "{x}", "x'" * 1_000, "((((((((((x" * 90, "\\text{" * 400, "$" * 1000,
    "\\begin{cases}" * 100, "1[" * 200, "sin " * 500 + "x", "x" + "!" * 50, "\x00\x1b[31mx", "d" * 3000, "x_{" * 50,
    "\\left" * 1000 + "x", "x/" * 400 + "x", "x^2" * 1500, "if " * 300, "[x if " * 60, "\\sum_{i=1}^" * 80,
    "1{" * 300 + "x>0" + "}" * 300, "a" * 19_000, "ŷ̂̂̂̂" * 200, "∂/∂x " * 100 + "x", "x+" * 2000 + "x", "x/" * 2900 + "x",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_read_or_refused(text: str) -> None:
    try:
        printer.latex(read(text, NAMES))
    except MathSyntaxError as error:
        assert str(error)


@given(st.text(alphabet="xyzw12().,^*+-/|[]{}<>=_'\\ \nŷσ∂²₁&;:if elsmatrxbgincdfo", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        node = read(text, NAMES)
    except MathSyntaxError as error:
        assert 0 <= error.offset <= len(text)
        return
    printer.latex(node)
    printer.unicode(node)
