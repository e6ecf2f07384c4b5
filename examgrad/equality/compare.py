"""Any two statements compared: formulas, arrays, sets, equations, conditions."""

from __future__ import annotations

from collections.abc import Mapping

from examgrad.equality.conditions import compare_conditions, is_condition
from examgrad.equality.decide import Comparison, decide
from examgrad.equality.entries import compare_arrays
from examgrad.equality.equations import compare_equations, is_equation
from examgrad.equality.evaluate import evaluate
from examgrad.equality.rounding import decimal_places, rounded_to
from examgrad.equality.sets import compare_sets, is_set
from examgrad.formula import printer
from examgrad.formula.array_values import Array, Value, is_array
from examgrad.formula.arrays import expand
from examgrad.formula.names import Domain
from examgrad.formula.tree import Apply, Node, Symbol, transform

Domains = Mapping[str, Domain]
Shapes = Mapping[str, tuple[int | str, ...]]


def compare_trees(
    left: Node, right: Node, domains: Domains | None = None, shapes: Shapes | None = None, *, witness: bool = True
) -> Comparison:  # fmt: skip
    """Compare two statements of any kind; ``shapes`` are the sizes of declared arrays.

    Raises :class:`examgrad.errors.MathSyntaxError` where the sizes in an array's formula do not fit.
    """
    domains, shapes = domains or {}, shapes or {}
    if is_set(left) or is_set(right):
        return _sets(left, right, domains, shapes)
    if is_equation(left) or is_equation(right):
        return _equations(left, right, domains, shapes, witness)
    if is_condition(left) and is_condition(right):
        return compare_conditions(left, right, domains, witness=witness)
    left, right = (Apply("indicator", (node,)) if is_condition(node) else node for node in (left, right))
    return _values(left, right, domains, shapes, witness)


def _values(left: Node, right: Node, domains: Domains, shapes: Shapes, witness: bool) -> Comparison:
    """Two formulas or arrays; an array of one entry may stand for that entry."""
    if any(_names_derivative(item) for node in (left, right) for item in node.walk()):
        found = _values(transform(left, _named), transform(right, _named), domains, shapes, False)
        if found.verdict == "equal":
            return found
        return Comparison("unknown", "undecided", note="derivatives are compared by their names only")
    first, second = expand(left, shapes), expand(right, shapes)
    if isinstance(first, Array) and isinstance(second, Node):
        second = expand(right, shapes, first.shape)  # I and 𝟏 take the size of the other side
    elif isinstance(second, Array) and isinstance(first, Node):
        first = expand(left, shapes, second.shape)
    if isinstance(first, Array) and isinstance(second, Array):
        return compare_arrays(
            first, second, lambda a, b, witness: decide(a, b, domains, witness=witness),
            lists=(_is_list(left), _is_list(right)), witness=witness,
        )  # fmt: skip
    if isinstance(first, Array) or isinstance(second, Array):
        one, other = _only_entry(first), _only_entry(second)
        if one is None or other is None:
            return Comparison("unequal", "witness", note="one side is an array, the other is not")
        return decide(one, other, domains, witness=witness)
    found = decide(first, second, domains, witness=witness)
    return _rounded(found, first, second) if found.verdict == "unequal" and not found.note else found


def _rounded(found: Comparison, left: Node, right: Node) -> Comparison:
    """Unequal numbers, of which one is the other rounded, with a note that says so."""
    for number, exact in ((left, right), (right, left)):
        if decimal_places(number) is None or exact.symbols():
            continue
        values = evaluate(number, {}), evaluate(exact, {})
        if None not in values and (places := rounded_to(number, *values)) is not None:
            return found._replace(note=f"equal to {places} decimal places: one side is the other rounded")
    return found


def _is_list(node: Node) -> bool:
    return is_array(node) and not any(map(is_array, node.args))


def _only_entry(value: Value) -> Node | None:
    if not isinstance(value, Array):
        return value
    return value.entries[0] if len(value.entries) == 1 else None


def _sets(left: Node, right: Node, domains: Domains, shapes: Shapes) -> Comparison:
    """Two sets; what is none is a set of one element, an equation ``S = {…}`` the set on its right."""
    sides = _elements(left), _elements(right)
    if any(len(side) == 1 and is_array(side[0]) for side in sides):
        return Comparison("unequal", "witness", note="one side is a set, the other a list")
    if any(is_set(item) for side in sides for item in side):
        return Comparison("unknown", "undecided", note="sets of sets are not compared")
    return compare_sets(*sides, lambda a, b: _values(a, b, domains, shapes, False), domains)


def _elements(node: Node) -> tuple[Node, ...]:
    if is_equation(node) and isinstance(node.args[0], Symbol):
        node = node.args[-1]
    return node.args if is_set(node) else (node,)


def _named(node: Node) -> Node:
    """A derivative that an equation names as a name of its own: nothing is differentiated here."""
    if not (isinstance(node, Apply) and _names_derivative(node)):
        return node
    what, *variables = node.args
    return Symbol(" ".join([node.op, printer.plain(what), *sorted(map(printer.plain, variables))]))


def _names_derivative(node: Node) -> bool:
    return isinstance(node, Apply) and node.op in ("derivative", "gradient")


def _equations(left: Node, right: Node, domains: Domains, shapes: Shapes, witness: bool) -> Comparison:
    left, right = transform(left, _named), transform(right, _named)
    values = [_definition(node) for node in (left, right)]
    if any(is_set(value) or is_array(value) for _, value in values):
        names = [name for name, _ in values if name is not None]
        if len(set(names)) == 1:
            return compare_trees(values[0][1], values[1][1], domains, shapes, witness=witness)
    sides: list[Node] = []
    for node in (left, right):
        grown = [expand(side, shapes) for side in (node.args if is_equation(node) else (node,))]
        if any(isinstance(side, Array) for side in grown):
            return Comparison("unknown", "undecided", note="equations between arrays are not compared")
        plain = tuple(side for side in grown if isinstance(side, Node))
        sides.append(Apply("equation", plain) if is_equation(node) else plain[0])
    return compare_equations(sides[0], sides[1], domains, witness=witness)


def _definition(node: Node) -> tuple[str | None, Node]:
    """The name that an equation defines and what it is worth; no name for what is no definition."""
    if is_equation(node) and isinstance(node.args[0], Symbol) and len(node.args) == 2:
        return node.args[0].name, node.args[1]
    return None, node
