"""Models that stand in files of their own: the text of PyTorch's ``print(model)``, or an ONNX file.

The room of the layers reads them, and is imported only where there is one.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from examgrad.errors import Diagnostic, Location, SpecError
from examgrad.exam.document import Mapping, Text, Value
from examgrad.exam.source import Source
from examgrad.exam.yaml_errors import not_utf8

if TYPE_CHECKING:
    from examgrad.exam.model import Conventions, Given
    from examgrad.layers.models.fitted import Fitted
    from examgrad.layers.models.model import Model
    from examgrad.layers.site import Conventions as Rules

HEAD: Final = 4_096


class ModelFile(NamedTuple):
    """A model and the file it was read from; ``digest`` is the SHA-256 of the file's content, in hexadecimal."""

    model: Model
    path: str
    digest: str


def named_model(named: Value, input: Value | None) -> ModelFile:
    """The model that an exam's ``layers_from`` names: a file in the exam's folder, or below it.

    Raises :class:`SpecError`.
    """
    if not isinstance(named, Text) or not named:
        message = "the name of a file was expected here: layers_from: model.txt"
        raise SpecError([Diagnostic("bad-value", message, "author", named.location)])
    folder = Path(named.source.path).parent
    path = folder / named
    try:
        if Path(named).is_absolute() or not path.resolve().is_relative_to(folder.resolve()):
            raise _refused(named, "is not in the exam's folder", "put the file beside the exam")
        if not path.exists():
            raise _refused(named, "does not exist", "its place is told from the exam's folder")
        if not path.is_file():
            raise _refused(named, "is no file")
        return load_model(path, input, named)
    except (OSError, ValueError) as error:
        raise _refused(named, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _refused(named: Text, message: str, help: str = "") -> SpecError:
    return SpecError([Diagnostic("no-model", f"the file {named} {message}", "author", named.location, help)])


def load_model(path: Path, input: object = None, named: Text | None = None) -> ModelFile:
    """The model in a file; ``input`` is its input's shape, or a mapping from names to shapes.

    Raises :class:`SpecError` (at ``named``, where a file is no model at all) and :class:`OSError`.
    """
    from examgrad.layers.models.model import LARGEST_FILE, LONGEST_TEXT, is_onnx, model_of_onnx, model_of_text
    from examgrad.layers.trouble import LayerError

    place = named.location if named is not None else Location(str(path), 1, 1)
    if not path.is_file():
        raise SpecError([Diagnostic("no-model", f"{path} is no file", "author", place)], str(path))
    with path.open("rb") as file:
        head = file.read(HEAD)
        onnx = is_onnx(path.name, head)
        most = LARGEST_FILE if onnx else LONGEST_TEXT
        content = head + file.read(most + 1 - len(head))
    if len(content) > most:
        message = f"{path.name} has more than the {most:,} bytes that are read"
        help = "export it without its weights: torch.onnx.export(…, export_params=False)" if onnx else ""
        raise SpecError([Diagnostic("too-large", message, "author", place, help)], str(path))
    try:
        if onnx:
            model = model_of_onnx(content, input)
        else:
            names = list(input) if isinstance(input, dict) else ["input"]
            model = model_of_text(_text(content, path, place), names)
    except LayerError as error:
        found = error.place.location() if error.place and error.place.text else place
        message = error.message if error.place else f"{path.name}: {error.message}"
        raise SpecError([Diagnostic(error.code, message, "author", found, error.help)], str(path)) from None
    return ModelFile(model, str(path), hashlib.sha256(content).hexdigest())


def _text(content: bytes, path: Path, place: Location) -> Text:
    if b"\0" in content:
        message = f"{path.name} is no text: the text of print(model), or an .onnx file, was expected"
        raise SpecError([Diagnostic("binary", message, "author", place)], str(path))
    try:
        source = Source(content.decode(), str(path))
    except UnicodeDecodeError as error:
        raise SpecError([not_utf8(content, error.start, str(path), "author")], str(path)) from None
    return Text(source.text, source)


def fitted(given: Given, conventions: Conventions) -> Fitted | None:
    """The table of a problem's model on its input; ``None`` where its layers are written in the exam itself."""
    if given.model is None:
        return None
    from examgrad.layers.models.fitted import fit

    return fit(given.model.model, given.input, rules_of(conventions))


def rules_of(conventions: Conventions) -> Rules:
    """The class's conventions as the layers' rules take them."""
    from examgrad.layers.site import Conventions as Rules

    return Rules(conventions.framework, conventions.image, conventions.pool_rounding)


def with_model(given: Given, named: Value) -> tuple[Given, list[Diagnostic]]:
    """What is given, with the layers of the file that ``layers_from`` names, and with its input where it says one."""
    try:
        found = named_model(named, given.input)
    except SpecError as error:
        return given, error.diagnostics
    stated = found.model.inputs
    read: object = given.input if given.input is not None or stated is None else dict(stated)
    return given._replace(input=read, layers=list(found.model.layers), model=found), []


def names_model(given: Value | None) -> Text | None:
    """The word ``layers_from`` of a ``given`` that has one."""
    return given.key("layers_from") if isinstance(given, Mapping) and "layers_from" in given else None
