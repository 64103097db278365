"""Questions about authors: who is meant, and that nothing else is told where no such author is known."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus import Paper
from rag import Assistant, load_config

PAPERS = [
    Paper("s1", "Snorgleware pruning of gadgets", "We prune gadgets with snorgleware.", "2020", authors=("Jane Doe", "Tomáš Kočiský"), venue="J. of Gadgets"),
    Paper("s2", "Grault caches for widgets", "We cache widgets in graults.", "2022", authors=("Doe, J.",)),
    Paper("s3", "Frobbing at scale", "We frob everything.", "2021", authors=("Rita Roe",)),
]  # fmt: skip


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    made = Assistant(load_config(home=tmp_path_factory.mktemp("authors"), cache=False, chroma_url=None))
    made.add(PAPERS)
    yield made


@pytest.mark.parametrize(("question", "found"), [
    ("papers by Jane Doe", {"s1", "s2"}),
    ("Which papers did Rita Roe write?", {"s3"}),
    ("what has Kocisky published?", {"s1"}),
    ("anything by Doe, Jane?", {"s1", "s2"}),
    ("Rita Roe's papers", {"s3"}),
    ("list the work of the Roe group", {"s3"}),
    ("studies authored by T. Kocisky or Rita Roe", {"s1", "s3"}),
    ("publications by jane doe since 2021", {"s2"}),
])  # fmt: skip
def test_the_author_is_found(own: Assistant, question: str, found: set[str]) -> None:
    answer = own.query(question)
    assert {citation.paper.paper_id for citation in answer.citations} == found, answer.text


@pytest.mark.parametrize(
    "question",
    ["papers by Peter Smith", "What has Ana Grau written on pruning?", "which papers did Vaswani publish", "works by jan kowalski"],
)
def test_an_author_who_is_not_held_is_told_and_nothing_else(own: Assistant, assistant: Assistant, question: str) -> None:
    answer = own.query(question)
    assert answer.abstained and not answer.citations and "among its authors" in answer.text
    shipped = assistant.query(question)
    assert shipped.abstained and not shipped.citations and "comes with the names of its authors" in shipped.text


@pytest.mark.parametrize("question", [
    "which papers speed up decoding by pruning tokens?", "methods by which LLMs are sped up", "work by several groups on quantization",
    "speedups by Speculative Decoding", "papers by topic", "which works improve KV cache compression by eviction?", "papers by NVIDIA",
])  # fmt: skip
def test_by_is_no_author(own: Assistant, question: str) -> None:
    assert own.query(question).filters.author is None


def test_who_wrote_a_paper_and_where_it_was_published(own: Assistant) -> None:
    told = own.query("who wrote Snorgleware pruning of gadgets?").text
    assert "Jane Doe" in told and "not held" not in told


@pytest.mark.local
def test_a_filter_by_hand_goes_before_the_wording(own: Assistant, tmp_path: Path) -> None:
    from rag import Filters

    answer = own.query("papers by Jane Doe", filters=Filters(author="Rita Roe"))
    assert {citation.paper.paper_id for citation in answer.citations} <= {"s3"}
