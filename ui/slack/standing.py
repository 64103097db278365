"""Standing questions: when newly added papers answer one, its channel is told."""

import logging
from threading import Event, Thread
from uuid import uuid4

from slack_sdk import WebClient

from rag.assistant import Assistant
from ui.slack.blocks import news_messages
from ui.slack.events import Asked
from ui.slack.reply import Pace, ThreadReply
from ui.slack.store import SlackStore

log = logging.getLogger("paperchat.slack")


class Standing:
    """Looks for new papers every few minutes. What is held when it first runs is not new."""

    def __init__(
        self, assistant: Assistant, store: SlackStore, client: WebClient, questions: tuple[tuple[str, str], ...], minutes: float
    ) -> None:
        self._assistant, self._store, self._client = assistant, store, client
        self._questions = questions
        self._minutes = minutes
        self._looked = 0
        self._new: set[str] = set()
        self._stop = Event()
        self._thread = Thread(target=self._run, name="slack-standing", daemon=True)
        if questions:
            if not store.seen():
                store.see(paper.paper_id for paper in assistant.index.all_papers())
            self._thread.start()

    def close(self) -> None:
        """End, after the look that is under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._look()
            except Exception as error:  # the next look may do better
                log.error("standing questions failed: %s", type(error).__name__)
                log.debug("the error", exc_info=True)
            self._stop.wait(60 * self._minutes)

    def _look(self) -> None:
        self._assistant.index.refresh()
        size = len(self._assistant.index)
        if (size == self._looked and not self._new) or size != len(self._assistant.index.lexical):
            return  # nothing new, or papers are being added
        new = {paper.paper_id for paper in self._assistant.index.all_papers()} - self._store.seen()
        for channel, question in self._questions if new else ():
            self._ask(channel, question, new)
        # A paper stays new for two looks: at the first it may not be searchable yet.
        self._store.see(new & self._new)
        self._looked, self._new = size, new - self._new

    def _ask(self, channel: str, question: str, new: set[str]) -> None:
        answer = self._assistant.query(question)
        fresh = [
            citation
            for citation in answer.citations
            if citation.paper.paper_id in new and self._store.claim(f"standing:{channel}:{question}:{citation.paper.paper_id}")
        ]
        if fresh:
            answer_id = uuid4().hex[:16]
            asked = Asked("", channel, "", question)
            self._store.keep(answer_id, asked, fresh)
            ThreadReply(self._client, asked, Pace(0)).final(news_messages(question, fresh, answer_id))
