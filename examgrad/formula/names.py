"""What a problem's names are: their domains and shapes, and which spellings mean one of them.

How a name may be spelled, and how a run of letters is split into names, is :mod:`examgrad.formula.words`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final, Literal, NamedTuple

from examgrad.formula.functions import SPELLINGS
from examgrad.formula.words import ACCENTS, GREEK, name_key, plain_spelling, words_of

__all__ = [
    "ACCENTS",
    "DOMAINS",
    "GREEK",
    "REAL",
    "Domain",
    "Names",
    "Variable",
    "name_key",
    "plain_spelling",
    "read_domain",
]


Structure = Literal["", "symmetric", "sums to one", "one-hot"]
SUMMING: Final = frozenset({"sums to one", "one-hot"})
"""Structures of which a column, or each row of a matrix, sums to one."""


@dataclass(frozen=True)
class Domain:
    """Which real (or complex) numbers a variable may be: an interval, perhaps of integers only.

    ``None`` is no bound; ``low_open`` and ``high_open`` say that the bound itself is not in the interval.
    ``structure`` is what the entries of an array have in common: a matrix is symmetric, a column (or each row of a
    matrix) sums to one, or is one-hot.
    """

    low: Fraction | None = None
    high: Fraction | None = None
    low_open: bool = True
    high_open: bool = True
    integer: bool = False
    complex: bool = False
    structure: Structure = ""
    _hash: ClassVar[int] = 0  # of each instance its own

    def __post_init__(self) -> None:  # domains are looked up by, and a fraction takes long to hash
        ends = (() if self.low is None else self.low), (() if self.high is None else self.high)
        parts = (*ends, self.low_open, self.high_open, self.integer, self.complex)
        object.__setattr__(self, "_hash", hash(parts))  # the same in every process

    def __hash__(self) -> int:
        return self._hash

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
        if self.low is None:
            return False
        return self.low.numerator > 0 or (self.low_open and not self.low)

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
    "symmetric": Domain(structure="symmetric"),
    "one-hot": Domain(Fraction(0), Fraction(1), False, False, structure="one-hot"),
    "probabilities": Domain(Fraction(0), Fraction(1), False, False, structure="sums to one"),
}
_INTERVAL = re.compile(r"\s*([(\[])\s*([^,;]+)[,;]\s*([^,;]+?)\s*([)\]])\s*\Z")


def read_domain(text: str) -> Domain:
    """``positive``, ``(0, 1)``, ``[0, inf)`` … as a domain; ``ValueError`` says in words what is wrong."""
    if (domain := DOMAINS.get(text.strip().replace("_", "-"))) is not None:
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


class Names:
    """The names of one problem, and how a run of letters is split into them.

    ``open_ended`` takes every letter (with its digits, subscript or accent) as a name. ``aliases`` maps further
    spellings to declared names. ``sample_index`` lets a declared scalar carry a sample's index: ``L_j`` is L.
    ``whole_words`` takes every word as one name, to find out what a text would name. ``words`` is what is known
    of their spellings, shared by all that declare the same names.
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
        self._aliases: Final = dict(aliases or {})
        axes = tuple([(name, len(variable.shape)) for name, variable in self.variables.items() if variable.shape])
        self.arrays: Final = bool(axes)
        self.words: Final = words_of(
            tuple(self.variables),
            axes,
            tuple(self._aliases.items()),
            open_ended,
            sample_index,
            whole_words,
        )

    def extended(
        self,
        names: Iterable[str | Variable] = (),
        *,
        aliases: dict[str, str] | None = None,
        sample_index: bool | None = None,
    ) -> Names:
        """These names and some more, scalars where nothing else is said, with further spellings."""
        stated = [Variable(name) if isinstance(name, str) else name for name in names]
        more = [variable for variable in stated if self.find(variable.name) is None]
        return Names(
            [*self.variables.values(), *more],
            open_ended=self.open_ended,
            aliases=self._aliases | (aliases or {}),
            sample_index=self.sample_index if sample_index is None else sample_index,
        )

    def find(self, spelling: str) -> str | None:
        """The declared name that a spelling means, or ``None``."""
        return self.words.find(spelling)

    @property
    def shapes(self) -> dict[str, tuple[int | str, ...]]:
        """The shape of every declared array."""
        return {name: variable.shape for name, variable in self.variables.items() if variable.shape}

    @property
    def domains(self) -> dict[str, Domain]:
        """The domain of every declared name."""
        return {name: variable.domain for name, variable in self.variables.items()}

    def is_size(self, name: str) -> bool:
        """Whether a name is the size of a declared array."""
        return name in self.variables and any(name in variable.shape for variable in self.variables.values())

    def domain(self, name: str) -> Domain:
        """The domain of a name; every name that is not declared is real."""
        variable = self.variables.get(name)
        return variable.domain if variable else REAL

    def nearest(self, word: str) -> str | None:
        """The declared name, or else the function, that looks most like ``word``."""
        base, mark, index = word.partition("_")
        if (other := self.find(base.swapcase())) is not None and (not mark or other in self.shapes):
            return other + mark + index  # x_i of a matrix X
        key = name_key(word)
        for pool, cutoff in ((self.words.keys, 0.5), ({spelling: spelling for spelling in SPELLINGS}, 0.7)):
            near = [other for other in pool if other.lower() == key.lower()]
            near = near or difflib.get_close_matches(key, pool, 1, cutoff)
            if near:
                return pool[near[0]]
        return None
