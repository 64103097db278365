"""CSV and TSV files with a header row, as spreadsheets and reference managers write them."""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from corpus.paper import Paper
from corpus.readers.cells import literal_list, texts_of
from corpus.readers.ids import arxiv_id, global_id
from corpus.readers.records import CorpusError, OnError, paper_of_record, refusal
from corpus.readers.streams import Limits, Member, text_lines

SEPARATORS = (",", ";", "\t", "|")
_FIELDS = {
    "paper_id": ("paper id", "paperid", "id", "arxiv id", "arxivid", "arxiv"),
    "doi": ("doi", "di", "digital object identifier", "doi link", "doi url", "item doi", "article doi"),
    "title": ("title", "article title", "document title", "paper title", "title primary", "primary title", "item title", "work title",
              "display name", "titles",
              "full title", "ti", "t1", "title english", "titre", "titel"),
    "abstract": ("abstract", "abstract note", "abstracts", "abstract text", "summary", "abstract english", "notes abstract", "ab", "n2",
                 "description", "paper abstract",
                 "resume", "zusammenfassung"),
    "published": ("published", "date", "publication date", "date published", "published date", "pub date", "cover date", "online date",
                  "issue date", "publicationdate",
                  "date of publication", "release date", "first published", "da"),
    "year": ("year", "publication year", "published year", "pub year", "year published", "publicationyear", "pubyear", "copyright year",
             "yr", "py", "jahr", "annee"),
    "organisation": ("organisation", "organization"),
    "author_count": ("author count", "number of authors", "n authors", "authors count"),
    "authors": ("author full names", "authors", "author", "authors primary", "author names", "author s", "creators", "creator", "au",
                "af", "a1", "author list",
                "authorships author display name", "display name authors", "authors full names", "contributors", "auteurs", "autoren"),
    "url": ("url", "link", "landing page url", "article url", "urls", "web link", "links", "permalink", "source url", "ur",
            "primary location landing page url", "uri",
            "fulltext url", "full text url", "arxiv url", "pdf link", "pdf url"),
    "venue": ("venue", "source title", "journal", "publication title", "journal title", "journal name", "journal book",
              "container title", "periodical full",
              "conference", "conference name", "conference title", "book title", "booktitle", "proceedings title", "secondary title",
              "published in",
              "primary location source display name", "host venue display name", "so", "jf", "source name", "event name"),
    "keywords": ("author keywords", "keywords", "keyword", "manual tags", "tags", "index keywords", "keywords plus", "de", "kw",
                 "subjects", "ieee terms"),
    "citation_key": ("citation key", "citekey", "bibtex key", "bibtexkey", "citationkey", "identifier"),
    "code_urls": ("code urls", "code url", "github", "code", "repository"),
    "sources": ("sources",),
    "source": ("source",),
    "aliases": ("aliases",),
}  # fmt: skip
_LINES_BEFORE = 20
"""Lines that may stand before the header row."""

_LONGEST_HEADER = 10_000

_WORDS = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_DATABASES = re.compile(r"(?:scopus|pub\s?med|medline|embase|web of science|wos|google scholar|crossref|openalex|semantic scholar|"
                        r"dimensions|lens|psycinfo|cinahl|ieee( xplore)?|acm|proquest|ebsco|manual|import(ed)?|other)\b.{0,20}",
                        re.IGNORECASE)  # fmt: skip
"""A column `source` names the journal to some programs, and to others where the row was found."""
_FORMULA = re.compile(r"'+(?=[=+\-@＝＋－＠\t\r|])")
_COUNTER = re.compile(r"\d{1,8}(?:\.0)?")


def _key(name: str) -> str:
    return _WORDS.sub(" ", _CAMEL.sub(" ", name).lower().replace("é", "e")).strip()


_NAMES = {name: (field, rank) for field, options in _FIELDS.items() for rank, name in enumerate(options)}


def columns_of(header: Sequence[str]) -> dict[str, int]:
    """Field -> column, by the header's words."""
    found: dict[str, tuple[int, int]] = {}
    for position, name in enumerate(header):
        field, rank = _NAMES.get(_key(name), ("", 0))
        if field and (field not in found or rank < found[field][0]):
            found[field] = (rank, position)
    if "title" not in found and {"authors", "doi"} & found.keys() and (named := _untitled(header)) is not None:
        found["title"] = (0, named)
    return {field: position for field, (_, position) in found.items()}


