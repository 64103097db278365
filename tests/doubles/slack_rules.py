"""What Slack refuses: missing scopes, events that an app did not subscribe to, messages over its limits."""

import json
from collections.abc import Iterator
from typing import Any

METHODS = {
    "auth.test": "",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.startStream": "chat:write",
    "chat.appendStream": "chat:write",
    "chat.stopStream": "chat:write",
    "conversations.replies": "{kind}:history",
    "conversations.open": "im:write",
    "views.publish": "",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "assistant.threads.setStatus": "assistant:write",
    "assistant.threads.setSuggestedPrompts": "assistant:write",
}
"""Methods with the bot scope that each needs; `{kind}` is channels, groups, im or mpim by the conversation."""

EVENTS = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "app_home_opened": "",
    "assistant_thread_started": "assistant:write",
    "assistant_thread_context_changed": "assistant:write",
}
"""Events with the bot scope that each needs."""

CHANNEL_TYPES = {"channels": "channel", "groups": "group", "im": "im", "mpim": "mpim"}
MESSAGE_CHARACTERS = 12_000


def kind_of(channel: str) -> str:
    """channels, groups, im or mpim."""
    return {"C": "channels", "G": "groups", "D": "im", "M": "mpim"}[channel[0]]


def _texts(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        if "text" in block:
            yield block["text"]
        yield from (element for element in block.get("elements", ()) if element["type"] in ("mrkdwn", "plain_text"))


def refused(blocks: list[dict[str, Any]], most: int = 50) -> str:
    """Slack's error for blocks, empty where it takes them."""
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(blocks) > most or not blocks or len(ids) != len(set(ids)) or any(len(held) > 255 for held in ids):
        return "invalid_blocks"
    if any(not 1 <= len(text["text"]) <= 3_000 for text in _texts(blocks)):
        return "invalid_blocks"
    for block in blocks:
        elements = block.get("elements", ())
        if len(elements) > (10 if block["type"] == "context" else 25):
            return "invalid_blocks"
        if block["type"] == "context_actions" and (
            len(elements) > 5 or any(e["type"] not in ("feedback_buttons", "icon_button") for e in elements)
        ):
            return "invalid_blocks"
        buttons = [element for element in elements if element["type"] == "button"]
        buttons += [e[name] for e in elements if e["type"] == "feedback_buttons" for name in ("positive_button", "negative_button")]
        if any(len(button["value"]) > 2_000 or len(button["text"]["text"]) > 75 for button in buttons):
            return "invalid_blocks"
    if len(json.dumps(blocks, ensure_ascii=False)) > MESSAGE_CHARACTERS:
        return "msg_blocks_too_long"
    return ""
