"""Arrays: ``tests/cases/arrays`` holds what they are at known sizes, numbers of PyTorch, and what is refused."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import cases
from hypothesis import given
from hypothesis import strategies as st

import examgrad
from examgrad.errors import MathSyntaxError
from examgrad.formula import printer
from examgrad.formula.array_values import Array
from examgrad.formula.arrays import expand
from examgrad.formula.names import Names, Variable
from examgrad.formula.parser import read
from examgrad.formula.shapes import Shapes
from examgrad.formula.tree import Apply, Constant, Node, Number, Symbol

ARRAYS = [case for case in cases("reading") if "names" in case.values[0]]
SHAPES: dict[str, tuple[int | str, ...]] = {
    "x": (3,), "w": (3,), "y": (2,), "b": (2,), "W": (2, 3), "V": (3, 2), "A": (3, 3), "B": (3, 3), "X": (4, 3),
    "T3": (2, 3, 3), "K": (2, 2),
}  # fmt: skip
NAMES = Names([*(Variable(name, shape=shape) for name, shape in SHAPES.items()), Variable("c"), Variable("lambda")])


def expanded(text: str) -> Node | Array:
    return expand(read(text, NAMES), SHAPES)


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, list):
        for item in value:
            yield from numbers(item)
    else:
        yield float(value)


def shape(value: Any) -> tuple[int, ...]:
    return (len(value), *shape(value[0])) if isinstance(value, list) else ()


@pytest.mark.parametrize("case", [case for case in cases("arrays") if "at" in case.values[0]])
def test_pytorch_has_the_same_numbers(case: dict[str, Any]) -> None:
    given = {"variables": case["shapes"]}
    part = {"id": "a", "kind": "value", "of": case["formula"], "at": case["at"]}
    exam = examgrad.load_exam(_yaml({"examgrad": 1, "problems": [{"id": 1, "given": given, "parts": [part]}]}) + "\n")
    found = examgrad.solve(exam, cached=False)["1a"].value
    assert shape(found) == shape(case["value"])
    for mine, theirs in zip(numbers(found), numbers(case["value"]), strict=True):
        assert math.isclose(mine, theirs, rel_tol=1e-9, abs_tol=1e-9)


def _yaml(value: Any) -> str:
    """A value in YAML's flow style, texts in single quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    text = str(value)
    return text if text.lstrip("-").replace(".", "", 1).isalnum() else f"'{text}'"


@pytest.mark.parametrize("case", [case for case in cases("arrays") if "same" in case.values[0]])
def test_two_ways_to_write_one_array(case: dict[str, Any]) -> None:
    variables = {name: list(sizes) for name, sizes in SHAPES.items()} | {"c": "real", "lambda": "real"}
    found = examgrad.compare(case["text"], case["same"], variables=variables)
    assert found.verdict == case.get("verdict", "equal"), found


@pytest.mark.parametrize("case", [case for case in cases("arrays") if "message" in case.values[0]])
def test_refused(case: dict[str, Any]) -> None:
    began = time.monotonic()
    with pytest.raises(MathSyntaxError) as caught:
        expanded(case["text"])
    assert case["message"] in caught.value.message
    assert case.get("help", "") in caught.value.help
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("case", [case for case in ARRAYS if "column" in case.values[0]])
def test_not_read(case: dict[str, Any]) -> None:
    with pytest.raises(MathSyntaxError) as caught:
        read(case["text"], MATRICES)
    assert case["message"] in caught.value.message
    assert caught.value.column == int(case["column"])


@pytest.mark.parametrize("case", [case for case in ARRAYS if "plain" in case.values[0]])
def test_printed_as_a_person_writes_it(case: dict[str, Any]) -> None:
    tree = read(case["text"], MATRICES)
    assert printer.plain(tree) == case["plain"]
    assert read(case["plain"], MATRICES) == tree
    if "unicode" in case:
        assert printer.unicode(tree) == case["unicode"]
        assert read(case["unicode"], MATRICES) == tree
    if "latex" in case:
        assert printer.latex(tree) == case["latex"]


MATRICES = Names(
    [
        *(Variable(name) for name in "lambda N d m k c eta".split()),
        *(Variable(name, shape=("d",)) for name in "x w".split()),
        *(Variable(name, shape=("m",)) for name in "b g h".split()),
        *(Variable(name, shape=("k",)) for name in "y yhat".split()),
        *(Variable(name, shape=("d", "d")) for name in "A B".split()),
        Variable("W", shape=("m", "d")), Variable("W2", shape=("k", "m")), Variable("X", shape=("N", "d")),
        Variable("M", shape=("C", "H", "V")),
    ]
)  # fmt: skip


