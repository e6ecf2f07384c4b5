"""What a problem's names are, and which spellings mean one name.

``x1``, ``x_1``, ``x₁`` and ``x_{1}`` are one name, and so are ``yhat``, ``y_hat``, ``ŷ`` and ``\\hat{y}``;
``lambda``, ``λ`` and ``\\lambda``. :func:`name_key` maps every spelling to one key; :class:`Names` holds what
a problem declares and splits a run of letters (``wh``, ``2x1x2``) into declared names, longest match first.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final, NamedTuple

from examgrad.formula.functions import SPELLINGS

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
_DROPPED: Final = frozenset("_{}, \t")


@lru_cache(maxsize=4096)
def name_key(spelling: str) -> str:
    """The key under which all spellings of one name meet: ``x_{1}`` → ``x1``, ``ŷ`` → ``yhat``."""
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


@dataclass(frozen=True)
class Domain:
    """Which real (or complex) numbers a variable may be: an interval, perhaps of integers only.

    ``None`` is no bound; ``low_open`` and ``high_open`` say that the bound itself is not in the interval.
    """

    low: Fraction | None = None
    high: Fraction | None = None
    low_open: bool = True
    high_open: bool = True
    integer: bool = False
    complex: bool = False

    def contains(self, value: Fraction) -> bool:
        """Whether a rational number lies in it."""
        if self.integer and value.denominator != 1:
            return False
        if self.low is not None and (value < self.low or (self.low_open and value == self.low)):
            return False
        return not (self.high is not None and (value > self.high or (self.high_open and value == self.high)))

    @property
    def positive(self) -> bool:
        """Whether every number in it is above zero."""
        return self.low is not None and (self.low > 0 or (self.low == 0 and self.low_open))

    @property
    def negative(self) -> bool:
        """Whether every number in it is below zero."""
        return self.high is not None and (self.high < 0 or (self.high == 0 and self.high_open))


REAL: Final = Domain()
DOMAINS: Final = {
    "real": REAL,
    "positive": Domain(low=Fraction(0)),
    "nonnegative": Domain(low=Fraction(0), low_open=False),
    "negative": Domain(high=Fraction(0)),
    "integer": Domain(integer=True),
    "complex": Domain(complex=True),
}
_INTERVAL = re.compile(r"\s*([(\[])\s*([^,;]+)[,;]\s*([^,;]+?)\s*([)\]])\s*\Z")


def read_domain(text: str) -> Domain:
    """``positive``, ``(0, 1)``, ``[0, inf)`` … as a domain; ``ValueError`` says in words what is wrong."""
    if (domain := DOMAINS.get(text.strip())) is not None:
        return domain
    match = _INTERVAL.match(text)
    if not match:
        near = difflib.get_close_matches(text.strip(), DOMAINS, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"'{text}' is no domain: expected {', '.join(DOMAINS)} or a range such as (0, 1){hint}")
    low, high = _bound(match[2]), _bound(match[3])
    if low is not None and high is not None and low >= high:
        raise ValueError(f"the range {text} is empty: its lower end must lie below its upper end")
    return Domain(low, high, match[1] == "(" or low is None, match[4] == ")" or high is None)


def _bound(text: str) -> Fraction | None:
    text = text.strip().replace("−", "-")
    if text.lstrip("+-") in ("inf", "oo", "∞", "infinity"):
        return None
    if len(text) > 30:
        raise ValueError(f"'{text[:30]}…' is too long for the end of a range")
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"'{text}' is no number: the ends of a range are numbers or inf") from None


class Variable(NamedTuple):
    """A declared name: its plain spelling, its domain, and its shape.

    ``shape`` is ``()`` for a scalar, else the sizes of its axes, each a number or the name of a size:
    ``("d",)`` is a column vector, ``("m", "d")`` a matrix.
    """

    name: str
    domain: Domain = REAL
    shape: tuple[int | str, ...] = ()


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
    r"_\{[^{}]*\}|_\d+|_[^\W\d_][\u0300-\u036f\u20d7]*|[₀-₉ₐ-ₜᵢ-ᵥⱼ]+|\d+|[^\W\d_][\u0300-\u036f\u20d7]*|'+|.", re.S
)
_OPEN_NAME = re.compile(
    r"(?:(?:" + "|".join(sorted(GREEK, key=len, reverse=True)) + r")(?:hat|bar|tilde)?|[^\W\d_][\u0300-\u036f\u20d7]*"
    r"(?:hat|bar|tilde)?)(?:\d+|[₀-₉ₐ-ₜᵢ-ᵥⱼ]+|_\{[^{}]*\}|_\d+|_[^\W\d_]+)?'*"
)


class Names:
    """The names of one problem, and how a run of letters is split into them.

    ``open_ended`` takes every letter (with its digits, subscript or accent) as a name. ``aliases`` maps further
    spellings to declared names. ``sample_index`` lets a declared scalar carry a sample's index: ``L_j`` is L.
    ``whole_words`` takes every word as one name, to find out what a text would name.
    """

    def __init__(
        self,
        variables: Iterable[Variable] = (),
        *,
        open_ended: bool = False,
        aliases: dict[str, str] | None = None,
        sample_index: bool = False,
        whole_words: bool = False,
    ) -> None:
        self.variables: Final = {variable.name: variable for variable in variables}
        self.open_ended: Final = open_ended
        self.sample_index: Final = sample_index
        self._whole_words: Final = whole_words
        self._keys: Final = {name_key(name): name for name in self.variables} | (aliases or {})
        self._aliases: Final = dict(aliases or {})
        self._longest: Final = max((len(key) for key in self._keys), default=0)
        self._memo: Final[dict[str, tuple[Piece, ...]]] = {}

    def extended(
        self, names: Iterable[str] = (), *, aliases: dict[str, str] | None = None, sample_index: bool | None = None
    ) -> Names:
        """These names and some more scalars, with further spellings."""
        more = [Variable(name) for name in names if self.find(name) is None]
        return Names(
            [*self.variables.values(), *more],
            open_ended=self.open_ended,
            aliases=self._aliases | (aliases or {}),
            sample_index=self.sample_index if sample_index is None else sample_index,
        )

    def find(self, spelling: str) -> str | None:
        """The declared name that a spelling means, or ``None``."""
        return self._keys.get(name_key(spelling))

    def domain(self, name: str) -> Domain:
        """The domain of a name; every name that is not declared is real."""
        variable = self.variables.get(name)
        return variable.domain if variable else REAL

    def nearest(self, word: str) -> str | None:
        """The declared name, or else the function, that looks most like ``word``."""
        key = name_key(word)
        for pool, cutoff in ((self._keys, 0.5), ({spelling: spelling for spelling in SPELLINGS}, 0.7)):
            near = [other for other in pool if other.lower() == key.lower()]
            near = near or difflib.get_close_matches(key, pool, 1, cutoff)
            if near:
                return pool[near[0]]
        return None

    def split(self, word: str) -> tuple[Piece, ...]:
        """A run of letters, digits and subscripts as declared names, functions and constants.

        Longest match first; a single ``unknown`` piece where the run cannot be split without a rest.
        """
        pieces = self._memo.get(word)
        if pieces is None:
            if len(self._memo) > 4096:
                self._memo.clear()
            pieces = self._memo[word] = self._split(word)
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
                if (name := self._keys.get(name_key(text))) is not None:
                    found.append((Piece("name", name, start, end), after))
                elif (entry := self._entry(word, units, at, after)) is not None:
                    found.append((entry, after))
                elif (constant := CONSTANTS.get(text) or _LETTER_NAMES.get(text)) in ("pi", "e", "inf"):
                    found.append((Piece("constant", str(constant), start, end), after))
                elif self.open_ended and (match := _OPEN_NAME.fullmatch(text)) and text not in SPELLINGS:
                    found.append((Piece("name", self._open_spelling(match[0]), start, end), after))
            function = SPELLINGS.get(name_key(text) if "_" in text else text) or (
                "sigmoid" if text in ("σ", "sigma") else None
            )
            if function and name_key(text) not in self._keys:
                found.append((Piece("function", function, start, end), after))
        if word[start:].startswith("d"):
            found.append((Piece("diff", "d", start, start + 1), at + 1))
        if at > 0 and word[start].isdecimal() and word[start - 1].isalpha():
            found.append((Piece("number", word[start : units[at][1]], start, units[at][1]), at + 1))
        if self.open_ended:  # functions before letters: tanh is no product
            found.sort(key=lambda item: item[0].kind not in ("function", "constant"))
        return found

    def _open_spelling(self, text: str) -> str:
        return plain_spelling(text).replace("_", "") if re.search(r"_\{?\d", text) else plain_spelling(text)

    def _entry(self, word: str, units: Sequence[tuple[int, int]], at: int, after: int) -> Piece | None:
        """``W_{12}``, ``x_1`` of a declared array, or a scalar with its sample's index."""
        for cut in range(after - 1, at, -1):
            name = self._keys.get(name_key(word[units[at][0] : units[cut - 1][1]]))
            subscript = word[units[cut][0] : units[after - 1][1]]
            if name is None or (subscript[0].isalpha() and subscript[0] not in _SUBSCRIPTS):
                continue
            shape = self.variables[name].shape if name in self.variables else ()
            if not shape:
                if (
                    self.sample_index
                    and after == cut + 1
                    and (after == len(units) or "}" in subscript)
                    and name_key(subscript) in tuple("ijkntm")
                ):
                    return Piece("name", name, units[at][0], units[after - 1][1])
                continue
            indices = _indices(subscript, len(shape))
            if indices is not None:
                return Piece("entry", name, units[at][0], units[after - 1][1], indices)
        return None


def _indices(subscript: str, axes: int) -> tuple[str, ...] | None:
    """``_{12}`` of a matrix → 1, 2; of a vector → 12; ``_{i,j}`` → i, j."""
    inner = "".join(_SUBSCRIPTS.get(letter, letter) for letter in subscript).strip("_{} ")
    parts = [part.strip() for part in re.split(r"[,\s]\s*", inner)] if re.search(r"[,\s]", inner) else [inner]
    if len(parts) == 1 and axes == 2 and len(inner) == 2:
        parts = list(inner)
    if len(parts) != axes or not all(part.isdigit() or part.isalpha() for part in parts):
        return None
    return tuple(parts)
