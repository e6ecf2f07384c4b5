"""Instructions of a program, one by one: equal ones shared, numbers carried out."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from examgrad.equality.program import Instruction, Program

MAX_INSTRUCTIONS: Final = 40_000
MAX_BITS: Final = 4_096
"""Constants are folded only as long as they stay shorter than this."""


class UnsupportedFormula(Exception):
    """The formula holds something that is no real scalar operation; the text says what."""


class Emitter:
    """Grows a program; every method gives the slot of its result."""

    def __init__(self) -> None:
        self.code: list[Instruction] = []
        self._slots: dict[tuple[object, ...], int] = {}
        self._gates: dict[int, None] = {}
        self._steps: dict[int, None] = {}
        self._positive: dict[int, None] = {}
        self.names: set[str] = set()
        self.written_out = False

    def program(self, roots: tuple[int, ...]) -> Program:
        """The program so far, with these slots as its roots."""
        numbers = {datum for op, _, datum in self.code if op == "num"}
        return Program(
            tuple(self.code), roots, tuple(sorted(self.names)), tuple(self._gates), tuple(self._gates),
            tuple(self._steps), tuple(self._positive), tuple(sorted(numbers)), self.written_out,
        )  # fmt: skip

    def emit(self, op: str, args: tuple[int, ...] = (), datum: Any = None) -> int:
        """The slot of an instruction, an earlier one if it is the same. Raises :class:`UnsupportedFormula`."""
        # a Fraction takes long to hash; its two integers do not
        key = (op, args, datum.numerator, datum.denominator) if op in ("num", "rpow") else (op, args, datum)
        slot = self._slots.get(key)
        if slot is None:
            slot = self._slots[key] = len(self.code)
            if slot >= MAX_INSTRUCTIONS:
                raise UnsupportedFormula("a formula too long to be computed")
            self.code.append((op, args, datum))
        return slot

    def number_at(self, slot: int) -> Fraction | None:
        """The number that a slot is, if it is one."""
        op, _, datum = self.code[slot]
        return datum if op == "num" else None

    def number(self, value: Fraction | int) -> int:
        """A number."""
        return self.emit("num", (), value if isinstance(value, Fraction) else Fraction(value))

    def add(self, left: int, right: int) -> int:
        """A sum."""
        if self.number_at(left) == 0:
            return right
        return left if self.number_at(right) == 0 else self._arithmetic("add", left, right)

    def sub(self, left: int, right: int) -> int:
        """A difference."""
        if left == right:
            return self.number(0)
        if self.number_at(left) == 0:
            return self.neg(right)
        return left if self.number_at(right) == 0 else self._arithmetic("sub", left, right)

    def mul(self, left: int, right: int) -> int:
        """A product."""
        for one, other in ((left, right), (right, left)):
            value = self.number_at(one)
            if value == 1:
                return other
            if value == -1:
                return self.neg(other)
        return self._arithmetic("mul", left, right)

    def div(self, left: int, right: int) -> int:
        """A quotient."""
        value = self.number_at(right)
        if value == 0:
            return self.emit("nan")
        return self.mul(left, self.number(1 / value)) if value is not None else self.emit("div", (left, right))

    def neg(self, slot: int) -> int:
        """A slot's opposite."""
        op, args, datum = self.code[slot]
        if op == "num":
            return self.number(-datum)
        return args[0] if op == "neg" else self.emit("neg", (slot,))

    def power(self, base: int, exponent: int) -> int:
        """A power; ``exp(u)^v`` becomes ``exp(u v)``."""
        op, args, datum = self.code[base]
        if op == "fn" and datum == "exp" and (self.number_at(args[0]) == 1 or not self._is_integer(exponent)):
            return self.function("exp", self.mul(args[0], exponent))
        value = self.number_at(exponent)
        if value is None:
            self._positive[base] = None
            return self.emit("pow", (base, exponent))
        if value.denominator == 1:
            return self._integer_power(base, value.numerator)
        self._positive[base] = None
        return self.emit("rpow", (base,), value)

    def function(self, name: str, slot: int) -> int:
        """A function that has no simpler form, or an absolute value."""
        value = self.number_at(slot)
        if value is not None and (name, value) in _KNOWN:
            return self.number(_KNOWN[name, value])
        if name == "abs":
            if value is not None:
                return self.number(abs(value))
            self._gates[slot] = None
            return self.emit("abs", (slot,))
        if name in ("floor", "ceil"):
            if value is not None:
                return self.number(value.__floor__() if name == "floor" else value.__ceil__())
            self._steps[slot] = None
        if name == "log":
            self._positive[slot] = None
        return self.emit("fn", (slot,), name)

    def relation(self, op: str, slot: int) -> int:
        """How a slot compares with zero."""
        if self.number_at(slot) is None:
            self._gates[slot] = None
        return self.emit(op, (slot,))

    def select(self, condition: int, value: int, otherwise: int) -> int:
        """One of two values, as a condition holds or not."""
        return value if value == otherwise else self.emit("select", (condition, value, otherwise))

    def _arithmetic(self, op: str, left: int, right: int) -> int:
        a, b = self.number_at(left), self.number_at(right)
        if a is not None and b is not None and (op != "div" or b):
            value = a + b if op == "add" else a - b if op == "sub" else a * b if op == "mul" else a / b
            folded = self._folded(value)
            if folded is not None:
                return folded
        return self.emit(op, (left, right))

    def _folded(self, value: Fraction) -> int | None:
        if value.numerator.bit_length() > MAX_BITS or value.denominator.bit_length() > MAX_BITS:
            return None
        return self.number(value)

    def _is_integer(self, slot: int) -> bool:
        value = self.number_at(slot)
        return value is not None and value.denominator == 1

    def _integer_power(self, base: int, exponent: int) -> int:
        if exponent in (0, 1):
            return base if exponent else self.number(1)
        value = self.number_at(base)
        if value is not None:
            if value == 0:
                return base if exponent > 0 else self.emit("nan")
            bits = max(value.numerator.bit_length(), value.denominator.bit_length())
            if abs(value) == 1 or bits * abs(exponent) <= MAX_BITS:
                return self.number(value ** (exponent if abs(value) != 1 else exponent % 2))
        return self.emit("ipow", (base,), exponent)


_KNOWN: Final[dict[tuple[str, Fraction | int], int]] = {
    ("exp", 0): 1, ("log", 1): 0, ("sin", 0): 0, ("cos", 0): 1, ("asin", 0): 0, ("atan", 0): 0, ("erf", 0): 0,
}  # fmt: skip
