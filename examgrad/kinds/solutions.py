"""The solutions of an equation, listed: ``x = 2, x = -2``, ``x = 2 or x = -2``, ``x = ±2``, ``{2, -2}``."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from examgrad.equality import UnsupportedFormula, evaluate
from examgrad.equality.factors import in_domain
from examgrad.equality.sets import is_set
from examgrad.errors import ExamgradError
from examgrad.formula import printer
from examgrad.formula.array_values import is_array
from examgrad.formula.names import REAL
from examgrad.formula.tree import ZERO, Apply, Node, Symbol, mul, sub, substitute
from examgrad.kinds.base import UNDECIDED, Diagnosis, Evidence, Outcome
from examgrad.kinds.reading import Unreadable, statements_of
from examgrad.kinds.scope import Scope, is_statement
from examgrad.kinds.unordered import pieces_of

MAX_SOLUTIONS: Final = 12
_NUMBERED = re.compile(r"_?\{?\d+\}?\Z")


def check_solutions(text: str, key: Node, scope: Scope) -> Outcome | None:
    """Judge several solutions listed for the equation ``key``; ``None`` where the text lists none.

    All the solutions are right; some of them, or with others among them, are for a person to judge.
    """
    found = _solutions(text, key, scope)
    if found is None:
        return None
    name, values = found
    symbol = Symbol(name)
    product = sub(symbol, values[0])
    for value in values[1:]:
        product = mul(product, sub(symbol, value))
    answer = [Apply("equation", (symbol, value)) for value in values]
    shown, told = (", ".join(map(show, answer)) for show in (printer.plain, printer.unicode))
    comparison = scope.decide(Apply("equation", (product, ZERO)), key, witness=False)
    solves = [_solves(name, value, key, scope) for value in values]
    if comparison.verdict == "equal" and False not in solves:
        evidence = scope.evidence(comparison, product, key)
        evidence = evidence._replace(method="exact") if evidence.method == "identical" else evidence
        return Outcome("correct", Fraction(1), "Right: these are all the solutions.", evidence, shown, told)
    if not any(item is not False for item in solves):
        reason = f"None of the {len(values)} solutions listed solves the equation."
        return Outcome("incorrect", Fraction(0), reason, Evidence("stated"), shown, told)
    wrong = [printer.unicode(item) for item, right in zip(answer, solves, strict=True) if right is False]
    if wrong:
        reason = f"Several solutions are listed, and {wrong[0]} is none; a person decides what the others are worth."
    elif comparison.verdict == "unequal":
        reason = "Several solutions are listed, but not all the solutions of the equation; a person decides."
    else:
        reason = "Several solutions are listed; whether they are all could not be decided, a person looks at it."
    return Outcome("review", Fraction(0), reason, UNDECIDED, shown, told, (Diagnosis("several-solutions", reason),))


def _solutions(text: str, key: Node, scope: Scope) -> tuple[str, list[Node]] | None:
    """The name that an equation is solved for and the different values listed for it, where there are several."""
    only = next(iter(key.symbols())) if len(key.symbols()) == 1 else None
    name, found = None, list[Node]()
    for piece in pieces_of(_unwrapped(text)):
        try:
            statements, own = statements_of(piece, scope)
        except Unreadable:
            return None
        last = statements[-1]
        label = last.label and _variable(last.label, key)
        if label is None and (last.label is not None or len(last.sides) > 1):
            name, found = None, []  # a line of work: the solutions begin below it
            continue
        if label is not None and label != name:
            name, found = label, []
        values = last.result.args if is_set(last.result) or is_array(last.result) else (last.result,)
        inner = scope.with_own({own_name: node for own_name, node in own.items() if own_name != last.label})
        found += [inner.plain(value) for value in values if isinstance(value, Node)]
    name = name or only
    if name is None or any(name in value.symbols() or is_statement(value) or is_array(value) for value in found):
        return None
    different: list[Node] = []
    for value in found[: MAX_SOLUTIONS + 1]:
        if not any(scope.equal(value, other) for other in different):
            different.append(value)
    return (name, different) if 1 < len(different) <= MAX_SOLUTIONS else None


def _unwrapped(text: str) -> str:
    """A list of equations without its brackets: ``[x = 2, x = -2]``."""
    inner = text.strip().strip("$").strip()
    return inner[1:-1] if "=" in inner and inner[:1] + inner[-1:] in ("[]", "{}") else text


def _variable(label: str, key: Node) -> str | None:
    """The variable of an equation that a label names: x, and x_1 as well."""
    if label in key.symbols():
        return label
    plain = _NUMBERED.sub("", label)
    return plain if plain in key.symbols() else None


def _solves(name: str, value: Node, key: Node, scope: Scope) -> bool | None:
    """Whether a value lies in the domain and makes both sides equal; ``None`` where that is not known."""
    assert isinstance(key, Apply)
    try:
        plain = scope.graph.expand(scope.plain(value))
        number = None if plain.symbols() else evaluate(plain, {}, 20)
    except (ExamgradError, UnsupportedFormula):
        return None
    if number is not None and in_domain(number, scope.domains.get(name, REAL)) is False:
        return False
    sides = [substitute(scope.graph.expand(scope.plain(side)), {name: plain}) for side in key.args]
    found = [scope.decide(sides[0], side, witness=False).verdict for side in sides[1:]]
    return False if "unequal" in found else None if "unknown" in found else True
