"""The form of what Slack sends: each part that is read is of the kind that Slack documents, or the delivery is refused."""

from typing import Any

_TEXTS = frozenset(
    "team_id context_team_id enterprise_id context_enterprise_id user_team source_team api_app_id event_id trigger_id response_url "
    "command text type subtype channel_id user_id channel_type ts thread_ts message_ts action_id action_ts tab challenge bot_id".split()
)
_TEXTS_OR_OBJECTS = frozenset("user team channel enterprise".split())
_OBJECTS = frozenset("event container message user_profile assistant_thread context".split())
_LISTS = frozenset("actions attachments authorizations files".split())
_NEEDED = {"command": ("trigger_id", "channel_id", "user_id", "response_url"), "actions": ("user",)}
"""What belongs to a command, and to a click."""

_DEEPEST = 3
"""Levels that the bot reads: a delivery, its event or message, and their parts."""


def malformed(body: object, depth: int = 0) -> str:
    """Which part of a delivery is of no kind that Slack sends; empty where all are. Names parts, never what they hold."""
    if not isinstance(body, dict):
        return "no object"
    for name, value in body.items():
        if value is not None and (fault := _fault(name, value, depth)):
            return fault
    if depth == 0:
        missing = (part for kind, parts in _NEEDED.items() if kind in body for part in parts if not body.get(part))
        return next((f"no {part}" for part in missing), "")
    return ""


def _fault(name: str, value: Any, depth: int) -> str:
    kind = _kind(name)
    if kind and not isinstance(value, kind):
        return f"{name} is {type(value).__name__}"
    if isinstance(value, dict) and depth < _DEEPEST and name in (_OBJECTS | _TEXTS_OR_OBJECTS):
        return malformed(value, depth + 1)
    if name == "actions":
        if not value:
            return "actions is empty"
        return "" if all(_action(action) for action in value) else "an action is of another form"
    if name == "authorizations":
        return next((f"an authorization: {fault}" for fault in (malformed(part, depth + 1) for part in value) if fault), "")
    return ""


def _action(action: object) -> bool:
    """An action's text is an object, so it is looked at apart."""
    return isinstance(action, dict) and all(isinstance(action.get(name, ""), str | None) for name in ("action_id", "action_ts", "value"))


def _kind(name: str) -> type | tuple[type, ...] | None:
    if name in _TEXTS:
        return str
    if name in _TEXTS_OR_OBJECTS:
        return str, dict
    return dict if name in _OBJECTS else list if name in _LISTS else None
