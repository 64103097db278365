"""The index on a Chroma server: the behaviour it has on a local one, and what several processes see of each other."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from corpus import Paper
from rag import Assistant, Config, Filters, Index, load_config
from rag.doctor import examine
from rag.embedding import StaticEmbedder
from rag.errors import ConfigError, EmbedderChanged, IndexBusy, IndexUnreachable
from rag.index import reindex
from rag.index.chroma.connection import server
from rag.index.lease import Lease
from tests.doubles.chroma_server import ChromaServer, use
from tests.doubles.commands import paperchat
from tests.doubles.killing import papers
from tests.rag.index.test_index import (  # noqa: F401 (the same tests and their fixtures, over a server)
    embedder,
    found,
    index,
    test_a_lost_lexical_index_is_rebuilt_from_chroma,
    test_a_title_that_differs_in_case_and_punctuation_is_the_same_paper,
    test_adding_the_shipped_pages_again_changes_nothing,
    test_filters_on_every_field,
    test_first_use_indexes_what_ships_and_later_starts_index_nothing,
    test_removed_papers_are_gone_from_both_sides,
    test_sync_embeds_only_what_is_new_or_changed,
    test_what_ships_does_not_come_back_after_it_was_removed,
)

STATIC = StaticEmbedder()


@pytest.fixture
def config(home: Path, chroma_server: ChromaServer, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Settings of this test: a data folder and a database of its own."""
    use(monkeypatch, chroma_server.settings())
    return load_config()


def _python(config: Config, code: str) -> "subprocess.Popen[str]":
    settings = {
        "PAPERCHAT_HOME": str(config.home),
        "PAPERCHAT_CHROMA_URL": str(config.chroma_url),
        "PAPERCHAT_CHROMA_DATABASE": config.chroma_database,
        "PATH": "",
    }
    start = "import sys; from rag import Index, load_config; from rag.embedding.embedders import StaticEmbedder; from tests.doubles.killing import papers; "
    start += "index = Index(load_config(), StaticEmbedder())\n"
    return subprocess.Popen(
        [sys.executable, "-c", start + code],
        env=settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )


def test_one_process_adds_and_another_asks(config: Config, elsewhere: Config) -> None:
    assistant = Assistant(config)
    assert not assistant.search("words of 17", 1)[0].paper.paper_id.startswith("p17")
    with _python(elsewhere, "index.sync(papers(40)); index.remove(['p3'])") as other:
        assert other.wait(60) == 0
    assert assistant.search("Paper number 17", 1)[0].paper.paper_id == "p17"
    assert len(assistant.index) == 372 + 39
    assert assistant.index.verify() == []
    assert assistant.search("Paper number 3", 1, Filters(source="made-up"))[0].paper.paper_id != "p3"


def test_both_write_in_turn_and_both_see_everything(config: Config, elsewhere: Config) -> None:
    here, there = Index(config, STATIC), Index(elsewhere, STATIC)
    here.sync(papers(20))
    assert there.sync([Paper("x", "Title mangoes", "About mangoes."), *papers(20)]).unchanged == 20
    assert here.sync([replace(p, abstract="Edited here.") for p in list(papers(20))[:5]]).changed == 5
    for side in (here, there):
        side.refresh()
        assert len(side) == 21 and found(side, "mangoes") == ["x"] and len(found(side, "edited")) == 5
        assert side.verify() == []


HOLD = "with index._opened.writing():\n    print('held', flush=True)\n    sys.stdin.readline()"


def test_one_writer_at_a_time_on_all_machines(config: Config, elsewhere: Config) -> None:
    here = Index(config, STATIC)
    with _python(elsewhere, HOLD) as other:
        assert other.stdout and other.stdout.readline().strip() == "held"
        with pytest.raises(IndexBusy, match="another process is writing"):
            here.sync(papers(1))
        assert found(here, "words") == []
        other.communicate("\n", timeout=30)
    assert here.sync(papers(1)).added == 1


def test_a_killed_writer_is_succeeded_at_once(config: Config, elsewhere: Config) -> None:
    here = Index(config, STATIC)
    with _python(elsewhere, HOLD) as other:
        assert other.stdout and other.stdout.readline().strip() == "held"
        other.kill()
    assert here.sync(papers(3)).added == 3


def test_reindexing_is_followed_by_the_other_processes(config: Config, elsewhere: Config) -> None:
    here, there = Index(config, STATIC), Index(elsewhere, STATIC)
    here.sync(papers(30))
    for generation in ("g2", "g3", "g4"):
        assert reindex(config, STATIC) == 30
        there.refresh()
        assert (there.generation, len(there), there.verify()) == (generation, 30, [])
    late = Index(config.model_copy(update={"home": config.home / "late"}), STATIC)
    assert (late.generation, len(late)) == ("g4", 30)
    here.refresh()
    assert here.sync(papers(31)).added == 1
    there.refresh()
    assert len(there) == 31


