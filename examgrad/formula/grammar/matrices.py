"""What is written of vectors and matrices only: entries, inner and outer products, norms."""

from __future__ import annotations

import re
from typing import Final

from examgrad.formula.functions import ARGUMENTS, FUNCTIONS
from examgrad.formula.grammar.derivatives import Derivatives
from examgrad.formula.grammar.stream import as_operand, as_value, start_of, times
from examgrad.formula.lexemes import Token
from examgrad.formula.tree import Apply, Node, Number, Symbol

_REWRITTEN: Final = frozenset({"logsoftmax", "dot", "inner", "outer", "diag"})
_DOTS: Final = ("·", "⋅", "∙", "•", "\\cdot")
_ABSENT: Final = {"ord": Number(2), "stride": Number(1)}
_NAMED: Final = frozenset({"name", "function", "letter", "keyword"})
"""What may be the name of an argument."""
_GOES_ON: Final = frozenset({"number", "^", "superscript", "_", "[", "{", "(", "frac", "index"})
"""What a 1 before it would belong to."""
_AXIS: Final = ("", "axis")
_POSITIONS = re.compile(r"\d{1,9}|[^\W\d_]|:")


class Matrices(Derivatives):
    """Reads what only arrays have. All of it asks what an operand is, as far as that is seen."""

    def _is_matrix(self, node: Node) -> bool:
        return len(self.shape(node) or ()) == 2

    # entries

    def _indexed(self, left: Node) -> Node:
        """The entry of a formula, ``softmax(W x)_1``, ``(A B)_{ij}``, or its row or column."""
        token, left = self.token, as_operand(left)
        sizes = self.shape(left)
        if sizes == () and "".join(sorted(str(token.value))) == token.value and set(token.value) <= left.symbols():
            self.at += 1
            return left  # [δ_i x_j]_{ij} is the matrix of these entries
        if not sizes:
            raise self.error("only the entries of vectors and matrices are numbered", token)
        self.at += 1
        text = str(token.value)
        parts = [part.strip() for part in re.split(r"[,\s]\s*", text)] if re.search(r"[,\s]", text) else [text]
        if len(parts) == 1 and len(text) == len(sizes) > 1:
            parts = list(text)
        if len(parts) not in (1, len(sizes)) or not all(_POSITIONS.fullmatch(part) for part in parts):
            help = "for labels write one-hot rows, Y ∘ log(P)" if "_" in text else ""
            raise self.error("this is no place in an array", token, expected="numbers from 1, or letters", help=help)
        if len(parts) == 1 and len(sizes) == 2 and sizes[0] == 1:
            parts = ["1", *parts]  # an entry of a row
        return taken(left, parts, (start_of(left), token.end), len(sizes))

    # products

    def _is_dot(self, start: int) -> bool:
        return self.text.startswith(_DOTS, start)

    def _dotted(self, factors: list[Node], dots: list[int]) -> Node:
        """A product with dots in it: the dot between two columns is their inner product."""
        groups = [factors[start:end] for start, end in zip([0, *dots], [*dots, len(factors)], strict=True)]
        found = groups[0]
        for group in groups[1:]:
            left, right = (self.shape(times(part)) for part in (found, group))
            if left is not None and right is not None and len(left) == len(right) == 1:
                scalars = [item for item in found if self.shape(item) == ()]
                arrays = [item for item in found if self.shape(item) != ()]
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
        bars, self.bars = self.bars, ()
        left = as_value(self.expression())
        self.expect(",")
        right = as_value(self.expression())
        self.expect("⟩", token)
        self.bars = bars
        return self._inner(left, right, (token.start, self.end()))

    def _is_ones(self, factors: list[Node]) -> bool:
        """Whether the 1 that stands next, behind a matrix or a row, is the column of ones: ``Dᵀ 1``."""
        token = self.token
        if not self.names.arrays or token.value != (1, None) or token.end - token.start != 1:
            return False
        if self.kind(1) == "number" and self.tokens[self.at + 1].value == (1, None) and self.kind(2) in ("^", "⊤"):
            return True  # 2 1 1^T
        return self.kind(1) not in _GOES_ON and len(self.shape(times(factors)) or ()) == 2

    def _behind_ones(self, factors: list[Node], right: Node) -> Node:
        """A factor; a 1 that stands alone before a row, ``1 bᵀ``, becomes the column of ones."""
        one = factors[-1]
        if len(factors) == 1 and isinstance(one, Number) and self.text[slice(*one.span or (0, 0))] == "1":
            shape = self.shape(right)
            if shape is not None and len(shape) == 2 and shape[0] == 1:
                factors[-1] = Apply("ones", (), one.span)
        return right

    # norms and bars

    def _norm(self, inner: Node, token: Token) -> Node:
        """A norm with the index behind it; that of Frobenius is the norm of all entries, as without an index."""
        args: tuple[Node, ...] = (inner,)
        if self.take("_"):
            at = self.at + (self.kind() == "{")
            if self.kinds[at] in ("letter", "name") and self.tokens.values[at] == "F":
                self.at = at + 1
                if self.kinds[at - 1] == "{":
                    self.expect("}")
            else:
                args = (inner, self.script())
        return Apply("norm", args, (token.start, self.end()))

    def _between_bars(self, inner: Node, token: Token) -> Node:
        """``|x|``: an absolute value, of a square matrix the determinant."""
        sizes = self.shape(inner) if self.names.arrays else ()
        square = sizes is not None and len(sizes) == 2 and sizes[0] == sizes[1]
        return Apply("det" if square else "abs", (inner,), (token.start, self.end()))

    # functions

    def _named_arguments(self, name: str, closing: str, token: Token, *before: Node) -> tuple[Node, ...]:
        """What stands between a function's brackets, what is given by name at its place; ``before`` come first."""
        kinds = self.kinds
        args: list[Node] = list(before)
        named: dict[str, Node] = {}
        while kinds[self.at] != closing or len(args) > len(before) or named:
            if kinds[self.at] in _NAMED and kinds[self.at + 1] == "=":
                self._named_argument(name, args, named)
            else:
                args.append(as_value(self.expression()))
            if kinds[self.at] != ",":
                break
            self.at += 1
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
        if name == "diag":
            return Apply(name, args if len(args) == 1 else (Apply("array", args, span),), span)
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
