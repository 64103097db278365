"""The papers in Chroma Cloud: its quotas, its silent cuts, its keys. See tests/fake_cloud.py for where these were read."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from corpus import Paper
from rag import Assistant, Config, Filters, Index, load_config
from rag.doctor import examine
from rag.embedding import StaticEmbedder
from rag.errors import ConfigError
from rag.index import reindex
from tests.chroma_server import ChromaServer
from tests.fake_cloud import KEY, URL, FakeCloud, running
from tests.killing import papers

STATIC = StaticEmbedder()


@pytest.fixture
def cloud(chroma_server: ChromaServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCloud]:
    """A tenant of its own for each test; every request to Cloud comes here."""
    made = FakeCloud(chroma_server.url, chroma_server.new_database(), most_papers=1_900)
    with running(made) as address:
        monkeypatch.setenv("HTTP_PROXY", address)
        yield made


@pytest.fixture
def config(home: Path, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch) -> Config:
    """The settings that README names: an address and a key."""
    monkeypatch.setenv("PAPERCHAT_CHROMA_URL", URL)
    monkeypatch.setenv("PAPERCHAT_CHROMA_API_KEY", KEY)
    monkeypatch.delenv("PAPERCHAT_CHROMA_DATABASE", raising=False)
    return load_config()


@pytest.fixture
def elsewhere(config: Config, tmp_path: Path) -> Config:
    """Another machine's settings."""
    return config.model_copy(update={"home": tmp_path / "elsewhere"})


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


@pytest.mark.parametrize("text", ["Long words of one author. " * 400, "長い著者名の論文。" * 900])
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


@pytest.mark.parametrize(("key", "fix"), [("ck-some-other-key", "refuses access"), (None, "wants a key")])
def test_a_key_that_is_wrong_or_missing_is_named_with_the_fix_and_not_shown(config: Config, key: str | None, fix: str) -> None:
    told = {finding.name: finding.detail for finding in examine(load_config(chroma_api_key=key))}
    with pytest.raises(ConfigError, match=f"{fix}.*PAPERCHAT_CHROMA_API_KEY") as error:
        Index(load_config(chroma_api_key=key), STATIC)
    assert "ck-" not in str(error.value) + str(told)


def test_words_are_searched_on_the_server(config: Config) -> None:
    here = Index(config, STATIC)
    here.sync(papers(40))
    assert [i for i, _ in here.lexical.search([(term, 1.0) for term in here.lexical.terms("number 17")], 1)] == ["p17"]
    told = {finding.name: finding.detail for finding in examine(config)}["index"]
    assert told == f"40 papers on {URL}; the server searches words, too"
