"""The one tree that all notations are read into.

A formula is a :class:`Number`, a :class:`Constant`, a :class:`Symbol` or an :class:`Apply` of an operation to
formulas. Nodes are immutable and hashable; two nodes are equal when they say the same, wherever they stand in
a text (``span`` is not compared). Everything that is not a leaf is an ``Apply``:

=================  ==================================================================================
``op``             ``args``
=================  ==================================================================================
``add`` ``mul``    two or more terms or factors; ``mul`` of arrays is the matrix product
``neg`` ``div``    one; numerator and denominator
``pow``            base and exponent; ``hadamard_power`` likewise, entry by entry of a matrix: ``A.^2``
``hadamard``       the element-wise product of two arrays
``transpose``      one array; ``inverse`` likewise: ``A^-1`` of what is seen to be a matrix, and ``inv(A)``. Where it
                   is not seen, ``A^-1`` stays a ``pow``
``identity``       nothing: ``I``, of the size that fits; ``eye`` has its size. ``ones`` of nothing likewise: ``𝟏``
``array``          the entries of a vector, or the rows (``array`` nodes) of a matrix
``set``            the elements of ``{a, b}``, as they were written; only whole formulas are sets
``entry``          an array and its positions, counted from 1
``row`` ``column``  a matrix and one position: ``X_i`` as a column, as samples are on paper, and ``W_{:,j}``
``components``     the formula for one entry of an array, then each of its indices with the last value that it has:
                   ``[i = j] x_k for i, j = 1..m, k = 1..d``; the indices are bound
``cases``          value, condition, value, condition, …, and last the value otherwise (it may be absent)
``indicator``      a condition: 1 where it holds, 0 elsewhere
``lt le gt ge``    two sides; a condition. ``eq`` and ``ne`` likewise
``and or not``     conditions
``derivative``     what is differentiated, then the variables one by one (twice for a second derivative);
                   no variable list, ``gradient`` instead, where ∇ was written
``sum``            index symbol, first, last, body; or an array, and perhaps an axis
``mean`` ``amax``  an array, and perhaps an axis (a number; of ``norm`` it is the third, behind the order)
``equation``       the sides of ``a = b = c``
``exp`` ``log`` …  the functions of :mod:`examgrad.formula.functions`
=================  ==================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Final

Span = tuple[int, int]
"""Start and end offset of a node in the text it was read from."""

RELATIONS: Final = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})
CONDITIONS: Final = RELATIONS | {"and", "or", "not"}


class Node:
    """A formula; see the module's table for what there is."""

    __slots__ = ("_hash", "span")

    span: Span | None
    _hash: int
    args: tuple[Node, ...] = ()

    def _content(self) -> tuple[object, ...]:
        raise NotImplementedError

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            self._hash = hash(self._content())
            return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented if not isinstance(other, Node) else False
        return self._content() == other._content()  # tells most apart at once; a hash would walk all of both

    def walk(self) -> Iterator[Node]:
        """This node and all below it, parents before children, left to right."""
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.args))

    def symbols(self) -> frozenset[str]:
        """The names of all symbols in it, bound indices of sums included."""
        found: set[str] = set()
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            if type(node) is Symbol:
                found.add(node.name)
            else:
                stack.extend(node.args)
        return frozenset(found)

    def operations(self) -> set[str]:
        """The operations in it; that of a constant is ``constant``."""
        found: set[str] = set()
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            if type(node) is Apply:
                found.add(node.op)
                stack += node.args
            elif type(node) is Constant:
                found.add("constant")
        return found

    def size(self) -> int:
        """How many nodes it has."""
        return sum(1 for _ in self.walk())


@lru_cache(maxsize=256)
def _fraction(value: Fraction | int) -> Fraction:
    return Fraction(value)


class Number(Node):
    """An exact rational number. ``places`` is how many decimals it was written with, where it was a decimal."""

    __slots__ = ("places", "value")

    def __init__(self, value: Fraction | int, span: Span | None = None, places: int | None = None) -> None:
        self.value: Final = value if type(value) is Fraction else _fraction(value)
        self.places: Final = places
        self.span = span

    def _content(self) -> tuple[object, ...]:
        return ("number", self.value)

    def __repr__(self) -> str:
        top, bottom = self.value.as_integer_ratio()
        return f"Number({top})" if bottom == 1 else f"Number({top}/{bottom})"


