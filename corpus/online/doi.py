"""Papers by DOI, from OpenAlex and, for what it lacks, Crossref; abstracts by DOI or title for papers that have none."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import quote

from corpus.online.web import fetched
from corpus.paper import Paper, same_title_key
from corpus.readers.jsonl import paper_of_json
from corpus.readers.records import CorpusError, NoAbstract, OnError, TitleOnly
from corpus.sites import Sites

OPENALEX_API, CROSSREF_API = Sites().openalex, Sites().crossref
_OPENALEX, _CROSSREF = "OpenAlex", "Crossref"
_TITLES_LOOKED_AT = 5


def papers_by_doi(dois: Sequence[str], on_error: OnError, openalex: str = OPENALEX_API, crossref: str = CROSSREF_API) -> Iterator[Paper]:
    """The papers of these DOIs (`doi:10.1000/x`); one that neither knows is reported. Raises CorpusError when neither answers."""
    for named in dict.fromkeys(dois):
        paper = _by_doi(named, openalex, crossref)
        if paper is None:
            on_error(CorpusError(_OPENALEX, 0, f"no paper {named}, nor at Crossref"))
        elif paper.title_only:
            on_error(TitleOnly(paper.sources[0], 0, paper))
        else:
            yield paper


def _by_doi(named: str, openalex: str, crossref: str) -> Paper | None:
    """OpenAlex's paper, with Crossref's abstract where it has none."""
    written = quote(named.removeprefix("doi:"), safe="/")
    first, fault = _paper(_OPENALEX, f"{openalex.rstrip('/')}/works/doi:{written}", named)
    if first and not first.title_only:
        return first
    second, other = _paper(_CROSSREF, f"{crossref.rstrip('/')}/works/{written}", named)
    if fault and other:
        raise fault
    return second if second and (first is None or not second.title_only) else first


def _paper(service: str, url: str, named: str) -> tuple[Paper | None, CorpusError | None]:
    try:
        value = fetched(service, url, {})
    except CorpusError as error:
        return None, error
    record = value.get("message", value) if isinstance(value, dict) else None
    return (_held(record, service, named) if record else None), None


def _held(record: object, service: str, named: str | None) -> Paper | None:
    """The paper of a reply, under the id that was asked for."""
    try:
        paper = paper_of_json(record, service)
    except NoAbstract as error:
        paper = error.paper
    except ValueError:
        return None
    if named is None or paper.paper_id == named:
        return paper
    return replace(
        paper,
        paper_id=named,
        aliases=tuple(dict.fromkeys(i for i in (paper.paper_id, *paper.aliases) if i.startswith(("arxiv:", "doi:")) and i != named)),
    )


def by_title(paper: Paper, openalex: str = OPENALEX_API) -> Paper | None:
    """The work at OpenAlex that has this title and, where both are known, the year within one and an author in common."""
    words = " ".join(same_title_key(paper.title).split())
    if len(words) < 4:
        return None
    value = fetched(_OPENALEX, f"{openalex.rstrip('/')}/works", {"filter": f"title.search:{words}", "per-page": _TITLES_LOOKED_AT})
    found = value.get("results") if isinstance(value, dict) else None
    for record in found if isinstance(found, list) else []:
        other = _held(record, _OPENALEX, None)
        if other and not other.title_only and same_paper(paper, other):
            return other
    return None


def same_paper(first: Paper, second: Paper) -> bool:
    """Whether a title that two share is one paper's: `Introduction` is many papers'."""
    if same_title_key(first.title) != same_title_key(second.title):
        return False
    if first.published and second.published and abs(int(first.published[:4]) - int(second.published[:4])) > 1:
        return False
    families = [{name.split(",")[0].split()[-1].lower() for name in paper.authors if name.split()} for paper in (first, second)]
    return not all(families) or bool(families[0] & families[1])
