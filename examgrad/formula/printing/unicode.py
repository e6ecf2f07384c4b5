"""Trees for the eye on a terminal."""

from __future__ import annotations

import unicodedata
from typing import Final

from examgrad.formula.lexemes import LOWERED as SUBSCRIPTS
from examgrad.formula.names import ACCENTS, GREEK
from examgrad.formula.printing.plain import ATOM, CONSTANTS, NAME, POWER, PRODUCT, RELATIONS, SUM, Plain
from examgrad.formula.tree import Apply, Node, Number, Symbol, is_number

_SUPERSCRIPTS: Final = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_LOWERED: Final = {letter: small for small, letter in SUBSCRIPTS.items()}
_SUBSCRIPTS: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Unicode(Plain):
    """Signs, accents and small digits; neighbours without a sign where that is how people write."""

    minus = "−"
    relations = RELATIONS | {"le": "≤", "ge": "≥", "ne": "≠"}

    def name(self, name: str) -> str:
        """A name as this style spells it."""
        match = NAME.fullmatch(name)
        if not match:
            return name
        base, accent, digits, primes, subscript = match.groups()
        if len(base) > 1 and base not in GREEK:
            base, accent = base + (accent or ""), None
        text = GREEK.get(base, base) + (ACCENTS[accent] if accent else "") + (digits or "").translate(_SUBSCRIPTS)
        text += "′" * (len(primes) // 5)
        if subscript:
            text += subscript.translate(_SUBSCRIPTS) if subscript.isdigit() else f"_{subscript}"
        return unicodedata.normalize("NFC", text)

    def constant(self, name: str) -> str:
        """A named number."""
        return CONSTANTS[name][0]

    def product(self, node: Apply, texts: list[str]) -> str:
        """The factors of a product, joined."""
        text = texts[0]
        for (left, right), after in zip(zip(node.args, node.args[1:], strict=False), texts[1:], strict=True):
            text += _joint(left, right, text, after) + after
        return text

    def _pow(self, node: Apply) -> tuple[str, int]:
        exponent = node.args[1]
        if is_number(exponent) and isinstance(exponent, Number) and exponent.value.denominator == 1:
            return self.show(node.args[0], ATOM) + str(exponent.value).translate(_SUPERSCRIPTS), POWER
        return super()._pow(node)

    def _hadamard(self, node: Apply) -> tuple[str, int]:
        return f"{self.show(node.args[0], PRODUCT)} ∘ {self.show(node.args[1], POWER)}", PRODUCT

    def _eye(self, node: Apply) -> tuple[str, int]:
        size = self.show(node.args[0])
        return ("I" + size.translate(_SUBSCRIPTS) if size.isdecimal() else f"I_{size}"), ATOM

    def _transpose(self, node: Apply) -> tuple[str, int]:
        inner = node.args[0]
        if isinstance(inner, Apply) and inner.op == "inverse":
            return f"{self.show(inner.args[0], ATOM)}⁻ᵀ", POWER
        if isinstance(inner, Apply) and inner.op == "ones" and not inner.args:
            return "1ᵀ", POWER
        return f"{self.show(inner, ATOM)}ᵀ", POWER

    def _inverse(self, node: Apply) -> tuple[str, int]:
        return f"{self.show(node.args[0], ATOM)}⁻¹", POWER

    def _ones(self, node: Apply) -> tuple[str, int]:
        return self.call(node) if node.args else "𝟏", ATOM

    def _norm(self, node: Apply) -> tuple[str, int]:
        inner = self.show(node.args[0])
        if len(node.args) > 2 or "|" in inner or "‖" in inner:
            return self.call(node), ATOM
        order = self.show(node.args[1]) if len(node.args) > 1 else ""
        lowered = order.translate(_SUBSCRIPTS) if len(order) == 1 and order.isdigit() else f"_{{{order}}}"
        return f"‖{inner}‖" + (("_∞" if order == "∞" else lowered) if order else ""), ATOM

    def indexed(self, node: Apply, positions: list[str]) -> str:
        """What is numbered with its index, in small signs where there are such: ``Wᵢⱼ``, ``(Wx)₁``."""
        joined = "".join(positions)
        if all(len(place) == 1 for place in positions) and not set(joined) - _LOWERED.keys():
            return self.numbered(node.args[0]) + "".join(map(_LOWERED.__getitem__, joined))
        return super().indexed(node, positions)

    def _sum(self, node: Apply) -> tuple[str, int]:
        if len(node.args) != 4:
            return self.call(node), ATOM
        index, first, last = (self.show(arg) for arg in node.args[:3])
        return f"∑_{{{index}={first}}}^{{{last}}} {self.show(node.args[3], PRODUCT)}", SUM

    def _abs(self, node: Apply) -> tuple[str, int]:
        return f"|{self.show(node.args[0])}|", ATOM

    def _sqrt(self, node: Apply) -> tuple[str, int]:
        inner = self.show(node.args[0])
        return (f"√{inner}" if isinstance(node.args[0], (Symbol, Number)) and len(inner) < 4 else f"√({inner})"), ATOM

    def _sigmoid(self, node: Apply) -> tuple[str, int]:
        return f"σ({self.show(node.args[0])})", ATOM

    def _derivative(self, node: Apply) -> tuple[str, int]:
        what = self.differentiated(node.args[0])
        variables = "".join(f"∂{self.show(arg)}" for arg in node.args[1:])
        order = str(len(node.args) - 1).translate(_SUPERSCRIPTS) if len(node.args) > 2 else ""
        return f"∂{order}{what}/{variables}", PRODUCT

    def _gradient(self, node: Apply) -> tuple[str, int]:
        what, variables = self.differentiated(node.args[0]), ", ".join(self.show(arg) for arg in node.args[1:])
        below = f"_{{{variables}}} " if len(node.args) > 2 else f"_{variables} " if variables else ""
        return f"∇{below}{what}", PRODUCT


def _joint(left: Node, right: Node, before: str, after: str) -> str:
    """What stands between two factors: nothing, a thin sign or a dot."""
    if after[:1].isdigit() or before.endswith("𝟏") or (isinstance(left, Apply) and left.op == "div"):
        return "·"
    if _is_turned(left) or _is_turned(right):
        return _matrix_joint(left, right, before, after)
    if isinstance(left, Apply) and left.op == "pow":
        left = left.args[0]
    if isinstance(right, Apply) and right.op == "pow":
        right = right.args[0]
    if after[:1].isdigit() or "/" in before.rsplit(" ", 1)[-1]:
        return "·"
    if isinstance(right, Symbol):
        short = len(right.name.rstrip("0123456789")) == 1 or right.name in GREEK or right.name.endswith(("hat", "bar"))
        if isinstance(left, Number) or (
            isinstance(left, Symbol) and short and len(left.name.rstrip("0123456789")) == 1
        ):
            return ""
        return "·"
    if after.startswith("("):
        return "" if isinstance(left, (Number, Symbol)) or before.endswith(")") else "·"
    return "" if isinstance(left, Number) else "·"


_TURNED: Final = frozenset({"transpose", "inverse"})


def _is_turned(node: Node) -> bool:
    """Whether a factor is a transpose or an inverse, and so a matrix, a row or a column."""
    return isinstance(node, Apply) and node.op in _TURNED


def _matrix_joint(left: Node, right: Node, before: str, after: str) -> str:
    """What stands beside a transpose or an inverse: nothing, where the letters stay apart."""
    if "/" in before.replace("·", " ").rsplit(" ", 1)[-1]:
        return "·"
    while isinstance(right, Apply) and right.op in ("pow", *_TURNED):
        right = right.args[0]
    if _is_turned(left):
        return "" if after.startswith("(") or after[0].isalpha() else "·"
    if before.endswith(")") or isinstance(left, Number):
        return "" if after.startswith("(") or _is_letter(right) else "·"
    while isinstance(left, Apply) and left.op == "pow":
        left = left.args[0]
    return "" if _is_letter(left) and (_is_letter(right) or after.startswith("(")) else "·"


def _is_letter(node: Node) -> bool:
    """Whether a name is one letter for the eye, apart from its digits and accents."""
    if not isinstance(node, Symbol):
        return isinstance(node, Apply) and node.op == "identity"
    match = NAME.fullmatch(node.name)
    return bool(match and not match[5] and (len(match[1]) == 1 or match[1] in GREEK))
