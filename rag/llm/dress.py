"""Whole replies in other dress put in the plain one: text in parts, events in place of a whole, a tool's arguments in place of text."""

import json
from typing import Any


def plain(content: bytes) -> dict[str, Any] | None:
    """The reply as the protocol has it; None where it is so already, or where it is no reply."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return _of_events(content)
    choices = body.get("choices") if isinstance(body, dict) else None
    choice: Any = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        return None
    message: Any = choice.get("message")
    message = message if isinstance(message, dict) else {}
    text = _text(choice, message)
    if text is None or text == message.get("content"):
        return None
    dressed = {**choice, "message": {**message, "role": "assistant", "content": text, "tool_calls": None}}
    return {**body, "choices": [dressed]}


def _text(choice: dict[str, Any], message: dict[str, Any]) -> str | None:
    """The text of a reply, wherever it stands; None where there is none."""
    content = message.get("content")
    if isinstance(content, list):
        return "".join(part.get("text") or "" for part in content if isinstance(part, dict) and isinstance(part.get("text"), str))
    if content:
        return content if isinstance(content, str) else json.dumps(content)
    called = message.get("tool_calls")
    if isinstance(called, list) and called and isinstance(called[0], dict):
        # No tool was offered: what a form was asked for comes as the arguments of one.
        function = called[0].get("function")
        arguments = function.get("arguments") if isinstance(function, dict) else None
        return arguments if isinstance(arguments, str | None) else json.dumps(arguments)
    return choice["text"] if isinstance(choice.get("text"), str) else None


def _of_events(content: bytes) -> dict[str, Any] | None:
    """A whole reply out of the events of a stream that nobody asked for."""
    text, last, reason = "", None, None
    for line in content.decode("utf-8", "replace").splitlines():
        if not line.startswith("data:") or line.removeprefix("data:").strip() == "[DONE]":
            continue
        try:
            last = json.loads(line.removeprefix("data:"))
            choice = last["choices"][0] if last.get("choices") else {}
            text += (choice.get("delta") or choice.get("message") or {}).get("content") or ""
        except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
            return None
        reason = choice.get("finish_reason") or reason
    if last is None:
        return None
    message = {"role": "assistant", "content": text}
    return {**last, "object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": reason}]}
