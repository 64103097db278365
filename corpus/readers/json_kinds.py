"""JSON records of programs and APIs -> one record, told by the fields that only they have."""

from collections.abc import Callable

from corpus.readers.json_apis import daily, dblp, openalex, openreview, semantic_scholar, snapshot
from corpus.readers.json_items import csl, zotero_record
from corpus.readers.json_plain import has_title, is_wrapper, plain
from corpus.readers.json_values import Record

_OWN = {"id", "paper_id", "title", "abstract", "authors", "author_count", "published", "year", "organisation", "url", "doi", "code_urls",
        "sources", "aliases",
        "venue", "keywords", "citation_key", "arxiv_id"}  # fmt: skip


def known_record(record: Record) -> Record:
    """The record with the names that `paper_of_record` knows; one of no known kind with its usual synonyms read."""
    texts = (record.get("abstract"), record.get("venue"))
    if record.keys() <= _OWN and all(text is None or isinstance(text, str) for text in texts):  # our own, and most others
        whole = "paper_id" in record and isinstance(record.get("authors"), list)
        return record | {"authors": tuple(record["authors"])} if whole else record
    return next((read(record) for is_one, read in _KINDS if is_one(record)), None) or plain(record)


def is_record(value: Record) -> bool:
    """Whether an object is a paper's record, and not what wraps some."""
    title = value.get("title")
    if title and isinstance(title, str) and value.keys() <= _OWN:  # most; none of these names is a list of papers
        return True
    if (isinstance(title, str) and title) or has_title(value):
        return "entry" not in value and not is_wrapper(value)
    return any(is_one(value) for is_one, _ in _KINDS if is_one is not _by_csl)


def _by_csl(record: Record) -> bool:
    if not record.get("title"):
        return False
    if any(name in record for name in ("container-title", "DOI", "issued", "citation-key", "custom")):
        return True
    return isinstance(record.get("type"), str) and ("author" in record or record["type"] in _CSL_TYPES)


_CSL_TYPES = {
    "article",
    "article-journal",
    "paper-conference",
    "chapter",
    "book",
    "thesis",
    "report",
    "manuscript",
    "webpage",
    "dataset",
    "software",
    "document",
}

_KINDS: tuple[tuple[Callable[[Record], bool], Callable[[Record], Record]], ...] = (
    (lambda r: isinstance(r.get("paper"), dict), daily),
    (lambda r: isinstance(r.get("citedPaper"), dict), lambda r: semantic_scholar(r["citedPaper"])),
    (lambda r: isinstance(r.get("citingPaper"), dict), lambda r: semantic_scholar(r["citingPaper"])),
    (lambda r: "authors_parsed" in r or ("versions" in r and "categories" in r), snapshot),
    (lambda r: "abstract_inverted_index" in r or "authorships" in r, openalex),
    (lambda r: isinstance(r.get("content"), dict) and "title" in r["content"], openreview),
    (lambda r: "itemType" in (r["data"] if isinstance(r.get("data"), dict) else r) or "abstractNote" in r, zotero_record),
    (lambda r: "paperId" in r or "externalIds" in r or "corpusId" in r, semantic_scholar),
    (lambda r: isinstance(r.get("info"), dict) and "title" in r["info"], dblp),
    (_by_csl, csl),
)
