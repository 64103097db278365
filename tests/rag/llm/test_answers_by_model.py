"""Answers by a model, end to end over the papers that ship, against a scripted server on loopback."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from rag import Answer, Assistant, Delta, Filters, Message, Step, load_config
from rag.errors import ConfigError
from rag.evaluation.evaluate import load_queries, set_scores
from rag.llm.endpoint import open_llm
from rag.text import neutral
from rag.understanding.by_model import fused
from rag.verification import markers
from tests.doubles.openai import MODEL, FakeOpenAI, Reply, Request
from tests.doubles.scripted import ScriptedModel, first_sentence, graded, listed, papers_in, question_in, step, with_model

ROOT = Path(__file__).parents[3]
SPECULATIVE = "which papers do speculative decoding?"


def titled(*parts: str) -> Any:
    return lambda question, title: 2 if any(part.lower() in title.lower() for part in parts) else 0


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(ScriptedModel(titled("speculative", "specul"))) as running:
        yield running


@pytest.fixture
def reader(assistant: Assistant, server: FakeOpenAI) -> Assistant:
    return with_model(assistant, server)


def steps(server: FakeOpenAI) -> list[str]:
    return [step(request) for request in server.chats]


# --- a perfect judge


def test_with_a_perfect_judge_nothing_is_lost(assistant: Assistant, server: FakeOpenAI, reader: Assistant) -> None:
    queries = load_queries(ROOT / "tests" / "eval" / "dev.json", list(assistant.index.all_papers()))
    titles = {paper.paper_id: paper.title for paper in assistant.index.all_papers()}
    scores = []
    for query in queries:
        by_title = {neutral(titles[paper_id]): grade for paper_id, grade in query.relevant.items()}
        server.handler = ScriptedModel(lambda question, title, grades=by_title: grades.get(title, 0))  # type: ignore[misc]
        answer = reader.query(query.question, query.history)
        assert set(markers(answer.text)) == {citation.number for citation in answer.citations}
        if query.relevant:
            scores.append(set_scores([citation.paper.paper_id for citation in answer.citations], query))
        else:
            assert answer.abstained, query.question
    f1, _, recall = (fmean(column) for column in zip(*scores, strict=True))
    assert f1 >= 0.95 and recall >= 0.95


# --- the parts of an answer


def test_a_list_names_every_relevant_paper_even_when_the_model_does_not(server: FakeOpenAI, reader: Assistant) -> None:
    server.handler = ScriptedModel(titled("specul"), writing=lambda papers: listed(papers[:2]))
    answer = reader.query(SPECULATIVE)
    assert answer.writer == MODEL and answer.notice is None
    assert len(answer.citations) == answer.coverage.relevant > 6
    assert answer.text.count("\n- ") == len(answer.citations) - 1
    assert all(citation.paper.title in answer.text and citation.quote in citation.paper.abstract for citation in answer.citations)


def test_a_long_list_is_asked_for_in_groups_and_keeps_them(server: FakeOpenAI, reader: Assistant) -> None:
    def grouped(papers: Sequence[Mapping[str, Any]]) -> str:
        return f"**Draft models**\n\n{listed(papers[:3])}\n\n**Multimodal decoding**\n\n{listed(papers[3:])}"

    server.handler = ScriptedModel(titled("specul"), writing=grouped)
    answer = reader.query(SPECULATIVE)
    assert "Group the items by approach" in server.chats[-1].user
    assert answer.text.startswith("**Draft models**\n\n- **") and "\n\n**Multimodal decoding**\n\n- **" in answer.text


def test_coverage_usage_and_checks_are_filled(server: FakeOpenAI, reader: Assistant) -> None:
    def one_bad(papers: Sequence[Mapping[str, Any]]) -> str:
        return listed(papers) + "\n- The moon is made of green cheese [1]."

    good = ScriptedModel(lambda q, title: 2 if "specul" in title.lower() else 1 if "draft" in title.lower() else 0, writing=one_bad)
    server.handler = good
    answer = reader.query(SPECULATIVE)
    assert answer.coverage.corpus == len(reader.index) and answer.coverage.considered == 60
    assert answer.coverage.relevant == len(answer.citations) and answer.coverage.borderline > 0
    assert answer.account.startswith(
        f"{len(answer.citations)} of {len(reader.index)} papers answer; {answer.coverage.borderline} more come close"
    )
    assert answer.usage.tokens_in == 100 * len(server.chats) and answer.usage.tokens_out == 10 * len(server.chats)
    assert {"search", "judge", "write"} <= set(answer.usage.seconds)
    assert answer.checks.kept == len(answer.citations) and answer.checks.dropped == 1


def test_tokens_are_estimated_where_the_endpoint_does_not_count(server: FakeOpenAI, reader: Assistant) -> None:
    good = ScriptedModel(titled("specul"))
    server.handler = lambda request: Reply(good(request), usage=False)
    answer = reader.query(SPECULATIVE)
    assert answer.usage.tokens_in > 10_000 and answer.usage.tokens_out > 100


def test_a_comparison_is_a_table_whose_numbers_are_cited(server: FakeOpenAI, reader: Assistant) -> None:
    def table(papers: Sequence[Mapping[str, Any]]) -> str:
        n = {("LocalLeap" if "LocalLeap" in p["abstract"] else "FreeDave"): p["n"] for p in papers}
        return (
            f"Both are training-free [{n['LocalLeap']}][{n['FreeDave']}].\n\n| | LocalLeap [{n['LocalLeap']}] | FreeDave [{n['FreeDave']}] |\n"
            "|---|---|---|\n| throughput | 6.94× | 3.78× |\n| invented | 11.1× | 12.2× |"
        )

    server.handler = ScriptedModel(titled("Free Draft", "Local Determinism"), writing=table)
    answer = reader.query("LocalLeap vs FreeDave: how do they differ and which reports the larger throughput gain?")
    rows = answer.text.splitlines()
    assert any(row.startswith("|") and "6.94× [" in row and "3.78× [" in row for row in rows), answer.text
    assert "11.1" not in answer.text and "12.2" not in answer.text
    assert len(answer.citations) == 2


def test_an_unknown_system_in_a_comparison_is_told(server: FakeOpenAI, reader: Assistant) -> None:
    server.handler = ScriptedModel(titled("Local Determinism"), writing=lambda papers: "LocalLeap is training-free [1].")
    answer = reader.query("compare LocalLeap and ZorkBlat9 on throughput")
    assert "No paper held here mentions ZorkBlat9." in answer.text


# --- abstaining


def test_no_such_paper_names_the_nearest_and_what_each_lacks(server: FakeOpenAI, reader: Assistant) -> None:
    def reply(request: Request) -> str:
        near = [p for p in papers_in(request) if "specul" in p["title"].lower()]
        verdicts = [
            {"id": p["id"], "verdict": "partly", "quote": first_sentence(p["abstract"]), "missing": "speech recognition"} for p in near
        ]
        return json.dumps({"verdicts": verdicts} if step(request) == "judge" else {})

    server.handler = reply
    answer = reader.query("which paper applies speculative decoding to speech recognition (ASR)?")
    assert answer.abstained and not answer.citations and not markers(answer.text)
    assert "No such paper" in answer.text and "nothing on “speech recognition”" in answer.text
    assert len(answer.nearest) == 3 and all(paper.title in answer.text for paper in answer.nearest)
    assert "write" not in steps(server), "no writing call"


def test_the_abstracts_do_not_say_is_told_apart(server: FakeOpenAI, reader: Assistant) -> None:
    server.handler = ScriptedModel(lambda question, title: 1 if "Local Determinism" in title else 0)
    answer = reader.query("what learning rate does LocalLeap use?")
    assert answer.abstained and "The abstracts do not say" in answer.text and "No such paper" not in answer.text
    assert (
        "Accelerating Diffusion LLM Inference via Local Determinism Propagation" in answer.text
        and "nothing on “learning rate" in answer.text
    )


def test_an_unknown_name_is_told(server: FakeOpenAI, reader: Assistant) -> None:
    server.handler = ScriptedModel(lambda question, title: 0)
    answer = reader.query("what does ZorkBlat9 do?")
    assert answer.abstained and answer.text.startswith("No paper held here mentions ZorkBlat9.")


def test_filters_that_nothing_passes_need_no_call(server: FakeOpenAI, reader: Assistant) -> None:
    answer = reader.query("speculative decoding", filters=Filters(since="2031"))
    assert answer.abstained and "published from 2031" in answer.text and not answer.nearest and "judge" not in steps(server)


def test_a_greeting_costs_nothing(server: FakeOpenAI, reader: Assistant) -> None:
    answer = reader.query("Hello!")
    assert answer.intent == "chat" and "the 372 paper abstracts" in answer.text and not server.chats


def test_a_listing_by_metadata_costs_nothing(server: FakeOpenAI, reader: Assistant) -> None:
    answer = reader.query("which papers were published in October 2025?")
    assert len(answer.citations) == 9 and answer.notice is None and not server.chats


# --- streaming


def test_the_first_sentence_is_shown_before_the_last_is_written(assistant: Assistant, server: FakeOpenAI, reader: Assistant) -> None:
    seen = threading.Event()
    good = ScriptedModel(titled("specul"))

    def reply(request: Request) -> Reply | str:
        text = good(request)
        if step(request) != "write":
            return text
        first, rest = text.split("\n", 1)
        return Reply(chunks=[first, "\n", "- ", seen, rest])

    server.handler = reply
    pieces, answer = [], None
    for event in reader.stream(SPECULATIVE):
        if isinstance(event, Delta):
            pieces.append(event.text)
            seen.set()  # the server goes on only now: without a first sentence this would end at the timeout
        elif isinstance(event, Answer):
            answer = event
    assert answer is not None and answer.notice is None and len(pieces) >= len(answer.citations) > 2
    assert "".join(pieces) == answer.text


def test_steps_are_told(reader: Assistant) -> None:
    names = [event.name for event in reader.stream(SPECULATIVE) if isinstance(event, Step)]
    assert names == ["search", "judge", "write"]


def test_a_stream_that_is_left_frees_its_place(assistant: Assistant, server: FakeOpenAI) -> None:
    good = ScriptedModel(titled("specul"))
    server.handler = lambda r: Reply(chunks=[*good(r).splitlines(keepends=True)] * 50) if step(r) == "write" else good(r)
    reader = with_model(assistant, server, llm_concurrency=1)
    stream = reader.stream(SPECULATIVE)
    next(event for event in stream if isinstance(event, Delta))
    stream.close()  # type: ignore[attr-defined]
    server.handler = good
    assert reader.query("speculative decoding for vision-language models").notice is None


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


def _talk(answer: Answer, question: str = SPECULATIVE) -> list[Message]:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer.text}]


def test_which_of_those_is_about_the_papers_cited_before(server: FakeOpenAI, reader: Assistant) -> None:
    before = reader.query(SPECULATIVE)
    server.handler = ScriptedModel(titled(""))
    after = reader.query("which of those are for vision-language models?", _talk(before))
    assert after.coverage.considered <= len(before.citations)
    assert {c.paper.paper_id for c in after.citations} <= {c.paper.paper_id for c in before.citations}


def test_the_model_may_tell_that_a_follow_up_is_about_the_papers_before(server: FakeOpenAI, reader: Assistant) -> None:
    before = reader.query(SPECULATIVE)
    server.handler = ScriptedModel(titled(""), understanding={"previous": True, "question": "speculative decoding for images"})
    after = reader.query("anything for images there?", _talk(before))
    assert {c.paper.paper_id for c in after.citations} <= {c.paper.paper_id for c in before.citations}


def test_and_in_2024_keeps_the_topic(server: FakeOpenAI, reader: Assistant) -> None:
    before = reader.query(SPECULATIVE)
    after = reader.query("and in 2024?", _talk(before))
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
        for question in (f"{topic} papers", f"which of those {topic} papers are the newest?", f"and {topic} in 2024?"):
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
    server.handler = ScriptedModel(lambda question, title: 2 if title.split(":")[0].lower()[:30] in question.lower() else 0)

    async def all_at_once() -> list[Answer]:
        return await asyncio.gather(*(reader.aquery(f"list papers such as {title}") for title in titles))

    answers = asyncio.run(all_at_once())
    for title, answer in zip(titles, answers, strict=True):
        assert answer.question.endswith(" ".join(title.split())) and answer.notice is None
        assert all(markers(answer.text)) and title in {citation.paper.title for citation in answer.citations}
    assert 1 < server.peak <= 3


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
        lambda: reader.query(SPECULATIVE, _talk(first, "hm?")),
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


# --- the model in its slot


def test_any_llamaindex_model_fits(assistant: Assistant) -> None:
    from llama_index.core.llms.mock import MockLLM

    answer = Assistant(load_config(cache=False, llm_trust="all"), llm=MockLLM(max_tokens=5), index=assistant.index).query(SPECULATIVE)
    assert answer.writer == "extractive" and answer.citations and answer.notice is not None and "could not be read" in answer.notice
    examined = Assistant(load_config(cache=False), llm=MockLLM(max_tokens=5), index=assistant.index).query(SPECULATIVE)
    assert examined.citations and examined.notice is not None and "did not pass its exam (judges: 0 of 12" in examined.notice


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
def test_a_local_endpoint_needs_no_key_and_nothing_else_is_called(server: FakeOpenAI, home: Path) -> None:
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


def test_without_a_model_llamaindex_and_openai_are_not_loaded(home: Path) -> None:
    code = (
        "import rag, sys; rag.query('speculative decoding'); print([m for m in ('llama_index', 'openai', 'diskcache') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], env=dict(os.environ), cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_the_prompts_hold_the_question_and_the_papers_as_data(server: FakeOpenAI, reader: Assistant) -> None:
    reader.query(SPECULATIVE)
    judging = [request for request in server.chats if step(request) == "judge"]
    assert all(question_in(request) for request in judging) and 0 < sum(len(papers_in(request)) for request in judging) <= 60
    assert all(request.schema == "Verdicts" for request in judging)
    assert graded({"a b": 2})("", "A: b") == 2
