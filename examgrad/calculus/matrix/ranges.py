"""What a formula can be worth: probabilities lie between 0 and 1, norms above 0.

A defined name by which something is differentiated is taken as independent, but its points are looked for only
where its definition has values: ``log(1 - p)`` needs a p that is a probability.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from examgrad.formula.names import REAL, Domain
from examgrad.formula.tree import Apply, Node, Number, Symbol

_ZERO: Final = Fraction(0)
_ONE: Final = Fraction(1)
_UNIT: Final = Domain(low=_ZERO, high=_ONE)
_POSITIVE: Final = Domain(low=_ZERO)
_FIXED: Final[Mapping[str, Domain]] = {
    "sigmoid": _UNIT, "softmax": _UNIT, "tanh": Domain(low=-_ONE, high=_ONE), "logsoftmax": Domain(high=_ZERO),
    "exp": _POSITIVE, "softplus": _POSITIVE, "norm": _POSITIVE, "var": _POSITIVE, "sqrt": _POSITIVE,
    "abs": _POSITIVE, "cosh": _POSITIVE,
}  # fmt: skip
_SAME: Final = frozenset({"sum", "mean", "max", "min", "entry", "row", "column", "transpose", "amax", "amin"})


def with_ranges(domains: Mapping[str, Domain], definitions: Mapping[str, Node]) -> dict[str, Domain]:
    """The domains, and for each defined name an interval in which all its values (or entries) lie."""
    known = dict(domains)
    for name, node in definitions.items():
        known[name] = _values(node, known)
    return known


def _values(node: Node, domains: Mapping[str, Domain]) -> Domain:
    if isinstance(node, Number):
        return Domain(low=node.value, high=node.value)
    if isinstance(node, Symbol):
        return domains.get(node.name, REAL)
    if not isinstance(node, Apply) or not node.args:
        return REAL
    if node.op in _FIXED:
        return _FIXED[node.op]
    inner = [_values(arg, domains) for arg in node.args]
    if node.op in _SAME and node.op != "sum":
        return inner[0]
    if node.op == "neg":
        return _turned(inner[0])
    if node.op == "add":
        lows, highs = [item.low for item in inner], [item.high for item in inner]
        low = None if None in lows else sum(filter(None, lows), _ZERO)
        return Domain(low=low, high=None if None in highs else sum(filter(None, highs), _ZERO))
    if node.op in ("mul", "hadamard", "div", "sum", "pow") and all(map(_is_positive, inner[: 1 + (node.op != "pow")])):
        return _product(node, inner)
    return REAL


def _product(node: Apply, inner: list[Domain]) -> Domain:
    """The values of a product, sum or quotient of what is positive."""
    at_least_one = node.op == "div" and inner[1].low is not None and inner[1].low >= 1
    if at_least_one and inner[0].high is not None and inner[0].high <= 1:
        return _UNIT
    if node.op == "hadamard" and all(item.high is not None and item.high <= 1 for item in inner):
        return _UNIT
    return _POSITIVE


def _turned(domain: Domain) -> Domain:
    low, high = domain.low, domain.high
    return Domain(low=None if high is None else -high, high=None if low is None else -low)


def _is_positive(domain: Domain) -> bool:
    return domain.low is not None and domain.low >= 0
