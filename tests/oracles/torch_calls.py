# mypy: ignore-errors
"""A layer's text run by PyTorch: ``Conv2d(3, 8, 3)``, ``nn.LSTM(16, 8)``, ``concat(dim=1)``, ``slice(2, 0, 4)``.

Inputs and outputs have the batch in front; recurrent layers and attention take it there whatever their text says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

Entry = tuple[str, str, "tuple[str, ...] | None", str]
"""A layer's name, its text, the names of its inputs (``None``: the layer above), and whose weights it shares."""
_COUNTED = (nn.Linear, nn.modules.conv._ConvNd)
_RECURRENT = (nn.RNN, nn.LSTM, nn.GRU)


class _One(nn.Module):
    """A module that takes and gives one tensor, around one that gives several or wants indices."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        if isinstance(self.inner, nn.MultiheadAttention):
            key = inputs[min(1, len(inputs) - 1)]
            return self.inner(inputs[0], key, inputs[2] if len(inputs) > 2 else key)[0]
        if type(self.inner).__name__.startswith("MaxUnpool"):
            return self.inner(inputs[0], torch.zeros_like(inputs[0], dtype=torch.long))
        output = self.inner(*inputs)
        return output[0] if isinstance(output, tuple) else output


def _reduced(operation: Callable[..., torch.Tensor]) -> Callable[..., Callable[..., torch.Tensor]]:
    return lambda *tensors: _folded(operation, tensors)


def _folded(operation: Callable[..., torch.Tensor], tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    total = tensors[0]
    for tensor in tensors[1:]:
        total = operation(total, tensor)
    return total


FUNCTIONS: dict[str, Callable[..., Callable[..., torch.Tensor]]] = {
    "add": lambda: _reduced(torch.add),
    "mul": lambda: _reduced(torch.mul),
    "matmul": lambda: torch.matmul,
    "concat": lambda dim: lambda *tensors: torch.cat(tensors, dim),
    "slice": lambda dim, start, length: lambda x: x.narrow(dim, start, length),
    "select": lambda dim, index: lambda x: x.select(dim, index),
    "permute": lambda *dims: lambda x: x.permute(*dims),
    "transpose": lambda dim0, dim1: lambda x: x.transpose(dim0, dim1),
    "mean": lambda dim, keepdim=False: lambda x: x.mean(dim, keepdim=keepdim),
    "amax": lambda dim, keepdim=False: lambda x: x.amax(dim, keepdim=keepdim),
    "reshape": lambda *shape: lambda x: x.reshape(x.shape[0], *shape),
    "flatten": lambda start_dim=1, end_dim=-1: lambda x: torch.flatten(x, start_dim, end_dim),
    "squeeze": lambda dim: lambda x: x.squeeze(dim),
    "unsqueeze": lambda dim: lambda x: x.unsqueeze(dim),
}


def build(text: str) -> Callable[..., torch.Tensor]:
    """The module or function that a text of this repository's own tests names."""
    match = re.fullmatch(r"(?:(?:torch\.)?nn\.)?(\w+)(\(.*\))", text, re.S)
    assert match is not None, text
    name, arguments = match[1], match[2].replace("torch.nn.", "nn.")
    if name in FUNCTIONS:
        return eval(f"function{arguments}", {"function": FUNCTIONS[name]})
    module = eval(f"nn.{name}{arguments}", {"nn": nn})
    for part in module.modules():
        if hasattr(part, "batch_first"):
            part.batch_first = True
    module.eval()
    several = (*_RECURRENT, nn.LSTMCell, nn.MultiheadAttention)
    if isinstance(module, several) or getattr(module, "return_indices", False) or name.startswith("MaxUnpool"):
        return _One(module)
    return module


def run(
    inputs: Mapping[str, Sequence[int]], entries: Sequence[Entry], *, tokens: int = 0, batch: int = 3
) -> tuple[list[dict[str, object]], str]:
    """Rows of shape, parameters and, where counted, multiply-accumulates; and why the next layer is refused."""
    torch.manual_seed(0)
    values = {name: _given((batch, *shape), tokens) for name, shape in inputs.items()}
    modules: dict[str, Callable[..., torch.Tensor]] = {}
    rows: list[dict[str, object]] = []
    last = next(iter(inputs))
    for name, text, sources, share in entries:
        counter = FlopCounterMode(display=False)
        try:
            module = modules[share] if share else build(text)
            taken = [values[source] for source in sources or (last,)]
            with torch.no_grad():
                if _is_lazy(module):
                    module(*taken)
                with counter:
                    output = module(*taken)
            if output.shape[0] != batch or 0 in output.shape:
                raise RuntimeError(f"the batch is touched, or nothing is left: {tuple(output.shape)}")
        except (
            ArithmeticError,
            AssertionError,
            LookupError,
            RuntimeError,
            SyntaxError,
            TypeError,
            ValueError,
        ) as error:
            return rows, f"{type(error).__name__}: {error}"[:300]
        modules[name], values[name], last = module, output, name
        rows.append(_row(module, output, counter.get_total_flops() // 2 // batch, bool(share)))
    return rows, ""


def _given(shape: tuple[int, ...], tokens: int) -> torch.Tensor:
    return torch.randint(tokens, shape) if tokens else torch.randn(shape)


def _is_lazy(module: object) -> bool:
    kind = nn.parameter.UninitializedParameter
    return isinstance(module, nn.Module) and any(isinstance(item, kind) for item in module.parameters())


def _row(module: object, output: torch.Tensor, macs: int, shared: bool) -> dict[str, object]:
    row: dict[str, object] = {"shape": list(output.shape[1:]), "parameters": 0}
    if isinstance(module, nn.Module) and not shared:
        row["parameters"] = sum(item.numel() for item in module.parameters())
    inner = getattr(module, "inner", module)
    if isinstance(inner, _COUNTED):
        row["macs"] = macs
    if isinstance(inner, _RECURRENT) and output.ndim == 3:  # every weight once a step
        weights = sum(item.numel() for name, item in inner.named_parameters() if "weight" in name)
        row["macs"] = weights * output.shape[1]
    return row
