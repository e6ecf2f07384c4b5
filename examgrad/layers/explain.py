"""What probably happened where a layer does not fit.

The layers above are run again with one change each (padding, stride, rounding, one layer less) until the layer
fits: that change is the likely slip. A teacher would say it in the same words.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from examgrad.formula.tree import Number
from examgrad.layers.again import again, output, rerun, with_arguments
from examgrad.layers.site import Site, Tensor
from examgrad.layers.sizes import Size, product, same, show, show_shape
from examgrad.layers.trouble import LayerError
from examgrad.layers.windows import SHRUNK, dimensions

_MERGES: Final = ("add", "sub", "mul", "average", "concat")
FARTHEST: Final = 24
"""How many layers above are looked at."""


class Above(NamedTuple):
    """A layer above the one that does not fit, by its name in the table."""

    name: str
    site: Site


class _Change(NamedTuple):
    """What stands in a layer's place (itself with other arguments, nothing, or two), and the words if that helps."""

    sites: tuple[Site, ...]
    words: str


def explanation(error: LayerError, site: Site, history: Sequence[Above]) -> LayerError:
    """The error, with what probably happened. ``history`` is the chain above, nearest first."""
    if error.code == "rank" and len(site.shape) == 1:
        return _with(error, _flattened(history))
    if error.code == "mismatch" and len(site.inputs) > 1:
        return _with(error, _branches(site) if site.form.stem in _MERGES else "")
    if error.code == "kernel-too-large" and not history and error.help == SHRUNK:
        return _with(error, "the input is smaller than the window: a smaller window, or padding, would fit")
    if error.code not in ("mismatch", "kernel-too-large", "empty"):
        return error
    message = error.message
    if error.code == "mismatch":
        message = _factored(message, site.shape, history)
    found = _slip(site, history)
    if found is None:
        return LayerError(error.code, message, error.place, _without_slip(error, site, history))
    change, arriving, before = found
    if error.code == "mismatch" and len(before) > 1 and arriving.shape == (product(before),):
        needed = show(arriving.shape[0])
        message = message.replace(f"needs {needed}", f"needs {needed} = {'·'.join(map(show, before))}", 1)
    return LayerError(error.code, message, error.place, change)


def _slip(site: Site, history: Sequence[Above]) -> tuple[str, Tensor, tuple[Size, ...]] | None:
    """The first change that makes the layer fit, in words; what then arrives, and its shape before a flatten."""
    for place, above in enumerate(history):
        for change in _changes(above):
            below = [item.site for item in reversed(history[:place])]
            sites = [*change.sites, *below]
            if (tensors := _rerun(above.site.inputs[0], sites)) and _fits(site, tensors[-1]):
                return change.words, tensors[-1], _before_flatten(sites, tensors)
    for alike, words in ((_kept, _ALL_KEPT), (_rounded_up, _ALL_ROUNDED)):
        sites = [alike(above) or above.site for above in reversed(history)]
        if sites and (tensors := _rerun(history[-1].site.inputs[0], sites)) and _fits(site, tensors[-1]):
            return words, tensors[-1], _before_flatten(sites, tensors)
    return None


_ALL_KEPT: Final = "convolutions without padding lose rows and columns; if all were padded by (k − 1)/2, it would fit"
_ALL_ROUNDED: Final = "if all poolings rounded up, it would fit"


def _with(error: LayerError, help: str) -> LayerError:
    return LayerError(error.code, error.message, error.place, help or error.help)


# -- running the layers above again ------------------------------------------------------------------------------------


def _rerun(tensor: Tensor, sites: Sequence[Site]) -> list[Tensor]:
    """What goes into the first site, and what comes out of each; empty where one of them does not fit."""
    tensors = [tensor]
    for site in sites:
        effect = again(site, tensors[-1:])
        if effect is None:
            return []
        tensors.append(output(effect))
    return tensors


def _fits(site: Site, tensor: Tensor) -> bool:
    changed = replace(site, inputs=(tensor,), warnings=[])
    return rerun(changed) is not None and not changed.warnings


def _before_flatten(sites: Sequence[Site], tensors: Sequence[Tensor]) -> tuple[Size, ...]:
    """The shape that was flattened."""
    for site, tensor in zip(sites, tensors, strict=False):
        if site.form.stem == "flatten":
            return tensor.shape
    return ()


# -- likely slips ------------------------------------------------------------------------------------------------------


def _changes(above: Above) -> Iterator[_Change]:
    """What may have been meant by a convolution or pooling, the likeliest first."""
    name, site = above
    if not _slides(site):
        return
    pooling = site.form.stem == "pool"
    sizes = site.listing("size")
    window = "×".join(map(show, sizes if len(sizes) > 1 else sizes * dimensions(site)))
    if (kept := _kept(above)) is not None:
        pad = max(size for size in kept.listing("padding", 0) if isinstance(size, int))
        lost = "1 row and column" if pad == 1 else f"{pad} rows and columns"
        hint = f"{name}: a {window} convolution without padding loses {lost} on each side"
        yield _Change((kept,), f"{hint}; with padding={pad} it would fit")
    if site.word("padding") or set(site.listing("padding", 0)) != {0}:
        yield _Change((with_arguments(site, padding=Number(0)),), f"{name}: without its padding it would fit")
    if (rounded := _rounded_up(above)) is not None:
        yield _Change((rounded,), f"{name}: if the {window} pooling rounded up, it would fit")
    elif pooling and "ceil_mode" in site.arguments:
        words = f"{name}: if the {window} pooling rounded down, it would fit"
        yield _Change((with_arguments(site, ceil_mode=False),), words)
    if pooling:
        yield _Change((site, site), f"with a second pooling like {name} it would fit: is one missing?")
    for stride in (1, 2):
        if site.has("stride") and set(site.listing("stride")) != {stride}:
            yield _Change((with_arguments(site, stride=Number(stride)),), f"{name}: with stride={stride} it would fit")
    if pooling:
        yield _Change((), f"without {name} it would fit: one pooling too many?")
    if "dilation" in site.arguments and set(site.listing("dilation")) != {1}:
        yield _Change((with_arguments(site, dilation=Number(1)),), f"{name}: without its dilation it would fit")


