"""PubMed's text exports: numbered citations, in paragraphs: where it appeared, title, authors, abstract, ids."""

import re
from collections.abc import Iterator
from typing import Any

from corpus.paper import Paper
from corpus.readers.dates import iso_date
from corpus.readers.ids import doi
from corpus.readers.records import CorpusError, OnError, paper_of_record, refusal
from corpus.readers.streams import Limits, Member, text_lines

_BEGINS = re.compile(r"(\d{1,6})\. (?=\S.*\b(?:1[89]|20)\d\d\b)")
_IDS = re.compile(r"^(DOI|PMC?ID): *(\S+)", re.MULTILINE)
_ASIDE = re.compile(
    r"(?:author information|collaborators|comment (?:in|on)|erratum|update (?:in|of)|republished|copyright|©|"
    r"conflict of interest|publisher\b)",
    re.IGNORECASE,
)
_MARK = re.compile(r"\(\d{1,3}\)")
_CITED = re.compile(r"(?P<journal>.+?)\.\s+(?P<date>(?:1[89]|20)\d\d[^;:.]*)")


def is_citations(head: str) -> bool:
    """Whether a text begins with such a citation, and holds PubMed's ids."""
    return bool(_BEGINS.match(head.lstrip()) and re.search(r"^PMID: *\d+", head, re.MULTILINE))


def read_citations(member: Member, on_error: OnError, limits: Limits) -> Iterator[Paper]:
    """Papers of such a text, streamed."""
    for number, text in _records(member, on_error, limits):
        try:
            yield paper_of_record(_record(text), member.source)
        except ValueError as error:
            on_error(refusal(member.source, number, error))


def _records(member: Member, on_error: OnError, limits: Limits) -> Iterator[tuple[int, str]]:
    held, start, size, blank = list[str](), 1, 0, True
    for number, line in text_lines(member, on_error, limits):
        if blank and held and _BEGINS.match(line):
            if size <= limits.record:
                yield start, "".join(held)
            held, size = [], 0
        start = start if held else number
        held.append(line)
        size += len(line)
        blank = not line.strip()
        if size > limits.record:
            if size - len(line) <= limits.record:  # told once; the rest of it is read past
                on_error(CorpusError(member.source, start, f"the record is longer than {limits.record:,} bytes"))
            held = [""]
    if size <= limits.record and "".join(held).strip():
        yield start, "".join(held)


def _record(text: str) -> dict[str, Any]:
    parts = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())]
    cited, title, *rest = [*parts, "", ""]
    place = _CITED.match(_BEGINS.sub("", cited))
    ids = dict(_IDS.findall(text))
    rest = [part for part in rest if part and not _IDS.match(part) and not _ASIDE.match(part)]
    authors = _MARK.sub("", rest[0]).rstrip(".") if rest and not _is_text(rest[0]) else ""
    return {
        "doi": doi(ids.get("DOI", "").rstrip(".")),
        "title": title.removesuffix(".").strip("[]"),
        "abstract": "\n".join(rest[bool(authors) :]),
        "authors": tuple(_name(name) for name in authors.split(", ") if name),
        "published": iso_date(place["date"]) if place else None,
        "venue": place["journal"] if place else None,
        "url": f"https://pubmed.ncbi.nlm.nih.gov/{ids['PMID']}/" if ids.get("PMID", "").isdigit() else None,
    }


def _is_text(part: str) -> bool:
    """Whether a paragraph is no list of names."""
    return not all(len(name.split()) <= 5 for name in _MARK.sub("", part).rstrip(".").split(", "))


def _name(text: str) -> str:
    """`Lindqvist E` -> `E Lindqvist`."""
    family, _, initials = text.strip().rpartition(" ")
    return f"{initials} {family}" if family and initials.isupper() and len(initials) <= 3 else text.strip()
