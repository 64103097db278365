"""Abstracts for papers that came with a title only: looked up by arXiv id, DOI or title."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from corpus.online.arxiv import PAUSE_SECONDS, papers_by_id, papers_by_title
from corpus.online.doi import by_title, papers_by_doi, same_paper
from corpus.paper import Paper, global_ids
from corpus.readers.records import CorpusError, OnError, TitleOnly
from corpus.sites import Sites


def abstracts_of(
    papers: Iterable[Paper], on_error: OnError, sites: Sites, looked: Callable[[], None] = lambda: None, pause: float = PAUSE_SECONDS
) -> Iterator[Paper]:
    """Those of the papers whose abstract was found, with it; a service that does not answer is reported once, and asked no more."""
    wanted = [paper for paper in papers if paper.title_only]
    search = _Search(on_error, sites, pause)
    by_id = search.at_arxiv(wanted)
    for paper in wanted:
        found = by_id.get(paper.paper_id) or search.by_doi(paper) or search.by_title(paper) or search.by_title_at_arxiv(paper)
        looked()
        if found and found.abstract:
            yield completed(paper, found)


T = TypeVar("T")


class _Search:
    """The ways to find a paper; one whose service failed finds nothing more."""

    def __init__(self, on_error: OnError, sites: Sites, pause: float) -> None:
        self._on_error, self._sites, self._pause = on_error, sites, pause
        self._failed: set[str] = set()

    def _tried(self, service: str, look: Callable[[], T]) -> T | None:
        if service in self._failed:
            return None
        try:
            return look()
        except CorpusError as error:
            self._failed.add(service)
            self._on_error(error)
            return None

    def at_arxiv(self, papers: Iterable[Paper]) -> dict[str, Paper]:
        """By the arXiv ids of the papers: paper id -> what arXiv has."""
        of = {i: paper.paper_id for paper in papers for i in (paper.paper_id, *paper.aliases) if i.startswith("arxiv:")}
        found: dict[str, Paper] = {}

        def look() -> None:
            for paper in papers_by_id(list(of), _unknown, self._sites.arxiv, self._pause):
                if paper.paper_id in of:
                    found[of[paper.paper_id]] = paper

        if of:
            self._tried("arxiv", look)
        return found

    def by_doi(self, paper: Paper) -> Paper | None:
        dois = [i for i in (paper.paper_id, *paper.aliases) if i.startswith("doi:")]
        sites = self._sites
        return self._tried("doi", lambda: next(papers_by_doi(dois, _unknown, sites.openalex, sites.crossref), None)) if dois else None

    def by_title(self, paper: Paper) -> Paper | None:
        return self._tried("openalex", lambda: by_title(paper, self._sites.openalex))

    def by_title_at_arxiv(self, paper: Paper) -> Paper | None:
        def look() -> Paper | None:
            found = papers_by_title(paper.title, _unknown, self._sites.arxiv, self._pause)
            return next((other for other in found if same_paper(paper, other)), None)

        return self._tried("arxiv", look)


def _unknown(error: CorpusError) -> None:
    """That a service does not know a paper is no fault: another may. Anything else is."""
    if not isinstance(error, TitleOnly) and not error.reason.startswith("no paper"):
        raise error


def completed(paper: Paper, found: Paper) -> Paper:
    """The paper with what was found added; what its owner wrote stays."""
    aliases = global_ids((*paper.aliases, found.paper_id, *found.aliases))
    return replace(
        paper,
        abstract=found.abstract,
        published=paper.published or found.published,
        authors=paper.authors or found.authors,
        author_count=paper.author_count or found.author_count,
        url=paper.url or found.url,
        venue=paper.venue or found.venue,
        keywords=paper.keywords or found.keywords,
        code_urls=tuple(dict.fromkeys([*paper.code_urls, *found.code_urls])),
        aliases=tuple(i for i in aliases if i != paper.paper_id),
    )
