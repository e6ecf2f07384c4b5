"""The text of PyTorch's ``print(model)`` as a tree of modules; every line keeps its place in the file.

Grammar, a line each::

    leaf      = [ "(" name "):" ] [ count "x" ] class "(" arguments ")"
    opening   = [ "(" name "):" ] [ count "x" ] class "("
    closing   = ")"
    parameter = "(" name "):" "Parameter containing: [torch.float32 of size 3x4]"

``(0-5): 6 x Block(`` are six modules with the names 0 to 5. Other lines within a module are its own remarks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import prod
from typing import Final

from examgrad.layers.trouble import LayerError, Place, Slice, lines_of

MOST_MODULES: Final = 5_000
DEEPEST: Final = 40
"""Modules within modules."""

_LABEL: Final = r"(?:\((?P<label>[^\s()]+)\)\s*:\s*)?"
_MODULE: Final = re.compile(
    rf"\s*(?:Out\[\d+\]:\s*)?{_LABEL}(?:(?P<times>\d+) x )?(?P<kind>[^\W\d][\w.]*) ?\((?P<rest>.*)"
)
_PARAMETER: Final = re.compile(rf"\s*{_LABEL}(?:Object of type: )?Parameter containing: \[(?P<what>[^\]]*)\]\s*")
_SIZE: Final = re.compile(r"of size (\d+(?:x\d+)*)?")
_PARAMETERS: Final = re.compile(r"Parameter(?:Dict|List)\(.*Parameter containing")
_CLOSING: Final = re.compile(r"\s*\)+[,)\s]*")
_PROMPT: Final = re.compile(r"\s*(>>>|In \[\d*\]:)")
_CUT: Final = re.compile(r"\s*(\.\.\.|…|\[\.\.\.\])\s*")
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_OPENING: Final = re.compile(rf"^[ \t]*{_LABEL}(?:\d+ x )?[^\W\d][\w.]* ?\([ \t]*\r?$", re.M)


@dataclass(frozen=True)
class Module:
    """One module: its ``name`` within its parent, its class, and what it consists of.

    ``text`` is its line from the class's name on. A ``leaf`` shows arguments and no modules of its own; an
    array of weights has the class ``Parameter`` and its number of entries.
    """

    name: str
    kind: str
    text: Slice
    modules: tuple[Module, ...] = ()
    leaf: bool = False
    entries: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its modules."""
        return tuple(module.name for module in self.modules)

    def __getitem__(self, name: str) -> Module:
        return next(module for module in self.modules if module.name == name)


@dataclass
class _Open:
    """A module whose closing bracket is still to come."""

    names: tuple[str, ...]
    kind: str
    text: Slice
    modules: list[Module] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    count: int = 1


def looks_printed(text: str) -> bool:
    """Whether a text is what ``print(model)`` writes: some line opens a module, as ``(features): Sequential(`` does."""
    return _OPENING.search(text) is not None


def read_printed(text: str) -> tuple[Module, ...]:
    """The modules at the top of the text, usually one. Raises :class:`LayerError` with the place of the trouble."""
    stack = [_Open(("",), "", Slice(""))]
    for line in lines_of(text):
        if not line.strip() or line.lstrip().startswith("#") or (len(stack) == 1 and _PROMPT.match(line)):
            continue
        if _CLOSING.fullmatch(line):
            for at in (at for at, letter in enumerate(line) if letter == ")"):
                if len(stack) == 1:
                    raise LayerError("syntax", "this bracket closes no module", Place(line, at, at + 1))
                _close(stack)
        else:
            _read_line(line, stack)
    if len(stack) > 1:
        message = f"{stack[-1].kind} is never closed: the text was cut off"
        raise LayerError("cut", message, Place(stack[-1].text), "copy all that print(model) writes")
    if not stack[0].modules:
        raise LayerError("missing-layers", "there is no module in this text: print(model) was expected")
    return tuple(stack[0].modules)


