"""Structured replies: the JSON schema that is asked for, and the reading of what comes."""

import json
from typing import Any, TypeVar

import json_repair
from pydantic import BaseModel, ValidationError

Shape = TypeVar("Shape", bound=BaseModel)


def response_format(shape: type[BaseModel]) -> dict[str, Any]:
    """The option that asks an endpoint for this shape."""
    schema = _strict(shape.model_json_schema(mode="serialization"))
    return {"response_format": {"type": "json_schema", "json_schema": {"name": shape.__name__, "schema": schema, "strict": True}}}


def _strict(schema: Any) -> Any:
    """The schema as strict endpoints want it: nothing beside its properties, no defaults."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: _strict(value) for name, value in schema.items() if name not in ("default", "title")}
    return {**kept, "additionalProperties": False} if kept.get("type") == "object" else kept


def parsed(text: str, shape: type[Shape]) -> Shape | None:
    """The shape read out of a reply that may hold fences, prose or slips; None when it holds none."""
    try:
        return shape.model_validate(json.loads(text))
    except (ValueError, ValidationError):
        pass
    try:
        return shape.model_validate(json_repair.loads(text[text.index("{") :]))
    except (ValueError, ValidationError, RecursionError):
        return None
