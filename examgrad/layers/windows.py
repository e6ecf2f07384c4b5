"""Windows that slide over an image: their arguments, how many fit, and what is said where none does.

Sizes: Dumoulin, Visin, *A guide to convolution arithmetic for deep learning* (2016); ``same`` as TensorFlow and
PyTorch define it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from examgrad.layers.formulas import Figure, given
from examgrad.layers.reach import Window
from examgrad.layers.site import Site
from examgrad.layers.sizes import Size, minus, never_positive, plus, same, show, show_shape, times

KERNEL_NAMES: Final = {1: ("k",), 2: ("k_h", "k_w"), 3: ("k_d", "k_h", "k_w")}
SHRUNK: Final = "the layers above shrink the image too far: fewer or smaller strides, or padding, would keep it larger"


def dimensions(site: Site) -> int:
    """How many spatial dimensions the layer has: by its name, or else by its input."""
    dims = site.form.options.get("dims")
    if isinstance(dims, int):
        return dims
    if dims == "any" and len(site.shape) > 1:
        return len(site.shape) - 1
    return 3 if len(site.shape) == 4 else 2


def window_size(n: Size, k: Size, s: Size, p: Size = 0, d: Size = 1, rounding: str = "floor") -> Figure:
    """How many windows of ``k`` taps fit on ``n`` positions with ``p`` more at each end."""
    if d == 1:
        return Figure(f"{rounding}((n - k + 2*p)/s) + 1", n=n, k=k, p=p, s=s)
    return Figure(f"{rounding}((n - d*(k - 1) - 1 + 2*p)/s) + 1", n=n, k=k, p=p, s=s, d=d)


def padding_of(site: Site, dims: int) -> str | tuple[Size, ...]:
    """``same``, ``valid``, ``causal``, or what is added at each end of each axis."""
    if "padding" not in site.arguments:
        return (0,) * dims
    word = site.word("padding")
    if word == "valid":
        return (0,) * dims
    if word == "causal" and (dims > 1 or site.form.framework == "torch"):
        site.fail("argument", f"{site.name} has no padding 'causal': that is for sequences, Conv1D", "padding")
    if word in ("same", "causal"):
        return word
    return site.sizes("padding", dims, least=0)


def sliding(site: Site, spatial: Sequence[Size], rounding: str = "floor") -> tuple[list[Figure], list[Window]]:
    """Output size and window of each axis, from the arguments size, stride, padding and dilation."""
    dims = len(spatial)
    sizes = site.sizes("size", dims)
    strides = site.sizes("stride", dims) if site.has("stride") else sizes
    dilations = site.sizes("dilation", dims) if "dilation" in site.arguments else (1,) * dims
    padding = padding_of(site, dims)
    if site.form.framework == "keras" and any(_above(s, 1) for s in strides) and any(_above(d, 1) for d in dilations):
        site.fail("argument", f"{site.name} takes a stride or a dilation above 1, not both", "dilation")
    figures, windows = [], []
    for axis, (n, k, s, d) in enumerate(zip(spatial, sizes, strides, dilations, strict=True)):
        reach = plus(times(d, minus(k, 1)), 1)
        if not isinstance(padding, str):
            p = padding[axis]
            if never_positive(plus(minus(n, reach), plus(times(2, p), 1 if rounding == "floor" else s))):
                _too_small(site, n, k, p, d, reach, spatial)
            figures.append(window_size(n, k, s, p, d, rounding))
            windows.append(Window(k, s, p, d))
            continue
        if site.form.framework == "torch" and s != 1:
            half = (
                f"padding={show(Figure('floor((k - 1)/2)', k=reach).value)}" if isinstance(reach, int) else "a number"
            )
            help = f"with {half} and stride={show(s)} the size is divided by {show(s)}"
            site.fail("argument", "padding='same' goes only with stride 1", "padding", help)
        figures.append(given(n) if s == 1 else Figure("ceil(n/s)", n=n, s=s))
        windows.append(Window(k, s, _same_padding(n, s, reach, padding), d))
    return figures, windows


def _above(size: Size, number: int) -> bool:
    return isinstance(size, int) and size > number


def _same_padding(n: Size, s: Size, reach: Size, padding: str) -> Size:
    """What ``same`` (or ``causal``) adds in front."""
    if padding == "causal":
        return minus(reach, 1)
    if s == 1 or not all(isinstance(size, int) for size in (n, s, reach)):
        return Figure("floor((k - 1)/2)", k=reach).value
    text = "floor(max((ceil(n/s) - 1)*s + k - n, 0)/2)"
    return Figure(text, n=n, s=s, k=reach).value


def _too_small(site: Site, n: Size, k: Size, p: Size, d: Size, reach: Size, spatial: Sequence[Size]) -> None:
    shape = f" ({'×'.join(map(show, spatial))} arrives)" if len(spatial) > 1 else ""
    taps = "" if d == 1 else f" ({show(k)} taps, dilated by {show(d)})"
    there = show(n) if p == 0 else f"{show(n)} + 2·{show(p)} = {show(plus(n, times(2, p)))}"
    site.fail(
        "kernel-too-large",
        f"the window of {site.name} is {show(reach)} wide{taps}, and only {there} {'is' if there == '1' else 'are'} "
        f"there{shape}",
        "size",
        _turned(site) or SHRUNK,
    )


def _turned(site: Site) -> str:
    """What is to be said of an image whose channels seem to stand at the other end."""
    if len(site.shape) != 3 or site.conventions.channels_first:
        return ""
    first, second, third = site.shape
    if first in (1, 3) and same(second, third):
        return f"{show_shape(site.shape)} seems to have its channels first: here they come last ([H, W, C])"
    return ""


def check_border(site: Site, mode: str, n: Size, p: Size) -> None:
    """Refuse a border of ``p`` that a reflection or a turn around ``n`` positions cannot fill."""
    if not isinstance(n, int) or not isinstance(p, int):
        return
    if mode == "reflect" and p >= n:
        help = f"it mirrors at the last position, which leaves {n - 1} to copy"
        site.fail("argument", f"a reflection of {p} is not within {n} positions", "padding", help)
    if mode == "circular" and p > n:
        help = f"at most {n} positions can be copied from the other end"
        site.fail("argument", f"a circular padding of {p} goes around {n} positions more than once", "padding", help)
