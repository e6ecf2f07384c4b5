"""Layer tables: against the frameworks' numbers, in symbols, explained, and where they go wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from examgrad.formula.tree import Number, substitute
from examgrad.layers.registry import forms_of
from examgrad.layers.rows import LayerTable
from examgrad.layers.signatures import Framework, parameters
from examgrad.layers.site import Conventions
from examgrad.layers.sizes import Size, as_node, evaluate, show, show_shape
from examgrad.layers.table import table
from examgrad.layers.trouble import LayerDiagnostic

CASES = Path(__file__).parent / "cases" / "layers"
NOT_LAYERS = {
    "Container", "CosineSimilarity", "DataParallel", "Module", "ModuleDict", "ModuleList", "NLLLoss2d",
    "PairwiseDistance", "ParameterDict", "ParameterList", "RNNBase", "RNNCellBase",
}  # fmt: skip
"""Classes of torch.nn that are no layers of a table."""


def read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def cases(*patterns: str) -> list[Any]:
    paths = [path for pattern in patterns for path in sorted(CASES.glob(pattern))]
    return [pytest.param(case, id=f"{path.stem}: {case['case']}") for path in paths for case in read(path)]


def made(case: dict[str, Any], framework: Framework = "exam") -> LayerTable:
    layers = case.get("layers") if "layers" in case else [row["entry"] for row in case["rows"]]
    return table(case["input"], layers, Conventions(**({"framework": framework} | case.get("conventions", {}))))


@pytest.mark.parametrize("case", cases("torch_*.yaml", "keras_*.yaml"))
def test_every_row_has_the_framework_s_numbers(case: dict[str, Any]) -> None:
    result = made(case, "torch")
    assert [str(item) for item in result.diagnostics] == []
    for row, wanted in zip(result.rows, case["rows"], strict=True):
        columns = {column: value for column, value in wanted.items() if column != "entry"}
        found = {column: getattr(row, column) for column in columns}
        assert {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()} == columns, (
            wanted["entry"]
        )


@pytest.mark.parametrize("case", cases("mutants_torch.yaml"))
def test_what_pytorch_refuses_is_refused_there_and_nothing_else(case: dict[str, Any]) -> None:
    result = made(case, "torch")
    assert (result.diagnostics[0].index if result.diagnostics else None) == case["refused"]


@pytest.mark.parametrize(("name", "arguments"), read(CASES / "signatures_torch.yaml").items())
def test_arguments_are_pytorch_s_in_its_order(name: str, arguments: list[str]) -> None:
    form = forms_of("torch").get(name)
    assert (form is None) == (name in NOT_LAYERS)
    assert form is None or [item.name for item in parameters(form.signature)][: len(arguments)] == arguments


@pytest.mark.parametrize("case", cases("exam.yaml", "symbols.yaml"))
def test_tables_in_numbers_and_symbols(case: dict[str, Any]) -> None:
    result = made(case)
    assert [str(item) for item in (*result.diagnostics, *result.warnings)] == []
    for row, wanted in zip(result.rows, case["rows"], strict=True):
        found = {column: text(getattr(row, column)) for column in wanted}
        assert found == {column: value if value is None else str(value) for column, value in wanted.items()}


def text(value: Any) -> str | None:
    if isinstance(value, tuple):
        return show_shape(value)
    return value if value is None or isinstance(value, str) else show(value)


@pytest.mark.parametrize("case", cases("broken.yaml"))
def test_bad_networks_are_explained(case: dict[str, Any]) -> None:
    result = made(case)
    assert len(result.rows) == case["rows"]
    assert [told(item) for item in result.diagnostics] == case.get("diagnostics", [])
    assert [told(item) for item in result.warnings] == case.get("warnings", [])


def told(item: LayerDiagnostic) -> dict[str, Any]:
    place = item.location
    at = {"at": f"{place.column}-{place.column + place.width - 1}"} if place else {}
    return {"code": item.code, "layer": item.index, **at, "message": item.message} | (
        {"help": item.help} if item.help else {}
    )


def test_formulas_show_their_substitution() -> None:
    row = table([32, 32, 3], ["CONV(10, 5)"]).rows[0]
    assert row.formulas == {
        "shape": "[floor((32 - 5 + 2*0)/1) + 1, floor((32 - 5 + 2*0)/1) + 1, 10]",
        "parameters": "(5*5*3 + 1)*10",
        "macs": "28*28*10*5*5*3",
        "receptive_field": "[1 + (5 - 1)*1, 1 + (5 - 1)*1]",
    }
    assert [(step.column, step.general, step.line) for step in row.steps] == [
        ("shape", "⌊(n − k + 2·p)/s⌋ + 1", "⌊(32 − 5 + 2·0)/1⌋ + 1 = 28"),
        ("parameters", "(k_h·k_w·C_in + 1)·C_out", "(5·5·3 + 1)·10 = 760"),
        ("macs", "n_h·n_w·C_out·k_h·k_w·C_in", "28·28·10·5·5·3 = 588000"),
        ("receptive_field", "r + (k − 1)·j", "1 + (5 − 1)·1 = 5"),
        ("macs", "2·MACs", "588000 MACs = 1176000 FLOPs (additions counted as well)"),
        (
            "macs",
            "n_h·n_w·C_out·(k_h·k_w·C_in + 1)",
            "28·28·10·(5·5·3 + 1) = 595840 with the bias added, as torchinfo does",
        ),
        ("activations", "n1·n2·n3", "28·28·10 = 7840"),
        ("memory", "4·(activations + parameters)", "4·(7840 + 760) = 34400 bytes (float32, 4 bytes a number)"),
    ]


def test_other_tools_counts_stand_beside_the_multiply_accumulates() -> None:
    rows = table(
        [10, 14, 14], ["ConvTranspose2d(10, 4, 3, stride=2, padding=1, output_padding=1)", "Linear(28, 5)"],
        Conventions("torch"),
    ).rows  # fmt: skip
    counts = [(row.macs, row.flops, [figure.value for _, figure in row.effect.others]) for row in rows]
    assert counts == [(70560, 141120, [285376]), (15680, 31360, [145])]  # torchinfo 1.8.0's total_mult_adds


def test_memory_is_four_bytes_a_number() -> None:
    made = table([3, 8, 8], ["Conv2d(3, 4, 3)", "BatchNorm2d(4)", "Flatten()"], Conventions("torch"))
    assert [row.memory for row in made.rows] == [4 * (4 * 6 * 6 + 112), 4 * (144 + 8), 4 * 144]
    assert made.total("memory") == 4 * (3 * 144 + 120)


def test_a_problem_tells_the_table_so_far() -> None:
    (problem,) = table([1, 8, 8], ["Conv2d(1, 2, 3)", "Flatten()", "Linear(70, 1)"], Conventions("torch")).diagnostics
    assert problem.above == (("input", "[1, 8, 8]"), ("conv1", "[2, 6, 6]"), ("flatten1", "[72]"))
    assert str(problem).endswith("  so far: input [1, 8, 8] → conv1 [2, 6, 6] → flatten1 [72]")


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        ("x = F.max_pool2d(x, 2)", (4, 4, 4)),
        ("F.avg_pool2d(x, kernel_size=3, stride=1, padding=1)", (4, 8, 8)),
        ("x = torch.flatten(x, 1)", (256,)),
        ("x = x.view(x.size(0), -1)", (256,)),
        ("x = x.view(x.shape[0], -1)", (256,)),
        ("x.reshape(-1, x.size(1), 64)", (4, 64)),
        ("x = nn.functional.interpolate(x, scale_factor=2, mode='nearest')", (4, 16, 16)),
        ("F.dropout(x, p=0.5, training=True)", (4, 8, 8)),
        ("F.adaptive_avg_pool2d(x, (1, 1))", (4, 1, 1)),
        ("y = torch.mean(x, dim=[2, 3])", (4,)),
    ],
)
def test_lines_of_a_forward_pass_are_layers(line: str, shape: tuple[int, ...]) -> None:
    made = table([4, 8, 8], [line], Conventions("torch"))
    assert made.diagnostics == ()
    assert made.rows[0].shape == shape


def test_a_layer_inside_a_function_is_not_left_out() -> None:
    (problem,) = table([4, 8, 8], ["x = F.relu(self.conv1(x))"], Conventions("torch")).diagnostics
    assert problem.code == "nested"


def test_weights_may_be_shared_by_name_alone() -> None:
    layers = [{"a": "Conv2d(4, 4, 3, padding=1)"}, {"b": "", "share": "a"}, {"name": "c", "share": "a"}]
    made = table([4, 8, 8], layers, Conventions("torch"))
    assert [(row.layer, row.parameters, row.shape) for row in made.rows] == [
        ("a", 148, (4, 8, 8)), ("b", 0, (4, 8, 8)), ("c", 0, (4, 8, 8)),
    ]  # fmt: skip


def test_totals_count_shared_weights_once() -> None:
    made = table([8, 8, 3], [{"a": "CONV(4, 3)"}, {"b": "CONV(4, 3)", "from": "input", "share": "a"}])
    assert made.total("parameters") == 112
    assert made["b"].steps[-1].line == "the weights are those of a, counted there"


class Line(str):
    """A text that knows its place in a file, as the exam's reader makes them."""

    def locate(self, offset: int, width: int = 1) -> Any:
        from examgrad.errors import Location

        return Location("exam.yaml", 12, 9 + offset, width=width)


