"""Parts of JSON values whose shape nobody promises."""

from collections.abc import Mapping
from typing import Any

Record = dict[str, Any]


def dicts(value: Any) -> list[Record]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def inside(value: Any, *path: str) -> Any:
    """What lies along a path of names; None where a step is missing."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def first(record: Record, *names: str) -> Any:
    return next((value for name in names if (value := record.get(name)) not in (None, "", [], {})), None)


def text_of(value: Any) -> str | None:
    """A text, or the first of a list of them."""
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, str) else None
