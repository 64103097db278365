"""What the buttons do."""

import logging
import re
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient

from corpus.writers.bibtex import to_bibtex
from ui.slack.answer import Answerer
from ui.slack.blocks import FEEDBACK, GOOD, Button, abstract_messages, fault_blocks, section, source_messages
from ui.slack.reply import Pace, Reply, ResponseReply, ThreadReply
from ui.slack.split import Block
from ui.slack.store import Kept, SlackStore

log = logging.getLogger("paperchat.slack")

_FORGOTTEN = "I no longer have this answer; please ask again."
_THANKS = "Thank you, that is noted."


@dataclass(frozen=True, slots=True)
class Click:
    """A button that a person pressed, on a message in a channel or on one that only they see."""

    button: Button
    answer_id: str
    attempt: int
    at: str
    user: str
    channel: str
    message: str
    thread: str
    response_url: str
    ephemeral: bool

    @property
    def key(self) -> str:
        """The same for every delivery of one click; of several on one "Try again" the first counts."""
        if self.button is Button.RETRY:
            return f"retry:{self.answer_id}:{self.attempt}"
        return f"click:{self.user}:{self.message}:{self.at}"


def click_of(body: dict[str, Any], action: dict[str, Any]) -> Click:
    """The click in a `block_actions` payload."""
    container, message = body.get("container") or {}, body.get("message") or {}
    button, value = _pressed(action)
    answer_id, _, attempt = value.partition(":")
    ts = container.get("message_ts") or message.get("ts") or ""
    return Click(
        button=button,
        answer_id=answer_id,
        attempt=int(attempt) if re.fullmatch("[0-9]{1,4}", attempt) else 0,
        at=str(action.get("action_ts") or ""),
        user=body["user"]["id"],
        channel=container.get("channel_id") or (body.get("channel") or {}).get("id") or "",
        message=ts,
        thread=container.get("thread_ts") or message.get("thread_ts") or ts,
        response_url=body.get("response_url") or "",
        ephemeral=bool(container.get("is_ephemeral")),
    )


def _pressed(action: dict[str, Any]) -> tuple[Button, str]:
    """The button of ours, or what one of Slack's feedback buttons means, and its value."""
    value = str(action.get("value") or "")
    if action["action_id"] != FEEDBACK:
        return Button(action["action_id"]), value
    return (Button.HELPFUL if value.startswith(GOOD) else Button.NOT_HELPFUL), value[1:]


@dataclass(frozen=True, slots=True)
class Buttons:
    """Carries clicks out."""

    client: WebClient
    store: SlackStore
    answerer: Answerer
    pace: Pace

    def press(self, click: Click) -> None:
        """Do what the button says. Raises only what Slack refuses."""
        kept = self.store.kept(click.answer_id)
        if kept is None:
            self._tell(click, [[section(_FORGOTTEN)]])
        elif click.button is Button.RETRY:
            self.answerer.answer(kept.asked, click.answer_id, self.reply(click, kept), click.attempt)
        elif click.button is Button.ABSTRACTS:
            self._tell(click, abstract_messages(kept.citations))
        elif click.button is Button.SOURCES:
            self._tell(click, source_messages(kept.citations))
        elif click.button is Button.BIBTEX:
            self._export(click, kept)
        else:
            self.store.rate(click.answer_id, click.user, click.button is Button.HELPFUL)
            self._tell(click, [[section(_THANKS)]])

    def busy(self, click: Click, sentence: str) -> None:
        """Say that a new try must wait."""
        if kept := self.store.kept(click.answer_id):
            self.reply(click, kept).final([fault_blocks(sentence, click.answer_id, click.attempt)])

    def reply(self, click: Click, kept: Kept) -> Reply:
        """A new try's answer goes where the fault stands; one that was quoted in the model's stead is left as it is."""
        if click.ephemeral:
            return ResponseReply(click.response_url, kept.asked.share, replace=not kept.citations)
        return ThreadReply(self.client, kept.asked, self.pace, "" if kept.citations else click.message)

    def _tell(self, click: Click, messages: list[list[Block]]) -> None:
        """To the person who clicked, and nobody else."""
        if click.ephemeral:
            ResponseReply(click.response_url).final(messages)
            return
        for blocks in messages:
            text = "Paperchat"
            self.client.chat_postEphemeral(channel=click.channel, user=click.user, thread_ts=click.thread, text=text, blocks=blocks)

    def _export(self, click: Click, kept: Kept) -> None:
        """A file in the thread; from an answer that only one person sees, to that person."""
        papers = [citation.paper for citation in kept.citations]
        channel, thread = click.channel, click.thread
        if click.ephemeral:
            channel, thread = self.client.conversations_open(users=click.user)["channel"]["id"], ""
        self.client.files_upload_v2(
            channel=channel, thread_ts=thread or None, content=to_bibtex(papers), filename="papers.bib", title="papers.bib",
            initial_comment=f"{len(papers)} papers as BibTeX",
        )  # fmt: skip
