"""An answer that grows by Slack's own streaming: its steps as task cards, its text as it is written.

What is shown at the end is put there by an edit, as without streaming: the checked answer in
our own blocks. A workspace where streaming is not to be had is asked once, and then no more.
"""

import logging
from dataclasses import dataclass, field
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from ui.slack.events import Asked

log = logging.getLogger("paperchat.slack")

CHUNK = 10_000
"""Characters of text in one call; Slack takes 12,000."""

_TITLE = 200


@dataclass(slots=True)
class Streaming:
    """Whether this workspace takes streams; shared by all answers."""

    wanted: bool = True


def streamed_text(markdown: str) -> str:
    """An answer's Markdown for Slack's streaming: no mention, link or HTML comes out of it."""
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        markdown = markdown.replace(sign, entity)
    return markdown.replace("](", "] (")


@dataclass(slots=True)
class Stream:
    """One answer's stream."""

    client: WebClient
    asked: Asked
    shared: Streaming
    message: str = ""
    _steps: list[str] = field(default_factory=list)
    _sent: int = 0

    def show(self, status: str, markdown: str) -> bool:
        """Show what is new; False where streaming is not to be had. Raises SlackApiError once it has begun."""
        chunks = self._chunks(status, markdown)
        if not chunks:
            return True
        if self.message:
            self.client.chat_appendStream(channel=self.asked.channel, ts=self.message, chunks=chunks)
            return True
        try:
            begun = self.client.chat_startStream(
                channel=self.asked.channel, thread_ts=self.asked.thread, recipient_team_id=self.asked.team,
                recipient_user_id=self.asked.user, task_display_mode="timeline", chunks=chunks,
            )  # fmt: skip
        except SlackApiError as error:
            log.info("Slack does not stream here (%s); answers grow by edits", error.response["error"])
            self.shared.wanted = False
            return False
        self.message = str(begun["ts"])
        return True

    def stop(self) -> str:
        """End the stream; the message that it made. Slack may have ended it before."""
        try:
            self.client.chat_stopStream(channel=self.asked.channel, ts=self.message, chunks=self._finished())
        except SlackApiError as error:
            log.debug("the stream was over: %s", error.response["error"])
        return self.message

    def _chunks(self, status: str, markdown: str) -> list[dict[str, Any]]:
        chunks: list[dict[str, Any]] = []
        if status and status not in self._steps:
            chunks += self._finished()
            self._steps.append(status)
            chunks.append(_task(len(self._steps), status, "in_progress"))
        new = streamed_text(markdown[self._sent : self._sent + CHUNK])[:CHUNK]
        if new:
            self._sent = min(len(markdown), self._sent + CHUNK)
            chunks.append({"type": "markdown_text", "text": new})
        return chunks

    def _finished(self) -> list[dict[str, Any]]:
        return [_task(len(self._steps), self._steps[-1], "complete")] if self._steps else []


def _task(number: int, title: str, status: str) -> dict[str, Any]:
    return {"type": "task_update", "id": str(number), "title": title[:_TITLE], "status": status}
