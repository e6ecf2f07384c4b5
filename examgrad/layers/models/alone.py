"""A layer by itself: its parameters, which do not depend on where in a network it stands."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from examgrad.layers.arguments import Arguments
from examgrad.layers.calls import Call, read_line
from examgrad.layers.formulas import NOTHING
from examgrad.layers.registry import find
from examgrad.layers.signatures import Form, bind
from examgrad.layers.site import Conventions, Effect
from examgrad.layers.sizes import Size
from examgrad.layers.table import table
from examgrad.layers.trouble import LayerError

_SIZE: Final = "n"
"""A size that the parameters do not depend on."""
_TORCH: Final = Conventions("torch")
_SPATIAL: Final = frozenset({"conv", "tconv", "bn", "in", "gn"})
_WEIGHTLESS: Final = Effect((), (), NOTHING)
_WITH_WEIGHTS: Final = _SPATIAL | frozenset(
    "fc bilinear ln rms prelu embedding rnn lstm gru rnncell lstmcell grucell attention".split()
)


@lru_cache(maxsize=4096)
def effect_alone(text: str) -> Effect | None:
    """The counts of a PyTorch layer on whatever input it takes; ``None`` where its text does not tell them."""
    try:
        call = read_line(text)[1]
        form = find(call, "torch")
        if form.stem not in _WITH_WEIGHTS:
            return _WEIGHTLESS
        inputs = _inputs(form, call)
    except LayerError:
        return None
    made = table(inputs, [{"alone": text, "from": list(inputs)}], _TORCH)
    return made.rows[0].effect if made.rows else None


def _inputs(form: Form, call: Call) -> dict[str, list[Size | str]]:
    """Inputs that the layer takes, sizes it does not tell as a symbol."""
    given = Arguments(form, call, bind(form, call))
    stem = form.stem
    if stem in _SPATIAL:
        dims = form.options.get("dims", 2)
        return {"x": [given.size("channels"), *[_SIZE] * (dims if isinstance(dims, int) else 2)]}
    if stem in ("ln", "rms"):
        return {"x": list(given.listing("normalized_shape"))}
    if stem == "bilinear":
        return {"x": [given.size("features1")], "y": [given.size("features2")]}
    if stem == "attention":
        width = given.size("width")
        others = [given.size(role) if given.has(role) else width for role in ("kdim", "vdim")]
        return {name: [_SIZE, size] for name, size in zip("qkv", (width, *others), strict=True)}
    if stem == "prelu":
        return {"x": [given.size("slopes"), _SIZE, _SIZE]}
    if stem == "embedding":
        return {"x": [_SIZE]}
    return {
        "x": [given.size("features")] if stem in ("fc",) or stem.endswith("cell") else [_SIZE, given.size("features")]
    }
