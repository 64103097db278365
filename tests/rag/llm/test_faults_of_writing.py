"""What models write that must not be shown, and keys that must not appear."""

import itertools
import json
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus import Paper
from rag import Assistant, Index, load_config
from rag.embedding import StaticEmbedder
from rag.llm import explained, open_client
from tests.doubles.commands import paperchat
from tests.doubles.openai import MODEL, FakeOpenAI, Reply, Request
from tests.doubles.scripted import ASKED, ScriptedModel, at, first_sentence, grade, listed, papers_in, sound, step, with_model

ROOT = Path(__file__).parents[3]
KEY = "sk-secret-0123456789"


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(ScriptedModel(grade)) as running:
        yield running


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


def test_no_key_on_the_command_line(server: FakeOpenAI, filled: Path) -> None:
    server.handler = lambda request: Reply(status=401, error=f"Incorrect API key provided: {KEY}.")
    environment = {**os.environ, "OPENAI_API_KEY": KEY, "OPENAI_LOG": "debug", "PAPERCHAT_LLM_RETRIES": "0"}
    done = paperchat("ask", "--model", MODEL, "--base-url", server.url, ASKED, environment=environment)
    assert done.returncode == 0 and "refused the key (401)" in done.stderr
    assert KEY not in done.stdout + done.stderr
