"""How a layer is called in a framework: its name, its arguments in order, their defaults.

A signature is one text: ``in_channels:channels, kernel_size:size, stride=1, bias=True``. Behind the colon is
the name that the layer's rule knows the argument by; without ``=`` it must be given; ``a|b`` are two spellings;
``*dims`` takes all that is left by position.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from examgrad.layers.calls import Argument, Call, Text, Value, read_value
from examgrad.layers.trouble import LayerError, Place, nearest

if TYPE_CHECKING:
    from examgrad.layers.site import Effect, Site

Framework = Literal["exam", "torch", "keras"]
Owner = Literal["exam", "torch", "keras", "any"]
"""Whose a name is; ``any`` are the merges and shape operations that all frameworks share."""

_HARMLESS: Final[dict[str, re.Pattern[str]]] = {
    "exam": re.compile("name"),
    "any": re.compile("name|inplace"),
    "torch": re.compile("name|device|dtype|inplace"),
    "keras": re.compile(
        r"name|dtype|trainable|seed|autocast|input_shape|batch_input_shape|input_dim|input_length|batch_size|"
        r"\w*_(initializer|regularizer|constraint)"
    ),
}
"""Arguments that a framework takes by name and that change no size; the rule never sees them."""


@dataclass(frozen=True)
class Parameter:
    """One argument of a signature; ``name`` is the framework's word, ``role`` the rule's, ``text`` the default."""

    name: str
    role: str
    spellings: tuple[str, ...]
    required: bool
    default: Value
    rest: bool = False
    text: str = ""


@dataclass(frozen=True)
class Form:
    """A layer under one name in one framework.

    ``stem`` numbers it in a table (conv1, conv2); ``options`` is what the name itself says (``dims=2``);
    ``merges`` tells how many inputs it takes, one and one unless said otherwise (``None``: any number).
    """

    framework: Owner
    name: str
    stem: str
    rule: Callable[[Site], Effect]
    signature: str
    options: Mapping[str, object] = field(default_factory=dict)
    merges: tuple[int, int | None] = (1, 1)

    def usage(self) -> str:
        """How it is called, for people."""
        shown = [
            f"*{item.name}" if item.rest else item.name if item.required else f"{item.name}={item.text}"
            for item in parameters(self.signature)
        ]
        return f"{self.name}({', '.join(shown)})"


@lru_cache(maxsize=512)
def parameters(signature: str) -> tuple[Parameter, ...]:
    """The arguments of a signature, in order."""
    found = []
    for item in re.split(r",\s*(?![^(]*\))", signature) if signature else []:
        names, _, default = item.partition("=")
        names, _, role = names.strip().partition(":")
        rest = names.startswith("*")
        spellings = tuple(names.lstrip("*").split("|"))
        value = read_value(default) if default else None
        name, required = spellings[0], not default and not rest
        found.append(Parameter(name, role or name, spellings, required, value, rest, default))
    return tuple(found)


def bind(form: Form, call: Call) -> dict[str, Argument]:
    """The call's arguments by role, defaults filled in. Raises :class:`LayerError` for the first that does not fit."""
    known = parameters(form.signature)
    rest = next((item for item in known if item.rest), None)
    fixed = [item for item in known if not item.rest]
    positional = [argument for argument in call.arguments if not argument.name]
    more = positional[len(fixed) :]
    bound = {
        item.role: Argument(item.name, argument.value, argument.place)
        for item, argument in zip(fixed, positional, strict=False)
    }
    if more and rest is None:
        most = f"at most {len(known)} arguments" if len(known) > 1 else "one argument" if known else "no arguments"
        message = f"{call.name} takes {most} by position"
        raise LayerError("too-many-arguments", message, more[0].place, f"it is called {form.usage()}")
    if more and rest is not None:
        values = tuple(argument.value for argument in more)
        listed = values[0] if len(values) == 1 and isinstance(values[0], tuple) else values
        bound[rest.role] = Argument(rest.name, listed, more[0].place)
    by_name = {spelling: item for item in known for spelling in item.spellings}
    for argument in call.arguments:
        item = by_name.get(argument.name)
        if item is not None and item.role in bound:
            raise LayerError("duplicate-argument", f"{call.name} is given {item.name} twice", argument.place)
        if item is not None:
            bound[item.role] = Argument(item.name, argument.value, argument.place)
        elif argument.name and not _HARMLESS[form.framework].fullmatch(argument.name) and "ignored" not in by_name:
            raise _unknown(form, argument, list(by_name))
    missing = [item.name for item in fixed if item.required and item.role not in bound]
    if missing:
        message = f"{call.name} needs {_listing(missing)}"
        raise LayerError("missing-argument", message, call.place, f"it is called {form.usage()}")
    for item in known:
        bound.setdefault(item.role, Argument("", () if item.rest else item.default, call.place))
    return bound


def written_name(call: Call) -> str:
    """The name that the call itself gives its layer (Keras's ``name="block1_conv1"``), or nothing."""
    for argument in call.arguments:
        if argument.name == "name" and isinstance(argument.value, Text):
            return argument.value.text
    return ""


def _unknown(form: Form, argument: Argument, known: list[str]) -> LayerError:
    message = f"{form.name} has no argument {argument.name}{nearest(argument.name, known)}"
    place = Place(argument.place.text, argument.place.start, argument.place.start + len(argument.name))
    return LayerError("unknown-argument", message, place, f"it is called {form.usage()}")


def _listing(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def forms(
    framework: Owner,
    stem: str,
    rule: Callable[[Site], Effect],
    signature: str,
    names: str | Mapping[str, Mapping[str, object]],
    merges: tuple[int, int | None] = (1, 1),
) -> tuple[Form, ...]:
    """One form for each name: a text of names, or a mapping from names to their options.

    ``Conv{}d`` stands for Conv1d, Conv2d and Conv3d with the option ``dims``; so does ``Conv{}D``.
    """
    if isinstance(names, str):
        names = {name: {} for name in names.split()}
    found = []
    for name, options in names.items():
        if "{}" in name:
            found += [
                Form(framework, name.format(dims), stem, rule, signature, {**options, "dims": dims}, merges)
                for dims in (1, 2, 3)
            ]
        else:
            found.append(Form(framework, name, stem, rule, signature, options, merges))
    return tuple(found)
