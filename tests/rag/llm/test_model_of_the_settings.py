"""Which model answers, what is kept of its answers, and what is sent where."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rag import Answer, Assistant, Delta, Filters, load_config
from rag.errors import ConfigError
from rag.generation.confirming import Unsupported
from rag.llm import Model, Prompt
from rag.llm.endpoint import open_llm
from tests.doubles.openai import MODEL, FakeOpenAI, Reply
from tests.doubles.scripted import SPECULATIVE, graded, papers_in, question_in, step, talked, with_model

ROOT = Path(__file__).parents[3]


# --- cache


def test_an_answer_is_kept_by_all_that_it_depends_on(assistant: Assistant, server: FakeOpenAI, home: Path) -> None:
    reader = with_model(assistant, server, cache=True)
    first = reader.query(SPECULATIVE)
    asked = len(server.chats)
    events = list(with_model(assistant, server, cache=True).stream(SPECULATIVE))
    again = events[-1]
    assert isinstance(again, Answer) and len(server.chats) == asked
    assert (again.text, again.citations, again.coverage, again.checks) == (first.text, first.citations, first.coverage, first.checks)
    assert "".join(event.text for event in events if isinstance(event, Delta)) == again.text and again.usage.tokens_in == 0
    for other in (
        lambda: reader.query(SPECULATIVE, talked(first, "hm?")),
        lambda: reader.query(SPECULATIVE, filters=Filters(since="2024")),
        lambda: with_model(assistant, server, cache=True, llm_model="other").query(SPECULATIVE),
        lambda: with_model(assistant, server, cache=False).query(SPECULATIVE),
    ):
        before = len(server.chats)
        other()
        assert len(server.chats) > before


def test_an_answer_with_a_fault_is_not_kept(assistant: Assistant, server: FakeOpenAI) -> None:
    reader = with_model(assistant, server, cache=True)
    good = server.handler
    server.handler = lambda request: Reply(status=500)
    assert reader.query(SPECULATIVE).writer == "extractive"
    server.handler = good
    assert reader.query(SPECULATIVE).writer == MODEL


def test_what_is_open_to_a_model_is_closed_with_its_assistant(assistant: Assistant, server: FakeOpenAI, home: Path) -> None:
    """The connections, and the file of answers that are kept."""

    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    reader = with_model(assistant, server, cache=True)
    assert reader.query(SPECULATIVE).writer == MODEL
    asking = open_files()
    reader.close()
    assert open_files() <= asking - 3
    assert reader.query(SPECULATIVE).text, "kept answers are opened again"


# --- the model in its slot


def test_any_llamaindex_model_fits(assistant: Assistant) -> None:
    from llama_index.core.llms.mock import MockLLM

    answer = Assistant(load_config(cache=False, llm_trust="all"), llm=MockLLM(max_tokens=5), index=assistant.index).query(SPECULATIVE)
    assert answer.writer == "extractive" and answer.citations and answer.notice is not None and "could not be read" in answer.notice
    examined = Assistant(load_config(cache=False), llm=MockLLM(max_tokens=5), index=assistant.index).query(SPECULATIVE)
    assert examined.citations and examined.notice is not None and "did not pass its exam (judges: 0 of 12" in examined.notice


@pytest.mark.parametrize("own", [{}, {"top_p": 0.5}, {"extra_body": {"top_k": 5}}])
def test_a_model_with_arguments_of_its_own_is_asked_for_the_form_too(server: FakeOpenAI, own: dict[str, Any]) -> None:
    """As a part of the body, which an argument of the model's own would replace."""
    from llama_index.llms.openai_like import OpenAILike

    server.always("/chat/completions", Reply('{"unsupported": []}'))
    llm = OpenAILike(model="m", api_base=server.url, api_key="none", is_chat_model=True, max_retries=0, additional_kwargs=own)
    model = Model(load_config(llm_model="m", openai_base_url=server.url), llm)
    model.ask(Prompt("You check.", "Say."), Unsupported, model.spending())
    (request,) = server.chats
    assert request.schema == "Unsupported" and all(request.body[name] == value for name, value in own.get("extra_body", own).items())


def test_the_model_of_the_settings(server: FakeOpenAI) -> None:
    local = open_llm(load_config(llm_model="any-model", openai_base_url=server.url, llm_context_window=9_000, llm_temperature=0.3))
    assert (local.class_name(), local.metadata.context_window, local.temperature) == ("OpenAILike", 9_000, 0.3)  # type: ignore[attr-defined]
    hosted = open_llm(load_config(llm_model="gpt-4o", openai_api_key="sk-x"))
    assert hosted.class_name() == "openai_llm" and hosted.metadata.context_window > 100_000
    unknown = open_llm(load_config(llm_model="gpt-99-new", openai_api_key="sk-x"))
    assert unknown.class_name() == "OpenAILike"


@pytest.mark.parametrize(
    ("settings", "says"),
    [({}, "OPENAI_API_KEY is not set; set it, or set OPENAI_BASE_URL"), ({"openai_base_url": "localhost:1"}, "OPENAI_BASE_URL is no URL")],
)
def test_settings_that_cannot_work_say_what_to_set(settings: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        open_llm(load_config(llm_model="gpt-4o", **settings))


_WATCHED = """
import sys, json
seen = []
def watch(event, args):
    if event == "socket.connect": seen.append(args[1])
    elif event == "socket.getaddrinfo": seen.append((args[0], args[1]))
sys.addaudithook(watch)
import rag
answer = rag.query("which papers do speculative decoding?")
print(json.dumps([answer.writer, answer.notice, sorted({str(a) for a in seen})]))
"""


@pytest.mark.local
def test_a_local_endpoint_needs_no_key_and_nothing_else_is_called(server: FakeOpenAI, filled: Path) -> None:
    settings = {
        "PAPERCHAT_LLM_MODEL": MODEL,
        "OPENAI_BASE_URL": server.url,
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED], env={**os.environ, **settings}, cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    writer, notice, addresses = json.loads(done.stdout)
    port = server.url.split(":")[2].split("/")[0]
    assert writer == MODEL and notice is None
    assert addresses and all(port in address and "127.0.0.1" in address for address in addresses), addresses


def test_searching_needs_no_key(assistant: Assistant) -> None:
    reader = Assistant(load_config(llm_model="gpt-4o"), index=assistant.index)
    assert reader.search("speculative decoding")
    with pytest.raises(ConfigError, match="OPENAI_API_KEY is not set"):
        reader.query("speculative decoding")


def test_the_prompts_hold_the_question_and_the_papers_as_data(server: FakeOpenAI, reader: Assistant) -> None:
    reader.query(SPECULATIVE)
    judging = [request for request in server.chats if step(request) == "judge"]
    assert all(question_in(request) for request in judging) and 0 < sum(len(papers_in(request)) for request in judging) <= 60
    assert all(request.schema == "Verdicts" for request in judging)
    assert graded({"a b": 2})("", "A: b") == 2
