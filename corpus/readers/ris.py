"""RIS files (Zotero, EndNote, Mendeley, publishers), a record at a time through rispy."""

import re
from collections.abc import Iterator
from typing import Any

from corpus.paper import Paper
from corpus.readers.records import CorpusError, OnError, paper_of_record
from corpus.readers.streams import Limits, Member, text_lines

_START, _END = re.compile(r"TY {1,2}-"), re.compile(r"ER {1,2}-")
_YEAR = re.compile(r"\d{4}")


def read_ris(member: Member, on_error: OnError, limits: Limits) -> Iterator[Paper]:
    """Papers of an .ris file, streamed. Raises CorpusError when it has no record at all."""
    found = False
    for number, text in _blocks(member, on_error, limits):
        found = True
        try:
            yield paper_of_record(_record(_fields(text)), member.source)
        except ValueError as error:
            on_error(CorpusError(member.source, number, str(error)))
    if not found:
        raise CorpusError(member.source, 0, "not an RIS file: no line begins with 'TY  - '")


def _blocks(member: Member, on_error: OnError, limits: Limits) -> Iterator[tuple[int, str]]:
    """Records with the line at which each begins; one without its end line ends where the next begins."""
    start, held, size = 0, list[str](), 0
    for number, line in text_lines(member, on_error, limits):
        if _START.match(line):
            if held:
                yield start, "".join(held)
            start, held, size = number, [line], len(line)
        elif held and (size := size + len(line)) > limits.record:
            on_error(CorpusError(member.source, start, f"the record is longer than {limits.record:,} bytes"))
            held = []
        elif held and _END.match(line):
            yield start, "".join(held)
            held = []
        elif held:
            held.append(line)
    if held:
        yield start, "".join(held)


def _fields(text: str) -> dict[str, Any]:
    import rispy

    try:
        records = rispy.loads(f"{text}\nER  - \n")
    except Exception as error:  # rispy raises whatever its parsing met
        raise ValueError(f"not an RIS record ({type(error).__name__})") from None
    if not records:
        raise ValueError("not an RIS record")
    return dict(records[0])


def _record(fields: dict[str, Any]) -> dict[str, Any]:
    urls = fields.get("urls")
    url = urls[0] if isinstance(urls, list) and urls else fields.get("url")
    doi = fields.get("doi")
    return {
        "id": doi,
        "aliases": [url] if isinstance(url, str) and "arxiv.org" in url else [],
        "title": fields.get("title") or fields.get("primary_title"),
        "abstract": fields.get("abstract") or fields.get("notes_abstract"),
        "authors": [" ".join(reversed([part.strip() for part in name.split(",", 1)])) for name in _authors(fields)],
        "published": _published(fields),
        "url": url or (f"https://doi.org/{doi}" if doi else None),
    }


def _authors(fields: dict[str, Any]) -> list[str]:
    value = fields.get("authors") or fields.get("first_authors") or []
    return [name for name in value if isinstance(name, str) and name.strip()]


def _published(fields: dict[str, Any]) -> str | None:
    """`2024/05/17/` -> `2024-05-17`; anything after the year that is no month is left out."""
    for name in ("date", "year", "publication_year"):
        parts = str(fields.get(name) or "").replace("-", "/").split("/")
        if _YEAR.fullmatch(parts[0]):
            rest = [f"{int(part):02}" for part in parts[1:3] if part.isdecimal()]
            return "-".join([parts[0], *(rest if rest and 1 <= int(rest[0]) <= 12 else [])])
    return None