def _untitled(header: Sequence[str]) -> int | None:
    """The column of titles in a table that calls it otherwise, as Notion and Airtable do: `Name`, `Paper`."""
    return next((position for position, name in enumerate(header) if _key(name) in ("name", "paper", "paper name", "article")), None)


def separator_of(line: str) -> str | None:
    """What parts the header's names: that which makes the most known ones, title among them; None when nothing does."""
    known = {sign: columns_of(_cells(line, sign)) for sign in SEPARATORS}
    best = max(known, key=lambda sign: len(known[sign]))
    return best if "title" in known[best] and len(known[best]) > 1 else None


def _cells(line: str, sign: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=sign), [])
    except csv.Error:  # a line's end within it, a field without end
        return []


def is_table(head: str) -> bool:
    """Whether a text begins with a header row of known names."""
    lines = [line for line in head.lstrip("\ufeff").splitlines()[: _LINES_BEFORE + 5] if line.strip()]
    return any(separator_of(line) for line in lines[:_LINES_BEFORE] if len(line) < _LONGEST_HEADER)


def _rows(member: Member, on_error: OnError, limits: Limits) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Rows with the line at which each begins, the header first."""
    reached = 0
    lines = text_lines(member, on_error, limits)
    before, told = list[tuple[int, str]](), ""
    for number, line in lines:
        if line.strip().strip('"').lower().startswith("sep="):
            told = line.strip().strip('"')[4:5] or "\t"
        elif line.strip():
            before.append((number, line))
            if separator_of(line) or len(before) >= _LINES_BEFORE:
                break
    if not before:
        return
    first = before[-1] if separator_of(before[-1][1]) else before[0]
    held = before[before.index(first) + 1 :]
    by_name = "\t" if member.name.lower().endswith((".tsv", ".tab")) else max(SEPARATORS, key=first[1].count)
    sign = separator_of(first[1]) or told or by_name

    def counted() -> Iterator[str]:
        nonlocal reached
        reached = first[0]
        yield first[1]
        for number, line in chain(held, lines):
            reached = number
            yield line

    rows = csv.reader(counted(), delimiter=sign)
    while True:
        number = reached + 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield number, error
            continue
        if row is None:
            return
        yield max(number, first[0]), row


def read_table(member: Member, on_error: OnError, limits: Limits) -> Iterator[Paper]:
    """Papers of a table, streamed; columns are told by the header, in any order; a quoted field may span lines.

    Raises CorpusError when the header lacks a title.
    """
    columns: dict[str, int] = {}
    for number, row in _rows(member, on_error, limits):
        if isinstance(row, csv.Error):
            on_error(CorpusError(member.source, number, str(row)))
            continue
        if not columns:
            columns = columns_of(row)
            if missing := [name for name in ("title", "abstract") if name not in columns]:
                _missing(member, number, row, missing)
            continue
        if any(row):
            try:
                yield paper_of_record(_record(row, columns), member.source)
            except ValueError as error:
                on_error(refusal(member.source, number, error))


def _missing(member: Member, number: int, header: list[str], missing: list[str]) -> None:
    """Raises CorpusError without a title; without abstracts the papers are held by their titles."""
    named = ", ".join(repr(name.strip()[:30]) for name in header[:8])
    if "title" in missing:
        raise CorpusError(member.source, number, "the header row has no column 'title'")
    member.note(f"{member.source} has no column 'abstract'; its columns are {named}")


def _cell(text: str) -> str:
    """The cell without the apostrophe that keeps a spreadsheet from running it."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text) else text


def _record(row: list[str], columns: dict[str, int]) -> dict[str, Any]:
    cells = {field: _cell(row[column].strip()) for field, column in columns.items() if column < len(row)}
    paper_id = cells.get("paper_id", "")
    if _COUNTER.fullmatch(paper_id) or (paper_id.startswith("http") and not global_id(paper_id)):
        del cells["paper_id"]  # a row's number is no id: another file has the same one; an address of a catalogue says nothing elsewhere
    elif paper_id and (arxiv := arxiv_id(f"arxiv:{paper_id}")):
        cells["paper_id"] = arxiv
    if (source := cells.pop("source", "")) and not cells.get("venue") and not _DATABASES.fullmatch(source):
        cells["venue"] = source
    record: dict[str, Any] = dict(cells)
    if "sources" in columns and cells.get("authors", "").startswith("[") and (names := literal_list(cells["authors"])) is not None:
        record["authors"] = tuple(names)  # our own, of names that a separator would part
    if aliases := cells.get("aliases"):
        record["aliases"] = texts_of(aliases)
    return record
