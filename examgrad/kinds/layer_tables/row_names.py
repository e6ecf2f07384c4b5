"""Which layer each row of a student's table is about: by its name, its call, its number, or its place."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

MOST_PAIRS: Final = 250_000
"""Rows times layers up to which the best alignment is sought."""
_SAME, _ALIKE = 8, 3
_FAMILIES: Final = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("input", r"inputs?(?:layer|image)?$|image$"),
        ("total", r"total|sum$|sums?of|σ$|∑|altogether"),
        ("tconv", r"(?:lazy)?conv(?:olution)?\d?d?transposed?|deconv|tconv|convt$|transposedconv|upconv"),
        ("conv", r"(?:lazy|depthwise|separable|pointwise|dw|sep)*conv"),
        ("global", r"gap$|gmp$|global"),
        ("pool", r"(?:max|avg|average|mean|adaptive|lp|fractional)*pool"),
        ("fc", r"fc|dense|linear|fullyconnected|lazylinear|fullycon"),
        ("flatten", r"flatten"),
        ("dropout", r"dropout|alphadropout"),
        ("batch", r"bn|batchnorm"),
        ("layernorm", r"ln$|layernorm"),
        ("groupnorm", r"gn$|groupnorm"),
        ("instancenorm", r"instancenorm"),
        ("rmsnorm", r"rmsnorm"),
        ("activation", r"activation|(?:leaky|p|r)?relu|sigmoid|tanh|(?:log)?softmax|gelu|elu|selu|silu|swish|softplus"),
        ("lstm", r"lstm"),
        ("gru", r"gru"),
        ("rnn", r"rnn|simplernn"),
        ("embedding", r"emb"),
        ("output", r"outputs?(?:layer)?$"),
    )
)
_NUMBER = re.compile(r"(?<![^\W_])\d+")
_PASSIVE: Final = frozenset({"flatten", "dropout", "activation", "input", "output", "total"})
"""What students write a row for where the network's table has none, and the other way round."""


class Naming(NamedTuple):
    """What a row says of itself: its labels (a name, a call), and a number counted from 1 where it has one."""

    labels: tuple[str, ...] = ()
    number: int | None = None


class Matched(NamedTuple):
    """For each layer its row, or ``None``; the rows that belong to no layer; those whose name contradicts their layer.

    ``rows`` is ``None`` where it cannot be told.
    """

    rows: list[int | None] | None
    extra: list[int]
    contradicting: list[tuple[int, int]]


@lru_cache(maxsize=4096)
def label_key(label: str) -> str:
    """A label's letters and signs that tell layers apart: of ``2. nn.Conv2d(3, 8) + ReLU`` ``conv2d(3,8)``."""
    text = re.sub(r"^\s*(?:\d+\s*[.):]|[-•])\s*", "", label[:300].lower().strip(" `*$|:"))
    text = re.sub(r"\\(?:text|mathrm|texttt)\b|[\\{}$`*]", "", text)
    text = _first_part(text.replace("×", "x"))
    text = re.sub(r"\b(?:nn|layers|keras|torch|tf)\.", "", text)
    return re.sub(r"[\s_\-.:]|\blayers?\b", "", text)


def _first_part(text: str) -> str:
    """What stands before a ``+ ReLU`` outside brackets."""
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if depth == 0 and at and letter in "+&,;/":
            return text[:at]
    return text


@lru_cache(maxsize=4096)
def family(label: str) -> str:
    """What sort of layer a label or a call names; empty where it is none that is known."""
    key = label_key(label)
    for text in (key, *re.findall(r"\(([a-z0-9]+)\)$", key)):
        for name, pattern in _FAMILIES:
            if pattern.match(text):
                return name
    return ""


def is_called(sort: str, naming: Naming, layers: Sequence[tuple[str, str]]) -> bool:
    """Whether a row is called the ``input``'s or a ``total``, and no layer of the network is called so."""
    keys, _ = _known(tuple(layers))
    if any(label_key(label) in keys for label in naming.labels):
        return False
    return any(family(label) == sort for label in naming.labels) or (sort == "input" and naming.number == 0)


def _alike(naming: Naming, layer: tuple[str, str]) -> int:
    """How well a row's labels name a layer, 0 to 8."""
    best = 0
    for label in naming.labels:
        key = label_key(label)
        if key and key in (label_key(layer[0]), label_key(layer[1])):
            return _SAME
        same_family = (known := family(label)) and known in (family(layer[1]), family(layer[0]))
        if key and (same_family or _operation(label) == _operation(layer[1])):
            best = _ALIKE
    return best


def _operation(call: str) -> str:
    """What a call calls: of ``select(1, -1)`` ``select``."""
    return label_key(call).partition("(")[0]


def contradicts(naming: Naming, layer: tuple[str, str]) -> bool:
    """Whether a row's label gives a layer other arguments than the layer has."""
    for label in naming.labels:
        inside = re.search(r"\((.*\d.*)\)", label)
        if inside and "(" in layer[1] and label_key(label) != label_key(layer[1]):
            mine, theirs = (_NUMBER.findall(text) for text in (inside[1], layer[1].partition("(")[2]))
            if mine and not set(mine) <= set(theirs):
                return True
    return False


