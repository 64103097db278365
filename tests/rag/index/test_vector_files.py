"""Chroma's vector files: what a kill or another process's writing may do to them, and that nobody notices but by a line in the log."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from rag import Index, load_config
from rag.embedding import StaticEmbedder
from rag.index import reindex
from tests.doubles import killing
from tests.doubles.killing import Killer, papers

pytestmark = pytest.mark.local
_COUNT = 2_600
_FILES = ("data_level0.bin", "header.bin", "length.bin", "link_lists.bin", "index_metadata.pickle")


def _vector_file(home: Path, name: str) -> Path:
    [path] = (home / "index" / "g1" / "chroma").glob(f"*/{name}")
    return path


@dataclass(frozen=True)
class Torn:
    """An index of 2,600 papers, whose vector files Chroma wrote twice, with copies of them as they were at first."""

    home: Path
    before: Path

    def keep_old(self, name: str) -> None:
        """As when the second writing came to its end without this file."""
        shutil.copy(self.before / name, _vector_file(self.home, name))

    def cut(self, name: str) -> None:
        """As when it came only so far in this one."""
        path = _vector_file(self.home, name)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    def mark(self) -> None:
        """What the killed process leaves, besides."""
        (self.home / "index" / "g1" / "vectors.busy").touch()


@pytest.fixture(scope="module")
def embedder() -> StaticEmbedder:
    return StaticEmbedder()


@pytest.fixture(scope="module")
def written_twice(tmp_path_factory: pytest.TempPathFactory, embedder: StaticEmbedder) -> Torn:
    folder = tmp_path_factory.mktemp("torn")
    home, before = folder / "home", folder / "before"
    Index(load_config(home=home), embedder).sync(papers(1_200))
    before.mkdir()
    for name in _FILES:
        shutil.copy(_vector_file(home, name), before)
    Index(load_config(home=home), embedder).sync(papers(_COUNT))
    return Torn(home, before)


@pytest.fixture
def torn(written_twice: Torn, tmp_path: Path) -> Torn:
    return Torn(Path(shutil.copytree(written_twice.home, tmp_path / "home")), written_twice.before)


def _assert_whole(index: Index, embedder: StaticEmbedder) -> None:
    """Every paper is there on both sides, with the vector that is its own."""
    wanted = {paper.paper_id: paper for paper in papers(_COUNT)}
    assert {paper.paper_id: paper for paper in index.all_papers()} == wanted and index.verify() == []
    held = index.vectors(list(wanted))
    made = embedder.encode([f"{paper.title}. {paper.abstract}" for paper in wanted.values()])
    assert all(np.allclose(held[paper_id], vector, atol=1e-3) for paper_id, vector in zip(wanted, made, strict=True))
    assert index.nearest(embedder.encode_query("Paper number 7"), 10)


@pytest.mark.parametrize("name", ["data_level0.bin", "header.bin", "length.bin"])
def test_files_of_two_writings_are_made_anew(torn: Torn, embedder: StaticEmbedder, name: str) -> None:
    """Chroma takes some of these without a word, with wrong vectors, and dies of others."""
    torn.keep_old(name)
    torn.mark()
    told = list[int]()
    _assert_whole(Index(load_config(home=torn.home), embedder, told.append), embedder)
    assert sum(told) == _COUNT


@pytest.mark.parametrize("name", ["data_level0.bin", "index_metadata.pickle"])
def test_files_cut_in_the_middle_are_made_anew(torn: Torn, embedder: StaticEmbedder, name: str) -> None:
    torn.cut(name)
    torn.mark()
    _assert_whole(Index(load_config(home=torn.home), embedder), embedder)


def test_a_process_killed_before_it_wrote_anything_costs_one_check(
    torn: Torn, embedder: StaticEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    torn.mark()
    index = Index(load_config(home=torn.home), embedder)
    assert index.generation == "g1" and [record.message for record in caplog.records] == [
        "A process was killed while it used the index's vectors: checking them."
    ]
    caplog.clear()
    _assert_whole(Index(load_config(home=torn.home), embedder), embedder)
    assert not caplog.records


def test_papers_survive_damage_to_vectors_and_lexical_index_at_once(torn: Torn, embedder: StaticEmbedder) -> None:
    torn.keep_old("header.bin")
    torn.mark()
    (torn.home / "index" / "g1" / "lexical" / "meta.json").write_text("not JSON")
    _assert_whole(Index(load_config(home=torn.home), embedder), embedder)


def _damage_seen_by_chroma(torn: Torn) -> None:
    torn.cut("index_metadata.pickle")


def _damage_left_by_a_kill(torn: Torn) -> None:
    torn.keep_old("header.bin")
    torn.mark()


@pytest.mark.parametrize("damage", [_damage_seen_by_chroma, _damage_left_by_a_kill])
def test_reindex_reads_the_papers_past_damaged_vectors(torn: Torn, embedder: StaticEmbedder, damage: Callable[[Torn], None]) -> None:
    damage(torn)
    assert reindex(load_config(home=torn.home), embedder) == _COUNT
    _assert_whole(Index(load_config(home=torn.home), embedder), embedder)


def _opened_while_another_adds(folder: Path, count: int) -> None:
    """Opens the index in one process after another, as long as one adds to it; each has to end well."""
    home, killer = folder / "home", Killer(folder)
    killer.run(killing.add, home, 1_500)
    writer = killer.start(killing.add, home, count)
    opened = 0
    while writer.is_alive():
        reader = killer.start(killing.look, home)
        reader.join()
        assert reader.exitcode == 0
        opened += 1
    writer.join()
    assert writer.exitcode == 0 and opened > 1


def test_processes_that_open_an_index_while_another_adds_to_it_live(tmp_path: Path) -> None:
    _opened_while_another_adds(tmp_path, 5_000)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_processes_that_open_an_index_while_another_adds_40000_live(tmp_path: Path) -> None:
    _opened_while_another_adds(tmp_path, 40_000)
