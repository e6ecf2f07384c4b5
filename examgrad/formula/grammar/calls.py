"""Functions with and without brackets, fractions and roots."""

from __future__ import annotations

from typing import Final, cast

from examgrad.errors import MathSyntaxError
from examgrad.formula.functions import FUNCTIONS, partial_derivatives, rewritten
from examgrad.formula.grammar.stream import CLOSING, POSTFIX, POWER, PRODUCT, as_value, times
from examgrad.formula.grammar.sums import Sums
from examgrad.formula.lexemes import Token
from examgrad.formula.tree import Apply, Node, Number, Symbol, mul, substitute, transform

_PLAIN: Final = frozenset(name for name, row in FUNCTIONS.items() if row.arity == (1, 1) and not row.of_arrays)
"""Functions of one argument, which has no name."""
_EMPTY: Final = frozenset({")", "end"})
_SLOT: Final = Symbol("its argument")
"""Where the argument of a function stands while its derivative is found; no problem has such a name."""
_MINUS_ONE: Final = (Number(-1), Apply("neg", (Number(1),)))


class Calls(Sums):
    """Reads what a function is applied to."""

    def _read_function(self, place: int, binding: int) -> Node:
        kinds, at = self.kinds, self.at
        name = self.tokens.values[place]
        if kinds[at] == "(" and name in _PLAIN and kinds[at + 1] not in _EMPTY and kinds[at + 2] != "=":
            return self._called_plainly(name, place)
        token = self.tokens[place]
        if kinds[at] == "(":
            return self._applied(name, token)
        name, primes = self._base(token.value, token), 0
        while self.take("'") or self._take_raised_prime():
            primes += 1
        exponent = self._exponent()
        if exponent in _MINUS_ONE:
            name, exponent = self._inverse(name, token), None
        node = self._applied(name, token)
        if primes:
            node = self._primed(node, primes, token)
        if exponent is None:
            return node
        # tanh²(A) goes entry by entry, tr²(A) cannot
        whole = not self.names.arrays or FUNCTIONS[name].of_arrays or not self._is_matrix(node)
        return Apply("pow" if whole else "hadamard_power", (node, exponent), (token.start, self.end()))

    def _take_raised_prime(self) -> bool:
        """Whether ``^\\prime`` or ``^{\\prime}`` stands next; consumed."""
        kinds, at = self.kinds, self.at
        for prime in (["^", "'"], ["^", "{", "'", "}"]):
            if kinds[at : at + len(prime)] == prime:
                self.at += len(prime)
                return True
        return False

    def _called_plainly(self, name: str, place: int) -> Node:
        """A function with its one argument, or some too many, in round brackets."""
        opened = self.at
        bars, self.bars = self.bars, ()
        self.at = opened + 1
        arg = as_value(self.expression())
        at, start = self.at, self.spans[place][0]
        if self.kinds[at] == ")":
            self.at, self.bars = at + 1, bars
            return Apply(name, (arg,), (start, self.spans[at][1]))
        token = self.tokens[place]
        if self.take(",") is None:
            self.expect(")", self.tokens[opened])
        args = self._named_arguments(name, ")", token, arg)
        self.expect(")", self.tokens[opened])
        self.bars = bars
        return self._apply(name, args, (start, self.end()), token)

    def _base(self, name: str, token: Token) -> str:
        """The function's name with the base of a logarithm in it."""
        if not self.take("_"):
            return name
        base = self.script()
        if name != "log" or not isinstance(base, Number) or base.value not in (2, 10):
            raise self.error(f"{name} takes no index here", token, expected="log_2 or log_{10}")
        return "log2" if base.value == 2 else "log10"

    def _exponent(self) -> Node | None:
        """The exponent between a function and its argument."""
        if superscript := self.take("superscript"):
            return Number(superscript.value, (superscript.start, superscript.end))
        if self.take("^"):
            return self.script() if self.kinds[self.at] != "-" else as_value(self.expression(POWER - 1))
        return None

    def _inverse(self, name: str, token: Token) -> str:
        if (inverse := "a" + name) in FUNCTIONS:
            return inverse
        raise self.error(
            f"{name}^-1 may be its inverse or its reciprocal",
            token,
            help="write 1/… or the inverse by its name",
            code="ambiguous",
        )

    def _primed(self, node: Node, primes: int, token: Token) -> Node:
        """``σ'(z)``, ``tanh''(A)``: the function's derivative at its argument, of an array entry by entry."""
        self.unchecked = True
        if not (isinstance(node, Apply) and len(node.args) == 1):
            raise self._no_prime(token)
        derivative: Node = Apply(node.op, (_SLOT,))
        for _ in range(primes):
            derivative = self._derived(derivative, token)
        if self.shape(node.args[0]) != ():
            derivative = transform(derivative, _entrywise)
        return substitute(derivative, {_SLOT.name: node.args[0]})

    def _derived(self, node: Node, token: Token) -> Node:
        if isinstance(node, Apply) and len(node.args) == 1:
            outer = node
            for _ in range(4):
                if (found := partial_derivatives(outer)) is not None:
                    return found[0]
                outer = cast(Apply, rewritten(outer))
        raise self._no_prime(token)

    def _no_prime(self, token: Token) -> MathSyntaxError:
        return self.error("the prime of this cannot be read", token, help="write the derivative out")

    def _applied(self, name: str, token: Token) -> Node:
        """A function of the arguments that stand next."""
        args = self._arguments(name, token)
        if self.along is not None:
            name, args, self.along = f"a{name}", (*args, self.along), None
        return self._apply(name, args, (token.start, self.end()), token)

    def _apply(self, name: str, args: tuple[Node, ...], span: tuple[int, int], token: Token) -> Node:
        function = FUNCTIONS[name]
        low, high = function.arity
        if low == len(args) == high and not function.of_arrays:
            return Apply(name, args, span)
        if name in ("ones", "zeros") and len(args) == 1 and isinstance(args[0], Apply) and args[0].op == "array":
            args = args[0].args  # np.ones((m, n))
        if len(args) == 1 and (absent := function.absent) is not None:
            args = (args[0], Number(absent, places=2 if absent.denominator > 1 else None))
        if len(args) < low or (high is not None and len(args) > high):
            wanted = str(low) if high == low else f"{low} or more" if high is None else f"{low} to {high}"
            raise self.error(
                f"{name} takes {wanted} argument{'s' if wanted != '1' else ''}, here are {len(args)}", token
            )
        return self._called(name, args, span, token)

    def _arguments(self, name: str, token: Token) -> tuple[Node, ...]:
        kind = self.kinds[self.at]
        if kind == "(" or kind == "{" or (kind == "[" and name in ("max", "min")):
            opened, closing = self.at, CLOSING[kind]
            bars, self.bars = self.bars, ()
            self.at += 1
            args = self._named_arguments(name, closing, token)
            if self.kinds[self.at] != closing:
                self.expect(closing, self.tokens[opened])
            self.at += 1
            self.bars = bars
            return args
        if self.kinds[self.at] in ("begin matrix", "[", "|", "||", "sqrt", "frac", "⌊", "begin cases"):
            arg = self.expression(PRODUCT)
            self._refuse_open_argument(name, token)
            return (as_value(arg),)
        if self.kinds[self.at] in ("function", "sum"):
            return (as_value(self.expression(PRODUCT)),)
        return (self._bare_argument(name, token),)

    def _bare_argument(self, name: str, token: Token) -> Node:
        """``log x``, ``sin 2x``, ``tanh w x``: the product without signs that follows."""
        if self.kinds[self.at] not in ("number", "name", "entry", "constant", "-", "letter", "diff", "indicator"):
            raise self.unexpected(f"the argument of {name}, in brackets")
        if sign := self.take("-"):
            return Apply("neg", (self._bare_argument(name, token),), (sign.start, self.end()))
        factors = [as_value(self.expression(PRODUCT))]
        while self.kinds[self.at] in ("name", "entry", "constant"):
            factors.append(as_value(self.expression(PRODUCT)))
        self._refuse_open_argument(name, token)
        return times(factors)

    def _refuse_open_argument(self, name: str, token: Token) -> None:
        if self.kinds[self.at] in ("(", "[", "{"):
            raise self.error(
                f"it is not clear whether this bracket belongs to the argument of {name}",
                help=f"write {name}( … ) with brackets around all of its argument", code="ambiguous",
            )  # fmt: skip

    def _read_fraction(self, token: Token, binding: int) -> Node:
        """``\\frac{a}{b}``, which may be a derivative."""
        if self._starts_fraction(self.at):
            node = self._derivative(token, fraction=True)
            return self._indexed(node) if self.kinds[self.at] == "raised index" else node
        above, below = self.script(), self.script()
        return Apply("div", (above, below), (token.start, self.end()))

    def _read_root(self, token: Token, binding: int) -> Node:
        """``√x``, ``\\sqrt{x}``, ``\\sqrt[3]{x}``, ``sqrt(x)``."""
        order: Node | None = None
        if self.text[token.start] == "\\" and (opened := self.take("[")):
            order = as_value(self.expression())
            self.expect("]", opened)
        inner = self.script() if self.kinds[self.at] != "(" else as_value(self.prefix(POSTFIX))
        span = (token.start, self.end())
        if order is None or (isinstance(order, Number) and order.value == 2):
            return Apply("sqrt", (inner,), span)
        return Apply("pow", (inner, Apply("div", (Number(1), order))), span)


def _entrywise(item: Node) -> Node:
    """A product or power in a function's derivative, for an argument that is an array."""
    if not isinstance(item, Apply) or item.op not in ("mul", "pow"):
        return item
    if item.op == "pow":
        return Apply("hadamard_power", item.args)
    arrays = [arg for arg in item.args if _SLOT.name in arg.symbols()]
    others = [arg for arg in item.args if _SLOT.name not in arg.symbols()]
    if not arrays:
        return item
    whole = arrays[0]
    for arg in arrays[1:]:
        whole = Apply("hadamard", (whole, arg))
    return mul(*others, whole) if others else whole
