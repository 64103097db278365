"""Replies of a model that are not what was asked for: what of them is read, what is told, what is not kept."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rag import Assistant
from rag.generation.by_model import Sentence
from rag.llm.structured import parsed
from rag.relevance.by_model import Verdicts
from tests.doubles.openai import MODEL, FakeOpenAI, Reply, Request
from tests.doubles.scripted import ASKED, ScriptedModel, grade, listed, step, with_model


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(ScriptedModel(grade)) as running:
        yield running


@pytest.mark.parametrize(
    "reply", ['{"error": "overloaded"}', '{"results": [{"id": 1, "verdict": "relevant"}]}', "{}", '{"verdicts": ["x"]}']
)
def test_a_judge_that_gives_no_verdicts_is_told_and_not_kept(assistant: Assistant, server: FakeOpenAI, reply: str) -> None:
    good = server.handler
    server.handler = lambda request: reply if step(request) == "judge" else good(request)
    reader = with_model(assistant, server, cache=True, llm_batch=30)
    answer = reader.query(ASKED)
    assert not answer.abstained and answer.notice is not None and "could not be read" in answer.notice
    server.handler = good
    assert reader.query(ASKED).writer == MODEL


def test_an_answer_whose_repair_could_not_be_read_is_not_kept(assistant: Assistant, server: FakeOpenAI) -> None:
    good = ScriptedModel(grade, writing=lambda papers: listed(papers) + "\n- LocalLeap reaches 1234.5 tokens [1].")
    server.handler = lambda request: "{}" if step(request) == "repair" else good(request)
    reader = with_model(assistant, server, cache=True)
    assert reader.query(ASKED).checks.dropped == 1
    before = len(server.chats)
    reader.query(ASKED)
    assert len(server.chats) > before


@pytest.mark.parametrize("says", ["what is right", "all is relevant"])
def test_of_a_judge_that_quotes_nothing_the_judge_that_ships_must_agree(assistant: Assistant, server: FakeOpenAI, says: str) -> None:
    """The sentences are looked up: "none answers" would be wrong, and so would be whatever it waves through."""
    good = server.handler if says == "what is right" else ScriptedModel()
    without = {citation.paper.title for citation in assistant.query(ASKED).citations}

    def silent(request: Request) -> str:
        text = str(good(request))
        return re.sub(r'"quote": "(?:[^"\\\\]|\\\\.)*"', '"quote": ""', text) if step(request) == "judge" else text

    server.handler = silent
    answer = with_model(assistant, server).query(ASKED)
    assert 3 <= len(answer.citations) <= 2 * len(without) and len(without & {c.paper.title for c in answer.citations}) >= 3


ENTRY = {"id": 3, "verdict": "relevant", "quote": "a b c"}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([ENTRY]),
        f"Paper [3] answers:\n{json.dumps({'verdicts': [ENTRY]})}",
        f"```json\n{json.dumps([ENTRY])}\n```",
        json.dumps({"verdicts": [ENTRY | {"missing": None}]}),
        json.dumps({"verdicts": [ENTRY | {"missing": ["speed", "cost"]}]}),
        json.dumps({"verdicts": [ENTRY | {"id": "[3]"}]}),
        json.dumps({"verdicts": [ENTRY | {"quote": ["a b c", "d"]}]}),
        json.dumps({"verdicts": [{"id": None, "verdict": "relevant"}, "none", ENTRY]}),
        json.dumps({"Verdicts": [{"ID": 3, "Verdict": "RELEVANT", "Quote": "a b c"}]}),
        json.dumps({"verdicts": [{"paper": 3, "relevant": True, "evidence": "a b c"}]}),
        json.dumps({"verdicts": [ENTRY]}).replace('"', "”"),
        "verdicts:\n- id: 3\n  verdict: relevant\n  quote: a b c\n  missing: ''\n",
        "My verdicts:\n\n```yaml\n- id: 3\n  verdict: relevant\n  quote: |\n    a b c\n```\nNothing else answers.",
        "| id | verdict | quote |\n|---:|---|---|\n| 3 | **relevant** | a b c |\n",
        "The table:\n\n|Paper|Verdict|Quote|Missing|\n|--|--|--|--|\n|[3]|relevant|a b c||\n",
    ],
)
def test_verdicts_are_read_one_by_one(text: str) -> None:
    found = parsed(text, Verdicts)
    assert found is not None and [(one.id, one.verdict, one.quote) for one in found.verdicts] == [(3, "relevant", "a b c")]


def test_no_verdicts_are_told_from_no_reply() -> None:
    found = parsed('```json\n{"verdicts": []}\n```', Verdicts)
    assert found is not None and found.verdicts == []
    assert all(
        parsed(text, Verdicts) is None for text in ("{}", '{"verdicts": [', "[", "Papers [1] and [2] are nice.", '{"verdicts": null}')
    )
    assert parsed("{}", Sentence) is None


@pytest.mark.parametrize("tag", ["think", "thinking", "Thinking"])
def test_thoughts_are_shown_nowhere(assistant: Assistant, server: FakeOpenAI, tag: str) -> None:
    def thoughtful(good: Callable[[Request], str]) -> Callable[[Request], str]:
        thought = f"<{tag}>LocalLeap is {{training-free}} [1]. Hm.</{tag}>\n"
        return lambda request: thought + good(request).replace("\n- ", f"\n{thought}- ", 1)

    server.handler = thoughtful(ScriptedModel(grade))
    answer = with_model(assistant, server).query(ASKED)
    assert answer.notice is None and answer.writer == MODEL and "Hm" not in answer.text
    assert answer.checks.dropped == 0 and len(answer.citations) == answer.coverage.relevant


def test_a_thought_without_end_is_not_shown(assistant: Assistant, server: FakeOpenAI) -> None:
    server.handler = ScriptedModel(grade, writing=lambda papers: f"{listed(papers[:1])}\n<thinking>{listed(papers[1:])}")
    assert with_model(assistant, server).query(ASKED).checks.kept == 1


@pytest.mark.parametrize("written", ['{"error": "overloaded"}', '[{"n": 1}]', '{"answer": "LocalLeap is a training-free [1]."}'])
def test_data_in_place_of_an_answer_is_a_fault(assistant: Assistant, server: FakeOpenAI, written: str) -> None:
    server.handler = ScriptedModel(grade, writing=lambda papers: written)
    answer = with_model(assistant, server).query(ASKED)
    assert answer.writer == "extractive" and answer.notice is not None and "wrote data in place of an answer" in answer.notice


def test_a_refusal_of_the_moment_turns_nothing_off(assistant: Assistant, server: FakeOpenAI) -> None:
    good = ScriptedModel(grade)
    reader = with_model(assistant, server)
    server.handler = lambda request: Reply(status=400, error="not now")
    assert reader.query(ASKED).writer == "extractive"
    server.handler = lambda request: Reply(status=400, error="not now") if step(request) == "write" else good(request)
    assert reader.query(ASKED).writer == "extractive"
    server.handler = good
    before = len(server.chats)
    assert reader.query(ASKED).notice is None
    after: list[Any] = server.chats[before:]
    assert all(request.schema for request in after if step(request) == "judge")
    assert all(request.streaming and "stream_options" in request.body for request in after if step(request) == "write")
