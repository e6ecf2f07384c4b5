"""How the names of a problem are spelled, and how a run of letters is split into them.

``x1``, ``x_1``, ``x₁`` and ``x_{1}`` are one name, and so are ``yhat``, ``y_hat``, ``ŷ`` and ``\\hat{y}``;
``lambda``, ``λ`` and ``\\lambda``. :func:`name_key` maps every spelling to one key; :class:`Words` splits a run
of letters (``wh``, ``2x1x2``) into declared names, longest match first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeVar

from examgrad.formula.functions import SPELLINGS

T = TypeVar("T")

MAX_KEPT: Final = 2048
MAX_KEPT_LENGTH: Final = 64

GREEK: Final = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ",
    "Psi": "Ψ", "Omega": "Ω", "ell": "ℓ",
}  # fmt: skip
_LETTER_NAMES: Final = {letter: name for name, letter in GREEK.items()} | {
    "µ": "mu", "ϵ": "epsilon", "ϑ": "theta", "ϕ": "phi", "ϱ": "rho", "ς": "sigma", "ϖ": "pi",
}  # fmt: skip
ACCENTS: Final = {
    "hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307", "ddot": "\u0308", "vec": "\u20d7",
}  # fmt: skip
_MARKS: Final = {mark: name for name, mark in ACCENTS.items()} | {"\u0305": "bar", "\u030c": "hat"}
_SUBSCRIPTS: Final = {
    **{chr(0x2080 + digit): str(digit) for digit in range(10)},
    **dict(zip("ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ", "aeoxhklmnpstijruv", strict=True)),
}
SUBSCRIPTS: Final = _SUBSCRIPTS
"""Small letters and digits below the line, to what they say."""
_DROPPED: Final = frozenset("_{}, \t")


@lru_cache(maxsize=4096)
def name_key(spelling: str) -> str:
    """The key under which all spellings of one name meet: ``x_{1}`` → ``x1``, ``ŷ`` → ``yhat``."""
    if spelling.isascii() and spelling.isalnum():
        return spelling
    return "".join(_fold(spelling)).replace("'", "prime")


def _fold(spelling: str) -> list[str]:
    folded = []
    for letter in unicodedata.normalize("NFD", spelling):
        if letter in _DROPPED:
            continue
        folded.append(_LETTER_NAMES.get(letter) or _MARKS.get(letter) or _SUBSCRIPTS.get(letter) or letter)
    return folded


@lru_cache(maxsize=4096)
def plain_spelling(spelling: str) -> str:
    """A name in ASCII, kept close to how it was declared: ``ŷ`` → ``yhat``, ``x₁`` → ``x1``, ``v_new`` stays."""
    inner = re.sub(r"[{}\s,]", "", spelling)
    kept = [
        _LETTER_NAMES.get(c) or _MARKS.get(c) or _SUBSCRIPTS.get(c) or c for c in unicodedata.normalize("NFD", inner)
    ]
    return "".join(kept).replace("'", "prime").strip("_")


class Piece(NamedTuple):
    """One part of a run of letters: ``kind`` is ``name``, ``function``, ``constant``, ``number``, ``diff`` (the
    d of a derivative), ``entry`` (a position in a declared array) or ``unknown``. ``value`` is canonical."""

    kind: str
    value: str
    start: int
    end: int
    indices: tuple[str, ...] = ()


CONSTANTS: Final = {"pi": "pi", "e": "e", "inf": "inf", "∞": "inf", "infty": "inf", "oo": "inf"}

_UNIT = re.compile(
    r"_\{[^{}]*\}|_\d+|_[^\W\d_][\u0300-\u036f\u20d7]*|[₀-₉]+|[ₐ-ₜᵢ-ᵥⱼ]+|\d+|[^\W\d_][\u0300-\u036f\u20d7]*|'+|.", re.S
)
_LONE_LETTER = re.compile(r"[^\W\d_](?!_)")
_INDEX_LETTERS: Final = frozenset("ijklmnpqrst")
_LAYERED = re.compile(r"_\{\s*(\d+)\s*,\s*([A-Za-z,\s]+)\}")
_OPEN_NAME = re.compile(
    r"(?:(?:" + "|".join(sorted(GREEK, key=len, reverse=True)) + r")(?:hat|bar|tilde)?|[^\W\d_][\u0300-\u036f\u20d7]*"
    r"(?:hat|bar|tilde)?)(?:\d+|[₀-₉ₐ-ₜᵢ-ᵥⱼ]+|_\{[^{}]*\}|_\d+|_[^\W\d_]+)?'*"
)


Lexed = tuple[str, Any, int, int]
"""What a token says, and where it begins and ends in the lexeme that it was read from; for one that reads as several
tokens (or none) :data:`SEVERAL`, all of them, and the lexeme's ends."""
SEVERAL: Final = "several"


