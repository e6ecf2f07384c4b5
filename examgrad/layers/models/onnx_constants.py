"""Small constants of an ONNX graph: the arithmetic that exporters leave in it for shapes, axes and paddings.

Constants are NumPy's arrays (which the package ``onnx`` brings along); only small ones are followed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

MOST_ENTRIES: Final = 64


def folded(kind: str, inputs: Sequence[Any], attributes: Mapping[str, Any]) -> Any | None:
    """What a node makes of constants; ``None`` where that is not known."""
    if kind not in _FOLDED:
        return None
    try:
        found = _FOLDED[kind](inputs, attributes)
    except (ArithmeticError, IndexError, OverflowError, TypeError, ValueError):
        return None
    return found if found is not None and found.size <= MOST_ENTRIES else None


def _integers(array: Any) -> list[int]:
    return [int(item) for item in array.reshape(-1)]


def _second(inputs: Sequence[Any], attributes: Mapping[str, Any], name: str) -> list[int] | None:
    """What older opsets have as an attribute, and newer ones as a second input."""
    return (
        [int(item) for item in attributes[name]] if name in attributes else _integers(inputs[1]) if inputs[1:] else None
    )


def _squeezed(inputs: Sequence[Any], attributes: Mapping[str, Any]) -> Any:
    axes = _second(inputs, attributes, "axes")
    return inputs[0].squeeze(tuple(axes) if axes else None)


def _unsqueezed(inputs: Sequence[Any], attributes: Mapping[str, Any]) -> Any:
    array = inputs[0]
    for axis in sorted(_second(inputs, attributes, "axes") or ()):
        place = axis if axis >= 0 else axis + array.ndim + 1
        array = array.reshape([*array.shape[:place], 1, *array.shape[place:]])
    return array


def _sliced(inputs: Sequence[Any], attributes: Mapping[str, Any]) -> Any:
    array, *rest = inputs
    names = ("starts", "ends", "axes", "steps")
    lists = [list(attributes[name]) if name in attributes else None for name in names]
    for at, given in enumerate(rest):
        lists[at] = _integers(given)
    starts, ends, axes, steps = lists
    if starts is None or ends is None:
        return None
    for at, (start, end) in enumerate(zip(starts, ends, strict=True)):
        where: list[slice] = [slice(None)] * array.ndim
        step = steps[at] if steps else 1
        stop = None if step < 0 and end < -(2**31) else end
        where[axes[at] if axes else at] = slice(start, stop, step)
        array = array[tuple(where)]
    return array


def _joined(inputs: Sequence[Any], attributes: Mapping[str, Any]) -> Any:
    import numpy

    return numpy.concatenate(inputs, axis=attributes.get("axis", 0))


def _quotient(inputs: Sequence[Any], _: Mapping[str, Any]) -> Any:
    a, b = inputs
    return a // b if a.dtype.kind == "i" and b.dtype.kind == "i" else a / b


def _filled(inputs: Sequence[Any], _: Mapping[str, Any]) -> Any:
    """Exporters fill paddings with zeros; other values are not needed."""
    sizes = _integers(inputs[0])
    if len(sizes) != 1 or not 0 <= sizes[0] <= MOST_ENTRIES:
        return None
    return inputs[0][:1].repeat(sizes[0]) * 0


_FOLDED: Final[dict[str, Callable[[Sequence[Any], Mapping[str, Any]], Any]]] = {
    "Identity": lambda inputs, _: inputs[0],
    "Cast": lambda inputs, _: inputs[0],
    "Squeeze": _squeezed,
    "Unsqueeze": _unsqueezed,
    "Reshape": lambda inputs, _: inputs[0].reshape(_integers(inputs[1])),
    "Transpose": lambda inputs, attributes: inputs[0].transpose(attributes.get("perm")),
    "Concat": _joined,
    "Gather": lambda inputs, attributes: inputs[0].take(inputs[1].astype(int), axis=attributes.get("axis", 0)),
    "Slice": _sliced,
    "ConstantOfShape": _filled,
    "Mul": lambda inputs, _: inputs[0] * inputs[1],
    "Add": lambda inputs, _: inputs[0] + inputs[1],
    "Sub": lambda inputs, _: inputs[0] - inputs[1],
    "Div": _quotient,
    "Mod": lambda inputs, _: inputs[0] % inputs[1],
    "Neg": lambda inputs, _: -inputs[0],
}
