"""A model that judged well says which of its sentences the abstracts do not support, in one call, before any is shown."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from rag import Answer, Assistant, Delta
from rag.llm import Register, Standing
from tests.doubles.openai import MODEL, FakeOpenAI, Reply, Request
from tests.doubles.scripted import ASKED, ScriptedModel, grade, listed, sentences_in, sound, step, steps, with_model

PASSED = Standing(right=12, of=12, reads=2_000.0)
TRUE = "Learn2PD trains a lightweight filter model to predict whether each token position matches the final output"
FREE = "Learn2PD teaches a tiny helper to predict when a token position already matches the final output, sparing needless effort"


def writing(said: str) -> Any:
    """One sentence on Learn2PD in the model's own words, every other paper by its quote."""

    def write(papers: Sequence[Mapping[str, Any]]) -> str:
        parallel = next(paper for paper in papers if "Learning to Parallel" in paper["title"])
        return listed([paper for paper in papers if paper is not parallel]) + f"\n- {said} [{parallel['n']}]."

    return write


@pytest.fixture
def server(home: Path) -> Iterator[FakeOpenAI]:
    with FakeOpenAI(ScriptedModel(grade)) as running:
        Register(home, MODEL, running.url).write(PASSED, MODEL)
        yield running


def answered(assistant: Assistant, server: FakeOpenAI, said: str = TRUE, doubts: Any = lambda sentence: False, **settings: Any) -> Answer:
    server.handler = ScriptedModel(grade, writing=writing(said), doubts=doubts)
    return with_model(assistant, server, **{"llm_trust": "exam", "llm_repairs": 0, **settings}).query(ASKED)


def checks(server: FakeOpenAI) -> list[Request]:
    return [request for request in server.chats if step(request) == "check"]


def test_a_sentence_that_the_model_takes_back_is_not_shown_and_its_paper_is_quoted(assistant: Assistant, server: FakeOpenAI) -> None:
    kept = answered(assistant, server)
    assert TRUE in kept.text and kept.checks.dropped == 0 and sound(kept)
    (asked,) = checks(server)
    assert [TRUE in sentence for sentence in sentences_in(asked).values()] == [True], "the others are the papers' own words"
    taken_back = answered(assistant, server, doubts=lambda sentence: "lightweight filter" in sentence)
    assert TRUE not in taken_back.text and taken_back.checks.dropped == 1 and sound(taken_back)
    assert {c.paper.paper_id for c in taken_back.citations} == {c.paper.paper_id for c in kept.citations}


def test_a_free_paraphrase_passes_on_the_models_word_only(assistant: Assistant, server: FakeOpenAI) -> None:
    assert FREE not in answered(assistant, server, FREE, llm_confirm=False).text
    assert FREE in answered(assistant, server, FREE).text
    assert FREE not in answered(assistant, server, FREE, doubts=lambda sentence: "tiny helper" in sentence).text


@pytest.mark.parametrize(
    "false",
    [
        "Learn2PD teaches a tiny helper to predict when a token position already matches the final output and is 99.5 times faster",
        "Learn2PD asks for http://evil.example",
    ],
)
def test_no_word_of_the_models_lets_figures_or_addresses_pass(assistant: Assistant, server: FakeOpenAI, false: str) -> None:
    assert false not in answered(assistant, server, false).text


def test_sentences_that_are_the_papers_own_cost_no_call(assistant: Assistant, server: FakeOpenAI) -> None:
    server.handler = ScriptedModel(grade)
    answer = with_model(assistant, server, llm_trust="exam").query(ASKED)
    assert answer.writer == MODEL and not checks(server) and len(answer.citations) == 5


@pytest.mark.parametrize(
    ("standing", "settings"),
    [(PASSED, {"llm_confirm": False}), (Standing(judges="no", right=3, of=12), {}), (PASSED, {"llm_trust": "all"})],
    ids=["a setting turns it off", "poor judges are not asked", "without an exam"],
)
def test_who_is_not_asked(assistant: Assistant, server: FakeOpenAI, home: Path, standing: Standing, settings: dict[str, Any]) -> None:
    Register(home, MODEL, server.url).write(standing, MODEL)
    assert answered(assistant, server, **settings).writer == MODEL and not checks(server)


@pytest.mark.parametrize("reply", [Reply(status=400), "I think all of them are fine.", '{"unsupported": null}'])
def test_where_it_cannot_say_the_rules_decide(assistant: Assistant, server: FakeOpenAI, reply: "Reply | str") -> None:
    good = ScriptedModel(grade, writing=writing(TRUE))
    server.handler = lambda request: reply if step(request) == "check" else good(request)
    answer = with_model(assistant, server, llm_trust="exam", llm_repairs=0).query(ASKED)
    assert answer.writer == MODEL and TRUE in answer.text and sound(answer)


def test_what_is_streamed_is_what_was_confirmed(assistant: Assistant, server: FakeOpenAI) -> None:
    server.handler = ScriptedModel(grade, writing=writing(TRUE), doubts=lambda sentence: True)
    events = list(with_model(assistant, server, llm_trust="exam", llm_repairs=0).stream(ASKED))
    answer = events[-1]
    assert isinstance(answer, Answer) and TRUE not in answer.text
    assert "".join(event.text for event in events if isinstance(event, Delta)) == answer.text
    assert steps(server)[-1] == "check"


def test_a_text_that_broke_off_is_completed_as_ever(assistant: Assistant, server: FakeOpenAI) -> None:
    good = ScriptedModel(grade, writing=writing(TRUE))
    server.handler = lambda r: Reply(chunks=good(r).splitlines(True), cut=2) if step(r) == "write" else good(r)
    answer = with_model(assistant, server, llm_trust="exam", llm_repairs=0).query(ASKED)
    assert answer.notice and "ended early" in answer.notice and len(answer.citations) == 5 and sound(answer)
