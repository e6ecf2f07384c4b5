"""Trees to sympy and back, node by node, never through text.

Functions with kinks are those of :mod:`examgrad.calculus.opaque`. These modules import sympy; they are loaded
only where keys are derived.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final

import sympy
from sympy import Add, Expr, Function, Integer, Mul, Pow, Rational

from examgrad.calculus.opaque import OWN
from examgrad.errors import DerivationError
from examgrad.formula import printer
from examgrad.formula.functions import rewritten
from examgrad.formula.names import REAL, Domain
from examgrad.formula.tree import (
    ONE,
    Apply,
    Constant,
    Node,
    Number,
    Symbol,
    div,
    mul,
    power,
)

MAX_DECIMAL: Final = 12
"""Longer decimals are written as quotients."""
_SYMPY: Final[dict[str, Any]] = {
    name: getattr(sympy, name)
    for name in ("exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh",
                 "atanh", "erf", "sqrt")
}  # fmt: skip
_BACK: Final[dict[Any, str]] = {
    **{value: name for name, value in OWN.items()},
    **{value: name for name, value in _SYMPY.items() if name != "sqrt"},
    sympy.Abs: "abs", sympy.sign: "sign",
}  # fmt: skip
_CONSTANTS: Final = {"pi": sympy.pi, "e": sympy.E, "i": sympy.I}


class Translator:
    """Both directions for one problem; ``domains`` gives the names' assumptions, every other name is real."""

    def __init__(self, domains: Mapping[str, Domain]) -> None:
        self.domains: Final = domains
        self._symbols: Final[dict[str, sympy.Symbol]] = {}
        self._written: Final[dict[Expr, Node]] = {}
        self._arguments: Final[dict[Expr, Node]] = {}
        self._known: Final[dict[Node, Expr]] = {}
        self._decimals: bool | None = None

    def symbol(self, name: str) -> sympy.Symbol:
        """The name's symbol, with its assumptions."""
        if name not in self._symbols:
            self._symbols[name] = sympy.Symbol(name, **_assumptions(self.domains.get(name, REAL)))
        return self._symbols[name]

    def read(self, node: Node) -> Expr:
        """The tree as a sympy expression; its sums and functions are written again as they stand in it.

        Raises :class:`DerivationError` for what is no scalar formula.
        """
        if node in self._known:
            return self._known[node]
        if isinstance(node, Number):
            if node.value.denominator != 1:
                self._decimals = self._decimals is not False and node.places is not None
            expr: Expr = Rational(node.value.numerator, node.value.denominator)
        elif isinstance(node, Symbol):
            expr = self.symbol(node.name)
        elif isinstance(node, Constant):
            if node.name not in _CONSTANTS:
                raise DerivationError("a formula with ∞ in it cannot be differentiated")
            expr = _CONSTANTS[node.name]
        else:
            assert isinstance(node, Apply)
            expr = self._apply(node)
            if _keeps_its_form(node, expr):
                self._written.setdefault(expr, node)
        self._known[node] = expr
        return expr

    def _apply(self, node: Apply) -> Expr:
        if node.op == "sum" and len(node.args) == 4:
            index, first, last, body = map(self.read, node.args)
            return sympy.Sum(body, (index, first, last))
        if node.op in _ARITHMETIC:
            return _ARITHMETIC[node.op](*map(self.read, node.args))
        if (function := OWN.get(node.op) or _SYMPY.get(node.op)) is not None:
            args = [self.read(arg) for arg in node.args]
            self._arguments.update(
                (expr, arg) for expr, arg in zip(args, node.args, strict=True) if isinstance(expr, Mul)
            )
            return function(*args)
        simpler = rewritten(node)
        if simpler is node:
            raise DerivationError(f"{printer.plain(node)} is no scalar formula that can be differentiated here")
        return self.read(simpler)

    def write(self, expr: Expr) -> Node:
        """A sympy expression as a tree, its terms and factors in the order in which people write them."""
        if expr in self._written:
            return self._written[expr]
        if expr.is_Rational:
            return self._number(expr)
        if isinstance(expr, sympy.Symbol):
            return Symbol(expr.name)
        for name, value in _CONSTANTS.items():
            if expr == value:
                return Constant(name)
        if isinstance(expr, Add):
            return self._sum(expr)
        if isinstance(expr, Mul):
            return self._product(expr)
        if isinstance(expr, Pow):
            return self._power(expr)
        if isinstance(expr, sympy.Sum):
            ((index, first, last),) = expr.limits
            return Apply("sum", tuple(map(self.write, (index, first, last, expr.function))))
        operation = _BACK.get(expr.func)
        if operation is None:
            raise DerivationError(f"the derivative leads to {expr.func.__name__}, which has no notation here")
        return Apply(operation, tuple(self._arguments.get(arg) or self.write(arg) for arg in expr.args))

    def _number(self, expr: Rational) -> Node:
        """A number as the reader reads it: a quotient of whole numbers, or a decimal where the problem writes such."""
        value = Fraction(int(expr.p), int(expr.q))
        if value < 0:
            return Apply("neg", (self._number(-expr),))
        if value.denominator == 1:
            return Number(value)
        text = printer.decimal_text(value) if self._decimals else None
        if text is not None and len(text) < MAX_DECIMAL:
            return Number(value, places=len(text.partition(".")[2]))
        return Apply("div", (Number(value.numerator), Number(value.denominator)))

    def _sum(self, expr: Add) -> Node:
        terms = [(-_degree(term), self.write(term)) for term in expr.args]
        nodes = [node for _, node in sorted(terms, key=lambda pair: (pair[0], _order(pair[1])))]
        if _begins_with_minus(nodes[0]):  # y - a rather than -a + y
            first = next((place for place, node in enumerate(nodes) if not _begins_with_minus(node)), 0)
            nodes.insert(0, nodes.pop(first))
        return Apply("add", tuple(nodes))

    def _product(self, expr: Mul) -> Node:
        coefficient, factors = expr.as_coeff_mul()
        top, bottom = coefficient, Integer(1)
        if coefficient.is_Rational and not self._decimals:
            top, bottom = Integer(coefficient.p), Integer(coefficient.q)
        roots = [factor for factor in factors if _is_root_of_number(factor)]
        one_root: list[Node] = []
        if (inside := _under_one_root(coefficient, roots)) is not None:
            factors = [factor for factor in factors if factor not in roots]
            top, bottom = sympy.sign(coefficient), Integer(1)
            one_root = [Apply("sqrt", (self.write(inside),))]
        over = [factor for factor in factors if not _is_reciprocal(factor)]
        under = [1 / factor for factor in factors if _is_reciprocal(factor)]
        if top.is_negative and (flipped := self._flipped(over)) is not None:
            top, over = -top, flipped
        minus = top.is_Rational and top.is_negative
        numerator = _times(self.write(-top if minus else top), self._factors(over))
        result = div(numerator, mul(self.write(bottom), *one_root, *self._factors(under)))
        return Apply("neg", (result,)) if minus else result

    def _factors(self, factors: list[Expr]) -> list[Node]:
        return sorted(map(self.write, factors), key=_order)

    def _flipped(self, factors: list[Expr]) -> list[Expr] | None:
        """The factors with the minus in front of them taken into a difference: -(y - a) is a - y."""
        for place, factor in enumerate(factors):
            if isinstance(factor, Add) and any(term.could_extract_minus_sign() for term in factor.args):
                return [*factors[:place], Add(*(-term for term in factor.args)), *factors[place + 1 :]]
        return None

    def _power(self, expr: Pow) -> Node:
        base, exponent = expr.as_base_exp()
        if _is_reciprocal(expr):
            return div(ONE, self.write(1 / expr))
        if base == sympy.E:
            return Apply("exp", (self.write(exponent),))
        if exponent == Rational(1, 2):
            return Apply("sqrt", (self.write(base),))
        return power(self.write(base), self.write(exponent))


