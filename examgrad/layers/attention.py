"""Attention and transformers (Vaswani et al. 2017).

Their multiply-accumulates are those of the linear maps; the products of queries with keys and of the weights
with values multiply activations, no weights, and are not counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from examgrad.layers.formulas import NOTHING, Count, Figure, given
from examgrad.layers.reach import Views, union, whole
from examgrad.layers.signatures import forms
from examgrad.layers.site import Effect, Site
from examgrad.layers.sizes import Size, show, show_shape


def _sequences(site: Site) -> list[tuple[Size, Size]]:
    """Steps and features of every input; PyTorch takes the batch of a vector for the steps."""
    if site.form.framework == "torch" and all(len(tensor.shape) == 1 for tensor in site.inputs):
        shape = show_shape(site.shape)
        site.warnings.append(f"{site.name} gets {shape} without steps and takes the batch for them: the samples mix")
        return [(1, tensor.shape[0]) for tensor in site.inputs]
    for tensor in site.inputs:
        if len(tensor.shape) != 2:
            site.fail("rank", f"{site.name} needs sequences [steps, features] and gets {show_shape(tensor.shape)}")
    return [(tensor.shape[0], tensor.shape[1]) for tensor in site.inputs]


def _like(site: Site, steps: Size, features: Size) -> tuple[Figure, ...]:
    """The shape of a sequence, or of a vector where one came in."""
    return (given(features),) if len(site.shape) == 1 else (given(steps), given(features))


def _mixed(site: Site) -> Views:
    return union([whole(tensor.views, tensor.shape) for tensor in site.inputs])


def _heads(site: Site, width: Size) -> None:
    heads = site.size("heads")
    help = ""
    if isinstance(width, int) and isinstance(heads, int) and width < 10**6:
        fitting = [str(number) for number in range(2, min(width, 4 * heads) + 1) if width % number == 0]
        if fitting:
            help = f"each head gets width/heads numbers: {width} is divided by {', '.join(fitting[:8])}"
    site.divides(width, heads, "the width of the model", "heads", help)


def multihead(site: Site) -> Effect:
    """PyTorch's MultiheadAttention of a query with keys and values (all the same input where there is one)."""
    sequences = _sequences(site)
    query, key, value = _three(sequences)
    width = site.size("width")
    kdim, vdim = (site.size(role) if site.has(role) else width for role in ("kdim", "vdim"))
    _heads(site, width)
    for needed, (_, got), argument in ((width, query, "width"), (kdim, key, "kdim"), (vdim, value, "vdim")):
        site.need("features", needed, got, argument, _bridge(needed, got))
    site.need("steps of the values", key[0], value[0])
    values = {"E": width, "k": kdim, "v": vdim}
    inside = "3*E*E" if kdim == width and vdim == width else "E*E + k*E + v*E"
    biases = " + 4*E" if site.flag("bias") else ""
    extra = " + 2*E" if site.flag("add_bias_kv") else ""
    weights = Count(f"{inside} + E*E{biases}{extra}", **values)
    macs = Count("Q*E*E + S*k*E + S*v*E + Q*E*E", Q=query[0], S=key[0], **values)
    return Effect(_like(site, query[0], width), _mixed(site), weights, macs=macs)


def _bridge(needed: Size, got: Size) -> str:
    """What would bring the features to the width of the model."""
    return f"a Linear({show(got)}, {show(needed)}) before it would bring them to the width of the model"


def _three(sequences: list[tuple[Size, Size]]) -> tuple[tuple[Size, Size], tuple[Size, Size], tuple[Size, Size]]:
    """Query, key and value: one input is all three, of two the second is key and value."""
    query, key = sequences[0], sequences[min(1, len(sequences) - 1)]
    return query, key, sequences[2] if len(sequences) > 2 else key


