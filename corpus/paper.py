"""Paper, the one record that everything passes on, and the merging of its copies."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

_NOT_WORD = re.compile(r"\W+")
_SLUG_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as the corpus knows it; `None` and empty tuples mean "not known".

    `published` is an ISO 8601 date, whole or partial: `2025-10-06`, `2025-10` or `2025`.
    `sources` names the files or services that it came from. `abstract` is clean text, so
    a quote is an exact substring of it; empty, the paper is known by its title only. `aliases`
    are further ids under which it is known, each an arXiv id or a DOI: only these mean the same
    paper everywhere. `citation_key` is what its owner's BibTeX file calls it.
    """

    paper_id: str
    title: str
    abstract: str
    published: str | None = None
    organisation: str | None = None
    author_count: int | None = None
    authors: tuple[str, ...] = ()
    url: str | None = None
    code_urls: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    venue: str | None = None
    keywords: tuple[str, ...] = ()
    citation_key: str | None = None

    @property
    def title_only(self) -> bool:
        """Whether no abstract is known: it can be found by its title, and nothing can be quoted from it."""
        return not self.abstract


def global_ids(ids: Iterable[str]) -> tuple[str, ...]:
    """The arXiv ids and DOIs among ids, each once."""
    return tuple(dict.fromkeys(i for i in ids if i.startswith(("arxiv:", "doi:"))))


def title_key(title: str) -> str:
    """The title as qrels files key it: runs of non-word characters -> one space, lower case."""
    return _NOT_WORD.sub(" ", title).strip().lower()


def same_title_key(title: str) -> str:
    """The key by which two spellings of one title are the same paper; empty ("???") says nothing."""
    return title_key(unicodedata.normalize("NFKC", title))


def paper_id_for(title: str) -> str:
    """A readable, stable id for a paper that came without one; case and punctuation don't count."""
    key = same_title_key(title)
    digest = hashlib.sha256((key or title).encode()).hexdigest()[:8]
    slug = re.sub(r"[^a-z0-9]+", "-", key)[:_SLUG_CHARACTERS].strip("-")
    return f"{slug}-{digest}" if slug else digest


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(first + second))


def _more_exact(first: str | None, second: str | None) -> str | None:
    """The date with more parts; of two equally exact ones the earlier."""
    known = [date for date in (first, second) if date]
    return min(known, key=lambda date: (-len(date), date), default=None)


def merge(first: Paper, second: Paper) -> Paper:
    """One paper out of two copies: the first's id, the longer abstract, all that either knows."""
    longer = second if len(second.abstract) > len(first.abstract) else first
    return replace(
        first,
        abstract=longer.abstract,
        published=_more_exact(first.published, second.published),
        organisation=first.organisation or second.organisation,
        author_count=first.author_count or second.author_count,
        authors=first.authors or second.authors,
        url=first.url or second.url,
        code_urls=_union(first.code_urls, second.code_urls),
        sources=_union(first.sources, second.sources),
        venue=first.venue or second.venue,
        keywords=first.keywords or second.keywords,
        citation_key=first.citation_key or second.citation_key,
        aliases=tuple(i for i in global_ids((*first.aliases, second.paper_id, *second.aliases)) if i != first.paper_id),
    )


def unique(papers: Iterable[Paper], by_title: bool = True) -> list[Paper]:
    """Papers with copies merged, in order of first appearance.

    Two records are one paper when the id of one is an id or alias of the other, or (`by_title`)
    their titles agree but for case and punctuation. Holds every paper in memory: for files
    that may be larger, merge against an index instead.
    """
    kept: dict[str, Paper] = {}
    of_alias: dict[str, str] = {}
    of_title: dict[str, str] = {}
    for paper in papers:
        key = same_title_key(paper.title) if by_title else ""
        own = paper.paper_id if paper.paper_id in kept else of_alias.get(paper.paper_id)
        known = own or next((alias for alias in paper.aliases if alias in kept), None) or of_title.get(key)
        paper_id = known or paper.paper_id
        kept[paper_id] = merge(kept[paper_id], paper) if known else paper
        for alias in kept[paper_id].aliases:
            of_alias.setdefault(alias, paper_id)
        if key:
            of_title.setdefault(key, paper_id)
    return list(kept.values())
