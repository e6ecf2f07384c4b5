"""Functions that sympy leaves alone, in place of those it would turn into artefacts of its own.

Each knows its derivative and its assumptions, and nothing else about it is rewritten: the derivative of ``max`` is
an indicator, never a Heaviside or a Piecewise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sympy import Expr, Function, Integer, Mul


class _Own(Function):  # type: ignore[misc]
    """A real function that sympy leaves as it is."""

    def _eval_is_real(self) -> bool | None:
        return True if all(arg.is_real for arg in self.args) else None

    def _eval_is_finite(self) -> bool | None:
        return True if all(arg.is_finite for arg in self.args) else None


class _Step(_Own):
    """Constant wherever it has a derivative at all."""

    def _eval_derivative(self, variable: Expr) -> Expr:
        return Integer(0)


class Indicator(_Step):
    """1 where its condition holds, 0 elsewhere."""

    def _eval_is_nonnegative(self) -> bool:
        return True

    def _eval_power(self, exponent: Expr) -> Expr | None:
        return self if exponent.is_integer and exponent.is_positive else None


class Sign(_Step):
    """The sign."""


class Absolute(_Own):
    """The absolute value."""

    def fdiff(self, argindex: int = 1) -> Expr:
        """The sign of the argument."""
        return Sign(self.args[0])

    def _eval_is_nonnegative(self) -> bool:
        return True

    def _eval_power(self, exponent: Expr) -> Expr | None:
        return self.args[0] ** exponent if exponent.is_integer and exponent.is_even else None


class Sigmoid(_Own):
    """1/(1 + exp(-x))."""

    def fdiff(self, argindex: int = 1) -> Expr:
        """Sigmoid (1 - sigmoid)."""
        return self * (1 - self)

    def _eval_is_positive(self) -> bool:
        return True


class Softplus(_Own):
    """log(1 + exp(x))."""

    def fdiff(self, argindex: int = 1) -> Expr:
        """The sigmoid."""
        return Sigmoid(self.args[0])

    def _eval_is_positive(self) -> bool:
        return True


class Relu(_Own):
    """The greater of its argument and 0."""

    def fdiff(self, argindex: int = 1) -> Expr:
        """1 above zero, 0 below."""
        return Indicator(CONDITIONS["gt"](self.args[0], Integer(0)))


class _Extremum(_Own):
    relation, tied = "gt", "ge"

    @classmethod
    def eval(cls, *args: Expr) -> Expr | None:
        """The same of each argument once."""
        distinct = list(dict.fromkeys(args))
        return None if len(distinct) == len(args) > 1 else distinct[0] if len(distinct) == 1 else cls(*distinct)

    def fdiff(self, argindex: int = 1) -> Expr:
        """1 where the argument is beyond all others; of those that tie, however long, the last one counts."""
        own = self.args[argindex - 1]
        return Mul(
            *(
                Indicator(
                    CONDITIONS[self.tied if place < argindex and not other.is_number else self.relation](own, other)
                )
                for place, other in enumerate(self.args, 1)
                if place != argindex
            )
        )


class Max(_Extremum):
    """The greatest of its arguments."""


class Min(_Extremum):
    """The least of its arguments."""

    relation, tied = "lt", "le"


class Cases(_Own):
    """value, condition, …, and the value otherwise, which may be absent."""

    def _eval_derivative(self, variable: Expr) -> Expr:
        return self.each(lambda value: value.diff(variable))

    def each(self, change: Callable[[Expr], Expr]) -> Expr:
        """The same cases with other values; no cases where all values are one."""
        args = list(self.args)
        places = [place for place in range(len(args)) if place % 2 == 0]
        for place in places:
            args[place] = change(args[place])
        if len({args[place] for place in places}) == 1 and len(args) % 2:
            return args[0]
        return Cases(*args)


CONDITIONS: Final[dict[str, Any]] = {
    op: type(op, (_Step,), {"__doc__": f"The condition {op}."})
    for op in ("lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not")
}
OWN: Final[dict[str, Any]] = {
    "indicator": Indicator, "sign": Sign, "abs": Absolute, "sigmoid": Sigmoid, "softplus": Softplus, "relu": Relu,
    "max": Max, "min": Min, "cases": Cases, **CONDITIONS,
    "floor": type("floor", (_Step,), {}), "ceil": type("ceil", (_Step,), {}),
}  # fmt: skip
