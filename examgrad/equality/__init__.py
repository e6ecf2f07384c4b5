"""Whether one formula equals another, and formulas at points."""

from __future__ import annotations

from examgrad.equality.compare import compare_trees
from examgrad.equality.compiler import compile_formulas
from examgrad.equality.decide import Comparison, decide
from examgrad.equality.emitter import UnsupportedFormula
from examgrad.equality.evaluate import evaluate, evaluate_double, evaluate_exactly, sample_points, value_at, value_of
from examgrad.equality.points import place
from examgrad.equality.program import Program
from examgrad.equality.witness import Witness

__all__ = [
    "Comparison", "Program", "UnsupportedFormula", "Witness", "compare_trees", "compile_formulas", "decide", "evaluate",
    "evaluate_double", "evaluate_exactly", "place", "sample_points", "value_at", "value_of",
]  # fmt: skip
