"""What is known of a model at its endpoint: the options it takes, how it thinks, what it reads at once, how fast."""

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.config import Config
from rag.llm.address import base_url, is_local, shown_url
from rag.llm.memory import Learnt, Memory
from rag.llm.options import Options
from rag.llm.pace import Pace
from rag.llm.standing import Standing

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

_LEAST_CHARACTERS = 1_500
_SMALLEST_WINDOW = 900
_MOST_PER_TOKEN = 6.5
"""Characters that a token stands for at most, in English; in other scripts it is fewer."""

_MOST_OF_ROUND, _SAME = 4.9, 0.25
"""The same where the number of tokens is a power of two, as contexts are; and by how much prompts of as many tokens may differ."""

_REMEMBERED = 200
_GLADLY = 25.0
"""Seconds that a prompt may take to be read, where the model's speed is known."""

_LEAST_ROOM = 4_000
_SLOWEST = 5.0


class Dialect:
    """Serves all threads; what one call learns, the next ones know, those of later processes by `memory`, too."""

    def __init__(self, options: Options, native: bool = True, local: bool = False, memory: Memory | None = None) -> None:
        self.options, self.native, self._local = options, native, local
        self._first, self._memory = options, memory
        self.unopened = False
        """Whether the model ends thoughts that it never began."""
        self.window: int | None = None
        """Tokens of a prompt that the endpoint was seen to read at most."""
        if memory and (known := memory.read()):
            self.options, self.window = known.options, known.window
        self.watched = False
        """Whether whole replies are streamed, so that a late one can be ended: in the exam, and for slow models."""
        self.pace = Pace()
        self._read: dict[int, int] = {}
        self._lock = threading.Lock()

    @classmethod
    def of(cls, llm: "LLM", config: Config) -> "Dialect":
        """What is to be assumed of a model before the first call."""
        from llama_index.llms.openai import OpenAI
        from llama_index.llms.openai_like import OpenAILike

        if not isinstance(llm, OpenAI):
            # A class of another provider sends options of its own.
            return cls(Options("none", usage=False, form="none"), native=False)
        memory = Memory(config.home, llm.metadata.model_name, shown_url(base_url(config)))
        if isinstance(llm, OpenAILike) and not config.openai_base_url:
            # A model newer than LlamaIndex's table: what the hosted endpoint's newer models take in place of the older options.
            return cls(Options("max_completion_tokens", temperature=False), memory=memory)
        return cls(Options(), local=is_local(config), memory=memory)

    def learn(self, before: Options, after: Options) -> None:
        """Remember the options of a call that succeeded."""
        with self._lock:
            self.options = self.options.learned(before, after)
            self._keep()

    def _keep(self) -> None:
        if self._memory:
            self._memory.write(Learnt(self.options, self.window))

    def forget(self) -> None:
        """Find out anew what the endpoint takes."""
        with self._lock:
            self.options, self.window = self._first, None
            if self._memory:
                self._memory.forget()

    def heard(self, *, unopened: bool) -> None:
        """Remember that the model ended a thought that it never began."""
        self.unopened |= unopened

    def recall(self, standing: Standing) -> None:
        """Take up what an earlier exam found."""
        self.unopened |= standing.unopened
        self.pace.reads = self.reads or standing.reads
        if not standing.structured:
            self.options = replace(self.options, form="none")

    @property
    def reads(self) -> float | None:
        """Tokens of a prompt that it reads in a second, where that was measured."""
        return self.pace.reads

    def paced(self, tokens: int | None, prompt: str, seconds: float) -> None:
        """Remember how fast a prompt was read, on this machine: elsewhere the time to the first piece is a queue's, or a thought's."""
        if self._local:
            with self._lock:
                self.pace.measured(tokens, prompt, seconds)
            self.watched |= self.slowness > 1

    def cut(self, characters: int, tokens: int | None, *, doubted: bool = False) -> int | None:
        """The tokens of a prompt that an endpoint read, where they are so few that it left out a part; it is then kept to them.

        `doubted`: the reply to it made no sense, so that less speaks for it.
        """
        if not tokens or tokens < _SMALLEST_WINDOW or characters < _LEAST_CHARACTERS:
            return None
        with self._lock:
            if self._is_cut(characters, tokens) or (doubted and tokens % 256 == 0):
                self.window = min(tokens, self.window or tokens)
                self._keep()
                return self.window
            self._read = {**self._read, tokens: characters} if len(self._read) < _REMEMBERED else {tokens: characters}
        return None

    def _is_cut(self, characters: int, tokens: int) -> bool:
        """Whether a prompt of so many characters must have had more tokens: by what a token stands for, by the number
        that a context has, or by a prompt of another length that was told to have as many."""
        per_token, other = characters / tokens, self._read.get(tokens, characters)
        round_number = tokens & (tokens - 1) == 0 and per_token > _MOST_OF_ROUND
        return per_token > _MOST_PER_TOKEN or round_number or abs(other - characters) > _SAME * characters

    @property
    def slowness(self) -> float:
        """By how much more than usual this model is waited for: 1 where nothing is known."""
        return 1.0 if self.reads is None else min(_SLOWEST, max(1.0, 200.0 / max(self.reads, 1.0)))

    def readable(self, per_token: float) -> float:
        """Characters that the model reads in the time that a reader waits gladly; without a limit where nothing is known."""
        return float("inf") if self.reads is None else max(_LEAST_ROOM, self.reads * _GLADLY * per_token)