class Constant(Node):
    """A named number: ``pi``, ``e``, ``i`` (the imaginary unit) or ``inf``."""

    __slots__ = ("name",)

    def __init__(self, name: str, span: Span | None = None) -> None:
        self.name: Final = name
        self.span = span

    def _content(self) -> tuple[object, ...]:
        return ("constant", self.name)

    def __repr__(self) -> str:
        return f"Constant({self.name})"


class Symbol(Node):
    """A variable or a defined quantity, by its canonical name (see :mod:`examgrad.formula.names`)."""

    __slots__ = ("name",)

    def __init__(self, name: str, span: Span | None = None) -> None:
        self.name: Final = name
        self.span = span

    def _content(self) -> tuple[object, ...]:
        return ("symbol", self.name)

    def __repr__(self) -> str:
        return f"Symbol({self.name})"


class Apply(Node):
    """An operation applied to its arguments."""

    __slots__ = ("args", "op")

    def __init__(self, op: str, args: tuple[Node, ...], span: Span | None = None) -> None:
        self.op: Final = op
        self.args = args
        self.span = span

    def _content(self) -> tuple[object, ...]:
        return (self.op, self.args)

    def __repr__(self) -> str:
        return f"{self.op}({', '.join([arg.__repr__() for arg in self.args])})"  # repr(arg) takes longer


ZERO: Final = Number(0)
ONE: Final = Number(1)
MINUS_ONE: Final = Number(-1)
TWO: Final = Number(2)
HALF: Final = Number(Fraction(1, 2))


def number(value: Fraction | int) -> Number:
    """``value`` as a node."""
    return Number(value)


def is_number(node: Node, value: int | None = None) -> bool:
    """Whether the node is a number, and that very one if ``value`` is given."""
    return isinstance(node, Number) and (value is None or node.value == value)


def add(*terms: Node) -> Node:
    """Their sum, flattened, with the numbers collected and zeros dropped."""
    flat: list[Node] = []
    constant = Fraction(0)
    for term in terms:
        for item in term.args if isinstance(term, Apply) and term.op == "add" else (term,):
            if isinstance(item, Number):
                constant += item.value
            else:
                flat.append(item)
    if constant:
        flat.append(Number(constant))
    if not flat:
        return ZERO
    return flat[0] if len(flat) == 1 else Apply("add", tuple(flat))


def mul(*factors: Node) -> Node:
    """Their product, flattened, with the numbers collected in front and ones dropped; zero if one is zero."""
    flat: list[Node] = []
    constant = Fraction(1)
    stack = list(reversed(factors))
    while stack:
        item = stack.pop()
        if isinstance(item, Number):
            constant *= item.value
        elif isinstance(item, Apply) and item.op == "mul":
            stack.extend(reversed(item.args))
        elif isinstance(item, Apply) and item.op == "neg":
            constant = -constant
            stack.append(item.args[0])
        else:
            flat.append(item)
    if not constant:
        return ZERO
    if not flat:
        return Number(constant)
    if constant == -1:
        return Apply("neg", (flat[0] if len(flat) == 1 else Apply("mul", tuple(flat)),))
    if constant != 1:
        flat.insert(0, Number(constant))
    return flat[0] if len(flat) == 1 else Apply("mul", tuple(flat))


def neg(node: Node) -> Node:
    """Minus the node."""
    return mul(MINUS_ONE, node)


def sub(left: Node, right: Node) -> Node:
    """``left - right``."""
    return add(left, neg(right))


def div(numerator: Node, denominator: Node) -> Node:
    """Their quotient; numbers are divided at once, but never by zero."""
    if is_number(denominator, 1) or is_number(numerator, 0):
        return numerator
    if isinstance(numerator, Number) and isinstance(denominator, Number) and denominator.value:
        return Number(numerator.value / denominator.value)
    return Apply("div", (numerator, denominator))


