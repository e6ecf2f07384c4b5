"""What is to be derived, and a derivation as a value: the edges of the graph with their local derivatives.

Nothing here computes: :mod:`examgrad.calculus.scalar` makes derivations, :mod:`examgrad.calculus.steps` tells
them as a worked solution. Both cross to another process and into a cache as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from examgrad.errors import DerivationError
from examgrad.formula.codec import decode, encode
from examgrad.formula.names import Domain
from examgrad.formula.shapes import Shape
from examgrad.formula.tree import Apply, Node, Symbol

Asked = Literal["derivative", "gradient", "jacobian", "hessian"]


class Verified(NamedTuple):
    """How a derived key was confirmed by an independent route, and at how many points."""

    method: str
    points: int = 0


class Step(NamedTuple):
    """One step of a worked solution: the rule by name, and what it gives."""

    rule: str
    text: str
    latex: str = ""
    unicode: str = ""


class Edge(NamedTuple):
    """One edge of the graph: the local derivative ∂of/∂wrt, every other name in it taken as independent.

    ``of`` is empty where a formula itself is differentiated, not a name.
    """

    of: str
    wrt: str
    local: Node


class Stage(NamedTuple):
    """One differentiation of ``of`` (a name, or the formula that the stage before gave) by ``wrt``.

    ``adjoints`` are the derivatives of ``of`` by the names on the way to ``wrt``, as backpropagation finds them;
    ``product`` is the chain rule multiplied out along the edges, ``result`` the same, simplified.
    """

    of: Node
    wrt: str
    edges: tuple[Edge, ...]
    adjoints: tuple[tuple[str, Node], ...]
    product: Node
    result: Node


class Derivation(NamedTuple):
    """A derivative of any order, one stage for each differentiation."""

    of: Node
    wrt: tuple[str, ...]
    stages: tuple[Stage, ...]
    verified: Verified

    @property
    def result(self) -> Node:
        """The derivative, in the problem's names."""
        return self.stages[-1].result


@dataclass(frozen=True)
class Request:
    """A key to derive, with all it depends on.

    ``of`` is one formula (or name), several for a Jacobian; ``wrt`` are names. A derivative is taken by all of
    them in turn; gradient, Jacobian and Hessian have an entry for each. ``shapes`` are those of all names that are
    arrays; where there are any, the key is a matrix expression.
    """

    asked: Asked
    of: tuple[Node, ...]
    wrt: tuple[str, ...]
    definitions: Mapping[str, Node]
    domains: Mapping[str, Domain] = field(default_factory=dict)
    shapes: Mapping[str, Shape] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.of or not self.wrt:
            raise DerivationError(f"a {self.asked} needs something to differentiate, and names to differentiate by")
        if len(self.of) > 1 and self.asked != "jacobian":
            raise DerivationError(f"a {self.asked} is taken of one thing, a jacobian of several")

    def entries(self) -> list[tuple[Node, tuple[str, ...]]]:
        """The single derivatives the key is made of; a Hessian's upper triangle, row by row."""
        if self.asked == "derivative":
            return [(self.of[0], self.wrt)]
        if self.asked == "hessian":
            return [(self.of[0], pair) for pair in _upper(self.wrt)]
        return [(of, (name,)) for of in self.of for name in self.wrt]

    def assembled(self, entries: Sequence[Node]) -> Node:
        """The key made of its entries: a scalar, a column (gradient) or a matrix, rows being ``of``."""
        if len(entries) == 1:
            return entries[0]
        if self.asked == "gradient":
            return Apply("array", tuple(entries))
        width = len(self.wrt)
        if self.asked == "hessian":
            known = dict(zip(_upper(range(width)), entries, strict=True))
            rows = [[known[min(i, j), max(i, j)] for j in range(width)] for i in range(width)]
        else:
            rows = [list(entries[at : at + width]) for at in range(0, len(entries), width)]
        return Apply("array", tuple(Apply("array", tuple(row)) for row in rows))


def _upper(items: Sequence[Any]) -> list[tuple[Any, Any]]:
    return [(items[i], items[j]) for i in range(len(items)) for j in range(i, len(items))]


Where = tuple[tuple[Node, Node], ...]
"""Gradients that are named (∂L/∂h), each with its formula."""


class Pull(NamedTuple):
    """One edge walked backwards, from ``user`` to a name that its equation uses.

    ``given`` is what goes to the gradient by that name, with the gradient by ``user`` named (∂L/∂user), ``so_far``
    the same with that gradient as it was found. ``local`` is the Jacobian ∂user/∂name, where that is a matrix and
    means one thing only.
    """

    user: str
    given: Node
    so_far: Node
    local: Node | None = None


class Adjoint(NamedTuple):
    """One station of backpropagation: the gradient of ``of`` by ``name``, in its shape.

    ``rule`` is the operation that ``name`` is defined by, or what was asked for; ``pulls`` are the edges over which
    the gradient comes, which it is the sum of.
    """

    rule: str
    of: Node
    name: str
    node: Node
    pulls: tuple[Pull, ...] = ()

    @property
    def quotient(self) -> Apply:
        """The gradient as it is named: ∂of/∂name."""
        return Apply("derivative", (self.of, Symbol(self.name)))


