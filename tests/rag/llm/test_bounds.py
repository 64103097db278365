"""What an endpoint may send, and where it may send us: bounds that hold whatever comes."""

import gzip
import json
import threading
import time
import tracemalloc
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from rag import Assistant, Step, load_config
from rag.errors import ModelError
from rag.llm import Model, Prompt
from rag.llm.bounds import MOST_BYTES
from rag.llm.structured import parsed
from rag.llm.thoughts import Thoughts
from tests.doubles.openai import FakeOpenAI, Reply
from tests.doubles.scripted import ASKED, at, sound, with_model

ASK = Prompt("You test.", "Say ok.")


class Ok(BaseModel):
    ok: bool = False


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


def model_of(server: FakeOpenAI, home: Path, **settings: Any) -> Model:
    given = {"llm_retries": 0, "llm_timeout": 10, "llm_answer_timeout": 20, **settings}
    return Model(load_config(home=home, llm_model="fake-model", OPENAI_BASE_URL=server.url, OPENAI_API_KEY="sk-test-key", **given))


def completion(content: str) -> bytes:
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return json.dumps({"id": "x", "object": "chat.completion", "created": 0, "model": "fake-model", "choices": [choice]}).encode()


def asked(model: Model) -> Ok:
    return model.ask(ASK, Ok, model.spending())


def test_a_packed_reply_is_unpacked(server: FakeOpenAI, tmp_path: Path) -> None:
    packed = gzip.compress(completion('{"ok": true}'))
    server.always("/chat/completions", Reply(raw=packed, headers={"Content-Encoding": "gzip"}))
    assert asked(model_of(server, tmp_path)).ok


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_reply_without_end_is_refused_in_bounded_memory(server: FakeOpenAI, tmp_path: Path, encoding: str) -> None:
    body = completion("x" * (4 * MOST_BYTES))
    body = gzip.compress(body, 1) if encoding == "gzip" else body
    server.always("/chat/completions", Reply(raw=body, headers={"Content-Encoding": encoding}))
    model = model_of(server, tmp_path, llm_timeout=100, llm_answer_timeout=100)  # being watched is slow
    tracemalloc.start()
    held = tracemalloc.get_traced_memory()[0]
    with pytest.raises(ModelError, match="larger than 32 MB"):
        asked(model)
    peak = tracemalloc.get_traced_memory()[1] - held
    tracemalloc.stop()
    assert peak < 3.5 * MOST_BYTES


def test_a_reply_packed_otherwise_is_refused(server: FakeOpenAI, tmp_path: Path) -> None:
    server.always("/chat/completions", Reply(raw=b"anything", headers={"Content-Encoding": "br"}))
    with pytest.raises(ModelError, match="not asked for"):
        asked(model_of(server, tmp_path))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_host_is_not_followed(server: FakeOpenAI, tmp_path: Path, status: int) -> None:
    with FakeOpenAI(lambda request: '{"ok": true}') as elsewhere:
        target = elsewhere.url.replace("127.0.0.1", "localhost") + "/chat/completions"
        server.always("/chat/completions", Reply(status=status, headers={"Location": target}))
        with pytest.raises(ModelError, match=r"redirects to another host|elsewhere"):
            asked(model_of(server, tmp_path, llm_retries=2))
        assert not elsewhere.requests and len(server.chats) == 1


def test_a_redirect_on_the_same_host_is_followed(server: FakeOpenAI, tmp_path: Path) -> None:
    server.always("/chat/completions", Reply(status=308, headers={"Location": f"{server.url}/moved"}))
    server.always("/moved", Reply(raw=completion('{"ok": true}')))
    assert asked(model_of(server, tmp_path)).ok
    assert server.requests[-1].body["messages"], "the prompt goes along"


