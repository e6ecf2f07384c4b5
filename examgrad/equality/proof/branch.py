"""One sign pattern of the gates: the program as rational functions of generators, at points modulo a prime.

Every relation used is true of the functions: exponentials of rational combinations of exponents are products
of powers; logarithms of products are sums; a positive function has one positive root; ``cos² + sin² = 1``, and
angles add. Where two formulas agree modulo a large prime at random points they are the same function of the
generators (but for the small chance that :mod:`examgrad.equality.proof.prover` bounds), hence equal.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, Final

from examgrad.equality.proof.atoms import Factors
from examgrad.equality.proof.signs import Signs
from examgrad.equality.proof.state import NotProvable, Quotient, Undefined, Vector


class Branch(Signs):
    """Evaluates slots of a program, given the signs asked for so far."""

    # values at the points, what they need first; no recursion, since sums may be long

    def value(self, root: int) -> Any:
        """A slot's values at the points; of a condition, its truth in this branch."""
        values = self.values
        if values[root] is not None:
            return values[root]
        stack = [root]
        while stack:
            slot = stack[-1]
            op, args, datum = self._code[slot]
            missing = None
            if op in _CHOOSING:
                missing = self._missing(op, args)
            else:
                for arg in args:
                    if values[arg] is None:
                        missing = arg
                        break
            if missing is not None:
                stack.append(missing)
            else:
                if values[slot] is None:
                    values[slot] = _COMPUTE[op](self, slot, args, datum)
                    self.order.append(slot)
                stack.pop()
        return values[root]

    def evaluate_all(self) -> None:
        """Evaluate every slot of a program that has no cases, in order."""
        values, order = self.values, self.order
        for slot, (op, args, datum) in enumerate(self._code):
            if values[slot] is None:
                values[slot] = _COMPUTE[op](self, slot, args, datum)
                order.append(slot)

    def evaluate_common(self) -> None:
        """Evaluate what is part of no case: above all what branches yet to be split have in common."""
        values, code, order = self.values, self._code, self.order
        for slot in self._plan.schedule():
            if values[slot] is None:
                op, args, datum = code[slot]
                if op in _CHOOSING:
                    self.value(slot)
                else:
                    values[slot] = _COMPUTE[op](self, slot, args, datum)
                    order.append(slot)

    def _missing(self, op: str, args: tuple[int, ...]) -> int | None:
        """What must be known next of a choice between slots."""
        values = self.values
        first = args[0]
        if values[first] is None:
            return first
        if op == "select":
            second = args[1] if values[first] else args[2]
        elif values[first] is (op == "or"):
            return None
        else:
            second = args[1]
        return second if values[second] is None else None

    # one instruction each: its slot, its arguments, its datum

    def _number(self, slot: int, args: tuple[int, ...], datum: Any) -> Vector:
        return [self._f.fraction(datum)] * self._points

    def _sum(self, slot: int, args: tuple[int, ...], datum: Any) -> Vector:
        values = self.values
        return list(map(operator.add, values[args[0]], values[args[1]]))

    def _difference(self, slot: int, args: tuple[int, ...], datum: Any) -> Vector:
        values = self.values
        return list(map(operator.sub, values[args[0]], values[args[1]]))

    def _times(self, slot: int, args: tuple[int, ...], datum: Any) -> Vector:
        values = self.values
        return list(map(operator.mul, values[args[0]], values[args[1]]))

    def _divided(self, slot: int, args: tuple[int, ...], datum: Any) -> Vector:
        return list(map(operator.mul, self.values[args[0]], self._inverted(self.values[args[1]])))

    def _inverted(self, vector: Vector) -> Vector:
        if not any(vector):
            raise Undefined
        return self._f.inverses(vector)

    def _opposite(self, slot: int, args: tuple[int, ...], datum: Any) -> Vector:
        return list(map(operator.neg, self.values[args[0]]))

    def _integer_power(self, slot: int, args: tuple[int, ...], datum: int) -> Vector:
        x = self.values[args[0]] if datum > 0 else self._inverted(self.values[args[0]])
        if abs(datum) == 2:
            return list(map(operator.mul, x, x))
        return [a ** abs(datum) for a in x]

    def _selected(self, slot: int, args: tuple[int, ...], datum: Any) -> Any:
        return self.values[args[1] if self.values[args[0]] else args[2]]

    def _absolute(self, slot: int, args: tuple[int, ...], datum: Any) -> Vector:
        x: Vector = self.values[args[0]]
        return x if self.sign(args[0]) >= 0 else [-a for a in x]

    def _undefined(self, slot: int, args: tuple[int, ...], datum: Any) -> Vector:
        raise Undefined

    def _is_above(self, slot: int, args: tuple[int, ...], datum: Any) -> bool:
        return self.sign(args[0]) > 0

    def _is_not_below(self, slot: int, args: tuple[int, ...], datum: Any) -> bool:
        return self.sign(args[0]) >= 0

    def _is_zero(self, slot: int, args: tuple[int, ...], datum: Any) -> bool:
        return not any(self.values[args[0]])

    def _is_not_zero(self, slot: int, args: tuple[int, ...], datum: Any) -> bool:
        return any(self.values[args[0]])

    # slots as quotients of polynomials in the atoms

    def _factored(self, slot: int) -> Factors:
        found = self._factors.get(slot)
        if found is None:
            numerator, denominator = self._quotient(slot)
            if not numerator:
                raise NotProvable("a hidden zero")
            found = self._factors[slot] = self.ring.factors(numerator, denominator)
        return found

    def _quotient(self, root: int) -> Quotient:
        quotients, values, checked, one = self._quotients, self.values, self.ring.checked, self.ring.one
        stack = [root]
        while stack:
            slot = stack[-1]
            if slot in quotients:
                stack.pop()
                continue
            if values[slot] is None:
                self.value(slot)
            op, args, datum = self._code[slot]
            if op == "select":
                args = (args[1] if values[args[0]] else args[2],)
            needed = args if op in _ALGEBRAIC else ()
            missing = [arg for arg in needed if arg not in quotients]
            if missing:
                stack += missing
                continue
            top, bottom = self._as_quotient(slot, op, args, datum, [quotients[arg] for arg in needed])
            quotients[slot] = checked(top), bottom if bottom is one else checked(bottom)
            stack.pop()
        return quotients[root]

    def _as_quotient(self, slot: int, op: str, args: Sequence[int], datum: Any, parts: Sequence[Quotient]) -> Quotient:
        ring, one = self.ring, self.ring.one
        if op == "var":
            atom = self._atoms["symbol " + datum]
            return ring.power(ring.generator(atom), atom.degree), one
        if op == "select":
            return parts[0]
        if op == "add" or op == "sub":
            (a, b), (c, d) = parts
            if b is d or b == d:
                return (a + c if op == "add" else a - c), b
            if op == "sub":
                c = -c
            return a * d + c * b, b * d
        if op == "mul":
            (a, b), (c, d) = parts
            return a * c, d if b is one else b if d is one else b * d
        if op == "div":
            (a, b), (c, d) = parts
            return a * d, b * c
        if op == "num":
            if max(datum.numerator.bit_length(), datum.denominator.bit_length()) > 200:
                raise NotProvable("a number too long to be factored")
            return one * datum.numerator, one if datum.denominator == 1 else one * datum.denominator
        if op == "neg":
            return -parts[0][0], parts[0][1]
        if op == "abs":
            return parts[0] if self.sign(args[0]) >= 0 else (-parts[0][0], parts[0][1])
        if op == "ipow":
            a, b = parts[0] if datum >= 0 else parts[0][::-1]
            return ring.power(a, abs(datum)), ring.power(b, abs(datum))
        if op == "pi":
            return ring.generator(self._pi()), one
        if op == "rpow":
            return self._root_quotient(args[0], datum)
        if op == "pow" or datum == "exp":
            return self._exponential_quotient(self.exponents[slot])
        if datum == "log":
            return self._log_quotient(args[0])
        if datum in ("sin", "cos"):
            return self._angle_quotient(datum, self.angles[slot])
        return self._function_quotient(slot, datum, args[0])


