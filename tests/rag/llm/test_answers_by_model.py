"""Answers by a model, end to end over the papers that ship, against a scripted server on loopback."""

import gc
import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import httpcore

from rag import Answer, Assistant, Delta, Filters, Step
from rag.evaluation.evaluate import load_queries, set_scores
from rag.text import neutral
from rag.verification import markers
from tests.doubles.openai import MODEL, FakeOpenAI, Reply, Request
from tests.doubles.scripted import SPECULATIVE, ScriptedModel, first_sentence, listed, papers_in, step, steps, titled, with_model

ROOT = Path(__file__).parents[3]


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
    characters = sum(len(request.system) + len(request.user) for request in server.chats) / len(queries)
    assert characters <= 0.4 * 83_000, f"{characters:,.0f} prompt characters a question, set F1 {f1:.3f}, recall {recall:.3f}"


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
    assert list(dict.fromkeys(names)) == ["search", "judge", "write"]  # a step is told again while it lasts


def test_a_stream_that_is_left_frees_its_place(assistant: Assistant, server: FakeOpenAI) -> None:
    good = ScriptedModel(titled("specul"))
    server.handler = lambda r: Reply(chunks=[*good(r).splitlines(keepends=True)] * 50) if step(r) == "write" else good(r)
    reader = with_model(assistant, server, llm_concurrency=1)
    gc.disable()  # the connection must not stay taken until Python looks for garbage
    try:
        stream = reader.stream(SPECULATIVE)
        next(event for event in stream if isinstance(event, Delta))
        stream.close()  # type: ignore[attr-defined]
        assert not [taken for taken in connections(server) if not taken.is_idle() and not taken.is_closed()]
    finally:
        gc.enable()
    server.handler = good
    assert reader.query("speculative decoding for vision-language models").notice is None


def connections(server: FakeOpenAI) -> list[httpcore.ConnectionInterface]:
    """The connections to the server that a client holds."""
    pools = [held for held in gc.get_objects() if isinstance(held, httpcore.ConnectionPool)]
    return [held for pool in pools for held in pool.connections if server.url.removesuffix("/v1") in repr(held)]
