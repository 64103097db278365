"""A turn as the model tells it: the fields that it is asked for, and their reading whatever their dress."""

import json
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, Field

PHRASINGS = 4

FIELDS = f"""- "question": the question on its own, clear without the conversation, its spelling corrected. Keep its meaning; add nothing.
- "intent": "papers" (the abstracts are to answer), "collection" (about what is held here: how many, from when, which topics),
  "chat" (a greeting, thanks, small talk) or "outside" (nothing that abstracts of papers could answer).
- "kind": "list" (several papers wanted), "one" (one paper or an explanation), "compare", "number" (a figure is wanted) or "overview".
- "phrasings": at most {PHRASINGS} search phrases of 2 to 8 words in the terms that such abstracts use, where these differ from the
  question's: abbreviations spelled out, everyday words replaced by the field's. [] when its own words serve.
- "parts": where it asks several things, each as a question of its own; else [].
- "since", "until": the first and the last date that the user allows, both inclusive (YYYY, YYYY-MM or YYYY-MM-DD), counted from today;
  null where the user sets none. A filter of the conversation stays until the user changes the subject or lifts it.
- "organisation", "author": who published, only where the user limits it, else null.
- "previous": true only when the question is about the very papers that the last answer named, and about no others
  ("which of those ...", "the second one"); false when it asks for further or other papers, be it in words such as "the ones that".
- "about": with "previous", the numbers in brackets of those papers in the last answer, where it is about some of them only; else [].
- "others": true when it asks for papers other than those named so far."""


Intent = Literal["papers", "collection", "chat", "outside"]
Kinds = Literal["list", "one", "compare", "number", "overview", "chat", "other"]


def _one_of(*names: str) -> Callable[[Any], Any]:
    """One of these names, however it is written; anything else says nothing."""
    return lambda value: next((name for name in names if isinstance(value, str) and value.strip().lower().startswith(name)), None)


def _texts(value: Any) -> Any:
    """Null, one text, and texts within objects, as some models write lists."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    return [text for text in value if isinstance(text, str) and text.strip()] if isinstance(value, list) else []


def _text(value: Any) -> Any:
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return None if text.lower() in ("", "null", "none", "n/a", "any", "unknown") else text


def _flag(value: Any) -> Any:
    return value.strip().lower() in ("true", "yes", "1") if isinstance(value, str) else bool(value)


def _numbers(value: Any) -> Any:
    found = re.findall(r"\d{1,3}", json.dumps(value)) if value is not None else []
    return [int(number) for number in found]


class Understanding(BaseModel):
    """What the model is asked for; what its reply leaves out is the rules' to tell."""

    question: str = ""
    intent: Annotated[Intent | None, BeforeValidator(_one_of(*get_args(Intent)))] = None
    kind: Annotated[Kinds | None, BeforeValidator(_one_of(*get_args(Kinds)))] = None
    phrasings: Annotated[list[str], BeforeValidator(_texts)] = Field(default_factory=list)
    parts: Annotated[list[str], BeforeValidator(_texts)] = Field(default_factory=list)
    since: Annotated[str | None, BeforeValidator(_text)] = None
    until: Annotated[str | None, BeforeValidator(_text)] = None
    organisation: Annotated[str | None, BeforeValidator(_text)] = None
    author: Annotated[str | None, BeforeValidator(_text)] = None
    previous: Annotated[bool, BeforeValidator(_flag)] = False
    about: Annotated[list[int], BeforeValidator(_numbers)] = Field(default_factory=list)
    others: Annotated[bool, BeforeValidator(_flag)] = False
