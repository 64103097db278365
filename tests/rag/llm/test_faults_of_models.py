"""Faults of a model and of its endpoint: what the user gets, against a real server that commits each of them."""

import itertools
import socket
import threading
from collections.abc import Iterator

import pytest

from rag import Assistant
from tests.doubles.openai import MODEL, FakeOpenAI, Reply, Request
from tests.doubles.scripted import ASKED, ScriptedModel, at, grade, listed, papers_in, sound, step, with_model


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(ScriptedModel(grade)) as running:
        yield running


def test_without_a_fault_the_model_writes(assistant: Assistant, server: FakeOpenAI) -> None:
    answer = with_model(assistant, server).query(ASKED)
    assert sound(answer) and answer.writer == MODEL and answer.notice is None and len(answer.citations) >= 3


KEY = "sk-secret-0123456789"
ENDPOINT_FAULTS = {
    "401": (Reply(status=401, error=f"Incorrect API key provided: {KEY}"), "refused the key (401); set OPENAI_API_KEY"),
    "403": (Reply(status=403), "refused the key (403); set OPENAI_API_KEY"),
    "404 model": (
        Reply(status=404, error="model not found", code="model_not_found"),
        "has no model 'fake-model' (404); `paperchat doctor`",
    ),
    "429": (Reply(status=429), "rate limit is reached (429); wait a little, or lower PAPERCHAT_LLM_CONCURRENCY"),
    "429 with a long Retry-After": (Reply(status=429, headers={"Retry-After": "100"}), "rate limit is reached (429)"),
    "500": (Reply(status=500), "failed (500); ask again later"),
    "503": (Reply(status=503), "failed (503); ask again later"),
    "400": (Reply(status=400, error="no such thing"), "refused the request (400)"),
    "malformed body": (Reply(raw=b"{'choices': [", content_type="application/json"), "not of the OpenAI protocol"),
    "a web page": (Reply(raw=b"<html>login</html>", content_type="text/html"), "not of the OpenAI protocol"),
    "malformed JSON of the model": (Reply("I think that papers 1 and 2 are nice."), "could not be read"),
    "connection closed": (Reply(raw=b"{}", cut=0), "cannot be reached"),
    "context overflow": (Reply(status=400, error="x", code="context_length_exceeded"), "use a model with a larger context window"),
}


@pytest.mark.parametrize("name", ENDPOINT_FAULTS)
def test_an_endpoint_that_fails_ends_in_quoted_sentences_and_a_notice(assistant: Assistant, server: FakeOpenAI, name: str) -> None:
    reply, says = ENDPOINT_FAULTS[name]
    server.handler = lambda request: reply
    answer = with_model(assistant, server, llm_batch=30, openai_api_key=KEY).query(ASKED)
    assert sound(answer) and answer.writer == "extractive" and not answer.abstained
    assert answer.notice is not None and says in answer.notice and "sentences are quoted from the abstracts" in answer.notice
    assert KEY not in repr(answer) and "\n" not in answer.notice


def test_a_server_that_is_not_there(assistant: Assistant, server: FakeOpenAI) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    answer = with_model(assistant, server, openai_base_url=url).query(ASKED)
    assert sound(answer) and answer.notice is not None and "cannot be reached; start it, or correct OPENAI_BASE_URL" in answer.notice


@pytest.mark.parametrize("name", ["judge", "write"])
def test_silence_ends_at_the_timeout(assistant: Assistant, server: FakeOpenAI, name: str) -> None:
    at(name, Reply(hold=threading.Event()), server)
    answer = with_model(assistant, server, llm_timeout=0.3).query(ASKED)
    assert sound(answer) and answer.writer == "extractive"
    assert answer.notice is not None and "did not answer within 0.3 s; raise PAPERCHAT_LLM_TIMEOUT" in answer.notice


def test_a_reply_that_drips_ends_at_the_timeout(assistant: Assistant, server: FakeOpenAI) -> None:
    """Each byte resets a read timeout: the call as a whole must still end."""
    never = threading.Event()
    at("write", Reply(chunks=list(itertools.chain.from_iterable(("a", never) for _ in range(3)))), server)
    answer = with_model(assistant, server, llm_timeout=0.3, llm_answer_timeout=2).query(ASKED)
    assert sound(answer) and answer.notice is not None and "did not answer within" in answer.notice


