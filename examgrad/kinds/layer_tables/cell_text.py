"""The text of a table's cell, brought to one notation without moving a letter, so that errors keep their place."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from examgrad.formula.functions import SPELLINGS
from examgrad.kinds.reading import unreadable
from examgrad.kinds.scope import Scope
from examgrad.kinds.stretches import moved

LONGEST: Final = 1_000
"""Characters in one cell."""
_BLANK: Final = "\u00a0\u2009\u202f\u2007\u200a\t\n\r~$"
_SAME: Final = {"✕": "×", "⨯": "×", "✖": "×", "х": "×", "⋅": "·", "∙": "·", "•": "·", "∗": "*", "＝": "=", "，": ",",
                "（": "(", "）": ")", "［": "[", "］": "]", "≃": "≈", "≅": "≈"}  # fmt: skip
_LATEX: Final = {
    "times": "×", "cdot": "·", "approx": "≈", "to": "→", "rightarrow": "→", "Rightarrow": "→", "left": "", "right": "",
    "quad": "", "displaystyle": "", **dict.fromkeys(",;! :%()[]", ""),
}  # fmt: skip
_COMMAND = re.compile(r"\\([A-Za-z]+|[,;! :%()\[\]])")
_SETTING = re.compile(r"\\(?:text|mathrm|mathbf|textbf|textit|operatorname|boxed|mathit)\s*(?=\{)")
_BRACED = re.compile(r"\{\s*(\\times|\\cdot)\s*\}")
_WORD = re.compile(r"\w+")
_MARKS = re.compile(r"\s*(\*\*|__|`+|\*|_|['\"])(?=\S)")


def plain(text: str, scope: Scope) -> str:
    """The text in one notation, of the same length: ``×`` for every sign and letter x that multiplies."""
    if len(text) > LONGEST:
        raise unreadable(text, f"a cell has at most {LONGEST} characters, and this has {len(text)}", code="too-long")
    letters = "".join(map(_letter, text))
    letters = _BRACED.sub(lambda match: match[1].center(len(match[0])), letters)
    letters = _SETTING.sub(lambda match: " " * len(match[0]), letters)
    letters = _COMMAND.sub(_command, letters)
    if (mark := _MARKS.match(letters)) and letters.rstrip().endswith(mark[1]) and len(letters.strip()) > len(mark[1]):
        end = len(letters.rstrip())
        width = len(mark[1])
        letters = " " * mark.end() + letters[mark.end() : end - width] + " " * (len(letters) - end + width)
    return moved(_times(letters, scope), text)


def _letter(letter: str) -> str:
    if letter < "\x7f" and letter not in "\t\n\r~$":
        return letter
    if letter in _BLANK:
        return " "
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    return _SAME.get(letter, letter)


def _command(match: re.Match[str]) -> str:
    sign = _LATEX.get(match[1])
    return match[0] if sign is None else sign.ljust(len(match[0]))


def _times(text: str, scope: Scope) -> str:
    """The text with ``×`` for the letter x where it stands between sizes and is no part of a name."""

    def word(match: re.Match[str]) -> str:
        found = match[0]
        if found == "by" and scope.names.find(found) is None:
            return "× "
        if ("x" not in found and "X" not in found) or (match.start() and text[match.start() - 1] == "\\"):
            return found
        if found in SPELLINGS or scope.names.find(found) is not None:
            return found
        pieces = re.split("[xX]", found)
        if all(piece == "" or piece[0].isdigit() or scope.names.find(piece) is not None for piece in pieces):
            return re.sub("[xX]", "×", found)
        return found

    return _WORD.sub(word, text)
