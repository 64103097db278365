"""Formats of one tagged line a field: RIS, EndNote's .enw, PubMed's .nbib, Web of Science's, RefWorks'.

`rispy` and `nbib` were tried: rispy lost records that were written with one blank, in lower case
or without their end line, and all but the last of several abstract lines; nbib has had no
release since 2020. The five differ in their tags only, so one reader streams them all.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from corpus.paper import Paper
from corpus.readers.dates import most_exact
from corpus.readers.ids import arxiv_id, doi, global_id
from corpus.readers.people import person
from corpus.readers.records import CorpusError, OnError, paper_of_record, refusal
from corpus.readers.rest import REST, known_rest
from corpus.readers.streams import Limits, Member, text_lines

Fields = dict[str, list[str]]
_DOI_OF = re.compile(r"(10\.\d{4,9}/\S{1,300}?)\s{0,9}\[doi\]")


@dataclass(frozen=True, slots=True)
class Tags:
    """One format: how a field's line looks, what begins and ends a record, and which tags hold what (the first that is there)."""

    name: str
    line: re.Pattern[str]
    start: str
    end: str
    title: str
    abstract: str
    authors: str
    date: str
    venue: str
    url: str
    ids: str
    keywords: str
    key: str = ""


RIS = Tags(
    "RIS", re.compile(r"([A-Za-z][A-Za-z0-9])[ \t]{0,2}-(?:[ \t]+|$)(.*)"), "TY", "ER", "TI T1 CT BT TT", "AB N2",
    "AU A1", "DA Y1 PY Y2 YR",
    "JF T2 JO BT JA J2 T3 PB", "UR LK L2 L1", "DO DI UR M3 C1 AN M1", "KW", "LB ID",
)  # fmt: skip
ENDNOTE = Tags(
    "EndNote",
    re.compile(r"%([0-9A-Za-z@!?&$^~*(+<>=:\[\]#])(?:[ \t]+|$)(.*)"),
    "0",
    "",
    "T",
    "X",
    "A",
    "8 D",
    "J B S I",
    "U >",
    "R U M",
    "K",
    "F",
)
NBIB = Tags(
    "PubMed",
    re.compile(r"([A-Z]{2,4}) *- (.*)"),
    "PMID",
    "",
    "TI BTI TT",
    "AB OAB",
    "FAU AU CN",
    "DP DEP DA",
    "JT TA BTI",
    "",
    "LID AID PMID",
    "OT MH",
)
WOS = Tags(
    "Web of Science", re.compile(r"([A-Z][A-Z0-9])(?: (.*)|$)"), "PT", "ER", "TI", "AB", "AF AU CA", "PY PD", "SO CT", "", "DI UT", "DE ID"
)
REFWORKS = Tags(
    "RefWorks", re.compile(r"([A-Z][A-Z0-9])(?: (.*)|$)"), "RT", "", "T1", "AB", "A1", "FD YR", "JF JO T2 PB", "UL LK", "DO", "K1"
)

_SEVERAL = {"KW", "K", "OT", "MH", "AU", "A1", "AF", "A", "FAU", "CN", "UR", "LK", "L1", "L2", "UL", "U", "LID", "AID", "ID", "DE"}
"""Tags of which a line each is a value of its own; lines of another are one text."""

_LISTED = {"AF", "AU", "K"}
"""Tags whose further lines, without a tag, are values of their own (Web of Science's authors, EndNote's keywords)."""


def read_tagged(member: Member, on_error: OnError, limits: Limits, tags: Tags) -> Iterator[Paper]:
    """Papers of such a file, streamed. Raises CorpusError when it has no record at all."""
    found = False
    for number, fields in _records(member, on_error, limits, tags):
        found = True
        try:
            yield paper_of_record(_record(fields, tags), member.source)
        except ValueError as error:
            on_error(refusal(member.source, number, error))
    if not found:
        raise CorpusError(
            member.source, 0, f"no record in it: in {tags.name} files one begins with {tags.start!r}, as in '{_EXAMPLES[tags.name]}'"
        )


_EXAMPLES = {"RIS": "TY  - JOUR", "EndNote": "%0 Journal Article", "PubMed": "PMID- 1", "Web of Science": "PT J", "RefWorks": "RT Journal"}