def differentiated(expr: Expr, symbol: sympy.Symbol) -> Expr:
    """The partial derivative; ``n*x^n/x``, as sympy has it, is written ``n*x^(n - 1)``."""
    return powers_together(expr.diff(symbol))


def powers_together(expr: Expr) -> Expr:
    """``x^n/x`` as ``x^(n - 1)``, wherever an exponent is no number."""
    if any(not power.exp.is_number and power.base != sympy.E for power in expr.atoms(Pow)):
        return sympy.powsimp(expr, deep=True)
    return expr


_ARITHMETIC: Final[dict[str, Callable[..., Expr]]] = {
    "add": Add,
    "mul": Mul,
    "neg": lambda x: -x,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: x**y,
}


def _times(coefficient: Node, factors: list[Node]) -> Node:
    """The product; the coefficient keeps the decimals it is written with."""
    if coefficient == ONE or not factors:
        return mul(coefficient, *factors)
    return Apply("mul", (coefficient, *factors))


def _assumptions(domain: Domain) -> dict[str, bool]:
    if domain.complex:
        return {"complex": True}
    known = {"real": True}
    if domain.integer:
        known["integer"] = True
    if domain.positive:
        known["positive"] = True
    elif domain.negative:
        known["negative"] = True
    elif domain.low is not None and domain.low >= 0:
        known["nonnegative"] = True
    return known