class Words:
    """How words are read under one set of declared names; see :class:`examgrad.formula.names.Names`.

    ``axes`` gives the number of axes of each declared array. What was once found out about a word is kept:
    ``lexemes`` (``latex_lexemes`` in LaTeX) belongs to the scanner, which keeps there what a word and the spaces
    before it read as, wherever they stand. All problems with the same names share one ``Words`` (:func:`words_of`).
    """

    def __init__(
        self,
        names: tuple[str, ...],
        axes: tuple[tuple[str, int], ...],
        aliases: tuple[tuple[str, str], ...],
        open_ended: bool,
        sample_index: bool,
        whole_words: bool,
    ) -> None:
        self.keys: Final = {name_key(name): name for name in names} | dict(aliases)
        self.lexemes: Final[dict[str, Lexed]] = {}
        self.latex_lexemes: Final[dict[str, Lexed]] = {}
        self._axes: Final = dict(axes)
        self._open_ended: Final = open_ended
        self._sample_index: Final = sample_index
        self._whole_words: Final = whole_words
        self._memo: Final[dict[str, tuple[Piece, ...]]] = {}
        self._made_of: Final = (names, axes, aliases, open_ended, sample_index, whole_words)

    def __reduce__(self) -> tuple[object, ...]:
        return words_of, self._made_of

    def find(self, spelling: str) -> str | None:
        """The declared name that a spelling means, or ``None``."""
        return self.keys.get(name_key(spelling))

    def split(self, word: str) -> tuple[Piece, ...]:
        """A run of letters, digits and subscripts as declared names, functions and constants.

        Longest match first; a single ``unknown`` piece where the run cannot be split without a rest.
        """
        pieces = self._memo.get(word)
        if pieces is None:
            pieces = self._split(word)
            keep(self._memo, word, pieces)
        return pieces

    def _split(self, word: str) -> tuple[Piece, ...]:
        if (name := self.find(word)) is not None:
            return (Piece("name", name, 0, len(word)),)
        if self._whole_words:
            return (Piece("name", plain_spelling(word), 0, len(word)),)
        units = [match.span() for match in _UNIT.finditer(word)]
        if len(units) > 64:
            return (Piece("unknown", word, 0, len(word)),)
        dead: set[int] = set()
        pieces = self._pieces(word, units, 0, dead)
        return tuple(pieces) if pieces is not None else (Piece("unknown", word, 0, len(word)),)

    def _pieces(self, word: str, units: Sequence[tuple[int, int]], at: int, dead: set[int]) -> list[Piece] | None:
        """The pieces from unit ``at`` on, trying the longest first; ``dead`` remembers where nothing fits."""
        if at == len(units):
            return []
        if at in dead:
            return None
        for piece, after in self._candidates(word, units, at):
            rest = self._pieces(word, units, after, dead)
            if rest is not None:
                return [piece, *rest]
        dead.add(at)
        return None

    def _candidates(self, word: str, units: Sequence[tuple[int, int]], at: int) -> list[tuple[Piece, int]]:
        start = units[at][0]
        found: list[tuple[Piece, int]] = []
        for after in range(len(units), at, -1):
            if (
                after < len(units)
                and not word[units[after][0]].isalpha()
                and word[units[after][0]] not in _LETTER_NAMES
            ):
                dangling = True  # a digit or subscript belongs to what stands before it
            else:
                dangling = False
            end = units[after - 1][1]
            text = word[start:end]
            if not dangling:
                if (name := self.keys.get(name_key(text))) is not None:
                    found.append((Piece("name", name, start, end), after))
                elif (entry := self._entry(word, units, at, after)) is not None:
                    found.append((entry, after))
                elif (constant := CONSTANTS.get(text) or _LETTER_NAMES.get(text)) in ("pi", "e", "inf"):
                    found.append((Piece("constant", str(constant), start, end), after))
                elif self._open_ended and (match := _OPEN_NAME.fullmatch(text)) and text not in SPELLINGS:
                    found.append((Piece("name", self._open_spelling(match[0]), start, end), after))
            function = SPELLINGS.get(name_key(text) if "_" in text else text) or (
                "sigmoid" if text in ("σ", "sigma") else None
            )
            if function and name_key(text) not in self.keys:
                found.append((Piece("function", function, start, end), after))
        if word[start:].startswith("d"):
            found.append((Piece("diff", "d", start, start + 1), at + 1))
        if at > 0 and word[start].isdecimal() and word[start - 1].isalpha():
            found.append((Piece("number", word[start : units[at][1]], start, units[at][1]), at + 1))
        if self._open_ended:  # functions before letters: tanh is no product
            found.sort(key=lambda item: item[0].kind not in ("function", "constant"))
        return found

    def _open_spelling(self, text: str) -> str:
        return plain_spelling(text).replace("_", "") if re.search(r"_\{?\d", text) else plain_spelling(text)

    def _entry(self, word: str, units: Sequence[tuple[int, int]], at: int, after: int) -> Piece | None:
        """``W_{12}``, ``W_ij``, ``x_1`` of a declared array, or a scalar with its sample's index."""
        if (pair := self._pair(word, units, at, after)) is not None:
            return pair
        for cut in range(after - 1, at, -1):
            first = word[units[cut][0]]
            if first.isalpha() and first not in _SUBSCRIPTS:
                break  # a letter on the line, and what stands before it, is no index
            base, subscript = word[units[at][0] : units[cut - 1][1]], word[units[cut][0] : units[after - 1][1]]
            name = self.keys.get(name_key(base))
            if name is None and (layered := _LAYERED.fullmatch(subscript)):  # W_{2,ij} is an entry of W2
                name, subscript = self.keys.get(name_key(base + layered[1])), layered[2]
            if name is None:
                continue
            axes = self._axes.get(name, 0)
            if not axes:
                if (
                    self._sample_index
                    and after == cut + 1
                    and (after == len(units) or "}" in subscript)
                    and name_key(subscript) in tuple("ijkntm")
                ):
                    return Piece("name", name, units[at][0], units[after - 1][1])
                continue
            indices = _indices(subscript, axes) or (axes == 2 and self._row(subscript)) or None
            if indices is not None:
                return Piece("entry", name, units[at][0], units[after - 1][1], indices)
        return None

    def _pair(self, word: str, units: Sequence[tuple[int, int]], at: int, after: int) -> Piece | None:
        """``W_ij`` for ``W_{ij}``: two letters behind the name of a matrix, none of which is an array itself."""
        last = units[after - 1][0]
        if after - at < 3 or word[last - 2] != "_" or _LONE_LETTER.match(word, units[after - 1][1]):
            return None
        name, letters = self.keys.get(name_key(word[units[at][0] : last - 2])), (word[last - 1], word[last])
        if name is None or self._axes.get(name) != 2 or not all(
            letter.isascii() and letter.isalpha() and (letter in _INDEX_LETTERS or letter not in self.keys)
            and self.keys.get(letter) not in self._axes for letter in letters
        ):  # fmt: skip
            return None
        return Piece("entry", name, units[at][0], units[after - 1][1], letters)

    def _row(self, subscript: str) -> tuple[str, ...]:
        """The one index that takes a row out of a matrix, ``X_i``: a usual letter, or a name; ``W_h`` is none."""
        inner = "".join(_SUBSCRIPTS.get(letter, letter) for letter in subscript).strip("_{} ")
        scalar = len(inner) == 1 and inner in self.keys and self.keys[inner] not in self._axes
        return (inner,) if scalar or (inner in ("i", "j", "n") and inner not in self.keys) else ()


