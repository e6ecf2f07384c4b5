"""What people wrote, made harmless for the place it is written to."""

from __future__ import annotations

import re
from typing import Final

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def terminal(text: str) -> str:
    """Text without control characters, terminal escapes and marks that reverse its direction."""
    return _CONTROLS.sub("\ufffd", text.replace("\r\n", "\n").replace("\t", "    "))
