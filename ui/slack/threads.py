"""A thread as the history of a conversation, read page by page."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from slack_sdk import WebClient

from rag.understanding import Message
from ui.slack.blocks import text_of
from ui.slack.events import Asked
from ui.slack.reading import whole

PAGE = 200
"""Messages a call. Slack recommends at most 200."""
MOST_PAGES = 25
"""A thread's first 5,000 messages; longer ones don't keep a question waiting for ever."""


def history(
    client: WebClient, asked: Asked, bot_user: str, cited: Callable[[str], Sequence[str]] = lambda answer_id: ()
) -> tuple[Message, ...]:
    """What people asked and the bot answered before `asked`, oldest first, long answers whole.

    `cited` tells the ids of the papers that an answer of the bot's cites, as far as they are kept.

    Raises slack_sdk.errors.SlackApiError.
    """
    turns: list[Message] = []
    last_answer = ""
    for message in _before(client, asked):
        if message.get("user") == bot_user or message.get("bot_id"):
            answer_id, text = text_of(message.get("blocks") or ()) if message.get("user") == bot_user else ("", "")
            if not answer_id:
                continue
            if answer_id == last_answer:
                turns[-1] = {"role": "assistant", "content": turns[-1]["content"] + text}
            else:
                turns.append({"role": "assistant", "content": text.lstrip("\n")})
                if ids := cited(answer_id):
                    turns[-1]["citations"] = ids
            last_answer = answer_id
        elif text := whole(message, bot_user):
            turns.append({"role": "user", "content": text})
            last_answer = ""
    return tuple(turns)


def _before(client: WebClient, asked: Asked) -> Iterator[dict[str, Any]]:
    """The thread's messages up to the question, which other people's later ones may already follow."""
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = client.conversations_replies(channel=asked.channel, ts=asked.thread, latest=asked.ts, limit=PAGE, cursor=cursor)
        yield from (message for message in page.get("messages") or () if float(message["ts"]) < float(asked.ts))
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
