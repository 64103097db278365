"""Papers known under several ids: one paper, whichever of them it comes under, in one file or years apart."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from corpus import Paper, read, unique
from rag import Config, Index
from rag.embedding import StaticEmbedder
from rag.export import export
from rag.index import Report

PREPRINT = Paper(
    "arxiv:2401.00001", "Big Nets", "We make nets bigger.", "2024-01-02", sources=("preprints",), aliases=("doi:10.1234/big.1",)
)
PUBLISHED = Paper("doi:10.1234/big.1", "Bigger Networks: The Journal Version", "We make nets much bigger.", sources=("journal",))


@pytest.fixture
def index(config: Config) -> Index:
    return Index(config, StaticEmbedder())


def _only(index: Index) -> Paper:
    [paper] = index.all_papers()
    assert index.verify() == []
    return paper


def _read(folder: Path, name: str, text: str) -> Paper:
    (folder / name).write_text(text)
    [paper] = read(folder / name)
    return paper


def test_every_format_keeps_the_ids_that_it_gives(tmp_path: Path) -> None:
    words = {"title": "Big Nets", "abstract": "We make nets bigger."}
    snapshot = {"id": "2401.00001", "doi": "10.1234/BIG.1", "versions": [], "categories": "cs.LG", **words}
    bib = "@article{a, title={Big Nets}, abstract={We make nets bigger.}, eprint={2401.00001}, doi={10.1234/big.1}}"
    ris = "TY  - JOUR\nTI  - Big Nets\nAB  - We make nets bigger.\nDO  - 10.1234/big.1\nUR  - https://arxiv.org/abs/2401.00001\nER  - \n"
    found = [
        _read(tmp_path, "a.jsonl", json.dumps({"id": "arxiv:2401.00001", "doi": "https://doi.org/10.1234/big.1", **words})),
        _read(tmp_path, "b.jsonl", json.dumps(snapshot)),
        _read(tmp_path, "c.bib", bib),
        _read(tmp_path, "d.csv", 'id,doi,title,abstract\narxiv:2401.00001,10.1234/big.1,Big Nets,"We make nets bigger."\n'),
        _read(tmp_path, "e.ris", ris),
    ]
    both = {"arxiv:2401.00001", "doi:10.1234/big.1"}
    assert all({paper.paper_id, *paper.aliases} == both for paper in found)
    assert [paper.paper_id for paper in found[:4]] == ["arxiv:2401.00001"] * 4 and found[4].paper_id == "doi:10.1234/big.1"


def test_an_id_of_a_file_of_its_own_is_no_alias(tmp_path: Path) -> None:
    """Row 17 of one table is not row 17 of another."""
    paper = _read(tmp_path, "a.jsonl", json.dumps({"paper_id": "arxiv:2401.00001", "id": 17, "title": "T", "abstract": "A."}))
    assert paper.aliases == ()


def test_a_paper_retitled_by_its_journal_is_the_same_paper(index: Index) -> None:
    index.sync([PREPRINT])
    assert index.sync([PUBLISHED]) == Report(changed=1)
    held = _only(index)
    assert (held.paper_id, held.title, held.abstract) == (PREPRINT.paper_id, PUBLISHED.title, PUBLISHED.abstract)
    assert held.sources == ("preprints", "journal") and held.published == "2024-01-02"
    assert index.sync([PUBLISHED]) == Report(unchanged=1)


def test_a_preprint_that_names_a_paper_already_held_is_that_paper(index: Index) -> None:
    index.sync([PUBLISHED])
    assert index.sync([PREPRINT]).added == 0
    assert _only(index).paper_id == PUBLISHED.paper_id and _only(index).aliases == (PREPRINT.paper_id,)
    retitled = replace(PREPRINT, title="Nets, Third Edition", aliases=())
    assert index.sync([retitled]) == Report(changed=1) and _only(index).title == "Nets, Third Edition"


def test_an_id_met_under_the_same_title_is_remembered(index: Index) -> None:
    index.sync([replace(PREPRINT, aliases=())])
    index.sync([replace(PUBLISHED, title="BIG nets!")])
    index.sync([PUBLISHED])
    assert _only(index).paper_id == PREPRINT.paper_id and _only(index).title == PUBLISHED.title


@pytest.mark.parametrize("papers", [[PREPRINT, PUBLISHED], [PUBLISHED, PREPRINT]])
def test_in_one_file_the_order_does_not_matter(index: Index, papers: list[Paper]) -> None:
    assert len(unique(papers)) == 1
    index.sync([PUBLISHED])
    assert index.sync(papers).added == 0
    assert _only(index).paper_id == PUBLISHED.paper_id and _only(index).aliases == (PREPRINT.paper_id,)
    index.sync(papers)  # their titles differ: now the first one's counts, since neither record alone is what is held
    assert index.sync(papers) == Report(unchanged=2)


def test_of_papers_that_are_still_on_their_way_ids_are_known_too(index: Index) -> None:
    """Batches are planned before the ones ahead of them are written."""
    others = [Paper(f"p{n}", f"Paper {n} of many", f"Text {n}.") for n in range(6_000)]
    assert index.sync([PREPRINT, *others, PUBLISHED]).added == 6_001
    [paper] = index.papers([PREPRINT.paper_id])
    assert paper.title == PUBLISHED.title


def test_an_alias_that_both_have_says_nothing(index: Index) -> None:
    """Papers of one volume may all bear the volume's DOI."""
    volume = ("doi:10.1234/volume",)
    papers = [Paper(f"arxiv:2401.0000{n}", f"Paper {n} of a volume", f"Text {n}.", aliases=volume) for n in range(3)]
    assert len(unique(papers)) == 3 and index.sync(papers).added == 3
    assert index.sync(papers) == Report(unchanged=3)


def test_a_paper_is_removed_by_any_of_its_ids(index: Index) -> None:
    index.sync([PREPRINT])
    assert index.remove([PUBLISHED.paper_id]) == 1 and len(index) == 0
    assert index.sync([PUBLISHED]).added == 1


def test_aliases_survive_an_export(index: Index, tmp_path: Path) -> None:
    index.sync([PREPRINT])
    export(index, tmp_path / "all.jsonl")
    assert list(read(tmp_path / "all.jsonl")) == [PREPRINT]
