"""The form in which a derivative is shown: the shortest of those that people would try.

Tried are the expression as derived, expanded, factored, over a common denominator, with common factors of some
terms taken out, and with a definition's right-hand side replaced by its name. All work is bounded by the
expression's size, so that the same expression always gets the same form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Final

import sympy
from sympy import Add, Expr, Mul, Pow

from examgrad.calculus.names_for import named
from examgrad.calculus.opaque import Cases
from examgrad.calculus.symbolic import Translator, powers_together
from examgrad.formula import printer
from examgrad.formula.tree import ONE, Apply, Node, Symbol, is_number

MAX_OPERATIONS: Final = 160
"""Above so many operations an expression is shown as it was derived."""
MAX_EXPANDED: Final = 80
"""The most terms that an expansion may lead to."""
MAX_WORK: Final = 800
"""Operations times symbols; the like of :data:`MAX_OPERATIONS`."""
_POLISHED: Final = 3
_NAME_WIDTH: Final = 2
"""Every name weighs the same: yhat - y is not longer than h w - y."""

Definitions = Mapping[sympy.Symbol, Expr]


class Writer:
    """Chooses forms for one problem. ``definitions`` gives the meaning of each name, in order."""

    def __init__(self, translator: Translator, definitions: Definitions) -> None:
        self.translator: Final = translator
        self.definitions: Final = definitions
        self._lengths: Final[dict[Expr, int]] = {}

    def best(self, candidates: Sequence[Expr], independent: Iterable[str] = ()) -> tuple[Expr, Node]:
        """The shortest form of the equal expressions ``candidates``, as an expression and as a tree.

        A name that is ``independent`` does not stand for its definition. No form has a pole that none of the
        candidates has. The first wins a tie.
        """
        apart = set(independent)
        usable = {symbol: meaning for symbol, meaning in self.definitions.items() if symbol.name not in apart}
        forms: dict[Expr, None] = {}
        for candidate in candidates:
            forms |= dict.fromkeys(self._algebraic(self._inside_cases(candidate)))
        for form in list(forms):
            if (shorter := named(form, usable)) not in forms and _small(shorter):
                forms |= dict.fromkeys(self._algebraic(shorter))
        for form in sorted(forms, key=self._length)[:_POLISHED]:
            forms[self._polished(form)] = None
        forms = dict.fromkeys(powers_together(_cases_outside(form)) for form in forms)
        allowed = frozenset[Expr]().union(*map(_poles, candidates))
        allowed |= {symbol for symbol, meaning in usable.items() if _poles(1 / meaning) <= allowed}
        for form in sorted(forms, key=self._length):
            if form in candidates or _poles(form) <= allowed:
                return form, self.translator.write(form)
        return candidates[0], self.translator.write(candidates[0])

    def _length(self, expr: Expr) -> int:
        if expr not in self._lengths:
            self._lengths[expr] = length(self.translator.write(expr))
        return self._lengths[expr]

    def _shortest(self, forms: Iterable[Expr]) -> Expr:
        return min(dict.fromkeys(forms), key=self._length)

    def _algebraic(self, expr: Expr) -> Iterator[Expr]:
        """The expression as it is, expanded, factored, reduced."""
        yield expr
        if not _small(expr):
            return
        expanded = sympy.expand(expr)
        yield from (expanded, sympy.factor_terms(expr), sympy.factor_terms(expanded))
        if _has_denominators(expr) or expr.has(sympy.exp):
            top, bottom = sympy.fraction(sympy.cancel(sympy.together(expr)))
            bottom = sympy.factor(bottom)
            yield from (top / bottom, sympy.factor(top) / bottom)
        else:
            yield sympy.factor(expanded)

    def _polished(self, expr: Expr) -> Expr:
        """Common factors taken out of some terms, and factors multiplied out, wherever that is shorter."""
        if not _small(expr) or not expr.args or not isinstance(expr, Add | Mul | Pow):
            return expr
        expr = expr.func(*map(self._polished, expr.args))
        if isinstance(expr, Mul):
            sums = [factor for factor in expr.args if isinstance(factor, Add)]
            merged = [expr / (left * right) * sympy.expand(left * right) for left, right in combinations(sums[:5], 2)]
            split = [Add(*(expr / factor * term for term in factor.args)) for factor in sums if len(factor.args) < 4]
            return self._shortest([expr, *merged, *split, *_turned(expr)])
        if isinstance(expr, Add) and len(expr.args) <= 8:
            shared = [symbol for symbol in sorted(expr.free_symbols, key=str)
                      if sum(term.has(symbol) for term in expr.args) > 1]  # fmt: skip
            collected = [sympy.collect(expr, symbol, sympy.factor_terms) for symbol in shared[:8]]
            rests = [term + sympy.factor(expr - term) for term in expr.args if len(expr.args) > 2]
            return self._shortest([expr, sympy.factor_terms(expr), *collected, *rests])
        return expr

    def _inside_cases(self, expr: Expr) -> Expr:
        """Every value of every case in its shortest algebraic form."""

        def shortest(value: Expr) -> Expr:
            return self._shortest(self._algebraic(self._inside_cases(value)))

        return expr.replace(lambda item: isinstance(item, Cases), lambda item: item.each(shortest))


def _turned(product: Mul) -> Iterator[Expr]:
    """The product with two differences turned round: ``(y - a)/(a*(a - 1))`` is ``(a - y)/(a*(1 - a))``."""
    turnable = [factor for factor in product.args if isinstance(_base(factor), Add) and abs(_exponent(factor)) == 1]
    for pair in combinations(turnable[:4], 2):
        turned = [sympy.expand(-_base(factor)) ** _exponent(factor) for factor in pair]
        yield Mul(*(factor for factor in product.args if factor not in pair), *turned)


def _base(factor: Expr) -> Expr:
    return factor.as_base_exp()[0]


def _exponent(factor: Expr) -> Expr:
    return factor.as_base_exp()[1]


def length(node: Node) -> int:
    """How long a formula is on paper: every name counts alike, powers and fractions in fractions count extra.

    A factor ``1 - a`` or ``1 - a^2`` is how people write the derivative of a sigmoid or tanh, and weighs less.
    """
    text = printer.plain(node)
    total = len(text) + text.count("^")
    for item in node.walk():
        if isinstance(item, Symbol):
            total += _NAME_WIDTH - len(item.name)
        elif isinstance(item, Apply) and item.op == "div":
            total += 4 * sum(1 for arg in item.args for inner in _outside_functions(arg) if inner.op == "div")
        elif isinstance(item, Apply) and item.op == "mul":
            total -= 3 * sum(map(_is_slope, item.args))
    return total


def _outside_functions(node: Node) -> Iterator[Apply]:
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, Apply):
            yield item
            if item.op in ("add", "mul", "neg", "div", "pow"):
                stack.extend(item.args)


def _is_slope(node: Node) -> bool:
    """``1 - a`` or ``1 - a^2``, a being a name or a function."""
    if not (isinstance(node, Apply) and node.op == "add" and len(node.args) == 2 and node.args[0] == ONE):
        return False
    term = node.args[1]
    if not (isinstance(term, Apply) and term.op == "neg"):
        return False
    inner = term.args[0]
    if isinstance(inner, Apply) and inner.op == "pow" and is_number(inner.args[1], 2):
        inner = inner.args[0]
    return isinstance(inner, Symbol) or (isinstance(inner, Apply) and inner.op in ("tanh", "sigmoid"))


def _small(expr: Expr) -> bool:
    """Whether the algebra of an expression is quick: its time grows with its length and its number of symbols."""
    operations = expr.count_ops()
    if operations > MAX_OPERATIONS or operations * len(expr.free_symbols) > MAX_WORK:
        return False
    return _terms(expr) <= MAX_EXPANDED


def _terms(expr: Expr) -> int:
    """How many terms the expanded expression has at most."""
    if isinstance(expr, Add):
        return sum(map(_terms, expr.args))
    if isinstance(expr, Mul):
        return int(sympy.prod(map(_terms, expr.args)))
    if isinstance(expr, Pow) and expr.exp.is_Integer:
        return int(_terms(expr.base) ** min(abs(int(expr.exp)), 64))
    return 1


def _has_denominators(expr: Expr) -> bool:
    return any(power.exp.is_number and power.exp.is_negative for power in expr.atoms(Pow))


@lru_cache(maxsize=4096)
def _poles(expr: Expr) -> frozenset[Expr]:
    """The factors of all denominators that may be zero, up to their signs."""
    found: set[Expr] = set()
    for power in expr.atoms(Pow):
        if power.exp.is_number and power.exp.is_negative and not power.base.is_number:
            for factor in Mul.make_args(sympy.factor(power.base)):
                base = _base(factor)
                if not base.is_number and not base.is_positive:
                    found.add(-base if base.could_extract_minus_sign() else base)
    return frozenset(found)


def _cases_outside(expr: Expr) -> Expr:
    """``x * (a if … else b)`` as ``x*a if … else x*b``, which is how cases are read."""
    if not isinstance(expr, Mul):
        return expr
    cases = [factor for factor in expr.args if isinstance(factor, Cases)]
    if len(cases) != 1:
        return expr
    others = Mul(*(factor for factor in expr.args if factor is not cases[0]))
    return cases[0].each(lambda value: sympy.factor_terms(others * value))
