"""Arrays that are written out, and those made of sizes: ``[a, b]``, ``ones(n)``, ``eye(n)``, ``onehot(c, k)``."""

from __future__ import annotations

from examgrad.formula.array_values import MAX_ENTRIES, Array, Value, checked, eye, filled, is_array, size_error
from examgrad.formula.tree import ONE, ZERO, Apply, Node, Number, is_number


def is_flat(node: Node) -> bool:
    """Whether a node is a vector written out: [a, b]."""
    return is_array(node) and not any(map(is_array, node.args))


def is_turned_list(node: Node) -> bool:
    """Whether a node is ``[a, b]ᵀ``: a column, or a row where only that fits beside it in a product."""
    return isinstance(node, Apply) and node.op == "transpose" and is_flat(node.args[0])


def literal(node: Apply, items: list[Value]) -> Value:
    """An array that is written out, of its items."""
    if not any(isinstance(item, Array) for item in items):
        return Array((len(items),), tuple(item for item in items if isinstance(item, Node)))
    rows = [item for item in items if isinstance(item, Array)]
    if len(rows) < len(items) or len({row.shape for row in rows}) > 1 or len(rows[0].shape) > 3:
        raise size_error(node, "the rows of this matrix have different lengths")
    return Array((len(rows), *rows[0].shape), tuple(entry for row in rows for entry in row.entries))


def constant(node: Apply, args: list[Value]) -> Array:
    """``eye(n)``, ``ones(n)``, ``zeros(m, n)``."""
    sizes = tuple(int(arg.value) for arg in args if isinstance(arg, Number) and arg.value.denominator == 1)
    if len(sizes) < len(args) or not all(1 <= size <= MAX_ENTRIES for size in sizes):
        raise size_error(node, f"{node.op} needs its sizes as numbers")
    shape = checked(node, sizes * 2 if node.op == "eye" else sizes)
    return eye(shape[0]) if node.op == "eye" else filled(shape, ONE if node.op == "ones" else ZERO)


def one_hot(node: Apply, args: list[Value]) -> Array:
    """``onehot(c, k)``: 1 at the place c, counted from 1, and 0 elsewhere; also ``e_c``, whose size fits."""
    place, size = args
    if isinstance(place, Array) or not isinstance(size, Number) or not 1 <= size.value <= MAX_ENTRIES:
        raise size_error(node, "onehot needs its size as a number")
    entries: list[Node] = []
    for at in range(1, int(size.value) + 1):
        if isinstance(place, Number):
            entries.append(ONE if is_number(place, at) else ZERO)
        else:
            entries.append(Apply("indicator", (Apply("eq", (place, Number(at))),)))
    return Array((len(entries),), tuple(entries))
