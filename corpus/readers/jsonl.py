"""JSON: one object a line (or one array), plain records, arXiv's metadata snapshot, Hugging Face's daily papers."""

import json
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

from corpus.paper import Paper
from corpus.readers.records import CorpusError, OnError, arxiv_url, known_id, names, paper_of_record
from corpus.readers.streams import Limits, Member, lines, whole

_ARRAY = re.compile(rb"\s*\[")


def read_json(member: Member, on_error: OnError, limits: Limits) -> Iterator[Paper]:
    """Papers of a file with one JSON object a line, streamed, or of one array, read whole.

    `title` and `abstract` are needed; `id`, `authors`, `author_count`, `organisation`,
    `published` (or `year`), `url` and `code_urls` are taken where they are given. Records of
    arXiv's metadata snapshot and of Hugging Face's daily papers are known by their fields.
    """
    if _ARRAY.match(member.file.peek(64)):  # type: ignore[attr-defined]
        yield from _array(member, on_error, limits)
        return
    for number, line in lines(member, on_error, limits):
        if not line.strip():
            continue
        try:
            yield paper_of_json(_parsed(line), member.source)
        except ValueError as error:
            on_error(CorpusError(member.source, number, str(error)))


def _array(member: Member, on_error: OnError, limits: Limits) -> Iterator[Paper]:
    try:
        records = json.loads(whole(member, limits))
    except (json.JSONDecodeError, RecursionError) as error:
        raise CorpusError(member.source, 0, f"not JSON: {error}") from None
    for number, record in enumerate(records, 1):
        try:
            yield paper_of_json(record, member.source)
        except ValueError as error:
            on_error(CorpusError(member.source, 0, f"record {number}: {error}"))


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("not UTF-8; convert the file first, e.g. `iconv -f latin1 -t utf8`") from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None


def paper_of_json(record: Any, source: str) -> Paper:
    """The paper of a JSON record of any known kind. Raises ValueError with the reason."""
    if isinstance(record, dict):
        if isinstance(record.get("paper"), dict):
            record = _daily(record)
        elif "authors_parsed" in record or ("versions" in record and "categories" in record):
            record = _snapshot(record)
    return paper_of_record(record, source)


def _snapshot(record: dict[str, Any]) -> dict[str, Any]:
    """A record of arXiv's metadata snapshot; its date is that of the first version."""
    paper_id = known_id(f"arxiv:{record.get('id')}")
    parsed = [" ".join(str(part) for part in (name[1], name[0], *name[2:3]) if part) for name in _lists(record.get("authors_parsed"), 2)]
    return {
        "id": paper_id,
        "doi": record.get("doi"),
        "title": record.get("title"),
        "abstract": record.get("abstract"),
        "authors": parsed or names(record.get("authors")),
        "published": _first_version(record.get("versions")) or record.get("update_date"),
        "url": arxiv_url(paper_id) if paper_id else None,
    }


def _lists(value: Any, length: int) -> list[list[Any]]:
    return [item for item in value if isinstance(item, list) and len(item) >= length] if isinstance(value, list) else []


def _first_version(versions: Any) -> str | None:
    try:
        return parsedate_to_datetime(versions[0]["created"]).date().isoformat()
    except (TypeError, KeyError, IndexError, ValueError):
        return None


def _daily(record: dict[str, Any]) -> dict[str, Any]:
    """A record of Hugging Face's daily papers; its id is arXiv's."""
    paper = record["paper"]
    paper_id = known_id(f"arxiv:{paper.get('id')}")
    authors = paper.get("authors")
    organisation = paper.get("organization") or record.get("organization")
    return {
        "id": paper_id,
        "title": paper.get("title") or record.get("title"),
        "abstract": paper.get("summary") or record.get("summary"),
        "authors": [author.get("name") for author in authors if isinstance(author, dict)] if isinstance(authors, list) else None,
        "organisation": organisation.get("fullname") or organisation.get("name") if isinstance(organisation, dict) else None,
        "published": paper.get("publishedAt") or record.get("publishedAt"),
        "url": arxiv_url(paper_id) if paper_id else None,
        "code_urls": [url for url in (paper.get("githubRepo"), paper.get("projectPage")) if url],
    }
