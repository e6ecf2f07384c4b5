"""Trees to plain ASCII text that is read back to the same tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from examgrad.formula.functions import FUNCTIONS
from examgrad.formula.names import ACCENTS
from examgrad.formula.tree import Apply, Constant, Node, Number, Symbol, is_number

EQUATION, CASES, OR, AND, RELATION, SUM, PRODUCT, POWER, ATOM = range(9)
RELATIONS: Final = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=", "ne": "!="}
CONSTANTS: Final = {"pi": ("π", r"\pi"), "e": ("e", "e"), "inf": ("∞", r"\infty"), "i": ("i", "i")}
NAME = re.compile(r"(.+?)(" + "|".join(ACCENTS) + r")?(\d+)?((?:prime)*)(?:_(.+))?")


CALLED: Final = {"inverse": "inv", "amax": "max", "amin": "min"}
"""What a function is called in text that is read back, where that is not its own name."""
_NAMED: Final = frozenset({"axis", "stride", "padding"})


class Plain:
    """The plain style; the others change what they write otherwise."""

    times = "*"
    minus = "-"
    relations = RELATIONS

    def show(self, node: Node, level: int = EQUATION) -> str:
        """The node's text, in brackets where it binds looser than ``level``."""
        text, own = self._text(node)
        return self.bracket(text) if own < level else text

    def bracket(self, text: str) -> str:
        """The text in round brackets."""
        return f"({text})"

    def name(self, name: str) -> str:
        """A name as this style spells it."""
        return name

    def constant(self, name: str) -> str:
        """A named number."""
        return name

    def number(self, node: Number) -> tuple[str, int]:
        """A number and how tightly its text binds."""
        value = node.value
        if node.places is not None and value.denominator != 1 and (decimal := decimal_text(value)) is not None:
            text = decimal
        else:
            text = str(value)
        if value < 0:
            return self.minus + text[1:], SUM
        return text, PRODUCT if "/" in text else ATOM

    def _text(self, node: Node) -> tuple[str, int]:
        if isinstance(node, Number):
            return self.number(node)
        if isinstance(node, Symbol):
            return self.name(node.name), ATOM
        if isinstance(node, Constant):
            return self.constant(node.name), ATOM
        assert isinstance(node, Apply)
        if node.op in RELATIONS:
            sides = (self.show(arg, SUM) for arg in node.args)
            return f" {self.relations[node.op]} ".join(sides), RELATION
        writer = getattr(self, f"_{node.op}", None)
        if writer is not None:
            text, level = writer(node)
            return text, level
        return self.call(node), ATOM

    def call(self, node: Apply) -> str:
        """A function with its arguments."""
        return f"{CALLED.get(node.op, node.op)}({', '.join(self.arguments(node))})"

    def arguments(self, node: Apply) -> list[str]:
        """The arguments of a function, each by its name where that tells what it is."""
        row = FUNCTIONS.get(node.op)
        words = ("", "axis") if node.op == "sum" and len(node.args) == 2 else row.arguments if row else ()
        texts = [self.show(arg, CASES) for arg in node.args]
        for place, word in enumerate(words[: len(texts)]):
            if word in _NAMED:
                texts[place] = f"{self.word(word)}={texts[place]}"
        if node.op == "norm" and len(texts) == 3 and is_number(node.args[1], 2):
            del texts[1]
        return texts

    def word(self, word: str) -> str:
        """What an argument is called."""
        return word

    def _equation(self, node: Apply) -> tuple[str, int]:
        return " = ".join(self.show(arg, CASES) for arg in node.args), EQUATION

    def _add(self, node: Apply) -> tuple[str, int]:
        text = self.show(node.args[0], SUM)
        for term in node.args[1:]:
            if isinstance(term, Apply) and term.op == "neg":
                text += f" {self.minus} {self.show(term.args[0], PRODUCT)}"
            elif isinstance(term, Number) and term.value < 0:
                text += f" {self.minus} {self.show(Number(-term.value, places=term.places), PRODUCT)}"
            elif (
                isinstance(term, Apply)
                and term.op == "mul"
                and isinstance(term.args[0], Number)
                and term.args[0].value < 0
            ):
                positive = Apply("mul", (Number(-term.args[0].value), *term.args[1:]))
                text += f" {self.minus} {self.show(positive, PRODUCT)}"
            else:
                text += f" + {self.show(term, PRODUCT)}"
        return text, SUM

    def _neg(self, node: Apply) -> tuple[str, int]:
        return self.minus + self.show(node.args[0], PRODUCT), SUM

    def _mul(self, node: Apply) -> tuple[str, int]:
        inner = self._is(node.args[0], "mul") or self._is(node.args[0], "hadamard")
        texts = [self.show(node.args[0], PRODUCT + inner)]
        texts += [self.show(factor, POWER) for factor in node.args[1:]]
        return self.product(node, texts), SUM if texts[0].startswith(self.minus) else PRODUCT

    def product(self, node: Apply, texts: list[str]) -> str:
        """The factors of a product, joined."""
        return self.times.join(texts)

    def _is(self, node: Node, op: str) -> bool:
        return isinstance(node, Apply) and node.op == op

    def _div(self, node: Apply) -> tuple[str, int]:
        slope = isinstance(node.args[0], Apply) and node.args[0].op == "derivative"
        return f"{self.show(node.args[0], POWER if slope else PRODUCT)}/{self.show(node.args[1], POWER)}", PRODUCT

    def _hadamard(self, node: Apply) -> tuple[str, int]:
        return f"{self.show(node.args[0], PRODUCT)} .* {self.show(node.args[1], POWER)}", PRODUCT

    def _pow(self, node: Apply) -> tuple[str, int]:
        return f"{self.show(node.args[0], ATOM)}^{self.show(node.args[1], ATOM)}", POWER

    def _hadamard_power(self, node: Apply) -> tuple[str, int]:
        return f"{self.show(node.args[0], ATOM)}.^{self.show(node.args[1], ATOM)}", POWER

    def _transpose(self, node: Apply) -> tuple[str, int]:
        return f"{self.show(node.args[0], ATOM)}^T", POWER

    def _identity(self, node: Apply) -> tuple[str, int]:
        return "I", ATOM

    def _entry(self, node: Apply) -> tuple[str, int]:
        return self.indexed(node, [self.show(arg) for arg in node.args[1:]]), ATOM

    def _row(self, node: Apply) -> tuple[str, int]:
        return self.indexed(node, [self.show(node.args[1]), ":"]), ATOM

    def _column(self, node: Apply) -> tuple[str, int]:
        return self.indexed(node, [":", self.show(node.args[1])]), ATOM

    def indexed(self, node: Apply, positions: list[str]) -> str:
        """What is numbered, in brackets where it is no name and no call, with its index."""
        return f"{self.numbered(node.args[0])}_{{{','.join(positions)}}}"

    def numbered(self, node: Node) -> str:
        """A formula that an index is put behind."""
        text, level = self._text(node)
        whole = isinstance(node, Symbol) or (level == ATOM and text.endswith((")", "]")))
        return text if whole else self.bracket(text)

    def _array(self, node: Apply) -> tuple[str, int]:
        return "[" + ", ".join(self.show(arg, CASES) for arg in node.args) + "]", ATOM

    def _set(self, node: Apply) -> tuple[str, int]:
        return "{" + ", ".join(self.show(arg, CASES) for arg in node.args) + "}", ATOM

    def _indicator(self, node: Apply) -> tuple[str, int]:
        return f"[{self.show(node.args[0], OR)}]", ATOM

    def _cases(self, node: Apply) -> tuple[str, int]:
        pairs, rest = branches(node)
        texts = [f"{self.show(value, OR)} if {self.show(condition, OR)}" for value, condition in pairs]
        if rest is not None and len(texts) == 1:
            return f"{texts[0]} else {self.show(rest, OR)}", CASES
        if rest is not None:
            texts.append(f"{self.show(rest, OR)} otherwise")
        return "{" + "; ".join(texts) + "}", ATOM

    def _and(self, node: Apply) -> tuple[str, int]:
        return " and ".join(self.show(arg, AND + (index > 0)) for index, arg in enumerate(node.args)), AND

    def _or(self, node: Apply) -> tuple[str, int]:
        return " or ".join(self.show(arg, OR + (index > 0)) for index, arg in enumerate(node.args)), OR

    def _not(self, node: Apply) -> tuple[str, int]:
        return f"not {self.show(node.args[0], RELATION)}", AND

    def _components(self, node: Apply) -> tuple[str, int]:
        entry, *ranges = node.args
        parts = [f"{self.indices(names)} = {self.span(last)}" for last, names in _by_range(ranges)]
        return self.ranged(self.show(entry), parts), EQUATION

    def indices(self, names: Sequence[Node]) -> str:
        """Indices that have one range."""
        return ", ".join(map(self.show, names))

    def span(self, last: Node) -> str:
        """The values of an index, up to its last one."""
        return f"1..{self.show(last)}"

    def ranged(self, entry: str, parts: Sequence[str]) -> str:
        """A formula with the ranges of its indices."""
        return f"{entry} for {', '.join(parts)}"

    def differentiated(self, node: Node) -> str:
        """What is differentiated: a name or an entry, anything else in brackets."""
        alone = isinstance(node, Symbol) or self._is(node, "entry")
        return self.show(node) if alone else self.bracket(self.show(node))

    def _derivative(self, node: Apply) -> tuple[str, int]:
        what = self.differentiated(node.args[0])
        variables = "".join(f"d{self.show(arg)}" for arg in node.args[1:])
        order = f"^{len(node.args) - 1}" if len(node.args) > 2 else ""
        return f"d{order}{what}/{variables}", PRODUCT

    def _at(self, node: Apply) -> tuple[str, int]:
        pairs = zip(node.args[1::2], node.args[2::2], strict=True)
        where = ", ".join(f"{self.show(name)} = {self.show(value)}" for name, value in pairs)
        return f"{self.show(node.args[0], ATOM)} |_{{{where}}}", PRODUCT


def _by_range(ranges: Sequence[Node]) -> Iterator[tuple[Node, list[Node]]]:
    """Last values with the indices that have them."""
    for last in dict.fromkeys(ranges[1::2]):
        yield last, [index for index, end in zip(ranges[::2], ranges[1::2], strict=True) if end == last]


def branches(node: Apply) -> tuple[list[tuple[Node, Node]], Node | None]:
    """The value and condition of each case, and the value otherwise."""
    pairs = list(zip(node.args[0::2], node.args[1::2], strict=False))
    return pairs, node.args[-1] if len(node.args) % 2 else None


def decimal_text(value: Fraction) -> str | None:
    """A fraction as a finite decimal; ``None`` where it has none of at most 60 places."""
    for places in range(61):
        if (10**places) % value.denominator == 0:
            digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
            text = digits[:-places] + "." + digits[-places:] if places else digits
            return "-" + text if value < 0 else text
    return None
