"""Antiderivatives: an answer may differ from its key by what does not depend on the variable of integration.

The difference of the two is compared with its own value at one number: if they are equal everywhere, it is a
constant, whatever names it has (C, c, K …). ``x^2/2 + C`` is right, ``C x^2/2`` is not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from examgrad.equality import Comparison, UnsupportedFormula, decide, evaluate, evaluate_double
from examgrad.equality.solutions import small_points
from examgrad.equality.witness import Witness
from examgrad.errors import ExamgradError
from examgrad.exam.model import Part
from examgrad.formula.names import DOMAINS, REAL, Domain, Names
from examgrad.formula.tree import Node, Number, sub, substitute
from examgrad.kinds.base import Evidence
from examgrad.kinds.scope import Scope

CONSTANTS: Final = ("constant", "const", "C", "c", "K", "k")
"""Names that an answer may give its constant without having declared them, where the problem does not have them."""
_ADDED = re.compile(r"[-+−]\s*([A-Za-z](?:_?\{?\d\}?)?)\s*(?=$|[-+−=)\n])")
"""Any other letter that is added by itself is a constant as well."""
_TAKEN: Final = frozenset("eid")
_NUMBERED: Final = ("", "1", "2", "3")
_ELSEWHERE: Final = tuple(map(Fraction, ("7/5", "13/7", "5/11", "3/17", "11/6")))
MAX_BASES: Final = 12
UP_TO_CONSTANT: Final = "they differ by a constant"


def integrated_names(part: Part) -> tuple[str, ...]:
    """The variables of integration of a part; all scalars of its problem for ``true``, none where it has none."""
    stated = getattr(part.fields, "constant_of_integration", None)
    if not stated:
        return ()
    if stated is True:
        return tuple(name for name, variable in part.given.variables.items() if not variable.shape)
    return tuple(part.given.names.find(name) or name for name in stated)


def with_constants(names: Names, text: str) -> Names:
    """The names and those of a constant that stand in a text and are no names yet."""
    new = [
        name + number
        for name in CONSTANTS
        if name in text and names.find(name) is None
        for number in _NUMBERED
        if names.find(name + number) is None
    ]
    new += [
        letter for letter in dict.fromkeys(_ADDED.findall(text)) if letter not in _TAKEN and names.find(letter) is None
    ]
    return names.extended(new) if new else names


def with_constants_of(scope: Scope, text: str) -> Scope:
    """The scope with the names of an answer's constants."""
    return replace(scope, names=with_constants(scope.names, text))


def compare_up_to_constant(
    scope: Scope, answer: Node, key: Node, integrated: Sequence[str], *, witness: bool = True
) -> Comparison:
    """Whether two formulas differ by what does not depend on the variables ``integrated``.

    A witness gives the two formulas' values at a point where their difference is another than elsewhere.
    """
    found = scope.decide(answer, key, witness=False)
    if found.verdict == "equal":
        return found
    try:
        answer, key = (scope.graph.expand(scope.plain(node)) for node in (answer, key))
        difference = sub(answer, key)
        names = [name for name in integrated if name in difference.symbols()]
        if not names:
            return Comparison("equal", "exact", note=UP_TO_CONSTANT)
        whole = _constant(difference, names, scope.domains, witness)
        if whole.verdict == "unequal" and _parted(answer, key, names, scope.domains):
            halves = [
                _constant(difference, names, {**scope.domains, names[0]: DOMAINS[half]}, False)
                for half in ("positive", "negative")
            ]
            if all(half.verdict == "equal" for half in halves):
                return halves[0]._replace(note=f"{UP_TO_CONSTANT} on each side of 0")
            if any(half.verdict == "unknown" for half in halves):
                return Comparison("unknown", "undecided", note="whether the difference is constant on each side of 0")
    except (ExamgradError, UnsupportedFormula) as error:
        return Comparison("unknown", "undecided", note=str(error))
    if whole.verdict != "unequal" or whole.witness is None:
        return whole
    return _at_witness(whole, whole.witness, answer, key)


def _constant(difference: Node, names: Sequence[str], domains: Mapping[str, Domain], witness: bool) -> Comparison:
    """Whether a formula is equal to its own value at one place."""
    base = _base(difference, names, domains)
    if base is None:
        return Comparison("unknown", "undecided", note="no place was found where both are defined")
    there = substitute(difference, {name: Number(value) for name, value in base.items()})
    found = decide(difference, there, domains, witness=witness)
    if found.verdict != "equal":
        return found
    method = "exact" if found.method == "identical" else found.method
    return found._replace(method=method, note=UP_TO_CONSTANT)


def _base(difference: Node, names: Sequence[str], domains: Mapping[str, Domain]) -> dict[str, Fraction] | None:
    """Numbers for the variables at which the difference is defined, whatever the other names are."""
    others = sorted(difference.symbols() - set(names))
    for base in small_points(names, domains, MAX_BASES):
        for shift in range(len(_ELSEWHERE)):
            at: dict[str, float] = {name: float(value) for name, value in base.items()}
            for place, name in enumerate(others):
                at[name] = float(_ELSEWHERE[(place + shift) % len(_ELSEWHERE)])
            if math.isfinite(evaluate_double(difference, at)):
                return base
    return None


def _parted(answer: Node, key: Node, names: Sequence[str], domains: Mapping[str, Domain]) -> bool:
    """Whether one of the formulas has a gap at 0, on both sides of which it may have a constant of its own."""
    if len(names) != 1 or domains.get(names[0], REAL) != REAL:
        return False
    for formula in (answer, key):
        at = {name: _ELSEWHERE[place % 5] for place, name in enumerate(sorted(formula.symbols()))}
        if names[0] in at and evaluate(formula, {**at, names[0]: Fraction(0)}, 20) is None:
            return True
    return False


def _at_witness(found: Comparison, witness: Witness, answer: Node, key: Node) -> Comparison:
    """The comparison of two differences as one of the formulas: their values at the witness's point."""
    shown = [_text(evaluate(node, witness.at, 20)) for node in (answer, key)]
    note = f"their difference is {witness.left} there and {witness.right} elsewhere"
    if "" in shown:
        return found._replace(witness=None, note=note)
    return found._replace(witness=Witness(witness.at, *shown), note=note)


def _text(value: object) -> str:
    return "" if value is None else str(value) if isinstance(value, Fraction) else f"{float(value):.10g}"  # type: ignore[arg-type]


def constant_reason(evidence: Evidence, integrated: Sequence[str]) -> str:
    """Why an answer is wrong although a constant is free."""
    names = " and ".join(name for name in integrated if name in evidence.at) or " or ".join(integrated)
    return f"The difference to the key depends on {names}, it is not a constant: {evidence.note or 'it varies'}."
