"""What the columns of a layer table are called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_COUNTING = r"(?:#|no|nr|num|nb|number|count|amount|of|the|total|per|layer)*"
_PATTERNS: Final = tuple(
    (column, re.compile(pattern))
    for column, pattern in (
        ("activations", rf"{_COUNTING}(?:activations?|neurons|units|activation(?:size|volume|count)s?)"),
        (
            "shape",
            r"(?:layer|resulting|the|new|final)*(?:(?:output|out|activation|tensor|volume|featuremaps?|feature)*"
            r"(?:shapes?|sizes?|dims?|dimensions?|dimensionality|volumes?)|outputs?|tensor|featuremaps?|output(?:tensor|volume|featuremaps?))"
            r"(?:ofoutput|oftheoutput|ofthelayer|afterlayer)?",
        ),
        (
            "parameters",
            rf"{_COUNTING}(?:learnable|trainable|learned|free|model|weight|network)*"
            r"(?:params?|parameters?|weights|weights(?:and|&)?bias(?:es)?)(?:count|number|no|#|num|total)?",
        ),
        (
            "macs",
            rf"{_COUNTING}(?:macs?|maccs?|madds?|multadds?|multiplyadds?|multiplyaccumulates?|multiplyaccumulations?|"
            r"multiplications?|mults?|flops?|operations|ops)(?:count|#)?",
        ),
        ("memory", r"(?:the|total|required)*(?:memory|bytes|storage|memoryusage|memory(?:footprint|size|inbytes))"),
        ("receptive_field", r"(?:the|total|theoretical)*(?:receptivefields?|rf|fieldofview)(?:size|width|extent)?"),
        ("number", r"#|no|nr|index|row|step|i|id|layer(?:#|no|nr|num|number|index)|n"),
        ("label", r"|layers?|names?|ops?|operation|types?|kind|layer(?:name|type|op)|module|block|stage|layertypename"),
    )
)
_VAGUE: Final = frozenset(
    {"size", "sizes", "output", "outputs", "volume", "weights", "tensor", "flops", "ops", "operations"}
)


def heading_key(name: object) -> str:
    """A heading's letters alone, without what stands in brackets behind it."""
    text = re.sub(r"\\(?:textbf|text|mathrm|#)", "#" if "\\#" in str(name) else " ", str(name)[:200])
    text = re.sub(r"(?<=\S)\s*[(\[{][^()\[\]{}]*[)\]}]\s*$", "", text.strip(" *`_$|:")).lower()
    return re.sub(r"[^a-z#&]", "", text.replace("mult-add", "multadd"))


def column_of(name: object) -> str | None:
    """The column that a heading names (``label`` and ``number`` are those that name a row); ``None`` if none."""
    if str(name).strip() in ("shape", "parameters", "macs", "receptive_field", "activations", "memory"):
        return str(name).strip()
    key = heading_key(name)
    return next((column for column, pattern in _PATTERNS if pattern.fullmatch(key)), None)


def is_vague(name: object) -> bool:
    """Whether another heading for the same column would be the better one."""
    return heading_key(name) in _VAGUE


def is_heading(row: Sequence[object]) -> bool:
    """Whether a row holds headings: one at least is a column's, and none is a number or a shape."""
    if not row or not all(isinstance(cell, str) and len(cell) < 80 for cell in row):
        return False
    found = [column_of(cell) for cell in row if str(cell).strip()]
    data = any(re.search(r"\d", re.sub(r"[(\[].*[)\]]", "", str(cell))) for cell in row)
    return not data and any(column not in (None, "label", "number") for column in found)
