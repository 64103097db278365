"""Faults of a model and of its endpoint: what the user gets, against a real server that commits each of them."""

import itertools
import json
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus import Paper
from rag import Answer, Assistant, Index, load_config
from rag.embedding import StaticEmbedder
from rag.llm import explained, open_client
from rag.verification import markers
from tests.doubles.openai import MODEL, FakeOpenAI, Reply, Request
from tests.doubles.scripted import ASKED, ScriptedModel, first_sentence, grade, listed, papers_in, step, with_model

ROOT = Path(__file__).parents[3]
KEY = "sk-secret-0123456789"


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(ScriptedModel(grade)) as running:
        yield running


def at(name: str, reply: "Reply | str", server: FakeOpenAI) -> None:
    """Let the server answer the calls of one step with this, and all others well."""
    good = ScriptedModel(grade)
    server.handler = lambda request: reply if step(request) == name else good(request)


def sound(answer: Answer) -> bool:
    """Whether an answer holds what every answer must: markers with citations, exact quotes, text that was cited."""
    quoted = all(citation.quote and citation.quote in citation.paper.abstract for citation in answer.citations)
    return bool(answer.text) and quoted and set(markers(answer.text)) == {citation.number for citation in answer.citations}


def test_without_a_fault_the_model_writes(assistant: Assistant, server: FakeOpenAI) -> None:
    answer = with_model(assistant, server).query(ASKED)
    assert sound(answer) and answer.writer == MODEL and answer.notice is None and len(answer.citations) >= 3


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


WRITTEN = {
    "cites a paper that is not there": "LocalLeap is fast [99].",
    "invents a number": "LocalLeap reaches a throughput of 1234.5× [1].",
    "answers in another language": "LocalLeap ist ein schnelles Verfahren zum Dekodieren von Texten mit Diffusion [1].",
    "writes what it remembers": "BERT was published by Google in 2018 and GPT-3 in 2020.",
    "writes without an end": "fast " * 5_000,
}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_a_model_makes_up_is_not_shown(assistant: Assistant, server: FakeOpenAI, name: str) -> None:
    at("write", WRITTEN[name], server)
    answer = with_model(assistant, server, llm_repairs=0).query(ASKED)
    assert sound(answer) and WRITTEN[name][:40] not in answer.text
    assert answer.writer == "extractive" and answer.notice is not None and "written without the language model" in answer.notice


def test_a_model_that_repeats_itself_without_end_is_stopped(assistant: Assistant, server: FakeOpenAI) -> None:
    good = ScriptedModel(grade)

    def reply(request: Request) -> Reply | str:
        if step(request) != "write":
            return good(request)
        first = listed(papers_in(request)).splitlines()[0]
        return Reply(chunks=itertools.repeat(f"{first}\n"))  # type: ignore[arg-type]

    server.handler = reply
    answer = with_model(assistant, server).query(ASKED)
    assert sound(answer) and len(answer.citations) == answer.coverage.relevant
    assert answer.notice is not None and "repeated itself" in answer.notice
    assert len(answer.text.splitlines()) == len(set(answer.text.splitlines()))


def test_an_invented_quote_is_asked_for_again_and_then_lowers_the_verdict(assistant: Assistant, server: FakeOpenAI) -> None:
    honest: list[bool] = []

    def reply(request: Request) -> str:
        if step(request) != "judge":
            return ScriptedModel(grade)(request)
        again = "not in the abstract word for word" in request.user
        verdicts = []
        for paper in papers_in(request):
            if grade("", paper["title"]):
                quote = first_sentence(paper["abstract"]) if again and honest else "We cure all diseases."
                verdicts.append({"id": paper["id"], "verdict": "relevant", "quote": quote, "missing": ""})
        return json.dumps({"verdicts": verdicts})

    server.handler = reply
    reader = with_model(assistant, server)
    lowered = reader.query(ASKED)
    assert lowered.abstained and lowered.coverage.relevant == 0 and lowered.coverage.borderline >= 3
    assert sum("word for word" in r.user.split("<papers>")[0] for r in server.chats) == 1, "asked once more, in one call"
    honest.append(True)
    better = reader.query(ASKED)
    assert sound(better) and better.coverage.relevant == lowered.coverage.borderline


