"""Helpers of the page's tests: a page served on loopback, and an assistant whose answers a test directs."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rag import Answer, Assistant, Citation, Config, Coverage, Delta, Event, Filters, Message, Step
from ui.page.access import Access
from ui.page.handlers import Chat
from ui.page.serve import start
from ui.page.turn import new_turn

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
DESKTOP, PHONE = {"width": 1400, "height": 900}, {"width": 390, "height": 844}
QUESTION = "Which papers speed up dLLM decoding?"
HOSTILE = (
    '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script><b onclick="window.hurt=1">bold</b> [x](javascript:window.hurt=1)'
)


@contextmanager
def served(
    assistant: Assistant, config: Config, *, login: tuple[str, str] | None = None, mcp: bool = False, host: str = "127.0.0.1",
    public: tuple[str, ...] = (),
) -> Iterator[str]:  # fmt: skip
    """The page on a free port; yields its address on loopback."""
    page = start(config, Access(host, port=0, login=login, mcp=mcp, public=public), lambda: assistant)
    try:
        yield page.local_url.replace("0.0.0.0", "127.0.0.1")
    finally:
        page.close(verbose=False)


class Directed(Assistant):
    """The real index under a writer that a test directs: its words come when, and as, the test says.

    A question that holds "wait" stops after its first word until `go` is set; one that holds
    "fault" raises `fault`; `write` gives the words of an answer.
    """

    def __init__(self, base: Assistant, write: Callable[[str], Sequence[str]] = lambda question: ("word ", "by ", "word [1]")) -> None:
        super().__init__(base.config, index=base.index)
        self.write = write
        self.go = threading.Event()
        self.started = threading.Event()
        self.fault: Exception | None = None
        self.histories: list[list[Message]] = []

    def stream(
        self, question: str, history: Sequence[Message] = (), filters: Filters | None = None, within: Sequence[str] | None = None
    ) -> Iterator[Event]:
        self.histories.append(list(history))
        yield Step("search", f"searching {len(self.index):,} papers")
        paper = self.index.papers(self.index.lexical.page("", Filters(), "title", 0, 1)[0])[0]
        yield Step("write", "writing")
        words = self.write(question)
        for at, word in enumerate(words):
            yield Delta(word)
            if at == 0 and "wait" in question:
                self.started.set()
                self.go.wait(20)
            if at == 0 and "fault" in question and self.fault:
                raise self.fault
        yield Answer(
            question, "".join(words), (Citation(1, paper, paper.abstract[:40]),), writer="fake-model",
            coverage=Coverage(len(self.index), 60, 1), filters=filters or Filters(),
        )  # fmt: skip


def last_memory(chat: Chat, question: str, memory: object = None) -> dict[str, object]:
    """What the browser keeps after a question was answered."""
    looks = list(chat.ask(memory or {}, new_turn(question)))
    assert looks[-1].memory is not None
    return looks[-1].memory
