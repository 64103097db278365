"""Structured replies: the JSON schema that is asked for, and the reading of what comes."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, TypeVar

import json_repair
from pydantic import BaseModel, ValidationError

from rag.llm.other_forms import other_forms

Shape = TypeVar("Shape", bound=BaseModel)
_MOST, _DEEPEST = 40, 4
"""JSON values of a reply that are looked at, and how deep a wrapping may go."""

_READ, _MENDED, _NESTED, _MISMATCHED = 400_000, 20_000, 30, 20
"""Characters of a reply that are read, and that are mended where they are no JSON; how deep, and with how many brackets that do
not fit, it may be: mending takes for ever on what never was JSON."""

_UNSUPPORTED = ("default", "title", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "format")
_CURLY = re.compile("[“”„‟]")
_FENCE = re.compile(r"(?:```|~~~)[a-z0-9]*\n?", re.IGNORECASE)


class Cut(ValueError):
    """A reply that ends before its end: it must not be mended into an answer."""


def json_schema(shape: type[BaseModel]) -> dict[str, Any]:
    """The `response_format` that asks for this shape, by OpenAI's strict rules."""
    return {"type": "json_schema", "json_schema": {"name": shape.__name__, "schema": plain_schema(shape), "strict": True}}


@cache
def plain_schema(shape: type[BaseModel]) -> dict[str, Any]:
    """The schema of a shape: every property required, none besides, nothing that strict endpoints refuse. Made once, to be read only."""
    found: dict[str, Any] = _strict(shape.model_json_schema(mode="serialization"))
    return found


def _strict(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "properties" in schema:
        properties = {name: _strict(value) for name, value in schema["properties"].items()}
        defined = {"$defs": {name: _strict(value) for name, value in schema["$defs"].items()}} if "$defs" in schema else {}
        told = {name: schema[name] for name in ("description",) if name in schema}
        return {"type": "object", **told, "properties": properties, "required": list(properties), "additionalProperties": False, **defined}
    return {name: _strict(value) for name, value in schema.items() if name not in _UNSUPPORTED}


def parsed(text: str, shape: type[Shape], *, cut: bool = False) -> Shape | None:
    """The shape read out of a reply that may hold fences, prose, drafts or slips; None when it holds none.

    Of several the last counts: what comes before is a draft or an example. Raises Cut where the reply
    was `cut` by its length and its end is missing.
    """
    text = _straight(_FENCE.sub("\n", text[:_READ]))
    values = list(_values(text))
    for found in reversed(values):
        # An empty list is a reply only where nothing else stands beside it.
        if (found != [] or len(values) == 1) and (read := _read(found, shape)) is not None:
            return read
    if cut:
        raise Cut("the reply was cut off")
    gathered = [value for value in values if isinstance(value, dict)] or None
    return _repaired(text, shape) or _read(gathered, shape) or _undressed(text, shape)


def _straight(text: str) -> str:
    """JSON that was typeset: its quotes are straight again."""
    return text if '"' in text or not _CURLY.search(text) else _CURLY.sub('"', text)


def _undressed(text: str, shape: type[Shape]) -> Shape | None:
    """The shape of a reply in YAML or as a Markdown table."""
    names = [*shape.model_fields, "id"]
    return next((read for found in other_forms(text[:_MENDED], names) if (read := _read(found, shape)) is not None), None)


def _values(text: str) -> Iterator[Any]:
    """The JSON objects and lists that stand in a text, in order; what is no JSON is passed over."""
    decoder, place = json.JSONDecoder(), 0
    for _ in range(_MOST):
        start = min((p for p in (text.find("{", place), text.find("[", place)) if p >= 0), default=-1)
        if start < 0:
            return
        try:
            value, place = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            place = start + 1
            continue
        yield value


def _read(found: Any, shape: type[Shape], depth: int = 0) -> Shape | None:
    """The shape of a JSON value, or of what it wraps."""
    if found is None or depth > _DEEPEST:
        return None
    try:
        return _shaped(found, shape)
    except (ValueError, ValidationError, RecursionError):
        pass
    if isinstance(found, str) and found.lstrip()[:1] in ("{", "["):
        return next((read for value in _values(found) if (read := _read(value, shape, depth + 1)) is not None), None)
    if isinstance(found, dict) and not _named(found, shape):
        inner = [value for value in found.values() if isinstance(value, dict | str)]
        return next((read for value in inner if (read := _read(value, shape, depth + 1)) is not None), None)
    return None


def _repaired(text: str, shape: type[Shape]) -> Shape | None:
    """The shape of a reply with slips: quotes, commas, an end that the model forgot."""
    brace, bracket = text.find("{"), text.find("[")
    # Prose may hold a bracket of its own, "[1]": then the first brace is tried too, but no list inside a wrong object.
    starts = [place for place in (bracket if bracket < brace or brace < 0 else -1, brace) if place >= 0]
    for start in starts:
        if not _mendable(text[start : start + _MENDED]):
            continue
        try:
            found: Any = json_repair.loads(text[start : start + _MENDED])
            if any(found.values()) if isinstance(found, dict) else found:
                return _shaped(found, shape)
        except (ValueError, ValidationError, RecursionError):
            continue
    return None


def _mendable(text: str) -> bool:
    """Whether a text's brackets are like those of JSON with slips."""
    opened, mismatched = list[str](), 0
    for sign in text:
        if sign in "{[":
            opened.append("}" if sign == "{" else "]")
        elif sign in "}]":
            if opened and opened[-1] == sign:
                opened.pop()
            else:
                mismatched += 1
        if len(opened) > _NESTED or mismatched > _MISMATCHED:
            return False
    return True


def _shaped(found: Any, shape: type[Shape]) -> Shape:
    """The shape of what was read; a bare list stands for a shape of one field. Raises ValueError for something else altogether."""
    if isinstance(found, list) and len(found) == 1 and isinstance(found[0], dict) and _named(found[0], shape):
        found = found[0]
    elif isinstance(found, list) and len(shape.model_fields) == 1:
        found = {next(iter(shape.model_fields)): found}
    if not isinstance(found, dict):
        raise ValueError("no object")
    if found and not _named(found, shape):
        raise ValueError("none of the fields asked for")
    return shape.model_validate({name.lower() if name.lower() in shape.model_fields else name: value for name, value in found.items()})


def _named(found: dict[Any, Any], shape: type[BaseModel]) -> bool:
    """Whether an object has any of a shape's fields, in capitals or not."""
    return any(isinstance(name, str) and name.lower() in shape.model_fields for name in found)
