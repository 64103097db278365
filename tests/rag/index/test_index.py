"""The index: what sync does, what survives, what is refused, and what a second process sees."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from corpus import Paper, read_page, shipped
from rag import Assistant, Config, Filters, Index, Report, load_config
from rag.embedding import Embedder, StaticEmbedder, Vectors, open_embedder
from rag.errors import ConfigError, EmbedderChanged, IndexBusy, IndexTooNew
from rag.index import reindex
from tests.doubles.chroma_server import settings
from tests.doubles.commands import paperchat
from tests.doubles.openai import FakeOpenAI

PAPERS = [
    Paper(f"p{i}", f"Title {word}", f"An abstract about {word} and nothing else.") for i, word in enumerate(["apples", "pears", "plums"])
]


class Counting:
    """An embedder that counts the texts it was given."""

    def __init__(self, inner: Embedder) -> None:
        self._inner, self.texts = inner, 0

    @property
    def fingerprint(self) -> str:
        return self._inner.fingerprint

    def encode(self, texts: list[str]) -> Vectors:
        self.texts += len(texts)
        return self._inner.encode(texts)

    def encode_query(self, text: str) -> Vectors:
        return self._inner.encode_query(text)


@pytest.fixture
def embedder() -> Counting:
    return Counting(StaticEmbedder())


@pytest.fixture
def index(config: Config, embedder: Counting) -> Index:
    return Index(config, embedder)


def found(index: Index, text: str) -> list[str]:
    return [i for i, _ in index.lexical.search([(t, 1.0) for t in index.lexical.terms(text)], 10)]


def test_sync_embeds_only_what_is_new_or_changed(index: Index, embedder: Counting) -> None:
    assert index.sync(PAPERS) == Report(added=3)
    assert embedder.texts == 3
    assert index.sync(PAPERS) == Report(unchanged=3)
    assert embedder.texts == 3
    edited = replace(PAPERS[0], abstract="Now about cherries.")
    assert index.sync([edited, *PAPERS[1:]]) == Report(changed=1, unchanged=2)
    assert embedder.texts == 4
    assert found(index, "cherries") == ["p0"] and set(found(index, "abstract")) == {"p1", "p2"}
    assert index.papers(["p0"])[0].abstract == "Now about cherries."
    assert index.nearest(embedder.encode_query("cherries"), 1)[0][0] == "p0"
    assert index.verify() == []


def test_removed_papers_are_gone_from_both_sides(index: Index, embedder: Counting) -> None:
    index.sync(PAPERS)
    assert index.remove(["p1", "unknown"]) == 1
    assert len(index) == 2 and index.papers(["p1"]) == []
    assert found(index, "pears") == []
    assert "p1" not in [i for i, _ in index.nearest(embedder.encode_query("pears"), 3)]
    assert index.verify() == []


def test_a_title_that_differs_in_case_and_punctuation_is_the_same_paper(index: Index) -> None:
    index.sync([Paper("a", "Big Nets: A Study", "Short text.", sources=("one",))])
    report = index.sync([Paper("b", "big nets - a STUDY", "A much longer text of the same.", published="2025-01-02", sources=("two",))])
    assert (report.added, report.changed, len(index)) == (0, 1, 1)
    (paper,) = index.all_papers()
    assert (paper.paper_id, paper.published, paper.sources) == ("a", "2025-01-02", ("one", "two"))
    assert paper.abstract == "A much longer text of the same."


def test_first_use_indexes_what_ships_and_later_starts_index_nothing(config: Config, embedder: Counting) -> None:
    done: list[int] = []
    assistant = Assistant(config, embedder=embedder, progress=done.append)
    assert len(assistant.index) == 372 and sum(done) == 372
    before = embedder.texts
    again = Assistant(config, embedder=embedder, progress=done.append)
    assert len(again.index) == 372 and embedder.texts == before and sum(done) == 372


def test_adding_the_shipped_pages_again_changes_nothing(config: Config) -> None:
    assistant = Assistant(config)
    for page in shipped():
        report = assistant.add(read_page(page))
        assert (report.added, report.changed) == (0, 0)
    assert len(assistant.index) == 372


def test_what_ships_does_not_come_back_after_it_was_removed(config: Config) -> None:
    assistant = Assistant(config)
    assistant.index.remove([p.paper_id for p in assistant.index.all_papers()])
    assert len(Assistant(config).index) == 0
    assert Assistant(config).query("LoRA").abstained


# --- embedders


def test_another_embedder_is_refused_with_the_fix_and_reindexing_is_the_fix(config: Config, index: Index) -> None:
    index.sync(PAPERS)
    with FakeOpenAI() as server:
        other = load_config(embed_model="openai:text-embedding-3-small", openai_base_url=server.url, llm_retries=0)
        with pytest.raises(EmbedderChanged, match="paperchat reindex"):
            Index(other, open_embedder(other))
        assert [p.paper_id for p in Index(config, StaticEmbedder()).all_papers()] == ["p0", "p1", "p2"]
        assert reindex(other, open_embedder(other)) == 3
        swapped = Index(other, open_embedder(other))
        assert {p.paper_id for p in swapped.all_papers()} == {"p0", "p1", "p2"}
        assert swapped.verify() == []
        sent = [r for r in server.requests if r.path.endswith("/embeddings")]
        assert sent and all(r.body["model"] == "text-embedding-3-small" for r in sent)
        assert Assistant(other, index=swapped).search("pears", 1)[0].paper.paper_id == "p1"
    with pytest.raises(EmbedderChanged):
        Index(config, StaticEmbedder())


def test_an_embedder_that_fails_is_a_one_line_error_without_the_key() -> None:
    from rag.errors import ModelError
    from tests.doubles.openai import Reply

    with FakeOpenAI() as server:
        server.always("/embeddings", Reply(status=401, error="bad key sk-secret"))
        config = load_config(embed_model="openai:m", openai_base_url=server.url, openai_api_key="sk-secret", llm_retries=0)
        with pytest.raises(ModelError) as error:
            open_embedder(config).encode(["text"])
    assert "sk-secret" not in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["nonsense", "openai:", "static:x"])
def test_an_embedder_that_does_not_exist_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match="PAPERCHAT_EMBED_MODEL"):
        open_embedder(load_config(embed_model=name))


# --- other processes


def _python(code: str, home: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={"PAPERCHAT_HOME": str(home), "PATH": "", **settings()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


HOLD = """
import sys
from rag.config import load_config
from rag.embedding import StaticEmbedder
from rag.index import Index
index = Index(load_config(), StaticEmbedder())
with index._opened.writing():
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_one_writer_at_a_time_and_readers_are_not_blocked(home: Path, index: Index) -> None:
    index.sync(PAPERS)
    with _python(HOLD, home) as other:
        assert other.stdout and other.stdout.readline().strip() == "held"
        with pytest.raises(IndexBusy, match="another process is writing"):
            index.sync([replace(PAPERS[0], abstract="x")])
        assert found(index, "pears") == ["p1"]
        assert len(list(Index(load_config(), StaticEmbedder()).all_papers())) == 3
        other.communicate("\n", timeout=30)
    assert index.sync([replace(PAPERS[0], abstract="Free again.")]).changed == 1


