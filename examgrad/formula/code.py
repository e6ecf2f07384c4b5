"""How arrays are written in NumPy and PyTorch, as tokens: ``W.T @ np.maximum(z, 0)``, ``D.sum(axis=0)``.

Only what means the same on paper is read: transposes, products, functions entry by entry and along an axis. Shapes
are those of mathematics, a vector is a column. Indexing, reshaping and broadcasting by ``None`` are not read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from examgrad.formula.functions import SPELLINGS

if TYPE_CHECKING:
    from examgrad.formula.plain import Scanner

MODULES: Final = frozenset({"np", "numpy", "jnp", "torch", "tf"})
_CALLED = re.compile(r"\.(?:linalg\.|special\.|nn\.functional\.|math\.)?([A-Za-z_]\w*)")
_MEMBER = re.compile(r"\.([A-Za-z_]\w*)(\(\s*\))?")
_CAST = re.compile(r"\.(?:(?:astype|type|to)\s*\([\w.\s\"']*\)|(?:float|double|int|copy|detach)\(\s*\))")
_CODE = re.compile(r"@|\.T\b|\.(?:dot|matmul|sum|mean|transpose|t)\(|\b(?:" + "|".join(sorted(MODULES)) + r")\.")
_FUNCTIONS: Final = {
    "maximum": "max", "minimum": "min", "amax": "max", "amin": "min", "arcsin": "asin", "arccos": "acos",
    "arctan": "atan", "mm": "matmul", "mv": "matmul", "identity": "eye",
}  # fmt: skip
"""What a library calls a function that has another name here."""
_OWN: Final = frozenset({"dot", "matmul", "multiply", "where", "heaviside", "transpose"})
"""Functions of a library that the grammar makes something else of: a product, a quotient, cases."""
_ALONE: Final = {"step": "heaviside", "heaviside": "heaviside", "Heaviside": "heaviside", "transpose": "transpose"}
"""What is written without a library, too, to the function of one that it is."""
_METHODS: Final = frozenset({"dot", "matmul", "sum", "mean", "max", "min", "var", "norm", "exp", "log", "sqrt", "abs"})


def is_code(text: str) -> bool:
    """Whether a text is written as arrays are in NumPy, where ``*`` goes entry by entry."""
    return _CODE.search(text) is not None


def called(scanner: Scanner, word: str, start: int) -> bool:
    """Whether ``word`` is a library before one of its functions, ``np.exp``, or ``step``; adds that."""
    if word in _ALONE and scanner.text.startswith("(", scanner.at) and scanner.names.find(word) is None:
        scanner.add("library", _ALONE[word], start)
        return True
    match = _CALLED.match(scanner.text, scanner.at) if word in MODULES else None
    if match is None:
        return False
    name = _FUNCTIONS.get(match[1], match[1])
    if name in _OWN:
        kind = "library"
    elif name in SPELLINGS:
        kind, name = ("sum", "sum") if name == "sum" else ("function", SPELLINGS[name])
    else:
        raise scanner.error(
            f"{word}.{match[1]} cannot be read in an answer", start, match.end(), code="unknown-name",
            help="write it in mathematics",
        )  # fmt: skip
    scanner.at = match.end()
    scanner.add(kind, name, start)
    return True


def member(scanner: Scanner, start: int) -> bool:
    """Whether a dot begins what is taken of the array before it, ``.T``, ``.sum(axis=0)``; adds that."""
    if not len(scanner.tokens) or scanner.tokens.spans[-1][1] != start:
        return False
    if cast := _CAST.match(scanner.text, start):
        scanner.at = cast.end()
        return True
    match = _MEMBER.match(scanner.text, start)
    if match is None:
        return False
    name, empty = match[1], match[2] is not None
    if (name == "T" and not empty) or (name in ("t", "transpose") and empty):
        scanner.at = match.end()
        scanner.add("⊤", "T", start)
    elif name in _METHODS and scanner.text.startswith("(", match.end(1)):
        scanner.at = match.end(1)
        scanner.add("method", name, start)
    else:
        raise scanner.error(
            f"'.{name}' cannot be read in an answer", start, match.end(), help="write it in mathematics"
        )
    return True
