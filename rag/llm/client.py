"""Model: calls to a language model, bounded in seconds and in number at a time, counted in tokens."""

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from rag.config import Config
from rag.errors import ModelError
from rag.llm.endpoint import ContextOverflow, Limit, Refused, explained, limited, open_llm
from rag.llm.structured import Shape, parsed, response_format

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage, ChatResponse
    from llama_index.core.llms import LLM

Result = TypeVar("Result")
CHARACTERS_PER_TOKEN = 3.5
"""An underestimate for English abstracts, so that a prompt that seems to fit does."""

_THOUGHT = re.compile(r"^\s*<(think|thinking|thought|reasoning)>.*?(?:</\1>\s*|$)", re.DOTALL | re.IGNORECASE)
_AGAIN = "That was not JSON of the shape that was asked for. Reply with that JSON only, without any other text."


class Unreadable(ModelError):
    """The model's reply has not the shape that was asked for, twice."""


@dataclass(slots=True)
class Spending:
    """What one answer may still take, in seconds, and what it took, in tokens."""

    end: float
    tokens_in: int = 0
    tokens_out: int = 0
    failed: bool = False
    """Whether a call failed or could not be read: what was made without it is not worth keeping."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def left(self) -> float:
        return max(self.end - time.monotonic(), 0.0)

    def add(self, tokens_in: int, tokens_out: int) -> None:
        with self._lock:
            self.tokens_in += tokens_in
            self.tokens_out += tokens_out


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is told to do, and the data it is to do it with."""

    system: str
    user: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of streamed text; `finish` is the endpoint's reason to end, where it gives one."""

    text: str
    finish: str | None = None