def _read_line(line: Slice, stack: list[_Open]) -> None:
    if _CUT.fullmatch(line):
        raise LayerError("cut", "the text was cut here", _whole(line), "copy all that print(model) writes")
    if parameter := _PARAMETER.fullmatch(line):
        module = _parameter(parameter["label"] or "", parameter["what"], line)
        _add(stack, [module], 1, line)
        return
    match = _MODULE.fullmatch(line)
    balance = _balance(match["rest"]) if match else 0
    if match is None or not (balance == -1 or (balance == 0 and not match["rest"].strip(" \t\r,"))):
        if len(stack) > 1 and not stack[-1].modules:  # its own remarks, as in_features=2 above its parametrizations
            return
        help = "such a line is (conv1): Conv2d(3, 64, kernel_size=(7, 7)), or (features): Sequential("
        raise LayerError("syntax", "a module was expected, as print(model) writes it", _whole(line), help)
    names = _names(match["label"] or "", match["times"], line, match)
    text = line.cut(match.start("kind"))
    if balance == 0:
        if len(stack) > DEEPEST:
            raise LayerError("too-deep", f"modules stand at most {DEEPEST} deep", Place(text))
        stack.append(_Open(names, match["kind"], text))
    else:
        inner: tuple[Module, ...] = ()
        if _PARAMETERS.match(text):
            inner = tuple(_parameter("", what[0], line) for what in re.finditer(r"of size [\dx]*", text))
        module = Module("", match["kind"], Slice.of(text.rstrip(" \t\r,"), text), inner, leaf=not inner)
        _add(stack, [replace(module, name=name) for name in names], len(names), line)


def _close(stack: list[_Open]) -> None:
    done = stack.pop()
    module = Module("", done.kind, done.text, tuple(done.modules))
    copies = [replace(module, name=name) for name in done.names]
    _add(stack, copies, done.count * len(copies), done.text)


def _add(stack: list[_Open], modules: list[Module], count: int, line: Slice) -> None:
    above = stack[-1]
    if twice := next((module.name for module in modules if module.name in above.taken), None):
        where = f" in this {above.kind}" if above.kind else ""
        raise LayerError("duplicate-name", f"there already is a module {twice}{where}", _whole(line))
    above.modules += modules
    above.taken |= {module.name for module in modules if module.name}
    above.count += count
    if above.count > MOST_MODULES:
        raise LayerError("too-long", f"a model has at most {MOST_MODULES} modules, and this has more", _whole(line))


def _names(label: str, times: str | None, line: Slice, match: re.Match[str]) -> tuple[str, ...]:
    """The names that one line stands for: ``(0-5): 6 x`` are six."""
    if times is None:
        return (label,)
    first, _, last = label.partition("-")
    place = Place(line, match.start("times"), match.end("times"))
    if len(times) > 6 or int(times) > MOST_MODULES:
        raise LayerError("too-long", f"a model has at most {MOST_MODULES} modules, and this has {times[:20]}", place)
    if not (first.isdecimal() and last.isdecimal() and len(last) < 7 and int(last) - int(first) + 1 == int(times)):
        raise LayerError("syntax", f"the names {label} are not {times} modules", place)
    return tuple(map(str, range(int(first), int(last) + 1)))


def _parameter(name: str, what: str, line: Slice) -> Module:
    found = _SIZE.search(what)
    if found is None:
        raise LayerError("syntax", "the size of this parameter cannot be read", _whole(line))
    if len(what) > 200:
        raise LayerError("too-large", "this parameter has too many axes", _whole(line))
    sizes = found[1].split("x") if found[1] else []
    return Module(name, "Parameter", line.cut(len(line) - len(line.lstrip())), entries=prod(map(int, sizes)), leaf=True)


def _balance(text: str) -> int:
    """Opening minus closing brackets, apart from those in quotes."""
    bare = _QUOTED.sub("", text)
    return bare.count("(") - bare.count(")")


def _whole(line: Slice) -> Place:
    indent = len(line) - len(line.lstrip())
    return Place(line, indent, max(indent + 1, len(line.rstrip())))


def leaves(modules: Iterable[Module], path: str = "") -> Iterable[tuple[str, Module]]:
    """All modules without modules of their own, with their dotted names, in the order printed."""
    for module in modules:
        name = f"{path}.{module.name}" if path and module.name else path or module.name
        if module.modules:
            yield from leaves(module.modules, name)
        else:
            yield name, module