def test_a_rate_limit_that_passes_is_waited_for(assistant: Assistant, server: FakeOpenAI) -> None:
    server.queue(Reply(status=429, headers={"retry-after-ms": "1"}), Reply(status=503, headers={"retry-after-ms": "1"}))
    answer = with_model(assistant, server, llm_retries=2).query(ASKED)
    assert answer.notice is None and answer.writer == MODEL
    assert len([request for request in server.chats if request.headers["x-stainless-retry-count"] != "0"]) == 2


def test_a_retry_after_beyond_the_timeout_is_not_waited_for(assistant: Assistant, server: FakeOpenAI) -> None:
    server.handler = lambda request: Reply(status=429, headers={"Retry-After": "100"})
    answer = with_model(assistant, server, llm_retries=5, llm_timeout=5, llm_batch=40, llm_concurrency=1).query(ASKED)
    assert answer.notice is not None and "(429)" in answer.notice
    assert all(request.headers["x-stainless-retry-count"] == "0" for request in server.chats)


def test_a_stream_cut_in_the_middle_keeps_what_was_verified(assistant: Assistant, server: FakeOpenAI) -> None:
    good = ScriptedModel(grade)

    def reply(request: Request) -> Reply | str:
        if step(request) != "write":
            return good(request)
        return Reply(chunks=listed(papers_in(request)).splitlines(keepends=True), cut=2)

    server.handler = reply
    answer = with_model(assistant, server).query(ASKED)
    assert sound(answer) and answer.writer == MODEL and len(answer.citations) == answer.coverage.relevant >= 3
    assert answer.notice is not None and "ended early" in answer.notice and "quoted from the abstracts" in answer.notice


def test_a_stream_that_stops_without_a_word_is_cut_too(assistant: Assistant, server: FakeOpenAI) -> None:
    at("write", Reply("LocalLeap is training-free", finish=None, usage=False), server)
    answer = with_model(assistant, server).query(ASKED)
    assert sound(answer) and answer.notice is not None and "broke off" in answer.notice


def test_silence_in_the_middle_of_a_stream(assistant: Assistant, server: FakeOpenAI) -> None:
    good, never = ScriptedModel(grade), threading.Event()

    def reply(request: Request) -> Reply | str:
        if step(request) != "write":
            return good(request)
        return Reply(chunks=[*listed(papers_in(request)).splitlines(keepends=True)[:2], never])

    server.handler = reply
    answer = with_model(assistant, server, llm_timeout=0.3).query(ASKED)
    assert sound(answer) and answer.writer == MODEL and len(answer.citations) == answer.coverage.relevant
    assert answer.notice is not None and "did not answer within" in answer.notice


def test_an_answer_cut_by_its_length_is_completed(assistant: Assistant, server: FakeOpenAI) -> None:
    at("write", Reply("LocalLeap is a training-free", finish="length"), server)
    answer = with_model(assistant, server).query(ASKED)
    assert sound(answer) and answer.notice is not None and "PAPERCHAT_LLM_MAX_TOKENS" in answer.notice


def test_malformed_json_is_asked_for_once_more(assistant: Assistant, server: FakeOpenAI) -> None:
    good = ScriptedModel(grade)
    server.handler = lambda r: "no JSON" if step(r) == "judge" and len(r.body["messages"]) == 2 else good(r)
    answer = with_model(assistant, server).query(ASKED)
    assert sound(answer) and answer.writer == MODEL and answer.notice is None


@pytest.mark.parametrize(
    "dress", ["```json\n{}\n```", "Here you are:\n{}\nI hope that this helps!", "<think>hm, {{}} or not?</think>{}", "{},", "\ufeff{}"]
)
def test_json_in_other_dress_is_read(assistant: Assistant, server: FakeOpenAI, dress: str) -> None:
    good = ScriptedModel(grade)
    server.handler = lambda r: (
        dress.replace("{{}}", "BRACES").replace("{}", good(r)).replace("BRACES", "{}") if step(r) == "judge" else good(r)
    )
    answer = with_model(assistant, server).query(ASKED)
    assert answer.notice is None and answer.coverage.relevant >= 3
    assert not [request for request in server.chats if len(request.body["messages"]) > 2]


