"""A model that was read from a file, whatever the file was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from examgrad.layers.models.printed import looks_printed, read_printed
from examgrad.layers.models.unrolled import Entry, Unrolled
from examgrad.layers.trouble import LayerDiagnostic, LayerError

LONGEST_TEXT: Final = 5_000_000
"""Bytes of a model's text."""
LARGEST_FILE: Final = 256_000_000
"""Bytes of an ONNX file."""


@dataclass(frozen=True)
class Model:
    """A network's layers as entries (see :mod:`examgrad.layers.network`), and what is to be said of them.

    ``printed`` tells that it is the text of ``print(model)``, which leaves open how classes of one's own call their
    modules: ``owners`` are those classes by layer. ``inputs`` are the shapes that the file itself says.
    """

    layers: Sequence[Entry]
    printed: bool
    warnings: tuple[LayerDiagnostic, ...] = ()
    inputs: Mapping[str, Sequence[int | str]] | None = None
    owners: Mapping[str, str] = field(default_factory=dict)


def model_of_text(text: str, inputs: Sequence[str] = ("input",)) -> Model:
    """The model that ``print(model)`` shows; ``inputs`` are the names of its inputs. Raises :class:`LayerError`.

    A ``text`` that knows its file (an exam's :class:`~examgrad.exam.document.Text`) gives every layer its place.
    """
    if len(text) > LONGEST_TEXT:
        message = f"the text of a model has at most {LONGEST_TEXT:,} characters, and this has {len(text):,}"
        raise LayerError("too-long", message)
    unrolled = Unrolled(read_printed(text), inputs)
    if not unrolled.entries:
        raise LayerError("missing-layers", "this model has no layers")
    warnings = tuple(
        LayerDiagnostic(item.code, item.message, "author", item.place.location() if item.place else None, item.help)
        for item in unrolled.warnings
    )
    return Model(unrolled.entries, True, warnings, None, unrolled.owners)


def model_of_onnx(content: bytes, inputs: object = None) -> Model:
    """The model in an ONNX file; ``inputs`` gives sizes that the file leaves open. Raises :class:`LayerError`."""
    from examgrad.layers.models.onnx_file import read_onnx

    return read_onnx(content, inputs)


def is_onnx(name: str, content: bytes) -> bool:
    """Whether a file is an ONNX file, by its name or else its first bytes (the field ir_version)."""
    return name.lower().endswith(".onnx") or (content[:1] == b"\x08" and b"\0" in content[:4096])


__all__ = [
    "LARGEST_FILE",
    "LONGEST_TEXT",
    "Entry",
    "Model",
    "is_onnx",
    "looks_printed",
    "model_of_onnx",
    "model_of_text",
]
