"""LaTeX commands to tokens, for the scanner of :mod:`examgrad.formula.plain`.

A command is a name (``\\lambda``, ``\\hat{y}``), a function, a sign, an environment, a style that is set aside,
or unknown; nothing is dropped that is not in a table here.
"""

from __future__ import annotations

import difflib
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from examgrad.formula.functions import SPELLINGS
from examgrad.formula.words import ACCENTS, GREEK

if TYPE_CHECKING:
    from examgrad.formula.plain import Scanner

_SIGNS: Final = {
    "cdot": "*", "times": "*", "ast": "*", "div": "/", "odot": "hadamard", "circ": "hadamard", "le": "<=", "leq": "<=",
    "leqslant": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "ne": "!=", "neq": "!=", "lt": "<", "gt": ">",
    "lbrace": "{", "rbrace": "}", "{": "{", "}": "}", "lbrack": "[", "rbrack": "]", "|": "||", "Vert": "||",
    "lVert": "||", "rVert": "||", "vert": "|", "lvert": "|", "rvert": "|", "mid": "|", "lfloor": "⌊", "rfloor": "⌋",
    "lceil": "⌈", "rceil": "⌉", "nabla": "nabla", "sum": "sum", "frac": "frac", "dfrac": "frac", "tfrac": "frac",
    "cfrac": "frac", "sqrt": "sqrt", "top": "⊤", "intercal": "⊤", "prime": "'", "land": "and", "wedge": "and",
    "lor": "or", "vee": "or", "lnot": "not", "neg": "not", "approx": "=", "equiv": "=", "coloneqq": "=", "\\": "\\\\",
    "cr": "\\\\", "newline": "\\\\", "minus": "-", "otimes": "outer", "oslash": "/", "langle": "⟨", "rangle": "⟩",
}  # fmt: skip
_IGNORED: Final = frozenset(
    "left right bigl bigr Bigl Bigr big Big bigg Bigg biggl biggr Biggl Biggr middle displaystyle textstyle "
    "scriptstyle limits nolimits therefore because implies Rightarrow quad qquad boxed fbox nonumber hfill ldots hline "
    "phantom smash mathstrut medspace thinspace rm bf it".split()
) | set(",;:! ()[]")
_STYLES: Final = frozenset(
    "mathbf boldsymbol bm mathit mathrm mathsf mathtt mathcal mathscr mathbb mathfrak text textbf textit textrm "
    "textnormal operatorname mbox hbox emph symbf pmb".split()
)
_SPACES: Final = frozenset({"quad", "qquad"})
ENVIRONMENTS: Final = {
    **dict.fromkeys(("matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "array"), "matrix"),
    **dict.fromkeys(("cases", "dcases", "rcases"), "cases"),
    **dict.fromkeys(("aligned", "align", "align*", "split", "equation", "equation*", "gathered", "gather", "gather*",
                     "eqnarray", "eqnarray*", "alignedat"), ""),
    **dict.fromkeys(("vmatrix",), "det"),
}  # fmt: skip
_GROUP = re.compile(r"\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_LABEL = re.compile(r"\s*[_^]" + _GROUP.pattern)
_ENVIRONMENT = re.compile(r"\s*\{([A-Za-z]+\*?)\}(?:\s*\{[lcr| ]*\})?")
_ROW_SPACE = re.compile(r"\s*\[-?[\d.]+\s*(?:pt|em|ex|mm|cm)\]")
_ONE = re.compile(r"\s*(\\[A-Za-z]+|[^\s{}\\])")
_PROSE_KEYWORDS: Final = {
    "if": "if", "for": "if", "when": "if", "where": "if", "else": "else", "otherwise": "else", "and": "and",
    "or": "or", "else if": "if", "elsewhere": "else", "if and only if": "if",
}  # fmt: skip
_NESTED_STYLE = re.compile(r"\\(?:" + "|".join(sorted(_STYLES, key=len, reverse=True)) + r")\s*\{([^{}]*)\}")
_NESTED_GREEK = re.compile(r"\\([A-Za-z]+)\s*")

_ACCENTS: Final = {name: name for name in ACCENTS} | {"widehat": "hat", "widetilde": "tilde", "overline": "bar"}
_NESTED_ACCENT = re.compile(r"\\(" + "|".join(_ACCENTS) + r")\s*(?:\{([^{}]*)\}|([A-Za-z]))")
LETTERS: Final = GREEK | {
    f"var{name}": GREEK[name] for name in ("epsilon", "phi", "theta", "rho", "sigma", "pi")
}  # fmt: skip
"""The commands that are a letter, to that letter."""
ENCLOSING: Final = (*_ACCENTS, *sorted(_STYLES), "begin", "end")
"""The commands whose argument is a word that belongs to them."""
_FIXED: Final = (
    (frozenset(_SIGNS) | frozenset(SPELLINGS) | _IGNORED | {"partial", "infty"}) - _SPACES
    - {"\\", "cr", "newline", "left", "right"}
) | frozenset(LETTERS) | frozenset(ENCLOSING)  # fmt: skip
_MOVING = re.compile(r"(?i)\{\s*(?:t|ans|answer)\s*\}")


def is_fixed(name: str, lexeme: str) -> bool:
    """Whether a command, with its argument and index, reads the same wherever it stands.

    ``\\quad`` and line breaks do not, nor does what may be a transpose or the word before an answer.
    """
    return name in _FIXED and not _MOVING.search(lexeme)


def command(scanner: Scanner, text: str, start: int) -> None:
    """Add the tokens of the command ``text``, which the scanner has just passed."""
    name = text[1:]
    if name in LETTERS:
        _letter(scanner, LETTERS[name], start)
    elif name in _ACCENTS:
        _letter(scanner, clean(_argument(scanner, start)) + _ACCENTS[name], start)
    elif name in _SPACES:
        scanner.wide_space(start)
    elif name in _IGNORED:
        if name == "ldots" and scanner.leaves_out():
            raise scanner.dots(start)
        if name in ("left", "right") and scanner.text.startswith(".", scanner.at):
            scanner.at += 1  # \left. and \right. are invisible brackets
        elif name in ("left", "right") and scanner.text.startswith("|", scanner.at):
            scanner.at += 1
            scanner.add("|", name, start)  # it says whether it opens or closes
    elif name == "partial":
        scanner.add("diff", "∂", start)
    elif name == "infty":
        scanner.add("constant", "inf", start)
    elif name in ("begin", "end"):
        _environment(scanner, name, start)
    elif name in _STYLES:
        _styled(scanner, name, start)
    elif name in SPELLINGS and name != "sqrt":
        scanner.word(name, start, scanner.at)
    elif name in ("Pr", "arg", "lim", "sup", "inf"):
        raise scanner.error(f"\\{name} cannot be read in an answer", start, scanner.at)
    elif name == "\\" and (space := _ROW_SPACE.match(scanner.text, scanner.at)):
        scanner.at = space.end()
        scanner.sign(_SIGNS[name], start)
    elif name in _SIGNS:
        scanner.sign(_SIGNS[name], start)
    elif name in ("underbrace", "overbrace"):
        _braced(scanner, start)
    elif name == "mathbb1" or name == "mathds":
        _styled(scanner, "mathbb", start)
    elif name == "indicator":
        scanner.add("indicator", "1", start)
    elif name in ("dots", "vdots", "cdots", "ddots", "dotsc"):
        raise scanner.dots(start)
    else:
        known = [*_SIGNS, *GREEK, *SPELLINGS, *_STYLES, *_IGNORED, *ACCENTS, "partial", "infty", "begin", "end"]
        near = difflib.get_close_matches(name, known, 1)
        raise scanner.error(
            f"the command {text} is not known" + (f"; did you mean \\{near[0]}?" if near else ""),
            start, scanner.at, code="unknown-command",
        )  # fmt: skip


def clean(text: str) -> str:
    """The inside of a name without its styling: ``\\text{old}`` → ``old``, ``\\theta`` → ``θ``."""
    if "\\" not in text:
        return text.strip()
    while (stripped := _NESTED_STYLE.sub(r"\1", text)) != text:
        text = stripped
    text = _NESTED_ACCENT.sub(lambda match: clean(match[2] or match[3] or "") + _ACCENTS[match[1]], text)
    return _NESTED_GREEK.sub(lambda match: GREEK.get(match[1], match[0]), text).strip()


def _argument(scanner: Scanner, start: int) -> str:
    """The group, or the one sign, that stands next; consumed."""
    while True:
        match = _GROUP.match(scanner.text, scanner.at) or _ONE.match(scanner.text, scanner.at)
        if not match:
            raise scanner.error(
                "this command needs something to stand on", start, scanner.at, expected="a group in braces"
            )
        scanner.at = match.end()
        if not (match[1].startswith("\\") and match[1][1:] in _STYLES):
            return match[1]


def _letter(scanner: Scanner, letter: str, start: int) -> None:
    """A name that begins with a command, with the subscript that follows it."""
    word = letter + clean_subscript(scanner.subscript())
    scanner.word(word, start, scanner.at)


def clean_subscript(subscript: str) -> str:
    """A subscript without the styling inside it."""
    return clean(subscript) if "\\" in subscript else subscript


def _styled(scanner: Scanner, style: str, start: int) -> None:
    """``\\mathbf{W}``, ``\\text{if }``, ``\\operatorname{ReLU}``, ``\\mathbb{1}``."""
    inner = clean(_argument(scanner, start))
    if style in ("mathbb", "mathbf", "mathrm", "bm", "boldsymbol") and inner == "1":
        scanner.add("indicator", "1", start)
        return
    if inner == "0":
        scanner.add("number", (Fraction(0), None), start)
        return
    keyword = _PROSE_KEYWORDS.get(" ".join(inner.lower().strip(" ,.:").split()))
    if keyword is not None and scanner.names.find(inner) is None:
        scanner.add(keyword, inner, start)
        return
    if not inner.strip(" ,.;:") or scanner.set_aside(inner):
        return
    if (
        inner in ("T", "t")
        and next((kind for kind in scanner.tokens.kinds[:-3:-1] if kind != "-"), "") in ("^", "{")
        and scanner.names.find(inner) is None
    ):
        scanner.add("⊤", "⊤", start)
        return
    word = inner + clean_subscript(scanner.subscript())
    if re.fullmatch(r"[^\W\d]\w*", inner) or scanner.names.find(word) is not None:
        scanner.word(word, start, scanner.at)
        return
    prose = re.fullmatch(r"(if|for|when|where)\b\s*(.*)", inner, re.S)
    end, opened = scanner.at, scanner.text.rfind(inner, start, scanner.at)
    if prose and scanner.names.find(prose[1]) is None:  # \text{if g > 0}: the rest is mathematics again
        scanner.add("if", prose[1], start)
        opened += len(prose[1])
    elif not re.search(r"[\d<>=+*/^-]", inner):
        raise scanner.error(f"the words '{inner}' are no formula", start, end, code="words")
    if opened < start:
        raise scanner.error("this text cannot be read as a formula", start, end, code="words")
    _inside(scanner, opened, end - 1)
    scanner.at = end


def _inside(scanner: Scanner, start: int, end: int) -> None:
    """Scan a part of the text as if it stood alone, and keep its tokens."""
    inner = type(scanner)(scanner.text[:end], scanner.names, commands=True)
    inner.at = start
    tokens = inner.scan()
    tokens.pop()  # the end
    scanner.insert(tokens)


def _braced(scanner: Scanner, start: int) -> None:
    """``\\underbrace{…}_{…}``: the formula in brackets, without what is written below it."""
    match = _GROUP.match(scanner.text, scanner.at)
    if match is None:
        raise scanner.error("this brace needs a formula", start, scanner.at, expected="a group in braces")
    scanner.add("(", "(", start, match.start(1))
    _inside(scanner, match.start(1), match.end(1))
    scanner.at = match.end()
    scanner.add(")", ")", match.end(1))
    if label := _LABEL.match(scanner.text, scanner.at):
        scanner.at = label.end()


def _environment(scanner: Scanner, edge: str, start: int) -> None:
    match = _ENVIRONMENT.match(scanner.text, scanner.at)
    kind = ENVIRONMENTS.get(match[1]) if match else None
    if match is None or kind is None:
        name = match[1] if match else ""
        raise scanner.error(
            f"the environment {name} is not known" if name else f"\\{edge} needs the name of an environment",
            start, match.end() if match else scanner.at, expected="bmatrix, pmatrix, matrix, array, cases or aligned",
        )  # fmt: skip
    scanner.at = match.end()
    if kind:
        scanner.add(f"{edge} {kind}", match[1], start)
