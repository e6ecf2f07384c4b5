"""How tightly the signs between operands bind."""

from __future__ import annotations

from typing import Final

from examgrad.formula.grammar.conditions import RELATIONS
from examgrad.formula.grammar.stream import AND, IF, OR, POSTFIX, POWER, PRODUCT, RELATION, SUM

BAR: Final = POSTFIX + 1
"""Of a bar, which opens an operand, closes one, or says where a formula is evaluated."""
FACTORS: Final = frozenset(
    "name entry function constant diff number ( [ { frac sqrt sum nabla indicator letter library ⌊ ⌈ ⟨".split()
) | {"begin matrix", "begin cases", "begin det"}
"""What begins an operand, and so a factor where no sign stands before it; a bar may as well end one."""
BINDING: Final = {
    "if": IF, "or": OR, "and": AND, "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "hadamard": PRODUCT,
    "outer": PRODUCT, "index": POSTFIX, "method": POSTFIX, "^": POWER, ".^": POWER,
    "superscript": POWER, "⊤": POSTFIX, "'": POSTFIX, **dict.fromkeys(RELATIONS, RELATION),
    **dict.fromkeys(FACTORS, PRODUCT), "|": BAR, "||": BAR,
}  # fmt: skip
