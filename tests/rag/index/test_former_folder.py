"""A folder that version 0.1.0 wrote before the wings were built: it opens as it is, without a reindex.

`folders/format_of_2025.zip` holds five made-up papers; `FORMAT` in it is 1.
"""

import shutil
from pathlib import Path

import pytest

from corpus import Paper
from rag import Assistant, Config, Filters, Index
from rag.embedding import Vectors, open_embedder

FOLDER = Path(__file__).parent / "folders" / "format_of_2025.zip"
NAMES = ("Grault", "Waldo", "Plugh", "Xyzzy", "Thud")


class Refusing:
    """The embedder that ships, for questions only: a paper that is embedded anew fails the test."""

    def __init__(self, config: Config) -> None:
        self._inner = open_embedder(config)

    @property
    def fingerprint(self) -> str:
        return self._inner.fingerprint

    def encode(self, texts: list[str]) -> Vectors:
        raise AssertionError(f"{len(texts)} papers are embedded anew")

    def encode_query(self, text: str) -> Vectors:
        return self._inner.encode_query(text)


@pytest.mark.local
def test_it_opens_without_embedding_a_paper_anew(config: Config) -> None:
    shutil.unpack_archive(FOLDER, config.home)
    before = (config.index_path / "FORMAT").read_text()
    index = Index(config, Refusing(config))
    assert sorted(paper.title for paper in index.all_papers()) == sorted(f"{name} networks" for name in NAMES)
    hits = Assistant(config, index=index).search("which network is called Plugh?", k=1)
    assert hits[0].paper.title == "Plugh networks" and hits[0].paper.published == "2024-03"
    assert [hit.paper.title for hit in Assistant(config, index=index).search("networks", filters=Filters(organisation="Quux Labs"))] == [
        "Grault networks"
    ]
    assert (config.index_path / "FORMAT").read_text() == before


@pytest.mark.local
def test_it_takes_new_papers_beside_the_old(config: Config) -> None:
    shutil.unpack_archive(FOLDER, config.home)
    index = Index(config, open_embedder(config))
    known = list(index.all_papers())
    report = index.sync([*known, Paper("new", "Corge networks", "We propose Corge, a network that listens.")])
    assert (report.added, report.unchanged) == (1, len(NAMES))
