"""Where a rule works: one layer's arguments and inputs, and what it makes of them.

A rule is a function from a :class:`Site` to an :class:`Effect`. It asks the site for its arguments, checks what
it needs, and returns its formulas; a layer that does not fit is refused by :meth:`Site.fail`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeVar

from examgrad.formula.tree import Apply, Node, Number
from examgrad.layers.arguments import Arguments
from examgrad.layers.calls import Call
from examgrad.layers.formulas import NOTHING, Figure, given
from examgrad.layers.polynomials import TooLarge
from examgrad.layers.reach import Views
from examgrad.layers.signatures import Form, Framework, bind
from examgrad.layers.sizes import LARGEST, NotWhole, Size, never_positive, product, same, show, show_shape

_T = TypeVar("_T")
LONGEST_FORMULA: Final = 250
"""Nodes in one size or count."""


@dataclass(frozen=True)
class Conventions:
    """Whose rules count: the framework's layers and counts, the image layout, how poolings round.

    ``image`` is ``None`` for the framework's own layout: HWC for exam and keras, CHW for torch.
    """

    framework: Framework = "exam"
    image: Literal["HWC", "CHW"] | None = None
    pool_rounding: Literal["floor", "ceil"] = "floor"

    @property
    def channels_first(self) -> bool:
        """Whether the channel axis leads."""
        return (self.image or ("CHW" if self.framework == "torch" else "HWC")) == "CHW"

    def parted(self, axes: Sequence[_T]) -> tuple[_T, tuple[_T, ...]]:
        """What stands for the channels in an image's shape, and what for its sides."""
        return (axes[0], tuple(axes[1:])) if self.channels_first else (axes[-1], tuple(axes[:-1]))


@dataclass(frozen=True)
class Tensor:
    """What flows between layers: the shape of one sample, and what its units see of the inputs."""

    shape: tuple[Size, ...]
    views: Views = ()


@dataclass(frozen=True)
class Effect:
    """What a layer does: its output's shape and views, and its counts.

    ``parameters`` is all of them, ``frozen`` those that training does not change. ``others`` is how other tools
    count the multiply-accumulates, each with what it does differently. ``notes`` are warnings.
    """

    shape: tuple[Figure, ...]
    views: Views
    parameters: Figure = NOTHING
    frozen: Figure = NOTHING
    macs: Figure = NOTHING
    notes: tuple[str, ...] = ()
    others: tuple[tuple[str, Figure], ...] = ()


