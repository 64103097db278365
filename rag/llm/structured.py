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
    # Prose may hold a bracket of its own, "[1]": then the first brace is tried too, but no list inside a wrong object.
    brace, bracket = text.find("{"), text.find("[")
    starts = [place for place in (bracket if bracket < brace or brace < 0 else -1, brace) if place >= 0]
    for start in starts:
        for read in (_strictly, _repaired):
            try:
                return _shaped(read(text[start:]), shape)
            except (ValueError, ValidationError, RecursionError):
                continue
    return None


def _strictly(text: str) -> Any:
    return json.JSONDecoder().raw_decode(text)[0]


def _repaired(text: str) -> Any:
    """What a broken reply was to be. Raises ValueError when all of it is missing: an empty end of nothing is no reply."""
    found: Any = json_repair.loads(text)
    if not (any(found.values()) if isinstance(found, dict) else found):
        raise ValueError("nothing to read")
    return found


def _shaped(found: Any, shape: type[Shape]) -> Shape:
    """The shape of what was read; a bare list stands for a shape of one field. Raises ValueError for something else altogether."""
    if isinstance(found, list) and len(shape.model_fields) == 1:
        found = {next(iter(shape.model_fields)): found}
    if isinstance(found, dict) and found and not found.keys() & shape.model_fields.keys():
        raise ValueError("none of the fields asked for")
    return shape.model_validate(found)
