"""Calls to a language model, bounded in seconds and in number at a time, counted in tokens."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from rag.config import Config
from rag.errors import ModelError
from rag.llm.address import base_url, is_local, shown_url
from rag.llm.dialect import Dialect
from rag.llm.endpoint import Limit, limited, open_client, open_llm
from rag.llm.faults import ContextOverflow, CutShort, Filtered, Refused, Unreadable, explained
from rag.llm.finish import Ending, Piece, bounded, ending_of
from rag.llm.messages import Prompt, again, collected, content, finish, length, messages_of, told, written
from rag.llm.options import Options
from rag.llm.spending import Slot, Spending
from rag.llm.structured import Cut, Shape, parsed
from rag.llm.thoughts import Thoughts, after_thoughts, ends_a_thought

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage, ChatResponse
    from llama_index.core.llms import LLM

Result = TypeVar("Result")
CHARACTERS_PER_TOKEN = 3.5
"""An underestimate for English abstracts, so that a prompt that seems to fit does."""

_MOST_TRIES = 12
"""Requests that one call may take until the endpoint's options are known."""


@dataclass(frozen=True, slots=True)
class _Reply:
    """A whole reply: whether its length cut it off, the prompt's characters, and the tokens of them that were read, where told."""

    text: str
    cut: bool
    characters: int
    read: int | None


