"""Equality on generated formulas: rewrites that keep the value stay equal, one changed node does not pass.

``EXAMGRAD_EXAMPLES`` sets how many formulas each property is tried on.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from examgrad.equality import Comparison, decide, evaluate_exactly, sample_points, value_at
from examgrad.formula import printer
from examgrad.formula.names import DOMAINS, REAL, Domain, Names, Variable
from examgrad.formula.parser import read
from examgrad.formula.tree import CONDITIONS, Apply, Node, Number, Symbol, rebuild

EXAMPLES = int(os.environ.get("EXAMGRAD_EXAMPLES", "1000"))
generated = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)

NAMES = "xyzw"
ZERO, ONE, TWO, HALF = Number(0), Number(1), Number(2), Number(Fraction(1, 2))


def a(op: str, *args: Node) -> Node:
    return Apply(op, args)


leaves = st.sampled_from([*map(Symbol, NAMES * 3), ONE, TWO, HALF, Number(-1), Number(3), Number(Fraction(1, 3))])


def larger(smaller: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    unary = st.sampled_from(
        ["exp", "sigmoid", "tanh", "relu", "abs", "neg", "softplus", "sin", "cos", "log", "sqrt", "erf", "sign"]
    )
    return st.one_of(
        st.builds(a, st.sampled_from(["add", "mul", "add", "mul", "div", "max", "min"]), smaller, smaller),
        st.builds(lambda x, y: a("add", x, a("neg", y)), smaller, smaller),
        st.builds(lambda x, n: a("pow", x, Number(n)), smaller, st.sampled_from([2, 3, -1])),
        st.builds(a, unary, smaller),
        st.builds(lambda x, y: a("pow", a("exp", x), y), smaller, smaller),
        st.builds(lambda op, x, y: a("log", a(op, x, y)), st.sampled_from(["mul", "div"]), smaller, smaller),
        st.builds(lambda v, g, o: a("cases", v, a("gt", g, ZERO), o), smaller, smaller, smaller),
        st.builds(lambda v, g, h: a("mul", v, a("indicator", a("lt", g, h))), smaller, smaller, smaller),
    )


formulas = st.recursive(leaves, larger, max_leaves=7)
domains = st.sampled_from(
    [
        {},
        dict.fromkeys(NAMES, DOMAINS["positive"]),
        dict.fromkeys(NAMES, Domain(Fraction(0), Fraction(1))),
        {"x": DOMAINS["negative"], "y": Domain(Fraction(1), Fraction(3), False, False)},
    ]
)


def minus(x: Node, y: Node) -> Node:
    return a("add", x, a("neg", y))


def equal_forms(node: Node) -> list[Node]:
    """Other ways to write a node that have its value wherever both are defined."""
    if not isinstance(node, Apply):
        return [a("add", a("mul", HALF, node), a("div", node, TWO)), minus(a("add", node, ONE), ONE)]
    op, args, x = node.op, node.args, node.args[0]
    y = args[1] if len(args) > 1 else x
    forms: dict[str, list[Node]] = {
        "add": [a("add", *args[::-1]), a("neg", a("add", *(a("neg", term) for term in args)))],
        "mul": [a("mul", *args[::-1]), a("neg", a("mul", a("neg", x), *args[1:]))],
        "div": [a("mul", x, a("pow", y, Number(-1))), a("div", a("mul", x, y), a("pow", y, TWO))],
        "neg": [a("mul", Number(-1), x)],
        "exp": [
            a("div", ONE, a("exp", a("neg", x))),
            a("pow", a("exp", a("div", x, TWO)), TWO),
            *([a("mul", *(a("exp", term) for term in x.args))] if isinstance(x, Apply) and x.op == "add" else []),
        ],
        "log": [
            a("neg", a("log", a("div", ONE, x))),
            a("mul", TWO, a("log", a("sqrt", x))),
            *([a("add", *(a("log", factor) for factor in x.args))] if isinstance(x, Apply) and x.op == "mul" else []),
            *([minus(*(a("log", part) for part in x.args))] if isinstance(x, Apply) and x.op == "div" else []),
        ],
        "pow": [
            a("exp", a("mul", y, a("log", x))),
            a("mul", a("pow", x, a("div", y, TWO)), a("pow", x, a("div", y, TWO))),
        ],
        "sqrt": [a("pow", x, HALF), a("div", x, a("sqrt", x))],
        "sigmoid": [
            a("div", ONE, a("add", ONE, a("exp", a("neg", x)))),
            a("div", a("exp", x), a("add", ONE, a("exp", x))),
            a("mul", HALF, a("add", ONE, a("tanh", a("div", x, TWO)))),
            minus(ONE, a("sigmoid", a("neg", x))),
        ],
        "tanh": [minus(a("mul", TWO, a("sigmoid", a("mul", TWO, x))), ONE), a("div", a("sinh", x), a("cosh", x))],
        "softplus": [a("log", a("add", ONE, a("exp", x))), a("add", x, a("softplus", a("neg", x)))],
        "sin": [a("mul", TWO, a("sin", a("div", x, TWO)), a("cos", a("div", x, TWO))), a("neg", a("sin", a("neg", x)))],
        "cos": [minus(ONE, a("mul", TWO, a("pow", a("sin", a("div", x, TWO)), TWO)))],
        "erf": [a("neg", a("erf", a("neg", x)))],
        "relu": [
            a("max", ZERO, x),
            a("div", a("add", x, a("abs", x)), TWO),
            a("mul", x, a("indicator", a("gt", x, ZERO))),
            minus(x, a("min", ZERO, x)),
        ],
        "abs": [a("sqrt", a("pow", x, TWO)), a("max", x, a("neg", x)), a("mul", x, a("sign", x))],
        "max": [a("max", y, x), a("div", a("add", x, y, a("abs", minus(x, y))), TWO)],
        "min": [a("neg", a("max", a("neg", x), a("neg", y))), minus(a("add", x, y), a("max", x, y))],
        "cases": [a("cases", args[-1], a("not", y), x)],
        "indicator": [minus(ONE, a("indicator", a("not", x)))],
        "lt": [a("gt", y, x), a("not", a("le", y, x))],
        "gt": [a("lt", y, x), a("not", a("le", x, y))],
    }
    return forms.get(op, [])


SWAPPED = {
    "add": "mul", "mul": "add", "max": "min", "min": "max", "gt": "lt", "lt": "gt", "exp": "sigmoid", "relu": "abs",
    "sigmoid": "tanh", "tanh": "sigmoid", "sin": "cos", "cos": "sin", "abs": "relu", "log": "softplus", "sqrt": "abs",
    "div": "mul", "erf": "tanh", "softplus": "relu", "sign": "abs",
}  # fmt: skip


def changed_forms(node: Node) -> list[Node]:
    """What one slip may make of a node."""
    if isinstance(node, Number):
        return [Number(node.value + 1), Number(node.value + Fraction(1, 1000))]
    if isinstance(node, Symbol):
        return [Symbol(name) for name in NAMES if name != node.name]
    assert isinstance(node, Apply)
    forms: list[Node] = [Apply(SWAPPED[node.op], node.args)] if node.op in SWAPPED else []
    if node.op in CONDITIONS:
        return [*forms, a("not", node)]
    if node.op in ("add", "mul"):
        forms += [node.args[0], Apply(node.op, (*node.args[:-1], a("neg", node.args[-1])))]
    return [*forms, a("neg", node), a("mul", TWO, node)]


def replaced(node: Node, at: int, choice: int, forms: Callable[[Node], list[Node]]) -> Node:
    """The formula with its node number ``at`` in another form."""
    count = -1

    def visit(item: Node) -> Node:
        nonlocal count
        count += 1
        here = count == at
        new = rebuild(item, tuple(visit(arg) for arg in item.args)) if item.args else item
        options = forms(new) if here else []
        return options[choice % len(options)] if options else new

    at %= node.size()
    return visit(node)


steps = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5)), min_size=1, max_size=4)


def assert_evidence_holds(left: Node, right: Node, result: Comparison, where: dict[str, Domain]) -> None:
    """What is said of two formulas can be seen: a witness shows the difference, nothing shows one of equal ones."""
    if result.verdict == "unequal" and result.witness:
        at = result.witness.at
        assert all(where.get(name, REAL).contains(value) for name, value in at.items())
        assert result.witness.left != result.witness.right
        assert not agree(left, right, at)
    if result.verdict == "equal":
        assert all(agree(left, right, at) for at in sample_points([left, right], where, count=8, seed=b"another"))


def agree(left: Node, right: Node, at: dict[str, Fraction]) -> bool:
    exactly = evaluate_exactly(left, at), evaluate_exactly(right, at)
    if None not in exactly:
        return exactly[0] == exactly[1]
    one, other = value_at(left, at, 600), value_at(right, at, 600)
    return one is None or other is None or bool(one.overlaps(other))


def test_a_rewrite_that_keeps_the_value_stays_equal() -> None:
    verdicts: Counter[str] = Counter()

    @generated
    @given(formulas, steps, domains)
    def rewrites(formula: Node, changes: list[tuple[int, int]], where: dict[str, Domain]) -> None:
        other = formula
        for at, choice in changes:
            other = replaced(other, at, choice, equal_forms)
        result = decide(formula, other, where)
        assert result.verdict != "unequal", result
        assert_evidence_holds(formula, other, result, where)
        if sample_points([formula, other], where, count=1, seed=b"another"):
            verdicts[result.verdict] += 1

    rewrites()
    assert_decided(verdicts)


def test_one_changed_node_is_unequal_where_it_changes_the_value() -> None:
    verdicts: Counter[str] = Counter()

    @generated
    @given(formulas, st.integers(0, 60), st.integers(0, 5), steps, domains)
    def mutations(
        formula: Node, at: int, choice: int, changes: list[tuple[int, int]], where: dict[str, Domain]
    ) -> None:
        other = replaced(formula, at, choice, changed_forms)
        for place, form in changes:
            other = replaced(other, place, form, equal_forms)
        result = decide(formula, other, where)
        assert_evidence_holds(formula, other, result, where)
        if result.verdict == "unequal":
            assert result.witness or result.note
        points = sample_points([formula, other], where, count=8, seed=b"another")
        if not all(agree(formula, other, point) for point in points):
            assert result.verdict != "equal", result
            verdicts[result.verdict] += 1

    mutations()
    assert_decided(verdicts)


def assert_decided(verdicts: Counter[str]) -> None:
    """At most one in a hundred is undecided, and there were pairs enough to tell."""
    assert verdicts.total() > EXAMPLES / 3
    assert verdicts["unknown"] <= 0.01 * verdicts.total(), verdicts


@generated
@given(formulas, formulas, domains)
def test_the_order_of_the_sides_does_not_matter(left: Node, right: Node, where: dict[str, Domain]) -> None:
    one, other = decide(left, right, where), decide(right, left, where)
    assert (one.verdict, one.method, one.points, one.digits, one.note) == (
        other.verdict, other.method, other.points, other.digits, other.note,
    )  # fmt: skip
    if one.witness and other.witness:
        assert one.witness.at == other.witness.at
        assert (one.witness.left, one.witness.right) == (other.witness.right, other.witness.left)


@generated
@given(formulas)
def test_a_formula_printed_and_read_back_is_itself(formula: Node) -> None:
    names = Names([Variable(name) for name in NAMES])
    for written in (printer.plain, printer.latex):
        text = written(formula)
        tree = read(text, names)
        assert written(tree) == text
        assert decide(formula, tree).verdict != "unequal"
