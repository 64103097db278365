"""JSON records of programs and APIs -> one record, told by the fields that only they have."""

from collections.abc import Callable

from corpus.readers.ids import arxiv_id
from corpus.readers.json_apis import daily, dblp, openalex, openreview, semantic_scholar, snapshot, words_of_inverted
from corpus.readers.json_items import csl, zotero_record
from corpus.readers.json_values import Record, first, inside, text_of

_OWN = {"id", "paper_id", "title", "abstract", "authors", "author_count", "published", "year", "organisation", "url", "doi", "code_urls",
        "sources", "aliases",
        "venue", "keywords", "citation_key", "arxiv_id"}  # fmt: skip


def known_record(record: Record) -> Record:
    """The record with the names that `paper_of_record` knows; one of no known kind with its usual synonyms read."""
    texts = (record.get("abstract"), record.get("venue"))
    if record.keys() <= _OWN and all(text is None or isinstance(text, str) for text in texts):  # our own, and most others
        whole = "paper_id" in record and isinstance(record.get("authors"), list)
        return record | {"authors": tuple(record["authors"])} if whole else record
    return next((read(record) for is_one, read in _KINDS if is_one(record)), None) or _plain(record)


_SYNONYMS = {
    "title": ("title", "Title", "display_name", "paper_title", "name", "article_title"),
    "abstract": ("abstract", "Abstract", "summary", "abstractText", "abstract_text", "abstractNote", "description"),
    "authors": ("authors", "Authors", "author", "creators", "authorString", "author_names"),
    "published": ("published", "date", "publication_date", "publicationDate", "published_date", "publishedAt", "datePublished",
                  "firstPublicationDate",
                  "issued", "Date", "created"),
    "year": ("year", "Year", "pubYear", "publication_year"),
    "organisation": ("organisation", "organization"),
    "url": ("url", "URL", "link", "paper_url", "url_abs", "landing_page_url", "Url"),
    "doi": ("doi", "DOI"),
    "arxiv_id": ("arxiv_id", "arxivId", "arxiv", "eprint"),
    "venue": ("venue", "journal", "journalTitle", "container_title", "booktitle", "conference", "proceeding", "journal_ref", "publication"),
    "keywords": ("keywords", "Keywords", "tags", "tasks", "categories"),
    "citation_key": ("citation_key", "citationKey", "citekey", "bibkey"),
}  # fmt: skip


def is_record(value: Record) -> bool:
    """Whether an object is a paper's record, and not what wraps some."""
    titles = (value.get("title"), value.get("Title"), value.get("display_name"))
    if any(titles) and any(isinstance(title, (str, list)) and title for title in titles) and "entry" not in value:
        return True
    return any(is_one(value) for is_one, _ in _KINDS if is_one is not _by_csl)


def _by_csl(record: Record) -> bool:
    if any(name in record for name in ("container-title", "DOI", "issued", "citation-key", "custom")):
        return True
    return isinstance(record.get("type"), str) and ("author" in record or record["type"] in _CSL_TYPES)


def _plain(record: Record) -> Record:
    """A record of no known program."""
    found = {name: value for name, names in _SYNONYMS.items() if (value := first(record, *names)) is not None}
    if isinstance(found.get("title"), list):
        found["title"] = text_of(found["title"])
    if isinstance(value := found.get("abstract"), (list, dict)):
        found["abstract"] = (
            words_of_inverted(value)
            or text_of(inside(value, "value"))
            or " ".join(filter(None, map(text_of, value if isinstance(value, list) else ())))
        )
    for name in ("url", "venue"):
        if isinstance(found.get(name), (list, dict)):
            value = found[name]
            found[name] = (
                text_of(value) or text_of(inside(value, "name")) or text_of(inside(value, "display_name")) or text_of(inside(value, "href"))
            )
    arxiv = str(found.pop("arxiv_id", None) or "")
    ids = [arxiv_id(f"arxiv:{arxiv}") or arxiv_id(arxiv)] if arxiv else []
    given = {name: record[name] for name in ("id", "paper_id", "author_count", "code_urls", "sources", "aliases") if name in record}
    aliases = given.get("aliases")
    given["aliases"] = [*(found_id for found_id in ids if found_id), *(aliases if isinstance(aliases, list) else [])]
    return given | found


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
