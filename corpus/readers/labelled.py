"""Text in which each field stands behind its name: Ovid's and ProQuest's exports, NoteExpress's, RePEc's, arXiv's mail, lists made by hand.

A name stands before a colon (`Title: A paper`, `{Title}: A paper`) or alone on its line, with the value on the next.
"""

import re
from collections.abc import Iterator
from typing import Any

from corpus.paper import Paper
from corpus.readers.dates import most_exact
from corpus.readers.ids import arxiv_id, doi
from corpus.readers.records import CorpusError, OnError, paper_of_record, refusal
from corpus.readers.streams import Limits, Member, text_lines

_FIELDS = {
    "title": r"(?:article |document )?title",
    "abstract": "abstract|summary",
    "authors": r"authors?|author\(s\)|creators?|author[- ]names?",
    "published": "publication date|published|date of publication|date|creation-date",
    "year": "publication year|year of publication|year",
    "venue": "publication title|journal|journal title|source|journal-ref|published in|venue|conference",
    "keywords": "keywords?|author keywords|subjects?|categories",
    "url": "document url|url|links?|file-url",
    "doi": "doi|digital object identifier",
    "arxiv": "arxiv",
    "other": "unique identifier|publication type|publication info|full text|database|language(?: of publication)?|issn|isbn|volume|issue"
    "|pages?|notes?|comments|copyright|institution|affiliations?|document type|source type|place of publication"
    "|publisher|country of publication"
    "|accession number|subject headings|report-no|msc-class|acm-class|last updated|proquest document id",
}
_LINE = re.compile(
    rf"\s{{0,3}}\{{?(?:{'|'.join(f'(?P<{field}>{names})' for field, names in _FIELDS.items())})\}}?[ \t]{{0,9}}(?::[ \t]*(?P<value>.*))?",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(r"(?P<brace>\{)?[A-Z][A-Za-z]*(?:[- ][A-Z]?[A-Za-z]+){0,4}(?(brace)\})[ \t]?:(?:[ \t]|$)")
_BEGINS = re.compile(
    r"\s*(?:\{reference type\}:.*|[a-z]+-type:.*"
    r"|<\d{1,7}>|(?:document|record) \d{1,7} of \d{1,7}|[-=]{10,})\s*",
    re.IGNORECASE,
)
_ENDS = re.compile(r"\s*_{5,}\s*|\\\\ \(.*")
_MAIL = "\\\\"
"""What parts the fields from the abstract in arXiv's mail."""
_PLACE = re.compile(r"\.\s+(?=\d)|\s+;\s|,\s+(?=Vol)")
_LOOKED_AT = 300
Fields = dict[str, list[str]]


def is_labelled(head: str) -> bool:
    """Whether a text has a title, and authors or an abstract, each behind its name."""
    found = {told[0] for line in head.splitlines()[:_LOOKED_AT] if (told := _told(line))}
    return "title" in found and bool(found & {"authors", "abstract"})


def _told(line: str, strict: bool = False) -> tuple[str, str] | None:
    """The field that a line begins, and what it says of it; `strict`: whatever stands so before a colon is one."""
    found = _LINE.fullmatch(line.rstrip()) if len(line) < 100_000 else None
    if not found:
        return ("other", "") if strict and _UNKNOWN.match(line) else None
    return (next(field for field in _FIELDS if found[field]), found["value"] or "")


def _in_braces(head: str) -> bool:
    """Whether names stand in braces, so that "Note: ..." in a text is none."""
    return sum(line.lstrip().startswith("{") and _told(line) is not None for line in head.splitlines()[:_LOOKED_AT]) > 1


def _is_strict(head: str) -> bool:
    """Whether no line of a value can be taken for a name: names are in braces, or lines that go on are indented."""
    lines, before, indented = head.splitlines()[:_LOOKED_AT], False, False
    for line in lines:
        if line.strip() and not _told(line, strict=True) and not _BEGINS.fullmatch(line) and before:
            if not line[0].isspace():
                return False
            indented = True
        before = bool(line.strip())
    return indented or sum(line.startswith("{") for line in lines) > 1


def read_labelled(member: Member, on_error: OnError, limits: Limits) -> Iterator[Paper]:
    """Papers of such a text, streamed."""
    for number, fields in _records(member, on_error, limits):
        try:
            yield paper_of_record(_record(fields), member.source)
        except ValueError as error:
            on_error(refusal(member.source, number, error))


def _records(member: Member, on_error: OnError, limits: Limits) -> Iterator[tuple[int, Fields]]:
    held, start, size, field = Fields(), 0, 0, ""
    head = member.head().decode(errors="replace")
    strict, braces = _is_strict(head), _in_braces(head)
    for number, line in text_lines(member, on_error, limits):
        told = _told(line, strict) if not braces or line.lstrip().startswith("{") else None
        size += len(line)
        if _BEGINS.fullmatch(line) or (told and told[0] == "title" and held.get("title")) or size > limits.record:
            if size > limits.record:
                on_error(CorpusError(member.source, start, f"the record is longer than {limits.record:,} bytes"))
            elif "title" in held:
                yield start, held
            held, start, size, field = {}, 0, 0, ""
        if told:
            field, start = told[0], start or number
            more = "; " if field in ("authors", "keywords") and any(held.get(field, ())) else ""  # one a line
            held.setdefault(field, []).append(more + told[1])
        else:
            field = _go_on(held, field, line.strip())
    if "title" in held:
        yield start, held


def _go_on(held: Fields, field: str, text: str) -> str:
    """The field that a line without a name goes on with; empty when it ends one."""
    if text == _MAIL:
        return "abstract" if "title" in held and "abstract" not in held else ""
    if _ENDS.fullmatch(text) or (not text and field != "abstract" and any(held.get(field, ()))):
        return ""
    if field and text:
        held.setdefault(field, []).append(text)
    return field


def _record(fields: Fields) -> dict[str, Any]:
    told = {field: " ".join(part for part in parts if part) for field, parts in fields.items()}
    source, named = told.get("venue", ""), told.get("arxiv", "").split()
    ids = [arxiv_id(f"arxiv:{named[0]}") if named else None, doi(told.get("doi", "").partition(" ")[0])]
    return {
        "aliases": [found for found in ids if found],
        "title": told.get("title"),
        "abstract": told.get("abstract"),
        "authors": told.get("authors", "").rstrip("."),
        "published": most_exact(told.get("year"), told.get("published"), *([] if told.get("year") or told.get("published") else [source])),
        "venue": _PLACE.split(source)[0] or None,
        "url": next((word for word in told.get("url", "").split() if word.startswith("http")), None),
        "keywords": told.get("keywords", "").rstrip("; "),
    }