_CHOOSING: Final = frozenset({"select", "and", "or"})
_COMPUTE: Final[dict[str, Callable[[Branch, int, tuple[int, ...], Any], Any]]] = {
    "num": Branch._number,
    "var": lambda branch, slot, args, datum: branch._variable(datum),
    "pi": lambda branch, slot, args, datum: branch._pi().vector,
    "nan": Branch._undefined,
    "add": Branch._sum,
    "sub": Branch._difference,
    "mul": Branch._times,
    "div": Branch._divided,
    "neg": Branch._opposite,
    "abs": Branch._absolute,
    "ipow": Branch._integer_power,
    "rpow": lambda branch, slot, args, datum: branch._root(args[0], datum),
    "pow": lambda branch, slot, args, datum: branch._power(slot, *args),
    "fn": lambda branch, slot, args, datum: branch._function(slot, datum, args[0]),
    "select": Branch._selected,
    "and": lambda branch, slot, args, datum: (
        branch.values[args[0]] if branch.values[args[0]] is False else branch.values[args[1]]
    ),
    "or": lambda branch, slot, args, datum: (
        branch.values[args[0]] if branch.values[args[0]] is True else branch.values[args[1]]
    ),
    "not": lambda branch, slot, args, datum: not branch.values[args[0]],
    "gt": Branch._is_above,
    "ge": Branch._is_not_below,
    "eq": Branch._is_zero,
    "ne": Branch._is_not_zero,
}
_ALGEBRAIC: Final = frozenset({"add", "sub", "mul", "div", "neg", "abs", "ipow", "select"})
