"""The commonest proof, straight on the trees: sums, products, quotients, powers, functions and a few cases.

One walk gives a formula's value at a random point modulo the prime; where a formula has cases there is a walk for each
of them. Relations that are not seen here do no harm: what is equal without them is equal, and what is not is left to
:mod:`examgrad.equality.proof.prover`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import gcd
from typing import Any, Final

from examgrad.equality.proof.elements import ONE, ZERO, NotQuick, constant
from examgrad.equality.proof.everywhere import defined_everywhere
from examgrad.equality.proof.generators import Asked, Generators
from examgrad.equality.proof.sides import Sides
from examgrad.formula.functions import FUNCTIONS, rewrite_template
from examgrad.formula.names import Domain
from examgrad.formula.tree import RELATIONS, Apply, Constant, Node, Number, Symbol

MAX_CASES: Final = 8
"""So many, each with the chance of error of :class:`examgrad.equality.proof.elements.Size`."""
MAX_POWER: Final = 1 << 20
MAX_ROOTED: Final = 10
"""Roots of odd powers below this are taken apart."""
_STEPS: Final = frozenset({"floor", "ceil"})
_PARTED: Final = frozenset({"mul", "div", "neg", "pow", "sqrt"})
"""What a logarithm is taken of part by part."""
_HALF: Final = constant(Fraction(1, 2))[0]


def same_at_random(left: Node, right: Node, domains: Mapping[str, Domain]) -> bool:
    """Whether two formulas without cases are proved to be the same rational function of names, exponentials and other
    functions, and to be defined alike."""
    kind = _Kind(domains)
    generators = Generators(kind.positive)
    asked = _Walk(generators, None).asked_by(left, right)
    if asked is None and generators.has_pairs:  # what is seen of exponents may depend on which are met first
        asked = _Walk(Generators(kind.positive), None).asked_by(right, left)
    return asked is not None and kind.defined_alike(left, right, asked, cases=False)


def same_in_cases(left: Node, right: Node, domains: Mapping[str, Domain]) -> int:
    """The same of formulas that may have cases: in how many they were compared; 0 where they are not proved to be
    the same."""
    kind = _Kind(domains)
    pending: list[tuple[bool, ...]] = [()]
    cases = 0
    while pending:
        decided = pending.pop()
        generators = Generators(kind.positive)
        sides = Sides(generators, decided, kind.dense)
        asked = _Walk(generators, sides).asked_by(left, right)
        taken = sides.taken
        cases += 1
        if asked is None or cases + len(pending) > MAX_CASES:
            return 0
        if not kind.defined_alike(left, right, asked, cases=bool(taken)):
            return 0
        pending += [(*taken[:place], False) for place in range(len(decided), len(taken))]
    return cases


class _Kind:
    """What the domains are like: which names are ``positive``, whether what holds at single points only does not
    count (``dense``), and whether all numbers are real (``ordered``)."""

    def __init__(self, domains: Mapping[str, Domain]) -> None:
        self.positive = set()
        self.dense = self.ordered = True
        for name, domain in domains.items():
            if domain.positive:
                self.positive.add(name)
            self.dense = self.dense and not domain.integer
            self.ordered = self.ordered and not domain.complex
        self._domains = domains

    def defined_alike(self, left: Node, right: Node, asked: tuple[Asked, Asked], *, cases: bool) -> bool:
        """Whether formulas that ask so much of values are known to be defined for the same numbers."""
        if not self.ordered and (cases or any(asked)):
            return False
        if asked[0] == asked[1] or not self.dense:
            return asked[0] == asked[1]
        return defined_everywhere(left, self._domains) and defined_everywhere(right, self._domains)


class _Walk:
    """Formulas at one random point, in one case; without ``sides`` those that have none."""

    def __init__(self, generators: Generators, sides: Sides | None) -> None:
        self._sides = sides
        self._generators = generators
        self._size = generators.size
        self._meanings: dict[tuple[Any, ...], tuple[Any, Asked, int, int]] = {}
        """The values of functions that have been written out, what they ask, and what they added to the size."""

    def asked_by(self, left: Node, right: Node) -> tuple[Asked, Asked] | None:
        """What each formula asks of values to be defined; ``None`` where they are not proved to be the same."""
        generators = self._generators
        try:
            one = self._value(left, generators)
            asked, generators.asked = generators.asked, set()
            other = self._value(right, generators)
        except (NotQuick, ZeroDivisionError, RecursionError):
            return None
        return (asked, generators.asked) if one == other and self._size.certain else None

    def _value(self, node: Node, names: Mapping[str, Any]) -> Any:
        """The value of a formula."""
        kind = type(node)
        if kind is Symbol:
            return names[node.name]  # type: ignore[attr-defined]
        if kind is Number:
            found, bits = constant(node.value)  # type: ignore[attr-defined]
            self._size.weight += bits
            return found
        if kind is not Apply:
            return self._constant(node.name)  # type: ignore[attr-defined]
        op, args = node.op, node.args  # type: ignore[attr-defined]
        if op == "mul":
            self._size.degree += len(args)
            found = self._value(args[0], names)
            for arg in args[1:]:
                found = found * self._value(arg, names)
            return found
        if op == "add":
            self._size.degree += len(args)
            self._size.weight += len(args)
            found = self._value(args[0], names)
            for arg in args[1:]:
                found = found + self._value(arg, names)
            return found
        if op == "neg":
            return -self._value(args[0], names)
        if op == "div":
            self._size.degree += 2
            return self._value(args[0], names) / self._value(args[1], names)
        if op == "pow":
            return self._power(args[0], args[1], names)
        if op == "exp":
            return self._generators.exponential(self._value(args[0], names))
        if op == "log":
            return self._logarithm(args[0], names)
        if op == "sqrt":
            return self._root(args[0], 2, names)
        if op == "sigmoid":  # the one function that is worth it
            self._size.degree += 1
            self._size.weight += 2
            return ONE / (ONE + self._generators.exponential(-self._value(args[0], names)))
        if op == "cases":
            return self._chosen(args, names)
        if op == "indicator":
            return ONE if self._holds(args[0], names) else ZERO
        if op == "max" or op == "min":
            return self._extremum(op, args, names)
        return self._function(op, args, names)

    def _constant(self, name: str) -> Any:
        if name == "pi":
            return self._generators["π"]
        if name != "e":
            raise NotQuick
        return self._generators.exponential(ONE)

    def _power(self, base: Node, exponent: Node, names: Mapping[str, Any]) -> Any:
        if type(base) is Constant and base.name == "e":
            return self._generators.exponential(self._value(exponent, names))
        power = _rational(exponent)
        if power is None:
            if not exponent.symbols():
                raise NotQuick  # it may be a whole number, which asks nothing of the base
            logarithm = self._logarithm(base, names)
            return self._generators.exponential(self._value(exponent, names) * logarithm)
        above, degree = power
        times = abs(above)
        if not 0 < times <= MAX_POWER:
            raise NotQuick
        size = self._size
        weight, before = size.weight, size.degree
        size.degree += 1
        found = self._value(base, names) if degree == 1 else self._root(base, degree, names)
        if times > 1:
            size.repeat(weight, before, times - 1)
            found = found * found if times == 2 else found**times
        return found if above > 0 else ONE / found

    def _root(self, base: Node, degree: int, names: Mapping[str, Any]) -> Any:
        """A root; that of an odd power is a power of the root, and that of an exponential another one."""
        self._size.degree += 1
        if (inner := _exponent(base)) is not None:
            return self._generators.exponential(self._times(Fraction(1, degree), inner, names))
        if type(base) is Apply and base.op == "pow" and (power := _rational(base.args[1])) is not None:
            times, whole = power
            if whole == 1 and 0 < times < MAX_ROOTED and times % 2:
                self._size.degree += times
                return self._generators.root(self._value(base.args[0], names), degree) ** times
        return self._generators.root(self._value(base, names), degree)

    def _times(self, factor: Fraction, node: Node, names: Mapping[str, Any]) -> Any:
        found, bits = constant(factor)
        self._size.weight += bits
        return found * self._value(node, names)

    def _logarithm(self, node: Node, names: Mapping[str, Any]) -> Any:
        if (inner := _exponent(node)) is not None:
            return self._value(inner, names)
        if type(node) is Number and node.value > 0:
            return self._generators.log_of_number(node.value)
        found = self._value(node, names)
        self._generators.ask_positive(found)
        if type(node) is Apply and node.op in _PARTED:
            return self._log_of_size(node, names)
        return self._generators.log(found, positive=True)

    def _log_of_size(self, node: Node, names: Mapping[str, Any]) -> Any:
        """The logarithm of a formula's size, part by part."""
        if (inner := _exponent(node)) is not None:
            return self._value(inner, names)
        if type(node) is Number:
            return self._generators.log_of_number(node.value)
        if type(node) is not Apply or node.op not in _PARTED:
            return self._generators.log(self._value(node, names), positive=False)
        self._size.weight += len(node.args)
        self._size.degree += len(node.args)
        if node.op == "pow":
            return self._value(node.args[1], names) * self._log_of_size(node.args[0], names)
        found, *others = [self._log_of_size(arg, names) for arg in node.args]
        for other in others:
            found = found + other if node.op == "mul" else found - other
        return _HALF * found if node.op == "sqrt" else found

    def _function(self, op: str, args: Sequence[Node], names: Mapping[str, Any]) -> Any:
        meaning, occurrences = _meaning(op)
        size = self._size
        before = size.weight, size.degree
        size.degree += len(args)
        values = [self._value(arg, names) for arg in args]
        if meaning is None:
            if len(values) != 1:
                raise NotQuick
            return self._generators.function(op, *values)
        key = op, *map(int, values)
        if (known := self._meanings.get(key)) is not None:
            found, asked, weight, degree = known
            size.weight += weight
            size.degree += degree
        else:
            size.repeat(*before, occurrences)
            outer, self._generators.asked = self._generators.asked, set()
            found = self._value(meaning, dict(zip("xy", values, strict=False)))
            asked, self._generators.asked = self._generators.asked, outer
            self._meanings[key] = found, asked, size.weight - before[0], size.degree - before[1]
        self._generators.asked |= asked
        return found

    # cases

    def _cases(self) -> Sides:
        if self._sides is None:
            raise NotQuick
        return self._sides

    def _chosen(self, args: Sequence[Node], names: Mapping[str, Any]) -> Any:
        for place in range(0, len(args) - 1, 2):
            if self._holds(args[place + 1], names):
                return self._value(args[place], names)
        if len(args) % 2 == 0:
            raise NotQuick
        return self._value(args[-1], names)

    def _extremum(self, op: str, args: Sequence[Node], names: Mapping[str, Any]) -> Any:
        self._size.degree += len(args)
        best = self._value(args[0], names)
        for arg in args[1:]:
            other = self._value(arg, names)
            if self._cases().above(other - best, zeros=False) is (op == "max"):
                best = other
        return best

    def _holds(self, node: Node, names: Mapping[str, Any]) -> bool:
        """Whether a condition holds; those that hold at single points only are not for here."""
        if type(node) is not Apply:
            raise NotQuick
        op, args = node.op, node.args
        if op in RELATIONS:
            self._size.weight += 1
            self._size.degree += 2
            apart = self._value(args[0], names) - self._value(args[1], names)
            if op == "eq" or op == "ne":
                self._cases().never_zero(apart)
                return op == "ne"
            return self._cases().above(apart, zeros=op in ("ge", "lt")) is (op in ("gt", "ge"))
        if op == "not":
            return not self._holds(args[0], names)
        if op not in ("and", "or"):
            raise NotQuick
        truths = [self._holds(arg, names) for arg in args]
        return all(truths) if op == "and" else any(truths)