class Model:
    """A LlamaIndex LLM in use. One instance serves all threads and holds no conversation."""

    def __init__(self, config: Config, llm: "LLM | None" = None) -> None:
        self.config = config
        own = open_client(config) if llm is None else None
        self.close: Callable[[], None] = own.close if own else lambda: None  # the endpoint's connections, where they are our own
        self._llm = llm if llm is not None else open_llm(config, own)
        self.dialect = Dialect.of(self._llm, config)
        # A server on this machine that computes one reply at a time ends one for the next.
        alone = self.dialect.native and is_local(config) and "llm_concurrency" not in config.model_fields_set
        self._slots = threading.BoundedSemaphore(1 if alone else config.llm_concurrency)

    @property
    def name(self) -> str:
        return self._llm.metadata.model_name

    @property
    def where(self) -> str:
        """The endpoint's address, without secrets; the class's name where the model is no endpoint of the settings."""
        return shown_url(base_url(self.config)) if self.dialect.native else self._llm.class_name()

    @property
    def slow(self) -> bool:
        """Whether it was measured to read so slowly that prompts are to be short."""
        return self.dialect.slowness > 1.5

    @property
    def room(self) -> int:
        """Characters that a prompt may have, an answer's room left free."""
        window = min(self._llm.metadata.context_window, self.dialect.window or self._llm.metadata.context_window)
        tokens = max(window - self.config.llm_max_tokens, window // 2)
        return int(min(tokens * CHARACTERS_PER_TOKEN, self.dialect.readable(CHARACTERS_PER_TOKEN)))

    def spending(self, seconds: float | None = None) -> Spending:
        """What an answer may take: so many seconds, or what the settings give, more for a model that is slow and at work."""
        return Spending(time.monotonic() + (seconds or self.config.llm_answer_timeout * self.dialect.slowness))

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
                with Slot(self._slots, spending), limited(Limit(time.monotonic() + min(self._patience, spending.left()))):
                    future.set_result(work())
            except Exception as error:
                future.set_exception(explained(error, self.config))

        threading.Thread(target=body, daemon=True, name="paperchat-model").start()
        return future

    @property
    def _patience(self) -> float:
        """Seconds that the model may be silent: more where it is known to be slow, and still at work."""
        return self.config.llm_timeout * self.dialect.slowness

    def _shaped(self, prompt: Prompt, shape: type[Shape], spending: Spending) -> Shape:
        messages = messages_of(prompt)
        for _ in range(2):
            reply = self._chat(messages, shape, spending)
            try:
                if (found := parsed(reply.text, shape, cut=reply.cut)) is not None:
                    return found
            except Cut:
                raise CutShort("the model's reply was cut off; raise PAPERCHAT_LLM_MAX_TOKENS, or lower PAPERCHAT_LLM_BATCH") from None
            self._read_whole(reply.characters, reply.read, spending, doubted=True)
            messages = [*messages, *again(reply.text)]
        raise Unreadable("the model's reply was not of the shape asked for; try a larger model")

    def _chat(self, messages: "list[ChatMessage]", shape: type[BaseModel] | None, spending: Spending) -> _Reply:
        """A whole reply without its thoughts."""

        if spending.left() <= 0:
            raise explained(TimeoutError(), self.config)
        watched = self.dialect.watched and self.dialect.native and self.dialect.options.streams

        def call(options: Options) -> "ChatResponse":
            if watched and options.streams:
                # A server that is slow goes on with a whole reply that nobody waits for any more; a stream it ends.
                stream = self._llm.stream_chat(told(messages, options), **self._arguments(options, shape, streamed=True))
                return collected(stream, lambda tokens, seconds: self.dialect.paced(tokens, written(messages), seconds))
            return self._llm.chat(told(messages, options), **self._arguments(options, shape))

        response = self._taken(call, shaped=shape is not None, streamed=watched)
        whole, ending = content(response), ending_of(finish(response))
        text = after_thoughts(whole)
        self.dialect.heard(unopened=ends_a_thought(whole))
        characters, read = self._counted(response, messages, whole, spending)
        if ending is Ending.FILTERED:
            raise Filtered("the model endpoint's content filter ended the reply; ask in other words")
        if ending is Ending.BROKE:
            raise ModelError("the model endpoint broke its reply off; ask again")
        return _Reply(text, ending is Ending.CUT, characters, read)

    def _arguments(self, options: Options, shape: type[BaseModel] | None = None, *, streamed: bool = False) -> dict[str, Any]:
        if not self.dialect.native:
            return {}
        given = options.arguments(self.config.llm_max_tokens, shape, streamed=streamed)
        if getattr(self._llm, "additional_kwargs", None):  # these would take the place of a body of ours
            given |= given.pop("extra_body", {})
        return given

    def _taken(self, call: Callable[[Options], Result], *, shaped: bool = False, streamed: bool = False) -> Result:
        """What a call gives, without the options that the endpoint refuses; what it lacks is remembered."""
        before = options = self.dialect.options
        first: ModelError | None = None
        sure = True
        for _ in range(_MOST_TRIES):
            try:
                found = call(options)
            except Exception as error:
                fault = explained(error, self.config)
                if not isinstance(fault, Refused):
                    raise fault from None
                first = first or fault
                fewer = options.without(fault.said, shaped=shaped, streamed=streamed, broke=fault.broke) if self.dialect.native else None
                if fewer is None:
                    raise first from None
                options, sure = fewer[0], sure and fewer[1]
            else:
                return found if options == before else self._learnt(call, before, options, found, sure)
        assert first is not None
        raise first

    def _learnt(self, call: Callable[[Options], Result], before: Options, options: Options, found: Result, sure: bool) -> Result:
        """Remembers what was given up. Where no refusal named it, all of it is asked for once more: one alone may be of the moment."""
        if not sure:
            with suppress(Exception):
                return call(before)
        self.dialect.learn(before, options)
        return found

    def _counted(self, response: "ChatResponse", messages: "list[ChatMessage]", text: str, spending: Spending) -> tuple[int, int | None]:
        """Adds up the tokens. Returns the prompt's characters, and its tokens as the endpoint counted them.

        Raises ContextOverflow where their number shows that a part of the prompt was cut off.
        """
        counted = response.additional_kwargs or {}
        characters = length(messages)
        into, out = counted.get("prompt_tokens"), counted.get("completion_tokens")
        spending.add(int(into if into is not None else characters // 4), int(out if out is not None else len(text) // 4))
        self._read_whole(characters, into, spending)
        return characters, into

    def _read_whole(self, characters: int, tokens: int | None, spending: Spending, *, doubted: bool = False) -> None:
        """Raises ContextOverflow where so few tokens were read of a prompt that a part of it was cut off."""
        if window := self.dialect.cut(characters, tokens, doubted=doubted):
            spending.note(
                f"the endpoint read only {window:,} tokens of a longer prompt, without a word; prompts keep to that now "
                f"(set PAPERCHAT_LLM_CONTEXT_WINDOW={window}, or let the endpoint read more)"
            )
            raise ContextOverflow(f"the endpoint reads {window:,} tokens of a prompt; set PAPERCHAT_LLM_CONTEXT_WINDOW={window}")

    # --- streamed replies

    def stream(self, prompt: Prompt, spending: Spending) -> Iterator[Piece]:
        """The pieces of a reply as they come, without thoughts, read ahead of who consumes them. Raises ModelError."""
        limit = Limit(spending.end)
        pieces: SimpleQueue[Piece | ModelError | None] = SimpleQueue()

        def body() -> None:
            try:
                with Slot(self._slots, spending), limited(limit):
                    # Bounded here, where it is read: who consumes it may wait for another call, which waits for this one's end.
                    text = self._thoughtless(self._pieces(messages_of(prompt), spending))
                    for piece in bounded(text, self.config.llm_max_tokens):
                        pieces.put(piece)
                        if limit.left() <= 0:
                            break
                pieces.put(None)
            except Exception as error:
                pieces.put(explained(error, self.config))

        (thread := threading.Thread(target=body, daemon=True, name="paperchat-model")).start()
        try:
            heard = iter(lambda: self._next(pieces, spending), None)
            yield from (piece for piece in heard if piece.text or piece.ending is not None)
        finally:
            limit.end = 0.0
            thread.join(1.0)  # a thread that still reads when Python ends can abort it

    def _next(self, pieces: "SimpleQueue[Piece | ModelError | None]", spending: Spending) -> Piece | None:
        if spending.left() <= 0:
            raise explained(TimeoutError(), self.config)
        try:
            item = pieces.get(timeout=min(self._patience + 1, spending.left() + 1))
        except Empty:
            raise explained(TimeoutError(), self.config) from None
        if isinstance(item, ModelError):
            raise item
        return item

    def _thoughtless(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        """The pieces without thoughts, as many as came: an empty one tells that the model is at work."""
        thoughts = Thoughts(self.dialect.unopened)
        for piece in pieces:
            yield Piece("".join(thoughts.feed(piece.text, last=piece.ending is not None)), piece.ending)
        if rest := "".join(thoughts.feed("", last=True)):
            yield Piece(rest)
        self.dialect.heard(unopened=thoughts.ended_unopened)

    def _pieces(self, messages: "list[ChatMessage]", spending: Spending) -> Iterator[Piece]:
        """The reply streamed; without the options that the endpoint refuses, and whole where it cannot stream."""

        def opened(options: Options) -> tuple[Piece, Iterator[Piece]]:
            if not options.streams:
                reply = self._chat(messages, None, spending)
                return Piece(reply.text, Ending.CUT if reply.cut else Ending.DONE), iter(())
            rest = self._streamed(messages, spending, options)
            if (first := next(rest, None)) is None:
                raise Refused("the model endpoint streams nothing", "stream")
            return first, rest

        first, rest = self._taken(opened, streamed=True)
        yield first
        yield from rest

    def _streamed(self, messages: "list[ChatMessage]", spending: Spending, options: Options) -> Iterator[Piece]:
        text, last, begun, first = "", None, time.monotonic(), 0.0
        for last in self._llm.stream_chat(told(messages, options), **self._arguments(options, streamed=True)):
            first = first or time.monotonic()
            text += last.delta or ""
            yield Piece(last.delta or "", ending_of(finish(last)))
        if last is None:
            return
        with suppress(ContextOverflow):  # it is noted, and what was written is checked all the same
            _, read = self._counted(last, messages, text, spending)
            self.dialect.paced(read, written(messages), first - begun)
        if not self.dialect.native:
            # Other providers' classes do not tell how a reply ended.
            yield Piece("", Ending.DONE)