def test_a_problem_is_placed_in_the_file() -> None:
    made = table([8, 8, 3], [{Line("CONV"): {"filters": Line("3"), "size": Line("k +")}}])
    (problem,) = made.diagnostics
    assert str(problem).startswith("exam.yaml:12:12: ")


def test_a_problem_in_a_block_of_lines_is_placed_in_its_line() -> None:
    made = table([8, 8, 3], "CONV(3, 3)\n\n  CONV(k, strid=2)\n")
    (problem,) = made.diagnostics
    assert problem.location is not None
    assert (problem.location.line, problem.location.column, problem.location.text) == (3, 11, "  CONV(k, strid=2)")


# -- properties --------------------------------------------------------------------------------------------------------

WINDOWS = st.builds(
    lambda kind, k, s, p: f"{kind}{k}, {s}, {p})",
    st.sampled_from(["CONV(2, ", "POOL("]), st.integers(1, 4), st.integers(1, 3), st.integers(0, 2),
)  # fmt: skip


@given(layers=st.lists(WINDOWS, min_size=1, max_size=8), size=st.integers(1, 90))
def test_symbols_become_the_numbers(layers: list[str], size: int) -> None:
    symbols = table(["n", "n", 3], layers)
    numbers = table([size, size, 3], layers)
    assert symbols.diagnostics == ()
    for general, row in zip(symbols.rows, numbers.rows, strict=False):
        for column in ("shape", "parameters", "macs", "receptive_field"):
            assert at(getattr(general, column), size) == getattr(row, column)


