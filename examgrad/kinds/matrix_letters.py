"""Letters for places in an answer: those that a sum or a diagonal binds without saying so, and those that are sizes."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Final

from examgrad.formula.tree import ONE, Apply, Node, Symbol, rebuild, transform
from examgrad.kinds.matrix import Arrays

_TAKEN: Final = frozenset({"entry", "row", "column"})


def with_bound_letters(arrays: Arrays, tree: Node) -> Node:
    """``∑ (p_i - t_i)`` as the sum over i, and ``diag(p_i)`` as the diagonal of all p_i, where one letter is free."""
    if tree.operations().isdisjoint({"sum", "diag"}):
        return tree
    made: set[Node] = set()

    def change(item: Node) -> Node:
        if not isinstance(item, Apply):
            return item
        if item.op == "mul":
            return _with_rest(item, made)
        if item.op not in ("sum", "diag") or len(item.args) != 1 or arrays.shapes.seen(item.args[0]) != ():
            return item
        letters = set(_letters(item.args[0])) - arrays.given.names.variables.keys()
        if len(letters) != 1:
            return item
        letter = letters.pop()
        last = arrays.shapes.range_of(item.args[0], letter)
        if last is None:
            return item
        if item.op == "diag":
            return Apply("diag", (Apply("components", (item.args[0], Symbol(letter), last)),), item.span)
        found = Apply("sum", (Symbol(letter), ONE, last, item.args[0]), item.span)
        made.add(found)
        return found

    return transform(tree, change)


def _with_rest(product: Apply, made: set[Node]) -> Node:
    """``∑ (p_i - t_i) x_i``: the factors behind a sum belong to it that have its letter."""
    for at, arg in enumerate(product.args[:-1]):
        if isinstance(arg, Apply) and arg in made:
            rest = product.args[at + 1 :]
            letter, first, last, term = arg.args
            if isinstance(letter, Symbol) and all(letter.name in set(_letters(item)) for item in rest):
                whole = Apply("sum", (letter, first, last, Apply("mul", (term, *rest))), arg.span)
                return Apply("mul", (*product.args[:at], whole)) if at else whole
    return product


def _letters(node: Node) -> Iterator[str]:
    """The letters at which a formula takes entries and that no sum in it binds."""
    if not isinstance(node, Apply):
        return
    if node.op in _TAKEN:
        yield from (place.name for place in node.args[1:] if isinstance(place, Symbol))
    inner = [letter for arg in node.args for letter in _letters(arg)]
    bound = node.args[0] if node.op == "sum" and len(node.args) == 4 else None
    yield from (letter for letter in inner if bound != Symbol(letter))


def _compared(tree: Node, known: Container[str]) -> Iterator[str]:
    """The letters that are compared with one that is no name of the problem: ``[i = k]``."""
    for item in tree.walk():
        if isinstance(item, Apply) and item.op in ("eq", "ne"):
            sides = [side.name for side in item.args if isinstance(side, Symbol)]
            if len(sides) == 2 and not all(side in known for side in sides):
                yield from sides


def marked_sizes(arrays: Arrays, letters: tuple[str, ...]) -> tuple[str, ...]:
    """Letters with those marked that are sizes, as in :func:`sizes_as_letters`."""
    names = arrays.given.names
    return tuple(f"{letter}′" if letter in names.variables and names.is_size(letter) else letter for letter in letters)


def sizes_as_letters(arrays: Arrays, tree: Node) -> Node:
    """The formula with letters of their own for sizes at which it takes entries: the k of ``x_k``, of an array W (k×d).

    They are marked, ``k′``, so that they stand in the order of the alphabet.
    """
    names = arrays.given.names
    letters = {*_letters(tree), *_compared(tree, names.variables)}
    sizes = {letter for letter in letters if letter in names.variables and names.is_size(letter)}
    if not sizes:
        return tree
    marked: dict[Node, Node] = {Symbol(size): Symbol(f"{size}′") for size in sizes}

    def change(item: Node) -> Node:
        if isinstance(item, Apply) and item.op in _TAKEN:
            return rebuild(item, (item.args[0], *(marked.get(place, place) for place in item.args[1:])))
        if isinstance(item, Apply) and item.op in ("eq", "ne"):
            return rebuild(item, tuple(marked.get(side, side) for side in item.args))
        return item

    return transform(tree, change)