def test_the_papers_of_the_folder_itself_outlive_reindexing_on_a_server(config: Config) -> None:
    own = config.model_copy(update={"chroma_url": None})
    Index(own, STATIC).sync(papers(5))
    assert reindex(own, STATIC) == 5
    Index(config, STATIC).sync(papers(3))
    for generation in ("g2", "g3"):
        assert reindex(config, STATIC) == 3
        assert (Index(config, STATIC).generation, len(Index(config, STATIC))) == (generation, 3)
    held = Index(own, STATIC)
    assert (held.generation, len(held), held.verify()) == ("g2", 5, [])


def test_a_lock_that_was_taken_is_not_given_back_by_who_lost_it(config: Config, tmp_path: Path) -> None:
    connection = server(config)
    client = connection.client
    lost = Lease(client, 1, tmp_path / "one")
    client.delete_collection("paperchat-writer-1")
    held = Lease(client, 1, tmp_path / "other")
    lost.release()
    held.renew()
    held.release()
    with pytest.raises(IndexBusy, match="took over"):
        held.renew()
    connection.close()


class _Other(StaticEmbedder):
    fingerprint = "other"  # type: ignore[assignment]


def test_another_embedder_is_refused(config: Config, elsewhere: Config) -> None:
    Index(config, STATIC).sync(papers(3))
    with pytest.raises(EmbedderChanged, match="paperchat reindex"):
        Index(elsewhere, _Other())


def test_a_server_that_goes_in_the_middle_is_one_line_and_adding_continues(home: Path, tmp_path: Path) -> None:
    (tmp_path / "chroma").mkdir()
    chroma = ChromaServer(tmp_path / "chroma").start()
    config = load_config(chroma_url=chroma.url, chroma_database="default_database")
    wanted, acknowledged = list(papers(4_500)), list[int]()
    first = Index(config, STATIC)

    def stop_after_the_first(done: int) -> None:
        acknowledged.append(done)
        chroma.stop()

    try:
        with pytest.raises(IndexUnreachable, match="does not answer") as error:
            first.sync(wanted, stop_after_the_first)
        assert "\n" not in str(error.value)
        with pytest.raises(IndexUnreachable):
            Index(config, STATIC)
        chroma.start()
        again = Index(config, STATIC)
        held = {paper.paper_id for paper in again.all_papers()}
        assert {paper.paper_id for paper in wanted[: sum(acknowledged)]} <= held
        assert again.verify() == []
        assert again.sync(wanted).added == 4_500 - len(held)
        first.refresh()
        assert len(first) == 4_500 and first.verify() == []
        assert len(again) == 4_500 and again.verify() == []
    finally:
        chroma.stop()


def test_a_server_that_falls_silent_is_one_line_and_adding_continues(home: Path, tmp_path: Path) -> None:
    (tmp_path / "chroma").mkdir()
    chroma = ChromaServer(tmp_path / "chroma").start()
    config = load_config(chroma_url=chroma.url, chroma_database="default_database", chroma_api_key=None, chroma_timeout=1.0)
    try:
        index = Index(config, STATIC)
        index.sync(papers(20))
        chroma.pause()
        for call in (lambda: index.sync(papers(40)), lambda: Index(config, STATIC)):
            with pytest.raises(IndexUnreachable, match="does not answer") as error:
                call()
            assert "\n" not in str(error.value)
        chroma.resume()
        again = Index(config, STATIC)
        assert again.sync(papers(40)).unchanged >= 20
        assert len(again) == 40 and again.verify() == []
    finally:
        chroma.resume()
        chroma.stop()


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host", "http://"])
def test_an_address_that_is_none_is_named_with_the_fix(home: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="PAPERCHAT_CHROMA_URL"):
        Index(load_config(chroma_url=url), STATIC)


def test_a_database_that_is_not_there_is_one_line_with_the_fix(config: Config) -> None:
    with pytest.raises(ConfigError, match=r"Database \[nowhere\] not found.*set PAPERCHAT_CHROMA_DATABASE"):
        Index(config.model_copy(update={"chroma_database": "nowhere"}), STATIC)


def test_doctor_says_where_words_are_searched(config: Config) -> None:
    Index(config, STATIC).sync(papers(3))
    told = {finding.name: finding.detail for finding in examine(config)}["index"]
    assert told.startswith(f"3 papers on {config.chroma_url}; words are searched in this machine's own index (this server cannot")


def test_on_the_command_line(config: Config) -> None:
    settings = {"PAPERCHAT_HOME": str(config.home), "PAPERCHAT_CHROMA_URL": str(config.chroma_url), "PATH": ""}
    settings["PAPERCHAT_CHROMA_DATABASE"] = config.chroma_database
    done = paperchat("search", "-k", "1", "--json", "speed up dLLM decoding", environment=settings)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["paper"]["title"]
    doctor = paperchat("doctor", "--verify", environment=settings)
    assert doctor.returncode == 0 and f"372 papers on {config.chroma_url}" in doctor.stdout, doctor.stdout
    down = paperchat("search", "x", environment=settings | {"PAPERCHAT_CHROMA_URL": "http://127.0.0.1:9"})
    assert down.returncode == 1 and len(down.stderr.strip().splitlines()) == 1 and "does not answer" in down.stderr
