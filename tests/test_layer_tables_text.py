"""Layer tables as they are printed: aligned where they fit, a list where formulas are too wide."""

from __future__ import annotations

from pathlib import Path

import pytest

import examgrad
from examgrad.report.text import keys_text

EXAM = """
examgrad: 1
title: Layers
conventions: {framework: torch}
problems:
  - id: 1
    given:
      input: [3, 32, 32]
      layers:
        - Conv2d(3, 10, 5)
        - MaxPool2d(2, 2, ceil_mode=True)
        - ConvTranspose2d(10, 4, 3, stride=2, padding=1, output_padding=1, bias=False)
        - BatchNorm2d(4)
        - Flatten()
        - Linear(3136, 10)
    parts:
      - {kind: layers, ask: [shape, parameters, macs, receptive_field]}
  - id: 2
    given:
      input: [C, H, W]
      layers:
        - Conv2d(C, F, k, stride=s, padding=p)
        - MaxPool2d(2)
        - LazyLinear(10)
    parts:
      - {kind: layers, ask: [shape, parameters]}
  - id: 3
    given:
      input: [16, 8, 8]
      layers:
        - Conv2d(16, 16, 3, padding=1)
    parts:
      - {kind: layers, ask: [activations, memory]}
"""


@pytest.mark.parametrize("steps", [False, True], ids=["plain", "steps"])
def test_layer_tables(steps: bool, tmp_path: Path, golden: object) -> None:
    path = tmp_path / "exam.yaml"
    path.write_text(EXAM, encoding="utf-8")
    exam = examgrad.load_exam(path)
    text = keys_text(exam.title, examgrad.solve(exam), steps=steps, width=80)
    assert max(map(len, text.splitlines())) <= 80
    golden(f"layer-tables{'-steps' * steps}.txt", text)  # type: ignore[operator]
