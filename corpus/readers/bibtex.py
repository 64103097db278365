"""BibTeX files, an entry at a time through bibtexparser."""

import logging
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from corpus.clean import clean
from corpus.paper import Paper
from corpus.readers.records import CorpusError, OnError, arxiv_url, known_ids, paper_of_record
from corpus.readers.streams import Limits, Member, text_lines

_BLOCK = re.compile(r"\s*@\s*(\w+)\s*[{(]")
_NO_PAPER = {"string", "preamble", "comment"}
_BRACES = re.compile(r"[{}]")
_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_YEAR = re.compile(r"\d{4}")


def read_bibtex(member: Member, on_error: OnError, limits: Limits) -> Iterator[Paper]:
    """Papers of a .bib file, streamed; an entry without an abstract is reported and skipped."""
    for number, block in _blocks(member, on_error, limits):
        try:
            yield paper_of_record(_record(_fields(block)), member.source)
        except ValueError as error:
            on_error(CorpusError(member.source, number, str(error)))


def _blocks(member: Member, on_error: OnError, limits: Limits) -> Iterator[tuple[int, str]]:
    """Entries with the line at which each begins; what stands between them is a comment in BibTeX."""
    start, held, size = 0, list[str](), 0
    for number, line in text_lines(member, on_error, limits):
        if begins := _BLOCK.match(line):
            if held and size <= limits.record:
                yield start, "".join(held)
            start, held, size = number, [], 0
        if (begins and begins.group(1).lower() not in _NO_PAPER) or held:
            size += len(line)
            if size <= limits.record:
                held.append(line)
            elif size - len(line) <= limits.record:
                on_error(CorpusError(member.source, start, f"the entry is longer than {limits.record:,} bytes"))
    if held and size <= limits.record:
        yield start, "".join(held)


@cache
def _quiet() -> None:
    """Its warnings name no file; what fails is reported with file and line instead."""
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)


def _fields(block: str) -> dict[str, str]:
    from bibtexparser.entrypoint import parse_string

    _quiet()
    library = parse_string(block)
    if not library.entries:
        raise ValueError("not a complete BibTeX entry: a brace or quote is not closed, or a comma is missing")
    return {field.key.lower(): str(field.value) for field in library.entries[0].fields}


def _plain(text: str | None) -> str | None:
    """Mark-up resolved, and without the braces that keep capitals."""
    return _BRACES.sub("", clean(text)) if text else None


def _record(fields: dict[str, str]) -> dict[str, Any]:
    url = fields.get("url", "")
    given = known_ids(_eprint(fields), fields.get("doi"), url if "arxiv.org" in url else None)
    if given and not url:
        url = arxiv_url(given[0]) if given[0].startswith("arxiv:") else f"https://doi.org/{given[0].removeprefix('doi:')}"
    return {
        "id": given[0] if given else None,
        "aliases": given[1:],
        "title": _plain(fields.get("title")),
        "abstract": _plain(fields.get("abstract")),
        "authors": [name for author in re.split(r"\s+and\s+", fields.get("author", "")) if (name := _person(_plain(author) or ""))],
        "published": _published(fields),
        "url": url,
    }


def _eprint(fields: dict[str, str]) -> str | None:
    archive = fields.get("archiveprefix") or fields.get("eprinttype") or "arxiv"
    return f"arxiv:{fields['eprint']}" if archive.lower() == "arxiv" and fields.get("eprint") else None


def _person(name: str) -> str | None:
    """`Last, Jr, First` -> `First Last, Jr`; "others" stands for names that are not known."""
    family, *rest = [part.strip() for part in name.split(",")]
    if not rest:
        return family if family and family != "others" else None
    return f"{rest[-1]} {', '.join([family, *rest[:-1]])}"


def _published(fields: dict[str, str]) -> str | None:
    if date := fields.get("date"):
        return date.split("/")[0]
    year = _YEAR.search(fields.get("year", ""))
    month = fields.get("month", "").strip().lower()
    number = _MONTHS.get(month[:3]) or (int(month) if month.isdecimal() and 1 <= int(month) <= 12 else None)
    if not year:
        return None
    return f"{year.group()}-{number:02}" if number else year.group()