def at(value: Any, size: int) -> Any:
    if isinstance(value, tuple):
        return tuple(at(item, size) for item in value)
    formula: Size = value
    return evaluate(substitute(as_node(formula), {"n": Number(size)}), {})


@given(st.lists(st.text("CONVPOLFadrs(),=[]{}0123456789.k'\"+-*/^x ⌊×", max_size=30), max_size=4))
def test_no_text_crashes_the_reader(layers: list[str]) -> None:
    made = table(["H", 9, 3], layers)
    assert made.rows or made.diagnostics
    assert str(made.diagnostics) == str(table(["H", 9, 3], layers).diagnostics)


NAMES = sorted({name for owner in ("exam", "torch", "keras", "any") for name in forms_of(owner)})
ARGUMENTS = st.sampled_from(
    [
        "1",
        "2",
        "3",
        "8",
        "0",
        "-1",
        "k",
        "1.5",
        "H//2",
        "(2, 2)",
        "()",
        "same",
        "True",
        "None",
        "5x5",
        "k/0",
        "Dense(3)",
    ]
)
CALLS = st.builds(
    lambda name, args: f"{name}({', '.join(args)})", st.sampled_from(NAMES), st.lists(ARGUMENTS, max_size=4)
)


@given(st.lists(CALLS, min_size=1, max_size=4), st.sampled_from([(8, 8, 2), (2, 8, 8), (6,), (5, "d"), (), (1, 1, 1)]))
def test_no_call_crashes_the_table(layers: list[str], shape: tuple[Any, ...]) -> None:
    for framework in ("exam", "torch", "keras"):
        made = table(list(shape), layers, Conventions(framework))
        assert [(row.formulas, row.steps, row.receptive_field, row.trainable) for row in made.rows] or made.diagnostics