def test_verdicts_that_cannot_be_read_in_one_batch_are_judged_by_wording(assistant: Assistant, server: FakeOpenAI) -> None:
    good = ScriptedModel(grade)
    spoilt = "FreeDave"

    def reply(request: Request) -> str:
        broken = step(request) == "judge" and any(spoilt in paper["abstract"] for paper in papers_in(request))
        return "no JSON at all" if broken else good(request)

    server.handler = reply
    answer = with_model(assistant, server).query(ASKED)
    assert sound(answer) and answer.writer == MODEL
    assert answer.notice is not None and "of 60 papers were judged by wording" in answer.notice


def test_an_empty_answer(assistant: Assistant, server: FakeOpenAI) -> None:
    at("write", Reply(""), server)
    answer = with_model(assistant, server).query(ASKED)
    assert sound(answer) and answer.writer == "extractive" and len(answer.citations) == answer.coverage.relevant
    assert answer.notice is not None and "none of the model's sentences could be verified" in answer.notice


def test_an_endpoint_without_json_mode(assistant: Assistant, server: FakeOpenAI) -> None:
    good = ScriptedModel(grade)
    server.handler = lambda r: Reply(status=400, error="response_format is not supported") if r.schema else good(r)
    reader = with_model(assistant, server)
    assert reader.query(ASKED).notice is None
    before = len(server.chats)
    assert reader.query(ASKED).notice is None
    assert not any(request.schema for request in server.chats[before:]), "asked for only once"


@pytest.mark.parametrize("refuses", ["with 400", "the options only", "by a whole reply"])
def test_an_endpoint_without_streaming(assistant: Assistant, server: FakeOpenAI, refuses: str) -> None:
    good = ScriptedModel(grade)

    def reply(request: Request) -> Reply | str:
        if request.streaming and refuses == "with 400":
            return Reply(status=400, error="stream is not supported")
        if "stream_options" in request.body and refuses == "the options only":
            return Reply(status=400, error="stream_options is not supported")
        if request.streaming and refuses == "by a whole reply":
            return Reply(raw=b'{"id":"c","object":"chat.completion","created":0,"model":"m","choices":[]}')
        return good(request)

    server.handler = reply
    answer = with_model(assistant, server).query(ASKED)
    assert sound(answer) and answer.writer == MODEL and answer.notice is None


def test_a_batch_that_is_too_long_is_judged_in_halves(assistant: Assistant, server: FakeOpenAI) -> None:
    good = ScriptedModel(grade)
    long = Reply(status=400, error="This model's maximum context length is 4096 tokens", code="context_length_exceeded")
    server.handler = lambda r: long if step(r) == "judge" and len(papers_in(r)) > 4 else good(r)
    answer = with_model(assistant, server).query(ASKED)
    assert sound(answer) and answer.notice is None and answer.coverage.considered == 60


def test_a_writing_prompt_that_is_too_long_is_sent_with_the_quotes_alone(assistant: Assistant, server: FakeOpenAI) -> None:
    good = ScriptedModel(grade)
    long = Reply(status=400, error="prompt is too long", code="context_length_exceeded")
    server.handler = lambda r: long if step(r) == "write" and any("abstract" in p for p in papers_in(r)) else good(r)
    answer = with_model(assistant, server).query(ASKED)
    assert sound(answer) and answer.writer == MODEL and answer.notice is None


def test_a_small_context_window_is_kept_to(assistant: Assistant, server: FakeOpenAI) -> None:
    reader = with_model(assistant, server, llm_context_window=2_048, llm_max_tokens=256)
    answer = reader.query(ASKED)
    assert answer.notice is None and answer.coverage.considered == 60
    assert max(len(request.system) + len(request.user) for request in server.chats) / 3.5 < 2_048
