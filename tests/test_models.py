"""Models as they are: the text of ``print(model)``, against PyTorch's own numbers and as a person may paste it."""

from __future__ import annotations

import math
import random
import re
import sys
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import examgrad
from examgrad.cli import main
from examgrad.errors import Diagnostic, SpecError
from examgrad.exam.document import Text
from examgrad.exam.layers_from import load_model
from examgrad.exam.source import Source
from examgrad.layers.models.fitted import Fitted, fit
from examgrad.layers.models.model import model_of_onnx, model_of_text
from examgrad.layers.site import Conventions
from examgrad.layers.sizes import show_shape
from examgrad.layers.trouble import LayerError
from examgrad.report.models import Shown, model_text

CASES = Path(__file__).parent / "cases" / "models"
TORCH = Conventions("torch")


def cases(name: str) -> list[Any]:
    found = yaml.load((CASES / f"{name}.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return [pytest.param(case, id=case["case"]) for case in found]


def placed(case: dict[str, Any]) -> Fitted:
    shapes = case["inputs"]
    names = ["input"] if len(shapes) == 1 else [f"x{number}" for number in range(len(shapes))]
    given = dict(zip(names, shapes, strict=True))
    return fit(model_of_text(case["text"], names), given, TORCH)


@pytest.mark.parametrize("case", cases("printed_torch"))
def test_every_printed_module_has_pytorch_s_numbers(case: dict[str, Any]) -> None:
    made = placed(case)
    assert made.total("parameters") == case["total"]
    own = {row.layer: row.parameters for row in made.rows if row.parameters}
    assert own == case["parameters"]
    shapes = {row.layer: list(row.shape) for row in made.rows if row.shape is not None}
    if case["case"].startswith("functional"):  # what is not printed cannot be known: see below
        return
    assert made.diagnostics == ()
    assert {path: shape for path, shape in shapes.items() if path in case["shapes"]} == case["shapes"]


@pytest.mark.parametrize("case", cases("printed_torch"))
def test_parameters_need_no_input(case: dict[str, Any]) -> None:
    made = fit(model_of_text(case["text"]), None, TORCH)
    assert made.total("parameters") == case["total"]
    assert made.total("macs") is None


# -- ONNX --------------------------------------------------------------------------------------------------------------


def read(name: str, inputs: object = None) -> Fitted:
    pytest.importorskip("onnx")
    found = load_model(CASES / "onnx" / name, inputs).model
    return fit(found, inputs if inputs is not None else found.inputs, TORCH)


@pytest.mark.parametrize("case", cases("onnx"))
def test_an_onnx_graph_has_its_maker_s_numbers(case: dict[str, Any]) -> None:
    made = read(case["file"], case["input"] if case.get("open") else None)
    assert [str(item) for item in made.diagnostics] == []
    assert made.total("parameters") == case["total"]
    assert list(made.rows[-1].shape or ()) == case["output"]
    own: dict[str, int] = {}
    for row in made.rows:  # a module of several nodes is numbered: lstm, lstm_2
        path = re.sub(r"_\d+$", "", row.layer)
        own[path] = own.get(path, 0) + cast(int, row.parameters)
    parameters = case.get("parameters", {})
    assert {path: own[path] for path in parameters if path in own} == {p: n for p, n in parameters.items() if p in own}
    shapes = {row.layer: list(row.shape or ()) for row in made.rows if row.layer in case.get("shapes", {})}
    assert shapes.items() <= case.get("shapes", {}).items()


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("resnet.onnx", [3, 64, 64], "fixes a size of image to 32, and 64 is given"),
        ("resnet_open.onnx", [3, 64], "has 3 dimensions without the batch, and 2 are given"),
        ("resnet.onnx", {"picture": [3, 32, 32]}, "no input picture: its inputs are image"),
    ],
)
def test_an_input_that_is_not_the_graph_s(name: str, given: object, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        read(name, given)


def test_open_sizes_stay_symbols() -> None:
    made = read("resnet_open.onnx")
    assert show_shape(made.rows[0].shape or ()) == "[2, ceil(H/2), ceil(W/2)]"
    assert made.total("parameters") == 5335


def graph(*nodes: Any, inputs: Any = None, weights: Any = (), **how: Any) -> bytes:
    """An ONNX file of some nodes from x (1×3×8×8) to y."""
    helper = pytest.importorskip("onnx").helper
    given = [helper.make_tensor_value_info("x", 1, inputs or [1, 3, 8, 8])]
    made = helper.make_graph(nodes, "g", given, [helper.make_tensor_value_info("y", 1, None)], weights)
    content: bytes = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], **how).SerializeToString()
    return content


def refusal(content: bytes) -> str:
    with pytest.raises(LayerError) as caught:
        model_of_onnx(content)
    return f"{caught.value.message} {caught.value.help}"


def node(kind: str, inputs: str, output: str, **attributes: Any) -> Any:
    helper = pytest.importorskip("onnx").helper
    return helper.make_node(kind, inputs.split(), output.split(), name=f"my_{kind.lower()}", **attributes)


