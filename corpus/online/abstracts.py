"""Abstracts for papers that came with a title only: looked up by arXiv id, DOI or title."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from corpus.online.arxiv import ARXIV_API, PAUSE_SECONDS, papers_by_id, papers_by_title
from corpus.online.doi import CROSSREF_API, OPENALEX_API, by_title, papers_by_doi, same_paper
from corpus.paper import Paper, global_ids
from corpus.readers.records import CorpusError, OnError


def abstracts_of(
    papers: Iterable[Paper], on_error: OnError, openalex: str = OPENALEX_API, crossref: str = CROSSREF_API,
    arxiv: str = ARXIV_API, pause: float = PAUSE_SECONDS,
) -> Iterator[Paper]:  # fmt: skip
    """Those of the papers whose abstract was found, with it; a service that does not answer is reported once."""
    wanted = [paper for paper in papers if paper.title_only]
    faults: set[str] = set()

    def told(error: CorpusError) -> None:
        if str(error) not in faults and not error.reason.startswith("no "):
            faults.add(str(error))
            on_error(error)

    by_id = {i: paper for paper in wanted for i in (paper.paper_id, *paper.aliases) if i.startswith("arxiv:")}
    known = dict[str, Paper]()
    try:
        for found in papers_by_id(list(by_id), told, arxiv, pause):
            if paper := by_id.get(found.paper_id):
                known[paper.paper_id] = found
    except CorpusError as error:
        told(error)
    for paper in wanted:
        found_paper = known.get(paper.paper_id)
        for look in (_by_doi, _by_title) if found_paper is None else ():
            try:
                found_paper = found_paper or look(paper, told, openalex, crossref)
            except CorpusError as error:
                told(error)
        if found_paper is None and not faults:
            found_paper = _at_arxiv(paper, told, arxiv, pause)
        if found_paper and found_paper.abstract:
            yield completed(paper, found_paper)


def _by_doi(paper: Paper, on_error: OnError, openalex: str, crossref: str) -> Paper | None:
    dois = [i for i in (paper.paper_id, *paper.aliases) if i.startswith("doi:")]
    return next(papers_by_doi(dois, on_error, openalex, crossref), None)


def _by_title(paper: Paper, on_error: OnError, openalex: str, crossref: str) -> Paper | None:
    return by_title(paper, openalex)


def _at_arxiv(paper: Paper, on_error: OnError, arxiv: str, pause: float) -> Paper | None:
    try:
        return next((found for found in papers_by_title(paper.title, on_error, arxiv, pause) if same_paper(paper, found)), None)
    except CorpusError as error:
        on_error(error)
        return None


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