class Derived(NamedTuple):
    """A derived and verified key: its formula and the derivation of every entry.

    A key in matrix notation has ``adjoints`` instead, from the loss backwards, and how it was ``confirmed``. One that
    would be too long in the problem's names alone names gradients on the way (∂L/∂h): ``where`` has the formula of
    each, in an order in which each uses only those before it.
    """

    tree: Node
    derivations: tuple[Derivation, ...]
    adjoints: tuple[Adjoint, ...] = ()
    confirmed: Verified | None = None
    where: Where = ()

    @property
    def verified(self) -> Verified:
        """What all entries were confirmed by, at the fewest points that any of them had."""
        if self.confirmed is not None:
            return self.confirmed
        return min((item.verified for item in self.derivations), key=lambda verified: verified.points)


# as JSON


def request_to_json(request: Request) -> dict[str, object]:
    """The request in lists, texts and numbers."""
    return {
        "asked": request.asked,
        "of": [encode(node) for node in request.of],
        "wrt": list(request.wrt),
        "definitions": [[name, encode(node)] for name, node in request.definitions.items()],
        "domains": {name: _domain_to_json(domain) for name, domain in sorted(request.domains.items())},
        "shapes": {name: list(shape) for name, shape in sorted(request.shapes.items())},
    }


def request_from_json(data: Mapping[str, Any]) -> Request:
    """What :func:`request_to_json` wrote."""
    return Request(
        data["asked"],
        tuple(map(decode, data["of"])),
        tuple(data["wrt"]),
        {name: decode(node) for name, node in data["definitions"]},
        {name: _domain_from_json(domain) for name, domain in data["domains"].items()},
        {name: tuple(shape) for name, shape in data["shapes"].items()},
    )


def _domain_to_json(domain: Domain) -> list[object]:
    bounds = [None if bound is None else str(bound) for bound in (domain.low, domain.high)]
    return [*bounds, domain.low_open, domain.high_open, domain.integer, domain.complex, domain.structure]


def _domain_from_json(data: Sequence[Any]) -> Domain:
    low, high = (None if bound is None else Fraction(bound) for bound in data[:2])
    return Domain(low, high, *data[2:])


def derived_to_json(derived: Derived) -> dict[str, object]:
    """The derived key in lists, texts and numbers."""
    return {
        "tree": encode(derived.tree),
        "adjoints": [
            [
                item.rule,
                encode(item.of),
                item.name,
                encode(item.node),
                [[p.user, encode(p.given), encode(p.so_far), p.local and encode(p.local)] for p in item.pulls],
            ]
            for item in derived.adjoints
        ],
        "confirmed": list(derived.confirmed) if derived.confirmed else None,
        "where": where_to_json(derived.where),
        "derivations": [
            {
                "of": encode(item.of),
                "wrt": list(item.wrt),
                "verified": [item.verified.method, item.verified.points],
                "stages": [
                    {
                        "of": encode(stage.of),
                        "wrt": stage.wrt,
                        "edges": [[edge.of, edge.wrt, encode(edge.local)] for edge in stage.edges],
                        "adjoints": [[name, encode(node)] for name, node in stage.adjoints],
                        "product": encode(stage.product),
                        "result": encode(stage.result),
                    }
                    for stage in item.stages
                ],
            }
            for item in derived.derivations
        ],
    }


def derived_from_json(data: Mapping[str, Any]) -> Derived:
    """What :func:`derived_to_json` wrote; ``ValueError``, ``KeyError`` or ``TypeError`` for anything else."""
    derivations = tuple(
        Derivation(
            decode(item["of"]),
            tuple(item["wrt"]),
            tuple(
                Stage(
                    decode(stage["of"]),
                    stage["wrt"],
                    tuple(Edge(of, wrt, decode(local)) for of, wrt, local in stage["edges"]),
                    tuple((name, decode(node)) for name, node in stage["adjoints"]),
                    decode(stage["product"]),
                    decode(stage["result"]),
                )
                for stage in item["stages"]
            ),
            Verified(*item["verified"]),
        )
        for item in data["derivations"]
    )
    adjoints = tuple(
        Adjoint(
            rule,
            decode(of),
            name,
            decode(node),
            tuple(
                Pull(user, decode(given), decode(so_far), local and decode(local))
                for user, given, so_far, local in pulls
            ),
        )
        for rule, of, name, node, pulls in data["adjoints"]
    )
    confirmed = Verified(*data["confirmed"]) if data["confirmed"] else None
    return Derived(decode(data["tree"]), derivations, adjoints, confirmed, where_from_json(data["where"]))


def where_to_json(where: Where) -> list[object]:
    """Named gradients with their formulas, in lists, texts and numbers."""
    return [[encode(name), encode(node)] for name, node in where]


def where_from_json(data: Sequence[Any]) -> Where:
    """What :func:`where_to_json` wrote; ``ValueError`` or ``TypeError`` for anything else."""
    return tuple((decode(name), decode(node)) for name, node in data)
