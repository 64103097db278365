"""Ollama as it is by default: 4,096 tokens of context, and the head of a longer prompt is cut off without a word."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant
from tests.doubles.openai import MODEL, FakeOpenAI, Reply, Request
from tests.doubles.scripted import ASKED, ScriptedModel, grade, sound, with_model

CONTEXT = 4_096
README = Path(__file__).parents[3] / "README.md"
good = ScriptedModel(grade)


def tokens(request: Request) -> int:
    return sum(len(message["content"]) for message in request.body["messages"]) // 4


def ollama(request: Request) -> "Reply | str":
    """What it does: of a prompt that does not fit, the last tokens are read, and as many are told."""
    text = "You shared some abstracts. How can I help you with them?" if tokens(request) > CONTEXT else good(request)
    if request.streaming:
        return text
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    read = min(tokens(request), CONTEXT)
    usage = {"prompt_tokens": read, "completion_tokens": 9, "total_tokens": read + 9}
    return Reply(raw=json.dumps({"id": "c", "object": "chat.completion", "created": 0, "choices": [choice], "usage": usage}).encode())


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(ollama) as running:
        yield running


def recipe() -> dict[str, str]:
    """The settings of the README's recipe for Ollama, but for its address and its model's name."""
    block = next(block for block in re.findall(r"```\w*\n(.*?)```", README.read_text("utf-8"), re.DOTALL) if "ollama" in block)
    found = dict(re.findall(r"\bPAPERCHAT_(\w+)=(\S+)", block))
    return {name.lower(): value for name, value in found.items() if name != "LLM_MODEL"}


def test_the_recipe_of_the_readme_fits_ollamas_own_context(assistant: Assistant, server: FakeOpenAI) -> None:
    settings = recipe()
    assert settings, "the recipe sets the context"
    answer = with_model(assistant, server, **settings).query(ASKED)
    assert max(map(tokens, server.chats)) <= CONTEXT // 2, "an answer has room beside its prompt"
    assert answer.writer == MODEL and answer.notice is None and sound(answer)
    assert {c.paper.title for c in answer.citations} == {c.paper.title for c in with_model(assistant, server).query(ASKED).citations}


def test_without_it_the_cut_is_seen_told_and_known_to_the_next_process(assistant: Assistant, server: FakeOpenAI) -> None:
    answer = with_model(assistant, server, llm_batch=40).query(ASKED)
    assert answer.notice and f"PAPERCHAT_LLM_CONTEXT_WINDOW={CONTEXT}" in answer.notice and "How can I help" not in answer.text
    assert len(answer.citations) == 5 and sound(answer)
    before = len(server.chats)
    assert with_model(assistant, server, llm_batch=40).query(ASKED).notice is None
    assert max(map(tokens, server.chats[before:])) <= CONTEXT