def test_a_failing_repair_costs_only_its_sentence(assistant: Assistant, server: FakeOpenAI) -> None:
    good = ScriptedModel(grade)

    def reply(request: Request) -> Reply | str:
        if step(request) == "repair":
            return Reply(status=500)
        text = good(request)
        return text + "\n- LocalLeap reaches 1234.5× [1]." if step(request) == "write" else text

    server.handler = reply
    answer = with_model(assistant, server).query(ASKED)
    assert sound(answer) and "1234.5" not in answer.text and answer.writer == MODEL
    assert answer.checks.dropped == 1 and len(answer.citations) == answer.coverage.relevant


def test_thoughts_are_not_shown(assistant: Assistant, server: FakeOpenAI) -> None:
    good = ScriptedModel(grade)
    server.handler = lambda r: f"<think>LocalLeap is training-free [1]. Hm.\n</think>\n\n{good(r)}" if step(r) == "write" else good(r)
    answer = with_model(assistant, server).query(ASKED)
    assert answer.notice is None and answer.text.startswith("- **") and answer.checks.dropped == 0


def test_a_question_that_gets_no_turn_is_told(assistant: Assistant, server: FakeOpenAI) -> None:
    never, good = threading.Event(), ScriptedModel(grade)
    server.queue(Reply(hold=never))
    server.handler = good
    reader = with_model(assistant, server, llm_concurrency=1, llm_timeout=30, llm_answer_timeout=0.4, llm_understanding=False)
    answer = reader.query(ASKED)
    assert sound(answer) and answer.writer == "extractive" and answer.notice is not None
    assert "did not answer within" in answer.notice or "was busy with other questions" in answer.notice


@pytest.mark.own_words
def test_one_very_long_abstract_spoils_nothing(server: FakeOpenAI, tmp_path: Path) -> None:
    config = load_config(home=tmp_path, llm_model=MODEL, openai_base_url=server.url, llm_retries=0, cache=False, llm_context_window=4_096)
    index = Index(config, StaticEmbedder())
    index.sync([Paper(f"p{n}", f"dLLM decoding {n}", f"We decode dLLM number {n} faster. " * (5_000 if n == 1 else 3)) for n in range(12)])
    answer = Assistant(config, index=index).query(ASKED)
    assert answer.notice is None and len(answer.citations) == 12
    assert max(len(request.system) + len(request.user) for request in server.chats) / 3.5 < 4_096


# --- keys


def test_no_key_in_logs_errors_or_answers(assistant: Assistant, server: FakeOpenAI, caplog: pytest.LogCaptureFixture) -> None:
    server.handler = lambda request: Reply(status=401, error=f"Incorrect API key provided: {KEY}.")
    reader = with_model(assistant, server, openai_api_key=KEY)
    with caplog.at_level(logging.DEBUG):
        answer = reader.query(ASKED)
    said = f"{caplog.text} {answer!r} {reader.config!r} {reader.config.shown()}"
    assert server.chats[0].headers["authorization"] == f"Bearer {KEY}" and "Retrying" not in said
    assert KEY not in said


def test_no_key_in_an_exception(assistant: Assistant, server: FakeOpenAI) -> None:
    config = with_model(assistant, server, openai_api_key=KEY).config
    server.always("/models", Reply(status=401, error=f"Incorrect API key provided: {KEY}."))
    with pytest.raises(Exception, match="401") as caught:
        open_client(config).models.list()
    assert KEY not in str(explained(caught.value, config))  # type: ignore[arg-type]


def test_no_key_on_the_command_line(server: FakeOpenAI, home: Path) -> None:
    server.handler = lambda request: Reply(status=401, error=f"Incorrect API key provided: {KEY}.")
    environment = {**os.environ, "OPENAI_API_KEY": KEY, "OPENAI_LOG": "debug", "PAPERCHAT_LLM_RETRIES": "0"}
    command = [sys.executable, "-m", "ui.cli", "ask", "--model", MODEL, "--base-url", server.url, ASKED]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=120)
    assert done.returncode == 0 and "refused the key (401)" in done.stderr
    assert KEY not in done.stdout + done.stderr
