"""Whether one formula equals another, and formulas at points."""

from __future__ import annotations

from examgrad.equality.compare import compare_trees
from examgrad.equality.decide import Comparison, decide
from examgrad.equality.emitter import UnsupportedFormula
from examgrad.equality.evaluate import evaluate, evaluate_double, evaluate_exactly, sample_points, value_at
from examgrad.equality.points import place
from examgrad.equality.witness import Witness

__all__ = [
    "Comparison", "UnsupportedFormula", "Witness", "compare_trees", "decide", "evaluate", "evaluate_double",
    "evaluate_exactly", "place", "sample_points", "value_at",
]  # fmt: skip
