"""Replies in other dress put in the plain one: text in parts, a tool's arguments or another protocol's fields in place of text."""

import json
import re
from collections.abc import Mapping
from typing import Any

_THOUGHT = re.compile(r"think|thought|reason", re.IGNORECASE)
_UNENDED = ("", "null", "none")
"""Reasons to end that tell that nothing has ended."""

_AROUND = ("data", "result", "response", "output")
"""What gateways wrap a reply in."""


def plain(content: bytes) -> dict[str, Any] | None:
    """The whole reply as the protocol has it; None where there is none."""
    try:
        body = json.loads(content.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return _of_events(content)
    return whole(body)


def whole(body: Any) -> dict[str, Any] | None:
    """A JSON body as a whole reply; None where it is none."""
    if not (choice := _choice(body)):
        inner = [body[name] for name in _AROUND if isinstance(body.get(name), Mapping)] if isinstance(body, Mapping) else []
        return next((found for value in inner if _choice(value) and (found := whole(value))), None)
    said = _said(choice)
    message = {"role": "assistant", "content": _text(choice, said) or ""}
    if isinstance(reasoning := said.get("reasoning_content"), str):
        message["reasoning_content"] = reasoning
    return _body(body, {"index": 0, "message": message, "finish_reason": _reason(choice)}, "chat.completion")


def chunk(body: Any) -> dict[str, Any] | None:
    """A JSON body as a piece of a streamed reply, itself where it is plain; None where it holds nothing of one."""
    if not isinstance(body, dict):
        return None
    if _is_plain(body):
        return body
    choice = _choice(body)
    if not choice:
        return {**_body(body, {}, "chat.completion.chunk"), "choices": []} if isinstance(body.get("usage"), Mapping) else None
    delta = {"role": "assistant", "content": _text(choice, _said(choice)) or ""}
    return _body(body, {"index": 0, "delta": delta, "finish_reason": _reason(choice)}, "chat.completion.chunk")


def _is_plain(body: dict[str, Any]) -> bool:
    choices = body.get("choices")
    if not isinstance(choices, list) or len(choices) != 1 or not isinstance(choices[0], dict) or body.get("usage"):
        return False
    choice, delta = choices[0], choices[0].get("delta")
    return (
        choice.get("index") == 0
        and isinstance(delta, dict)
        and isinstance(delta.get("content", ""), str | None)
        and not delta.get("tool_calls")
        and choice.get("finish_reason") not in _UNENDED
        and "id" in body
    )


def _choice(body: Any) -> dict[str, Any]:
    """The first choice of a reply, or what stands for one in the protocol of Ollama; empty where there is none."""
    if not isinstance(body, Mapping):
        return {}
    choices = body.get("choices")
    if isinstance(choices, list):
        return next((c for c in choices if isinstance(c, dict) and c.get("index") in (0, None)), {})
    message = body.get("message")
    if isinstance(message, Mapping) and "content" in message:
        return {"message": message, "finish_reason": body.get("done_reason") or ("stop" if body.get("done") is True else None)}
    return {}


def _said(choice: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((choice[name] for name in ("delta", "message") if isinstance(choice.get(name), Mapping)), {})


def _reason(choice: Mapping[str, Any]) -> str | None:
    reason = choice.get("finish_reason")
    return reason if isinstance(reason, str) and reason.lower() not in _UNENDED else None


def _body(body: Mapping[str, Any], choice: dict[str, Any], kind: str) -> dict[str, Any]:
    """A body of the protocol around a choice, with what was counted."""
    told = {"id": str(body.get("id") or "reply"), "object": kind, "created": 0, "model": str(body.get("model") or ""), "choices": [choice]}
    usage = body.get("usage")
    counted = [_number(usage.get(name)) for name in ("prompt_tokens", "completion_tokens")] if isinstance(usage, Mapping) else [None]
    if None in counted:
        return told
    into, out = counted
    return {**told, "usage": {"prompt_tokens": into, "completion_tokens": out, "total_tokens": (into or 0) + (out or 0)}}


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _text(choice: Mapping[str, Any], said: Mapping[str, Any]) -> str | None:
    """The text of a reply, wherever it stands; None where there is none."""
    content = said.get("content")
    if content:
        return _of_parts(content)
    called, function = said.get("tool_calls"), said.get("function_call")
    if isinstance(called, list) and called and isinstance(called[0], Mapping):
        function = called[0].get("function")
    if isinstance(function, Mapping):
        # No tool was offered: what a form was asked for comes as the arguments of one.
        arguments = function.get("arguments")
        return arguments if isinstance(arguments, str | None) else json.dumps(arguments)
    return choice["text"] if isinstance(choice.get("text"), str) else None


def _of_parts(content: Any) -> str:
    """The text of content that may come in parts, thoughts left out."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_of_parts(part) for part in content if isinstance(part, str | Mapping) and not _is_form(part))
    if not isinstance(content, Mapping):
        return json.dumps(content)
    if _THOUGHT.search(str(content.get("type", ""))):
        return ""
    text = content.get("text", content.get("value"))
    return _of_parts(text) if isinstance(text, str | Mapping) else json.dumps(content) if _is_form(content) else ""


def _is_form(part: Any) -> bool:
    """Whether an object is no part of a text but the form that was asked for."""
    return isinstance(part, Mapping) and "type" not in part and "text" not in part and "value" not in part


def _of_events(content: bytes) -> dict[str, Any] | None:
    """A whole reply out of the events of a stream that nobody asked for."""
    text, last, reason = "", None, None
    for line in content.decode("utf-8-sig", "replace").splitlines():
        if not line.startswith("data:") or line.removeprefix("data:").strip() in ("", "[DONE]"):
            continue
        try:
            body = json.loads(line.removeprefix("data:"))
        except (ValueError, RecursionError):
            return None
        choice = _choice(body)
        text += _text(choice, _said(choice)) or ""
        reason, last = _reason(choice) or reason, body if isinstance(body, Mapping) else last
    if last is None:
        return None
    message = {"role": "assistant", "content": text}
    return _body(last, {"index": 0, "message": message, "finish_reason": reason}, "chat.completion")
