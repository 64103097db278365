"""Retrieval over the papers that ship: fusion, filters, names, spelling; and LlamaIndex's slots."""

import re
from collections.abc import Sequence

import pytest

from corpus import Paper
from rag import Assistant, Filters, PaperchatError


@pytest.mark.parametrize("question", ["dLLM decoding", "which papers quantize to 1 bit?", "zzzz qqqq", "the of and"])
def test_hits_come_best_first_each_paper_once(assistant: Assistant, question: str) -> None:
    hits = assistant.search(question, 30)
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    assert len({h.paper.paper_id for h in hits}) == len(hits)


def test_no_hit_that_neither_side_found(assistant: Assistant) -> None:
    for hit in assistant.search("federated learning of adapters", 200):
        assert hit.features is not None
        assert hit.features.bm25 > 0 or hit.features.cosine > 0


def test_both_sides_contribute(assistant: Assistant) -> None:
    by_word = assistant.search("HNLPU", 1)[0].paper
    assert "HNLPU" in by_word.abstract
    hits = assistant.search("burning model weights into silicon wiring", 3)
    assert by_word in [h.paper for h in hits]


def test_k_is_how_many(assistant: Assistant) -> None:
    assert len(assistant.search("LoRA", 3)) == 3
    assert assistant.search("LoRA", 0) == []
    assert len(assistant.search("which papers do you have?", 500)) == 372


@pytest.mark.parametrize(
    ("filters", "passes"),
    [
        (Filters(since="2025-10"), lambda p: (p.published or "") >= "2025-10"),
        (Filters(until="2023"), lambda p: p.published is not None and p.published[:4] <= "2023"),
        (Filters(organisation="nvidia"), lambda p: p.organisation == "NVIDIA"),
        (Filters(min_authors=13), lambda p: (p.author_count or 0) >= 13),
        (Filters(max_authors=2), lambda p: p.author_count is not None and p.author_count <= 2),
        (Filters(source="004_7330475c2fcf26fd.txt"), lambda p: "004_7330475c2fcf26fd.txt" in p.sources),
        (
            Filters(since="2024", until="2024", min_authors=5),
            lambda p: (p.published or "").startswith("2024") and (p.author_count or 0) >= 5,
        ),
    ],
)
def test_filters_let_through_what_they_name_and_nothing_else(assistant: Assistant, filters: Filters, passes: object) -> None:
    expected = {p.paper_id for p in assistant.index.all_papers() if passes(p)}  # type: ignore[operator]
    assert expected
    listed = {h.paper.paper_id for h in assistant.search("papers", 500, filters)}
    assert listed == expected
    asked = {h.paper.paper_id for h in assistant.search("language models", 500, filters)}
    assert asked <= expected and asked


def test_a_filter_that_nothing_passes_gives_nothing(assistant: Assistant) -> None:
    assert assistant.search("LoRA", 5, Filters(since="2030")) == []
    assert assistant.query("LoRA", filters=Filters(organisation="Nobody")).abstained


@pytest.mark.parametrize("date", ["soon", "2025-13", "2025-02-30", "0", "2025-1-1-1"])
def test_a_date_that_is_none_is_a_one_line_error(assistant: Assistant, date: str) -> None:
    with pytest.raises(PaperchatError, match="is not a date"):
        assistant.search("LoRA", 5, Filters(since=date))


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("federated fine-tunning of LLMs", "Federated"),
        ("quantisation to one bit", "it"),
        ("S2FT", "S²FT"),
        ("s²ft", "S²FT"),
        ("what does M+ do?", "M+"),
    ],
)
def test_spelling_and_form_do_not_matter(assistant: Assistant, typed: str, title: str) -> None:
    assert any(title in h.paper.title for h in assistant.search(typed, 3))


one_in = pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.slow), 4])
"""All of them by `pytest -m slow`, every fourth otherwise."""


@one_in
def test_every_system_named_before_a_titles_colon_is_found_by_name(assistant: Assistant, step: int) -> None:
    named = [(p, p.title.partition(": ")[0]) for p in assistant.index.all_papers() if ": " in p.title]
    named = [(p, name) for p, name in named if len(name.split()) <= 3]
    assert len(named) > 200
    missed = _missed(assistant, named[::step])
    assert len(missed) <= max(1, 0.02 * len(named[::step])), missed


def _apart(name: str) -> str:
    """The name as somebody types it who heard it: in pieces at its capitals and hyphens."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[-_]", " ", name)


@one_in
def test_a_name_written_apart_is_found_as_well(assistant: Assistant, step: int) -> None:
    named = [(p, p.title.partition(": ")[0]) for p in assistant.index.all_papers() if ": " in p.title]
    named = [(p, _apart(name)) for p, name in named if len(name.split()) <= 3 and _apart(name) != name]
    assert len(named) > 120
    missed = _missed(assistant, named[::step])
    assert len(missed) <= max(1, 0.02 * len(named[::step])), missed


def _missed(assistant: Assistant, named: Sequence[tuple[Paper, str]]) -> list[str]:
    """The names by which their own paper is not the first that is cited."""
    return [name for paper, name in named if paper not in [c.paper for c in assistant.query(f"what does {name} do?").citations[:1]]]


def test_a_name_that_is_a_common_word_needs_its_own_spelling(assistant: Assistant) -> None:
    assert assistant.search("what does FiRST do?", 1)[0].paper.title.startswith("FiRST:")
    hits = assistant.search("the first half of the layers", 3)
    assert not hits[0].paper.title.startswith("FiRST:")


def test_a_system_that_no_paper_names_is_not_made_up(assistant: Assistant) -> None:
    answer = assistant.query("what does FooBarNet-9 do?")
    assert answer.abstained and "FooBarNet-9" in answer.text


# --- LlamaIndex


def test_our_retriever_in_a_llama_index_query_engine(assistant: Assistant) -> None:
    from llama_index.core.llms import MockLLM
    from llama_index.core.query_engine import RetrieverQueryEngine

    from rag import PaperRetriever

    engine = RetrieverQueryEngine.from_args(PaperRetriever(assistant, k=4), llm=MockLLM())
    response = engine.query("which papers speed up dLLM decoding?")
    assert len(response.source_nodes) == 4
    assert [n.score for n in response.source_nodes] == [h.score for h in assistant.search("which papers speed up dLLM decoding?", 4)]
    assert "diffusion" in response.source_nodes[0].text.lower()
    assert response.source_nodes[0].metadata["title"] in response.source_nodes[0].text


def test_our_embedding_in_llama_indexs_slot() -> None:
    from rag import PaperEmbedding

    embedding = PaperEmbedding()
    one = embedding.get_query_embedding("speculative decoding")
    near, far = embedding.get_text_embedding_batch(["draft tokens are verified by the target model", "federated learning of hospitals"])
    assert len(one) == len(near)
    assert embedding.similarity(one, near) > embedding.similarity(one, far)