def test_an_unknown_operation_is_named_with_its_node() -> None:
    assert "my_det (Det): this operation is not known" in refusal(graph(node("Det", "x", "y")))
    strange = graph(node("Conv", "x w", "y", domain="com.example"))
    assert "my_conv (Conv): operations of the domain com.example" in refusal(strange)


def outside(name: str, kind: int, sizes: list[int]) -> Any:
    """A tensor whose numbers stand in another file."""
    tensor = pytest.importorskip("onnx").TensorProto(name=name, data_type=kind, dims=sizes, data_location=1)
    tensor.external_data.add(key="location", value="/etc/passwd")
    return tensor


def test_of_weights_outside_the_file_the_sizes_are_enough() -> None:
    made = model_of_onnx(graph(node("Conv", "x w", "y"), weights=[outside("w", 1, [4, 3, 3, 3])]))
    assert fit(made, None, TORCH).total("parameters") == 108


def test_shapes_outside_the_file_are_refused() -> None:
    told = refusal(graph(node("Reshape", "x w", "y"), weights=[outside("w", 7, [2])]))
    assert "numbers of w stand in another file" in told


def test_equal_weights_that_an_exporter_keeps_once_are_counted_for_each_layer() -> None:
    helper = pytest.importorskip("onnx").helper
    scale = helper.make_tensor("first.weight", 1, [8], [1.0] * 8)
    nodes = [node("Identity", "first.weight", "second.weight"), node("LayerNormalization", "x first.weight", "a")]
    nodes += [node("LayerNormalization", "a second.weight", "b"), node("LayerNormalization", "b first.weight", "y")]
    made = fit(model_of_onnx(graph(*nodes, weights=[scale])), None, TORCH)
    assert [(row.layer, row.parameters) for row in made.rows] == [("first", 8), ("second", 8), ("first_2", 0)]


def test_biases_that_an_exporter_made_one_of_are_counted_for_each_layer() -> None:
    helper = pytest.importorskip("onnx").helper
    arrays = {"a.weight": [3, 3, 1, 1], "b.weight": [3, 3, 1, 1], "a.bias": [3]}
    filled = [helper.make_tensor(name, 1, sizes, [0.0] * math.prod(sizes)) for name, sizes in arrays.items()]
    nodes = [node("Conv", "x a.weight a.bias", "a"), node("Conv", "a b.weight a.bias", "b")]
    made = fit(model_of_onnx(graph(*nodes, node("Conv", "b a.weight a.bias", "y"), weights=filled)), None, TORCH)
    assert [(row.layer, row.parameters) for row in made.rows] == [("a", 12), ("b", 12), ("a_2", 0)]


def test_a_graph_within_a_graph_is_refused() -> None:
    onnx = pytest.importorskip("onnx")
    inner = onnx.helper.make_graph([node("Relu", "x", "z")], "inner", [], [])
    told = refusal(graph(node("If", "x", "y", then_branch=inner, else_branch=inner)))
    assert "my_if (If) holds a graph of its own" in told


def test_weights_that_are_no_weights_are_told() -> None:
    assert "my_conv (Conv): its input x is no array of weights" in refusal(graph(node("Conv", "x x", "y")))


def test_samples_of_a_batch_are_not_mixed() -> None:
    assert "the axis of the batch" in refusal(graph(node("Softmax", "x", "y", axis=0)))


def test_without_the_package_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert "pip install 'examgrad[onnx]'" in refusal(b"")


def test_damaged_files_are_refused_in_words() -> None:
    pytest.importorskip("onnx")
    content = (CASES / "onnx" / "unet.onnx").read_bytes()
    generator = random.Random(0)
    for _ in range(150):
        damaged = bytearray(content)
        for _ in range(generator.randint(1, 8)):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        try:
            found = model_of_onnx(bytes(damaged[: generator.choice([len(damaged), generator.randrange(len(damaged))])]))
        except LayerError as error:
            assert error.message
        else:
            fit(found, found.inputs, TORCH)


# -- what a person may paste -------------------------------------------------------------------------------------------


def shown(case: dict[str, Any]) -> str:
    source = Source(case["text"], "model.txt")
    given = case.get("input")
    try:
        made = fit(model_of_text(Text(source.text, source)), given, TORCH)
    except LayerError as error:
        place = error.place.location() if error.place and error.place.text else None
        return str(Diagnostic(error.code, error.message, "author", place, error.help)) + "\n"
    told = "".join(f"{item}\n" for item in (*made.warnings, *made.diagnostics))
    return model_text(Shown("model.txt", made, given is not None)) + told


def test_what_is_said_of_a_pasted_model(golden: Any) -> None:
    texts = [f"# {case.values[0]['case']}\n{shown(case.values[0])}" for case in cases("pasted")]
    golden("models_pasted.txt", "\n".join(texts))


RESNET = next(
    case.values[0]["text"] for case in cases("printed_torch") if case.values[0]["case"].startswith("ResNet-18")
)


