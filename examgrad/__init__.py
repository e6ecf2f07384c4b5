"""examgrad derives the answers of exams and checks students' answers against them.

::

    exam = examgrad.load_exam("exam.yaml")
    keys = examgrad.solve(exam)
    result = examgrad.check(exam, {"3a": "2x1x2(x1^2x2 - y)"})
    examgrad.compare("1 - tanh(z)^2", "sech(z)^2", variables=["z"])
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from examgrad.version import __version__

if TYPE_CHECKING:
    from examgrad.api import check as check
    from examgrad.api import compare as compare
    from examgrad.api import load_exam as load_exam
    from examgrad.api import solve as solve
    from examgrad.equality import Comparison as Comparison
    from examgrad.errors import DerivationError as DerivationError
    from examgrad.errors import ExamgradError as ExamgradError
    from examgrad.errors import MathSyntaxError as MathSyntaxError
    from examgrad.errors import SpecError as SpecError
    from examgrad.kinds.base import Key as Key

_HOMES = {
    **dict.fromkeys(("check", "compare", "load_exam", "solve"), "examgrad.api"),
    **dict.fromkeys(("DerivationError", "ExamgradError", "MathSyntaxError", "SpecError"), "examgrad.errors"),
    "Comparison": "examgrad.equality",
    "Key": "examgrad.kinds.base",
}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> object:
    """The public names, each imported from its home when it is first used: a command needs only some of them."""
    if name not in _HOMES:
        raise AttributeError(f"module 'examgrad' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)
