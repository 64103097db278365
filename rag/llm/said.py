"""What an endpoint says of a fault: its status, its code and its own words, whatever their form; and these as they may be shown."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import openai

from rag.config import Config
from rag.llm.address import base_url
from rag.llm.places import HIDDEN, is_inside, without_places
from rag.text import instructs, neutral

_REASON_CHARACTERS = 160
DECLINES = "model_declines"
"""The code, of ours, of a model that refuses to reply."""

TOLD = "told_status"
"""Extension of a response: the status that its body told, 0 for none, where it came with another."""

_FAILED = ("error", "fail", "failed", "failure")
_SUCCESS = ("0", "200", "ok", "success", "true", "")
_WORDS = ("message", "msg", "detail", "error_description", "error_msg", "status_msg", "error", "err", "title", "Message")
_CODES = ("code", "type", "status", "status_code", "error_code", "Code")
"""What endpoints call the words and the code of a fault."""

_READ = 2_000
"""Characters of a fault that are read; few are shown."""
_SECRETS = re.compile(
    r"\b(?:sk|pk|gsk|hf|xai|key|api|org|proj|nvapi|AIza|ghp|pat|tok|sess|user|secret)[-_][\w*.…-]{4,}|\bAIza[\w-]{8,}"
    r"|(?i:bearer|basic)\s+[\w.+/=*…-]+|\beyJ[\w.+/=-]{8,}|\b(?:AKIA|ASIA)[A-Z0-9]{8,}"
    r"|(?i:\b(?:[\w-]*key|token|secret|password|passwd|pwd))\s*[:=]\s*[\"'“]?(?=[^\s\"'“]*[\d_-])[^\s\"'“”,;)]{6,}"
    r"|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f-]{12,}\b|\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{24,}\b"
    r"|[\w-]*\*{3,}[\w-]*|[\w.+-]+@[\w.-]+\.\w+"
)
_STATUS = re.compile(r"[45]\d\d", re.ASCII)
_URL = re.compile(r"https?://[^\s'\"<>)]+", re.IGNORECASE)
_MARKUP = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^<>]{0,300}>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault as the endpoint told it: `status` is 0 where it gave none."""

    status: int
    code: str
    message: str

    @property
    def said(self) -> str:
        return f"{self.code} {self.message}"


def fault_in(body: Any, status: int = 0) -> Fault | None:
    """The fault that a JSON body tells, whatever its form; None where it tells none."""
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    if not isinstance(body, Mapping):
        return None
    if body.get("choices"):
        return _in_choice(body["choices"])
    error = body.get("error", body.get("errors"))
    if isinstance(error, list) and error:
        error = error[0]
    if not error and not _good(body.get("error_code")):
        error = body
    error = error or next((value for value in body.values() if isinstance(value, Mapping) and _states(value)), None)
    if not error and not (status >= 400 or _fails(body)):
        return None
    inner: Mapping[str, Any] = error if isinstance(error, Mapping) else body
    told = [error] if isinstance(error, str) else [inner.get(name) for name in _WORDS]
    message = next((_text(value) for value in told if value), "")
    codes = [*(inner.get(name) for name in _CODES), body.get("code")]
    metadata = inner.get("metadata")
    if isinstance(metadata, Mapping) and metadata.get("raw"):
        message = f"{message}: {_text(metadata['raw'])}"
    number = next((int(str(c)) for c in codes if _STATUS.fullmatch(str(c))), status)
    return Fault(status or number, " ".join(str(c) for c in codes if c and not str(c).isdigit()), message)


def _good(code: Any) -> bool:
    """Whether a code tells of no fault."""
    return code is None or str(code).lower() in _SUCCESS


def _states(value: Mapping[str, Any]) -> bool:
    """Whether an object within a body states a fault: a code that is none of success, and words."""
    coded = any(not _good(value.get(name)) for name in ("code", "status_code", "err_code", "Code"))
    return coded and any(isinstance(value.get(name), str) for name in _WORDS)


def _fails(body: Mapping[str, Any]) -> bool:
    """Whether a body without a reply in it tells a fault though it has no error: by its kind, or by words with a code or a failure."""
    words = any(isinstance(body.get(name), str) and body[name] for name in _WORDS)
    holds = any(isinstance(value, Mapping | list) and value for value in body.values()) or "choices" in body
    failed = body.get("success") is False or str(body.get("status")).lower() in _FAILED or not _good(body.get("code"))
    return body.get("object") == "error" or body.get("type") == "error" or (words and (failed or not holds))


def _in_choice(choices: Any) -> Fault | None:
    """The fault that stands in place of a reply: as an error, or as the words of a model that declines."""
    choice = choices[0] if isinstance(choices, list) and isinstance(choices[0], Mapping) else {}
    if isinstance(choice.get("error"), Mapping | str) and choice["error"]:
        return fault_in({"error": choice["error"]})
    message = choice.get("message")
    if isinstance(message, Mapping) and isinstance(message.get("refusal"), str) and message["refusal"] and not message.get("content"):
        return Fault(400, DECLINES, message["refusal"])
    return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def fault_of(error: openai.APIError) -> Fault:
    """The fault that the client's error holds."""
    status = int(error.response.extensions.get(TOLD, error.status_code)) if isinstance(error, openai.APIStatusError) else 0
    text = ""
    if isinstance(error, openai.APIStatusError):
        try:
            text = error.response.text
            body: Any = error.response.json()
        except (ValueError, RecursionError, httpx.StreamError):
            body = error.body
    else:
        body = error.body
        if isinstance(body, str) or (isinstance(body, Mapping) and "error" not in body):
            body = {"error": body}
    found = fault_in(body, status)
    if found and found.message:
        return Fault(found.status or status, f"{found.code} {error.code or ''}".strip(), found.message)
    return Fault(status, str(error.code or ""), text or _own(str(error.message)))


def _own(message: str) -> str:
    """The client's own words for a fault without any, but for its status, which is told beside them."""
    return "" if message.startswith("Error code:") else message


def reason(fault: Fault, config: Config) -> str:
    """The endpoint's own words as they may be shown: one line, without secrets, addresses and markup; empty without any."""
    text = _MARKUP.sub(" ", fault.message[:_READ])
    key = config.openai_api_key.get_secret_value().strip() if config.openai_api_key else ""
    if len(key) >= 4:
        text = text.replace(key, "***")
    own = urlsplit(base_url(config)).hostname or ""
    text = _URL.sub(lambda found: _place(found[0], own), text)
    text = _SECRETS.sub(HIDDEN, without_places(text, own))
    text = neutral(text).replace("|", "¦").strip(" .:;-")
    if not text or instructs(text):
        return ""
    return text if len(text) <= _REASON_CHARACTERS else text[:_REASON_CHARACTERS].rsplit(" ", 1)[0] + " …"


def _place(url: str, own: str) -> str:
    """Of an address the host, where everybody may know it or the user set it."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return HIDDEN if host != own and is_inside(host) else host
