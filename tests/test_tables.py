"""Layer tables as students write them: notations, rows, what follows, and the slips that make a wrong number."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml

import examgrad
from examgrad.diagnosis.layer_slips import SENTENCES
from examgrad.exam.model import Exam
from examgrad.grading.results import PartResult

CASES = Path(__file__).parent / "cases" / "tables"
ALL = ("shape", "parameters", "macs", "receptive_field", "activations")


def exam_of(case: dict[str, Any], ask: str | list[str]) -> Exam:
    part = {"kind": "layers", "ask": ask, "points": 10} | ({"credit": case["credit"]} if "credit" in case else {})
    given = {"input": case["input"].strip("[]").split(", "), "layers": case["layers"]}
    problem = {"id": 1, "given": given, "parts": [part]}
    conventions = {"framework": case.get("framework", "exam")} | case.get("conventions", {})
    document = {"examgrad": 1, "conventions": conventions, "problems": [problem]}
    return examgrad.load_exam(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))


def with_cell(exam: Exam, row: int, column: str, answer: Any) -> PartResult:
    """The right table but for one cell."""
    rows = [
        {name: value for name, value in item.values.items() if name in exam.parts[0].fields.ask}
        for item in examgrad.solve(exam)["1"].rows
    ]
    rows[row - 1][column] = answer
    return examgrad.check(exam, {"1": rows})["1"]


def verdict_of(found: PartResult, row: int, column: str) -> str:
    return next((cell.verdict for cell in found.cells if (cell.row, cell.column) == (row, column)), found.verdict)


def read(name: str) -> list[Any]:
    """The cases of one file, each by its sentence."""
    found = yaml.load((CASES / f"{name}.yaml").read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)
    return [pytest.param(case, id=case["case"]) for case in found]


@pytest.mark.parametrize("case", read("slips"))
def test_a_wrong_number_is_explained_by_the_slip_that_makes_it(case: dict[str, Any]) -> None:
    exam = exam_of(case, list(ALL))
    for wrong in case["wrong"]:
        found = with_cell(exam, int(wrong["row"]), wrong["column"], wrong["answer"])
        told = f"{wrong}: {[tuple(item) for item in found.diagnoses]}"
        assert verdict_of(found, int(wrong["row"]), wrong["column"]) == "incorrect", told
        codes = " ".join(item.code for item in found.diagnoses if item.code != "follows") or "none"
        assert codes == wrong["codes"], told
        assert all(wrong.get("words", "") in item.message for item in found.diagnoses), told


def test_every_slip_has_a_case() -> None:
    named = {code for param in read("slips") for wrong in param.values[0]["wrong"] for code in wrong["codes"].split()}
    assert named - {"none"} == SENTENCES.keys() | {"other-row"}


@pytest.mark.parametrize("case", read("notations"))
def test_shapes_and_counts_are_read_in_any_usual_notation(case: dict[str, Any]) -> None:
    exam = exam_of(case, case.get("ask", list(ALL)))
    wrong = []
    for cell in case["cells"]:
        for answer in cell["answers"]:
            found = with_cell(exam, int(cell["row"]), cell["column"], answer)
            verdict = verdict_of(found, int(cell["row"]), cell["column"])
            if verdict != cell["verdict"] or "internal" in [item.code for item in found.diagnoses]:
                wrong.append(f"{cell['column']} {answer}: {verdict}, not {cell['verdict']}; {found.reason}")
    assert not wrong, "\n".join(wrong)


NETWORK = {"input": "[32, 32, 3]", "layers": ["CONV(10, 5)", "POOL(2)", "CONV(5, 3)", "POOL(2)", "FC(10)"]}
SIGNS = {"correct": "c", "incorrect": "i", "unanswered": "u", "unreadable": "?", "partial": "p", "review": "r"}


@pytest.mark.parametrize("case", read("rows"))
def test_tables_are_read_row_by_row(case: dict[str, Any]) -> None:
    exam = exam_of(NETWORK | case.get("network", {}), case.get("ask", ["shape", "parameters"]))
    found = examgrad.check(exam, {"1": case["table"]})["1"]
    told = f"{found.verdict}: {found.reason} {[tuple(item) for item in found.diagnoses]}"
    signs = "".join(SIGNS[cell.verdict] for cell in found.cells)
    assert signs == case.get("cells", "").replace(" ", ""), told
    assert found.verdict == case.get("verdict", found.verdict), told
    codes = [item.code for item in found.diagnoses if item.code not in ("syntax", "unreadable", "layout")]
    assert " ".join(codes) == case.get("codes", ""), told
    assert any(case.get("words", "") in message for message in (found.reason, *(d.message for d in found.diagnoses))), (
        told
    )


@pytest.mark.parametrize("case", read("follows"))
def test_later_rows_are_right_where_they_follow_from_the_student_s_own(case: dict[str, Any]) -> None:
    exam = exam_of(case, case.get("ask", ["shape", "parameters"]))
    rows = [
        {name: value for name, value in item.values.items() if name in exam.parts[0].fields.ask}
        for item in examgrad.solve(exam)["1"].rows
    ]
    for row, cells in case["table"].items():
        rows[int(row) - 1] |= cells
    found = examgrad.check(exam, {"1": rows})["1"]
    told = f"{found.verdict}: {found.reason} {[tuple(item) for item in found.diagnoses]}"
    signs = " ".join(
        "".join(SIGNS[cell.verdict] for cell in found.cells if cell.row == row) for row in range(1, len(rows) + 1)
    )
    assert signs == case["cells"], told
    assert str(found.points) == case.get("points", str(found.points)), told
    assert all(item.code != "internal" for item in found.diagnoses), told
    follows = [
        item.message.removesuffix(": right, given what you wrote above.")
        for item in found.diagnoses
        if item.code == "follows"
    ]
    assert follows == case.get("follows", []), told


HOSTILE: dict[str, Any] = {
    "a megabyte of bars": "|" * 1_000_000,
    "a megabyte of rows": "|a|b|\n" * 200_000,
    "one long line": "x" * 900_000,
    "10,000 rows of text": "conv1, 28x28x10, 760\n" * 10_000,
    "10,000 rows": [["28x28x10", "760"]] * 10_000,
    "10,000 named rows": [[f"CONV({row}, 5)", "28x28x10", "760"] for row in range(10_000)],
    "HTML": "<tr>" * 50_000,
    "open tags": "<" * 300_000 + "<tr>",
    "LaTeX": "\\\\&" * 50_000,
    "brackets": "(" * 100_000,
    "nothing": [],
    "empty rows": [[], []],
    "empty mappings": [{}] * 5,
    "numbers": [1, 2, 3, 4, 5],
    "one number": 5,
    "a mapping of mappings": {"a": {"b": {"c": "d"}}},
    "columns of nothing": {"shape": [], "parameters": []},
    "wide rows": [["a"] * 50] * 5,
    "nested rows": [[[["28"]]]] * 5,
    "bars": "|",
    "rules": "|---|---|",
}


@pytest.mark.parametrize("table", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_table_is_never_right_and_never_a_failure(table: Any) -> None:
    found = examgrad.check(exam_of(NETWORK, ["shape", "parameters"]), {"1": table})["1"]
    assert found.verdict in ("incorrect", "unreadable", "unanswered", "partial"), found.reason
    assert "internal" not in [item.code for item in found.diagnoses], found.reason


HOSTILE_CELLS = [
    "9^9^9",
    "9^9^9x28x10",
    "1e999",
    "-1x-1x-1",
    "0x0x0",
    "1+" * 50_000 + "1",
    "28x" * 2_000,
    "[" * 300 + "]" * 300,
    "=" * 900,
    "@" * 900,
    "channels " * 100,
    "," * 900,
    "1,111" * 180,
    "floor(" * 150,
    "2^" * 200 + "2",
    "9" * 900,
    "->" * 400,
    "nan",
    "H=1," * 200,
    "\\" * 900,
    "{" * 900,
    "a: " * 300,
    "\x1b[31m28x28x10",
    "28\x0028x10",
    "2\u0338x",
    "😀",
    "²",
    "1/0",
    "",
    {"a": ["b"]},
    [[[["1"]]]],
    ["1"] * 5_000,
    ["28", "28", ["10"]],
]


@pytest.mark.parametrize("column", ["shape", "parameters", "receptive_field"])
def test_a_hostile_cell_touches_no_other(column: str) -> None:
    exam = exam_of(NETWORK, ["shape", "parameters", "receptive_field"])
    for answer in HOSTILE_CELLS:
        found = with_cell(exam, 1, column, answer)
        told = f"{str(answer)[:60]}: {found.verdict} {found.reason}"
        assert [(cell.row, cell.column) for cell in found.cells if cell.verdict != "correct"] == [(1, column)], told
        assert "internal" not in [item.code for item in found.diagnoses], told


NETWORKS = [
    pytest.param(case, name.partition("_")[0], id=f"{name}: {case['case']}")
    for name in ("torch_networks", "keras_networks")
    for case in yaml.safe_load((CASES.parent / "layers" / f"{name}.yaml").read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("case", "framework"), NETWORKS)
def test_a_right_table_is_right_in_any_mixture_of_notations(case: dict[str, Any], framework: str) -> None:
    draw = random.Random(case["case"])
    given = {"input": case["input"], "layers": [row["entry"] for row in case["rows"]]}
    part = {"kind": "layers", "ask": ["shape", "parameters", "macs"], "points": 10}
    document = {"examgrad": 1, "conventions": {"framework": framework}, "problems": [{"id": 1, "given": given}]}
    document["problems"][0]["parts"] = [part]  # type: ignore[index]
    exam = examgrad.load_exam(yaml.safe_dump(document, sort_keys=False))
    lines = ["| MACs | layer | Output size | # params |", "|---|---|---|---|"]
    for row in examgrad.solve(exam)["1"].rows:
        counts = [count_text(draw, row.values[name], row.formulas.get(name, "")) for name in ("macs", "parameters")]
        label = draw.choice([row.layer, row.op])
        lines.append(f"| {counts[0]} | {label} | {shape_text(draw, row.values['shape'])} | {counts[1]} |")
    found = examgrad.check(exam, {"1": "\n".join(lines)})["1"]
    assert found.verdict == "correct", found.reason


def shape_text(draw: random.Random, shape: Any) -> str:
    sizes = [str(size) for size in shape]
    plain = ", ".join(sizes)
    forms = ["x".join(sizes), " × ".join(sizes), f"[{plain}]", f"({plain},)", "$" + r" \times ".join(sizes) + "$"]
    batched = [f"(None, {plain})", f"[-1, {plain}]", f"torch.Size([1, {plain}])", f"N x {' x '.join(sizes)}"]
    return draw.choice(forms + batched if len(sizes) > 1 else forms)


def count_text(draw: random.Random, count: Any, formula: str) -> str:
    if count == 0:
        return draw.choice(["0", "-", "none", "0 (no parameters)"])
    forms = [str(count), f"{count:,}", f"{count:,}".replace(",", " "), f"{count:,}".replace(",", "'")]
    return draw.choice([*forms, formula.replace("*", "x"), f"{formula} = {count}"] if 0 < len(formula) < 60 else forms)
