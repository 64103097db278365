"""Hugging Face's daily papers of a date, from its JSON endpoint."""

import json
import re
from collections.abc import Iterator
from typing import Any

from corpus.paper import Paper
from corpus.readers.jsonl import paper_of_json
from corpus.readers.records import CorpusError, OnError

HUGGING_FACE = "https://huggingface.co"
_SOURCE = "Hugging Face daily papers"
_PAGE = 100
_MAX_BYTES = 64 * 1024 * 1024
_TIMEOUT_SECONDS = 60.0


def daily_papers(date: str, on_error: OnError, site: str = HUGGING_FACE) -> Iterator[Paper]:
    """The papers that were listed on a date, YYYY-MM-DD.

    Raises CorpusError for what is no date, and when the site does not answer.
    """
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", date):
        raise CorpusError(_SOURCE, 0, f"the date {date!r} is not of the form YYYY-MM-DD")
    known: set[str] = set()
    for page in range(1_000):
        records = _page(f"{site.rstrip('/')}/api/daily_papers", {"date": date, "limit": _PAGE, "p": page})
        fresh = 0
        for record in records:
            try:
                paper = paper_of_json(record, _SOURCE)
            except ValueError as error:
                on_error(CorpusError(_SOURCE, 0, f"{date}: {error}"))
                continue
            if paper.paper_id not in known:
                known.add(paper.paper_id)
                fresh += 1
                yield paper
        if len(records) < _PAGE or not fresh:
            return


def _page(url: str, parameters: dict[str, Any]) -> list[Any]:
    import httpx

    try:
        with httpx.stream("GET", url, params=parameters, timeout=_TIMEOUT_SECONDS, follow_redirects=True) as response:
            body = b""
            for piece in response.iter_bytes():
                body += piece
                if len(body) > _MAX_BYTES:
                    raise CorpusError(_SOURCE, 0, f"the answer is longer than {_MAX_BYTES:,} bytes")
        if response.status_code != 200:
            raise CorpusError(_SOURCE, 0, f"the site answered with status {response.status_code} (a date to come?)")
        records = _json(body)
    except httpx.HTTPError as error:
        raise CorpusError(_SOURCE, 0, f"the site does not answer ({type(error).__name__}); run this again later") from None
    if not isinstance(records, list):
        raise CorpusError(_SOURCE, 0, "the answer is no list of papers")
    return records


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise CorpusError(_SOURCE, 0, "the answer is not JSON") from None
