"""Papers out: one module a format, each the counterpart of a reader. Open `bibtex.py` first."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict

from corpus.paper import Paper
from corpus.writers.bibtex import Keys, bibtex_entry, to_bibtex
from corpus.writers.csl import csl_item
from corpus.writers.markdown import markdown_entry, web_link
from corpus.writers.ris import ris_entry
from corpus.writers.tables import safe, table_header, table_row

__all__ = ["FORMATS", "safe", "to_bibtex", "web_link", "written"]


def _jsonl(papers: Iterable[Paper]) -> Iterator[str]:
    return (json.dumps(asdict(paper), ensure_ascii=False) + "\n" for paper in papers)


def _bibtex(papers: Iterable[Paper]) -> Iterator[str]:
    keys = Keys()
    return (bibtex_entry(paper, keys) + "\n" for paper in papers)


def _table(papers: Iterable[Paper]) -> Iterator[str]:
    yield table_header()
    yield from map(table_row, papers)


def _csl(papers: Iterable[Paper]) -> Iterator[str]:
    before = "[\n"
    for paper in papers:
        yield before + csl_item(paper)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


FORMATS: dict[str, Callable[[Iterable[Paper]], Iterator[str]]] = {
    ".jsonl": _jsonl, ".bib": _bibtex, ".ris": lambda papers: map(ris_entry, papers), ".csv": _table, ".json": _csl,
    ".md": lambda papers: map(markdown_entry, papers),
}  # fmt: skip
"""File name ending -> papers as pieces of text."""


def written(papers: Iterable[Paper], ending: str) -> Iterator[str]:
    """The text of a file with that ending (`.bib`), a piece a paper. Raises KeyError for another ending."""
    return FORMATS[ending](papers)
