"""How arrays are written in NumPy and PyTorch, as tokens: ``W.T @ np.maximum(z, 0)``, ``D.sum(axis=0)``.

Only what means the same on paper is read: transposes, products, functions entry by entry and along an axis, sizes,
and a column or a row by ``c[:, None]``. Shapes are those of mathematics, a vector is a column. Other indexing and
reshaping is not read.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from examgrad.formula.functions import SPELLINGS

if TYPE_CHECKING:
    from examgrad.formula.plain import Scanner

MODULES: Final = frozenset({"np", "numpy", "jnp", "torch", "tf"})
_CALLED = re.compile(r"\.(?:linalg\.|special\.|nn\.functional\.|math\.)?([A-Za-z_]\w*)")
_MEMBER = re.compile(r"\.([A-Za-z_]\w*)(\(\s*\))?")
_SIZE = re.compile(r"\.(?:shape\s*\[\s*(-?\d)\s*\]|size\b(?!\s*\()|size\(\s*(-?\d)\s*\))")
_LENGTH = re.compile(r"\(\s*([^\W\d]\w*)\s*\)")
_NEW_AXIS = r"(?:None|(?:np|numpy|jnp)\.newaxis)"
_AXES = re.compile(
    rf"\[\s*(?:(?P<column>:\s*,\s*{_NEW_AXIS})|{_NEW_AXIS}\s*,\s*:)\s*\]"
    r"|\.reshape\(\s*(?P<flat>-\s*1\s*,\s*1|1\s*,\s*-\s*1)\s*\)"
)
_KEEPS = re.compile(r"\s*=\s*(?:True|False|1|0)\b")
_WRAPPERS: Final = frozenset({"array", "asarray", "tensor", "matrix", "Tensor"})
"""What only makes an array of what stands in its brackets."""
_CAST = re.compile(r"\.(?:(?:astype|type|to)\s*\([\w.\s\"']*\)|(?:float|double|int|copy|detach)\(\s*\))")
_CODE = re.compile(
    r"@|\.T\b|\[\s*:\s*,\s*None|\[\s*None\s*,|\.(?:dot|matmul|sum|mean|transpose|t)\(|\b(?:"
    + "|".join(sorted(MODULES))
    + r")\."
)
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
    if word == "len" and scanner.names.find(word) is None and (length := _LENGTH.match(scanner.text, scanner.at)):
        name = scanner.names.find(length[1])
        if name is not None and _size(scanner, name, 0, start, length.end()):
            return True
    if word == "keepdims" and scanner.tokens.kinds[-1:] == [","] and (kept := _KEEPS.match(scanner.text, scanner.at)):
        scanner.tokens.pop()  # a sum along an axis stands beside the array that it is of in any case
        scanner.at = kept.end()
        return True
    if word in ("None", *MODULES) and axes(scanner, start):
        return True
    match = _CALLED.match(scanner.text, scanner.at) if word in MODULES else None
    if match is None:
        return False
    if match[1] in _WRAPPERS and scanner.text.startswith("(", match.end()):
        scanner.at = match.end()
        return True
    if match[1] == "ones_like" and (like := _LENGTH.match(scanner.text, match.end())) is not None:
        shape = scanner.names.shapes.get(scanner.names.find(like[1]) or "", ())
        scanner.at = like.end()
        scanner.add("function", "ones", start)
        for at in range(len(shape)):
            scanner.add("," if at else "(", "," if at else "(", start)
            _size(scanner, scanner.names.find(like[1]) or "", at, start, like.end())
        if shape:
            scanner.add(")", ")", start)
            return True
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
    if size := _SIZE.match(scanner.text, start):
        last = scanner.tokens[-1]
        if last.kind == "name" and (size[1] or size[2] or len(scanner.names.shapes.get(str(last.value), ())) == 1):
            scanner.tokens.pop()
            if _size(scanner, str(last.value), int(size[1] or size[2] or 0), last.start, size.end()):
                return True
            scanner.tokens.add(*last)
    if axes(scanner, start):
        return True
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


def axes(scanner: Scanner, start: int) -> bool:
    """Whether ``[:, None]`` or ``[None, :]`` stands around, or ``.reshape(-1, 1)`` at a place; adds what it makes.

    The bracket that opens there was read already.
    """
    tokens = scanner.tokens
    opened = tokens.kinds[-1:] == ["["]
    match = _AXES.match(scanner.text, tokens.spans[-1][0] if opened else start)
    if match is None or len(tokens) < 1 + opened:
        return False
    if opened:
        if tokens.spans[-2][1] != tokens.spans[-1][0]:
            return False
        tokens.pop()
    column = match["column"] is not None or (match["flat"] or "").startswith("-")
    scanner.at = match.end()
    scanner.add("method", "column" if column else "row", match.start())
    return True


def _size(scanner: Scanner, name: str, axis: int, start: int, end: int) -> bool:
    """Whether an array has this axis; adds its length."""
    shape = scanner.names.shapes.get(name, ())
    if not -len(shape) <= axis < len(shape):
        return False
    size = shape[axis]
    scanner.at = end
    if isinstance(size, int):
        scanner.add("number", (Fraction(size), None), start)
    else:
        scanner.add("name", size, start)
    return True
