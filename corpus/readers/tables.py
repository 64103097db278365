"""CSV and TSV files with a header row."""

import csv
from collections.abc import Iterator
from typing import Any

from corpus.paper import Paper
from corpus.readers.records import CorpusError, OnError, paper_of_record
from corpus.readers.streams import Limits, Member, text_lines

_FIELDS = {
    "paper_id": ("paper_id", "id", "arxiv_id", "doi"),
    "doi": ("doi",),
    "title": ("title", "paper_title", "article title"),
    "abstract": ("abstract", "summary"),
    "published": ("published", "date", "publication date", "publication year", "year"),
    "organisation": ("organisation", "organization"),
    "author_count": ("author_count",),
    "authors": ("authors", "author"),
    "url": ("url", "link"),
}


def _columns(header: list[str], source: str) -> dict[str, int]:
    """Field -> column, by the header's words. Raises CorpusError without a title or an abstract."""
    at = {name.strip().lower(): position for position, name in reversed(list(enumerate(header)))}
    columns = {field: at[name] for field, options in _FIELDS.items() for name in reversed(options) if name in at}
    if missing := [field for field in ("title", "abstract") if field not in columns]:
        raise CorpusError(source, 1, f"the header row has no column {' and no column '.join(map(repr, missing))}")
    return columns


def read_table(member: Member, on_error: OnError, limits: Limits) -> Iterator[Paper]:
    """Papers of a CSV (or .tsv) file, streamed; columns are told by the header, in any order.

    A quoted field may span lines. Raises CorpusError when the header lacks a title or an
    abstract, or when the text is not UTF-8.
    """
    reached = 0

    def counted() -> Iterator[str]:
        nonlocal reached
        for number, line in text_lines(member, on_error, limits):
            reached = number
            yield line

    rows = csv.reader(counted(), delimiter="\t" if member.name.lower().endswith(".tsv") else ",")
    columns: dict[str, int] = {}
    while True:
        number = reached + 1
        try:
            row = next(rows, None)
            if row is None:
                return
            if not columns:
                columns = _columns(row, member.source)
            elif any(row):
                yield paper_of_record(_record(row, columns), member.source)
        except (csv.Error, ValueError) as error:
            on_error(CorpusError(member.source, number, str(error)))


def _record(row: list[str], columns: dict[str, int]) -> dict[str, Any]:
    return {field: row[column] for field, column in columns.items() if column < len(row)}