HOSTILE = [
    "ones(10^9)", "ones(1000000000)", "eye(1000000000)", "A^1000000000", "(" * 50 + "A" + ")^T" * 50, "A" + "^T" * 100,
    "A" + " A" * 200, "A" + " ∘ A" * 200, "exp(" * 60 + "A" + ")" * 60, "sum_{i=1}^{4000} (A^4)_{11}", "A_{1,1,1}",
    "conv2d(A, K, padding=1000000000)", "conv2d(A, K, padding=1000000000, stride=1000000000)", "maxpool(A, 1000000000)",
    "conv2d(A, K, stride=0)", "conv2d(A, K, stride=-1)", "conv2d(A, K, 1/2)", "avgpool(A, 0)", "maxpool(c, 2)",
    "norm(A, 1000000000)", "norm(A, -1)", "softmax(A, axis=10^9)", "softmax(A, axis=x)", "onehot(x, 3)", "onehot(c, c)",
    "1^T" * 50, "1^T 1", "𝟏" * 30, "I" * 30, "I_{I}", "I^{-T}", "(I I I)^{-1}", "𝟏ᵀ𝟏", "tr(𝟏𝟏ᵀ)", "det(I)", "I_{12}",
    "A_{::}", "A_{:,:}", "A_{:}", "(A)_{}", "(A)_{i+1}", "(A)_{i", "(A)_", "A)_1", "x^{(i)}", "sum_i", "sum_{i} c",
    "sum_{i,j,l,n} A_{ij}", "sum_{} x", "sum_{=1}^2 x", "⟨x", "⟨x, w", "⟨x⟩", "x ⊗", "A.^", "x^{∘}", "./x", "‖x‖_",
    "‖x‖₁₂", "‖‖‖x‖‖‖", "|A|_1", "A^{-T", "A^{-", "⁻ᵀ", "A⁻⁻ᵀ", "Aᵀᵀᵀᵀ", "mean(A, axis=)", "mean(axis=0)",
    "mean(A, axis=0, axis=1)", "mean(A, dim=0)", "leaky_relu(A, A, A)", "diag(diag(diag(x)))", "vec(vec(A))",
    "inv(inv(inv(A)))", "log det det A",
    "inv(A B A B A B A B)", "det(A A A A A A A A)", "softmax(softmax(softmax(softmax(A))))", "A/A/A/A", "T3 T3", "T3^T",
    "T3 x", "inv(T3)", "T3 + x", "T3_{1}", "T3_{1,1,1}", "[[[[[1]]]]]", "[[[[1]]]] + 1", "x·w·x·w", "A·" * 40 + "x",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_arrays_are_worked_out_or_refused_at_once(text: str) -> None:
    began = time.monotonic()
    try:
        value = expanded(text)
    except MathSyntaxError as error:
        assert str(error)
    else:
        assert isinstance(value, Array | Node)
    assert time.monotonic() - began < 5


def test_a_declared_array_may_be_too_large() -> None:
    with pytest.raises(MathSyntaxError, match="more than 4096 entries"):
        expand(Symbol("x"), {"x": (10**9,)})


def is_matrix(node: Node) -> bool:
    return len(Shapes(MATRICES.shapes).seen(node) or ()) == 2


def is_column(node: Node) -> bool:
    return len(Shapes(MATRICES.shapes).seen(node) or ()) == 1


LEAVES = [
    *(Symbol(name) for name in "x w b g y yhat A B W W2 X lambda eta".split()),
    *(Apply("identity", ()), Apply("ones", ()), Apply("eye", (Symbol("d"),)), Number(2), Number(3)),
    *(Apply("entry", (Symbol("x"), at)) for at in (Symbol("i"), Number(1), Number(12))),
    *(Apply(op, (Symbol("X"), at)) for op in ("row", "column") for at in (Symbol("j"), Number(2))),
]
OPERATIONS = (
    "transpose inverse hadamard_power mul add hadamard neg gt softmax relu norm tr det diag exp log vec axis"
).split()


def built(parts: tuple[str, Node, Node, int]) -> Node:
    """An operation on formulas, or the first of them where it would be none that a reader makes."""
    op, left, right, number = parts
    ops = [node.op if isinstance(node, Apply) else "" for node in (left, right)]
    if op == "axis":
        name = ("mean", "softmax", "amax", "sum", "norm")[number % 5]
        return Apply(name, (left, Number(1) if name == "norm" else Number(number % 3 - 1)))
    if op == "gt":
        return Apply("indicator", (Apply("gt", (left, Number(0))),))
    if op in ("mul", "add", "hadamard"):
        columns = is_column(left) and is_column(right)
        return left if op in ops or (op == "mul" and (columns or ops[1] == "div")) else Apply(op, (left, right))
    if op in ("inverse", "hadamard_power"):
        return Apply(op, (left, Number(2))[: 1 + (op != "inverse")]) if is_matrix(left) else left
    return left if op == "transpose" and isinstance(left, Number) else Apply(op, (left,))


MATRIX_TREES = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.tuples(st.sampled_from(OPERATIONS), inner, inner, st.integers(0, 14)).map(built),
    max_leaves=24,
)


@given(MATRIX_TREES)
def test_a_matrix_formula_printed_and_read_is_itself_properties(tree: Node) -> None:
    assert read(printer.plain(tree), MATRICES) == tree
    printer.latex(tree)
    for text in (printer.unicode(tree), printer.latex(tree)):
        try:
            back = read(text, MATRICES)
        except MathSyntaxError:
            continue  # for the eye: it need not be read back, but never as something else
        assert printer.plain(_plain_sides(back)) == printer.plain(_plain_sides(tree)), text


def _plain_sides(node: Node) -> Node:
    """A tree in which products that are the same in any grouping are grouped alike."""
    if not isinstance(node, Apply):
        return node
    args = tuple(map(_plain_sides, node.args))
    if node.op in ("mul", "add"):
        args = tuple(item for arg in args for item in (arg.args if getattr(arg, "op", "") == node.op else (arg,)))
    if node.op == "pow" and isinstance(args[1], Apply) and args[1].op == "neg" and isinstance(args[1].args[0], Number):
        args = (args[0], Number(-args[1].args[0].value))
    if node.op == "exp":
        return Apply("pow", (Constant("e"), *args))
    return Apply(node.op, args)