def keras_multihead(site: Site) -> Effect:
    """Keras's MultiHeadAttention of query, value and key (in this order)."""
    sequences = _sequences(site)
    query, value, key = _three(sequences)
    heads, k = site.size("heads"), site.size("key_dim")
    v = site.size("value_dim") if site.has("value_dim") else k
    out = site.size("output") if site.has("output") else query[1]
    bias = " + 1" if site.flag("bias") else ""
    values = {"h": heads, "k": k, "v": v, "a": query[1], "b": key[1], "c": value[1], "o": out}
    weights = Count(f"h*k*(a{bias}) + h*k*(b{bias}) + h*v*(c{bias}) + (h*v{bias})*o", **values)
    macs = Count("Q*h*k*a + S*h*k*b + S*h*v*c + Q*h*v*o", Q=query[0], S=key[0], **values)
    return Effect((given(query[0]), given(out)), _mixed(site), weights, macs=macs)


def dot_product(site: Site) -> Effect:
    """Keras's Attention without projections: query, value and, where it is another, key."""
    query, value, _ = _three(_sequences(site))
    scale = NOTHING
    if site.flag("scale"):
        scale = Count("E", E=query[1]) if site.form.options.get("additive") else Count("1")
    return Effect((given(query[0]), given(value[1])), _mixed(site), scale)


def _block(attentions: int, bias: bool) -> str:
    """Parameters of a transformer layer with so many attentions: projections, feed-forward part, norms."""
    norms = attentions + 1
    if bias:
        return f"({attentions}*(4*E*E + 4*E) + 2*E*F + F + E + {norms}*2*E)"
    return f"({attentions}*4*E*E + 2*E*F + {norms}*E)"


_ENCODER_MACS, _DECODER_MACS = "T*(4*E*E + 2*E*F)", "(T*(6*E*E + 2*E*F) + S*2*E*E)"


def encoder_layer(site: Site) -> Effect:
    """Self-attention and a feed-forward part, each with its normalisation."""
    return _encoder(site, site, 1, norm=False)


def encoder(site: Site) -> Effect:
    """Several encoder layers, and a norm at the end where one is given."""
    inner = _inner(site, "layer", encoder_layer)
    return _encoder(site, inner, site.whole("layers"), norm=site.has("norm"))


def _encoder(site: Site, block: Site, layers: int, norm: bool) -> Effect:
    values = _widths(site, block)
    ((steps, features),) = _sequences(site)
    site.need("features", values["E"], features, "width", _bridge(values["E"], features))
    weights, macs = _stacked(_block(1, block.flag("bias")), _ENCODER_MACS, layers, norm, values, T=steps)
    return Effect(_like(site, steps, features), _mixed(site), weights, macs=macs)


def _stacked(
    weights: str, macs: str, layers: int, norm: bool, values: Mapping[str, Size], **steps: Size
) -> tuple[Count, Count]:
    """Parameters and multiply-accumulates of so many layers of a kind, with a norm at the end where there is one."""
    if layers != 1:
        weights, macs, values = f"n*{weights}", f"n*{macs}", {**values, "n": layers}
    return Count(weights + (" + 2*E" if norm else ""), **values), Count(macs, **steps, **values)


def decoder_layer(site: Site) -> Effect:
    """Self-attention, attention to the encoder's output (the second input), and a feed-forward part."""
    return _decoder(site, site, 1, norm=False)


def decoder(site: Site) -> Effect:
    """Several decoder layers, and a norm at the end where one is given."""
    inner = _inner(site, "layer", decoder_layer)
    return _decoder(site, inner, site.whole("layers"), norm=site.has("norm"))


def _decoder(site: Site, block: Site, layers: int, norm: bool) -> Effect:
    values = _widths(site, block)
    (steps, features), (memory, width) = _sequences(site)
    site.need("features", values["E"], features, "width", _bridge(values["E"], features))
    site.need("features of the memory", values["E"], width, "width", _bridge(values["E"], width))
    weights, macs = _stacked(_block(2, block.flag("bias")), _DECODER_MACS, layers, norm, values, T=steps, S=memory)
    return Effect(_like(site, steps, features), _mixed(site), weights, macs=macs)


