"""Letters of mathematical alphabets (from U+1D400, and ℎ), as copied from a PDF: read as the letters they show.

Double-struck letters and all digits mean something of their own: 𝟏 and 𝟙 are no 1.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_STYLED: Final = {
    code: plain
    for code in (0x210E, *range(0x1D400, 0x1D538), *range(0x1D56C, 0x1D7CE))
    if len(plain := unicodedata.normalize("NFKC", chr(code))) == 1 and plain != chr(code)
}


def unstyled(text: str) -> str:
    """The text with plain letters, one for one, so that positions stay."""
    return text if text.isascii() else text.translate(_STYLED)