def _keeps_its_form(node: Apply, expr: Expr) -> bool:
    """Whether the author's own way of writing is used again wherever this expression comes up."""
    if isinstance(expr, Add):
        return node.op in ("add", "mul")
    return isinstance(expr, Function) and (node.op in _BACK.values() or node.args[0] == Constant("e"))


def _is_reciprocal(factor: Expr) -> bool:
    if not isinstance(factor, Pow) or factor.base == sympy.E:
        return False
    return bool(factor.exp.is_number and factor.exp.is_negative)


def _is_root_of_number(factor: Expr) -> bool:
    return isinstance(factor, Pow) and factor.base.is_number and abs(factor.exp) == Rational(1, 2)


def _under_one_root(coefficient: Expr, roots: list[Expr]) -> Expr | None:
    """``sqrt(2)/(2 sqrt(pi))`` is one over the root of ``2 pi``, which is returned; ``None`` where it is no such."""
    if not roots or not coefficient.is_Rational:
        return None
    inside = 1 / Mul(coefficient, *roots) ** 2
    number, rest = inside.as_coeff_Mul()
    return inside if number.is_Integer and sympy.fraction(rest)[1] == 1 else None


def _degree(term: Expr) -> int:
    """The total degree of a term in the symbols and sums that are its factors."""
    degree = 0
    for factor in Mul.make_args(term):
        base, exponent = factor.as_base_exp()
        if isinstance(base, sympy.Symbol | Add) and exponent.is_Integer and exponent > 0:
            degree += int(exponent)
    return degree


def _begins_with_minus(node: Node) -> bool:
    if isinstance(node, Number):
        return node.value < 0
    if not isinstance(node, Apply):
        return False
    return node.op == "neg" or (node.op in ("mul", "div") and _begins_with_minus(node.args[0]))


def _order(node: Node) -> tuple[object, ...]:
    """Where a factor or term stands: numbers, names, functions, sums, cases, indicators; then by the alphabet."""
    bare = node
    while isinstance(bare, Apply) and bare.op in ("neg", "pow") and not isinstance(bare.args[0], Number | Constant):
        bare = bare.args[0]
    if isinstance(bare, Apply) and bare.op == "mul" and isinstance(bare.args[0], Number):
        bare = bare.args[1] if len(bare.args) == 2 else Apply("mul", bare.args[1:])
    rank = 2
    if not bare.symbols():
        rank = 0 if not isinstance(bare, Apply) or bare.op == "div" else 2
    elif isinstance(bare, Symbol):
        rank = 1
    elif isinstance(bare, Apply):
        rank = {"mul": 1, "add": 3, "cases": 4, "indicator": 5}.get(bare.op, 2)
    return (rank, _natural(printer.plain(bare)))


def _natural(text: str) -> list[tuple[int, str]]:
    """x2 before x10, a before B before c."""
    return [(int(part), "") if part.isdigit() else (-1, part.lower()) for part in re.findall(r"\d+|\D+", text)]
