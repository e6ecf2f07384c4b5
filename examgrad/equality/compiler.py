"""Formulas to programs: functions are written out in simpler ones, sums and cases in few operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, cast

from examgrad.equality.emitter import Emitter, UnsupportedFormula, lowest
from examgrad.equality.program import Program
from examgrad.formula.functions import FUNCTIONS, rewritten
from examgrad.formula.tree import RELATIONS, Apply, Constant, Node, Number, Symbol, substitute

MAX_SUM_TERMS: Final = 1_000

_KEPT: Final = frozenset({"exp", "log", "sin", "cos"})
_NOTHING: Final[Mapping[str, int]] = {}


def compile_formulas(*nodes: Node) -> Program:
    """The program of all the formulas. Raises :class:`UnsupportedFormula`."""
    builder = _Builder()
    try:
        roots = tuple([builder.value(node, _NOTHING) for node in nodes])
    except RecursionError:
        raise UnsupportedFormula("a formula nested too deeply") from None
    return builder.program(roots)


@lru_cache(maxsize=256)
def _written_out(op: str, arity: int) -> Node | None:
    """The simpler form of a function, in ``x`` and ``y``; ``None`` for one that is computed as it stands."""
    pattern = Apply(op, (Symbol("x"), Symbol("y"))[:arity])
    simpler = rewritten(pattern)
    return None if simpler is pattern else simpler


class _Builder(Emitter):
    def value(self, node: Node, env: Mapping[str, int]) -> int:
        """The slot of a formula; ``env`` gives bound names their slots."""
        kind = type(node)
        if kind is Symbol:
            name = cast(Symbol, node).name
            slot = env.get(name)
            if slot is None:
                self.names.add(name)
                slot = self.emit("var", (), name)
            return slot
        if kind is Number:
            return self.number(cast(Number, node).value)
        if kind is Constant:
            return self._constant(cast(Constant, node).name)
        node = cast(Apply, node)
        handler = _HANDLERS.get(node.op)
        return handler(self, node, env) if handler is not None else self._function(node, env)

    def _function(self, node: Apply, env: Mapping[str, int]) -> int:
        op = node.op
        row = FUNCTIONS.get(op)
        if row is None or row.of_arrays or not len(node.args) >= 1:
            raise UnsupportedFormula(f"“{op}” is not decided here")
        args = [self.value(arg, env) for arg in node.args]
        if op not in _KEPT and (simpler := _written_out(op, len(args))) is not None:
            return self.value(simpler, dict(zip(("x", "y"), args, strict=False)))
        if row.real is None or row.ball is None or len(args) != 1:
            raise UnsupportedFormula(f"“{op}” is not decided here")
        return self.function(op, args[0])

    def _constant(self, name: str) -> int:
        if name == "pi":
            return self.emit("pi")
        if name == "e":
            return self.function("exp", self.number(1))
        if name == "inf":
            return self.undefined()
        raise UnsupportedFormula("a complex number")

    def _sum_of(self, node: Apply, env: Mapping[str, int]) -> int:
        total = None
        for term in node.args:
            minus = type(term) is Apply and term.op == "neg"
            slot = self.value(term.args[0] if minus else term, env)
            if total is None:
                total = self.neg(slot) if minus else slot
            else:
                total = self.sub(total, slot) if minus else self.add(total, slot)
        assert total is not None
        return total

    def _product(self, node: Apply, env: Mapping[str, int]) -> int:
        total = self.value(node.args[0], env)
        for factor in node.args[1:]:
            total = self.mul(total, self.value(factor, env))
        return total

    def _power(self, node: Apply, env: Mapping[str, int]) -> int:
        base, exponent = node.args
        if type(base) is Constant and base.name == "e":
            return self.function("exp", self.value(exponent, env))
        if type(exponent) is Number:  # no slot of its own: nothing is computed with it
            return self.power_of(self.value(base, env), lowest(exponent.value))
        return self.power(self.value(base, env), self.value(exponent, env))

    def _sum(self, node: Apply, env: Mapping[str, int]) -> int:
        index, first, last, body = node.args
        low, high = self.numbers.get(self.value(first, env)), self.numbers.get(self.value(last, env))
        if type(low) is not int or type(high) is not int:
            raise UnsupportedFormula("a sum whose bounds are not numbers")
        if high - low >= MAX_SUM_TERMS:
            raise UnsupportedFormula(f"a sum of more than {MAX_SUM_TERMS} terms")
        assert isinstance(index, Symbol)
        total = self.number(0)
        for value in range(low, high + 1):
            # substituted, not bound: an index may stand in an exponent, which is then a plain number
            total = self.add(total, self.value(substitute(body, {index.name: Number(value)}), env))
        return total

    def _cases(self, node: Apply, env: Mapping[str, int]) -> int:
        pairs, rest = divmod(len(node.args), 2)
        result = self.value(node.args[-1], env) if rest else self.emit("nan")
        for at in range(2 * pairs - 2, -1, -2):
            value = self.value(node.args[at], env)
            result = self.select(self.condition(node.args[at + 1], env), value, result)
        return result

    def _indicator(self, node: Apply, env: Mapping[str, int]) -> int:
        return self.select(self.condition(node.args[0], env), self.number(1), self.number(0))

    def _extremum(self, node: Apply, env: Mapping[str, int]) -> int:
        slots = [self.value(arg, env) for arg in node.args]
        best = slots[0]
        for slot in slots[1:]:
            difference = self.sub(best, slot) if node.op == "max" else self.sub(slot, best)
            best = self.select(self.relation("gt", difference), best, slot)
        return best

    def condition(self, node: Node, env: Mapping[str, int]) -> int:
        """The slot of a condition."""
        if not isinstance(node, Apply) or (node.op not in RELATIONS and node.op not in ("and", "or", "not")):
            raise UnsupportedFormula("a case without a condition")
        if node.op in RELATIONS:
            left, right = (self.value(arg, env) for arg in node.args)
            if node.op in ("lt", "le"):
                return self.relation("gt" if node.op == "lt" else "ge", self.sub(right, left))
            return self.relation(node.op, self.sub(left, right))
        slots = [self.condition(arg, env) for arg in node.args]
        if node.op == "not":
            return self.emit("not", (slots[0],))
        result = slots[0]
        for slot in slots[1:]:
            result = self.emit(node.op, (result, slot))
        return result


_HANDLERS: Final[dict[str, Callable[[_Builder, Apply, Mapping[str, int]], int]]] = {
    "add": _Builder._sum_of,
    "mul": _Builder._product,
    "neg": lambda builder, node, env: builder.neg(builder.value(node.args[0], env)),
    "div": lambda builder, node, env: builder.div(*[builder.value(arg, env) for arg in node.args]),
    "pow": _Builder._power,
    "abs": lambda builder, node, env: builder.function("abs", builder.value(node.args[0], env)),
    "cases": _Builder._cases,
    "indicator": _Builder._indicator,
    "max": _Builder._extremum,
    "min": _Builder._extremum,
    "sum": _Builder._sum,
}  # fmt: skip
