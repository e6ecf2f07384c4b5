"""Which letter of an answer is which index: ``∂y_a/∂W_{bc}`` says it, else their order in the alphabet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from examgrad.formula.tree import Apply, Node, Number, Symbol, rebuild, substitute
from examgrad.kinds.matrix import Arrays
from examgrad.kinds.reading import Formula

Letters = tuple[str | None, ...]
"""The letter of each index, those of what is differentiated first; ``None`` where an answer leaves an axis open."""
_PLACED: Final = frozenset({"entry", "row", "column"})


def letters_of(
    formula: Formula, arrays: Arrays, key: Node, of_rank: int, wrt: str, wrt_rank: int, *, second: bool
) -> Letters | str:
    """The letters, as the derivative on the left names them; what is unclear of them, in words, is a text."""
    for claim in formula.claims:
        if isinstance(claim, Apply) and claim.op == "derivative" and len(claim.args) == 2 + second:
            return _named(claim, of_rank, wrt, wrt_rank)
    count = of_rank + wrt_rank * (1 + second)
    free = sorted(undeclared(formula.tree, arrays))
    if len(free) == count:
        return tuple(free)
    own = sorted(index.name for index in key.args[1::2] if isinstance(index, Symbol))
    if set(free) <= set(own):
        return tuple(own)
    return "Which index is which is not said: the answer has no left side such as ∂y_i/∂W_{jk}. A person decides."


def _named(claim: Node, of_rank: int, wrt: str, wrt_rank: int) -> Letters | str:
    what, *variables = claim.args
    found = _places(what, of_rank)
    for variable in variables:
        base = variable.args[0] if isinstance(variable, Apply) and variable.op in _PLACED else variable
        if base != Symbol(wrt):
            return f"The left side names another derivative than that by {wrt}; a person decides."
        found += _places(variable, wrt_rank)
    letters = [place.name for place in found if isinstance(place, Symbol)]
    if any(isinstance(place, Number) for place in found):
        return "The answer is for a single entry, and all were asked for; a person decides."
    if len(set(letters)) < len(letters):
        return "Two indices on the left side have one letter, so that other entries are left out; a person decides."
    return tuple(place.name if isinstance(place, Symbol) else None for place in found)


def _places(node: Node, rank: int) -> list[Node | None]:
    """What stands at each axis of a name; ``None`` at an axis without an index."""
    if not isinstance(node, Apply) or node.op not in _PLACED:
        return [None] * rank
    places: list[Node | None] = [None] * (node.op == "column") + list(node.args[1:])
    return (places + [None] * rank)[:rank]


def undeclared(tree: Node, arrays: Arrays) -> set[str]:
    """The letters of a formula that are no names of the problem, no places, and that no sum binds."""
    free = set(_free(tree, frozenset())) - arrays.given.names.variables.keys()
    return {name for name in free if not name.startswith("#")}


def _free(node: Node, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(node, Symbol) and node.name not in bound:
        yield node.name
    if isinstance(node, Apply) and node.op == "sum" and len(node.args) == 4 and isinstance(node.args[0], Symbol):
        bound |= {node.args[0].name}
    for arg in node.args:
        yield from _free(arg, bound)


def place(at: int) -> Symbol:
    """The index that stands for an axis, counted from 0, in place of an answer's letter."""
    return Symbol(f"#{at}")


def equal(one: Node, other: Node) -> Node:
    """``[i = j]``."""
    return Apply("indicator", (Apply("eq", (one, other)),))


def with_indices(tree: Node, letters: Letters) -> Node:
    """The formula with :func:`place` for its letters, which may be names of the problem or of sizes."""
    values: dict[str, Node] = {letter: place(at) for at, letter in enumerate(letters) if letter is not None}
    return _placed(_unshadowed(tree, frozenset(values)), values)


def _placed(node: Node, values: Mapping[str, Node]) -> Node:
    """The formula with its letters replaced, but for an array that is called as one of them is: ``i_k``."""
    if isinstance(node, Symbol):
        return values.get(node.name, node)
    array = isinstance(node, Apply) and node.op in _PLACED and isinstance(node.args[0], Symbol)
    return rebuild(node, (*node.args[:array], *(_placed(arg, values) for arg in node.args[array:])))


def in_components(tree: Node, order: Sequence[int], letters: Letters, key: Node) -> Node:
    """A formula for an entry as an array; ``order`` tells which place runs along each axis of the key."""
    names = [place(at) for at in order]
    left = [name for at, name in zip(order, names, strict=True) if letters[at] is None]
    entry = Apply("entry", (tree, *left)) if left else tree
    return Apply("components", (entry, *(item for pair in zip(names, key.args[2::2], strict=True) for item in pair)))


def _unshadowed(node: Node, letters: frozenset[str]) -> Node:
    """The formula with other names for the indices of its sums that are called as free ones are."""
    if not isinstance(node, Apply):
        return node
    args = tuple(_unshadowed(arg, letters) for arg in node.args)
    if node.op == "sum" and len(args) == 4 and isinstance(args[0], Symbol) and args[0].name in letters:
        name = Symbol(f"#{args[0].name}")
        return Apply("sum", (name, *args[1:3], substitute(args[3], {args[0].name: name})))
    return rebuild(node, args)


def by_letters(of: str, wrt: str, letters: Letters, of_rank: int, wrt_rank: int) -> Node:
    """``∂y_i/∂W_{jk}``."""
    symbols = [Symbol(letter or "·") for letter in letters]
    what: Node = Apply("entry", (Symbol(of), *symbols[:of_rank])) if of_rank else Symbol(of)
    rest = symbols[of_rank:]
    groups = [rest[at : at + wrt_rank] for at in range(0, len(rest), max(1, wrt_rank))]
    variables: list[Node] = [Apply("entry", (Symbol(wrt), *group)) for group in groups]
    return Apply("derivative", (what, *(variables or [Symbol(wrt)])))
