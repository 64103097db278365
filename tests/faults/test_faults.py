"""What goes wrong in a long life: killed processes, full disks, read-only folders, two writers at once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant, Index, load_config
from rag.embedding import StaticEmbedder
from tests.doubles import killing
from tests.doubles.killing import Killer, papers


@pytest.fixture
def killer(tmp_path: Path) -> Killer:
    return Killer(tmp_path)


@pytest.fixture(scope="session")
def embedder() -> StaticEmbedder:
    return StaticEmbedder()


def _moments(duration: float, count: int) -> Iterator[float]:
    """Moments spread evenly over a little more than the work's duration."""
    return (duration * 1.05 * (i + 0.5) / count for i in range(count))


def _opened(home: Path, embedder: StaticEmbedder) -> Index:
    return Index(load_config(home=home), embedder)


def test_a_first_build_killed_at_six_moments_is_completed_by_the_next_start(
    tmp_path: Path, killer: Killer, embedder: StaticEmbedder
) -> None:
    acknowledged, duration = killer.run(killing.build, tmp_path / "whole")
    assert acknowledged == 372
    for number, moment in enumerate(_moments(duration, 6)):
        home = tmp_path / f"home{number}"
        killer.run(killing.build, home, seconds=moment)
        assistant = Assistant(load_config(home=home), embedder=embedder)
        assert len(assistant.index) == 372
        assert assistant.index.verify() == []
        assert assistant.search("speed up dLLM decoding", 1)


def _killed_while_adding(tmp_path: Path, killer: Killer, embedder: StaticEmbedder, count: int, moments: int) -> None:
    acknowledged, duration = killer.run(killing.add, tmp_path / "whole", count)
    assert acknowledged == count
    wanted = list(papers(count))
    for number, moment in enumerate(_moments(duration, moments)):
        home = tmp_path / f"home{number}"
        acknowledged, _ = killer.run(killing.add, home, count, seconds=moment)
        index = _opened(home, embedder)
        held = {paper.paper_id: paper for paper in index.all_papers()}
        assert all(held.get(paper.paper_id) == paper for paper in wanted[:acknowledged]), f"killed after {moment:.2f} s"
        assert index.verify() == []
        index.sync(wanted)
        assert sorted(index.all_papers(), key=lambda p: p.paper_id) == sorted(wanted, key=lambda p: p.paper_id)
        assert index.verify() == []
        shutil.rmtree(home)


def test_adding_killed_keeps_what_was_acknowledged_and_continues(tmp_path: Path, killer: Killer, embedder: StaticEmbedder) -> None:
    _killed_while_adding(tmp_path, killer, embedder, 2_600, 3)


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_adding_5000_killed_at_fifty_moments(tmp_path: Path, killer: Killer, embedder: StaticEmbedder) -> None:
    _killed_while_adding(tmp_path, killer, embedder, 5_000, 50)


def _copies(tmp_path: Path, embedder: StaticEmbedder, count: int, moments: int) -> Iterator[Path]:
    """Data folders that hold the same papers."""
    _opened(tmp_path / "first", embedder).sync(papers(count))
    for number in range(moments + 1):
        yield Path(shutil.copytree(tmp_path / "first", tmp_path / f"home{number}"))


def test_editing_killed_leaves_each_paper_old_or_new_on_both_sides(tmp_path: Path, killer: Killer, embedder: StaticEmbedder) -> None:
    old, new = ({p.paper_id: p for p in papers(1_500, edition)} for edition in ("first", "second"))
    homes = _copies(tmp_path, embedder, 1_500, 3)
    _, duration = killer.run(killing.add, next(homes), 1_500, "second")
    for home, moment in zip(homes, _moments(duration, 3), strict=True):
        killer.run(killing.add, home, 1_500, "second", seconds=moment)
        index = _opened(home, embedder)
        held = {paper.paper_id: paper for paper in index.all_papers()}
        assert held.keys() == old.keys()
        assert all(paper in (old[i], new[i]) for i, paper in held.items())
        assert index.verify() == []
        assert index.sync(new.values()).added == 0
        assert {paper.paper_id: paper for paper in index.all_papers()} == new


@pytest.mark.local
def test_reindexing_killed_leaves_the_old_index_or_the_new(tmp_path: Path, killer: Killer, embedder: StaticEmbedder) -> None:
    homes = _copies(tmp_path, embedder, 1_000, 3)
    _, duration = killer.run(killing.rebuild, next(homes))
    for home, moment in zip(homes, _moments(duration, 3), strict=True):
        killer.run(killing.rebuild, home, seconds=moment)
        index = _opened(home, embedder)
        assert sorted(p.paper_id for p in index.all_papers()) == sorted(p.paper_id for p in papers(1_000))
        assert index.verify() == []
        assert killer.run(killing.rebuild, home)[0] == 1_000
        index.refresh()
        assert len(index) == 1_000 and index.nearest(embedder.encode_query("Paper number 7"), 1)


@pytest.mark.local
def test_vector_files_cut_short_are_made_anew_from_the_papers(tmp_path: Path, embedder: StaticEmbedder) -> None:
    """What a kill in the middle of Chroma's own writing leaves behind, now and then."""
    home = tmp_path / "home"
    index = _opened(home, embedder)
    index.seed("made-up", lambda: papers(2_000))
    [state] = home.rglob("index_metadata.pickle")
    state.write_bytes(state.read_bytes()[:-10])
    again = _opened(home, embedder)
    assert len(again) == 2_000 and again.verify() == []
    assert again.nearest(embedder.encode_query("Paper number 7"), 1)
    assert again.seed("made-up", lambda: papers(3_000)).added == 0
    assert again.revision > index.revision


@pytest.mark.parametrize("damage", ["meta.json", "*.store", "*.term", "*.idx"])
def test_a_damaged_lexical_index_is_made_anew_from_chroma(tmp_path: Path, embedder: StaticEmbedder, damage: str) -> None:
    home = tmp_path / "home"
    _opened(home, embedder).sync(papers(20))
    for file in (home / "index" / "g1" / "lexical").glob(damage):
        file.write_bytes(b"x" * 100)
    again = _opened(home, embedder)
    assert again.verify() == [] and len(again.lexical) == 20
