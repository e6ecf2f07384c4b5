"""Recurrent layers. A gate of h units on d features has h·(d + h) weights and one or two vectors of biases.

PyTorch keeps two vectors of biases a gate, Keras one (its GRU two with ``reset_after``), textbooks one. Their
multiply-accumulates are those of the gates' linear maps, at every step.
"""

from __future__ import annotations

from typing import Final

from examgrad.layers.formulas import Count, Figure, given
from examgrad.layers.reach import whole
from examgrad.layers.signatures import forms
from examgrad.layers.site import Effect, Site
from examgrad.layers.sizes import Size, same, show_shape, times
from examgrad.layers.windows import sliding

MOST_LAYERS: Final = 10_000


def _sequence(site: Site) -> tuple[Size, Size]:
    """Steps and features of the input."""
    if len(site.shape) != 2:
        help = "an image is no sequence: reshape it first" if len(site.shape) == 3 else ""
        message = f"{site.name} needs a sequence [steps, features] and gets {show_shape(site.shape)}"
        site.fail("rank", message, help=help)
    return site.shape[0], site.shape[1]


def torch_recurrent(site: Site) -> Effect:
    """PyTorch's RNN, LSTM and GRU: the output at every step of the last layer."""
    if single := len(site.shape) == 1:
        site.warnings.append(
            f"{site.name} gets {show_shape(site.shape)} without steps and takes the batch for them: the samples mix"
        )
    steps, features = (1, site.shape[0]) if single else _sequence(site)
    if site.has("features"):
        turned = same(site.size("features"), steps) is True and same(steps, features) is False
        help = f"{show_shape(site.shape)} is read as [steps, features]: is it turned?" if turned else ""
        site.need("features", site.size("features"), features, "features", help)
    hidden, layers = site.size("hidden"), site.whole("layers")
    if not 1 <= layers <= MOST_LAYERS:
        site.fail("argument", f"{site.name} has 1 to {MOST_LAYERS:,} layers, not {layers}", "layers")
    directions = 2 if site.flag("bidirectional") else 1
    projected = site.size("projection", least=0) if "projection" in site.arguments else 0
    out = projected if projected != 0 else hidden
    if isinstance(projected, int) and isinstance(hidden, int) and projected >= hidden:
        site.fail("argument", f"proj_size must be smaller than hidden_size, {hidden}", "projection")
    values: dict[str, Size] = {"g": int(str(site.form.options["gates"])), "h": hidden, "d": features}
    state = "h"
    if projected != 0:
        values["r"], state = projected, "r"
    biases = " + 2" if site.flag("bias") else ""
    first, maps = f"g*h*(d + {state}{biases})", f"g*h*(d + {state})"
    later, later_maps = f"g*h*(D*{state} + {state}{biases})", f"g*h*(D*{state} + {state})"
    if projected != 0:
        first, maps, later, later_maps = (f"({text} + r*h)" for text in (first, maps, later, later_maps))
    if layers > 1:
        first, maps = f"({first} + (L - 1)*{later})", f"({maps} + (L - 1)*{later_maps})"
        values |= {"L": layers, "D": directions}
    if directions > 1:
        first, maps = f"D*{first}", f"D*{maps}"
        values["D"] = directions
    width = Figure("D*h", D=2, h=out) if directions > 1 else given(out)
    macs = Count(f"T*{maps}", T=steps, **values)
    shape = (width,) if single else (given(steps), width)
    return Effect(shape, whole(site.views, site.shape), Count(first, **values), macs=macs)


def torch_cell(site: Site) -> Effect:
    """One step of a recurrent layer."""
    if len(site.shape) != 1:
        help = (
            f"{site.form.name.removesuffix('Cell')} takes all the steps of a sequence" if len(site.shape) == 2 else ""
        )
        message = f"{site.name} needs a vector of features and gets {show_shape(site.shape)}"
        site.fail("rank", message, help=help)
    site.need("features", site.size("features"), site.shape[0], "features")
    values = {"g": int(str(site.form.options["gates"])), "h": site.size("hidden"), "d": site.shape[0]}
    weights = Count("g*h*(d + h + 2)" if site.flag("bias") else "g*h*(d + h)", **values)
    macs = Count("g*h*(d + h)", **values)
    return Effect((given(values["h"]),), whole(site.views, site.shape), weights, macs=macs)


def recurrent(site: Site) -> Effect:
    """Keras's and the textbook's recurrent layers: one vector of biases; the last state, or all on request."""
    steps, features = _sequence(site)
    units = site.size("units")
    values = {"g": int(str(site.form.options["gates"])), "h": units, "d": features}
    two = "reset_after" in site.arguments and site.flag("reset_after")
    biases = (" + 2" if two else " + 1") if site.flag("bias") else ""
    weights = Count(f"g*h*(d + h{biases})", **values)
    macs = Count("T*g*h*(d + h)", T=steps, **values)
    shape = (given(steps), given(units)) if site.flag("sequences") else (given(units),)
    return Effect(shape, whole(site.views, site.shape), weights, macs=macs)


