"""Which format a file has: told by how it begins, and by its name where that says nothing."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NoReturn

from corpus.paper import Paper
from corpus.readers import tagged
from corpus.readers.bibtex import read_bibtex
from corpus.readers.citations import is_citations, read_citations
from corpus.readers.jsonl import read_json
from corpus.readers.labelled import is_labelled, read_labelled
from corpus.readers.listing import is_listing, read_listing
from corpus.readers.pdf import read_pdf
from corpus.readers.records import CorpusError, OnError
from corpus.readers.streams import Limits, Member, as_utf8, whole
from corpus.readers.tables import is_table, read_table
from corpus.readers.xml import read_xml
from corpus.readers.yaml import is_note, read_note, read_yaml

Reader = Callable[[Member, OnError, Limits], Iterator[Paper]]
KINDS = "BibTeX, RIS, EndNote (.enw, .xml), PubMed (.nbib, .xml), Web of Science, CSL (.json, .yaml), JSON, CSV, TSV, Atom, a PDF"

_ENW, _NBIB = partial(read_tagged := tagged.read_tagged, tags=tagged.ENDNOTE), partial(read_tagged, tags=tagged.NBIB)
_RIS, _WOS, _REFWORKS = (partial(read_tagged, tags=tags) for tags in (tagged.RIS, tagged.WOS, tagged.REFWORKS))

_BY_NAME: dict[str, Reader] = {
    "jsonl": read_json, "json": read_json, "ndjson": read_json, "csv": read_table, "tsv": read_table, "tab": read_table, "bib": read_bibtex,
    "bibtex": read_bibtex, "biblatex": read_bibtex, "ris": _RIS, "enw": _ENW, "nbib": _NBIB, "ciw": _WOS, "xml": read_xml, "atom": read_xml,
    "rss": read_xml, "rdf": read_xml, "mods": read_xml, "tei": read_xml,
    "marcxml": read_xml, "pdf": read_pdf, "yaml": read_yaml, "yml": read_yaml,
}  # fmt: skip
SUFFIXES = frozenset({*_BY_NAME, "txt", "zip", "gz", "isi", "endnote"})
"""What files in a folder are tried."""

_BY_CONTENT: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (re.compile(r"\s*PMID *- *\d", re.ASCII), _NBIB),
    (re.compile(r"\s*FN .*\n(?:VR .*\n)?|\s*PT [JBCSP]\s*\n(?:[A-Z][A-Z0-9] |   )"), _WOS),
    (re.compile(r"\s*%0 [A-Z]|(?:\s*%[A-Z0-9@] .*\n){3}"), _ENW),
    (re.compile(r"(?:---\s*\n)?references:\s*\n\s*- ?"), read_yaml),
    (re.compile(r"\s*RT [A-Z][A-Za-z ]+\r?\n(?:[A-Z][A-Z0-9] |\s)"), _REFWORKS),
)
_RIS_LINE = re.compile(r"^[Tt][Yy][ \t]{0,2}-[ \t]*\w+[ \t]*\r?$", re.MULTILINE)
_NBIB_LINE = re.compile(r"^PMID *- *\d+\r?$", re.MULTILINE)
_WOS_LINE = re.compile(r"^PT [JBCSP]\r?$", re.MULTILINE)
_ENW_LINE = re.compile(r"^%0 [A-Z]", re.MULTILINE)
_BIB_ENTRY = re.compile(r"@\s*\w+\s*[{(]\s*[^\s{},=]*\s*,\s*[\w-]+\s*=", re.ASCII)
_XML = re.compile(r"<(?:\?xml|feed|rss|rdf|xml|PubmedArticle|mods|article|responseWrapper|OAI-PMH|pmc-|TEI|marc|collection)")
_OTHERS = (
    (b"SQLite format 3\0", "a database; of a running Zotero, `paperchat add zotero:` reads the library"),
    (b"\xd0\xcf\x11\xe0", "an old Office file; save it as CSV first"),
    (b"PK\x03\x04", "an Office file; save it as CSV first"),
    (b"\x89PNG", "an image"),
)


def papers_of(member: Member, on_error: OnError, limits: Limits) -> Iterator[Paper]:
    """Papers of a file of any format. Raises CorpusError when it has none that is known."""
    head = member.head()
    if head.startswith(b"%PDF-") or head.lstrip().startswith(b"%PDF-"):
        yield from read_pdf(member, on_error, limits)
        return
    for begins, what in _OTHERS:
        if head.startswith(begins):
            raise CorpusError(member.source, 0, f"{what}; what is read: {KINDS}" if "save" not in what and "Zotero" not in what else what)
    member = as_utf8(member)
    yield from reader_of(member)(member, on_error, limits)


def is_known(path: Path) -> bool:
    """Whether a file that lies unpacked on the disk is of a format that is read."""
    with path.open("rb") as file:
        head = file.read(64 * 1024)
    return (
        head.startswith((b"%PDF-", b"PK\x03\x04", b"\x1f\x8b"))
        or _by_content(head.decode(errors="replace").lstrip("\ufeff"), None) is not None
    )


def reader_of(member: Member) -> Reader:
    """The reader for a file that is in UTF-8."""
    head = member.head().decode(errors="replace").lstrip("\ufeff")
    suffix = member.name.rpartition(".")[2].lower()
    named = _BY_NAME.get(suffix)
    return _by_content(head, named) or named or _unknown


def _by_content(head: str, named: Reader | None) -> Reader | None:
    start = head.lstrip()
    if named is not read_json and named is not None and start[:1] not in "{[<" and _agrees(named, head):
        return named
    if start[:1] == "<" and not re.match(r"<\d+>\s", start):  # Ovid numbers its records so
        return read_xml if named is read_xml or _XML.search(start[:2_000]) else named
    if re.match(r"\{\s*(?:[\"{}\[\]]|$)|\[\s*(?:[{\[\]]|$)", start):
        return read_json
    if start[:1] == "{" and not is_labelled(head):
        return named
    if is_note(head):
        return read_note
    if is_citations(head):
        return read_citations
    found = next((reader for pattern, reader in _BY_CONTENT if pattern.match(head)), None)
    if found or is_listing(head):
        return found or read_listing
    if is_table(head):
        return read_table
    lines = ((_RIS_LINE, _RIS), (_NBIB_LINE, _NBIB), (_WOS_LINE, _WOS), (_ENW_LINE, _ENW), (_BIB_ENTRY, read_bibtex))
    return next((reader for pattern, reader in lines if pattern.search(head)), None) or (read_labelled if is_labelled(head) else None)


def _agrees(named: Reader, head: str) -> bool:
    """Whether the file looks as its name says."""
    signs = {_RIS: _RIS_LINE, _NBIB: _NBIB_LINE, _ENW: _ENW_LINE, _WOS: _WOS_LINE, read_bibtex: _BIB_ENTRY}
    return is_table(head) if named is read_table else bool(named in signs and signs[named].search(head))


def _unknown(member: Member, on_error: OnError, limits: Limits) -> NoReturn:
    whole(member, limits)  # too long, or binary: then that is the reason
    raise CorpusError(member.source, 0, f"not a saved listing page, nor anything else that is read: {KINDS}; each also as .gz or in a .zip")
