"""Receptive fields: which part of an input one unit of a tensor depends on.

For every spatial axis of every input a tensor has a :class:`View`. Units along an axis see windows that move
by a jump; behind an upsampling the windows repeat their pattern with a period. The receptive field of a unit
is the extent of its window away from the borders, r ← r + d·(k − 1)·j with the jump j ← j·s (Araujo, Norris,
Sim, *Computing Receptive Fields of Convolutional Neural Networks*, Distill 2019); of branches that meet it is
the union of their windows, where each of them lies. What mixes all positions sees all of the input that the
positions together see.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, TypeVar

from examgrad.layers.formulas import Figure
from examgrad.layers.polynomials import TooLarge
from examgrad.layers.sizes import Size, extreme, minus, plus, same, times

_T = TypeVar("_T")
LONGEST_PERIOD: Final = 1024
_FAR: Final = 10**30


class Window(NamedTuple):
    """How a layer moves along one axis; ``padding`` is what is added in front."""

    size: Size
    stride: Size = 1
    padding: Size = 0
    dilation: Size = 1


@dataclass(frozen=True)
class View:
    """What the units along ``axis`` see of axis ``source_axis`` of the input ``source``, of ``length``.

    Unit ``i`` sees ``low[i % P] + jump*(i // P)`` to ``high[…]``, where P is the number of phases. Where ``axis``
    is ``None`` all units see the same; where ``jump`` is ``None`` they see windows of ``unit`` within it. ``lost``:
    it cannot be told (an interpolation by 1.37, an upsampling by a symbol), and nothing is said of it until a layer
    mixes all the positions along ``axis``, if that is known.
    """

    source: str
    source_axis: int
    length: Size
    axis: int | None
    low: tuple[Size, ...]
    high: tuple[Size, ...]
    jump: Size | None = 1
    unit: Size | None = None
    lost: bool = False
    figure: Figure | None = field(default=None, compare=False)

    @property
    def size(self) -> Size:
        """The receptive field's extent."""
        if self.unit is not None:
            return self.unit
        widest = plus(minus(self.high[0], self.low[0]), 1)
        for low, high in zip(self.low[1:], self.high[1:], strict=True):
            widest = extreme("max", widest, plus(minus(high, low), 1))
        return widest if len(self.low) == 1 else extreme("min", widest, self.length)

    def window(self, position: int) -> tuple[int, int]:
        """What the unit at ``position`` sees; numbers only."""
        turn, phase = divmod(position, len(self.low))
        move = _number(self.jump) * turn
        return _number(self.low[phase]) + move, _number(self.high[phase]) + move

    def hull(self, positions: Sequence[int]) -> tuple[int, int]:
        """What the units at some positions see together; of none, an extent that any other outweighs."""
        if not positions:
            return _FAR, -_FAR
        windows = [self.window(position) for position in positions]
        return min(low for low, _ in windows), max(high for _, high in windows)

    def numeric(self) -> bool:
        """Whether all of it is numbers."""
        return all(isinstance(value, int) for value in (*self.low, *self.high, self.jump, self.length))


Views = tuple[View, ...]


def _number(size: Size | None) -> int:
    assert isinstance(size, int)
    return size


def start(source: str, shape: Sequence[Size], spatial: Sequence[int]) -> Views:
    """An input's own views: each position sees itself."""
    return tuple(View(source, axis, shape[axis], axis, (0,), (0,)) for axis in spatial)


def slide(views: Views, windows: Mapping[int, Window]) -> Views:
    """After a convolution or pooling along the axes of ``windows``."""
    return _along(views, windows, _slide)


def _along(views: Views, steps: Mapping[int, _T], change: Callable[[View, _T], View]) -> Views:
    """The views along the axes of ``steps`` changed; a window that all units see stays the same."""

    def after(view: View) -> View:
        if view.axis is None or view.axis not in steps or view.lost:
            return view
        if view.jump is None:
            return _fixed(view, view.low[0], view.high[0])
        return change(view, steps[view.axis])

    return tuple(map(after, views))


def _slide(view: View, window: Window) -> View:
    try:
        return _slid(view, window)
    except TooLarge:
        return _blurred(view)


def _slid(view: View, window: Window) -> View:
    assert view.jump is not None
    reach = times(window.dilation, minus(window.size, 1))
    if len(view.low) == 1:
        low = minus(view.low[0], times(view.jump, window.padding))
        high = plus(minus(view.high[0], times(view.jump, window.padding)), times(view.jump, reach))
        text = "r + (k - 1)*j" if window.dilation == 1 else "r + d*(k - 1)*j"
        figure = Figure(text, r=view.size, k=window.size, j=view.jump, d=window.dilation)
        return replace(view, low=(low,), high=(high,), jump=times(view.jump, window.stride), figure=figure)
    if not all(isinstance(value, int) for value in window):
        return _blurred(view)
    stride, padding = _number(window.stride), _number(window.padding)
    period = len(view.low) // math.gcd(len(view.low), stride)
    step, last = _number(window.dilation), _number(window.size) - 1
    turn = len(view.low)  # taps so far apart see the same, further on: the first and the last of them tell
    taps = sorted({*range(min(turn, last + 1)), *range(max(0, last + 1 - turn), last + 1)})
    spots = [phase * stride - padding for phase in range(period)]
    windows = [view.hull([spot + step * tap for tap in taps]) for spot in spots]
    return _periodic(view, windows, _number(view.jump) * stride * period // turn)


def spread(views: Views, windows: Mapping[int, Window]) -> Views:
    """After a transposed convolution, or an upsampling, along the axes of ``windows``."""
    return _along(views, windows, _spread)


def _spread(view: View, window: Window) -> View:
    if window == Window(1):
        return view
    if not view.numeric() or not all(isinstance(value, int) for value in window):
        return _blurred(view)
    size, stride, padding, dilation = map(_number, window)
    period = stride * len(view.low)
    if period > LONGEST_PERIOD or size > LONGEST_PERIOD:
        return _blurred(view)
    windows = []
    for output in range(period):
        taps = [output + padding - tap * dilation for tap in range(size)]
        windows.append(view.hull([tap // stride for tap in taps if tap % stride == 0]))
    return _periodic(view, windows, _number(view.jump))


def interpolate(views: Views, factors: Mapping[int, Size], before: int, after: int) -> Views:
    """After an interpolation by whole factors that reads ``before`` points below and ``after`` above a position."""
    return _along(views, factors, lambda view, factor: _interpolate(view, factor, before, after))


def _interpolate(view: View, factor: Size, before: int, after: int) -> View:
    if not view.numeric() or not isinstance(factor, int) or factor * len(view.low) > LONGEST_PERIOD:
        return _blurred(view)
    windows = []
    for output in range(factor * len(view.low)):
        below, rest = divmod(2 * output + 1 - factor, 2 * factor)  # the source position is (output + 1/2)/factor - 1/2
        first, last = (below - before, below + after) if rest else (below, below)
        windows.append(view.hull(range(first, last + 1)))
    return _periodic(view, windows, _number(view.jump))


def _periodic(view: View, windows: Sequence[tuple[int, int]], jump: int) -> View:
    low, high = zip(*windows, strict=True)
    return replace(view, low=low, high=high, jump=jump, figure=None)


def whole(views: Views, shape: Sequence[Size], axes: Sequence[int] | None = None) -> Views:
    """After a layer that mixes all positions along the axes (all of them where ``None``) of a tensor of ``shape``."""
    return tuple(
        view if view.axis is None or (axes is not None and view.axis not in axes) else _fixed(view, *_span(view, shape))
        for view in views
    )


def flat(views: Views, shape: Sequence[Size], axes: Sequence[int], axis: int) -> Views:
    """After the axes of a tensor of ``shape`` were laid out along one, now ``axis``: units keep what they see."""
    return tuple(view if view.axis not in axes else _scattered(view, axis, *_span(view, shape)) for view in views)


def moved(views: Views, place: Callable[[int], int | None]) -> Views:
    """After the axes took other places; ``None`` for an axis that is no more, whose units all see alike."""
    return tuple(view if view.axis is None else replace(view, axis=place(view.axis), figure=None) for view in views)


def only(views: Views, axis: int, position: Size, size: Size) -> Views:
    """After one position along the axis was picked."""

    def pick(view: View) -> View:
        if view.axis != axis:
            return view
        if view.lost:
            return _lost(view)
        index = plus(size, position) if isinstance(position, int) and position < 0 else position
        if view.jump is None or not view.numeric() or not isinstance(index, int):
            return _lost(view)
        low, high = view.window(index)
        last = _number(view.length) - 1
        return _fixed(view, min(max(0, low), last), max(0, min(last, high)))

    return tuple(pick(view) for view in views)


def union(branches: Sequence[Views]) -> Views:
    """What meets after branches of one shape are added or concatenated."""
    merged: dict[tuple[str, int], View] = {}
    for views in branches:
        for view in views:
            key = view.source, view.source_axis
            merged[key] = _union(merged[key], view) if key in merged else view
    return tuple(merged.values())


def _union(left: View, right: View) -> View:
    if left == right:
        return left
    if left.lost or right.lost:
        if left.axis is None or right.axis is None or left.axis != right.axis:
            return _lost(left)
        low, high = extreme("min", _least(left), _least(right)), extreme("max", _most(left), _most(right))
        return replace(left, low=(low,), high=(high,), jump=None, lost=True, figure=None)
    if left.axis is None or right.axis is None or left.jump is None or right.jump is None or left.axis != right.axis:
        low = extreme("min", _least(left), _least(right))
        high = extreme("max", _most(left), _most(right))
        scattered = left.jump is None and right.jump is None and left.axis is not None
        if scattered:
            return replace(left, low=(low,), high=(high,), unit=extreme("max", left.size, right.size), figure=None)
        return _fixed(left, low, high)
    period = math.lcm(len(left.low), len(right.low))
    if period == 1:
        if same(left.jump, right.jump):
            low = extreme("min", left.low[0], right.low[0])
            high = extreme("max", left.high[0], right.high[0])
            return replace(left, low=(low,), high=(high,), figure=None)
        return _blurred(left)
    turns = [period // len(view.low) for view in (left, right)]
    if period > LONGEST_PERIOD or _number(left.jump) * turns[0] != _number(right.jump) * turns[1]:
        return _blurred(left)
    pairs = [(left.window(spot), right.window(spot)) for spot in range(period)]
    return _periodic(left, [(min(a[0], b[0]), max(a[1], b[1])) for a, b in pairs], _number(left.jump) * turns[0])


def _least(view: View) -> Size:
    return view.low[0] if view.axis is None or view.jump is None else 0


def _most(view: View) -> Size:
    return view.high[0] if view.axis is None or view.jump is None else minus(view.length, 1)


def _fixed(view: View, low: Size, high: Size) -> View:
    unit = plus(minus(high, low), 1)
    return replace(view, axis=None, low=(low,), high=(high,), jump=0, unit=unit, lost=False, figure=None)


def _scattered(view: View, axis: int, low: Size, high: Size) -> View:
    return replace(view, axis=axis, low=(low,), high=(high,), jump=None, unit=view.size, figure=None)


def blur(views: Views, shape: Sequence[Size], axes: Sequence[int]) -> Views:
    """After a layer of which can be told what all its units along the axes see together, but not what one sees."""

    def together(view: View) -> View:
        if view.axis not in axes or view.lost:
            return view
        low, high = _span(view, shape)
        return replace(view, low=(low,), high=(high,), jump=None, lost=True, figure=None)

    return tuple(map(together, views))


def _blurred(view: View) -> View:
    return replace(view, low=(0,), high=(minus(view.length, 1),), jump=None, unit=None, figure=None, lost=True)


def lose(views: Views, axes: Sequence[int]) -> Views:
    """After a layer along whose axes it cannot be told what a unit sees."""
    return tuple(_lost(view) if view.axis in axes else view for view in views)


def _lost(view: View) -> View:
    return replace(view, axis=None, low=(0,), high=(0,), jump=0, unit=None, figure=None, lost=True)


def _span(view: View, shape: Sequence[Size]) -> tuple[Size, Size]:
    """All that the positions along the view's axis see together, within the input."""
    if view.axis is None or view.jump is None:
        return view.low[0], view.high[0]
    count = shape[view.axis]
    if not view.numeric() or not isinstance(count, int):
        return 0, minus(view.length, 1)
    firsts = range(min(count, len(view.low)))
    lasts = range(max(0, count - len(view.low)), count)
    low = max(0, min(view.window(spot)[0] for spot in firsts))
    return low, min(_number(view.length) - 1, max(view.window(spot)[1] for spot in lasts))
