"""The papers in Chroma Cloud: its quotas, its silent cuts, its keys. See tests/doubles/cloud.py for where these were read."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpus import Paper
from rag import Assistant, Config, Filters, Index, load_config
from rag.doctor import examine
from rag.embedding import StaticEmbedder
from rag.errors import ConfigError, IndexBusy
from rag.index import reindex
from rag.index.chroma.store import ChromaStore
from tests.doubles.chroma_server import assistant_with, use
from tests.doubles.cloud import URL, FakeCloud
from tests.doubles.killing import papers
from tests.rag.index.test_index import (  # noqa: F401 (the same tests and their fixtures, over Cloud)
    embedder,
    found,
    index,
    test_a_lost_lexical_index_is_rebuilt_from_chroma,
    test_a_title_that_differs_in_case_and_punctuation_is_the_same_paper,
    test_filters_on_every_field,
    test_removed_papers_are_gone_from_both_sides,
    test_sync_embeds_only_what_is_new_or_changed,
)

STATIC = StaticEmbedder()


@pytest.fixture
def config(home: Path, chroma_cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch) -> Config:
    """The settings that README names, an address and a key: a tenant of its own for each test."""
    monkeypatch.delenv("PAPERCHAT_CHROMA_DATABASE", raising=False)
    use(monkeypatch, chroma_cloud.settings(most_papers=1_900))
    return load_config()


@pytest.fixture(scope="module")
def asked_there(chroma_cloud: FakeCloud, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """The papers that ship, in Cloud. Tests must not write to it."""
    return assistant_with(chroma_cloud.settings(), tmp_path_factory.mktemp("cloud-home"))


def test_more_papers_than_a_request_may_hold_are_written_copied_compared_and_removed(config: Config, elsewhere: Config) -> None:
    here = Index(config, STATIC)
    assert here.sync(papers(1_100)).added == 1_100
    assert here.verify() == []
    there = Index(elsewhere, STATIC)
    assert len(there) == len(list(there.all_papers())) == 1_100 and there.verify() == []
    assert len(there.vectors([f"p{number}" for number in range(700)])) == 700
    assert here.remove(f"p{number}" for number in range(650)) == 650
    there.refresh()
    assert len(there) == 450 and there.verify() == []


def test_a_question_is_answered_from_cloud(config: Config) -> None:
    assistant = Assistant(config)
    assert assistant.query("which papers speed up dLLM decoding?").citations
    assert len(assistant.search("language models", 300)) == 300
    assert assistant.search("diffusion", 3, Filters(min_authors=5))


def test_a_reindex_is_followed(config: Config, elsewhere: Config) -> None:
    here, there = Index(config, STATIC), Index(elsewhere, STATIC)
    here.sync(papers(700))
    assert reindex(config, STATIC) == 700
    there.refresh()
    assert (there.generation, len(there), there.verify()) == ("g2", 700, [])


@pytest.mark.parametrize("text", ["Long words of one author. " * 3_000, "長い著者名の論文。" * 900])
def test_a_record_longer_than_a_value_may_be_is_kept_whole(config: Config, elsewhere: Config, text: str) -> None:
    here = Index(config, STATIC)
    wanted = Paper("long", "A very long paper", text.strip())
    here.sync([wanted, *papers(3)])
    assert Index(elsewhere, STATIC).papers(["long"]) == [wanted]
    shorter = replace(wanted, abstract="Now it is short.")
    assert here.sync([shorter]).changed == 1
    assert here.verify() == [] and Index(elsewhere, STATIC).papers(["long"]) == [shorter]


def test_a_quota_that_is_used_up_is_one_line_and_what_was_written_stays(config: Config) -> None:
    here = Index(config, STATIC)
    with pytest.raises(ConfigError, match=r"Collection size.*exceeds limit of 1900.*higher quota") as error:
        here.sync(papers(2_500))
    assert "\n" not in str(error.value)
    again = Index(config, STATIC)
    assert len(again) == 1_800 and again.verify() == []


@pytest.mark.parametrize(
    ("key", "fix"), [("ck-some-other-key", "refuses access"), (None, "wants a key"), ("ck-two\nlines", "a character that no key has")]
)
def test_a_key_that_is_wrong_or_missing_is_named_with_the_fix_and_not_shown(config: Config, key: str | None, fix: str) -> None:
    told = {finding.name: finding.detail for finding in examine(load_config(chroma_api_key=key))}
    with pytest.raises(ConfigError, match=f"{fix}.*PAPERCHAT_CHROMA_API_KEY") as error:
        Index(load_config(chroma_api_key=key), STATIC)
    assert "ck-" not in str(error.value) + str(told)


# --- words


def _told(config: Config) -> str:
    return {finding.name: finding.detail for finding in examine(config)}["index"]


def test_words_are_searched_on_the_server_and_little_is_kept_here(config: Config, tmp_path: Path) -> None:
    there, here = Index(config, STATIC), Index(load_config(home=tmp_path / "local", chroma_url=None), STATIC)
    for side in (there, here):
        side.sync(papers(400))
    assert found(there, "number 17")[0] == "p17"
    assert _told(config) == f"400 papers on {URL}; the server searches words, too"
    kept = [sum(file.stat().st_size for file in side.lexical.folder.iterdir()) for side in (there, here)]
    assert kept[0] < kept[1] / 3


ASKED = [
    "which papers speed up dLLM decoding?",
    "merging fine-tuned models",
    "retrieval for long documents",
    "what does LocalLeap propose?",
    "speculative decoding for langauge models",
    "evaluating agents that use tools",
]


@pytest.mark.parametrize("question", ASKED)
def test_what_is_found_and_cited_is_as_with_an_index_of_our_own(asked_there: Assistant, assistant: Assistant, question: str) -> None:
    there, here = ([hit.paper for hit in asked.search(question, 20)] for asked in (asked_there, assistant))
    assert there[0] == here[0] and len(set(there) & set(here)) >= 18
    answers = [asked.query(question) for asked in (asked_there, assistant)]
    cited = [{citation.paper.title for citation in answer.citations} for answer in answers]
    assert len(cited[0] & cited[1]) >= 0.5 * len(cited[0] | cited[1]) > 0  # scores are standardised over 300 papers of each side, not 400
    assert answers[0].account and answers[0].corrected == answers[1].corrected


def test_terms_are_counted_as_with_an_index_of_our_own(asked_there: Assistant, assistant: Assistant) -> None:
    terms = ["diffus", "model", "languag", "the", "lora", "moe", "nowhereheld"]
    assert asked_there.index.lexical.document_frequencies(terms) == assistant.index.lexical.document_frequencies(terms)


@pytest.mark.parametrize(
    "filters", [Filters(since="2025-06"), Filters(min_authors=3, until="2025"), Filters(organisation="NVIDIA or FuriosaAI")]
)
def test_filters_hold_on_both_sides(asked_there: Assistant, assistant: Assistant, filters: Filters) -> None:
    there, here = ({hit.paper.paper_id for hit in asked.search("language models", 50, filters)} for asked in (asked_there, assistant))
    assert there == here and there


def test_authors_and_venues_filter_there_too(config: Config, elsewhere: Config) -> None:
    """The one machine adds, the other asks: what names and venues are found by goes over the server."""
    Index(config, STATIC).sync([
        Paper("a", "Gadgets pruned", "We prune gadgets.", authors=("Jane Doe", "Tomáš Kočiský"), venue="Journal of Gadgets"),
        Paper("b", "Gadgets merged", "We merge gadgets.", authors=("Rita Roe",), venue="Widget Letters"),
        Paper("c", "Gadgets counted", "We count gadgets."),
    ])  # fmt: skip
    asked = Assistant(elsewhere)

    def found(**filters: str) -> set[str]:
        return {hit.paper.paper_id for hit in asked.search("gadgets", 10, Filters(**filters))}  # type: ignore[arg-type]

    for name in ("doe, jane", "J. Doe", "kocisky", "Tomas Kočiský"):
        assert found(author=name) == {"a"}, name
    assert found(author="Roe or Doe") == {"a", "b"} and found(author="Nobody Known") == set()
    assert (
        found(venue="gadgets") == {"a"} and found(venue="letters", author="Roe") == {"b"} and found(venue="letters", author="Doe") == set()
    )
    answer = asked.query("papers by Rita Roe")
    assert [citation.paper.paper_id for citation in answer.citations] == ["b"]
    assert asked.index.lexical.page("gadgets", Filters(venue="widget"), "title", 0, 20)[0] == ["b"]


def test_the_corpus_page_lists_the_papers_that_hold_all_words(asked_there: Assistant, assistant: Assistant) -> None:
    for words, filters, order in [
        ("diffusion", Filters(), "title"),
        ("language model", Filters(since="2025"), "newest"),
        ("zymurgy", Filters(), "best"),
    ]:
        pages = [asked.index.lexical.page(words, filters, order, 0, 20) for asked in (asked_there, assistant)]
        assert pages[0] == pages[1]
    best = [asked.index.lexical.page("speculative decoding", Filters(), "best", 0, 10) for asked in (asked_there, assistant)]
    assert best[0][1] == best[1][1] and len(set(best[0][0]) & set(best[1][0])) >= 8


def test_one_machine_adds_and_another_asks(config: Config, elsewhere: Config) -> None:
    here, there = Index(config, STATIC), Index(elsewhere, STATIC)
    here.sync(papers(20))
    there.refresh()
    assert len(there) == 20 and found(there, "number 17")[0] == "p17"
    there.sync([Paper("x", "Title mangoes", "About mangoes.")])
    here.remove(["p3"])
    assert found(here, "mangoes") == ["x"] and "p3" not in found(here, "number 3")
    assert here.papers(["x"])[0].abstract == "About mangoes."
    for side in (here, there):
        side.refresh()
        assert len(side) == 20 and side.verify() == []


def test_papers_put_there_before_it_could_search_words_are_moved_by_a_reindex(config: Config) -> None:
    own = config.model_copy(update={"chroma_words": False})
    Index(own, STATIC).sync(papers(30))
    assert _told(own).endswith("words are searched in this machine's own index (this server could: PAPERCHAT_CHROMA_WORDS is false)")
    assert _told(config).endswith("(this server could: run `paperchat reindex`)")
    assert reindex(config, STATIC) == 30
    moved = Index(config, STATIC)
    assert _told(config) == f"30 papers on {URL}; the server searches words, too"
    assert found(moved, "number 17")[0] == "p17" and moved.verify() == []
    back = Index(own, STATIC)
    assert found(back, "number 17")[0] == "p17" and back.verify() == [] and back.lexical.forward.columns(np.array([0])).passages[0] > 1


def test_who_keeps_words_of_his_own_still_writes_them_for_the_others(config: Config, elsewhere: Config) -> None:
    there = Index(config, STATIC)
    there.sync(papers(5))
    own = Index(elsewhere.model_copy(update={"chroma_words": False}), STATIC)
    own.sync([Paper("x", "Title mangoes", "About mangoes.")])
    there.refresh()
    assert found(own, "mangoes") == found(there, "mangoes") == ["x"]


def test_a_process_that_begins_to_keep_words_of_its_own_disturbs_no_other_of_the_same_folder(config: Config) -> None:
    there = Index(config, STATIC)
    there.sync(papers(20))
    own = Index(config.model_copy(update={"chroma_words": False}), STATIC)
    there.sync([Paper("x", "Title mangoes", "About mangoes.")])
    for side in (own, there, Index(config, STATIC)):
        side.refresh()
        assert found(side, "mangoes") == ["x"] and side.papers(["x"]) and side.verify() == []


def test_another_database_is_not_taken_for_the_one_before(config: Config, chroma_cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    Index(config, STATIC).sync(papers(20))
    use(monkeypatch, chroma_cloud.settings())
    assert Index(load_config(), STATIC).sync(papers(20)).added == 20
    assert found(Index(config, STATIC), "number 17")[0] == "p17"


def test_what_is_removed_while_ids_are_read_is_seen(config: Config, elsewhere: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = Index(config, STATIC), Index(elsewhere, STATIC)
    here.sync(papers(30))
    there.refresh()
    here.remove(["p3"])
    meddling, read = [lambda: here.remove(["p9"])], ChromaStore.ids

    def ids(store: ChromaStore) -> list[str]:
        """What pages give between which another machine removes a paper: one is passed over, one that is gone is there."""
        found = read(store)
        if not meddling:
            return found
        meddling.pop()()
        return [paper_id for paper_id in found if paper_id != "p17"]

    monkeypatch.setattr(ChromaStore, "ids", ids)
    there.refresh()
    assert not meddling  # what was read then is not relied on
    there.refresh()
    assert len(there) == 28 and there.verify() == []


def test_conditions_that_are_too_many_for_a_request_hold_all_the_same(asked_there: Assistant, assistant: Assistant) -> None:
    many = Filters(organisation="NVIDIA or DeepMind or Google Research or Allen Institute for AI or Meta AI")
    there, here = ({hit.paper.paper_id for hit in asked.search("language models", 50, many)} for asked in (asked_there, assistant))
    assert there == here and there
    one = Filters(organisation="NVIDIA research lab of the whole world and beyond it")
    assert asked_there.search("language models", 5, one) == assistant.search("language models", 5, one) == []
    ids = [paper.paper_id for paper in assistant.index.all_papers()]
    assert len(asked_there.retriever.search("language models", 20, within=[*ids, *(f"none{n}" for n in range(1_500))])) == 20


def test_a_reindex_holds_the_lock_for_as_long_as_it_takes(config: Config, elsewhere: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = Index(config, STATIC), Index(elsewhere, STATIC)
    here.sync(papers(30))
    monkeypatch.setattr("rag.index.lease._SECONDS", 0)

    def add_meanwhile(done: int) -> None:
        there.sync([Paper("x", "Title mangoes", "About mangoes.")])

    with pytest.raises(IndexBusy, match="another process took over"):
        reindex(config, STATIC, add_meanwhile)
    here.refresh()
    assert here.generation == "g1" and found(here, "mangoes") == ["x"] and here.verify() == []
