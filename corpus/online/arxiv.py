"""arXiv's Atom feed, through the `arxiv` package: papers by id, or by arXiv's own query language."""

import logging
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from corpus.paper import Paper
from corpus.readers.records import CorpusError, OnError, arxiv_id, arxiv_url, paper_of_record
from corpus.sites import Sites

if TYPE_CHECKING:
    import arxiv

ARXIV_API = Sites().arxiv
PAUSE_SECONDS = 3.0
"""Between requests, as arXiv's terms of use ask."""

_SOURCE = "arXiv"
_PAGE = 500
_IDS_AT_ONCE = 100
_TIMEOUT_SECONDS = 60.0


def papers_by_id(ids: Sequence[str], on_error: OnError, api: str = ARXIV_API, pause: float = PAUSE_SECONDS) -> Iterator[Paper]:
    """The papers of these ids (`arxiv:2406.01234`), in arXiv's order; an id that arXiv does not know is reported.

    Raises CorpusError when arXiv does not answer.
    """
    import arxiv

    client = _client(api, pause)
    for start in range(0, len(ids), _IDS_AT_ONCE):
        part = dict.fromkeys(ids[start : start + _IDS_AT_ONCE])
        search = arxiv.Search(id_list=[paper_id.removeprefix("arxiv:") for paper_id in part], max_results=len(part))
        found = set()
        for paper in _papers(client, search, on_error):
            found.add(paper.paper_id)
            yield paper
        for paper_id in part:
            if paper_id not in found:
                on_error(CorpusError(_SOURCE, 0, f"no paper {paper_id}"))


def papers_by_query(
    query: str, on_error: OnError, since: str | None = None, limit: int = 1_000, api: str = ARXIV_API, pause: float = PAUSE_SECONDS
) -> Iterator[Paper]:
    """The newest papers that match a query such as `cat:cs.CL AND abs:diffusion`, at most `limit`.

    `since` is a date, YYYY-MM-DD, of the first submission. Raises CorpusError when arXiv
    does not answer.
    """
    import arxiv

    if since is not None:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", since):
            raise CorpusError(_SOURCE, 0, f"the date {since!r} is not of the form YYYY-MM-DD")
        query = f"({query}) AND submittedDate:[{since.replace('-', '')}0000 TO 299912312359]"
    search = arxiv.Search(query=query, max_results=limit, sort_by=arxiv.SortCriterion.SubmittedDate)
    return _papers(_client(api, pause), search, on_error)


def papers_by_title(title: str, on_error: OnError, api: str = ARXIV_API, pause: float = PAUSE_SECONDS) -> Iterator[Paper]:
    """The best few papers that have the words of a title. Raises CorpusError when arXiv does not answer."""
    import arxiv

    words = " ".join(re.findall(r"\w+", title))
    return _papers(_client(api, pause), arxiv.Search(query=f'ti:"{words}"', max_results=5), on_error) if words else iter(())


def _client(api: str, pause: float) -> "arxiv.Client":
    import arxiv
    from requests.adapters import HTTPAdapter

    class Timed(HTTPAdapter):
        """The package waits for ever otherwise."""

        def send(self, *args: Any, **kwargs: Any) -> Any:
            return super().send(*args, **{**kwargs, "timeout": _TIMEOUT_SECONDS})

    logging.getLogger("arxiv").setLevel(logging.ERROR)
    client = arxiv.Client(page_size=_PAGE, delay_seconds=pause, num_retries=3)
    client.query_url_format = f"{api}?{{}}"
    for scheme in ("http://", "https://"):
        client._session.mount(scheme, Timed())
    return client


def _papers(client: "arxiv.Client", search: "arxiv.Search", on_error: OnError) -> Iterator[Paper]:
    import arxiv
    import requests

    try:
        for result in client.results(search):
            try:
                yield _paper(result)
            except ValueError as error:
                on_error(CorpusError(_SOURCE, 0, f"{result.entry_id}: {error}"))
    except arxiv.HTTPError as error:
        raise CorpusError(_SOURCE, 0, f"it answered with status {error.status}; check the query, or try again later") from None
    except (arxiv.ArxivError, requests.RequestException) as error:
        raise CorpusError(_SOURCE, 0, f"it does not answer ({type(error).__name__}); what came is kept, run this again later") from None


def _paper(result: "arxiv.Result") -> Paper:
    paper_id = arxiv_id(f"arxiv:{result.get_short_id()}")
    if paper_id is None:
        raise ValueError("no id of a paper")
    record = {
        "id": paper_id,
        "title": result.title,
        "abstract": result.summary,
        "authors": [author.name for author in result.authors],
        "published": result.published.date().isoformat(),
        "url": arxiv_url(paper_id),
    }
    return paper_of_record(record, _SOURCE)
