"""The tokens of a layer's text: numbers, pairs such as ``5x5``, quoted words, words and signs; no ``# comments``."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from examgrad.layers.trouble import LayerError, Place

LONGEST: Final = 2_000
"""Characters in one layer's text."""
MOST_DIGITS: Final = 18

_TOKEN: Final = re.compile(
    r"""(?P<pair>\d+(?:\s*[x×]\s*\d+)+(?![\w.]))
      | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?!\w))
      | (?P<string>"[^"\n]*"|'[^'\n]*'|“[^”\n]*”|‘[^’\n]*’)
      | (?P<word>[^\W\d]\w*'*)
      | (?P<sign>\*\*|//|[-+*/^()\[\],=:.·×−⌊⌋⌈⌉{}])
      | (?P<space>\s+|\#.*)
      | (?P<bad>.)""",
    re.X | re.S,
)
_SAME_SIGN: Final = {"·": "*", "×": "*", "−": "-", "**": "^"}


class Token(NamedTuple):
    """A token; ``kind`` is a group of the pattern, or ``end``; ``sign`` is a sign's usual form."""

    kind: str
    text: str
    start: int
    end: int
    sign: str


def tokens_of(text: str) -> list[Token]:
    """The tokens, the last one of the kind ``end``. Raises :class:`LayerError`."""
    if len(text) > LONGEST:
        message = f"a layer's text has at most {LONGEST} characters, this has {len(text)}"
        raise LayerError("too-long", message, Place(text, 0, 1))
    tokens = []
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        place = Place(text, match.start(), match.end())
        if kind == "bad":
            raise LayerError("syntax", f"{match[0]!r} has no meaning in a layer", place)
        if kind == "number" and len(match[0]) > MOST_DIGITS:
            raise LayerError("too-large", f"a number here has at most {MOST_DIGITS} digits", place)
        if kind != "space":
            sign = _SAME_SIGN.get(match[0], match[0]) if kind == "sign" else ""
            tokens.append(Token(kind, match[0], match.start(), match.end(), sign))
    tokens.append(Token("end", "", len(text), len(text), ""))
    return tokens