@given(
    st.integers(0, 2_000),
    st.integers(0, 40),
    st.text("()[]:=,.xX0123456789 \n\r\t-'\"\\abS_\0\x85\u2028", max_size=8),
)
def test_a_damaged_print_is_read_or_refused_in_words(start: int, length: int, inserted: str) -> None:
    damaged = RESNET[:start] + inserted + RESNET[start + length : 4_000]
    try:
        found = model_of_text(damaged)
    except LayerError as error:
        assert error.message
        assert error.place is None or error.place.location()
        return
    made = fit(found, [3, 16, 16], TORCH)
    assert made.rows
    assert all(item.message for item in (*made.diagnostics, *made.warnings))


def test_brackets_without_end_are_refused() -> None:
    for text in ("A(\n" * 100_000, ")" * 100_000, "(0-9): 10 x A(\n" * 30, "A(" * 50_000):
        with pytest.raises(LayerError):
            model_of_text(text)


@pytest.mark.parametrize("style", ["text", "json", "markdown", "latex"])
def test_a_model_is_solved_in_every_format(style: str, tmp_path: Path, golden: Any) -> None:
    path = tmp_path / "model.txt"
    path.write_text("Sequential(\n  (0): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))\n  (1): ReLU()\n)\n")
    result = CliRunner().invoke(main, ["solve", str(path), "--input", "3x8x8", "--format", style, "--steps"])
    assert result.exit_code == 0
    golden(f"model.{ {'text': 'txt', 'markdown': 'md', 'latex': 'tex'}.get(style, style) }", result.stdout)


def test_what_a_model_s_text_does_not_say_goes_to_standard_error(tmp_path: Path) -> None:
    path = tmp_path / "mine"
    path.write_text("Sequential(\n  (0): Linear(in_features=12, out_features=3, bias=True)\n)\n")
    result = CliRunner().invoke(main, ["solve", str(path)])
    assert (result.exit_code, result.stdout.splitlines()[-1].split()) == (0, ["total", "39"])
    assert "--input" in result.stderr
    result = CliRunner().invoke(main, ["solve", str(path), "--input", "3x2x2"])
    assert "flatten" in result.stdout
    assert "a Flatten, which is not printed, was put there" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--part", "1a"], "a model has no parts"), (["--input", "3x8", "--input", "4"], "several inputs need names")],
)
def test_what_a_model_cannot_be_asked(arguments: list[str], words: str, tmp_path: Path) -> None:
    path = tmp_path / "model.txt"
    path.write_text("Sequential(\n  (0): ReLU()\n)\n")
    result = CliRunner().invoke(main, ["solve", str(path), *arguments])
    assert result.exit_code == 2
    assert words in result.stderr


EXAM = """\
examgrad: 1
problems:
  - id: 1
    given: {input: [1, 8, 8], layers_from: model.txt}
    parts:
      - {id: a, kind: layers, ask: [parameters]}
"""
POOLED = """\
Net(
  (conv): Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1))
  (fc): Linear(in_features=18, out_features=3, bias=True)
)
"""


def test_an_input_that_is_no_shape_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.txt").write_text(POOLED)
    result = CliRunner().invoke(main, ["solve", str(tmp_path / "model.txt"), "--input", "3x0x2"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "a size of the input is at least 1" in result.stderr


def test_parameters_are_asked_of_a_print_whose_shapes_are_not_known(tmp_path: Path) -> None:
    (tmp_path / "model.txt").write_text(POOLED)
    (tmp_path / "exam.yaml").write_text(EXAM)
    exam = examgrad.load_exam(tmp_path / "exam.yaml")
    assert exam.conventions.framework == "torch"
    key = examgrad.solve(exam)["1a"]
    assert [(row.layer, row.values["parameters"]) for row in key.rows] == [("conv", 20), ("fc", 57)]
    assert examgrad.check(exam, {"1a": [["(3x3x1 + 1) x 2"], ["57"]]})["1a"].verdict == "correct"
    (tmp_path / "exam.yaml").write_text(EXAM.replace("[parameters]", "[shape]"))
    with pytest.raises(SpecError, match=r"model\.txt:3:16: fc: Linear needs 18 features.*\n.*\n.*\n.*18 = 2·3·3"):
        examgrad.solve(examgrad.load_exam(tmp_path / "exam.yaml"))


def test_an_exam_s_digest_is_its_model_s_too(tmp_path: Path) -> None:
    (tmp_path / "exam.yaml").write_text(EXAM)
    digests = set()
    for text in (POOLED, POOLED.replace("18", "72")):
        (tmp_path / "model.txt").write_text(text)
        digests.add(examgrad.load_exam(tmp_path / "exam.yaml").digest)
    assert len(digests) == 2


def test_an_onnx_file_gives_its_input_to_an_exam(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    (tmp_path / "model.onnx").write_bytes((CASES / "onnx" / "fire.onnx").read_bytes())
    (tmp_path / "exam.yaml").write_text(
        EXAM.replace("input: [1, 8, 8], layers_from: model.txt", "layers_from: model.onnx")
    )
    key = examgrad.solve(examgrad.load_exam(tmp_path / "exam.yaml"))["1a"]
    assert key.rows[-1].op == "concat(dim=1)"
