"""Formulas to programs: functions are written out in simpler ones, sums and cases in few operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final, cast

from examgrad.equality.emitter import Emitter, UnsupportedFormula
from examgrad.equality.program import Instruction, Program, lowest
from examgrad.formula.functions import FUNCTIONS, rewritten
from examgrad.formula.tree import RELATIONS, Apply, Constant, Node, Number, Symbol, at_index

MAX_SUM_TERMS: Final = 1_000
_NONE: Final[Mapping[str, Node]] = MappingProxyType({})

_KEPT: Final = frozenset({"exp", "log", "sin", "cos"})


def compile_formulas(*nodes: Node, definitions: Mapping[str, Node] = _NONE) -> Program:
    """The program of all the formulas; names may be defined, each in the ones before it.

    Raises :class:`UnsupportedFormula`.
    """
    builder = _Builder()
    try:
        for name, node in definitions.items():
            builder.defined[name] = builder.value(node)
        roots = tuple([builder.value(node) for node in nodes])
    except RecursionError:
        raise UnsupportedFormula("a formula nested too deeply") from None
    return builder.program(roots)


@lru_cache(maxsize=256)
def _written_out(op: str, arity: int) -> tuple[Sequence[Instruction], int] | None:
    """The instructions of a function's simpler form in ``x`` and ``y``, and the slot of its value; ``None`` for a
    function that is computed as it stands."""
    pattern = Apply(op, (Symbol("x"), Symbol("y"))[:arity])
    simpler = rewritten(pattern)
    if simpler is pattern:
        return None
    program = compile_formulas(simpler)
    return program.code, program.roots[0]


class _Builder(Emitter):
    def __init__(self) -> None:
        super().__init__()
        self.defined: dict[str, int] = {}

    def value(self, node: Node) -> int:
        """The slot of a formula."""
        kind = type(node)
        if kind is Apply:
            handler = _HANDLERS.get(node.op)  # type: ignore[attr-defined]
            return handler(self, node) if handler is not None else self._function(node)  # type: ignore[arg-type]
        if kind is Symbol:
            name: str = node.name  # type: ignore[attr-defined]
            slot = self._variables.get(name)
            if slot is None:
                slot = self.defined.get(name)
            if slot is None:
                slot = self._variables[name] = self.emit("var", (), name)
            return slot
        if kind is Number:
            return self.number(node.value)  # type: ignore[attr-defined]
        return self._constant(cast(Constant, node).name)

    def _function(self, node: Apply) -> int:
        op = node.op
        row = FUNCTIONS.get(op)
        if row is None or row.of_arrays or not node.args:
            raise UnsupportedFormula(f"“{op}” is not decided here")
        args = [self.value(arg) for arg in node.args]
        if op not in _KEPT and (simpler := _written_out(op, len(args))) is not None:
            return self.replayed(*simpler, args)
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

    def _sum_of(self, node: Apply) -> int:
        total = None
        for term in node.args:
            minus = type(term) is Apply and term.op == "neg"
            slot = self.value(term.args[0] if minus else term)
            if total is None:
                total = self.neg(slot) if minus else slot
            else:
                total = self.sub(total, slot) if minus else self.add(total, slot)
        assert total is not None
        return total

    def _product(self, node: Apply) -> int:
        total = self.value(node.args[0])
        for factor in node.args[1:]:
            total = self.mul(total, self.value(factor))
        return total

    def _power(self, node: Apply) -> int:
        base, exponent = node.args
        if type(base) is Constant and base.name == "e":
            return self.function("exp", self.value(exponent))
        if type(exponent) is Number:  # no slot of its own: nothing is computed with it
            return self.power_of(self.value(base), lowest(exponent.value))
        return self.power(self.value(base), self.value(exponent))

    def _sum(self, node: Apply) -> int:
        index, first, last, body = node.args
        low, high = self.numbers.get(self.value(first)), self.numbers.get(self.value(last))
        if type(low) is not int or type(high) is not int:
            raise UnsupportedFormula("a sum whose bounds are not numbers")
        if high - low >= MAX_SUM_TERMS:
            raise UnsupportedFormula(f"a sum of more than {MAX_SUM_TERMS} terms")
        assert isinstance(index, Symbol)
        total = self.number(0)
        for value in range(low, high + 1):
            # substituted, not bound: an index may stand in an exponent, which is then a plain number
            total = self.add(total, self.value(at_index(body, index.name, value)))
        return total

    def _cases(self, node: Apply) -> int:
        pairs, rest = divmod(len(node.args), 2)
        result = self.value(node.args[-1]) if rest else self.emit("nan")
        for at in range(2 * pairs - 2, -1, -2):
            value = self.value(node.args[at])
            result = self.select(self.condition(node.args[at + 1]), value, result)
        return result

    def _indicator(self, node: Apply) -> int:
        return self.select(self.condition(node.args[0]), self.number(1), self.number(0))

    def _extremum(self, node: Apply) -> int:
        """In the order of the slots, so that the order in which they were written does not matter."""
        slots = sorted({self.value(arg) for arg in _flattened(node)})
        best = slots[0]
        for slot in slots[1:]:
            difference = self.sub(best, slot) if node.op == "max" else self.sub(slot, best)
            best = self.select(self.relation("gt", difference), best, slot)
        return best

    def condition(self, node: Node) -> int:
        """The slot of a condition."""
        if not isinstance(node, Apply) or (node.op not in RELATIONS and node.op not in ("and", "or", "not")):
            raise UnsupportedFormula("a case without a condition")
        if node.op in RELATIONS:
            left, right = (self.value(arg) for arg in node.args)
            if node.op in ("lt", "le"):
                return self.relation("gt" if node.op == "lt" else "ge", self.sub(right, left))
            return self.relation(node.op, self.sub(left, right))
        slots = [self.condition(arg) for arg in node.args]
        if node.op == "not":
            return self.emit("not", (slots[0],))
        result = slots[0]
        for slot in slots[1:]:
            result = self.emit(node.op, (result, slot))
        return result


def _flattened(node: Apply) -> Iterator[Node]:
    """The arguments of a maximum or minimum, those of the same within it among them."""
    for arg in node.args:
        if type(arg) is Apply and arg.op == node.op:
            yield from _flattened(arg)
        else:
            yield arg


_HANDLERS: Final[dict[str, Callable[[_Builder, Apply], int]]] = {
    "add": _Builder._sum_of,
    "mul": _Builder._product,
    "neg": lambda builder, node: builder.neg(builder.value(node.args[0])),
    "div": lambda builder, node: builder.div(*[builder.value(arg) for arg in node.args]),
    "pow": _Builder._power,
    "abs": lambda builder, node: builder.function("abs", builder.value(node.args[0])),
    "cases": _Builder._cases,
    "indicator": _Builder._indicator,
    "max": _Builder._extremum,
    "min": _Builder._extremum,
    "sum": _Builder._sum,
}  # fmt: skip
