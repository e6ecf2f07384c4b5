"""The graph of a problem's definitions: which name is made of which, and formulas with the names put in.

In ``g = v x``, ``h = max(0, g)``, ``yhat = w h`` an edge runs from a name to each name its right-hand side uses.
A name that is not defined is a variable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from examgrad.errors import DerivationError
from examgrad.formula.tree import Apply, Node, Symbol, rebuild, substitute

MAX_NODES: Final = 200_000
"""The most nodes a formula may have with its names put in."""
MAX_DEPTH: Final = 300
MAX_PATHS: Final = 10_000
_CLOSED: Final = ("derivative", "gradient")
"""Operations whose arguments are names in their own right: h in ∂ŷ/∂h is never replaced."""


class Graph:
    """Definitions in order; a right-hand side may use every name above it.

    Raises :class:`DerivationError` where one uses itself or a name that is defined only below it.
    """

    def __init__(self, definitions: Mapping[str, Node]) -> None:
        self.definitions: Final[Mapping[str, Node]] = MappingProxyType(dict(definitions))
        self._parents: Final = {name: free_names(node) for name, node in self.definitions.items()}
        above: set[str] = set()
        for name, used in self._parents.items():
            if name in used:
                raise DerivationError(f"{name} is defined by itself")
            if late := used.intersection(self.definitions) - above:
                first = next(other for other in self.definitions if other in late)
                raise DerivationError(f"{name} uses {first}, which is defined only below it")
            above.add(name)
        self._ancestors: Final[dict[str, frozenset[str]]] = {}
        """Of the names that were asked for; of all of them together they are many."""
        self._grown: Final[dict[frozenset[str], tuple[dict[str, Node], dict[str, tuple[int, int]]]]] = {}
        """For the names that were kept: each name with its definition put in, and how large that is."""

    def __contains__(self, name: object) -> bool:
        return name in self.definitions

    def names_in(self, node: Node) -> tuple[str, ...]:
        """The defined names a formula uses directly, in the order of definition."""
        used = free_names(node)
        return tuple(name for name in self.definitions if name in used)

    def ancestors(self, of: Node | str) -> frozenset[str]:
        """Every name that a formula or name is made of, directly or through definitions."""
        if not isinstance(of, str):
            return self._above(free_names(of))
        known = self._ancestors.get(of)
        if known is None:
            known = self._ancestors[of] = self._above(frozenset((of,)))
        return known

    def _above(self, names: frozenset[str]) -> frozenset[str]:
        found = set(names)
        waiting = list(names)
        while waiting:
            beyond = self._parents.get(waiting.pop(), frozenset()) - found
            found |= beyond
            waiting += beyond
        return frozenset(found)

    def depends(self, of: Node | str, wrt: str) -> bool:
        """Whether a formula or name changes with the name ``wrt``."""
        return wrt in self.ancestors(of)

    def variables(self, of: Node | str, keep: Iterable[str] = ()) -> tuple[str, ...]:
        """The names that a formula is finally made of, sorted: not defined, or kept as they are."""
        kept = frozenset(keep)
        node = Symbol(of) if isinstance(of, str) else of
        return tuple(sorted(free_names(self.expand(node, kept))))

    def between(self, of: str, wrt: str) -> tuple[str, ...]:
        """The defined names on the way from ``wrt`` (not included) up to ``of``, last definition first."""
        return tuple(
            name for name in reversed(list(self.definitions))
            if (name == of or self.depends(of, name)) and name != wrt and self.depends(name, wrt)
        )  # fmt: skip

    def edges(self, of: str, wrt: str) -> tuple[tuple[str, str], ...]:
        """The edges (name, name it uses) over which ``of`` depends on ``wrt``, from ``of`` backwards."""
        found = []
        for name in self.between(of, wrt):
            used = self._parents[name]
            found += [
                (name, other)
                for other in (*reversed(list(self.definitions)), wrt)
                if other in used and (other == wrt or (other in self and self.depends(other, wrt)))
            ]
        return tuple(dict.fromkeys(found))

    def paths(self, of: str, wrt: str) -> list[tuple[str, ...]]:
        """Every way from ``of`` back to ``wrt``, as names: ``(L, yhat, w)``."""
        children: dict[str, list[str]] = {}
        for upper, lower in self.edges(of, wrt):
            children.setdefault(upper, []).append(lower)
        paths: list[tuple[str, ...]] = []
        stack: list[tuple[str, ...]] = [(of,)]
        while stack:
            path = stack.pop()
            if path[-1] == wrt:
                paths.append(path)
            else:
                stack.extend((*path, lower) for lower in reversed(children.get(path[-1], ())))
            if len(paths) + len(stack) > MAX_PATHS:
                raise DerivationError(f"there are more than {MAX_PATHS} ways from {of} to {wrt}")
        return paths

    def expand(self, node: Node, keep: Iterable[str] = frozenset(), limit: int = MAX_NODES) -> Node:
        """The formula with every defined name replaced by its definition, down to the names to ``keep``.

        Derivatives are left alone. Raises :class:`DerivationError` where the result would have more nodes than
        ``limit``.
        """
        kept = frozenset(keep).intersection(self.definitions)
        if not self.names_in(node):
            return node
        needed = self.ancestors(node)
        values, measures = self._grown.setdefault(kept, ({}, {}))
        for name, definition in self.definitions.items():
            if name in needed and name not in kept and name not in values:
                measures[name] = _checked(definition, measures, limit)
                values[name] = _replace(definition, values)
        _checked(node, measures, limit)
        return _replace(node, values)


def free_names(node: Node) -> frozenset[str]:
    """The names of all symbols in a formula but for the indices its sums bind."""
    found: set[str] = set()
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, Symbol):
            found.add(item.name)
        elif isinstance(item, Apply) and (bound := _bound(item)):
            found |= frozenset[str]().union(*map(free_names, item.args)) - bound
        else:
            stack.extend(item.args)
    return frozenset(found)


def written_with(node: Node, definitions: Mapping[str, Node], limit: int = MAX_NODES) -> Node:
    """The formula with names replaced by their definitions, in derivatives, too; each may use those before it.

    Raises :class:`DerivationError` where the result would have more nodes than ``limit``.
    """
    if definitions.keys().isdisjoint(node.symbols()):
        return node
    measures: dict[str, tuple[int, int]] = {}
    for name, definition in definitions.items():
        measures[name] = measure(definition, measures)
    _checked(node, measures, limit)
    for name in reversed(list(definitions)):
        if name in node.symbols():
            node = substitute(node, {name: definitions[name]})
    return node


def _bound(node: Apply) -> frozenset[str]:
    """The index of a finite sum; the sum of an array, which may be a name, binds none."""
    index = node.args[0] if node.op == "sum" and len(node.args) == 4 else None
    return frozenset((index.name,)) if isinstance(index, Symbol) else frozenset()


def _replace(node: Node, values: Mapping[str, Node]) -> Node:
    if isinstance(node, Symbol):
        return values.get(node.name, node)
    if not isinstance(node, Apply) or node.op in _CLOSED:
        return node
    if bound := _bound(node):
        values = {name: value for name, value in values.items() if name not in bound}
    return rebuild(node, tuple(_replace(arg, values) for arg in node.args))


def _checked(node: Node, measures: Mapping[str, tuple[int, int]], limit: int) -> tuple[int, int]:
    """How many nodes the formula has with its names put in, and how deep it is; an error above the limits."""
    size, depth = measure(node, measures)
    if size > limit or depth > MAX_DEPTH:
        raise DerivationError(
            f"the formula becomes too large with its definitions put in (over {limit} signs or {MAX_DEPTH} levels)"
        )
    return size, depth


def measure(node: Node, names: Mapping[str, tuple[int, int]] = MappingProxyType({})) -> tuple[int, int]:
    """The number of nodes of a formula and its depth, shared nodes counted each time; ``names`` measures names."""
    known: dict[int, tuple[int, int]] = {}
    stack = [node]
    while stack:
        top = stack[-1]
        waiting = [arg for arg in top.args if id(arg) not in known]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        if isinstance(top, Symbol):
            known[id(top)] = names.get(top.name, (1, 1))
        else:
            below = [known[id(arg)] for arg in top.args]
            known[id(top)] = 1 + sum(size for size, _ in below), 1 + max((depth for _, depth in below), default=0)
    return known[id(node)]
