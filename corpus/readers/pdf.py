"""A PDF's title and abstract, from its first pages, through pypdf; when they cannot be told, it says so."""

import io
import logging
import re
from collections.abc import Iterator
from typing import Any

from corpus.paper import Paper
from corpus.readers.ids import arxiv_id, doi
from corpus.readers.records import CorpusError, OnError, paper_of_record, refusal
from corpus.readers.streams import Limits, Member, whole_bytes

_PAGES = 2
_FEWEST_WORDS = 25
_ABSTRACT = re.compile(r"(?:^|\n)[ \t]*(?:\d[. ]*)?a\s?b\s?s\s?t\s?r\s?a\s?c\s?t[ \t]*(?:[:.—–-]+[ \t]*|\n)", re.IGNORECASE)
_AFTER = re.compile(
    r"\n[ \t]*(?:(?:\d|I)[. \t]{0,3}\s*i\s?n\s?t\s?r\s?o\s?d\s?u\s?c\s?t\s?i\s?o\s?n\b|introduction\b|(?:key\s?words|"
    r"index\s+terms|ccs\s+concepts|categories\s+and|"
    r"general\s+terms|acm\s+reference|1[. ]+[A-Z]\w+|contents\b|∗|\*\s?(?:equal|corresponding)|†|preprint\b|©))",
    re.IGNORECASE,
)
_ARXIV = re.compile(r"arXiv:\s?(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?")
_DOI = re.compile(r"(?:doi\.org/|doi:?\s?)(10\.\d{4,9}/[^\s,;]+)", re.IGNORECASE)
_NO_TITLE = re.compile(
    r"(?:untitled|microsoft word|.*\.(?:docx?|tex|dvi|pdf|indd|qxd)$|arxiv:|title$|paper$|main$|template)", re.IGNORECASE
)
_HYPHEN = re.compile(r"(?<=[a-z])-\n(?=[a-z])")


def read_pdf(member: Member, on_error: OnError, limits: Limits) -> Iterator[Paper]:
    """The one paper of a PDF. Raises CorpusError when it cannot be read, or has no text."""
    pages, metadata = _text(member, limits)
    text = "\n".join("\n".join(line for line, _ in page) for page in pages)
    title = _title(pages[0] if pages else [], metadata)
    if len(text.split()) < _FEWEST_WORDS:
        raise CorpusError(member.source, 0, "no text in this PDF (a scan?); add the paper by its DOI or arXiv id instead")
    if not title:
        raise CorpusError(member.source, 0, "its title cannot be told; add the paper by its DOI or arXiv id instead")
    arxiv, named = _ARXIV.search(text), _DOI.search(text[:3_000])
    ids = [arxiv_id(f"arxiv:{arxiv[1]}") if arxiv else None, doi(named[1]) if named else None]
    record = {
        "aliases": [found for found in ids if found],
        "title": title,
        "abstract": _abstract(text),
        "authors": _metadata_authors(metadata),
    }
    try:
        yield paper_of_record(record, member.source)
    except ValueError as error:
        on_error(refusal(member.source, 0, error))


Lines = list[tuple[str, float]]


def _text(member: Member, limits: Limits) -> tuple[list[Lines], dict[str, str]]:
    """The lines of the first pages with the size of their letters, and what the file says of itself."""
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(io.BytesIO(whole_bytes(member, limits)))
        if reader.is_encrypted and not reader.decrypt(""):
            raise CorpusError(member.source, 0, "the PDF is protected by a password")
        told = {str(name).lstrip("/"): str(value) for name, value in (reader.metadata or {}).items()}
        return [_lines(reader.pages[number]) for number in range(min(_PAGES, len(reader.pages)))], told
    except CorpusError:
        raise
    except Exception as error:  # pypdf raises whatever a broken file led it to
        raise CorpusError(member.source, 0, f"the PDF cannot be read ({type(error).__name__})") from None


def _lines(page: Any) -> Lines:
    pieces: list[tuple[str, float]] = []

    def visit(text: str, _cm: Any, tm: list[float], _font: Any, size: float) -> None:
        if text:
            pieces.append((text, abs(size * (tm[3] or tm[1] or 1.0)) if tm else size))

    page.extract_text(visitor_text=visit)
    lines: Lines = []
    held, largest = "", 0.0
    for text, size in pieces:
        for number, part in enumerate(text.split("\n")):
            if number and held.strip():
                lines.append((held.strip(), largest))
            if number:
                held, largest = "", 0.0
            held += part
            largest = max(largest, size) if part.strip() else largest
    return [*lines, (held.strip(), largest)] if held.strip() else lines


def _title(lines: Lines, metadata: dict[str, str]) -> str:
    """What the file calls itself, where that is a title; else the lines in the largest letters before the abstract."""
    own = " ".join(metadata.get("Title", "").split())
    if len(own.split()) > 2 and not _NO_TITLE.match(own):
        return own
    before = []
    for line, size in lines[:60]:
        if _ABSTRACT.match(f"\n{line}\n"):
            break
        before.append((line, size))
    before = [(line, size) for line, size in before if len(line) > 3 and not _ARXIV.search(line)]
    if not before:
        return ""
    largest = max(size for _, size in before)
    first = next(at for at, (_, size) in enumerate(before) if size >= 0.97 * largest)
    if largest <= 1.05 * min(size for _, size in before):  # all alike: the first line
        return before[0][0]
    title = []
    for line, size in before[first : first + 6]:
        if size < 0.97 * largest:
            break
        title.append(line)
    return _HYPHEN.sub("", "\n".join(title)).replace("\n", " ")


def _abstract(text: str) -> str:
    """What stands between the heading and the next; empty where there is no such heading."""
    begins = _ABSTRACT.search(text)
    if not begins:
        return ""
    rest = text[begins.end() :]
    ends = _AFTER.search(rest)
    found = rest[: ends.start()] if ends else rest[:2_500].rpartition(".")[0] + "."
    found = _HYPHEN.sub("", found[:6_000])
    return " ".join(found.split()) if len(found.split()) >= 12 else ""


def _metadata_authors(metadata: dict[str, str]) -> str:
    own = metadata.get("Author", "")
    return own if 3 < len(own) < 2_000 else ""