def _exponent(node: Node) -> Node | None:
    """What a formula is the exponential of; ``None`` where it is none."""
    if type(node) is Apply:
        if node.op == "exp":
            return node.args[0]
        if node.op == "pow" and type(base := node.args[0]) is Constant and base.name == "e":
            return node.args[1]
    return None


def _rational(node: Node) -> tuple[int, int] | None:
    """The numerator and the denominator of an exponent that is written as a fraction of numbers; else ``None``."""
    sign = 1
    if type(node) is Apply and node.op == "neg":
        sign, node = -1, node.args[0]
    if type(node) is Number:
        above, below = node.value.as_integer_ratio()
        return sign * above, below
    if type(node) is Apply and node.op == "div":
        one, other = node.args
        if type(one) is Number and type(other) is Number and other.value:
            (a, b), (c, d) = one.value.as_integer_ratio(), other.value.as_integer_ratio()
            common = gcd(a * d, b * c) if c > 0 else -gcd(a * d, b * c)
            return sign * a * d // common, b * c // common
    return None


@lru_cache(maxsize=128)
def _meaning(op: str) -> tuple[Node | None, int]:
    """A function's meaning, if it has one, and how often that names its arguments."""
    row = FUNCTIONS.get(op)
    if row is None or row.of_arrays or op in _STEPS:
        raise NotQuick
    meaning = rewrite_template(op)
    return meaning, sum(isinstance(node, Symbol) for node in meaning.walk()) if meaning else 0
