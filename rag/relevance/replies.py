"""Verdicts as models write them: read one by one, whatever their dress."""

import re
from contextlib import suppress
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ValidationError, model_validator


def _verdict(value: Any) -> Any:
    """`Relevant.`, `yes`, `partially relevant` and the like, as endpoints without schemas write them."""
    text = str(value).lower().strip(" .!")
    if "part" in text or "border" in text:
        return "partly"
    if "irrelevant" in text or "not" in text.split():
        return "no"
    return "relevant" if "relevant" in text or text in ("yes", "true", "2") else "no"


def _number(value: Any) -> Any:
    """`"[3]"`, `"paper 3"`, `3.0` -> 3."""
    found = re.search(r"\d+", value) if isinstance(value, str) else None
    return int(found[0]) if found else value


def _text(value: Any) -> Any:
    """Null and lists, as some models write texts."""
    if isinstance(value, list):
        return ", ".join(str(part) for part in value if part is not None)
    return "" if value is None else value if isinstance(value, str) else str(value)


def _first(value: Any) -> Any:
    return str(_text(value[0] if isinstance(value, list) and value else value)).strip()


_NAMES = {
    "id": ("paper", "paper_id", "number", "n", "no", "index"),
    "verdict": ("relevant", "is_relevant", "relevance", "judgement", "judgment", "decision", "label", "answers"),
    "quote": ("evidence", "sentence", "quotes", "passage"),
    "missing": ("lacks", "lacking"),
}
"""What the fields are called by models that keep to no schema."""


def _as_asked(entry: Any) -> Any:
    """An entry under the names that were asked for: in small letters, other names read where the asked one is not there."""
    if not isinstance(entry, dict):
        return entry
    held = {str(name).strip().lower().replace(" ", "_"): value for name, value in entry.items()}
    for asked, others in _NAMES.items():
        if asked not in held and (other := next((name for name in others if name in held), "")):
            held[asked] = held[other]
    return held


class One(BaseModel):
    """The verdict on one paper of a batch."""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, entry: Any) -> Any:
        return _as_asked(entry)

    id: Annotated[int, BeforeValidator(_number)]
    verdict: Annotated[Literal["relevant", "partly", "no"], BeforeValidator(_verdict)]
    quote: Annotated[str, BeforeValidator(_first)] = ""
    missing: Annotated[str, BeforeValidator(_text)] = ""


def _entries(value: Any) -> Any:
    """The entries that can be read. Raises ValueError when there are some and none can."""
    if isinstance(value, dict):
        by_id = all(isinstance(entry, dict) for entry in value.values())
        value = [{"id": number, **entry} for number, entry in value.items()] if by_id else [value]
    if not isinstance(value, list):
        return value
    found: list[One] = []
    for entry in value:
        with suppress(ValidationError):
            found.append(One.model_validate(entry))
    if value and not found:
        raise ValueError("no entry is a verdict")
    return found


class Verdicts(BaseModel):
    """The verdicts on a batch; papers left out do not answer."""

    verdicts: Annotated[list[One], BeforeValidator(_entries)]
