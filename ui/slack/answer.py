"""From a question to its answer in Slack, faults included."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from rag.answer import Answer, Delta, Step
from rag.assistant import Assistant
from rag.errors import PaperchatError
from rag.understanding import Message
from ui.slack.blocks import answer_messages, fault_blocks
from ui.slack.events import Asked
from ui.slack.reply import Reply
from ui.slack.split import Block
from ui.slack.store import SlackStore
from ui.slack.threads import history

log = logging.getLogger("paperchat.slack")


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers questions, any number at a time. `bot_user` is the bot's user id."""

    assistant: Assistant
    store: SlackStore
    client: WebClient
    bot_user: str

    def answer(self, asked: Asked, answer_id: str, reply: Reply, attempt: int = 0) -> None:
        """Answer a question, or say in one sentence what kept it from an answer. Raises only what Slack refuses.

        Small talk between people in a thread ("thanks!") gets no answer.
        """
        if messages := self._messages(asked, answer_id, reply, attempt):
            reply.final(messages)

    def _messages(self, asked: Asked, answer_id: str, reply: Reply, attempt: int) -> list[list[Block]]:
        def fault(sentence: str) -> list[list[Block]]:
            return [fault_blocks(sentence, answer_id, attempt)]

        try:
            if asked.thread and not asked.private:
                self.store.take_part(asked.channel, asked.thread)
            self.store.keep(answer_id, asked)
            if not asked.overheard:
                reply.working("Reading the papers")
            past = history(self.client, asked, self.bot_user, self.store.cited) if asked.follow_up else ()
            answer = self._streamed(asked, past, reply.working)
            if asked.overheard and answer.intent == "chat":
                return []
            self.store.keep(answer_id, asked, answer.citations)
            return answer_messages(answer, answer_id, attempt, reply.native)
        except PaperchatError as error:
            return fault(f"I could not answer this: {error}")
        except SlackApiError as error:
            log.error("the thread could not be read: %s", error.response["error"])
            return fault(f"I could not read this thread: Slack says {error.response['error']}")
        except Exception as error:  # whatever it is, the person is told, and its text stays out of the logs
            log.error("a question failed: %s", type(error).__name__)
            log.debug("the question's error", exc_info=True)
            return fault("Something went wrong on my side; the logs of Paperchat have the details.")

    def _streamed(self, asked: Asked, past: tuple[Message, ...], working: Callable[[str, str], None]) -> Answer:
        """The answer; progress is shown as it comes, of an overheard message once papers are judged for it."""
        text, status, shown = "", "", not asked.overheard
        for event in self.assistant.stream(asked.question, past):
            if isinstance(event, Answer):
                return event
            if isinstance(event, Step):
                status = event.detail[:1].upper() + event.detail[1:]
                shown = shown or event.name == "judge"
            elif isinstance(event, Delta):
                text += event.text
            if shown:
                working(status, text)
        raise RuntimeError("a stream ends with its answer")