ADD = """
from corpus import Paper
from rag.config import load_config
from rag.embedding import StaticEmbedder
from rag.index import Index
Index(load_config(), StaticEmbedder()).sync([Paper("new", "Title mangoes", "About mangoes.")])
"""


def test_a_reader_sees_what_another_process_wrote(home: Path, config: Config) -> None:
    reader = Assistant(config)
    assert not any(h.paper.paper_id == "new" for h in reader.search("mangoes", 5))
    with _python(ADD, home) as other:
        assert other.wait(60) == 0
    assert reader.search("mangoes", 1)[0].paper.paper_id == "new"
    assert "new" in [i for i, _ in reader.index.nearest(StaticEmbedder().encode_query("mangoes"), 3)]


# --- damage


def test_a_newer_layout_is_refused_with_the_fix(home: Path, index: Index) -> None:
    index.sync(PAPERS)
    (home / "index" / "FORMAT").write_text("99")
    with pytest.raises(IndexTooNew, match="upgrade"):
        Index(load_config(), StaticEmbedder())


def test_a_lost_lexical_index_is_rebuilt_from_chroma(home: Path, index: Index) -> None:
    import shutil

    index.sync(PAPERS)
    shutil.rmtree(index.lexical.folder)
    again = Index(load_config(), StaticEmbedder())
    assert again.verify() == [] and found(again, "pears") == ["p1"]


@pytest.mark.local
def test_a_corrupted_chroma_file_is_one_line_and_every_paper_is_saved(home: Path, index: Index) -> None:
    index.sync(PAPERS)
    file = next((home / "index").rglob("chroma.sqlite3"))
    file.write_bytes(b"x" * 4096 + file.read_bytes()[4096:])
    opened = paperchat("list", environment={"PAPERCHAT_HOME": str(home), "PATH": "", **settings()})
    assert opened.returncode == 0
    assert opened.stderr.count("Chroma's database is damaged or gone") == 1 and "Traceback" not in opened.stderr, opened.stderr
    assert {"p0", "p1", "p2"} <= {paper.paper_id for paper in Index(load_config(), StaticEmbedder()).all_papers()}


def test_a_data_folder_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(ConfigError, match="PAPERCHAT_HOME"):
        Index(load_config(home=file), StaticEmbedder())


def test_filters_on_every_field(index: Index) -> None:
    index.sync([Paper("x", "T", "A.", "2024-05", "Big Lab", 7, sources=("s",)), *PAPERS])
    for filters in (
        Filters(since="2024-05"),
        Filters(until="2024-05"),
        Filters(organisation="big lab"),
        Filters(min_authors=7, max_authors=7),
        Filters(source="s"),
    ):
        assert index.matching(filters, 10) == (["x"], 1)
    for filters in (
        Filters(since="2024-05-02"),
        Filters(until="2024-05-30"),
        Filters(organisation="big house"),
        Filters(max_authors=6),
        Filters(source="t"),
    ):
        assert index.matching(filters, 10) == ([], 0)
