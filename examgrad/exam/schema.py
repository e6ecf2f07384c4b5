"""The JSON Schema (draft 7) of exam files, from the same declarations that check them; editors complete from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

from examgrad.exam.fields import REQUIRED, Fields, declared
from examgrad.exam.given import GivenFields
from examgrad.exam.load import ExamFields, PartFields, ProblemFields
from examgrad.exam.validation import non_optional

_VARIABLES = {
    "type": ["string", "array", "object"],
    "description": "a list of real scalars, or a mapping of names to domains or shapes",
}
_EQUATIONS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_LAYERS_FROM = {
    "type": "string",
    "description": "a file beside the exam: the text of PyTorch's print(model), or an ONNX file",
}
_LAYERS = {"type": "array", "items": {"type": ["string", "object"]}}


def json_schema(kinds: Mapping[str, type[Fields]]) -> dict[str, Any]:
    """The schema of an exam file whose parts may be of these kinds."""
    common = _object(PartFields)
    kind = {"enum": list(kinds)}
    cases = [
        {"if": {"properties": {"kind": {"const": name}}}, "then": _merged(common, _object(fields))}
        for name, fields in kinds.items()
    ]
    part = {"type": "object", "required": ["kind"], "properties": {"kind": kind}, "allOf": cases}
    given = _object(GivenFields)
    given["properties"].update(variables=_VARIABLES, equations=_EQUATIONS, layers=_LAYERS, layers_from=_LAYERS_FROM)
    problem = _object(ProblemFields)
    problem["properties"].update(given=given, parts=_one_or_many("part"))
    exam = _object(ExamFields)
    exam["properties"].update(examgrad={"const": 1}, problems=_one_or_many("problem"))
    definitions = {"part": part, "problem": problem}
    return {"$schema": "http://json-schema.org/draft-07/schema#", **exam, "definitions": definitions}


def _one_or_many(name: str) -> dict[str, Any]:
    schema = {"$ref": f"#/definitions/{name}"}
    return {"anyOf": [{"type": "array", "items": schema, "minItems": 1}, schema]}


def _merged(common: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """A part of one kind: its own fields and those of every part."""
    return {
        **own,
        "properties": {**common["properties"], **own["properties"]},
        "required": [*common["required"], *own["required"]],
    }


def _object(model: type[Fields]) -> dict[str, Any]:
    """The schema of a mapping; the first paragraph of the class's docstring describes it."""
    fields = declared(model)
    return {
        "type": "object",
        "description": (model.__doc__ or "").split("\n\n")[0],
        "properties": {name: _schema(field.type) for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.default is REQUIRED],
        "additionalProperties": False,
    }


def _schema(annotation: Any) -> dict[str, Any]:
    annotation = non_optional(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return dict(arguments[1].schema)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": _schema(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(arguments[1])}
    if isinstance(annotation, type) and issubclass(annotation, Fields):
        return _object(annotation)
    return {"type": ["string", "number", "boolean"]}
