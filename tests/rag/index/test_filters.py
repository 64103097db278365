"""Filters and the lexical index that applies them: what is refused, and reading while others write."""

import json
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from corpus import CorpusError, Paper, read
from rag.embedding import StaticEmbedder
from rag.errors import QuestionError
from rag.filters import Filters
from rag.index.entries import PaperEncoder
from rag.index.lexical.local import LexicalIndex
from rag.index.lexical.writer import LexicalWriter
from tests.cli.test_cli import paperchat

NONE = Filters()
ENCODER = PaperEncoder(StaticEmbedder())
WORDS = [f"term{letter * 3}" for letter in "abcdefgh"]


def papers() -> list[tuple[Paper, str]]:
    made = [Paper(f"p-{word}", f"{word}: a title", f"An abstract on {word}.", sources=("s",)) for word in WORDS]
    return [(paper, json.dumps(asdict(paper))) for paper in made]


def write(writer: LexicalWriter, pairs: list[tuple[Paper, str]]) -> None:
    written = [paper for paper, _ in pairs]
    writer.remove(paper.paper_id for paper in written)
    writer.add(written, [record for _, record in pairs], ENCODER.encode(written)[1])
    writer.commit()


def test_what_was_found_is_read_from_where_it_was_found(tmp_path: Path) -> None:
    lexical = LexicalIndex(tmp_path)
    writer = LexicalWriter(lexical)
    write(writer, papers())
    reading = lexical.records()
    records = [next(reading)]
    writer.clear()
    write(writer, [(Paper("new", "New", "Another one."), "{}")])
    records += reading
    writer.close()
    assert sorted(records) == sorted(record for _, record in papers())
    assert list(lexical.records()) == ["{}"] and lexical.ids() == {"new"}


def test_reading_while_writing_gives_the_papers_asked_for(tmp_path: Path) -> None:
    lexical, done, wrong = LexicalIndex(tmp_path), threading.Event(), list[str]()
    writer = LexicalWriter(lexical)
    write(writer, papers())

    def read() -> None:
        try:
            while not done.is_set():
                for word, (paper, record) in zip(WORDS, papers(), strict=True):
                    seen = (
                        lexical.search([(term, 1.0) for term in lexical.terms(word)], 3)[0][0],
                        lexical.page(word, NONE, "best", 0, 3)[0],
                        lexical.records_of([paper.paper_id]),
                        lexical.named(word),
                    )
                    if seen != (paper.paper_id, [paper.paper_id], {paper.paper_id: record}, {word: [paper.paper_id]}):
                        wrong.append(repr(seen))
        except Exception as error:
            wrong.append(repr(error))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for turn in range(40):  # the same papers in another order each time: their addresses change
        write(writer, papers()[turn % 8 :] + papers()[: turn % 8])
    done.set()
    for reader in readers:
        reader.join()
    writer.close()
    assert wrong == []


def test_an_empty_filter_is_none() -> None:
    assert not Filters(organisation="") and not Filters("", " ", "", None, None, "")
    assert Filters(since="").over(Filters(since="2024")) == Filters(since="2024")
    assert Filters(min_authors=0) and Filters(max_authors=1_000_000)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"since": 2024}, "since is int, expected text; write YYYY"),
        ({"until": 2024}, "until is int, expected text; write YYYY"),
        ({"organisation": ["NVIDIA"]}, "organisation is list, expected text"),
        ({"min_authors": True}, "min_authors is 'True'; write a whole number"),
        ({"min_authors": -1}, "min_authors is '-1'; write a whole number"),
        ({"max_authors": 2**70}, "max_authors is '.*' *; write a whole number"),
        ({"max_authors": 2.5}, "max_authors is '2.5'; write a whole number"),
        ({"max_authors": "3"}, "max_authors is '3'; write a whole number"),
    ],
)
def test_a_filter_that_is_none_is_a_one_line_error(given: dict[str, Any], said: str) -> None:
    with pytest.raises(QuestionError, match=said) as caught:
        Filters(**given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["made-up.jsonl", "--since", "2024-01-01"], "--since goes with --arxiv"),
        (["--arxiv", "cat:cs.CL", "--since", "abc"], "--since is 'abc'"),
        (["--arxiv", "cat:cs.CL", "--since", "2025-02-30"], "--since is '2025-02-30'"),
    ],
)
def test_since_is_for_arxiv_and_a_date(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = paperchat("add", *arguments, home=tmp_path / "home")
    assert done.returncode == 2 and said in " ".join(done.stderr.replace("│", " ").split())
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("count", [True, 0, -1, 2.5, 100_001, 10**30, "many", [3]])
def test_an_author_count_that_is_none_costs_no_paper(tmp_path: Path, count: object) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_text("\n".join(json.dumps({"title": "T", "abstract": "Text.", "author_count": c}) for c in (count, 100_000, None)))
    faults: list[CorpusError] = []
    assert [paper.author_count for paper in read(path, faults.append)] == [None, 100_000, None]
    assert not faults