def convolutional(site: Site) -> Effect:
    """Keras's ConvLSTM2D: the gates are convolutions of a sequence of images."""
    site.rank(4, what="a sequence of images [T, H, W, C]")
    steps, *image = site.shape
    channels, spatial = site.conventions.parted(image)
    figures, windows = sliding(site, spatial)
    filters = site.size("filters")
    values = {"k_h": windows[0].size, "k_w": windows[1].size, "C": channels, "F": filters}
    weights = Count("4*F*(k_h*k_w*(C + F) + 1)" if site.flag("bias") else "4*F*k_h*k_w*(C + F)", **values)
    positions = times(figures[0].value, figures[1].value)
    macs = Count("T*n*4*F*k_h*k_w*(C + F)", T=steps, n=positions, **values)
    shape = site.arranged(given(filters), figures)
    if site.flag("sequences"):
        shape = (given(steps), *shape)
    return Effect(shape, whole(site.views, site.shape), weights, macs=macs)


def doubled(effect: Effect, merge: str) -> Effect:
    """The effect in both directions, the outputs concatenated or combined."""
    *before, width = effect.shape
    if merge == "concat":
        width = Figure("2*h", h=width.value)
    weights, macs = (Count("2*n", n=figure.value) for figure in (effect.parameters, effect.macs))
    if effect.parameters.values:
        weights = Count(f"2*({effect.parameters.text})", **effect.parameters.values)
    return Effect((*before, width), effect.views, weights, macs=macs, notes=effect.notes)


_TORCH = "input_size:features, hidden_size:hidden, num_layers:layers=1"
_TORCH_END = "bias=True, batch_first=False, dropout=0.0, bidirectional=False"
_CELL = "input_size:features, hidden_size:hidden, bias=True"
_KERAS = "units, activation='tanh'"
_KERAS_END = (
    "dropout=0.0, recurrent_dropout=0.0, return_sequences:sequences=False, return_state=False, go_backwards=False, "
    "stateful=False, unroll=False"
)
_KERAS_GATED = f"{_KERAS}, recurrent_activation='sigmoid', use_bias:bias=True"
_CONVOLUTIONAL = (
    "filters, kernel_size:size, strides:stride=1, padding='valid', data_format=None, dilation_rate:dilation=1, "
    f"activation='tanh', recurrent_activation='sigmoid', use_bias:bias=True, unit_forget_bias=True, {_KERAS_END}"
)
_EXAM = "units|hidden, return_sequences:sequences=False, bias=True"
_LSTM, _GRU, _RNN = {"gates": 4}, {"gates": 3}, {"gates": 1}

FORMS: Final = (
    *forms("exam", "rnn", recurrent, _EXAM, {"RNN": _RNN}),
    *forms("exam", "lstm", recurrent, _EXAM, {"LSTM": _LSTM}),
    *forms("exam", "gru", recurrent, _EXAM, {"GRU": _GRU}),
    *forms("torch", "rnn", torch_recurrent, f"{_TORCH}, nonlinearity='tanh', {_TORCH_END}", {"RNN": _RNN}),
    *forms("torch", "lstm", torch_recurrent, f"{_TORCH}, {_TORCH_END}, proj_size:projection=0", {"LSTM": _LSTM}),
    *forms("torch", "gru", torch_recurrent, f"{_TORCH}, {_TORCH_END}", {"GRU": _GRU}),
    *forms("torch", "rnncell", torch_cell, f"{_CELL}, nonlinearity='tanh'", {"RNNCell": _RNN}),
    *forms("torch", "lstmcell", torch_cell, _CELL, {"LSTMCell": _LSTM}),
    *forms("torch", "grucell", torch_cell, _CELL, {"GRUCell": _GRU}),
    *forms("keras", "rnn", recurrent, f"{_KERAS}, use_bias:bias=True, {_KERAS_END}", {"SimpleRNN": _RNN}),
    *forms(
        "keras",
        "lstm",
        recurrent,
        f"{_KERAS_GATED}, unit_forget_bias=True, {_KERAS_END}, use_cudnn='auto'",
        {"LSTM": _LSTM},
    ),
    *forms(
        "keras", "gru", recurrent, f"{_KERAS_GATED}, {_KERAS_END}, reset_after=True, use_cudnn='auto'", {"GRU": _GRU}
    ),
    *forms("keras", "convlstm", convolutional, _CONVOLUTIONAL, "ConvLSTM2D"),
)