def _records(member: Member, on_error: OnError, limits: Limits, tags: Tags) -> Iterator[tuple[int, Fields]]:
    """Records with the line at which each begins; one without its end line ends where the next begins."""
    held, start, size, tag, line_of = Fields(), 0, 0, "", tags.line
    for number, line in text_lines(member, on_error, limits):
        text = line.rstrip("\r\n")
        told = line_of.match(text)
        if told and told[1].upper() == tags.start:
            if held and start:
                yield start, held
            held, start, size = {tags.start: [told[2] or ""]}, number, 0
            line_of, tag = _as_written(tags, text), tags.start
        elif told and tags.end and told[1].upper() == tags.end:
            if start:
                yield start, held
            held, start = {}, 0
        elif start:
            size += len(line)
            if size > limits.record:
                on_error(CorpusError(member.source, start, f"the record is longer than {limits.record:,} bytes"))
                held, start = {}, 0
            elif told:
                tag = told[1].upper() if tags is not ENDNOTE else told[1]
                held.setdefault(tag, []).append((told[2] or "").strip())
            elif text.strip() and tag:
                _go_on(held, tag, text, tags)
    if start:
        yield start, held


def _as_written(tags: Tags, first: str) -> re.Pattern[str]:
    """In a RIS file whose records begin with two blanks and a hyphen, every field does: `US - based` goes on with the abstract."""
    if tags is RIS and re.match(r"TY  -", first):
        return re.compile(r"([A-Z][A-Z0-9])  -(?:[ \t]+|$)(.*)")
    return tags.line


def _go_on(held: Fields, tag: str, text: str, tags: Tags) -> None:
    """A line without a tag goes on with the field before it."""
    values = held.setdefault(tag, [])
    if (tags is WOS and tag in ("AF", "AU")) or (tags is ENDNOTE and tag == "K"):
        values.append(text.strip())
    elif values:
        values[-1] = f"{values[-1]}\n{text.strip()}" if tag in ("AB", "N2", "X") else f"{values[-1]} {text.strip()}"


def _first(fields: Mapping[str, list[str]], names: str) -> str:
    """The text of the first of these tags that has one; its lines are one text."""
    for name in names.split():
        values = [value for value in fields.get(name, ()) if value]
        if values:
            return values[0] if name in _SEVERAL else "\n".join(values)
    return ""


def _all(fields: Mapping[str, list[str]], names: str) -> list[str]:
    return [value for name in names.split() for value in fields.get(name, ()) if value]


def _longest(fields: Mapping[str, list[str]], names: str) -> str:
    return max((_first(fields, name) for name in names.split()), key=len, default="")


def _record(fields: Fields, tags: Tags) -> dict[str, Any]:
    rest = next((value for value in fields.get("U5", ()) if value.startswith(REST)), "")
    return record_of_fields(fields, tags) | known_rest(rest.removeprefix(REST))


def record_of_fields(fields: Fields, tags: Tags) -> dict[str, Any]:
    """The record of what a record's tags hold."""
    urls = [url for value in _all(fields, tags.url) for url in value.split() if url.startswith("http")]
    key = _first(fields, tags.key)
    return {
        "aliases": _ids(fields, tags),
        "title": _title(fields, tags),
        "abstract": _longest(fields, tags.abstract),
        "authors": tuple(name for value in _authors(fields, tags) for part in value.split(";") if (name := person(part))),
        "published": most_exact(*_dates(fields, tags)),
        "venue": _first(fields, tags.venue),
        "url": urls[0] if urls else None,
        "keywords": [word for value in _all(fields, tags.keywords) for word in value.replace("\n", ";").split(";")],
        "citation_key": key if key and not key.isdigit() and " " not in key else None,
    }


def _title(fields: Fields, tags: Tags) -> str:
    """PubMed ends every title with a full stop."""
    title = _first(fields, tags.title)
    return title[:-1] if tags is NBIB and title.endswith(".") and not title.endswith("..") else title


def _authors(fields: Fields, tags: Tags) -> list[str]:
    """Full names where there are any: AF and FAU before AU; bodies (CN, CA) beside the people."""
    names = tags.authors.split()
    people = next((fields[name] for name in names if name not in ("CN", "CA") and any(fields.get(name, ()))), [])
    return [*people, *(value for name in ("CN", "CA") if name in names for value in fields.get(name, ()))]


def _dates(fields: Fields, tags: Tags) -> list[str]:
    if tags is WOS:
        year = _first(fields, "PY EY")
        return [f"{year} {_first(fields, 'PD')}".strip(), year] if year else [_first(fields, "EA")]
    dates = _all(fields, tags.date)
    year = next((value[:4] for value in dates if re.match(r"\d{4}", value)), "")
    return [*([year] if year else []), *dates, *(f"{year} {value}" for value in dates if year and year not in value)]


def _ids(fields: Fields, tags: Tags) -> list[str]:
    """arXiv ids and DOIs of the fields that may hold some."""
    found = list[str | None]()
    for value in _all(fields, tags.ids):
        of = _DOI_OF.search(value)
        found.append(doi(of[1]) if of else global_id(value.split()[0]) or arxiv_id(value))
    return [told for told in found if told]