def test_redirects_in_a_circle_end(server: FakeOpenAI, tmp_path: Path) -> None:
    server.always("/chat/completions", Reply(status=307, headers={"Location": f"{server.url}/chat/completions"}))
    with pytest.raises(ModelError, match="circle"):
        asked(model_of(server, tmp_path))
    assert len(server.chats) < 6


@pytest.mark.parametrize(
    "atom", ["{", "[", '{"ok": ', '{"a": [', "[{", '"', '{"ok": "', "```", "{]", "{}]", "}{", '{"a": "\\', '{"a" 1 ', "'a': ", "{,", "{:"]
)
def test_mending_a_broken_reply_has_an_end(atom: str) -> None:
    """4 MB of it; the time is the processor's, and generous."""
    start = time.process_time()
    parsed(atom * (4_000_000 // len(atom)), Ok)
    assert time.process_time() - start < 20


@pytest.mark.parametrize("opening", ["<think>", "", "analysis: "])
def test_an_endless_thought_is_read_in_linear_time_and_small_memory(opening: str) -> None:
    def seconds(pieces: int) -> float:
        thoughts = Thoughts(unopened=not opening)
        start = time.process_time()
        for piece in [opening, *["so it goes on. "] * pieces]:
            list(thoughts.feed(piece))
        return time.process_time() - start

    small = seconds(10_000)
    assert seconds(40_000) < 9 * small + 0.5


class _Endless(list[str]):
    """More chunks than anyone waits for."""

    def __len__(self) -> int:
        return 10**9

    def __iter__(self) -> Iterator[str]:
        yield "<think>"
        while True:
            yield "on and on "


def test_an_endless_thought_ends_with_the_answers_time(server: FakeOpenAI, tmp_path: Path) -> None:
    server.always("/chat/completions", Reply(chunks=_Endless()))
    model = model_of(server, tmp_path, llm_answer_timeout=1.0)
    start = time.monotonic()
    with pytest.raises(ModelError):
        list(model.stream(ASK, model.spending()))
    assert time.monotonic() - start < 10
    assert not [thread for thread in threading.enumerate() if thread.name == "paperchat-model"]


class _Claims(_Endless):
    """Ever new sentences that may be mended, by calls that wait for this one's end."""

    def __iter__(self) -> Iterator[str]:
        for number in count(1):
            yield f"- Paper {number} decodes in parallel [{1 + number % 3}]\n"


def test_an_answer_without_end_is_cut_where_an_answer_must_end(server: FakeOpenAI, assistant: Assistant) -> None:
    at("write", Reply(chunks=_Claims()), server)
    answer = with_model(assistant, server, llm_max_tokens=100).query(ASKED)
    assert sound(answer) and "ended early" in (answer.notice or "") and "did not answer" not in (answer.notice or "")
    for thread in threading.enumerate():
        if thread.name == "paperchat-model":
            thread.join(20)
            assert not thread.is_alive()


def test_leaving_ends_the_judging(server: FakeOpenAI, assistant: Assistant, tmp_path: Path) -> None:
    """Whoever asked goes while papers are judged: calls that wait for their turn are never made."""
    go = threading.Event()
    server.handler = lambda request: Reply("{}", hold=go)
    settings: dict[str, Any] = {"llm_retries": 0, "llm_concurrency": 1, "llm_batch": 2, "llm_understanding": False, "cache": False}
    config = load_config(home=tmp_path, llm_model="fake-model", OPENAI_BASE_URL=server.url, OPENAI_API_KEY="k", llm_trust="all", **settings)
    asking = Assistant(config, index=assistant.index)
    events = asking.stream("which papers speed up dLLM decoding?")
    for event in events:
        if isinstance(event, Step) and event.name == "judge" and server.chats:
            break  # the first call is held by the server, the others wait for their turn
    events.close()  # type: ignore[attr-defined]
    go.set()
    for thread in [thread for thread in threading.enumerate() if thread.name.startswith("paperchat-")]:
        thread.join(20)
    assert len(server.chats) == 1
