"""Where an answer goes: into a thread, growing by Slack's streaming or by edits, or to one person over a response address.

At the end an edit replaces the whole text, so what is shown then is exactly the checked
answer, in mrkdwn escaped by ourselves.
"""

import logging
import time
from threading import Lock
from typing import Any, Protocol

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler
from slack_sdk.http_retry.handler import RetryHandler
from slack_sdk.webhook import WebhookClient

from ui.slack.blocks import context, fallback, working_blocks
from ui.slack.events import Asked
from ui.slack.split import Block
from ui.slack.stream import Stream, Streaming

log = logging.getLogger("paperchat.slack")

RESPONSES = 5
"""Messages that Slack takes over one response address."""


def retry_handlers() -> list[RetryHandler]:
    """Slack SDK's own: wait as long as a 429 says, try again after a broken connection."""
    return [ConnectionErrorRetryHandler(max_retry_count=2), RateLimitErrorRetryHandler(max_retry_count=10)]


class Pace:
    """Lets growing answers be edited once in `seconds`, all threads together: Slack takes about 50 edits a minute."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._lock = Lock()
        self._next = 0.0

    def ready(self) -> bool:
        """Whether an edit may be made now; if so, it counts as made."""
        with self._lock:
            now = time.monotonic()
            if now < self._next:
                return False
            self._next = now + self.seconds
            return True


class Reply(Protocol):
    """Where an answer goes. `native`: a message of the thread's, which may hold Slack's own feedback buttons."""

    native: bool

    def working(self, status: str, markdown: str = "") -> None:
        """Show that it is being worked on, with the text so far. May be called often; never raises."""

    def final(self, messages: list[list[Block]]) -> None:
        """Put the answer, or what went wrong, in its place."""


class ThreadReply:
    """An answer in the question's thread. `message` is a message of the bot's to go on with; `streaming` whether Slack streams here."""

    native = True

    def __init__(self, client: WebClient, asked: Asked, pace: Pace, message: str = "", streaming: Streaming | None = None) -> None:
        self._client, self._asked, self._pace = client, asked, pace
        self._stream = Stream(client, asked, streaming) if streaming and streaming.wanted and asked.thread and not message else None
        self._message = message
        self._shown: float | None = None
        # A thread in a direct message may be the assistant pane, which has a status line of its own.
        self._pane = asked.private and asked.follow_up and not message

    def working(self, status: str, markdown: str = "") -> None:
        now = time.monotonic()
        if self._shown is not None and (now - self._shown < self._pace.seconds or not self._pace.ready()):
            return
        self._shown = now
        try:
            if self._pane and not markdown and self._told(status):
                return
            if self._stream and self._stream.show(status, markdown):
                return
            self._stream = None
            self._show(working_blocks(status, markdown))
        except (SlackApiError, OSError) as error:
            log.debug("progress not shown: %s", error)

    def _told(self, status: str) -> bool:
        try:
            self._client.assistant_threads_setStatus(channel_id=self._asked.channel, thread_ts=self._asked.thread, status=status)
        except SlackApiError:
            self._pane = False
        return self._pane

    def final(self, messages: list[list[Block]]) -> None:
        first, *rest = messages
        if self._stream and self._stream.message:
            self._message = self._stream.stop()
        try:
            self._show(first)
        except SlackApiError as error:
            if not self._message:
                raise
            log.warning("a message could not be edited (%s); the answer is posted anew", error.response["error"])
            self._post(first)
        for blocks in rest:
            self._post(blocks)

    def _show(self, blocks: list[Block]) -> None:
        """Post the message, or edit it where it stands already."""
        if self._message:
            self._client.chat_update(channel=self._asked.channel, ts=self._message, text=fallback(blocks), blocks=blocks)
        else:
            self._message = self._post(blocks)

    def _post(self, blocks: list[Block]) -> str:
        posted = self._client.chat_postMessage(
            channel=self._asked.channel, thread_ts=self._asked.thread or None, text=fallback(blocks), blocks=blocks,
            unfurl_links=False, unfurl_media=False,
        )  # fmt: skip
        return str(posted["ts"])


class ResponseReply:
    """An answer over a response address: to the asker alone, or with `share` to the channel."""

    native = False

    def __init__(self, url: str, share: bool = False, replace: bool = False) -> None:
        self._webhook = WebhookClient(url, retry_handlers=retry_handlers(), logger=log)
        self._share, self._replace = share, replace

    def working(self, status: str, markdown: str = "") -> None:
        """Nothing: the acknowledgement has said so, and a response address takes few messages."""

    def final(self, messages: list[list[Block]]) -> None:
        for number, blocks in enumerate(_within(messages)):
            body: dict[str, Any] = {
                "response_type": "in_channel" if self._share else "ephemeral",
                "replace_original": self._replace and number == 0,
                "text": fallback(blocks), "blocks": blocks, "unfurl_links": False, "unfurl_media": False,
            }  # fmt: skip
            sent = self._webhook.send_dict(body)
            if sent.status_code != 200:
                log.error("Slack refused a response: status %s", sent.status_code)
                return


def _within(messages: list[list[Block]]) -> list[list[Block]]:
    if len(messages) <= RESPONSES:
        return messages
    left = len(messages) - RESPONSES + 1
    note = context(f"{left} more messages are left out, as a command gets only {RESPONSES}. Ask me by direct message for all of it.")
    return [*messages[: RESPONSES - 1], [note, *(block for block in messages[-1] if block["type"] == "actions")]]