def match_rows(namings: Sequence[Naming], layers: Sequence[tuple[str, str]]) -> Matched:
    """The row of each layer. Rows that name no layer stand in order, one a layer."""
    if not any(_names_any(naming, layers) for naming in namings):
        return _by_place(namings, layers)
    places = _aligned(namings, layers)
    taken = {row for row in places if row is not None}
    left = [row for row in range(len(namings)) if row not in taken]
    if len(namings) == len(layers):
        for row in left:
            known = next((family(label) for label in namings[row].labels if family(label)), "")
            if places[row] is None and known in ("", family(layers[row][1])):
                places[row] = row
    taken = {row for row in places if row is not None}
    extra = [
        row
        for row in range(len(namings))
        if row not in taken and not any(family(label) in _PASSIVE for label in namings[row].labels)
    ]
    wrong = [
        (row, at)
        for at, row in enumerate(places)
        if row is not None and namings[row].labels and _misnamed(namings[row], layers[at])
    ]
    return Matched(places, extra, wrong)


def _misnamed(naming: Naming, layer: tuple[str, str]) -> bool:
    alike = _alike(naming, layer)
    return alike < _SAME and (contradicts(naming, layer) or (alike == 0 and any(map(family, naming.labels))))


def _names_any(naming: Naming, layers: Sequence[tuple[str, str]]) -> bool:
    keys, families = _known(tuple(layers))
    return any(label_key(label) in keys or (family(label) and family(label) in families) for label in naming.labels)


@lru_cache(maxsize=16)
def _known(layers: tuple[tuple[str, str], ...]) -> tuple[frozenset[str], frozenset[str]]:
    keys = frozenset(label_key(text) for layer in layers for text in (*layer, _operation(layer[1]))) - {""}
    return keys, frozenset(family(text) for layer in layers for text in layer) - {""}


def _by_place(namings: Sequence[Naming], layers: Sequence[tuple[str, str]]) -> Matched:
    count = len(layers)
    numbers = [naming.number for naming in namings]
    if all(number is not None for number in numbers) and len(set(numbers)) == len(numbers):
        by_number = {number: row for row, number in enumerate(numbers)}
        extra = [row for number, row in by_number.items() if number is not None and not 0 <= number <= count]
        return Matched([by_number.get(at + 1) for at in range(count)], extra, [])
    if len(namings) > count:
        return Matched(None, [], [])
    active = [at for at, layer in enumerate(layers) if family(layer[1]) not in _PASSIVE]
    places = active if len(namings) == len(active) < count else list(range(len(namings)))
    found: list[int | None] = [None] * count
    for row, at in enumerate(places):
        found[at] = row
    return Matched(found, [], [])


def _aligned(namings: Sequence[Naming], layers: Sequence[tuple[str, str]]) -> list[int | None]:
    """Rows in the layers' order as far as that names the most; else each layer's first row of its name."""
    if len(namings) == len(layers) and all(map(_alike, namings, layers)):
        return list(range(len(layers)))
    by_name = _greedy(namings, layers)
    if len(namings) * len(layers) > MOST_PAIRS:
        return by_name
    in_order = _in_order(namings, layers)
    exact = [
        sum(row is not None and _alike(namings[row], layer) == _SAME for row, layer in zip(rows, layers, strict=True))
        for rows in (in_order, by_name)
    ]
    return in_order if exact[0] >= exact[1] else by_name


def _greedy(namings: Sequence[Naming], layers: Sequence[tuple[str, str]]) -> list[int | None]:
    by_key: dict[str, deque[int]] = defaultdict(deque)
    for row, naming in enumerate(namings):
        for label in naming.labels:
            by_key[label_key(label)].append(row)
    taken: set[int] = set()
    found: list[int | None] = []
    for layer in layers:
        place = None
        for text in layer:
            rows = by_key.get(label_key(text))
            while rows and place is None:
                row = rows.popleft()
                place = None if row in taken else row
        if place is not None:
            taken.add(place)
        found.append(place)
    return found


def _in_order(namings: Sequence[Naming], layers: Sequence[tuple[str, str]]) -> list[int | None]:
    """The alignment that keeps both orders and names the most."""
    width = len(layers) + 1
    scores = [[0] * width for _ in range(len(namings) + 1)]
    alike = [[_alike(naming, layer) for layer in layers] for naming in namings]
    for row in range(len(namings) - 1, -1, -1):
        below, own, here = scores[row + 1], scores[row], alike[row]
        for at in range(len(layers) - 1, -1, -1):
            paired = below[at + 1] + here[at] if here[at] else 0
            own[at] = max(paired, below[at], own[at + 1])
    found: list[int | None] = [None] * len(layers)
    row = at = 0
    while row < len(namings) and at < len(layers):
        if alike[row][at] and scores[row][at] == scores[row + 1][at + 1] + alike[row][at]:
            found[at] = row
            row, at = row + 1, at + 1
        elif scores[row][at] == scores[row + 1][at]:
            row += 1
        else:
            at += 1
    return found
