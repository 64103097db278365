"""JSON records of APIs: arXiv's snapshot, Hugging Face, Semantic Scholar, OpenAlex, OpenReview, DBLP."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from corpus.readers.dates import iso_date, most_exact
from corpus.readers.ids import arxiv_id, arxiv_url, doi, known_id
from corpus.readers.json_values import Record, dicts, first, inside, text_of


def snapshot(record: Record) -> Record:
    """A record of arXiv's metadata snapshot; its date is that of the first version."""
    paper_id = known_id(f"arxiv:{record.get('id')}")
    lists = [name for name in record.get("authors_parsed") or () if isinstance(name, list) and len(name) >= 2]
    parsed = [" ".join(str(part) for part in (name[1], name[0], *name[2:3]) if part) for name in lists]
    return {
        "id": paper_id,
        "doi": record.get("doi"),
        "title": record.get("title"),
        "abstract": record.get("abstract"),
        "authors": parsed or record.get("authors"),
        "published": _first_version(record.get("versions")) or record.get("update_date"),
        "url": arxiv_url(paper_id) if paper_id else None,
        "venue": record.get("journal-ref"),
    }


def _first_version(versions: Any) -> str | None:
    try:
        return parsedate_to_datetime(versions[0]["created"]).date().isoformat()
    except (TypeError, KeyError, IndexError, ValueError):
        return None


def daily(record: Record) -> Record:
    """A record of Hugging Face's daily papers; its id is arXiv's."""
    paper = record["paper"]
    paper_id = known_id(f"arxiv:{paper.get('id')}")
    organisation = paper.get("organization") or record.get("organization")
    return {
        "id": paper_id,
        "title": paper.get("title") or record.get("title"),
        "abstract": paper.get("summary") or record.get("summary"),
        "authors": [author.get("name") for author in dicts(paper.get("authors"))],
        "organisation": organisation.get("fullname") or organisation.get("name") if isinstance(organisation, dict) else None,
        "published": paper.get("publishedAt") or record.get("publishedAt"),
        "url": arxiv_url(paper_id) if paper_id else None,
        "code_urls": [url for url in (paper.get("githubRepo"), paper.get("projectPage")) if url],
    }


def semantic_scholar(record: Record) -> Record:
    ids = record.get("externalIds") or {}
    arxiv, named = inside(ids, "ArXiv"), inside(ids, "DOI") or record.get("doi")
    return {
        "aliases": [found for found in (arxiv_id(f"arxiv:{arxiv}") if arxiv else None, doi(str(named)) if named else None) if found],
        "title": record.get("title"),
        "abstract": record.get("abstract"),
        "authors": record.get("authors"),
        "published": most_exact(record.get("publicationDate"), record.get("year")) or iso_date(record.get("year")),
        "venue": record.get("venue") or inside(record, "publicationVenue", "name") or inside(record, "journal", "name"),
        "url": record.get("url") or None,
        "keywords": record.get("fieldsOfStudy"),
    }


def words_of_inverted(index: Any) -> str | None:
    """OpenAlex's abstract: word -> the places where it stands."""
    if not isinstance(index, dict):
        return None
    places = [(at, word) for word, held in index.items() if isinstance(held, list) for at in held if isinstance(at, int)]
    return " ".join(word for _, word in sorted(places)[:20_000]) or None


def openalex(record: Record) -> Record:
    place = inside(record, "primary_location")
    urls = [
        inside(place, "landing_page_url"),
        *(inside(other, "landing_page_url") for other in dicts(record.get("locations"))),
        inside(record, "ids", "arxiv"),
    ]
    ids = [doi(str(record["doi"])) if record.get("doi") else None, *(arxiv_id(url) for url in urls if isinstance(url, str))]
    return {
        "aliases": [found for found in ids if found],
        "title": first(record, "title", "display_name"),
        "abstract": words_of_inverted(record.get("abstract_inverted_index")) or record.get("abstract"),
        "authors": record.get("authorships"),
        "published": first(record, "publication_date", "publication_year"),
        "venue": inside(place, "source", "display_name") or inside(record, "host_venue", "display_name"),
        "url": next((url for url in (*urls, record.get("doi")) if isinstance(url, str) and url), None),
        "keywords": record.get("keywords"),
    }


def openreview(record: Record) -> Record:
    content = {name: inside(value, "value") if isinstance(value, dict) else value for name, value in record["content"].items()}
    forum = record.get("forum") or record.get("id")
    at = next((record[name] for name in ("pdate", "odate", "cdate", "tcdate") if isinstance(record.get(name), (int, float))), None)
    return {
        "id": f"openreview:{forum}" if forum else None,
        "title": content.get("title"),
        "abstract": content.get("abstract"),
        "authors": content.get("authors"),
        "published": _day_of(at),
        "venue": content.get("venue"),
        "url": f"https://openreview.net/forum?id={forum}" if forum else None,
        "keywords": content.get("keywords"),
    }


def _day_of(milliseconds: float | None) -> str | None:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat() if milliseconds else None
    except (OverflowError, OSError, ValueError):
        return None


def dblp(record: Record) -> Record:
    info = record["info"]
    volume = str(info.get("volume") or "")
    who = inside(info, "authors", "author")
    return {
        "aliases": [
            found
            for found in (arxiv_id(f"arxiv:{volume[4:]}") if volume.startswith("abs/") else None, doi(str(info.get("doi") or "")))
            if found
        ],
        "title": str(info.get("title") or "").rstrip("."),
        "abstract": info.get("abstract"),
        "authors": who,
        "published": info.get("year"),
        "venue": text_of(info.get("venue")),
        "url": text_of(info.get("ee")) or text_of(info.get("url")),
    }
