"""What an endpoint takes: the options of a request, given up one by one as it refuses them."""

import re
from dataclasses import dataclass, replace
from typing import Any, Literal

from openai import NOT_GIVEN
from pydantic import BaseModel

from rag.llm.structured import json_schema, plain_schema

Limit = Literal["max_tokens", "max_completion_tokens", "none"]
Form = Literal["json_schema", "json_object with a schema", "json_object", "none"]
LIMITS: tuple[Limit, ...] = ("max_tokens", "max_completion_tokens", "none")
FORMS: tuple[Form, ...] = ("json_schema", "json_object with a schema", "json_object", "none")

_NAMED = {
    "form": re.compile(
        r"response_?format|json_?schema|json_?object|json[_ ]mode|structured[_ ]output|\bschema\b|grammar|guided|json_validate|constrained",
        re.I,
    ),
    "usage": re.compile(r"stream_options|include_usage", re.IGNORECASE),
    "temperature": re.compile(r"\btemperature\b", re.IGNORECASE),
    "limit": re.compile(r"\bmax_(?:completion_|output_|new_)?tokens\b", re.IGNORECASE),
    "system": re.compile(
        r"system (?:role|message|prompt)s?\b|\brole\W{1,6}(?:'|\")?system|only user|roles must alternate|developer instruction"
        r"|\broles?\b.{0,40}\b(?:system\b|user\W{1,3}(?:or|and)\W{1,3}assistant)",
        re.IGNORECASE,
    ),
    "streams": re.compile(r"\bstream(?:ing|ed)?\b(?!_)", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Options:
    """The options that a request carries. A new one is made where an endpoint refuses some."""

    limit: Limit = "max_tokens"
    temperature: bool = True
    usage: bool = True
    form: Form = "json_schema"
    system: bool = True
    """Whether the instructions stand in a message of their own; some templates know no such role."""
    streams: bool = True

    def arguments(self, tokens: int, shape: type[BaseModel] | None = None, *, streamed: bool = False) -> dict[str, Any]:
        """The arguments of a call by LlamaIndex's OpenAI class: what it adds by itself is taken back where it is refused."""
        given: dict[str, Any] = {} if self.limit == "none" else {self.limit: tokens}
        if not self.temperature:
            given["temperature"] = NOT_GIVEN
        if streamed and self.usage:
            given["stream_options"] = {"include_usage": True}
        return given | (self._format(shape) if shape is not None else {})

    def _format(self, shape: type[BaseModel]) -> dict[str, Any]:
        if self.form == "none":
            return {}
        schema = {"schema": plain_schema(shape)} if self.form == "json_object with a schema" else {}
        wanted = json_schema(shape) if self.form == "json_schema" else {"type": "json_object", **schema}
        # As part of the body it is sent as it is; as an argument OpenAI's client compares each value with its types, for milliseconds.
        return {"extra_body": {"response_format": wanted}}

    def without(self, said: str, *, shaped: bool, streamed: bool, broke: bool = False) -> "tuple[Options, bool] | None":
        """The options to try after a refusal in these words, and whether the words name what goes; None when nothing is left to give up.

        `broke`: the endpoint failed (500) and did not refuse; then only the wish for a form may be at fault.
        """
        can = self._given_up(shaped=shaped, streamed=streamed)
        for name, words in _NAMED.items():
            if name in can and words.search(said):
                return can[name], True
        if broke:
            return (replace(self, form="none"), False) if "form" in can else None
        return next(((can[name], False) for name in ("form", "usage", "temperature", "limit", "streams") if name in can), None)

    def _given_up(self, *, shaped: bool, streamed: bool) -> "dict[str, Options]":
        """What can still be given up, by what it is."""
        can: dict[str, Options] = {}
        if shaped and self.form != "none":
            can["form"] = replace(self, form=FORMS[FORMS.index(self.form) + 1])
        if streamed and self.usage:
            can["usage"] = replace(self, usage=False)
        if self.temperature:
            can["temperature"] = replace(self, temperature=False)
        if self.limit != "none":
            can["limit"] = replace(self, limit=LIMITS[LIMITS.index(self.limit) + 1])
        if self.system:
            can["system"] = replace(self, system=False)
        if streamed and self.streams:
            can["streams"] = replace(self, streams=False)
        return can

    def learned(self, before: "Options", after: "Options") -> "Options":
        """These options with what a call learnt between `before` and `after`: others may have learnt since."""
        names = ("limit", "temperature", "usage", "form", "system", "streams")
        return replace(self, **{name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)})


def names_an_option(said: str) -> bool:
    """Whether an endpoint's words name an option of the request."""
    return any(words.search(said) for name, words in _NAMED.items() if name != "streams")
