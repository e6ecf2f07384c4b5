"""What arrays are written with in NumPy: its products, functions behind a dot, ``np.where``; see :mod:`code`."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from examgrad.formula.code import is_code
from examgrad.formula.grammar.matrices import Matrices
from examgrad.formula.grammar.stream import as_operand, as_value, is_condition, start_of
from examgrad.formula.lexemes import Token
from examgrad.formula.shapes import product_shape
from examgrad.formula.tree import Apply, Node, Number

_UNIT_ROW: Final = Apply("transpose", (Apply("ones", (Number(1),)),))
_ARGUMENTS: Final = {
    "dot": (2,),
    "matmul": (2,),
    "multiply": (2,),
    "where": (3,),
    "heaviside": (2, 1),
    "transpose": (1,),
}


class Library(Matrices):
    """Reads calls of a library, and the signs ``@`` and ``*`` between arrays."""

    text: str

    @cached_property
    def is_code(self) -> bool:
        """Whether the text is written as in NumPy."""
        return is_code(self.text)

    def _sign(self) -> str:
        """The sign of a product that stands next, as it is written: ``*`` or ``@``, or the sign of something else."""
        start = self.spans[self.at][0]
        return "*" if self.text.startswith(("\\ast", "∗"), start) else self.text[start]

    def _refuse_indexing(self) -> None:
        """``X[0]`` in code is no product."""
        start = self.spans[self.at][0]
        if start == self.end() and self.is_code:
            help = "entries are X_{ij} from 1, a row is X_i, and the c-th unit vector is e_c"
            raise self.error("brackets behind an array, as in Python, are not read", help=help)

    def _read_library(self, token: Token, binding: int) -> Node:
        """``np.where(c, a, b)`` and what else is no function on paper."""
        name, opened = str(token.value), self.expect("(")
        args = [self.expression()]
        while self.take(","):
            args.append(self.expression())
        self.expect(")", opened)
        if len(args) not in _ARGUMENTS[name]:
            wanted = _ARGUMENTS[name][0]
            raise self.error(f"{name} takes {wanted} argument{'s' * (wanted > 1)}, here are {len(args)}", token)
        span = (token.start, self.end())
        if name == "where":
            if not is_condition(args[0]):
                raise self.error("this is no condition", token, expected="a comparison such as z > 0")
            return Apply("cases", (as_value(args[1]), args[0], as_value(args[2])), span)
        if name == "transpose":
            return Apply("transpose", (as_value(args[0]),), span)
        if name == "heaviside":
            return Apply("indicator", (Apply("gt", (as_value(args[0]), Number(0))),), span)
        left, right = map(as_value, args)
        if name == "multiply":
            arrays = () not in (self.shape(left), self.shape(right))
            return Apply("hadamard" if arrays else "mul", (left, right), span)
        return self._matrix_product(left, right, span)

    def _method(self, left: Node) -> Node:
        """``D.sum(axis=0)``, ``X.dot(w)``: the array before the dot is the first argument."""
        token, opened = self.token, None
        self.at += 1
        name, span = str(token.value), (start_of(left), token.end)
        if name in ("column", "row"):
            return self._along(name, as_operand(left), span)
        opened = self.expect("(")
        if name in ("dot", "matmul"):
            right = as_value(self.expression())
            self.expect(")", opened)
            return self._matrix_product(as_operand(left), right, (start_of(left), self.end()))
        args = self._named_arguments(name, ")", token, as_operand(left))
        self.expect(")", opened)
        if self.along is not None:
            name, args, self.along = f"a{name}", (*args, self.along), None
        return Apply(name, args, (span[0], self.end()))

    def _along(self, name: str, column: Node, span: tuple[int, int]) -> Node:
        """``c[:, None]`` as a matrix of one column, ``c[None, :]`` as a row."""
        if len(self.shape(column) or ()) != 1:
            raise self.error("brackets behind an array, as in Python, are not read", self.tokens[self.at - 1])
        return Apply("transpose", (column,), span) if name == "row" else Apply("mul", (column, _UNIT_ROW), span)

    def _matrix_product(self, left: Node, right: Node, span: tuple[int, int]) -> Node:
        """``a @ b``: of two columns their inner product, and a column before a matrix counts as a row."""
        column, other = self.shape(left), self.shape(right)
        if column is not None and other is not None and len(column) == 1 and product_shape(column, other) is None:
            if len(other) == 1:
                return Apply("mul", (Apply("transpose", (left,)), right), span)
            return Apply("mul", (Apply("transpose", (right,)), left), span)
        return Apply("mul", (left, right), span)

    def _between_arrays(self, sign: str, left: Node, right: Node, *, matrix: bool) -> Node | None:
        """The product that ``@`` or ``*`` makes of two arrays where it is not the plain one.

        ``*`` goes entry by entry in code, and is the product elsewhere. ``matrix`` takes it as a matrix product
        wherever that fits.
        """
        one, other = self.shape(left), self.shape(right)
        if not one or not other:
            return None
        span = (start_of(left), self.end())
        if sign == "@":
            return self._matrix_product(left, right, span)
        if not self.is_code or (matrix and product_shape(one, other) is not None):
            return None
        if len(one) == len(other) == 2 and one[1] == other[0] == 1:
            return Apply("mul", (left, right), span)  # a[:, None] * b[None, :]
        return Apply("hadamard", (left, right), span)
