"""The commonest proof, straight on the trees: sums, products, quotients, powers, functions and a few cases.

One walk gives a formula's value at a random point modulo the prime and the bounds of its norm and degree; where a
formula has cases there is a walk for each of them. Relations that are not seen here do no harm: what is equal without
them is equal, and what is not is left to :mod:`examgrad.equality.proof.prover`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from examgrad.equality.proof.bounded import Bounded, difference, divided, opposite, product, raised, same, total
from examgrad.equality.proof.generators import FIELD, ONE, ZERO, Generators, NotQuick, constant
from examgrad.equality.proof.modular import BITS, RANDOM_BITS
from examgrad.equality.proof.sides import Sides
from examgrad.formula.functions import FUNCTIONS, rewrite_template
from examgrad.formula.names import Domain
from examgrad.formula.tree import RELATIONS, Apply, Constant, Node, Number, Symbol

CERTAINTY: Final = 1e-21
MAX_CASES: Final = 8
"""So many, each at most that uncertain."""
MAX_POWER: Final = 1 << 20
_STEPS: Final = frozenset({"floor", "ceil"})


def same_at_random(left: Node, right: Node, domains: Mapping[str, Domain]) -> int:
    """In how many cases the formulas are proved to be the same rational function of names, exponentials and other
    functions, and to ask the same of their arguments; 0 where that is not known."""
    dense = ordered = True
    for domain in domains.values():
        dense, ordered = dense and not domain.integer, ordered and not domain.complex
    pending: list[tuple[bool, ...]] = [()]
    cases = 0
    while pending:
        decided = pending.pop()
        taken = _taken(left, right, _Walk(decided, dense))
        cases += 1
        if taken is None or cases + len(pending) > MAX_CASES or (taken and not ordered):
            return 0
        pending += [(*taken[:place], False) for place in range(len(decided), len(taken))]
    return cases


def _taken(left: Node, right: Node, walk: _Walk) -> list[bool] | None:
    """The sides of all values that a case depends on; ``None`` where the formulas are not the same in it."""
    generators = walk.generators
    names = _Names(generators)
    try:
        one = walk.value(left, names)
        asked, generators.asked = generators.asked, set()
        other = walk.value(right, names)
    except (NotQuick, ZeroDivisionError, RecursionError):
        return None
    if asked != generators.asked or not same(one, other):
        return None
    norm = max(generators.norm, one[2] + one[3] + other[2] + other[3] + 1.0)
    sure = norm < BITS - 1 and (one[4] + other[4] + generators.degree) * 2.0**-RANDOM_BITS <= CERTAINTY
    return walk.sides.taken if sure else None


class _Names(dict[str, Bounded]):
    """A random element for every name that is asked for."""

    def __init__(self, generators: Generators) -> None:
        super().__init__()
        self._generators = generators

    def __missing__(self, name: str) -> Bounded:
        found = self[name] = self._generators.fresh()
        return found


class _Walk:
    """Formulas at one random point, in one case."""

    def __init__(self, decided: tuple[bool, ...], dense: bool) -> None:
        self.generators: Final = Generators()
        self.sides: Final = Sides(self.generators, decided, dense)

    def value(self, node: Node, names: Mapping[str, Bounded]) -> Bounded:
        """The value of a formula."""
        kind = type(node)
        if kind is Symbol:
            return names[node.name]  # type: ignore[attr-defined]
        if kind is Number:
            return constant(node.value)  # type: ignore[attr-defined]
        if kind is not Apply:
            return self._constant(node.name, names)  # type: ignore[attr-defined]
        op, args = node.op, node.args  # type: ignore[attr-defined]
        if op == "mul":
            found = self.value(args[0], names)
            for arg in args[1:]:
                found = product(found, self.value(arg, names))
            return found
        if op == "add":
            found = self.value(args[0], names)
            for arg in args[1:]:
                found = total(found, self.value(arg, names))
            return found
        if op == "neg":
            return opposite(self.value(args[0], names))
        if op == "div":
            return divided(self.value(args[0], names), self.value(args[1], names))
        if op == "pow":
            return self._power(args[0], args[1], names)
        if op == "exp":
            return self.generators.exponential(self.value(args[0], names))
        if op == "cases":
            return self._chosen(args, names)
        if op == "indicator":
            return ONE if self._holds(args[0], names) else ZERO
        if op == "max" or op == "min":
            return self._extremum(op, args, names)
        return self._function(op, args, names)

    def _constant(self, name: str, names: Mapping[str, Bounded]) -> Bounded:
        if name == "pi":
            return names["π"]
        if name != "e":
            raise NotQuick
        return self.generators.exponential(ONE)

    def _power(self, base: Node, exponent: Node, names: Mapping[str, Bounded]) -> Bounded:
        if type(base) is Constant and base.name == "e":
            return self.generators.exponential(self.value(exponent, names))
        found = self.value(base, names)
        sign, power = (-1, exponent.args[0]) if type(exponent) is Apply and exponent.op == "neg" else (1, exponent)
        if type(power) is not Number:
            return self.generators.power(found, self.value(exponent, names))
        above, degree = power.value.as_integer_ratio()
        if not 0 < abs(above) <= MAX_POWER:
            raise NotQuick
        return raised(FIELD, found if degree == 1 else self.generators.root(found, degree), sign * above)

    def _function(self, op: str, args: Sequence[Node], names: Mapping[str, Bounded]) -> Bounded:
        row = FUNCTIONS.get(op)
        if row is None or row.of_arrays or op in _STEPS:
            raise NotQuick
        values = [self.value(arg, names) for arg in args]
        if (meaning := rewrite_template(op)) is not None:
            return self.value(meaning, dict(zip("xy", values, strict=False)))
        if len(values) != 1:
            raise NotQuick
        return self.generators.function(op, *values)

    # cases

    def _chosen(self, args: Sequence[Node], names: Mapping[str, Bounded]) -> Bounded:
        for place in range(0, len(args) - 1, 2):
            if self._holds(args[place + 1], names):
                return self.value(args[place], names)
        if len(args) % 2 == 0:
            raise NotQuick
        return self.value(args[-1], names)

    def _extremum(self, op: str, args: Sequence[Node], names: Mapping[str, Bounded]) -> Bounded:
        best = self.value(args[0], names)
        for arg in args[1:]:
            other = self.value(arg, names)
            if self.sides.above(difference(other, best), zeros=False) is (op == "max"):
                best = other
        return best

    def _holds(self, node: Node, names: Mapping[str, Bounded]) -> bool:
        """Whether a condition holds; those that hold at single points only are not for here."""
        if type(node) is not Apply:
            raise NotQuick
        op, args = node.op, node.args
        if op in RELATIONS:
            apart = difference(self.value(args[0], names), self.value(args[1], names))
            if op == "eq" or op == "ne":
                self.sides.never_zero(apart)
                return op == "ne"
            return self.sides.above(apart, zeros=op in ("ge", "lt")) is (op in ("gt", "ge"))
        if op == "not":
            return not self._holds(args[0], names)
        if op not in ("and", "or"):
            raise NotQuick
        truths = [self._holds(arg, names) for arg in args]
        return all(truths) if op == "and" else any(truths)
