"""Instructions of a program, one by one: equal ones shared, numbers carried out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Final

from examgrad.equality.program import Instruction, Number, Program, lowest, magnitude

MAX_INSTRUCTIONS: Final = 40_000
MAX_BITS: Final = 4_096
"""Constants are folded only as long as they stay shorter than this."""


class UnsupportedFormula(Exception):
    """The formula holds something that is no real scalar operation; the text says what."""


class Emitter:
    """Grows a program; every method gives the slot of its result."""

    def __init__(self) -> None:
        self.code: list[Instruction] = []
        self.numbers: dict[int, Number] = {}
        self._variables: dict[str, int] = {}
        self.infinite = False
        self._slots: dict[tuple[object, ...], int] = {}
        self._gates: dict[int, None] = {}
        self._steps: dict[int, None] = {}
        self._positive: dict[int, None] = {}

    def program(self, roots: tuple[int, ...]) -> Program:
        """The program so far, with these slots as its roots."""
        gates = tuple(self._gates)
        return Program(
            self.code, roots, tuple(sorted(self._variables)), gates, gates, tuple(self._steps), tuple(self._positive),
            self.infinite,
        )  # fmt: skip

    def replayed(self, code: Sequence[Instruction], root: int, arguments: Sequence[int]) -> int:
        """The slot of another program's root, with ``x`` and ``y`` there standing for the arguments."""
        slots: list[int] = []
        for op, args, datum in code:
            if op == "var":
                slots.append(arguments[datum == "y"])
            elif op == "num":
                slots.append(self.number(datum))
            else:
                slots.append(_REPLAYED[op](self, [slots[arg] for arg in args], datum))
        return slots[root]

    def emit(self, op: str, args: tuple[int, ...] = (), datum: Any = None) -> int:
        """The slot of an instruction, an earlier one if it is the same. Raises :class:`UnsupportedFormula`."""
        key = (op, args, datum)
        slot = self._slots.get(key)
        if slot is None:
            slot = self._slots[key] = len(self.code)
            if slot >= MAX_INSTRUCTIONS:
                raise UnsupportedFormula("a formula too long to be computed")
            self.code.append(key)
        return slot

    def number(self, value: Number) -> int:
        """A number."""
        value = lowest(value)
        # a Fraction takes long to hash; its two integers do not
        key = ("num", value) if type(value) is int else ("num", value.numerator, value.denominator)
        slot = self._slots.get(key)
        if slot is None:
            slot = self._slots[key] = len(self.code)
            self.numbers[slot] = value
            self.code.append(("num", (), value))
        return slot

    def add(self, left: int, right: int) -> int:
        """A sum."""
        if left not in self.numbers and right not in self.numbers:
            return self.emit("add", (left, right) if left < right else (right, left))
        a, b = self.numbers.get(left), self.numbers.get(right)
        if a is not None and b is not None and (folded := self._folded(a + b)) is not None:
            return folded
        if a == 0:
            return right
        if b == 0:
            return left
        return self.emit("add", (left, right) if left < right else (right, left))

    def sub(self, left: int, right: int) -> int:
        """A difference."""
        if left == right and not self._positive:  # a logarithm less itself is nothing only where it has a value
            return self.number(0)
        a, b = self.numbers.get(left), self.numbers.get(right)
        if a is not None and b is not None and (folded := self._folded(a - b)) is not None:
            return folded
        if a == 0:
            return self.neg(right)
        return left if b == 0 else self.emit("sub", (left, right))

    def mul(self, left: int, right: int) -> int:
        """A product."""
        if left not in self.numbers and right not in self.numbers:
            return self.emit("mul", (left, right) if left < right else (right, left))
        a, b = self.numbers.get(left), self.numbers.get(right)
        if a is not None and b is not None and (folded := self._folded(a * b)) is not None:
            return folded
        if a == 1 or b == 1:
            return right if a == 1 else left
        if a == -1 or b == -1:
            return self.neg(right if a == -1 else left)
        return self.emit("mul", (left, right) if left < right else (right, left))

    def div(self, left: int, right: int) -> int:
        """A quotient."""
        value = self.numbers.get(right)
        if value is None:
            return self.emit("div", (left, right))
        return self.mul(left, self.number(Fraction(1, 1) / value)) if value else self.undefined()

    def undefined(self) -> int:
        """Infinity, or a quotient by the number zero: no number at all, and nothing can be said of the formula."""
        self.infinite = True
        return self.emit("nan")

    def neg(self, slot: int) -> int:
        """A slot's opposite."""
        op, args, datum = self.code[slot]
        if op == "num":
            return self.number(-datum)
        return args[0] if op == "neg" else self.emit("neg", (slot,))

    def power(self, base: int, exponent: int) -> int:
        """A power; ``exp(u)^v`` becomes ``exp(u v)``."""
        value = self.numbers.get(exponent)
        if value is not None:
            return self.power_of(base, value)
        op, args, datum = self.code[base]
        if op == "fn" and datum == "exp":
            return self.function("exp", self.mul(args[0], exponent))
        self._positive[base] = None
        return self.emit("pow", (base, exponent))

    def power_of(self, base: int, exponent: Number) -> int:
        """A power whose exponent is a number (in lowest terms)."""
        op, args, datum = self.code[base]
        whole = type(exponent) is int
        if op == "fn" and datum == "exp" and (not whole or self.numbers.get(args[0]) == 1):
            return self.function("exp", self.mul(args[0], self.number(exponent)))
        if whole:
            return self._integer_power(base, exponent.numerator)
        value = self.numbers.get(base)
        if value is not None and value > 0 and (root := _root(value, exponent.denominator)) is not None:
            return self._integer_power(self.number(root), exponent.numerator)
        self._positive[base] = None
        return self.emit("rpow", (base,), exponent)

    def function(self, name: str, slot: int) -> int:
        """A function that has no simpler form, or an absolute value."""
        value = self.numbers.get(slot)
        if value is not None and (name, value) in _KNOWN:
            return self.number(_KNOWN[name, value])
        if name == "abs":
            if value is not None:
                return self.number(magnitude(value))
            self._gates[slot] = None
            return self.emit("abs", (slot,))
        if name in ("floor", "ceil"):
            if value is not None:
                return self.number(value.__floor__() if name == "floor" else value.__ceil__())
            self._steps[slot] = None
        if name == "log":
            self._positive[slot] = None
        if name in ("asin", "acos"):
            self._positive[self.sub(self.number(1), self._integer_power(slot, 2))] = None
        return self.emit("fn", (slot,), name)

    def relation(self, op: str, slot: int) -> int:
        """How a slot compares with zero."""
        if slot not in self.numbers:
            self._gates[slot] = None
        return self.emit(op, (slot,))

    def select(self, condition: int, value: int, otherwise: int) -> int:
        """One of two values, as a condition holds or not."""
        return value if value == otherwise else self.emit("select", (condition, value, otherwise))

    def _folded(self, value: Number) -> int | None:
        if value.numerator.bit_length() > MAX_BITS or value.denominator.bit_length() > MAX_BITS:
            return None
        return self.number(value)

    def _integer_power(self, base: int, exponent: int) -> int:
        if exponent in (0, 1):
            return base if exponent else self.number(1)
        value = self.numbers.get(base)
        if value is not None:
            if value == 0:
                return base if exponent > 0 else self.emit("nan")
            bits = max(value.numerator.bit_length(), value.denominator.bit_length())
            if abs(value) == 1 or bits * abs(exponent) <= MAX_BITS:
                return self.number(Fraction(value) ** (exponent if abs(value) != 1 else exponent % 2))
        return self.emit("ipow", (base,), exponent)