def _slides(site: Site) -> bool:
    """Whether the layer is a convolution or pooling with a window of its own."""
    return {"size", "stride", "padding"} <= site.arguments.keys() and site.form.stem in ("conv", "dwconv", "pool")


def _kept(above: Above) -> Site | None:
    """A convolution without padding, padded so that it keeps its input's size."""
    site = above.site
    if not _slides(site) or site.form.stem == "pool" or site.word("padding") or set(site.listing("padding", 0)) != {0}:
        return None
    sizes = site.listing("size")
    keeping = tuple(Number((size - 1) // 2) for size in sizes if isinstance(size, int))
    if len(keeping) < len(sizes) or not any(size.value for size in keeping):
        return None
    return with_arguments(site, padding=keeping if len(keeping) > 1 else keeping[0])


def _rounded_up(above: Above) -> Site | None:
    """A pooling that rounds down, rounding up."""
    site = above.site
    if "ceil_mode" not in site.arguments or (site.has("ceil_mode") and site.flag("ceil_mode")):
        return None
    return with_arguments(site, ceil_mode=True)


# -- words -------------------------------------------------------------------------------------------------------------


def _factored(message: str, shape: Sequence[Size], history: Sequence[Above]) -> str:
    """``gets 1352`` as ``gets 1352 = 8·13·13`` where a flatten made it."""
    flat = _flatten_of(shape, history)
    if flat is None or len(flat.shape) < 2:
        return message
    return message.replace(f"gets {show(shape[0])}", f"gets {show(shape[0])} = {'·'.join(map(show, flat.shape))}")


def _flatten_of(shape: Sequence[Size], history: Sequence[Above]) -> Site | None:
    """The flatten above that made this vector; what stands between them may have made another one of it."""
    flat = next((above.site for above in history if above.site.form.stem == "flatten"), None)
    made_it = flat is not None and len(shape) == 1 and same(shape[0], product(flat.shape))
    return flat if made_it else None


def _without_slip(error: LayerError, site: Site, history: Sequence[Above]) -> str:
    """Help where no single slip explains it: where the numbers come from."""
    words = [error.help]
    flat = _flatten_of(site.shape, history)
    if flat is not None and len(flat.shape) == 3 and site.has("features"):
        channels, _ = site.conventions.parted(flat.shape)
        needed = site.size("features")
        if isinstance(needed, int) and isinstance(channels, int) and needed % channels == 0:
            side = math.isqrt(needed // channels)
            if side * side * channels == needed:
                words = [f"{needed} = {channels}·{side}·{side}: a {side}×{side} image was expected before the flatten"]
    if told := _recurrent(site, history):
        words = [told]
    if history:
        words.append(f"{history[0].name} gives {show_shape(site.shape)}")
    return "; ".join(filter(None, words))


def _recurrent(site: Site, history: Sequence[Above]) -> str:
    """What a recurrent layer above explains: both directions, or every step where one was meant."""
    needed = next((site.size(role) for role in ("features", "channels") if site.has(role)), None)
    above = next(
        (item for item in history if "hidden" in item.site.arguments or "sequences" in item.site.arguments), None
    )
    if above is None or not isinstance(needed, int) or not site.shape:
        return ""
    name, inner = above
    if site.shape[-1] == 2 * needed and "bidirectional" in inner.arguments and inner.flag("bidirectional"):
        return f"{site.shape[-1]} = 2·{needed}: {name} is bidirectional and gives the features of both directions"
    flat = _flatten_of(site.shape, history)
    if flat is not None and len(flat.shape) == 2 and flat.shape[-1] == needed:
        return f"{name} gives {needed} features at each of {show(flat.shape[0])} steps: select(1, -1) keeps the last"
    return ""


def _flattened(history: Sequence[Above]) -> str:
    for name, site in history:
        if len(site.shape) == 2 and "sequences" in site.arguments:
            return f"{name} gives its last state alone: with return_sequences=True it gives one at each step"
        if len(site.shape) > 1:
            return f"{name} made a vector of {show_shape(site.shape)}: this layer belongs before it"
    return ""


def _branches(site: Site) -> str:
    """Why two branches do not meet."""
    first, second = (tensor.shape for tensor in site.inputs[:2])
    if len(first) != len(second) or len(first) < 2:
        return ""
    channel = 0 if site.conventions.channels_first else len(first) - 1
    spatial = [(a, b) for axis, (a, b) in enumerate(zip(first, second, strict=True)) if axis != channel]
    words = []
    for a, b in spatial:
        if isinstance(a, int) and isinstance(b, int) and a != b:
            big, small = max(a, b), min(a, b)
            if big == small + 1 and big % 2:
                words.append(
                    f"{big} is odd: halved and doubled again it is {small}; pad the one or crop the other by 1"
                )
            elif big >= 2 * small - 1:
                words.append("one branch is strided or pooled, and the other is not")
            else:
                lost = "1 row or column" if big - small == 1 else f"{big - small} rows or columns"
                words.append(f"one branch lost {lost}: padding would keep them")
            break
    a, b = first[channel], second[channel]
    if site.form.stem != "concat" and isinstance(a, int) and isinstance(b, int) and a != b:
        words.append(f"their channels differ, {a} and {b}: a 1×1 convolution on one branch would match them")
    return "; ".join(words)
