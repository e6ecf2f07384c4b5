"""Trees as plain lists for JSON, for the cache of keys and for the process that derives them.

A tree becomes a list of nodes, children before parents, the root last; a child is named by its position, and
equal nodes are written once::

    ["s", "x"]              a symbol            ["n", "1/2"]        a number; a decimal adds its places
    ["c", "pi"]             a constant          ["a", "add", 0, 1]  an operation and where its arguments stand

Spans are not kept. What is decoded may come from a damaged file, so every item is checked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from examgrad.formula.tree import Apply, Constant, Node, Number, Symbol

MAX_NODES: Final = 1_000_000
"""The most nodes a decoded tree may have, shared ones counted each time."""
MAX_DEPTH: Final = 400
_FRACTION = re.compile(r"-?\d{1,4000}(/\d{1,4000})?")
_OPERATION = re.compile(r"[a-z][a-z0-9_]*")
_WITHOUT_ARGUMENTS: Final = frozenset({"identity", "ones"})
"""What takes its size from its neighbours."""


def encode(node: Node) -> list[list[str | int]]:
    """The tree as a list; see the module's text."""
    items: list[list[str | int]] = []
    places: dict[tuple[str | int, ...], int] = {}
    done: dict[int, int] = {}  # by identity: shared subtrees are walked once
    stack = [node]
    while stack:
        top = stack[-1]
        waiting = [arg for arg in top.args if id(arg) not in done]
        if waiting:
            stack.extend(reversed(waiting))
            continue
        stack.pop()
        if id(top) not in done:
            item = _item(top, done)
            place = places.setdefault(tuple(item), len(items))
            if place == len(items):
                items.append(item)
            done[id(top)] = place
    return items if done[id(node)] == len(items) - 1 else items[: done[id(node)] + 1]


def _item(node: Node, done: dict[int, int]) -> list[str | int]:
    if isinstance(node, Number):
        return ["n", str(node.value)] if node.places is None else ["n", str(node.value), node.places]
    if isinstance(node, Constant):
        return ["c", node.name]
    if isinstance(node, Symbol):
        return ["s", node.name]
    assert isinstance(node, Apply)
    return ["a", node.op, *(done[id(arg)] for arg in node.args)]


def decode(items: object) -> Node:
    """The tree that :func:`encode` wrote; ``ValueError`` where the list is no such thing."""
    if not isinstance(items, list) or not items:
        raise ValueError("an encoded formula is a list of nodes")
    nodes: list[Node] = []
    sizes: list[int] = []
    depths: list[int] = []
    for item in items:
        if not isinstance(item, list) or len(item) < 2 or not isinstance(item[1], str):
            raise ValueError(f"no encoded node: {item!r:.80}")
        children = item[2:] if item[0] == "a" else []
        if not all(type(child) is int and 0 <= child < len(nodes) for child in children):
            raise ValueError(f"an argument stands nowhere: {item!r:.80}")
        nodes.append(_node(item, [nodes[child] for child in children]))
        sizes.append(1 + sum(sizes[child] for child in children))
        depths.append(1 + max((depths[child] for child in children), default=0))
        if sizes[-1] > MAX_NODES or depths[-1] > MAX_DEPTH:
            raise ValueError("the encoded formula is too large")
    return nodes[-1]


def _node(item: list[object], args: Sequence[Node]) -> Node:
    kind, text = item[0], str(item[1])
    if kind == "a" and _OPERATION.fullmatch(text) and (args or text in _WITHOUT_ARGUMENTS):
        return Apply(text, tuple(args))
    if kind == "s" and len(item) == 2 and text:
        return Symbol(text)
    if kind == "c" and len(item) == 2 and text in ("pi", "e", "i", "inf"):
        return Constant(text)
    if kind == "n" and len(item) in (2, 3) and _FRACTION.fullmatch(text) and not text.endswith("/0"):
        places = item[2] if len(item) == 3 else None
        if places is None or (type(places) is int and 0 <= places <= 4000):
            return Number(Fraction(text), places=places)
    raise ValueError(f"no encoded node: {item!r:.80}")
