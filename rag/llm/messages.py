"""A prompt as LlamaIndex's messages, and what its responses hold."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING

from rag.llm.faults import Refused
from rag.llm.options import Options
from rag.llm.thoughts import after_thoughts, ends_a_thought

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage, ChatResponse

_AGAIN = "That was not JSON of the shape that was asked for. Reply with that JSON only, without any other text."


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is told to do, and the data it is to do it with."""

    system: str
    user: str


def messages_of(prompt: Prompt) -> "list[ChatMessage]":
    """The two messages of a prompt."""
    from llama_index.core.base.llms.types import ChatMessage, MessageRole

    return [ChatMessage(prompt.system, role=MessageRole.SYSTEM), ChatMessage(prompt.user, role=MessageRole.USER)]


def again(text: str) -> "list[ChatMessage]":
    """What was said, and that it could not be read."""
    from llama_index.core.base.llms.types import ChatMessage, MessageRole

    return [ChatMessage(text[:2_000] or "(nothing)", role=MessageRole.ASSISTANT), ChatMessage(_AGAIN, role=MessageRole.USER)]


def told(given: "list[ChatMessage]", options: Options) -> "list[ChatMessage]":
    """The messages as the endpoint takes them: without a role for instructions where it knows none."""
    if options.system:
        return given
    from llama_index.core.base.llms.types import ChatMessage, MessageRole

    first, second, *rest = given
    return [ChatMessage(f"{first.content}\n\n{second.content}", role=MessageRole.USER), *rest]


def written(messages: "list[ChatMessage]") -> str:
    """A prompt as one text."""
    return "\n".join(message.content or "" for message in messages)


def length(messages: "list[ChatMessage]") -> int:
    """Characters of a prompt."""
    return sum(len(message.content or "") for message in messages)


def collected(stream: "Iterator[ChatResponse]", paced: Callable[[int | None, float], None]) -> "ChatResponse":
    """A streamed reply as a whole one; `paced` hears of the prompt's tokens, and of the seconds until the first piece came.

    Raises Refused when nothing came.
    """
    from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole

    text, reason, last, begun, first = "", None, None, time.monotonic(), 0.0
    for last in stream:
        first = first or time.monotonic()
        text += last.delta or ""
        reason = finish(last) or reason
    if last is None:
        raise Refused("the model endpoint streams nothing", "stream")
    counted = last.additional_kwargs or {}
    paced(counted.get("prompt_tokens"), first - begun)
    raw = SimpleNamespace(choices=[SimpleNamespace(finish_reason=reason)])
    return ChatResponse(message=ChatMessage(text, role=MessageRole.ASSISTANT), raw=raw, additional_kwargs=counted)


def content(response: "ChatResponse") -> str:
    """The text of a whole reply; of one that holds only reasoning, what stands after its end."""
    text = response.message.content or ""
    if text.strip():
        return text
    for block in response.message.blocks:
        reasoning = getattr(block, "content", None) if block.block_type == "thinking" else None
        if reasoning and ends_a_thought(reasoning):
            return after_thoughts(reasoning)
    return text


def finish(response: "ChatResponse") -> str | None:
    """The endpoint's reason to end, where it gives one."""
    choices = getattr(response.raw, "choices", None)
    return choices[0].finish_reason if choices else None
