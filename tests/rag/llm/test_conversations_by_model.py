"""Questions and conversations as a model understands them, and several of them at once."""

import asyncio
import threading
from pathlib import Path

from rag import Answer, Assistant, Filters, Message
from rag.understanding.by_model import fused
from rag.verification import markers
from tests.doubles.openai import FakeOpenAI, Request
from tests.doubles.scripted import (
    SPECULATIVE,
    ScriptedModel,
    step,
    steps,
    talked,
    titled,
    with_model,
)

ROOT = Path(__file__).parents[3]


# --- understanding


def test_clear_questions_are_not_sent_to_be_understood(server: FakeOpenAI, reader: Assistant) -> None:
    reader.query("speculative decoding")
    assert "understand" not in steps(server)


def test_phrasings_bring_papers_that_the_users_words_do_not(assistant: Assistant, server: FakeOpenAI) -> None:
    asked = "making chatbots spit out several words in one go"
    server.handler = ScriptedModel(titled("Speculative Decoding"), understanding={"phrasings": ["speculative decoding draft model"]})
    helped, alone = with_model(assistant, server).query(asked), with_model(assistant, server, llm_understanding=False).query(asked)
    assert steps(server).count("understand") == 1
    assert helped.coverage.relevant > alone.coverage.relevant
    assert helped.coverage.considered == alone.coverage.considered == 60


def test_the_model_finds_filters_that_the_rules_do_not_but_invents_none(server: FakeOpenAI, reader: Assistant) -> None:
    found = {"since": "2025-09", "until": "2025-12", "organisation": "NVIDIA", "kind": "list"}
    server.handler = ScriptedModel(titled(""), understanding=found)
    dated = reader.query("speculative decoding papers of the very year, the autumn of twenty twenty-five that is")
    assert dated.filters.since == "2025-09" and dated.filters.organisation is None
    assert all((citation.paper.published or "") >= "2025-09" for citation in dated.citations)
    plain = reader.query("speculative decoding; also draft models")
    assert not plain.filters, "no date and no name in the user's words"


def test_given_filters_win(server: FakeOpenAI, reader: Assistant) -> None:
    server.handler = ScriptedModel(titled(""), understanding={"since": "2019"})
    answer = reader.query("speculative decoding since which year?", filters=Filters(since="2025"))
    assert answer.filters.since == "2025"


def test_an_understanding_that_cannot_be_read_leaves_the_rules(server: FakeOpenAI, reader: Assistant) -> None:
    good = ScriptedModel(titled("specul"))
    server.handler = lambda request: "hm" if step(request) == "understand" else good(request)
    answer = reader.query("speculative decoding; also draft models?")
    assert answer.notice is None and answer.coverage.relevant > 6


def test_fusion_keeps_the_best_of_each_pool(assistant: Assistant) -> None:
    first, second = assistant.search("speculative decoding", 30), assistant.search("visual token pruning", 30)
    ids = {hit.paper.paper_id for hit in fused([first, second], 20)}
    assert {hit.paper.paper_id for hit in first[:5]} <= ids and {hit.paper.paper_id for hit in second[:5]} <= ids


# --- conversations


def test_which_of_those_is_about_the_papers_cited_before(server: FakeOpenAI, reader: Assistant) -> None:
    before = reader.query(SPECULATIVE)
    server.handler = ScriptedModel(titled(""))
    after = reader.query("which of those are for vision-language models?", talked(before))
    assert after.coverage.considered <= len(before.citations)
    assert {c.paper.paper_id for c in after.citations} <= {c.paper.paper_id for c in before.citations}


def test_the_model_may_tell_that_a_follow_up_is_about_the_papers_before(server: FakeOpenAI, reader: Assistant) -> None:
    before = reader.query(SPECULATIVE)
    server.handler = ScriptedModel(titled(""), understanding={"previous": True, "question": "speculative decoding for images"})
    after = reader.query("anything for images there?", talked(before))
    assert {c.paper.paper_id for c in after.citations} <= {c.paper.paper_id for c in before.citations}


def test_and_in_2024_keeps_the_topic(server: FakeOpenAI, reader: Assistant) -> None:
    before = reader.query(SPECULATIVE)
    after = reader.query("and in 2024?", talked(before))
    assert after.filters == Filters(since="2024", until="2024") and after.citations
    assert all("specul" in c.paper.title.lower() and (c.paper.published or "").startswith("2024") for c in after.citations)


def test_interleaved_conversations_do_not_mix(server: FakeOpenAI, reader: Assistant) -> None:
    topics = {
        "speculative decoding": "specul",
        "visual token pruning": "token",
        "LoRA mixture of experts": "lora",
        "layer skipping": "layer",
    }
    server.handler = ScriptedModel(lambda question, title: 2 if next(t for q, t in topics.items() if q in question) in title.lower() else 0)
    start = threading.Barrier(len(topics))
    answers: dict[str, list[Answer]] = {}

    def talk(topic: str) -> None:
        history: list[Message] = []
        start.wait(20)
        for question in (f"{topic} papers", f"which of those {topic} papers need no training?", f"and {topic} in 2024?"):
            answer = reader.query(question, history)
            answers.setdefault(topic, []).append(answer)
            history += [{"role": "user", "content": question}, {"role": "assistant", "content": answer.text}]

    threads = [threading.Thread(target=talk, args=(topic,)) for topic in topics]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert set(answers) == set(topics) and all(len(told) == 3 for told in answers.values())
    for topic, told in answers.items():
        for answer in told:
            assert answer.notice is None and topic in answer.question
            assert all(topics[topic] in citation.paper.title.lower() for citation in answer.citations)
        assert told[0].citations


def test_32_questions_at_once_keep_to_the_limit_and_apart(assistant: Assistant, server: FakeOpenAI) -> None:
    reader = with_model(assistant, server, llm_concurrency=3)
    titles = [paper.title for paper in list(assistant.index.all_papers())[:32]]
    model = ScriptedModel(lambda question, title: 2 if title.split(":")[0].lower()[:30] in question.lower() else 0)
    meeting, first_two = threading.Barrier(2, timeout=10), iter(range(2))

    def met(request: Request) -> str:
        if next(first_two, None) is not None:
            meeting.wait()  # whatever the machine has to do, two calls are under way at once
        return model(request)

    server.handler = met

    async def all_at_once() -> list[Answer]:
        return await asyncio.gather(*(reader.aquery(f"list papers such as {title}") for title in titles))

    answers = asyncio.run(all_at_once())
    for title, answer in zip(titles, answers, strict=True):
        assert answer.question.endswith(" ".join(title.split())) and answer.notice is None
        assert all(markers(answer.text)) and title in {citation.paper.title for citation in answer.citations}
    assert 1 < server.peak <= 3
