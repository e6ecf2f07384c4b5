"""What an answer says beside its formula: the other sides of its line, and what its other lines say. It must hold.

``5 = 2 x`` and ``a = tanh(z)`` before ``(a - y) x`` are claims; so is ``-dL/dw = …``, which is no answer's label but
a factor of what was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Final, NamedTuple

from examgrad.errors import DerivationError, ExamgradError
from examgrad.exam.model import Part
from examgrad.exam.readers import by_entry, shape_of
from examgrad.formula import printer
from examgrad.formula.array_values import entries_of, is_array
from examgrad.formula.arrays import expand
from examgrad.formula.tree import ONE, ZERO, Apply, Node, Number, Symbol, div, neg, substitute, transform
from examgrad.kinds.asked_entries import names_of
from examgrad.kinds.derived import canonicals
from examgrad.kinds.grids import Grid
from examgrad.kinds.reading import Formula
from examgrad.kinds.scope import Scope, names_derivatives

BROKEN_CHAIN: Final = "broken-chain"
"""The code of a right answer that says what does not hold."""
LEAVES_OUT: Final = "This is right where a case of it applies, but its cases leave some out; a person decides."


def solved(side: Node, value: Node, is_asked: Callable[[Node], bool]) -> Node | None:
    """What ``side = value`` says of the quantity asked for, where the side is a factor or the transpose of it."""
    while not is_asked(side):
        if not isinstance(side, Apply):
            return None
        if side.op == "neg":
            side, value = side.args[0], neg(value)
        elif side.op == "transpose":
            side, value = side.args[0], Apply("transpose", (value,))
        elif side.op == "div" and isinstance(side.args[1], Number):
            side, value = side.args[0], Apply("mul", (side.args[1], value))
        elif side.op == "mul" and len(side.args) == 2 and isinstance(side.args[0], Number) and side.args[0].value:
            side, value = side.args[1], div(value, side.args[0])
        else:
            return None
    return value


def with_variables(node: Node, wrt: Sequence[str]) -> Node:
    """The formula with the variables of every ``∇f`` that names none."""

    def change(item: Node) -> Node:
        if isinstance(item, Apply) and item.op == "gradient" and len(item.args) == 1:
            return Apply("gradient", (*item.args, *map(Symbol, wrt)), item.span)
        return item

    return transform(node, change)


def stating(grid: Grid, wrt: Sequence[str]) -> Grid:
    """An answer whose other lines say of ``∇f`` what it is of ``∇_wrt f``; without ``wrt`` as :func:`about_names`."""

    def change(entry: Formula) -> Formula:
        if not wrt:
            return about_names(entry)
        return entry._replace(stated=tuple(with_variables(item, wrt) for item in entry.stated))

    return grid._replace(entries=tuple(change(item) if isinstance(item, Formula) else item for item in grid.entries))


def about_names(formula: Formula) -> Formula:
    """The formula with those lines only that say what a defined name is, or a variable that it uses.

    Where no derivative is asked for, the others may be what is to be solved.
    """
    scope = formula.scope
    names = scope.graph.definitions.keys() | scope.without_own(formula.tree).symbols() | scope.own.keys()
    equations = [item for item in formula.stated if isinstance(item, Apply) and item.op == "equation"]
    stated = tuple(item for item in equations if isinstance(item.args[0], Symbol) and item.args[0].name in names)
    return formula._replace(stated=stated)


def pairs(stated: Iterable[Node]) -> Iterator[tuple[Node, Node]]:
    """The equations that lines state, each side with the first; of a condition, that it always holds."""
    for item in stated:
        if isinstance(item, Apply) and item.op != "equation":
            yield Apply("indicator", (item,)), ONE
            continue
        for side in item.args[1:]:
            yield item.args[0], side


def broken_line(formula: Formula) -> str:
    """The first equation on the other lines of an answer that does not hold; empty where all of them may."""
    scope = formula.scope
    for left, right in pairs(formula.stated):
        with suppress(ExamgradError):  # what cannot be worked out may hold
            first, second = scope.plain(left), scope.plain(right)
            if is_array(first) != is_array(second):
                continue
            entries = zip(entries_of(first), entries_of(second), strict=True)
            if any(scope.decide(*both, witness=False).verdict == "unequal" for both in entries):
                return does_not_hold(left, right)
    return ""


def coverages(tree: Node) -> Iterator[Node]:
    """Of the cases in a formula that have no "otherwise", what is 1 where one of them applies and 0 elsewhere."""
    for item in tree.walk():
        if isinstance(item, Apply) and item.op == "cases" and len(item.args) % 2 == 0:
            covered = (ONE if place % 2 == 0 else arg for place, arg in enumerate(item.args))
            yield Apply("cases", (*covered, ZERO))


def leaves_out(tree: Node, scope: Scope) -> bool:
    """Whether the cases of a formula leave out more than isolated points: ``2x if x > 0``, and nothing else."""
    if "cases" not in tree.operations() and not tree.symbols() & scope.own.keys():
        return False
    found = coverages(scope.plain(tree))
    return any(scope.decide(item, ONE, witness=False).verdict != "equal" for item in found)


class AtPoint(NamedTuple):
    """What claims say in a part that asks for numbers, at its point; ``key`` is the tree of the numbers asked for."""

    part: Part
    key: Node

    def entries(self, claim: Node, scope: Scope) -> Sequence[Node]:
        """The numbers that a claim stands for, one an entry. Raises :class:`ExamgradError` where they are not known."""
        wrt = canonicals(getattr(self.part.fields, "wrt", ()), self.part.given)
        tree = with_variables(transform(scope.without_own(claim), self._worked_out), wrt)
        if names_derivatives(tree):
            tree = scope.plain(tree)
        return entries_of(self._in_numbers(scope.graph.expand(tree)))

    def _in_numbers(self, tree: Node) -> Node:
        """A formula in the variables with their numbers: arrays in their entries."""
        names = self.part.given.names
        at = {names.find(name) or name: value for name, value in (getattr(self.part.fields, "at", None) or {}).items()}
        shapes = {name: shape_of(value) for name, value in at.items() if shape_of(value)}
        numbers: dict[str, Node] = {}
        for name, value in at.items():
            declared = names.variables[name].shape if name in names.variables else ()
            sizes = zip(declared, shape_of(value), strict=False)
            numbers |= {size: Number(Fraction(number)) for size, number in sizes if isinstance(size, str)}
            numbers |= {entry: Number(number) for entry, number in by_entry(name, value)}
        grown = expand(substitute(tree, numbers), shapes)
        return substitute(grown if isinstance(grown, Node) else grown.tree(), numbers)

    def _worked_out(self, item: Node) -> Node:
        """The numbers of the key for the names of what is asked for: ``∇f``, ``∂f/∂x``, ``∂f/∂x_1``."""
        if not isinstance(item, Apply) or item.op not in ("derivative", "gradient"):
            return item
        names = names_of(self.part)
        if (place := names.named(item)) is not None and len(names) == len(entries_of(self.key)):
            return entries_of(self.key)[place]
        if names.is_whole(item):
            return self.key
        if any(isinstance(arg, Apply) and arg.op == "entry" for arg in item.args):
            raise DerivationError("derivatives by the entries of an array are not worked out here")
        return item


def restated(node: Node) -> str:
    """What is told of an answer that only names, as ``node``, the derivative that it should work out."""
    return f"{printer.unicode(node)} is what was asked for; the answer must work it out."


def does_not_hold(left: Node, right: Node) -> str:
    """``a = tanh(z)``, or ``h > 1``, as it is told."""
    if isinstance(left, Apply) and left.op == "indicator" and right == ONE:
        return printer.unicode(left.args[0])
    return f"{printer.unicode(left)} = {printer.unicode(right)}"


def line_says(left: Node, right: Node) -> str:
    """Two sides of the line of an answer that are not equal, as they are told."""
    return f"the line says {does_not_hold(left, right)}"


def told(said: str) -> str:
    """What is told of a right answer that says, on its line or another, what does not hold."""
    return f"The last side is right, but {said}, which does not hold; a person decides."


def unlike(tree: Node, rivals: Iterable[Node], is_unequal: Callable[[Node], bool]) -> str:
    """What is told of a right answer, ``tree``, beside another one that is not equal to it; empty where none is."""
    for rival in rivals:
        if is_unequal(rival):
            both = f"{printer.unicode(rival)} and {printer.unicode(tree)}"
            return f"Two different answers are given, {both}; a person decides which one counts."
    return ""


def told_of_line(said: str) -> str:
    """What is told of a right answer below a line that does not hold."""
    return f"The formula is right, but another line says {said}, which does not hold; a person decides."
