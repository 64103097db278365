"""JSON items of reference managers: CSL-JSON (and Crossref's works, nearly the same), Zotero's."""

from corpus.readers.dates import date_parts, most_exact
from corpus.readers.ids import arxiv_id, doi
from corpus.readers.json_values import Record, dicts, first, inside, text_of
from corpus.readers.rest import REST, known_rest


def csl(record: Record) -> Record:
    """CSL-JSON, as Zotero, Mendeley and pandoc write it, and Crossref's works, which are nearly the same."""
    dates = [
        date_parts(record.get(name))
        for name in ("published-print", "published-online", "issued", "published", "posted")
        if record.get(name)
    ]
    title, subtitle = text_of(record.get("title")), text_of(record.get("subtitle"))
    key = first(record, "citation-key", "citation-label") or (record.get("id") if "/" not in str(record.get("id")) else None)
    return {
        "aliases": [found for name in ("DOI", "URL", "number", "archive_location") if isinstance(record.get(name), str)
                    and (found := arxiv_id(record[name]) or doi(record[name]))],
        "title": f"{title}: {subtitle}" if title and subtitle else title,
        "abstract": record.get("abstract"),
        "authors": record.get("author"),
        "published": most_exact(*(date for date in dates if date)),
        "venue": text_of(first(record, "container-title", "event-title", "event", "collection-title", "publisher")),
        "url": text_of(record.get("URL")),
        "keywords": first(record, "keyword", "keywords", "categories"),
        "citation_key": str(key) if isinstance(key, str) and not key.startswith("http") and " " not in key else None,
    } | known_rest(inside(record, "custom", REST))  # fmt: skip


def zotero_record(record: Record) -> Record:
    """An item of Zotero's API, of its own JSON export, or of Better BibTeX's."""
    data = record["data"] if isinstance(record.get("data"), dict) else record
    extra = {
        name.strip().lower(): value.strip()
        for line in str(data.get("extra") or "").splitlines()
        for name, sign, value in [line.partition(":")]
        if sign
    }
    ids = [
        data.get("DOI"),
        data.get("archiveID"),
        data.get("url"),
        extra.get("doi"),
        f"arxiv:{extra['arxiv'].split()[0]}" if extra.get("arxiv") else None,
    ]
    return {
        "aliases": [found for value in ids if isinstance(value, str) and (found := arxiv_id(value) or doi(value))],
        "title": data.get("title"),
        "abstract": data.get("abstractNote"),
        "authors": [
            who for who in dicts(data.get("creators")) if who.get("creatorType") in (None, "author", "presenter", "inventor", "programmer")
        ],
        "published": data.get("date"),
        "venue": first(
            data, "publicationTitle", "proceedingsTitle", "conferenceName", "bookTitle", "repository", "university", "institution"
        ),
        "url": data.get("url"),
        "keywords": data.get("tags"),
        "citation_key": data.get("citationKey") or data.get("citekey") or extra.get("citation key"),
    }