def _root(value: Number, degree: int) -> Fraction | None:
    """The root of a small positive number, where it is a fraction."""
    if max(value.numerator, value.denominator) >> 50 or degree > 6:
        return None
    top, bottom = round(value.numerator ** (1 / degree)), round(value.denominator ** (1 / degree))
    return Fraction(top, bottom) if (top**degree, bottom**degree) == (value.numerator, value.denominator) else None


_KNOWN: Final[dict[tuple[str, Number], int]] = {
    ("exp", 0): 1, ("log", 1): 0, ("sin", 0): 0, ("cos", 0): 1, ("asin", 0): 0, ("atan", 0): 0, ("erf", 0): 0,
}  # fmt: skip

_REPLAYED: Final[dict[str, Callable[[Emitter, list[int], Any], int]]] = {
    "pi": lambda emitter, args, datum: emitter.emit("pi"),
    "nan": lambda emitter, args, datum: emitter.emit("nan"),
    "add": lambda emitter, args, datum: emitter.add(*args),
    "sub": lambda emitter, args, datum: emitter.sub(*args),
    "mul": lambda emitter, args, datum: emitter.mul(*args),
    "div": lambda emitter, args, datum: emitter.div(*args),
    "neg": lambda emitter, args, datum: emitter.neg(*args),
    "abs": lambda emitter, args, datum: emitter.function("abs", *args),
    "ipow": lambda emitter, args, datum: emitter.power_of(args[0], datum),
    "rpow": lambda emitter, args, datum: emitter.power_of(args[0], datum),
    "pow": lambda emitter, args, datum: emitter.power(*args),
    "fn": lambda emitter, args, datum: emitter.function(datum, *args),
    "select": lambda emitter, args, datum: emitter.select(*args),
    "gt": lambda emitter, args, datum: emitter.relation("gt", *args),
    "ge": lambda emitter, args, datum: emitter.relation("ge", *args),
    "eq": lambda emitter, args, datum: emitter.relation("eq", *args),
    "ne": lambda emitter, args, datum: emitter.relation("ne", *args),
    "and": lambda emitter, args, datum: emitter.emit("and", tuple(args)),
    "or": lambda emitter, args, datum: emitter.emit("or", tuple(args)),
    "not": lambda emitter, args, datum: emitter.emit("not", tuple(args)),
}
