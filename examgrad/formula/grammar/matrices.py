"""What is written of vectors and matrices only: transposes, inverses, inner and outer products, entries, norms."""

from __future__ import annotations

import re
from typing import Final

from examgrad.formula.functions import ARGUMENTS, FUNCTIONS
from examgrad.formula.grammar.derivatives import Derivatives
from examgrad.formula.grammar.stream import as_operand, as_value, start_of, times
from examgrad.formula.lexemes import Token
from examgrad.formula.outline import Outline, outline
from examgrad.formula.tree import Apply, Node, Number, Symbol

_ONE: Final = Number(1)
_REWRITTEN: Final = frozenset({"logsoftmax", "dot", "inner", "outer"})
_DOTS: Final = ("·", "⋅", "∙", "•", "\\cdot")
_ABSENT: Final = {"ord": Number(2), "stride": Number(1)}
_NAMED: Final = ("name", "function", "letter", "keyword")
_AXIS: Final = ("", "axis")
_POSITIONS = re.compile(r"\d{1,9}|[^\W\d_]|:")
ONES: Final = Apply("ones", ())


class Matrices(Derivatives):
    """Reads what only arrays have. All of it asks what an operand is, as far as that is seen: :mod:`outline`."""

    def _outline(self, node: Node) -> Outline | None:
        """The sizes of an operand as far as they are seen; nothing but a number where the problem has no arrays."""
        if not self.names.arrays and not (isinstance(node, Apply) and node.op != "pow"):
            return ()
        return outline(node, self.names.variables)

    def _is_matrix(self, node: Node) -> bool:
        return len(self._outline(node) or ()) == 2

    # powers

    def _transpose_of(self, node: Node, end: int, sign: str = "T") -> Node:
        """``Aᵀ``, ``A⁻ᵀ``; ``1ᵀ`` is the row of ones, since the transpose of a number would say nothing."""
        span = (start_of(node), end)
        if isinstance(node, Number) and node.value in (1, 11) and node.places is None:
            row = Apply("transpose", (ONES,), span)
            return row if node.value == 1 else Apply("mul", (ONES, row), span)
        if sign == "-T":
            node = Apply("inverse", (node,), span)
        return Apply("transpose", (node,), span)

    def _take_transpose(self, literal: bool) -> str:
        """``T`` or ``-T`` if the exponent that stands next is one, with or without brackets; then it is consumed.

        A T that is a name is one only above an array (``literal``)."""
        at = self.at
        opened = self.tokens[at].kind in ("{", "(")
        at += opened
        minus = self.tokens[at].kind == "-"
        at += minus
        token = self.tokens[at]
        letters = ("letter", "name") if literal else ("letter",)
        if token.kind != "⊤" and not (token.kind in letters and token.value == "T"):
            return ""
        if opened and self.tokens[at + 1].kind not in ("}", ")"):
            return ""
        self.at = at + 1 + opened
        return "-T" if minus or token.value == "-T" else "T"

    def _raised(self, base: Node, exponent: Node) -> Node:
        """``A^n``; the power -1 of a matrix is its inverse."""
        span = (start_of(base), self.end())
        if type(exponent) is Number:
            inverted = exponent.value == -1
        else:
            inverted = type(exponent) is Apply and exponent.op == "neg" and exponent.args[0] == _ONE
        if inverted and self._is_matrix(base):
            return Apply("inverse", (base,), span)
        return Apply("pow", (base, exponent), span)

    def _elementwise_power(self, base: Node, exponent: Node) -> Node:
        """``A.^2``, ``A^{∘2}``: entry by entry, which every power but a matrix's is anyway."""
        span = (start_of(base), self.end())
        sizes = self._outline(base)
        single = sizes is not None and len(sizes) < 2
        return Apply("pow" if single else "hadamard_power", (base, exponent), span)

    def _sample(self, base: Node) -> Node | None:
        """``x^{(i)}`` under a sum over i: the i-th sample, of an array; consumed if it is that."""
        kinds = [token.kind for token in self.tokens[self.at : self.at + 5]]
        index = self.tokens[self.at + 2] if len(kinds) == 5 else None
        if kinds != ["{", "(", "name", ")", "}"] or index is None or index.value not in self.indices:
            return None
        sizes = self._outline(base)
        if not sizes or len(sizes) > 2:
            return None
        self.at += 5
        position = Symbol(index.value, (index.start, index.end))
        return Apply("row" if len(sizes) == 2 else "entry", (base, position), (start_of(base), self.end()))

    # entries

    def _indexed(self, left: Node) -> Node:
        """The entry of a formula, ``softmax(W x)_1``, ``(A B)_{ij}``, or its row or column."""
        token, left = self.token, as_operand(left)
        sizes = outline(left, self.names.variables)
        if not sizes:
            raise self.error("only the entries of vectors and matrices are numbered", token)
        self.at += 1
        text = str(token.value)
        parts = [part.strip() for part in re.split(r"[,\s]\s*", text)] if re.search(r"[,\s]", text) else [text]
        if len(parts) == 1 and len(text) == len(sizes) > 1:
            parts = list(text)
        if len(parts) not in (1, len(sizes)) or not all(_POSITIONS.fullmatch(part) for part in parts):
            raise self.error("this is no place in an array", token, expected="numbers from 1, or letters")
        if len(parts) == 1 and len(sizes) == 2 and sizes[0] == 1:
            parts = ["1", *parts]  # an entry of a row
        return taken(left, parts, (start_of(left), token.end), len(sizes))

    # products

    def _is_dot(self, token: Token) -> bool:
        return self.names.arrays and self.text.startswith(_DOTS, token.start)

    def _dotted(self, factors: list[Node], dots: list[int]) -> Node:
        """A product with dots in it: the dot between two columns is their inner product."""
        groups = [factors[start:end] for start, end in zip([0, *dots], [*dots, len(factors)], strict=True)]
        found = groups[0]
        for group in groups[1:]:
            left, right = (self._outline(times(part)) for part in (found, group))
            if left is not None and right is not None and len(left) == len(right) == 1:
                scalars = [item for item in found if self._outline(item) == ()]
                arrays = [item for item in found if self._outline(item) != ()]
                found = [*scalars, Apply("transpose", (times(arrays),)), *group]
            else:
                found = [*found, *group]
        return times(found)

    def _inner(self, left: Node, right: Node, span: tuple[int, int]) -> Node:
        """``⟨a, b⟩``: aᵀ b of columns, tr(Aᵀ B) of matrices."""
        product = Apply("mul", (Apply("transpose", (left,)), right), span)
        return Apply("tr", (product,), span) if self._is_matrix(left) and self._is_matrix(right) else product

    def _outer(self, left: Node, right: Node, token: Token) -> Node:
        """``a ⊗ b``: a bᵀ of columns."""
        if self._is_matrix(left) or self._is_matrix(right):
            raise self.error("the Kronecker product of matrices is not read", token, help="write x yᵀ for columns")
        return Apply("mul", (left, Apply("transpose", (right,))), (start_of(left), self.end()))

    def _read_angle(self, token: Token, binding: int) -> Node:
        """``⟨a, b⟩``."""
        bars, self.bars = self.bars, []
        left = as_value(self.expression())
        self.expect(",")
        right = as_value(self.expression())
        self.expect("⟩", token)
        self.bars = bars
        return self._inner(left, right, (token.start, self.end()))

    # norms and bars

    def _norm(self, inner: Node, token: Token) -> Node:
        """A norm with the index behind it; that of Frobenius is the norm of all entries, as without an index."""
        args: tuple[Node, ...] = (inner,)
        if self.take("_"):
            at = self.at + (self.kind() == "{")
            if self.tokens[at].kind in ("letter", "name") and self.tokens[at].value == "F":
                self.at = at + 1
                if self.tokens[at - 1].kind == "{":
                    self.expect("}")
            else:
                args = (inner, self.script())
        return Apply("norm", args, (token.start, self.end()))

    def _between_bars(self, inner: Node, token: Token) -> Node:
        """``|x|``: an absolute value, of a square matrix the determinant."""
        sizes = self._outline(inner) if self.names.arrays else ()
        square = sizes is not None and len(sizes) == 2 and sizes[0] == sizes[1]
        return Apply("det" if square else "abs", (inner,), (token.start, self.end()))

    # functions

    def _named_arguments(self, name: str, closing: str, token: Token) -> tuple[Node, ...]:
        """What stands between a function's brackets, what is given by name at its place."""
        args: list[Node] = []
        named: dict[str, Node] = {}
        while self.tokens[self.at].kind != closing or args or named:
            if self.kind(1) == "=" and self.kind() in _NAMED:
                self._named_argument(name, args, named)
            else:
                args.append(as_value(self.expression()))
            if not self.take(","):
                break
        if named:
            self._place(name, args, named, token)
        if len(args) > 1 and (name == "sum" or FUNCTIONS[name].of_arrays):
            args[1:] = [_folded(arg) for arg in args[1:]]
        return tuple(args)

    def _named_argument(self, name: str, args: list[Node], named: dict[str, Node]) -> None:
        """``axis=0``; a name that is no argument's says nothing, as in ``sum(i=1, …)``."""
        word = self.token
        self.at += 2
        value = as_value(self.expression())
        key = ARGUMENTS.get(str(word.value), "")
        if key and key in _arguments_of(name):
            named[key] = value
        elif word.kind == "keyword":
            raise self.error(f"{name} has no argument {word.value}", word)
        else:
            args.append(value)

    def _place(self, name: str, args: list[Node], named: dict[str, Node], token: Token) -> None:
        """Put what was given by name at its place among the arguments."""
        if name in ("max", "min"):
            self.along = _folded(named.pop("axis")) if "axis" in named else None
        for place in _arguments_of(name)[len(args) :] if named else ():
            found = named.pop(place) if place in named else _ABSENT.get(place)
            if found is None:
                raise self.error(f"{name} needs its {place or 'first argument'}", token)
            args.append(found)
            if not named:
                break
        if named:
            raise self.error(f"{next(iter(named))} is given twice", token)

    def _called(self, name: str, args: tuple[Node, ...], span: tuple[int, int], token: Token) -> Node:
        """A function of arrays as the tree has it: what is another way to write something becomes that."""
        if name not in _REWRITTEN:
            return Apply(name, args, span)
        if name == "logsoftmax":
            return Apply("log", (Apply("softmax", args, span),), span)
        if name in ("dot", "inner"):
            return self._inner(args[0], args[1], span)
        return self._outer(args[0], args[1], token)


def taken(base: Node, parts: list[str], span: tuple[int, int], axes: int) -> Node:
    """The entry of an array at the places that an index names; a row of a matrix where it names one."""
    if isinstance(base, Apply) and base.op == "row" and len(parts) == 1:
        return Apply("entry", (*base.args, position(parts[0])), span)
    if len(parts) == 1 and axes == 2:
        return Apply("row", (base, position(parts[0])), span)
    if ":" in parts:
        if axes != 2 or parts == [":", ":"]:
            return base
        at = parts.index(":")
        return Apply("row" if at else "column", (base, position(parts[1 - at])), span)
    return Apply("entry", (base, *map(position, parts)), span)


def position(part: str) -> Node:
    """One place in an index."""
    return Number(int(part)) if part.isdecimal() else Symbol(part)


def _arguments_of(name: str) -> tuple[str, ...]:
    """What the arguments of a function may be called."""
    return _AXIS if name in ("sum", "max", "min") else FUNCTIONS[name].arguments


def _folded(node: Node) -> Node:
    """A number with its sign in it: -1 as an axis is one number."""
    if isinstance(node, Apply) and node.op == "neg" and isinstance(node.args[0], Number):
        return Number(-node.args[0].value, node.span)
    return node
