"""Powers, and what is written as one: transposes, inverses, samples."""

from __future__ import annotations

from typing import Final

from examgrad.formula.code import is_code
from examgrad.formula.grammar.matrices import Matrices
from examgrad.formula.grammar.stream import POWER, as_operand, start_of
from examgrad.formula.tree import Apply, Node, Number, Symbol

_ONE: Final = Number(1)
_ONES: Final = Apply("ones", ())


class Powers(Matrices):
    """Reads exponents."""

    def _may_be_array(self, name: str) -> bool:
        variable = self.names.variables.get(name)
        return variable is None or variable.shape != ()

    def _power(self, base: Node) -> Node:
        self.at += 1
        if self.names.arrays and self._is_star() and is_code(self.text) and self._is_matrix(base):
            return self._elementwise_power(as_operand(base), self.operand(POWER - 1))
        kinds, at = self.kinds, self.at
        kind = kinds[at]
        if (kind != "number" and kind != "name") or (self.tokens.values[at] == "T" and self._is_array(base)):
            if sign := self._take_transpose(base):
                return self._lifted(self._transpose_of(base, self.end(), sign))
            if kind == "'" or (kind == "{" and kinds[at + 1] == "'"):
                raise self.unexpected("an exponent")
            if kind == "{" and kinds[at + 1] == "hadamard":
                opened = self.token
                self.at += 2
                exponent = as_operand(self.expression())
                self.expect("}", opened)
                return self._elementwise_power(as_operand(base), exponent)
            if self.indices and (sample := self._sample(base)) is not None:
                return self._lifted(sample)
        exponent = self.operand(POWER - 1)
        power = self._raised(as_operand(base), exponent)
        kind = kinds[self.at]
        if kind != "_" and kind != "raised index":
            return power
        if isinstance(base, Symbol) and not self._is_matrix(base):
            raise self.error("the index stands behind the power", help="write the index first: x_1^2")
        return self._lifted(power)

    def _is_star(self) -> bool:
        """Whether the sign that was just read is that of Python."""
        return self.text.startswith("**", self.spans[self.at - 1][0])

    def _lifted(self, node: Node) -> Node:
        """A power with the index behind its exponent: ``A^{-1}_{ij}``."""
        return self._indexed(node) if self.kinds[self.at] == "raised index" else node

    def _is_array(self, base: Node) -> bool:
        """Whether something is seen to be an array: its T is no name, even where every letter (or a size) is one."""
        if isinstance(base, Number) and base.value in (1, 11):  # no matrix T is a power of the ones in 1 1^T
            return self.names.arrays and len(self.names.variables["T"].shape) == 2
        return (isinstance(base, Apply) and base.op == "array") or bool(self.shape(base))

    def _take_transpose(self, base: Node) -> str:
        """``T`` or ``-T`` if the exponent that stands next is one, with or without brackets; then it is consumed.

        A T that is a name is one only above an array."""
        kinds, at = self.kinds, self.at
        opened = kinds[at] == "{" or kinds[at] == "("
        at += opened
        minus = kinds[at] == "-"
        at += minus
        kind, value = kinds[at], self.tokens.values[at]
        is_sign = kind == "⊤" or (kind == "letter" and value in ("T", "t"))
        if not is_sign and (kind != "name" or value != "T" or not self._is_array(base)):
            return ""
        if opened and kinds[at + 1] not in ("}", ")"):
            return ""
        self.at = at + 1 + opened
        return "-T" if minus or value == "-T" else "T"

    def _transpose_of(self, node: Node, end: int, sign: str = "T") -> Node:
        """``Aᵀ``, ``A⁻ᵀ``; ``1ᵀ`` is the row of ones, since the transpose of a number would say nothing."""
        span = (start_of(node), end)
        if isinstance(node, Number) and node.value in (1, 11) and node.places is None:
            row = Apply("transpose", (_ONES,), span)
            return row if node.value == 1 else Apply("mul", (_ONES, row), span)
        if sign == "-T":
            node = Apply("inverse", (node,), span)
        return Apply("transpose", (node,), span)

    def _raised(self, base: Node, exponent: Node) -> Node:
        """``A^n``; the power -1 of a matrix is its inverse."""
        span = (start_of(base), self.spans[self.at - 1][1])
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
        sizes = self.shape(base)
        single = sizes is not None and len(sizes) < 2
        return Apply("pow" if single else "hadamard_power", (base, exponent), span)

    def _sample(self, base: Node) -> Node | None:
        """``x^{(i)}`` under a sum over i: the i-th sample, of an array; consumed if it is that."""
        if self.kinds[self.at : self.at + 5] != ["{", "(", "name", ")", "}"]:
            return None
        index = self.tokens[self.at + 2]
        sizes = self.shape(base) if index.value in self.indices else None
        if not sizes or len(sizes) > 2:
            return None
        self.at += 5
        position = Symbol(index.value, (index.start, index.end))
        return Apply("row" if len(sizes) == 2 else "entry", (base, position), (start_of(base), self.end()))