@lru_cache(maxsize=64)
def words_of(
    names: tuple[str, ...],
    axes: tuple[tuple[str, int], ...] = (),
    aliases: tuple[tuple[str, str], ...] = (),
    open_ended: bool = False,
    sample_index: bool = False,
    whole_words: bool = False,
) -> Words:
    """The words of these names, the very same for the same names: pairs of formulas come with names made anew."""
    return Words(names, axes, aliases, open_ended, sample_index, whole_words)


def keep(memo: dict[str, T], word: str, found: T) -> None:
    """Remember what was found out about a word; bounded in the number of words and in their lengths."""
    if len(word) <= MAX_KEPT_LENGTH:
        if len(memo) >= MAX_KEPT:
            memo.clear()
        memo[word] = found


def _indices(subscript: str, axes: int) -> tuple[str, ...] | None:
    """``_{12}`` of a matrix → 1, 2; of a vector → 12; ``_{i,j}`` → i, j."""
    inner = "".join(_SUBSCRIPTS.get(letter, letter) for letter in subscript).strip("_{} ")
    parts = [part.strip() for part in re.split(r"[,\s]\s*", inner)] if re.search(r"[,\s]", inner) else [inner]
    if len(parts) == 1 and len(inner) == axes > 1:
        parts = list(inner)
    if len(parts) != axes or not all(part.isdigit() or part.isalpha() or part == ":" for part in parts):
        return None
    return None if ":" in parts and (axes != 2 or parts == [":", ":"]) else tuple(parts)