class Model:
    """A LlamaIndex LLM in use. One instance serves all threads and holds no conversation."""

    def __init__(self, config: Config, llm: "LLM | None" = None) -> None:
        from llama_index.llms.openai import OpenAI

        self.config = config
        self._llm = llm if llm is not None else open_llm(config)
        self._slots = threading.BoundedSemaphore(config.llm_concurrency)
        # What the endpoint turns out to lack is remembered, so that it is asked for only once.
        self._native = isinstance(self._llm, OpenAI)
        self._schemas = self._options = self._native
        self._streams = True
        self._learning = threading.Lock()

    @property
    def name(self) -> str:
        return self._llm.metadata.model_name

    @property
    def streams(self) -> bool:
        """Whether the endpoint streams, as far as is known."""
        return self._streams

    @property
    def room(self) -> int:
        """Characters that a prompt may have, an answer's room left free."""
        tokens = max(self._llm.metadata.context_window - self.config.llm_max_tokens, self._llm.metadata.context_window // 2)
        return int(tokens * CHARACTERS_PER_TOKEN)

    def spending(self) -> Spending:
        return Spending(time.monotonic() + self.config.llm_answer_timeout)

    # --- whole replies

    def start(self, prompt: Prompt, shape: type[Shape], spending: Spending) -> "Future[Shape]":
        """A reply of the given shape, asked for in a thread of its own."""
        return self._in_thread(lambda: self._shaped(prompt, shape, spending), spending)

    def ask(self, prompt: Prompt, shape: type[Shape], spending: Spending) -> Shape:
        """A reply of the given shape. Raises ModelError; Unreadable when it has not that shape."""
        return self.wait(self.start(prompt, shape, spending), spending)

    def wait(self, future: "Future[Result]", spending: Spending) -> Result:
        """The result of a call. Raises ModelError, at the latest when the answer's time is over."""
        try:
            return future.result(timeout=spending.left() + 1)
        except ModelError as error:
            spending.failed |= not isinstance(error, ContextOverflow)
            raise
        except Exception as error:
            spending.failed = True
            raise explained(error, self.config) from None

    def _in_thread(self, work: Callable[[], Result], spending: Spending) -> "Future[Result]":
        future: Future[Result] = Future()

        def body() -> None:
            try:
                with self._slot(spending), limited(Limit(time.monotonic() + min(self.config.llm_timeout, spending.left()))):
                    future.set_result(work())
            except Exception as error:
                future.set_exception(explained(error, self.config))

        threading.Thread(target=body, daemon=True, name="paperchat-model").start()
        return future

    def _slot(self, spending: Spending) -> "_Slot":
        return _Slot(self._slots, spending)

    def _shaped(self, prompt: Prompt, shape: type[Shape], spending: Spending) -> Shape:
        messages = _messages(prompt)
        text = self._chat(messages, shape, spending)
        if (found := parsed(text, shape)) is not None:
            return found
        from llama_index.core.base.llms.types import ChatMessage, MessageRole

        said = ChatMessage(text[:2_000] or "(nothing)", role=MessageRole.ASSISTANT)
        if (found := parsed(self._chat([*messages, said, ChatMessage(_AGAIN, role=MessageRole.USER)], shape, spending), shape)) is not None:
            return found
        raise Unreadable("the model's reply was not of the shape asked for; try a larger model")

    def _chat(self, messages: "Sequence[ChatMessage]", shape: type[BaseModel] | None, spending: Spending) -> str:
        options = response_format(shape) if shape is not None and self._schemas else {}
        try:
            response = self._llm.chat(messages, **options)
        except Exception as error:
            fault = explained(error, self.config)
            if not (isinstance(fault, Refused) and options):
                raise fault from None
            response = self._llm.chat(messages)
            self._learn(schemas=False)
        text = _THOUGHT.sub("", response.message.content or "")
        spending.add(*_tokens(response, messages, text))
        return text

    # --- streamed replies

    def stream(self, prompt: Prompt, spending: Spending) -> Iterator[Piece]:
        """The pieces of a reply as they come, read ahead of who consumes them. Raises ModelError."""
        limit = Limit(spending.end)
        pieces: SimpleQueue[Piece | ModelError | None] = SimpleQueue()

        def body() -> None:
            try:
                with self._slot(spending), limited(limit):
                    for piece in self._pieces(prompt, spending):
                        pieces.put(piece)
                        if limit.left() <= 0:
                            break
                pieces.put(None)
            except Exception as error:
                pieces.put(explained(error, self.config))

        threading.Thread(target=body, daemon=True, name="paperchat-model").start()
        try:
            while (item := self._next(pieces, spending)) is not None:
                yield item
        finally:
            limit.end = 0.0

    def _next(self, pieces: "SimpleQueue[Piece | ModelError | None]", spending: Spending) -> Piece | None:
        try:
            item = pieces.get(timeout=min(self.config.llm_timeout + 1, spending.left() + 1))
        except Empty:
            raise explained(TimeoutError(), self.config) from None
        if isinstance(item, ModelError):
            raise item
        return item

    def _pieces(self, prompt: Prompt, spending: Spending) -> Iterator[Piece]:
        """The reply streamed; without the options that the endpoint refuses, and whole where it cannot stream."""
        messages = _messages(prompt)
        streams, options = self._streams, self._options
        while streams:
            any_came = False
            try:
                for piece in self._streamed(messages, spending, options):
                    if not any_came and not options:
                        self._learn(options=False)
                    any_came = True
                    yield piece
            except Exception as error:
                fault = explained(error, self.config)
                if any_came or not isinstance(fault, Refused):
                    raise fault from None
            if any_came:
                return
            streams, options = options, False
        if text := self._chat(messages, None, spending):
            self._learn(streams=False)
        yield Piece(text, "stop")

    def _learn(self, *, streams: bool = True, options: bool = True, schemas: bool = True) -> None:
        """Remember what the endpoint lacks, once a call without it has succeeded: one refusal alone may be of the moment."""
        with self._learning:
            self._streams, self._options, self._schemas = self._streams and streams, self._options and options, self._schemas and schemas

    def _streamed(self, messages: "Sequence[ChatMessage]", spending: Spending, usage: bool) -> Iterator[Piece]:
        options = {"stream_options": {"include_usage": True}} if usage else {}
        text, last = "", None
        for last in self._llm.stream_chat(messages, **options):
            text += last.delta or ""
            yield Piece(last.delta or "", _finish(last))
        if last is not None:
            spending.add(*_tokens(last, messages, text))
            if not self._native:
                # Other providers' classes do not tell how a reply ended.
                yield Piece("", "stop")


class _Slot:
    """One of the calls that may run at a time; waits for one no longer than the answer may take."""

    def __init__(self, slots: threading.BoundedSemaphore, spending: Spending) -> None:
        self._slots, self._spending = slots, spending

    def __enter__(self) -> None:
        if not self._slots.acquire(timeout=self._spending.left()):
            raise ModelError("the model endpoint was busy with other questions; ask again, or raise PAPERCHAT_LLM_CONCURRENCY")

    def __exit__(self, *exc: object) -> None:
        self._slots.release()


def _messages(prompt: Prompt) -> "list[ChatMessage]":
    from llama_index.core.base.llms.types import ChatMessage, MessageRole

    return [ChatMessage(prompt.system, role=MessageRole.SYSTEM), ChatMessage(prompt.user, role=MessageRole.USER)]


def _finish(response: "ChatResponse") -> str | None:
    choices = getattr(response.raw, "choices", None)
    return choices[0].finish_reason if choices else None


def _tokens(response: "ChatResponse", messages: "Sequence[ChatMessage]", text: str) -> tuple[int, int]:
    """Tokens in and out as the endpoint counted them; where it does not, about four characters each."""
    counted = response.additional_kwargs or {}
    into, out = counted.get("prompt_tokens"), counted.get("completion_tokens")
    estimated = sum(len(message.content or "") for message in messages) // 4
    return int(into if into is not None else estimated), int(out if out is not None else len(text) // 4)