def transformer(site: Site) -> Effect:
    """Encoder and decoder, each with a norm at its end; inputs are source and target."""
    values = _widths(site, site)
    (source, width), (target, features) = _sequences(site)
    site.need("features of the source", values["E"], width, "width")
    site.need("features of the target", values["E"], features, "width")
    bias = site.flag("bias")
    values |= {"n": site.size("encoders", 0), "m": site.size("decoders", 0)}
    weights = Count(f"n*{_block(1, bias)} + m*{_block(2, bias)} + {'4' if bias else '2'}*E", **values)
    macs = Count(f"n*S*(4*E*E + 2*E*F) + m*{_DECODER_MACS}", S=source, T=target, **values)
    return Effect(_like(site, target, features), _mixed(site), weights, macs=macs)


def _widths(site: Site, block: Site) -> dict[str, Size]:
    width = block.size("width")
    _heads(block, width)
    return {"E": width, "F": block.size("feedforward")}


def _inner(site: Site, role: str, rule: object) -> Site:
    """The layer that a stack is made of."""
    call = site.inner(role)
    form = next((form for form in FORMS if form.name == call.name.rpartition(".")[2] and form.rule is rule), None)
    if form is None:
        return site.fail("argument", f"{site.name} is a stack of transformer layers: TransformerEncoderLayer(…)", role)
    return site.within(form, call, site.inputs)


_MULTIHEAD = (
    "embed_dim:width, num_heads:heads, dropout=0.0, bias=True, add_bias_kv=False, add_zero_attn=False, kdim=None, "
    "vdim=None, batch_first=False"
)
_KERAS_MULTIHEAD = (
    "num_heads:heads, key_dim, value_dim=None, dropout=0.0, use_bias:bias=True, output_shape:output=None, "
    "attention_axes=None, sliding_window=None, flash_attention=None"
)
_LAYER = (
    "d_model:width, nhead:heads, dim_feedforward:feedforward=2048, dropout=0.1, activation='relu', "
    "layer_norm_eps=1e-05, batch_first=False, norm_first=False, bias=True"
)
_TRANSFORMER = (
    "d_model:width=512, nhead:heads=8, num_encoder_layers:encoders=6, num_decoder_layers:decoders=6, "
    "dim_feedforward:feedforward=2048, dropout=0.1, activation='relu', custom_encoder=None, custom_decoder=None, "
    "layer_norm_eps=1e-05, batch_first=False, norm_first=False, bias=True"
)

FORMS: Final = (
    *forms("torch", "attention", multihead, _MULTIHEAD, "MultiheadAttention", (1, 3)),
    *forms("torch", "encoder", encoder_layer, _LAYER, "TransformerEncoderLayer"),
    *forms("torch", "decoder", decoder_layer, _LAYER, "TransformerDecoderLayer", (2, 2)),
    *forms(
        "torch",
        "encoder",
        encoder,
        "encoder_layer:layer, num_layers:layers, norm=None, enable_nested_tensor=True, mask_check=True",
        "TransformerEncoder",
    ),
    *forms(
        "torch", "decoder", decoder, "decoder_layer:layer, num_layers:layers, norm=None", "TransformerDecoder", (2, 2)
    ),
    *forms("torch", "transformer", transformer, _TRANSFORMER, "Transformer", (2, 2)),
    *forms("keras", "attention", keras_multihead, _KERAS_MULTIHEAD, "MultiHeadAttention", (1, 3)),
    *forms(
        "keras", "attention", dot_product, "use_scale:scale=False, score_mode='dot', dropout=0.0", "Attention", (1, 3)
    ),
    *forms(
        "keras",
        "attention",
        dot_product,
        "use_scale:scale=True, dropout=0.0",
        {"AdditiveAttention": {"additive": True}},
        (1, 3),
    ),
)
