"""Keys derived, confirmed and told in steps; derivatives inside formulas; the process that derives."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import pytest
from conftest import TESTS, cases
from hypothesis import given, settings
from hypothesis import strategies as st

from examgrad.calculus.bounded import Derivations
from examgrad.calculus.derivation import (
    Derived,
    Request,
    derived_from_json,
    derived_to_json,
    request_from_json,
    request_to_json,
)
from examgrad.calculus.differentiate import derivative, resolve
from examgrad.calculus.graph import Graph
from examgrad.calculus.scalar import derive
from examgrad.calculus.steps import solution
from examgrad.calculus.verify import confirm, same_value
from examgrad.equality import value_at
from examgrad.errors import DerivationError
from examgrad.formula import printer
from examgrad.formula.codec import decode, encode
from examgrad.formula.definitions import read_definition
from examgrad.formula.names import Names, Variable, read_domain
from examgrad.formula.parser import read
from examgrad.formula.tree import Apply, Node, Number, Symbol, add, div, mul, power


class Problem:
    """Names and equations, read from texts."""

    def __init__(self, variables: Mapping[str, str], equations: list[str]) -> None:
        self.names = Names(Variable(name, read_domain(domain)) for name, domain in variables.items())
        self.domains = {name: variable.domain for name, variable in self.names.variables.items()}
        self.definitions: dict[str, Node] = {}
        for equation in equations:
            name, node = read_definition(equation, self.names)
            self.definitions[name] = node
            self.names = self.names.extended([name])
        self.graph = Graph(self.definitions)

    def read(self, text: str) -> Node:
        return read(text, self.names)

    def request(self, asked: Any, of: str, *wrt: str) -> Request:
        return Request(asked, tuple(map(self.read, of.split(","))), wrt, self.definitions, self.domains)


NETWORK = Problem(
    dict.fromkeys(("x", "v", "w", "y", "eta"), "real"),
    ["g = v x", "h = max(0, g)", "yhat = w h", "L = 1/2 (y - yhat)^2"],
)


@pytest.fixture(scope="module")
def pool() -> Iterator[Derivations]:
    with Derivations() as derivations:
        yield derivations


@pytest.mark.parametrize("case", [case for case in cases("calculus") if "keys" in case.values[0]])
def test_keys(case: dict[str, Any], pool: Derivations) -> None:
    problem = Problem(case["variables"], case["given"])
    for asked, key in case["keys"].items():
        derived = pool.derive(problem.request(*asked.split()))
        assert printer.plain(derived.tree) == key
        assert problem.read(key) == derived.tree
        assert derived.verified.points >= 8
        check_steps(problem, derived)


def check_steps(problem: Problem, derived: Derived) -> None:
    """Every line of the worked solution is true: its sides have one value wherever they have any."""
    steps = solution(derived, problem.definitions, problem.domains)
    assert steps
    for step in steps:
        equation = problem.read(step.text)
        assert isinstance(equation, Apply)
        assert equation.op == "equation"
        assert step.latex
        left, right = (resolve(side, problem.graph) for side in equation.args)
        assert same_value(left, right, problem.graph, problem.domains), f"{step.rule}: {step.text}"


@pytest.mark.parametrize("case", [case for case in cases("calculus") if "equal" in case.values[0]])
def test_resolved(case: dict[str, Any]) -> None:
    found = resolve(NETWORK.read(case["formula"]), NETWORK.graph)
    assert not any(isinstance(node, Apply) and node.op in ("derivative", "gradient") for node in found.walk())
    wanted = resolve(NETWORK.read(case["equal"]), NETWORK.graph)
    domains = NETWORK.domains | {name: read_domain(text) for name, text in case.get("domain", {}).items()}
    assert same_value(found, wanted, NETWORK.graph, domains), printer.plain(found)


@pytest.mark.parametrize("case", [case for case in cases("calculus") if "refused" in case.values[0]])
def test_refused(case: dict[str, Any], pool: Derivations) -> None:
    with pytest.raises(DerivationError) as caught:
        problem = Problem(case["variables"], case["given"])
        if "formula" in case:
            resolve(problem.read(case["formula"]), problem.graph)
        else:
            pool.derive(problem.request(*case["asked"].split()))
    assert case["refused"] in str(caught.value)


# the graph


def test_graph() -> None:
    graph = NETWORK.graph
    assert graph.paths("L", "v") == [("L", "yhat", "h", "g", "v")]
    assert graph.edges("L", "w") == (("L", "yhat"), ("yhat", "w"))
    assert graph.depends("L", "x")
    assert graph.depends(NETWORK.read("2 yhat"), "v")
    assert not graph.depends("h", "w")
    assert printer.plain(graph.expand(Symbol("L"))) == "1/2*(y - w*max(0, v*x))^2"
    assert printer.plain(graph.expand(Symbol("L"), {"h"})) == "1/2*(y - w*h)^2"
    assert graph.expand(NETWORK.read("dL/dw")) == NETWORK.read("dL/dw")


def test_graph_refuses_what_is_out_of_order() -> None:
    with pytest.raises(DerivationError, match="a uses b, which is defined only below it"):
        Graph({"a": Symbol("b"), "b": Symbol("x")})
    with pytest.raises(DerivationError, match="a is defined by itself"):
        Graph({"a": add(Symbol("a"), Symbol("x"))})


def test_doubling_definitions_are_refused_at_once() -> None:
    definitions: dict[str, Node] = {"a0": Symbol("x")}
    for level in range(1, 60):
        definitions[f"a{level}"] = mul(Symbol(f"a{level - 1}"), add(Symbol(f"a{level - 1}"), Symbol("x")))
    graph = Graph(definitions)
    with pytest.raises(DerivationError, match="becomes too large"):
        graph.expand(Symbol("a59"))
    with pytest.raises(DerivationError, match="becomes too large"):
        derivative(Symbol("a59"), [Symbol("x")], graph)


def test_a_product_of_thousands_is_refused_at_once() -> None:
    product = Apply("mul", tuple(add(Symbol("x"), Number(place)) for place in range(3000)))
    with pytest.raises(DerivationError, match="too large"):
        derivative(product, [Symbol("x")])


# properties: own rules and sympy against central differences

_LEAVES = st.sampled_from([Symbol("x"), Symbol("w"), Number(2), Number(-1), div(Number(1), Number(3))])


def _compound(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    condition = st.builds(lambda a, b: Apply("gt", (a, b)), inner, inner)
    smooth = st.sampled_from(
        ["exp", "sin", "tanh", "sigmoid", "softplus", "atan", "erf", "relu", "abs", "cosh", "sech"]
    )
    return st.one_of(
        st.builds(add, inner, inner),
        st.builds(mul, inner, inner),
        st.builds(div, inner, st.builds(lambda a: add(power(a, 2), Number(1)), inner)),
        st.builds(power, inner, st.sampled_from([2, 3])),
        st.builds(lambda name, a: Apply(name, (a,)), smooth, inner),
        st.builds(lambda name, a, b, c: Apply(name, (a, b, c)), st.sampled_from(["max", "min"]), inner, inner, inner),
        st.builds(lambda a, c, b: Apply("cases", (a, c, b)), inner, condition, inner),
        st.builds(lambda a, c: mul(a, Apply("indicator", (c,))), inner, condition),
    )


formulas = st.recursive(_LEAVES, _compound, max_leaves=7)


def confirmed(key: Node, of: Node, wrt: list[str], graph: Graph) -> bool:
    """Whether the key was confirmed; a formula with too few points is no example."""
    try:
        return confirm(key, of, wrt, graph, {}).points >= 8
    except DerivationError as error:
        assert "not confirmed" not in str(error), f"{printer.plain(of)}: {error}"
        return False


@given(formulas, st.sampled_from([["x"], ["w"], ["x", "x"], ["x", "w"]]))
def test_own_rules_agree_with_central_differences(formula: Node, wrt: list[str]) -> None:
    confirmed(derivative(formula, [Symbol(name) for name in wrt]), formula, wrt, Graph({}))


@settings(max_examples=25)
@given(formulas, formulas, st.sampled_from([("x",), ("w",), ("x", "w")]))
def test_derived_keys_are_confirmed_or_refused(inner: Node, outer: Node, wrt: tuple[str, ...]) -> None:
    definitions = {"a": inner, "f": add(outer, mul(Symbol("a"), Symbol("x")), power(Symbol("a"), 2))}
    try:
        derived = derive(Request("derivative", (Symbol("f"),), wrt, definitions))
    except DerivationError as error:
        assert "not confirmed" not in str(error), {name: printer.plain(node) for name, node in definitions.items()}
        return
    text = printer.plain(derived.tree)
    assert printer.plain(read(text, Names(map(Variable, "xwaf")))) == text
    assert not {node.op for node in derived.tree.walk() if isinstance(node, Apply)} & {"derivative", "gradient"}


def test_a_wrong_key_is_never_confirmed() -> None:
    loss, graph = Symbol("L"), NETWORK.graph
    for wrong in ("(yhat - y) w v [g > 0]", "w x (yhat - y)", "w x (y - yhat) [g > 0]", "w x (yhat - y) [g < 0]"):
        with pytest.raises(DerivationError, match="not confirmed: at .* it gives"):
            confirm(NETWORK.read(wrong), loss, ["v"], graph, {})


def test_keys_are_refused_where_no_point_can_be_found() -> None:
    with pytest.raises(DerivationError, match="check the domains"):
        confirm(Number(0), Apply("log", (Apply("neg", (power(Symbol("x"), 2),)),)), ["x"], Graph({}), {})


# numbers that another program computed


def test_gradients_agree_with_pytorch() -> None:
    oracle = json.loads((TESTS / "oracles" / "scalars_torch.json").read_text(encoding="utf-8"))
    for entry in oracle:
        problem = Problem(entry["variables"], entry["given"])
        for name, wanted in entry["gradient"].items():
            found = resolve(problem.read(f"d{entry['of']}/d{name}"), problem.graph)
            point = {variable: Fraction(value) for variable, value in entry["at"].items()}
            value = value_at(problem.graph.expand(found), point)
            assert value is not None
            assert float(value) == pytest.approx(wanted, rel=1e-9, abs=1e-12), f"{entry['case']}: {name}"


# steps, optimisers, crossing to another process


def test_steps_of_the_midterm(pool: Derivations, golden: Any) -> None:
    derived = pool.derive(NETWORK.request("gradient", "L", "v", "w"))
    told = [f"{step.rule:30} {step.text}" for step in solution(derived, NETWORK.definitions, NETWORK.domains)]
    golden("calculus_steps.txt", "\n".join(told) + "\n")


def test_requests_and_keys_cross_as_json(pool: Derivations) -> None:
    request = NETWORK.request("hessian", "L", "v", "w")
    assert request_from_json(json.loads(json.dumps(request_to_json(request)))) == request
    derived = pool.derive(request)
    assert derived_from_json(json.loads(json.dumps(derived_to_json(derived)))) == derived


@given(formulas)
def test_trees_cross_as_lists(formula: Node) -> None:
    assert decode(json.loads(json.dumps(encode(formula)))) == formula


@pytest.mark.parametrize(
    "items",
    [
        None, {}, [], [[]], ["x"], [["s"]], [["s", ""]], [["s", 1]], [["n", "1/0"]], [["n", "1e9"]], [["n", "1", -1]],
        [["c", "tau"]], [["q", "x"]], [["a", "add"]], [["a", "add", 0]], [["s", "x"], ["a", "add", 1]],
        [["s", "x"], ["a", "add", -1]], [["s", "x"], ["a", "add", True]], [["s", "x"], ["a", "__class__", 0]],
        [["s", "x"], ["s", "y", 0]], [["s", "x"], *(["a", "add", place, place] for place in range(40))],
        [["s", "x"], *(["a", "neg", place] for place in range(1000))],
    ],
)  # fmt: skip
def test_damaged_lists_are_refused(items: object) -> None:
    with pytest.raises(ValueError, match=r"encoded|nowhere"):
        decode(items)


def test_shared_formulas_are_written_once() -> None:
    node: Node = Symbol("x")
    for _ in range(15):
        node = Apply("add", (node, node))
    assert len(encode(node)) == 16
    assert decode(encode(node)) == node


def test_deep_networks_stay_in_their_names() -> None:
    definitions: dict[str, Node] = {"h0": Symbol("x")}
    for level in range(1, 25):
        definitions[f"h{level}"] = Apply("tanh", (mul(Symbol("w"), Symbol(f"h{level - 1}")),))
    derived = derive(Request("derivative", (Symbol("h24"),), ("h20",), definitions))
    slopes = "*".join(f"(1 - h{level}^2)" for level in range(21, 25))
    assert printer.plain(derived.tree) == f"w^4*{slopes}"


def test_keys_do_not_depend_on_the_hash_seed() -> None:
    program = (
        "from test_calculus import NETWORK; from examgrad.calculus.scalar import derive; "
        "from examgrad.formula.printer import plain; "
        "print(plain(derive(NETWORK.request('hessian', 'L', 'v', 'w')).tree))"
    )
    path = f"{TESTS}{':' if sys.platform != 'win32' else ';'}{TESTS.parent}"
    printed = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONPATH": path, "PYTHONHASHSEED": seed}, capture_output=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1
    assert b"[g > 0]" in printed.pop()


def test_a_derivation_over_its_time_is_stopped_and_the_next_one_works() -> None:
    with Derivations(limit=0.01) as pool, pytest.raises(DerivationError, match="not derived within 0.01 seconds"):
        pool.derive(NETWORK.request("gradient", "L", "w"))
    with Derivations() as pool:
        pool.derive(NETWORK.request("gradient", "L", "w"))
        pool.close()
        assert printer.plain(pool.derive(NETWORK.request("gradient", "L", "w")).tree) == "h*(yhat - y)"


def test_the_process_ends_with_its_parent_or_with_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Derivations()
    pool.derive(NETWORK.request("gradient", "L", "w"))
    process = pool._process
    assert process is not None

    def interrupted(*args: Any, **options: Any) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(pool, "_answers", type("Queue", (), {"get": interrupted})())
    with pytest.raises(KeyboardInterrupt):
        pool.derive(NETWORK.request("gradient", "L", "w"))
    assert process.poll() is not None

    other = Derivations()
    other.derive(NETWORK.request("gradient", "L", "w"))
    orphan = other._process
    assert orphan is not None
    assert orphan.stdin is not None
    orphan.stdin.close()  # as when the parent is gone
    assert orphan.wait(timeout=30) == 0
    other.close()


def test_a_process_that_dies_is_an_error_in_words() -> None:
    pool = Derivations()
    started = pool._started()
    started.kill()
    started.wait()
    with pytest.raises(DerivationError, match="ended unexpectedly"):
        pool.derive(NETWORK.request("gradient", "L", "w"))


def test_sympy_is_not_imported_for_checking() -> None:
    program = (
        "import sys, examgrad.calculus.bounded, examgrad.calculus.steps, examgrad.calculus.differentiate, "
        "examgrad.calculus.optimisers; sys.exit('sympy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=TESTS.parent).returncode == 0
