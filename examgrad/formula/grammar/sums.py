"""Sums over an index: ``sum(i, 1, n, …)``, ``∑_{i=1}^{n} …``, and ``∑_i …`` whose range the arrays tell."""

from __future__ import annotations

import re
from typing import Final

from examgrad.formula.grammar.matrices import Matrices
from examgrad.formula.grammar.stream import SUM, as_value
from examgrad.formula.lexemes import Token
from examgrad.formula.tree import Apply, Node, Number, Symbol

_LOWERED: Final = re.compile(
    r"(?:∑|sum)\s*(?:\\(?:no)?limits\s*)?_\s*(?:\{([^{}=]{1,40})[=}]|([A-Za-z]))"
    r"|(?:∑|sum)\s*\(\s*([A-Za-z])\s*[=,](?!\s*(?:(?:axis|dim)\s*=|-?\d+\s*\)))"  # but the sum of an array
)
_TERMS: Final = frozenset({"name", "entry", "frac", "number", "function"})
"""What a term may begin with whose sum has no index."""
_INDEX: Final = re.compile(r"[A-Za-z]")


def bound_indices(text: str) -> list[str]:
    """The letters that the sums of a text bind."""
    if "sum" not in text and "∑" not in text:
        return []
    found: list[str] = []
    for match in _LOWERED.finditer(text):
        inside = match[1] or match[2] or match[3]
        inside = re.split(r":|\||\\mid", inside)[0]
        if re.fullmatch(r"[\sA-Za-z,]*", inside):
            letters = _INDEX.findall(inside)
            found += letters if len(letters) <= 3 else []
    return found


_SIGMA: Final = re.compile(r"(?:\\Sigma|Σ)(?=\s*(?:\\(?:no)?limits\s*)?_)")


def with_sum_signs(text: str) -> str:
    """The text with ``∑`` for each Σ that has an index."""
    return _SIGMA.sub("∑", text) if "Σ" in text or "\\Sigma" in text else text


_COMPARED: Final = re.compile(
    r"(?:[\[({&]|\b(?:if|when|for)(?![a-z])\s*\}?)\s*([a-z])\s*(?:==?|≠|!=|\\neq?(?![a-z]))\s*([a-z]|\d+)\s*"
    r"(?=[\])},;&\\\n]|\Z|else|otherwise|and\b|or\b)"
)


def compared_indices(text: str) -> list[str]:
    """The letters that an indicator or a case compares: i and j of ``1[i = j]`` and of ``a if i = j else b``."""
    return [letter for match in _COMPARED.finditer(text) for letter in match.groups() if letter.isalpha()]


class Sums(Matrices):
    """Reads what begins with a sum sign."""

    def _read_sum(self, token: Token, binding: int) -> Node:
        self.unchecked = True
        if bracket := self.take("("):
            return self._called_sum(token, bracket)
        if self.kind() in _TERMS and self.names.arrays:  # ∑ x_i r_i
            start = self.at
            term = as_value(self.expression(SUM))
            if self.shape(term) == ():
                return Apply("sum", (term,), (token.start, self.end()))
            self.at = start
        if self.kind() != "_":
            raise self.unexpected("an index, as in sum_{i=1}^{n}, or brackets")
        self.at += 1
        opened = self.take("{")
        indices = self._summed(opened is not None)
        if not self.take("="):
            if opened:
                self.expect("}", opened)
            return self._over_arrays(token, indices)
        first = as_value(self.expression(SUM))
        if opened:
            self.expect("}", opened)
        if self.take("^"):
            last = self.script()
        elif superscript := self.take("superscript"):
            last = Number(superscript.value, (superscript.start, superscript.end))
        else:
            raise self.unexpected("the last value of the index, as in ^{n}")
        node = as_value(self.expression(SUM))
        for index in reversed(indices):
            node = Apply("sum", (index, first, last, node), (token.start, self.end()))
        return node

    def _called_sum(self, token: Token, bracket: Token) -> Node:
        """``sum(x)``, ``sum(X, axis=0)``, ``sum(i, 1, n, x_i)``."""
        args = list(self._named_arguments("sum", ")", token))
        self.expect(")", bracket)
        if len(args) not in (1, 2, 4):
            raise self.error("sum takes an array, or an index, its first and last value and a term", token)
        return Apply("sum", tuple(args), (token.start, self.end()))

    def _summed(self, opened: bool) -> list[Symbol]:
        """The indices below a sum sign."""
        indices: list[Symbol] = []
        while not indices or (opened and (self.take(",") or self.kind() == "name")):
            index = self.token
            if index.kind not in ("name", "letter"):
                raise self.unexpected("the index of the sum, as in _{i=1}")
            self.at += 1
            indices.append(Symbol(str(index.value), (index.start, index.end)))
        return indices

    def _over_arrays(self, token: Token, indices: list[Symbol]) -> Node:
        """A sum over all positions of the arrays that its term takes entries of."""
        node = as_value(self.expression(SUM))
        for index in reversed(indices):
            last = self.shapes.range_of(node, index.name)
            if last is None:
                span = index.span or (token.start, token.end)
                raise self.error(
                    f"the range of {index.name} is not known here", Token("name", index.name, *span),
                    help=f"write the sum as \\sum_{{{index.name}=1}}^{{n}} …",
                )  # fmt: skip
            node = Apply("sum", (index, Number(1), last, node), (token.start, self.end()))
        return node
