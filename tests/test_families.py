"""The families of ``tests/cases/families``: formulas that are equal, and what slips make of them."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from flint import arb, ctx, fmpq

from examgrad.equality import Comparison, decide, evaluate
from examgrad.formula.names import REAL, Domain, Names, Variable, read_domain
from examgrad.formula.parser import read
from examgrad.formula.tree import Node


class Pair(NamedTuple):
    """A family's first form and another text; ``known`` says why its verdict is not yet what it should be."""

    first: str
    other: str
    domains: tuple[tuple[str, Domain], ...]
    known: str = ""

    def read(self) -> tuple[Node, Node]:
        names = Names([Variable(name, domain) for name, domain in self.domains], open_ended=True)
        return read(self.first, names), read(self.other, names)


def pairs(group: str) -> list[Any]:
    """Every other form (``forms``), or every slip (``wrong``), beside its family's first form."""
    found = []
    for path in sorted(Path(__file__).parent.glob("cases/families/*.yaml")):
        for family in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader):
            domains = tuple((name, read_domain(domain)) for name, domain in family.get("variables", {}).items())
            first, *forms = family["forms"]
            for other in forms if group == "forms" else family["wrong"]:
                pair = Pair(first, other, domains, family.get("known", {}).get(other, ""))
                marks = [pytest.mark.xfail(reason=pair.known, strict=True)] if pair.known else []
                found.append(pytest.param(pair, id=f"{path.stem}: {family['name']}: {other}", marks=marks))
    return found


@cache
def both_orders(pair: Pair) -> tuple[Comparison, Comparison]:
    first, other = pair.read()
    return decide(first, other, dict(pair.domains)), decide(other, first, dict(pair.domains))


@pytest.mark.parametrize("pair", pairs("forms"))
def test_forms_of_one_formula_are_equal(pair: Pair) -> None:
    result, swapped = both_orders(pair)

    assert (result.verdict, swapped.verdict) == ("equal", "equal"), (result, swapped)


@pytest.mark.parametrize("pair", pairs("wrong"))
def test_a_slip_is_told_and_shown(pair: Pair) -> None:
    result, swapped = both_orders(pair)

    assert (result.verdict, swapped.verdict) == ("unequal", "unequal"), (result, swapped)
    assert result.witness is not None
    at, domains = result.witness.at, dict(pair.domains)
    assert all(domains.get(name, REAL).contains(value) for name, value in at.items())
    assert result.witness.left != result.witness.right
    left, right = (evaluate(node, at, digits=1000) for node in pair.read())
    assert left is not None
    assert right is not None
    assert apart(left, right), (left, right)


def test_nearly_all_equal_verdicts_are_proofs() -> None:
    methods = Counter(both_orders(param.values[0])[0].method for param in pairs("forms"))

    assert methods["exact"] + methods["identical"] >= 0.9 * methods.total(), methods


def apart(left: Fraction | arb, right: Fraction | arb) -> bool:
    """Whether two values are known to differ."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left != right
    with ctx.workprec(8192):
        return not ball(left).overlaps(ball(right))


def ball(value: Fraction | arb) -> arb:
    return arb(fmpq(value.numerator, value.denominator)) if isinstance(value, Fraction) else value
