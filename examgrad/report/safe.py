"""What people wrote, made harmless for the place it is written to."""

from __future__ import annotations

import re
from typing import Final

_CONTROLS: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_UNWRITABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_COMMANDS: Final = re.compile(r"^([^\S\n]*):(?=:)|(?<=##)\[", re.M)
_FORMULAS: Final = frozenset("=+-@\t\r\n＝＋－＠")
"""What a cell begins with that a spreadsheet runs; OWASP, CSV Injection."""


def terminal(text: str) -> str:
    """Text without control characters, terminal escapes and marks that reverse its direction.

    Nothing is left that XML 1.0 forbids, or that UTF-8 cannot hold.
    """
    return _CONTROLS.sub("\ufffd", text.replace("\r\n", "\n").replace("\t", "    "))


def log(text: str) -> str:
    """Text in whose lines a CI system finds no command (``::name::``, ``##[name]``) when they stand in its log."""
    return _COMMANDS.sub(lambda found: f"{found[1] or ''}\ufffd", text)


def spreadsheet(text: str) -> str:
    """The text of a cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe."""
    text = _UNWRITABLE.sub("\ufffd", text)
    return f"'{text}" if text[:1] in _FORMULAS or text.lstrip()[:1] in _FORMULAS else text


def command_data(text: str) -> str:
    """The message of one of GitHub's workflow commands, on one line."""
    return terminal(text).replace("%", "%25").replace("\n", "%0A")  # terminal leaves no \r


def command_property(text: str) -> str:
    """The value of a property of one of GitHub's workflow commands."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")