@dataclass(frozen=True)
class Site(Arguments):
    """One layer in its place."""

    inputs: tuple[Tensor, ...]
    conventions: Conventions
    warnings: list[str] = field(default_factory=list)

    @property
    def shape(self) -> tuple[Size, ...]:
        """The shape of the (first) input."""
        return self.inputs[0].shape

    @property
    def views(self) -> Views:
        """What the (first) input's units see."""
        return self.inputs[0].views

    # -- dimensions

    def axes(self, role: str) -> tuple[int, ...]:
        """An argument that lists dimensions, as positions in one sample's shape."""
        value = self.value(role)
        items = value if isinstance(value, tuple) else (value,)
        return tuple(self.axis_of(self.as_size(item, role, -LARGEST), role) for item in items)

    def over_batch(self, role: str) -> bool:
        """Whether an argument names dimension 0, the batch; a warning says so."""
        value = self.value(role)
        if not (isinstance(value, Number) and value.value in (0, -len(self.shape) - 1)):
            return False
        which = f"{self.spelling(role)}={value.value} of {self.name}"
        self.warnings.append(f"{which} is the batch: the samples of a batch would mix")
        return True

    def axis(self, role: str) -> int:
        """An argument that is one dimension, as a position in one sample's shape (the batch is 0 and not in it)."""
        return self.axis_of(self.as_size(self.value(role), role, -LARGEST), role)

    def axis_of(self, value: Size, role: str) -> int:
        """A dimension's number as a position in one sample's shape."""
        rank = len(self.shape)
        if not isinstance(value, int):
            self.fail("number", f"{self.spelling(role)} of {self.name} must be a number, not {show(value)}", role)
        if value == 0 or value == -rank - 1:
            message = f"dimension {value} is the batch: the sample's own dimensions are 1 to {rank}"
            self.fail("batch-axis", message, role)
        axis = value - 1 if value > 0 else rank + value
        if not 0 <= axis < rank:
            has = f"{show_shape(self.shape)} has the dimensions 1 to {rank} (0 is the batch)"
            message = f"there is no dimension {value}: {has}"
            self.fail("axis", message, role)
        return axis

    # -- inputs

    def rank(self, *allowed: int, what: str = "") -> None:
        """Refuse an input whose number of dimensions is none of ``allowed``."""
        if len(self.shape) not in allowed:
            needs = what or f"an input of {' or '.join(map(str, allowed))} dimensions"
            self.fail("rank", f"{self.name} needs {needs} and gets {show_shape(self.shape)}")

    def image(self, dims: int) -> tuple[Size, tuple[Size, ...]]:
        """Channels and spatial sizes of an input with ``dims`` spatial dimensions."""
        shape = self.shape
        letters = "DHW"[-dims:] if dims > 1 else "L"
        layout = ["C", *letters] if self.conventions.channels_first else [*letters, "C"]
        if len(shape) != dims + 1:
            help = ""
            if len(shape) == 1:
                help = "the image was flattened before, or never was one; a convolution or pooling comes before Flatten"
            elif len(shape) == dims:
                whole = (1, *shape) if layout[0] == "C" else (*shape, 1)
                help = f"the channel axis is missing: write {show_shape(whole)}"
                if sibling := self._sibling():
                    help = f"{sibling}, or {help}"
            elif sibling := self._sibling():
                help = sibling
            message = f"{self.name} needs [{', '.join(layout)}] and gets {show_shape(shape)}"
            self.fail("rank", message, help=help)
        return self.conventions.parted(shape)

    def _sibling(self) -> str:
        """The layer of the same family for as many dimensions as the input has."""
        name, dims = self.form.name, len(self.shape) - 1
        match = re.search(r"[123](?=[dD])", name)
        if match is None or not 1 <= dims <= 3:
            return ""
        return f"{name[: match.start()]}{dims}{name[match.end() :]} takes {show_shape(self.shape)}"

    def agree_on_layout(self) -> None:
        """Refuse a ``data_format`` of Keras that is not the layout of the class."""
        if self.has("data_format"):
            given = self.word("data_format", ("channels_last", "channels_first"))
            if (given == "channels_first") != self.conventions.channels_first:
                layout, other = ("CHW", "HWC") if self.conventions.channels_first else ("HWC", "CHW")
                message = f"data_format='{given}' is not how the shapes of this exam are written, {layout}"
                help = f"conventions: {{image: {other}}} reads all its layers so"
                self.fail("layout", message, "data_format", help)

    def planes(self, dims: int, most: int = 1) -> tuple[tuple[Size, ...], tuple[Size, ...]]:
        """The axes before the spatial ones, and the spatial sizes, for a layer without weights.

        PyTorch's also take an input without channels, whose batch they read as the channels, and some of them
        several axes (at ``most`` so many) before the spatial ones.
        """
        lead = len(self.shape) - dims
        if self.form.framework != "torch" or not self.conventions.channels_first or not (lead == 0 or 1 < lead <= most):
            channels, spatial = self.image(dims)
            return (channels,), spatial
        if lead == 0:
            taken = f"{self.name} takes {show_shape(self.shape)} for spatial axes alone: is the channel axis missing?"
            self.warnings.append(taken)
        return self.shape[:lead], self.shape[lead:]

    def around(self, lead: Sequence[Size], spatial: Sequence[Figure]) -> tuple[Figure, ...]:
        """The axes of :meth:`planes` in the layout's order."""
        before = [Figure("n", n=size) for size in lead]
        return (*before, *spatial) if self.conventions.channels_first else (*spatial, *before)

    def spatial_axes(self, dims: int) -> tuple[int, ...]:
        """Where the spatial dimensions stand in the shape."""
        lead = max(0, len(self.shape) - dims)
        return tuple(range(lead, dims + lead) if self.conventions.channels_first else range(dims))

    def arranged(self, channels: Figure, spatial: Sequence[Figure]) -> tuple[Figure, ...]:
        """Channels and spatial sizes in the layout's order."""
        return (channels, *spatial) if self.conventions.channels_first else (*spatial, channels)

    def channel_axis(self) -> int:
        """Where the channels stand in the shape."""
        if not self.shape:
            self.fail("rank", f"{self.name} needs an axis of channels and gets a single number")
        return 0 if self.conventions.channels_first else len(self.shape) - 1

    def need(self, what: str, needed: Size, got: Size, argument: str = "", help: str = "") -> None:
        """Refuse the layer where two sizes differ; note it where that depends on the symbols."""
        fits = same(needed, got)
        if fits is False:
            what = what[:-1] if needed == 1 and what.endswith("s") else what
            self.fail("mismatch", f"{self.name} needs {show(needed)} {what} and gets {show(got)}", argument, help)
        if fits is None:
            self.warnings.append(f"{self.name} fits only where {show(needed)} = {show(got)} ({what})")

    def divides(self, whole: Size, parts: Size, what: str, argument: str = "", help: str = "") -> None:
        """Refuse the layer where ``parts`` does not divide ``whole``; note it where that depends on the symbols."""
        if not (isinstance(whole, int) and isinstance(parts, int)):
            if not _is_multiple(whole, parts):
                self.warnings.append(f"{self.name} fits only where {show(parts)} divides {show(whole)} ({what})")
            return
        if whole % parts:
            message = f"{self.name} needs {what} to be a multiple of {parts}, and it is {whole}"
            near = [str(parts * turn) for turn in (whole // parts, whole // parts + 1) if turn]
            verb = "are multiples" if len(near) > 1 else "is a multiple"
            self.fail("indivisible", message, argument, help or f"{' and '.join(near)} {verb} of {parts}")

    def unchanged(self, parameters: Figure = NOTHING, frozen: Figure = NOTHING) -> Effect:
        """The effect of a layer that keeps the shape."""
        return Effect(tuple(map(given, self.shape)), self.views, parameters, frozen)

    def elements(self) -> Size:
        """How many numbers the (first) input holds."""
        return product(self.shape)

    def within(self, form: Form, call: Call, inputs: tuple[Tensor, ...]) -> Site:
        """The site of a layer inside this one."""
        return Site(form, call, bind(form, call), inputs, self.conventions, self.warnings)


def _is_multiple(whole: Size, parts: Size) -> bool:
    """Whether a size is seen to be so many times a whole size."""
    try:
        quotient = Figure("a/b", a=whole, b=parts).value
    except (NotWhole, TooLarge, ZeroDivisionError):
        return False
    nodes = quotient.walk() if isinstance(quotient, Node) else ()
    return not any(
        (isinstance(node, Apply) and node.op == "div") or (isinstance(node, Number) and node.value.denominator != 1)
        for node in nodes
    )


def checked(site: Site, effect: Effect) -> tuple[Size, ...]:
    """The output's shape. Raises :class:`LayerError` for a size that is no positive integer, or for one too large."""
    try:
        shape = tuple(figure.value for figure in effect.shape)
        counts = (effect.parameters.value, effect.frozen.value, effect.macs.value)
    except NotWhole as error:
        site.fail("not-whole", f"{site.name} would give a size that is no integer: {error}")
    except ZeroDivisionError:
        site.fail("argument", f"{site.name} divides by zero")
    except TooLarge as error:
        site.fail("too-large", f"the sizes grow too large: {error}", help="give numbers in place of symbols")
    for figure, size in zip(effect.shape, shape, strict=True):
        if never_positive(size):
            site.fail("empty", f"{site.name} leaves nothing: {figure.line()}")
        if isinstance(size, int) and size > LARGEST:
            site.fail("too-large", f"the sizes grow too large: {size}")
    if any(isinstance(size, Node) and size.size() > LONGEST_FORMULA for size in (*shape, *counts)):
        site.fail("too-large", "the formulas grow too long", help="give numbers in place of symbols")
    return shape