def power(base: Node, exponent: Node | int) -> Node:
    """``base`` to the ``exponent``; the exponents 0 and 1 are carried out, and no other."""
    if isinstance(exponent, int):
        exponent = Number(exponent)
    if is_number(exponent, 1):
        return base
    if is_number(exponent, 0):
        return ONE
    return Apply("pow", (base, exponent))


def rebuild(node: Node, args: tuple[Node, ...]) -> Node:
    """The node with other arguments, as written: nothing is simplified."""
    if not isinstance(node, Apply) or all(new is old for new, old in zip(args, node.args, strict=True)):
        return node
    return Apply(node.op, args, node.span)


def replaced(node: Node, old: Node, new: Node) -> Node:
    """The formula with one of its nodes, that very one, replaced."""
    if node is old:
        return new
    return rebuild(node, tuple(replaced(arg, old, new) for arg in node.args)) if node.args else node


def transform(node: Node, change: Callable[[Node], Node]) -> Node:
    """``change`` applied to every node, children first."""
    if node.args:
        node = rebuild(node, tuple(transform(arg, change) for arg in node.args))
    return change(node)


def at_index(body: Node, index: str, value: int) -> Node:
    """A sum's term at one value of its index; ``x_i`` of names that nobody declared is ``x1`` there."""
    cut = 1 + len(index)
    values: dict[str, Node] = {
        name: Symbol(f"{name[:-cut]}{value}") for name in body.symbols() if name.endswith("_" + index)
    }
    return substitute(body, {**values, index: Number(value)})


def substitute(node: Node, values: Mapping[str, Node]) -> Node:
    """The formula with symbols replaced, all at once (a value is not searched again).

    The index of a sum hides what is called like it in the sum's term; the sum's bounds are read outside.
    """
    if isinstance(node, Symbol):
        return values.get(node.name, node)
    if not values or not isinstance(node, Apply) or not node.args:
        return node
    index = node.args[0]
    if isinstance(index, Symbol) and index.name in values and len(node.args) == 4 and node.op == "sum":
        others = {name: value for name, value in values.items() if name != index.name}
        bounds = (substitute(bound, values) for bound in node.args[1:3])
        return rebuild(node, (index, *bounds, substitute(node.args[3], others)))
    return rebuild(node, tuple([substitute(arg, values) for arg in node.args]))


def settled(node: Node) -> Node:
    """The formula with ``[1 = 2]`` and such cases carried out, and the products and sums that they stand in."""
    return transform(node, _settled)


def _settled(item: Node) -> Node:
    if not isinstance(item, Apply):
        return item
    if item.op == "indicator" and (holds := _holds(item.args[0])) is not None:
        return ONE if holds else ZERO
    if item.op == "cases" and len(item.args) > 1 and (holds := _holds(item.args[1])) is not None:
        return item.args[0] if holds else _settled_rest(item)
    if item.op == "mul" and any(is_number(arg, 0) for arg in item.args):
        return ZERO
    if item.op in ("entry", "transpose") and is_number(item.args[0], 0):  # of what was an array times zero
        return ZERO
    if item.op == "mul" and any(is_number(arg, 1) for arg in item.args):
        factors = tuple(arg for arg in item.args if not is_number(arg, 1))
        return ONE if not factors else factors[0] if len(factors) == 1 else Apply("mul", factors, item.span)
    if item.op == "add" and any(is_number(arg, 0) for arg in item.args):
        return add(*(arg for arg in item.args if not is_number(arg, 0)))
    return item


def _settled_rest(cases: Apply) -> Node:
    """The cases behind the first; a last one stays, for what is elsewhere is not said."""
    rest = cases.args[2:]
    if not rest:
        return cases
    return rest[0] if len(rest) == 1 else _settled(Apply("cases", rest, cases.span))


def _holds(condition: Node) -> bool | None:
    """Whether two numbers are equal, or are not; ``None`` for any other condition."""
    if isinstance(condition, Apply) and condition.op in ("eq", "ne"):
        one, other = condition.args
        if isinstance(one, Number) and isinstance(other, Number):
            return (one.value == other.value) == (condition.op == "eq")
    return None
